//! What is known of a person, as plain maps of names.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{FieldId, Id, StandardField, Timestamp, Value};

/// Everything about one person.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    /// By place of the field.
    pub(super) values: Vec<Value>,
    /// By name of the Salesforce campaign.
    pub(super) memberships: BTreeMap<String, Membership>,
    /// By name of the program.
    pub(super) programs: BTreeMap<String, InProgram>,
    /// Names of lists.
    pub(super) lists: BTreeSet<String>,
    /// The activity log.
    pub(super) log: Vec<Logged>,
    /// By place of the smart campaign: how often the person qualified and when last.
    pub(super) qualified: BTreeMap<usize, (u32, Timestamp)>,
    /// By place of the segment: whether the person was last seen in it.
    pub(super) answers: BTreeMap<usize, bool>,
}

/// A membership of a Salesforce campaign.
#[derive(Debug, Clone)]
pub(super) struct Membership {
    pub(super) status: String,
    pub(super) added: Timestamp,
}

/// A membership of a program.
#[derive(Debug, Clone)]
pub(super) struct InProgram {
    pub(super) status: String,
    pub(super) since: Timestamp,
    pub(super) success: bool,
}

/// A line of the log.
#[derive(Debug, Clone)]
pub(super) struct Logged {
    pub(super) at: Timestamp,
    pub(super) what: Happened,
}

/// An activity.
#[derive(Debug, Clone)]
pub(super) enum Happened {
    Created,
    Synced,
    Converted,
    Deleted,
    SfdcAdded { campaign: String, status: String },
    SfdcRemoved { campaign: String, status: String },
    SfdcChanged { campaign: String, from: String, to: String },
    ProgramChanged { program: String, from: String, to: String, success: bool },
    ListAdded(String),
    ListRemoved(String),
    FieldChanged { field: FieldId, from: Value, to: Value },
    Performed { activity: String, attributes: BTreeMap<usize, Value> },
    Requested(String),
    Enters(usize),
    Leaves(usize),
}

impl Person {
    /// The value of a field.
    pub(super) fn value(&self, field: FieldId) -> Value {
        self.values.get(field.index()).cloned().unwrap_or(Value::Empty)
    }

    /// Gives a field a value without further ado.
    pub(super) fn put(&mut self, field: FieldId, value: Value) {
        if let Some(slot) = self.values.get_mut(field.index()) {
            *slot = value;
        }
    }

    /// Whether Salesforce knows the person.
    pub(super) fn in_sfdc(&self) -> bool {
        !self.value(StandardField::SFDC_TYPE).is_empty()
            && self.value(StandardField::SFDC_IS_DELETED) != Value::Boolean(true)
    }

    /// The progression status in a program.
    pub(super) fn status_in(&self, program: &str) -> String {
        let known = self.programs.get(program);
        known.map_or_else(|| crate::model::NOT_IN_PROGRAM.to_owned(), |it| it.status.clone())
    }
}
