//! What was sent: written down before a call, until it is known what became of it.
//!
//! A side that does not answer may have done what it was asked, and somebody may have changed it since. Where what was sent
//! shows later, it was ours and no change of somebody else; Marketo's log tells even what stood there before and what came
//! after, so that a value that was overwritten between our look and our write is told afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::facts::About;
use super::push::{Why, Write};
use super::{SKEW_SECONDS, Sync, Trouble};
use crate::sync::evaluator::Evaluator;
use crate::sync::ledger::{Kind, Which};
use crate::sync::reconcile::BaseRow;
use crate::sync::side::{Pair, Row, Seconds, Status};
use crate::sync::wire::Outside;

#[cfg(test)]
mod tests;

/// What was sent is kept in a note for each side and pair; their names begin with this.
const SENT: &str = "sent ";

/// What was sent is waited for so long, in seconds: it may show late.
const SHOWS_AFTER_SECONDS: u32 = 1200;

/// Where we ended in the middle of a call, it may have been done so many seconds after it began.
const CALL_SECONDS: u32 = 180;

/// Of more steps within one second no order is looked for.
const CHAIN_MAX: usize = 8;

/// A write that is on its way, or of which nobody knows yet what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    program: bool,
    link: u32,
    person: u32,
    /// What stood there.
    #[serde(default)]
    from: Option<String>,
    to: Option<String>,
    /// Whether it is removed and added again.
    #[serde(default)]
    lower: bool,
    /// Whether the log told of the removal already.
    #[serde(default)]
    removed: bool,
    /// When the call began, or the first of several.
    at: Seconds,
    /// When the last one was over; where we ended before that, when it began and how long it may have taken.
    #[serde(default)]
    over: Seconds,
    /// The newest stamp that was known then.
    stamp: Seconds,
    /// How often the base had moved then.
    #[serde(default)]
    version: u32,
    /// Whether it arrived: then only the log is waited for, which tells what it overwrote.
    #[serde(default)]
    arrived: bool,
}

impl Sent {
    /// Whether something that happened then, by a clock that may be off, can have been ours.
    fn may_be(&self, at: Seconds) -> bool {
        at.0.saturating_add(SKEW_SECONDS) >= self.at.0 && at.0 <= self.over.0.saturating_add(SKEW_SECONDS)
    }
}

/// All that was sent, by pair and by whether it went to the program.
#[derive(Debug, Default)]
pub(super) struct Underway {
    all: BTreeMap<Place, Sent>,
    /// What is another than the notes say.
    touched: BTreeSet<Place>,
}

type Place = (bool, Pair);

impl Underway {
    fn put(&mut self, place: Place, sent: Sent) {
        self.all.insert(place, sent);
        self.touched.insert(place);
    }

    fn change(&mut self, place: Place, change: impl FnOnce(&mut Sent)) {
        if let Some(sent) = self.all.get_mut(&place) {
            change(sent);
            self.touched.insert(place);
        }
    }

    fn remove(&mut self, place: Place) {
        if self.all.remove(&place).is_some() {
            self.touched.insert(place);
        }
    }
}

/// The name of the note of a place.
fn note((program, pair): Place) -> String {
    format!("{SENT}{} {} {}", if program { "program" } else { "campaign" }, pair.link(), pair.person())
}

/// A change of a status that a log tells of. Nothing is `Not in Program`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
    pub(super) at: Seconds,
}

/// Puts the steps of one member in the order in which they happened: by time, and within one second so that each begins where
/// the one before it ended; as the log has them where that is so already. `start` is the status before them, as far as it is known.
pub(super) fn in_order(mut steps: Vec<Step>, start: Option<&String>) -> Vec<Step> {
    steps.sort_by_key(|step| step.at);
    let mut ordered: Vec<Step> = Vec::with_capacity(steps.len());
    for same in steps.chunk_by(|one, other| one.at == other.at) {
        let from = ordered.last().map_or(start, |last| last.new.as_ref());
        let mut pairs = same.iter().zip(same.get(1..).unwrap_or_default());
        if pairs.all(|(one, next)| one.new == next.old) {
            ordered.extend_from_slice(same);
            continue;
        }
        let mut chain: Vec<&Step> = Vec::with_capacity(same.len());
        let mut rest: Vec<&Step> = same.iter().collect();
        // Where it is not known from where, from where nothing else leads to.
        let first = |step: &&&Step| !same.iter().any(|other| other != **step && other.new == step.old);
        let begin = rest.iter().find(first).and_then(|step| step.old.as_ref());
        if same.len() > CHAIN_MAX || !(join(from, &mut rest, &mut chain) || join(begin, &mut rest, &mut chain)) {
            chain = same.iter().collect();
        }
        ordered.extend(chain.into_iter().cloned());
    }
    ordered
}

