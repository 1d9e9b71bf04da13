//! Filters, tests and triggers as texts.

use super::random::Random;
use super::words::{
    ATTRIBUTES, COLOURS, FIELDS, FieldWord, LISTS, PROGRAMS, SFDC_CAMPAIGNS, TEXTS, day, moment_literal, quoted, span,
    timeframe,
};
use crate::model::{FieldType, Timestamp};

/// What a rule book is mostly about, so that what rarely meets by chance meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mood {
    /// A little of everything.
    #[default]
    Mixed,
    /// Many campaigns on few triggers: order, cascades and their limits.
    Busy,
    /// Dates, segments that change by time, waits that end together.
    Timely,
}

/// What the texts may name, beyond the words that are always there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) mood: Mood,
    pub(super) start: Timestamp,
    /// Segments that may be named.
    pub(super) segments: &'a [String],
    pub(super) campaigns: &'a [String],
}

/// A filter for a workspace whose segments and smart campaigns have these names.
pub fn filter(random: &mut Random, start: Timestamp, segments: &[String], campaigns: &[String]) -> String {
    chain(random, Scope { mood: Mood::Mixed, start, segments, campaigns }, 2)
}

/// Filters that tell memberships and the times that go with them.
pub fn memberships(random: &mut Random, start: Timestamp) -> Vec<String> {
    let mut filters = Vec::new();
    for (kind, things) in [("SFDC campaign", SFDC_CAMPAIGNS), ("program", PROGRAMS)] {
        for (name, statuses) in things {
            filters.push(format!("member of {kind} \"{name}\" with status {}", statuses_of(random, statuses)));
            for _ in 0..2 {
                let at = moment_literal(random, start);
                filters.push(format!("member of {kind} \"{name}\" on or before {at}"));
                filters.push(format!("had status changed in {kind} \"{name}\" after {at} at most 1 time"));
            }
        }
    }
    for (name, _) in PROGRAMS {
        filters.push(format!("member of program \"{name}\" with success"));
    }
    filters
}

/// A chain of `and` or of `or`; parts of it may be chains in parentheses.
pub(super) fn chain(random: &mut Random, scope: Scope<'_>, depth: usize) -> String {
    let count = if depth == 0 { 1 } else { random.pick(&[1, 1, 1, 2, 2, 3]) };
    let word = random.pick(&[" and ", " or "]);
    let parts: Vec<String> = (0..count).map(|_| unary(random, scope, depth)).collect();
    parts.join(word)
}

fn unary(random: &mut Random, scope: Scope<'_>, depth: usize) -> String {
    if depth > 0 && random.percent(20) {
        let not = if random.percent(40) { "not " } else { "" };
        return format!("{not}({})", chain(random, scope, depth - 1));
    }
    let not = if random.percent(8) { "not " } else { "" };
    format!("{not}{}", predicate(random, scope))
}

fn predicate(random: &mut Random, scope: Scope<'_>) -> String {
    if scope.mood == Mood::Timely && random.percent(60) {
        return timely(random, scope);
    }
    match random.below(20) {
        0..=7 => {
            let field = field(random);
            format!("{} {}", field.rule, operator(random, scope.start, field.type_, is_colour(field.rule)))
        }
        8 => {
            let (names, statuses) = subjects(random, SFDC_CAMPAIGNS);
            let status = with_status(random, statuses, 30);
            let responded = random.pick(&["", "", " who responded", " who has not responded"]);
            format!(
                "{}member of SFDC campaign {names}{status}{responded}{}",
                not(random),
                window(random, scope.start, 30)
            )
        }
        9 => {
            let (names, statuses) = subjects(random, PROGRAMS);
            let status = with_status(random, statuses, 30);
            let success = random.pick(&["", "", " with success", " without success"]);
            format!("{}member of program {names}{status}{success}{}", not(random), window(random, scope.start, 30))
        }
        10 | 11 => format!("{}member of list {}", not(random), lists(random)),
        12 if !scope.segments.is_empty() => {
            let word = random.pick(&["segment", "smart list"]);
            format!("{}member of {word} {}", not(random), quoted(&random.pick(scope.segments)))
        }
        13 if !scope.campaigns.is_empty() => {
            let name = random.pick(scope.campaigns);
            let names =
                random.pick(&[quoted(&name), quoted(&name), "any".to_owned(), "starting with \"c\"".to_owned()]);
            format!("{}member of smart campaign {names}{}", not(random), window(random, scope.start, 40))
        }
        14 => format!("random sample of {}%", random.pick(&["50", "0", "100", "33.33", "70"])),
        _ => history(random, scope),
    }
}

