//! What single steps do, and how each outcome is noted (semantics.md sections 6 and 7).

use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::Turn;
use super::flow::{Run, whole};
use super::records::{Action, ActionText, What};
use super::transitions::Stamp;
use crate::language::text::print;
use crate::meaning::{RemoteKind, Source, Template};
use crate::model::{ActionResult, FieldId, FieldType, Id, ListId, ProgramId, Reason, SfdcCampaignId, StatusId, Value};
use crate::state::Happening;

/// What an action record says besides its outcome.
#[derive(Debug, Default)]
struct Details {
    text: Option<ActionText>,
    from: Option<Value>,
    to: Option<Value>,
    /// Whether the effect is one outside, which carries an idempotency key.
    outside: bool,
}

impl Turn<'_> {
    /// Notes the outcome of a step that says nothing more.
    pub(super) fn act(&mut self, run: &Run, number: u32, result: ActionResult<'static>) {
        self.note(run, number, result, Details::default());
    }

    fn note(&mut self, run: &Run, number: u32, result: ActionResult<'static>, details: Details) {
        let visit = (details.outside && result == ActionResult::Done).then(|| run.waits.saturating_add(1));
        self.core.counted.actions += 1;
        let action = Action {
            step: number,
            text: details.text.unwrap_or(ActionText::Step),
            result,
            from: details.from,
            to: details.to,
            visit,
        };
        self.record(Some(run.person), Some(run.campaign), run.run, What::Action(action));
    }

    fn skip(&mut self, run: &Run, number: u32, reason: Reason) {
        self.act(run, number, ActionResult::Skipped(reason));
    }

    /// When the steps of a run change something, and what caused it.
    pub(super) fn stamp(&self, run: &Run) -> Stamp {
        Stamp { at: self.now(), origin: run.below }
    }

    fn status(&self, status: StatusId) -> Option<Value> {
        Some(Value::Text(SmolStr::new(self.core.state.names.statuses.name(status))))
    }

    fn implied_actions(&self, run: &Run) -> bool {
        self.plan.rulebook.get_campaign(run.campaign).is_some_and(|campaign| campaign.implied_actions)
    }

    /// Makes the person a lead because the step needs one; part of the step's own transition.
    fn implied_sync(&mut self, run: &Run, number: u32) {
        let details = Details { text: Some(ActionText::ImpliedSync), outside: true, ..Details::default() };
        self.note(run, number, ActionResult::Done, details);
        self.become_lead(run);
    }

    fn become_lead(&mut self, run: &Run) {
        let stamp = self.stamp(run);
        self.put_identity(run.person, Some("Lead"), Some(false), stamp.at);
        self.happen(run.person, Happening::Synced, stamp);
    }

    pub(super) fn sync_person(&mut self, run: &Run, number: u32) {
        if self.is_in_sfdc(run.person) {
            return self.skip(run, number, Reason::AlreadyInSfdc);
        }
        self.note(run, number, ActionResult::Done, Details { outside: true, ..Details::default() });
        self.become_lead(run);
        self.settle(run.person, self.stamp(run));
    }

    pub(super) fn add_to_sfdc_campaign(&mut self, run: &Run, number: u32, campaign: SfdcCampaignId, status: StatusId) {
        if self.core.state.people.get(run.person).sfdc(campaign).is_some() {
            return self.skip(run, number, Reason::AlreadyAMember);
        }
        if !self.is_in_sfdc(run.person) {
            if !self.implied_actions(run) {
                return self.skip(run, number, Reason::NotInSfdc);
            }
            self.implied_sync(run, number);
        }
        let details = Details { to: self.status(status), outside: true, ..Details::default() };
        self.note(run, number, ActionResult::Done, details);
        let stamp = self.stamp(run);
        self.put_sfdc(run.person, campaign, status, stamp.at, stamp);
        self.settle(run.person, stamp);
    }

    pub(super) fn change_status_in_sfdc_campaign(
        &mut self,
        run: &Run,
        number: u32,
        campaign: SfdcCampaignId,
        status: StatusId,
    ) {
        let old = self.core.state.people.get(run.person).sfdc(campaign).map(|row| row.status);
        match old {
            Some(old) if old == status => return self.skip(run, number, Reason::SameStatus),
            Some(_) => {}
            None => {
                let in_sfdc = self.is_in_sfdc(run.person);
                if !self.implied_actions(run) {
                    let reason = if in_sfdc { Reason::NotAMember } else { Reason::NotInSfdc };
                    return self.skip(run, number, reason);
                }
                if !in_sfdc {
                    self.implied_sync(run, number);
                }
                let details = Details {
                    text: Some(ActionText::ImpliedAdd(campaign, status)),
                    to: self.status(status),
                    outside: true,
                    ..Details::default()
                };
                self.note(run, number, ActionResult::Done, details);
            }
        }
        let from = old.and_then(|old| self.status(old));
        let details = Details { from, to: self.status(status), outside: true, ..Details::default() };
        self.note(run, number, ActionResult::Done, details);
        let stamp = self.stamp(run);
        self.put_sfdc(run.person, campaign, status, stamp.at, stamp);
        self.settle(run.person, stamp);
    }

    pub(super) fn remove_from_sfdc_campaign(&mut self, run: &Run, number: u32, campaign: SfdcCampaignId) {
        let stamp = self.stamp(run);
        match self.end_sfdc(run.person, campaign, stamp) {
            None => self.skip(run, number, Reason::NotAMember),
            Some(old) => {
                let details = Details { from: self.status(old), outside: true, ..Details::default() };
                self.note(run, number, ActionResult::Done, details);
                self.settle(run.person, stamp);
            }
        }
    }

    pub(super) fn change_status_in_program(&mut self, run: &Run, number: u32, program: ProgramId, status: StatusId) {
        let old = self.core.state.people.get(run.person).program_status(program);
        if old == status {
            return self.skip(run, number, Reason::SameStatus);
        }
        let channel = self.plan.rulebook.programs.get(program.index());
        let channel = channel.and_then(|program| self.plan.rulebook.channels.get(program.channel.index()));
        if channel.is_some_and(|channel| channel.step(status) < channel.step(old)) {
            return self.skip(run, number, Reason::LowerStep);
        }
        self.move_in_program(run, number, program, old, status);
    }

    pub(super) fn remove_from_program(&mut self, run: &Run, number: u32, program: ProgramId) {
        let old = self.core.state.people.get(run.person).program_status(program);
        if old == StatusId::NOT_IN_PROGRAM {
            return self.skip(run, number, Reason::NotAMember);
        }
        self.move_in_program(run, number, program, old, StatusId::NOT_IN_PROGRAM);
    }

    fn move_in_program(&mut self, run: &Run, number: u32, program: ProgramId, from: StatusId, to: StatusId) {
        let details = Details { from: self.status(from), to: self.status(to), outside: true, ..Details::default() };
        self.note(run, number, ActionResult::Done, details);
        let stamp = self.stamp(run);
        self.put_program(run.person, program, to, stamp);
        self.settle(run.person, stamp);
    }

    pub(super) fn add_to_list(&mut self, run: &Run, number: u32, list: ListId) {
        let stamp = self.stamp(run);
        if !self.put_list(run.person, list, stamp) {
            return self.skip(run, number, Reason::AlreadyOnList);
        }
        self.act(run, number, ActionResult::Done);
        self.settle(run.person, stamp);
    }

    pub(super) fn remove_from_list(&mut self, run: &Run, number: u32, list: ListId) {
        let stamp = self.stamp(run);
        if !self.end_list(run.person, list, stamp) {
            return self.skip(run, number, Reason::NotOnList);
        }
        self.act(run, number, ActionResult::Done);
        self.settle(run.person, stamp);
    }

    pub(super) fn set_field(&mut self, run: &Run, number: u32, id: FieldId, source: &Source) {
        let Some(field) = self.plan.rulebook.get_field(id) else { return };
        let zone = &self.plan.rulebook.settings.zone;
        let mut text = None;
        let value = match source {
            Source::Value(value) => Some(value.clone()),
            Source::Today if field.type_ == FieldType::Date => Some(Value::Date(self.core.today)),
            Source::Today => Some(Value::DateTime(zone.start_of(self.core.today))),
            Source::Now if field.type_ == FieldType::Date => Some(Value::Date(self.core.today)),
            Source::Now => Some(Value::DateTime(self.now())),
            Source::Template(template) => {
                let rendered = self.render(run, template);
                let name = print::field_name(&field.name);
                text = Some(ActionText::Rendered(SmolStr::new(format!("set {name} to {}", print::quoted(&rendered)))));
                Value::parse(&rendered, field.type_, zone).filter(|value| match (&field.values, value) {
                    (Some(values), Value::Text(text)) => values.contains(text),
                    (Some(_) | None, _) => true,
                })
            }
        };
        match value {
            Some(value) => self.give(run, number, id, value, text),
            None => {
                let details = Details { text, ..Details::default() };
                self.note(run, number, ActionResult::Failed(Reason::InvalidValue), details);
            }
        }
    }

    pub(super) fn clear_field(&mut self, run: &Run, number: u32, id: FieldId) {
        let Some(field) = self.plan.rulebook.get_field(id) else { return };
        self.give(run, number, id, field.type_.unset(), None);
    }

    pub(super) fn change_field(&mut self, run: &Run, number: u32, id: FieldId, by: Decimal) {
        let Some(field) = self.plan.rulebook.get_field(id) else { return };
        if by.is_zero() {
            return self.skip(run, number, Reason::SameValue);
        }
        let old = self.field(run.person, id);
        let sum = match (field.type_, &old) {
            (FieldType::Integer, Value::Integer(n)) => whole(by).and_then(|by| n.checked_add(by)).map(Value::Integer),
            (FieldType::Integer, _) => whole(by).map(Value::Integer),
            (_, Value::Number(n)) => n.checked_add(by).map(|sum| Value::Number(sum.normalize())),
            (_, _) => Some(Value::Number(by.normalize())),
        };
        match sum {
            Some(sum) => self.give(run, number, id, sum, None),
            None => self.act(run, number, ActionResult::Failed(Reason::InvalidValue)),
        }
    }

    /// Gives a field a value and notes it.
    fn give(&mut self, run: &Run, number: u32, id: FieldId, value: Value, text: Option<ActionText>) {
        let old = self.field(run.person, id);
        let present = |value: &Value| (!value.is_empty()).then(|| value.clone());
        let details = Details { text, ..Details::default() };
        if old == value {
            return self.note(run, number, ActionResult::Skipped(Reason::SameValue), details);
        }
        let details = Details { from: present(&old), to: present(&value), ..details };
        self.note(run, number, ActionResult::Done, details);
        let stamp = self.stamp(run);
        self.set_fields(run.person, &[(id, value)], stamp);
        self.settle(run.person, stamp);
    }

    pub(super) fn remote(&mut self, run: &Run, number: u32, kind: RemoteKind, name: &Template) {
        let text = match name.fixed() {
            Some(_) => None,
            None => {
                let rendered = self.render(run, name);
                let text = SmolStr::new(format!("{} {}", kind.words(), print::quoted(&rendered)));
                // A name that is worked out may turn out to be none of ours; the others are names of other systems.
                if kind == RemoteKind::Webhook && self.plan.rulebook.webhook(&rendered).is_none() {
                    let details = Details { text: Some(ActionText::Rendered(text)), ..Details::default() };
                    return self.note(run, number, ActionResult::Failed(Reason::InvalidValue), details);
                }
                Some(ActionText::Rendered(text))
            }
        };
        self.note(run, number, ActionResult::Done, Details { text, outside: true, ..Details::default() });
    }
}
