//! The queue of a person: which campaigns an activity starts.

use super::flow::Run;
use super::state::Happened;
use super::{Cause, Naive, Queued};
use crate::meaning::{Qualification, SmartCampaign, Start, Trigger, TriggerTest};
use crate::model::{Id, IncidentCode};

impl Naive {
    /// Works the queue of a person until it is empty.
    pub(super) fn work(&mut self, id: &str) {
        self.taken = 0;
        self.told_too_many = false;
        while let Some(next) = self.queue.pop_front() {
            if next.cause.depth >= 1 {
                self.taken += 1;
            }
            if self.is_stopped(id, &next) {
                continue;
            }
            let runs = self.start_runs(id, &next);
            for run in runs {
                self.go(run);
            }
        }
    }

    /// Whether a limit keeps an activity from firing anything.
    fn is_stopped(&mut self, id: &str, next: &Queued) -> bool {
        let deep = next.cause.depth >= self.rules.settings.cascade_limit;
        let many = self.taken > u64::from(self.rules.settings.activity_limit);
        let would_fire = (deep || many) && self.fired(id, &next.what).next().is_some();
        if many {
            if would_fire && !self.told_too_many {
                self.told_too_many = true;
                self.incident(IncidentCode::ActivityLimit, Some(id), &next.cause, None);
            }
        } else if deep && would_fire {
            self.incident(IncidentCode::CascadeLimit, Some(id), &next.cause, None);
        }
        deep || many
    }

    /// Every active trigger campaign with a trigger that the activity fires, by campaign order; with the first such.
    fn fired(&self, id: &str, what: &Happened) -> impl Iterator<Item = (usize, &SmartCampaign, &Trigger)> {
        let order = self.rules.order.iter().filter_map(|at| Some((at.index(), self.rules.get_campaign(*at)?)));
        order.filter_map(move |(at, campaign)| {
            let Start::Triggers(triggers) = &campaign.start else { return None };
            let trigger = triggers.iter().find(|trigger| self.fires(id, campaign, &trigger.test, what))?;
            campaign.active.then_some((at, campaign, trigger))
        })
    }

    /// All filters are asked about the same state; then those who pass qualify; then the runs begin.
    fn start_runs(&mut self, id: &str, next: &Queued) -> Vec<Run> {
        let fired = self.fired(id, &next.what);
        let held: Vec<(usize, String)> = fired
            .filter(|(_, campaign, _)| self.passes(id, campaign.filter.as_ref()))
            .map(|(at, _, trigger)| (at, trigger.text.clone()))
            .collect();
        let mut runs = Vec::new();
        for (at, text) in held {
            if self.may_qualify(id, at) {
                runs.push(self.qualify(id, at, &text, &next.cause, next.cause.depth + 1, Some(next.what.clone())));
            }
        }
        runs
    }

    /// The qualification rule.
    pub(super) fn may_qualify(&self, id: &str, campaign: usize) -> bool {
        let Some((person, campaign_)) = self.people.get(id).zip(self.rules.campaigns.get(campaign)) else {
            return false;
        };
        match (person.qualified.get(&campaign), campaign_.qualification) {
            (None, _) | (Some(_), Qualification::EveryTime) => true,
            (Some(_), Qualification::Once) => false,
            (Some((_, last)), Qualification::OnceEvery(span)) => self.now().0 - last.0 >= span,
        }
    }

    /// The person qualifies: a run starts. That is a transition, too.
    pub(super) fn qualify(
        &mut self,
        id: &str,
        campaign: usize,
        trigger: &str,
        cause: &Cause,
        depth: u32,
        what: Option<Happened>,
    ) -> Run {
        let now = self.now();
        let number = self.with(id, |person| {
            let entry = person.qualified.entry(campaign).or_insert((0, now));
            *entry = (entry.0 + 1, now);
            entry.0
        });
        let mut path = cause.path.clone();
        path.push(self.campaign_name(campaign));
        let flow = self.rules.campaigns.get(campaign).map(|it| it.flow.clone()).unwrap_or_default();
        let run = Run {
            person: id.to_owned(),
            campaign,
            number,
            cause: Cause { event: cause.event.clone(), depth, path },
            trigger: what,
            todo: flow.into(),
            waits: 0,
        };
        self.record_qualified(&run, trigger);
        self.look_at_segments(id, &run.cause);
        run
    }

