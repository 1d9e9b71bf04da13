//! A double of Salesforce: OAuth, REST, SOQL, composite, Bulk API 2.0, replication, for the objects of a campaign sync.
//!
//! Made from published documentation and recorded answers, not from Salesforce's own code; `docs/doubles.md` says what is
//! there and what is not. [`Salesforce::handle`] is a pure function of state, request and time: no clock, no socket, no
//! randomness. Start there; then `rest` for the calls, `dml` and `members` for what writing means, `soql` for queries.

mod access;
mod auth;
mod bulk;
mod collections;
mod composite;
mod computed;
mod control;
pub mod data;
mod describe;
mod dml;
mod error;
pub(crate) mod ids;
mod keys;
mod load;
mod members;
mod people;
mod replication;
mod rest;
mod rows;
pub(crate) mod schema;
mod soap;
mod soql;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

pub use data::Data;
pub use keys::TEST_PRIVATE_KEY;

use super::http::{Request, Response};
use super::{Credentials, DataError, Remote, read_data};
use crate::model::{MILLIS_A_DAY, Timestamp};
use access::Caller;
use error::ApiError;

/// The version that is offered first; every version from 30.0 is answered alike.
pub const API_VERSION: &str = "66.0";

/// What is in the organisation when no data file says so.
pub const SAMPLE: &str = include_str!("sample.yaml");

/// Bytes of a path with its query, and of all headers.
const TARGET_BYTES_MAX: usize = 16_384;

const MILLIS_AN_HOUR: i64 = 3_600_000;

/// The organisation: its state, and what it answers.
#[derive(Debug, Clone)]
pub struct Salesforce {
    schema: Arc<schema::Schema>,
    settings: data::Settings,
    org: data::Org,
    org_id: String,
    /// By user id.
    users: BTreeMap<String, Arc<data::User>>,
    apps: Vec<data::App>,
    store: store::Store,
    tokens: BTreeMap<String, auth::Token>,
    refresh_tokens: BTreeMap<String, auth::Grant>,
    tokens_given: u64,
    cursors: BTreeMap<String, rest::Cursor>,
    jobs: BTreeMap<String, bulk::Job>,
    /// API calls by hour since 1970.
    usage: BTreeMap<i64, u64>,
    /// Records that are being written: until when, and by which request.
    locks: BTreeMap<String, (Timestamp, u64)>,
    /// The pairs that the request of that number has added.
    added: (u64, BTreeSet<(String, String)>),
    requests: u64,
    /// Whether the request in hand wrote something that takes time.
    wrote: bool,
    /// Rows that this request writes show late.
    lag_once_ms: u64,
    /// `ref` → id.
    refs: BTreeMap<String, String>,
    base_url: String,
}

impl Remote for Salesforce {
    fn handle(&mut self, request: &Request, now: Timestamp) -> Response {
        Self::handle(self, request, now)
    }

    fn control(&mut self, request: &Request, now: Timestamp) -> Option<Response> {
        self.control_call(request, now)
    }

    fn takes_ms(&self) -> u64 {
        if self.wrote { self.settings.write_ms } else { 0 }
    }

    fn limit(&self, request: &Request) -> Response {
        let error = ApiError::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
        // Of the login, which knows no limit of that kind, the edge is unreachable instead.
        if request.path.starts_with("/services/data/v") { error.response() } else { self.unavailable(request) }
    }

    fn locked(&self, request: &Request) -> Option<Response> {
        let error = locked_row();
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST" | "PATCH" | "DELETE", ["services", "data", _, "sobjects", ..]) => Some(error.response()),
            // A collection is answered record by record.
            ("POST" | "PATCH" | "DELETE", ["services", "data", _, "composite", "sobjects"]) => {
                let ids = request.parameter("ids");
                let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                let records = body.get("records").and_then(Value::as_array).map_or(0, Vec::len);
                let count = ids.map_or(records, |ids| ids.split(',').count());
                let result = json!({"success": false, "errors": [error.in_result()]});
                Some(Response::json(200, &json!(vec![result; count])))
            }
            _ => None,
        }
    }

    fn unavailable(&self, _request: &Request) -> Response {
        Response::text(503, "text/html;charset=UTF-8", "<html><body>Service Unavailable</body></html>")
    }

    fn show_late(&mut self, millis: u64) {
        self.lag_once_ms = millis;
    }

    fn set_base_url(&mut self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.base_url);
    }

    fn credentials(&self) -> Credentials {
        self.ready_credentials()
    }

    fn reload(&mut self, text: &str, now: Timestamp) -> Result<(), DataError> {
        *self = Self::new(&read_data(text)?, &self.base_url, now)?;
        Ok(())
    }
}

