//! Files with secrets, which only their owner may read.

use std::fs;
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

/// The text of a file that only its owner can read.
///
/// # Errors
///
/// When it cannot be read, and when others can.
pub fn read(path: &Path) -> Result<String, PrivateError> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| PrivateError::Unreadable { path: name.clone(), reason: error.to_string() };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(PrivateError::Open { path: name, mode });
        }
    }
    fs::read_to_string(path).map_err(unreadable)
}
