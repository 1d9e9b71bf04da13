//! Event and load files, read line by line: only the lines in hand are in memory, which are a few.

use std::cell::Cell;
use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::exit::Failure;
use super::render::human::BadLine;
use crate::engine::{AHEAD, EventError};
use crate::files::{self, Files};
use crate::model::Event;
use crate::records::csv::{Place, Table, TableError};
use crate::records::{self, LINE_BYTES_MAX, Problem};

/// What is read from a file at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Lines are in hand together up to so many bytes, and no more of them than the engine looks ahead.
const TOGETHER_BYTES_MAX: usize = 64 * 1024;

/// Longer lines are not shown in messages.
const SHOWN_BYTES_MAX: usize = 4096;

/// The name of what comes from the standard input, in findings.
pub(super) const STDIN: &str = "-";

/// Reads rule and scenario files: paths, or `-` alone for one file from the standard input.
pub(super) fn rule_files(paths: &[impl AsRef<Path>]) -> Result<Files, Failure> {
    if !paths.iter().any(|path| path.as_ref() == Path::new(STDIN)) {
        return Ok(files::read_files(paths)?);
    }
    if paths.len() > 1 {
        return Err(Failure::new("`-`, the standard input, stands alone: it is one file"));
    }
    Ok(files::read_one(io::stdin().lock(), STDIN)?)
}

type Input = BufReader<Box<dyn Read>>;

/// The records of one file.
pub(super) struct Records {
    file: String,
    /// How many bytes the file has, where that is known.
    pub(super) size: Option<u64>,
    waits: bool,
    shape: Shape,
}

enum Shape {
    Lines(Lines),
    Table(Box<Table<Input>>),
}

/// Lines that are not empty. Those that are there already are read together, so that who handles them knows what comes.
struct Lines {
    input: Input,
    /// The texts of the lines that were read together, one behind the other.
    bytes: Vec<u8>,
    lines: Vec<Line>,
    /// Which of them is in hand.
    at: Cell<usize>,
    /// How far the input was read.
    reached: Reached,
}

struct Line {
    /// Where its text lies.
    start: usize,
    end: usize,
    too_long: bool,
    /// How far the input was read with it.
    reached: Reached,
}

/// How far an input was read.
#[derive(Clone, Copy, Default)]
struct Reached {
    /// Lines.
    number: u64,
    bytes: u64,
    /// Of everything up to there, where somebody asks for it.
    hash: Option<SipHasher13>,
}

impl Records {
    /// Opens a file of JSON lines; `-` is the standard input.
    pub(super) fn events(path: &Path) -> Result<Self, Failure> {
        let (input, file, size, waits) = open(path)?;
        Ok(Self { file, size, waits, shape: Shape::Lines(Lines::new(input)) })
    }

