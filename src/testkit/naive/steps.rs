//! Steps: the tables of the contract, one row after another.

use rust_decimal::Decimal;

use super::Naive;
use super::facts::change;
use super::flow::{Next, Run};
use super::state::{Happened, Person};
use super::write::Action;
use crate::language::text::print;
use crate::meaning::{Moment, Piece, Source, Step, StepKind, Template, Unit, Wait};
use crate::model::{
    ActionResult, CampaignId, Date, EndOutcome, FieldId, FieldType, Id, NOT_IN_PROGRAM, Reason, Timestamp, Value, fold,
};

impl Naive {
    /// Does one step.
    pub(super) fn step(&mut self, run: &mut Run, step: &Step) -> Next {
        let id = run.person.clone();
        let now = self.now();
        let rules = std::sync::Arc::clone(&self.rules);
        let sfdc_name = |id: crate::model::SfdcCampaignId| {
            rules.sfdc_campaigns.get(id.index()).map_or_else(String::new, |it| it.name.to_string())
        };
        let program_name = |id: crate::model::ProgramId| {
            rules.programs.get(id.index()).map_or_else(String::new, |it| it.name.to_string())
        };
        match &step.kind {
            StepKind::AddToSfdcCampaign { campaign, status } => {
                let status = self.status_name(*status);
                self.add_to_sfdc(run, step, &sfdc_name(*campaign), &status);
            }
            StepKind::RemoveFromSfdcCampaign { campaign } => {
                let campaign = sfdc_name(*campaign);
                let member = self.people.get(&id).and_then(|it| it.memberships.get(&campaign)).cloned();
                let mut action = Action::new(step, ActionResult::Skipped(Reason::NotAMember));
                action.outside = true;
                if let Some(member) = &member {
                    action.result = ActionResult::Done;
                    action.from = Some(Value::text(&member.status));
                }
                self.record_action(run, action);
                self.end_membership(&id, &campaign, now, &run.cause);
            }
            StepKind::ChangeStatusInSfdcCampaign { campaign, status } => {
                let status = self.status_name(*status);
                self.change_sfdc_status(run, step, &sfdc_name(*campaign), &status);
            }
            StepKind::ChangeStatusInProgram { program, status } => {
                let to = self.status_name(*status);
                self.change_program_status(run, step, *program, &program_name(*program), &to);
            }
            StepKind::RemoveFromProgram { program } => {
                let program = program_name(*program);
                let from = self.people.get(&id).map(|it| it.status_in(&program)).unwrap_or_default();
                let mut action = Action::new(step, ActionResult::Skipped(Reason::NotAMember));
                action.outside = true;
                if from != NOT_IN_PROGRAM {
                    action.result = ActionResult::Done;
                    action.from = Some(Value::text(&from));
                    action.to = Some(Value::text(NOT_IN_PROGRAM));
                }
                self.record_action(run, action);
                self.give_program_status(&id, &program, NOT_IN_PROGRAM, now, &run.cause);
            }
            StepKind::AddToList { list } => {
                let list = rules.lists.name(*list).to_owned();
                if self.with(&id, |person| person.lists.insert(list.clone())) {
                    self.record_action(run, Action::new(step, ActionResult::Done));
                    self.transition(&id, vec![Happened::ListAdded(list)], now, &run.cause);
                } else {
                    self.record_action(run, Action::new(step, ActionResult::Skipped(Reason::AlreadyOnList)));
                }
            }
            StepKind::RemoveFromList { list } => {
                let list = rules.lists.name(*list).to_owned();
                if self.with(&id, |person| person.lists.remove(&list)) {
                    self.record_action(run, Action::new(step, ActionResult::Done));
                    self.transition(&id, vec![Happened::ListRemoved(list)], now, &run.cause);
                } else {
                    self.record_action(run, Action::new(step, ActionResult::Skipped(Reason::NotOnList)));
                }
            }
            StepKind::Set { field, value } => {
                let (text, value) = self.source(run, step, *field, value);
                self.set(run, step, *field, text, value);
            }
            StepKind::Clear { field } => {
                let unset = rules.get_field(*field).map_or(Value::Empty, |it| it.type_.unset());
                self.set(run, step, *field, step.text.to_string(), Some(unset));
            }
            StepKind::Change { field, by } => {
                let old = self.people.get(&id).map_or(Value::Empty, |it| it.value(*field));
                let new =
                    if by.is_zero() { Some(old) } else { sum(&old, *by, rules.get_field(*field).map(|it| it.type_)) };
                self.set(run, step, *field, step.text.to_string(), new);
            }
            StepKind::SyncPerson => {
                let mut action = Action::new(step, ActionResult::Skipped(Reason::AlreadyInSfdc));
                action.outside = true;
                if self.make_lead(&id, now) {
                    action.result = ActionResult::Done;
                    self.record_action(run, action);
                    self.transition(&id, vec![Happened::Synced], now, &run.cause);
                } else {
                    self.record_action(run, action);
                }
            }
            StepKind::Wait(wait) => {
                return match self.until(&id, wait) {
                    None => Next::End(EndOutcome::Failed, Some(Reason::NoDate)),
                    Some(until) if until <= now => Next::Step,
                    Some(until) => Next::Until(until),
                };
            }
            StepKind::Request { campaign } => {
                let active = rules.get_campaign(*campaign).is_some_and(|it| it.active);
                if active {
                    self.record_action(run, Action::new(step, ActionResult::Done));
                    let what = Happened::Requested(self.campaign_name(campaign.index()));
                    self.transition(&id, vec![what], now, &run.cause);
                } else {
                    self.record_action(run, Action::new(step, ActionResult::Skipped(Reason::Inactive)));
                }
            }
            StepKind::Execute { campaign } => self.execute(run, step, *campaign),
            StepKind::RemoveFromFlowOf { campaign } => {
                let is_there = |wait: &super::Wait| wait.run.person == id && wait.run.campaign == campaign.index();
                let (gone, kept) = std::mem::take(&mut self.waits).into_iter().partition(is_there);
                self.waits = kept;
                let gone: Vec<super::Wait> = gone;
                let result =
                    if gone.is_empty() { ActionResult::Skipped(Reason::NotInFlow) } else { ActionResult::Done };
                self.record_action(run, Action::new(step, result));
                for wait in gone {
                    self.record_ended(&wait.run, EndOutcome::Removed, None);
                }
            }
            StepKind::RemoveFromFlow => {
                self.record_action(run, Action::new(step, ActionResult::Done));
                return Next::End(EndOutcome::Removed, None);
            }
            StepKind::Remote { kind, name } => {
                let mut action = Action::new(step, ActionResult::Done);
                action.outside = true;
                if name.fixed().is_none() {
                    action.text = format!("{} {}", kind.words(), print::quoted(&self.render(run, name)));
                }
                self.record_action(run, action);
            }
            StepKind::DoNothing => {}
            StepKind::Choose(branches) => {
                let holds = |it: &&crate::meaning::Branch| self.passes(&id, it.condition.as_ref());
                if let Some(branch) = branches.iter().find(holds) {
                    for step in branch.steps.iter().rev() {
                        run.todo.push_front(step.clone());
                    }
                }
            }
        }
        Next::Step
    }

