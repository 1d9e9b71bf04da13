//! What a pass tells people: counts by object, records, and what it would do.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::Timestamp;
use crate::sync::Trouble;
use crate::sync::ledger::{Book, Record, Which};
use crate::sync::reconcile::Work;
use crate::sync::side::{Pair, Status};

/// What a pass counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Object {
    /// Links of programs and campaigns.
    #[serde(rename = "link")]
    Link,
    /// Type and ActualCost of campaigns.
    #[serde(rename = "campaign")]
    Campaign,
    /// Campaign members, as written to Salesforce.
    #[serde(rename = "campaign member")]
    CampaignMember,
    /// Program members, as written to the program side.
    #[serde(rename = "program member")]
    ProgramMember,
    /// Leads, as made in Salesforce.
    #[serde(rename = "lead")]
    Lead,
    /// People, as made on the program side.
    #[serde(rename = "person")]
    Person,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Link => "link",
            Self::Campaign => "campaign",
            Self::CampaignMember => "campaign member",
            Self::ProgramMember => "program member",
            Self::Lead => "lead",
            Self::Person => "person",
        })
    }
}

/// How many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Made.
    pub new: u64,
    /// Changed.
    pub updated: u64,
    /// Removed.
    pub deleted: u64,
    /// Refused; each has a record.
    pub failed: u64,
    /// Left alone: stopped, or changed again in the meantime.
    pub skipped: u64,
    /// Still to be done by the next pass.
    pub backlog: u64,
}

/// What became of a pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    started: String,
    ended: String,
    counts: BTreeMap<Object, Counts>,
    records: Vec<Record>,
    /// What ended it before its time.
    trouble: Option<String>,
    planned: Vec<String>,
    warnings: Vec<String>,
}

impl Report {
    pub(super) fn begin(at: Timestamp) -> Self {
        Self { started: at.to_string(), ..Self::default() }
    }

    pub(super) fn end(&mut self, at: Timestamp, trouble: Option<&Trouble>) {
        self.ended = at.to_string();
        self.trouble = trouble.map(ToString::to_string);
    }

    /// When it began, as RFC 3339.
    pub fn started(&self) -> &str {
        &self.started
    }

    /// When it ended.
    pub fn ended(&self) -> &str {
        &self.ended
    }

    /// The counts of an object, to be added to.
    pub(super) fn count(&mut self, object: Object) -> &mut Counts {
        self.counts.entry(object).or_default()
    }

    pub(super) fn add(&mut self, record: Record) {
        if !self.records.contains(&record) {
            self.records.push(record);
        }
    }

    pub(super) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The counts by object; objects of which there were none are left out.
    pub fn counts(&self) -> impl Iterator<Item = (Object, Counts)> + '_ {
        self.counts
            .iter()
            .filter(|(_, counts)| **counts != Counts::default())
            .map(|(object, counts)| (*object, *counts))
    }

    /// What people are told.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What is strange and hinders nothing.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What ended it before its time.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// What a dry pass would have done.
    pub fn plan(&self) -> &[String] {
        &self.planned
    }

    /// Whether something stands that somebody has to look after.
    pub fn has_failures(&self) -> bool {
        self.records.iter().any(|record| record.kind.is_failure())
    }

    /// Whether anything was done, or anything is to be told.
    pub fn is_quiet(&self) -> bool {
        self.records.is_empty() && self.trouble.is_none() && self.counts().next().is_none()
    }

    pub(super) fn plans(&mut self, line: String) {
        self.planned.push(line);
    }

    pub(super) fn planned(&mut self, work: &Work, book: &Book) {
        for (which, operations) in [(Which::Program, &work.program), (Which::Campaign, &work.campaign)] {
            for operation in operations {
                let Some(link) = book.links.get(&operation.pair.link()) else { continue };
                let name = |status: Status| link.name(status).unwrap_or("not a member").to_owned();
                let (side, end) = match which {
                    Which::Program => ("program", &link.program),
                    Which::Campaign => ("SFDC campaign", &link.campaign),
                };
                let end = end.as_ref().map_or("", |end| &end.name);
                let who = format!("person {}", who(book, operation.pair));
                self.planned.push(format!("{side} `{end}`: {who}: {} → {}", name(operation.from), name(operation.to)));
            }
        }
    }

    /// As JSON (sync.md section 8 point 9).
    pub fn json(&self) -> String {
        self.value().to_string()
    }

    /// As JSON.
    pub fn value(&self) -> Value {
        json!(Shown {
            version: 1,
            started: &self.started,
            ended: &self.ended,
            passes: self.counts().map(|(object, counts)| Line { object, counts }).collect(),
            records: &self.records,
            trouble: self.trouble.as_deref(),
            warnings: &self.warnings,
            planned: &self.planned,
        })
    }
}

/// A report as JSON.
#[derive(Serialize)]
struct Shown<'r> {
    version: u8,
    started: &'r str,
    ended: &'r str,
    passes: Vec<Line>,
    records: &'r [Record],
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'r str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'r [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    planned: &'r [String],
}

#[derive(Serialize)]
struct Line {
    object: Object,
    #[serde(flatten)]
    counts: Counts,
}

/// The person of a pair, as people know it best.
pub(super) fn who(book: &Book, pair: Pair) -> String {
    let person = book.people.get(&pair.person());
    let id = person.and_then(|person| person.program.as_deref().or(person.sfdc()).or(person.own.as_deref()));
    id.unwrap_or("somebody").to_owned()
}
