//! What went wrong, as `application/problem+json` with a code that stays (RFC 9457).

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::diagnostics::{Diagnostic, Sources};

/// An answer that says what went wrong. It travels in results, so it is kept small.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The HTTP status.
    pub(super) status: u16,
    /// A word that stays, for programs.
    pub(super) code: &'static str,
    /// What is wrong, for people.
    pub(super) title: Box<str>,
    /// What to do about it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) help: Box<[String]>,
    /// In which line of the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
    /// In which column, in characters from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<u32>,
    /// What is wrong with rules.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) findings: Box<[Finding]>,
    /// Runs that cannot go on.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) orphans: Box<[OrphanedRun]>,
    #[serde(skip)]
    pub(super) headers: Box<[(HeaderName, HeaderValue)]>,
}

/// Something that is wrong with rules.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Finding {
    /// The code; `campanile explain` has a page about it.
    pub(super) code: &'static str,
    /// What is wrong.
    pub(super) message: String,
    /// In which file.
    pub(super) file: String,
    /// In which line, from 1.
    pub(super) line: u32,
    /// In which column, in characters from 1.
    pub(super) column: u32,
    /// What to write instead.
    pub(super) help: Vec<String>,
}

/// A run that waits at a step that the rules no longer have.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct OrphanedRun {
    /// The person.
    pub(super) person: String,
    /// The smart campaign.
    pub(super) campaign: String,
    /// The step: its id or its path.
    pub(super) step: String,
    /// Its text.
    pub(super) action: String,
}

impl Finding {
    pub(super) fn of(finding: &Diagnostic, sources: &Sources) -> Self {
        let place = sources.position(finding.span.file, finding.span.start);
        Self {
            code: finding.code.id(),
            message: finding.message.to_string(),
            file: sources.path(finding.span.file).to_owned(),
            line: place.line,
            column: place.column,
            help: finding.help.clone(),
        }
    }
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, title: impl Into<Box<str>>) -> Self {
        Self {
            status: status.as_u16(),
            code,
            title: title.into(),
            help: Box::default(),
            line: None,
            column: None,
            findings: Box::default(),
            orphans: Box::default(),
            headers: Box::default(),
        }
    }

    pub(super) fn not_found(what: impl Into<Box<str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", what)
    }

    pub(super) fn help(mut self, help: impl IntoIterator<Item = String>) -> Self {
        self.help = help.into_iter().collect();
        self
    }

    pub(super) fn at(mut self, line: u64, column: u32) -> Self {
        // A body has fewer lines than that.
        (self.line, self.column) = (Some(u32::try_from(line).unwrap_or(u32::MAX)), Some(column));
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers = Box::new([(name, value)]);
        self
    }

    /// Somebody should come again after so many seconds.
    pub(super) fn come_again(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Texts and numbers can always be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        response.headers_mut().extend(self.headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}
