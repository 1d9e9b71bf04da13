//! Keeping state: what people are and what was done outlives the process.
//!
//! A state directory ([`StateDirectory`]) belongs to one process at a time and holds one database ([`Database`]), in which
//! each room that keeps something has tables of its own, made by numbered [`Migration`]s. What a store of people must do is
//! the trait [`Store`]; [`SqliteStore`] does it in the state directory, [`MemoryStore`] for comparison. A [`Keeper`] drives
//! an engine and a store together: what comes in is committed with what comes of it. Nothing here knows what a rule means.
//! Start at [`Keeper`].

mod database;
mod directory;
mod error;
mod input;
mod keep;
mod keeper;
mod memory;
mod migrations;
mod rules;
mod sqlite;
mod transfer;
mod writer;

#[cfg(test)]
mod conformance_tests;

pub use database::Database;
pub use directory::{Holder, REFRESH_TOKEN, StateDirectory};
pub use error::StoreError;
pub use input::Input;
pub use keep::{Batch, Checkpoint, EachChunk, EachPiece, Entry, NumberedChunk, Partition, Standing, Store};
pub use keeper::{KeepError, Keeper, PASSED_ON, Rescue};
pub use memory::MemoryStore;
pub use migrations::Migration;
pub use rules::RuleFiles;
/// The library under [`Database`], for the statements of other rooms.
pub use rusqlite;
pub use sqlite::SqliteStore;
pub use transfer::{ImportError, export, import};
