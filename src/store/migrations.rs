//! Numbered migrations: each room's tables grow one step at a time, and each step is remembered with its checksum.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};

use super::error::StoreError;

/// A step that makes or changes the tables of a room. Once released it is never edited; the next step gets a number more.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// What it does, for people.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

impl Migration {
    fn checksum(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The table of applied migrations.
pub(super) const TABLE: &str = "\
CREATE TABLE IF NOT EXISTS migrations (
    room TEXT NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (room, number)
) STRICT, WITHOUT ROWID";

/// Refuses tables that a newer program made, or that were made otherwise. How many migrations were applied.
pub(super) fn check(
    connection: &Connection,
    path: &Path,
    room: &str,
    known: &[Migration],
) -> Result<usize, StoreError> {
    let failed = |error: &rusqlite::Error| StoreError::database(path, error);
    let newest: Option<u32> = connection
        .query_row("SELECT max(number) FROM migrations WHERE room = ?1", [room], |row| row.get(0))
        .map_err(|error| failed(&error))?;
    let newest = newest.unwrap_or(0);
    let number = u32::try_from(known.len()).unwrap_or(u32::MAX);
    let path_text = || path.display().to_string();
    if newest > number {
        return Err(StoreError::Newer { path: path_text(), room: room.to_owned(), found: newest, known: number });
    }
    for (number, migration) in (1..=newest).zip(known) {
        let applied: Option<String> = connection
            .query_row(
                "SELECT checksum FROM migrations WHERE room = ?1 AND number = ?2",
                params![room, number],
                |row| row.get(0),
            )
            .optional()
            .map_err(|error| failed(&error))?;
        if applied.is_none_or(|applied| applied != migration.checksum()) {
            return Err(StoreError::Altered { path: path_text(), room: room.to_owned(), number });
        }
    }
    Ok(newest as usize)
}

/// Applies what is missing, all of it or nothing.
pub(super) fn apply(
    connection: &mut Connection,
    path: &Path,
    room: &str,
    known: &[Migration],
) -> Result<(), StoreError> {
    if check(connection, path, room, known)? == known.len() {
        return Ok(());
    }
    let failed = |error: rusqlite::Error| StoreError::database(path, &error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Under the write lock nobody else migrates: what is missing now is missing.
    let applied = check(&transaction, path, room, known)?;
    for (number, migration) in (1_u32..).zip(known).skip(applied) {
        apply_one(&transaction, room, number, migration).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

fn apply_one(transaction: &Transaction<'_>, room: &str, number: u32, migration: &Migration) -> rusqlite::Result<()> {
    transaction.execute_batch(migration.sql)?;
    transaction.execute(
        "INSERT INTO migrations (room, number, name, checksum, version) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![room, number, migration.name, migration.checksum(), env!("CARGO_PKG_VERSION")],
    )?;
    Ok(())
}
