//! A double of Marketo: identity, leads, lists, programs, channels, members, activities, for a campaign sync.
//!
//! Made from published documentation, not from Marketo's own code; `docs/doubles.md` says what is there and what is not.
//! [`Marketo::handle`] is a pure function of state, request and time. Start there; then `members` for what the sync is
//! about, `leads`, `programs`, `activities`.

mod activities;
mod answer;
mod auth;
mod control;
pub mod data;
mod fields;
mod leads;
mod lists;
mod load;
mod members;
mod merge;
mod programs;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value, json};

pub use data::Data;

use super::http::{Request, Response, decode_form};
use super::{Credentials, DataError, Remote, read_data};
use crate::model::{Date, Timestamp, Zone};
use activities::Activity;
use answer::{Answer, ApiError, respond};
use members::Membership;

/// What is in the instance when no data file says so.
pub const SAMPLE: &str = include_str!("sample.yaml");

/// Records in one call of the lead database.
const BATCH_MAX: usize = 300;
/// Assets on one page.
const ASSETS_MAX: usize = 200;
/// Bytes of a body.
const BODY_BYTES_MAX: usize = 1_048_576;
/// Bytes of a path with its query.
const TARGET_BYTES_MAX: usize = 8192;

/// A person.
#[derive(Debug, Clone, PartialEq)]
struct Lead {
    fields: BTreeMap<String, Value>,
    created: Timestamp,
    updated: Timestamp,
    /// Whether a program has acquired it: the first that it came into.
    acquired: bool,
}

/// A program.
#[derive(Debug, Clone)]
struct Program {
    data: data::Program,
    kind: data::ProgramType,
    created: Timestamp,
    updated: Timestamp,
    start: Option<String>,
    end: Option<String>,
}

/// A static list.
#[derive(Debug, Clone)]
struct List {
    name: String,
    leads: BTreeSet<u64>,
    created: Timestamp,
}

/// The instance: its state, and what it answers.
#[derive(Debug, Clone)]
pub struct Marketo {
    settings: data::Settings,
    clients: Vec<data::Client>,
    fields: Vec<fields::Field>,
    member_fields: Vec<fields::Field>,
    channels: Vec<data::Channel>,
    tags: BTreeMap<String, Vec<String>>,
    leads: BTreeMap<u64, Lead>,
    /// E-mail address in lower case → people.
    by_email: BTreeMap<String, BTreeSet<u64>>,
    /// Deleted people and when.
    deleted: Vec<(u64, Timestamp)>,
    lists: BTreeMap<u64, List>,
    programs: BTreeMap<u64, Program>,
    /// Program and person → membership.
    memberships: BTreeMap<(u64, u64), Membership>,
    activities: Vec<Activity>,
    /// Activities that do not show yet, with when they will.
    coming: Vec<(Timestamp, Activity)>,
    tokens: BTreeMap<String, auth::Token>,
    /// When calls came in, those of the window.
    recent: VecDeque<Timestamp>,
    /// When calls that are being answered will be.
    running: Vec<Timestamp>,
    /// The day in US Central time and its calls.
    today: (Date, u64),
    /// The zone at whose midnight the daily quota begins anew.
    central: Zone,
    next: BTreeMap<&'static str, u64>,
    requests: u64,
    counted: bool,
    lag_once_ms: u64,
    refs: BTreeMap<String, u64>,
    base_url: String,
}

/// A call, with everything that a handler asks for.
struct Call {
    now: Timestamp,
    /// From the query, and from the body when that is a form.
    parameters: Vec<(String, String)>,
    body: Value,
}

