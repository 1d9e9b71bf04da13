//! Campaigns, their member statuses and their members: the rules that surprise (facts, sections 0, 1.2 and 1.3).
//!
//! An unknown status is no error: the campaign's default is written instead. A pair exists once. Deleted is gone. A
//! status that is the default or in use cannot be deleted; changing what "responded" means moves everybody's stamp.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Salesforce;
use super::access::Caller;
use super::data::StatusMatch;
use super::error::ApiError;
use super::rows::{Cells, day};
use super::store::member_person;

const MEMBER: &str = "CampaignMember";
const STATUS: &str = "CampaignMemberStatus";

/// A status of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) responded: bool,
    pub(super) default: bool,
    pub(super) order: i64,
}

impl Salesforce {
    /// The statuses of a campaign in their order.
    pub(super) fn labels(&self, campaign: &str) -> Vec<Label> {
        let mut labels: Vec<Label> = self
            .store
            .table(STATUS)
            .filter(|(_, row)| row.text("CampaignId") == campaign)
            .map(|(id, row)| Label {
                id: id.clone(),
                label: row.text("Label").to_owned(),
                responded: row.is("HasResponded"),
                default: row.is("IsDefault"),
                order: row.get("SortOrder").as_i64().unwrap_or_default(),
            })
            .collect();
        labels.sort_by_key(|label| label.order);
        labels
    }

    /// What is stored when `asked` is written: the label, else the default, else the text itself; and whether it responds.
    fn status_for(&self, campaign: &str, asked: Option<&str>) -> (Option<String>, bool) {
        let labels = self.labels(campaign);
        let same = |label: &&Label| {
            asked.is_some_and(|asked| match self.settings.status_match {
                StatusMatch::Exact => label.label == asked,
                StatusMatch::IgnoreCase => label.label.to_lowercase() == asked.to_lowercase(),
            })
        };
        let found = labels.iter().find(same).or_else(|| labels.iter().find(|label| label.default));
        match found {
            Some(label) => (Some(label.label.clone()), label.responded),
            None => (asked.map(str::to_owned), false),
        }
    }

    fn settle_status(&self, caller: &Caller, cells: &mut Cells) {
        let campaign = cell_text(cells, "CampaignId");
        let asked = cells.get("Status").and_then(Value::as_str).map(str::to_owned);
        let (mut status, mut responded) = self.status_for(&campaign, asked.as_deref());
        // What the customer's own flows make of it in the same transaction.
        let rewritten =
            self.settings.automation.iter().find(|rule| status.as_deref() == Some(rule.when_status.as_str()));
        if let Some(rule) = rewritten {
            (status, responded) = self.status_for(&campaign, Some(&rule.set_status));
        }
        cells.insert("Status".to_owned(), status.map_or(Value::Null, Value::from));
        respond(cells, responded, &day(caller.now));
    }

    pub(super) fn before_member_insert(&mut self, caller: &Caller, cells: &mut Cells) -> Result<(), ApiError> {
        let campaign = cell_text(cells, "CampaignId");
        let contact = cell_text(cells, "ContactId");
        let lead = cell_text(cells, "LeadId");
        let person = match (contact.is_empty(), lead.is_empty()) {
            (true, true) => {
                return Err(ApiError::bad(
                    "REQUIRED_FIELD_MISSING",
                    "Required fields are missing: [LeadId, ContactId]",
                )
                .field("LeadId")
                .field("ContactId"));
            }
            (true, false) => {
                if self.row("Lead", &lead).is_some_and(|row| row.is("IsConverted")) {
                    let message = "cannot reference converted lead";
                    return Err(ApiError::bad("CANNOT_UPDATE_CONVERTED_LEAD", message).field("LeadId"));
                }
                lead
            }
            // Given both, only the contact is kept, and nobody says so.
            (false, _) => {
                cells.remove("LeadId");
                contact
            }
        };
        let pair = (campaign.clone(), person.clone());
        if self.store.member(&campaign, &person).is_some() {
            let twice_in_one_call = self.added.0 == caller.request && self.added.1.contains(&pair);
            let message = if twice_in_one_call {
                format!("Attempted to add an entity '{person}' to a campaign '{campaign}' more than once.")
            } else {
                "Already a campaign member.".to_owned()
            };
            return Err(ApiError::bad("DUPLICATE_VALUE", message));
        }
        self.lock(caller, &[&campaign, &person])?;
        self.settle_status(caller, cells);
        if self.added.0 != caller.request {
            self.added = (caller.request, std::collections::BTreeSet::new());
        }
        self.added.1.insert(pair);
        Ok(())
    }

