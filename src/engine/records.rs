//! Outcomes in the engine's own form, and how they are shown.
//!
//! While it works the engine writes down ids and numbers only, and the few texts that come from outside or are worked out
//! into one string ([`Written`]). Names, texts and keys are put in when somebody looks.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

use crate::compile::Plan;
use crate::language::text::print::Quoted;
use crate::meaning::Step;
use crate::model::{
    ActionResult, CampaignId, EndOutcome, IncidentCode, Key, Outcome, OutcomeKind, PersonIx, Reason, RunId,
    SfdcCampaignId, StatusId, Timestamp, Value, joined,
};
use crate::state::{Cell, State, bring};

/// The texts of what one input caused, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Written(String);

/// A text in [`Written`].
#[derive(Debug, Clone, Copy)]
pub(super) struct WrittenText {
    start: u32,
    end: u32,
}

impl Written {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps a text.
    pub(super) fn text(&mut self, text: &str) -> WrittenText {
        let start = self.len();
        self.0.push_str(text);
        WrittenText { start, end: self.len() }
    }

    /// Keeps a text that is put together.
    pub(super) fn show(&mut self, text: fmt::Arguments<'_>) -> WrittenText {
        let start = self.len();
        // A string takes every text.
        let _ = self.0.write_fmt(text);
        WrittenText { start, end: self.len() }
    }

    /// A text that was kept.
    pub(super) fn get(&self, text: WrittenText) -> &str {
        self.0.get(text.start as usize..text.end as usize).unwrap_or("")
    }

    fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

/// An outcome in ids.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) at: Timestamp,
    pub(super) person: Option<PersonIx>,
    pub(super) campaign: Option<CampaignId>,
    /// The number of the run among the person's runs of the campaign; 0 for incidents.
    pub(super) run: u32,
    pub(super) cause: Option<WrittenText>,
    pub(super) what: What,
}

/// What happened, in ids.
#[derive(Debug, Clone)]
pub(super) enum What {
    Qualified(Started),
    Action(Action),
    Waiting(Timestamp),
    Ended(EndOutcome, Option<Reason>),
    Incident { code: IncidentCode, path: Vec<CampaignId>, limit: u64, count: Option<u64> },
}

/// What started a run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Started {
    /// The trigger with this number of the plan.
    Trigger(u32),
    Batch,
    Executed,
}

/// What a step did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Action {
    /// The step with this number of the plan.
    pub(super) step: u32,
    pub(super) text: ActionText,
    pub(super) result: Result,
    pub(super) from: Side,
    pub(super) to: Side,
    /// For effects outside: 1 and the number of waits that the run has come back from.
    pub(super) visit: Option<u32>,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Result {
    Done,
    Skipped(Reason),
    Failed(Reason),
}

/// What was before, or is after.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Side {
    #[default]
    Nothing,
    Status(StatusId),
    Value(Cell),
}

/// How an action is worded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum ActionText {
    /// As the step is.
    #[default]
    Step,
    /// Implied sync.
    ImpliedSync,
    /// Implied add.
    ImpliedAdd(SfdcCampaignId, StatusId),
    /// With tokens replaced.
    Rendered(WrittenText),
}

impl ActionText {
    /// The part of the step in its idempotency key.
    const fn implied_part(&self) -> &'static str {
        match self {
            Self::Step | Self::Rendered(_) => "",
            Self::ImpliedSync => "sync",
            Self::ImpliedAdd(..) => "add",
        }
    }
}

/// Asks for the words with which a record is shown: mostly somebody looks at it soon.
pub(super) fn bring_words(record: &Record, plan: &Plan) {
    match &record.what {
        What::Qualified(started) => {
            let campaign = record.campaign.and_then(|id| plan.rulebook.get_campaign(id));
            bring(campaign.map(|campaign| &campaign.name));
            if let Started::Trigger(trigger) = started {
                bring(plan.triggers.get(*trigger as usize).map(|trigger| &trigger.text));
            }
        }
        What::Action(action) => {
            let step = plan.steps.get(action.step as usize);
            bring(step.map(|step| &step.id));
            bring(step.map(|step| &step.text));
        }
        What::Waiting(_) | What::Ended(..) | What::Incident { .. } => {}
    }
}

