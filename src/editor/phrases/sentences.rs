//! The sentences of the tables, read into patterns.

use super::{About, Hole};
use crate::editor::names::Kind;
use crate::language::ast::{PredicateForm, StepForm, TriggerForm, Unit};
use crate::model::{Day, FieldType};
use crate::vocabulary::{Topic, counts, filters, operators, qualify, schedules, steps, triggers, waits, windows};

/// How a sentence of the tables is made.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Word(String),
    Hole(Hole),
    Sign(char),
    All(Vec<Pattern>),
    One(Vec<Pattern>),
    Maybe(Box<Pattern>),
    Many(Box<Pattern>),
    /// The same, and what it belongs to.
    Of(About, Box<Pattern>),
    /// A phrase begins: what the last one named counts no more.
    Phrase(Box<Pattern>),
    /// Only for fields of these types.
    Types(&'static [FieldType], Box<Pattern>),
}

pub(super) fn trigger() -> Pattern {
    let entries = triggers::ALL.iter().map(|entry| {
        let about = About::Trigger(entry.form);
        Pattern::Of(about, Box::new(Sentence::about(trigger_names(entry.form)).read(entry.syntax)))
    });
    phrase(Pattern::One(entries.collect()))
}

pub(super) fn step() -> Pattern {
    let entries = steps::ALL.iter().map(|entry| {
        let about = About::Step(entry.form);
        let pattern = if entry.form == StepForm::Wait {
            topics(waits::ALL, "")
        } else if entry.form == StepForm::ChangeField {
            Sentence::about(None).read("change FIELD by N")
        } else {
            Sentence::about(step_names(entry.form)).read(entry.syntax)
        };
        Pattern::Of(about, Box::new(pattern))
    });
    phrase(Pattern::One(entries.collect()))
}

pub(super) fn filter() -> Pattern {
    let mut entries = Vec::new();
    for entry in filters::ALL {
        let about = About::Filter(entry.form);
        let sentence = Sentence::about(predicate_names(entry.form));
        for syntax in negatable(entry.form, entry.syntax) {
            entries.push(Pattern::Of(about, Box::new(sentence.read(&syntax))));
        }
    }
    chain(phrase(Pattern::One(entries)))
}

/// Tests held together by `and`, `or`, `not` and parentheses. How deep these nest is the grammar's concern.
fn chain(test: Pattern) -> Pattern {
    let joint = |word: &str, meaning| Pattern::Of(About::Joint(meaning), Box::new(Pattern::Word(word.to_owned())));
    let before =
        Pattern::Many(Box::new(Pattern::One(vec![joint("not", "The opposite of what follows."), Pattern::Sign('(')])));
    let operand = Pattern::All(vec![before, test, Pattern::Many(Box::new(Pattern::Sign(')')))]);
    let more = Pattern::All(vec![
        Pattern::One(vec![
            joint("and", "Both must hold. `and` and `or` are not mixed without parentheses."),
            joint("or", "One must hold. `and` and `or` are not mixed without parentheses."),
        ]),
        operand.clone(),
    ]);
    Pattern::All(vec![operand, Pattern::Many(Box::new(more))])
}

pub(super) fn matching() -> Pattern {
    let number = chain(Pattern::Hole(Hole::Number));
    Pattern::One(vec![Pattern::Word("all".to_owned()), Pattern::Word("any".to_owned()), number])
}

pub(super) fn schedule() -> Pattern {
    // Each recurring one may have a first and a last day.
    Pattern::All(vec![topics(schedules::ALL, " DATE"), bounds()])
}

/// How often somebody may run.
pub(super) fn qualify() -> Pattern {
    topics(qualify::ALL, "")
}

fn bounds() -> Pattern {
    let bound = |word: &str| Pattern::All(vec![Pattern::Word(word.to_owned()), Pattern::Hole(Hole::Date)]);
    Pattern::Many(Box::new(Pattern::One(vec![bound("starting"), bound("until")])))
}

/// The topics of a table, one of which is written; what ends in `without` is read without that part.
fn topics(table: &'static [Topic], without: &str) -> Pattern {
    let entries = table.iter().map(|topic| {
        let syntax = topic.syntax.strip_suffix(&format!(" starting{without}")).unwrap_or(topic.syntax);
        Pattern::Of(About::Topic(topic), Box::new(Sentence::about(None).read(syntax)))
    });
    Pattern::One(entries.collect())
}

