//! The world behind the budget of the subscription: each try of each call counts.

use std::sync::{Mutex, PoisonError};

use crate::sync::budget::{self, Millis, Wait};
use crate::sync::wire::{Lost, Outside, Request, Response};

/// How long to wait for one of the calls under way, in milliseconds.
const ANSWER_WAIT: u64 = 100;

/// The world, as the budget lets it be called.
pub(super) struct Metered<'o, O> {
    pub(super) outside: &'o O,
    pub(super) budget: Mutex<budget::Marketo>,
}

impl<O: Outside> Outside for Metered<'_, O> {
    async fn send(&self, request: Request) -> Result<Response, Lost> {
        loop {
            let now = self.outside.now();
            let start = self.budget.lock().unwrap_or_else(PoisonError::into_inner).start(now);
            match start {
                Ok(()) => break,
                Err(Wait::Until(Millis(then))) => self.outside.sleep(then.saturating_sub(now.0).max(1)).await,
                Err(Wait::Answer) => self.outside.sleep(ANSWER_WAIT).await,
                Err(Wait::NextDay(_)) => return Err(Lost::NotSent("the calls of this day are used up".to_owned())),
            }
        }
        let answer = self.outside.send(request).await;
        self.budget.lock().unwrap_or_else(PoisonError::into_inner).answered();
        answer
    }

    async fn sleep(&self, millis: u64) {
        self.outside.sleep(millis).await;
    }

    fn now(&self) -> Millis {
        self.outside.now()
    }

    fn chance(&self) -> f64 {
        self.outside.chance()
    }
}
