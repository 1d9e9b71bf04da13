//! Who may start whom: which steps of a campaign cause events that triggers of others listen to.
//!
//! Filters, qualification rules and values are not looked at, so a pair that is listed may never meet; a pair that is not
//! listed never does.

use super::plan::Plan;
use super::watches::Touch;
use crate::meaning::{Start, StatusSet, Step, StepKind, Subjects, TriggerTest};
use crate::model::{CampaignId, FieldId, Id, ListId, ProgramId, SfdcCampaignId, StatusId};

/// That a step of one campaign may start another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interaction {
    /// Whose step it is.
    pub from: CampaignId,
    /// Which campaign may be started.
    pub to: CampaignId,
    /// The canonical text of the step.
    pub step: String,
    /// The canonical text of the trigger; `execute` where the step runs the campaign itself.
    pub trigger: String,
}

/// What a step may cause.
enum Effect {
    SfdcAdded(SfdcCampaignId, StatusId),
    SfdcRemoved(SfdcCampaignId),
    SfdcStatusChanged(SfdcCampaignId, StatusId),
    Program(ProgramId, StatusId),
    ListAdded(ListId),
    ListRemoved(ListId),
    Field(FieldId),
    Synced,
    Requested(CampaignId),
}

/// Every pair of campaigns of which the first may start the second, in order of declaration.
pub fn interactions(plan: &Plan) -> Vec<Interaction> {
    let mut found = Vec::new();
    for (index, campaign) in plan.rulebook.campaigns.iter().enumerate() {
        let from = CampaignId::new(index);
        each_step(&campaign.flow, &mut |step| {
            let mut push = |to: CampaignId, trigger: &str| {
                found.push(Interaction { from, to, step: step.text.to_string(), trigger: trigger.to_owned() });
            };
            if let StepKind::Execute { campaign: child } = &step.kind {
                push(*child, "execute");
            }
            let effects = effects_of(step, campaign.implied_actions);
            for (to, other) in plan.rulebook.campaigns.iter().enumerate() {
                let Start::Triggers(triggers) = &other.start else { continue };
                let to = CampaignId::new(to);
                for trigger in triggers {
                    if effects.iter().any(|effect| may_fire(plan, effect, to, &trigger.test)) {
                        push(to, &trigger.text);
                    }
                }
            }
        });
    }
    found.sort();
    found.dedup();
    found
}

fn each_step(steps: &[Step], visit: &mut impl FnMut(&Step)) {
    for step in steps {
        visit(step);
        if let StepKind::Choose(branches) = &step.kind {
            branches.iter().for_each(|branch| each_step(&branch.steps, visit));
        }
    }
}

fn effects_of(step: &Step, implied: bool) -> Vec<Effect> {
    let mut effects = match &step.kind {
        StepKind::AddToSfdcCampaign { campaign, status } => vec![Effect::SfdcAdded(*campaign, *status)],
        StepKind::RemoveFromSfdcCampaign { campaign } => vec![Effect::SfdcRemoved(*campaign)],
        StepKind::ChangeStatusInSfdcCampaign { campaign, status } if implied => {
            vec![Effect::SfdcStatusChanged(*campaign, *status), Effect::SfdcAdded(*campaign, *status)]
        }
        StepKind::ChangeStatusInSfdcCampaign { campaign, status } => {
            vec![Effect::SfdcStatusChanged(*campaign, *status)]
        }
        StepKind::ChangeStatusInProgram { program, status } => vec![Effect::Program(*program, *status)],
        StepKind::RemoveFromProgram { program } => vec![Effect::Program(*program, StatusId::NOT_IN_PROGRAM)],
        StepKind::AddToList { list } => vec![Effect::ListAdded(*list)],
        StepKind::RemoveFromList { list } => vec![Effect::ListRemoved(*list)],
        StepKind::Set { field, .. } | StepKind::Clear { field } | StepKind::Change { field, .. } => {
            vec![Effect::Field(*field)]
        }
        StepKind::SyncPerson => vec![Effect::Synced],
        StepKind::Request { campaign } => vec![Effect::Requested(*campaign)],
        StepKind::Execute { .. }
        | StepKind::Wait(_)
        | StepKind::RemoveFromFlowOf { .. }
        | StepKind::RemoveFromFlow
        | StepKind::Remote { .. }
        | StepKind::DoNothing
        | StepKind::Choose(_) => Vec::new(),
    };
    let may_sync =
        matches!(step.kind, StepKind::AddToSfdcCampaign { .. } | StepKind::ChangeStatusInSfdcCampaign { .. });
    if implied && may_sync {
        effects.push(Effect::Synced);
    }
    effects
}

