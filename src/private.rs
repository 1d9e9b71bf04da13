//! Files with secrets, which only their owner may read.
//!
//! The one place that looks at modes, for the configuration, the tokens of the service and those that the sync keeps.
//! Where files have no modes, every file is taken for private.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Why such a file is not read. Nothing of it stands in a message.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// The file cannot be read.
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// Others may read the file.
    #[error("`{path}` can be read by others: its mode is {mode:o}, and must be 600")]
    Open {
        /// The file.
        path: String,
        /// Its mode.
        mode: u32,
    },
}

impl PrivateError {
    /// What to do about it, one line each.
    pub fn help(&self) -> Vec<String> {
        match self {
            Self::Unreadable { .. } => Vec::new(),
            Self::Open { path, .. } => vec![format!("`chmod 600 {path}` keeps others out")],
        }
    }
}

/// The mode of a file that others may read or change, such as 644; nothing for a private one.
#[cfg(unix)]
pub fn open_mode(about: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = about.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Nothing: there are no modes here.
#[cfg(not(unix))]
pub fn open_mode(_about: &Metadata) -> Option<u32> {
    None
}

/// The text of a file that only its owner can read.
///
/// # Errors
///
/// When it cannot be read, and when others can.
pub fn read(path: &Path) -> Result<String, PrivateError> {
    let name = path.display().to_string();
    let unreadable = |error: io::Error| PrivateError::Unreadable { path: name.clone(), reason: error.to_string() };
    if let Some(mode) = open_mode(&fs::metadata(path).map_err(unreadable)?) {
        return Err(PrivateError::Open { path: name, mode });
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// Puts a text in the place of a file, or makes it, for its owner only: wholly or not at all, and on the disk when this
/// returns. Beside it the name with `.new` is used meanwhile.
///
/// # Errors
///
/// When it cannot be written; then the file is as it was.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    // What a write that was cut off has left may have another mode.
    match fs::remove_file(&new) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// A new name is durable when its folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_is_private_and_what_is_not_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(folder.path().join("token.new"), "left over").unwrap();
        for text in ["one", "another"] {
            write(&path, text).unwrap();
            assert_eq!(read(&path).unwrap(), text);
            assert_eq!(open_mode(&fs::metadata(&path).unwrap()), None);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().ends_with("can be read by others: its mode is 640, and must be 600"), "{error}");
        assert!(write(&folder.path().join("none/token"), "x").is_err());
    }
}