    /// Opens a file of JSON lines or a table. Its name tells which; where it does not, its first sign does.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        let (mut input, file, size, waits) = open(path)?;
        let table = match path.extension().and_then(|end| end.to_str()) {
            Some("csv") => true,
            Some("jsonl" | "ndjson" | "json") => false,
            Some(_) | None => {
                let begin = input.fill_buf().map_err(|error| unreadable(&file, &error))?;
                let begin = begin.strip_prefix("\u{feff}".as_bytes()).unwrap_or(begin);
                begin.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte != b'{')
            }
        };
        let shape = if table {
            match Table::new(input) {
                Ok(table) => Shape::Table(Box::new(table)),
                Err(TableError::Read(error)) => return Err(unreadable(&file, &error)),
                // A table whose header is wrong has no rows that could be skipped.
                Err(TableError::Malformed(problem)) => {
                    let bad = bad_cell(&file, problem);
                    return Err(Failure::with_help(bad.short(), bad.help.into_iter().collect()));
                }
            }
        } else {
            Shape::Lines(Lines::new(input))
        };
        Ok(Self { file, size, waits, shape })
    }

    /// The name of the file for messages.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Whether the next line is there or will be at once; else somebody must be waited for.
    pub(super) fn ready(&self) -> bool {
        match &self.shape {
            Shape::Lines(lines) => !self.waits || lines.has_more() || lines.input.buffer().contains(&b'\n'),
            Shape::Table(_) => !self.waits,
        }
    }

    /// Goes to the next line that is not empty; `false` at the end.
    pub(super) fn advance(&mut self) -> Result<bool, Failure> {
        match &mut self.shape {
            Shape::Lines(lines) => lines.advance().map_err(|error| unreadable(&self.file, &error)),
            Shape::Table(table) => match table.advance() {
                Ok(more) => Ok(more),
                Err(TableError::Read(error)) => Err(unreadable(&self.file, &error)),
                Err(TableError::Malformed(problem)) => {
                    let bad = bad_cell(&self.file, problem);
                    Err(Failure::with_help(bad.short(), bad.help.into_iter().collect()))
                }
            },
        }
    }

    /// The line in hand, from 1.
    pub(super) fn line(&self) -> u64 {
        match &self.shape {
            Shape::Lines(lines) => lines.reached().number,
            Shape::Table(table) => table.place_of_row().line,
        }
    }

    /// How much of the file was read.
    pub(super) fn position(&self) -> u64 {
        match &self.shape {
            Shape::Lines(lines) => lines.reached().bytes,
            Shape::Table(table) => table.position(),
        }
    }

    /// What the line in hand says.
    pub(super) fn event(&self) -> Result<Event<'_>, BadLine> {
        match &self.shape {
            Shape::Lines(lines) => self.read(lines, lines.line()),
            Shape::Table(table) => table.event().map_err(|problem| bad_cell(&self.file, problem)),
        }
    }

    /// What the line in hand says, and what those say that were read together with it and come next; to each of them
    /// [`Records::go_on`] leads.
    pub(super) fn events_in_hand(&self) -> Vec<Result<Event<'_>, BadLine>> {
        match &self.shape {
            Shape::Lines(lines) => {
                let coming = lines.lines.get(lines.at.get()..).unwrap_or(&[]);
                coming.iter().map(|line| self.read(lines, Some(line))).collect()
            }
            Shape::Table(_) => vec![self.event()],
        }
    }

    /// Goes to the next of the lines that were read together.
    pub(super) fn go_on(&self) {
        if let Shape::Lines(lines) = &self.shape {
            lines.at.update(|at| at + 1);
        }
    }

    fn read<'a>(&self, lines: &'a Lines, line: Option<&Line>) -> Result<Event<'a>, BadLine> {
        let text = lines.text(line).map_err(|(column, message, help)| self.bad(lines, line, column, message, help))?;
        records::parse_event(text).map_err(|error| self.bad(lines, line, error.column, error.message, error.help))
    }

    /// From now on everything that is read goes into [`Records::hash`].
    pub(super) fn hashed(mut self) -> Self {
        if let Shape::Lines(lines) = &mut self.shape {
            lines.reached.hash = Some(SipHasher13::new());
        }
        self
    }

    /// What tells what was read so far from something else: of lines that are too long only their beginning.
    pub(super) fn hash(&self) -> String {
        match &self.shape {
            Shape::Lines(lines) => {
                let hash = lines.reached().hash;
                hash.map_or_else(String::new, |it| format!("{:032x}", it.finish128().as_u128()))
            }
            Shape::Table(_) => String::new(),
        }
    }

    /// Whether it can be read again from its beginning.
    pub(super) fn is_file(&self) -> bool {
        self.size.is_some()
    }

    /// The text of the line in hand.
    pub(super) fn text(&self) -> &str {
        match &self.shape {
            Shape::Lines(lines) => lines.text(lines.line()).unwrap_or(""),
            Shape::Table(_) => "",
        }
    }

    /// The line in hand as malformed because of what the engine said about its event.
    pub(super) fn refused(&self, event: &Event<'_>, error: &EventError) -> BadLine {
        let name = match error {
            EventError::BadValue { name, .. } => Some(name),
            EventError::NoPerson { .. } | EventError::NoTime => None,
        };
        match &self.shape {
            Shape::Lines(lines) => {
                let text = lines.text(lines.line()).unwrap_or("");
                let column = name.and_then(|name| records::column_of_value(text, event, name)).unwrap_or(1);
                self.bad(lines, lines.line(), column, error.to_string(), None)
            }
            Shape::Table(table) => {
                let place = name.and_then(|name| table.place_of(name)).unwrap_or_else(|| table.place_of_row());
                bad_cell(&self.file, Problem::new(place, error.to_string()))
            }
        }
    }

    fn bad(&self, lines: &Lines, line: Option<&Line>, column: u32, message: String, help: Option<String>) -> BadLine {
        let text = lines.text(line).ok().filter(|text| text.len() <= SHOWN_BYTES_MAX).map(str::to_owned);
        let number = line.map_or(lines.reached.number, |line| line.reached.number);
        BadLine { file: self.file.clone(), line: number, column, text, message, help }
    }
}

fn bad_cell(file: &str, problem: Problem<Place>) -> BadLine {
    let Problem { place: Place { line, column }, message, help } = problem;
    BadLine { file: file.to_owned(), line, column, text: None, message, help }
}

impl Lines {
    fn new(input: Input) -> Self {
        Self { input, bytes: Vec::new(), lines: Vec::new(), at: Cell::new(0), reached: Reached::default() }
    }

