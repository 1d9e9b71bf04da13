//! The data file becomes an organisation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::access::Caller;
use super::data::{CustomField, CustomKind, Data, User};
use super::rows::{Cells, Row};
use super::schema::{Field, Kind, Schema};
use super::store::Store;
use super::{Salesforce, ids};
use crate::diagnostics::help_for_name;
use crate::model::Timestamp;
use crate::testkit::double::DataError;

impl Salesforce {
    /// An organisation with this in it, as it was at `now`. `base_url` is what `instance_url` will say.
    pub fn new(data: &Data, base_url: &str, now: Timestamp) -> Result<Self, DataError> {
        let mut schema = Schema::standard();
        for (name, fields) in &data.custom_fields {
            add_fields(&mut schema, name, fields)?;
        }
        for (path, list) in &data.picklists {
            let field = path
                .split_once('.')
                .and_then(|(name, field)| Some((schema.objects.get_mut(name)?, field)))
                .and_then(|(object, field)| object.fields.iter_mut().find(|own| own.name == field));
            let Some(Field { kind: Kind::Picklist { values, restricted }, .. }) = field else {
                return Err(DataError::new(format!("`{path}` under `picklists` is no picklist")));
            };
            values.clone_from(&list.values);
            *restricted = list.restricted;
        }
        schema.relate();
        let mut this = Self {
            schema: Arc::new(schema),
            settings: data.settings.clone(),
            org: data.org.clone(),
            org_id: ids::make("00D", 1),
            users: BTreeMap::new(),
            apps: data.apps.clone(),
            store: Store::default(),
            tokens: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            tokens_given: 0,
            cursors: BTreeMap::new(),
            jobs: BTreeMap::new(),
            usage: BTreeMap::new(),
            locks: BTreeMap::new(),
            added: (0, BTreeSet::new()),
            requests: 0,
            wrote: false,
            lag_once_ms: 0,
            refs: BTreeMap::new(),
            base_url: base_url.trim_end_matches('/').to_owned(),
        };
        if data.users.is_empty() {
            return Err(DataError::new("`users` must name one user at least"));
        }
        for user in &data.users {
            if user.username.is_empty() {
                return Err(DataError::new("a user has no `username`"));
            }
            for name in user.permissions.keys() {
                this.known(name)?;
            }
            let id = this.store.new_id("005");
            this.users.insert(id, Arc::new(user.clone()));
        }
        this.seat_users(now);
        for app in &data.apps {
            let Some((user_id, _)) = this.user_named(&app.run_as) else {
                return Err(DataError::new(format!(
                    "the app `{}` runs as `{}`, who is no user",
                    app.client_id, app.run_as
                )));
            };
            for token in &app.refresh_tokens {
                this.remember_refresh_token(token, &app.client_id, &user_id);
            }
        }
        this.fill(data, now)?;
        Ok(this)
    }

    fn known(&self, name: &str) -> Result<(), DataError> {
        if self.schema.object(name).is_some() {
            return Ok(());
        }
        let names = self.schema.objects.keys().map(String::as_str);
        Err(DataError::with_help(format!("there is no object `{name}`"), help_for_name(name, "object", names)))
    }

    fn fill(&mut self, data: &Data, now: Timestamp) -> Result<(), DataError> {
        // What slows down, lags or refuses does so from the first call on, not while the data is put in place.
        let settings = std::mem::take(&mut self.settings);
        let caller = self.somebody(now);
        for (object, records) in [("Account", &data.accounts), ("Contact", &data.contacts), ("Lead", &data.leads)] {
            for record in records {
                self.add(&caller, object, record.reference.as_deref(), &record.fields)?;
            }
        }
        for campaign in &data.campaigns {
            let id = self.add(&caller, "Campaign", campaign.reference.as_deref(), &campaign.fields)?;
            if !campaign.statuses.is_empty() {
                if !campaign.statuses.iter().any(|status| status.responded) {
                    let name = campaign.fields.get("Name").and_then(Value::as_str).unwrap_or_default();
                    return Err(DataError::new(format!("no status of the campaign `{name}` is `responded`")));
                }
                self.set_labels(&caller, &id, &campaign.statuses);
            }
            for member in &campaign.members {
                let person = self.refs.get(&member.person).cloned().ok_or_else(|| self.no_ref(&member.person))?;
                let field = if person.starts_with("003") { "ContactId" } else { "LeadId" };
                let mut fields =
                    Map::from_iter([("CampaignId".to_owned(), json!(id)), (field.to_owned(), json!(person))]);
                if let Some(status) = &member.status {
                    if !self.labels(&id).iter().any(|label| label.label == *status) {
                        let names: Vec<String> = self.labels(&id).into_iter().map(|label| label.label).collect();
                        let help = help_for_name(status, "status", names.iter().map(String::as_str));
                        let message =
                            format!("`{}` has the status `{status}`, which the campaign lacks", member.person);
                        return Err(DataError::with_help(message, help));
                    }
                    fields.insert("Status".to_owned(), json!(status));
                }
                self.add(&caller, "CampaignMember", None, &fields)?;
            }
        }
        self.settings = settings;
        Ok(())
    }

