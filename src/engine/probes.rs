//! Tests of values made ready to run: texts as ids of the dictionary, whole numbers as plain ranges.
//!
//! A probe answers exactly what its test does. Texts that are looked into (`contains`, `starts with`, `ends with`) are
//! patterns with numbers of their own, so that a text that was looked into once need not be again ([`Patterns`]).

use std::hash::BuildHasherDefault;

use indexmap::IndexSet;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use rustc_hash::FxHasher;

use super::decisions::Decisions;
use super::foresight::most_asked;
use super::heads::{Head, heads_of};
use super::values::{Present, Subject, date_passes, number_passes, text_passes};
use crate::compile::{Plan, PredicateId, Predicates};
use crate::meaning::{Check, DateCheck, NumberCheck, Predicate, Rulebook, TextCheck, TriggerTest, ValueTest};
use crate::model::{FieldId, Folded};
use crate::state::{Cell, TextId, Texts};

/// A test of a value, ready to run. Like a [`ValueTest`] it holds when `positive != negated`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) negated: bool,
    /// The positive answer for an empty value.
    pub(super) empty: bool,
    pub(super) sought: Sought,
}

/// What a value that is not empty must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sought {
    /// No value passes.
    Nothing,
    /// A text that folds to one of these, sorted.
    Texts(Box<[TextId]>),
    /// A text that fits the pattern with this number.
    Pattern(u32),
    /// A number between these, both in, if it is a whole one.
    Whole(i64, i64, NumberCheck),
    /// A number.
    Number(NumberCheck),
    /// This boolean.
    Boolean(bool),
    /// A date or moment.
    Date(DateCheck),
}

/// Everything of a rule book, or of one filter, that is ready to run.
#[derive(Debug, Default)]
pub(super) struct Probes {
    /// The tests of the predicates, by number.
    pub(super) tests: Vec<Predicate<Probe>>,
    /// The triggers, by number.
    pub(super) triggers: Vec<TriggerTest<Probe>>,
    /// The patterns, by number.
    patterns: Vec<TextCheck>,
    /// What is asked of each trigger first, by number.
    pub(super) heads: Vec<Head>,
    /// The predicates as code.
    pub(super) decisions: Decisions,
    /// The fields that the tests ask most.
    pub(super) asked: Vec<FieldId>,
}

impl Probes {
    /// For a rule book: its texts are put into the dictionary, so that values that come later meet them.
    pub(super) fn of_plan(plan: &Plan, texts: &mut Texts) -> Self {
        let mut maker = Maker { id: |text: &str| Some(texts.intern(text)), patterns: IndexSet::default() };
        let tests = maker.tests(&plan.predicates);
        let triggers: Vec<TriggerTest<Probe>> =
            plan.triggers.iter().map(|it| it.test.with_values(|test| maker.probe(test))).collect();
        let asked = most_asked(
            tests.iter().filter_map(|test| if let Predicate::Field { field, .. } = test { Some(*field) } else { None }),
        );
        let decisions = Decisions::of_plan(plan, &tests);
        let heads = heads_of(plan, &triggers, &decisions);
        Self { tests, triggers, patterns: maker.patterns.into_iter().collect(), heads, decisions, asked }
    }

    /// For predicates that are asked at once. A text that the dictionary does not know nobody has.
    pub(super) fn of_query(predicates: &Predicates, root: PredicateId, rulebook: &Rulebook, texts: &Texts) -> Self {
        let mut maker = Maker { id: |text: &str| texts.find(text), patterns: IndexSet::default() };
        let tests = maker.tests(predicates);
        let decisions = Decisions::new(predicates, &tests, rulebook, std::iter::once(root));
        Self { tests, patterns: maker.patterns.into_iter().collect(), decisions, ..Self::default() }
    }

    /// Whether a text fits a pattern, by looking into it.
    pub(super) fn fits(&self, pattern: u32, text: TextId, texts: &Texts) -> bool {
        let check = self.patterns.get(pattern as usize);
        check.is_some_and(|check| text_passes(check, texts.folded_text(text)))
    }
}

/// Makes probes; `id` gives the place of a folded text in the dictionary, if it has one.
struct Maker<F> {
    id: F,
    patterns: IndexSet<TextCheck, BuildHasherDefault<FxHasher>>,
}

impl<F: FnMut(&str) -> Option<TextId>> Maker<F> {
    fn tests(&mut self, predicates: &Predicates) -> Vec<Predicate<Probe>> {
        predicates.tests.iter().map(|test| test.with_values(|value| self.probe(value))).collect()
    }

