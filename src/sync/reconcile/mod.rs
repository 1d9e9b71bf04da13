//! What both sides show → what to do: the core of the sync, a pure and total function.
//!
//! For each person of a link there are three values: the program's, the campaign's, and the *base* on which both last
//! agreed. [`reconcile`] walks the three sorted arrays once. It reads no clock and does nothing; what it returns is written
//! down first and pushed afterwards.
//!
//! The base moves for an operation only when the operation is confirmed ([`Operation::settles`]). A crash or a failed
//! write in between leaves the base as it was, and the next pass finds the same operation with the same key again.

pub use crate::meaning::{Backward, OnConflict};
use crate::sync::side::{Pair, Row, Seconds, Side, Status};

#[cfg(test)]
mod tests;

/// Changes that lie no further apart than this many seconds are a tie; Salesforce wins ties.
pub const TIE_SECONDS: u32 = 2;

/// So few rows are put in one by one: to sort everything would take longer.
const PUT_IN_SINGLY: usize = 8;

/// Which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Winner {
    /// The program.
    Program,
    /// The SFDC campaign.
    Campaign,
}

/// A status of a link's table: which side offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// The step in the program's channel; nothing where the channel does not list the status.
    pub step: Option<i32>,
    /// Whether the campaign has the status.
    pub campaign: bool,
}

/// One link and its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Whether this is the first pass after linking: then Salesforce's status wins for people who are on both sides, and
    /// that is no conflict.
    pub first: bool,
    /// Both sides changed.
    pub on_conflict: OnConflict,
    /// The campaign went to a lower step.
    pub backward: Backward,
    /// The status table: every status that either side uses or offers, by place.
    pub statuses: Vec<Offered>,
}

/// The value on which both sides last agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BaseRow {
    /// Who, where.
    pub pair: Pair,
    /// How often the base of this pair moved; part of the key of every operation.
    pub version: u32,
    /// The value. [`Status::NONE`] for a pair that agreed on removal.
    pub status: Status,
}

/// A pair that was decided about and is still apart: because `backward: refuse` leaves it so, or because what was decided is
/// not done yet. What moves away from here is a change; what was decided is neither decided nor told again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Who, where.
    pub pair: Pair,
    /// The program's value then. Nothing where the program's value is the one that stands and has yet to arrive on the other
    /// side: it counts as changed, whatever it is.
    pub program: Option<Status>,
    /// The campaign's value then, or nothing in the same way.
    pub campaign: Option<Status>,
}

/// What both sides agreed on, sorted by pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    rows: Vec<BaseRow>,
    held: Vec<Held>,
}

impl Base {
    /// What was kept, in any order.
    pub fn from_rows(rows: Vec<BaseRow>, mut held: Vec<Held>) -> Self {
        let mut base = Self::default();
        base.settle(rows);
        held.sort_by_key(|held| held.pair);
        base.hold(held);
        base
    }

    /// The row of a pair.
    pub fn row(&self, pair: Pair) -> Option<&BaseRow> {
        let at = self.rows.binary_search_by_key(&pair, |row| row.pair).ok()?;
        self.rows.get(at)
    }

    /// The rows, sorted by pair, one for each.
    pub fn rows(&self) -> &[BaseRow] {
        &self.rows
    }

    /// The pairs that are apart, sorted.
    pub fn held(&self) -> &[Held] {
        &self.held
    }

    /// Takes over rows, in any order; of several for one pair the one with the highest version stands. Their pairs are no
    /// longer apart.
    pub fn settle(&mut self, rows: impl IntoIterator<Item = BaseRow>) {
        let mut rows: Vec<BaseRow> = rows.into_iter().collect();
        for row in &rows {
            if let Ok(at) = self.held.binary_search_by_key(&row.pair, |held| held.pair) {
                self.held.remove(at);
            }
        }
        if rows.len() <= PUT_IN_SINGLY {
            for row in rows {
                match self.rows.binary_search_by_key(&row.pair, |own| own.pair) {
                    Ok(at) => self
                        .rows
                        .get_mut(at)
                        .filter(|own| own.version < row.version)
                        .into_iter()
                        .for_each(|own| *own = row),
                    Err(at) => self.rows.insert(at, row),
                }
            }
            return;
        }
        self.rows.append(&mut rows);
        self.rows.sort_by_key(|row| (row.pair, std::cmp::Reverse(row.version)));
        self.rows.dedup_by_key(|row| row.pair);
    }

    /// Takes over the pairs that are apart after a pass; those of earlier passes that it did not name again are free.
    pub fn hold(&mut self, held: Vec<Held>) {
        self.held = held;
    }

    /// What was decided about a pair that is apart.
    pub fn held_at(&self, pair: Pair) -> Option<&Held> {
        let at = self.held.binary_search_by_key(&pair, |held| held.pair).ok()?;
        self.held.get(at)
    }
}

