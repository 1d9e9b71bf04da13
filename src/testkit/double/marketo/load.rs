//! The data file becomes an instance.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::data::{Channel, Data};
use super::{List, Marketo, Program, fields};
use crate::diagnostics::help_for_name;
use crate::model::{Date, Timestamp, Zone};
use crate::testkit::double::DataError;

/// Fields of program members that an administrator may add.
const MEMBER_FIELDS_MAX: usize = 20;

impl Marketo {
    /// An instance with this in it, as it was at `now`.
    pub fn new(data: &Data, now: Timestamp) -> Result<Self, DataError> {
        let mut lead_fields = fields::of_leads();
        for (name, kind) in &data.custom_fields {
            if lead_fields.iter().any(|field| field.name.eq_ignore_ascii_case(name)) {
                return Err(DataError::new(format!("the field `{name}` is there already")));
            }
            lead_fields.push(fields::Field::custom(name, *kind));
        }
        if data.program_member_fields.len() > MEMBER_FIELDS_MAX {
            return Err(DataError::new(format!("there can be {MEMBER_FIELDS_MAX} `program_member_fields` at most")));
        }
        let mut member_fields = fields::of_members();
        member_fields.extend(data.program_member_fields.iter().map(|(name, kind)| fields::Field::custom(name, *kind)));
        for channel in &data.channels {
            check(channel)?;
        }
        let mut this = Self {
            settings: data.settings.clone(),
            clients: data.clients.clone(),
            fields: lead_fields,
            member_fields,
            channels: data.channels.clone(),
            tags: data.tags.clone(),
            leads: BTreeMap::new(),
            by_email: BTreeMap::new(),
            deleted: Vec::new(),
            lists: BTreeMap::new(),
            programs: BTreeMap::new(),
            memberships: BTreeMap::new(),
            activities: Vec::new(),
            coming: Vec::new(),
            tokens: BTreeMap::new(),
            recent: VecDeque::new(),
            running: Vec::new(),
            today: (Date::MIN, 0),
            central: Zone::find("America/Chicago").unwrap_or(Zone::UTC),
            next: BTreeMap::new(),
            requests: 0,
            counted: false,
            lag_once_ms: 0,
            refs: BTreeMap::new(),
            base_url: String::new(),
        };
        this.fill(data, now)?;
        Ok(this)
    }

    fn fill(&mut self, data: &Data, now: Timestamp) -> Result<(), DataError> {
        for lead in &data.leads {
            for name in lead.fields.keys() {
                if self.field(name).is_none() {
                    let names = self.fields.iter().map(|field| field.name.as_str());
                    let help = help_for_name(name, "field", names);
                    return Err(DataError::with_help(format!("people have no field `{name}`"), help));
                }
            }
            let fields = self.lead_fields(&lead.fields).map_err(|reason| DataError::new(reason.1))?;
            let id = self.create_lead(fields, now, "Data file");
            if let Some(reference) = &lead.reference
                && self.refs.insert(reference.clone(), id).is_some()
            {
                return Err(DataError::new(format!("two people have the ref `{reference}`")));
            }
        }
        for (name, people) in &data.lists {
            let mut leads = BTreeSet::new();
            for person in people {
                leads.insert(self.person(person)?);
            }
            let id = self.next("list", 1);
            self.lists.insert(id, List { name: name.clone(), leads, created: now });
        }
        for program in &data.programs {
            let Some(channel) = self.channels.iter().find(|channel| channel.name == program.channel) else {
                let names = self.channels.iter().map(|channel| channel.name.as_str());
                let help = help_for_name(&program.channel, "channel", names);
                let message =
                    format!("the program `{}` has the channel `{}`, which is not there", program.name, program.channel);
                return Err(DataError::with_help(message, help));
            };
            let taken = program.id.is_some_and(|id| self.programs.contains_key(&id));
            if taken || self.program_named(&program.name).is_some() {
                return Err(DataError::new(format!("two programs have the id or the name of `{}`", program.name)));
            }
            let kind = channel.kind;
            let (data, members) = (super::data::Program { members: Vec::new(), ..program.clone() }, &program.members);
            let id = self.add_program(Program { data, kind, created: now, updated: now, start: None, end: None });
            for member in members {
                let lead = self.person(&member.person)?;
                if let Err(reason) = self.change_status(id, lead, &member.status, now, "Data file") {
                    let names: Vec<String> = self.statuses(id).iter().map(|status| status.name.clone()).collect();
                    let help = help_for_name(&member.status, "status", names.iter().map(String::as_str));
                    let message = format!("`{}` in the program `{}`: {}", member.person, program.name, reason.1);
                    return Err(DataError::with_help(message, help));
                }
            }
        }
        Ok(())
    }

    fn person(&self, reference: &str) -> Result<u64, DataError> {
        self.refs.get(reference).copied().ok_or_else(|| {
            let names = self.refs.keys().map(String::as_str);
            let help = help_for_name(reference, "ref", names);
            DataError::with_help(format!("nobody has the ref `{reference}`"), help)
        })
    }
}

fn check(channel: &Channel) -> Result<(), DataError> {
    let mut names = BTreeSet::new();
    for status in &channel.statuses {
        if !names.insert(&status.name) || status.name == super::members::NOT_IN_PROGRAM {
            let message = format!("the status `{}` of the channel `{}` is there already", status.name, channel.name);
            return Err(DataError::new(message));
        }
        if status.step == 0 {
            let message = format!("the status `{}` of the channel `{}` has step 0", status.name, channel.name);
            return Err(DataError::with_help(message, vec!["0 is the step of `Not in Program`".to_owned()]));
        }
    }
    if channel.statuses.is_empty() {
        return Err(DataError::new(format!("the channel `{}` has no statuses", channel.name)));
    }
    Ok(())
}
