//! Moments, days and the workspace's calendar.
//!
//! A [`Timestamp`] is whole milliseconds, a [`Date`] whole days; both are plain numbers that sort as time does. Nothing
//! here reads a clock: "now" is always an argument. Calendar questions go through a [`Zone`], the workspace's.

use std::fmt;

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

/// Milliseconds of a day of 24 hours.
pub const MILLIS_A_DAY: i64 = 86_400_000;

/// A moment: milliseconds since 1970-01-01T00:00:00Z. Finer digits are cut, not rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The first moment that can be written, 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The last moment that can be written, 9999-12-30T23:59:59.999Z (a day short of the year's end, for time zones).
    pub const MAX: Self = Self(253_402_214_399_999);

    /// Reads an RFC 3339 moment, which names its offset: `2026-03-05T09:00:00Z`, `2026-03-05 10:00+01:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let nanos = text.parse::<jiff::Timestamp>().ok()?.as_nanosecond();
        let moment = Self(i64::try_from(nanos.div_euclid(1_000_000)).ok()?);
        (Self::MIN..=Self::MAX).contains(&moment).then_some(moment)
    }

    /// This moment and `millis` more (fewer when negative), kept within what can be written.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis).clamp(Self::MIN.0, Self::MAX.0))
    }

    /// One millisecond later: the first moment at which what held up to and including this one no longer does.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0.clamp(Self::MIN.0, Self::MAX.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// RFC 3339 in UTC, with milliseconds only where there are some.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = Date(to_i32(self.0.div_euclid(MILLIS_A_DAY)));
        let clock = Clock(u32::try_from(self.0.rem_euclid(MILLIS_A_DAY)).unwrap_or(0));
        write!(f, "{day}T{clock}Z")
    }
}

/// A day of the calendar: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

impl Date {
    /// The first day that can be written, 0001-01-01.
    pub const MIN: Self = Self(-719_162);
    /// The last day that can be written, 9999-12-30.
    pub const MAX: Self = Self(2_932_895);

    /// The day of a year, month (1–12) and day of the month, if there is one.
    pub fn of(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        // Days are counted from 1 March, so that the leap day is the last of its year (the proleptic Gregorian rule).
        let y = i64::from(if month <= 2 { year - 1 } else { year });
        let era = y.div_euclid(400);
        let year_of_era = y - era * 400;
        let month_from_march = i64::from((month + 9) % 12);
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let date = Self(to_i32(era * 146_097 + day_of_era - 719_468));
        (date <= Self::MAX).then_some(date)
    }

    /// Year, month (1–12) and day of the month.
    pub fn parts(self) -> (i32, u32, u32) {
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z - era * 146_097;
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (to_i32(year), u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
    }

    /// Reads `2026-03-05`; `None` also for a day that does not exist.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?;
        Self::of(to_i32(i64::from(digits(year)?)), digits(month)?, digits(day)?)
    }

    /// The day of the week.
    pub fn weekday(self) -> Day {
        // 1970-01-01 was a Thursday.
        Day::from_monday((self.0.rem_euclid(7) + 3) % 7)
    }

