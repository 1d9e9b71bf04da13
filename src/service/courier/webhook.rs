//! One webhook: its calls in order, signed, tried again, and put aside when nothing helps.
//!
//! Requests are signed as <https://www.standardwebhooks.com> describes, for which receivers have libraries: `webhook-id` is the
//! action's idempotency key, `webhook-signature` the HMAC-SHA256 of id, time and body.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;

use super::letters::{DeadLetter, DeadLetters, LETTERS};
use crate::clock::present;
use crate::service::access::is_this_machine;
use crate::service::desk::Desk;
use crate::service::outbox::{self, Numbered, Outbox};

/// How long an answer may take: as long as Marketo waits for its webhooks.
const TIMEOUT: Duration = Duration::from_secs(30);

/// So often a call is tried before it is put aside: over a quarter of an hour.
const TRIES_MAX: u32 = 10;

/// The first pause; each is twice the one before.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// So many records are read at once.
const FETCHED: usize = 500;

/// So many records may be looked at without noting it.
const UNNOTED_MAX: u64 = 10_000;

/// So many bytes make a secret that nobody guesses.
const SECRET_BYTES_MIN: usize = 24;

/// Where a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) struct Webhook {
    pub(in crate::service) url: String,
    pub(in crate::service) method: String,
}

/// What requests are signed with.
#[derive(Clone)]
pub struct Secret(hmac::Key);

/// The secret is none.
#[derive(Debug, thiserror::Error)]
#[error("this is no secret for webhooks: `whsec_` and at least {SECRET_BYTES_MIN} bytes in base64 are needed")]
pub struct BadSecret;

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a secret")
    }
}

impl Secret {
    /// Reads `whsec_…`.
    ///
    /// # Errors
    ///
    /// When it is something else, or too short.
    pub fn read(text: &str) -> Result<Self, BadSecret> {
        let bytes = text.trim().strip_prefix("whsec_").and_then(|rest| STANDARD.decode(rest).ok());
        let bytes = bytes.filter(|bytes| bytes.len() >= SECRET_BYTES_MIN).ok_or(BadSecret)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    fn sign(&self, id: &str, at: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [id.as_bytes(), b".", at.to_string().as_bytes(), b".", body] {
            context.update(part);
        }
        format!("v1,{}", STANDARD.encode(context.sign().as_ref()))
    }
}

/// What became of one try.
enum Try {
    Taken,
    Later(String, Option<Duration>),
    Never(String),
}

/// How the note begins that says how far a webhook was served; its name follows.
pub(in crate::service) const WEBHOOK: &str = "webhook ";

fn note_of(name: &str) -> String {
    format!("{WEBHOOK}{name}")
}

/// Serves a webhook for ever, from the record behind `carried` on.
pub(super) async fn carry(
    name: String,
    webhook: Webhook,
    mut carried: u64,
    (desk, outbox, letters): (Desk, Outbox, DeadLetters),
    (client, secret): (reqwest::Client, Option<Secret>),
) {
    let call = Call { name: &name, webhook: &webhook, client: &client, secret: secret.as_ref() };
    let mut news = desk.news();
    let mut again = letters.again();
    let mut noted = carried;
    loop {
        if again.has_changed().unwrap_or(false) {
            again.mark_unchanged();
            let mine = letters.take(&name);
            let records = outbox.these(mine.iter().map(|letter| letter.seq).collect()).await.unwrap_or_default();
            for record in &records {
                call.deliver(record, &letters).await;
            }
            desk.note(vec![(LETTERS.to_owned(), letters.note())]).await;
        }
        let Ok(records) = outbox.after(carried, FETCHED).await else { return };
        let Some((last, _)) = records.last() else {
            let later = carried;
            tokio::select! {
                changed = news.wait_for(|news| news.last > later || news.has_ended) => {
                    if changed.map_or(true, |news| news.has_ended) {
                        return;
                    }
                }
                changed = again.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    again.mark_changed();
                }
            }
            continue;
        };
        carried = *last;
        for record in records.iter().filter(|(_, line)| calls(line, &name)) {
            let put_aside = call.deliver(record, &letters).await;
            noted = record.0;
            // Together: a letter that is kept is not written again after a crash.
            let mut notes = vec![(note_of(&name), noted.to_string().into_bytes())];
            notes.extend(put_aside.then(|| (LETTERS.to_owned(), letters.note())));
            desk.note(notes).await;
            letters.has_carried(&name, noted);
        }
        // What was only looked at may be looked at again; but not too much of it.
        if carried.saturating_sub(noted) >= UNNOTED_MAX {
            noted = carried;
            desk.note(vec![(note_of(&name), noted.to_string().into_bytes())]).await;
        }
    }
}

