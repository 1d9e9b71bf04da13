//! Lines and columns as editors count them.

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every editor understands.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    fn width(self, sign: char) -> usize {
        match self {
            Self::Utf8 => sign.len_utf8(),
            Self::Utf16 => sign.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// A line and a column, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The line.
    pub line: u32,
    /// The column, in the units of an [`Encoding`].
    pub column: u32,
}

/// Where the lines of a text begin. A line ends with `\n`, `\r\n` or `\r`.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of a text.
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at + 1);
            }
        }
        Self { text, starts }
    }

    /// The byte at a spot. A column past the end of its line counts as the end, a line past the last as the end of the
    /// text, and the middle of a character as its start.
    ///
    /// ```
    /// use campanile::editor::{Encoding, Lines, Spot};
    /// let lines = Lines::new("a\r\n🚀b");
    /// assert_eq!(lines.offset(Spot { line: 1, column: 2 }, Encoding::Utf16), 7);
    /// assert_eq!(lines.spot(8, Encoding::Utf16), Spot { line: 1, column: 3 });
    /// ```
    pub fn offset(&self, spot: Spot, encoding: Encoding) -> usize {
        let Some(start) = self.starts.get(spot.line as usize).copied() else { return self.text.len() };
        let mut at = start;
        let mut left = spot.column as usize;
        for sign in self.line(start).chars() {
            let width = encoding.width(sign);
            if width > left {
                break;
            }
            left -= width;
            at += sign.len_utf8();
        }
        at
    }

    /// Where a byte stands; past the end counts as the end.
    pub fn spot(&self, offset: usize, encoding: Encoding) -> Spot {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.line(start).char_indices().take_while(|(at, sign)| start + at + sign.len_utf8() <= offset);
        let column = before.map(|(_, sign)| encoding.width(sign)).sum::<usize>();
        Spot { line: to_u32(line), column: to_u32(column) }
    }

    /// The line that begins at a byte, without its end.
    fn line(&self, start: usize) -> &'t str {
        let rest = self.text.get(start..).unwrap_or("");
        rest.split(['\n', '\r']).next().unwrap_or("")
    }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_in_every_encoding() {
        let text = "a: é🚀\r\n\r\nb: 東京\rc\n";
        let lines = Lines::new(text);
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            for (at, sign) in text.char_indices().filter(|(_, sign)| !matches!(sign, '\r' | '\n')) {
                assert_eq!(lines.offset(lines.spot(at, encoding), encoding), at, "{sign} {encoding:?}");
            }
            assert_eq!(lines.spot(text.len(), encoding), Spot { line: 4, column: 0 });
        }
        assert_eq!(lines.spot(9, Encoding::Utf16), Spot { line: 0, column: 6 });
        assert_eq!(lines.spot(9, Encoding::Utf8), Spot { line: 0, column: 9 });
    }

    #[test]
    fn what_lies_outside_counts_as_the_end() {
        let lines = Lines::new("a🚀\r\nbc");
        let at = |line, column| lines.offset(Spot { line, column }, Encoding::Utf16);
        assert_eq!((at(0, 99), at(1, 99), at(9, 0)), (5, 9, 9));
        assert_eq!(at(0, 2), 1, "the middle of a pair");
    }
}
