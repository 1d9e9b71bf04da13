//! Who calls: tokens and how they are given out (facts, 3.2), and what stands in the way (facts, section 2, 8 and 9).

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use siphasher::sip::SipHasher13;

use super::access::Caller;
use super::data::{App, Policy, User};
use super::error::ApiError;
use super::{Salesforce, ids, keys};
use crate::model::Timestamp;
use crate::testkit::double::Credentials;
use crate::testkit::double::http::{Request, Response, base64_decode, basic_credentials, decode_form};

/// How far in the future an assertion may end.
const ASSERTION_MAX_MS: i64 = 5 * 60_000;
/// How many refresh tokens a user and app may have.
const REFRESH_TOKENS_MAX: usize = 5;

/// An access token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    user_id: String,
    /// The app's consumer key; empty for a login without an app.
    client_id: String,
    until: Timestamp,
    calls_left: Option<u64>,
}

/// What a refresh token stands for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) user_id: String,
    /// In which order they were given out.
    pub(super) number: u64,
    /// A rotated one that is used again takes all of its kind with it.
    pub(super) used: bool,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    prn: Option<String>,
    aud: Value,
    exp: f64,
}

fn refuse(error: &str, description: &str) -> Response {
    Response::json(400, &json!({"error": error, "error_description": description}))
}

