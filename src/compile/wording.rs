//! What is meant, in the words of the language page: predicates as filters that read back as the same predicate.
//!
//! Texts stand as the author wrote them; spans, of which only the length is kept, in the largest unit that fits without
//! a rest.

use rust_decimal::Decimal;

use super::Names;
use crate::language::text::print::{field_name, quoted};
use crate::meaning::{
    AttributeFilter, Check, CountTest, DateCheck, EmptyValues, Filter, HistoryEvent, Moment, NumberCheck, Predicate,
    Rulebook, StatusSet, Subjects, TextCheck, ValueTest,
};
use crate::model::{ActivityId, FieldId, Folded, Id, NameTable};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Puts what rules mean into words.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    rulebook: &'a Rulebook,
    names: &'a Names,
}

impl<'a> Wording<'a> {
    /// For what was compiled from a rule book; `names` are those known at the moment.
    pub const fn new(rulebook: &'a Rulebook, names: &'a Names) -> Self {
        Self { rulebook, names }
    }

    /// A filter. Everybody is `everybody`, which is no text of the language, and so is `nobody`.
    pub fn filter(&self, filter: &Filter) -> String {
        match filter {
            Filter::And(operands) if operands.is_empty() => "everybody".to_owned(),
            Filter::Or(operands) if operands.is_empty() => "nobody".to_owned(),
            Filter::And(operands) => self.chain(operands, " and "),
            Filter::Or(operands) => self.chain(operands, " or "),
            Filter::Not(inner) => format!("not {}", self.operand(inner)),
            Filter::Test(predicate) => self.predicate(predicate),
        }
    }

    fn chain(&self, operands: &[Filter], word: &str) -> String {
        operands.iter().map(|operand| self.operand(operand)).collect::<Vec<_>>().join(word)
    }

    fn operand(&self, filter: &Filter) -> String {
        match filter {
            Filter::And(_) | Filter::Or(_) => format!("({})", self.filter(filter)),
            Filter::Not(_) | Filter::Test(_) => self.filter(filter),
        }
    }

    /// A predicate.
    pub fn predicate(&self, predicate: &Predicate) -> String {
        match predicate {
            Predicate::Field { field, test } => format!("{} {}", self.field(*field), self.test(test, true)),
            Predicate::MemberOfSfdcCampaign { campaigns, statuses, responded, added } => {
                let mut text = format!("member of SFDC campaign {}", subjects(campaigns, &self.names.sfdc_campaigns));
                text.push_str(&self.statuses(" with status ", statuses.as_ref()));
                text.push_str(match responded {
                    Some(true) => " who responded",
                    Some(false) => " who has not responded",
                    None => "",
                });
                text + &self.window(added.as_ref())
            }
            Predicate::MemberOfProgram { programs, statuses, success, added } => {
                let mut text = format!("member of program {}", subjects(programs, &self.names.programs));
                text.push_str(&self.statuses(" with status ", statuses.as_ref()));
                text.push_str(match success {
                    Some(true) => " with success",
                    Some(false) => " without success",
                    None => "",
                });
                text + &self.window(added.as_ref())
            }
            Predicate::MemberOfList { lists } => format!("member of list {}", subjects(lists, &self.names.lists)),
            Predicate::MemberOfSegment { segment } => {
                let name = self.rulebook.get_segment(*segment).map_or("", |segment| segment.name.as_str());
                format!("member of segment {}", quoted(name))
            }
            Predicate::MemberOfSmartCampaign { campaigns, last } => {
                let name = |id| self.rulebook.get_campaign(id).map_or("", |campaign| campaign.name.as_str());
                format!("member of smart campaign {}{}", subjects_by(campaigns, name), self.window(last.as_ref()))
            }
            Predicate::RandomSample { parts, .. } => {
                let (whole, rest) = (parts / 100, parts % 100);
                let percent = if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") };
                format!("random sample of {percent}%")
            }
            Predicate::History { event, window, count } => {
                let count = match count {
                    CountTest::AtLeast(1) => String::new(),
                    CountTest::AtLeast(n) => format!(" at least {n} times"),
                    CountTest::AtMost(n) => format!(" at most {n} times"),
                    CountTest::Exactly(n) => format!(" exactly {n} times"),
                };
                format!("{}{}{count}", self.history(event), self.window(window.as_ref()))
            }
        }
    }

