//! Who may do what: tokens with roles.
//!
//! Tokens are kept as digests and compared in constant time. Where none is configured, everybody on this machine may do
//! everything; a service that others can reach must have some.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::private::{self, PrivateError};

/// Shorter tokens can be guessed.
const TOKEN_CHARS_MIN: usize = 16;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// To ask.
    Read,
    /// To tell events.
    Event,
    /// Everything.
    Admin,
}

impl Role {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Event => "event",
            Self::Admin => "admin",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Read, Self::Event, Self::Admin].into_iter().find(|role| role.word() == word)
    }

    /// Whether who has this role may do what `needed` is needed for. Who tells events does not thereby see people.
    pub fn allows(self, needed: Self) -> bool {
        self == Self::Admin || self == needed
    }
}

/// Why tokens cannot be read. No token stands in a message.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file is not read.
    #[error(transparent)]
    Private(#[from] PrivateError),
    /// A line is no role and token.
    #[error("{place}: expected a role (`read`, `event` or `admin`) and a token")]
    Malformed {
        /// Where.
        place: String,
    },
    /// A token is too short.
    #[error("{place}: this token is too short: at least {TOKEN_CHARS_MIN} characters are needed")]
    Short {
        /// Where.
        place: String,
    },
}

/// The tokens that are known.
#[derive(Clone, Default)]
pub struct Tokens(Vec<(Role, [u8; 32])>);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tokens", self.0.len())
    }
}

impl Tokens {
    /// Reads a file that only its owner can read: a role and a token on each line; `#` begins a comment.
    ///
    /// # Errors
    ///
    /// When it cannot be read, when others can read it, and when a line is something else.
    pub fn from_file(path: &Path) -> Result<Self, TokensError> {
        Self::read(&private::read(path)?, &path.display().to_string())
    }

    /// Reads roles and tokens, one pair a line; `source` names the text in messages.
    ///
    /// # Errors
    ///
    /// When a line is something else.
    pub fn read(text: &str, source: &str) -> Result<Self, TokensError> {
        let mut tokens = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or(line).trim();
            if line.is_empty() {
                continue;
            }
            let place = || format!("{source}:{number}");
            let (role, token) = line
                .split_once(char::is_whitespace)
                .and_then(|(role, token)| Some((Role::from_word(role)?, token.trim())))
                .filter(|(_, token)| !token.contains(char::is_whitespace))
                .ok_or_else(|| TokensError::Malformed { place: place() })?;
            if token.chars().count() < TOKEN_CHARS_MIN {
                return Err(TokensError::Short { place: place() });
            }
            tokens.0.push((role, digest(token)));
        }
        Ok(tokens)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a token allows; `None` for one that is not known. Takes the same time for all of the same length.
    pub fn role(&self, token: &str) -> Option<Role> {
        self.find(token).map(|(_, role)| role)
    }

    /// As [`Self::role`], with the number of the token.
    pub(super) fn find(&self, token: &str) -> Option<(usize, Role)> {
        let given = digest(token);
        let mut found = None;
        for (number, (role, known)) in self.0.iter().enumerate() {
            if bool::from(known.ct_eq(&given)) {
                found = Some((number, *role));
            }
        }
        found
    }
}

/// Whether a host, with or without a port, is a name of this machine alone.
pub(super) fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "LOCALHOST:7310", "127.0.0.1:1", "127.8.9.1", "[::1]:7310"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["example.com", "localhost.example.com:7310", "10.0.0.1", "[::2]", "", "127.0.0.1.example.com"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn tokens_have_roles_and_are_never_shown() {
        let tokens = Tokens::read(
            "# for the page\nread  correct-horse-battery\n\nadmin staple-0123456789 # ours\nevent 0123456789abcdef",
            "tokens",
        )
        .unwrap();
        assert_eq!(tokens.role("correct-horse-battery"), Some(Role::Read));
        assert_eq!(tokens.role("staple-0123456789"), Some(Role::Admin));
        assert_eq!(tokens.role("0123456789abcdef"), Some(Role::Event));
        assert_eq!(tokens.role("correct-horse-batter"), None);
        assert_eq!(format!("{tokens:?}"), "3 tokens");
        assert!(Role::Admin.allows(Role::Event) && !Role::Event.allows(Role::Read) && !Role::Read.allows(Role::Event));
        for (text, message) in [
            ("reader correct-horse-battery", "tokens:1: expected a role"),
            ("\nread", "tokens:2: expected a role"),
            ("read correct horse-battery-staple", "tokens:1: expected a role"),
            ("read secret", "tokens:1: this token is too short"),
        ] {
            let error = Tokens::read(text, "tokens").unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
            assert!(!error.contains("horse") && !error.contains("secret"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::fs;
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        fs::write(&path, "read correct-horse-battery\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Tokens::from_file(&path).unwrap_err().to_string();
        assert!(error.ends_with("can be read by others: its mode is 640, and must be 600"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(Tokens::from_file(&path).unwrap().role("correct-horse-battery"), Some(Role::Read));
    }
}
