//! What the sync knows from one pass to the next.
//!
//! A [`Book`] is all of it in memory; a [`Ledger`] keeps it: [`SqliteLedger`] in the state directory, [`MemoryLedger`] for
//! comparison. A pass changes its book through [`Entries`] and commits what it changed, all of it or nothing ([`Changes`]).
//! Nothing here knows what any of it means.

mod changes;
#[cfg(test)]
mod conformance_tests;
mod entries;
mod memory;
mod sqlite;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use changes::Changes;
pub use entries::{Entries, Move};
pub use memory::MemoryLedger;
pub use sqlite::SqliteLedger;

use super::reconcile::Base;
use super::side::{Pair, Seconds, Side, Status};

/// Why the ledger cannot be kept or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LedgerError {
    /// What is wrong, in one line.
    pub message: String,
    /// What to do.
    pub help: Vec<String>,
}

/// One end of a link: a program or a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Its id.
    pub id: String,
    /// Its name when the link was made.
    pub name: String,
}

/// A program and a campaign that are kept in step, or one of them alone that rules name: that one is only watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The program.
    pub program: Option<End>,
    /// The campaign.
    pub campaign: Option<End>,
    /// Whether `campanile link` made it; else the rules did, and it ends when they no longer name it.
    pub by_command: bool,
    /// Whether it still stands.
    pub active: bool,
    /// Whether not everything of its first pass is done.
    pub first: bool,
    /// When both sides were last compared as a whole.
    pub compared: Option<Seconds>,
    /// Every status that either side ever used or offered; [`Status`] counts from here.
    pub statuses: Vec<String>,
    /// The program's channel, as last seen.
    #[serde(default)]
    pub channel: Option<String>,
    /// The sum of the program's period costs, as last seen.
    #[serde(default)]
    pub cost: Option<Decimal>,
}

impl Link {
    /// A link of these ends, of which nothing was seen yet.
    pub fn new(program: Option<End>, campaign: Option<End>, by_command: bool) -> Self {
        Self {
            program,
            campaign,
            by_command,
            active: true,
            first: true,
            compared: None,
            statuses: Vec::new(),
            channel: None,
            cost: None,
        }
    }

    /// Whether it keeps two in step.
    pub const fn is_both(&self) -> bool {
        self.program.is_some() && self.campaign.is_some()
    }

    /// What people call it: its program, else its campaign.
    pub fn label(&self) -> &str {
        self.program.as_ref().or(self.campaign.as_ref()).map_or("", |end| &end.name)
    }

    /// The status with this name, which is added where it is new.
    pub fn status(&mut self, name: &str) -> Status {
        let at = self.statuses.iter().position(|own| own == name).unwrap_or_else(|| {
            self.statuses.push(name.to_owned());
            self.statuses.len() - 1
        });
        Status::at(u16::try_from(at).unwrap_or(u16::MAX))
    }

    /// The name of a status; nothing for somebody who is no member.
    pub fn name(&self, status: Status) -> Option<&str> {
        self.statuses.get(usize::from(status.place()?)).map(String::as_str)
    }
}

/// Which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The program's.
    Program,
    /// The campaign's.
    Campaign,
}

/// A person of any link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Its id for the rules; nothing as long as they know nothing of it.
    #[serde(default)]
    pub own: Option<String>,
    /// Its id on the program side.
    pub program: Option<String>,
    /// Its lead in Salesforce.
    pub lead: Option<String>,
    /// Its contact in Salesforce.
    pub contact: Option<String>,
    /// Why nothing is done for it; looked at again on every pass.
    pub stopped: Option<String>,
    /// Where and when (by that server's time) it was to be created, as long as nobody knows what came of it.
    pub creating: Option<(Which, Seconds)>,
}

impl Person {
    /// The record of Salesforce that stands for the person.
    pub fn sfdc(&self) -> Option<&str> {
        self.contact.as_deref().or(self.lead.as_deref())
    }
}

/// A campaign member: whose it is, and what it last showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The lead or contact.
    pub sfdc: String,
    /// Whose, where.
    pub pair: Pair,
    /// Its status.
    pub status: Status,
    /// Its `SystemModstamp`.
    pub stamp: Seconds,
}

