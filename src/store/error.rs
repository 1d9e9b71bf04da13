//! Why something cannot be kept or read again.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

/// Why a state directory cannot be used. What was committed before is still there, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process works with the directory.
    #[error("the state directory `{path}` is in use by {holder}")]
    InUse {
        /// The directory.
        path: String,
        /// Who holds it, as far as the holder said.
        holder: String,
    },
    /// There is no such directory, and none was to be made.
    #[error("there is no state directory `{path}`")]
    Missing {
        /// The path as it was given.
        path: String,
    },
    /// The directory holds other things and no state.
    #[error("`{path}` is no state directory: it holds other files")]
    NotState {
        /// The path as it was given.
        path: String,
    },
    /// It was written by a newer program.
    #[error(
        "`{path}` was written by a newer version: its `{room}` tables have format {found}, and this version knows {known}"
    )]
    Newer {
        /// The database file.
        path: String,
        /// Whose tables.
        room: String,
        /// The format found.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// A migration that was applied is not the one that this program knows by its number.
    #[error("the `{room}` tables of `{path}` were made by another migration {number} than the one of this version")]
    Altered {
        /// The database file.
        path: String,
        /// Whose tables.
        room: String,
        /// The number of the migration.
        number: u32,
    },
    /// Somebody else has written.
    #[error("`{path}` has come to input {found}, and its writer knew {known} only: somebody else writes")]
    Overtaken {
        /// The store.
        path: String,
        /// What the writer knew.
        known: u64,
        /// How far it has come.
        found: u64,
    },
    /// The disk is full.
    #[error("the disk of `{path}` is full; nothing of the last step was kept, everything before it was")]
    Full {
        /// The database file.
        path: String,
    },
    /// The place cannot be written.
    #[error("`{path}` cannot be written: {reason}")]
    ReadOnly {
        /// The file or directory.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The system fails to read or to write.
    #[error(
        "`{path}` can no longer be read or written ({reason}); nothing of the last step was kept, everything before it was"
    )]
    Io {
        /// The database file.
        path: String,
        /// What the database says.
        reason: String,
    },
    /// What is there cannot be what was written.
    #[error("`{path}` is damaged: {reason}")]
    Damaged {
        /// The database file.
        path: String,
        /// What was found.
        reason: String,
    },
    /// Anything else that the system or the database says.
    #[error("`{path}`: {reason}")]
    Failed {
        /// The file or directory.
        path: String,
        /// What it says.
        reason: String,
    },
}

impl StoreError {
    /// What to do about it, one line each.
    pub fn help(&self) -> Vec<String> {
        let help = match self {
            Self::InUse { .. } => "wait until it has ended, or give another directory",
            Self::Missing { .. } => "look at the path; `campanile run --state DIR` makes one",
            Self::NotState { .. } => "give an empty directory, or one that does not exist yet",
            Self::Newer { .. } => "use the version that wrote it, or a newer one",
            Self::Altered { .. } => "use the version that wrote it",
            Self::Full { .. } => "make room, then give the same command again",
            Self::ReadOnly { .. } => "look at the owner and the permissions of the directory and the files in it",
            Self::Io { .. } => "look at the disk, and at limits on the size of files, then give the same command again",
            Self::Damaged { .. } => {
                "bring back a copy made by `campanile state backup`; leave this one as it is for now"
            }
            Self::Overtaken { .. } => "end the other writer, then start again",
            Self::Failed { .. } => return Vec::new(),
        };
        vec![help.to_owned()]
    }

    /// What the operating system said about a path.
    pub(super) fn io(path: &Path, error: &io::Error) -> Self {
        let path = path.display().to_string();
        let kind = error.kind();
        if kind == io::ErrorKind::NotFound {
            Self::Missing { path }
        } else if matches!(kind, io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) {
            Self::ReadOnly { path, reason: error.to_string() }
        } else if matches!(
            kind,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        ) {
            Self::Full { path }
        } else {
            Self::Failed { path, reason: error.to_string() }
        }
    }

    /// What the database said about its file.
    pub fn database(path: &Path, error: &rusqlite::Error) -> Self {
        let name = path.display().to_string();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path: name },
            Some(ErrorCode::SystemIoFailure) => Self::Io { path: name, reason },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly { path: name, reason }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path: name, reason },
            Some(_) | None => Self::Failed { path: name, reason },
        }
    }
}
