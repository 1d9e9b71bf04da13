//! What must hold: a model of who gave which value where, told by what both sides really show after every single call.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use campanile::Timestamp;
use campanile::meaning::{Backward, OnConflict};
use campanile::sync::ledger::{Kind, Record};

/// A person in a link: the number of the link, and the first name of the person, which no other has.
pub(super) type Key = (usize, String);

/// The statuses in the order of their steps.
pub(super) const STATUSES: [&str; 4] = ["Invited", "Registered", "No Show", "Attended"];

/// What there really is, past everything that shows late.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) program: BTreeMap<Key, String>,
    pub(super) campaign: BTreeMap<Key, String>,
    /// The records that there are of somebody.
    pub(super) in_marketo: BTreeMap<String, Vec<String>>,
    pub(super) in_salesforce: BTreeMap<String, Vec<String>>,
    /// Who is a member of a campaign by two records.
    pub(super) twice: BTreeSet<String>,
    /// Whose an id is, also of what is gone.
    pub(super) names: BTreeMap<String, String>,
}

/// Queries lag behind by so many milliseconds at most.
const SHOWS_AFTER_MS: i64 = 300_000;

/// A side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Program,
    Campaign,
}

/// A value that somebody gave and that the other side does not show yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Touch {
    value: Option<String>,
    at: i64,
    /// Whether it was so from the beginning.
    born: bool,
    /// Whether the first pass was not over then.
    first: bool,
    /// What stood there before people began.
    before: Option<String>,
    /// All that people gave since then.
    given: BTreeSet<Option<String>>,
    /// Whether it is that, or what both sides had agreed on: then nothing is lost with it.
    back: bool,
}

/// A value that was overwritten, of which a record must tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Demand {
    key: Key,
    side: Side,
    lost: Option<String>,
    value: Option<String>,
    /// Where it may only have been a step back.
    backward: bool,
    at: String,
}

/// Keeps the model.
#[derive(Default)]
pub(super) struct Judge {
    pub(super) last: Truth,
    touched: BTreeMap<(Key, Side), Touch>,
    agreed: BTreeMap<Key, Option<String>>,
    demands: Vec<Demand>,
    /// On what both sides agreed since we last made them agree, and before.
    bases: BTreeMap<Key, BTreeSet<Option<String>>>,
    /// What people made agree.
    unseen: BTreeSet<Key>,
    /// How often people touched somebody.
    touches: BTreeMap<Key, usize>,
    /// How often somebody came to a status, on which side.
    pub(super) arrivals: BTreeMap<(Side, Key, String), usize>,
    /// When somebody came to a status last, in seconds, and to which.
    changed: BTreeMap<(Side, Key), (i64, String)>,
    /// So many campaigns are linked; those behind them are only watched.
    links: usize,
    /// Links in which rules change something: there any value may come from them.
    pub(super) ruled: BTreeSet<usize>,
    /// The links whose first pass is over.
    pub(super) linked: BTreeSet<usize>,
    pub(super) wrong: Vec<String>,
    pub(super) log: Option<String>,
    /// Who must win, in a world in which nothing goes wrong.
    strict: Option<OnConflict>,
    /// Who was somewhere before anybody did anything; of all others both sides agreed that they are nowhere.
    born: BTreeSet<Key>,
    /// When people made somebody in Salesforce.
    made: BTreeMap<String, i64>,
    /// Whom we made as well before that can have shown.
    pub(super) twins: BTreeSet<String>,
    /// Who was merged with somebody else in Salesforce.
    merged: BTreeSet<String>,
}

impl Judge {
    pub(super) fn new(links: usize, ruled: BTreeSet<usize>, strict: Option<OnConflict>, loud: bool) -> Self {
        Self { links, ruled, strict, log: loud.then(String::new), ..Self::default() }
    }

    /// What there is before anybody does anything.
    pub(super) fn begin(&mut self, truth: Truth) {
        self.look(truth, true, "");
    }

    /// Somebody is somebody else in Salesforce now, and in Marketo perhaps not yet.
    pub(super) fn is_somebody_else(&mut self, who: String) {
        self.merged.insert(who);
    }