    fn probe(&mut self, test: &ValueTest) -> Probe {
        let sought = match &test.check {
            Check::Nothing => Sought::Nothing,
            Check::Text(TextCheck::Is(values)) => {
                let mut texts: Vec<TextId> = values.iter().map(Folded::as_str).filter_map(&mut self.id).collect();
                texts.sort_unstable();
                Sought::Texts(texts.into())
            }
            Check::Text(check @ (TextCheck::Contains(_) | TextCheck::StartsWith(_) | TextCheck::EndsWith(_))) => {
                let (number, _) = self.patterns.insert_full(check.clone());
                Sought::Pattern(u32::try_from(number).unwrap_or(u32::MAX))
            }
            Check::Number(check) => match range(check) {
                Some((low, high)) => Sought::Whole(low, high, check.clone()),
                None => Sought::Number(check.clone()),
            },
            Check::Boolean(wanted) => Sought::Boolean(*wanted),
            Check::Date(check) => Sought::Date(check.clone()),
        };
        Probe { negated: test.negated, empty: test.empty, sought }
    }
}

impl Probe {
    /// Whether a value passes.
    pub(super) fn passes(&self, cell: Cell, asking: &mut Asking<'_>) -> bool {
        let positive = match (cell, &self.sought) {
            (Cell::Empty, _) => self.empty,
            (Cell::Text(id), Sought::Texts(texts)) => texts.contains(&asking.texts.folded(id)),
            (Cell::Text(id), Sought::Pattern(number)) => asking.fits(*number, id),
            (Cell::Integer(n), Sought::Whole(low, high, _)) => (*low..=*high).contains(&n),
            (Cell::Integer(n), Sought::Number(check)) => number_passes(check, Decimal::from(n)),
            (Cell::Number(n), Sought::Number(check) | Sought::Whole(_, _, check)) => number_passes(check, n),
            (Cell::Boolean(b), Sought::Boolean(wanted)) => b == *wanted,
            (Cell::Date(day), Sought::Date(check)) => date_passes(check, Subject::Day(day), asking.present),
            (Cell::DateTime(at), Sought::Date(check)) => date_passes(check, Subject::At(at), asking.present),
            // The checker lets no other pair through; a value that no check is for passes none.
            (
                Cell::Text(_)
                | Cell::Integer(_)
                | Cell::Number(_)
                | Cell::Boolean(_)
                | Cell::Date(_)
                | Cell::DateTime(_),
                Sought::Nothing
                | Sought::Texts(_)
                | Sought::Pattern(_)
                | Sought::Whole(..)
                | Sought::Number(_)
                | Sought::Boolean(_)
                | Sought::Date(_),
            ) => false,
        };
        positive != self.negated
    }
}

/// What probes need beside the value.
pub(super) struct Asking<'a> {
    pub(super) probes: &'a Probes,
    pub(super) texts: &'a Texts,
    pub(super) present: &'a Present<'a>,
    pub(super) patterns: &'a mut Patterns,
}

impl Asking<'_> {
    /// Whether a text fits a pattern.
    pub(super) fn fits(&mut self, pattern: u32, text: TextId) -> bool {
        self.fitting(pattern / IN_WORD, 1 << (pattern % IN_WORD), text) != 0
    }

    /// Which of the wanted ones among the patterns of a word a text fits: a bit for each, from the lowest on.
    pub(super) fn fitting(&mut self, word: u32, wanted: u64, text: TextId) -> u64 {
        let folded = self.texts.folded(text);
        self.patterns.fitting(word, wanted, folded, |pattern| self.probes.fits(pattern, folded, self.texts))
    }
}

/// Which texts fit which patterns, as far as anybody asked. Only of texts that came early is it remembered: those are the
/// ones that many people share, and so it needs little room. What is said of one text lies together: it is mostly
/// asked about several patterns.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// By word of patterns, then by text.
    answers: Vec<Vec<Answers>>,
}

/// What is known of a text and the patterns of a word, a bit for each.
#[derive(Debug, Clone, Copy, Default)]
struct Answers {
    asked: u64,
    fits: u64,
}

/// Texts that are remembered; a MiB for each word of patterns.
const REMEMBERED: usize = 1 << 16;
/// Patterns in a word.
pub(super) const IN_WORD: u32 = u64::BITS;