/// Whether an action record is a call of the webhook that was done.
fn calls(line: &[u8], name: &str) -> bool {
    // Most records are none, and need not be read.
    if !line.windows(CALL.len()).any(|part| part == CALL) {
        return false;
    }
    let Ok(record) = serde_json::from_slice::<Value>(line) else { return false };
    let text = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default();
    text("type") == "action"
        && text("outcome") == "done"
        && text("action") == format!("call webhook {}", crate::language::text::print::quoted(name))
}

const CALL: &[u8] = b"\"action\":\"call webhook ";

/// What is needed to call a webhook.
struct Call<'a> {
    name: &'a str,
    webhook: &'a Webhook,
    client: &'a reqwest::Client,
    secret: Option<&'a Secret>,
}

impl Call<'_> {
    /// Delivers a record, however long it takes; true when it was put aside.
    async fn deliver(&self, record: &Numbered, letters: &DeadLetters) -> bool {
        let mut pause = PAUSE;
        let mut tries = 1;
        let reason = loop {
            match self.once(record).await {
                Try::Taken => return false,
                Try::Never(reason) => break reason,
                Try::Later(reason, _) if tries == TRIES_MAX => break reason,
                Try::Later(reason, asked) => {
                    tracing::warn!(webhook = self.name, seq = record.0, tries, reason, "a webhook did not take a call");
                    // Somewhere between half and the whole, so that many do not come at once.
                    let spread = u32::try_from(present().0.rem_euclid(512)).unwrap_or(0) + 512;
                    tokio::time::sleep(asked.unwrap_or(pause * spread / 1024).min(PAUSE_MAX)).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                    tries += 1;
                }
            }
        };
        tracing::error!(webhook = self.name, seq = record.0, tries, reason, "a call of a webhook was put aside");
        let webhook = self.name.to_owned();
        letters.add(DeadLetter { seq: record.0, webhook, reason, tries, at: present().to_string() });
        true
    }

    async fn once(&self, record: &Numbered) -> Try {
        let Webhook { url, method } = self.webhook;
        if !is_safe(url) {
            return Try::Never("it is neither `https` nor on this machine".to_owned());
        }
        let mut body = Vec::new();
        outbox::line(record, &mut body);
        body.pop();
        let key = serde_json::from_slice::<Value>(&body).ok();
        let key = key.as_ref().and_then(|it| it.get("key")).and_then(Value::as_str).unwrap_or_default();
        let at = present().0.div_euclid(1000);
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap_or(reqwest::Method::POST);
        let mut call = self
            .client
            .request(method, url)
            .timeout(TIMEOUT)
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .header("webhook-id", key)
            .header("webhook-timestamp", at);
        if let Some(secret) = self.secret {
            call = call.header("webhook-signature", secret.sign(key, at, &body));
        }
        let answer = match call.body(body).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_builder() => return Try::Never("its `url` is none".to_owned()),
            Err(error) if error.is_timeout() => return Try::Later("no answer in time".to_owned(), None),
            Err(error) if error.is_connect() => return Try::Later("no connection came about".to_owned(), None),
            Err(_) => return Try::Later("the connection broke".to_owned(), None),
        };
        let status = answer.status();
        if status.is_success() {
            return Try::Taken;
        }
        let reason = format!("status {}", status.as_u16());
        if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
            let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            return Try::Later(reason, seconds.map(Duration::from_secs));
        }
        Try::Never(reason)
    }
}

/// Whether what is sent can be read by nobody on the way.
fn is_safe(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return true };
    url.scheme() == "https" || url.host_str().is_some_and(is_this_machine)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// The example of the specification.
    #[test]
    fn requests_are_signed_as_the_specification_says() {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(format!("{secret:?}"), "a secret");
        assert!(Secret::read("whsec_c2hvcnQ=").is_err() && Secret::read("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_err());
    }

    #[test]
    fn only_calls_that_were_done_are_carried() {
        let line = |action: &str, outcome: &str| {
            serde_json::json!({"type": "action", "action": action, "outcome": outcome}).to_string().into_bytes()
        };
        assert!(calls(&line(r#"call webhook "crm""#, "done"), "crm"));
        assert!(!calls(&line(r#"call webhook "crm""#, "failed"), "crm"));
        assert!(!calls(&line(r#"call webhook "crm2""#, "done"), "crm"));
        assert!(!calls(&line(r#"send email "call webhook "crm"""#, "done"), "crm"));
        assert!(calls(&line(r#"call webhook "a \"b\"""#, "done"), r#"a "b""#));
    }

    #[test]
    fn nothing_is_sent_in_the_clear() {
        for (url, safe) in [
            ("https://hooks.example.com/a", true),
            ("http://hooks.example.com/a", false),
            ("http://127.0.0.1:9000/a", true),
            ("http://[::1]/a", true),
            ("http://localhost/a", true),
            ("http://localhost.example.com/a", false),
        ] {
            assert_eq!(is_safe(url), safe, "{url}");
        }
    }
}