fn phrase(pattern: Pattern) -> Pattern {
    Pattern::Phrase(Box::new(pattern))
}

/// How a predicate is written, and how its own negation is.
fn negatable(form: PredicateForm, syntax: &str) -> Vec<String> {
    let also = |from: &str, to: &str| vec![syntax.to_owned(), syntax.replacen(from, to, 1)];
    match form {
        PredicateForm::MemberOfSegment => also("segment", "smart list"),
        PredicateForm::WasAddedToSfdcCampaign
        | PredicateForm::WasRemovedFromSfdcCampaign
        | PredicateForm::WasAddedToList
        | PredicateForm::WasRemovedFromList => also("was ", "was not "),
        PredicateForm::HadStatusChangedInSfdcCampaign | PredicateForm::HadStatusChangedInProgram => {
            also("had ", "had no ")
        }
        PredicateForm::HadFieldChanged => also("FIELD ", "FIELD not "),
        PredicateForm::Performed => also("performed ", "did not perform "),
        PredicateForm::Field
        | PredicateForm::MemberOfSfdcCampaign
        | PredicateForm::MemberOfProgram
        | PredicateForm::MemberOfList
        | PredicateForm::MemberOfSmartCampaign
        | PredicateForm::RandomSample => vec![syntax.to_owned()],
    }
}

/// What the names of a trigger name.
pub(in crate::editor) fn trigger_names(form: TriggerForm) -> Option<Kind> {
    match form {
        TriggerForm::AddedToSfdcCampaign
        | TriggerForm::RemovedFromSfdcCampaign
        | TriggerForm::StatusChangedInSfdcCampaign => Some(Kind::SfdcCampaign),
        TriggerForm::AddedToProgram
        | TriggerForm::RemovedFromProgram
        | TriggerForm::StatusChangedInProgram
        | TriggerForm::SuccessReachedInProgram => Some(Kind::Program),
        TriggerForm::AddedToList | TriggerForm::RemovedFromList => Some(Kind::List),
        TriggerForm::EntersSegment | TriggerForm::LeavesSegment => Some(Kind::Segment),
        TriggerForm::Performs => Some(Kind::Activity),
        TriggerForm::PersonCreated
        | TriggerForm::PersonSynced
        | TriggerForm::PersonConverted
        | TriggerForm::PersonDeleted
        | TriggerForm::FieldChanges
        | TriggerForm::CampaignRequested => None,
    }
}

/// What the names of a predicate name.
pub(in crate::editor) fn predicate_names(form: PredicateForm) -> Option<Kind> {
    match form {
        PredicateForm::MemberOfSfdcCampaign
        | PredicateForm::WasAddedToSfdcCampaign
        | PredicateForm::WasRemovedFromSfdcCampaign
        | PredicateForm::HadStatusChangedInSfdcCampaign => Some(Kind::SfdcCampaign),
        PredicateForm::MemberOfProgram | PredicateForm::HadStatusChangedInProgram => Some(Kind::Program),
        PredicateForm::MemberOfList | PredicateForm::WasAddedToList | PredicateForm::WasRemovedFromList => {
            Some(Kind::List)
        }
        PredicateForm::MemberOfSegment => Some(Kind::Segment),
        PredicateForm::MemberOfSmartCampaign => Some(Kind::SmartCampaign),
        PredicateForm::Performed => Some(Kind::Activity),
        PredicateForm::Field | PredicateForm::RandomSample | PredicateForm::HadFieldChanged => None,
    }
}

/// What the name of a step names; mails, alerts and tasks are declared nowhere.
pub(in crate::editor) fn step_names(form: StepForm) -> Option<Kind> {
    match form {
        StepForm::AddToSfdcCampaign | StepForm::RemoveFromSfdcCampaign | StepForm::ChangeStatusInSfdcCampaign => {
            Some(Kind::SfdcCampaign)
        }
        StepForm::ChangeStatusInProgram | StepForm::RemoveFromProgram => Some(Kind::Program),
        StepForm::AddToList | StepForm::RemoveFromList => Some(Kind::List),
        StepForm::RequestCampaign | StepForm::ExecuteCampaign | StepForm::RemoveFromFlow => Some(Kind::SmartCampaign),
        StepForm::CallWebhook => Some(Kind::Webhook),
        StepForm::SetField
        | StepForm::ClearField
        | StepForm::ChangeField
        | StepForm::SyncPerson
        | StepForm::Wait
        | StepForm::SendEmail
        | StepForm::SendAlert
        | StepForm::CreateTask
        | StepForm::CreateInterestingMoment
        | StepForm::DoNothing => None,
    }
}

