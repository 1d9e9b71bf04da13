//! Commits in a thread of its own, so that the engine goes on while the disk works.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::error::StoreError;
use super::keep::{Batch, Partition, Store};

/// So many batches may be on their way to the disk at once. From time to time the database moves its log to where it
/// belongs, which takes as long as dozens of commits: as far as there is room here, the engine goes on meanwhile.
const ON_THE_WAY_MAX: usize = 64;

/// So many bytes may be on their way to the disk at once, unless it is only one batch behind another.
const ON_THE_WAY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What writes.
pub(super) struct Writer {
    shared: Arc<Mutex<Shared>>,
    to: SyncSender<Batch>,
    from: Receiver<Result<Batch, StoreError>>,
    on_the_way: usize,
    bytes_on_the_way: usize,
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
        Ok(Self { shared, to, from, on_the_way: 0, bytes_on_the_way: 0 })
    }

    pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }

    pub(super) fn share(&self) -> Arc<Mutex<Shared>> {
        Arc::clone(&self.shared)
    }

    /// Hands a batch over, as soon as there is not too much on the way, and gives back those that are committed.
    pub(super) fn send(&mut self, batch: Batch, back: &mut VecDeque<Batch>) -> Result<(), StoreError> {
        let bytes = batch.bytes();
        while !self.has_room(bytes) {
            back.extend(self.receive()?);
        }
        if self.to.send(batch).is_err() {
            // The thread has ended, and has said why.
            while let Some(batch) = self.receive()? {
                back.push_back(batch);
            }
            return Err(ended());
        }
        self.on_the_way += 1;
        self.bytes_on_the_way += bytes;
        loop {
            match self.from.try_recv() {
                Ok(result) => back.push_back(self.arrived(result)?),
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(ended()),
            }
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        let fits = self.bytes_on_the_way.saturating_add(bytes) <= ON_THE_WAY_BYTES_MAX;
        self.on_the_way <= 1 || (self.on_the_way < ON_THE_WAY_MAX && fits)
    }

    /// Waits for the next batch that is committed; `None` when there is none on the way.
    pub(super) fn receive(&mut self) -> Result<Option<Batch>, StoreError> {
        if self.on_the_way == 0 {
            return Ok(None);
        }
        let result = self.from.recv().map_err(|_| ended())?;
        self.arrived(result).map(Some)
    }

    fn arrived(&mut self, result: Result<Batch, StoreError>) -> Result<Batch, StoreError> {
        self.on_the_way -= 1;
        let batch = result?;
        self.bytes_on_the_way -= batch.bytes();
        Ok(batch)
    }
}

/// A thread that panicked has ended the program.
pub(super) fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended() -> StoreError {
    StoreError::Failed { path: "the thread that writes the state".to_owned(), reason: "it has ended".to_owned() }
}
