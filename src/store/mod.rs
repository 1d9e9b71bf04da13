//! Keeping state: what people are and what was done outlives the process.
//!
//! A state directory ([`StateDirectory`]) belongs to one process at a time and holds one database ([`Database`]), in which
//! each room that keeps something has tables of its own, made by numbered [`Migration`]s. Nothing here knows what a rule
//! means. Start at [`StateDirectory::open`].

mod database;
mod directory;
mod error;
mod migrations;

pub use database::Database;
pub use directory::{Holder, StateDirectory};
pub use error::StoreError;
pub use migrations::Migration;
/// The library under [`Database`], for the statements of other rooms.
pub use rusqlite;
