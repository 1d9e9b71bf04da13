//! The operators of each type (language.md section 6): their table, and what they ask.

mod test;

use crate::language::ast::OperatorKind;
use crate::model::FieldType;

/// An operator of one or several types.
#[derive(Debug, Clone, Copy)]
pub struct Operator {
    /// The types that have it.
    pub types: &'static [FieldType],
    /// How it is written; also without `is` in a VALUE-TEST.
    pub syntax: &'static str,
    /// What it asks, in one sentence.
    pub summary: &'static str,
    /// A filter that uses it, valid in [`super::EXAMPLE_WORKSPACE`].
    pub example: &'static str,
}

const TEXTS: &[FieldType] = &[FieldType::Text, FieldType::Email, FieldType::Phone, FieldType::Url];
const NUMBERS: &[FieldType] = &[FieldType::Integer, FieldType::Number];
const BOOLEANS: &[FieldType] = &[FieldType::Boolean];
const DATES: &[FieldType] = &[FieldType::Date, FieldType::DateTime];

const fn operator(
    types: &'static [FieldType],
    syntax: &'static str,
    summary: &'static str,
    example: &'static str,
) -> Operator {
    Operator { types, syntax, summary, example }
}

/// Every operator, by type in the order of the language page.
pub const ALL: &[Operator] = &[
    operator(TEXTS, "is V", "The text is one of the values, capitals aside.", "Country is \"NL\", \"BE\""),
    operator(TEXTS, "is not V", "The text is none of the values, or there is none.", "Country is not \"NL\""),
    operator(TEXTS, "contains V", "One of the values stands in the text.", "[Job Title] contains \"manager\""),
    operator(
        TEXTS,
        "does not contain V",
        "None of the values stands in the text.",
        "[Job Title] does not contain \"intern\"",
    ),
    operator(TEXTS, "starts with V", "The text begins with one of the values.", "[Postal Code] starts with \"28\""),
    operator(
        TEXTS,
        "does not start with V",
        "The text begins with none of the values.",
        "[Phone Number] does not start with \"+31\"",
    ),
    operator(TEXTS, "ends with V", "The text ends in one of the values.", "[Email Address] ends with \".nl\""),
    operator(
        TEXTS,
        "does not end with V",
        "The text ends in none of the values.",
        "[Email Address] does not end with \"@example.test\"",
    ),
    operator(TEXTS, "is empty", "There is no text.", "Region is empty"),
    operator(TEXTS, "is not empty", "There is a text.", "[Last Name] is not empty"),
    operator(NUMBERS, "is N", "The number is one of the values; also written `=`.", "Score is 10, 20"),
    operator(NUMBERS, "is not N", "The number is none of the values; also written `!=`.", "Score is not 0"),
    operator(NUMBERS, "is greater than N", "The number is larger; also written `>`.", "Score is greater than 50"),
    operator(
        NUMBERS,
        "is less than N",
        "The number is smaller; also written `<`.",
        "[Annual Revenue] is less than 0.5",
    ),
    operator(NUMBERS, "is at least N", "The number is this or more; also written `>=`.", "Score >= 80"),
    operator(NUMBERS, "is at most N", "The number is this or less; also written `<=`.", "Score is at most 10"),
    operator(
        NUMBERS,
        "is between A and B",
        "The number is from A to B, both in.",
        "[Number of Employees] is between 10 and 49",
    ),
    operator(
        NUMBERS,
        "is not between A and B",
        "The number is outside A to B, or there is none.",
        "Score is not between 10 and 20",
    ),
    operator(NUMBERS, "is empty", "There is no number.", "[Annual Revenue] is empty"),
    operator(NUMBERS, "is not empty", "There is a number.", "[Annual Revenue] is not empty"),
    operator(BOOLEANS, "is true", "The box is ticked.", "Unsubscribed is true"),
    operator(BOOLEANS, "is false", "The box is not ticked.", "Unsubscribed is false"),
    operator(DATES, "is D", "It is one of these days or moments.", "[Event Date] is 2026-03-05"),
    operator(DATES, "is not D", "It is none of them, or there is none.", "[Event Date] is not today"),
    operator(DATES, "is before D", "It is earlier.", "[Created At] is before 2026-01-01"),
    operator(DATES, "is after D", "It is later.", "[Event Date] is after today"),
    operator(DATES, "is on or before D", "It is not later.", "[Created At] is on or before 2026-01-01"),
    operator(DATES, "is on or after D", "It is not earlier.", "[Event Date] is on or after 2026-03-05"),
    operator(
        DATES,
        "is between A and B",
        "It is from A to B, both in.",
        "[Event Date] is between 2026-03-01 and 2026-03-31",
    ),
    operator(DATES, "is in past N UNIT", "It is from so long ago up to now.", "[Event Date] is in past 30 days"),
    operator(DATES, "is in past before N UNIT", "It is longer ago than that.", "[Updated At] is in past before 1 year"),
    operator(DATES, "is in future N UNIT", "It is from now up to that far ahead.", "[Event Date] is in future 2 weeks"),
    operator(
        DATES,
        "is in future after N UNIT",
        "It is further ahead than that.",
        "[Event Date] is in future after 3 months",
    ),
    operator(
        DATES,
        "is in TIMEFRAME",
        "It is on a day of the time frame; `in` may be left out.",
        "[Event Date] is in this quarter",
    ),
    operator(DATES, "is empty", "There is no date.", "[Event Date] is empty"),
    operator(DATES, "is not empty", "There is a date.", "[Event Date] is not empty"),
];

/// How the operators of a type are written.
pub fn of_type(type_: FieldType) -> impl Iterator<Item = &'static Operator> {
    ALL.iter().filter(move |operator| operator.types.contains(&type_))
}

/// The words of an operator as they are declared, for messages.
pub(super) fn words(kind: &OperatorKind, negated: bool) -> String {
    let (word, rest) = match kind {
        OperatorKind::Is(_) => ("is", ""),
        OperatorKind::Contains(_) if negated => return "does not contain".to_owned(),
        OperatorKind::Contains(_) => return "contains".to_owned(),
        OperatorKind::StartsWith(_) if negated => return "does not start with".to_owned(),
        OperatorKind::StartsWith(_) => return "starts with".to_owned(),
        OperatorKind::EndsWith(_) if negated => return "does not end with".to_owned(),
        OperatorKind::EndsWith(_) => return "ends with".to_owned(),
        OperatorKind::GreaterThan(_) => ("is", " greater than"),
        OperatorKind::LessThan(_) => ("is", " less than"),
        OperatorKind::AtLeast(_) => ("is", " at least"),
        OperatorKind::AtMost(_) => ("is", " at most"),
        OperatorKind::Between(..) => ("is", " between"),
        OperatorKind::Before(_) => ("is", " before"),
        OperatorKind::After(_) => ("is", " after"),
        OperatorKind::OnOrBefore(_) => ("is", " on or before"),
        OperatorKind::OnOrAfter(_) => ("is", " on or after"),
        OperatorKind::InPast(_) => ("is", " in past"),
        OperatorKind::InPastBefore(_) => ("is", " in past before"),
        OperatorKind::InFuture(_) => ("is", " in future"),
        OperatorKind::InFutureAfter(_) => ("is", " in future after"),
        OperatorKind::In(_) => ("is", " in"),
    };
    format!("{word}{}{rest}", if negated { " not" } else { "" })
}
