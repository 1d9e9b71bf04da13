//! How the program ends.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::files::FilesError;

/// The exit statuses, which are a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything is fine.
    Fine = 0,
    /// The checker found something, or a check failed.
    Findings = 1,
    /// Wrong use, or input that cannot be read.
    Usage = 2,
    /// A run went through, with incidents that a person should look at.
    Incidents = 3,
    /// A bug of ours.
    Bug = 70,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// Wrong use, or input that cannot be read.
    Input {
        /// What is wrong, in one line.
        message: String,
        /// What to do instead.
        help: Vec<String>,
    },
    /// A product or a server cannot be reached, or lets us in nowhere.
    Unreachable {
        /// What happened, in one line.
        message: String,
        /// What to do.
        help: Vec<String>,
    },
    /// Something was written about already; only the status is left to give.
    Said(Exit),
    /// Nobody reads what we write any more.
    Pipe,
}

impl Failure {
    /// A failure without help.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Input { message: message.into(), help: Vec::new() }
    }

    /// A failure with help.
    pub fn with_help(message: impl Into<String>, help: Vec<String>) -> Self {
        Self::Input { message: message.into(), help }
    }

    /// Somebody that cannot be reached.
    pub fn unreachable(message: impl Into<String>, help: Vec<String>) -> Self {
        Self::Unreachable { message: message.into(), help }
    }

    /// The status to end with. To stop reading is no mistake of those who do.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Input { .. } => Exit::Usage,
            Self::Unreachable { .. } => Exit::Incidents,
            Self::Said(exit) => *exit,
            Self::Pipe => Exit::Fine,
        }
    }
}

/// Of the standard output. What concerns a file is made a message where its name is known.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Pipe
        } else {
            Self::new(format!("the output cannot be written: {error}"))
        }
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        Self::new(error.to_string())
    }
}

/// A panic is a bug of ours: it ends the program with a status of its own and says what to report.
pub(super) fn apologise_for_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let said = payload.downcast_ref::<&str>().copied().map(str::to_owned);
        let said = said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        let _ = writeln!(
            io::stderr(),
            "campanile made a mistake, and we are sorry: this is a bug, not yours.\n\
             Please report it with the command that you gave and these two lines:\n  \
             campanile {version}, {place}\n  {said}"
        );
        std::process::exit(i32::from(Exit::Bug as u8));
    }));
}
