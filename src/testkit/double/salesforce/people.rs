//! Leads and contacts: duplicates, conversion, merges (facts, 1.4).

use std::sync::Arc;

use serde_json::{Value, json};

use super::Salesforce;
use super::access::Caller;
use super::error::ApiError;
use super::members::cell_text;
use super::rows::{Cells, day};
use super::schema::Object;

/// What a conversion made or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Converted {
    pub(super) account: String,
    pub(super) contact: String,
}

impl Salesforce {
    pub(super) fn before_person_insert(&self, caller: &Caller, object: &Object, cells: &Cells) -> Result<(), ApiError> {
        let email = cell_text(cells, "Email").to_lowercase();
        if !self.settings.duplicate_rule || caller.allow_duplicates || email.is_empty() {
            return Ok(());
        }
        let found = ["Contact", "Lead"].iter().any(|name| {
            self.store.table(name).any(|(_, row)| !row.is("IsDeleted") && row.text("Email").to_lowercase() == email)
        });
        if found {
            debug_assert!(object.mergeable);
            return Err(ApiError::bad("DUPLICATES_DETECTED", "Use one of these records?"));
        }
        Ok(())
    }

    pub(super) fn before_lead_update(&self, caller: &Caller, before: &Cells) -> Result<(), ApiError> {
        let converted = before.get("IsConverted").and_then(Value::as_bool).unwrap_or_default();
        let may = caller.user.as_ref().is_none_or(|user| user.edit_converted_leads);
        if converted && !may {
            return Err(ApiError::bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot update converted lead"));
        }
        Ok(())
    }

    /// Converts a lead, as somebody in the product does: into a new contact, or into one that is there.
    ///
    /// The lead's memberships stay and get the contact; where the contact is a member already, the lead's row goes. (What
    /// Salesforce does in that case is not documented.)
    pub(super) fn convert_lead(
        &mut self,
        caller: &Caller,
        lead: &str,
        contact: Option<&str>,
    ) -> Result<Converted, ApiError> {
        let schema = Arc::clone(&self.schema);
        let (Some(lead_object), Some(contact_object), Some(member_object)) =
            (schema.object("Lead"), schema.object("Contact"), schema.object("CampaignMember"))
        else {
            return Err(ApiError::cross_reference());
        };
        let lead = self.existing(caller, lead_object, lead)?;
        let Some(row) = self.row("Lead", &lead).cloned() else { return Err(ApiError::cross_reference()) };
        if row.is("IsConverted") {
            return Err(ApiError::bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot update converted lead"));
        }
        let contact = match contact {
            Some(contact) => self.existing(caller, contact_object, contact)?,
            None => {
                let account = serde_json::Map::from_iter([("Name".to_owned(), row.get("Company").clone())]);
                let account = self.insert(caller, "Account", &account)?;
                let mut fields = serde_json::Map::from_iter([("AccountId".to_owned(), json!(account))]);
                for field in
                    ["FirstName", "LastName", "Salutation", "Email", "Phone", "MobilePhone", "Title", "LeadSource"]
                {
                    fields.insert(field.to_owned(), row.get(field).clone());
                }
                let mut quiet = caller.clone();
                quiet.allow_duplicates = true;
                self.insert(&quiet, "Contact", &fields)?
            }
        };
        let account = self.row("Contact", &contact).map(|row| row.text("AccountId").to_owned()).unwrap_or_default();
        let today = day(caller.now);
        self.change(caller, "Lead", &lead, |cells| {
            cells.insert("IsConverted".to_owned(), json!(true));
            cells.insert("Status".to_owned(), json!("Closed - Converted"));
            cells.insert("ConvertedDate".to_owned(), json!(today));
            cells.insert("ConvertedContactId".to_owned(), json!(contact));
            cells.insert("ConvertedAccountId".to_owned(), json!(account));
        });
        for (id, campaign) in self.memberships("LeadId", &lead) {
            if self.store.member(&campaign, &contact).is_some() {
                self.take_away(caller, member_object, &id);
            } else if let Some(mut row) = self.store.remove("CampaignMember", &id) {
                row.set("ContactId", contact.as_str());
                let cells = row.cells.clone();
                self.store.put("CampaignMember", &id, row);
                self.write_change(caller, "CampaignMember", &id, cells, true);
            }
        }
        Ok(Converted { account, contact })
    }

    /// Merges records of one object into a winner, as somebody in the product does.
    ///
    /// The winner keeps its values and takes over those it has none of. Memberships of losers are deleted and made anew
    /// for the winner with new ids, unless it has one in that campaign.
    pub(super) fn merge(&mut self, caller: &Caller, winner: &str, losers: &[String]) -> Result<(), ApiError> {
        let schema = Arc::clone(&self.schema);
        let object = schema
            .of_id(winner)
            .filter(|object| matches!(object.name.as_str(), "Lead" | "Contact"))
            .ok_or_else(|| ApiError::bad("INVALID_TYPE", "only leads and contacts can be merged"))?;
        let field = if object.name == "Lead" { "LeadId" } else { "ContactId" };
        let Some(member_object) = schema.object("CampaignMember") else { return Err(ApiError::cross_reference()) };
        let winner = self.existing(caller, object, winner)?;
        for loser in losers {
            let loser = self.existing(caller, object, loser)?;
            if loser == winner {
                return Err(ApiError::bad("INVALID_FIELD_VALUE", "a record cannot be merged with itself"));
            }
            let values = self.row(&object.name, &loser).map(|row| row.cells.clone()).unwrap_or_default();
            self.change(caller, &object.name, &winner, |cells| {
                for (name, value) in values {
                    let entry = cells.entry(name).or_insert(Value::Null);
                    if entry.is_null() {
                        *entry = value;
                    }
                }
            });
            for (id, campaign) in self.memberships(field, &loser) {
                let Some(row) = self.row("CampaignMember", &id).cloned() else { continue };
                self.take_away(caller, member_object, &id);
                if self.store.member(&campaign, &winner).is_none() {
                    let mut cells = row.cells;
                    cells.insert(field.to_owned(), json!(winner));
                    let id = self.store.new_id(&member_object.prefix);
                    self.write_new(caller, "CampaignMember", &id, cells);
                }
            }
            self.change(caller, &object.name, &loser, |cells| {
                cells.insert("MasterRecordId".to_owned(), json!(winner));
            });
            self.take_away(caller, object, &loser);
        }
        Ok(())
    }

    /// The members in which `field` is this person, with their campaigns.
    fn memberships(&self, field: &str, person: &str) -> Vec<(String, String)> {
        self.store
            .table("CampaignMember")
            .filter(|(_, row)| row.text(field) == person)
            .map(|(id, row)| (id.clone(), row.text("CampaignId").to_owned()))
            .collect()
    }
}
