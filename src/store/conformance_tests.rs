//! What every store must do, asked of each of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use super::keep::{Batch, Checkpoint, NumberedChunk, Partition, Store};
use super::{Database, MemoryStore, SqliteStore, StateDirectory, StoreError};

const P: Partition = Partition(0);
const OTHER: Partition = Partition(7);

/// A store that can be closed and opened again.
trait Place {
    fn open(&self) -> Box<dyn Store>;
}

impl Place for MemoryStore {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.clone())
    }
}

struct Folder {
    directory: StateDirectory,
    _folder: tempfile::TempDir,
}

impl Place for Folder {
    fn open(&self) -> Box<dyn Store> {
        Box::new(SqliteStore::open(Database::open(&self.directory).unwrap()).unwrap())
    }
}

fn everywhere(ask: impl Fn(&dyn Place)) {
    ask(&MemoryStore::default());
    let folder = tempfile::tempdir().unwrap();
    ask(&Folder { directory: StateDirectory::open(folder.path(), "test").unwrap(), _folder: folder });
}

/// A batch with so many inputs, and these action records.
fn batch(inputs: u64, outcomes: &[&str]) -> Batch {
    Batch {
        inputs: format!("{inputs} inputs").into_bytes(),
        input_count: inputs,
        outcomes: outcomes.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect(),
        outcome_count: outcomes.len() as u64,
        notes: BTreeMap::new(),
    }
}

fn lines(store: &mut dyn Store, after: u64, limit: usize) -> Vec<(u64, String)> {
    let found = store.outcomes(P, after, limit).unwrap();
    found.into_iter().map(|(number, line)| (number, String::from_utf8(line).unwrap())).collect()
}

fn checkpoint(store: &mut dyn Store, after: u64, chunks: &[(u32, &str)], marks: &str, anew: bool) {
    let mut chunks = chunks.iter().map(|(number, text)| -> NumberedChunk { Ok((*number, text.as_bytes().to_vec())) });
    let head = format!("after {after}").into_bytes();
    let taken = Checkpoint { head, chunks: &mut chunks, marks: marks.as_bytes().to_vec(), anew };
    store.checkpoint(P, after, &[], taken).unwrap();
}

fn chunks(store: &mut dyn Store) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let mut each = |number, bytes: &[u8]| {
        found.push((number, String::from_utf8(bytes.to_vec()).unwrap()));
        Ok(())
    };
    store.chunks(P, &mut each).unwrap();
    found
}

fn marks(store: &mut dyn Store) -> String {
    let mut found = Vec::new();
    let mut each = |bytes: &[u8]| {
        found.extend_from_slice(bytes);
        Ok(())
    };
    store.marks(P, &mut each).unwrap();
    String::from_utf8(found).unwrap()
}

#[test]
fn a_new_store_knows_nothing() {
    everywhere(|place| {
        let mut store = place.open();
        let standing = store.standing(P).unwrap();
        assert_eq!((standing.inputs, standing.outcomes, standing.checkpoint), (0, 0, None));
        assert!(standing.notes.is_empty());
        assert_eq!(store.journal(P, 0).unwrap(), None);
        assert!(lines(&mut *store, 0, 10).is_empty() && chunks(&mut *store).is_empty());
    });
}

#[test]
fn batches_are_numbered_and_found_again() {
    everywhere(|place| {
        let mut store = place.open();
        store.commit(P, 0, &[batch(2, &["a", "b", "c"]), batch(1, &[])]).unwrap();
        store.commit(P, 3, &[batch(4, &["d"])]).unwrap();
        drop(store);
        let mut store = place.open();
        let standing = store.standing(P).unwrap();
        assert_eq!((standing.inputs, standing.outcomes), (7, 4));
        let first = store.journal(P, 0).unwrap().unwrap();
        assert_eq!((first.first, first.count, first.inputs.as_slice()), (1, 2, &b"2 inputs"[..]));
        assert_eq!(first.outcomes, b"a\nb\nc\n");
        assert_eq!(store.journal(P, 2).unwrap().unwrap().outcomes, b"");
        assert_eq!(store.journal(P, 3).unwrap().unwrap().first, 4);
        assert_eq!(store.journal(P, 7).unwrap(), None);
    });
}

