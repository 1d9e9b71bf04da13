//! What Salesforce says when it refuses: a code, a message, the fields (facts, 3.9).

use serde_json::{Value, json};

use crate::testkit::double::http::Response;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    /// The HTTP status when it concerns the whole call.
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) fields: Vec<String>,
}

impl ApiError {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), fields: Vec::new() }
    }

    /// With status 400, as most have it.
    pub(super) fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(super) fn field(mut self, field: &str) -> Self {
        self.fields.push(field.to_owned());
        self
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub(super) fn cross_reference() -> Self {
        Self::bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    }

    pub(super) fn deleted() -> Self {
        Self::new(404, "ENTITY_IS_DELETED", "entity is deleted")
    }

    pub(super) fn no_access() -> Self {
        Self::new(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    }

    pub(super) fn json(message: &str) -> Self {
        Self::bad("JSON_PARSER_ERROR", message)
    }

    /// As it stands in a list of its own: the answer to a single call.
    pub(super) fn body(&self) -> Value {
        let mut error = json!({"message": self.message, "errorCode": self.code});
        if let (Some(map), false) = (error.as_object_mut(), self.fields.is_empty()) {
            map.insert("fields".to_owned(), json!(self.fields));
        }
        json!([error])
    }

    /// As it stands in the result of one record among several.
    pub(super) fn in_result(&self) -> Value {
        json!({"statusCode": self.code, "message": self.message, "fields": self.fields})
    }

    /// As it stands in the `sf__Error` column of a Bulk job.
    pub(super) fn in_table(&self) -> String {
        format!("{}:{}:{} --", self.code, self.message, self.fields.join(" ")).replace(": --", ":--")
    }

    pub(super) fn response(&self) -> Response {
        Response::json(self.status, &self.body())
    }
}
