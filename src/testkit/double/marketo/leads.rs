//! People: look-up, upsert, deletion (facts, 6.4).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::activities::{CHANGE_DATA_VALUE, DELETE_LEAD, NEW_LEAD, PUSH_LEAD};
use super::answer::{Answer, ApiError, Reason, moment};
use super::fields::{convert, plain};
use super::{BATCH_MAX, Call, Lead, Marketo, page};
use crate::model::Timestamp;

/// People that a filter may match.
const MATCHES_MAX: usize = 1000;
/// What is told of a person when nobody says what to tell.
const USUAL: [&str; 6] = ["id", "email", "firstName", "lastName", "createdAt", "updatedAt"];
/// The fields by which people can be found and upserted.
const LOOKUPS: [&str; 8] =
    ["id", "email", "sfdcLeadId", "sfdcContactId", "sfdcAccountId", "sfdcId", "cookie", "twitterId"];

/// An id in a path or value.
pub(super) fn number(text: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| ApiError::new("1001", format!("Invalid value '{text}'. Required of type 'Integer'")))
}

/// How a lead is upserted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    CreateOrUpdate,
    CreateOnly,
    UpdateOnly,
    CreateDuplicate,
}

impl Marketo {
    pub(super) fn lead_value(&self, id: u64, field: &str) -> Value {
        let Some(lead) = self.leads.get(&id) else { return Value::Null };
        match field {
            "id" => json!(id),
            "createdAt" => json!(moment(lead.created)),
            "updatedAt" => json!(moment(lead.updated)),
            name => lead.fields.get(name).cloned().unwrap_or(Value::Null),
        }
    }

    pub(super) fn show_lead(&self, id: u64, fields: &[String]) -> Map<String, Value> {
        let mut shown: Map<String, Value> =
            fields.iter().map(|name| (name.clone(), self.lead_value(id, name))).collect();
        shown.insert("id".to_owned(), json!(id));
        shown
    }

    pub(super) fn lead_by_id(&self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let id = number(id)?;
        let fields = self.asked_fields(&call.values("fields"), &USUAL)?;
        if !self.leads.contains_key(&id) {
            return Err(ApiError::new("1004", format!("Lead '{id}' not found")));
        }
        Ok(Answer::list(vec![Value::Object(self.show_lead(id, &fields))]))
    }

    pub(super) fn leads_by_filter(&self, call: &Call) -> Result<Answer, ApiError> {
        let filter = call.parameter("filterType").ok_or_else(|| ApiError::blank("filterType"))?;
        let values = call.values("filterValues");
        if values.is_empty() {
            return Err(ApiError::blank("filterValues"));
        }
        if values.len() > BATCH_MAX {
            return Err(ApiError::invalid(format!("Max allowed filterValues {BATCH_MAX} exceeded")));
        }
        let searchable = LOOKUPS.contains(&filter) || self.field(filter).is_some_and(|field| field.kind != "boolean");
        if !searchable {
            return Err(ApiError::invalid(format!("Invalid filterType '{filter}'")));
        }
        let fields = self.asked_fields(&call.values("fields"), &USUAL)?;
        let mut found = BTreeSet::new();
        for value in values {
            found.extend(self.find_leads(filter, value));
        }
        if found.len() > MATCHES_MAX {
            return Err(ApiError::invalid(format!("Too many results match the filter: more than {MATCHES_MAX}")));
        }
        let all = found.into_iter().map(|id| Value::Object(self.show_lead(id, &fields))).collect();
        Ok(page(all, call.offset()?, call.batch_size()?))
    }

    /// The people whose field has this value, without regard to capitals.
    pub(super) fn find_leads(&self, field: &str, value: &str) -> Vec<u64> {
        match field {
            "id" => value.parse().ok().filter(|id| self.leads.contains_key(id)).into_iter().collect(),
            "email" => self.by_email.get(&value.to_lowercase()).into_iter().flatten().copied().collect(),
            _ => {
                let Some(field) = self.field(field) else { return Vec::new() };
                let same = |own: &Value| !own.is_null() && plain(own).to_lowercase() == value.to_lowercase();
                let all = self.leads.iter().filter(|(_, lead)| lead.fields.get(&field.name).is_some_and(same));
                all.map(|(id, _)| *id).collect()
            }
        }
    }