    /// What we removed in the pass that just ended, and did not mean to add again.
    pub(super) fn removed_for_good(&mut self, begun: &Truth, half: &BTreeSet<Key>) {
        for key in begun.program.keys().filter(|key| !self.last.program.contains_key(*key) && !half.contains(*key)) {
            if self.last.campaign.contains_key(key) {
                let place = (Side::Program, key.clone(), "Not in Program".to_owned());
                *self.arrivals.entry(place).or_default() += 1;
            }
        }
    }

    /// A merge moves the stamps of what does not change: nobody can say any more who is later.
    pub(super) fn is_merged(&mut self) {
        self.strict = None;
    }

    /// Looks at what there is now. `by_people` says that people did it, and not we.
    pub(super) fn look(&mut self, truth: Truth, by_people: bool, at: &str) {
        let before = std::mem::replace(&mut self.last, truth);
        self.wrong.extend(self.last.twice.difference(&before.twice).map(|twice| format!("{at} {twice}")));
        let mut names = before.names.clone();
        names.extend(self.last.names.clone());
        self.last.names = names;
        let now = Timestamp::parse(at).map_or(0, |at| at.0);
        for (who, ids) in &self.last.in_salesforce {
            if before.in_salesforce.get(who).map_or(0, Vec::len) < ids.len() {
                if by_people {
                    self.made.insert(who.clone(), now);
                } else if self.made.get(who).is_some_and(|made| now - made <= SHOWS_AFTER_MS) {
                    self.twins.insert(who.clone());
                }
            }
        }
        if let Some(log) = &mut self.log {
            let all = [(&before.in_marketo, &self.last.in_marketo), (&before.in_salesforce, &self.last.in_salesforce)];
            let who = if by_people { "people" } else { "we" };
            for (old, new) in all {
                let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for name in names.into_iter().filter(|name| old.get(*name) != new.get(*name)) {
                    let _ = writeln!(log, "{at}   {who}: {name}: {:?} → {:?}", old.get(name), new.get(name));
                }
            }
        }
        for side in [Side::Program, Side::Campaign] {
            let (old, new) = (of(&before, side), of(&self.last, side));
            let keys: BTreeSet<Key> = old.keys().chain(new.keys()).cloned().collect();
            for key in keys.into_iter().filter(|key| old.get(key) != new.get(key)) {
                let value = new.get(&key).cloned();
                if let Some(log) = &mut self.log {
                    let who = if by_people { "people" } else { "we" };
                    let _ = writeln!(log, "{at}   {who}: {side:?} {key:?} {:?} → {value:?}", old.get(&key));
                }
                let status = value.clone().unwrap_or_else(|| "Not in Program".to_owned());
                // Removed by us although it is in the campaign: that is half of a step back, and nobody's business.
                let half =
                    !by_people && side == Side::Program && value.is_none() && self.last.campaign.contains_key(&key);
                if !half {
                    *self.arrivals.entry((side, key.clone(), status.clone())).or_default() += 1;
                }
                // Within one second nobody can say what was first: both may be told, and told again.
                let second = Timestamp::parse(at).map_or(0, |at| at.0.div_euclid(1000));
                let last = self.changed.insert((side, key.clone()), (second, status.clone()));
                if let Some((_, earlier)) = last.filter(|(last, _)| *last == second) {
                    for again in [earlier, status] {
                        *self.arrivals.entry((side, key.clone(), again)).or_default() += 1;
                    }
                }
                if !by_people && !half {
                    // What we write is what both sides agree on, as far as we saw.
                    self.bases.entry(key.clone()).or_default().insert(value.clone());
                }
                if by_people && key.0 < self.links {
                    *self.touches.entry(key.clone()).or_default() += 1;
                    let first_agreed = value.is_none() && !self.born.contains(&key);
                    let back = self.bases.get(&key).map_or(first_agreed, |bases| bases.contains(&value));
                    if at.is_empty() {
                        self.born.insert(key.clone());
                    }
                    let first = !self.linked.contains(&key.0);
                    let place = (key.clone(), side);
                    let earlier = self.touched.get(&place).map(|touch| (touch.before.clone(), touch.given.clone()));
                    let (before, mut given) = earlier.unwrap_or_else(|| (old.get(&key).cloned(), BTreeSet::new()));
                    given.insert(value.clone());
                    let back = back || (before == value && !at.is_empty());
                    self.touched.insert(
                        place,
                        Touch {
                            value,
                            before,
                            given,
                            at: Timestamp::parse(at).map_or(0, |at| at.0),
                            born: at.is_empty(),
                            first,
                            back,
                        },
                    );
                }
            }
        }
        // Who is deleted is in no program any more, whatever we had done of a step back by then.
        for (who, ids) in &before.in_marketo {
            if self.last.in_marketo.get(who) != Some(ids) {
                for link in 0..self.links {
                    let place = (Side::Program, (link, who.clone()), "Not in Program".to_owned());
                    *self.arrivals.entry(place).or_default() += 1;
                }
            }
        }
        let keys: BTreeSet<Key> = self.keys();
        for key in keys {
            let (program, campaign) = (self.last.program.get(&key).cloned(), self.last.campaign.get(&key).cloned());
            if program == campaign {
                self.agree(key, program, by_people, at);
            }
        }
    }

