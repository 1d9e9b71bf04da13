//! The real world: HTTP with rustls and ring, the system's certificates, no redirects.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Lost, Outside, Request, Response};
use crate::sync::budget::Millis;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Real calls.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
}

impl Http {
    /// Makes the client, once for all calls.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up, in one line.
    pub fn new() -> Result<Self, String> {
        // Nobody else may have installed a provider yet; who did may keep theirs.
        let _ = rustls::crypto::CryptoProvider::install_default(rustls::crypto::ring::default_provider());
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            // A redirect could lead a token to another host.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("campanile/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("no connection can be made secure: {error}"))?;
        Ok(Self { client })
    }
}

impl Outside for Http {
    async fn send(&self, request: Request) -> Result<Response, Lost> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap_or(reqwest::Method::GET);
        let timeout = Duration::from_millis(request.timeout_ms);
        let mut call = self.client.request(method, &request.url).timeout(timeout);
        for (name, value) in &request.headers {
            call = call.header(*name, value);
        }
        let mut answer = call.body(request.body).send().await.map_err(|error| lost(&error))?;
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers = headers.collect();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| lost(&error))? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Lost::Unknown("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, headers, body })
    }

    async fn sleep(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn chance(&self) -> f64 {
        // Spread is all that is wanted: what the clock says below a millisecond is chance enough.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        f64::from(since.subsec_nanos() % 1_000_000) / 1_000_000.0
    }
}

/// Only what never left counts as not sent. The address is left out of the text: it may be a token's.
fn lost(error: &reqwest::Error) -> Lost {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { "the connection broke".to_owned() };
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    if error.is_connect() || error.is_builder() { Lost::NotSent(text) } else { Lost::Unknown(text) }
}
