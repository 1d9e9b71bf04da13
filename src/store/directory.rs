//! The state directory and its lock: one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use crate::clock::present;

/// The file that the process that works with the directory has locked.
const LOCK: &str = "lock";

/// The database.
const DATABASE: &str = "campanile.db";

/// A refresh token that rotated, where the sync keeps one, and the files beside it begin so.
pub const REFRESH_TOKEN: &str = "refresh_token";

/// A state directory that this process has to itself until the value is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    /// The lock is the operating system's and goes with the file handle, so a killed process leaves none behind.
    _lock: File,
}

/// Who works with a state directory, for the message that others get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub process: u32,
    /// What it does, such as `campanile run`.
    pub command: String,
    /// Since when.
    pub since: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} (`{}`, since {})", self.process, self.command, self.since)
    }
}

impl StateDirectory {
    /// Takes a state directory for this process, which does `command`. It is made when there is none.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("state");
    /// use campanile::store::StateDirectory;
    ///
    /// let mine = StateDirectory::open(&path, "campanile run")?;
    /// let other = StateDirectory::open(&path, "campanile run").map(drop);
    /// assert!(other.is_err_and(|error| error.to_string().contains("is in use by process")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When another process has it, when it cannot be written, or when it holds other things.
    pub fn open(path: &Path, command: &str) -> Result<Self, StoreError> {
        Self::make(path)?;
        Self::lock(path, command)
    }

    /// Makes a state directory where there is none, and takes nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or holds other things.
    pub fn make(path: &Path) -> Result<(), StoreError> {
        fs::create_dir_all(path).map_err(|error| StoreError::io(path, &error))?;
        let is_new = !path.join(DATABASE).exists();
        if is_new && holds_other_files(path).map_err(|error| StoreError::io(path, &error))? {
            return Err(StoreError::NotState { path: path.display().to_string() });
        }
        Ok(())
    }

    /// Takes a state directory that exists.
    ///
    /// # Errors
    ///
    /// As [`StateDirectory::open`], and when there is none.
    pub fn open_existing(path: &Path, command: &str) -> Result<Self, StoreError> {
        if !path.join(DATABASE).exists() {
            return Err(StoreError::Missing { path: path.display().to_string() });
        }
        Self::lock(path, command)
    }

    fn lock(path: &Path, command: &str) -> Result<Self, StoreError> {
        let place = path.join(LOCK);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&place);
        let mut file = file.map_err(|error| StoreError::io(&place, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { path: path.display().to_string(), holder: told_by(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io(&place, &error)),
        }
        let holder = Holder { process: std::process::id(), command: command.to_owned(), since: present().to_string() };
        tell(&mut file, &holder).map_err(|error| StoreError::io(&place, &error))?;
        Ok(Self { path: path.to_owned(), _lock: file })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the database.
    pub fn database_file(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// The file of the database of a state directory that somebody else may have open.
pub(super) fn database_file(path: &Path) -> Result<PathBuf, StoreError> {
    let file = path.join(DATABASE);
    if file.exists() { Ok(file) } else { Err(StoreError::Missing { path: path.display().to_string() }) }
}

/// Whether there is something that a state directory does not have. Files that begin with a dot are nobody's business.
fn holds_other_files(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        // What a start that ended too early may have left, and what a fresh disk holds.
        let is_ours = name == LOCK || name.starts_with(DATABASE) || name.starts_with(REFRESH_TOKEN);
        if !is_ours && !name.starts_with('.') && name != "lost+found" {
            return Ok(true);
        }
    }
    Ok(false)
}

fn tell(file: &mut File, holder: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(holder)?)?;
    file.write_all(b"\n")
}

fn told_by(file: &mut File) -> String {
    let mut text = String::new();
    // The lock file is short; who replaced it by something else is not believed.
    let read = file.take(4096).read_to_string(&mut text);
    let holder = read.ok().and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn one_process_at_a_time_and_the_other_is_told_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let mine = StateDirectory::open(&path, "campanile run").unwrap();
        let error = StateDirectory::open(&path, "campanile serve").unwrap_err();
        let expected = format!("is in use by process {} (`campanile run`, since 20", std::process::id());
        assert!(error.to_string().contains(&expected), "{error}");
        fs::write(path.join(LOCK), "nonsense").unwrap();
        let error = StateDirectory::open(&path, "campanile serve").unwrap_err();
        assert!(error.to_string().ends_with("is in use by another process"), "{error}");
        drop(mine);
        StateDirectory::open(&path, "campanile serve").unwrap();
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("holiday.jpg"), "x").unwrap();
        let error = StateDirectory::open(folder.path(), "campanile run").unwrap_err();
        assert!(matches!(error, StoreError::NotState { .. }), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = StateDirectory::open_existing(folder.path(), "campanile run").unwrap_err();
        assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    }
}
