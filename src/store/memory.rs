//! A store that keeps nothing: the dumb way that the others are compared with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::StoreError;
use super::keep::{Batch, Checkpoint, EachChunk, EachPiece, Entry, Partition, Standing, Store};

/// A store in memory. Clones are the same store, as connections are to one database.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    partitions: Arc<Mutex<BTreeMap<Partition, Kept>>>,
}

impl MemoryStore {
    fn with<T>(&self, partition: Partition, work: impl FnOnce(&mut Kept) -> T) -> T {
        let mut partitions = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        work(partitions.entry(partition).or_default())
    }
}

#[derive(Debug, Clone, Default)]
struct Kept {
    inputs: u64,
    journal: Vec<Entry>,
    outcomes: BTreeMap<u64, Vec<u8>>,
    last_outcome: u64,
    checkpoint: Option<(u64, Vec<u8>)>,
    chunks: BTreeMap<u32, Vec<u8>>,
    marks: Vec<Vec<u8>>,
    notes: BTreeMap<String, Vec<u8>>,
}

impl Kept {
    fn add(&mut self, batch: &Batch) {
        if batch.input_count > 0 {
            self.journal.push(Entry {
                first: self.inputs + 1,
                count: batch.input_count,
                inputs: batch.inputs.clone(),
                outcomes: batch.outcomes.clone(),
            });
        }
        self.inputs += batch.input_count;
        for line in batch.outcomes.split_inclusive(|byte| *byte == b'\n') {
            self.last_outcome += 1;
            self.outcomes.insert(self.last_outcome, line.strip_suffix(b"\n").unwrap_or(line).to_vec());
        }
        self.notes.extend(batch.notes.clone());
    }

    fn is_after(&self, after: u64) -> Result<(), StoreError> {
        if after == self.inputs {
            return Ok(());
        }
        Err(StoreError::Overtaken { path: "memory".to_owned(), known: after, found: self.inputs })
    }
}

impl Store for MemoryStore {
    fn standing(&mut self, partition: Partition) -> Result<Standing, StoreError> {
        Ok(self.with(partition, |kept| Standing {
            inputs: kept.inputs,
            outcomes: kept.last_outcome,
            checkpoint: kept.checkpoint.clone(),
            journal_bytes: kept.journal.iter().map(|entry| entry.inputs.len() as u64).sum(),
            chunks: u32::try_from(kept.chunks.len()).unwrap_or(u32::MAX),
            notes: kept.notes.clone(),
        }))
    }

    fn commit(&mut self, partition: Partition, after: u64, batches: &[Batch]) -> Result<(), StoreError> {
        self.with(partition, |kept| {
            kept.is_after(after)?;
            batches.iter().for_each(|batch| kept.add(batch));
            Ok(())
        })
    }

    fn journal(&mut self, partition: Partition, after: u64) -> Result<Option<Entry>, StoreError> {
        Ok(self.with(partition, |kept| kept.journal.iter().find(|entry| entry.first > after).cloned()))
    }

    fn outcomes(&mut self, partition: Partition, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        Ok(self.with(partition, |kept| {
            let later = kept.outcomes.iter().filter(|(number, _)| **number > after);
            later.take(limit).map(|(number, line)| (*number, line.clone())).collect()
        }))
    }

    fn checkpoint(
        &mut self,
        partition: Partition,
        after: u64,
        batches: &[Batch],
        checkpoint: Checkpoint<'_>,
    ) -> Result<(), StoreError> {
        let Checkpoint { head, chunks, marks, anew } = checkpoint;
        let chunks: Result<Vec<_>, _> = chunks.collect();
        let chunks =
            chunks.map_err(|error| StoreError::Failed { path: "memory".to_owned(), reason: error.to_string() })?;
        self.with(partition, |kept| {
            kept.is_after(after)?;
            batches.iter().for_each(|batch| kept.add(batch));
            if anew {
                kept.chunks.clear();
                kept.marks.clear();
            }
            kept.chunks.extend(chunks);
            kept.marks.push(marks);
            kept.checkpoint = Some((kept.inputs, head));
            kept.journal.clear();
            Ok(())
        })
    }

    fn rest(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn chunks(&mut self, partition: Partition, each: &mut EachChunk<'_>) -> Result<(), StoreError> {
        self.with(partition, |kept| kept.chunks.iter().try_for_each(|(number, chunk)| each(*number, chunk)))
    }

    fn marks(&mut self, partition: Partition, each: &mut EachPiece<'_>) -> Result<(), StoreError> {
        self.with(partition, |kept| kept.marks.iter().try_for_each(|marks| each(marks)))
    }
}
