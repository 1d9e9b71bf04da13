//! Runs: one step after another, until the flow ends or waits.

use rust_decimal::prelude::ToPrimitive as _;

use super::calendar::{at_time, end_on, next_anniversary, shift, shift_start};
use super::records::{Result, Started, What, WrittenText};
use super::{Origin, Turn};
use crate::compile::Op;
use crate::meaning::{Moment, StepKind, Wait};
use crate::model::{CampaignId, Clock, EndOutcome, Id, PersonIx, Reason, Timestamp};
use crate::state::{Cell, Happening, WaitingRun};

/// A run that is being executed.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) person: PersonIx,
    pub(super) campaign: CampaignId,
    /// Which of the person's runs of the campaign.
    pub(super) run: u32,
    /// What its steps cause.
    pub(super) below: Origin,
    /// How many waits it has come back from.
    pub(super) waits: u32,
    /// What its trigger saw, when a step needs it.
    pub(super) trigger: Option<Happening>,
}

/// How a flow goes on after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// With the next step.
    Next,
    /// Later.
    Wait(Timestamp),
    /// Not at all.
    End(EndOutcome, Option<Reason>),
}

impl Turn<'_> {
    /// Executes a run that has just started.
    pub(super) fn run_from_start(&mut self, mut run: Run) {
        let entry = self.plan.campaigns.get(run.campaign.index()).map_or(0, |campaign| campaign.entry);
        self.go_on(&mut run, entry);
    }

    /// Goes on with the person's run that waits until a moment, of several with the one whose wait began first. False
    /// when none does.
    pub(super) fn resume(&mut self, person: PersonIx, until: Timestamp) -> bool {
        let Some(waiting) = self.core.state.people.take_waiting(person, |it| it.until == until) else { return false };
        self.core.cause = self.cause_of(&waiting);
        let below = Origin { depth: 1, path: Some(self.path(waiting.campaign, None)) };
        let mut run = Run {
            person,
            campaign: waiting.campaign,
            run: waiting.run,
            below,
            waits: waiting.waits.saturating_add(1),
            trigger: waiting.trigger,
        };
        self.go_on(&mut run, waiting.resume_at);
        true
    }

    /// Executes a run from a place in the code until it ends or waits.
    fn go_on(&mut self, run: &mut Run, from: u32) {
        let mut at = from;
        loop {
            let Some(op) = self.plan.code.get(at as usize).copied() else {
                return self.end(run, EndOutcome::Finished, None);
            };
            at += 1;
            match op {
                Op::End => return self.end(run, EndOutcome::Finished, None),
                Op::Jump(target) => at = target,
                Op::If { condition, otherwise } => {
                    let holds = self.passes(run.person, condition);
                    self.see_branch(run.person, run.campaign, at - 1, holds);
                    if !holds {
                        at = otherwise;
                    }
                }
                Op::Step(number) => {
                    let Some(step) = self.plan.does.get(number as usize) else { continue };
                    match self.step(run, number, step) {
                        After::Next => {}
                        After::Wait(until) => return self.wait(run, at, until),
                        After::End(outcome, reason) => return self.end(run, outcome, reason),
                    }
                }
            }
        }
    }

    fn end(&mut self, run: &Run, outcome: EndOutcome, reason: Option<Reason>) {
        self.record(Some(run.person), Some(run.campaign), run.run, What::Ended(outcome, reason));
    }

    /// What started a run that no longer waits.
    fn cause_of(&mut self, waiting: &WaitingRun) -> Option<WrittenText> {
        let causes = &mut self.core.state.causes;
        let cause = self.core.written.text(causes.get(waiting.cause)?);
        causes.release(waiting.cause);
        Some(cause)
    }

    fn wait(&mut self, run: &mut Run, resume_at: u32, until: Timestamp) {
        self.record(Some(run.person), Some(run.campaign), run.run, What::Waiting(until));
        let cause = self.core.cause.map(|cause| self.core.written.get(cause));
        let cause = self.core.state.causes.keep(cause);
        let waiting = WaitingRun {
            until,
            campaign: run.campaign,
            run: run.run,
            resume_at,
            waits: run.waits,
            cause,
            trigger: run.trigger,
        };
        self.core.state.wait(run.person, waiting);
    }

    /// When a wait that is reached now ends. `None`: there is no date to wait for.
    fn until(&self, person: PersonIx, wait: &Wait) -> Option<Timestamp> {
        let (now, zone) = (self.now(), &self.plan.rulebook.settings.zone);
        Some(match wait {
            Wait::For { duration, ending } => {
                let end = shift(now, *duration, false, zone);
                match ending {
                    Some((days, at)) => end_on(end, *days, *at, zone),
                    None => end,
                }
            }
            Wait::Until { moment, at } => {
                let start = match moment {
                    Moment::Day(day) => zone.at(*day, at.unwrap_or(Clock::MIDNIGHT)),
                    Moment::Today => zone.at(self.core.today, at.unwrap_or(Clock::MIDNIGHT)),
                    Moment::At(moment) => *moment,
                    Moment::Now => now,
                };
                at_time(start, *at, zone)
            }
            Wait::UntilField { field, shift: by, at } => {
                let shifted = match (self.field(person, *field), by) {
                    (Cell::Date(day), Some((earlier, by))) => shift_start(day, *by, *earlier, zone),
                    (Cell::Date(day), None) => zone.start_of(day),
                    (Cell::DateTime(moment), Some((earlier, by))) => shift(moment, *by, *earlier, zone),
                    (Cell::DateTime(moment), None) => moment,
                    (Cell::Empty | Cell::Text(_) | Cell::Integer(_) | Cell::Number(_) | Cell::Boolean(_), _) => {
                        return None;
                    }
                };
                at_time(shifted, *at, zone)
            }
            Wait::UntilAnniversary { field, at } => {
                let (day, clock) = match self.field(person, *field) {
                    Cell::Date(day) => (day, Clock::MIDNIGHT),
                    Cell::DateTime(moment) => zone.local(moment),
                    Cell::Empty | Cell::Text(_) | Cell::Integer(_) | Cell::Number(_) | Cell::Boolean(_) => {
                        return None;
                    }
                };
                next_anniversary(day, at.unwrap_or(clock), now, zone)
            }
        })
    }

    /// Does one step.
    fn step(&mut self, run: &mut Run, number: u32, step: &StepKind) -> After {
        match step {
            StepKind::DoNothing | StepKind::Choose(_) => {}
            StepKind::Wait(wait) => {
                return match self.until(run.person, wait) {
                    None => After::End(EndOutcome::Failed, Some(Reason::NoDate)),
                    Some(until) if until <= self.now() => After::Next,
                    Some(until) => After::Wait(until),
                };
            }
            StepKind::AddToSfdcCampaign { campaign, status } => {
                self.add_to_sfdc_campaign(run, number, *campaign, *status);
            }
            StepKind::RemoveFromSfdcCampaign { campaign } => self.remove_from_sfdc_campaign(run, number, *campaign),
            StepKind::ChangeStatusInSfdcCampaign { campaign, status } => {
                self.change_status_in_sfdc_campaign(run, number, *campaign, *status);
            }
            StepKind::SyncPerson => self.sync_person(run, number),
            StepKind::ChangeStatusInProgram { program, status } => {
                self.change_status_in_program(run, number, *program, *status);
            }
            StepKind::RemoveFromProgram { program } => self.remove_from_program(run, number, *program),
            StepKind::AddToList { list } => self.add_to_list(run, number, *list),
            StepKind::RemoveFromList { list } => self.remove_from_list(run, number, *list),
            StepKind::Set { field, value } => self.set_field(run, number, *field, value),
            StepKind::Clear { field } => self.clear_field(run, number, *field),
            StepKind::Change { field, by } => self.change_field(run, number, *field, *by),
            StepKind::Remote { kind, name } => self.remote(run, number, *kind, name),
            StepKind::Request { campaign } => self.request(run, number, *campaign),
            StepKind::Execute { campaign } => self.execute(run, number, *campaign),
            StepKind::RemoveFromFlowOf { campaign } => self.remove_from_flow_of(run, number, *campaign),
            StepKind::RemoveFromFlow => {
                self.act(run, number, Result::Done);
                return After::End(EndOutcome::Removed, None);
            }
        }
        After::Next
    }

    fn request(&mut self, run: &Run, number: u32, id: CampaignId) {
        if self.plan.campaigns.get(id.index()).is_some_and(|campaign| campaign.active) {
            self.act(run, number, Result::Done);
            self.happen(run.person, Happening::Requested(id), self.stamp(run));
        } else {
            self.act(run, number, Result::Skipped(Reason::Inactive));
        }
    }

    /// Runs an executable campaign inside this run. Its own filter and qualification rule apply at this moment.
    fn execute(&mut self, run: &Run, number: u32, id: CampaignId) {
        let Some(campaign) = self.plan.campaigns.get(id.index()).filter(|campaign| campaign.active) else {
            return self.act(run, number, Result::Skipped(Reason::Inactive));
        };
        self.see_filter(run.person, id);
        let passes = campaign.filter.is_none_or(|filter| self.passes(run.person, filter));
        if !passes || !self.may_qualify(run.person, id) {
            return self.act(run, number, Result::Skipped(Reason::NotQualified));
        }
        self.act(run, number, Result::Done);
        // The child's steps cause activities of the same depth as the parent's.
        let origin = Origin { depth: run.below.depth.saturating_sub(1), path: run.below.path };
        let child = self.qualify(run.person, id, Started::Executed, origin);
        self.run_from_start(child);
    }

    fn remove_from_flow_of(&mut self, run: &Run, number: u32, id: CampaignId) {
        let waits_there = |waiting: &WaitingRun| waiting.campaign == id;
        if !self.core.state.people.waiting(run.person).any(|waiting| waits_there(&waiting)) {
            return self.act(run, number, Result::Skipped(Reason::NotInFlow));
        }
        self.act(run, number, Result::Done);
        let cause = self.core.cause;
        while let Some(waiting) = self.core.state.people.take_waiting(run.person, waits_there) {
            self.core.cause = self.cause_of(&waiting);
            self.record(Some(run.person), Some(id), waiting.run, What::Ended(EndOutcome::Removed, None));
        }
        self.core.cause = cause;
    }
}

/// The whole number that a decimal is, if it is one of 64 bits.
pub(super) fn whole(number: rust_decimal::Decimal) -> Option<i64> {
    number.is_integer().then(|| number.to_i64())?
}
