//! Facts: what the world tells, taken for what it does.

use std::collections::BTreeMap;

use super::state::{Happened, InProgram, Membership, Person};
use super::{Cause, Naive, Queued};
use crate::model::{EventKind, FactValue, FieldId, Id, NOT_IN_PROGRAM, StandardField, StatusId, Timestamp, Value};

impl Naive {
    /// Applies a fact. What follows from it is queued.
    pub(super) fn fact(&mut self, id: &str, kind: &EventKind<'_>, at: Timestamp, cause: &Cause) {
        if !self.people.contains_key(id) {
            let fields: &[_] = if let EventKind::Person { fields } = kind { fields } else { &[] };
            self.create(id, fields, at, cause);
            if matches!(kind, EventKind::Person { .. }) {
                return;
            }
        }
        match kind {
            EventKind::Person { fields } => self.change_fields(id, fields, at, cause),
            EventKind::SfdcCampaignAdded { campaign, status, added } => {
                let member = self.people.get(id).is_some_and(|it| it.memberships.contains_key(&**campaign));
                let status = match status {
                    Some(status) => status.to_string(),
                    None if member => return,
                    None => self.default_status(campaign),
                };
                let added = added.filter(|_| self.silent.is_some()).unwrap_or(at);
                self.fact_of_membership(id, campaign, &status, added, at, cause);
            }
            EventKind::SfdcCampaignStatusChanged { campaign, to } => {
                self.fact_of_membership(id, campaign, to, at, at, cause);
            }
            EventKind::SfdcCampaignRemoved { campaign } => self.end_membership(id, campaign, at, cause),
            EventKind::ProgramStatusChanged { program, to } => self.give_program_status(id, program, to, at, cause),
            EventKind::ProgramRemoved { program } => self.give_program_status(id, program, NOT_IN_PROGRAM, at, cause),
            EventKind::ListAdded { list } => {
                if self.with(id, |it| it.lists.insert(list.to_string())) {
                    self.transition(id, vec![Happened::ListAdded(list.to_string())], at, cause);
                }
            }
            EventKind::ListRemoved { list } => {
                if self.with(id, |it| it.lists.remove(&**list)) {
                    self.transition(id, vec![Happened::ListRemoved(list.to_string())], at, cause);
                }
            }
            EventKind::Activity { activity, attributes } => {
                let attributes = self.read_attributes(activity, attributes);
                let what = Happened::Performed { activity: activity.to_string(), attributes };
                self.transition(id, vec![what], at, cause);
            }
            EventKind::CampaignRequested { campaign, source: _ } => {
                self.transition(id, vec![Happened::Requested(campaign.to_string())], at, cause);
            }
            EventKind::SfdcSynced => {
                if self.make_lead(id, at) {
                    self.transition(id, vec![Happened::Synced], at, cause);
                }
            }
            EventKind::SfdcConverted => {
                let contact = Value::text("Contact");
                let is_one =
                    self.people.get(id).is_some_and(|it| it.in_sfdc() && it.value(StandardField::SFDC_TYPE) == contact);
                if !is_one {
                    self.with(id, |person| {
                        change(person, StandardField::SFDC_TYPE, contact, at);
                        change(person, StandardField::SFDC_IS_DELETED, Value::Boolean(false), at);
                    });
                    self.transition(id, vec![Happened::Converted], at, cause);
                }
            }
            EventKind::SfdcDeleted => {
                if self.people.get(id).is_some_and(Person::in_sfdc) {
                    self.with(id, |it| change(it, StandardField::SFDC_IS_DELETED, Value::Boolean(true), at));
                    self.transition(id, vec![Happened::Deleted], at, cause);
                }
            }
            EventKind::Clock => {}
        }
    }

    /// Does something with a person that is there.
    pub(super) fn with<T: Default>(&mut self, id: &str, act: impl FnOnce(&mut Person) -> T) -> T {
        self.people.get_mut(id).map(act).unwrap_or_default()
    }