/// Shows a record.
pub(super) fn show<'a>(record: &'a Record, plan: &'a Plan, state: &'a State, written: &'a Written) -> Outcome<'a> {
    let campaign_name = |id: CampaignId| plan.rulebook.get_campaign(id).map_or("", |campaign| campaign.name.as_str());
    let person = record.person.map(|person| state.people.id(person));
    let campaign = record.campaign.map(campaign_name);
    let run = match (record.run, person, campaign) {
        (0, ..) | (_, None, _) | (_, _, None) => None,
        (number, Some(person), Some(campaign)) => {
            Some(RunId { campaign: Cow::Borrowed(campaign), person: Cow::Borrowed(person), number })
        }
    };
    let side = |side: Side| match side {
        Side::Nothing | Side::Value(Cell::Empty) => None,
        Side::Status(id) => Some(Value::text(state.names.statuses.name(id))),
        Side::Value(cell) => Some(cell.value(&state.texts)),
    };
    let kind = match &record.what {
        What::Qualified(started) => OutcomeKind::Qualified {
            trigger: Cow::Borrowed(match started {
                Started::Trigger(trigger) => plan.triggers.get(*trigger as usize).map_or("", |it| it.text.as_str()),
                Started::Batch => "batch",
                Started::Executed => "executed",
            }),
        },
        What::Action(action) => {
            let step = plan.steps.get(action.step as usize);
            let label = step.map_or("", Step::label);
            OutcomeKind::Action {
                step: Cow::Borrowed(label),
                action: match action.text {
                    ActionText::Step => Cow::Borrowed(step.map_or("", |step| step.text.as_str())),
                    ActionText::ImpliedSync => Cow::Borrowed("sync person to SFDC"),
                    ActionText::ImpliedAdd(campaign, status) => {
                        let campaign = Quoted(state.names.sfdc_campaigns.name(campaign));
                        let status = Quoted(state.names.statuses.name(status));
                        Cow::Owned(format!("add to SFDC campaign {campaign} with status {status}"))
                    }
                    ActionText::Rendered(text) => Cow::Borrowed(written.get(text)),
                },
                result: match action.result {
                    Result::Done => ActionResult::Done,
                    Result::Skipped(reason) => ActionResult::Skipped(reason),
                    Result::Failed(reason) => ActionResult::Failed(reason),
                },
                implied: !action.text.implied_part().is_empty(),
                from: side(action.from),
                to: side(action.to),
                key: action.visit.map(|visit| {
                    let (person, campaign) = (person.unwrap_or(""), campaign.unwrap_or(""));
                    key(person, campaign, record.run, label, visit, action.text.implied_part())
                }),
            }
        }
        What::Waiting(until) => OutcomeKind::Waiting { until: *until },
        What::Ended(outcome, reason) => OutcomeKind::Ended { outcome: *outcome, reason: *reason },
        What::Incident { code, path, limit, count } => OutcomeKind::Incident {
            code: *code,
            message: incident_message(*code, *limit, *count),
            path: path.iter().map(|id| Cow::Borrowed(campaign_name(*id))).collect(),
            count: *count,
        },
    };
    Outcome {
        at: record.at,
        person: person.map(Cow::Borrowed),
        campaign: campaign.map(Cow::Borrowed),
        run,
        cause: record.cause.map(|cause| Cow::Borrowed(written.get(cause))),
        kind,
    }
}

fn incident_message(code: IncidentCode, limit: u64, count: Option<u64>) -> String {
    match code {
        IncidentCode::CascadeLimit => {
            format!("events caused events more than {limit} levels deep; the last ones fired nothing")
        }
        IncidentCode::ActivityLimit => format!("one event caused more than {limit} activities; the rest fired nothing"),
        IncidentCode::MaxPeople => {
            format!("{} people would qualify, more than {limit}; nobody runs", count.unwrap_or(0))
        }
    }
}

/// The idempotency key (semantics.md section 7): the first 128 bits of SHA-256 over the parts, each behind its length.
fn key(person: &str, campaign: &str, run: u32, step: &str, visit: u32, implied: &str) -> Key {
    let (mut run_digits, mut visit_digits) = ([0; 10], [0; 10]);
    let (run, visit) = (decimal(run, &mut run_digits), decimal(visit, &mut visit_digits));
    let parts = [person.as_bytes(), campaign.as_bytes(), run, step.as_bytes(), visit, implied.as_bytes()];
    let mut key = [0; 16];
    for (slot, byte) in key.iter_mut().zip(hash_of(parts)) {
        *slot = byte;
    }
    Key(key)
}

/// Parts that together are longer than this are hashed one by one.
const HASHED_TOGETHER_MAX: usize = 256;

/// The SHA-256 of parts, each behind its length.
fn hash_of(parts: [&[u8]; 6]) -> sha2::digest::Output<Sha256> {
    let lengths = parts.map(|part| (part.len() as u64).to_le_bytes());
    let pieces = lengths.iter().zip(parts).flat_map(|(length, part)| [&length[..], part]);
    match joined(pieces, &mut [0; HASHED_TOGETHER_MAX]) {
        Some(together) => Sha256::digest(together),
        None => hash_of_each(parts),
    }
}

/// The same, however long the parts are.
fn hash_of_each(parts: [&[u8]; 6]) -> sha2::digest::Output<Sha256> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()
}

/// The digits of a number, in the room for them.
fn decimal(mut number: u32, digits: &mut [u8; 10]) -> &[u8] {
    let mut first = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        // The remainder of ten is a digit.
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        first = at;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    digits.get(first..).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hash_alike_in_one_piece_and_one_by_one() {
        let long = "ä".repeat(HASHED_TOGETHER_MAX);
        for end in (0..long.len()).step_by(2) {
            for part in [long.get(..end), long.get(end..)].into_iter().flatten() {
                let parts = [b"ada", part.as_bytes(), b"1", b"", part.as_bytes(), b"sync"];
                assert_eq!(hash_of(parts), hash_of_each(parts));
            }
        }
    }
}
