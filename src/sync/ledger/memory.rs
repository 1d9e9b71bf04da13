//! A ledger that keeps nothing beyond its own life: the dumb way that the other one is compared with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::changes::Difference;
use super::{Book, Changes, Ledger, LedgerError, Record};
use crate::sync::reconcile::Base;
use crate::sync::side::{Pair, Row, Side};

/// A ledger in memory. Clones are the same ledger.
#[derive(Debug, Clone, Default)]
pub struct MemoryLedger {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    book: Book,
    records: Vec<Record>,
    passes: Vec<(String, String)>,
}

impl MemoryLedger {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    fn load(&mut self) -> Result<Book, LedgerError> {
        Ok(self.kept().book.clone())
    }

    fn commit(&mut self, changes: &Changes) -> Result<(), LedgerError> {
        let mut kept = self.kept();
        let Changes {
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
        } = changes;
        let book = &mut kept.book;
        apply(&mut book.links, links);
        apply(&mut book.people, people);
        apply(&mut book.members, members);
        book.program = side(&book.program, program);
        book.campaign = side(&book.campaign, campaign);
        let mut rows = book.base.rows().iter().map(|row| (row.pair, *row)).collect();
        apply(&mut rows, base);
        let mut apart = book.base.held().iter().map(|held| (held.pair, *held)).collect();
        apply(&mut apart, held);
        book.base = Base::from_rows(rows.into_values().collect(), apart.into_values().collect());
        apply(&mut book.intents, intents);
        apply(&mut book.orders, orders);
        apply(&mut book.facts, facts);
        apply(&mut book.notes, notes);
        kept.records.extend(records.iter().cloned());
        kept.passes.extend(pass.clone());
        Ok(())
    }

    fn records(&mut self, since: &str) -> Result<Vec<Record>, LedgerError> {
        Ok(self.kept().records.iter().filter(|record| record.at.as_str() >= since).cloned().collect())
    }

    fn passes(&mut self, since: &str) -> Result<Vec<String>, LedgerError> {
        let kept = self.kept();
        let passes = kept.passes.iter().filter(|(started, _)| started.as_str() >= since);
        Ok(passes.map(|(_, report)| report.clone()).collect())
    }
}

fn apply<K: Ord + Clone, V: Clone>(map: &mut BTreeMap<K, V>, difference: &Difference<K, V>) {
    for key in &difference.gone {
        map.remove(key);
    }
    map.extend(difference.put.iter().cloned());
}

fn side(old: &Side, difference: &Difference<Pair, Row>) -> Side {
    let mut rows = old.rows().iter().map(|row| (row.pair, *row)).collect();
    apply(&mut rows, difference);
    Side::from_rows(rows.into_values().collect())
}
