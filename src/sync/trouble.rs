//! Why a call, or a pass, could not do its work.

use super::ledger::LedgerError;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A side does not answer, or says that it cannot now.
    #[error("{side} cannot be reached: {message}")]
    Unreachable {
        /// `Salesforce` or `Marketo`.
        side: &'static str,
        /// What was last heard.
        message: String,
    },
    /// A side refuses the call itself: permissions, configuration, or a mistake of ours.
    #[error("{side} refuses: {code}: {message}")]
    Refused {
        /// `Salesforce` or `Marketo`.
        side: &'static str,
        /// Its code.
        code: String,
        /// What it says, verbatim.
        message: String,
    },
    /// The log-in is refused.
    #[error("{side} refuses the log-in: {code}: {message}")]
    LogIn {
        /// `Salesforce` or `Marketo`.
        side: &'static str,
        /// Its code.
        code: String,
        /// What it says, verbatim.
        message: String,
    },
    /// The token is no longer good. Connectors get a new one and try again.
    #[error("the token is no longer good: {code}: {message}")]
    Expired {
        /// The code.
        code: String,
        /// What was said.
        message: String,
    },
    /// Nobody knows whether a write was done.
    #[error("nobody knows whether it was done: {message}")]
    Unknown {
        /// What was last heard.
        message: String,
    },
    /// The state cannot be kept.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Trouble {
    /// Of a call with a token that was just given out: that it is no longer good is a refused log-in.
    pub(super) fn of_fresh_token(self, side: &'static str) -> Self {
        if let Self::Expired { code, message } = self { Self::LogIn { side, code, message } } else { self }
    }

    /// Of a call for a token: what is refused is the log-in, and what is unknown can only be tried again later.
    pub(super) fn of_log_in(self) -> Self {
        if let Self::Refused { side, code, message } = self { Self::LogIn { side, code, message } } else { self }
    }

    /// Of a call whose outcome is of no use: what is unknown counts as out of reach.
    pub(super) fn known(self, side: &'static str) -> Self {
        if let Self::Unknown { message } = self { Self::Unreachable { side, message } } else { self }
    }

    /// A refusal with this code says that the side can be called later.
    pub(super) fn later(self, of: &str) -> Self {
        match self {
            Self::Refused { side, code, message } if code == of => {
                Self::Unreachable { side, message: format!("{code}: {message}") }
            }
            Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::LogIn { .. }
            | Self::Expired { .. }
            | Self::Unknown { .. }
            | Self::Ledger(_) => self,
        }
    }
}
