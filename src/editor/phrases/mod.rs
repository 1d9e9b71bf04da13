//! What may come next in a rule text, from the tables that the checker and the reference use.
//!
//! Each entry of the vocabulary says how it is written: `member of list NAMES [WINDOW]`. These sentences are read into
//! one small machine for each kind of text, and a half-written text runs through it as far as it goes. What the machine
//! then waits for is what can be completed; what it took a word for is what can be explained. The grammar stays the judge
//! of texts: where the machine knows too little it says nothing.

mod sentences;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use self::sentences::Pattern;
pub(super) use self::sentences::{predicate_names, step_names, trigger_names};
use super::names::Kind;
use super::words::{Token, TokenKind};
use crate::language::TextKind;
use crate::language::ast::{PredicateForm, StepForm, TriggerForm};
use crate::model::FieldType;
use crate::vocabulary::Topic;

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

/// What a token was taken for, what that belongs to, and the reading behind it.
pub(super) type Meaning = (Taken, Option<About>, Reading);

/// The machine for a kind of text; a duration and a match expression have no names in them worth the trouble.
pub(super) fn machine(kind: TextKind) -> &'static Machine {
    static TRIGGERS: LazyLock<Machine> = LazyLock::new(|| Machine::new(&sentences::trigger()));
    static FILTERS: LazyLock<Machine> = LazyLock::new(|| Machine::new(&sentences::filter()));
    static STEPS: LazyLock<Machine> = LazyLock::new(|| Machine::new(&sentences::step()));
    static SCHEDULES: LazyLock<Machine> = LazyLock::new(|| Machine::new(&sentences::schedule()));
    static QUALIFY: LazyLock<Machine> = LazyLock::new(|| Machine::new(&sentences::qualify()));
    static MATCHES: LazyLock<Machine> = LazyLock::new(|| Machine::new(&sentences::matching()));
    static DURATIONS: LazyLock<Machine> = LazyLock::new(|| Machine::new(&sentences::duration()));
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
            Some((State::Types(wanted), _)) if types(&reading).is_none_or(|type_| wanted.contains(&type_)) => {
                self.settle(Reading { state: next, ..reading }, seen, types, into);
            }
            Some((State::Word(_) | State::Hole(_) | State::Sign(_) | State::End, _)) => into.push(reading),
            Some((State::Types(_), _)) | None => {}
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
        let mut found: Vec<(usize, Meaning)> = Vec::new();
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
