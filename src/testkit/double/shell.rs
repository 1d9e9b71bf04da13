//! A remote with a clock, a log of calls and faults around it. Start at [`Double::call`].
//!
//! Without socket and clock of its own: the present is an argument.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::http::{Request, Response};
use super::{Fault, Faults, Remote, merged};
use crate::model::Timestamp;

/// Calls that the log keeps.
const LOG_MAX: usize = 10_000;
/// Bytes of a body that the log keeps.
const LOGGED_BODY_MAX: usize = 16 * 1024;

/// What the caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A response, so many milliseconds after the call.
    Response {
        /// The response.
        response: Response,
        /// How late it is.
        after_ms: u64,
    },
    /// None, until the caller gives up.
    Silence,
    /// None; the connection breaks at once.
    Cut,
}

impl Answer {
    /// The response, if there is one.
    pub fn response(self) -> Option<Response> {
        match self {
            Self::Response { response, .. } => Some(response),
            Self::Silence | Self::Cut => None,
        }
    }
}

/// A call as the log keeps it. Secrets in headers are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Its number, from 1.
    pub number: u64,
    /// When, by the remote's clock.
    pub at: String,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// The body, cut when long; forms of token endpoints are left out.
    pub body: String,
    /// The status of the answer; nothing when there was none.
    pub status: Option<u16>,
    /// What went wrong.
    pub fault: Option<Fault>,
}

/// The clock of a remote: that of the machine, moved, or standing still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock {
    offset_ms: i64,
    frozen: Option<Timestamp>,
}

impl Clock {
    fn now(self, real: Timestamp) -> Timestamp {
        self.frozen.unwrap_or_else(|| real.plus(self.offset_ms))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    at: Option<String>,
    advance_seconds: Option<i64>,
    frozen: Option<bool>,
}

/// A remote as its callers meet it.
#[derive(Debug)]
pub struct Double<R> {
    /// The remote itself, for those who look into it from the same process.
    pub remote: R,
    /// What goes wrong.
    pub faults: Faults,
    clock: Clock,
    last: Timestamp,
    calls: VecDeque<Call>,
    count: u64,
}

impl<R: Remote> Double<R> {
    /// Puts the shell around a remote.
    pub fn new(remote: R, faults: Faults) -> Self {
        Self {
            remote,
            faults,
            clock: Clock { offset_ms: 0, frozen: None },
            last: Timestamp::MIN,
            calls: VecDeque::new(),
            count: 0,
        }
    }

    /// The remote's present when it is `real` outside. It never runs backwards.
    pub fn now(&mut self, real: Timestamp) -> Timestamp {
        let now = self.clock.now(real).plus(self.faults.skew_ms());
        self.last = self.last.max(now);
        self.last
    }

    /// The calls so far, the oldest first; at most 10,000.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls.iter()
    }

    /// Handles a call that arrives when it is `real` outside.
    pub fn call(&mut self, request: &Request, real: Timestamp) -> Answer {
        if request.path == "/double" || request.path.starts_with("/double/") {
            return Answer::Response { response: self.control(request, real), after_ms: 0 };
        }
        self.count += 1;
        let number = self.count;
        let now = self.now(real);
        let fault = self.faults.meet(number, request);
        let (answer, met) = match fault {
            None => (self.handle(request, now, 0), false),
            Some(fault) => self.with_fault(fault, number, request, now),
        };
        let status = match &answer {
            Answer::Response { response, .. } => Some(response.status),
            Answer::Silence | Answer::Cut => None,
        };
        self.remember(number, now, request, status, fault.filter(|_| met));
        answer
    }

    fn handle(&mut self, request: &Request, now: Timestamp, late_ms: u64) -> Answer {
        let response = self.remote.handle(request, now);
        Answer::Response { response, after_ms: late_ms.saturating_add(self.remote.takes_ms()) }
    }