/// What is to be done on a side for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Who, where. Together with `version` the key of the operation.
    pub pair: Pair,
    /// The version of the base that it starts from.
    pub version: u32,
    /// What the side shows now; looked at again right before the write.
    pub from: Status,
    /// What it shall show; [`Status::NONE`] removes the member.
    pub to: Status,
    /// On the program side: `to` has a lower step, so the member is removed and added again.
    pub lower: bool,
}

impl Operation {
    /// The base once the operation is confirmed.
    pub const fn settles(&self) -> BaseRow {
        BaseRow { pair: self.pair, version: self.version.saturating_add(1), status: self.to }
    }
}

/// Why a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// Both sides changed; one value was overwritten.
    Conflict(Winner),
    /// The campaign went to a lower step, and the policy does not accept that.
    Backward(Backward),
    /// The side that was to take over the other's status does not offer it; the pair is left alone until it does. Written
    /// on every pass in which that stands.
    UnknownStatus(Winner),
}

/// What people are told about one pair. The values are those before any operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Who, where.
    pub pair: Pair,
    /// What happened. The side of an unknown status is the one whose value cannot travel.
    pub kind: RecordKind,
    /// The program's value.
    pub program: Status,
    /// The campaign's value.
    pub campaign: Status,
    /// The base.
    pub base: Status,
}

/// What a pass has to do. Everything is sorted by pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// On the program side.
    pub program: Vec<Operation>,
    /// On the campaign side.
    pub campaign: Vec<Operation>,
    /// Bases that move without an operation, because both sides show the same already.
    pub settled: Vec<BaseRow>,
    /// All pairs that are apart from now on: for [`Base::hold`].
    pub held: Vec<Held>,
    /// What people are told.
    pub records: Vec<Record>,
}

impl Work {
    /// The base after all operations are confirmed.
    pub fn base_after(&self, mut base: Base) -> Base {
        base.settle(self.settled.iter().copied());
        base.hold(self.held.clone());
        base.settle(self.program.iter().chain(&self.campaign).map(Operation::settles));
        base
    }
}

/// Finds what makes both sides equal. Links are found by their number; pairs of links that are not there are left alone.
///
/// `now` is the time of the pass: a member who is missing without a tombstone went missing now.
pub fn reconcile(links: &[Option<Link>], base: &Base, program: &Side, campaign: &Side, now: Seconds) -> Work {
    let mut work = Work::default();
    let (mut bases, mut programs, mut campaigns) = (base.rows.as_slice(), program.rows(), campaign.rows());
    loop {
        let (b, p, c) = (bases.first(), programs.first(), campaigns.first());
        // Nearly every pair is this one: all three agree.
        if let (Some(b), Some(p), Some(c)) = (b, p, c)
            && b.pair == p.pair
            && b.pair == c.pair
            && b.status == p.status
            && b.status == c.status
        {
            (bases, programs, campaigns) = (rest(bases), rest(programs), rest(campaigns));
            continue;
        }
        let pairs = [b.map(|row| row.pair), p.map(|row| row.pair), c.map(|row| row.pair)];
        let Some(pair) = pairs.into_iter().flatten().min() else { return work };
        let b = b.filter(|row| row.pair == pair);
        let p = p.filter(|row| row.pair == pair);
        let c = c.filter(|row| row.pair == pair);
        if b.is_some() {
            bases = rest(bases);
        }
        if p.is_some() {
            programs = rest(programs);
        }
        if c.is_some() {
            campaigns = rest(campaigns);
        }
        if let Some(link) = usize::try_from(pair.link()).ok().and_then(|link| links.get(link)?.as_ref()) {
            let trio = Trio {
                pair,
                version: b.map_or(0, |row| row.version),
                base: b.map_or(Status::NONE, |row| row.status),
                program: value(p, now),
                campaign: value(c, now),
            };
            trio.decide(link, base.held_at(pair), &mut work);
        } else {
            work.held.extend(base.held_at(pair));
        }
    }
}

fn rest<T>(rows: &[T]) -> &[T] {
    rows.get(1..).unwrap_or_default()
}

fn value(row: Option<&Row>, now: Seconds) -> Value {
    row.map_or(Value { status: Status::NONE, since: now }, |row| Value {
        status: row.status,
        since: row.since.min(now),
    })
}

#[derive(Clone, Copy)]
struct Value {
    status: Status,
    since: Seconds,
}

/// The three values of a pair.
struct Trio {
    pair: Pair,
    version: u32,
    base: Status,
    program: Value,
    campaign: Value,
}

