//! Time passes: segments that change by themselves, waits that end, schedules that are due.

use std::collections::BTreeSet;

use super::calendar::{Calendar, days_of_month, weekday};
use super::{Cause, Naive};
use crate::meaning::{
    AttributeFilter, Check, DateCheck, Filter, HistoryEvent, Moment, Predicate, Recurrence, Rulebook, Schedule, Start,
    Unit, ValueTest,
};
use crate::model::{Date, Id, IncidentCode, Timestamp, Value};

use super::state::{Happened, Person};

/// The depth of what the steps of a run cause that a timer or a batch started: both are causes of depth 0, and a step adds
/// one.
pub(super) const DEPTH_OF_WHAT_TIME_STARTS: u32 = 1;

/// So many timers and schedules of one input are fired at most.
const FIRED_MAX: u32 = 1_000;
/// After so many records of one input no more of them are fired.
const RECORDS_MAX: usize = 10_000;

/// A schedule is looked for so many days ahead.
const DAYS_AHEAD: u32 = 1_200;

/// Something that is due, in the order in which it comes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Timestamp,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Of a person: first segments, then waits by their place in the order in which they began.
    Timer(String, Option<usize>),
    /// By place in campaign order: the campaign.
    Schedule(usize, usize),
}

impl Naive {
    /// Fires everything that is due up to a moment, the moment included.
    pub(super) fn pass_time(&mut self, to: Timestamp) {
        let mut fired = 0;
        while let Some(due) = self.first_due(to) {
            fired += 1;
            if fired > FIRED_MAX || self.out.len() > RECORDS_MAX {
                self.given_up = true;
                return;
            }
            self.now = Some(due.at.max(self.now()));
            match due.what {
                What::Timer(person, None) => {
                    self.look_at_segments(&person, &Cause::default());
                    self.work(&person);
                }
                What::Timer(_, Some(place)) => self.resume(place),
                What::Schedule(_, campaign) => {
                    let next = self.next_schedule(campaign, Timestamp(due.at.0 + 1));
                    if let Some(slot) = self.schedules.get_mut(campaign) {
                        *slot = next;
                    }
                    self.batch(campaign);
                }
            }
        }
        self.now = Some(to.max(self.now()));
    }

    fn first_due(&mut self, to: Timestamp) -> Option<Due> {
        let mut all = Vec::new();
        for (place, wait) in self.waits.iter().enumerate() {
            all.push(Due { at: wait.until, what: What::Timer(wait.run.person.clone(), Some(place)) });
        }
        for (order, campaign) in self.rules.order.iter().enumerate() {
            if let Some(Some(at)) = self.schedules.get(campaign.index()) {
                all.push(Due { at: *at, what: What::Schedule(order, campaign.index()) });
            }
        }
        // Nothing else happens before the first of these, so segments need not be looked at further ahead.
        let first = all.iter().map(|due| due.at).min().map_or(to, |at| at.min(to));
        let people: Vec<String> = self.people.keys().cloned().collect();
        for person in people {
            if let Some(at) = self.next_change_by_time(&person, first) {
                all.push(Due { at, what: What::Timer(person, None) });
            }
        }
        all.into_iter().filter(|due| due.at <= to).min()
    }

    /// Runs a batch campaign for everybody who passes.
    pub(super) fn batch(&mut self, campaign: usize) {
        let rules = std::sync::Arc::clone(&self.rules);
        let Some(definition) = rules.campaigns.get(campaign) else { return };
        let Start::Batch { schedule: _, max_people } = &definition.start else { return };
        if !definition.active {
            return;
        }
        let ids = self.people.keys();
        let fit = ids.filter(|id| self.passes(id, definition.filter.as_ref()) && self.may_qualify(id, campaign));
        let fit: Vec<String> = fit.cloned().collect();
        let count = fit.len() as u64;
        if count > *max_people {
            let limit = u32::try_from(*max_people).unwrap_or(u32::MAX);
            let cause = Cause { event: None, depth: limit, path: vec![definition.name.to_string()] };
            self.incident(IncidentCode::MaxPeople, None, &cause, Some(count));
            return;
        }
        for id in fit {
            let run = self.qualify(&id, campaign, "batch", &Cause::default(), DEPTH_OF_WHAT_TIME_STARTS, None);
            self.go(run);
            self.work(&id);
        }
    }

    /// Sets every schedule to its first run at or after the start of the clock.
    pub(super) fn first_schedules(&mut self, from: Timestamp) {
        self.schedules = (0..self.rules.campaigns.len()).map(|campaign| self.next_schedule(campaign, from)).collect();
    }