    /// The answer, and whether the fault made a difference.
    fn with_fault(&mut self, fault: Fault, number: u64, request: &Request, now: Timestamp) -> (Answer, bool) {
        let at_once = |response| Answer::Response { response, after_ms: 0 };
        let answer = match fault {
            Fault::SilenceBefore => Answer::Silence,
            Fault::CutBefore => Answer::Cut,
            Fault::SilenceAfter => {
                self.remote.handle(request, now);
                Answer::Silence
            }
            Fault::CutAfter => {
                self.remote.handle(request, now);
                Answer::Cut
            }
            Fault::Unavailable => at_once(self.remote.unavailable(request)),
            Fault::ServerError => at_once(server_error()),
            Fault::ServerErrorAfter => {
                self.remote.handle(request, now);
                at_once(server_error())
            }
            Fault::Limit => at_once(self.remote.limit(request)),
            Fault::Locked => match self.remote.locked(request) {
                Some(response) => at_once(response),
                None => return (self.handle(request, now, 0), false),
            },
            // Who only reads writes nothing that could show late.
            Fault::Late if request.method == "GET" => return (self.handle(request, now, 0), false),
            Fault::Late => {
                self.remote.show_late(self.faults.late_ms(number));
                self.handle(request, now, 0)
            }
            Fault::Duplicate | Fault::Reorder => {
                let (answer, changed) = match self.handle(request, now, 0) {
                    Answer::Response { response, after_ms } => {
                        let (response, changed) = disturb(fault, request, response);
                        (Answer::Response { response, after_ms }, changed)
                    }
                    other @ (Answer::Silence | Answer::Cut) => (other, false),
                };
                return (answer, changed);
            }
            Fault::Slow => self.handle(request, now, self.faults.slow_ms(number)),
        };
        (answer, true)
    }

    fn remember(&mut self, number: u64, now: Timestamp, request: &Request, status: Option<u16>, fault: Option<Fault>) {
        if self.calls.len() == LOG_MAX {
            self.calls.pop_front();
        }
        let secret = request.path.ends_with("/token") || request.path.contains("/Soap/");
        let body = if secret { String::new() } else { request.text().chars().take(LOGGED_BODY_MAX).collect() };
        let query = if secret || request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        self.calls.push_back(Call {
            number,
            at: now.to_string(),
            method: request.method.clone(),
            target: format!("{}{query}", request.path),
            body,
            status,
            fault,
        });
    }

    fn control(&mut self, request: &Request, real: Timestamp) -> Response {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let now = self.now(real);
        let body = || serde_json::from_slice::<Value>(&request.body).unwrap_or(Value::Null);
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["double"]) => {
                let answer = json!({
                    "now": now.to_string(),
                    "calls": self.count,
                    "credentials": self.remote.credentials().0,
                    "faults": self.faults,
                });
                Response::json(200, &answer)
            }
            ("GET", ["double", "calls"]) => {
                let after = request.parameter("after").and_then(|after| after.parse().ok()).unwrap_or(0);
                let calls: Vec<&Call> = self.calls.iter().filter(|call| call.number > after).collect();
                Response::json(200, &json!({"calls": calls}))
            }
            ("DELETE", ["double", "calls"]) => {
                self.calls.clear();
                Response::empty(204)
            }
            ("GET", ["double", "clock"]) => self.show_clock(now),
            ("POST", ["double", "clock"]) => match self.move_clock(&body(), real) {
                Ok(()) => {
                    let now = self.now(real);
                    self.show_clock(now)
                }
                Err(message) => bad(&message),
            },
            ("GET", ["double", "faults"]) => Response::json(200, &json!(self.faults)),
            ("PATCH", ["double", "faults"]) => match merged::<Faults>(&self.faults, &body()) {
                Ok(faults) => {
                    self.faults = faults;
                    Response::json(200, &json!(self.faults))
                }
                Err(error) => bad(&error.message),
            },
            ("POST", ["double", "faults"]) => match serde_json::from_value(body()) {
                Ok(order) => {
                    self.faults.orders.push(order);
                    Response::json(200, &json!(self.faults))
                }
                Err(error) => bad(&error.to_string()),
            },
            ("DELETE", ["double", "faults"]) => {
                self.faults = Faults::none();
                Response::empty(204)
            }
            ("PUT", ["double", "data"]) => match self.remote.reload(&request.text(), now) {
                Ok(()) => Response::empty(204),
                Err(error) => bad(&error.message),
            },
            _ => self.remote.control(request, now).unwrap_or_else(|| {
                let message =
                    format!("there is no `{} {}`; docs/doubles.md lists what there is", request.method, request.path);
                Response::json(404, &json!({"error": message}))
            }),
        }
    }

    fn show_clock(&self, now: Timestamp) -> Response {
        Response::json(200, &json!({"now": now.to_string(), "frozen": self.clock.frozen.is_some()}))
    }

    fn move_clock(&mut self, wanted: &Value, real: Timestamp) -> Result<(), String> {
        let wanted: MoveClock = serde_json::from_value(wanted.clone()).map_err(|error| error.to_string())?;
        let mut now = self.clock.now(real);
        if let Some(at) = wanted.at {
            now = Timestamp::parse(&at).ok_or_else(|| format!("`{at}` is no moment"))?;
        }
        if let Some(seconds) = wanted.advance_seconds {
            now = now.plus(seconds.saturating_mul(1000));
        }
        if now.plus(self.faults.skew_ms()) < self.last && now < self.clock.now(real) {
            return Err("the clock cannot run backwards".to_owned());
        }
        let frozen = wanted.frozen.unwrap_or(self.clock.frozen.is_some());
        self.clock = Clock { offset_ms: now.0.saturating_sub(real.0), frozen: frozen.then_some(now) };
        Ok(())
    }
}

