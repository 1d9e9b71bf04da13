//! Tests of values, and values that are worked out when a step runs.

use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::model::{Date, FieldId, Folded, Timeframe, Timestamp, Value};

/// A test of one value (language.md section 6).
///
/// It holds when `positive != negated`, where `positive` is `empty` for an empty value and the check's answer for any
/// other. `is empty` is the check [`Check::Nothing`] with `empty`; the value list `"Web", empty` is a text check with
/// `empty`; where Marketo lets an empty date be before everything, `empty` says so.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ValueTest {
    /// Whether the answer is turned round.
    pub negated: bool,
    /// The positive answer for an empty value.
    pub empty: bool,
    /// The positive answer for any other.
    pub check: Check,
}

/// The check of a value that is not empty; its kind fits the type of the field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Check {
    /// No value passes.
    Nothing,
    /// Of a text.
    Text(TextCheck),
    /// Of an integer or number.
    Number(NumberCheck),
    /// Of a boolean: whether it is this.
    Boolean(bool),
    /// Of a date or datetime.
    Date(DateCheck),
}

/// Of a text; one of the values fits. Compared in folded form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextCheck {
    /// Equal to one.
    Is(Vec<Folded>),
    /// Has one in it.
    Contains(Vec<Folded>),
    /// Starts with one.
    StartsWith(Vec<Folded>),
    /// Ends with one.
    EndsWith(Vec<Folded>),
}

/// Of a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NumberCheck {
    /// Equal to one.
    Is(Vec<Decimal>),
    /// More than.
    GreaterThan(Decimal),
    /// Less than.
    LessThan(Decimal),
    /// This or more.
    AtLeast(Decimal),
    /// This or less.
    AtMost(Decimal),
    /// From the first to the second, both in.
    Between(Decimal, Decimal),
}

/// Of a date or moment; also a WINDOW, whose subject is the moment at which something happened.
///
/// A `date` subject compared with a [`Moment::Day`] compares days; with a moment it counts as the start of its day. A
/// `datetime` subject compared with a day is compared by its own day in the workspace's zone. In the relative checks a
/// date counts as the start of its day, and spans are milliseconds (a month is 30 days, a year 365).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DateCheck {
    /// Equal to one.
    Is(Vec<Moment>),
    /// Earlier.
    Before(Moment),
    /// Later.
    After(Moment),
    /// Not later.
    OnOrBefore(Moment),
    /// Not earlier.
    OnOrAfter(Moment),
    /// From the first to the second, both in.
    Between(Moment, Moment),
    /// From now minus the span up to now, both in.
    InPast(i64),
    /// Earlier than now minus the span.
    InPastBefore(i64),
    /// From now up to now plus the span, both in.
    InFuture(i64),
    /// Later than now plus the span.
    InFutureAfter(i64),
    /// On a day of the frame.
    In(Timeframe),
}

/// What a date or moment is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// A day.
    Day(Date),
    /// An instant.
    At(Timestamp),
    /// The day of now, in the workspace's zone.
    Today,
    /// Now.
    Now,
}

/// What `set` gives a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// This value, of the field's type.
    Value(Value),
    /// `today`: for a date the day of now, for a datetime its start.
    Today,
    /// `now`: for a datetime now, for a date its day.
    Now,
    /// A text with tokens, read as the field's type when the step runs.
    Template(Template),
}

/// A text with tokens in it. `{{my.…}}` is gone: it was replaced when the rules were compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

impl Template {
    /// The text, when there is no token in it.
    pub fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            [..] => None,
        }
    }
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Stands for itself.
    Text(SmolStr),
    /// `{{person.FIELD}}` and its default for an empty value.
    Person(FieldId, Option<SmolStr>),
    /// `{{trigger.NAME}}`: `campaign`, `status`, `old status`, `program`, `list`, or an attribute of the activity (matched
    /// ignoring case); empty, or the default, when the event does not carry it.
    Trigger(SmolStr, Option<SmolStr>),
    /// `{{campaign.name}}`: the smart campaign in which the step stands.
    CampaignName,
    /// `{{program.name}}`: the program of that campaign; empty without one.
    ProgramName,
    /// `{{system.date}}`: today.
    SystemDate,
    /// `{{system.datetime}}`: now.
    SystemDateTime,
}