/// Tries to use all steps one after the other, from a status on.
fn join<'s>(from: Option<&String>, rest: &mut Vec<&'s Step>, chain: &mut Vec<&'s Step>) -> bool {
    if rest.is_empty() {
        return true;
    }
    for at in 0..rest.len() {
        if rest.get(at).is_some_and(|step| step.old.as_ref() == from) {
            let step = rest.remove(at);
            chain.push(step);
            if join(step.new.as_ref(), rest, chain) {
                return true;
            }
            chain.pop();
            rest.insert(at, step);
        }
    }
    false
}

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Reads what an earlier pass sent.
    pub(super) fn take_sent(&mut self) {
        let notes = self.entries.book().notes.range(SENT.to_owned()..);
        let notes = notes.take_while(|(name, _)| name.starts_with(SENT));
        let all = notes.filter_map(|(_, text)| serde_json::from_str::<Sent>(text).ok());
        let all = all.map(|sent| ((sent.program, Pair::new(sent.link, sent.person)), sent)).collect();
        self.sent = Underway { all, touched: BTreeSet::new() };
    }

    /// Keeps what was sent, with the next commit.
    pub(super) fn keep_sent(&mut self) {
        for place in std::mem::take(&mut self.sent.touched) {
            match self.sent.all.get(&place) {
                Some(sent) => self.entries.note(&note(place), serde_json::to_string(sent).unwrap_or_default()),
                None => self.entries.forget(&note(place)),
            }
        }
    }

    /// Writes down, durably, what is about to be sent.
    pub(super) fn about_to_send<'w>(
        &mut self,
        which: Which,
        writes: impl IntoIterator<Item = &'w Write>,
    ) -> Result<(), Trouble> {
        let at = self.now();
        for write in writes {
            let Why::Agree(_) = write.why else { continue };
            let pair = write.pair;
            let program = which == Which::Program;
            let over = Seconds(at.0.saturating_add(CALL_SECONDS));
            // A step back that goes on is still the same one.
            let begun = self.entries.book().intents.contains_key(&pair);
            let place = (program, pair);
            if begun && self.sent.all.get(&place).is_some_and(|sent| sent.lower && !sent.arrived) {
                self.sent.change(place, |sent| sent.over = over);
                continue;
            }
            let sent = Sent {
                program,
                link: pair.link(),
                person: pair.person(),
                from: self.name(pair, self.status_on(which, pair)),
                to: self.name(pair, write.to),
                lower: write.lower,
                removed: begun && write.lower,
                at,
                over,
                stamp: self.row_on(which, pair).map_or(Seconds(0), |row| row.stamp),
                version: self.base_of(pair).version,
                arrived: false,
            };
            self.sent.put(place, sent);
        }
        self.commit()
    }

    /// The call is over, whatever came of it.
    pub(super) fn is_over<'w>(&mut self, which: Which, writes: impl IntoIterator<Item = &'w Write>) {
        let now = self.now();
        for write in writes {
            self.sent.change((which == Which::Program, write.pair), |sent| sent.over = now);
        }
    }

    /// What was sent is known to have arrived.
    pub(super) fn has_arrived(&mut self, which: Which, pair: Pair) {
        let place = (which == Which::Program, pair);
        match which {
            // The log will tell what it overwrote.
            Which::Program if self.marketo.is_some() => self.sent.change(place, |sent| sent.arrived = true),
            Which::Program | Which::Campaign => self.sent.remove(place),
        }
    }

    /// What was sent and shows now was ours: both sides agreed on it, whatever the other side shows by now.
    pub(super) fn settle_sent(&mut self) {
        let now = self.now();
        // What the log did not tell by now it will not tell.
        let is_late = |sent: &Sent| now.0 >= sent.over.0.saturating_add(SHOWS_AFTER_SECONDS);
        let (open, arrived): (Vec<_>, Vec<_>) =
            self.sent.all.iter().map(|(place, sent)| (*place, sent.clone())).partition(|(_, sent)| !sent.arrived);
        for (place, _) in arrived.iter().filter(|(_, sent)| is_late(sent)) {
            self.sent.remove(*place);
        }
        for (place, sent) in open {
            let (program, pair) = place;
            let (which, other) =
                if program { (Which::Program, Which::Campaign) } else { (Which::Campaign, Which::Program) };
            let row = self.row_on(which, pair).copied();
            let from = self.status_named(sent.link, sent.from.as_ref());
            let to = self.status_named(sent.link, sent.to.as_ref());
            let shows = row.map_or(Status::NONE, |row| row.status);
            let across = self.status_on(other, pair);
            let newer = row.filter(|row| row.stamp > sent.stamp);
            if shows == to && newer.is_none_or(|row| sent.may_be(row.stamp) || to == Status::NONE) {
                self.agreed(pair, &sent, to);
                self.sent.remove(place);
            } else if newer.is_some() && shows != to && shows != across && from != to && [shows, across].contains(&from)
            {
                // Something else was written, and nobody knows whether after us. Of the side that is where it was, nobody would
                // say otherwise that it may have been elsewhere.
                self.say_again(if shows == from { other } else { which }, pair, from);
                self.sent.remove(place);
            } else if is_late(&sent) {
                self.sent.remove(place);
            }
        }
    }

    /// What was sent arrived: both sides agreed on it, unless they agreed on something else since.
    fn agreed(&mut self, pair: Pair, sent: &Sent, to: Status) {
        let base = self.base_of(pair);
        if base.version == sent.version && base.status != to {
            self.entries.settle(vec![BaseRow { pair, version: base.version.saturating_add(1), status: to }]);
        }
    }

    fn base_of(&self, pair: Pair) -> BaseRow {
        self.entries.book().base.row(pair).copied().unwrap_or(BaseRow { pair, version: 0, status: Status::NONE })
    }

    fn row_on(&self, which: Which, pair: Pair) -> Option<&Row> {
        match which {
            Which::Program => self.entries.book().program.row(pair),
            Which::Campaign => self.entries.book().campaign.row(pair),
        }
    }

    fn status_named(&mut self, link: u32, name: Option<&String>) -> Status {
        name.map_or(Status::NONE, |name| self.entries.status(link, name))
    }

    /// After a write that nobody answered another value is there, with a newer stamp: perhaps somebody changed ours.
    fn say_again(&mut self, winner: Which, pair: Pair, base: Status) {
        let on = |which| self.name(pair, self.status_on(which, pair));
        let about = About {
            program: on(Which::Program),
            campaign: on(Which::Campaign),
            base: self.name(pair, base),
            winner: Some(winner),
            ..About::default()
        };
        let shown = |status: &Option<String>| status.clone().unwrap_or_else(|| "no member".to_owned());
        let message = format!(
            "the program is at {} and the campaign at {}, and nobody answered what was written before: somebody may have \
             changed it since; {} stands",
            shown(&about.program),
            shown(&about.campaign),
            shown(if winner == Which::Program { &about.program } else { &about.campaign })
        );
        self.say(Kind::Conflict, pair, about, message);
    }

    /// Members were removed of whom we never heard. Of those that we added without an answer each may be one of them.
    pub(super) fn strangers_removed(&mut self, removed: &[Seconds]) {
        let lost = |sent: &Sent, last: &Seconds| last.0.saturating_add(SKEW_SECONDS) >= sent.at.0;
        let added =
            self.sent.all.iter().filter(|((program, _), sent)| !program && sent.from.is_none() && sent.to.is_some());
        let open: Vec<Pair> = added
            .filter(|(_, sent)| removed.iter().any(|at| lost(sent, at)))
            .map(|((_, pair), _)| *pair)
            .filter(|pair| self.status_on(Which::Campaign, *pair) == Status::NONE)
            .collect();
        for pair in open {
            if self.status_on(Which::Program, pair) != Status::NONE {
                self.say_again(Which::Program, pair, Status::NONE);
            }
            self.sent.remove((false, pair));
        }
    }

    /// Whether the log told that a member who is removed and added again was out.
    pub(super) fn was_out(&self, pair: Pair) -> bool {
        self.sent.all.get(&(true, pair)).is_some_and(|sent| sent.removed)
    }

    /// What a member of a program was before what the log tells.
    pub(super) fn before_log(&self, pair: Pair) -> Option<String> {
        match self.sent.all.get(&(true, pair)) {
            Some(sent) => sent.from.clone().filter(|_| !sent.removed),
            None => self.name(pair, self.status_on(Which::Program, pair)),
        }
    }

    /// What the log tells of a member of a program to whom something was sent: that it arrived, and whether it overwrote a value
    /// that we had not seen.
    pub(super) fn learn_from_log(&mut self, pair: Pair, steps: &[Step]) {
        let place = (true, pair);
        let Some(mut sent) = self.sent.all.get(&place).cloned() else { return };
        let mut was = if sent.removed { None } else { sent.from.clone() };
        for step in steps {
            if step.old == step.new || !sent.may_be(step.at) {
                continue;
            }
            let removes = sent.lower && !sent.removed && step.new.is_none();
            let arrives = step.new == sent.to && (!sent.lower || sent.removed);
            if !removes && !arrives {
                continue;
            }
            if step.old != was {
                self.tell_overwritten(pair, &sent, step.old.as_ref());
            }
            if removes {
                (sent.removed, was) = (true, None);
                continue;
            }
            return self.log_tells_arrival(pair, &sent);
        }
        self.sent.put(place, sent);
    }

    fn log_tells_arrival(&mut self, pair: Pair, sent: &Sent) {
        self.end_intent(pair);
        if !sent.arrived {
            let to = self.status_named(sent.link, sent.to.as_ref());
            self.agreed(pair, sent, to);
        }
        self.sent.remove((true, pair));
    }

    /// What somebody did between our look and our write.
    fn tell_overwritten(&mut self, pair: Pair, sent: &Sent, lost: Option<&String>) {
        let shown = |status: Option<&String>| status.map_or("no member", String::as_str).to_owned();
        let message = format!(
            "somebody changed the program to {} between our look and our write: {} stands",
            shown(lost),
            shown(sent.to.as_ref())
        );
        let about = About {
            program: lost.cloned(),
            campaign: sent.to.clone(),
            base: sent.from.clone(),
            winner: Some(Which::Campaign),
            ..About::default()
        };
        self.say(Kind::Conflict, pair, about, message);
    }
}
