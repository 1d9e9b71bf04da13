//! Doubles of Salesforce and Marketo: servers on loopback that answer as the real ones are documented to.
//!
//! Each remote is a pure struct, state and request and time to response, which needs no socket: [`Salesforce`] and
//! [`Marketo`]. [`Double`] puts a clock that can be moved, a log of calls and seeded [`faults`] around one, still without
//! any socket, so that a simulation can drive thousands of seeds in one process. `server` is the HTTP around that.
//! `docs/doubles.md` says what each does and does not.

pub mod faults;
pub mod http;
pub mod marketo;
pub mod salesforce;
pub mod server;
mod shell;
mod tls;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use faults::{Fault, Faults};
pub use marketo::Marketo;
pub use salesforce::Salesforce;
pub use server::{Server, ServerError};
pub use shell::{Answer, Call, Double};

use crate::model::Timestamp;
use http::{Request, Response};

/// A remote: what it answers, and what the shell around it has to know.
pub trait Remote {
    /// The answer to a call that arrives at `now`.
    fn handle(&mut self, request: &Request, now: Timestamp) -> Response;

    /// The answer to a call below `/double/` that looks at or changes the remote; nothing when there is no such call.
    fn control(&mut self, request: &Request, now: Timestamp) -> Option<Response>;

    /// How long the call just handled takes until it is answered, in milliseconds.
    fn takes_ms(&self) -> u64;

    /// What is said to this call when there have been too many.
    fn limit(&self, request: &Request) -> Response;

    /// What is said to this call when somebody else holds what it needs; nothing when that cannot be.
    fn locked(&self, request: &Request) -> Option<Response>;

    /// What is said to this call when the remote is down.
    fn unavailable(&self, request: &Request) -> Response;

    /// What the next call writes shows in queries this much later.
    fn show_late(&mut self, millis: u64);

    /// Where the remote is told to be found, without a slash at the end.
    fn set_base_url(&mut self, url: &str);

    /// What a client needs to log in.
    fn credentials(&self) -> Credentials;

    /// Forgets everything and starts from a data file.
    fn reload(&mut self, text: &str, now: Timestamp) -> Result<(), DataError>;
}

/// What a client needs to log in, as a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials(pub Value);

/// What is wrong with a data file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DataError {
    /// What is wrong, in one line.
    pub message: String,
    /// What to do instead.
    pub help: Vec<String>,
}

impl DataError {
    /// An error without help.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: Vec::new() }
    }

    /// An error with help.
    pub fn with_help(message: impl Into<String>, help: Vec<String>) -> Self {
        Self { message: message.into(), help }
    }
}

/// Reads a data file in YAML or JSON. Keys that nobody knows are refused.
pub fn read_data<T: DeserializeOwned + Default>(text: &str) -> Result<T, DataError> {
    // JSON is YAML too, and a file that says nothing leaves everything out.
    let data: Result<Option<T>, _> = serde_yaml::from_str(text);
    data.map(Option::unwrap_or_default).map_err(|error| DataError::new(error.to_string()))
}

/// `old` with the keys of `changes` in place of its own; objects are merged, everything else is replaced.
fn merged<T: Serialize + DeserializeOwned>(old: &T, changes: &Value) -> Result<T, DataError> {
    let mut whole = serde_json::to_value(old).map_err(|error| DataError::new(error.to_string()))?;
    merge(&mut whole, changes);
    serde_json::from_value(whole).map_err(|error| DataError::new(error.to_string()))
}

fn merge(whole: &mut Value, changes: &Value) {
    match (whole, changes) {
        (Value::Object(whole), Value::Object(changes)) => {
            for (key, value) in changes {
                merge(whole.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (whole, value) => *whole = value.clone(),
    }
}
