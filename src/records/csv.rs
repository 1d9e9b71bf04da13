//! People and members as tables: `people.csv` (a column `person` and field names) and `members.csv`
//! (`person,campaign,status[,added]`), told apart by their header.

use std::borrow::Cow;
use std::io::{self, Read};

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::{LINE_BYTES_MAX, Problem};
use crate::diagnostics::{closest, in_backticks, one_of};
use crate::model::{Event, EventKind, FactValue, Timestamp};

/// The columns of `members.csv`.
const MEMBERS: [&str; 4] = ["person", "campaign", "status", "added"];

/// Bytes that are kept beyond the record in hand before they are thrown away together.
const KEPT_SLACK: usize = 256 * 1024;

/// Where in a table something stands: the line of the file and the column in it, both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u32,
}

/// Why a table cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The input failed.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// A header or row is malformed.
    #[error("{}", .0.message)]
    Malformed(Problem<Place>),
}

/// A table that is read row by row.
#[derive(Debug)]
pub struct Table<R> {
    reader: Reader<Kept<R>>,
    header: Vec<String>,
    shape: Shape,
    row: ByteRecord,
    /// The line on which the row in hand was looked for, and its first byte.
    line: u64,
    byte: u64,
    /// Set when a row is so long that its end was not looked for: there is no next row then.
    ended: bool,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    /// All columns but the one with the person are fields.
    People { person: usize },
    /// Members of Salesforce campaigns.
    Members { person: usize, campaign: usize, status: usize, added: Option<usize> },
}

impl<R: Read> Table<R> {
    /// Reads the header.
    pub fn new(input: R) -> Result<Self, TableError> {
        let kept = Kept { inner: input, bytes: Vec::new(), start: 0 };
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(kept);
        let shape = Shape::People { person: 0 };
        let mut table =
            Self { reader, header: Vec::new(), shape, row: ByteRecord::new(), line: 1, byte: 0, ended: false };
        if !table.advance()? {
            let problem = Problem::new(Place { line: 1, column: 1 }, "the table has no header");
            return Err(TableError::Malformed(
                problem.help("the first line names the columns; one of them is `person`"),
            ));
        }
        for index in 0..table.row.len() {
            let name = table.cell(index).map_err(TableError::Malformed)?.to_owned();
            table.header.push(name);
        }
        table.shape = table.header_shape().map_err(TableError::Malformed)?;
        Ok(table)
    }