    pub(super) fn before_member_update(
        &mut self,
        caller: &Caller,
        cells: &mut Cells,
        status_given: bool,
    ) -> Result<(), ApiError> {
        let campaign = cell_text(cells, "CampaignId");
        let contact = cell_text(cells, "ContactId");
        let person = if contact.is_empty() { cell_text(cells, "LeadId") } else { contact };
        self.lock(caller, &[&campaign, &person])?;
        if status_given {
            self.settle_status(caller, cells);
        }
        Ok(())
    }

    pub(super) fn before_member_delete(&mut self, caller: &Caller, id: &str) -> Result<(), ApiError> {
        let Some(row) = self.row(MEMBER, id) else { return Err(ApiError::cross_reference()) };
        let campaign = row.text("CampaignId").to_owned();
        let person = member_person(row).to_owned();
        self.lock(caller, &[&campaign, &person])
    }

    /// Salesforce gives two statuses to every new campaign, in the language of the organisation.
    pub(super) fn after_campaign_insert(&mut self, caller: &Caller, campaign: &str) {
        let words = match self.org.language.as_str() {
            "de" => ["Gesendet", "Geantwortet"],
            _ => ["Sent", "Responded"],
        };
        for (order, label, default) in [(1, words[0], true), (2, words[1], false)] {
            let id = self.store.new_id("01Y");
            let cells = [
                ("CampaignId", json!(campaign)),
                ("Label", json!(label)),
                ("SortOrder", json!(order)),
                ("IsDefault", json!(default)),
                ("HasResponded", json!(!default)),
            ];
            let cells = cells.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            self.write_new(caller, STATUS, &id, cells);
        }
    }

    pub(super) fn before_status_insert(&mut self, caller: &Caller, cells: &mut Cells) -> Result<(), ApiError> {
        let campaign = cell_text(cells, "CampaignId");
        self.lock(caller, &[&campaign])?;
        let labels = self.labels(&campaign);
        if cells.get("SortOrder").is_none_or(Value::is_null) {
            let next = labels.iter().map(|label| label.order).max().unwrap_or(0) + 1;
            cells.insert("SortOrder".to_owned(), json!(next));
        }
        check_status(&labels, None, cells)
    }

    pub(super) fn before_status_update(
        &mut self,
        caller: &Caller,
        id: &str,
        before: &Cells,
        after: &Cells,
    ) -> Result<(), ApiError> {
        let campaign = cell_text(after, "CampaignId");
        self.lock(caller, &[&campaign])?;
        let labels = self.labels(&campaign);
        check_status(&labels, Some(id), after)?;
        if cell_is(before, "IsDefault") && !cell_is(after, "IsDefault") {
            let message = "There must be a default status: make another one the default instead.";
            return Err(ApiError::bad("FIELD_INTEGRITY_EXCEPTION", message).field("IsDefault"));
        }
        let others_respond = labels.iter().any(|label| label.id != id && label.responded);
        if cell_is(before, "HasResponded") && !cell_is(after, "HasResponded") && !others_respond {
            return Err(at_least_one_responded());
        }
        Ok(())
    }

    pub(super) fn before_status_delete(&mut self, caller: &Caller, id: &str) -> Result<(), ApiError> {
        let campaign = self.row(STATUS, id).map(|row| row.text("CampaignId").to_owned()).unwrap_or_default();
        self.lock(caller, &[&campaign])?;
        let labels = self.labels(&campaign);
        let Some(own) = labels.iter().find(|label| label.id == id) else { return Ok(()) };
        if own.default {
            return Err(ApiError::bad("DELETE_FAILED", "The default campaign member status cannot be deleted."));
        }
        if own.responded && !labels.iter().any(|label| label.id != id && label.responded) {
            return Err(at_least_one_responded());
        }
        let in_use = self
            .store
            .members_of(&campaign)
            .any(|(_, member)| self.row(MEMBER, member).is_some_and(|row| row.text("Status") == own.label));
        if in_use {
            let message = "The campaign member status is in use and cannot be deleted.";
            return Err(ApiError::bad("DELETE_FAILED", message));
        }
        Ok(())
    }

