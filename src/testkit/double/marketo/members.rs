//! Program members: the status only moves forward (facts, 4.13 and 6.2).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::activities::CHANGE_STATUS;
use super::answer::{Answer, ApiError, Reason, moment, read_moment};
use super::data::Status;
use super::fields::{convert, plain};
use super::leads::{id_value, number};
use super::{Call, Marketo, page};
use crate::model::{MILLIS_A_DAY, Timestamp};

/// Members that a program may have and still be listed.
const LISTED_MAX: usize = 100_000;
/// The longest window of `updatedAt`.
const WINDOW_DAYS_MAX: i64 = 7;
/// What is told of a member when nobody says what to tell.
const USUAL: [&str; 5] = ["leadId", "programId", "reachedSuccess", "acquiredBy", "membershipDate"];
/// The status that is none.
pub(super) const NOT_IN_PROGRAM: &str = "Not in Program";

/// A person in a program.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Membership {
    pub(super) id: u64,
    pub(super) status: String,
    pub(super) step: u32,
    pub(super) since: Timestamp,
    pub(super) success: Option<Timestamp>,
    pub(super) acquired: bool,
    pub(super) updated: Timestamp,
    /// Until then lists show what it was before, or nothing.
    pub(super) shows: Timestamp,
    pub(super) before: Option<Box<Membership>>,
    pub(super) reason: Option<String>,
    pub(super) fields: BTreeMap<String, Value>,
}

impl Membership {
    /// What lists show of it.
    fn seen(&self, now: Timestamp) -> Option<&Self> {
        if self.shows <= now { Some(self) } else { self.before.as_deref() }
    }
}

impl Marketo {
    /// The program of an id in a path.
    pub(super) fn program_id(&self, id: &str) -> Result<u64, ApiError> {
        let id = number(id)?;
        if self.programs.contains_key(&id) {
            Ok(id)
        } else {
            Err(ApiError::new("1013", format!("Program with id '{id}' not found")))
        }
    }

    /// The statuses of a program's channel.
    pub(super) fn statuses(&self, program: u64) -> &[Status] {
        let channel = self.programs.get(&program).map(|program| program.data.channel.as_str());
        let channel = self.channels.iter().find(|own| Some(own.name.as_str()) == channel);
        channel.map_or(&[], |channel| &channel.statuses)
    }

    pub(super) fn first_status(&self, program: u64) -> Option<String> {
        self.statuses(program).iter().min_by_key(|status| status.step).map(|status| status.name.clone())
    }

    /// Moves a person to a status of a program, which may make it a member. Whether it was made one.
    pub(super) fn change_status(
        &mut self,
        program: u64,
        lead: u64,
        name: &str,
        now: Timestamp,
        reason: &str,
    ) -> Result<bool, Reason> {
        let status = self.statuses(program).iter().find(|status| status.name == name).cloned();
        let status = status.ok_or_else(|| Reason("1025", format!("Program status '{name}' not found")))?;
        if !self.leads.contains_key(&lead) {
            return Err(Reason::lead_not_found());
        }
        let old = self.memberships.get(&(program, lead));
        if old.is_some_and(|old| old.status == status.name || status.step < old.step) {
            return Err(Reason("1037", "Lead already in or past this status".to_owned()));
        }
        let made = old.is_none();
        self.set_status(program, lead, &status, now, reason);
        Ok(made)
    }

    /// Writes a status, whatever the old one was.
    pub(super) fn set_status(&mut self, program: u64, lead: u64, status: &Status, now: Timestamp, reason: &str) {
        let old = self.memberships.get(&(program, lead)).cloned();
        let next_id = if old.is_none() { self.next("member", 1) } else { 0 };
        let first = self.leads.get_mut(&lead).is_some_and(|lead| !std::mem::replace(&mut lead.acquired, true));
        let shows = now.plus(i64::try_from(self.lag_once_ms).unwrap_or(i64::MAX));
        let mut member = old.clone().unwrap_or_else(|| Membership {
            id: next_id,
            status: NOT_IN_PROGRAM.to_owned(),
            step: 0,
            since: now,
            success: None,
            acquired: first,
            updated: now,
            shows,
            before: None,
            reason: None,
            fields: BTreeMap::new(),
        });
        member.status.clone_from(&status.name);
        member.step = status.step;
        member.updated = now;
        member.shows = shows;
        member.before = if self.lag_once_ms == 0 { None } else { old.clone().map(Box::new) };
        member.reason = Some(reason.to_owned());
        let reached = status.success && member.success.is_none();
        if reached {
            member.success = Some(now);
        }
        let before = old.map(|old| (old.status, old.step));
        let attributes = self.status_attributes(program, &member, before, reached, reason);
        let name = self.programs.get(&program).map(|program| program.data.name.clone()).unwrap_or_default();
        self.memberships.insert((program, lead), member);
        self.log(lead, now, CHANGE_STATUS, Some((program, name)), attributes);
    }

