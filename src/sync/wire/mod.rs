//! The seam between the connectors and the world: calls, time and chance.
//!
//! [`Outside`] is all that a connector knows of the world. [`Http`] is the real one; a simulation answers in its place under
//! a clock of its own. [`Caller`] is what both connectors share: pauses between tries, the circuit breaker, timeouts.

mod caller;
mod http;
mod url;

use std::fmt;
use std::future::Future;

pub use caller::{Caller, Fate};
pub use http::Http;
pub use url::{form, path_part};

use crate::sync::budget::Millis;

/// A call.
#[derive(Clone)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Headers, secrets among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long to wait for the answer.
    pub timeout_ms: u64,
}

/// Shows neither headers nor body: tokens and secrets are in them.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A header, its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The call never went out: no connection came about.
    NotSent(String),
    /// It went out, and what came of it is unknown.
    Unknown(String),
}

/// The world as connectors see it.
pub trait Outside {
    /// Makes a call.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, Lost>>;

    /// Lets time pass.
    fn sleep(&self, millis: u64) -> impl Future<Output = ()>;

    /// The local clock.
    fn now(&self) -> Millis;

    /// A number from 0 to 1.
    fn chance(&self) -> f64;
}

impl<O: Outside> Outside for &O {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, Lost>> {
        (**self).send(request)
    }

    fn sleep(&self, millis: u64) -> impl Future<Output = ()> {
        (**self).sleep(millis)
    }

    fn now(&self) -> Millis {
        (**self).now()
    }

    fn chance(&self) -> f64 {
        (**self).chance()
    }
}