    /// The line in hand; none at the end.
    fn line(&self) -> Option<&Line> {
        self.lines.get(self.at.get())
    }

    /// Whether the next line was read already.
    fn has_more(&self) -> bool {
        self.at.get() + 1 < self.lines.len()
    }

    /// How far the input was read with the line in hand, and at the end all of it.
    fn reached(&self) -> Reached {
        self.line().map_or(self.reached, |line| line.reached)
    }

    fn advance(&mut self) -> io::Result<bool> {
        if self.has_more() {
            self.at.update(|at| at + 1);
            return Ok(true);
        }
        self.bytes.clear();
        self.lines.clear();
        self.at.set(0);
        // The first is waited for; the others come along if they are there.
        while self.lines.is_empty()
            || self.lines.len() < AHEAD && self.bytes.len() < TOGETHER_BYTES_MAX && self.input.buffer().contains(&b'\n')
        {
            if !self.read_line()? {
                break;
            }
        }
        Ok(!self.lines.is_empty())
    }

    /// Reads a line, and keeps it unless it is empty; `false` at the end.
    fn read_line(&mut self) -> io::Result<bool> {
        let start = self.bytes.len();
        // One byte more than a line may have, and the line break.
        let limit = LINE_BYTES_MAX as u64 + 2;
        let mut read = self.input.by_ref().take(limit).read_until(b'\n', &mut self.bytes)?;
        if read == 0 {
            return Ok(false);
        }
        let line = self.bytes.get(start..).unwrap_or(b"");
        self.reached.number += 1;
        if let Some(hash) = &mut self.reached.hash {
            hash.write(line);
        }
        if line.last() != Some(&b'\n') && read as u64 == limit {
            read += self.input.skip_until(b'\n')?;
        }
        self.reached.bytes += read as u64;
        let text = line.strip_prefix("\u{feff}".as_bytes()).filter(|_| self.reached.number == 1).unwrap_or(line);
        let skipped = line.len() - text.len();
        let breaks = text.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        let (start, end) = (start + skipped, self.bytes.len() - breaks);
        if text.iter().all(u8::is_ascii_whitespace) {
            self.bytes.truncate(start);
        } else {
            let too_long = end - start > LINE_BYTES_MAX;
            self.lines.push(Line { start, end, too_long, reached: self.reached });
        }
        Ok(true)
    }

    /// The text of a line, or what is wrong with it: column, message, help.
    fn text(&self, line: Option<&Line>) -> Result<&str, (u32, String, Option<String>)> {
        let Some(line) = line else { return Ok("") };
        if line.too_long {
            let help = "one record stands on one line".to_owned();
            return Err((1, format!("this line has more than {LINE_BYTES_MAX} bytes"), Some(help)));
        }
        let bytes = self.bytes.get(line.start..line.end).unwrap_or(b"");
        std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or(b"");
            let characters = String::from_utf8_lossy(before).chars().count();
            let column = u32::try_from(characters + 1).unwrap_or(u32::MAX);
            (column, "this line is not UTF-8 text".to_owned(), None)
        })
    }
}