    /// Whether an activity fires a trigger of a campaign.
    fn fires(&self, id: &str, campaign: &SmartCampaign, test: &TriggerTest, what: &Happened) -> bool {
        let Some(person) = self.people.get(id) else { return false };
        let judge = self.judge(id, person, self.now());
        match (test, what) {
            (
                TriggerTest::AddedToSfdcCampaign { campaigns, statuses },
                Happened::SfdcAdded { campaign: name, status },
            )
            | (
                TriggerTest::RemovedFromSfdcCampaign { campaigns, statuses },
                Happened::SfdcRemoved { campaign: name, status },
            ) => judge.sfdc(campaigns, name) && judge.status(statuses.as_ref(), status),
            (
                TriggerTest::StatusChangedInSfdcCampaign { campaigns, from: old, to: new },
                Happened::SfdcChanged { campaign: name, from, to },
            ) => judge.sfdc(campaigns, name) && judge.status(old.as_ref(), from) && judge.status(new.as_ref(), to),
            (
                TriggerTest::AddedToProgram { programs, statuses },
                Happened::ProgramChanged { program, from, to, success: _ },
            ) => {
                from == crate::model::NOT_IN_PROGRAM
                    && judge.program(programs, program)
                    && judge.status(statuses.as_ref(), to)
            }
            (
                TriggerTest::RemovedFromProgram { programs },
                Happened::ProgramChanged { program, from: _, to, success: _ },
            ) => to == crate::model::NOT_IN_PROGRAM && judge.program(programs, program),
            (
                TriggerTest::StatusChangedInProgram { programs, from: old, to: new },
                Happened::ProgramChanged { program, from, to, success: _ },
            ) => judge.program(programs, program) && judge.status(old.as_ref(), from) && judge.status(new.as_ref(), to),
            (
                TriggerTest::SuccessReachedInProgram { programs },
                Happened::ProgramChanged { program, from: _, to: _, success },
            ) => *success && judge.program(programs, program),
            (TriggerTest::AddedToList { lists }, Happened::ListAdded(list))
            | (TriggerTest::RemovedFromList { lists }, Happened::ListRemoved(list)) => judge.list(lists, list),
            (TriggerTest::EntersSegment { segment }, Happened::Enters(entered)) => segment.index() == *entered,
            (TriggerTest::LeavesSegment { segment }, Happened::Leaves(left)) => segment.index() == *left,
            (TriggerTest::PersonCreated, Happened::Created)
            | (TriggerTest::PersonSynced, Happened::Synced)
            | (TriggerTest::PersonConverted, Happened::Converted)
            | (TriggerTest::PersonDeleted, Happened::Deleted) => true,
            (
                TriggerTest::FieldChanges { field: wanted, from: old, to: new },
                Happened::FieldChanged { field, from, to },
            ) => {
                let tests = judge.tests();
                wanted == field
                    && old.as_ref().is_none_or(|test| tests.value(from, test))
                    && new.as_ref().is_none_or(|test| tests.value(to, test))
            }
            (
                TriggerTest::Performs { activity: wanted, attributes: filter },
                Happened::Performed { activity, attributes },
            ) => {
                self.rules.activity(activity) == Some(*wanted)
                    && filter.as_ref().is_none_or(|filter| judge.attributes(filter, activity, attributes))
            }
            (TriggerTest::CampaignRequested, Happened::Requested(name)) => campaign.name == *name,
            (_, _) => false,
        }
    }

    /// The segments that some trigger names, in order of declaration.
    pub(super) fn watched_segments(&self) -> Vec<usize> {
        let mut watched = Vec::new();
        for campaign in &self.rules.campaigns {
            let Start::Triggers(triggers) = &campaign.start else { continue };
            for trigger in triggers {
                if let TriggerTest::EntersSegment { segment } | TriggerTest::LeavesSegment { segment } = trigger.test {
                    watched.push(segment.index());
                }
            }
        }
        watched.sort_unstable();
        watched.dedup();
        watched
    }
}
