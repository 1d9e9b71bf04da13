//! Which SFDC campaigns and programs rules look at or write to: only those are worth a call.

use std::collections::BTreeSet;

use crate::meaning::{Filter, HistoryEvent, Predicate, Rulebook, Start, Step, StepKind, Subjects, TriggerTest};
use crate::model::{Id, ProgramId, SfdcCampaignId};

/// Campaigns and programs that rules use.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) campaigns: BTreeSet<SfdcCampaignId>,
    pub(super) programs: BTreeSet<ProgramId>,
}

/// Goes through all smart campaigns and segments.
pub(super) fn used(rules: &Rulebook) -> Used {
    let mut walk = Walk { rules, used: Used::default() };
    for campaign in &rules.campaigns {
        if let Start::Triggers(triggers) = &campaign.start {
            triggers.iter().for_each(|trigger| walk.trigger(&trigger.test));
        }
        campaign.filter.iter().for_each(|filter| walk.filter(filter));
        walk.steps(&campaign.flow);
    }
    rules.segments.iter().for_each(|segment| walk.filter(&segment.filter));
    walk.used
}

struct Walk<'r> {
    rules: &'r Rulebook,
    used: Used,
}

impl Walk<'_> {
    fn campaigns(&mut self, subjects: &Subjects<SfdcCampaignId>) {
        let all = self.rules.sfdc_campaigns.iter().enumerate();
        let meant = all.map(|(at, campaign)| (SfdcCampaignId::new(at), campaign.name.as_str()));
        self.used.campaigns.extend(meant.filter(|(id, name)| subjects.contains(*id, || name)).map(|(id, _)| id));
    }

    fn programs(&mut self, subjects: &Subjects<ProgramId>) {
        let all = self.rules.programs.iter().enumerate();
        let meant = all.map(|(at, program)| (ProgramId::new(at), program.name.as_str()));
        self.used.programs.extend(meant.filter(|(id, name)| subjects.contains(*id, || name)).map(|(id, _)| id));
    }

    fn trigger(&mut self, test: &TriggerTest) {
        match test {
            TriggerTest::AddedToSfdcCampaign { campaigns, .. }
            | TriggerTest::RemovedFromSfdcCampaign { campaigns, .. }
            | TriggerTest::StatusChangedInSfdcCampaign { campaigns, .. } => self.campaigns(campaigns),
            TriggerTest::AddedToProgram { programs, .. }
            | TriggerTest::RemovedFromProgram { programs }
            | TriggerTest::StatusChangedInProgram { programs, .. }
            | TriggerTest::SuccessReachedInProgram { programs } => self.programs(programs),
            TriggerTest::AddedToList { .. }
            | TriggerTest::RemovedFromList { .. }
            | TriggerTest::EntersSegment { .. }
            | TriggerTest::LeavesSegment { .. }
            | TriggerTest::PersonCreated
            | TriggerTest::PersonSynced
            | TriggerTest::PersonConverted
            | TriggerTest::PersonDeleted
            | TriggerTest::FieldChanges { .. }
            | TriggerTest::Performs { .. }
            | TriggerTest::CampaignRequested => {}
        }
    }

    fn filter(&mut self, filter: &Filter) {
        match filter {
            Filter::And(all) | Filter::Or(all) => all.iter().for_each(|filter| self.filter(filter)),
            Filter::Not(filter) => self.filter(filter),
            Filter::Test(predicate) => self.predicate(predicate),
        }
    }

    fn predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::MemberOfSfdcCampaign { campaigns, .. } => self.campaigns(campaigns),
            Predicate::MemberOfProgram { programs, .. } => self.programs(programs),
            Predicate::History { event, .. } => match event {
                HistoryEvent::AddedToSfdcCampaign { campaigns, .. }
                | HistoryEvent::RemovedFromSfdcCampaign { campaigns }
                | HistoryEvent::StatusChangedInSfdcCampaign { campaigns, .. } => self.campaigns(campaigns),
                HistoryEvent::StatusChangedInProgram { programs, .. } => self.programs(programs),
                HistoryEvent::AddedToList { .. }
                | HistoryEvent::RemovedFromList { .. }
                | HistoryEvent::FieldChanged { .. }
                | HistoryEvent::Performed { .. } => {}
            },
            Predicate::Field { .. }
            | Predicate::MemberOfList { .. }
            | Predicate::MemberOfSegment { .. }
            | Predicate::MemberOfSmartCampaign { .. }
            | Predicate::RandomSample { .. } => {}
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::AddToSfdcCampaign { campaign, .. }
                | StepKind::RemoveFromSfdcCampaign { campaign }
                | StepKind::ChangeStatusInSfdcCampaign { campaign, .. } => drop(self.used.campaigns.insert(*campaign)),
                StepKind::ChangeStatusInProgram { program, .. } | StepKind::RemoveFromProgram { program } => {
                    self.used.programs.insert(*program);
                }
                StepKind::Choose(branches) => {
                    for branch in branches {
                        branch.condition.iter().for_each(|condition| self.filter(condition));
                        self.steps(&branch.steps);
                    }
                }
                StepKind::AddToList { .. }
                | StepKind::RemoveFromList { .. }
                | StepKind::Set { .. }
                | StepKind::Clear { .. }
                | StepKind::Change { .. }
                | StepKind::SyncPerson
                | StepKind::Wait(_)
                | StepKind::Request { .. }
                | StepKind::Execute { .. }
                | StepKind::RemoveFromFlowOf { .. }
                | StepKind::RemoveFromFlow
                | StepKind::Remote { .. }
                | StepKind::DoNothing => {}
            }
        }
    }
}