    fn status_attributes(
        &self,
        program: u64,
        member: &Membership,
        old: Option<(String, u32)>,
        success: bool,
        reason: &str,
    ) -> Vec<(&'static str, Value)> {
        let (old, old_step) = old.unwrap_or_else(|| (NOT_IN_PROGRAM.to_owned(), 0));
        let id = |name: &str, step: u32| {
            let place = self.statuses(program).iter().position(|status| status.name == name);
            place.map_or(json!(step), |place| json!(program * 100 + u64::try_from(place).unwrap_or_default()))
        };
        vec![
            ("Acquired By", json!(member.acquired)),
            ("New Status", json!(member.status)),
            ("New Status ID", id(&member.status, member.step)),
            ("Old Status", json!(old)),
            ("Old Status ID", id(&old, old_step)),
            ("Program Member ID", json!(member.id)),
            ("Reason", json!(reason)),
            ("Success", json!(success)),
        ]
    }

    /// Takes a person out of a program; whether it was in it.
    pub(super) fn leave_program(&mut self, program: u64, lead: u64, now: Timestamp, reason: &str) -> bool {
        let Some(old) = self.memberships.remove(&(program, lead)) else { return false };
        let gone = Membership { status: NOT_IN_PROGRAM.to_owned(), step: 0, ..old.clone() };
        let attributes = self.status_attributes(program, &gone, Some((old.status, old.step)), false, reason);
        let name = self.programs.get(&program).map(|program| program.data.name.clone()).unwrap_or_default();
        self.log(lead, now, CHANGE_STATUS, Some((program, name)), attributes);
        true
    }

    pub(super) fn member_status(&mut self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let program = self.program_id(id)?;
        let status =
            call.body.get("statusName").and_then(Value::as_str).ok_or_else(|| ApiError::blank("statusName"))?;
        if !self.statuses(program).iter().any(|own| own.name == status) {
            // "Not in Program" is none that can be set: that is what deletion is for.
            return Err(ApiError::new("1025", format!("Program status '{status}' not found")));
        }
        let input = call.input()?;
        let mut seen = std::collections::BTreeSet::new();
        let mut result = Vec::new();
        for (seq, record) in input.iter().enumerate() {
            let lead = record.get("leadId").and_then(id_value);
            let outcome = match lead {
                None => Err(Reason::lead_not_found()),
                Some(lead) if !seen.insert(lead) => Err(Reason("1036", "Duplicate object found in input".to_owned())),
                Some(lead) => self.change_status(program, lead, status, call.now, "Web service API"),
            };
            result.push(outcome_shown(seq, lead, outcome.map(|made| if made { "created" } else { "updated" })));
        }
        Ok(Answer::list(result))
    }

    pub(super) fn delete_members(&mut self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let program = self.program_id(id)?;
        let input = call.input()?;
        let mut result = Vec::new();
        for (seq, record) in input.iter().enumerate() {
            let lead = record.get("leadId").and_then(id_value);
            let outcome = match lead {
                Some(lead) if !self.leads.contains_key(&lead) => Err(Reason::lead_not_found()),
                Some(lead) if self.leave_program(program, lead, call.now, "Web service API") => Ok("deleted"),
                Some(_) => Err(Reason("1037", "Lead not in program".to_owned())),
                None => Err(Reason::lead_not_found()),
            };
            result.push(outcome_shown(seq, lead, outcome));
        }
        Ok(Answer::list(result))
    }