    fn history(&self, event: &HistoryEvent) -> String {
        let Names { sfdc_campaigns, programs: program_names, lists: list_names, .. } = self.names;
        match event {
            HistoryEvent::AddedToSfdcCampaign { campaigns, statuses } => format!(
                "was added to SFDC campaign {}{}",
                subjects(campaigns, sfdc_campaigns),
                self.statuses(" with status ", statuses.as_ref())
            ),
            HistoryEvent::RemovedFromSfdcCampaign { campaigns } => {
                format!("was removed from SFDC campaign {}", subjects(campaigns, sfdc_campaigns))
            }
            HistoryEvent::StatusChangedInSfdcCampaign { campaigns, from, to } => format!(
                "had status changed in SFDC campaign {}{}{}",
                subjects(campaigns, sfdc_campaigns),
                self.statuses(" from ", from.as_ref()),
                self.statuses(" to ", to.as_ref())
            ),
            HistoryEvent::StatusChangedInProgram { programs, from, to } => format!(
                "had status changed in program {}{}{}",
                subjects(programs, program_names),
                self.statuses(" from ", from.as_ref()),
                self.statuses(" to ", to.as_ref())
            ),
            HistoryEvent::AddedToList { lists } => format!("was added to list {}", subjects(lists, list_names)),
            HistoryEvent::RemovedFromList { lists } => {
                format!("was removed from list {}", subjects(lists, list_names))
            }
            HistoryEvent::FieldChanged { field, from, to } => {
                let part = |word: &str, test: &Option<ValueTest>| {
                    test.as_ref().map_or_else(String::new, |test| format!(" {word} {}", self.test(test, false)))
                };
                format!("had {} changed{}{}", self.field(*field), part("from", from), part("to", to))
            }
            HistoryEvent::Performed { activity, attributes } => {
                let name = quoted(self.names.activities.name(*activity));
                match attributes {
                    Some(filter @ AttributeFilter::Not(_)) => {
                        format!("performed {name} where ({})", self.attributes(*activity, filter))
                    }
                    Some(filter) => format!("performed {name} where {}", self.attributes(*activity, filter)),
                    None => format!("performed {name}"),
                }
            }
        }
    }

    /// A filter over attributes, more than one test in parentheses.
    fn attributes(&self, activity: ActivityId, filter: &AttributeFilter) -> String {
        let chain = |operands: &[AttributeFilter], word: &str| {
            let texts: Vec<String> = operands.iter().map(|it| self.attributes(activity, it)).collect();
            format!("({})", texts.join(word))
        };
        match filter {
            AttributeFilter::And(operands) => chain(operands, " and "),
            AttributeFilter::Or(operands) => chain(operands, " or "),
            AttributeFilter::Not(inner) => format!("not {}", self.attributes(activity, inner)),
            AttributeFilter::Test(attribute, test) => {
                let declared = self.rulebook.activities.get(activity.index());
                let declared = declared.and_then(|activity| activity.attributes.get(attribute.index()));
                format!("{} {}", field_name(declared.map_or("", |it| it.name.as_str())), self.test(test, true))
            }
        }
    }

    fn field(&self, field: FieldId) -> String {
        field_name(self.rulebook.get_field(field).map_or("", |field| field.name.as_str())).into_owned()
    }

    fn statuses(&self, words: &str, statuses: Option<&StatusSet>) -> String {
        statuses.map_or_else(String::new, |StatusSet(ids)| {
            let names: Vec<String> = ids.iter().map(|id| quoted(self.names.statuses.name(*id))).collect();
            format!("{words}{}", names.join(", "))
        })
    }

    fn window(&self, window: Option<&DateCheck>) -> String {
        window.map_or_else(String::new, |window| format!(" {}", self.date(window)))
    }