    fn implies(&self, run: &Run) -> bool {
        self.rules.campaigns.get(run.campaign).is_some_and(|it| it.implied_actions)
    }

    fn implied<'a>(step: &'a Step, part: &'a str, text: String) -> Action<'a> {
        let mut action = Action::new(step, ActionResult::Done);
        action.text = text;
        action.implied = part;
        action.outside = true;
        action
    }

    fn add_to_sfdc(&mut self, run: &Run, step: &Step, campaign: &str, status: &str) {
        let id = run.person.as_str();
        let now = self.now();
        let (member, there) = self.with(id, |it| (it.memberships.contains_key(campaign), it.in_sfdc()));
        let mut action = Action::new(step, ActionResult::Done);
        action.outside = true;
        action.to = Some(Value::text(status));
        if member || (!there && !self.implies(run)) {
            let reason = if member { Reason::AlreadyAMember } else { Reason::NotInSfdc };
            action.result = ActionResult::Skipped(reason);
            action.to = None;
            self.record_action(run, action);
            return;
        }
        let mut activities = Vec::new();
        if !there {
            self.make_lead(id, now);
            self.record_action(run, Self::implied(step, "sync", "sync person to SFDC".to_owned()));
            activities.push(Happened::Synced);
        }
        self.record_action(run, action);
        activities.push(self.give_membership(id, campaign, status, now));
        self.transition(id, activities, now, &run.cause);
    }