    pub(super) fn sync_leads(&mut self, call: &Call) -> Result<Answer, ApiError> {
        let text = |name: &str| call.body.get(name).and_then(Value::as_str);
        let action = match text("action").unwrap_or("createOrUpdate") {
            "createOrUpdate" => Action::CreateOrUpdate,
            "createOnly" => Action::CreateOnly,
            "updateOnly" => Action::UpdateOnly,
            "createDuplicate" => Action::CreateDuplicate,
            other => return Err(ApiError::invalid(format!("Invalid action '{other}'"))),
        };
        let lookup = text("lookupField").unwrap_or("email").to_owned();
        if !LOOKUPS.contains(&lookup.as_str()) && self.field(&lookup).is_none() {
            return Err(ApiError::invalid(format!("Invalid lookupField '{lookup}'")));
        }
        if text("partitionName").is_some_and(|name| name != "Default") {
            return Err(ApiError::new("1009", "Lead partition not found"));
        }
        let result = self.upsert_all(call, action, &lookup, "Web service API")?;
        Ok(Answer::list(result))
    }

    fn upsert_all(&mut self, call: &Call, action: Action, lookup: &str, source: &str) -> Result<Vec<Value>, ApiError> {
        let input = call.input()?;
        let one = |record| match self.upsert(action, lookup, &record, call.now, source) {
            Ok((id, created)) => json!({"id": id, "status": if created { "created" } else { "updated" }}),
            Err(reason) => reason.skipped(),
        };
        Ok(input.into_iter().map(one).collect())
    }

    fn upsert(
        &mut self,
        action: Action,
        lookup: &str,
        record: &Map<String, Value>,
        now: Timestamp,
        source: &str,
    ) -> Result<(u64, bool), Reason> {
        let given = record.iter().find(|(name, _)| name.eq_ignore_ascii_case(lookup)).map(|(_, value)| value);
        let found = match (action, given) {
            (Action::CreateDuplicate, _) => Vec::new(),
            (_, Some(value)) if !value.is_null() && value.as_str() != Some("") => {
                self.find_leads(lookup, &plain(value))
            }
            _ => return Err(Reason("1003", format!("Value for required field '{lookup}' not specified"))),
        };
        let fields = self.lead_fields(record)?;
        match (action, found.as_slice()) {
            (Action::CreateOnly, [_, ..]) => Err(Reason("1005", "Lead already exists".to_owned())),
            (Action::UpdateOnly, []) => Err(Reason::lead_not_found()),
            // An id is not something to be chosen.
            (_, []) if lookup == "id" => Err(Reason::lead_not_found()),
            (_, []) => Ok((self.create_lead(fields, now, source), true)),
            (_, [id]) => {
                self.update_lead(*id, fields, now, source);
                Ok((*id, false))
            }
            (_, [..]) => Err(Reason("1007", "Multiple lead match lookup criteria".to_owned())),
        }
    }

    /// The fields of a record, by their right names and in their right form.
    pub(super) fn lead_fields(&self, record: &Map<String, Value>) -> Result<BTreeMap<String, Value>, Reason> {
        let mut fields = BTreeMap::new();
        for (name, value) in record {
            if name.eq_ignore_ascii_case("id") {
                continue;
            }
            let field = self.field(name).ok_or_else(|| Reason("1006", format!("Field '{name}' not found")))?;
            if field.read_only {
                return Err(Reason("1011", format!("Field '{name}' is not supported")));
            }
            fields.insert(field.name.clone(), convert(field, value)?);
        }
        Ok(fields)
    }

    pub(super) fn create_lead(&mut self, mut fields: BTreeMap<String, Value>, now: Timestamp, source: &str) -> u64 {
        fields.retain(|_, value| !value.is_null());
        let id = self.next("lead", 1);
        self.index_email(id, &Value::Null, fields.get("email").unwrap_or(&Value::Null));
        self.leads.insert(id, Lead { fields, created: now, updated: now, acquired: false });
        self.log(id, now, NEW_LEAD, None, vec![("Source Type", json!(source))]);
        id
    }

