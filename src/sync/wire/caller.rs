//! What both connectors share: one call with its pauses, tries and breaker.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::{Lost, Outside, Request, Response};
use crate::sync::Trouble;
use crate::sync::answers::{Reaction, http};
use crate::sync::budget::{Breaker, Millis, pause};

/// So often a call is tried.
const TRIES_MAX: u32 = 6;

/// How long nothing is sent to a side that says that there were too many calls, in milliseconds.
const LIMIT_PAUSE: u64 = 20_000;

/// What an answer asks for, and how it is told to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// What to do.
    pub reaction: Reaction,
    /// The code of the answer; the HTTP status where it has none.
    pub code: String,
    /// What the answer says, verbatim.
    pub message: String,
}

impl Fate {
    /// Of an answer to a log-in, which both products give as OAuth says; nothing for one that is fine.
    pub fn of_log_in(response: &Response) -> Option<Self> {
        if response.status == 200 {
            return None;
        }
        let body = response.json();
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        match text("error") {
            Some(code) => {
                let message = text("error_description").unwrap_or_default();
                Some(Self { reaction: Reaction::GiveUpPass, code, message })
            }
            None => Some(Self::of_status(response, false)),
        }
    }

    /// Of a bare HTTP status.
    pub fn of_status(response: &Response, write: bool) -> Self {
        let code = response.status.to_string();
        let message = format!("status {code} without an explanation");
        Self { reaction: http(Some(response.status), write), code, message }
    }
}

/// Sends calls to one side.
#[derive(Debug)]
pub struct Caller<O> {
    outside: O,
    side: &'static str,
    breaker: Mutex<Breaker>,
}

/// What one try gives.
enum Try {
    Again(Option<u64>),
    Done(Result<Response, Trouble>),
}

impl<O: Outside> Caller<O> {
    /// For a side with this name.
    pub fn new(outside: O, side: &'static str) -> Self {
        Self { outside, side, breaker: Mutex::new(Breaker::default()) }
    }

    /// The world.
    pub const fn outside(&self) -> &O {
        &self.outside
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a call until there is an answer that is no matter of time. `judge` says what is wrong with an answer; nothing
    /// for one that is fine. `write` says whether the call changes something that a second one would change again.
    ///
    /// # Errors
    ///
    /// [`Trouble::Unknown`] for a write of which nobody knows whether it was done; a token that is no longer good is
    /// [`Trouble::Expired`].
    pub async fn call(
        &self,
        request: Request,
        write: bool,
        judge: impl Fn(&Response) -> Option<Fate>,
    ) -> Result<Response, Trouble> {
        let mut last = String::new();
        for attempt in 0..TRIES_MAX {
            let allowed = self.breaker().allow(self.outside.now());
            if let Err(Millis(again)) = allowed {
                let wait = again.saturating_sub(self.outside.now().0);
                self.outside.sleep(wait).await;
                continue;
            }
            let answer = self.outside.send(request.clone()).await;
            match self.look(answer, write, &judge, &mut last) {
                Try::Done(done) => return done,
                Try::Again(asked) => {
                    self.outside.sleep(pause(attempt, self.outside.chance(), asked)).await;
                }
            }
        }
        Err(Trouble::Unreachable { side: self.side, message: last })
    }

    fn look(
        &self,
        answer: Result<Response, Lost>,
        write: bool,
        judge: &impl Fn(&Response) -> Option<Fate>,
        last: &mut String,
    ) -> Try {
        let response = match answer {
            Err(lost) => {
                self.breaker().failed(self.outside.now());
                let (known, why) = match lost {
                    Lost::NotSent(why) => (true, why),
                    Lost::Unknown(why) => (!write, why),
                };
                last.clone_from(&why);
                return if known { Try::Again(None) } else { Try::Done(Err(Trouble::Unknown { message: why })) };
            }
            Ok(response) => response,
        };
        let Some(Fate { reaction, code, message }) = judge(&response) else {
            self.breaker().succeeded();
            return Try::Done(Ok(response));
        };
        if response.status >= 500 {
            self.breaker().failed(self.outside.now())
        } else {
            self.breaker().succeeded()
        }
        *last = format!("{code}: {message}");
        let asked = response.header("retry-after").and_then(|seconds| seconds.trim().parse::<u64>().ok());
        let asked = asked.map(|seconds| seconds.saturating_mul(1000).min(LIMIT_PAUSE));
        match reaction {
            Reaction::Retry | Reaction::RetryCampaign => Try::Again(asked),
            Reaction::PauseAll => Try::Again(Some(LIMIT_PAUSE)),
            Reaction::RefreshToken => Try::Done(Err(Trouble::Expired { code, message })),
            Reaction::LookUp if write && (response.status >= 500 || response.status == 200) => {
                Try::Done(Err(Trouble::Unknown { message: format!("{code}: {message}") }))
            }
            Reaction::LookUp | Reaction::GiveUpRecord | Reaction::GiveUpPass => {
                Try::Done(Err(Trouble::Refused { side: self.side, code, message }))
            }
        }
    }
}
