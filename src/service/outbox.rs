//! What was committed, read beside the desk: action records in order, from any number on.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::{Database, Partition, SqliteStore, Store as _, StoreError};

/// Reads committed action records. Clones share one connection.
#[derive(Clone)]
pub(super) struct Outbox {
    state: PathBuf,
    store: Arc<Mutex<Option<SqliteStore>>>,
}

/// A record with its number: the line of JSON that `run` would have written.
pub(super) type Numbered = (u64, Vec<u8>);

impl Outbox {
    /// The outbox of a state directory, which need not be there yet.
    pub(super) fn new(state: PathBuf) -> Self {
        Self { state, store: Arc::default() }
    }

    /// Records with greater numbers than `after`, in order, at most `limit`.
    pub(super) async fn after(&self, after: u64, limit: usize) -> Result<Vec<Numbered>, StoreError> {
        self.read(move |store| store.outcomes(Partition::default(), after, limit)).await
    }

    /// The records with these numbers.
    pub(super) async fn these(&self, numbers: Vec<u64>) -> Result<Vec<Numbered>, StoreError> {
        self.read(move |store| {
            let mut found = Vec::with_capacity(numbers.len());
            for number in numbers {
                found.extend(store.outcomes(Partition::default(), number.saturating_sub(1), 1)?);
            }
            Ok(found)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut SqliteStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Self { state, store } = self.clone();
        let work = move || {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *store {
                Some(store) => question(store),
                none @ None => {
                    let opened = SqliteStore::open_for_reading(Database::open_for_reading(&state)?)?;
                    question(none.insert(opened))
                }
            }
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
            Err(StoreError::Failed { path: "the outbox".to_owned(), reason: "it could not be read".to_owned() })
        })
    }
}

/// A record as a line that says its number.
pub(super) fn line((number, record): &Numbered, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"seq\":{number},").as_bytes());
    out.extend_from_slice(record.strip_prefix(b"{").unwrap_or(record));
    out.push(b'\n');
}
