//! What is to be done: the pure decision, and what of it people are told.

use super::facts::About;
use super::push::{Why, Write};
use super::{How, Object, Sync, Trouble};
use crate::sync::evaluator::Evaluator;
use crate::sync::ledger::{Kind, Which};
use crate::sync::reconcile::{
    Backward, BaseRow, Link, Offered, Operation, Record, RecordKind, Winner, Work, reconcile,
};
use crate::sync::side::{Pair, Status};
use crate::sync::wire::Outside;

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Compares both sides and writes down, not yet durably, what both agree on and what people are told.
    pub(super) fn decide(&mut self, how: How) -> Result<Work, Trouble> {
        let links = self.policies();
        if !how.dry {
            self.settle_sent();
        }
        let book = self.entries.book();
        let mut work = reconcile(&links, &book.base, &book.program, &book.campaign, self.now());
        // While a member is removed and added again, a missing one is no removal.
        let apart: std::collections::BTreeSet<Pair> = book.intents.keys().copied().collect();
        work.program.retain(|operation| !apart.contains(&operation.pair));
        work.campaign.retain(|operation| !apart.contains(&operation.pair));
        work.records.retain(|record| !apart.contains(&record.pair));
        work.settled.retain(|row| !apart.contains(&row.pair));
        work.held.retain(|held| !apart.contains(&held.pair));
        work.held.extend(apart.iter().filter_map(|pair| book.base.held_at(*pair)));
        work.held.sort_by_key(|held| held.pair);
        if how.dry {
            return Ok(work);
        }
        for record in &work.records {
            self.decided(record);
        }
        self.entries.settle(std::mem::take(&mut work.settled));
        self.entries.hold(work.held.clone());
        Ok(work)
    }

    /// Links as the decision sees them, by their number.
    fn policies(&self) -> Vec<Option<Link>> {
        let mut all: Vec<Option<Link>> = Vec::new();
        for (number, link) in self.standing() {
            let Some(offer) = self.offers.get(&number).filter(|_| link.is_both()) else { continue };
            let name = link.program.as_ref().map_or("", |end| &end.name);
            let program = self.rules.programs.iter().find(|program| program.name == name);
            let offered = |status: &String| Offered {
                step: offer.program.iter().find(|own| own.name == *status).map(|own| own.step),
                campaign: offer.campaign.iter().any(|own| own.label == *status),
            };
            let at = number as usize;
            if all.len() <= at {
                all.resize(at + 1, None);
            }
            if let Some(place) = all.get_mut(at) {
                *place = Some(Link {
                    first: link.first,
                    on_conflict: program.and_then(|own| own.on_conflict).unwrap_or(self.policy.on_conflict),
                    backward: program.and_then(|own| own.backward).unwrap_or(self.policy.backward),
                    statuses: link.statuses.iter().map(offered).collect(),
                });
            }
        }
        all
    }

    /// Writes down one record.
    fn decided(&mut self, record: &Record) {
        let Record { pair, kind, program, campaign, base } = *record;
        let name = |status: Status| self.name(pair, status);
        let mut about =
            About { program: name(program), campaign: name(campaign), base: name(base), ..About::default() };
        let shown = |status: &Option<String>| status.clone().unwrap_or_else(|| "no member".to_owned());
        let (ours, theirs) = (shown(&about.program), shown(&about.campaign));
        let (kind, message) = match kind {
            RecordKind::Conflict(winner) => {
                let (which, stands) = match winner {
                    Winner::Program => (Which::Program, &ours),
                    Winner::Campaign => (Which::Campaign, &theirs),
                };
                about.winner = Some(which);
                (
                    Kind::Conflict,
                    format!("both sides changed, the program to {ours} and the campaign to {theirs}: {stands} stands"),
                )
            }
            RecordKind::Backward(Backward::Restore) => {
                about.winner = Some(Which::Program);
                (Kind::Backward, format!("the campaign went back to {theirs}, and gets {ours} again"))
            }
            RecordKind::Backward(Backward::Refuse | Backward::Accept) => {
                let message =
                    format!("the campaign went back to {theirs}; both sides stay as they are until one changes");
                (Kind::Backward, message)
            }
            RecordKind::UnknownStatus(side) => {
                self.report.count(Object::Link).skipped += 1;
                let message = match side {
                    Winner::Program => format!(
                        "the campaign does not have the status {ours}: in Salesforce, add it to the campaign's member \
                         statuses"
                    ),
                    Winner::Campaign => format!(
                        "the program's channel does not have the status {theirs}: add it there, or give the member \
                         another status in Salesforce"
                    ),
                };
                (Kind::UnknownStatus, message)
            }
        };
        self.say(kind, pair, about, message);
    }

    /// The operations as writes to both sides; what an earlier pass began comes first.
    pub(super) fn writes(&self, work: &Work) -> (Vec<Write>, Vec<Write>) {
        let book = self.entries.book();
        let begun = book.intents.iter().map(|(pair, to)| {
            let version = book.base.row(*pair).map_or(0, |row| row.version).saturating_add(1);
            let base = BaseRow { pair: *pair, version, status: *to };
            Write { pair: *pair, from: None, to: *to, lower: true, why: Why::Agree(base) }
        });
        let write = |operation: &Operation| Write {
            pair: operation.pair,
            from: Some(operation.from),
            to: operation.to,
            lower: operation.lower,
            why: Why::Agree(operation.settles()),
        };
        (begun.chain(work.program.iter().map(write)).collect(), work.campaign.iter().map(write).collect())
    }
}
