//! The engine's memory in a form that outlives it: names instead of dense ids, so that another rule book, or an engine that
//! lays its state out otherwise, can take it over.
//!
//! [`Head`] is what is not about one person, [`Person`] what is known about one. [`Engine::track`] makes the engine note
//! whom inputs change, [`Engine::save`] tells, [`Engine::chunk`] gives people; [`Engine::restore_head`] and
//! [`Engine::restore_people`] put everything back. An engine that was restored goes on as the one that was saved would
//! have. Nothing here knows files.

mod map;
mod restore;
mod take;
mod value;

use serde::{Deserialize, Serialize};

use super::Engine;
use crate::model::{Id as _, PersonIx, Timestamp};
use crate::state::{Bits, EventMark};

pub(super) use restore::Places;
pub use restore::{Orphan, Restored};
pub use value::Kept;

/// So many people make a chunk, which is saved as a whole.
pub const CHUNK_PEOPLE: usize = 256;

/// What an engine remembers that is not about one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The clock.
    pub now: Timestamp,
    /// Where the clock would have started.
    pub first_load: Option<Timestamp>,
    /// Events that were handed in, duplicates and clock records included; the next one gets the number after it.
    pub events: u64,
    /// Of these, those that were dropped because their id was known.
    pub duplicates: u64,
    /// Of these, those that changed nothing.
    pub no_change: u64,
    /// `qualified` records so far.
    pub qualified: u64,
    /// `action` records so far.
    pub actions: u64,
    /// `incident` records so far.
    pub incidents: u64,
    /// How many people there are.
    pub people: u64,
    /// When scheduled batch campaigns run next.
    pub schedules: Vec<Scheduled>,
}

/// When a scheduled batch campaign runs next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The campaign.
    pub campaign: String,
    /// The canonical text of the schedule that says so.
    pub schedule: String,
    /// Then.
    pub at: Timestamp,
}

/// What is known about one person. Names and texts are of type `S`: places in a table of texts, or texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person<S> {
    /// The id.
    pub person: S,
    /// Field values, of fields that have one.
    pub fields: Vec<(S, Kept<S>)>,
    /// Memberships of SFDC campaigns.
    pub sfdc_campaigns: Vec<SfdcMember<S>>,
    /// Memberships of programs.
    pub programs: Vec<ProgramMember<S>>,
    /// Lists.
    pub lists: Vec<S>,
    /// The activity log, in the order in which it was told.
    pub log: Vec<Logged<S>>,
    /// Smart campaigns that the person qualified for.
    pub qualified: Vec<QualifiedFor<S>>,
    /// Runs that wait, in the order in which the waits began.
    pub waiting: Vec<WaitingIn<S>>,
    /// Watched segments that the person is in, or may enter or leave because time passes.
    pub segments: Vec<InSegment<S>>,
}

/// A membership of an SFDC campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SfdcMember<S> {
    /// The campaign.
    pub campaign: S,
    /// The status.
    pub status: S,
    /// When the person was added.
    pub added: Timestamp,
    /// When the status last changed.
    pub changed: Timestamp,
    /// When a status that counts as a response was first reached.
    pub first_responded: Option<Timestamp>,
}

/// A membership of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramMember<S> {
    /// The program.
    pub program: S,
    /// The status.
    pub status: S,
    /// When the person became a member.
    pub added: Timestamp,
    /// Since when the status is this.
    pub since: Timestamp,
    /// When success was reached.
    pub success: Option<Timestamp>,
}

/// An entry of the activity log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged<S> {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub what: Happened<S>,
}

/// What happened to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of crate::state::Happening, where they are explained")]
pub enum Happened<S> {
    SfdcAdded { campaign: S, status: S },
    SfdcRemoved { campaign: S, status: S },
    SfdcStatusChanged { campaign: S, from: S, to: S },
    ProgramStatusChanged { program: S, from: S, to: S, success: bool },
    ListAdded { list: S },
    ListRemoved { list: S },
    FieldChanged { field: S, from: Kept<S>, to: Kept<S> },
    Performed { activity: S, attributes: Vec<(S, Kept<S>)> },
    Created,
    Synced,
    Converted,
    Deleted,
    SegmentEntered { segment: S },
    SegmentLeft { segment: S },
    Requested { campaign: S },
}

/// That a person qualified for a smart campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualifiedFor<S> {
    /// The campaign.
    pub campaign: S,
    /// When last.
    pub last: Timestamp,
    /// How often.
    pub times: u32,
}

/// A run that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingIn<S> {
    /// The campaign.
    pub campaign: S,
    /// Which of the person's runs of it.
    pub run: u32,
    /// The step at which it waits: the id that its author gave it, and its path and its text.
    pub step: Option<S>,
    /// See [`WaitingIn::step`].
    pub path: S,
    /// See [`WaitingIn::step`].
    pub text: S,
    /// Until then.
    pub until: Timestamp,
    /// How many waits it has come back from.
    pub waits: u32,
    /// The outside event that started it.
    pub cause: Option<S>,
    /// What its trigger saw.
    pub trigger: Option<Happened<S>>,
}

/// What is known about a person and a watched segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InSegment<S> {
    /// The segment.
    pub segment: S,
    /// Whether the person is in it.
    pub inside: bool,
    /// When time may change that.
    pub change: Option<Timestamp>,
}

/// People and the texts that they name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk<'a> {
    /// The texts, each once.
    #[serde(borrow)]
    pub texts: Vec<&'a str>,
    /// The people.
    pub people: Vec<Person<u32>>,
}

/// What is to be saved.
#[derive(Debug)]
pub struct Saved {
    /// What is not about one person.
    pub head: Head,
    /// Numbers of chunks with people whom inputs changed, ascending.
    pub chunks: Vec<usize>,
    /// Marks of events that were handled.
    pub marks: Vec<EventMark>,
}

/// What the engine notes for [`Engine::save`].
#[derive(Debug, Default)]
pub(super) struct Tracked {
    chunks: Bits,
    marks: Vec<EventMark>,
}

impl Tracked {
    /// Something about the person changed.
    pub(super) fn person(&mut self, person: PersonIx) {
        self.chunks.set(person.index() / CHUNK_PEOPLE, true);
    }

    /// An event was handled.
    pub(super) fn mark(&mut self, mark: EventMark) {
        self.marks.push(mark);
    }
}

impl Engine {
    /// From now on the engine notes what inputs change.
    pub fn track(&mut self) {
        self.core.tracked.get_or_insert_default();
    }

    /// What is to be saved: that since [`Engine::track`], or since the last call. `None` before the clock was started.
    pub fn save(&mut self) -> Option<Saved> {
        self.core.now?;
        // The next input would begin with it, at the same moment.
        self.turn().settle_loads();
        let head = self.head()?;
        let all = self.chunks();
        let Tracked { chunks, marks } = self.core.tracked.as_deref_mut().map(std::mem::take).unwrap_or_default();
        Some(Saved { head, chunks: (0..all).filter(|chunk| chunks.get(*chunk)).collect(), marks })
    }

    /// Starts the clock where loads say, else at the epoch; nothing when it runs.
    pub fn start_from_loads(&mut self) {
        self.turn().start_anywhere();
    }

    /// The marks of all events that were handled, sorted.
    pub fn marks(&self) -> Vec<EventMark> {
        let mut marks: Vec<EventMark> = self.core.state.handled.iter().collect();
        marks.sort_unstable();
        marks
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> usize {
        self.core.state.people.len().div_ceil(CHUNK_PEOPLE)
    }
}
