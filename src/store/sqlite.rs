//! The embedded store: tables `people_…` in the database of a state directory.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use siphasher::sip::SipHasher13;

use super::database::Database;
use super::error::StoreError;
use super::keep::{Batch, Checkpoint, EachChunk, EachPiece, Entry, Partition, Standing, Store};
use super::migrations::Migration;

/// The room under whose name the tables are kept.
const ROOM: &str = "people";

/// The steps that make the tables. A released step is never edited. What stands in the blobs is part of the format too: a
/// change there is a step of its own, even when the tables stay as they are, so that older programs refuse it.
const MIGRATIONS: &[Migration] =
    &[Migration { name: "journal, outbox and checkpoint", sql: include_str!("people_1.sql") }];

/// The store in the database of a state directory.
#[derive(Debug)]
pub struct SqliteStore {
    database: Database,
}

impl SqliteStore {
    /// Takes a database and brings the tables up to date.
    ///
    /// # Errors
    ///
    /// When a newer program made them.
    pub fn open(mut database: Database) -> Result<Self, StoreError> {
        database.migrate(ROOM, MIGRATIONS)?;
        Ok(Self { database })
    }

    /// Takes a database that was opened for reading.
    ///
    /// # Errors
    ///
    /// When the tables are not those of this version, or nothing was kept yet.
    pub fn open_for_reading(database: Database) -> Result<Self, StoreError> {
        if database.is_up_to_date(ROOM, MIGRATIONS)? {
            return Ok(Self { database });
        }
        let path = database.path().display().to_string();
        Err(StoreError::Failed { path, reason: "nothing was kept there yet".to_owned() })
    }

    /// The database, for tables of other rooms.
    pub const fn database(&mut self) -> &mut Database {
        &mut self.database
    }

    fn damaged(&self, what: &str) -> StoreError {
        StoreError::Damaged { path: self.database.path().display().to_string(), reason: what.to_owned() }
    }

    /// Does some work in one transaction, if a partition has come exactly so far.
    fn write_after(
        &mut self,
        partition: Partition,
        after: u64,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let found = self.database.write(|it| {
            let (found, _) = heads(it, partition)?;
            if found == after {
                work(it)?;
            }
            Ok(found)
        })?;
        if found == after {
            return Ok(());
        }
        let path = self.database.path().display().to_string();
        Err(StoreError::Overtaken { path, known: after, found })
    }
}

/// A blob and its checksum, as they were read.
type Summed = (Vec<u8>, i64);

/// The checksum of bytes that belong to a place.
fn sum(place: u64, bytes: &[u8]) -> i64 {
    let mut hasher = SipHasher13::new();
    hasher.write_u64(place);
    hasher.write(bytes);
    hasher.finish().cast_signed()
}

/// The numbers of the last input and the last outcome.
fn heads(it: &Connection, partition: Partition) -> rusqlite::Result<(u64, u64)> {
    let sql = "SELECT inputs, outcomes FROM people_heads WHERE partition = ?1";
    let found = it.prepare_cached(sql)?.query_row([partition.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.unwrap_or((0, 0)))
}

fn put_notes(it: &Connection, partition: Partition, notes: &BTreeMap<String, Vec<u8>>) -> rusqlite::Result<()> {
    let sql = "INSERT INTO people_notes (partition, name, value) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET value = excluded.value";
    let mut put = it.prepare_cached(sql)?;
    for (name, value) in notes {
        put.execute(params![partition.0, name, value])?;
    }
    Ok(())
}

fn put_batches(it: &Connection, partition: Partition, batches: &[Batch]) -> rusqlite::Result<()> {
    let (mut inputs, mut outcomes) = heads(it, partition)?;
    for batch in batches {
        if batch.input_count > 0 {
            let sql = "INSERT INTO people_journal (partition, first, count, first_outcome, outcomes, bytes, sum) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            it.prepare_cached(sql)?.execute(params![
                partition.0,
                inputs + 1,
                batch.input_count,
                outcomes + 1,
                batch.outcome_count,
                batch.inputs,
                sum(inputs + 1, &batch.inputs)
            ])?;
        }
        if batch.outcome_count > 0 {
            let sql = "INSERT INTO people_outbox (partition, first, count, bytes, sum) VALUES (?1, ?2, ?3, ?4, ?5)";
            it.prepare_cached(sql)?.execute(params![
                partition.0,
                outcomes + 1,
                batch.outcome_count,
                batch.outcomes,
                sum(outcomes + 1, &batch.outcomes)
            ])?;
        }
        inputs += batch.input_count;
        outcomes += batch.outcome_count;
        put_notes(it, partition, &batch.notes)?;
    }
    let sql = "INSERT INTO people_heads (partition, inputs, outcomes) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET inputs = excluded.inputs, outcomes = excluded.outcomes";
    it.prepare_cached(sql)?.execute(params![partition.0, inputs, outcomes])?;
    Ok(())
}