/// The input, its name, its size and whether it may make us wait.
fn open(path: &Path) -> Result<(Input, String, Option<u64>, bool), Failure> {
    if path == Path::new("-") {
        let input: Box<dyn Read> = Box::new(io::stdin());
        return Ok((BufReader::with_capacity(BUFFER_BYTES, input), "standard input".to_owned(), None, true));
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
    let about = file.metadata().map_err(|error| unreadable(&name, &error))?;
    if about.is_dir() {
        return Err(Failure::new(format!("`{name}` is a folder, and a file is needed")));
    }
    let size = about.is_file().then_some(about.len());
    let input: Box<dyn Read> = Box::new(file);
    Ok((BufReader::with_capacity(BUFFER_BYTES, input), name, size, size.is_none()))
}

fn unreadable(file: &str, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::NotFound {
        Failure::new(format!("there is no file `{file}`"))
    } else {
        Failure::new(format!("`{file}` cannot be read: {error}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    fn file(bytes: &[u8], name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    /// A line's number and its type, or where it is malformed and why.
    type Found = (u64, Result<String, (u32, String)>);

    fn lines(bytes: &[u8]) -> Vec<Found> {
        let (_folder, path) = file(bytes, "x");
        let mut records = Records::events(&path).unwrap();
        let mut found = Vec::new();
        while records.advance().unwrap() {
            let event = records.event().map(|event| event.kind.word().to_owned());
            found.push((records.line(), event.map_err(|bad| (bad.column, bad.message))));
        }
        assert_eq!(records.position(), bytes.len() as u64);
        found
    }

    #[test]
    fn lines_are_counted_and_empty_ones_passed_over() {
        let found = lines(b"\xef\xbb\xbf{\"type\":\"sfdc.synced\",\"person\":\"a\"}\r\n\n  \n{\"type\":\"x\xff\"}\n{");
        assert_eq!(
            found,
            [
                (1, Ok("sfdc.synced".to_owned())),
                (4, Err((11, "this line is not UTF-8 text".to_owned()))),
                (5, Err((2, "the record is not complete: its end is missing".to_owned()))),
            ]
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_without_holding_it() {
        let mut bytes = vec![b'x'; LINE_BYTES_MAX];
        let found = lines(&bytes);
        assert!(matches!(found.first(), Some((1, Err((1, message)))) if message.starts_with("this is not JSON")));
        bytes.extend_from_slice(&vec![b'x'; LINE_BYTES_MAX]);
        bytes.extend_from_slice(b"\n{\"type\":\"sfdc.synced\",\"person\":\"a\"}\n");
        let found = lines(&bytes);
        assert!(matches!(found.first(), Some((1, Err((1, message)))) if message.starts_with("this line has more")));
        assert_eq!(found.get(1), Some(&(2, Ok("sfdc.synced".to_owned()))));
    }

    fn owned(event: Result<Event<'_>, BadLine>) -> Result<Event<'static>, BadLine> {
        event.map(Event::into_owned)
    }

    /// What is known of a line: its number, how far the input was read with it, a hash of that, and the line itself.
    fn about(records: &Records) -> (u64, u64, String, String) {
        (records.line(), records.position(), records.hash(), records.text().to_owned())
    }

    #[test]
    fn lines_that_are_read_together_are_the_same_as_one_after_another() {
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        for number in 0..100 {
            let line = match number % 7 {
                0 => "\r\n".to_owned(),
                3 => "{\"type\"\n".to_owned(),
                _ => format!("{{\"type\":\"sfdc.synced\",\"person\":\"p{}\"}}\n", "x".repeat(number * number)),
            };
            bytes.extend_from_slice(line.as_bytes());
        }
        let (_folder, path) = file(&bytes, "x");
        let mut records = Records::events(&path).unwrap().hashed();
        let mut one_by_one = Vec::new();
        while records.advance().unwrap() {
            one_by_one.push((about(&records), owned(records.event())));
        }
        let end = about(&records);
        let mut records = Records::events(&path).unwrap().hashed();
        let (mut together, mut most) = (Vec::new(), 0);
        while records.advance().unwrap() {
            let read = records.events_in_hand();
            most = most.max(read.len());
            for (place, event) in read.into_iter().enumerate() {
                if place > 0 {
                    records.go_on();
                }
                together.push((about(&records), owned(event)));
            }
        }
        assert_eq!(together, one_by_one);
        assert_eq!((about(&records), one_by_one.len(), most), (end, 85, AHEAD));
    }

    #[test]
    fn loads_are_told_apart_by_name_or_first_sign() {
        for (name, bytes, table) in [
            ("a.csv", &b"person\nada\n"[..], true),
            ("a", b" \n{\"type\":\"sfdc.synced\",\"person\":\"ada\"}\n", false),
            ("a.txt", b"\xef\xbb\xbfperson\nada\n", true),
            ("a.jsonl", b"", false),
        ] {
            let (_folder, path) = file(bytes, name);
            let records = Records::load(&path).unwrap();
            assert_eq!(matches!(records.shape, Shape::Table(_)), table, "{name}");
        }
        let (_folder, path) = file(b"Person\n", "a.csv");
        assert!(matches!(Records::load(&path), Err(Failure::Input { message, .. }) if message.contains("a.csv:1:1:")));
    }

    #[test]
    fn what_the_engine_refuses_is_placed_at_its_value() {
        let error = EventError::BadValue {
            name: "Score".to_owned(),
            type_: crate::model::FieldType::Integer,
            value: "x".to_owned(),
        };
        let (_folder, path) = file(b"{\"type\":\"person\",\"person\":\"a\",\"fields\":{\"score\": \"x\"}}", "x");
        let mut records = Records::events(&path).unwrap();
        assert!(records.advance().unwrap());
        assert_eq!(records.refused(&records.event().unwrap(), &error).column, 50);
        let (_folder, path) = file(b"person,Score\nada,1\nbob,x\n", "x.csv");
        let mut records = Records::load(&path).unwrap();
        assert!(records.advance().unwrap() && records.advance().unwrap());
        let bad = records.refused(&records.event().unwrap(), &error);
        assert_eq!((bad.line, bad.column), (3, 5));
    }
}