    pub(super) fn member_data(&mut self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let program = self.program_id(id)?;
        let input = call.input()?;
        let mut result = Vec::new();
        for (seq, record) in input.iter().enumerate() {
            let lead = record.get("leadId").and_then(id_value);
            let outcome = self.change_member(program, lead, record, call.now).map(|()| "updated");
            result.push(outcome_shown(seq, lead, outcome));
        }
        Ok(Answer::list(result))
    }

    fn change_member(
        &mut self,
        program: u64,
        lead: Option<u64>,
        record: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), Reason> {
        let lead = lead.ok_or_else(Reason::lead_not_found)?;
        let mut fields = BTreeMap::new();
        for (name, value) in record.iter().filter(|(name, _)| *name != "leadId") {
            let field = self.member_fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
            let field = field.ok_or_else(|| Reason("1006", format!("Field '{name}' not found")))?;
            if field.read_only {
                return Err(Reason("1011", format!("Field '{name}' is not supported")));
            }
            fields.insert(field.name.clone(), convert(field, value)?);
        }
        let member = self.memberships.get_mut(&(program, lead));
        let member = member.ok_or_else(|| Reason("1013", "Membership not found".to_owned()))?;
        member.fields.extend(fields);
        member.updated = now;
        Ok(())
    }

    pub(super) fn members(&self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let program = self.program_id(id)?;
        let filter = call.parameter("filterType").ok_or_else(|| ApiError::blank("filterType"))?;
        let values = call.values("filterValues");
        if values.len() > super::BATCH_MAX {
            return Err(ApiError::invalid(format!("Max allowed filterValues {} exceeded", super::BATCH_MAX)));
        }
        let asked = call.values("fields");
        for name in &asked {
            if !self.member_fields.iter().any(|field| field.name.eq_ignore_ascii_case(name)) {
                return Err(ApiError::new("1006", format!("Field '{name}' not found")));
            }
        }
        let window = if filter == "updatedAt" { Some(window(call)?) } else { None };
        if window.is_none() {
            let known = self.member_fields.iter().any(|field| {
                field.name == filter
                    && (matches!(filter, "leadId" | "statusName" | "reachedSuccess") || !field.read_only)
            });
            if !known {
                return Err(ApiError::new("1035", format!("Unsupported filter type '{filter}'")));
            }
            if values.is_empty() {
                return Err(ApiError::blank("filterValues"));
            }
        }
        let own = self.memberships.range((program, 0)..=(program, u64::MAX));
        if own.clone().count() > LISTED_MAX {
            return Err(ApiError::invalid(format!("The program has more than {LISTED_MAX} members")));
        }
        let shown = own.filter_map(|(key, member)| Some((key, member.seen(call.now)?)));
        let matching = shown.filter(|((_, lead), member)| match window {
            Some((from, to)) => from <= member.updated && member.updated <= to,
            None => {
                let value = plain(&self.member_value(program, *lead, member, filter));
                values.iter().any(|wanted| wanted.eq_ignore_ascii_case(&value))
            }
        });
        let all = matching.enumerate().map(|(seq, ((_, lead), member))| {
            let names: Vec<&str> = if asked.is_empty() { USUAL.to_vec() } else { asked.clone() };
            let mut record: Map<String, Value> = names
                .iter()
                .map(|name| ((*name).to_owned(), self.member_value(program, *lead, member, name)))
                .collect();
            record.insert("seq".to_owned(), json!(seq));
            record.insert("leadId".to_owned(), json!(lead));
            Value::Object(record)
        });
        Ok(page(all.collect(), call.offset()?, call.batch_size()?))
    }

    fn member_value(&self, program: u64, lead: u64, member: &Membership, field: &str) -> Value {
        match field.to_ascii_lowercase().as_str() {
            "leadid" => json!(lead),
            "programid" => json!(program),
            "program" => json!(self.programs.get(&program).map(|program| &program.data.name)),
            "statusname" => json!(member.status),
            "statusreason" => json!(member.reason),
            "membershipdate" | "createdat" => json!(moment(member.since)),
            "reachedsuccess" => json!(member.success.is_some()),
            "reachedsuccessdate" => json!(member.success.map(moment)),
            "acquiredby" => json!(member.acquired),
            "isexhausted" => json!(false),
            "updatedat" => json!(moment(member.updated)),
            name => {
                let own = member.fields.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
                own.map_or(Value::Null, |(_, value)| value.clone())
            }
        }
    }