impl Call {
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a parameter, each of which may be a list with commas.
    fn values(&self, name: &str) -> Vec<&str> {
        let given = self.parameters.iter().filter(|(key, _)| key == name);
        given.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The records of the body.
    fn input(&self) -> Result<Vec<Map<String, Value>>, ApiError> {
        let list = self.body.get("input").and_then(Value::as_array);
        let list =
            list.filter(|list| !list.is_empty()).ok_or_else(|| ApiError::new("702", "No Data Found in input"))?;
        if list.len() > BATCH_MAX {
            return Err(ApiError::invalid(format!("Max allowed records {BATCH_MAX} exceeded")));
        }
        let records = list.iter().map(|record| record.as_object().cloned());
        records.collect::<Option<_>>().ok_or_else(|| ApiError::new("609", "Invalid JSON"))
    }

    /// How many records a page may have.
    fn batch_size(&self) -> Result<usize, ApiError> {
        match self.parameter("batchSize") {
            None => Ok(BATCH_MAX),
            Some(size) => size
                .parse()
                .ok()
                .filter(|size| (1..=BATCH_MAX).contains(size))
                .ok_or_else(|| ApiError::invalid(format!("batchSize must be between 1 and {BATCH_MAX}"))),
        }
    }

    /// Where the page of a list begins; the token is that of the page before.
    fn offset(&self) -> Result<usize, ApiError> {
        match self.parameter("nextPageToken") {
            None => Ok(0),
            Some(token) => token
                .strip_prefix("PS")
                .and_then(|digits| usize::from_str_radix(digits.trim_end_matches('='), 16).ok())
                .ok_or_else(|| ApiError::invalid("Invalid nextPageToken")),
        }
    }
}

/// One page of a list.
fn page(mut all: Vec<Value>, offset: usize, size: usize) -> Answer {
    let more = all.len() > offset.saturating_add(size);
    let rest = if offset < all.len() { all.split_off(offset) } else { Vec::new() };
    let answer = Answer::list(rest.into_iter().take(size).collect());
    if more { answer.with("nextPageToken", format!("PS{:013X}==", offset + size)) } else { answer }
}

impl Remote for Marketo {
    fn handle(&mut self, request: &Request, now: Timestamp) -> Response {
        Self::handle(self, request, now)
    }

    fn control(&mut self, request: &Request, now: Timestamp) -> Option<Response> {
        self.control_call(request, now)
    }

    fn takes_ms(&self) -> u64 {
        if self.counted { self.settings.call_ms } else { 0 }
    }

    fn limit(&self, request: &Request) -> Response {
        if !request.path.starts_with("/rest/") {
            return self.unavailable(request);
        }
        respond(self.requests, Err(self.rate_error()))
    }

    fn locked(&self, request: &Request) -> Option<Response> {
        let write = request.method == "POST" && request.path.starts_with("/rest/v1/");
        let error = ApiError::new("719", "Lock wait timeout exception. Please try again later.");
        write.then(|| respond(self.requests, Err(error)))
    }

    fn unavailable(&self, request: &Request) -> Response {
        // The token endpoint has no envelope.
        if !request.path.starts_with("/rest/") {
            return Response::text(503, "text/html", "<html><body>Service Unavailable</body></html>");
        }
        respond(self.requests, Err(ApiError::new("608", "API Temporarily Unavailable")))
    }

    fn show_late(&mut self, millis: u64) {
        self.lag_once_ms = millis;
    }

    fn set_base_url(&mut self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.base_url);
    }

    fn credentials(&self) -> Credentials {
        let client = self.clients.first().cloned().unwrap_or_default();
        Credentials(json!({"client_id": client.client_id, "client_secret": client.client_secret}))
    }

    fn reload(&mut self, text: &str, now: Timestamp) -> Result<(), DataError> {
        let base_url = std::mem::take(&mut self.base_url);
        match read_data(text).and_then(|data| Self::new(&data, now)) {
            Ok(fresh) => {
                *self = Self { base_url, ..fresh };
                Ok(())
            }
            Err(error) => {
                self.base_url = base_url;
                Err(error)
            }
        }
    }
}