impl Trio {
    fn decide(&self, link: &Link, held: Option<&Held>, work: &mut Work) {
        let (program, campaign) = (self.program.status, self.campaign.status);
        if program == campaign {
            if program != self.base {
                let version = self.version.saturating_add(1);
                work.settled.push(BaseRow { pair: self.pair, version, status: program });
            }
            return;
        }
        // What was decided about before counts as changed when it moved away from what it was then.
        let was = held.map_or((Some(self.base), Some(self.base)), |held| (held.program, held.campaign));
        match (was.0 != Some(program), was.1 != Some(campaign)) {
            (false, false) => work.held.extend(held),
            (true, false) => self.to_campaign(link, None, work),
            (false, true) => self.to_program(link, None, work),
            (true, true) if link.first && campaign != Status::NONE => {
                self.to_program(link, None, work);
                // Stopped: later passes shall still see the campaign's value as the one that is to travel.
                if self.stopped(work) {
                    let version = self.version.saturating_add(1);
                    work.settled.push(BaseRow { pair: self.pair, version, status: program });
                    return;
                }
            }
            (true, true) => match self.winner(link.on_conflict) {
                Winner::Program => self.to_campaign(link, Some(Winner::Program), work),
                Winner::Campaign => self.to_program(link, Some(Winner::Campaign), work),
            },
        }
        if let Some(held) = held.filter(|_| !self.is_held(work)) {
            // A stopped pair stays as it is, or its other side would seem to have changed as well. One of which one side moved
            // stays so until that is done.
            let travels = match was {
                _ if self.stopped(work) => *held,
                (_, Some(_)) if was.0 != Some(program) => Held { program: None, ..*held },
                (Some(_), _) if was.1 != Some(campaign) => Held { campaign: None, ..*held },
                _ => *held,
            };
            work.held.push(travels);
        }
    }

    /// Whether it was decided now how the pair is apart.
    fn is_held(&self, work: &Work) -> bool {
        work.held.last().is_some_and(|held| held.pair == self.pair)
    }

    /// One side's value stands, and the other's is overwritten: from now on only what moves away from here is a change.
    fn stands(&self, winner: Winner, work: &mut Work) {
        let (program, campaign) = match winner {
            Winner::Program => (None, Some(self.campaign.status)),
            Winner::Campaign => (Some(self.program.status), None),
        };
        work.held.push(Held { pair: self.pair, program, campaign });
    }

    fn stopped(&self, work: &Work) -> bool {
        let last = work.records.last().filter(|record| record.pair == self.pair);
        last.is_some_and(|record| matches!(record.kind, RecordKind::UnknownStatus(_)))
    }

    fn winner(&self, rule: OnConflict) -> Winner {
        match rule {
            OnConflict::Program => Winner::Program,
            OnConflict::Campaign => Winner::Campaign,
            OnConflict::Latest => {
                let (program, campaign) = (self.program.since.0, self.campaign.since.0);
                if program > campaign.saturating_add(TIE_SECONDS) { Winner::Program } else { Winner::Campaign }
            }
        }
    }

    fn to_campaign(&self, link: &Link, conflict: Option<Winner>, work: &mut Work) {
        let to = self.program.status;
        let offered = to.place().is_none_or(|place| status(link, place).is_some_and(|status| status.campaign));
        if !offered {
            return self.record(RecordKind::UnknownStatus(Winner::Program), work);
        }
        if let Some(winner) = conflict {
            self.record(RecordKind::Conflict(winner), work);
            self.stands(winner, work);
        }
        work.campaign.push(self.operation(self.campaign.status, to, false));
    }

    fn to_program(&self, link: &Link, conflict: Option<Winner>, work: &mut Work) {
        let (from, to) = (self.program.status, self.campaign.status);
        let step = |of: Status| of.place().and_then(|place| status(link, place)).and_then(|status| status.step);
        if to != Status::NONE && step(to).is_none() {
            return self.record(RecordKind::UnknownStatus(Winner::Campaign), work);
        }
        let lower = matches!((step(to), step(from)), (Some(to), Some(from)) if to < from);
        match link.backward {
            Backward::Refuse if lower && !link.first => {
                self.record(RecordKind::Backward(Backward::Refuse), work);
                work.held.push(Held { pair: self.pair, program: Some(from), campaign: Some(to) });
                return;
            }
            // A status that the campaign does not have cannot be pushed back to it.
            Backward::Restore if lower && !link.first => {
                let before = work.campaign.len();
                self.to_campaign(link, None, work);
                if work.campaign.len() > before {
                    self.record(RecordKind::Backward(Backward::Restore), work);
                    self.stands(Winner::Program, work);
                }
                return;
            }
            Backward::Accept | Backward::Refuse | Backward::Restore => {}
        }
        if let Some(winner) = conflict {
            self.record(RecordKind::Conflict(winner), work);
            self.stands(winner, work);
        }
        work.program.push(self.operation(from, to, lower));
    }

    fn operation(&self, from: Status, to: Status, lower: bool) -> Operation {
        Operation { pair: self.pair, version: self.version, from, to, lower }
    }

    fn record(&self, kind: RecordKind, work: &mut Work) {
        let (program, campaign) = (self.program.status, self.campaign.status);
        work.records.push(Record { pair: self.pair, kind, program, campaign, base: self.base });
    }
}

fn status(link: &Link, place: u16) -> Option<&Offered> {
    link.statuses.get(usize::from(place))
}
