//! Checks of single values: is this value what the rule asks for, now?

use std::cmp::Ordering;

use rust_decimal::Decimal;

use crate::meaning::{DateCheck, Moment, NumberCheck, TextCheck};
use crate::model::{Date, Day, Timestamp, Zone};

/// The present, as tests see it.
#[derive(Debug, Clone)]
pub(super) struct Present<'a> {
    /// Now.
    pub(super) at: Timestamp,
    /// The local day of now.
    pub(super) today: Date,
    /// The workspace's zone.
    pub(super) zone: &'a Zone,
    /// The first day of the week.
    pub(super) week_starts_on: Day,
}

/// A date or a moment that is tested.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    /// The value of a `date`.
    Day(Date),
    /// The value of a `datetime`, or the moment of an activity.
    At(Timestamp),
}

impl Subject {
    /// The moment itself, or the start of the day.
    pub(super) fn moment(self, zone: &Zone) -> Timestamp {
        match self {
            Self::Day(day) => zone.start_of(day),
            Self::At(at) => at,
        }
    }

    /// The day itself, or the local day of the moment.
    pub(super) fn day(self, zone: &Zone) -> Date {
        match self {
            Self::Day(day) => day,
            Self::At(at) => zone.day(at),
        }
    }
}

/// Whether a folded text passes.
pub(super) fn text_passes(check: &TextCheck, folded: &str) -> bool {
    match check {
        TextCheck::Is(values) => values.iter().any(|value| value.as_str() == folded),
        TextCheck::Contains(values) => values.iter().any(|value| folded.contains(value.as_str())),
        TextCheck::StartsWith(values) => values.iter().any(|value| folded.starts_with(value.as_str())),
        TextCheck::EndsWith(values) => values.iter().any(|value| folded.ends_with(value.as_str())),
    }
}

/// Whether a number passes.
pub(super) fn number_passes(check: &NumberCheck, number: Decimal) -> bool {
    match check {
        NumberCheck::Is(values) => values.contains(&number),
        NumberCheck::GreaterThan(value) => number > *value,
        NumberCheck::LessThan(value) => number < *value,
        NumberCheck::AtLeast(value) => number >= *value,
        NumberCheck::AtMost(value) => number <= *value,
        NumberCheck::Between(from, to) => number >= *from && number <= *to,
    }
}

/// Whether a date or moment passes.
pub(super) fn date_passes(check: &DateCheck, subject: Subject, present: &Present<'_>) -> bool {
    let against = |moment: &Moment| compare(subject, *moment, present);
    let moment = || subject.moment(present.zone);
    match check {
        DateCheck::Is(moments) => moments.iter().any(|moment| against(moment) == Ordering::Equal),
        DateCheck::Before(moment) => against(moment) == Ordering::Less,
        DateCheck::After(moment) => against(moment) == Ordering::Greater,
        DateCheck::OnOrBefore(moment) => against(moment) != Ordering::Greater,
        DateCheck::OnOrAfter(moment) => against(moment) != Ordering::Less,
        DateCheck::Between(from, to) => against(from) != Ordering::Less && against(to) != Ordering::Greater,
        DateCheck::InPast(_) | DateCheck::InFuture(_) => Window::new(check, present).holds(moment(), present),
        DateCheck::InPastBefore(span) => moment() < present.at.plus(-span),
        DateCheck::InFutureAfter(span) => moment() > present.at.plus(*span),
        DateCheck::In(frame) => {
            let (first, after) = frame.days(present.today, present.week_starts_on);
            let day = subject.day(present.zone);
            day >= first && day < after
        }
    }
}

/// A check of moments, ready to be asked about many of them at one present.
#[derive(Debug, Clone, Copy)]
pub(super) enum Window<'a> {
    /// Between these, both in.
    Between(Timestamp, Timestamp),
    /// What the check says.
    Asked(&'a DateCheck),
}

impl<'a> Window<'a> {
    /// Every moment is in it.
    pub(super) const ALWAYS: Self = Self::Between(Timestamp(i64::MIN), Timestamp(i64::MAX));

    /// The moments that pass a check now.
    pub(super) fn new(check: &'a DateCheck, present: &Present<'_>) -> Self {
        match check {
            DateCheck::InPast(span) => Self::Between(present.at.plus(-span), present.at),
            DateCheck::InFuture(span) => Self::Between(present.at, present.at.plus(*span)),
            DateCheck::Is(_)
            | DateCheck::Before(_)
            | DateCheck::After(_)
            | DateCheck::OnOrBefore(_)
            | DateCheck::OnOrAfter(_)
            | DateCheck::Between(..)
            | DateCheck::InPastBefore(_)
            | DateCheck::InFutureAfter(_)
            | DateCheck::In(_) => Self::Asked(check),
        }
    }