    fn change_sfdc_status(&mut self, run: &Run, step: &Step, campaign: &str, status: &str) {
        let id = run.person.as_str();
        let now = self.now();
        let (from, there) =
            self.with(id, |it| (it.memberships.get(campaign).map(|it| it.status.clone()), it.in_sfdc()));
        let mut action = Action::new(step, ActionResult::Done);
        action.outside = true;
        let mut activities = Vec::new();
        match &from {
            Some(from) if from == status => action.result = ActionResult::Skipped(Reason::SameStatus),
            Some(from) => {
                action.from = Some(Value::text(from));
                action.to = Some(Value::text(status));
            }
            None if !self.implies(run) => {
                let reason = if there { Reason::NotAMember } else { Reason::NotInSfdc };
                action.result = ActionResult::Skipped(reason);
            }
            None => {
                if !there {
                    self.make_lead(id, now);
                    self.record_action(run, Self::implied(step, "sync", "sync person to SFDC".to_owned()));
                    activities.push(Happened::Synced);
                }
                let (campaign, name) = (print::quoted(campaign), print::quoted(status));
                let text = format!("add to SFDC campaign {campaign} with status {name}");
                let mut implied = Self::implied(step, "add", text);
                implied.to = Some(Value::text(status));
                self.record_action(run, implied);
                action.to = Some(Value::text(status));
            }
        }
        let done = action.result == ActionResult::Done;
        self.record_action(run, action);
        if done {
            activities.push(self.give_membership(id, campaign, status, now));
            self.transition(id, activities, now, &run.cause);
        }
    }

    fn change_program_status(
        &mut self,
        run: &Run,
        step: &Step,
        program_id: crate::model::ProgramId,
        program: &str,
        to: &str,
    ) {
        let from = self.people.get(&run.person).map(|it| it.status_in(program)).unwrap_or_default();
        let channel = self.rules.programs.get(program_id.index()).map(|it| it.channel);
        let channel = channel.and_then(|channel| self.rules.channels.get(channel.index()));
        let step_of = |status: &str| {
            let statuses = channel.map(|it| it.statuses.as_slice()).unwrap_or_default();
            statuses.iter().find(|it| self.rules.statuses.name(it.status) == status).map_or(0, |it| it.step)
        };
        let mut action = Action::new(step, ActionResult::Done);
        action.outside = true;
        if from == to {
            action.result = ActionResult::Skipped(Reason::SameStatus);
        } else if step_of(to) < step_of(&from) {
            action.result = ActionResult::Skipped(Reason::LowerStep);
        } else {
            action.from = Some(Value::text(&from));
            action.to = Some(Value::text(to));
        }
        let done = action.result == ActionResult::Done;
        self.record_action(run, action);
        if done {
            self.give_program_status(&run.person, program, to, self.now(), &run.cause);
        }
    }

    /// Gives a field a value; `None` is one that does not fit.
    fn set(&mut self, run: &Run, step: &Step, field: FieldId, text: String, value: Option<Value>) {
        let id = run.person.as_str();
        let now = self.now();
        let from = self.people.get(id).map_or(Value::Empty, |it| it.value(field));
        let result = match &value {
            None => ActionResult::Failed(Reason::InvalidValue),
            Some(to) if *to == from => ActionResult::Skipped(Reason::SameValue),
            Some(_) => ActionResult::Done,
        };
        let mut action = Action::new(step, result);
        action.text = text;
        if let (Some(to), ActionResult::Done) = (value, &action.result) {
            action.from = Some(from.clone());
            action.to = Some(to.clone());
            self.record_action(run, action);
            self.with(id, |person: &mut Person| change(person, field, to.clone(), now));
            self.transition(id, vec![Happened::FieldChanged { field, from, to }], now, &run.cause);
        } else {
            self.record_action(run, action);
        }
    }