/// A sentence of the tables that is being read.
#[derive(Debug, Clone, Copy)]
struct Sentence {
    names: Option<Kind>,
    /// Whether `D` is a date; elsewhere it is a span of time.
    d_is_date: bool,
}

impl Sentence {
    fn about(names: Option<Kind>) -> Self {
        Self { names, d_is_date: false }
    }

    /// `[x]` may be left out, `|` separates what stands for each other, words in capitals stand for something else. What
    /// may be left out at the end may come in any order.
    fn read(self, syntax: &str) -> Pattern {
        let spaced = syntax.replace('[', " [ ").replace(']', " ] ").replace(',', " , ").replace('%', " % ");
        let mut words = spaced.split_whitespace().peekable();
        self.choice(&mut words)
    }

    fn choice<'s>(self, words: &mut std::iter::Peekable<impl Iterator<Item = &'s str>>) -> Pattern {
        let mut choices = Vec::new();
        let mut row: Vec<Pattern> = Vec::new();
        while let Some(word) = words.next() {
            match word {
                "]" => break,
                "|" => choices.push(ordered(std::mem::take(&mut row))),
                "[" => row.push(Pattern::Maybe(Box::new(self.choice(words)))),
                word => row.push(self.word(word)),
            }
        }
        choices.push(ordered(row));
        if choices.len() == 1 { choices.remove(0) } else { Pattern::One(choices) }
    }

    fn word(self, word: &str) -> Pattern {
        let name = self.names.map_or(Hole::Free, Hole::Name);
        match word {
            "NAMES" => names(self.names),
            "STATUSES" => list(Hole::Status),
            "\"S\"" if self.names.is_some_and(|kind| kind != Kind::Segment) => Pattern::Hole(Hole::Status),
            "FIELD" => Pattern::Hole(Hole::Field),
            "OPERATOR" => operator(false),
            "VALUE-TEST" => value_test(),
            "ATTR-TESTS" => attribute_tests(),
            "VALUE" => value(),
            "WINDOW" => topics(windows::ALL, ""),
            "COUNT" => topics(counts::ALL, ""),
            "TIMEFRAME" => timeframe(),
            "V" => list(Hole::Value),
            "A" | "B" => value(),
            "D" if self.d_is_date => Pattern::One(vec![date(), words("today"), words("now"), words("yesterday")]),
            "D" => duration(),
            "DATE" => Pattern::One(vec![date(), words("today")]),
            "DATETIME" => date(),
            "T" | "TIME" => Pattern::Hole(Hole::Time),
            "N" => list_of_numbers(),
            "UNIT" => units(),
            "DAYS" => days(),
            "DAYNAME" => day(),
            "…" => Pattern::All(Vec::new()),
            "%" => Pattern::Sign('%'),
            "," => Pattern::Sign(','),
            "times" => Pattern::One(vec![words("times"), words("time")]),
            _ if word.starts_with('"') => Pattern::Hole(name),
            _ if word.contains('|') => Pattern::One(word.split('|').map(words).collect()),
            _ => words(word),
        }
    }
}

fn words(word: &str) -> Pattern {
    Pattern::Word(word.to_owned())
}

/// A row whose last parts, when each may be left out, come in any order.
fn ordered(mut row: Vec<Pattern>) -> Pattern {
    let many = row.iter().rev().take_while(|part| matches!(part, Pattern::Maybe(_))).count();
    let parts: Vec<Pattern> = row
        .split_off(row.len() - many)
        .into_iter()
        .map(|part| if let Pattern::Maybe(inside) = part { *inside } else { part })
        .collect();
    if !parts.is_empty() {
        row.push(Pattern::Many(Box::new(Pattern::One(parts))));
    }
    Pattern::All(row)
}

fn list(hole: Hole) -> Pattern {
    let more = Pattern::All(vec![Pattern::Sign(','), Pattern::Hole(hole)]);
    Pattern::All(vec![Pattern::Hole(hole), Pattern::Many(Box::new(more))])
}

