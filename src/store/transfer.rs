//! A state as lines of JSON, and back: for people who want to look, and for other machines and versions.
//!
//! The first line says what it is and holds what is not about one person; then come the rules under which it was left, the
//! notes, the marks of handled events, and one line for each person. Action records are not part of it: they were passed
//! on.

use std::io::{self, BufRead, Write};

use indexmap::IndexSet;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::StoreError;
use super::keep::{Batch, Checkpoint, NumberedChunk, Partition, Store};
use super::keeper::{CheckpointHead, Keeper, PASSED_ON, RULES};
use super::rules::RuleFiles;
use crate::engine::snapshot::{CHUNK_PEOPLE, Chunk, Head, Person};

/// The number of the form. Others are refused.
const FORM: u32 = 1;

/// So many marks stand on a line.
const MARKS_A_LINE: usize = 1_000;

/// One line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// The first.
    State { form: u32, version: String, head: Head },
    /// Rule files: path and text.
    Rules(Vec<(String, String)>),
    /// A note and its text.
    Note(String, String),
    /// Marks, in hexadecimal digits.
    Marks(Vec<String>),
    /// A person.
    Person(Box<Person<String>>),
}

/// Why lines cannot be taken in. Nothing of them was kept.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A line is not what it should be.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The store already holds something.
    #[error("the state directory already holds people")]
    NotEmpty,
    /// The store says so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be read.
    #[error("the lines cannot be read: {0}")]
    Read(#[from] io::Error),
}

/// Writes a state; how many people there are.
///
/// # Errors
///
/// When it cannot be written.
pub fn export(keeper: &mut Keeper, out: &mut impl Write) -> Result<u64, io::Error> {
    let notes = keeper.standing().notes.clone();
    let engine = keeper.engine();
    engine.start_from_loads();
    let Some(saved) = engine.save() else { return Ok(0) };
    let people = saved.head.people;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    write_line(&Line::State { form: FORM, version, head: saved.head }, out)?;
    for (name, value) in notes {
        let text = String::from_utf8_lossy(&value).into_owned();
        if name == RULES {
            let rules: RuleFiles = serde_json::from_str(&text)?;
            write_line(&Line::Rules(rules.files), out)?;
        } else if name != PASSED_ON {
            write_line(&Line::Note(name, text), out)?;
        }
    }
    for marks in engine.marks().chunks(MARKS_A_LINE) {
        let marks = marks.iter().map(|mark| format!("{:032x}", u128::from_le_bytes(mark.to_bytes())));
        write_line(&Line::Marks(marks.collect()), out)?;
    }
    for number in 0..engine.chunks() {
        let Chunk { texts, people } = engine.chunk(number);
        for person in people {
            let text = |place: &u32| texts.get(*place as usize).copied().unwrap_or("").to_owned();
            write_line(&Line::Person(Box::new(person.map(&mut { text }))), out)?;
        }
    }
    Ok(people)
}

fn write_line(line: &Line, out: &mut impl Write) -> Result<(), io::Error> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Takes a state in, into an empty store; how many people there are.
///
/// # Errors
///
/// When a line is malformed, or the store is not empty; then nothing was kept.
pub fn import(store: &mut dyn Store, partition: Partition, lines: impl BufRead) -> Result<u64, ImportError> {
    let standing = store.standing(partition)?;
    if standing.inputs > 0 || standing.checkpoint.is_some() {
        return Err(ImportError::NotEmpty);
    }
    let mut head = None;
    let (mut marks, mut people, mut chunks) = (Vec::new(), Vec::new(), Vec::new());
    let mut batch = Batch::default();
    let mut rules = String::new();
    let mut count = 0;
    for (number, line) in (1..).zip(lines.lines()) {
        let wrong = |reason: String| ImportError::Line { line: number, reason };
        let line = line?;
        // A line may be as large as a workspace of rules; it is looked at as JSON first, so that messages are plain.
        let raw: Box<RawValue> =
            serde_json::from_str(&line).map_err(|error| wrong(format!("it is not JSON: {error}")))?;
        let line: Line = serde_json::from_str(raw.get()).map_err(|error| wrong(error.to_string()))?;
        if number == 1 && !matches!(line, Line::State { .. }) {
            return Err(wrong("it is not the beginning of an exported state".to_owned()));
        }
        match line {
            Line::State { form: FORM, version: _, head: found } if number == 1 => head = Some(found),
            Line::State { form, version, head: _ } => {
                return Err(wrong(format!("form {form} of version {version} is not known here, only form {FORM}")));
            }
            Line::Rules(files) => {
                let files = RuleFiles { files };
                rules = files.fingerprint();
                let note = serde_json::to_vec(&files).map_err(|error| wrong(error.to_string()))?;
                batch.notes.insert(RULES.to_owned(), note);
            }
            Line::Note(name, text) => drop(batch.notes.insert(name, text.into_bytes())),
            Line::Marks(all) => {
                for mark in all {
                    let mark = u128::from_str_radix(&mark, 16).map_err(|_| wrong(format!("`{mark}` is no mark")))?;
                    marks.extend_from_slice(&mark.to_le_bytes());
                }
            }
            Line::Person(person) => {
                people.push(*person);
                count += 1;
                if people.len() == CHUNK_PEOPLE {
                    chunks.push(encode(&people));
                    people.clear();
                }
            }
        }
    }
    let head = head.ok_or_else(|| ImportError::Line { line: 1, reason: "there is no line".to_owned() })?;
    if head.people != count {
        let reason = format!("{count} people stand there, and the first line says {}", head.people);
        return Err(ImportError::Line { line: 1, reason });
    }
    if !people.is_empty() {
        chunks.push(encode(&people));
    }
    let head = postcard::to_stdvec(&CheckpointHead { rules, engine: head });
    let head = head.map_err(|error| ImportError::Line { line: 1, reason: error.to_string() })?;
    let mut chunks =
        (0..).zip(chunks).map(|(number, chunk): (u32, Result<Vec<u8>, _>)| -> NumberedChunk { Ok((number, chunk?)) });
    let checkpoint = Checkpoint { head, chunks: &mut chunks, marks, anew: true };
    store.checkpoint(partition, 0, &[batch], checkpoint)?;
    Ok(count)
}

fn encode(people: &[Person<String>]) -> Result<Vec<u8>, postcard::Error> {
    let mut texts: IndexSet<String> = IndexSet::new();
    let mut place = |text: &String| {
        let place = texts.get_index_of(text).unwrap_or_else(|| texts.insert_full(text.clone()).0);
        u32::try_from(place).unwrap_or(u32::MAX)
    };
    let people = people.iter().map(|person| person.map(&mut place)).collect();
    postcard::to_stdvec(&Chunk { texts: texts.iter().map(String::as_str).collect(), people })
}
