//! What may come next in a rule text, from the tables that the checker and the reference use.
//!
//! Each entry of the vocabulary says how it is written: `member of list NAMES [WINDOW]`. These sentences are read into
//! one small machine for each kind of text, and a half-written text runs through it as far as it goes. What the machine
//! then waits for is what can be completed; what it took a word for is what can be explained. The grammar stays the judge
//! of texts: where the machine knows too little it says nothing.

use std::sync::LazyLock;

use super::names::Kind;
use super::words::{Token, TokenKind};
use crate::language::TextKind;
use crate::language::ast::{PredicateForm, StepForm, TriggerForm, Unit};
use crate::model::{Day, FieldType};
use crate::vocabulary::{Topic, counts, filters, operators, qualify, schedules, steps, triggers, waits, windows};

/// What a word belongs to, for those who want to know more about it.
#[derive(Debug, Clone, Copy)]
pub(super) enum About {
    /// A trigger.
    Trigger(TriggerForm),
    /// A predicate of a filter.
    Filter(PredicateForm),
    /// A step.
    Step(StepForm),
    /// An operator, by its place in the table.
    Operator(usize),
    /// Something that several phrases share.
    Topic(&'static Topic),
    /// What holds a filter together: its meaning in a sentence.
    Joint(&'static str),
}

/// What is not a word of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hole {
    /// The name of something, in quotes.
    Name(Kind),
    /// A status of what the phrase names.
    Status,
    /// A person field.
    Field,
    /// An attribute of the activity that the phrase names.
    Attribute,
    /// A value of the field or attribute before it.
    Value,
    /// A part of a name, or a name that is declared nowhere.
    Free,
    /// A number.
    Number,
    /// A date.
    Date,
    /// A time of day.
    Time,
}

/// How a sentence of the tables is made.
#[derive(Debug, Clone)]
enum Pattern {
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

/// A state of a machine.
#[derive(Debug, Clone)]
enum State {
    Word(String),
    Hole(Hole),
    Sign(char),
    Fork(Vec<usize>),
    Phrase,
    Types(&'static [FieldType]),
    End,
}

/// A machine that reads one kind of text.
#[derive(Debug)]
pub(super) struct Machine {
    states: Vec<(State, Option<About>)>,
    /// Where each state leads.
    next: Vec<usize>,
    start: usize,
}

/// One way of reading the tokens so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    state: usize,
    /// The tokens that name what the phrase is about: the first, and one past the last.
    pub(super) names: (usize, usize),
    /// The kind of what they name.
    pub(super) kind: Option<Kind>,
    /// The token of the field, or of the attribute, before the operator.
    pub(super) field: Option<(usize, bool)>,
}

/// What a machine waits for.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// These words, all that come without a choice between them.
    Words(String),
    /// Something else.
    Hole(Hole),
}

/// What a token was taken for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Taken {
    /// A word of the language.
    Word,
    /// Something else.
    Hole(Hole),
}