fn list_of_numbers() -> Pattern {
    list(Hole::Number)
}

fn names(kind: Option<Kind>) -> Pattern {
    let free = || Pattern::Hole(Hole::Free);
    Pattern::One(vec![
        list(kind.map_or(Hole::Free, Hole::Name)),
        words("any"),
        Pattern::All(vec![words("starting"), words("with"), free()]),
        Pattern::All(vec![words("containing"), free()]),
    ])
}

/// A date, perhaps with a time behind it.
fn date() -> Pattern {
    Pattern::All(vec![Pattern::Hole(Hole::Date), Pattern::Maybe(Box::new(Pattern::Hole(Hole::Time)))])
}

fn value() -> Pattern {
    let number = Pattern::Hole(Hole::Number);
    let words = ["today", "now", "true", "false"].map(words);
    Pattern::One([Pattern::Hole(Hole::Value), number, date()].into_iter().chain(words).collect())
}

pub(super) fn duration() -> Pattern {
    Pattern::All(vec![Pattern::Hole(Hole::Number), units()])
}

fn units() -> Pattern {
    let both = |unit: Unit| [words(&format!("{}s", unit.word())), words(unit.word())];
    Pattern::One(Unit::ALL.into_iter().flat_map(both).collect())
}

fn day() -> Pattern {
    Pattern::One(Day::ALL.into_iter().map(|day| words(day.word())).collect())
}

fn days() -> Pattern {
    let range = Pattern::All(vec![day(), Pattern::Maybe(Box::new(Pattern::All(vec![words("to"), day()])))]);
    let more = Pattern::All(vec![Pattern::Sign(','), range.clone()]);
    let listed = Pattern::All(vec![range, Pattern::Many(Box::new(more))]);
    Pattern::One(vec![words("weekdays"), Pattern::All(vec![words("any"), words("day")]), listed])
}

fn timeframe() -> Pattern {
    let spans = || Pattern::One(["week", "month", "quarter", "year"].map(words).to_vec());
    Pattern::One(vec![
        words("today"),
        words("yesterday"),
        Pattern::All(vec![words("this"), spans()]),
        Pattern::All(vec![words("last"), spans()]),
    ])
}

/// The operators, each for the types that have it. In a VALUE-TEST `is` may be left out.
fn operator(without_is: bool) -> Pattern {
    let mut all = Vec::new();
    for (at, operator) in operators::ALL.iter().enumerate() {
        let is_date = operator.types.contains(&FieldType::Date);
        let sentence = Sentence { names: None, d_is_date: is_date && !operator.syntax.contains(" in ") };
        let mut forms = vec![operator.syntax];
        // `in` may be left out before a time frame.
        forms.extend((operator.syntax == "is in TIMEFRAME").then_some("is TIMEFRAME"));
        if without_is {
            let short: Vec<&str> = forms.iter().filter_map(|syntax| syntax.strip_prefix("is ")).collect();
            forms.extend(short);
        }
        for syntax in forms {
            let about = Pattern::Of(About::Operator(at), Box::new(sentence.read(syntax)));
            all.push(Pattern::Types(operator.types, Box::new(about)));
        }
    }
    // Short ones for numbers; what they are is said by their long forms.
    let numbers = operators::ALL.iter().find(|operator| operator.types.contains(&FieldType::Integer));
    let numbers = numbers.map_or(&[][..], |operator| operator.types);
    for signs in ["=", "!=", ">", "<", ">=", "<="] {
        let row = signs.chars().map(Pattern::Sign).chain([list_of_numbers()]).collect();
        all.push(Pattern::Types(numbers, Box::new(Pattern::All(row))));
    }
    Pattern::One(all)
}

fn value_test() -> Pattern {
    let empty = Pattern::One(vec![words("empty"), Pattern::All(vec![words("not"), words("empty")])]);
    Pattern::One(vec![operator(true), empty])
}

fn attribute_tests() -> Pattern {
    let test = Pattern::All(vec![Pattern::Hole(Hole::Attribute), operator(false)]);
    let not = Pattern::Many(Box::new(words("not")));
    let inside = Pattern::All(vec![Pattern::Sign('('), chain(test.clone()), Pattern::Sign(')')]);
    Pattern::One(vec![inside, Pattern::All(vec![not, test])])
}
