//! What a store has to do: the trait, and the forms that go in and out.
//!
//! A store knows people by [`Partition`]: those of a partition have one writer, one journal and one outbox. On one machine
//! there is one partition; many machines share them out. What happens to the people of a partition is a row of
//! [`Batch`]es, each committed as a whole: what came in, what came of it, and notes. From time to time a
//! [`Checkpoint`] says what people are after so many inputs; the journal before it is not needed any more. Everything
//! else (which state, which log, which timers, which marks follow) is worked out by the engine, which is deterministic.

use std::collections::BTreeMap;

use super::error::StoreError;

/// Some of the people, who have one writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Partition(pub u32);

/// What is committed together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The inputs, in the form of [`crate::store::Input`].
    pub inputs: Vec<u8>,
    /// How many there are.
    pub input_count: u64,
    /// The action records that they caused, one JSON object a line.
    pub outcomes: Vec<u8>,
    /// How many there are.
    pub outcome_count: u64,
    /// Small facts by name, which replace those of the same name.
    pub notes: BTreeMap<String, Vec<u8>>,
}

impl Batch {
    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.input_count == 0 && self.outcome_count == 0 && self.notes.is_empty()
    }

    /// How much there is to write.
    pub fn bytes(&self) -> usize {
        self.inputs.len() + self.outcomes.len()
    }

    /// How many bytes there is room for.
    pub fn room(&self) -> usize {
        self.inputs.capacity() + self.outcomes.capacity()
    }

    /// Forgets everything and keeps the room.
    pub fn clear(&mut self) {
        let Self { inputs, input_count, outcomes, outcome_count, notes } = self;
        inputs.clear();
        outcomes.clear();
        notes.clear();
        (*input_count, *outcome_count) = (0, 0);
    }
}

/// A batch of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of its first input, from 1.
    pub first: u64,
    /// How many inputs it has.
    pub count: u64,
    /// The inputs.
    pub inputs: Vec<u8>,
    /// The action records that they caused.
    pub outcomes: Vec<u8>,
}

/// How far a partition has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The number of the last input that is committed; 0 before the first.
    pub inputs: u64,
    /// The number of the last action record that is committed; 0 before the first.
    pub outcomes: u64,
    /// The number of the last input that the checkpoint knows, and the checkpoint's head.
    pub checkpoint: Option<(u64, Vec<u8>)>,
    /// How many bytes of inputs the journal holds.
    pub journal_bytes: u64,
    /// How many chunks of people the checkpoint has.
    pub chunks: u32,
    /// Small facts by name.
    pub notes: BTreeMap<String, Vec<u8>>,
}

/// A chunk of people by number, or why it cannot be written.
pub type NumberedChunk = Result<(u32, Vec<u8>), Box<dyn std::error::Error + Send + Sync>>;

/// Takes a chunk of people by number.
pub type EachChunk<'a> = dyn FnMut(u32, &[u8]) -> Result<(), StoreError> + 'a;

/// Takes some marks.
pub type EachPiece<'a> = dyn FnMut(&[u8]) -> Result<(), StoreError> + 'a;

/// What people are after all inputs that are committed.
pub struct Checkpoint<'a> {
    /// What is not about one person.
    pub head: Vec<u8>,
    /// Chunks of people that changed since the last checkpoint; the others are still right. Where one cannot be written,
    /// nothing is committed.
    pub chunks: &'a mut dyn Iterator<Item = NumberedChunk>,
    /// Marks of events that were handled since the last checkpoint.
    pub marks: Vec<u8>,
    /// Whether it stands alone: chunks and marks of earlier ones are dropped.
    pub anew: bool,
}

/// Keeps what happens to people. Every method names a partition; what is committed by one call is there whole after a
/// crash, or not at all.
pub trait Store: Send {
    /// How far a partition has come.
    ///
    /// # Errors
    ///
    /// When it cannot be read. So it is with the other methods.
    fn standing(&mut self, partition: Partition) -> Result<Standing, StoreError>;

    /// Commits batches, all or none; they are durable when this returns. `after` is the number of the last input that the
    /// writer knows to be committed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Overtaken`] when that is not so: somebody else writes. Then nothing is committed.
    fn commit(&mut self, partition: Partition, after: u64, batches: &[Batch]) -> Result<(), StoreError>;

    /// The first batch of the journal whose inputs have greater numbers than `after`.
    fn journal(&mut self, partition: Partition, after: u64) -> Result<Option<Entry>, StoreError>;

    /// Action records with greater numbers than `after`, in order, with their numbers; at most `limit`.
    fn outcomes(&mut self, partition: Partition, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError>;

    /// Commits batches as [`Store::commit`] does, and with them a checkpoint of what people are after them. What that makes
    /// superfluous of the journal is dropped.
    ///
    /// # Errors
    ///
    /// [`StoreError::Overtaken`], as there.
    fn checkpoint(
        &mut self,
        partition: Partition,
        after: u64,
        batches: &[Batch],
        checkpoint: Checkpoint<'_>,
    ) -> Result<(), StoreError>;

    /// Everything is committed and nobody writes for now: what makes the next start faster may be done.
    fn rest(&mut self) -> Result<(), StoreError>;

    /// The chunks of people of the checkpoint, in order of their numbers.
    fn chunks(&mut self, partition: Partition, each: &mut EachChunk<'_>) -> Result<(), StoreError>;

    /// The marks of the checkpoint, in pieces.
    fn marks(&mut self, partition: Partition, each: &mut EachPiece<'_>) -> Result<(), StoreError>;
}