    fn keys(&self) -> BTreeSet<Key> {
        let (program, campaign) = (&self.last.program, &self.last.campaign);
        let touched = self.touched.keys().map(|(key, _)| key);
        let all = program.keys().chain(campaign.keys()).chain(touched).chain(self.agreed.keys());
        all.filter(|(link, _)| *link < self.links).cloned().collect()
    }

    /// Both sides show the same: it must be what somebody gave, and what was overwritten must be told.
    fn agree(&mut self, key: Key, value: Option<String>, by_people: bool, at: &str) {
        let program = self.touched.remove(&(key.clone(), Side::Program));
        let campaign = self.touched.remove(&(key.clone(), Side::Campaign));
        let before = self.agreed.insert(key.clone(), value.clone()).flatten();
        // People gave both sides the same: that may be over before we look, and then both changed all the same.
        let unseen = self.unseen.contains(&key);
        if program.is_some() || campaign.is_some() || before != value {
            let bases = self.bases.entry(key.clone()).or_default();
            if by_people {
                self.unseen.insert(key.clone());
                bases.insert(before.clone());
            } else {
                self.unseen.remove(&key);
                bases.clear();
            }
            bases.insert(value.clone());
        }
        if self.ruled.contains(&key.0) {
            return;
        }
        if program.is_none() && campaign.is_none() {
            if before != value {
                self.wrong.push(format!("{at} {key:?} is {value:?}, which nobody gave it; it was {before:?}"));
            }
            return;
        }
        let both_first = [&program, &campaign].iter().all(|touch| touch.as_ref().is_none_or(|touch| touch.first));
        if both_first {
            // "On the first pass Salesforce's status wins for people who are on both sides, without a conflict record."
            // What changes before it is over may or may not have been seen already.
            let shown =
                |touch: &Option<Touch>| touch.as_ref().map_or_else(|| before.clone(), |touch| touch.value.clone());
            let born = |touch: &Option<Touch>| touch.as_ref().is_some_and(|touch| touch.born && touch.value.is_some());
            let both = born(&program) && born(&campaign);
            let may =
                |touch: &Option<Touch>| touch.as_ref().map_or(before == value, |touch| touch.given.contains(&value));
            if (both && value != shown(&campaign)) || (!may(&program) && !may(&campaign)) {
                self.wrong.push(format!("{at} {key:?} is {value:?} after {program:?} and {campaign:?}"));
            }
            return;
        }
        let gave = |touch: &Option<Touch>| touch.as_ref().is_some_and(|touch| touch.given.contains(&value));
        let backward = !gave(&program) && !gave(&campaign) && !unseen;
        if backward && (before != value || program.as_ref().is_some_and(|touch| !touch.back)) {
            let whose = format!("{program:?} in the program and {campaign:?} in the campaign");
            self.wrong.push(format!("{at} {key:?} is {value:?} after {before:?}, with {whose}"));
            return;
        }
        if let (Some(rule), Some(program), Some(campaign)) = (self.strict, &program, &campaign)
            && ![program, campaign].iter().any(|touch| touch.first || touch.back)
        {
            // "by change time, a tie goes to Salesforce"; "in whole seconds; within 2 s is a tie".
            let later = program.at.div_euclid(1000) - campaign.at.div_euclid(1000) > 2;
            let winner =
                if rule == OnConflict::Program || (rule == OnConflict::Latest && later) { program } else { campaign };
            if value != winner.value {
                self.wrong.push(format!("{at} {key:?} is {value:?} under {rule:?} after {program:?} and {campaign:?}"));
            }
        }
        for (side, touch) in [(Side::Program, program), (Side::Campaign, campaign)] {
            if let Some(touch) = touch.filter(|touch| touch.value != value && !touch.first && !touch.back) {
                let demand = Demand {
                    key: key.clone(),
                    side,
                    lost: touch.value,
                    value: value.clone(),
                    backward,
                    at: at.to_owned(),
                };
                self.demands.push(demand);
            }
        }
    }