    fn no_ref(&self, name: &str) -> DataError {
        let names = self.refs.keys().map(String::as_str);
        DataError::with_help(format!("nothing has the ref `{name}`"), help_for_name(name, "ref", names))
    }

    /// Adds a record of the data file. `"@ada"` among its values is the id of the record with that `ref`.
    pub(super) fn add(
        &mut self,
        caller: &Caller,
        object: &str,
        reference: Option<&str>,
        fields: &Map<String, Value>,
    ) -> Result<String, DataError> {
        let fields = self.resolve(fields)?;
        if let Some(known) = self.schema.object(object) {
            for name in fields.keys() {
                if known.field(name).is_none() {
                    let names = known.fields.iter().map(|field| field.name.as_str());
                    let help = help_for_name(name, "field", names);
                    return Err(DataError::with_help(format!("there is no field `{name}` on {object}"), help));
                }
            }
        }
        let id = self.insert(caller, object, &fields).map_err(|error| {
            DataError::new(format!("a record of {object} is refused: {}: {}", error.code, error.message))
        })?;
        if let Some(reference) = reference
            && self.refs.insert(reference.to_owned(), id.clone()).is_some()
        {
            return Err(DataError::new(format!("two records have the ref `{reference}`")));
        }
        Ok(id)
    }

    /// Replaces `"@ref"` by ids.
    pub(super) fn resolve(&self, fields: &Map<String, Value>) -> Result<Map<String, Value>, DataError> {
        let mut resolved = Map::new();
        for (name, value) in fields {
            let value = match value.as_str().and_then(|text| text.strip_prefix('@')) {
                Some(reference) => json!(self.refs.get(reference).ok_or_else(|| self.no_ref(reference))?),
                None => value.clone(),
            };
            resolved.insert(name.clone(), value);
        }
        Ok(resolved)
    }

    /// Writes the rows in which callers look for users and their permissions.
    pub(super) fn seat_users(&mut self, now: Timestamp) {
        let caller = self.somebody(now);
        let org = Cells::from([
            ("Name".to_owned(), json!(self.org.name)),
            ("OrganizationType".to_owned(), json!(self.org.edition)),
            ("IsSandbox".to_owned(), json!(self.org.sandbox)),
            ("InstanceName".to_owned(), json!("DBL1")),
            ("LanguageLocaleKey".to_owned(), json!(self.org.language)),
        ]);
        let org_id = self.org_id.clone();
        self.write_new(&caller, "Organization", &org_id, org);
        for old in ["ObjectPermissions", "FieldPermissions"] {
            let gone: Vec<String> = self.store.table(old).map(|(id, _)| id.clone()).collect();
            for id in gone {
                self.store.remove(old, &id);
            }
        }
        let users: Vec<(String, Arc<User>)> =
            self.users.iter().map(|(id, user)| (id.clone(), Arc::clone(user))).collect();
        for (number, (id, user)) in (1_u64..).zip(users) {
            self.seat(&caller, number, &id, &user);
        }
    }