    /// A new default takes it from the old one; members follow a status whose label or meaning changes.
    pub(super) fn after_status_write(&mut self, caller: &Caller, id: &str, before: Option<&Cells>) {
        let Some(row) = self.row(STATUS, id) else { return };
        let campaign = row.text("CampaignId").to_owned();
        let (label, responded, default) = (row.text("Label").to_owned(), row.is("HasResponded"), row.is("IsDefault"));
        if default {
            let others: Vec<Label> = self.labels(&campaign).into_iter().filter(|l| l.id != id && l.default).collect();
            for other in others {
                self.change(caller, STATUS, &other.id, |cells| {
                    cells.insert("IsDefault".to_owned(), json!(false));
                });
            }
        }
        let Some(before) = before else { return };
        let old = cell_text(before, "Label");
        if old == label && cell_is(before, "HasResponded") == responded {
            return;
        }
        let today = day(caller.now);
        let members: Vec<String> = self.store.members_of(&campaign).map(|(_, member)| member.to_owned()).collect();
        for member in members {
            if self.row(MEMBER, &member).is_some_and(|row| row.text("Status") == old) {
                self.change(caller, MEMBER, &member, |cells| {
                    cells.insert("Status".to_owned(), json!(label));
                    respond(cells, responded, &today);
                });
            }
        }
    }

    /// Changes a row without checks, as the system does.
    pub(super) fn change(&mut self, caller: &Caller, object: &str, id: &str, make: impl FnOnce(&mut Cells)) {
        let Some(row) = self.store.row(object, id) else { return };
        let mut cells = row.cells.clone();
        make(&mut cells);
        self.write_change(caller, object, id, cells, true);
    }

    /// The statuses of a campaign of the data file, in place of those it was born with.
    pub(super) fn set_labels(&mut self, caller: &Caller, campaign: &str, statuses: &[super::data::Status]) {
        let schema = Arc::clone(&self.schema);
        let Some(object) = schema.object(STATUS) else { return };
        for label in self.labels(campaign) {
            self.store.remove(&object.name, &label.id);
        }
        let default = statuses.iter().position(|status| status.default).unwrap_or(0);
        for (order, status) in (1_i64..).zip(statuses) {
            let id = self.store.new_id(&object.prefix);
            let cells = [
                ("CampaignId", json!(campaign)),
                ("Label", json!(status.label)),
                ("SortOrder", json!(order)),
                ("IsDefault", json!(usize::try_from(order).ok() == Some(default + 1))),
                ("HasResponded", json!(status.responded)),
            ];
            let cells = cells.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            self.write_new(caller, STATUS, &id, cells);
        }
    }
}

fn check_status(labels: &[Label], own: Option<&str>, cells: &Cells) -> Result<(), ApiError> {
    let others = || labels.iter().filter(|label| own != Some(label.id.as_str()));
    let order = cells.get("SortOrder").and_then(Value::as_i64).unwrap_or_default();
    if others().any(|label| label.order == order) {
        let message = "A Campaign Member status already a specified sort order. Please specify a different sort order.";
        return Err(ApiError::bad("FIELD_INTEGRITY_EXCEPTION", message).field("SortOrder"));
    }
    let name = cell_text(cells, "Label");
    if let Some(other) = others().find(|label| label.label.to_lowercase() == name.to_lowercase()) {
        let message = format!("duplicate value found: Label duplicates value on record with id: {}", other.id);
        return Err(ApiError::bad("DUPLICATE_VALUE", message).field("Label"));
    }
    Ok(())
}

fn at_least_one_responded() -> ApiError {
    let message = "A campaign must have at least one member status that counts as responded.";
    ApiError::bad("FIELD_INTEGRITY_EXCEPTION", message).field("HasResponded")
}

fn respond(cells: &mut Cells, responded: bool, today: &str) {
    cells.insert("HasResponded".to_owned(), json!(responded));
    if responded && cells.get("FirstRespondedDate").is_none_or(Value::is_null) {
        cells.insert("FirstRespondedDate".to_owned(), json!(today));
    }
}

pub(super) fn cell_text(cells: &Cells, name: &str) -> String {
    cells.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn cell_is(cells: &Cells, name: &str) -> bool {
    cells.get(name).and_then(Value::as_bool).unwrap_or_default()
}