    /// What must hold once everything is quiet.
    pub(super) fn end(&mut self, records: &[Record], policy: Backward, programs: &[String]) {
        let told = |record: &Record, key: &Key| {
            record.link == programs[key.0]
                && record.person.as_ref().and_then(|id| self.last.names.get(id)) == Some(&key.1)
        };
        for demand in &self.demands {
            let fits = |record: &&Record| {
                let lost = match demand.side {
                    Side::Program => &record.program,
                    Side::Campaign => &record.campaign,
                };
                // Of a step back: "while it is open a missing member is no removal".
                let is_step_back = demand.side == Side::Program && demand.lost.is_none();
                let step_back = is_step_back && record.kind == Kind::Backward && record.campaign == demand.value;
                // Where nobody knows whether we wrote, what stands there is a conflict; but not where nothing goes wrong.
                let is_conflict = record.kind == Kind::Conflict && !(demand.backward && self.strict.is_some());
                let tells = record.kind == Kind::Backward || is_conflict;
                told(record, &demand.key) && (step_back || (*lost == demand.lost && tells))
            };
            if !records.iter().any(|record| fits(&record)) {
                self.wrong.push(format!("no record tells of what was overwritten: {demand:?}"));
            }
        }
        // Each conflict is told once: one for two who touched somebody, and one for each who came later.
        for (key, touches) in self.touches.iter().filter(|(key, _)| !self.ruled.contains(&key.0)) {
            // But for members who may have been added and removed again where nobody answered.
            let perhaps = |record: &Record| record.base.is_none() && record.campaign.is_none();
            let conflicts =
                records.iter().filter(|record| told(record, key) && record.kind == Kind::Conflict && !perhaps(record));
            let conflicts = conflicts.count();
            if conflicts > touches.saturating_sub(1) {
                self.wrong.push(format!("{conflicts} conflicts of {key:?}, which people touched {touches} times"));
            }
        }
        let step =
            |status: &Option<String>| status.as_ref().and_then(|status| STATUSES.iter().position(|own| own == status));
        for key in self.keys() {
            let (program, campaign) = (self.last.program.get(&key).cloned(), self.last.campaign.get(&key).cloned());
            if program == campaign {
                continue;
            }
            // "Under `refuse` the pair is left out of the equality property until one side changes again."
            let back =
                matches!((step(&campaign), step(&program)), (Some(campaign), Some(program)) if campaign < program);
            let held = records.iter().any(|record| told(record, &key) && record.kind == Kind::Backward);
            if policy == Backward::Refuse && back && held {
                continue;
            }
            // "two equal candidates are a record, never a guess".
            let stopped = records.iter().any(|record| {
                told(record, &key) && record.kind == Kind::Failed && record.code.as_deref() == Some("AMBIGUOUS")
            });
            let doubled = |of: &BTreeMap<String, Vec<String>>| of.get(&key.1).is_some_and(|ids| ids.len() > 1);
            let is_merged = self.merged.contains(&key.1);
            if stopped && (is_merged || doubled(&self.last.in_marketo) || doubled(&self.last.in_salesforce)) {
                continue;
            }
            // A lead that Salesforce's duplicate rule refuses is told of, and tried again.
            let is_refused = records.iter().any(|record| told(record, &key) && is_refusal(record));
            if is_refused && !self.last.in_salesforce.contains_key(&key.1) {
                continue;
            }
            self.wrong.push(format!("{key:?} is {program:?} in the program and {campaign:?} in the campaign"));
        }
    }
}

/// Whether a lead was refused because there is one like it.
pub(super) fn is_refusal(record: &Record) -> bool {
    record.kind == Kind::Failed && record.code.as_deref() == Some("DUPLICATES_DETECTED")
}

pub(super) const fn of(truth: &Truth, side: Side) -> &BTreeMap<Key, String> {
    match side {
        Side::Program => &truth.program,
        Side::Campaign => &truth.campaign,
    }
}
