//! People and what varies in length about them.

use std::hash::RandomState;

use indexmap::IndexSet;
use smol_str::SmolStr;

use crate::compile::Kind;
use crate::model::{
    ActivityId, CampaignId, FieldId, Id, ListId, PersonIx, ProgramId, SegmentId, SfdcCampaignId, StatusId, Timestamp,
    Value,
};

/// What is known about one person besides the fields.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Memberships of SFDC campaigns, sorted by campaign.
    pub sfdc: Vec<SfdcMembership>,
    /// Memberships of programs, sorted by program.
    pub programs: Vec<ProgramMembership>,
    /// Lists, sorted.
    pub lists: Vec<ListId>,
    /// Everything that happened, in the order in which it was told.
    pub log: Vec<LogEntry>,
    /// Smart campaigns that the person qualified for, sorted by campaign.
    pub qualified: Vec<Qualified>,
    /// Runs that wait, in the order in which the waits began.
    pub waiting: Vec<WaitingRun>,
}

/// A membership of a Salesforce campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SfdcMembership {
    /// The campaign.
    pub campaign: SfdcCampaignId,
    /// The status now.
    pub status: StatusId,
    /// When the person was added.
    pub added: Timestamp,
    /// When the status last changed.
    pub changed: Timestamp,
    /// When a status that counts as a response was first reached.
    pub first_responded: Option<Timestamp>,
}

/// A membership of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramMembership {
    /// The program.
    pub program: ProgramId,
    /// The status now; never "Not in Program".
    pub status: StatusId,
    /// When the person became a member.
    pub added: Timestamp,
    /// Since when the status is this.
    pub since: Timestamp,
    /// When success was reached in this membership.
    pub success: Option<Timestamp>,
}

/// That a person qualified for a smart campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Qualified {
    /// The campaign.
    pub campaign: CampaignId,
    /// When last.
    pub last: Timestamp,
    /// How often; also the number of the last run.
    pub times: u32,
}

/// An entry of the activity log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When it happened, which for a fact told late is before entries that stand before it.
    pub at: Timestamp,
    /// What happened.
    pub what: Happening,
}

/// A change of state, as the log and the queue know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// Became a member of an SFDC campaign.
    SfdcAdded(SfdcCampaignId, StatusId),
    /// Was removed from an SFDC campaign, with the last status.
    SfdcRemoved(SfdcCampaignId, StatusId),
    /// The status in an SFDC campaign changed, from and to.
    SfdcStatusChanged(SfdcCampaignId, StatusId, StatusId),
    /// The status in a program changed, from and to, "Not in Program" included.
    ProgramStatusChanged {
        /// The program.
        program: ProgramId,
        /// The status before.
        from: StatusId,
        /// The status after.
        to: StatusId,
        /// Whether it was the first success of this membership.
        success: bool,
    },
    /// Was put on a list.
    ListAdded(ListId),
    /// Was taken off a list.
    ListRemoved(ListId),
    /// A field changed, from and to.
    FieldChanged(FieldId, Box<(Value, Value)>),
    /// A custom activity with its attributes: first those that the rules declare, by place, then others by name.
    Performed(ActivityId, Box<Attributes>),
    /// Came into being.
    Created,
    /// Is in Salesforce now.
    Synced,
    /// Became a contact.
    Converted,
    /// Was deleted in Salesforce.
    Deleted,
    /// Entered a segment; never logged.
    SegmentEntered(SegmentId),
    /// Left a segment; never logged.
    SegmentLeft(SegmentId),
    /// A smart campaign was requested; never logged.
    Requested(CampaignId),
}

/// The attributes of a custom activity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// By [`crate::model::AttributeId`].
    pub declared: Vec<Value>,
    /// What the activity does not declare, by name.
    pub others: Vec<(SmolStr, SmolStr)>,
}

impl Happening {
    /// By which triggers are found: kind and subject.
    pub fn key(&self) -> (Kind, u32) {
        match self {
            Self::SfdcAdded(campaign, _) => (Kind::SfdcAdded, campaign.0),
            Self::SfdcRemoved(campaign, _) => (Kind::SfdcRemoved, campaign.0),
            Self::SfdcStatusChanged(campaign, ..) => (Kind::SfdcStatusChanged, campaign.0),
            Self::ProgramStatusChanged { program, .. } => (Kind::ProgramStatusChanged, program.0),
            Self::ListAdded(list) => (Kind::ListAdded, list.0),
            Self::ListRemoved(list) => (Kind::ListRemoved, list.0),
            Self::FieldChanged(field, _) => (Kind::FieldChanged, field.0),
            Self::Performed(activity, _) => (Kind::Performed, activity.0),
            Self::Created => (Kind::Created, 0),
            Self::Synced => (Kind::Synced, 0),
            Self::Converted => (Kind::Converted, 0),
            Self::Deleted => (Kind::Deleted, 0),
            Self::SegmentEntered(segment) => (Kind::SegmentEntered, segment.0),
            Self::SegmentLeft(segment) => (Kind::SegmentLeft, segment.0),
            Self::Requested(campaign) => (Kind::Requested, campaign.0),
        }
    }

    /// Whether it is a change of state that the log keeps.
    pub const fn is_logged(&self) -> bool {
        !matches!(self, Self::SegmentEntered(_) | Self::SegmentLeft(_) | Self::Requested(_))
    }
}

