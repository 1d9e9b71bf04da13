//! What could not be delivered, and is kept until somebody looks after it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::ToSchema;

/// So many are kept; the oldest make room.
const LETTERS_MAX: usize = 1000;

/// The note under which they are kept.
pub(in crate::service) const LETTERS: &str = "dead letters";

/// An action record that a webhook did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(in crate::service) struct DeadLetter {
    /// The number of the action record.
    pub(in crate::service) seq: u64,
    /// The webhook.
    pub(in crate::service) webhook: String,
    /// Why: the status, or what became of the connection.
    pub(in crate::service) reason: String,
    /// How often it was tried.
    pub(in crate::service) tries: u32,
    /// When last.
    pub(in crate::service) at: String,
}

/// All of them, and how far webhooks were served. Clones are the same.
#[derive(Clone)]
pub(in crate::service) struct DeadLetters {
    letters: Arc<Mutex<VecDeque<DeadLetter>>>,
    carried: Arc<Mutex<BTreeMap<String, u64>>>,
    again: watch::Sender<u64>,
}

impl DeadLetters {
    /// None yet.
    pub(in crate::service) fn new() -> Self {
        Self { letters: Arc::default(), carried: Arc::default(), again: watch::channel(0).0 }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<DeadLetter>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what was noted.
    pub(in crate::service) fn restore(&self, note: &[u8]) {
        if let Ok(letters) = serde_json::from_slice(note) {
            *self.lock() = letters;
        }
    }

    /// As they are to be noted.
    pub(super) fn note(&self) -> Vec<u8> {
        // Texts and numbers can always be written.
        serde_json::to_vec(&*self.lock()).unwrap_or_default()
    }

    /// All, the newest first.
    pub(in crate::service) fn all(&self) -> Vec<DeadLetter> {
        self.lock().iter().rev().cloned().collect()
    }

    /// The number of the last action record that each webhook was served.
    pub(in crate::service) fn carried(&self) -> BTreeMap<String, u64> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn has_carried(&self, webhook: &str, number: u64) {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner).insert(webhook.to_owned(), number);
    }

    pub(super) fn add(&self, letter: DeadLetter) {
        let mut letters = self.lock();
        if letters.len() == LETTERS_MAX {
            letters.pop_front();
        }
        letters.push_back(letter);
    }

    /// Takes those of a webhook, oldest first, to be tried again.
    pub(super) fn take(&self, webhook: &str) -> Vec<DeadLetter> {
        let mut letters = self.lock();
        let (mine, others) = letters.drain(..).partition(|letter| letter.webhook == webhook);
        *letters = others;
        let mut mine: VecDeque<DeadLetter> = mine;
        mine.make_contiguous().sort_by_key(|letter| letter.seq);
        mine.into()
    }

    /// Somebody wants them tried again.
    pub(in crate::service) fn try_again(&self) {
        self.again.send_modify(|count| *count += 1);
    }

    /// Changes whenever somebody does.
    pub(super) fn again(&self) -> watch::Receiver<u64> {
        self.again.subscribe()
    }
}
