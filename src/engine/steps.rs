//! What single steps do, and how each outcome is noted (semantics.md sections 6 and 7).

use rust_decimal::Decimal;

use super::Turn;
use super::flow::{Run, whole};
use super::records::{Action, ActionText, Result, Side, What};
use super::transitions::Stamp;
use crate::language::text::print::Quoted;
use crate::meaning::{RemoteKind, Source, Template};
use crate::model::{FieldId, FieldType, Id, ListId, ProgramId, Reason, SfdcCampaignId, StatusId, Value};
use crate::state::{Cell, Happening};

/// What an action record says besides its outcome.
#[derive(Debug, Clone, Copy, Default)]
struct Details {
    text: ActionText,
    from: Side,
    to: Side,
    /// Whether the effect is one outside, which carries an idempotency key.
    outside: bool,
}

impl Turn<'_> {
    /// Notes the outcome of a step that says nothing more.
    pub(super) fn act(&mut self, run: &Run, number: u32, result: Result) {
        self.note(run, number, result, Details::default());
    }

    fn note(&mut self, run: &Run, number: u32, result: Result, details: Details) {
        let visit = (details.outside && result == Result::Done).then(|| run.waits.saturating_add(1));
        self.core.counted.actions += 1;
        let Details { text, from, to, outside: _ } = details;
        let action = Action { step: number, text, result, from, to, visit };
        self.record(Some(run.person), Some(run.campaign), run.run, What::Action(action));
    }

    fn skip(&mut self, run: &Run, number: u32, reason: Reason) {
        self.act(run, number, Result::Skipped(reason));
    }

    /// When the steps of a run change something, and what caused it.
    pub(super) fn stamp(&self, run: &Run) -> Stamp {
        Stamp { at: self.now(), origin: run.below }
    }

    fn implied_actions(&self, run: &Run) -> bool {
        self.plan.campaigns.get(run.campaign.index()).is_some_and(|campaign| campaign.implied_actions)
    }

    /// Makes the person a lead because the step needs one; part of the step's own transition.
    fn implied_sync(&mut self, run: &Run, number: u32) {
        let details = Details { text: ActionText::ImpliedSync, outside: true, ..Details::default() };
        self.note(run, number, Result::Done, details);
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
        self.note(run, number, Result::Done, Details { outside: true, ..Details::default() });
        self.become_lead(run);
        self.settle(run.person, self.stamp(run));
    }

    pub(super) fn add_to_sfdc_campaign(&mut self, run: &Run, number: u32, campaign: SfdcCampaignId, status: StatusId) {
        if self.core.state.people.sfdc_in(run.person, campaign).is_some() {
            return self.skip(run, number, Reason::AlreadyAMember);
        }
        if !self.is_in_sfdc(run.person) {
            if !self.implied_actions(run) {
                return self.skip(run, number, Reason::NotInSfdc);
            }
            self.implied_sync(run, number);
        }
        let details = Details { to: Side::Status(status), outside: true, ..Details::default() };
        self.note(run, number, Result::Done, details);
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
        let old = self.core.state.people.sfdc_in(run.person, campaign).map(|row| row.status);
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
                    text: ActionText::ImpliedAdd(campaign, status),
                    to: Side::Status(status),
                    outside: true,
                    ..Details::default()
                };
                self.note(run, number, Result::Done, details);
            }
        }
        let from = old.map_or(Side::Nothing, Side::Status);
        let details = Details { from, to: Side::Status(status), outside: true, ..Details::default() };
        self.note(run, number, Result::Done, details);
        let stamp = self.stamp(run);
        self.put_sfdc(run.person, campaign, status, stamp.at, stamp);
        self.settle(run.person, stamp);
    }

    pub(super) fn remove_from_sfdc_campaign(&mut self, run: &Run, number: u32, campaign: SfdcCampaignId) {
        let stamp = self.stamp(run);
        match self.end_sfdc(run.person, campaign, stamp) {
            None => self.skip(run, number, Reason::NotAMember),
            Some(old) => {
                let details = Details { from: Side::Status(old), outside: true, ..Details::default() };
                self.note(run, number, Result::Done, details);
                self.settle(run.person, stamp);
            }
        }
    }

    pub(super) fn change_status_in_program(&mut self, run: &Run, number: u32, program: ProgramId, status: StatusId) {
        let old = self.core.state.people.program_status(run.person, program);
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
        let old = self.core.state.people.program_status(run.person, program);
        if old == StatusId::NOT_IN_PROGRAM {
            return self.skip(run, number, Reason::NotAMember);
        }
        self.move_in_program(run, number, program, old, StatusId::NOT_IN_PROGRAM);
    }

    fn move_in_program(&mut self, run: &Run, number: u32, program: ProgramId, from: StatusId, to: StatusId) {
        let details = Details { from: Side::Status(from), to: Side::Status(to), outside: true, ..Details::default() };
        self.note(run, number, Result::Done, details);
        let stamp = self.stamp(run);
        self.put_program(run.person, program, to, stamp);
        self.settle(run.person, stamp);
    }

    pub(super) fn add_to_list(&mut self, run: &Run, number: u32, list: ListId) {
        let stamp = self.stamp(run);
        if !self.put_list(run.person, list, stamp) {
            return self.skip(run, number, Reason::AlreadyOnList);
        }
        self.act(run, number, Result::Done);
        self.settle(run.person, stamp);
    }

    pub(super) fn remove_from_list(&mut self, run: &Run, number: u32, list: ListId) {
        let stamp = self.stamp(run);
        if !self.end_list(run.person, list, stamp) {
            return self.skip(run, number, Reason::NotOnList);
        }
        self.act(run, number, Result::Done);
        self.settle(run.person, stamp);
    }

    pub(super) fn set_field(&mut self, run: &Run, number: u32, id: FieldId, source: &Source) {
        let Some(field) = self.plan.rulebook.get_field(id) else { return };
        let zone = &self.plan.rulebook.settings.zone;
        let mut text = ActionText::Step;
        let cell = match source {
            Source::Value(value) => Some(self.core.state.texts.cell(value)),
            Source::Today if field.type_ == FieldType::Date => Some(Cell::Date(self.core.today)),
            Source::Today => Some(Cell::DateTime(zone.start_of(self.core.today))),
            Source::Now if field.type_ == FieldType::Date => Some(Cell::Date(self.core.today)),
            Source::Now => Some(Cell::DateTime(self.now())),
            Source::Template(template) => {
                let mut rendered = std::mem::take(&mut self.core.rendered);
                rendered.clear();
                self.render(run, template, &mut rendered);
                let name = self.plan.field_names.get(id.index()).map_or("", |name| name.as_str());
                text =
                    ActionText::Rendered(self.core.written.show(format_args!("set {name} to {}", Quoted(&rendered))));
                let cell = self.read_rendered(&rendered, id);
                self.core.rendered = rendered;
                cell
            }
        };
        match cell {
            Some(cell) => self.give(run, number, id, cell, text),
            None => {
                self.note(run, number, Result::Failed(Reason::InvalidValue), Details { text, ..Details::default() })
            }
        }
    }

    /// A text that was worked out as the value of a field; `None` where it does not fit.
    fn read_rendered(&mut self, text: &str, id: FieldId) -> Option<Cell> {
        let field = self.plan.rulebook.get_field(id)?;
        if field.type_.is_text() {
            let fits = |values: &Vec<_>| text.is_empty() || values.iter().any(|value| value == text);
            return field.values.as_ref().is_none_or(fits).then(|| self.core.state.texts.text_cell(text));
        }
        let value = Value::parse(text, field.type_, &self.plan.rulebook.settings.zone)?;
        Some(self.core.state.texts.cell(&value))
    }

    pub(super) fn clear_field(&mut self, run: &Run, number: u32, id: FieldId) {
        let Some(field) = self.plan.rulebook.get_field(id) else { return };
        self.give(run, number, id, Cell::unset(field.type_), ActionText::Step);
    }

    pub(super) fn change_field(&mut self, run: &Run, number: u32, id: FieldId, by: Decimal) {
        let Some(field) = self.plan.rulebook.get_field(id) else { return };
        if by.is_zero() {
            return self.skip(run, number, Reason::SameValue);
        }
        let sum = match (field.type_, self.field(run.person, id)) {
            (FieldType::Integer, Cell::Integer(n)) => whole(by).and_then(|by| n.checked_add(by)).map(Cell::Integer),
            (FieldType::Integer, _) => whole(by).map(Cell::Integer),
            (_, Cell::Number(n)) => n.checked_add(by).map(|sum| Cell::Number(sum.normalize())),
            (_, _) => Some(Cell::Number(by.normalize())),
        };
        match sum {
            Some(sum) => self.give(run, number, id, sum, ActionText::Step),
            None => self.act(run, number, Result::Failed(Reason::InvalidValue)),
        }
    }

    /// Gives a field a value and notes it.
    fn give(&mut self, run: &Run, number: u32, id: FieldId, cell: Cell, text: ActionText) {
        let old = self.field(run.person, id);
        let details = Details { text, ..Details::default() };
        if old == cell {
            return self.note(run, number, Result::Skipped(Reason::SameValue), details);
        }
        let details = Details { from: Side::Value(old), to: Side::Value(cell), ..details };
        self.note(run, number, Result::Done, details);
        let stamp = self.stamp(run);
        self.set_fields(run.person, &[(id, cell)], stamp);
        self.settle(run.person, stamp);
    }

    pub(super) fn remote(&mut self, run: &Run, number: u32, kind: RemoteKind, name: &Template) {
        let mut text = ActionText::Step;
        let mut result = Result::Done;
        if name.fixed().is_none() {
            let mut rendered = std::mem::take(&mut self.core.rendered);
            rendered.clear();
            self.render(run, name, &mut rendered);
            text = ActionText::Rendered(self.core.written.show(format_args!("{} {}", kind.words(), Quoted(&rendered))));
            // A name that is worked out may turn out to be none of ours; the others are names of other systems.
            if kind == RemoteKind::Webhook && self.plan.rulebook.webhook(&rendered).is_none() {
                result = Result::Failed(Reason::InvalidValue);
            }
            self.core.rendered = rendered;
        }
        self.note(run, number, result, Details { text, outside: true, ..Details::default() });
    }
}
