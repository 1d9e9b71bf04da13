//! Logging in: client credentials, a signed assertion, or a refresh token that may rotate.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use super::{SIDE, Salesforce, Session};
use crate::config::{Auth, Secret, check_url};
use crate::sync::Trouble;
use crate::sync::wire::{Fate, Outside, Request, form};

/// How long a log-in may take, in milliseconds.
const TIMEOUT_MS: u64 = 30_000;

/// How long an assertion is good, in seconds: Salesforce takes five minutes at most, and its clock may be another.
const ASSERTION_SECONDS: u64 = 150;

impl<O: Outside> Salesforce<'_, O> {
    /// The session; a new one where there is none or where that of log-in `expired` is no longer good. However many ask,
    /// one logs in.
    pub(super) async fn session(&self, expired: Option<u64>) -> Result<Session, Trouble> {
        let mut held = self.session.lock().await;
        if let Some(session) = held.as_ref().filter(|session| Some(session.number) != expired) {
            return Ok(session.clone());
        }
        let number = held.as_ref().map_or(1, |session| session.number + 1);
        let session = self.log_in(number).await?;
        *held = Some(session.clone());
        Ok(session)
    }

    async fn log_in(&self, number: u64) -> Result<Session, Trouble> {
        let id = self.config.client_id.as_str();
        let body = match &self.config.auth {
            Auth::ClientCredentials { client_secret } => {
                form([("grant_type", "client_credentials"), ("client_id", id), ("client_secret", client_secret.open())])
            }
            Auth::JwtBearer { username, private_key } => {
                let now = self.caller.outside().now().0 / 1000;
                let audience = &self.config.login_url;
                let assertion = assertion(id, username, audience, now, private_key).map_err(refused_key)?;
                form([("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)])
            }
            Auth::RefreshToken { client_secret, refresh_token } => {
                let newest = self.tokens.newest().unwrap_or_else(|| refresh_token.clone());
                let mut pairs =
                    vec![("grant_type", "refresh_token"), ("client_id", id), ("refresh_token", newest.open())];
                if let Some(secret) = client_secret {
                    pairs.push(("client_secret", secret.open()));
                }
                form(pairs)
            }
        };
        let headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        let url = format!("{}/services/oauth2/token", self.config.login_url);
        let request = Request { method: "POST", url, headers, body: body.into_bytes(), timeout_ms: TIMEOUT_MS };
        // A refresh token that rotates is used up by an answer that was lost, and used twice it takes the grant with it: so
        // only that call counts as a write.
        let write = matches!(self.config.auth, Auth::RefreshToken { .. });
        let answer = self
            .caller
            .call(request, write, Fate::of_log_in)
            .await
            .map_err(|trouble| trouble.of_log_in().known(SIDE))?;
        let answer = answer.json();
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        let (Some(token), Some(instance_url)) = (text("access_token"), text("instance_url")) else {
            let message = "the answer holds no access_token and instance_url".to_owned();
            return Err(Trouble::LogIn { side: SIDE, code: "no_token".to_owned(), message });
        };
        check_url(instance_url).map_err(|why| Trouble::LogIn {
            side: SIDE,
            code: "instance_url".to_owned(),
            message: format!("`instance_url` of the answer cannot be called: {why}"),
        })?;
        if let Some(next) = text("refresh_token") {
            self.tokens.keep(&Secret::new(next))?;
        }
        let instance_url = instance_url.trim_end_matches('/').to_owned();
        Ok(Session { authorization: format!("Bearer {token}"), instance_url, number })
    }
}

fn refused_key(why: String) -> Trouble {
    Trouble::LogIn { side: SIDE, code: "private_key".to_owned(), message: why }
}

/// A signed assertion (RS256).
fn assertion(client: &str, user: &str, audience: &str, now: u64, key: &Secret) -> Result<String, String> {
    let pair = key_pair(key.open())?;
    let claims = json!({"iss": client, "sub": user, "aud": audience, "exp": now + ASSERTION_SECONDS});
    let mut text = URL_SAFE_NO_PAD.encode(br#"{"alg":"RS256","typ":"JWT"}"#);
    let _ = write!(text, ".{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| "the assertion cannot be signed with it".to_owned())?;
    let _ = write!(text, ".{}", URL_SAFE_NO_PAD.encode(&signature));
    Ok(text)
}

fn key_pair(pem: &str) -> Result<RsaKeyPair, String> {
    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject as _;
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| "it is no private key in PEM".to_owned())?;
    let pair = if let PrivateKeyDer::Pkcs1(key) = &der {
        RsaKeyPair::from_der(key.secret_pkcs1_der())
    } else {
        // A key of another kind is refused there.
        RsaKeyPair::from_pkcs8(der.secret_der())
    };
    pair.map_err(|error| format!("it is no RSA key that can be used: {error}"))
}