fn may_fire(plan: &Plan, effect: &Effect, to: CampaignId, test: &TriggerTest) -> bool {
    let status_fits = |set: &Option<StatusSet>, status: StatusId| set.as_ref().is_none_or(|set| set.contains(status));
    let campaign_fits = |subjects: &Subjects<SfdcCampaignId>, id: SfdcCampaignId| {
        subjects.contains(id, || plan.names.sfdc_campaigns.name(id))
    };
    let program_fits =
        |subjects: &Subjects<ProgramId>, id: ProgramId| subjects.contains(id, || plan.names.programs.name(id));
    let list_fits = |subjects: &Subjects<ListId>, id: ListId| subjects.contains(id, || plan.names.lists.name(id));
    if let TriggerTest::EntersSegment { segment } | TriggerTest::LeavesSegment { segment } = test {
        let watched = plan.watches.segments.iter().position(|watched| watched.segment == *segment);
        return watched.is_some_and(|watched| {
            touches_of(effect).into_iter().any(|touch| {
                plan.watches.touched_by(touch).into_iter().flatten().any(|place| *place as usize == watched)
            })
        });
    }
    match (effect, test) {
        (Effect::SfdcAdded(id, status), TriggerTest::AddedToSfdcCampaign { campaigns, statuses }) => {
            campaign_fits(campaigns, *id) && status_fits(statuses, *status)
        }
        (Effect::SfdcRemoved(id), TriggerTest::RemovedFromSfdcCampaign { campaigns, .. }) => {
            campaign_fits(campaigns, *id)
        }
        (Effect::SfdcStatusChanged(id, status), TriggerTest::StatusChangedInSfdcCampaign { campaigns, to, .. }) => {
            campaign_fits(campaigns, *id) && status_fits(to, *status)
        }
        (Effect::Program(id, status), TriggerTest::AddedToProgram { programs, statuses }) => {
            *status != StatusId::NOT_IN_PROGRAM && program_fits(programs, *id) && status_fits(statuses, *status)
        }
        (Effect::Program(id, status), TriggerTest::RemovedFromProgram { programs }) => {
            *status == StatusId::NOT_IN_PROGRAM && program_fits(programs, *id)
        }
        (Effect::Program(id, status), TriggerTest::StatusChangedInProgram { programs, to, .. }) => {
            program_fits(programs, *id) && status_fits(to, *status)
        }
        (Effect::Program(id, status), TriggerTest::SuccessReachedInProgram { programs }) => {
            let program = plan.rulebook.programs.get(id.index());
            let channel = program.and_then(|program| plan.rulebook.channels.get(program.channel.index()));
            program_fits(programs, *id) && channel.is_some_and(|channel| channel.is_success(*status))
        }
        (Effect::ListAdded(id), TriggerTest::AddedToList { lists })
        | (Effect::ListRemoved(id), TriggerTest::RemovedFromList { lists }) => list_fits(lists, *id),
        (Effect::Field(id), TriggerTest::FieldChanges { field, .. }) => id == field,
        (Effect::Synced, TriggerTest::PersonSynced) => true,
        (Effect::Requested(id), TriggerTest::CampaignRequested) => *id == to,
        (
            Effect::SfdcAdded(..)
            | Effect::SfdcRemoved(_)
            | Effect::SfdcStatusChanged(..)
            | Effect::Program(..)
            | Effect::ListAdded(_)
            | Effect::ListRemoved(_)
            | Effect::Field(_)
            | Effect::Synced
            | Effect::Requested(_),
            _,
        ) => false,
    }
}

/// What a watched segment may see of an effect.
fn touches_of(effect: &Effect) -> Vec<Touch> {
    use super::plan::Kind;
    use crate::model::StandardField;
    let identity = [Touch::Field(StandardField::SFDC_TYPE), Touch::Field(StandardField::SFDC_IS_DELETED)];
    match effect {
        Effect::SfdcAdded(id, _) => vec![Touch::Sfdc(*id), Touch::Log(Kind::SfdcAdded, id.0)],
        Effect::SfdcRemoved(id) => vec![Touch::Sfdc(*id), Touch::Log(Kind::SfdcRemoved, id.0)],
        Effect::SfdcStatusChanged(id, _) => vec![Touch::Sfdc(*id), Touch::Log(Kind::SfdcStatusChanged, id.0)],
        Effect::Program(id, _) => vec![Touch::Program(*id), Touch::Log(Kind::ProgramStatusChanged, id.0)],
        Effect::ListAdded(id) => vec![Touch::List(*id), Touch::Log(Kind::ListAdded, id.0)],
        Effect::ListRemoved(id) => vec![Touch::List(*id), Touch::Log(Kind::ListRemoved, id.0)],
        Effect::Field(field) => {
            vec![Touch::Field(*field), Touch::Field(StandardField::UPDATED_AT), Touch::Log(Kind::FieldChanged, field.0)]
        }
        Effect::Synced => identity.into_iter().chain([Touch::Field(StandardField::UPDATED_AT)]).collect(),
        Effect::Requested(_) => Vec::new(),
    }
}