    /// The text and the value of a `set`.
    fn source(&self, run: &Run, step: &Step, field: FieldId, source: &Source) -> (String, Option<Value>) {
        let now = self.now();
        let today = self.calendar.day(now);
        let Some(definition) = self.rules.get_field(field) else { return (step.text.to_string(), None) };
        let is_date = definition.type_ == FieldType::Date;
        let value = match source {
            Source::Value(value) => Some(value.clone()),
            Source::Today if is_date => Some(Value::Date(today)),
            Source::Today => Some(Value::DateTime(self.calendar.start(today))),
            Source::Now if is_date => Some(Value::Date(today)),
            Source::Now => Some(Value::DateTime(now)),
            Source::Template(template) => {
                let rendered = self.render(run, template);
                let value = Value::parse(&rendered, definition.type_, &self.rules.settings.zone);
                let field = print::field_name(&definition.name);
                return (format!("set {field} to {}", print::quoted(&rendered)), value);
            }
        };
        (step.text.to_string(), value)
    }

    fn render(&self, run: &Run, template: &Template) -> String {
        let or = |text: String, default: &Option<smol_str::SmolStr>| {
            if text.is_empty() { default.as_deref().unwrap_or_default().to_owned() } else { text }
        };
        let now = self.now();
        let campaign = self.rules.campaigns.get(run.campaign);
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.to_string(),
            Piece::Person(field, default) => {
                let value = self.people.get(&run.person).map_or(Value::Empty, |it| it.value(*field));
                or(self.in_text(&value), default)
            }
            Piece::Trigger(name, default) => or(self.carried(run.trigger.as_ref(), name), default),
            Piece::CampaignName => self.campaign_name(run.campaign),
            Piece::ProgramName => {
                let program = campaign.and_then(|it| self.rules.programs.get(it.program?.index()));
                program.map_or_else(String::new, |it| it.name.to_string())
            }
            Piece::SystemDate => self.calendar.day(now).to_string(),
            Piece::SystemDateTime => self.calendar.format(now),
        };
        template.0.iter().map(piece).collect()
    }

    /// A value as it stands in a text.
    pub(super) fn in_text(&self, value: &Value) -> String {
        match value {
            Value::Empty => String::new(),
            Value::Text(text) => text.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Number(number) => number.normalize().to_string(),
            Value::Boolean(flag) => flag.to_string(),
            Value::Date(day) => day.to_string(),
            Value::DateTime(at) => self.calendar.format(*at),
        }
    }

    /// What the activity that started a run carried under a name.
    fn carried(&self, what: Option<&Happened>, name: &str) -> String {
        let Some(what) = what else { return String::new() };
        let facts: Vec<(&str, &str)> = match what {
            Happened::SfdcAdded { campaign, status } | Happened::SfdcRemoved { campaign, status } => {
                vec![("campaign", campaign), ("status", status)]
            }
            Happened::SfdcChanged { campaign, from, to } => {
                vec![("campaign", campaign), ("status", to), ("old status", from)]
            }
            Happened::ProgramChanged { program, from, to, success: _ } => {
                vec![("program", program), ("status", to), ("old status", from)]
            }
            Happened::ListAdded(list) | Happened::ListRemoved(list) => vec![("list", list)],
            Happened::Requested(campaign) => vec![("campaign", campaign)],
            Happened::Performed { activity, attributes } => {
                let declared = self.rules.activities.iter().find(|it| it.name == *activity);
                let attribute = declared.and_then(|it| it.attribute(name));
                let value = attribute.and_then(|it| attributes.get(&it.index()));
                return value.map(|value| self.in_text(value)).unwrap_or_default();
            }
            Happened::Created
            | Happened::Synced
            | Happened::Converted
            | Happened::Deleted
            | Happened::FieldChanged { .. }
            | Happened::Enters(_)
            | Happened::Leaves(_) => Vec::new(),
        };
        let found = facts.iter().find(|(known, _)| fold(known) == fold(name));
        found.map_or_else(String::new, |(_, fact)| (*fact).to_owned())
    }

    fn execute(&mut self, run: &Run, step: &Step, campaign: CampaignId) {
        let id = run.person.as_str();
        let rules = std::sync::Arc::clone(&self.rules);
        let Some(definition) = rules.get_campaign(campaign) else { return };
        let at = campaign.index();
        let skipped = if !definition.active {
            Some(Reason::Inactive)
        } else if !self.passes(id, definition.filter.as_ref()) || !self.may_qualify(id, at) {
            Some(Reason::NotQualified)
        } else {
            None
        };
        let result = skipped.map_or(ActionResult::Done, ActionResult::Skipped);
        self.record_action(run, Action::new(step, result));
        if skipped.is_none() {
            let child = self.qualify(id, at, "executed", &run.cause, run.cause.depth, None);
            self.go(child);
        }
    }

    /// When a wait ends; `None` when there is no date to wait for.
    fn until(&self, id: &str, wait: &Wait) -> Option<Timestamp> {
        let now = self.now();
        let calendar = &self.calendar;
        let set_time = |moment: Timestamp, at: &Option<crate::model::Clock>| match at {
            Some(at) => calendar.at(calendar.day(moment), *at),
            None => moment,
        };
        match wait {
            Wait::For { duration, ending } => {
                let end = calendar.shift(now, *duration, false);
                let Some((days, at)) = ending else { return Some(end) };
                let allowed = |day: Date| days.contains(super::calendar::weekday(day));
                let mut day = calendar.day(end);
                if at.is_none() && allowed(day) {
                    return Some(end);
                }
                let at = at.unwrap_or(calendar.clock(end));
                while !allowed(day) || calendar.at(day, at) < end {
                    day = calendar.tomorrow(day);
                }
                Some(calendar.at(day, at))
            }
            Wait::Until { moment, at } => {
                let moment = match moment {
                    Moment::Day(day) => calendar.start(*day),
                    Moment::At(moment) => *moment,
                    Moment::Today => calendar.start(calendar.day(now)),
                    Moment::Now => now,
                };
                Some(set_time(moment, at))
            }
            Wait::UntilField { field, shift, at } => {
                let value = self.people.get(id)?.value(*field);
                let mut moment = match value {
                    Value::Date(day) => calendar.start(day),
                    Value::DateTime(moment) => moment,
                    Value::Empty | Value::Text(_) | Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => {
                        return None;
                    }
                };
                if let Some((back, span)) = shift {
                    moment = match (&value, span.unit) {
                        (Value::Date(day), Unit::Day | Unit::Week | Unit::Month | Unit::Year) => {
                            let count = if *back { -i64::from(span.count) } else { i64::from(span.count) };
                            calendar.start(calendar.shift_day(*day, span.unit, count))
                        }
                        (_, _) => calendar.shift(moment, *span, *back),
                    };
                }
                Some(set_time(moment, at))
            }
            Wait::UntilAnniversary { field, at } => {
                let value = self.people.get(id)?.value(*field);
                let (day, own) = match value {
                    Value::Date(day) => (day, crate::model::Clock::MIDNIGHT),
                    Value::DateTime(moment) => (calendar.day(moment), calendar.clock(moment)),
                    Value::Empty | Value::Text(_) | Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => {
                        return None;
                    }
                };
                let at = at.unwrap_or(own);
                let this_year = calendar.day(now).parts().0;
                let (_, month, of_month) = day.parts();
                let mut moments = (this_year - 1..this_year + 3).filter_map(|year| {
                    let day = Date::of(year, month, of_month).or_else(|| Date::of(year, month, 28))?;
                    Some(calendar.at(day, at))
                });
                moments.find(|moment| *moment >= now)
            }
        }
    }
}

/// What an addition gives; `None` when it does not fit.
fn sum(old: &Value, by: Decimal, type_: Option<FieldType>) -> Option<Value> {
    let before = match old {
        Value::Integer(number) => Decimal::from(*number),
        Value::Number(number) => *number,
        Value::Empty | Value::Text(_) | Value::Boolean(_) | Value::Date(_) | Value::DateTime(_) => Decimal::ZERO,
    };
    let after = before.checked_add(by)?;
    if type_ == Some(FieldType::Integer) {
        return i64::try_from(after).ok().map(Value::Integer);
    }
    Some(Value::Number(after))
}
