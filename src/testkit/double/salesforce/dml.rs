//! Insert, update and delete of one record, with all checks that Salesforce makes before it writes.
//!
//! What is special about members, statuses, campaigns and people is in `members` and `people`. Start at
//! [`Salesforce::insert`].

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Salesforce;
use super::access::Caller;
use super::data::Sharing;
use super::error::ApiError;
use super::ids;
use super::rows::{Cells, Row, Shadow, convert, moment};
use super::schema::{Field, Kind, Object, Schema};
use super::store::Deletion;
use crate::model::Timestamp;

impl Salesforce {
    pub(super) fn row(&self, object: &str, id: &str) -> Option<&Row> {
        self.store.row(object, id)
    }

    /// The object of that name, if this caller can know of it.
    pub(super) fn known_object<'a>(&self, caller: &Caller, schema: &'a Schema, name: &str) -> Option<&'a Object> {
        schema.object(name).filter(|object| self.object_access(caller, object).read)
    }

    /// Creates a record and gives its id.
    pub(super) fn insert(
        &mut self,
        caller: &Caller,
        name: &str,
        fields: &Map<String, Value>,
    ) -> Result<String, ApiError> {
        let schema = Arc::clone(&self.schema);
        let object = self.known_object(caller, &schema, name).ok_or_else(|| unknown_object(name))?;
        if !self.object_access(caller, object).create {
            return Err(ApiError::no_access());
        }
        let mut cells = self.read_fields(caller, object, fields, true)?;
        for field in &object.fields {
            if cells.get(&field.name).is_none_or(Value::is_null)
                && let Some(default) = &field.default
            {
                let own = field.name == "OwnerId";
                cells.insert(field.name.clone(), if own { json!(caller.user_id) } else { default.clone() });
            }
        }
        let missing: Vec<&str> = object
            .fields
            .iter()
            .filter(|field| field.is_required() && cells.get(&field.name).is_none_or(Value::is_null))
            .map(|field| field.name.as_str())
            .collect();
        if !missing.is_empty() {
            let mut error = ApiError::bad(
                "REQUIRED_FIELD_MISSING",
                format!("Required fields are missing: [{}]", missing.join(", ")),
            );
            error.fields = missing.into_iter().map(str::to_owned).collect();
            return Err(error);
        }
        self.check_references(caller, object, &cells)?;
        self.check_unique(object, &cells, None)?;
        self.validate(object, &cells)?;
        match object.name.as_str() {
            "CampaignMember" => self.before_member_insert(caller, &mut cells)?,
            "CampaignMemberStatus" => self.before_status_insert(caller, &mut cells)?,
            "Lead" | "Contact" => self.before_person_insert(caller, object, &cells)?,
            _ => {}
        }
        let id = self.store.new_id(&object.prefix);
        self.write_new(caller, &object.name, &id, cells);
        match object.name.as_str() {
            "Campaign" => self.after_campaign_insert(caller, &id),
            "CampaignMemberStatus" => self.after_status_write(caller, &id, None),
            _ => {}
        }
        Ok(id)
    }

    /// Puts a row in place with its stamps, without any check.
    pub(super) fn write_new(&mut self, caller: &Caller, object: &str, id: &str, mut cells: Cells) {
        let now = moment(caller.now);
        for (field, value) in [
            ("Id", json!(id)),
            ("IsDeleted", json!(false)),
            ("CreatedDate", json!(now)),
            ("CreatedById", json!(caller.user_id)),
            ("LastModifiedDate", json!(now)),
            ("LastModifiedById", json!(caller.user_id)),
            ("SystemModstamp", json!(now)),
        ] {
            cells.insert(field.to_owned(), value);
        }
        let shadow = self.shadow(caller.now, || None);
        self.store.put(object, id, Row { cells, shadow });
    }

    /// Changes a record.
    pub(super) fn update(
        &mut self,
        caller: &Caller,
        name: &str,
        id: &str,
        fields: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        let schema = Arc::clone(&self.schema);
        let object = self.known_object(caller, &schema, name).ok_or_else(|| unknown_object(name))?;
        let id = self.existing(caller, object, id)?;
        if !self.object_access(caller, object).edit {
            return Err(ApiError::no_access());
        }
        let cells = self.read_fields(caller, object, fields, false)?;
        let Some(row) = self.row(&object.name, &id) else { return Err(ApiError::cross_reference()) };
        if self.row_access(caller, object, row) != Sharing::ReadWrite {
            return Err(ApiError::no_access());
        }
        for (name, value) in &cells {
            let required = object.field(name).is_some_and(|field| !field.nillable && field.default.is_none());
            if value.is_null() && required {
                let message = format!("Required fields are missing: [{name}]");
                return Err(ApiError::bad("REQUIRED_FIELD_MISSING", message).field(name));
            }
        }
        let mut merged = row.cells.clone();
        merged.extend(cells.clone());
        self.check_references(caller, object, &cells)?;
        self.check_unique(object, &cells, Some(&id))?;
        self.validate(object, &merged)?;
        let before = row.cells.clone();
        match object.name.as_str() {
            "Campaign" => self.lock(caller, &[&id])?,
            "CampaignMember" => self.before_member_update(caller, &mut merged, cells.contains_key("Status"))?,
            "CampaignMemberStatus" => self.before_status_update(caller, &id, &before, &merged)?,
            "Lead" => self.before_lead_update(caller, &before)?,
            _ => {}
        }
        self.write_change(caller, &object.name, &id, merged, true);
        if object.name == "CampaignMemberStatus" {
            self.after_status_write(caller, &id, Some(&before));
        }
        Ok(())
    }

    /// Puts changed cells in place. A change that nobody made by hand moves `SystemModstamp` only.
    pub(super) fn write_change(&mut self, caller: &Caller, object: &str, id: &str, mut cells: Cells, by_hand: bool) {
        let now = moment(caller.now);
        cells.insert("SystemModstamp".to_owned(), json!(now));
        if by_hand {
            cells.insert("LastModifiedDate".to_owned(), json!(now));
            cells.insert("LastModifiedById".to_owned(), json!(caller.user_id));
        }
        let old = self.store.row(object, id).map(|row| row.cells.clone());
        let shadow = self.shadow(caller.now, || old);
        self.store.put(object, id, Row { cells, shadow });
    }

    /// What queries see instead of a row that is written now.
    fn shadow(&self, now: Timestamp, old: impl FnOnce() -> Option<Cells>) -> Option<Shadow> {
        let lag = i64::try_from(self.settings.lag_ms.max(self.lag_once_ms)).unwrap_or(i64::MAX);
        (lag > 0).then(|| Shadow { until: now.plus(lag), cells: old() })
    }

    /// Deletes a record: for good where there is no recycle bin, else it stays as `IsDeleted`.
    pub(super) fn delete(&mut self, caller: &Caller, name: &str, id: &str) -> Result<(), ApiError> {
        let schema = Arc::clone(&self.schema);
        let object = self.known_object(caller, &schema, name).ok_or_else(|| unknown_object(name))?;
        let id = self.existing(caller, object, id)?;
        if !self.object_access(caller, object).delete {
            return Err(ApiError::no_access());
        }
        if let Some(row) = self.row(&object.name, &id)
            && self.row_access(caller, object, row) != Sharing::ReadWrite
        {
            return Err(ApiError::no_access());
        }
        match object.name.as_str() {
            "Campaign" => {
                self.lock(caller, &[&id])?;
                self.delete_children(caller, "CampaignMember", "CampaignId", &id);
                self.delete_children(caller, "CampaignMemberStatus", "CampaignId", &id);
            }
            "CampaignMember" => self.before_member_delete(caller, &id)?,
            "CampaignMemberStatus" => self.before_status_delete(caller, &id)?,
            "Lead" => self.delete_children(caller, "CampaignMember", "LeadId", &id),
            "Contact" => self.delete_children(caller, "CampaignMember", "ContactId", &id),
            "Account" => self.delete_children(caller, "Contact", "AccountId", &id),
            _ => {}
        }
        self.take_away(caller, object, &id);
        Ok(())
    }

    pub(super) fn delete_children(&mut self, caller: &Caller, name: &str, field: &str, parent: &str) {
        let schema = Arc::clone(&self.schema);
        let Some(object) = schema.object(name) else { return };
        let children: Vec<String> = self
            .store
            .table(name)
            .filter(|(_, row)| row.text(field) == parent && !row.is("IsDeleted"))
            .map(|(id, _)| id.clone())
            .collect();
        for child in children {
            if name == "Contact" {
                self.delete_children(caller, "CampaignMember", "ContactId", &child);
            }
            self.take_away(caller, object, &child);
        }
    }

    /// Deletes without any check and writes it into the delete log.
    pub(super) fn take_away(&mut self, caller: &Caller, object: &Object, id: &str) {
        if object.undeletable {
            if let Some(row) = self.store.row(&object.name, id) {
                let mut cells = row.cells.clone();
                cells.insert("IsDeleted".to_owned(), json!(true));
                self.write_change(caller, &object.name, id, cells, true);
            }
        } else {
            self.store.remove(&object.name, id);
        }
        self.store.deletions.push(Deletion { object: object.name.clone(), id: id.to_owned(), at: caller.now });
    }

    /// The long form of an id of this object that is there and that the caller may see.
    pub(super) fn existing(&self, caller: &Caller, object: &Object, id: &str) -> Result<String, ApiError> {
        let Some(long) = ids::long(id) else {
            return Err(ApiError::bad("MALFORMED_ID", format!("malformed id {id}")));
        };
        if !long.starts_with(&object.prefix) {
            let message = format!("{} ID: id value of incorrect type: {id}", object.label);
            return Err(ApiError::bad("MALFORMED_ID", message).field("Id"));
        }
        match self.row(&object.name, &long) {
            Some(row) if row.is("IsDeleted") => Err(ApiError::deleted()),
            Some(row) if self.row_visible(caller, object, row) => Ok(long),
            Some(_) => Err(ApiError::new(
                404,
                "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
                format!("insufficient access rights on cross-reference id: {long}"),
            )),
            None => Err(ApiError::cross_reference()),
        }
    }

    /// The values of a write, typed, by their canonical names.
    fn read_fields(
        &self,
        caller: &Caller,
        object: &Object,
        fields: &Map<String, Value>,
        insert: bool,
    ) -> Result<Cells, ApiError> {
        let mut cells = Cells::new();
        let mut locked = Vec::new();
        for (name, value) in fields {
            if matches!(name.as_str(), "attributes" | "Id" | "id" | "type") {
                continue;
            }
            if let (Value::Object(by), Some(field)) = (value, relationship(object, name)) {
                cells.insert(field.name.clone(), json!(self.by_external_id(field, by)?));
                continue;
            }
            let Some(field) = object.field(name) else {
                let message = format!("No such column '{name}' on sobject of type {}", object.name);
                return Err(ApiError::bad("INVALID_FIELD", message));
            };
            if !Self::field_writable(caller, object, field, insert) {
                locked.push(field.name.clone());
                continue;
            }
            cells.insert(field.name.clone(), convert(object, field, value)?);
        }
        if locked.is_empty() {
            return Ok(cells);
        }
        let mut error = ApiError::bad(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            format!(
                "Unable to create/update fields: {}. Please check the security settings of this field and verify that it \
                 is read/write for your profile or permission set.",
                locked.join(", ")
            ),
        );
        error.fields = locked;
        Err(error)
    }

    /// Follows `"Campaign": {"Key__c": "x"}` to an id.
    fn by_external_id(&self, field: &Field, by: &Map<String, Value>) -> Result<String, ApiError> {
        let Kind::Reference { to, .. } = &field.kind else { return Err(ApiError::cross_reference()) };
        for object in to.iter().filter_map(|name| self.schema.object(name)) {
            for (key, value) in by.iter().filter(|(key, _)| *key != "attributes") {
                let Some(key) = object.field(key).filter(|key| key.external_id || key.id_lookup) else { continue };
                let found =
                    self.store.table(&object.name).find(|(_, row)| row.get(&key.name) == value && !row.is("IsDeleted"));
                if let Some((id, _)) = found {
                    return Ok(id.clone());
                }
            }
        }
        let shown: Vec<String> = by.iter().map(|(key, value)| format!("{key} not found for value {value}")).collect();
        Err(ApiError::bad("INVALID_FIELD", format!("Foreign key external ID: {}", shown.join(", "))))
    }

    fn check_references(&self, caller: &Caller, object: &Object, cells: &Cells) -> Result<(), ApiError> {
        for (name, value) in cells {
            let (Some(field), Some(id)) = (object.field(name), value.as_str()) else { continue };
            let Kind::Reference { to, .. } = &field.kind else { continue };
            let of = self.schema.of_id(id).filter(|of| to.contains(&of.name));
            let Some(of) = of else {
                let message = format!("{}: id value of incorrect type: {id}", field.label);
                return Err(ApiError::bad("MALFORMED_ID", message).field(&field.name));
            };
            match self.row(&of.name, id) {
                None => return Err(ApiError::cross_reference().field(&field.name)),
                Some(row) if row.is("IsDeleted") => {
                    return Err(ApiError::bad("ENTITY_IS_DELETED", "entity is deleted").field(&field.name));
                }
                Some(row) if !self.row_visible(caller, of, row) => {
                    let message = format!("insufficient access rights on cross-reference id: {id}");
                    return Err(ApiError::bad("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn check_unique(&self, object: &Object, cells: &Cells, own: Option<&str>) -> Result<(), ApiError> {
        for field in object.fields.iter().filter(|field| field.unique) {
            let Some(value) = cells.get(&field.name).filter(|value| !value.is_null()) else { continue };
            let taken = self
                .store
                .table(&object.name)
                .find(|(id, row)| row.get(&field.name) == value && !row.is("IsDeleted") && own != Some(id.as_str()));
            if let Some((id, _)) = taken {
                let message = format!("duplicate value found: {} duplicates value on record with id: {id}", field.name);
                return Err(ApiError::bad("DUPLICATE_VALUE", message));
            }
        }
        Ok(())
    }

    fn validate(&self, object: &Object, cells: &Cells) -> Result<(), ApiError> {
        for rule in &self.settings.validation_rules {
            let hit = rule.object.eq_ignore_ascii_case(&object.name)
                && object.field(&rule.field).is_some_and(|field| cells.get(&field.name) == Some(&rule.value));
            if hit {
                return Err(ApiError::bad(&rule.code, rule.message.clone()).field(&rule.field));
            }
        }
        Ok(())
    }

    /// Takes the locks of these records for this request, or says that another one holds them.
    pub(super) fn lock(&mut self, caller: &Caller, records: &[&str]) -> Result<(), ApiError> {
        self.wrote = true;
        if self.settings.write_ms == 0 {
            return Ok(());
        }
        let taken =
            |id: &&&str| self.locks.get(**id).is_some_and(|(until, by)| *until > caller.now && *by != caller.request);
        if let Some(id) = records.iter().find(taken) {
            let message = format!("unable to obtain exclusive access to this record or 1 records: {id}");
            return Err(ApiError::bad("UNABLE_TO_LOCK_ROW", message));
        }
        let until = caller.now.plus(i64::try_from(self.settings.write_ms).unwrap_or(i64::MAX));
        for id in records {
            self.locks.insert((*id).to_owned(), (until, caller.request));
        }
        Ok(())
    }
}

/// The reference field that a query or write calls by the name of its relationship.
pub(super) fn relationship<'a>(object: &'a Object, name: &str) -> Option<&'a Field> {
    object.fields.iter().find(
        |field| matches!(&field.kind, Kind::Reference { relationship, .. } if relationship.eq_ignore_ascii_case(name)),
    )
}

/// Of an object that is not there, or that the caller may not even read.
pub(super) fn unknown_object(name: &str) -> ApiError {
    ApiError::bad(
        "INVALID_TYPE",
        format!(
            "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the \
             '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
        ),
    )
}