    fn next_schedule(&self, campaign: usize, from: Timestamp) -> Option<Timestamp> {
        let Start::Batch { schedule: Some(schedule), max_people: _ } = &self.rules.campaigns.get(campaign)?.start
        else {
            return None;
        };
        if let Recurrence::Once { at } = &schedule.rule {
            return (*at >= from).then_some(*at);
        }
        let mut day = self.calendar.shift_day(self.calendar.day(from), Unit::Day, -1);
        day = day.max(schedule.starting.unwrap_or(day));
        for _ in 0..DAYS_AHEAD {
            if schedule.until.is_some_and(|until| day > until) {
                return None;
            }
            if let Some(at) = runs_on(schedule, day, &self.calendar)
                && at >= from
            {
                return Some(at);
            }
            day = self.calendar.tomorrow(day);
        }
        None
    }

    /// The first moment after now, up to `to`, at which the answer of a watched segment is another by time alone: every
    /// moment that could matter is tried in order.
    fn next_change_by_time(&mut self, id: &str, to: Timestamp) -> Option<Timestamp> {
        if let Some((until, found)) = self.changes_ahead.get(id)
            && (found.is_some() || *until >= to)
        {
            return *found;
        }
        let found = self.find_change_by_time(id, to);
        self.changes_ahead.insert(id.to_owned(), (to, found));
        found
    }

    fn find_change_by_time(&self, id: &str, to: Timestamp) -> Option<Timestamp> {
        let person = self.people.get(id)?;
        let mut clues = Clues::default();
        let watched: Vec<usize> = self.watched_segments();
        for segment in &watched {
            clues.filter(&self.rules.segments.get(*segment)?.filter, &self.rules, &self.calendar);
        }
        if !clues.depends_on_time {
            return None;
        }
        clues.person(person, &self.calendar);
        let now = self.now();
        let moments = clues.moments(now, to, &self.calendar);
        moments.into_iter().find(|at| {
            watched.iter().any(|segment| {
                let filter = self.rules.segments.get(*segment).map(|it| &it.filter);
                let answer = filter.is_some_and(|filter| self.judge(id, person, *at).passes(filter));
                answer != person.answers.get(segment).copied().unwrap_or(false)
            })
        })
    }
}

/// The moment of a day at which a schedule runs, if it runs on that day.
fn runs_on(schedule: &Schedule, day: Date, calendar: &Calendar) -> Option<Timestamp> {
    let starting = schedule.starting;
    let of_month = day.parts().2;
    let (runs, at) = match &schedule.rule {
        Recurrence::Days { every, at } => {
            let since = starting.map_or(0, |start| i64::from(day.0) - i64::from(start.0));
            (since.rem_euclid(i64::from(*every)) == 0, *at)
        }
        Recurrence::Weekdays { at } => {
            let days = crate::meaning::Days::WEEKDAYS;
            (days.contains(weekday(day)), *at)
        }
        Recurrence::Weeks { every, on, at } => {
            let since = starting.map_or(0, |start| i64::from(calendar.week(day).0) - i64::from(calendar.week(start).0));
            (since.div_euclid(7).rem_euclid(i64::from(*every)) == 0 && on.contains(weekday(day)), *at)
        }
        Recurrence::MonthDay { day: wanted, at } => (of_month == (*wanted).min(days_of_month(day)), *at),
        Recurrence::MonthWeekday { nth, day: wanted, at } => {
            let right = match nth {
                Some(nth) => of_month.div_ceil(7) == *nth,
                None => of_month + 7 > days_of_month(day),
            };
            (weekday(day) == *wanted && right, *at)
        }
        Recurrence::Once { .. } => return None,
    };
    runs.then(|| calendar.at(day, at))
}

/// Moments and spans from which all moments follow at which a filter may change by time.
#[derive(Debug, Default)]
struct Clues {
    depends_on_time: bool,
    anchors: BTreeSet<i64>,
    spans: BTreeSet<i64>,
}

impl Clues {
    /// Every anchor, every span before and after it, each with the millisecond after; and the start of every day.
    fn moments(&self, after: Timestamp, to: Timestamp, calendar: &Calendar) -> BTreeSet<Timestamp> {
        let mut all = BTreeSet::new();
        let in_time = |at: &Timestamp| *at > after && *at <= to;
        for anchor in &self.anchors {
            for span in self.spans.iter().chain([&0]) {
                let around = [anchor - span, anchor - span + 1, anchor + span, anchor + span + 1];
                all.extend(around.map(Timestamp).into_iter().filter(in_time));
            }
        }
        let mut day = calendar.day(after);
        while calendar.start(day) <= to {
            all.extend(Some(calendar.start(day)).filter(in_time));
            day = calendar.tomorrow(day);
        }
        all
    }

    fn value(&mut self, value: &Value, calendar: &Calendar) {
        match value {
            Value::Date(day) => self.day(*day, calendar),
            Value::DateTime(at) => {
                self.anchors.insert(at.0);
            }
            Value::Empty | Value::Text(_) | Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => {}
        }
    }

    fn day(&mut self, day: Date, calendar: &Calendar) {
        self.anchors.insert(calendar.start(day).0);
        self.anchors.insert(calendar.start(calendar.tomorrow(day)).0);
    }