    /// This day and `days` more (fewer when negative), kept within what can be written.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(to_i32((i64::from(self.0).saturating_add(days)).clamp(i64::from(Self::MIN.0), i64::from(Self::MAX.0))))
    }

    /// This day `months` later (earlier when negative); a day that the month does not have is its last.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        let (year, month, day) = self.parts();
        let total = (i64::from(year) * 12 + i64::from(month) - 1).saturating_add(months);
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        if year < 1 {
            return Self::MIN;
        }
        if year > 9999 {
            return Self::MAX;
        }
        let (year, month) = (to_i32(year), u32::try_from(month).unwrap_or(1));
        Self::of(year, month, day.min(days_in_month(year, month))).unwrap_or(Self::MAX)
    }

    fn civil(self) -> civil::Date {
        let (year, month, day) = self.parts();
        let small = |n: u32| i8::try_from(n).unwrap_or(1);
        civil::Date::new(i16::try_from(year).unwrap_or(i16::MAX), small(month), small(day)).unwrap_or(civil::Date::ZERO)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// How many days a month (1–12) has.
pub(crate) fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A time of the day: milliseconds since midnight on the wall clock, less than [`MILLIS_A_DAY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock(pub u32);

impl Clock {
    /// The start of the day.
    pub const MIDNIGHT: Self = Self(0);

    /// The time of day with these parts, if there is one.
    pub fn of(hour: u32, minute: u32, second: u32) -> Option<Self> {
        (hour < 24 && minute < 60 && second < 60).then(|| Self(((hour * 60 + minute) * 60 + second) * 1000))
    }
}

impl Clock {
    /// Reads `09:00`, `09:00:30` or `09:00:30.250`; digits beyond milliseconds are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut parts = whole.split(':');
        let mut part = || {
            let part = parts.next()?;
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u32>().ok())?
        };
        let (hour, minute) = (part()?, part()?);
        let has_seconds = whole.len() > 5;
        let second = if has_seconds { part()? } else { 0 };
        if parts.next().is_some()
            || (!fraction.is_empty() && !has_seconds)
            || (fraction.is_empty() && text.contains('.'))
        {
            return None;
        }
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let millis: u32 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
        Some(Self(Self::of(hour, minute, second)?.0 + millis))
    }
}

/// `09:00:00`, with milliseconds only where there are some.
impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1000, self.0 % 1000);
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if millis == 0 { Ok(()) } else { write!(f, ".{millis:03}") }
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Day {
    /// Monday to Sunday.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Its name in rule files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// The day that a word names, ignoring case.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.word().eq_ignore_ascii_case(word))
    }

    /// 0 for Monday to 6 for Sunday.
    pub const fn from_monday_index(self) -> u32 {
        self as u32
    }

    fn from_monday(index: i32) -> Self {
        usize::try_from(index).ok().and_then(|index| Self::ALL.get(index).copied()).unwrap_or(Self::Monday)
    }

    /// How many days after `start` this day comes, 0 to 6.
    pub const fn days_after(self, start: Self) -> u32 {
        (self as u32 + 7 - start as u32) % 7
    }
}

/// A stretch of the calendar around now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timeframe {
    /// This day.
    Today,
    /// The day before.
    Yesterday,
    /// The week that holds today; the workspace says on which day weeks start.
    ThisWeek,
    /// The week before that.
    LastWeek,
    /// The month that holds today.
    ThisMonth,
    /// The month before that.
    LastMonth,
    /// The quarter (January, April, July, October) that holds today.
    ThisQuarter,
    /// The quarter before that.
    LastQuarter,
    /// The year that holds today.
    ThisYear,
    /// The year before that.
    LastYear,
}

impl Timeframe {
    /// Every frame, in the order of the language page.
    pub const ALL: [Self; 10] = [
        Self::Today,
        Self::Yesterday,
        Self::ThisWeek,
        Self::LastWeek,
        Self::ThisMonth,
        Self::LastMonth,
        Self::ThisQuarter,
        Self::LastQuarter,
        Self::ThisYear,
        Self::LastYear,
    ];

    /// Its words in rule files.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::ThisWeek => "this week",
            Self::LastWeek => "last week",
            Self::ThisMonth => "this month",
            Self::LastMonth => "last month",
            Self::ThisQuarter => "this quarter",
            Self::LastQuarter => "last quarter",
            Self::ThisYear => "this year",
            Self::LastYear => "last year",
        }
    }

    /// Its first day and the first day after it, when today is `today`.
    pub fn days(self, today: Date, week_starts_on: Day) -> (Date, Date) {
        let (year, month, day) = today.parts();
        let week = today.plus_days(-i64::from(today.weekday().days_after(week_starts_on)));
        let first_of_month = today.plus_days(1 - i64::from(day));
        let first_of_quarter = first_of_month.plus_months(-i64::from((month - 1) % 3));
        let first_of_year = Date::of(year, 1, 1).unwrap_or(Date::MIN);
        match self {
            Self::Today => (today, today.plus_days(1)),
            Self::Yesterday => (today.plus_days(-1), today),
            Self::ThisWeek => (week, week.plus_days(7)),
            Self::LastWeek => (week.plus_days(-7), week),
            Self::ThisMonth => (first_of_month, first_of_month.plus_months(1)),
            Self::LastMonth => (first_of_month.plus_months(-1), first_of_month),
            Self::ThisQuarter => (first_of_quarter, first_of_quarter.plus_months(3)),
            Self::LastQuarter => (first_of_quarter.plus_months(-3), first_of_quarter),
            Self::ThisYear => (first_of_year, first_of_year.plus_months(12)),
            Self::LastYear => (first_of_year.plus_months(-12), first_of_year),
        }
    }
}

/// The workspace's time zone. The data of all zones is in the program, so that the same rules give the same answer on
/// every machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone with this IANA name.
    pub fn find(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("UTC") {
            return Some(Self::UTC);
        }
        TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// Every IANA name, for suggestions.
    pub fn names() -> Vec<String> {
        TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect()
    }

    /// Reads a moment: RFC 3339, or local time without an offset (`2026-03-05 09:00`, `2026-03-05T09:00:00`), or a day
    /// alone, which is its start.
    pub fn parse(&self, text: &str) -> Option<Timestamp> {
        if let Some(moment) = Timestamp::parse(text) {
            return Some(moment);
        }
        let (day, clock) = match text.split_once(['T', 't', ' ']) {
            Some((day, clock)) => (day, Clock::parse(clock)?),
            None => (text, Clock::MIDNIGHT),
        };
        Some(self.at(Date::parse(day)?, clock))
    }

    /// The local day and time of day of a moment.
    pub fn local(&self, at: Timestamp) -> (Date, Clock) {
        let offset = self.offset_seconds(at);
        let local = at.0 + i64::from(offset) * 1000;
        let day = Date(to_i32(local.div_euclid(MILLIS_A_DAY)));
        (day, Clock(u32::try_from(local.rem_euclid(MILLIS_A_DAY)).unwrap_or(0)))
    }

    /// Seconds to add to UTC for local time at a moment.
    pub fn offset_seconds(&self, at: Timestamp) -> i32 {
        self.0.to_offset(at.jiff()).seconds()
    }

    /// The local day of a moment.
    pub fn day(&self, at: Timestamp) -> Date {
        self.local(at).0
    }

    /// The local day of a moment, and a later moment up to which it is sure to be that day: its end, or the next change of
    /// clocks.
    pub fn day_and_end(&self, at: Timestamp) -> (Date, Timestamp) {
        let (day, clock) = self.local(at);
        let end = Timestamp(at.0.saturating_add(MILLIS_A_DAY - i64::from(clock.0)));
        let change = self.0.following(at.jiff()).next().map(|change| Timestamp(change.timestamp().as_millisecond()));
        (day, change.map_or(end, |change| change.min(end)))
    }

    /// The moment at which local clocks show this. A time that a clock change skips is the first moment after the gap;
    /// of one that it repeats the first counts.
    pub fn at(&self, day: Date, clock: Clock) -> Timestamp {
        let naive = i64::from(day.0) * MILLIS_A_DAY + i64::from(clock.0);
        let seconds = clock.0 / 1000;
        let small = |n: u32| i8::try_from(n).unwrap_or(0);
        let time = civil::Time::new(small(seconds / 3600), small(seconds / 60 % 60), small(seconds % 60), 0);
        let local = day.civil().to_datetime(time.unwrap_or(civil::Time::midnight()));
        let moment = match self.0.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => naive - i64::from(offset.seconds()) * 1000,
            AmbiguousOffset::Fold { before, .. } => naive - i64::from(before.seconds()) * 1000,
            AmbiguousOffset::Gap { before, .. } => {
                // With the offset from before the gap the moment lies after the change, which is what we look for.
                let after = Timestamp(naive - i64::from(before.seconds()) * 1000);
                let change = self.0.preceding(after.next().jiff()).next();
                change.map_or(after.0, |change| change.timestamp().as_millisecond())
            }
        };
        Timestamp(moment.clamp(Timestamp::MIN.0, Timestamp::MAX.0))
    }

    /// The first moment of a local day.
    pub fn start_of(&self, day: Date) -> Timestamp {
        self.at(day, Clock::MIDNIGHT)
    }

    /// A moment as local time with its offset, to the second: `2026-03-05T10:00:00+01:00`.
    pub fn format(&self, at: Timestamp) -> String {
        let (day, clock) = self.local(at);
        let offset = self.offset_seconds(at);
        let (sign, offset) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
        format!("{day}T{}{sign}{:02}:{:02}", Clock(clock.0 / 1000 * 1000), offset / 3600, offset / 60 % 60)
    }
}

fn to_i32(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(if n < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    fn amsterdam() -> Zone {
        Zone::find("Europe/Amsterdam").expect("a zone")
    }

    fn moment(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a moment")
    }

    #[test]
    fn days_and_their_parts_agree_over_the_whole_range() {
        let mut day = Date::of(1, 1, 1).expect("a day");
        assert_eq!(day, Date::MIN);
        while day < Date::MAX {
            let (year, month, dom) = day.parts();
            assert_eq!(Date::of(year, month, dom), Some(day));
            assert_eq!(Date::parse(&day.to_string()), Some(day));
            day = day.plus_days(97);
        }
    }

    #[test]
    fn clock_changes() {
        let zone = amsterdam();
        let spring = Date::of(2026, 3, 29).expect("a day");
        assert_eq!(zone.at(spring, Clock::of(2, 30, 0).expect("a time")), moment("2026-03-29T01:00:00Z"));
        assert_eq!(zone.at(spring, Clock::of(3, 30, 0).expect("a time")), moment("2026-03-29T01:30:00Z"));
        let autumn = Date::of(2026, 10, 25).expect("a day");
        assert_eq!(zone.at(autumn, Clock::of(2, 30, 0).expect("a time")), moment("2026-10-25T00:30:00Z"));
        assert_eq!(zone.format(moment("2026-07-01T00:00:00.999Z")), "2026-07-01T02:00:00+02:00");
    }

    #[test]
    fn moments_are_cut_to_milliseconds() {
        assert_eq!(moment("2026-03-05T09:00:00.1239Z").to_string(), "2026-03-05T09:00:00.123Z");
        assert_eq!(moment("1969-12-31T23:59:59.9999Z"), Timestamp(-1));
        assert_eq!(moment("2026-03-05T10:00+01:00").to_string(), "2026-03-05T09:00:00Z");
    }
}