/// What a flow of the rules did, and what is therefore to be done outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The person is to be in Salesforce.
    Sync {
        /// Who.
        person: u32,
    },
    /// The person is to have a status in a campaign or program.
    Status {
        /// Where.
        which: Which,
        /// The number of the link.
        link: u32,
        /// Who.
        person: u32,
        /// The status; nothing for a removal.
        status: Option<String>,
        /// Whether a membership that is there already stays as it is.
        add: bool,
    },
}

impl Order {
    /// Who.
    pub const fn person(&self) -> u32 {
        match self {
            Self::Sync { person } | Self::Status { person, .. } => *person,
        }
    }

    /// The same for somebody else.
    pub fn of(self, number: u32) -> Self {
        match self {
            Self::Sync { person: _ } => Self::Sync { person: number },
            Self::Status { which, link, person: _, status, add } => {
                Self::Status { which, link, person: number, status, add }
            }
        }
    }
}

/// What the rules are to be told: an event record (interfaces.md section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Whether it was so before anybody looked: then it sets state and fires nothing.
    pub silent: bool,
    /// The record.
    pub record: String,
}

/// Something that people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// `conflict`, `refused_link`, `unknown_status`, `failed` or `backward`.
    pub kind: Kind,
    /// The link: its program's name.
    pub link: String,
    /// The person: the id of the program side, else of Salesforce.
    pub person: Option<String>,
    /// The program's id.
    pub program_id: Option<String>,
    /// The campaign member's id.
    pub campaign_member_id: Option<String>,
    /// The program's value.
    pub program: Option<String>,
    /// The campaign's value.
    pub campaign: Option<String>,
    /// The value on which both last agreed.
    pub base: Option<String>,
    /// Whose value stands.
    pub winner: Option<Which>,
    /// The code of an error.
    pub code: Option<String>,
    /// What happened and what to do; of an error verbatim.
    pub message: String,
    /// When, as RFC 3339.
    pub at: String,
}

/// Kinds of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Both sides changed; one value was overwritten.
    Conflict,
    /// A link cannot be made.
    RefusedLink,
    /// A status that the other side does not offer.
    UnknownStatus,
    /// Something was refused.
    Failed,
    /// The campaign went to a lower step.
    Backward,
}

impl Kind {
    /// Whether it stands as long as nobody does something about it.
    pub const fn is_failure(self) -> bool {
        match self {
            Self::RefusedLink | Self::UnknownStatus | Self::Failed => true,
            Self::Conflict | Self::Backward => false,
        }
    }
}

/// Everything that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    /// Links by number, from 0 without a gap.
    pub links: BTreeMap<u32, Link>,
    /// People by number.
    pub people: BTreeMap<u32, Person>,
    /// Campaign members by id: what a deletion, which tells the id alone, is understood by.
    pub members: BTreeMap<String, Member>,
    /// What the program side showed.
    pub program: Side,
    /// What the campaign side showed.
    pub campaign: Side,
    /// On what both agreed.
    pub base: Base,
    /// Members that are being removed and added again, with the status that they are to have in the end.
    pub intents: BTreeMap<Pair, Status>,
    /// What flows did that has not gone out yet, by the number of the action record.
    pub orders: BTreeMap<u64, Order>,
    /// What the rules were not told yet, by number; numbers are never used twice.
    pub facts: BTreeMap<u64, Fact>,
    /// Where pulls go on, and other small facts.
    pub notes: BTreeMap<String, String>,
}

/// Keeps a book.
pub trait Ledger {
    /// Everything that was kept.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn load(&mut self) -> Result<Book, LedgerError>;

    /// Keeps changes, all of them or none, durably.
    ///
    /// # Errors
    ///
    /// When that cannot be done; then nothing was kept.
    fn commit(&mut self, changes: &Changes) -> Result<(), LedgerError>;

    /// The records that were made at this time (RFC 3339, UTC) or later, oldest first.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn records(&mut self, since: &str) -> Result<Vec<Record>, LedgerError>;

    /// The reports of passes that began at this time or later, oldest first, as JSON.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn passes(&mut self, since: &str) -> Result<Vec<String>, LedgerError>;
}
