//! Commits in a thread of its own, so that the engine goes on while the disk works.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::error::StoreError;
use super::keep::{Batch, Partition, Store};

/// So many batches may be on their way to the disk at once.
const ON_THE_WAY_MAX: usize = 2;

/// What writes.
pub(super) struct Writer {
    shared: Arc<Mutex<Shared>>,
    to: SyncSender<Batch>,
    from: Receiver<Result<Batch, StoreError>>,
    on_the_way: usize,
}

/// What the threads have in common.
pub(super) struct Shared {
    pub(super) store: Box<dyn Store>,
    pub(super) partition: Partition,
    /// The number of the last input that is committed.
    pub(super) inputs: u64,
    /// Batches that wait to be committed together.
    pub(super) held: Vec<Batch>,
    /// Whether a commit went wrong: then nothing behind it may be committed.
    failed: bool,
}

impl Shared {
    /// Commits batches, all or none.
    pub(super) fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        let result = self.store.commit(self.partition, self.inputs, batches);
        self.note(batches, result.is_ok());
        result
    }

    /// Notes what became of batches.
    pub(super) fn note(&mut self, batches: &[Batch], are_kept: bool) {
        if are_kept {
            self.inputs += batches.iter().map(|batch| batch.input_count).sum::<u64>();
        } else {
            self.failed = true;
        }
    }
}

impl Writer {
    pub(super) fn start(store: Box<dyn Store>, partition: Partition, inputs: u64) -> Result<Self, StoreError> {
        let shared = Shared { store, partition, inputs, held: Vec::new(), failed: false };
        let shared = Arc::new(Mutex::new(shared));
        let (to, work) = sync_channel::<Batch>(ON_THE_WAY_MAX);
        let (done, from) = sync_channel(ON_THE_WAY_MAX);
        let mine = Arc::clone(&shared);
        let write = move || {
            for batch in work {
                let mut shared = lock(&mine);
                // What follows a batch that could not be committed must not be committed either.
                if shared.failed {
                    break;
                }
                let result = shared.commit(std::slice::from_ref(&batch));
                drop(shared);
                if done.send(result.map(|()| batch)).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("store".to_owned()).spawn(write).map_err(|error| StoreError::Failed {
            path: "the thread that writes the state".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { shared, to, from, on_the_way: 0 })
    }

    pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }

    pub(super) fn share(&self) -> Arc<Mutex<Shared>> {
        Arc::clone(&self.shared)
    }

    /// Hands a batch over, and gives one back that is committed, where there is none too many on the way.
    pub(super) fn send(&mut self, batch: Batch) -> Result<Option<Batch>, StoreError> {
        let back = if self.on_the_way >= ON_THE_WAY_MAX { self.receive()? } else { None };
        if self.to.send(batch).is_err() {
            // The thread has ended, and has said why.
            while self.receive()?.is_some() {}
            return Err(ended());
        }
        self.on_the_way += 1;
        Ok(back)
    }

    /// Waits for the next batch that is committed; `None` when there is none on the way.
    pub(super) fn receive(&mut self) -> Result<Option<Batch>, StoreError> {
        if self.on_the_way == 0 {
            return Ok(None);
        }
        self.on_the_way -= 1;
        self.from.recv().map_err(|_| ended())?.map(Some)
    }
}

/// A thread that panicked has ended the program.
pub(super) fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended() -> StoreError {
    StoreError::Failed { path: "the thread that writes the state".to_owned(), reason: "it has ended".to_owned() }
}
