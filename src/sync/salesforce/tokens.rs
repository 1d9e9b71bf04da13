//! Refresh tokens that rotate, kept in the state directory.
//!
//! A token that was used is worth nothing, and used twice it takes the whole grant with it. So the next one is on the
//! disk before anything is done with it, in a file of its own that only its owner can read, and one process at a time
//! has it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::config::{self, Auth, Secret};
use crate::private;
use crate::store::{REFRESH_TOKEN, StateDirectory, StoreError};
use crate::sync::ledger::LedgerError;

/// Where rotated refresh tokens are kept.
pub trait Tokens {
    /// The newest token, if one was kept.
    fn newest(&self) -> Option<Secret>;

    /// Keeps a token durably, before it is used.
    ///
    /// # Errors
    ///
    /// When it cannot be kept.
    fn keep(&self, token: &Secret) -> Result<(), LedgerError>;
}

/// Tokens in the file `refresh_token` of a state directory.
#[derive(Debug)]
pub struct KeptTokens(Option<Kept>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    /// A digest of the token that the configuration gives: who puts another one there wants that one to count.
    given: String,
    newest: Mutex<Option<Secret>>,
    /// The operating system's, as that of the state directory.
    _lock: File,
}

/// What stands in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    given: String,
    token: String,
}

impl KeptTokens {
    /// Opens the tokens for this way to log in. Only refresh tokens need a state directory, which is made where there
    /// is none; another process may work with it, but not with its tokens.
    ///
    /// # Errors
    ///
    /// When refresh tokens have no place, another process uses them, or the file cannot be read.
    pub fn open(config: &config::Salesforce, state: Option<&Path>) -> Result<Self, LedgerError> {
        let Auth::RefreshToken { refresh_token, client_secret: _ } = &config.auth else { return Ok(Self(None)) };
        let Some(state) = state else {
            let message = "`auth: refresh_token` needs a place for the tokens that log-ins bring".to_owned();
            let help = vec![
                "give the state directory of the sync with `--state DIR`".to_owned(),
                "or use `auth: client_credentials` or `jwt_bearer` of the same user".to_owned(),
            ];
            return Err(LedgerError { message, help });
        };
        StateDirectory::make(state).map_err(|error| of_store(&error))?;
        let path = state.join(REFRESH_TOKEN);
        let lock = lock(&state.join(format!("{REFRESH_TOKEN}.lock")))?;
        let digest = Sha256::digest(refresh_token.open());
        let given: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let newest = if path.exists() { read(&path, &given)? } else { None };
        Ok(Self(Some(Kept { path, given, newest: Mutex::new(newest), _lock: lock })))
    }
}

impl Tokens for KeptTokens {
    fn newest(&self) -> Option<Secret> {
        let kept = self.0.as_ref()?;
        kept.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, token: &Secret) -> Result<(), LedgerError> {
        // Other ways to log in have no use for one.
        let Some(kept) = &self.0 else { return Ok(()) };
        let line = Line { given: kept.given.clone(), token: token.open().to_owned() };
        let text = serde_json::to_string(&line).map_err(|error| of_file(&kept.path, "written", &error))?;
        private::write(&kept.path, &format!("{text}\n")).map_err(|error| of_file(&kept.path, "written", &error))?;
        *kept.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}

fn lock(path: &Path) -> Result<File, LedgerError> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    let file = file.map_err(|error| of_file(path, "written", &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let state = path.parent().unwrap_or(path).display();
            let message = format!("another process logs in with the refresh token of `{state}`");
            let help = vec!["try again when it has ended: a token that two use at once is void".to_owned()];
            Err(LedgerError { message, help })
        }
        Err(TryLockError::Error(error)) => Err(of_file(path, "locked", &error)),
    }
}

/// The kept token, where it came of the one that the configuration gives.
fn read(path: &Path, given: &str) -> Result<Option<Secret>, LedgerError> {
    let text = private::read(path).map_err(|error| LedgerError { message: error.to_string(), help: error.help() })?;
    // What the parser says about a text may quote it.
    let line: Line = serde_json::from_str(&text).map_err(|_| LedgerError {
        message: format!("`{}` holds no refresh token", path.display()),
        help: vec!["remove it: then the one that the configuration gives is used".to_owned()],
    })?;
    Ok((line.given == given).then(|| Secret::new(line.token)))
}

fn of_store(error: &StoreError) -> LedgerError {
    LedgerError { message: error.to_string(), help: Vec::new() }
}

fn of_file(path: &Path, what: &str, error: &dyn std::error::Error) -> LedgerError {
    LedgerError { message: format!("`{}` cannot be {what}: {error}", path.display()), help: Vec::new() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn config(token: &str) -> config::Salesforce {
        config::Salesforce {
            login_url: String::new(),
            auth: Auth::RefreshToken { client_secret: None, refresh_token: Secret::new(token) },
            client_id: String::new(),
            api_version: String::new(),
            calls_share: 80,
        }
    }

    #[test]
    fn the_newest_token_comes_back_unless_the_configuration_gives_another() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let open = |token: &str| KeptTokens::open(&config(token), Some(&state));
        let tokens = open("first").unwrap();
        assert_eq!(tokens.newest(), None);
        tokens.keep(&Secret::new("second")).unwrap();
        tokens.keep(&Secret::new("third")).unwrap();
        assert_eq!(tokens.newest(), Some(Secret::new("third")));
        let error = open("first").unwrap_err();
        assert!(error.message.starts_with("another process logs in with the refresh token of `"), "{error}");
        drop(tokens);
        assert_eq!(open("first").unwrap().newest(), Some(Secret::new("third")));
        assert_eq!(open("granted anew").unwrap().newest(), None);
        // The directory becomes a state as if nothing stood in it.
        StateDirectory::open(&state, "test").unwrap();
        std::fs::write(state.join(REFRESH_TOKEN), "{\"secret\"").unwrap();
        let error = open("first").unwrap_err();
        assert!(!format!("{error:?}").contains("secret\""), "{error:?}");
    }

    #[test]
    fn without_a_place_nothing_is_used_up() {
        let error = KeptTokens::open(&config("first"), None).unwrap_err();
        assert!(error.message.contains("needs a place"), "{error}");
        let other = Auth::ClientCredentials { client_secret: Secret::new("x") };
        let other = config::Salesforce { auth: other, ..config("") };
        assert_eq!(KeptTokens::open(&other, None).unwrap().newest(), None);
    }
}