    /// A test of a value: after a field it needs `is`.
    pub fn test(&self, test: &ValueTest, after_field: bool) -> String {
        let not = |text: String| {
            let is = if after_field { "is " } else { "" };
            format!("{is}{}{text}", if test.negated { "not " } else { "" })
        };
        // Of the checks that may hold for an empty value as well, only lists say so in the text; the others are those
        // that Marketo lets pass, which the workspace's settings say.
        let list = |mut values: Vec<String>| {
            if test.empty {
                values.push("empty".to_owned());
            }
            not(values.join(", "))
        };
        let verb = |values: &[Folded], positive: &str, negative: &str| {
            let values: Vec<String> = values.iter().map(|value| quoted(value.written())).collect();
            format!("{} {}", if test.negated { negative } else { positive }, values.join(", "))
        };
        match &test.check {
            Check::Nothing => list(Vec::new()),
            Check::Text(TextCheck::Is(values)) => list(values.iter().map(|value| quoted(value.written())).collect()),
            Check::Text(TextCheck::Contains(values)) => verb(values, "contains", "does not contain"),
            Check::Text(TextCheck::StartsWith(values)) => verb(values, "starts with", "does not start with"),
            Check::Text(TextCheck::EndsWith(values)) => verb(values, "ends with", "does not end with"),
            Check::Number(NumberCheck::Is(numbers)) => {
                let texts: Vec<String> = numbers.iter().map(|number| number.normalize().to_string()).collect();
                // `is 0` holds for an empty integer where the settings say so; written out it would be said twice.
                if self.marketo_says(numbers) { not(texts.join(", ")) } else { list(texts) }
            }
            Check::Number(NumberCheck::GreaterThan(number)) => not(format!("greater than {}", number.normalize())),
            Check::Number(NumberCheck::LessThan(number)) => not(format!("less than {}", number.normalize())),
            Check::Number(NumberCheck::AtLeast(number)) => not(format!("at least {}", number.normalize())),
            Check::Number(NumberCheck::AtMost(number)) => not(format!("at most {}", number.normalize())),
            Check::Number(NumberCheck::Between(from, to)) => {
                not(format!("between {} and {}", from.normalize(), to.normalize()))
            }
            Check::Boolean(value) => not(value.to_string()),
            Check::Date(DateCheck::Is(moments)) => list(moments.iter().map(|moment| self.moment(*moment)).collect()),
            Check::Date(check) => not(self.date(check)),
        }
    }

    /// Whether the settings, and not the text, make `is` hold for an empty number.
    fn marketo_says(&self, numbers: &[Decimal]) -> bool {
        self.rulebook.settings.empty_values == EmptyValues::Marketo && numbers.iter().any(Decimal::is_zero)
    }

    fn date(&self, check: &DateCheck) -> String {
        let one = |words: &str, moment: &Moment| format!("{words} {}", self.moment(*moment));
        match check {
            DateCheck::Is(moments) => moments.iter().map(|moment| self.moment(*moment)).collect::<Vec<_>>().join(", "),
            DateCheck::Before(moment) => one("before", moment),
            DateCheck::After(moment) => one("after", moment),
            DateCheck::OnOrBefore(moment) => one("on or before", moment),
            DateCheck::OnOrAfter(moment) => one("on or after", moment),
            DateCheck::Between(from, to) => format!("between {} and {}", self.moment(*from), self.moment(*to)),
            DateCheck::InPast(span) => format!("in past {}", span_text(*span)),
            DateCheck::InPastBefore(span) => format!("in past before {}", span_text(*span)),
            DateCheck::InFuture(span) => format!("in future {}", span_text(*span)),
            DateCheck::InFutureAfter(span) => format!("in future after {}", span_text(*span)),
            DateCheck::In(frame) => format!("in {}", frame.words()),
        }
    }

