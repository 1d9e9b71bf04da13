//! Inputs as the journal keeps them: a sign, a length, the bytes.

use crate::model::Timestamp;

/// Something that an engine was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// An event record, as it came.
    Event(&'a str),
    /// An event that could not be read, or was refused: it has a number all the same.
    PassOver,
    /// The clock starts.
    Start(Timestamp),
    /// Time passes.
    Advance(Timestamp),
    /// A batch campaign runs now.
    Batch(&'a str),
    /// Waiting runs whose step is no longer there are ended.
    EndOrphans,
}

impl<'a> Input<'a> {
    /// Appends an input.
    pub fn write(self, out: &mut Vec<u8>) {
        let time;
        let (sign, bytes): (u8, &[u8]) = match self {
            Self::Event(text) => (b'E', text.as_bytes()),
            Self::PassOver => (b'P', &[]),
            Self::Start(at) => {
                time = at.0.to_le_bytes();
                (b'S', &time)
            }
            Self::Advance(to) => {
                time = to.0.to_le_bytes();
                (b'A', &time)
            }
            Self::Batch(campaign) => (b'B', campaign.as_bytes()),
            Self::EndOrphans => (b'O', &[]),
        };
        out.push(sign);
        // A record has no more bytes than a line may have, far below 2^32.
        out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(bytes);
    }

    /// Takes the first input of `bytes`; `None` when it is none.
    pub fn read(bytes: &mut &'a [u8]) -> Option<Self> {
        let (sign, rest) = bytes.split_first()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (payload, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let text = || std::str::from_utf8(payload).ok();
        let time = || Some(Timestamp(i64::from_le_bytes(payload.try_into().ok()?)));
        let input = match sign {
            b'E' => Self::Event(text()?),
            b'P' => Self::PassOver,
            b'S' => Self::Start(time()?),
            b'A' => Self::Advance(time()?),
            b'B' => Self::Batch(text()?),
            b'O' => Self::EndOrphans,
            _ => return None,
        };
        *bytes = rest;
        Some(input)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[test]
    fn inputs_are_read_as_they_were_written() {
        let all = [
            Input::Event("{\"type\":\"clock\"}"),
            Input::PassOver,
            Input::Start(Timestamp(-5)),
            Input::Advance(Timestamp(i64::MAX)),
            Input::Batch("digest ö"),
            Input::EndOrphans,
        ];
        let mut bytes = Vec::new();
        all.iter().for_each(|input| input.write(&mut bytes));
        let mut rest = bytes.as_slice();
        let mut found = Vec::new();
        while let Some(input) = Input::read(&mut rest) {
            found.push(input);
        }
        assert_eq!((found.as_slice(), rest), (&all[..], &b""[..]));
        for cut in 1..5 {
            let mut short = &bytes[..cut];
            assert_eq!((Input::read(&mut short), short.len()), (None, cut));
        }
    }
}