/// A predicate that may change by time alone.
fn timely(random: &mut Random, scope: Scope<'_>) -> String {
    let start = scope.start;
    let span = span(random);
    let field =
        random.pick(&["[Event Date]", "[Last Seen]", "[Last Seen]", "[Updated At]", "[Created At]", "[Date of Birth]"]);
    let not = if random.percent(25) { " not" } else { "" };
    match random.below(10) {
        0 => format!("{field} is{not} in past {span}"),
        1 => format!("{field} is{not} in past before {span}"),
        2 => format!("{field} is{not} in future {span}"),
        3 => format!("{field} is{not} in future after {span}"),
        4 => format!("{field} is{not} {}", timeframe(random)),
        5 => format!("{field} is{not} {} {}", random.pick(&["before", "on or after"]), random.pick(&["now", "today"])),
        6 => format!("member of smart campaign any in past {span}"),
        7 => format!("member of SFDC campaign any in {}", timeframe(random)),
        8 => {
            format!("performed {} in past {span}{}", activity(random, start), random.pick(&["", " at least 2 times"]))
        }
        9 => format!("had [Last Seen] changed to {} in past {span}", date_test(random, start)),
        _ => {
            format!("performed \"Visit\" in past {span}{}", random.pick(&["", " at least 2 times", " exactly 1 time"]))
        }
    }
}

fn not(random: &mut Random) -> &'static str {
    if random.percent(20) { "not " } else { "" }
}

/// A predicate about the log.
fn history(random: &mut Random, scope: Scope<'_>) -> String {
    let start = scope.start;
    let what = happened(random, start);
    let window = window(random, start, 50);
    let count = match random.below(6) {
        0 => " at least 2 times",
        1 => " at most 1 time",
        2 => " exactly 1 time",
        3 => " exactly 0 times",
        _ => "",
    };
    format!("{what}{window}{count}")
}

/// What is looked for in the log.
fn happened(random: &mut Random, start: Timestamp) -> String {
    let negated = random.percent(20);
    let no = |yes: &'static str, no: &'static str| if negated { no } else { yes };
    match random.below(8) {
        0 => {
            let (names, statuses) = subjects(random, SFDC_CAMPAIGNS);
            let was = no("was", "was not");
            format!("{was} added to SFDC campaign {names}{}", with_status(random, statuses, 30))
        }
        1 => format!("{} removed from SFDC campaign {}", no("was", "was not"), subjects(random, SFDC_CAMPAIGNS).0),
        2 => {
            let (names, statuses) = subjects(random, SFDC_CAMPAIGNS);
            format!("had {}status changed in SFDC campaign {names}{}", no("", "no "), from_to(random, statuses, false))
        }
        3 => {
            let (names, statuses) = subjects(random, PROGRAMS);
            format!("had {}status changed in program {names}{}", no("", "no "), from_to(random, statuses, true))
        }
        4 => format!("{} added to list {}", no("was", "was not"), lists(random)),
        5 => format!("{} removed from list {}", no("was", "was not"), lists(random)),
        6 => {
            let field = writable(random);
            format!("had {} {}changed{}", field.rule, no("", "not "), from_to_values(random, start, field))
        }
        _ => format!("{} {}", no("performed", "did not perform"), activity(random, start)),
    }
}

/// An activity and tests of its attributes.
fn activity(random: &mut Random, start: Timestamp) -> String {
    match random.below(4) {
        0 => "\"Fill Out Form\"".to_owned(),
        1 => "\"Visit\"".to_owned(),
        2 => format!("\"Visit\" where {}", attribute_test(random, start)),
        _ => {
            let (a, b) = (attribute_test(random, start), attribute_test(random, start));
            let word = random.pick(&["and", "or", "and not"]);
            format!("\"Visit\" where ({a} {word} {b})")
        }
    }
}