    fn create(
        &mut self,
        id: &str,
        fields: &[(std::borrow::Cow<'_, str>, FactValue<'_>)],
        at: Timestamp,
        cause: &Cause,
    ) {
        let values = self.rules.fields.iter().map(|field| field.type_.unset()).collect();
        let mut person = Person { values, ..Person::default() };
        let given = self.read_fields(fields);
        if given.iter().any(|(field, value)| person.value(FieldId::new(*field)) != *value) {
            person.put(StandardField::UPDATED_AT, Value::DateTime(at));
        }
        person.put(StandardField::CREATED_AT, Value::DateTime(at));
        for (field, value) in given {
            person.put(FieldId::new(field), value);
        }
        self.people.insert(id.to_owned(), person);
        self.transition(id, vec![Happened::Created], at, cause);
    }

    /// Several fields of one fact are one change.
    fn change_fields(
        &mut self,
        id: &str,
        fields: &[(std::borrow::Cow<'_, str>, FactValue<'_>)],
        at: Timestamp,
        cause: &Cause,
    ) {
        let given = self.read_fields(fields);
        let rules = std::sync::Arc::clone(&self.rules);
        let stated = given.get(&StandardField::UPDATED_AT.index()).cloned();
        let (changed, activities) = self.with(id, |person| {
            let mut activities = Vec::new();
            let mut changed = false;
            for (field, to) in given {
                let field = FieldId::new(field);
                let from = person.value(field);
                if from == to {
                    continue;
                }
                change(person, field, to.clone(), at);
                changed = true;
                if rules.get_field(field).is_some_and(|it| !it.read_only) {
                    activities.push(Happened::FieldChanged { field, from, to });
                }
            }
            if let Some(stated) = stated {
                person.put(StandardField::UPDATED_AT, stated);
            }
            (changed, activities)
        });
        if changed {
            self.transition(id, activities, at, cause);
        }
    }

    fn read_fields(&self, fields: &[(std::borrow::Cow<'_, str>, FactValue<'_>)]) -> BTreeMap<usize, Value> {
        let mut given = BTreeMap::new();
        for (name, value) in fields {
            let Some(field) = self.rules.field(name) else { continue };
            let type_ = self.rules.get_field(field).map(|it| it.type_);
            if let Some(value) = type_.and_then(|type_| value.read(type_, &self.rules.settings.zone)) {
                given.insert(field.index(), value);
            }
        }
        given
    }

    fn read_attributes(
        &self,
        activity: &str,
        attributes: &[(std::borrow::Cow<'_, str>, FactValue<'_>)],
    ) -> BTreeMap<usize, Value> {
        let mut given = BTreeMap::new();
        let Some(declared) = self.rules.activities.iter().find(|it| it.name == activity) else { return given };
        for (name, value) in attributes {
            let Some(attribute) = declared.attribute(name) else { continue };
            let type_ = declared.attributes.get(attribute.index()).map(|it| it.type_);
            if let Some(value) = type_.and_then(|type_| value.read(type_, &self.rules.settings.zone)) {
                given.insert(attribute.index(), value);
            }
        }
        given
    }

    /// The status of members that are added without one.
    fn default_status(&self, campaign: &str) -> String {
        let known = self.rules.sfdc_campaigns.iter().find(|it| it.name == campaign);
        known.map_or_else(|| "Sent".to_owned(), |it| self.rules.statuses.name(it.default_status).to_owned())
    }

    /// The status in a Salesforce campaign; empty for somebody who is no member.
    fn status_of_member(&self, id: &str, campaign: &str) -> String {
        let member = self.people.get(id).and_then(|it| it.memberships.get(campaign));
        member.map_or_else(String::new, |it| it.status.clone())
    }

    /// "Added" for a member is a change of status, "changed" for another person an addition.
    fn fact_of_membership(
        &mut self,
        id: &str,
        campaign: &str,
        status: &str,
        added: Timestamp,
        at: Timestamp,
        cause: &Cause,
    ) {
        // Whoever is said to be a member is somebody whom Salesforce knows.
        let is_news = self.with(id, |person| {
            let is_news = person.value(StandardField::SFDC_TYPE).is_empty();
            if is_news {
                change(person, StandardField::SFDC_TYPE, Value::text("Lead"), at);
            }
            is_news
        });
        if self.status_of_member(id, campaign) == status {
            if is_news {
                self.transition(id, Vec::new(), at, cause);
            }
            return;
        }
        let what = self.give_membership(id, campaign, status, added);
        self.transition(id, vec![what], at, cause);
    }

