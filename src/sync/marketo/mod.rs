//! The connector of Marketo: programs, channels, members, people, activities.
//!
//! Start at [`Marketo`]; `read` holds what is asked, `write` what changes something. Status 200 means nothing here: what
//! went wrong stands in the envelope. No call goes out that the budget of the subscription does not allow.

mod metered;
mod read;
mod write;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

pub use read::{Activities, Changed, Happening, LeadRow, MemberRow, Overview, ProgramRow};
pub use write::Written;

use super::Trouble;
use super::answers::{Reaction, marketo};
use super::budget;
use super::wire::{Caller, Fate, Outside, Request, Response, form};
use crate::config;
use metered::Metered;

/// How the side is named to people.
pub const SIDE: &str = "Marketo";

/// Records in one call.
pub const BATCH_MAX: usize = 300;

/// How long an answer may take, in milliseconds: Marketo itself gives up after 30 s, and after 90 where leads are written.
const TIMEOUT_MS: u64 = 100_000;

/// The calls of the day are used up.
const DAY_USED_UP: &str = "607";

/// A token is renewed so long before it ends, in milliseconds.
const TOKEN_MARGIN_MS: u64 = 60_000;

/// A connection to one subscription.
pub struct Marketo<'o, O> {
    caller: Caller<Metered<'o, O>>,
    config: config::Marketo,
    token: tokio::sync::Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    authorization: String,
    until_ms: u64,
    number: u64,
}

impl<'o, O: Outside> Marketo<'o, O> {
    /// A connection that logs in with its first call. `used` calls went out today already.
    pub fn new(outside: &'o O, config: config::Marketo, used: u32) -> Self {
        let metered = Metered { outside, budget: Mutex::new(budget::Marketo::new(used, outside.now())) };
        Self { caller: Caller::new(metered, SIDE), config, token: tokio::sync::Mutex::new(None) }
    }

    /// How many calls went out today: to be kept for the next process.
    pub fn used(&self) -> u32 {
        self.budget().used()
    }

    /// Which day it is for the quota, in days since 1970.
    pub fn day(&self) -> i64 {
        budget::day(self.caller.outside().now())
    }

    fn budget(&self) -> MutexGuard<'_, budget::Marketo> {
        self.caller.outside().budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Trouble> {
        // A long list of values goes into the body: addresses have 8 KB at most.
        let query = form(query.iter().copied());
        if query.len() > 6000 {
            return self
                .ask("POST", &format!("{path}?_method=GET"), "application/x-www-form-urlencoded", query, false)
                .await;
        }
        let separator = if query.is_empty() { "" } else { "?" };
        self.ask("GET", &format!("{path}{separator}{query}"), "", String::new(), false).await
    }

    /// Asks for something with a body. `write` says whether a second call would change something again.
    async fn post(&self, path: &str, body: &Value, write: bool) -> Result<Value, Trouble> {
        self.ask("POST", path, "application/json", body.to_string(), write).await
    }

    async fn ask(
        &self,
        method: &'static str,
        path: &str,
        kind: &str,
        body: String,
        write: bool,
    ) -> Result<Value, Trouble> {
        let token = self.token(None).await?;
        let request = |token: &Token| {
            let mut headers = vec![("authorization", token.authorization.clone())];
            if !kind.is_empty() {
                headers.push(("content-type", kind.to_owned()));
            }
            let (url, body) = (format!("{}{path}", self.config.base_url), body.clone().into_bytes());
            Request { method, url, headers, body, timeout_ms: TIMEOUT_MS }
        };
        let judge = |response: &Response| self.judge(response, write);
        let answer = match self.caller.call(request(&token), write, judge).await {
            Err(Trouble::Expired { .. }) => {
                let token = self.token(Some(token.number)).await?;
                let again = self.caller.call(request(&token), write, judge).await;
                again.map_err(|trouble| trouble.of_fresh_token(SIDE))
            }
            done => done,
        };
        answer.map(|answer| answer.json()).map_err(|trouble| trouble.later(DAY_USED_UP))
    }

    fn judge(&self, response: &Response, write: bool) -> Option<Fate> {
        if response.status != 200 {
            return Some(Fate::of_status(response, write));
        }
        let body = response.json();
        if body.get("success").and_then(Value::as_bool) == Some(true) {
            return None;
        }
        let error = body.get("errors").and_then(|errors| errors.get(0)).cloned().unwrap_or_default();
        let code = error.get("code").and_then(Value::as_str).unwrap_or("no code").to_owned();
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = code.parse().unwrap_or(0);
        let mut reaction = marketo(number, write);
        match number {
            606 => self.budget().refused(self.caller.outside().now()),
            607 => {
                self.budget().used_up();
                // Nothing that a pass could wait for.
                reaction = Reaction::GiveUpPass;
            }
            _ => {}
        }
        Some(Fate { reaction, code, message })
    }

    /// The token; a new one where there is none, where it ends soon, or where that of log-in `expired` is no longer good.
    async fn token(&self, expired: Option<u64>) -> Result<Token, Trouble> {
        let mut held = self.token.lock().await;
        let now = self.caller.outside().now().0;
        let good = |token: &&Token| Some(token.number) != expired && now < token.until_ms;
        if let Some(token) = held.as_ref().filter(good) {
            return Ok(token.clone());
        }
        let number = held.as_ref().map_or(1, |token| token.number + 1);
        let secret = self.config.client_secret.open();
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_id", self.config.client_id.as_str()),
            ("client_secret", secret),
        ];
        let request = Request {
            method: "POST",
            url: format!("{}/identity/oauth/token", self.config.base_url),
            headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
            body: form(pairs).into_bytes(),
            timeout_ms: TIMEOUT_MS,
        };
        let answer = self.caller.call(request, false, Fate::of_log_in).await.map_err(Trouble::of_log_in)?;
        let answer = answer.json();
        let Some(token) = answer.get("access_token").and_then(Value::as_str) else {
            let message = "the answer holds no access_token".to_owned();
            return Err(Trouble::LogIn { side: SIDE, code: "no_token".to_owned(), message });
        };
        let seconds = answer.get("expires_in").and_then(Value::as_u64).unwrap_or(0);
        // A token is given out again with what is left of it: one that is about to end is used while it lasts.
        let until_ms = now.saturating_add((seconds.saturating_mul(1000)).saturating_sub(TOKEN_MARGIN_MS).max(1000));
        let token = Token { authorization: format!("Bearer {token}"), until_ms, number };
        *held = Some(token.clone());
        Ok(token)
    }
}