    /// The row in hand as a fact. Before [`Table::advance`] it is the header, which is none.
    pub fn event(&self) -> Result<Event<'_>, Problem<Place>> {
        if self.row.len() != self.header.len() {
            let (found, wanted) = (self.row.len(), self.header.len());
            let cells = if found == 1 { "cell" } else { "cells" };
            let message = format!("this row has {found} {cells}, and the header has {wanted}");
            return Err(Problem::new(self.place(0), message));
        }
        let event = match self.shape {
            Shape::People { person } => {
                let id = self.needed(person, "person")?;
                let mut fields = Vec::with_capacity(self.header.len());
                for (index, name) in self.header.iter().enumerate() {
                    if index != person {
                        let text = self.cell(index)?;
                        let value =
                            if text.is_empty() { FactValue::Null } else { FactValue::Text(Cow::Borrowed(text)) };
                        fields.push((Cow::Borrowed(name.as_str()), value));
                    }
                }
                Event { at: None, id: None, person: Some(id), log: false, kind: EventKind::Person { fields } }
            }
            Shape::Members { person, campaign, status, added } => {
                let id = self.needed(person, "person")?;
                let campaign = self.needed(campaign, "campaign")?;
                let status = Some(self.cell(status)?).filter(|text| !text.is_empty()).map(Cow::Borrowed);
                let added = match added {
                    Some(index) => self.moment(index)?,
                    None => None,
                };
                let kind = EventKind::SfdcCampaignAdded { campaign, status, added };
                Event { at: None, id: None, person: Some(id), log: false, kind }
            }
        };
        Ok(event)
    }

    /// How many bytes were read, the row in hand included.
    pub fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// Where the row in hand begins.
    pub fn place_of_row(&self) -> Place {
        self.place(0)
    }

    /// Where the cell of the column with this name stands in the row in hand.
    pub fn place_of(&self, name: &str) -> Option<Place> {
        let folded = crate::model::fold(name);
        let index = self.header.iter().position(|column| crate::model::fold(column) == folded)?;
        Some(self.place(index))
    }

    /// Goes to the next row; `false` at the end. After a malformed row the next one can be read.
    pub fn advance(&mut self) -> Result<bool, TableError> {
        if self.ended {
            return Ok(false);
        }
        let position = self.reader.position();
        (self.line, self.byte) = (position.line(), position.byte());
        self.reader.get_mut().forget_before(self.byte);
        match self.reader.read_byte_record(&mut self.row) {
            Ok(read) => Ok(read),
            Err(error) => {
                // Rows of any length and bytes of any kind are let through above: what is left is the input itself.
                let too_large = |error: &io::Error| error.kind() == io::ErrorKind::FileTooLarge;
                if matches!(error.kind(), ::csv::ErrorKind::Io(error) if too_large(error)) {
                    self.ended = true;
                    let message = format!("a row of more than {LINE_BYTES_MAX} bytes; the table is not read on");
                    let problem = Problem::new(self.place(0), message);
                    return Err(TableError::Malformed(problem.help("a quotation mark may be missing its partner")));
                }
                Err(TableError::Read(error.into()))
            }
        }
    }

    fn header_shape(&self) -> Result<Shape, Problem<Place>> {
        let find = |name: &str| self.header.iter().position(|column| column == name);
        for (index, name) in self.header.iter().enumerate() {
            if name.is_empty() {
                return Err(Problem::new(self.place(index), format!("column {} has no name", index + 1)));
            }
            if find(name) != Some(index) {
                return Err(Problem::new(self.place(index), format!("two columns are named `{name}`")));
            }
        }
        let Some(person) = find("person") else {
            let near: Vec<String> =
                closest("person", self.header.iter().map(String::as_str)).into_iter().map(in_backticks).collect();
            let problem = Problem::new(self.place(0), "no column is named `person`");
            return Err(problem.help(if near.is_empty() {
                "the column with the ids of the people is named `person`".to_owned()
            } else {
                format!("write `person` instead of {}", one_of(&near))
            }));
        };
        let Some(campaign) = find("campaign").filter(|_| self.header.iter().all(|name| MEMBERS.contains(&&**name)))
        else {
            return Ok(Shape::People { person });
        };
        match find("status") {
            Some(status) => Ok(Shape::Members { person, campaign, status, added: find("added") }),
            None => Err(Problem::new(self.place(campaign), "a table of members needs a column `status`")
                .help("its columns are `person`, `campaign`, `status` and perhaps `added`")),
        }
    }

    fn cell(&self, index: usize) -> Result<&str, Problem<Place>> {
        let bytes = self.row.get(index).unwrap_or(b"");
        std::str::from_utf8(bytes).map_err(|_| Problem::new(self.place(index), "this cell is not UTF-8 text"))
    }

    fn needed(&self, index: usize, name: &str) -> Result<Cow<'_, str>, Problem<Place>> {
        let text = self.cell(index)?;
        if text.is_empty() {
            return Err(Problem::new(self.place(index), format!("`{name}` is empty")));
        }
        Ok(Cow::Borrowed(text))
    }

    fn moment(&self, index: usize) -> Result<Option<Timestamp>, Problem<Place>> {
        let text = self.cell(index)?;
        if text.is_empty() {
            return Ok(None);
        }
        Timestamp::parse(text).map(Some).ok_or_else(|| {
            Problem::new(self.place(index), format!("`{text}` is not a moment"))
                .help("write the day, the time and the offset, as in `2026-03-05T09:00:00Z`")
        })
    }

    /// Where a cell of the row in hand begins. The library does not say; the bytes of the row are read once more, which
    /// happens only when something is wrong.
    fn place(&self, index: usize) -> Place {
        let raw = self.reader.get_ref().from(self.byte);
        let (mut line, mut line_start, mut at) = (self.line, 0, 0);
        if self.byte == 0 && raw.starts_with("\u{feff}".as_bytes()) {
            (line_start, at) = (3, 3);
        }
        let (mut cell, mut quoted, mut begun) = (0, false, false);
        while let Some(byte) = raw.get(at).copied() {
            if !begun && cell == 0 && matches!(byte, b'\r' | b'\n') {
                // Empty lines before the row.
            } else if cell == index && !begun {
                break;
            } else if byte == b'"' && (quoted || !begun) {
                // A doubled quotation mark closes and opens again, which comes to the same.
                (quoted, begun) = (!quoted, true);
            } else if byte == b'"' && raw.get(at.wrapping_sub(1)) == Some(&b'"') {
                quoted = true;
            } else if byte == b',' && !quoted {
                (cell, begun) = (cell + 1, false);
            } else {
                begun = true;
            }
            at += 1;
            if byte == b'\n' {
                (line, line_start) = (line + 1, at);
            }
        }
        let before = raw.get(line_start..at).unwrap_or(b"");
        let characters = before.iter().filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000).count();
        Place { line, column: u32::try_from(characters + 1).unwrap_or(u32::MAX) }
    }
}

