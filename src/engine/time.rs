//! What time starts by itself: timers and schedules, in the order of semantics.md section 2.

use super::calendar::next_run;
use super::transitions::Stamp;
use super::{Origin, Turn};
use crate::meaning::Start;
use crate::model::{CampaignId, IncidentCode, PersonIx, Timestamp};
use crate::state::{Due, Reminder};

/// How often one input may look at one person's segments because time passed.
const LOOKS_BY_TIME_MAX: u32 = 10_000;

/// When each scheduled batch campaign is due next, in campaign order.
#[derive(Debug, Default)]
pub(super) struct Schedules(pub(super) Vec<(CampaignId, Timestamp)>);

impl Schedules {
    pub(super) fn next(&self) -> Option<(CampaignId, Timestamp)> {
        // The first of several that are due together is first in campaign order.
        self.0.iter().copied().reduce(|first, other| if other.1 < first.1 { other } else { first })
    }
}

impl Turn<'_> {
    /// Starts the clock, unless it runs.
    pub(super) fn start(&mut self, at: Timestamp) {
        if self.core.now.is_some() {
            return;
        }
        self.set_now(at);
        let order = self.plan.rulebook.order.iter().copied();
        let due = order.filter_map(|id| self.next_run(id, at).map(|due| (id, due))).collect();
        self.core.schedules = Schedules(due);
        self.load_pending();
        self.settle_loads();
    }

    /// Starts the clock where nothing says when: at the first load record's time, else at the epoch.
    pub(super) fn start_anywhere(&mut self) {
        self.start(self.core.first_load.unwrap_or(Timestamp::EPOCH));
        self.settle_loads();
    }

    /// Lets time pass up to a moment; a moment that is past already changes nothing.
    pub(super) fn advance(&mut self, to: Timestamp) {
        self.start(to);
        self.settle_loads();
        self.core.looks_by_time.clear();
        loop {
            let timer = self.core.state.timers.next();
            let schedule = self.core.schedules.next();
            match (timer, schedule) {
                (Some(timer), schedule) if timer <= to && schedule.is_none_or(|(_, due)| timer <= due) => {
                    self.set_now(timer);
                    let mut due = std::mem::take(&mut self.core.due);
                    self.core.state.timers.take_next(&mut due);
                    self.fire(&mut due);
                    self.core.due = due;
                }
                (_, Some((campaign, due))) if due <= to => {
                    self.set_now(due);
                    let next = self.next_run(campaign, due.next());
                    self.core.schedules.0.retain_mut(|(id, at)| {
                        if *id == campaign
                            && let Some(next) = next
                        {
                            *at = next;
                        }
                        *id != campaign || next.is_some()
                    });
                    self.run_batch(campaign);
                }
                (Some(_) | None, _) => break,
            }
        }
        self.set_now(to);
    }

    /// Time never goes back.
    pub(super) fn set_now(&mut self, at: Timestamp) {
        if self.core.now.is_some_and(|now| now >= at) {
            return;
        }
        self.core.now = Some(at);
        if at >= self.core.today_until {
            (self.core.today, self.core.today_until) = self.plan.rulebook.settings.zone.day_and_end(at);
        }
    }

    pub(super) fn next_run(&self, id: CampaignId, from: Timestamp) -> Option<Timestamp> {
        let campaign = self.plan.rulebook.get_campaign(id).filter(|campaign| campaign.active)?;
        match &campaign.start {
            Start::Batch { schedule: Some(schedule), .. } => {
                let settings = &self.plan.rulebook.settings;
                next_run(schedule, from, settings.week_starts_on, &settings.zone)
            }
            Start::Batch { schedule: None, .. } | Start::Triggers(_) | Start::Executable => None,
        }
    }

    /// Fires timers that are due at one moment: person by person, segments before waits, waits in the order they began.
    fn fire(&mut self, due: &mut [Due]) {
        let people = &self.core.state.people;
        // No two are alike.
        due.sort_unstable_by(|a, b| {
            let by_person = people.id(a.person).as_bytes().cmp(people.id(b.person).as_bytes());
            by_person.then(a.what.cmp(&b.what))
        });
        for timer in due.iter().copied() {
            match timer.what {
                // An older reminder: there has been a look since then, or another moment was found.
                Reminder::Segments if !self.is_due(timer.person) => {}
                // From the next input on, as it is then.
                Reminder::Segments if !self.may_look(timer.person) => self.core.unsettled.push(timer.person),
                Reminder::Segments => {
                    self.segments_changed_by_time(timer.person);
                    self.work(timer.person);
                }
                Reminder::Waits => {
                    // What goes on waits for a later moment when it waits again.
                    while self.resume(timer.person, timer.at) {
                        self.work(timer.person);
                        self.core.cause = None;
                    }
                    self.core.state.remind_of_waits(timer.person);
                }
            }
            self.core.cause = None;
        }
    }

    /// Counts a look at a person's segments because time passed. Rules can make time start runs for ever; of one input that
    /// has an end, which is told.
    fn may_look(&mut self, person: PersonIx) -> bool {
        let looks = self.core.looks_by_time.entry(person).or_insert(0);
        *looks += 1;
        let looks = *looks;
        if looks == LOOKS_BY_TIME_MAX + 1 {
            self.incident(person, IncidentCode::ActivityLimit, LOOKS_BY_TIME_MAX, Origin::OUTSIDE);
        }
        looks <= LOOKS_BY_TIME_MAX
    }

    /// Whether time may have changed now in which watched segments the person is.
    fn is_due(&self, person: PersonIx) -> bool {
        let now = self.now();
        let segments = &self.core.state.segments;
        (0..self.plan.watches.segments.len()).any(|number| segments.change(person, number).is_some_and(|at| at <= now))
    }

    /// All segments of the person that time may have changed now: one transition.
    fn segments_changed_by_time(&mut self, person: PersonIx) {
        let now = self.now();
        let stamp = Stamp { at: now, origin: Origin::OUTSIDE };
        self.core.memo.clear(self.plan.predicates.nodes.len());
        for number in 0..self.plan.watches.segments.len() {
            if self.core.state.segments.change(person, number).is_some_and(|at| at <= now) {
                self.look_at_segment(person, number, Some(stamp));
            }
        }
    }
}
