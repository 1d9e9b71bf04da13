//! Records: what stands in event files, load files and action files, and the typed values behind it.
//!
//! Everything here is text in, types out and back; nothing opens a file. [`parse_event`] reads one line of JSON,
//! [`EventBuilder`] is the part that scenario files share with it, [`Record`] writes what the evaluator answers, and
//! `csv` reads people and members from tables.

mod event;
mod json;
mod text;
mod write;

#[cfg(feature = "cli")]
pub mod csv;

pub use event::{EVENT_KEYS, EventBuilder, Given, Problem, plain_value};
pub use json::{RecordError, column_of_value, parse_event};
pub use write::{Part, Record, each_key, write_event, write_outcome, write_outcomes};

/// The longest line of an event or load file, in bytes. A longer one is malformed: it is more likely a file of another
/// kind than a fact, and it must not be held in memory.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;
