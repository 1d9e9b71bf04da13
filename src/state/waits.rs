//! Runs that wait: of each person a ring, in the order in which the waits began.
//!
//! A row has 36 bytes and is used again when its run goes on. A person knows the last row of its ring, and that one the
//! first, so that a run is added without looking at the others. Rows lie in pieces: what millions of them are is not copied
//! when there are more, and no room is kept for a quarter more of them.

use super::causes::CauseId;
use super::growth;
use super::log::Happening;
use super::near;
use super::pieces::Pieces;
use crate::model::{CampaignId, Timestamp};

/// A run that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingRun {
    /// Until then.
    pub until: Timestamp,
    /// The campaign.
    pub campaign: CampaignId,
    /// Which of the person's runs of it.
    pub run: u32,
    /// Where it goes on in the plan's code.
    pub resume_at: u32,
    /// How many waits it has come back from, this one not counted.
    pub waits: u32,
    /// The outside event that started it.
    pub cause: CauseId,
    /// What its trigger saw, when a step needs it.
    pub trigger: Option<Happening>,
}

/// A place among rows, or among triggers. Of a person: that of the last row of its ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link(u32);

impl Link {
    /// No place: nothing waits, no row is unused, no step needs the trigger.
    pub(super) const NONE: Self = Self(u32::MAX);
}

impl Default for Link {
    fn default() -> Self {
        Self::NONE
    }
}

/// A [`WaitingRun`] as it is kept. Most need no trigger: those that do have it elsewhere.
#[derive(Debug, Clone, Copy)]
#[repr(Rust, packed(4))]
struct Row {
    until: Timestamp,
    campaign: CampaignId,
    run: u32,
    resume_at: u32,
    waits: u32,
    cause: CauseId,
    trigger: Link,
    /// The next row of the ring, of the last the first; of a row that nobody uses another such one.
    next: Link,
}

/// The runs of all people.
#[derive(Debug, Clone, Default)]
pub(super) struct Waits {
    rows: Pieces<Row>,
    /// A row that nobody uses.
    free: Link,
    triggers: Vec<Happening>,
    free_triggers: Vec<Link>,
}

impl Waits {
    /// The runs of a ring, in the order in which the waits began.
    pub(super) fn iter(&self, ring: Link) -> impl Iterator<Item = WaitingRun> + '_ {
        self.rows(ring).map(|(_, row)| self.run(row))
    }

    /// Asks for the last run of a ring.
    pub(super) fn bring(&self, ring: Link) {
        near::bring(self.rows.get(ring.0, 1).first());
    }

    /// Puts a run behind the others.
    pub(super) fn push(&mut self, ring: &mut Link, run: WaitingRun) {
        let WaitingRun { until, campaign, run, resume_at, waits, cause, trigger } = run;
        let trigger = trigger.map_or(Link::NONE, |trigger| self.keep_trigger(trigger));
        let row = Row { until, campaign, run, resume_at, waits, cause, trigger, next: Link::NONE };
        let place = match self.row(self.free) {
            Some(unused) => std::mem::replace(&mut self.free, unused.next),
            None => Link(self.rows.push(row)),
        };
        let next = match self.row(*ring) {
            Some(last) => {
                self.link(*ring, place);
                last.next
            }
            None => place,
        };
        if let Some(slot) = self.row_mut(place) {
            *slot = Row { next, ..row };
        }
        *ring = place;
    }

    /// Takes the first run that fits out of the ring.
    pub(super) fn take(&mut self, ring: &mut Link, fits: impl Fn(&WaitingRun) -> bool) -> Option<WaitingRun> {
        let (place, row) = self.rows(*ring).find(|(_, row)| fits(&self.run(*row)))?;
        let run = self.run(row);
        // The one before it, which in a ring of one is itself.
        let before = self.rows(*ring).find(|(_, row)| row.next == place).map_or(place, |(before, _)| before);
        self.link(before, row.next);
        if *ring == place {
            *ring = if before == place { Link::NONE } else { before };
        }
        self.link(place, self.free);
        self.free = place;
        if row.trigger != Link::NONE {
            growth::push(&mut self.free_triggers, row.trigger);
        }
        Some(run)
    }

    fn row(&self, place: Link) -> Option<Row> {
        self.rows.item(place.0)
    }

    fn row_mut(&mut self, place: Link) -> Option<&mut Row> {
        self.rows.get_mut(place.0, 1).first_mut()
    }

    fn rows(&self, ring: Link) -> impl Iterator<Item = (Link, Row)> + '_ {
        let first = self.row(ring).and_then(|last| Some((last.next, self.row(last.next)?)));
        std::iter::successors(
            first,
            move |(place, row)| {
                if *place == ring { None } else { Some((row.next, self.row(row.next)?)) }
            },
        )
    }

    fn run(&self, row: Row) -> WaitingRun {
        let Row { until, campaign, run, resume_at, waits, cause, trigger, next: _ } = row;
        let trigger = self.triggers.get(trigger.0 as usize).copied();
        WaitingRun { until, campaign, run, resume_at, waits, cause, trigger }
    }

    fn link(&mut self, place: Link, next: Link) {
        if let Some(row) = self.row_mut(place) {
            row.next = next;
        }
    }

    fn keep_trigger(&mut self, trigger: Happening) -> Link {
        let place = self.free_triggers.pop().unwrap_or_else(|| {
            let place = place_behind(&self.triggers);
            growth::push(&mut self.triggers, trigger);
            place
        });
        if let Some(slot) = self.triggers.get_mut(place.0 as usize) {
            *slot = trigger;
        }
        place
    }
}

/// Where the next item will be. Four billion of them are far past the memory of the machine.
fn place_behind<T>(items: &[T]) -> Link {
    Link(u32::try_from(items.len()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::model::ListId;

    /// This is what millions of waiting runs are made of.
    #[test]
    fn sizes_are_as_planned() {
        assert_eq!((size_of::<Row>(), size_of::<Link>()), (36, 4));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        /// Rings are what vectors would be, whatever happens to them in whatever order.
        #[test]
        fn rings_are_vectors(steps in proptest::collection::vec((0..4_usize, 0..3_usize, 0..6_u32), 0..200)) {
            let mut waits = Waits::default();
            let mut rings = [Link::NONE; 4];
            let mut vectors: [Vec<WaitingRun>; 4] = Default::default();
            let (mut most, mut most_triggers) = (0, 0);
            for (number, (person, what, which)) in (0..).zip(steps) {
                let (ring, vector) = (&mut rings[person], &mut vectors[person]);
                if what < 2 {
                    let run = WaitingRun {
                        until: Timestamp(i64::from(number) << 32),
                        campaign: CampaignId(which),
                        run: number,
                        resume_at: which + 7,
                        waits: 1,
                        cause: CauseId::NONE,
                        trigger: (which > 3).then_some(Happening::ListAdded(ListId(number))),
                    };
                    waits.push(ring, run);
                    vector.push(run);
                } else {
                    let fits = |run: &WaitingRun| run.campaign == CampaignId(which);
                    let taken = vector.iter().position(fits).map(|at| vector.remove(at));
                    prop_assert_eq!(waits.take(ring, fits), taken);
                }
                for (ring, vector) in rings.iter().zip(&vectors) {
                    prop_assert_eq!(waits.iter(*ring).collect::<Vec<_>>(), vector.clone());
                }
                let all = || vectors.iter().flatten();
                most = most.max(all().count());
                most_triggers = most_triggers.max(all().filter(|run| run.trigger.is_some()).count());
                prop_assert_eq!((waits.rows.len(), waits.triggers.len()), (most, most_triggers), "a place was lost");
            }
        }
    }
}