    fn seat(&mut self, caller: &Caller, number: u64, id: &str, user: &User) {
        let profile = ids::make("00e", number);
        let set = ids::make("0PS", number);
        let name = if user.name.is_empty() { user.username.as_str() } else { user.name.as_str() };
        let row = |pairs: &[(&str, Value)]| -> Cells {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let profile_name = format!("Profile of {}", user.username);
        self.write_new(
            caller,
            "Profile",
            &profile,
            row(&[("Name", json!(profile_name)), ("PermissionsApiEnabled", json!(user.api_enabled))]),
        );
        self.write_new(
            caller,
            "User",
            id,
            row(&[
                ("Username", json!(user.username)),
                ("LastName", json!(name)),
                ("Email", json!(user.username)),
                ("Alias", json!(user.username.chars().take(8).collect::<String>())),
                ("IsActive", json!(user.active)),
                ("UserType", json!("Standard")),
                ("ProfileId", json!(profile)),
                ("UserPermissionsMarketingUser", json!(user.marketing_user)),
                ("TimeZoneSidKey", json!("Europe/Amsterdam")),
                ("LanguageLocaleKey", json!(self.org.language)),
            ]),
        );
        self.write_new(
            caller,
            "PermissionSet",
            &set,
            row(&[
                ("Name", json!(format!("X{profile}"))),
                ("Label", json!(profile_name)),
                ("IsOwnedByProfile", json!(true)),
                ("ProfileId", json!(profile)),
                ("PermissionsApiEnabled", json!(user.api_enabled)),
                ("PermissionsViewAllData", json!(user.view_all_data)),
                ("PermissionsViewSetup", json!(user.view_setup)),
            ]),
        );
        let assignment = ids::make("0Pa", number);
        self.write_new(
            caller,
            "PermissionSetAssignment",
            &assignment,
            row(&[("PermissionSetId", json!(set)), ("AssigneeId", json!(id))]),
        );
        let schema = Arc::clone(&self.schema);
        for name in ["Account", "Campaign", "Contact", "Lead", "Opportunity"] {
            let Some(object) = schema.object(name) else { continue };
            let access = user.permissions.get(name).copied().unwrap_or_default();
            // A row stands for what is granted; where nothing is, there is none.
            if access.read {
                let view_all = access.view_all && (user.view_all_data || user.permissions.contains_key(name));
                let own = self.store.new_id("110");
                self.write_new(
                    caller,
                    "ObjectPermissions",
                    &own,
                    row(&[
                        ("ParentId", json!(set)),
                        ("SobjectType", json!(name)),
                        ("PermissionsRead", json!(true)),
                        ("PermissionsCreate", json!(access.create)),
                        ("PermissionsEdit", json!(access.edit)),
                        ("PermissionsDelete", json!(access.delete)),
                        ("PermissionsViewAllRecords", json!(view_all)),
                        ("PermissionsModifyAllRecords", json!(false)),
                    ]),
                );
            }
            let person = Caller { user: Some(Arc::new(user.clone())), ..caller.clone() };
            for field in object.fields.iter().filter(|field| field.nillable && field.updateable) {
                if !Self::field_visible(&person, object, field) {
                    continue;
                }
                let own = self.store.new_id("01k");
                self.write_new(
                    caller,
                    "FieldPermissions",
                    &own,
                    row(&[
                        ("ParentId", json!(set)),
                        ("SobjectType", json!(name)),
                        ("Field", json!(format!("{name}.{}", field.name))),
                        ("PermissionsRead", json!(true)),
                        ("PermissionsEdit", json!(Self::field_writable(&person, object, field, false))),
                    ]),
                );
            }
        }
    }

    /// The row of a ref or id, for those who look into the remote.
    pub(super) fn find(&self, id: &str) -> Option<(String, &Row)> {
        let id = id.strip_prefix('@').and_then(|reference| self.refs.get(reference)).map_or(id, String::as_str);
        let long = ids::long(id)?;
        let object = self.schema.of_id(&long)?;
        Some((object.name.clone(), self.row(&object.name, &long)?))
    }
}

fn add_fields(schema: &mut Schema, name: &str, fields: &[CustomField]) -> Result<(), DataError> {
    let names: Vec<String> = schema.objects.keys().cloned().collect();
    let Some(object) = schema.objects.get_mut(name) else {
        let help = help_for_name(name, "object", names.iter().map(String::as_str));
        return Err(DataError::with_help(format!("there is no object `{name}`"), help));
    };
    for custom in fields {
        if !custom.name.ends_with("__c") || object.field(&custom.name).is_some() {
            let message = format!("`{}` cannot be added to {name}", custom.name);
            let help = "custom fields end in `__c` and have names of their own".to_owned();
            return Err(DataError::with_help(message, vec![help]));
        }
        let (kind, length) = match custom.kind {
            CustomKind::Text => (Kind::Text, 255),
            CustomKind::Checkbox => (Kind::Boolean, 0),
            CustomKind::Number => (Kind::Double, 0),
            CustomKind::Date => (Kind::Date, 0),
            CustomKind::DateTime => (Kind::DateTime, 0),
        };
        let mut field = Field::new(&custom.name, kind, length);
        field.custom = true;
        field.external_id = custom.external_id;
        field.id_lookup = custom.external_id;
        field.unique = custom.external_id;
        if custom.kind == CustomKind::Checkbox {
            field.default = Some(json!(false));
            field.nillable = false;
        }
        object.fields.push(field);
    }
    Ok(())
}