fn put_checkpoint(it: &Connection, partition: Partition, checkpoint: Checkpoint<'_>) -> rusqlite::Result<()> {
    let Checkpoint { head, chunks, marks, anew } = checkpoint;
    let (inputs, _) = heads(it, partition)?;
    if anew {
        it.execute("DELETE FROM people_chunks WHERE partition = ?1", [partition.0])?;
        it.execute("DELETE FROM people_marks WHERE partition = ?1", [partition.0])?;
    }
    let sql = "INSERT INTO people_chunks (partition, number, bytes, sum) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET bytes = excluded.bytes, sum = excluded.sum";
    let mut put = it.prepare_cached(sql)?;
    for chunk in chunks {
        let (number, bytes) = chunk.map_err(rusqlite::Error::ToSqlConversionFailure)?;
        put.execute(params![partition.0, number, bytes, sum(u64::from(number), &bytes)])?;
    }
    if !marks.is_empty() {
        let sql = "INSERT INTO people_marks (partition, number, bytes, sum) \
                   SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3 FROM people_marks WHERE partition = ?1";
        it.prepare_cached(sql)?.execute(params![partition.0, marks, sum(0, &marks)])?;
    }
    let sql = "INSERT INTO people_checkpoints (partition, inputs, head, sum) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET inputs = excluded.inputs, head = excluded.head, sum = excluded.sum";
    it.execute(sql, params![partition.0, inputs, head, sum(inputs, &head)])?;
    it.execute("DELETE FROM people_journal WHERE partition = ?1 AND first <= ?2", params![partition.0, inputs])?;
    Ok(())
}

impl Store for SqliteStore {
    fn standing(&mut self, partition: Partition) -> Result<Standing, StoreError> {
        let (standing, checkpoint) = self.database.read(|it| {
            let (inputs, outcomes) = heads(it, partition)?;
            let checkpoint: Option<(u64, Vec<u8>, i64)> = it
                .query_row(
                    "SELECT inputs, head, sum FROM people_checkpoints WHERE partition = ?1",
                    [partition.0],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let number = |sql: &str| it.query_row(sql, [partition.0], |row| row.get::<_, u64>(0));
            let journal = "SELECT coalesce(sum(length(bytes)), 0) FROM people_journal WHERE partition = ?1";
            let chunks = number("SELECT count(*) FROM people_chunks WHERE partition = ?1")?;
            let mut notes = it.prepare("SELECT name, value FROM people_notes WHERE partition = ?1 ORDER BY name")?;
            let notes = notes.query_map([partition.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let standing = Standing {
                inputs,
                outcomes,
                checkpoint: None,
                journal_bytes: number(journal)?,
                chunks: u32::try_from(chunks).unwrap_or(u32::MAX),
                notes: notes.collect::<rusqlite::Result<_>>()?,
            };
            Ok((standing, checkpoint))
        })?;
        let checkpoint = match checkpoint {
            None => None,
            Some((inputs, head, written)) if sum(inputs, &head) == written => Some((inputs, head)),
            Some(_) => return Err(self.damaged("the head of the checkpoint is not what was written")),
        };
        Ok(Standing { checkpoint, ..standing })
    }

    fn commit(&mut self, partition: Partition, after: u64, batches: &[Batch]) -> Result<(), StoreError> {
        self.write_after(partition, after, |it| put_batches(it, partition, batches))
    }

    fn journal(&mut self, partition: Partition, after: u64) -> Result<Option<Entry>, StoreError> {
        type Row = (u64, u64, u64, u64, Summed);
        let row: Option<Row> = self.database.read(|it| {
            let sql = "SELECT first, count, first_outcome, outcomes, bytes, sum FROM people_journal \
                       WHERE partition = ?1 AND first > ?2 ORDER BY first LIMIT 1";
            let mut find = it.prepare_cached(sql)?;
            let found = find.query_row(params![partition.0, after], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, (row.get(4)?, row.get(5)?)))
            });
            found.optional()
        })?;
        let Some((first, count, first_outcome, outcome_count, (inputs, written))) = row else { return Ok(None) };
        if sum(first, &inputs) != written {
            return Err(self.damaged(&format!("the inputs from number {first} on are not what was written")));
        }
        let mut outcomes = Vec::new();
        let wanted = usize::try_from(outcome_count).unwrap_or(usize::MAX);
        for (_, line) in self.outcomes(partition, first_outcome.saturating_sub(1), wanted)? {
            outcomes.extend_from_slice(&line);
            outcomes.push(b'\n');
        }
        Ok(Some(Entry { first, count, inputs, outcomes }))
    }