fn attribute_test(random: &mut Random, start: Timestamp) -> String {
    let at = random.below(ATTRIBUTES.len());
    let (name, type_) = ATTRIBUTES.get(at).map_or(("Page", FieldType::Text), |(name, _, type_)| (*name, *type_));
    format!("{name} {}", operator(random, start, type_, false))
}

fn field(random: &mut Random) -> FieldWord {
    let at = random.below(FIELDS.len());
    FIELDS.get(at).copied().unwrap_or(FieldWord {
        rule: "Country",
        fact: "Country",
        type_: FieldType::Text,
        read_only: false,
    })
}

/// A field that rules may write.
pub(super) fn writable(random: &mut Random) -> FieldWord {
    loop {
        let field = field(random);
        if !field.read_only {
            return field;
        }
    }
}

/// Whether a field has a closed list of values.
pub(super) fn is_colour(field: &str) -> bool {
    field == "Colour"
}

/// An operator of a type with its values.
fn operator(random: &mut Random, start: Timestamp, type_: FieldType, closed: bool) -> String {
    let not = if random.percent(25) { " not" } else { "" };
    if type_ != FieldType::Boolean && random.percent(12) {
        return format!("is{not} empty");
    }
    match type_ {
        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
            let values = texts(random, closed);
            if closed || random.percent(45) {
                return format!("is{not} {values}");
            }
            let plain = random.pick(&["contains", "starts with", "ends with"]);
            let negated = random.pick(&["does not contain", "does not start with", "does not end with"]);
            format!("{} {values}", if not.is_empty() { plain } else { negated })
        }
        FieldType::Integer | FieldType::Number => {
            let decimal = type_ == FieldType::Number;
            match random.below(4) {
                0 => format!("is{not} {}", numbers(random, decimal)),
                1 => {
                    let symbol = random.pick(&["=", "!=", ">", "<", ">=", "<="]);
                    format!("{symbol} {}", number(random, decimal))
                }
                2 => format!("is{not} between {}", random.pick(&["0 and 5", "5 and 5", "1 and 10", "-1 and 0"])),
                _ => {
                    let words = random.pick(&["is greater than", "is less than", "is at least", "is at most"]);
                    format!("{words} {}", number(random, decimal))
                }
            }
        }
        FieldType::Boolean => random.pick(&["is true", "is false"]).to_owned(),
        FieldType::Date | FieldType::DateTime => format!("is{not} {}", date_test(random, start)),
    }
}

/// What may follow `is` for a date or datetime.
fn date_test(random: &mut Random, start: Timestamp) -> String {
    match random.below(10) {
        0 => date_literal(random, start),
        1 => format!("{}, {}", date_literal(random, start), date_literal(random, start)),
        2 => between(random, start),
        3 => format!("in past {}", span(random)),
        4 => format!("in past before {}", span(random)),
        5 => format!("in future {}", span(random)),
        6 => format!("in future after {}", span(random)),
        7 => format!("{}{}", random.pick(&["", "in "]), timeframe(random)),
        _ => {
            let words = random.pick(&["before", "after", "on or before", "on or after"]);
            format!("{words} {}", date_literal(random, start))
        }
    }
}

/// `between A and B`, the right way round.
fn between(random: &mut Random, start: Timestamp) -> String {
    let (a, b) = (day(random, start), day(random, start));
    format!("between {} and {}", a.min(b), a.max(b))
}

fn date_literal(random: &mut Random, start: Timestamp) -> String {
    match random.below(8) {
        0 => "today".to_owned(),
        1 => "now".to_owned(),
        2 | 3 => moment_literal(random, start),
        _ => day(random, start).to_string(),
    }
}

fn texts(random: &mut Random, closed: bool) -> String {
    let from = if closed { COLOURS } else { TEXTS };
    let count = random.pick(&[1, 1, 1, 2]);
    let values: Vec<String> = (0..count).map(|_| quoted(random.pick(from))).collect();
    values.join(", ")
}

fn number(random: &mut Random, decimal: bool) -> String {
    let whole = ["0", "0", "1", "5", "5", "10", "-1", "100"];
    let fractions = ["0", "0.0", "1", "5", "5.0", "5.5", "-0.1", "100.00"];
    random.pick(if decimal { &fractions } else { &whole }).to_owned()
}

