//! Runs: a list of steps still to do, done one after another.

use std::collections::VecDeque;

use super::state::Happened;
use super::{Cause, Naive};
use crate::meaning::Step;
use crate::model::{EndOutcome, Reason, Timestamp};

/// A run in progress.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) person: String,
    /// The place of its campaign.
    pub(super) campaign: usize,
    /// How many times the person had qualified when it began, this one included.
    pub(super) number: u32,
    /// What its steps cause has this cause.
    pub(super) cause: Cause,
    /// The activity that started it.
    pub(super) trigger: Option<Happened>,
    pub(super) todo: VecDeque<Step>,
    /// How many waits it has come back from.
    pub(super) waits: u32,
}

/// A waiting run.
#[derive(Debug, Clone)]
pub(super) struct Wait {
    pub(super) until: Timestamp,
    pub(super) run: Run,
}

/// What comes after a step.
#[derive(Debug, Clone)]
pub(super) enum Next {
    Step,
    Until(Timestamp),
    End(EndOutcome, Option<Reason>),
}

impl Naive {
    /// Executes a run until it ends or waits.
    pub(super) fn go(&mut self, mut run: Run) {
        while let Some(step) = run.todo.pop_front() {
            match self.step(&mut run, &step) {
                Next::Step => {}
                Next::Until(until) => {
                    self.record_waiting(&run, until);
                    self.waits.push(Wait { until, run });
                    return;
                }
                Next::End(outcome, reason) => {
                    self.record_ended(&run, outcome, reason);
                    return;
                }
            }
        }
        self.record_ended(&run, EndOutcome::Finished, None);
    }

    /// Goes on with a run that waited: the depth starts again, and so does the path.
    pub(super) fn resume(&mut self, place: usize) {
        if place >= self.waits.len() {
            return;
        }
        let mut run = self.waits.remove(place).run;
        let person = run.person.clone();
        run.waits += 1;
        run.cause.depth = super::timers::DEPTH_OF_WHAT_TIME_STARTS;
        run.cause.path = vec![self.campaign_name(run.campaign)];
        self.go(run);
        self.work(&person);
    }
}
