//! The envelope of Marketo's answers: status 200 whatever happened, and what happened inside (facts, 6.1 and 6.6).

use serde_json::{Map, Value, json};

use crate::model::Timestamp;
use crate::testkit::double::http::Response;

/// A refusal of a whole call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl ApiError {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn not_found() -> Self {
        Self::new("610", "Requested resource not found")
    }

    /// Something a call must say and does not.
    pub(super) fn blank(name: &str) -> Self {
        Self::new("701", format!("{name} cannot be blank"))
    }

    /// A limit that was passed or a value that is wrong.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("1003", message)
    }
}

/// A refusal of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason(pub(super) &'static str, pub(super) String);

impl Reason {
    pub(super) fn lead_not_found() -> Self {
        Self("1004", "Lead not found".to_owned())
    }

    /// The result of a record that is left out for this reason.
    pub(super) fn skipped(&self) -> Value {
        json!({"status": "skipped", "reasons": [{"code": self.0, "message": self.1}]})
    }
}

/// What a call gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) result: Option<Vec<Value>>,
    pub(super) more: Map<String, Value>,
    pub(super) warning: Option<&'static str>,
}

impl Answer {
    pub(super) fn list(result: Vec<Value>) -> Self {
        Self { result: Some(result), ..Self::default() }
    }

    /// A list of assets; when there is none, a warning says so.
    pub(super) fn assets(result: Vec<Value>) -> Self {
        if result.is_empty() {
            Self { warning: Some("No assets found for the given search criteria."), ..Self::default() }
        } else {
            Self::list(result)
        }
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.to_owned(), value.into());
        self
    }
}

/// The response to request `number`.
pub(super) fn respond(number: u64, result: Result<Answer, ApiError>) -> Response {
    let id = format!("{:x}#{:x}", 0x1_0000 + number, 0x17_0000_0000_u64 + number);
    let mut body = Map::from_iter([("requestId".to_owned(), json!(id))]);
    match result {
        Ok(answer) => {
            body.insert("success".to_owned(), json!(true));
            if let Some(result) = answer.result {
                body.insert("result".to_owned(), json!(result));
            }
            if let Some(warning) = answer.warning {
                body.insert("warnings".to_owned(), json!([warning]));
            }
            body.extend(answer.more);
        }
        Err(error) => {
            body.insert("success".to_owned(), json!(false));
            body.insert("errors".to_owned(), json!([{"code": error.code, "message": error.message}]));
        }
    }
    Response::json(200, &Value::Object(body))
}

/// A moment in the lead database: whole seconds.
pub(super) fn moment(at: Timestamp) -> String {
    Timestamp(at.0.div_euclid(1000) * 1000).to_string()
}

/// A moment of an asset, which carries its offset twice.
pub(super) fn asset_moment(at: Timestamp) -> String {
    format!("{}+0000", moment(at))
}

/// Reads a moment as callers write it: `2026-05-06T11:27:34Z`, with offset, or a day alone.
pub(super) fn read_moment(text: &str) -> Option<Timestamp> {
    // A plus that nobody encoded arrives as a space.
    let text = text.trim().replace(' ', "+");
    let text = text.strip_suffix("Z+0000").map_or(text.clone(), |head| format!("{head}Z"));
    if let Some(at) = Timestamp::parse(&text) {
        return Some(at);
    }
    if text.len() == 10 {
        return Timestamp::parse(&format!("{text}T00:00:00Z"));
    }
    // `-0500` wants a colon, and a moment without an offset is meant in UTC.
    let (head, minutes) = text.split_at_checked(text.len().checked_sub(2)?)?;
    Timestamp::parse(&format!("{head}:{minutes}")).or_else(|| Timestamp::parse(&format!("{text}Z")))
}
