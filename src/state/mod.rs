//! Membership state: everything that is known about people, in memory.
//!
//! Person fields lie in columns ([`Columns`]), texts in one dictionary ([`Texts`]); what varies in length (memberships,
//! lists, the log) lies in pools and waiting runs in rings ([`People`]), so that a person costs no allocation. People
//! never read each other's state. Nothing here knows rules; the engine decides, the state remembers. Start at [`State`].

mod causes;
mod cells;
mod columns;
mod growth;
mod log;
mod near;
mod people;
mod pieces;
mod pool;
mod short;
mod strings;
mod table;
mod texts;
mod timers;
mod waits;

use std::hash::{BuildHasher as _, Hasher as _};

use hashbrown::DefaultHashBuilder;
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::compile::{Names, Plan};
use crate::model::{Id, PersonIx, Timestamp, joined};

pub use causes::{CauseId, Causes};
pub use cells::Cell;
pub use columns::{Bits, Column, Columns, NO_DATE, NO_MOMENT};
pub use log::{Carried, Change, Details, Happening, LogEntry};
pub use near::{bring, bring_ends, bring_text};
pub use people::{IdHash, People, ProgramMembership, Qualified, SfdcMembership};
pub use pool::{Pool, Slot};
pub use texts::{TextId, Texts};
pub use timers::{Due, Reminder, Timers};
pub use waits::WaitingRun;

use self::table::{Item, Table};

/// Everything that the engine remembers.
#[derive(Debug, Clone)]
pub struct State {
    /// Names: those of the rules, then those that facts brought.
    pub names: Names,
    /// People and their rows.
    pub people: People,
    /// Person fields.
    pub columns: Columns,
    /// The texts in them.
    pub texts: Texts,
    /// What the log keeps apart.
    pub details: Details,
    /// What started waiting runs.
    pub causes: Causes,
    /// Events that were handled, by id.
    pub handled: Handled,
    /// Who is in which watched segment.
    pub segments: Segments,
    /// Waits and segments that time will change.
    pub timers: Timers,
}

impl State {
    /// No people, for the fields and segments of a plan.
    pub fn new(plan: &Plan) -> Self {
        Self {
            names: plan.names.clone(),
            people: People::default(),
            columns: Columns::new(plan.rulebook.fields.iter().map(|field| field.type_)),
            texts: Texts::default(),
            details: Details::default(),
            causes: Causes::default(),
            handled: Handled::default(),
            segments: Segments::new(plan.watches.segments.len()),
            timers: Timers::default(),
        }
    }

    /// Adds a person who is not there yet, without values and outside every segment.
    pub fn add_person(&mut self, id: &str) -> PersonIx {
        self.people.add(id)
    }

    /// Lets a run of a person wait. There is a timer for the wait of each person that ends first.
    pub fn wait(&mut self, person: PersonIx, run: WaitingRun) {
        let ends_first = self.people.waiting(person).all(|other| run.until < other.until);
        self.people.push_waiting(person, run);
        if ends_first {
            self.timers.add(Due { at: run.until, person, what: Reminder::Waits });
        }
    }

    /// Sets the timer for the wait of a person that ends first, after the one before it fired.
    pub fn remind_of_waits(&mut self, person: PersonIx) {
        if let Some(at) = self.people.waiting(person).map(|run| run.until).min() {
            self.timers.add(Due { at, person, what: Reminder::Waits });
        }
    }
}

/// Who is in which watched segment, as far as is known, and when time may change that.
#[derive(Debug, Clone)]
pub struct Segments {
    inside: Bits,
    /// By watched segment, then by person; [`NO_MOMENT`] is never. Segments in which time changes nothing take no room.
    changes: Vec<Vec<i64>>,
}

impl Segments {
    fn new(watched: usize) -> Self {
        Self { inside: Bits::default(), changes: vec![Vec::new(); watched] }
    }

    fn place(&self, person: PersonIx, watched: usize) -> usize {
        person.index() * self.changes.len() + watched
    }

