//! The database of a state directory: one file, tables by room.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::directory::{self, StateDirectory};
use super::error::StoreError;
use super::migrations::{self, Migration};

/// Says that a SQLite file is ours: `Camp`.
const APPLICATION_ID: i32 = 0x4361_6d70;

/// The format of the file as a whole: which rooms there are and where their migrations are noted. Tables have formats of
/// their own, the numbers of their migrations.
const FILE_FORMAT: i32 = 1;

/// How long to wait for another connection of this process, or for a backup, to let us write.
const BUSY: Duration = Duration::from_secs(30);

/// After so many pages of the log (4 KiB each) its content is moved into the database.
const LOG_PAGES: i64 = 20_000;

/// A connection to the database of a state directory. Connections are cheap; each belongs to one thread. Only one of them
/// writes at a time, the others wait.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    path: PathBuf,
}

impl Database {
    /// Opens the database of a directory that this process has; it is made when there is none.
    ///
    /// Nothing that was committed is lost when the process or the machine stops: the log is written ahead and synced at
    /// each commit.
    ///
    /// # Errors
    ///
    /// When the file is damaged, from a newer program, none of ours, or cannot be written.
    pub fn open(directory: &StateDirectory) -> Result<Self, StoreError> {
        let path = directory.database_file();
        let connection = Connection::open(&path).map_err(|error| StoreError::database(&path, &error))?;
        let mut database = Self { connection, path };
        database.prepare()?;
        Ok(database)
    }

    /// Opens the database of a state directory for reading, also while another process works with it.
    ///
    /// # Errors
    ///
    /// As [`Database::open`], and when there is none.
    pub fn open_for_reading(directory: &Path) -> Result<Self, StoreError> {
        let path = directory::database_file(directory)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(&path, flags).map_err(|error| StoreError::database(&path, &error))?;
        let database = Self { connection, path };
        database.set_up().map_err(|error| database.failed(&error))?;
        database.is_ours()?;
        Ok(database)
    }

    fn prepare(&mut self) -> Result<(), StoreError> {
        self.set_up().map_err(|error| self.failed(&error))?;
        let tables: i64 = self
            .connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(|error| self.failed(&error))?;
        if tables == 0 {
            self.make().map_err(|error| self.failed(&error))?;
        }
        self.is_ours()
    }

    fn set_up(&self) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "mmap_size", 0)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // What the file says is looked at before it is believed.
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "trusted_schema", false)
    }

    fn make(&mut self) -> rusqlite::Result<()> {
        // All or nothing: a half-made file is made again at the next start.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", FILE_FORMAT)?;
        transaction.execute_batch(migrations::TABLE)?;
        transaction.commit()
    }

    fn is_ours(&self) -> Result<(), StoreError> {
        let number = |pragma: &str| {
            self.connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0)).map_err(|e| self.failed(&e))
        };
        let path = || self.path.display().to_string();
        if number("application_id")? != APPLICATION_ID {
            return Err(StoreError::Damaged { path: path(), reason: "it is no database of campanile".to_owned() });
        }
        let (found, known) = (number("user_version")?, FILE_FORMAT);
        if found > known {
            let number = |format: i32| u32::try_from(format).unwrap_or(0);
            let room = "migrations".to_owned();
            return Err(StoreError::Newer { path: path(), room, found: number(found), known: number(known) });
        }
        if self.connection.is_readonly("main").map_err(|error| self.failed(&error))? {
            return Ok(());
        }
        // Only in a file that is known to be ours something is changed.
        let set = || -> rusqlite::Result<()> {
            self.connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
            self.connection.pragma_update_and_check(None, "wal_autocheckpoint", LOG_PAGES, |_| Ok(()))?;
            self.connection.pragma_update_and_check(None, "journal_size_limit", LOG_PAGES * 4096, |_| Ok(()))
        };
        set().map_err(|error| self.failed(&error))
    }

    /// Brings the tables of a room up to date. Rooms share nothing but the file: each has its own numbers, from 1 in the
    /// order of the list, and names its tables after itself.
    ///
    /// # Errors
    ///
    /// When a newer program made them, or when a step that was applied is not the one in the list.
    pub fn migrate(&mut self, room: &str, steps: &[Migration]) -> Result<(), StoreError> {
        migrations::apply(&mut self.connection, &self.path, room, steps)
    }

    /// Says whether the tables of a room are exactly those that the list makes; nothing is changed.
    ///
    /// # Errors
    ///
    /// As [`Database::migrate`].
    pub fn is_up_to_date(&self, room: &str, steps: &[Migration]) -> Result<bool, StoreError> {
        Ok(migrations::check(&self.connection, &self.path, room, steps)? == steps.len())
    }

    /// Does some work in one transaction: all of it is kept, synced, or nothing.
    ///
    /// # Errors
    ///
    /// When the work fails, or the commit.
    pub fn write<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let Self { connection, path } = self;
        let all = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        let result: rusqlite::Result<T> = all();
        result.map_err(|error| StoreError::database(path, &error))
    }

    /// Reads what is committed; all statements of the work see the same moment.
    ///
    /// # Errors
    ///
    /// When the work fails.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let all = || -> rusqlite::Result<T> {
            let transaction = self.connection.unchecked_transaction()?;
            let found = work(&transaction)?;
            transaction.finish()?;
            Ok(found)
        };
        all().map_err(|error| self.failed(&error))
    }

    /// Copies the database to a new file while others work with it: what is committed at this moment, whole.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or the copy cannot be written.
    pub fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let failed = |error: &rusqlite::Error| StoreError::database(file, error);
        let mut copy = Connection::open(file).map_err(|error| failed(&error))?;
        copy.pragma_update(None, "synchronous", "FULL").map_err(|error| failed(&error))?;
        // In one step: while others write, several steps would begin again and again.
        let all = Backup::new(&self.connection, &mut copy).and_then(|backup| backup.step(-1));
        let step = all.map_err(|error| failed(&error))?;
        if step != StepResult::Done {
            let path = self.path.display().to_string();
            return Err(StoreError::Failed { path, reason: format!("it cannot be copied now ({step:?})") });
        }
        let sync = std::fs::File::open(file).and_then(|file| file.sync_all());
        sync.map_err(|error| StoreError::io(file, &error))
    }

    /// What is wrong with the file as SQLite sees it, one line each; empty when it is whole.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn problems(&self) -> Result<Vec<String>, StoreError> {
        let lines: Vec<String> = self.read(|it| {
            let mut check = it.prepare("PRAGMA integrity_check")?;
            let lines = check.query_map([], |row| row.get(0))?;
            lines.collect()
        })?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// Gives back the room of what was dropped.
    ///
    /// # Errors
    ///
    /// When there is not so much room as the database takes, which is needed for a while.
    pub fn vacuum(&self) -> Result<(), StoreError> {
        self.connection.execute_batch("VACUUM").map_err(|error| self.failed(&error))?;
        self.empty_log()
    }

    /// Moves what is in the log into the database, as far as nobody reads there.
    pub(super) fn empty_log(&self) -> Result<(), StoreError> {
        let empty = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        empty.map_err(|error| self.failed(&error))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the database said, as an error that names the file.
    pub fn failed(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::database(&self.path, error)
    }
}

#[cfg(test)]
#[path = "database_tests.rs"]
mod tests;