impl Salesforce {
    /// What is answered to a request that arrives at `now`. Time must not run backwards.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Response {
        self.requests += 1;
        self.wrote = false;
        self.settle_jobs(now);
        if request.path.len() + request.query.len() > TARGET_BYTES_MAX {
            return Response::text(414, "text/plain", "URI Too Long");
        }
        if request.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > TARGET_BYTES_MAX {
            return Response::text(431, "text/plain", "Request Header Fields Too Large");
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let response = match segments.as_slice() {
            ["services", "oauth2", "token"] => self.token(request, now),
            ["services", "oauth2", "revoke"] => self.revoke(request),
            ["services", "oauth2", "userinfo"] => self.as_caller(request, now, |this, caller| this.userinfo(&caller)),
            ["id", _, _] => self.as_caller(request, now, |this, caller| this.userinfo(&caller)),
            ["services", "Soap", ..] => self.soap(request, now),
            ["services", "data"] => Response::json(200, &versions()),
            ["services", "data", version, rest @ ..] => self.data(request, now, version, rest),
            _ => ApiError::not_found().response(),
        };
        self.lag_once_ms = 0;
        response
    }

    /// A call of the REST API: who calls, may they, is there something left of today's calls; then the call itself.
    fn data(&mut self, request: &Request, now: Timestamp, version: &str, rest: &[&str]) -> Response {
        let number = version.strip_prefix('v').and_then(|number| number.strip_suffix(".0"));
        if !number.and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| (30..=99).contains(&number)) {
            return ApiError::not_found().response();
        }
        let caller = match self.authenticate(request, now) {
            Ok(caller) => caller,
            Err(error) => return error.response(),
        };
        let used = self.used(now);
        if used >= self.settings.daily_requests {
            let error = ApiError::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
            return self.with_usage(error.response(), now);
        }
        *self.usage.entry(now.0.div_euclid(MILLIS_AN_HOUR)).or_insert(0) += 1;
        let response = self.rest(&caller, request, version, rest).unwrap_or_else(|error| error.response());
        self.with_usage(response, now)
    }

    fn with_usage(&self, response: Response, now: Timestamp) -> Response {
        let usage = format!("api-usage={}/{}", self.used(now), self.settings.daily_requests);
        response.header("Sforce-Limit-Info", &usage)
    }

    /// The calls of the last 24 hours.
    fn used(&self, now: Timestamp) -> u64 {
        let from = now.plus(-MILLIS_A_DAY).0.div_euclid(MILLIS_AN_HOUR) + 1;
        self.usage.range(from..).map(|(_, calls)| calls).sum()
    }

    fn as_caller(
        &mut self,
        request: &Request,
        now: Timestamp,
        answer: impl FnOnce(&mut Self, Caller) -> Response,
    ) -> Response {
        match self.authenticate(request, now) {
            Ok(caller) => answer(self, caller),
            // These endpoints speak no JSON when they refuse.
            Err(_) => Response::text(403, "text/plain", "Bad_OAuth_Token"),
        }
    }
}

/// Somebody else is writing a record that this write would touch.
fn locked_row() -> ApiError {
    let message = "unable to obtain exclusive access to this record or 1 records: 7015e000000000001AAA";
    ApiError::bad("UNABLE_TO_LOCK_ROW", message)
}

fn versions() -> Value {
    let version = |label: &str, version: &str| json!({"label": label, "url": format!("/services/data/v{version}"), "version": version});
    json!([
        version("Summer '23", "58.0"),
        version("Winter '24", "59.0"),
        version("Spring '24", "60.0"),
        version("Summer '24", "61.0"),
        version("Winter '25", "62.0"),
        version("Spring '25", "63.0"),
        version("Summer '25", "64.0"),
        version("Winter '26", "65.0"),
        version("Spring '26", API_VERSION),
    ])
}