/// A reader that remembers what it gave since the row in hand began.
#[derive(Debug)]
struct Kept<R> {
    inner: R,
    bytes: Vec<u8>,
    /// Where in the input the first of `bytes` stood.
    start: u64,
}

impl<R> Kept<R> {
    fn forget_before(&mut self, byte: u64) {
        let past = usize::try_from(byte.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.bytes.len());
        // Moving the rest to the front costs time, so it is done seldom.
        if past > KEPT_SLACK / 2 {
            self.bytes.drain(..past);
            self.start += past as u64;
        }
    }

    fn from(&self, byte: u64) -> &[u8] {
        let past = usize::try_from(byte.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.bytes.get(past..).unwrap_or(b"")
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.len() > LINE_BYTES_MAX + KEPT_SLACK {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let n = self.inner.read(buffer)?;
        self.bytes.extend_from_slice(buffer.get(..n).unwrap_or(b""));
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Result<Vec<String>, (u64, u32, String)> {
        let place = |error| match error {
            TableError::Malformed(problem) => (problem.place.line, problem.place.column, problem.message),
            TableError::Read(error) => panic!("{error}"),
        };
        let mut table = Table::new(text.as_bytes()).map_err(place)?;
        let mut rows = Vec::new();
        while table.advance().map_err(place)? {
            let event = table.event().map_err(|problem| place(TableError::Malformed(problem)))?;
            let mut line = Vec::new();
            crate::records::write_event(&event, &mut line);
            rows.push(String::from_utf8(line).unwrap());
        }
        Ok(rows)
    }

    #[test]
    fn people_and_members_are_told_apart_by_their_header() {
        assert_eq!(
            all("\u{feff}Country,person\r\nNL,ada\r\n\r\n,\"b\"\"ob\"\r\n").unwrap(),
            [
                r#"{"type":"person","person":"ada","fields":{"Country":"NL"}}"#,
                r#"{"type":"person","person":"b\"ob","fields":{"Country":null}}"#
            ]
        );
        assert_eq!(
            all("person,campaign,status,added\nada,Fair,Sent,2026-01-01T00:00:00Z\nbob,Fair,,\n").unwrap(),
            [
                r#"{"type":"sfdc_campaign.added","person":"ada","campaign":"Fair","status":"Sent","added":"2026-01-01T00:00:00Z"}"#,
                r#"{"type":"sfdc_campaign.added","person":"bob","campaign":"Fair"}"#
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_where_it_stands() {
        for (text, line, column, message) in [
            ("", 1, 1, "the table has no header"),
            ("Person,Country\n", 1, 1, "no column is named `person`"),
            ("\u{feff}person,\n", 1, 8, "column 2 has no name"),
            ("person,é,é\n", 1, 10, "two columns are named `é`"),
            ("person,campaign\n", 1, 8, "a table of members needs a column `status`"),
            ("person,A\nada,1\n\n,2\n", 4, 1, "`person` is empty"),
            ("person,A\nada,1,2\n", 2, 1, "this row has 3 cells, and the header has 2"),
            ("person,campaign,status,added\nada,\"a \"\"b\"\"\nc\",\"é,\",x\n", 3, 9, "`x` is not a moment"),
        ] {
            assert_eq!(all(text).unwrap_err(), (line, column, message.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_row_without_end_is_not_held_in_memory() {
        let endless = io::repeat(b'x').take(1 << 30);
        let mut table = Table::new(Read::chain(&b"person,A\nada,\""[..], endless)).unwrap();
        let error = table.advance().unwrap_err();
        assert!(matches!(error, TableError::Malformed(problem) if problem.place == Place { line: 2, column: 1 }));
        assert!(!table.advance().unwrap());
    }

    proptest! {
        #[test]
        fn nothing_crashes_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(mut table) = Table::new(&bytes[..]) {
                while let Ok(true) = table.advance() {
                    let _ = table.event();
                }
            }
        }

        #[test]
        fn nothing_close_to_a_table_crashes_the_reader(text in "person,(campaign|A|\"a\n\")\n([a\",\r\né]{0,8}\n?){0,9}") {
            if let Ok(mut table) = Table::new(text.as_bytes()) {
                for _ in 0..20 {
                    let _ = table.advance();
                    let _ = table.event();
                }
            }
        }
    }
}