impl Patterns {
    fn fitting(&mut self, word: u32, wanted: u64, folded: TextId, look: impl Fn(u32) -> bool) -> u64 {
        let known = self.answers.get(word as usize).and_then(|texts| texts.get(folded.0 as usize));
        match known {
            Some(Answers { asked, fits }) if wanted & !asked == 0 => wanted & fits,
            Some(_) | None => self.look(word, wanted, folded, look),
        }
    }

    #[cold]
    fn look(&mut self, word: u32, wanted: u64, folded: TextId, look: impl Fn(u32) -> bool) -> u64 {
        let (at, text) = (word as usize, folded.0 as usize);
        let known = self.answers.get(at).and_then(|texts| texts.get(text)).copied().unwrap_or_default();
        let asked = (0..IN_WORD).filter(|bit| wanted & !known.asked & 1 << bit != 0);
        let fits = asked.filter(|bit| look(word * IN_WORD + bit)).fold(known.fits, |fits, bit| fits | 1 << bit);
        if text < REMEMBERED {
            if self.answers.len() <= at {
                self.answers.resize_with(at + 1, Vec::new);
            }
            if let Some(texts) = self.answers.get_mut(at) {
                if texts.len() <= text {
                    texts.resize(text + 1, Answers::default());
                }
                if let Some(slot) = texts.get_mut(text) {
                    *slot = Answers { asked: known.asked | wanted, fits };
                }
            }
        }
        wanted & fits
    }
}

/// The whole numbers that pass, if they are a range; one whose ends are the wrong way round is empty.
fn range(check: &NumberCheck) -> Option<(i64, i64)> {
    let above = |number: &Decimal| number.ceil().to_i128().unwrap_or(i128::MIN);
    let below = |number: &Decimal| number.floor().to_i128().unwrap_or(i128::MAX);
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    let (low, high) = match check {
        NumberCheck::Is(numbers) => match numbers.as_slice() {
            [number] => (above(number), below(number)),
            [..] => return None,
        },
        NumberCheck::GreaterThan(number) => (below(number).saturating_add(1), most),
        NumberCheck::LessThan(number) => (least, above(number).saturating_sub(1)),
        NumberCheck::AtLeast(number) => (above(number), most),
        NumberCheck::AtMost(number) => (least, below(number)),
        NumberCheck::Between(from, to) => (above(from), below(to)),
    };
    if low > high || low > most || high < least {
        return Some((1, 0));
    }
    Some((i64::try_from(low.max(least)).ok()?, i64::try_from(high.min(most)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap_or_default()
    }

    #[test]
    fn ranges_hold_exactly_the_whole_numbers_that_pass() {
        let huge = "79228162514264337593543950335";
        let numbers = ["-3.5", "-3", "0", "2.1", "3", "9223372036854775807", "9223372036854775808", huge];
        for a in numbers.map(decimal) {
            let checks = [
                NumberCheck::Is(vec![a]),
                NumberCheck::GreaterThan(a),
                NumberCheck::LessThan(a),
                NumberCheck::AtLeast(a),
                NumberCheck::AtMost(a),
                NumberCheck::Between(decimal("-3.2"), a),
            ];
            for check in checks {
                let (low, high) = range(&check).unwrap_or((0, -1));
                for number in [i64::MIN, -4, -3, -2, 0, 1, 2, 3, 4, i64::MAX - 1, i64::MAX] {
                    let passes = number_passes(&check, Decimal::from(number));
                    assert_eq!(low <= number && number <= high, passes, "{check:?} and {number}");
                }
            }
        }
    }

    #[test]
    fn patterns_remember_what_was_asked() {
        let mut patterns = Patterns::default();
        for text in [0, 1, 31, 32, 65_535, 65_536, 70_000] {
            for word in [0, 3] {
                // One more each time: only that one is new.
                for wanted in [0b1, 0b101, 0b111, 1 << 63 | 0b111] {
                    let fits = |pattern: u32| (text + pattern).is_multiple_of(3);
                    let right = (0..64).filter(|bit| wanted >> bit & 1 == 1 && fits(word * 64 + bit));
                    let right = right.fold(0, |fits, bit| fits | 1 << bit);
                    assert_eq!(patterns.fitting(word, wanted, TextId(text), fits), right);
                    let again = patterns.fitting(word, wanted, TextId(text), |pattern| {
                        assert!(text as usize >= REMEMBERED, "was asked before");
                        fits(pattern)
                    });
                    assert_eq!(again, right);
                }
            }
        }
    }
}