    pub(super) fn update_lead(&mut self, id: u64, fields: BTreeMap<String, Value>, now: Timestamp, source: &str) {
        let mut changes = Vec::new();
        let Some(lead) = self.leads.get_mut(&id) else { return };
        for (name, value) in fields {
            let old = lead.fields.get(&name).cloned().unwrap_or(Value::Null);
            if old != value {
                lead.fields.insert(name.clone(), value.clone());
                changes.push((name, old, value));
            }
        }
        if changes.is_empty() {
            return;
        }
        lead.updated = now;
        for (name, old, new) in changes {
            if name == "email" {
                self.index_email(id, &old, &new);
            }
            let number = self.fields.iter().position(|field| field.name == name).unwrap_or_default() + 2;
            let primary = Some((u64::try_from(number).unwrap_or_default(), name));
            let attributes = vec![("New Value", new), ("Old Value", old), ("Source", json!(source))];
            self.log(id, now, CHANGE_DATA_VALUE, primary, attributes);
        }
    }

    fn index_email(&mut self, id: u64, old: &Value, new: &Value) {
        if let Some(old) = old.as_str() {
            let key = old.to_lowercase();
            if let Some(ids) = self.by_email.get_mut(&key) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_email.remove(&key);
                }
            }
        }
        if let Some(new) = new.as_str() {
            self.by_email.entry(new.to_lowercase()).or_default().insert(id);
        }
    }

    pub(super) fn push_leads(&mut self, call: &Call) -> Result<Answer, ApiError> {
        let text = |name: &str| call.body.get(name).and_then(Value::as_str);
        let name = text("programName").ok_or_else(|| ApiError::blank("programName"))?;
        let program =
            self.program_named(name).ok_or_else(|| ApiError::new("1013", format!("Program '{name}' not found")))?;
        let lookup = text("lookupField").unwrap_or("email").to_owned();
        let status = text("programStatus").map(str::to_owned);
        let result = self.upsert_all(call, Action::CreateOrUpdate, &lookup, "Web service API")?;
        for id in result.iter().filter_map(|one| one.get("id").and_then(Value::as_u64)) {
            self.log(id, call.now, PUSH_LEAD, Some((program, name.to_owned())), Vec::new());
            let first = self.first_status(program);
            if let Some(status) = status.clone().or(first) {
                // Somebody who is further already stays there.
                let _ = self.change_status(program, id, &status, call.now, "Pushed lead");
            }
        }
        Ok(Answer::list(result))
    }

    pub(super) fn delete_leads(&mut self, call: &Call) -> Result<Answer, ApiError> {
        let ids: Vec<Option<u64>> = if call.body.get("input").is_some() {
            call.input()?.iter().map(|record| record.get("id").and_then(id_value)).collect()
        } else {
            call.values("id").iter().map(|id| id.parse().ok()).collect()
        };
        if ids.is_empty() {
            return Err(ApiError::blank("id"));
        }
        if ids.len() > BATCH_MAX {
            return Err(ApiError::invalid(format!("Max allowed records {BATCH_MAX} exceeded")));
        }
        let one = |id: Option<u64>| match id.filter(|id| self.remove_lead(*id, call.now)) {
            Some(id) => json!({"id": id, "status": "deleted"}),
            None => Reason::lead_not_found().skipped(),
        };
        Ok(Answer::list(ids.into_iter().map(one).collect()))
    }

    /// Deletes a person with all memberships; whether there was one.
    pub(super) fn remove_lead(&mut self, id: u64, now: Timestamp) -> bool {
        let Some(lead) = self.leads.remove(&id) else { return false };
        self.index_email(id, lead.fields.get("email").unwrap_or(&Value::Null), &Value::Null);
        self.memberships.retain(|(_, lead), _| *lead != id);
        for list in self.lists.values_mut() {
            list.leads.remove(&id);
        }
        self.deleted.push((id, now));
        let name = lead.fields.get("email").map(plain).unwrap_or_default();
        self.log(id, now, DELETE_LEAD, Some((id, name)), vec![("API Method Name", json!("deleteLeads"))]);
        true
    }
}

/// An id in a record, which may be written as a number or as text.
pub(super) fn id_value(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
