//! The difference of two books: what a commit writes.

use std::collections::BTreeMap;

use super::{Book, Link, Member, Person, Record};
use crate::sync::reconcile::{BaseRow, Held};
use crate::sync::side::{Pair, Row, Status};

/// Entries that are new or other than before, and those that are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<K, V> {
    /// New, or in place of an old one.
    pub put: Vec<(K, V)>,
    /// No longer there.
    pub gone: Vec<K>,
}

impl<K, V> Default for Difference<K, V> {
    fn default() -> Self {
        Self { put: Vec::new(), gone: Vec::new() }
    }
}

impl<K, V> Difference<K, V> {
    fn is_empty(&self) -> bool {
        self.put.is_empty() && self.gone.is_empty()
    }
}

/// What is to be kept, in one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Links.
    pub links: Difference<u32, Link>,
    /// People.
    pub people: Difference<u32, Person>,
    /// Campaign members.
    pub members: Difference<String, Member>,
    /// Rows of the program side.
    pub program: Difference<Pair, Row>,
    /// Rows of the campaign side.
    pub campaign: Difference<Pair, Row>,
    /// Rows of the base.
    pub base: Difference<Pair, BaseRow>,
    /// Pairs that are left apart.
    pub held: Difference<Pair, Held>,
    /// Open intents.
    pub intents: Difference<Pair, Status>,
    /// Notes.
    pub notes: Difference<String, String>,
    /// Records, which are only ever added.
    pub records: Vec<Record>,
    /// The report of a pass that ended: when it began, and the report as JSON.
    pub pass: Option<(String, String)>,
}

impl Changes {
    /// What turns `old` into `new`.
    pub fn between(old: &Book, new: &Book) -> Self {
        Self {
            links: maps(&old.links, &new.links),
            people: maps(&old.people, &new.people),
            members: maps(&old.members, &new.members),
            program: rows(old.program.rows(), new.program.rows(), |row| row.pair),
            campaign: rows(old.campaign.rows(), new.campaign.rows(), |row| row.pair),
            base: rows(old.base.rows(), new.base.rows(), |row| row.pair),
            held: rows(old.base.held(), new.base.held(), |held| held.pair),
            intents: maps(&old.intents, &new.intents),
            notes: maps(&old.notes, &new.notes),
            records: Vec::new(),
            pass: None,
        }
    }

    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        let Self { links, people, members, program, campaign, base, held, intents, notes, records, pass } = self;
        links.is_empty()
            && people.is_empty()
            && members.is_empty()
            && program.is_empty()
            && campaign.is_empty()
            && base.is_empty()
            && held.is_empty()
            && intents.is_empty()
            && notes.is_empty()
            && records.is_empty()
            && pass.is_none()
    }
}

fn maps<K: Ord + Clone, V: PartialEq + Clone>(old: &BTreeMap<K, V>, new: &BTreeMap<K, V>) -> Difference<K, V> {
    let put = new.iter().filter(|(key, value)| old.get(*key) != Some(*value));
    let put = put.map(|(key, value)| (key.clone(), value.clone())).collect();
    let gone = old.keys().filter(|key| !new.contains_key(*key)).cloned().collect();
    Difference { put, gone }
}

/// The same of two sorted lists, walked once.
fn rows<T: PartialEq + Copy>(mut old: &[T], mut new: &[T], key: impl Fn(&T) -> Pair) -> Difference<Pair, T> {
    let mut difference = Difference::default();
    loop {
        match (old.split_first(), new.split_first()) {
            (None, None) => return difference,
            (Some((a, rest)), b) if b.is_none_or(|(b, _)| key(a) < key(b)) => {
                difference.gone.push(key(a));
                old = rest;
            }
            (a, Some((b, rest))) => {
                match a.filter(|(a, _)| key(a) == key(b)) {
                    Some((a, old_rest)) => {
                        if a != b {
                            difference.put.push((key(b), *b));
                        }
                        old = old_rest;
                    }
                    None => difference.put.push((key(b), *b)),
                }
                new = rest;
            }
            (Some(_), None) => return difference,
        }
    }
}
