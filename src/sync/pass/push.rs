//! Writes, whatever side they go to: what is wanted, and what reading back says about it.

use super::facts::About;
use super::{Object, Sync};
use crate::sync::evaluator::Evaluator;
use crate::sync::ledger::{Kind, Move, Which};
use crate::sync::reconcile::BaseRow;
use crate::sync::side::{Pair, Row, Seconds, Status};
use crate::sync::wire::Outside;

/// So many records go out between two commits.
pub(super) const WRITTEN_AT_ONCE: usize = 200;

/// Why something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// So that both sides agree; then this is what they agree on.
    Agree(BaseRow),
    /// A flow did it; its order is struck out then.
    Order {
        number: u64,
        /// Whether a membership that is there already stays as it is.
        add: bool,
    },
}

/// Something that a side is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) pair: Pair,
    /// What it showed when that was decided; nothing where it does not matter.
    pub(super) from: Option<Status>,
    pub(super) to: Status,
    /// On the program side: `to` has a lower step.
    pub(super) lower: bool,
    pub(super) why: Why,
}

/// What a side shows of a pair right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) status: Status,
    /// Nothing where there is no member.
    pub(super) stamp: Option<Seconds>,
}

impl Shown {
    pub(super) const NOTHING: Self = Self { status: Status::NONE, stamp: None };
}

/// What is to be done about a write after a look at what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It is there already.
    Done,
    /// Write it.
    Write,
    /// Somebody changed it in the meantime, or the look was an old one: the next pass decides anew.
    Changed,
    /// What is there stays.
    Stays,
}

impl Write {
    /// Compares what is there with what was there when it was decided.
    pub(super) fn look(&self, shown: Shown, known: Option<&Row>) -> Look {
        if shown.status == self.to {
            return Look::Done;
        }
        if let Why::Order { add: true, .. } = self.why
            && shown.status != Status::NONE
        {
            return Look::Stays;
        }
        // Removing somebody who is not there is done; adding by a change is what the rules decided.
        let Some(from) = self.from else { return Look::Write };
        let is_old = shown.stamp.zip(known).is_some_and(|(stamp, known)| stamp < known.stamp);
        if shown.status == from && !is_old { Look::Write } else { Look::Changed }
    }
}

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// What a write asked for is there: what the side shows and what both agree on move together.
    pub(super) fn confirm(&mut self, which: Which, write: &Write, stamp: Option<Seconds>) {
        let known = match which {
            Which::Program => self.entries.book().program.row(write.pair),
            Which::Campaign => self.entries.book().campaign.row(write.pair),
        };
        let known = known.copied();
        let stamp = match stamp {
            Some(stamp) => stamp,
            // A removal has no stamp of its own: a little later than what was there, so that an old page brings nobody back.
            None => Seconds(known.map_or(0, |known| known.stamp.0).saturating_add(1)),
        };
        let stamp = Seconds(known.map_or(0, |known| known.stamp.0).max(stamp.0));
        if known.is_none_or(|known| known.status != write.to || known.stamp != stamp) {
            let since = match known.filter(|known| known.status == write.to) {
                Some(known) => known.since,
                None => stamp.min(self.now()),
            };
            let row = Row { pair: write.pair, since, stamp, status: write.to };
            let moves = self.entries.write(which, vec![row]);
            self.tell_moves(which, &moves, false);
        }
        if which == Which::Campaign && write.to == Status::NONE {
            for id in self.entries.members_of(write.pair).to_vec() {
                self.entries.set_member(&id, None);
            }
        }
        self.strike_out(write);
        if let Why::Agree(base) = write.why {
            self.has_arrived(which, write.pair);
            self.entries.settle(vec![base]);
        }
    }

    /// An order is done, or of no more use.
    pub(super) fn strike_out(&mut self, write: &Write) {
        if let Why::Order { number, .. } = write.why {
            self.entries.order(number, None);
        }
    }

    /// What was read back after a write is something else: the org's own automation changed it again. The base takes what
    /// was asked for, so that the other side is not taken for the changed one.
    pub(super) fn written_over(&mut self, which: Which, write: &Write) {
        self.strike_out(write);
        if let Why::Agree(base) = write.why {
            self.has_arrived(which, write.pair);
            self.entries.settle(vec![base]);
        }
    }

    /// What a flow did could not be done outside, or is not there any more: the rules are told what is. Silently, where nobody
    /// did anything.
    pub(super) fn set_rules_right(&mut self, which: Which, write: &Write, silent: bool) {
        let Why::Order { .. } = write.why else { return };
        let to = self.status_on(which, write.pair);
        if to != write.to {
            let at = self.now();
            self.tell_moves(which, &[Move { pair: write.pair, from: write.to, to, at }], silent);
        }
    }

    /// Counts what was done.
    pub(super) fn count_written(&mut self, object: Object, from: Status, to: Status) {
        let counts = self.report.count(object);
        if to == Status::NONE {
            counts.deleted += 1;
        } else if from == Status::NONE {
            counts.new += 1;
        } else {
            counts.updated += 1;
        }
    }

    /// Something was refused for good, in this pass.
    pub(super) fn refused(&mut self, object: Object, write: &Write, code: &str, message: &str) {
        self.report.count(object).failed += 1;
        self.say_failed(write.pair, code, message);
        // A flow does not try again by itself.
        self.strike_out(write);
        let which = if object == Object::ProgramMember { Which::Program } else { Which::Campaign };
        self.set_rules_right(which, write, true);
    }

    /// Whether something of a person is left to do for whom there is no record on a side: not where it was refused.
    pub(super) fn is_to_be_made(&self, write: &Write) -> bool {
        !self.refused.contains_key(&write.pair.person())
    }

    /// A person for whom nothing can be done.
    pub(super) fn is_stopped(&mut self, object: Object, write: &Write) -> bool {
        let Some(why) = self.entries.person(write.pair.person()).stopped else { return false };
        self.report.count(object).failed += 1;
        self.say_failed(write.pair, "AMBIGUOUS", &why);
        true
    }

    /// A status that the campaign no longer has.
    pub(super) fn lost_status(&mut self, write: &Write) {
        self.report.count(Object::CampaignMember).skipped += 1;
        let name = self.name(write.pair, write.to).unwrap_or_default();
        let about = About {
            program: Some(name.clone()),
            campaign: self.name(write.pair, self.status_on(Which::Campaign, write.pair)),
            ..About::default()
        };
        let message = format!(
            "the campaign does not have the status {name}: in Salesforce, add it to the campaign's member statuses"
        );
        self.say(Kind::UnknownStatus, write.pair, about, message);
        self.strike_out(write);
        self.set_rules_right(Which::Campaign, write, true);
    }
}
