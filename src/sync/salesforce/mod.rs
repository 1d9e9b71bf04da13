//! The connector of Salesforce: REST, sObject Collections, and Bulk API 2.0 where there is much to read or write.
//!
//! Start at [`Salesforce`]; `auth` logs in, `read` holds the queries, `write` what changes something, `bulk` the jobs
//! that both of them use for many records, `table` their CSV, `tokens` keeps what rotates. Every call carries
//! `Sforce-Call-Options: client=campanile`, by which an org tells our changes from others. Calls go out one after the
//! other, so no campaign is ever written in parallel with itself, but for the rows of one Bulk job, which Salesforce works
//! on side by side; those that got into each other's way are sent again. Ids are 18 characters
//! everywhere.

mod auth;
mod bulk;
mod inspect;
mod read;
mod table;
mod tokens;
mod write;

use serde_json::Value;

pub use bulk::{INGEST_RECORDS_MIN, QUERY_ROWS_MIN};
pub use inspect::{Described, User};
pub use read::{CampaignRow, Deleted, MemberRow, PersonRow, StatusRow};
pub use tokens::{KeptTokens, Tokens};
pub use write::Written;

use super::Trouble;
use super::answers::{Reaction, salesforce};
use super::budget::{below, usage};
use super::wire::{Caller, Fate, Outside, Request, Response};
use crate::config;

/// How the side is named to people.
pub const SIDE: &str = "Salesforce";

/// Records in one call.
pub const BATCH_MAX: usize = 200;

const JSON: &str = "application/json";

/// How long an answer may take, in milliseconds: Salesforce itself gives up after ten minutes.
const TIMEOUT_MS: u64 = 120_000;

/// A connection to one org.
pub struct Salesforce<'o, O> {
    caller: Caller<&'o O>,
    config: config::Salesforce,
    tokens: &'o dyn Tokens,
    session: tokio::sync::Mutex<Option<Session>>,
    /// Calls of the org in the last 24 hours, as last heard.
    used: std::sync::Mutex<Option<(u64, u64)>>,
}

#[derive(Clone)]
struct Session {
    authorization: String,
    instance_url: String,
    /// Which log-in it came from: whoever finds it expired gets a new one unless somebody else did already.
    number: u64,
}

/// A call, before it has an address.
pub(super) struct Ask {
    method: &'static str,
    /// Below `/services/data/vXX.0`, or from the root where it begins with `/services/`.
    path: String,
    body: Option<Value>,
    /// Whether it changes something that a second call would change again.
    write: bool,
}

impl Ask {
    fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: None, write: false }
    }
}

/// A call whose body is already bytes, of JSON or of something else.
struct Call {
    method: &'static str,
    path: String,
    body: Vec<u8>,
    /// Of the body; nothing where there is none.
    content_type: Option<&'static str>,
    accept: &'static str,
    write: bool,
}

impl From<Ask> for Call {
    fn from(Ask { method, path, body, write }: Ask) -> Self {
        let content_type = body.as_ref().map(|_| JSON);
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        Self { method, path, body, content_type, accept: JSON, write }
    }
}

impl<'o, O: Outside> Salesforce<'o, O> {
    /// A connection that logs in with its first call.
    pub fn new(outside: &'o O, config: config::Salesforce, tokens: &'o dyn Tokens) -> Self {
        let session = tokio::sync::Mutex::new(None);
        Self { caller: Caller::new(outside, SIDE), config, tokens, session, used: std::sync::Mutex::new(None) }
    }

    /// Makes a call in JSON.
    async fn ask(&self, ask: Ask) -> Result<Response, Trouble> {
        self.call(ask.into()).await
    }

    /// Makes a call; an expired session is renewed once, whoever else waits for it.
    async fn call(&self, call: Call) -> Result<Response, Trouble> {
        let session = self.session(None).await?;
        match self.send(&call, &session).await {
            Err(Trouble::Expired { .. }) => {
                let session = self.session(Some(session.number)).await?;
                self.send(&call, &session).await.map_err(|trouble| trouble.of_fresh_token(SIDE))
            }
            done => done,
        }
    }

    async fn send(&self, call: &Call, session: &Session) -> Result<Response, Trouble> {
        self.within_share()?;
        let url = if call.path.starts_with("/services/") {
            format!("{}{}", session.instance_url, call.path)
        } else {
            format!("{}/services/data/v{}{}", session.instance_url, self.config.api_version, call.path)
        };
        let mut headers = vec![
            ("authorization", session.authorization.clone()),
            ("accept", call.accept.to_owned()),
            ("sforce-call-options", "client=campanile".to_owned()),
        ];
        headers.extend(call.content_type.map(|kind| ("content-type", kind.to_owned())));
        let request = Request { method: call.method, url, headers, body: call.body.clone(), timeout_ms: TIMEOUT_MS };
        let response = self.caller.call(request, call.write, |response| judge(response, call.write)).await?;
        if let Some(told) = response.header("sforce-limit-info").and_then(usage) {
            *self.used.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(told);
        }
        Ok(response)
    }

    /// The org's other integrations need calls too.
    fn within_share(&self) -> Result<(), Trouble> {
        let used = *self.used.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match used {
            Some(used) if !below(self.config.calls_share, used) => {
                let (calls, limit) = used;
                let share = self.config.calls_share;
                let message = format!("{calls} of its {limit} daily calls are used, and `calls_share` is {share} %");
                Err(Trouble::Unreachable { side: SIDE, message })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What is wrong with an answer.
fn judge(response: &Response, write: bool) -> Option<Fate> {
    if (200..300).contains(&response.status) {
        return None;
    }
    let body = response.json();
    let first = body.get(0).unwrap_or(&body);
    let text = |key: &str| first.get(key).and_then(Value::as_str);
    let Some(code) = text("errorCode") else { return Some(Fate::of_status(response, write)) };
    let message = text("message").unwrap_or_default();
    // The app's policy says no: a new session would be told the same.
    let refused_app =
        message.contains("not valid for use with the REST API") || message.contains("not attached to Agent");
    let reaction = if refused_app { Reaction::GiveUpPass } else { salesforce(code, message) };
    Some(Fate { reaction, code: code.to_owned(), message: message.to_owned() })
}

/// A text of a JSON object; empty where there is none.
fn text(row: &Value, key: &str) -> String {
    row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn optional(row: &Value, key: &str) -> Option<String> {
    row.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}