fn bad(message: &str) -> Response {
    Response::json(400, &json!({"error": message}))
}

fn server_error() -> Response {
    Response::text(500, "text/html;charset=UTF-8", "<html><body>Internal Server Error</body></html>")
}

/// Doubles a record of a list or turns the list round; whether there was one to do it to.
fn disturb(fault: Fault, request: &Request, response: Response) -> (Response, bool) {
    // An order that was asked for is kept.
    let ordered = request.query.to_ascii_lowercase().contains("order+by")
        || request.query.to_ascii_lowercase().contains("order%20by");
    if request.method != "GET" || response.status != 200 || (fault == Fault::Reorder && ordered) {
        return (response, false);
    }
    if fault == Fault::Reorder && response.header_value("content-type").is_some_and(|kind| kind.starts_with("text/csv"))
    {
        return reorder_table(response);
    }
    let mut body = response.value();
    let keys = ["records", "result", "deletedRecords"];
    let key = keys.into_iter().find(|key| body.get(*key).is_some_and(Value::is_array));
    let Some(list) = key.and_then(|key| body.get_mut(key)?.as_array_mut()) else { return (response, false) };
    let changed = match (fault, list.first().cloned()) {
        (_, None) => false,
        (Fault::Duplicate, Some(first)) => {
            list.push(first);
            true
        }
        _ => {
            list.reverse();
            list.len() > 1
        }
    };
    (Response { body: body.to_string().into_bytes(), ..response }, changed)
}