    fn outcomes(&mut self, partition: Partition, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let mut found = Vec::new();
        let mut after = after;
        while found.len() < limit {
            // No number is greater than the greatest that the database knows.
            let Ok(next) = i64::try_from(after.saturating_add(1)) else { break };
            // The batch that holds the next number, or the first one behind a gap.
            let row: Option<(u64, u64, Summed)> = self.database.read(|it| {
                let sql = "SELECT first, count, bytes, sum FROM people_outbox \
                           WHERE partition = ?1 AND first + count > ?2 AND first >= \
                           coalesce((SELECT max(first) FROM people_outbox WHERE partition = ?1 AND first <= ?2), 0) \
                           ORDER BY first LIMIT 1";
                let mut find = it.prepare_cached(sql)?;
                let found = find.query_row(params![partition.0, next], |row| {
                    Ok((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?)))
                });
                found.optional()
            })?;
            let Some((first, count, (bytes, written))) = row else { break };
            if sum(first, &bytes) != written {
                return Err(
                    self.damaged(&format!("the action records from number {first} on are not what was written"))
                );
            }
            let lines = (first..).zip(bytes.split(|byte| *byte == b'\n'));
            for (number, line) in lines.take(usize::try_from(count).unwrap_or(usize::MAX)) {
                if number > after && found.len() < limit {
                    found.push((number, line.to_vec()));
                }
            }
            after = after.max(first + count - 1);
        }
        Ok(found)
    }

    fn checkpoint(
        &mut self,
        partition: Partition,
        after: u64,
        batches: &[Batch],
        checkpoint: Checkpoint<'_>,
    ) -> Result<(), StoreError> {
        self.write_after(partition, after, |it| {
            put_batches(it, partition, batches)?;
            put_checkpoint(it, partition, checkpoint)
        })
    }

    fn rest(&mut self) -> Result<(), StoreError> {
        self.database.empty_log()
    }

    fn chunks(&mut self, partition: Partition, each: &mut EachChunk<'_>) -> Result<(), StoreError> {
        let path = self.database.path().display().to_string();
        let sql = "SELECT number, bytes, sum FROM people_chunks WHERE partition = ?1 ORDER BY number";
        self.database.read(|it| {
            let mut all = it.prepare(sql)?;
            let mut rows = all.query([partition.0])?;
            while let Some(row) = rows.next()? {
                let number: u32 = row.get(0)?;
                let bytes = row.get_ref(1)?.as_blob()?;
                if sum(u64::from(number), bytes) != row.get::<_, i64>(2)? {
                    let reason = format!("chunk {number} of the people is not what was written");
                    return Ok(Err(StoreError::Damaged { path: path.clone(), reason }));
                }
                if let Err(error) = each(number, bytes) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }

    fn marks(&mut self, partition: Partition, each: &mut EachPiece<'_>) -> Result<(), StoreError> {
        let path = self.database.path().display().to_string();
        let sql = "SELECT bytes, sum FROM people_marks WHERE partition = ?1 ORDER BY number";
        self.database.read(|it| {
            let mut all = it.prepare(sql)?;
            let mut rows = all.query([partition.0])?;
            while let Some(row) = rows.next()? {
                let bytes = row.get_ref(0)?.as_blob()?;
                if sum(0, bytes) != row.get::<_, i64>(1)? {
                    let reason = "the marks of handled events are not what was written".to_owned();
                    return Ok(Err(StoreError::Damaged { path: path.clone(), reason }));
                }
                if let Err(error) = each(bytes) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }
}
