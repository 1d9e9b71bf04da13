//! From activities to runs: triggers, filters against one snapshot, qualification (semantics.md section 3).

use super::evaluate::{Memo, View, fits};
use super::flow::Run;
use super::heads::Head;
use super::listeners::Listeners;
use super::probes::Probe;
use super::records::{Record, Started, What, bring_words};
use super::transitions::Stamp;
use super::{Core, Origin, Queued, Turn, selection};
use crate::compile::Touch;
use crate::meaning::{Qualification, Start, TriggerTest};
use crate::model::{CampaignId, Id, IncidentCode, PersonIx, StatusId};
use crate::state::{Happening, bring};

/// A campaign that an activity may start, and the trigger of it that fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    campaign: CampaignId,
    trigger: u32,
}

/// Which campaigns an activity may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// All that have a trigger that fires: filters are not looked at.
    WithTrigger,
    /// Those whose filter holds, too.
    WithFilter,
}

impl Turn<'_> {
    /// Works a person's queue until it is empty.
    pub(super) fn work(&mut self, person: PersonIx) {
        if let Some(tracked) = &mut self.core.tracked {
            tracked.person(person);
        }
        let mut taken: u32 = 0;
        let mut limit_told = false;
        while let Some(activity) = self.core.queue.pop_front() {
            // While this one is worked on, those who hear the next are on their way.
            if let Some(next) = self.core.queue.front()
                && let Some(listeners) = self.core.dispatch.find(next.key)
            {
                listeners.bring();
            }
            if activity.origin.depth >= 1 {
                taken = taken.saturating_add(1);
            }
            let settings = &self.plan.rulebook.settings;
            if self.observes() {
                self.see_triggers(person, activity);
            }
            if taken > settings.activity_limit {
                if !limit_told && self.find_candidates(person, activity, Ask::WithTrigger) {
                    self.incident(person, IncidentCode::ActivityLimit, settings.activity_limit, activity.origin);
                    limit_told = true;
                }
            } else if activity.origin.depth >= settings.cascade_limit {
                if self.find_candidates(person, activity, Ask::WithTrigger) {
                    self.incident(person, IncidentCode::CascadeLimit, settings.cascade_limit, activity.origin);
                }
            } else {
                if self.observes() {
                    self.see_filters(person, activity);
                }
                if self.find_candidates(person, activity, Ask::WithFilter) {
                    self.start_runs(person, activity);
                }
            }
        }
        self.core.paths.clear();
    }

    /// Finds the active campaigns with a trigger that the activity fires, in campaign order, all of them before anything
    /// runs. False when there is none.
    fn find_candidates(&mut self, person: PersonIx, activity: Queued, ask: Ask) -> bool {
        let place = self.listeners(&activity);
        let present = self.present();
        let plan = self.plan;
        let Core { state, memo, dispatch, candidates, .. } = &mut *self.core;
        candidates.clear();
        let Some(listeners) = dispatch.at(place) else { return false };
        memo.clear(plan.predicates.nodes.len());
        let (rulebook, predicates) = (&plan.rulebook, &plan.predicates);
        let view = View { rulebook, predicates, probes: self.probes, state, person, present: &present };
        let mut hear = |heads: &[Head], memo: &mut Memo| {
            for head in heads {
                if fires(head, &activity.what, &view, memo)
                    && (ask == Ask::WithTrigger || head.filter.holds(&view, memo))
                {
                    bring(plan.campaigns.get(head.campaign.index()));
                    candidates.push(Candidate { campaign: head.campaign, trigger: head.trigger });
                }
            }
        };
        match ask {
            Ask::WithTrigger => hear(listeners.all(), memo),
            Ask::WithFilter => listeners.find(&activity.what, &view, memo, &mut hear),
        }
        // Triggers are in campaign order; each campaign is started once, by the first of its own that fits.
        if candidates.len() > 1 {
            candidates.sort_unstable_by_key(|candidate| candidate.trigger);
            candidates.dedup_by_key(|candidate| candidate.campaign);
        }
        !candidates.is_empty()
    }

    /// Notes every trigger that the activity fires, also those of campaigns that another one starts.
    fn see_triggers(&mut self, person: PersonIx, activity: Queued) {
        let place = self.listeners(&activity);
        let present = self.present();
        let heard = self.core.dispatch.at(place).map_or_else(Vec::new, |listeners| listeners.all().to_vec());
        for head in heard {
            let (view, memo) = self.look(person, &present);
            if fires(&head, &activity.what, &view, memo) {
                self.see_trigger(head.trigger);
            }
        }
    }

    /// Notes what the filters say of all campaigns with a trigger that the activity fires.
    fn see_filters(&mut self, person: PersonIx, activity: Queued) {
        self.find_candidates(person, activity, Ask::WithTrigger);
        let candidates = std::mem::take(&mut self.core.candidates);
        candidates.iter().for_each(|candidate| self.see_filter(person, candidate.campaign));
        self.core.candidates = candidates;
    }

    /// Where the engine keeps who listens to such activities.
    #[inline]
    fn listeners(&mut self, activity: &Queued) -> usize {
        self.core.dispatch.place(activity.key).unwrap_or_else(|| self.arrange(activity))
    }

    /// Works out who listens to such activities.
    #[cold]
    fn arrange(&mut self, activity: &Queued) -> usize {
        let Queued { what, key: (kind, subject), .. } = activity;
        let found = self.plan.triggers_for(*kind, *subject, self.name_of(what));
        let changed = if let Happening::FieldChanged(field, _) = what { Some(*field) } else { None };
        let listeners = Listeners::new(found, changed, self.plan, self.probes, &self.core.state);
        self.core.dispatch.add(activity.key, listeners)
    }

    /// The name of what an activity is about, for triggers that find it by a part of its name.
    fn name_of(&self, happening: &Happening) -> &str {
        let names = &self.core.state.names;
        match happening {
            Happening::SfdcAdded(campaign, _)
            | Happening::SfdcRemoved(campaign, _)
            | Happening::SfdcStatusChanged(campaign, ..) => names.sfdc_campaigns.name(*campaign),
            Happening::ProgramStatusChanged { program, .. } => names.programs.name(*program),
            Happening::ListAdded(list) | Happening::ListRemoved(list) => names.lists.name(*list),
            Happening::FieldChanged(..)
            | Happening::Performed(..)
            | Happening::Created
            | Happening::Synced
            | Happening::Converted
            | Happening::Deleted
            | Happening::SegmentEntered(_)
            | Happening::SegmentLeft(_)
            | Happening::Requested(_) => "",
        }
    }

    /// Filters were all evaluated before anything runs, so none sees another's effects; now each campaign that passes
    /// its qualification rule qualifies; then the runs, one after another.
    fn start_runs(&mut self, person: PersonIx, activity: Queued) {
        let mut candidates = std::mem::take(&mut self.core.candidates);
        candidates.retain(|candidate| self.may_qualify(person, candidate.campaign));
        let campaigns = candidates.iter().filter_map(|candidate| self.plan.campaigns.get(candidate.campaign.index()));
        for campaign in campaigns {
            bring(self.plan.code.get(campaign.entry as usize));
            bring(self.plan.does.get(campaign.first_step as usize));
        }
        let mut runs = std::mem::take(&mut self.core.started);
        for candidate in candidates.drain(..) {
            let mut run =
                self.qualify(person, candidate.campaign, Started::Trigger(candidate.trigger), activity.origin);
            if self.plan.campaigns.get(candidate.campaign.index()).is_some_and(|campaign| campaign.uses_trigger) {
                run.trigger = Some(activity.what);
            }
            runs.push(run);
        }
        self.core.candidates = candidates;
        for run in runs.drain(..) {
            self.run_from_start(run);
        }
        self.core.started = runs;
    }

    /// Whether the qualification rule of a campaign lets the person in now.
    pub(super) fn may_qualify(&self, person: PersonIx, id: CampaignId) -> bool {
        let Some(campaign) = self.plan.campaigns.get(id.index()) else { return false };
        let before = self.core.state.people.qualified_for(person, id);
        match (campaign.qualification, before) {
            (Qualification::EveryTime, _) | (_, None) => true,
            (Qualification::Once, Some(_)) => false,
            (Qualification::OnceEvery(span), Some(before)) => self.now() >= before.last.plus(span),
        }
    }

    /// Notes that the person qualified. For those who watch segments this is a change of state, one level deeper.
    pub(super) fn qualify(&mut self, person: PersonIx, id: CampaignId, started: Started, origin: Origin) -> Run {
        let now = self.now();
        let run = self.core.state.people.qualify(person, id, now);
        self.core.counted.qualified += 1;
        self.record(Some(person), Some(id), run, What::Qualified(started));
        let below = Origin { depth: origin.depth.saturating_add(1), path: Some(self.path(id, origin.path)) };
        self.touch(Touch::Qualified(id));
        self.settle(person, Stamp { at: now, origin: below });
        Run { person, campaign: id, run, below, waits: 0, trigger: None }
    }

    /// A path with one more campaign at its end.
    pub(super) fn path(&mut self, id: CampaignId, before: Option<u32>) -> u32 {
        self.core.paths.push((id, before));
        u32::try_from(self.core.paths.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn incident(&mut self, person: PersonIx, code: IncidentCode, limit: u32, origin: Origin) {
        let mut path = Vec::new();
        let mut at = origin.path;
        while let Some((campaign, before)) = at.and_then(|at| self.core.paths.get(at as usize)) {
            path.push(*campaign);
            at = *before;
        }
        path.reverse();
        let campaign = path.last().copied();
        self.core.counted.incidents += 1;
        let what = What::Incident { code, path, limit: u64::from(limit), count: None };
        self.record(Some(person), campaign, 0, what);
    }

    pub(super) fn record(&mut self, person: Option<PersonIx>, campaign: Option<CampaignId>, run: u32, what: What) {
        let (at, cause) = (self.now(), self.core.cause);
        let record = Record { at, person, campaign, run, cause, what };
        bring_words(&record, self.plan);
        self.core.records.push(record);
    }

    /// Runs a batch campaign (semantics.md section 8): who qualifies is settled for everybody first.
    pub(super) fn run_batch(&mut self, id: CampaignId) {
        let Some(campaign) = self.plan.rulebook.get_campaign(id).filter(|campaign| campaign.active) else { return };
        let Start::Batch { max_people, .. } = &campaign.start else { return };
        self.core.cause = None;
        if self.observes() {
            (0..self.core.state.people.len()).for_each(|person| self.see_filter(PersonIx::new(person), id));
        }
        let filter = self.plan.campaigns.get(id.index()).and_then(|campaign| campaign.filter);
        let mut people = match filter {
            Some(filter) => {
                let present = self.present();
                let (view, memo) = self.look(PersonIx(0), &present);
                selection::passing(filter, view, memo).in_order(&mut self.core.state.people)
            }
            None => self.core.state.people.all_in_order().to_vec(),
        };
        people.retain(|person| self.may_qualify(*person, id));
        let count = people.len() as u64;
        if count > *max_people {
            self.core.counted.incidents += 1;
            let what = What::Incident {
                code: IncidentCode::MaxPeople,
                path: Vec::new(),
                limit: *max_people,
                count: Some(count),
            };
            self.record(None, Some(id), 0, what);
            return;
        }
        for person in people {
            let run = self.qualify(person, id, Started::Batch, Origin::OUTSIDE);
            self.run_from_start(run);
            self.work(person);
        }
    }
}

/// Whether an activity is what a trigger waits for. Names were compared when the trigger was found.
#[inline]
fn fires(head: &Head, happening: &Happening, view: &View<'_>, memo: &mut Memo) -> bool {
    head.fires.on(happening, view, memo).unwrap_or_else(|| {
        let test = view.probes.triggers.get(head.trigger as usize);
        test.is_some_and(|test| is_meant(test, happening, view, memo))
    })
}

/// The same, by the test of the trigger.
fn is_meant(test: &TriggerTest<Probe>, happening: &Happening, view: &View<'_>, memo: &mut Memo) -> bool {
    match (test, happening) {
        (TriggerTest::AddedToSfdcCampaign { statuses, .. }, Happening::SfdcAdded(_, status))
        | (TriggerTest::RemovedFromSfdcCampaign { statuses, .. }, Happening::SfdcRemoved(_, status)) => {
            fits(statuses, *status)
        }
        (TriggerTest::StatusChangedInSfdcCampaign { from, to, .. }, Happening::SfdcStatusChanged(_, old, new))
        | (
            TriggerTest::StatusChangedInProgram { from, to, .. },
            Happening::ProgramStatusChanged { from: old, to: new, .. },
        ) => fits(from, *old) && fits(to, *new),
        (TriggerTest::AddedToProgram { statuses, .. }, Happening::ProgramStatusChanged { from, to, .. }) => {
            *from == StatusId::NOT_IN_PROGRAM && fits(statuses, *to)
        }
        (TriggerTest::RemovedFromProgram { .. }, Happening::ProgramStatusChanged { to, .. }) => {
            *to == StatusId::NOT_IN_PROGRAM
        }
        (TriggerTest::SuccessReachedInProgram { .. }, Happening::ProgramStatusChanged { success, .. }) => *success,
        (TriggerTest::FieldChanges { from, to, .. }, Happening::FieldChanged(_, change)) => {
            view.change_passes(from.as_ref(), to.as_ref(), *change, memo)
        }
        (TriggerTest::Performs { attributes, .. }, Happening::Performed(_, carried)) => {
            attributes.as_ref().is_none_or(|filter| view.attributes_pass(filter, *carried, memo))
        }
        (TriggerTest::AddedToList { .. }, Happening::ListAdded(_))
        | (TriggerTest::RemovedFromList { .. }, Happening::ListRemoved(_))
        | (TriggerTest::EntersSegment { .. }, Happening::SegmentEntered(_))
        | (TriggerTest::LeavesSegment { .. }, Happening::SegmentLeft(_))
        | (TriggerTest::PersonCreated, Happening::Created)
        | (TriggerTest::PersonSynced, Happening::Synced)
        | (TriggerTest::PersonConverted, Happening::Converted)
        | (TriggerTest::PersonDeleted, Happening::Deleted)
        | (TriggerTest::CampaignRequested, Happening::Requested(_)) => true,
        (
            TriggerTest::AddedToSfdcCampaign { .. }
            | TriggerTest::RemovedFromSfdcCampaign { .. }
            | TriggerTest::StatusChangedInSfdcCampaign { .. }
            | TriggerTest::AddedToProgram { .. }
            | TriggerTest::RemovedFromProgram { .. }
            | TriggerTest::StatusChangedInProgram { .. }
            | TriggerTest::SuccessReachedInProgram { .. }
            | TriggerTest::AddedToList { .. }
            | TriggerTest::RemovedFromList { .. }
            | TriggerTest::EntersSegment { .. }
            | TriggerTest::LeavesSegment { .. }
            | TriggerTest::PersonCreated
            | TriggerTest::PersonSynced
            | TriggerTest::PersonConverted
            | TriggerTest::PersonDeleted
            | TriggerTest::FieldChanges { .. }
            | TriggerTest::Performs { .. }
            | TriggerTest::CampaignRequested,
            _,
        ) => false,
    }
}