fn numbers(random: &mut Random, decimal: bool) -> String {
    if random.percent(70) {
        return number(random, decimal);
    }
    format!("{}, {}", number(random, decimal), number(random, decimal))
}

/// A VALUE-TEST.
fn value_test(random: &mut Random, start: Timestamp, field: FieldWord) -> String {
    let not = if random.percent(25) { "not " } else { "" };
    if field.type_ != FieldType::Boolean && random.percent(15) {
        return format!("{not}empty");
    }
    let or_empty = if random.percent(25) { ", empty" } else { "" };
    match field.type_ {
        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
            if is_colour(field.rule) || random.percent(70) {
                format!("{not}{}{or_empty}", texts(random, is_colour(field.rule)))
            } else {
                let words = random.pick(&["contains", "starts with", "ends with", "does not contain"]);
                format!("{words} {}", texts(random, false))
            }
        }
        FieldType::Integer | FieldType::Number => {
            let decimal = field.type_ == FieldType::Number;
            match random.below(4) {
                0 => format!("{not}{}{or_empty}", numbers(random, decimal)),
                1 => format!("between {}", random.pick(&["0 and 5", "1 and 10"])),
                2 => format!("{} {}", random.pick(&[">", "<", ">=", "<="]), number(random, decimal)),
                _ => {
                    let words = random.pick(&["greater than", "less than", "at least", "at most"]);
                    format!("{words} {}", number(random, decimal))
                }
            }
        }
        FieldType::Boolean => random.pick(&["true", "false"]).to_owned(),
        FieldType::Date | FieldType::DateTime => date_test(random, start),
    }
}

fn from_to_values(random: &mut Random, start: Timestamp, field: FieldWord) -> String {
    let mut text = String::new();
    for word in ["from", "to"] {
        if random.percent(30) {
            text = format!("{text} {word} {}", value_test(random, start, field));
        }
    }
    text
}

/// Names of things that have statuses, and the statuses that may go with them.
fn subjects(
    random: &mut Random,
    from: &'static [(&'static str, &'static [&'static str])],
) -> (String, &'static [&'static str]) {
    let at = random.below(from.len());
    let (name, statuses) = from.get(at).copied().unwrap_or_default();
    let first_word = name.split(' ').next().unwrap_or(name);
    let names = match random.below(6) {
        0 => "any".to_owned(),
        1 => format!("starting with {}", quoted(first_word)),
        2 => format!("containing {}", quoted(&name.chars().skip(1).take(4).collect::<String>())),
        3 => {
            let other = from.get(random.below(from.len())).map_or(name, |(name, _)| *name);
            if other == name { quoted(name) } else { format!("{}, {}", quoted(name), quoted(other)) }
        }
        _ => quoted(name),
    };
    (names, statuses)
}

fn lists(random: &mut Random) -> String {
    match random.below(8) {
        0 => "any".to_owned(),
        1 => "starting with \"Alpha\"".to_owned(),
        2 => "containing \"a T\"".to_owned(),
        3 => "\"Alpha\", \"Beta\"".to_owned(),
        _ => quoted(random.pick(LISTS)),
    }
}

fn statuses_of(random: &mut Random, statuses: &[&str]) -> String {
    let first = random.pick(statuses);
    let second = random.pick(statuses);
    if first == second || random.percent(60) { quoted(first) } else { format!("{}, {}", quoted(first), quoted(second)) }
}

fn with_status(random: &mut Random, statuses: &[&str], percent: usize) -> String {
    if random.percent(percent) { format!(" with status {}", statuses_of(random, statuses)) } else { String::new() }
}

fn from_to(random: &mut Random, statuses: &[&str], program: bool) -> String {
    let mut text = String::new();
    for word in ["from", "to"] {
        if random.percent(30) {
            let status = if program && random.percent(25) {
                quoted(crate::model::NOT_IN_PROGRAM)
            } else {
                statuses_of(random, statuses)
            };
            text = format!("{text} {word} {status}");
        }
    }
    text
}

