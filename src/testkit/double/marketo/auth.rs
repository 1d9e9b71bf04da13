//! Tokens, and how much may be called (facts, 6.1 and 6.6).

use serde_json::{Value, json};

use super::answer::ApiError;
use super::{Marketo, data};
use crate::model::Timestamp;
use crate::testkit::double::http::{Request, Response, decode_form};

/// An access token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    client_id: String,
    until: Timestamp,
}

impl Marketo {
    pub(super) fn token(&mut self, request: &Request, now: Timestamp) -> Response {
        let mut parameters = request.parameters();
        parameters.extend(decode_form(&request.text()));
        let value = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if value("grant_type") != Some("client_credentials") {
            let said = json!({"error": "unsupported_grant_type", "error_description": "Unsupported grant type"});
            return Response::json(400, &said);
        }
        let client = self.clients.iter().find(|client| Some(client.client_id.as_str()) == value("client_id"));
        let client = client.filter(|client| Some(client.client_secret.as_str()) == value("client_secret")).cloned();
        let Some(client) = client else {
            let said = json!({"error": "invalid_client", "error_description": "Bad client credentials"});
            return Response::json(401, &said);
        };
        // As long as one is good, it is given out again with what is left of its time.
        let current = self.tokens.iter().find(|(_, token)| token.client_id == client.client_id && token.until > now);
        let (name, until) = match current {
            Some((name, token)) => (name.clone(), token.until),
            None => self.new_token(&client, now),
        };
        let left = (until.0 - now.0) / 1000;
        Response::json(
            200,
            &json!({"access_token": name, "token_type": "bearer", "expires_in": left, "scope": client.user}),
        )
    }

    fn new_token(&mut self, client: &data::Client, now: Timestamp) -> (String, Timestamp) {
        let number = self.next("token", 1);
        let name = format!("cdf01657-110d-4155-99a7-{number:012x}:int");
        let until =
            now.plus(i64::try_from(self.settings.token_seconds).unwrap_or(i64::MAX / 1000).saturating_mul(1000));
        self.tokens.insert(name.clone(), Token { client_id: client.client_id.clone(), until });
        (name, until)
    }

    /// Lets a call in, or says why not. What the documentation does not count is not counted.
    pub(super) fn admit(&mut self, request: &Request, now: Timestamp) -> Result<(), ApiError> {
        if !self.settings.available {
            return Err(ApiError::new("608", "API Temporarily Unavailable"));
        }
        let header = request.header_value("authorization").and_then(|header| header.split_once(' '));
        let header = header
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned());
        let given = header.or_else(|| request.parameter("access_token").filter(|_| self.settings.query_token));
        let token = given
            .and_then(|name| self.tokens.get(&name))
            .ok_or_else(|| ApiError::new("601", "Access token invalid"))?;
        if token.until <= now {
            return Err(ApiError::new("602", "Access token expired"));
        }
        let client_id = token.client_id.clone();
        self.running.retain(|until| *until > now);
        if self.settings.call_ms > 0 && self.running.len() >= self.settings.concurrent_calls {
            let message = format!("Concurrent access limit reached: {}", self.settings.concurrent_calls);
            return Err(ApiError::new("615", message));
        }
        self.counted = true;
        self.running.push(now.plus(i64::try_from(self.settings.call_ms).unwrap_or(i64::MAX)));
        let window = i64::try_from(self.settings.rate_seconds).unwrap_or(i64::MAX / 1000).saturating_mul(1000);
        while self.recent.front().is_some_and(|at| at.plus(window) <= now) {
            self.recent.pop_front();
        }
        let too_fast = self.recent.len() >= self.settings.rate_calls;
        self.recent.push_back(now);
        // More than the limit need not be remembered.
        if self.recent.len() > self.settings.rate_calls.saturating_mul(2) {
            self.recent.pop_front();
        }
        let day = self.central.day(now);
        if self.today.0 != day {
            self.today = (day, 0);
        }
        self.today.1 += 1;
        if self.today.1 > self.settings.daily_calls {
            return Err(ApiError::new("607", format!("Daily quota '{}' reached", self.settings.daily_calls)));
        }
        if too_fast {
            return Err(self.rate_error());
        }
        let client = self.clients.iter().find(|client| client.client_id == client_id);
        let denied = client.is_some_and(|client| {
            client.denied.iter().any(|rule| match rule.split_once(' ') {
                Some((method, path)) => method.eq_ignore_ascii_case(&request.method) && request.path.starts_with(path),
                None => request.path.starts_with(rule.as_str()),
            })
        });
        if denied { Err(ApiError::new("603", "Access denied")) } else { Ok(()) }
    }

    pub(super) fn rate_error(&self) -> ApiError {
        let (calls, seconds) = (self.settings.rate_calls, self.settings.rate_seconds);
        ApiError::new("606", format!("Max rate limit '{calls}' exceeded with in '{seconds}' secs"))
    }

    /// What an administrator sees of the tokens.
    pub(super) fn expire_tokens(&mut self) -> Value {
        let count = self.tokens.len();
        for token in self.tokens.values_mut() {
            token.until = Timestamp::MIN;
        }
        json!({"expired": count})
    }
}