/// The machine for a kind of text; a duration and a match expression have no names in them worth the trouble.
pub(super) fn machine(kind: TextKind) -> &'static Machine {
    static TRIGGERS: LazyLock<Machine> = LazyLock::new(|| Machine::new(&trigger()));
    static FILTERS: LazyLock<Machine> = LazyLock::new(|| Machine::new(&filter()));
    static STEPS: LazyLock<Machine> = LazyLock::new(|| Machine::new(&step()));
    static SCHEDULES: LazyLock<Machine> = LazyLock::new(|| Machine::new(&schedule()));
    static QUALIFY: LazyLock<Machine> = LazyLock::new(|| Machine::new(&topics(qualify::ALL, "")));
    static MATCHES: LazyLock<Machine> = LazyLock::new(|| Machine::new(&matching()));
    static DURATIONS: LazyLock<Machine> = LazyLock::new(|| Machine::new(&duration()));
    match kind {
        TextKind::Trigger => &TRIGGERS,
        TextKind::Filter => &FILTERS,
        TextKind::Step => &STEPS,
        TextKind::Schedule => &SCHEDULES,
        TextKind::Qualify => &QUALIFY,
        TextKind::Match => &MATCHES,
        TextKind::Duration => &DURATIONS,
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The sentences
// ---------------------------------------------------------------------------------------------------------------------

fn trigger() -> Pattern {
    let entries = triggers::ALL.iter().map(|entry| {
        let about = About::Trigger(entry.form);
        Pattern::Of(about, Box::new(Sentence::about(trigger_names(entry.form)).read(entry.syntax)))
    });
    phrase(Pattern::One(entries.collect()))
}

fn step() -> Pattern {
    let entries = steps::ALL.iter().map(|entry| {
        let about = About::Step(entry.form);
        let pattern = match entry.form {
            StepForm::Wait => topics(waits::ALL, ""),
            StepForm::ChangeField => Sentence::about(None).read("change FIELD by N"),
            form => Sentence::about(step_names(form)).read(entry.syntax),
        };
        Pattern::Of(about, Box::new(pattern))
    });
    phrase(Pattern::One(entries.collect()))
}

fn filter() -> Pattern {
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

fn matching() -> Pattern {
    let number = chain(Pattern::Hole(Hole::Number));
    Pattern::One(vec![Pattern::Word("all".to_owned()), Pattern::Word("any".to_owned()), number])
}

fn schedule() -> Pattern {
    // Each recurring one may have a first and a last day.
    Pattern::All(vec![topics(schedules::ALL, " DATE"), bounds()])
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
pub(super) fn trigger_names(form: TriggerForm) -> Option<Kind> {
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
pub(super) fn predicate_names(form: PredicateForm) -> Option<Kind> {
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
pub(super) fn step_names(form: StepForm) -> Option<Kind> {
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
        .map(|part| match part {
            Pattern::Maybe(inside) => *inside,
            other => other,
        })
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

fn duration() -> Pattern {
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
        if without_is {
            forms.extend(operator.syntax.strip_prefix("is "));
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

// ---------------------------------------------------------------------------------------------------------------------
// The machine
// ---------------------------------------------------------------------------------------------------------------------

impl Machine {
    fn new(pattern: &Pattern) -> Self {
        let mut machine = Self { states: Vec::new(), next: Vec::new(), start: 0 };
        let end = machine.state(State::End, None, 0);
        machine.start = machine.build(pattern, None, end);
        machine
    }

    fn state(&mut self, state: State, about: Option<About>, next: usize) -> usize {
        self.states.push((state, about));
        self.next.push(next);
        self.states.len() - 1
    }

    /// Builds a pattern in front of the state `next`, and gives its first state.
    fn build(&mut self, pattern: &Pattern, about: Option<About>, next: usize) -> usize {
        match pattern {
            Pattern::Word(word) => self.state(State::Word(word.clone()), about, next),
            Pattern::Hole(hole) => self.state(State::Hole(*hole), about, next),
            Pattern::Sign(sign) => self.state(State::Sign(*sign), about, next),
            Pattern::All(row) => row.iter().rev().fold(next, |next, part| self.build(part, about, next)),
            Pattern::One(choices) => {
                let starts = choices.iter().map(|choice| self.build(choice, about, next)).collect();
                self.state(State::Fork(starts), about, next)
            }
            Pattern::Maybe(inside) => {
                let start = self.build(inside, about, next);
                self.state(State::Fork(vec![start, next]), about, next)
            }
            Pattern::Many(inside) => {
                let fork = self.state(State::Fork(Vec::new()), about, next);
                let start = self.build(inside, about, fork);
                if let Some((state, _)) = self.states.get_mut(fork) {
                    *state = State::Fork(vec![start, next]);
                }
                fork
            }
            Pattern::Of(about, inside) => self.build(inside, Some(*about), next),
            Pattern::Phrase(inside) => {
                let start = self.build(inside, about, next);
                self.state(State::Phrase, about, start)
            }
            Pattern::Types(types, inside) => {
                let start = self.build(inside, about, next);
                self.state(State::Types(types), about, start)
            }
        }
    }

    fn about(&self, state: usize) -> Option<About> {
        self.states.get(state).and_then(|(_, about)| *about)
    }

    /// Follows a reading to the states that take something.
    fn settle(&self, reading: Reading, seen: &mut Vec<bool>, types: &Types<'_>, into: &mut Vec<Reading>) {
        let Some(known) = seen.get_mut(reading.state) else { return };
        if std::mem::replace(known, true) {
            return;
        }
        let next = self.next.get(reading.state).copied().unwrap_or(0);
        match self.states.get(reading.state) {
            Some((State::Fork(ways), _)) => {
                for state in ways {
                    self.settle(Reading { state: *state, ..reading }, seen, types, into);
                }
            }
            Some((State::Phrase, _)) => self.settle(Reading::new(next), seen, types, into),
            Some((State::Types(wanted), _)) => {
                if types(&reading).is_none_or(|type_| wanted.contains(&type_)) {
                    self.settle(Reading { state: next, ..reading }, seen, types, into);
                }
            }
            Some((State::Word(_) | State::Hole(_) | State::Sign(_) | State::End, _)) => into.push(reading),
            None => {}
        }
    }

    fn begin(&self, types: &Types<'_>) -> Vec<Reading> {
        let mut readings = Vec::new();
        self.settle(Reading::new(self.start), &mut vec![false; self.states.len()], types, &mut readings);
        readings
    }

    /// Takes one token.
    fn take(&self, readings: &[Reading], token: &Token, at: usize, types: &Types<'_>) -> Vec<Reading> {
        let mut after = Vec::new();
        let mut seen = vec![false; self.states.len()];
        for reading in readings {
            if let Some(next) = self.taken(reading, token, at) {
                self.settle(next, &mut seen, types, &mut after);
            }
        }
        after
    }

    fn taken(&self, reading: &Reading, token: &Token, at: usize) -> Option<Reading> {
        let (state, _) = self.states.get(reading.state)?;
        let next = Reading { state: self.next.get(reading.state).copied()?, ..*reading };
        match state {
            State::Word(word) => is_word(token, word).then_some(next),
            State::Sign(sign) => (token.kind == TokenKind::Sign && token.text.starts_with(*sign)).then_some(next),
            State::Hole(hole) => {
                let fits = match hole {
                    Hole::Name(_) | Hole::Status | Hole::Free => token.kind == TokenKind::Text,
                    Hole::Field | Hole::Attribute => match token.kind {
                        TokenKind::Field => true,
                        TokenKind::Word => !is_reserved(&token.text),
                        TokenKind::Text | TokenKind::Number | TokenKind::Date | TokenKind::Time | TokenKind::Sign => {
                            false
                        }
                    },
                    Hole::Value => token.kind == TokenKind::Text || is_word(token, "empty"),
                    Hole::Number => token.kind == TokenKind::Number,
                    Hole::Date => token.kind == TokenKind::Date,
                    Hole::Time => token.kind == TokenKind::Time,
                };
                fits.then(|| match hole {
                    Hole::Name(kind) if next.names.1 > next.names.0 => {
                        Reading { names: (next.names.0, at + 1), kind: Some(*kind), ..next }
                    }
                    Hole::Name(kind) => Reading { names: (at, at + 1), kind: Some(*kind), ..next },
                    Hole::Field => Reading { field: Some((at, false)), ..next },
                    Hole::Attribute => Reading { field: Some((at, true)), ..next },
                    Hole::Status | Hole::Value | Hole::Free | Hole::Number | Hole::Date | Hole::Time => next,
                })
            }
            State::Fork(_) | State::Phrase | State::Types(_) | State::End => None,
        }
    }

    /// All ways of reading these tokens. Where a text cannot be read, reading begins anew behind the next word that holds a
    /// filter together.
    pub(super) fn read(&self, tokens: &[Token], types: &Types<'_>) -> Vec<Reading> {
        let mut readings = self.begin(types);
        for (at, token) in tokens.iter().enumerate() {
            readings = self.take(&readings, token, at, types);
            let is_joint = ["and", "or", "not"].iter().any(|word| is_word(token, word)) || token.text == "(";
            if readings.is_empty() && is_joint && self.is_chain() {
                readings = self.begin(types);
            }
        }
        readings
    }

    /// Whether texts of this kind consist of several phrases.
    fn is_chain(&self) -> bool {
        self.states.iter().any(|(_, about)| matches!(about, Some(About::Joint(_))))
    }

    /// What these readings wait for, and what each belongs to.
    pub(super) fn wanted(&self, readings: &[Reading], types: &Types<'_>) -> Vec<(Wanted, Option<About>, Reading)> {
        let mut wanted = Vec::new();
        for reading in readings {
            let about = self.about(reading.state);
            match self.states.get(reading.state) {
                Some((State::Word(word), _)) => {
                    wanted.push((Wanted::Words(self.run_on(*reading, word, types)), about, *reading));
                }
                Some((State::Hole(hole), _)) => wanted.push((Wanted::Hole(*hole), about, *reading)),
                Some((State::Sign(_) | State::End | State::Fork(_) | State::Phrase | State::Types(_), _)) | None => {}
            }
        }
        wanted
    }

    /// A word, and those that must follow it.
    fn run_on(&self, reading: Reading, word: &str, types: &Types<'_>) -> String {
        let mut text = word.to_owned();
        let mut reading = reading;
        loop {
            let next = Reading { state: self.next.get(reading.state).copied().unwrap_or(0), ..reading };
            let mut after = Vec::new();
            self.settle(next, &mut vec![false; self.states.len()], types, &mut after);
            match after.as_slice() {
                [one] => match self.states.get(one.state) {
                    Some((State::Word(word), _)) => {
                        text.push(' ');
                        text.push_str(word);
                        reading = *one;
                    }
                    Some(_) | None => return text,
                },
                [..] => return text,
            }
        }
    }

    /// What a token was taken for, by the readings that come furthest with what follows.
    pub(super) fn meaning(
        &self,
        tokens: &[Token],
        at: usize,
        types: &Types<'_>,
    ) -> Vec<(Taken, Option<About>, Reading)> {
        let (Some(before), Some(token)) = (tokens.get(..at), tokens.get(at)) else { return Vec::new() };
        let mut found: Vec<(usize, (Taken, Option<About>, Reading))> = Vec::new();
        for reading in self.read(before, types) {
            let Some(next) = self.taken(&reading, token, at) else { continue };
            let mut readings = Vec::new();
            self.settle(next, &mut vec![false; self.states.len()], types, &mut readings);
            let mut length = 0;
            for (further, token) in tokens.iter().enumerate().skip(at + 1) {
                readings = self.take(&readings, token, further, types);
                if readings.is_empty() {
                    break;
                }
                length += 1;
            }
            let taken = match self.states.get(reading.state) {
                Some((State::Hole(hole), _)) => Taken::Hole(*hole),
                Some(_) | None => Taken::Word,
            };
            found.push((length, (taken, self.about(reading.state), next)));
        }
        let most = found.iter().map(|(length, _)| *length).max();
        found.into_iter().filter(|(length, _)| Some(*length) == most).map(|(_, meaning)| meaning).collect()
    }
}

impl Reading {
    const fn new(state: usize) -> Self {
        Self { state, names: (0, 0), kind: None, field: None }
    }
}

/// The type of the field of a reading, where it is known.
pub(super) type Types<'a> = dyn Fn(&Reading) -> Option<FieldType> + 'a;

fn is_word(token: &Token, word: &str) -> bool {
    let same = token.text.eq_ignore_ascii_case(word);
    let other = word == "SFDC" && token.text.eq_ignore_ascii_case("salesforce");
    matches!(token.kind, TokenKind::Word) && (same || other)
}

/// Whether a word cannot be a field without brackets.
pub(super) fn is_reserved(word: &str) -> bool {
    const RESERVED: &[&str] = &[
        "after",
        "and",
        "any",
        "at",
        "before",
        "between",
        "by",
        "changed",
        "changes",
        "containing",
        "contains",
        "did",
        "does",
        "empty",
        "ending",
        "ends",
        "exactly",
        "false",
        "from",
        "had",
        "in",
        "is",
        "member",
        "minus",
        "no",
        "not",
        "now",
        "on",
        "or",
        "performed",
        "performs",
        "plus",
        "random",
        "starting",
        "starts",
        "to",
        "today",
        "true",
        "until",
        "was",
        "where",
        "who",
        "with",
        "without",
        "yesterday",
    ];
    RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved))
}

#[cfg(test)]
#[path = "phrases_tests.rs"]
mod tests;