fn window(random: &mut Random, start: Timestamp, percent: usize) -> String {
    if !random.percent(percent) {
        return String::new();
    }
    match random.below(8) {
        0 | 1 => format!(" in past {}", span(random)),
        2 => format!(" in past before {}", span(random)),
        3 => format!(" in {}", timeframe(random)),
        4 => format!(" {}", between(random, start)),
        _ => {
            let words = random.pick(&["before", "after", "on or before", "on or after"]);
            format!(" {words} {}", date_literal(random, start))
        }
    }
}

/// Something that many campaigns wait for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Crowded {
    /// Changes of one field.
    Field(FieldWord),
    /// Custom activities.
    Activity,
    /// Anything about SFDC campaigns or programs.
    #[default]
    Membership,
}

impl Crowded {
    pub(super) fn any(random: &mut Random) -> Self {
        match random.below(4) {
            0 | 1 => Self::Field(writable(random)),
            2 => Self::Activity,
            _ => Self::Membership,
        }
    }

    pub(super) fn trigger(self, random: &mut Random, scope: Scope<'_>) -> String {
        match self {
            Self::Field(field) => format!("{} changes{}", field.rule, from_to_values(random, scope.start, field)),
            Self::Activity => format!("performs {}", activity(random, scope.start)),
            Self::Membership => {
                let statuses = random.pick(&[SFDC_CAMPAIGNS, PROGRAMS]);
                let kind = if statuses == SFDC_CAMPAIGNS { "SFDC campaign" } else { "program" };
                let (_, statuses) = subjects(random, statuses);
                format!("status is changed in {kind} any{}", from_to(random, statuses, kind == "program"))
            }
        }
    }
}

/// A trigger.
pub(super) fn trigger(random: &mut Random, scope: Scope<'_>) -> String {
    match scope.mood {
        Mood::Busy if random.percent(65) => {
            let triggers = [
                "added to list any",
                "removed from list \"Alpha\"",
                "Score changes",
                "Points changes",
                "status is changed in program any",
                "status is changed in SFDC campaign any",
                "added to SFDC campaign any",
                "success is reached in program any",
                "person is created",
            ];
            return random.pick(&triggers).to_owned();
        }
        Mood::Timely if random.percent(60) && !scope.segments.is_empty() => {
            return format!(
                "{} segment {}",
                random.pick(&["enters", "enters", "leaves"]),
                quoted(&random.pick(scope.segments))
            );
        }
        Mood::Mixed | Mood::Busy | Mood::Timely => {}
    }
    match random.below(22) {
        0 => {
            let (names, statuses) = subjects(random, SFDC_CAMPAIGNS);
            format!("added to SFDC campaign {names}{}", with_status(random, statuses, 30))
        }
        1 => {
            let (names, statuses) = subjects(random, SFDC_CAMPAIGNS);
            format!("removed from SFDC campaign {names}{}", with_status(random, statuses, 30))
        }
        2 | 3 => {
            let (names, statuses) = subjects(random, SFDC_CAMPAIGNS);
            format!("status is changed in SFDC campaign {names}{}", from_to(random, statuses, false))
        }
        4 => {
            let (names, statuses) = subjects(random, PROGRAMS);
            format!("added to program {names}{}", with_status(random, statuses, 30))
        }
        5 => format!("removed from program {}", subjects(random, PROGRAMS).0),
        6 => {
            let (names, statuses) = subjects(random, PROGRAMS);
            format!("status is changed in program {names}{}", from_to(random, statuses, true))
        }
        7 => format!("success is reached in program {}", subjects(random, PROGRAMS).0),
        8 | 9 => format!("added to list {}", lists(random)),
        10 => format!("removed from list {}", lists(random)),
        11 | 12 if !scope.segments.is_empty() => format!("enters segment {}", quoted(&random.pick(scope.segments))),
        13 if !scope.segments.is_empty() => format!("leaves segment {}", quoted(&random.pick(scope.segments))),
        14 => "person is created".to_owned(),
        15 => random
            .pick(&["person is synced to SFDC", "person is converted in SFDC", "person is deleted from SFDC"])
            .into(),
        16..=18 => {
            let field = writable(random);
            format!("{} changes{}", field.rule, from_to_values(random, scope.start, field))
        }
        _ => format!("performs {}", activity(random, scope.start)),
    }
}