    /// Makes the person a member with a status, or gives the member that status. Says what happened.
    pub(super) fn give_membership(&mut self, id: &str, campaign: &str, status: &str, added: Timestamp) -> Happened {
        let (campaign, status) = (campaign.to_owned(), status.to_owned());
        let before = self.people.get_mut(id).and_then(|it| it.memberships.get_mut(&campaign));
        if let Some(member) = before {
            let from = std::mem::replace(&mut member.status, status.clone());
            return Happened::SfdcChanged { campaign, from, to: status };
        }
        let member = Membership { status: status.clone(), added };
        self.with(id, |person| person.memberships.insert(campaign.clone(), member));
        Happened::SfdcAdded { campaign, status }
    }

    /// Ends a membership, if there is one.
    pub(super) fn end_membership(&mut self, id: &str, campaign: &str, at: Timestamp, cause: &Cause) {
        if let Some(member) = self.with(id, |person| person.memberships.remove(campaign)) {
            let what = Happened::SfdcRemoved { campaign: campaign.to_owned(), status: member.status };
            self.transition(id, vec![what], at, cause);
        }
    }

    /// Gives a progression status; "Not in Program" ends the membership.
    pub(super) fn give_program_status(&mut self, id: &str, program: &str, to: &str, at: Timestamp, cause: &Cause) {
        let Some(person) = self.people.get_mut(id) else { return };
        let from = person.status_in(program);
        if from == to {
            return;
        }
        let known = self.rules.programs.iter().find(|it| it.name == program);
        let channel = known.and_then(|it| self.rules.channels.get(it.channel.index()));
        let is_success = channel.is_some_and(|channel| {
            channel.statuses.iter().any(|it| it.success && self.rules.statuses.name(it.status) == to)
        });
        let mut success = false;
        if to == NOT_IN_PROGRAM {
            person.programs.remove(program);
        } else {
            let fresh = || InProgram { status: String::new(), since: at, success: false };
            let member = person.programs.entry(program.to_owned()).or_insert_with(fresh);
            member.status = to.to_owned();
            success = is_success && !member.success;
            member.success |= is_success;
        }
        let what = Happened::ProgramChanged { program: program.to_owned(), from, to: to.to_owned(), success };
        self.transition(id, vec![what], at, cause);
    }

    /// Makes the person a lead unless Salesforce knows it. Whether that was so.
    pub(super) fn make_lead(&mut self, id: &str, at: Timestamp) -> bool {
        self.with(id, |person| {
            if person.in_sfdc() {
                return false;
            }
            change(person, StandardField::SFDC_TYPE, Value::text("Lead"), at);
            change(person, StandardField::SFDC_IS_DELETED, Value::Boolean(false), at);
            true
        })
    }

    /// State changed: what happened is logged and queued, then segments that changed with it.
    pub(super) fn transition(&mut self, id: &str, activities: Vec<Happened>, at: Timestamp, cause: &Cause) {
        for what in activities {
            if self.silent != Some(false) {
                let logged = super::state::Logged { at, what: what.clone() };
                self.with(id, |person| person.log.push(logged));
            }
            if self.silent.is_none() {
                self.queue.push_back(Queued { what, cause: cause.clone() });
            }
        }
        self.look_at_segments(id, cause);
    }

    /// Compares the answer of every segment that a trigger names with the last one.
    pub(super) fn look_at_segments(&mut self, id: &str, cause: &Cause) {
        self.changes_ahead.remove(id);
        for segment in self.watched_segments() {
            let Some(person) = self.people.get(id) else { return };
            let Some(definition) = self.rules.segments.get(segment) else { continue };
            let answer = self.judge(id, person, self.now()).passes(&definition.filter);
            let before = self.with(id, |person| person.answers.insert(segment, answer)).unwrap_or(false);
            if before != answer && self.silent.is_none() {
                let what = if answer { Happened::Enters(segment) } else { Happened::Leaves(segment) };
                self.queue.push_back(Queued { what, cause: cause.clone() });
            }
        }
    }

    /// The name of a status.
    pub(super) fn status_name(&self, status: StatusId) -> String {
        self.rules.statuses.name(status).to_owned()
    }
}

/// Gives a field another value, which is an update of the person.
pub(super) fn change(person: &mut Person, field: FieldId, value: Value, at: Timestamp) {
    if person.value(field) != value {
        person.put(field, value);
        if field != StandardField::UPDATED_AT {
            person.put(StandardField::UPDATED_AT, Value::DateTime(at));
        }
    }
}