#[test]
fn action_records_are_given_from_any_number_on() {
    everywhere(|place| {
        let mut store = place.open();
        store
            .commit(P, 0, &[batch(1, &["a", "b", "c"]), batch(1, &[]), batch(1, &["d"]), batch(1, &["e", "f"])])
            .unwrap();
        let all = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")];
        for after in 0..8 {
            for limit in 0..8 {
                let expected = all.iter().filter(|(number, _)| *number > after).take(limit);
                let expected: Vec<(u64, String)> = expected.map(|(n, line)| (*n, (*line).to_owned())).collect();
                assert_eq!(lines(&mut *store, after, limit), expected, "{after} {limit}");
            }
        }
    });
}

#[test]
fn who_was_overtaken_commits_nothing() {
    everywhere(|place| {
        let mut store = place.open();
        store.commit(P, 0, &[batch(2, &["a"])]).unwrap();
        let before = store.standing(P).unwrap();
        let mut wrong = batch(1, &["x"]);
        wrong.notes.insert("n".to_owned(), vec![1]);
        let error = store.commit(P, 0, std::slice::from_ref(&wrong)).unwrap_err();
        assert!(matches!(error, StoreError::Overtaken { known: 0, found: 2, .. }), "{error}");
        let taken = Checkpoint { head: vec![1], chunks: &mut std::iter::empty(), marks: vec![1], anew: true };
        let error = store.checkpoint(P, 3, &[wrong], taken).unwrap_err();
        assert!(matches!(error, StoreError::Overtaken { known: 3, found: 2, .. }), "{error}");
        assert_eq!(store.standing(P).unwrap(), before);
    });
}

#[test]
fn partitions_know_nothing_of_each_other() {
    everywhere(|place| {
        let mut store = place.open();
        let mut noted = batch(1, &["other"]);
        noted.notes.insert("n".to_owned(), vec![1]);
        store.commit(OTHER, 0, &[noted]).unwrap();
        store.commit(P, 0, &[batch(5, &["mine"])]).unwrap();
        let taken =
            Checkpoint { head: vec![9], chunks: &mut std::iter::once(Ok((0, vec![9]))), marks: vec![9], anew: true };
        store.checkpoint(OTHER, 1, &[], taken).unwrap();
        assert_eq!(lines(&mut *store, 0, 9), [(1, "mine".to_owned())]);
        assert!(chunks(&mut *store).is_empty() && marks(&mut *store).is_empty());
        let (mine, other) = (store.standing(P).unwrap(), store.standing(OTHER).unwrap());
        assert_eq!((mine.inputs, mine.checkpoint, mine.notes.len(), mine.chunks), (5, None, 0, 0));
        assert_eq!((other.inputs, other.checkpoint, other.notes.len(), other.chunks), (1, Some((1, vec![9])), 1, 1));
        assert!(store.journal(P, 0).unwrap().is_some());
    });
}

#[test]
fn notes_are_committed_with_their_batch_and_replace_each_other() {
    everywhere(|place| {
        let mut store = place.open();
        let noted = |notes: &[(&str, u8)]| Batch {
            notes: notes.iter().map(|(name, value)| ((*name).to_owned(), vec![*value])).collect(),
            ..Batch::default()
        };
        store.commit(P, 0, &[noted(&[("a", 1), ("b", 1)]), noted(&[("a", 2)])]).unwrap();
        store.commit(P, 0, &[noted(&[("c", 3)])]).unwrap();
        let notes = place.open().standing(P).unwrap().notes;
        let found: Vec<(&str, u8)> = notes.iter().map(|(name, value)| (name.as_str(), value[0])).collect();
        assert_eq!(found, [("a", 2), ("b", 1), ("c", 3)]);
    });
}