    /// No moment before this one is in it.
    pub(super) const fn first(self) -> Timestamp {
        match self {
            Self::Between(from, _) => from,
            Self::Asked(_) => Timestamp(i64::MIN),
        }
    }

    /// Whether a moment is in it.
    pub(super) fn holds(self, at: Timestamp, present: &Present<'_>) -> bool {
        match self {
            Self::Between(from, to) => from <= at && at <= to,
            Self::Asked(check) => date_passes(check, Subject::At(at), present),
        }
    }
}

/// A day is compared with a day by the calendar, with an instant as its start; a moment is compared with a day by its own
/// local day (language.md section 6).
fn compare(subject: Subject, with: Moment, present: &Present<'_>) -> Ordering {
    match with {
        Moment::Day(day) => subject.day(present.zone).cmp(&day),
        Moment::Today => subject.day(present.zone).cmp(&present.today),
        Moment::At(at) => subject.moment(present.zone).cmp(&at),
        Moment::Now => subject.moment(present.zone).cmp(&present.at),
    }
}

/// The moments, later than now, at which time alone may change the answer of [`date_passes`]; `None` when it never will.
pub(super) fn next_change(check: &DateCheck, subject: Subject, present: &Present<'_>) -> Option<Timestamp> {
    let mut soonest = Soonest { now: present.at, at: None };
    let zone = present.zone;
    match check {
        DateCheck::Is(moments) => moments.iter().for_each(|moment| soonest.passing(*moment, subject, zone)),
        DateCheck::Before(moment)
        | DateCheck::After(moment)
        | DateCheck::OnOrBefore(moment)
        | DateCheck::OnOrAfter(moment) => soonest.passing(*moment, subject, zone),
        DateCheck::Between(from, to) => {
            soonest.passing(*from, subject, zone);
            soonest.passing(*to, subject, zone);
        }
        DateCheck::InPast(span) => {
            let moment = subject.moment(zone);
            soonest.add(moment);
            soonest.add(moment.plus(*span).next());
        }
        DateCheck::InPastBefore(span) => soonest.add(subject.moment(zone).plus(*span).next()),
        DateCheck::InFuture(span) => {
            let moment = subject.moment(zone);
            soonest.add(moment.plus(-span));
            soonest.add(moment.next());
        }
        DateCheck::InFutureAfter(span) => soonest.add(subject.moment(zone).plus(-span)),
        DateCheck::In(frame) => {
            // The days on which the frame holds the subject's day: the frame's own stretch, or for the "last" ones the
            // stretch after it.
            let (first, after) = frame_of(*frame, subject.day(zone), present.week_starts_on);
            soonest.add(zone.start_of(first));
            soonest.add(zone.start_of(after));
        }
    }
    soonest.at
}

/// The days from which a day lies in the frame, and the first day from which it no longer does.
fn frame_of(frame: crate::model::Timeframe, day: Date, week_starts_on: Day) -> (Date, Date) {
    use crate::model::Timeframe as Frame;
    let this = match frame {
        Frame::Today | Frame::Yesterday => Frame::Today,
        Frame::ThisWeek | Frame::LastWeek => Frame::ThisWeek,
        Frame::ThisMonth | Frame::LastMonth => Frame::ThisMonth,
        Frame::ThisQuarter | Frame::LastQuarter => Frame::ThisQuarter,
        Frame::ThisYear | Frame::LastYear => Frame::ThisYear,
    };
    let (first, after) = this.days(day, week_starts_on);
    if this == frame { (first, after) } else { this.days(after, week_starts_on) }
}

struct Soonest {
    now: Timestamp,
    at: Option<Timestamp>,
}

impl Soonest {
    fn add(&mut self, at: Timestamp) {
        if at > self.now && self.at.is_none_or(|soonest| at < soonest) {
            self.at = Some(at);
        }
    }

    /// Comparisons with now change when now reaches the subject and when it passes it; with today at the start of the
    /// subject's day and of the day after.
    fn passing(&mut self, moment: Moment, subject: Subject, zone: &Zone) {
        match moment {
            Moment::Day(_) | Moment::At(_) => {}
            Moment::Now => {
                let moment = subject.moment(zone);
                self.add(moment);
                self.add(moment.next());
            }
            Moment::Today => {
                let day = subject.day(zone);
                self.add(zone.start_of(day));
                self.add(zone.start_of(day.plus_days(1)));
            }
        }
    }
}
