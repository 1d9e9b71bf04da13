//! Days and times of the workspace's zone, asked of `jiff` each time anew.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use crate::meaning::{Duration, Unit};
use crate::model::{Clock, Date, Day, Timeframe, Timestamp};

/// The calendar of a workspace.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    zone: TimeZone,
    week_starts_on: Day,
}

impl Calendar {
    /// The calendar of a zone by its IANA name; of UTC for an unknown one.
    pub(super) fn new(zone: &str, week_starts_on: Day) -> Self {
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
        Self { zone, week_starts_on }
    }

    fn local(&self, at: Timestamp) -> civil::DateTime {
        self.zone.to_datetime(jiff::Timestamp::from_millisecond(at.0).unwrap_or_default())
    }

    /// The local day of a moment.
    pub(super) fn day(&self, at: Timestamp) -> Date {
        date(self.local(at).date())
    }

    /// The local time of day of a moment.
    pub(super) fn clock(&self, at: Timestamp) -> Clock {
        let time = self.local(at).time();
        let of_seconds = Clock::of(small(time.hour()), small(time.minute()), small(time.second()));
        Clock(of_seconds.unwrap_or(Clock::MIDNIGHT).0 + u32::try_from(time.millisecond()).unwrap_or(0))
    }

    /// The first moment of a day.
    pub(super) fn start(&self, day: Date) -> Timestamp {
        self.at(day, Clock::MIDNIGHT)
    }

    /// The moment at which local clocks show this: the first after the gap when they never do, the first of two when they
    /// do so twice.
    pub(super) fn at(&self, day: Date, clock: Clock) -> Timestamp {
        let local = civil_date(day).at(0, 0, 0, 0) + jiff::Span::new().milliseconds(i64::from(clock.0));
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let moment = |at: Result<jiff::Timestamp, jiff::Error>| at.unwrap_or_default().as_millisecond();
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
                Timestamp(moment(ambiguous.earlier()))
            }
            AmbiguousOffset::Gap { after, .. } => {
                // The change lies between these two; close in on it.
                let (mut before_it, mut at_it) = (moment(ambiguous.earlier()), moment(ambiguous.later()));
                while at_it - before_it > 1 {
                    let middle = before_it + (at_it - before_it) / 2;
                    let there = jiff::Timestamp::from_millisecond(middle).unwrap_or_default();
                    if self.zone.to_offset(there) == after {
                        at_it = middle;
                    } else {
                        before_it = middle;
                    }
                }
                Timestamp(at_it)
            }
        }
    }

    /// A span after a moment (before it when `back`): minutes and hours are exact, longer units keep the wall clock.
    pub(super) fn shift(&self, at: Timestamp, span: Duration, back: bool) -> Timestamp {
        let count = if back { -i64::from(span.count) } else { i64::from(span.count) };
        match span.unit {
            Unit::Minute => Timestamp(at.0 + count * 60_000),
            Unit::Hour => Timestamp(at.0 + count * 3_600_000),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => {
                self.at(self.shift_day(self.day(at), span.unit, count), self.clock(at))
            }
        }
    }

    /// So many days, weeks, months or years after a day.
    pub(super) fn shift_day(&self, day: Date, unit: Unit, count: i64) -> Date {
        let span = jiff::Span::new();
        let span = match unit {
            Unit::Minute | Unit::Hour => Ok(span),
            Unit::Day => span.try_days(count),
            Unit::Week => span.try_weeks(count),
            Unit::Month => span.try_months(count),
            Unit::Year => span.try_years(count),
        };
        let moved = span.and_then(|span| civil_date(day).checked_add(span));
        date(moved.unwrap_or(civil_date(day)))
    }

    /// The day after.
    pub(super) fn tomorrow(&self, day: Date) -> Date {
        self.shift_day(day, Unit::Day, 1)
    }

    /// Whether a day lies in a timeframe around today.
    pub(super) fn in_frame(&self, day: Date, frame: Timeframe, today: Date) -> bool {
        let back = |unit, count: i64| self.shift_day(today, unit, -count);
        let month = |day: Date| (day.parts().0, day.parts().1);
        let quarter = |day: Date| (day.parts().0, day.parts().1.div_ceil(3));
        match frame {
            Timeframe::Today => day == today,
            Timeframe::Yesterday => day == back(Unit::Day, 1),
            Timeframe::ThisWeek => self.week(day) == self.week(today),
            Timeframe::LastWeek => self.week(day) == self.week(back(Unit::Week, 1)),
            Timeframe::ThisMonth => month(day) == month(today),
            Timeframe::LastMonth => month(day) == month(back(Unit::Month, 1)),
            Timeframe::ThisQuarter => quarter(day) == quarter(today),
            Timeframe::LastQuarter => quarter(day) == quarter(back(Unit::Month, 3)),
            Timeframe::ThisYear => day.parts().0 == today.parts().0,
            Timeframe::LastYear => day.parts().0 == today.parts().0 - 1,
        }
    }

    /// The first day of the week that holds a day.
    pub(super) fn week(&self, day: Date) -> Date {
        let mut first = day;
        while weekday(first) != self.week_starts_on {
            first = self.shift_day(first, Unit::Day, -1);
        }
        first
    }

    /// A moment as local time with its offset, to the second.
    pub(super) fn format(&self, at: Timestamp) -> String {
        let seconds = self.zone.to_offset(jiff::Timestamp::from_millisecond(at.0).unwrap_or_default()).seconds();
        let (sign, ahead) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
        let local = self.local(at).strftime("%Y-%m-%dT%H:%M:%S");
        format!("{local}{sign}{:02}:{:02}", ahead / 3600, ahead / 60 % 60)
    }
}

/// The day of the week.
pub(super) fn weekday(day: Date) -> Day {
    match civil_date(day).weekday() {
        civil::Weekday::Monday => Day::Monday,
        civil::Weekday::Tuesday => Day::Tuesday,
        civil::Weekday::Wednesday => Day::Wednesday,
        civil::Weekday::Thursday => Day::Thursday,
        civil::Weekday::Friday => Day::Friday,
        civil::Weekday::Saturday => Day::Saturday,
        civil::Weekday::Sunday => Day::Sunday,
    }
}

/// How many days the month of a day has.
pub(super) fn days_of_month(day: Date) -> u32 {
    small(civil_date(day).days_in_month())
}

fn small(n: i8) -> u32 {
    u32::try_from(n).unwrap_or(0)
}

fn civil_date(day: Date) -> civil::Date {
    let (year, month, day) = day.parts();
    let part = |n: u32| i8::try_from(n).unwrap_or(1);
    civil::Date::new(i16::try_from(year).unwrap_or(1), part(month), part(day)).unwrap_or(civil::Date::ZERO)
}

fn date(day: civil::Date) -> Date {
    Date::of(i32::from(day.year()), small(day.month()), small(day.day())).unwrap_or(Date::MAX)
}