/// A run that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRun {
    /// The campaign.
    pub campaign: CampaignId,
    /// Which of the person's runs of it.
    pub run: u32,
    /// Where it goes on in the plan's code.
    pub resume_at: u32,
    /// How many waits it has come back from, this one not counted.
    pub waits: u32,
    /// Until then.
    pub until: Timestamp,
    /// Its place among all waits of the state, in the order in which they began.
    pub began: u64,
    /// The outside event that started it.
    pub cause: Option<SmolStr>,
    /// What its trigger saw, when a step needs it.
    pub trigger: Option<Box<Happening>>,
}

/// All people.
#[derive(Debug, Clone, Default)]
pub struct People {
    ids: IndexSet<SmolStr, RandomState>,
    rows: Vec<Person>,
}

impl People {
    /// The person with this id.
    pub fn find(&self, id: &str) -> Option<PersonIx> {
        self.ids.get_index_of(id).map(PersonIx::new)
    }

    /// Adds a person who is not there yet.
    pub fn add(&mut self, id: &str) -> PersonIx {
        let (index, is_new) = self.ids.insert_full(SmolStr::new(id));
        if is_new {
            self.rows.push(Person::default());
        }
        PersonIx::new(index)
    }

    /// The id of a person.
    pub fn id(&self, person: PersonIx) -> &SmolStr {
        static NOBODY: SmolStr = SmolStr::new_static("");
        self.ids.get_index(person.index()).unwrap_or(&NOBODY)
    }

    /// The row of a person.
    pub fn get(&self, person: PersonIx) -> &Person {
        static NOBODY: Person = Person {
            sfdc: Vec::new(),
            programs: Vec::new(),
            lists: Vec::new(),
            log: Vec::new(),
            qualified: Vec::new(),
            waiting: Vec::new(),
        };
        self.rows.get(person.index()).unwrap_or(&NOBODY)
    }

    /// The row of a person, to be changed.
    pub fn get_mut(&mut self, person: PersonIx) -> Option<&mut Person> {
        self.rows.get_mut(person.index())
    }

    /// How many people there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Everybody, in byte order of their ids.
    pub fn in_order(&self) -> Vec<PersonIx> {
        let mut all: Vec<PersonIx> = (0..self.rows.len()).map(PersonIx::new).collect();
        all.sort_unstable_by(|a, b| self.id(*a).as_bytes().cmp(self.id(*b).as_bytes()));
        all
    }
}

impl Person {
    /// The membership of an SFDC campaign.
    pub fn sfdc(&self, campaign: SfdcCampaignId) -> Option<&SfdcMembership> {
        self.sfdc.binary_search_by_key(&campaign, |row| row.campaign).ok().and_then(|at| self.sfdc.get(at))
    }

    /// The membership of a program.
    pub fn program(&self, program: ProgramId) -> Option<&ProgramMembership> {
        self.programs.binary_search_by_key(&program, |row| row.program).ok().and_then(|at| self.programs.get(at))
    }

    /// The status in a program, "Not in Program" without a membership.
    pub fn program_status(&self, program: ProgramId) -> StatusId {
        self.program(program).map_or(StatusId::NOT_IN_PROGRAM, |row| row.status)
    }

    /// When and how often the person qualified for a campaign.
    pub fn qualified(&self, campaign: CampaignId) -> Option<&Qualified> {
        self.qualified.binary_search_by_key(&campaign, |row| row.campaign).ok().and_then(|at| self.qualified.get(at))
    }

    /// Puts a membership in its place, over the one that is there.
    pub fn put_sfdc(&mut self, row: SfdcMembership) {
        put(&mut self.sfdc, row, |row| row.campaign);
    }

    /// Takes a membership away.
    pub fn remove_sfdc(&mut self, campaign: SfdcCampaignId) -> Option<SfdcMembership> {
        let at = self.sfdc.binary_search_by_key(&campaign, |row| row.campaign).ok()?;
        Some(self.sfdc.remove(at))
    }

    /// Puts a membership in its place, over the one that is there.
    pub fn put_program(&mut self, row: ProgramMembership) {
        put(&mut self.programs, row, |row| row.program);
    }

    /// Takes a membership away.
    pub fn remove_program(&mut self, program: ProgramId) -> Option<ProgramMembership> {
        let at = self.programs.binary_search_by_key(&program, |row| row.program).ok()?;
        Some(self.programs.remove(at))
    }

    /// Puts the person on a list; false when it is there.
    pub fn put_list(&mut self, list: ListId) -> bool {
        match self.lists.binary_search(&list) {
            Ok(_) => false,
            Err(at) => {
                self.lists.insert(at, list);
                true
            }
        }
    }

    /// Takes the person off a list; false when it is not there.
    pub fn remove_list(&mut self, list: ListId) -> bool {
        match self.lists.binary_search(&list) {
            Ok(at) => {
                self.lists.remove(at);
                true
            }
            Err(_) => false,
        }
    }

    /// Notes that the person qualified, and gives the number of the run.
    pub fn qualify(&mut self, campaign: CampaignId, now: Timestamp) -> u32 {
        let times = self.qualified(campaign).map_or(0, |row| row.times).saturating_add(1);
        put(&mut self.qualified, Qualified { campaign, last: now, times }, |row| row.campaign);
        times
    }
}

fn put<T, K: Ord>(rows: &mut Vec<T>, row: T, key: impl Fn(&T) -> K) {
    match rows.binary_search_by_key(&key(&row), &key) {
        Ok(at) => {
            if let Some(slot) = rows.get_mut(at) {
                *slot = row;
            }
        }
        Err(at) => rows.insert(at, row),
    }
}
