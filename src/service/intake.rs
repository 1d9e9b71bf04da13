//! From the body of a request to events, all or none.

use super::desk::Told;
use crate::engine::EventError;
use crate::model::Event;
use crate::records::{self, LINE_BYTES_MAX};

/// Why a body is not taken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadBody {
    /// The line, from 1.
    pub(super) line: u64,
    /// The column, in characters from 1.
    pub(super) column: u32,
    /// What is wrong.
    pub(super) message: String,
    /// What to write instead.
    pub(super) help: Option<String>,
}

/// The events of a body and the lines at which they begin.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) events: Vec<Told>,
    pub(super) lines: Vec<u64>,
}

/// Reads a body that is one record, however it is laid out.
pub(super) fn one(body: &[u8]) -> Result<Body, BadBody> {
    let text = text(body, 1)?;
    let event = records::parse_event(text).map_err(|error| {
        let (line, column) = place(text, error.column);
        BadBody { line, column, message: error.message, help: error.help }
    })?;
    Ok(Body { events: vec![(event.into_owned(), text.to_owned())], lines: vec![1] })
}

/// Reads a body of one record a line. Empty lines are passed over.
pub(super) fn lines(body: &[u8]) -> Result<Body, BadBody> {
    let mut read = Body::default();
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    for (line, bytes) in (1..).zip(body.split(|byte| *byte == b'\n')) {
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let text = text(bytes, line)?;
        let event = records::parse_event(text).map_err(|error| BadBody {
            line,
            column: error.column,
            message: error.message,
            help: error.help,
        })?;
        read.events.push((event.into_owned(), text.to_owned()));
        read.lines.push(line);
    }
    Ok(read)
}

/// Where in its body an event stands that the engine refuses.
pub(super) fn refused(text: &str, line: u64, error: &EventError) -> BadBody {
    let column = match error {
        EventError::BadValue { name, .. } => {
            let event: Option<Event<'_>> = records::parse_event(text).ok();
            event.and_then(|event| records::column_of_value(text, &event, name)).unwrap_or(1)
        }
        EventError::NoPerson { .. } | EventError::NoTime => 1,
    };
    let (lines, column) = place(text, column);
    BadBody { line: line + lines - 1, column, message: error.to_string(), help: None }
}

fn text(bytes: &[u8], line: u64) -> Result<&str, BadBody> {
    if bytes.len() > LINE_BYTES_MAX {
        let help = Some("one record stands on one line".to_owned());
        return Err(BadBody {
            line,
            column: 1,
            message: format!("this record has more than {LINE_BYTES_MAX} bytes"),
            help,
        });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or(b"")).into_owned();
        let at = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
        let (lines, column) = place(&before, at);
        BadBody { line: line + lines - 1, column, message: "this is not UTF-8 text".to_owned(), help: None }
    })
}

/// The line and the column of a character that is counted through all lines, all from 1.
fn place(text: &str, character: u32) -> (u64, u32) {
    let (mut line, mut column) = (1, 1);
    for sign in text.chars().take((character as usize).saturating_sub(1)) {
        if sign == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    (line, column)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::model::FieldType;

    #[test]
    fn a_body_is_read_whole_or_not_at_all() {
        let good = "{\"type\":\"sfdc.synced\",\"person\":\"é\"}";
        let body = lines(format!("\u{feff}{good}\r\n\n  \n{good}\n").as_bytes()).unwrap();
        assert_eq!(body.lines, [1, 4]);
        assert_eq!(body.events.first().unwrap().1, good);
        let bad = lines(format!("{good}\n{{\"type\":\"sfdc.syncd\",\"person\":\"a\"}}\n").as_bytes()).unwrap_err();
        assert_eq!((bad.line, bad.column), (2, 9));
        let bad = lines(b"{\"type\":\"clock\xff").unwrap_err();
        assert_eq!((bad.line, bad.column, bad.message.as_str()), (1, 15, "this is not UTF-8 text"));
        let bad = lines(&vec![b'x'; LINE_BYTES_MAX + 1]).unwrap_err();
        assert!(bad.message.starts_with("this record has more"), "{}", bad.message);
        assert!(lines(b"").unwrap().events.is_empty());
    }

    #[test]
    fn one_record_may_stand_on_several_lines() {
        let text = "{\n  \"type\": \"person\",\n  \"person\": \"a\",\n  \"fields\": {\"Score\": \"ö\"}\n}";
        assert_eq!(one(text.as_bytes()).unwrap().events.first().unwrap().1, text);
        let error = EventError::BadValue { name: "Score".into(), type_: FieldType::Integer, value: "ö".into() };
        let bad = refused(text, 1, &error);
        assert_eq!((bad.line, bad.column), (4, 23));
        let bad = one(b"{\n  \"type\": \"person\"\n  \"person\": \"a\"}").unwrap_err();
        assert_eq!(bad.line, 3, "{bad:?}");
    }
}