impl Salesforce {
    /// The token endpoint.
    pub(super) fn token(&mut self, request: &Request, now: Timestamp) -> Response {
        if request.method != "POST" {
            return refuse("invalid_request", "must use HTTP POST");
        }
        let form = decode_form(&request.text());
        let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let basic = request.header_value("authorization").and_then(basic_credentials);
        let client_id = value("client_id").or_else(|| basic.as_ref().map(|(user, _)| user.clone()));
        let secret = value("client_secret").or_else(|| basic.map(|(_, password)| password));
        let grant = value("grant_type").unwrap_or_default();
        if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            return self.jwt_bearer(&value("assertion").unwrap_or_default(), now);
        }
        let app = self.apps.iter().find(|app| Some(&app.client_id) == client_id.as_ref()).cloned();
        let Some(app) = app else { return refuse("invalid_client_id", "client identifier invalid") };
        let secret_wrong = secret.as_ref() != Some(&app.client_secret);
        match grant.as_str() {
            "client_credentials" => {
                if secret_wrong {
                    return refuse("invalid_client", "invalid client credentials");
                }
                match self.user_named(&app.run_as) {
                    Some(user) => self.give(&app, &user, now, None),
                    None => refuse("invalid_grant", "no client credentials user enabled"),
                }
            }
            "refresh_token" => {
                // A public client has no secret to send; a wrong one is refused.
                if secret.is_some() && secret_wrong {
                    return refuse("invalid_client", "invalid client credentials");
                }
                self.refresh(&app, &value("refresh_token").unwrap_or_default(), now)
            }
            "password" => {
                if secret_wrong {
                    return refuse("invalid_client", "invalid client credentials");
                }
                let (username, password) =
                    (value("username").unwrap_or_default(), value("password").unwrap_or_default());
                match self.check_password(&username, &password) {
                    Some(user) => self.give(&app, &user, now, None),
                    None => refuse("invalid_grant", "authentication failure"),
                }
            }
            _ => refuse("unsupported_grant_type", "grant type not supported"),
        }
    }

    fn refresh(&mut self, app: &App, token: &str, now: Timestamp) -> Response {
        let expired = || refuse("invalid_grant", "expired access/refresh token");
        let Some(grant) = self.refresh_tokens.get(token).filter(|grant| grant.client_id == app.client_id).cloned()
        else {
            return expired();
        };
        if grant.used {
            // Somebody has a copy: nobody keeps access.
            self.refresh_tokens.retain(|_, other| other.client_id != grant.client_id || other.user_id != grant.user_id);
            return expired();
        }
        let Some(user) = self.users.get(&grant.user_id).cloned() else { return expired() };
        let mut next = None;
        if self.settings.rotate_refresh_tokens {
            if let Some(old) = self.refresh_tokens.get_mut(token) {
                old.used = true;
            }
            next = Some(self.new_refresh_token(&app.client_id, &grant.user_id));
        }
        self.give(app, &(grant.user_id, user), now, next)
    }

    pub(super) fn new_refresh_token(&mut self, client_id: &str, user_id: &str) -> String {
        let number = self.next_token();
        let token = format!("5Aep{:016x}{number:04x}", mix(number ^ 0x5AE9));
        self.remember_refresh_token(&token, client_id, user_id);
        token
    }

    pub(super) fn remember_refresh_token(&mut self, token: &str, client_id: &str, user_id: &str) {
        let number = self.next_token();
        let grant = Grant { client_id: client_id.to_owned(), user_id: user_id.to_owned(), number, used: false };
        self.refresh_tokens.insert(token.to_owned(), grant);
        let mut own: Vec<(u64, String)> = self
            .refresh_tokens
            .iter()
            .filter(|(_, grant)| grant.client_id == client_id && grant.user_id == user_id && !grant.used)
            .map(|(token, grant)| (grant.number, token.clone()))
            .collect();
        own.sort();
        let too_many = own.len().saturating_sub(REFRESH_TOKENS_MAX);
        for (_, oldest) in own.into_iter().take(too_many) {
            self.refresh_tokens.remove(&oldest);
        }
    }

    fn next_token(&mut self) -> u64 {
        self.tokens_given += 1;
        self.tokens_given
    }

    fn jwt_bearer(&mut self, assertion: &str, now: Timestamp) -> Response {
        let invalid = |description: &str| refuse("invalid_grant", description);
        let mut parts = assertion.splitn(3, '.');
        let (Some(head), Some(body), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
            return invalid("invalid assertion");
        };
        let claims = base64_decode(body).and_then(|body| serde_json::from_slice::<Claims>(&body).ok());
        let header = base64_decode(head).and_then(|head| serde_json::from_slice::<Value>(&head).ok());
        let (Some(claims), Some(header), Some(signature)) = (claims, header, base64_decode(signature)) else {
            return invalid("invalid assertion");
        };
        if header.get("alg") != Some(&json!("RS256")) {
            return invalid("algorithm in header did not match any expected");
        }
        let Some(app) = self.apps.iter().find(|app| app.client_id == claims.iss).cloned() else {
            return refuse("invalid_client_id", "client identifier invalid");
        };
        let signed = assertion.get(..head.len() + 1 + body.len()).unwrap_or_default();
        if !keys::verifies(app.public_key.as_deref(), signed.as_bytes(), &signature) {
            return invalid("invalid assertion");
        }
        let audience = claims.aud.as_str().unwrap_or_default();
        let own = audience.trim_end_matches('/') == self.base_url
            || matches!(audience, "https://login.salesforce.com" | "https://test.salesforce.com");
        if !own {
            return invalid("audience is invalid");
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds fit")]
        let ends_in_ms = claims.exp * 1000.0 - now.0 as f64;
        #[expect(clippy::cast_precision_loss, reason = "a few minutes fit")]
        if ends_in_ms < 0.0 || ends_in_ms > ASSERTION_MAX_MS as f64 {
            return invalid("expired authorization code");
        }
        let username = claims.sub.or(claims.prn).unwrap_or_default();
        match self.user_named(&username) {
            Some(user) if app.policy != Policy::NotApproved => self.give(&app, &user, now, None),
            Some(_) | None => invalid("user hasn't approved this consumer"),
        }
    }

    fn give(&mut self, app: &App, user: &(String, Arc<User>), now: Timestamp, refresh: Option<String>) -> Response {
        match app.policy {
            Policy::NotApproved => return refuse("invalid_grant", "user hasn't approved this consumer"),
            Policy::IpRestricted => return refuse("invalid_grant", "ip restricted"),
            Policy::Open | Policy::Restricted | Policy::NotAttached => {}
        }
        if !user.1.active {
            return refuse("inactive_user", "user is inactive");
        }
        if !self.settings.api_enabled {
            return refuse("invalid_grant", "api disabled for org");
        }
        let token = self.new_session(&app.client_id, &user.0, now);
        let mut answer = json!({
            "access_token": token,
            "instance_url": self.base_url,
            "id": format!("{}/id/{}/{}", self.base_url, self.org_id, user.0),
            "token_type": "Bearer",
            "issued_at": now.0.to_string(),
            "signature": format!("{:016x}", mix(now.0.unsigned_abs())),
            "scope": "api refresh_token",
        });
        if let (Some(refresh), Some(map)) = (refresh, answer.as_object_mut()) {
            map.insert("refresh_token".to_owned(), json!(refresh));
        }
        Response::json(200, &answer)
    }

    pub(super) fn new_session(&mut self, client_id: &str, user_id: &str, now: Timestamp) -> String {
        let number = self.next_token();
        let org = self.org_id.get(..15).unwrap_or_default();
        let token = format!("{org}!AQ4AQ{:016x}{:08x}", mix(number), number);
        let minutes = i64::try_from(self.settings.token_minutes).unwrap_or(i64::MAX / 60_000);
        let token_of = Token {
            user_id: user_id.to_owned(),
            client_id: client_id.to_owned(),
            until: now.plus(minutes.saturating_mul(60_000)),
            calls_left: self.settings.token_calls,
        };
        self.tokens.insert(token.clone(), token_of);
        token
    }

    pub(super) fn user_named(&self, username: &str) -> Option<(String, Arc<User>)> {
        let found = self.users.iter().find(|(_, user)| user.username.eq_ignore_ascii_case(username));
        found.map(|(id, user)| (id.clone(), Arc::clone(user)))
    }

    /// The user, when the password is right: alone, or with the security token behind it.
    pub(super) fn check_password(&self, username: &str, password: &str) -> Option<(String, Arc<User>)> {
        self.user_named(username).filter(|(_, user)| {
            password == format!("{}{}", user.password, user.security_token) || password == user.password
        })
    }

    /// Who calls, by the token in the `Authorization` header.
    pub(super) fn authenticate(&mut self, request: &Request, now: Timestamp) -> Result<Caller, ApiError> {
        let header = request.header_value("authorization").unwrap_or_default();
        let name = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth"));
        let name = name.map(|(_, token)| token.trim()).unwrap_or_default();
        let expired = || ApiError::new(401, "INVALID_SESSION_ID", "Session expired or invalid");
        let token = self.tokens.get_mut(name).ok_or_else(expired)?;
        if token.until <= now || token.calls_left == Some(0) {
            self.tokens.remove(name);
            return Err(expired());
        }
        token.calls_left = token.calls_left.map(|left| left - 1);
        let token = token.clone();
        // Looks like an expired session and is none: to log in again changes nothing.
        match self.apps.iter().find(|app| app.client_id == token.client_id).map(|app| app.policy) {
            Some(Policy::Restricted) => {
                let message = "This session is not valid for use with the REST API";
                return Err(ApiError::new(401, "INVALID_SESSION_ID", message));
            }
            Some(Policy::NotAttached) => {
                return Err(ApiError::new(401, "INVALID_SESSION_ID", "Connected app is not attached to Agent"));
            }
            Some(Policy::Open | Policy::NotApproved | Policy::IpRestricted) | None => {}
        }
        let user = self.users.get(&token.user_id).filter(|user| user.active).cloned().ok_or_else(expired)?;
        if !self.settings.api_enabled {
            let message = "The REST API is not enabled for this Organization.";
            return Err(ApiError::new(403, "API_DISABLED_FOR_ORG", message));
        }
        if !user.api_enabled {
            let message = "API is disabled for this User";
            return Err(ApiError::new(403, "API_DISABLED_FOR_ORG", message));
        }
        let allow = request.header_value("sforce-duplicate-rule-header").unwrap_or_default().replace(' ', "");
        Ok(Caller {
            user: Some(user),
            user_id: token.user_id,
            now,
            request: self.requests,
            allow_duplicates: allow.to_ascii_lowercase().contains("allowsave=true"),
        })
    }

    /// Somebody in the product, who may do everything: the first user.
    pub(super) fn somebody(&self, now: Timestamp) -> Caller {
        let user_id = self.users.keys().next().cloned().unwrap_or_else(|| ids::make("005", 1));
        Caller { user: None, user_id, now, request: self.requests, allow_duplicates: true }
    }

    pub(super) fn revoke(&mut self, request: &Request) -> Response {
        let form = decode_form(&request.text());
        let given =
            form.into_iter().chain(request.parameters()).find(|(key, _)| key == "token").map(|(_, token)| token);
        let token = given.unwrap_or_default();
        let known = self.tokens.remove(&token).is_some() | self.refresh_tokens.remove(&token).is_some();
        if known { Response::empty(200) } else { refuse("unsupported_token_type", "this token is not supported") }
    }

    pub(super) fn userinfo(&self, caller: &Caller) -> Response {
        let user = caller.user.as_deref();
        let username = user.map(|user| user.username.as_str()).unwrap_or_default();
        let rest = format!("{}/services/data/v{{version}}/", self.base_url);
        Response::json(
            200,
            &json!({
                "sub": format!("{}/id/{}/{}", self.base_url, self.org_id, caller.user_id),
                "id": format!("{}/id/{}/{}", self.base_url, self.org_id, caller.user_id),
                "user_id": caller.user_id,
                "organization_id": self.org_id,
                "preferred_username": username,
                "username": username,
                "name": self.row("User", &caller.user_id).map_or(Value::Null, |row| row.get("LastName").clone()),
                "email": username,
                "email_verified": true,
                "user_type": "STANDARD",
                "language": "en_US",
                "locale": "en_US",
                "active": user.is_none_or(|user| user.active),
                "urls": {
                    "rest": rest,
                    "sobjects": format!("{rest}sobjects/"),
                    "query": format!("{rest}query/"),
                },
            }),
        )
    }

    pub(super) fn ready_credentials(&self) -> Credentials {
        let app = self.apps.first();
        let text = |value: Option<&String>| value.map_or(Value::Null, |value| json!(value));
        let user = app
            .and_then(|app| self.user_named(&app.run_as))
            .or_else(|| self.users.iter().next().map(|(id, user)| (id.clone(), Arc::clone(user))));
        Credentials(json!({
            "client_id": text(app.map(|app| &app.client_id)),
            "client_secret": text(app.map(|app| &app.client_secret)),
            "refresh_token": text(app.and_then(|app| app.refresh_tokens.first())),
            "username": text(user.as_ref().map(|(_, user)| &user.username)),
            "password": text(user.as_ref().map(|(_, user)| &user.password)),
            "security_token": text(user.as_ref().map(|(_, user)| &user.security_token)),
            "organization_id": self.org_id,
            "api_version": super::API_VERSION,
        }))
    }
}

/// Spreads a number, so that tokens do not look like a count.
fn mix(number: u64) -> u64 {
    use std::hash::Hasher as _;
    let mut hasher = SipHasher13::new_with_keys(0x0005_a1e5, 0x0000_f0ce);
    hasher.write_u64(number);
    hasher.finish()
}
