//! When waits end and schedules are due: arithmetic on the workspace's calendar.

use crate::meaning::{Days, Duration, Recurrence, Schedule, Unit};
use crate::model::{Clock, Date, Day, Timestamp, Zone, days_in_month};

/// A moment and a span later (earlier): minutes and hours are exact, the other units keep the wall clock.
pub(super) fn shift(at: Timestamp, span: Duration, earlier: bool, zone: &Zone) -> Timestamp {
    let count = if earlier { -i64::from(span.count) } else { i64::from(span.count) };
    match span.unit {
        Unit::Minute => at.plus(count.saturating_mul(60_000)),
        Unit::Hour => at.plus(count.saturating_mul(3_600_000)),
        Unit::Day | Unit::Week | Unit::Month | Unit::Year => {
            let (day, clock) = zone.local(at);
            zone.at(shift_day(day, span.unit, count), clock)
        }
    }
}

/// A day and so many units later; minutes and hours do not move it.
fn shift_day(day: Date, unit: Unit, count: i64) -> Date {
    match unit {
        Unit::Minute | Unit::Hour => day,
        Unit::Day => day.plus_days(count),
        Unit::Week => day.plus_days(count.saturating_mul(7)),
        Unit::Month => day.plus_months(count),
        Unit::Year => day.plus_months(count.saturating_mul(12)),
    }
}

/// The start of a day and a span later (earlier). Whole days are added to the day, not to its first moment, which in some
/// zones is not midnight.
pub(super) fn shift_start(day: Date, span: Duration, earlier: bool, zone: &Zone) -> Timestamp {
    let count = if earlier { -i64::from(span.count) } else { i64::from(span.count) };
    match span.unit {
        Unit::Minute | Unit::Hour => shift(zone.start_of(day), span, earlier, zone),
        Unit::Day | Unit::Week | Unit::Month | Unit::Year => zone.start_of(shift_day(day, span.unit, count)),
    }
}

/// The first allowed day and time at or after a moment. Without a time the moment's own time of day is kept.
pub(super) fn end_on(end: Timestamp, days: Days, at: Option<Clock>, zone: &Zone) -> Timestamp {
    let (first, clock) = zone.local(end);
    // One more than a week: the first day itself may be too late in the day.
    for ahead in 0..=7 {
        let day = first.plus_days(ahead);
        if !days.contains(day.weekday()) {
            continue;
        }
        let candidate = match at {
            None if ahead == 0 => end,
            None => zone.at(day, clock),
            Some(at) => zone.at(day, at),
        };
        if candidate >= end {
            return candidate;
        }
    }
    end
}

/// A moment moved to a time of day on its own local day.
pub(super) fn at_time(at: Timestamp, time: Option<Clock>, zone: &Zone) -> Timestamp {
    time.map_or(at, |time| zone.at(zone.day(at), time))
}

/// The first anniversary of a day at or after now; 29 February counts as the 28th in other years.
pub(super) fn next_anniversary(day: Date, time: Clock, now: Timestamp, zone: &Zone) -> Timestamp {
    let (_, month, dom) = day.parts();
    let (this_year, ..) = zone.day(now).parts();
    let mut last = now;
    for year in [this_year, this_year + 1] {
        let Some(day) = Date::of(year, month, dom.min(days_in_month(year, month))) else { continue };
        last = zone.at(day, time);
        if last >= now {
            return last;
        }
    }
    last
}

/// The first time that a schedule is due at or after a moment.
pub(super) fn next_run(schedule: &Schedule, from: Timestamp, week_starts_on: Day, zone: &Zone) -> Option<Timestamp> {
    if let Recurrence::Once { at } = &schedule.rule {
        return (*at >= from).then_some(*at);
    }
    let mut day = zone.day(from).plus_days(-1);
    if let Some(starting) = schedule.starting {
        day = day.max(starting);
    }
    // Each round finds the next fitting day; the first ones may be too early in the day, or be skipped by a clock change.
    for _ in 0..ROUNDS_MAX {
        let (fitting, clock) = next_day(&schedule.rule, day, schedule.starting, week_starts_on)?;
        if schedule.until.is_some_and(|until| fitting > until) || fitting >= Date::MAX {
            return None;
        }
        let due = zone.at(fitting, clock);
        if due >= from {
            return Some(due);
        }
        day = fitting.plus_days(1);
    }
    None
}

/// How many fitting days may lie before the moment that is asked about: yesterday and today, with room.
const ROUNDS_MAX: u32 = 8;

/// The first day at or after `day` that a recurrence names, and its time.
fn next_day(rule: &Recurrence, day: Date, starting: Option<Date>, week_starts_on: Day) -> Option<(Date, Clock)> {
    match rule {
        Recurrence::Days { every, at } => {
            let every = i64::from((*every).max(1));
            let since = i64::from(day.0) - i64::from(starting.unwrap_or(day).0);
            let ahead = (every - since.rem_euclid(every)) % every;
            Some((day.plus_days(ahead), *at))
        }
        Recurrence::Weekdays { at } => next_weekday(day, Days::WEEKDAYS).map(|day| (day, *at)),
        Recurrence::Weeks { every, on, at } => {
            let week = |day: Date| day.plus_days(-i64::from(day.weekday().days_after(week_starts_on)));
            let every = i64::from((*every).max(1));
            let first = week(starting.unwrap_or(day));
            let fitting = next_weekday(day, *on)?;
            let weeks = (i64::from(week(fitting).0) - i64::from(first.0)) / 7;
            let ahead = (every - weeks.rem_euclid(every)) % every;
            if ahead == 0 {
                return Some((fitting, *at));
            }
            next_weekday(week(fitting).plus_days(ahead * 7), *on).map(|day| (day, *at))
        }
        Recurrence::MonthDay { day: wanted, at } => {
            months_from(day, |year, month| Date::of(year, month, (*wanted).min(days_in_month(year, month))))
                .map(|day| (day, *at))
        }
        Recurrence::MonthWeekday { nth, day: weekday, at } => months_from(day, |year, month| {
            let first = Date::of(year, month, 1)?;
            let first = first.plus_days(i64::from(weekday.days_after(first.weekday())));
            let nth = match nth {
                Some(nth) => i64::from(*nth) - 1,
                // The fifth, where the month has one.
                None if first.plus_days(28).parts().1 == month => 4,
                None => 3,
            };
            Some(first.plus_days(7 * nth))
        })
        .map(|day| (day, *at)),
        Recurrence::Once { .. } => None,
    }
}

fn next_weekday(day: Date, days: Days) -> Option<Date> {
    (0..7).map(|ahead| day.plus_days(ahead)).find(|day| days.contains(day.weekday()))
}

/// The first day at or after `day` that is the one of its month.
fn months_from(day: Date, of_month: impl Fn(i32, u32) -> Option<Date>) -> Option<Date> {
    let first_of_month = day.plus_days(1 - i64::from(day.parts().2));
    (0..2).find_map(|ahead| {
        let (year, month, _) = first_of_month.plus_months(ahead).parts();
        of_month(year, month).filter(|found| *found >= day)
    })
}
