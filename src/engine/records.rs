//! Outcomes in the engine's own form, and how they are shown.
//!
//! While it works the engine writes down ids and numbers only. Names, texts and keys are put in when somebody looks.

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::compile::Plan;
use crate::language::text::print;
use crate::meaning::Step;
use crate::model::{
    ActionResult, CampaignId, EndOutcome, IncidentCode, NameTable, Outcome, OutcomeKind, PersonIx, Reason,
    SfdcCampaignId, StatusId, Timestamp, Value,
};
use crate::state::State;

/// An outcome in ids.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) at: Timestamp,
    pub(super) person: Option<PersonIx>,
    pub(super) campaign: Option<CampaignId>,
    /// The number of the run among the person's runs of the campaign; 0 for incidents.
    pub(super) run: u32,
    pub(super) cause: Option<SmolStr>,
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
#[derive(Debug, Clone)]
pub(super) struct Action {
    /// The step with this number of the plan.
    pub(super) step: u32,
    pub(super) text: ActionText,
    pub(super) result: ActionResult<'static>,
    pub(super) from: Option<Value>,
    pub(super) to: Option<Value>,
    /// For effects outside: 1 and the number of waits that the run has come back from.
    pub(super) visit: Option<u32>,
}

/// How an action is worded.
#[derive(Debug, Clone)]
pub(super) enum ActionText {
    /// As the step is.
    Step,
    /// Implied sync.
    ImpliedSync,
    /// Implied add.
    ImpliedAdd(SfdcCampaignId, StatusId),
    /// With tokens replaced.
    Rendered(SmolStr),
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

/// Shows a record.
pub(super) fn show<'a>(record: &'a Record, plan: &'a Plan, state: &'a State) -> Outcome<'a> {
    let campaign_name = |id: CampaignId| plan.rulebook.get_campaign(id).map_or("", |campaign| campaign.name.as_str());
    let person = record.person.map(|person| state.people.id(person).as_str());
    let campaign = record.campaign.map(campaign_name);
    let run = match (record.run, person, campaign) {
        (0, ..) | (_, None, _) | (_, _, None) => None,
        (run, Some(person), Some(campaign)) => Some(Cow::Owned(run_id(campaign, person, run))),
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
                action: match &action.text {
                    ActionText::Step => Cow::Borrowed(step.map_or("", |step| step.text.as_str())),
                    ActionText::ImpliedSync => Cow::Borrowed("sync person to SFDC"),
                    ActionText::ImpliedAdd(campaign, status) => {
                        Cow::Owned(add_text(&state.names.sfdc_campaigns, *campaign, state.names.statuses.name(*status)))
                    }
                    ActionText::Rendered(text) => Cow::Borrowed(text.as_str()),
                },
                result: action.result.clone(),
                implied: !action.text.implied_part().is_empty(),
                from: action.from.clone(),
                to: action.to.clone(),
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
        cause: record.cause.as_deref().map(Cow::Borrowed),
        kind,
    }
}

fn add_text(campaigns: &NameTable<SfdcCampaignId>, campaign: SfdcCampaignId, status: &str) -> String {
    let campaign = print::quoted(campaigns.name(campaign));
    format!("add to SFDC campaign {campaign} with status {}", print::quoted(status))
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

/// `campaign/person/n`, with `%` and `/` in names encoded so that it can be read in one way only.
fn run_id(campaign: &str, person: &str, run: u32) -> String {
    let mut id = String::with_capacity(campaign.len() + person.len() + 8);
    for name in [campaign, person] {
        for c in name.chars() {
            match c {
                '%' => id.push_str("%25"),
                '/' => id.push_str("%2F"),
                c => id.push(c),
            }
        }
        id.push('/');
    }
    id.push_str(&run.to_string());
    id
}

/// The idempotency key (semantics.md section 7): the first 128 bits of SHA-256 over the parts, each behind its length.
fn key(person: &str, campaign: &str, run: u32, step: &str, visit: u32, implied: &str) -> String {
    let mut hash = Sha256::new();
    for part in [person, campaign, &run.to_string(), step, &visit.to_string(), implied] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