#[test]
fn a_checkpoint_takes_the_place_of_the_journal_and_keeps_what_it_does_not_name() {
    everywhere(|place| {
        let mut store = place.open();
        store.commit(P, 0, &[batch(2, &["a"])]).unwrap();
        checkpoint(&mut *store, 2, &[(0, "x"), (1, "y")], "m", false);
        assert_eq!(store.journal(P, 0).unwrap(), None);
        store.commit(P, 2, &[batch(1, &["b"])]).unwrap();
        assert_eq!(store.journal(P, 2).unwrap().unwrap().outcomes, b"b\n");
        checkpoint(&mut *store, 3, &[(1, "Y"), (2, "z")], "n", false);
        let mut store = place.open();
        assert_eq!(store.standing(P).unwrap().checkpoint, Some((3, b"after 3".to_vec())));
        let expected = [(0, "x"), (1, "Y"), (2, "z")].map(|(number, text)| (number, text.to_owned()));
        assert_eq!((chunks(&mut *store), marks(&mut *store).as_str()), (expected.to_vec(), "mn"));
        assert_eq!(lines(&mut *store, 0, 9).len(), 2, "action records stay");
        assert_eq!(lines(&mut *store, u64::MAX, 9), [], "nothing comes after every number");
        checkpoint(&mut *store, 3, &[(0, "q")], "o", true);
        assert_eq!((chunks(&mut *store), marks(&mut *store).as_str()), (vec![(0, "q".to_owned())], "o"));
    });
}

#[test]
fn a_checkpoint_and_its_batches_are_kept_together_or_not_at_all() {
    everywhere(|place| {
        let mut store = place.open();
        let wrong = || -> NumberedChunk { Err("no".into()) };
        let mut half = [Ok((0, vec![1])), wrong()].into_iter();
        let taken = Checkpoint { head: vec![1], chunks: &mut half, marks: vec![1], anew: false };
        store.checkpoint(P, 0, &[batch(1, &["a"])], taken).unwrap_err();
        let standing = place.open().standing(P).unwrap();
        assert_eq!((standing.inputs, standing.outcomes, standing.chunks, standing.checkpoint), (0, 0, 0, None));
        let taken = Checkpoint { head: vec![1], chunks: &mut std::iter::empty(), marks: vec![], anew: false };
        store.checkpoint(P, 0, &[batch(1, &["a"])], taken).unwrap();
        assert_eq!(store.standing(P).unwrap().checkpoint, Some((1, vec![1])));
        assert_eq!((store.journal(P, 0).unwrap(), lines(&mut *store, 0, 9).len()), (None, 1));
    });
}

/// Only of files: somebody changes what was written.
#[test]
fn what_is_not_what_was_written_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let place = Folder { directory: StateDirectory::open(folder.path(), "test").unwrap(), _folder: folder };
    let mut store = place.open();
    store.commit(P, 0, &[batch(2, &["a"])]).unwrap();
    checkpoint(&mut *store, 2, &[(0, "x")], "m", false);
    store.commit(P, 2, &[batch(2, &["b"])]).unwrap();
    drop(store);
    let spoil = |table: &str| {
        let mut database = Database::open(&place.directory).unwrap();
        database.write(|it| it.execute(&format!("UPDATE {table} SET sum = sum + 1"), [])).unwrap();
    };
    for table in ["people_journal", "people_outbox", "people_chunks", "people_marks", "people_checkpoints"] {
        spoil(table);
        let mut store = place.open();
        let found = store
            .standing(P)
            .and_then(|_| store.journal(P, 2).map(drop))
            .and_then(|()| store.outcomes(P, 0, 9).map(drop))
            .and_then(|()| store.chunks(P, &mut |_, _| Ok(())))
            .and_then(|()| store.marks(P, &mut |_| Ok(())));
        assert!(matches!(found, Err(StoreError::Damaged { .. })), "{table}: {found:?}");
        drop(store);
        let mut database = Database::open(&place.directory).unwrap();
        database.write(|it| it.execute(&format!("UPDATE {table} SET sum = sum - 1"), [])).unwrap();
    }
}