    /// Whether the person is in the watched segment with this number.
    pub fn is_inside(&self, person: PersonIx, watched: usize) -> bool {
        self.inside.get(self.place(person, watched))
    }

    /// Notes whether the person is in it.
    pub fn set_inside(&mut self, person: PersonIx, watched: usize, inside: bool) {
        self.inside.set(self.place(person, watched), inside);
    }

    /// When time may change that; a timer runs for it.
    pub fn change(&self, person: PersonIx, watched: usize) -> Option<Timestamp> {
        let at = self.changes.get(watched)?.get(person.index()).copied()?;
        (at != NO_MOMENT).then_some(Timestamp(at))
    }

    /// Notes when time may change that. True when that is another moment than before, so that a new timer is needed.
    pub fn set_change(&mut self, person: PersonIx, watched: usize, at: Option<Timestamp>) -> bool {
        if self.change(person, watched) == at {
            return false;
        }
        if let Some(changes) = self.changes.get_mut(watched) {
            columns::put(changes, person.index(), at.map_or(NO_MOMENT, |at| at.0), NO_MOMENT);
        }
        at.is_some()
    }
}

/// Marks of events that were handled. Only a 128-bit SipHash of person and id is kept, 16 bytes an event: among 10^12
/// events the chance that any two meet is below 10^-14.
#[derive(Debug, Clone, Default)]
pub struct Handled {
    marks: Table<u128>,
    hasher: DefaultHashBuilder,
}

impl Handled {
    /// Whether the event was handled.
    pub fn contains(&self, mark: EventMark) -> bool {
        self.marks.find(self.hash(mark.0), |other| other == mark.0).is_some()
    }

    /// Asks for where a mark is looked for.
    pub fn bring(&self, mark: EventMark) {
        bring(self.marks.first(self.hash(mark.0)));
    }

    /// All marks, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = EventMark> + '_ {
        self.marks.iter().map(EventMark)
    }

    /// Notes that the event was handled, which was not before.
    pub fn add(&mut self, mark: EventMark) {
        let hasher = &self.hasher;
        self.marks.insert(mark.0, |mark| hasher.hash_one(mark));
    }

    /// Marks are saved and put back in some order of their own: that order must not be the one of the table.
    fn hash(&self, mark: u128) -> u64 {
        self.hasher.hash_one(mark)
    }
}

/// What is kept of a person's event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventMark(u128);

/// Person and event that together are longer than this are hashed part by part.
const MARKED_MAX: usize = 128;

impl Item for u128 {
    /// That an event has this very mark is as likely as that two meet.
    const FREE: Self = 0;
}

impl EventMark {
    /// The mark of the event with this id about this person.
    pub fn new(person: &str, id: &str) -> Self {
        let parts = [&(person.len() as u64).to_le_bytes()[..], person.as_bytes(), id.as_bytes()];
        match joined(parts, &mut [0; MARKED_MAX]) {
            Some(together) => Self(SipHasher13::new().hash(together).as_u128()),
            None => Self::of_parts(parts),
        }
    }

    /// The same, however long the parts are.
    fn of_parts(parts: [&[u8]; 3]) -> Self {
        let mut hasher = SipHasher13::new();
        parts.iter().for_each(|part| hasher.write(part));
        Self(hasher.finish128().as_u128())
    }

    /// The mark as it is kept.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// A mark that was kept.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_the_same_in_one_piece_and_in_parts() {
        let long = "ä".repeat(MARKED_MAX);
        for end in (0..MARKED_MAX).step_by(2) {
            for (person, id) in [("ada", &long[..end]), (&long[..end], "e1"), (&long[end..], &long[..end])] {
                let parts = [&(person.len() as u64).to_le_bytes()[..], person.as_bytes(), id.as_bytes()];
                assert_eq!(EventMark::new(person, id), EventMark::of_parts(parts));
            }
        }
        // Those that were saved stay what they are.
        assert_eq!(EventMark::new("ada", "e1").0, 0xf6c4_a10a_e931_d7b8_8fbe_d21d_99f8_71eb);
    }
}