impl Marketo {
    /// What is answered to a request that arrives at `now`. Time must not run backwards.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Response {
        self.requests += 1;
        self.counted = false;
        self.settle(now);
        if request.path.len() + request.query.len() > TARGET_BYTES_MAX {
            return Response::empty(414);
        }
        if request.body.len() > BODY_BYTES_MAX {
            return Response::empty(413);
        }
        let response = match request.path.as_str() {
            "/identity/oauth/token" => self.token(request, now),
            path if path.starts_with("/rest/") => {
                let result = self.admit(request, now).and_then(|()| self.rest(request, now));
                respond(self.requests, result)
            }
            _ => Response::empty(404),
        };
        self.lag_once_ms = 0;
        response
    }

    /// Activities whose time has come join the others, after those that showed before.
    fn settle(&mut self, now: Timestamp) {
        let (due, coming): (Vec<_>, Vec<_>) = self.coming.drain(..).partition(|(at, _)| *at <= now);
        self.coming = coming;
        self.activities.extend(due.into_iter().map(|(_, activity)| activity));
    }

    fn rest(&mut self, request: &Request, now: Timestamp) -> Result<Answer, ApiError> {
        let mut parameters = request.parameters();
        let form = request.header_value("content-type").is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
        let mut body = Value::Null;
        if form {
            parameters.extend(decode_form(&request.text()));
        } else if !request.body.is_empty() {
            body = serde_json::from_slice(&request.body).map_err(|_| ApiError::new("609", "Invalid JSON"))?;
        }
        let overridden =
            parameters.iter().find(|(key, _)| key == "_method").map(|(_, method)| method.to_ascii_uppercase());
        let method = overridden.unwrap_or_else(|| request.method.clone());
        let call = Call { now, parameters, body };
        let path = request.path.trim_end_matches('/');
        let path = path.strip_suffix(".json").unwrap_or(path);
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match segments.as_slice() {
            ["rest", "asset", "v1", path @ ..] => self.assets(&call, &method, path),
            ["rest", "v1", path @ ..] => self.lead_database(&call, &method, path),
            _ => Err(ApiError::not_found()),
        }
    }

    fn lead_database(&mut self, call: &Call, method: &str, path: &[&str]) -> Result<Answer, ApiError> {
        match (method, path) {
            ("GET", ["lead", id]) => self.lead_by_id(call, id),
            ("GET", ["leads"]) => self.leads_by_filter(call),
            ("POST", ["leads"]) => self.sync_leads(call),
            ("POST", ["leads", "push"]) => self.push_leads(call),
            ("DELETE", ["leads"]) | ("POST", ["leads", "delete"]) => self.delete_leads(call),
            ("GET", ["leads", "describe"]) => Ok(Answer::list(self.describe_leads())),
            ("GET", ["leads", "describe2"]) => Ok(Answer::list(vec![self.describe_leads_2()])),
            ("GET", ["leads", "partitions"]) => Ok(Answer::list(vec![
                json!({"id": 1, "name": "Default", "description": "Initial system lead partition"}),
            ])),
            ("POST", ["leads", id, "merge"]) => self.merge_leads(call, id),
            ("GET", ["leads", id, "programMembership"]) => self.memberships_of(call, id),
            ("GET", ["leads", "programs", id]) => self.leads_of_program(call, id),
            ("POST", ["leads", "programs", id, "status"]) => self.old_status(call, id),
            ("GET", ["lists"]) => Ok(self.all_lists(call)),
            ("GET", ["lists", id]) => self.list(id).map(|(id, list)| Answer::list(vec![lists::shown(id, list)])),
            ("GET", ["lists" | "list", id, "leads"]) => self.leads_of_list(call, id),
            ("POST", ["lists", id, "leads"]) => self.change_list(call, id, true),
            ("DELETE", ["lists", id, "leads"]) => self.change_list(call, id, false),
            ("GET", ["lists", id, "leads", "ismember"]) => self.in_list(call, id),
            ("GET", ["programs", "members", "describe"]) => Ok(Answer::list(vec![self.describe_members()])),
            ("GET", ["programs", id, "members"]) => self.members(call, id),
            ("POST", ["programs", id, "members"]) => self.member_data(call, id),
            ("POST", ["programs", id, "members", "status"]) => self.member_status(call, id),
            ("POST", ["programs", id, "members", "delete"]) => self.delete_members(call, id),
            ("GET", ["activities", "types"]) => Ok(Answer::list(activities::types())),
            ("GET", ["activities", "pagingtoken"]) => self.paging_token(call),
            ("GET", ["activities"]) => self.list_activities(call),
            ("GET", ["activities", "leadchanges"]) => self.lead_changes(call),
            ("GET", ["activities", "deletedleads"]) => self.deleted_leads(call),
            ("GET", ["stats", "usage"]) => Ok(Answer::list(vec![
                json!({"date": answer::moment(call.now).get(..10), "total": self.today.1, "users": []}),
            ])),
            _ => Err(ApiError::not_found()),
        }
    }

    fn next(&mut self, what: &'static str, first: u64) -> u64 {
        let number = self.next.entry(what).or_insert(first);
        *number += 1;
        *number - 1
    }
}