    fn person(&mut self, person: &Person, calendar: &Calendar) {
        for value in &person.values {
            self.value(value, calendar);
        }
        self.anchors.extend(person.memberships.values().map(|it| it.added.0));
        self.anchors.extend(person.programs.values().map(|it| it.since.0));
        self.anchors.extend(person.qualified.values().map(|(_, last)| last.0));
        for entry in &person.log {
            self.anchors.insert(entry.at.0);
            if let Happened::FieldChanged { field: _, from, to } = &entry.what {
                self.value(from, calendar);
                self.value(to, calendar);
            }
            if let Happened::Performed { activity: _, attributes } = &entry.what {
                for value in attributes.values() {
                    self.value(value, calendar);
                }
            }
        }
    }

    fn filter(&mut self, filter: &Filter, rules: &Rulebook, calendar: &Calendar) {
        match filter {
            Filter::And(all) | Filter::Or(all) => {
                for filter in all {
                    self.filter(filter, rules, calendar);
                }
            }
            Filter::Not(filter) => self.filter(filter, rules, calendar),
            Filter::Test(predicate) => self.predicate(predicate, rules, calendar),
        }
    }

    fn predicate(&mut self, predicate: &Predicate, rules: &Rulebook, calendar: &Calendar) {
        match predicate {
            Predicate::Field { field: _, test } => self.test(test, calendar),
            Predicate::MemberOfSfdcCampaign { campaigns: _, statuses: _, responded: _, added: window }
            | Predicate::MemberOfProgram { programs: _, statuses: _, success: _, added: window }
            | Predicate::MemberOfSmartCampaign { campaigns: _, last: window } => {
                if let Some(window) = window {
                    self.check(window, calendar);
                }
            }
            Predicate::MemberOfSegment { segment } => {
                if let Some(segment) = rules.get_segment(*segment) {
                    self.filter(&segment.filter, rules, calendar);
                }
            }
            Predicate::MemberOfList { lists: _ } | Predicate::RandomSample { key: _, parts: _ } => {}
            Predicate::History { event, window, count: _ } => {
                if let Some(window) = window {
                    self.check(window, calendar);
                }
                match event {
                    HistoryEvent::FieldChanged { field: _, from, to } => {
                        for test in [from, to].into_iter().flatten() {
                            self.test(test, calendar);
                        }
                    }
                    HistoryEvent::Performed { activity: _, attributes } => {
                        if let Some(attributes) = attributes {
                            self.attributes(attributes, calendar);
                        }
                    }
                    HistoryEvent::AddedToSfdcCampaign { .. }
                    | HistoryEvent::RemovedFromSfdcCampaign { .. }
                    | HistoryEvent::StatusChangedInSfdcCampaign { .. }
                    | HistoryEvent::StatusChangedInProgram { .. }
                    | HistoryEvent::AddedToList { .. }
                    | HistoryEvent::RemovedFromList { .. } => {}
                }
            }
        }
    }

    fn attributes(&mut self, filter: &AttributeFilter, calendar: &Calendar) {
        match filter {
            AttributeFilter::And(all) | AttributeFilter::Or(all) => {
                for filter in all {
                    self.attributes(filter, calendar);
                }
            }
            AttributeFilter::Not(filter) => self.attributes(filter, calendar),
            AttributeFilter::Test(_, test) => self.test(test, calendar),
        }
    }

    fn test(&mut self, test: &ValueTest, calendar: &Calendar) {
        match &test.check {
            Check::Date(check) => self.check(check, calendar),
            Check::Nothing | Check::Text(_) | Check::Number(_) | Check::Boolean(_) => {}
        }
    }

    fn check(&mut self, check: &DateCheck, calendar: &Calendar) {
        match check {
            DateCheck::Is(moments) => {
                for moment in moments {
                    self.moment(*moment, calendar);
                }
            }
            DateCheck::Before(moment)
            | DateCheck::After(moment)
            | DateCheck::OnOrBefore(moment)
            | DateCheck::OnOrAfter(moment) => self.moment(*moment, calendar),
            DateCheck::Between(first, last) => {
                self.moment(*first, calendar);
                self.moment(*last, calendar);
            }
            DateCheck::InPast(span)
            | DateCheck::InPastBefore(span)
            | DateCheck::InFuture(span)
            | DateCheck::InFutureAfter(span) => {
                self.depends_on_time = true;
                self.spans.insert(*span);
            }
            DateCheck::In(_) => self.depends_on_time = true,
        }
    }

    fn moment(&mut self, moment: Moment, calendar: &Calendar) {
        match moment {
            Moment::Day(day) => self.day(day, calendar),
            Moment::At(at) => {
                self.anchors.insert(at.0);
            }
            Moment::Today | Moment::Now => self.depends_on_time = true,
        }
    }
}
