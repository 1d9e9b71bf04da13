//! What a commit writes.

use super::{Fact, Link, Member, Order, Person, Record};
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

    /// Adds entries by their keys, each as it is now; those that are not there are gone.
    pub(super) fn fill(&mut self, keys: impl IntoIterator<Item = K>, now: impl Fn(&K) -> Option<V>) {
        for key in keys {
            match now(&key) {
                Some(value) => self.put.push((key, value)),
                None => self.gone.push(key),
            }
        }
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
    /// Orders of flows.
    pub orders: Difference<u64, Order>,
    /// What the rules were not told yet.
    pub facts: Difference<u64, Fact>,
    /// Notes.
    pub notes: Difference<String, String>,
    /// Records, which are only ever added.
    pub records: Vec<Record>,
    /// The report of a pass that ended: when it began, and the report as JSON.
    pub pass: Option<(String, String)>,
}

impl Changes {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        let Self {
            links,
            people,
            members,
            program,
            campaign,
            base,
            held,
            intents,
            orders,
            facts,
            notes,
            records,
            pass,
        } = self;
        links.is_empty()
            && people.is_empty()
            && members.is_empty()
            && program.is_empty()
            && campaign.is_empty()
            && base.is_empty()
            && held.is_empty()
            && intents.is_empty()
            && orders.is_empty()
            && facts.is_empty()
            && notes.is_empty()
            && records.is_empty()
            && pass.is_none()
    }
}