/// A table with its rows the other way round.
fn reorder_table(response: Response) -> (Response, bool) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(response.body.as_slice());
    let mut rows: Vec<csv::StringRecord> = reader.records().filter_map(Result::ok).collect();
    let Some(below) = rows.get_mut(1..).filter(|rows| rows.len() > 1) else { return (response, false) };
    below.reverse();
    let mut writer =
        csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).flexible(true).from_writer(Vec::new());
    let written = rows.iter().try_for_each(|row| writer.write_record(row));
    match (written, writer.into_inner()) {
        (Ok(()), Ok(body)) => (Response { body, ..response }, true),
        (Err(_), _) | (_, Err(_)) => (response, false),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;
    use crate::testkit::double::faults::Order;
    use crate::testkit::double::{Salesforce, read_data, salesforce};

    fn sample(faults: Faults) -> Double<Salesforce> {
        let data = read_data(salesforce::SAMPLE).unwrap();
        Double::new(Salesforce::new(&data, "", start()).unwrap(), faults)
    }

    fn start() -> Timestamp {
        Timestamp::parse("2026-03-05T09:00:00Z").unwrap()
    }

    fn log_in(double: &mut Double<Salesforce>) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "campanile-double"),
            ("client_secret", "double-secret"),
        ];
        let request = Request::new("POST", "/services/oauth2/token").form(&form);
        let answer = double.call(&request, start()).response().unwrap();
        answer.value()["access_token"].as_str().unwrap().to_owned()
    }

    fn leads(double: &mut Double<Salesforce>) -> usize {
        let answer = double.call(&Request::new("GET", "/double/records/Lead"), start());
        answer.response().unwrap().value().as_array().unwrap().len()
    }

    #[test]
    fn a_lost_answer_is_not_a_lost_call() {
        let mut double = sample(Faults::none());
        let token = log_in(&mut double);
        let before = leads(&mut double);
        let make = Request::new("POST", "/services/data/v66.0/sobjects/Lead")
            .bearer(&token)
            .json(&json!({"LastName": "X", "Company": "Y"}));
        for (kind, made, answered) in [
            (Fault::SilenceBefore, 0, false),
            (Fault::CutBefore, 0, false),
            (Fault::Unavailable, 0, true),
            (Fault::ServerError, 0, true),
            (Fault::Limit, 0, true),
            (Fault::Locked, 0, true),
            (Fault::SilenceAfter, 1, false),
            (Fault::CutAfter, 1, false),
            (Fault::ServerErrorAfter, 1, true),
            (Fault::Slow, 1, true),
        ] {
            let so_far = leads(&mut double);
            let order = Order { kind, method: None, path: Some("sobjects".to_owned()), times: 1, after: 0 };
            double.faults.orders.push(order);
            let answer = double.call(&make, start());
            assert_eq!(leads(&mut double) - so_far, made, "{kind:?}");
            assert_eq!(answer.response().is_some(), answered, "{kind:?}");
            assert_eq!(double.calls().next_back().unwrap().fault, Some(kind));
        }
        assert_eq!(leads(&mut double), before + 4);
    }

    #[test]
    fn a_lock_is_told_record_by_record() {
        let mut double = sample(Faults::none());
        let token = log_in(&mut double);
        double.faults.orders.push(Order { kind: Fault::Locked, method: None, path: None, times: 1, after: 0 });
        let record = json!({"attributes": {"type": "Lead"}, "LastName": "X", "Company": "Y"});
        let request = Request::new("POST", "/services/data/v66.0/composite/sobjects")
            .bearer(&token)
            .json(&json!({"records": [record, record]}));
        let answer = double.call(&request, start()).response().unwrap();
        assert_eq!(answer.status, 200);
        let codes = [0, 1].map(|at| answer.value()[at]["errors"][0]["statusCode"].clone());
        assert_eq!(codes, ["UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_ROW"]);
        // A query is not kept out by a lock.
        double.faults.orders.push(Order { kind: Fault::Locked, method: None, path: None, times: 1, after: 0 });
        let request = Request::new("GET", "/services/data/v66.0/query?q=SELECT+Id+FROM+Lead").bearer(&token);
        assert_eq!(double.call(&request, start()).response().unwrap().status, 200);
    }

    #[test]
    fn lists_are_doubled_and_turned_round() {
        let mut double = sample(Faults::none());
        let token = log_in(&mut double);
        let names = |double: &mut Double<Salesforce>, query: &str, fault: Fault| {
            double.faults.orders.push(Order { kind: fault, method: None, path: None, times: 1, after: 0 });
            let request = Request::new("GET", &format!("/services/data/v66.0/query?q={query}")).bearer(&token);
            let body = double.call(&request, start()).response().unwrap().value();
            let records = body["records"].as_array().unwrap().clone();
            records.iter().map(|record| record["LastName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&mut double, "SELECT+LastName+FROM+Lead", Fault::Reorder), ["Johnson", "Turing", "Lovelace"]);
        let ordered = names(&mut double, "SELECT+LastName+FROM+Lead+ORDER+BY+LastName", Fault::Reorder);
        assert_eq!(ordered, ["Johnson", "Lovelace", "Turing"], "an order that was asked for is kept");
        let doubled = names(&mut double, "SELECT+LastName+FROM+Lead", Fault::Duplicate);
        assert_eq!(doubled, ["Lovelace", "Turing", "Johnson", "Lovelace"]);
    }

    #[test]
    fn the_clock_is_moved_and_stopped() {
        let mut double = sample(Faults::none());
        let mut clock =
            |body: Value| double.call(&Request::new("POST", "/double/clock").json(&body), start()).response().unwrap();
        assert_eq!(clock(json!({"advance_seconds": 60})).value()["now"], "2026-03-05T09:01:00Z");
        assert_eq!(clock(json!({"at": "2027-01-01T00:00:00Z", "frozen": true})).value()["now"], "2027-01-01T00:00:00Z");
        assert_eq!(clock(json!({"at": "2026-01-01T00:00:00Z"})).status, 400, "it never runs backwards");
        assert_eq!(clock(json!({"tomorrow": true})).status, 400);
        assert_eq!(double.now(start().plus(3_600_000)), Timestamp::parse("2027-01-01T00:00:00Z").unwrap());
    }

    #[test]
    fn the_same_seed_and_calls_give_the_same_answers() {
        let play = |seed: u64| {
            let mut double = sample(Faults::seeded(seed));
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", "campanile-double"),
                ("client_secret", "double-secret"),
            ];
            let log_in = Request::new("POST", "/services/oauth2/token").form(&form);
            let mut answers = Vec::new();
            let mut token = String::new();
            for minute in 0..300 {
                let now = start().plus(minute * 60_000);
                let request = if minute % 10 == 0 {
                    log_in.clone()
                } else {
                    Request::new("GET", "/services/data/v66.0/query?q=SELECT+Id,SystemModstamp+FROM+Lead")
                        .bearer(&token)
                };
                let answer = double.call(&request, now);
                if let Answer::Response { response, .. } = &answer
                    && let Some(given) = response.value()["access_token"].as_str()
                {
                    given.clone_into(&mut token);
                }
                answers.push(answer);
            }
            answers
        };
        assert_eq!(play(3), play(3));
        assert_ne!(play(3), play(4));
    }

    #[test]
    fn the_log_keeps_no_secrets() {
        let mut double = sample(Faults::none());
        let token = log_in(&mut double);
        double.call(&Request::new("GET", "/services/data/v66.0/limits").bearer(&token), start());
        let answer = double.call(&Request::new("GET", "/double/calls"), start()).response().unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        assert!(
            text.contains("/services/data/v66.0/limits") && !text.contains("double-secret") && !text.contains(&token),
            "{text}"
        );
    }
}