    fn moment(&self, moment: Moment) -> String {
        match moment {
            Moment::Day(day) => day.to_string(),
            Moment::At(at) => self.rulebook.settings.zone.format(at),
            Moment::Today => "today".to_owned(),
            Moment::Now => "now".to_owned(),
        }
    }
}

fn span_text(millis: i64) -> String {
    let (count, unit) = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")]
        .into_iter()
        .find(|(size, _)| millis % size == 0)
        .map_or((millis / MINUTE, "minute"), |(size, unit)| (millis / size, unit));
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn subjects<I: Id>(subjects: &Subjects<I>, names: &NameTable<I>) -> String {
    subjects_by(subjects, |id| names.name(id))
}

fn subjects_by<'n, I: Copy>(subjects: &Subjects<I>, name: impl Fn(I) -> &'n str) -> String {
    match subjects {
        Subjects::Any => "any".to_owned(),
        Subjects::Listed(ids) => ids.iter().map(|id| quoted(name(*id))).collect::<Vec<_>>().join(", "),
        Subjects::StartingWith(start) => format!("starting with {}", quoted(start)),
        Subjects::Containing(part) => format!("containing {}", quoted(part)),
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "tests")]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::compile::{self, Plan};
    use crate::diagnostics::Sources;
    use crate::language::Scalar;

    use crate::vocabulary::{EXAMPLE_WORKSPACE, counts, filters, operators, windows};

    fn asked(text: &str, plan: &Plan) -> Filter {
        let mut sources = Sources::new();
        let file = sources.add("filter", text);
        let read = compile::filter(&Scalar::plain(file, 0, text), &plan.rulebook, &plan.names);
        read.unwrap_or_else(|findings| panic!("{text}: {findings:?}"))
    }

    fn reads_back(test: &Predicate, plan: &Plan) {
        let text = Wording::new(&plan.rulebook, &plan.names).predicate(test);
        let read = asked(&text, plan);
        // A sample outside a campaign or segment has another key.
        let same = matches!(test, Predicate::RandomSample { .. }) || read == Filter::Test(test.clone());
        assert!(same, "{text}: {read:?} is not {test:?}");
    }

    fn plan_of(sources: &Sources) -> Plan {
        compile::plan(compile::check(sources).rulebook.expect("the rules are right"))
    }

    fn tests_in(filter: &Filter) -> Vec<&Predicate> {
        match filter {
            Filter::And(operands) | Filter::Or(operands) => operands.iter().flat_map(tests_in).collect(),
            Filter::Not(inner) => tests_in(inner),
            Filter::Test(test) => vec![test],
        }
    }

    #[test]
    fn examples_read_back_as_the_same_predicate() {
        let mut sources = Sources::new();
        sources.add("example.yaml", EXAMPLE_WORKSPACE);
        let plan = plan_of(&sources);
        let phrases = filters::ALL.iter().flat_map(|entry| entry.examples.iter().copied());
        let operators = operators::ALL.iter().map(|operator| operator.example);
        let topics = windows::ALL.iter().chain(counts::ALL).map(|topic| topic.example);
        for example in phrases.chain(operators).chain(topics) {
            tests_in(&asked(example, &plan)).into_iter().for_each(|test| reads_back(test, &plan));
        }
    }

    #[test]
    fn rule_books_read_back_as_the_same_predicates() {
        let conformance = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
        let folders = std::fs::read_dir(conformance.join("scenarios")).expect("the scenarios");
        let folders = folders.map(|entry| entry.expect("a folder").path()).chain([conformance.join("sample")]);
        let mut seen = 0;
        for folder in folders {
            let mut sources = Sources::new();
            for file in std::fs::read_dir(&folder).expect("a folder") {
                let file = file.expect("a file").path();
                if file.extension().is_some_and(|it| it == "yaml") {
                    sources.add(file.display().to_string(), std::fs::read_to_string(&file).expect("a text"));
                }
            }
            let plan = plan_of(&sources);
            plan.predicates.tests.iter().for_each(|test| reads_back(test, &plan));
            seen += plan.predicates.tests.len();
        }
        assert!(seen > 50, "only {seen} predicates");
    }
}