    pub(super) fn memberships_of(&self, call: &Call, lead: &str) -> Result<Answer, ApiError> {
        let lead = number(lead)?;
        if !self.leads.contains_key(&lead) {
            return Err(ApiError::new("1004", format!("Lead '{lead}' not found")));
        }
        let own = self.memberships.iter().filter(|((_, own), _)| *own == lead);
        let all = own.map(|((program, _), member)| {
            json!({
                "id": program,
                "progressionStatus": member.status,
                "acquiredBy": member.acquired,
                "reachedSuccess": member.success.is_some(),
                "membershipDate": moment(member.since),
                "updatedAt": moment(member.updated),
            })
        });
        Ok(page(all.collect(), call.offset()?, call.batch_size()?))
    }

    /// The older list of members: people, with their membership inside.
    pub(super) fn leads_of_program(&self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let program = self.program_id(id)?;
        let usual = ["id", "email", "firstName", "lastName", "createdAt", "updatedAt"];
        let fields = self.asked_fields(&call.values("fields"), &usual)?;
        let own = self.memberships.range((program, 0)..=(program, u64::MAX));
        let shown = own.filter_map(|(key, member)| Some((key, member.seen(call.now)?)));
        let all = shown.map(|((_, lead), member)| {
            let mut shown = self.show_lead(*lead, &fields);
            shown.insert(
                "membership".to_owned(),
                json!({
                    "id": member.id,
                    "progressionStatus": member.status,
                    "acquiredBy": member.acquired,
                    "reachedSuccess": member.success.is_some(),
                    "membershipDate": moment(member.since),
                    "isExhausted": false,
                    "nurtureCadence": "norm",
                }),
            );
            Value::Object(shown)
        });
        Ok(page(all.collect(), call.offset()?, call.batch_size()?))
    }

    /// The older change of status.
    pub(super) fn old_status(&mut self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let program = self.program_id(id)?;
        let status = call.body.get("status").and_then(Value::as_str).ok_or_else(|| ApiError::blank("status"))?;
        if !self.statuses(program).iter().any(|own| own.name == status) {
            return Err(ApiError::new("1025", format!("Program status '{status}' not found")));
        }
        let input = call.input()?;
        let mut result = Vec::new();
        for record in &input {
            let Some(lead) = record.get("id").and_then(id_value) else {
                result.push(Reason::lead_not_found().skipped());
                continue;
            };
            result.push(match self.change_status(program, lead, status, call.now, "Web service API") {
                Ok(made) => json!({"id": lead, "status": if made { "created" } else { "updated" }}),
                Err(reason) => {
                    let mut skipped = reason.skipped();
                    if let Some(map) = skipped.as_object_mut() {
                        map.insert("id".to_owned(), json!(lead));
                    }
                    skipped
                }
            });
        }
        Ok(Answer::list(result))
    }
}

fn outcome_shown(seq: usize, lead: Option<u64>, outcome: Result<&str, Reason>) -> Value {
    let mut shown = match outcome {
        Ok(status) => json!({"status": status}),
        Err(reason) => reason.skipped(),
    };
    if let Some(map) = shown.as_object_mut() {
        map.insert("seq".to_owned(), json!(seq));
        if let Some(lead) = lead {
            map.insert("leadId".to_owned(), json!(lead));
        }
    }
    shown
}

/// The window of `updatedAt`.
fn window(call: &Call) -> Result<(Timestamp, Timestamp), ApiError> {
    let at = |name: &str| {
        let text = call.parameter(name).ok_or_else(|| ApiError::blank(name))?;
        read_moment(text).ok_or_else(|| ApiError::new("704", "Invalid date specified"))
    };
    let (from, to) = (at("startAt")?, at("endAt")?);
    if to < from || to.0 - from.0 > WINDOW_DAYS_MAX * MILLIS_A_DAY {
        return Err(ApiError::invalid(format!("The window must not be longer than {WINDOW_DAYS_MAX} days")));
    }
    // The end is told in whole seconds and includes its second.
    Ok((from, to.plus(999)))
}
