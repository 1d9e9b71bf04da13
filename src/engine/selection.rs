//! Who passes a predicate, all people at once: tests of fields run down their columns, and what has no column is asked
//! only of those who are still in question.
//!
//! A set has a bit for each person. An `and` hands on whom the operands so far have left, an `or` whom none has found
//! yet; operands stand in the order of what they cost, so that logs and memberships are read for few.

use super::evaluate::{Memo, View};
use super::probes::{Probe, Probes, Sought};
use super::values::{Present, Subject, date_passes};
use crate::compile::{Plan, PredicateId, PredicateNode, Predicates};
use crate::meaning::{DateCheck, Filter, Predicate, Rulebook};
use crate::model::{Date, FieldId, Id, PersonIx};
use crate::state::{Bits, Cell, Column, People, State, TextId};

/// People in a word of a set.
const IN_WORD: usize = 64;
/// Where so few of the people in question are left for each that was there, they are asked one by one.
const SPARSE: usize = 16;

/// Of fewer people than one in so many only they are sorted, else everybody is, to be kept for the next time.
const ORDER_ALL: usize = 8;

/// Some of the people.
#[derive(Debug, Clone)]
pub(super) struct Set(Vec<u64>);

impl Set {
    /// Everybody of so many.
    fn everybody(people: usize) -> Self {
        let mut words = vec![u64::MAX; people.div_ceil(IN_WORD)];
        if let (Some(last), over @ 1..) = (words.last_mut(), people % IN_WORD) {
            *last = (1 << over) - 1;
        }
        Self(words)
    }

    fn nobody(&self) -> Self {
        Self(vec![0; self.0.len()])
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn change(mut self, other: &Self, change: impl Fn(u64, u64) -> u64) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word = change(*word, *other));
        self
    }

    fn and(self, other: &Self) -> Self {
        self.change(other, |a, b| a & b)
    }

    fn without(self, other: &Self) -> Self {
        self.change(other, |a, b| a & !b)
    }

    fn or(self, other: &Self) -> Self {
        self.change(other, |a, b| a | b)
    }

    fn contains(&self, person: PersonIx) -> bool {
        let word = self.0.get(person.index() / IN_WORD);
        word.is_some_and(|word| word >> (person.index() % IN_WORD) & 1 == 1)
    }

    /// Those who are in it, in byte order of their ids.
    pub(super) fn in_order(&self, people: &mut People) -> Vec<PersonIx> {
        if self.len() < people.len() / ORDER_ALL {
            return people.in_order(self.iter());
        }
        people.all_in_order().iter().copied().filter(|person| self.contains(*person)).collect()
    }

    /// Those who are in it.
    fn iter(&self) -> impl Iterator<Item = PersonIx> + Clone + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                // The lowest bit goes; of none there is none.
                left &= left.checked_sub(1)?;
                Some(PersonIx::new(at * IN_WORD + bit))
            })
        })
    }
}

/// A filter that is not part of the rule book, ready to be asked.
pub(super) struct Query {
    predicates: Predicates,
    root: PredicateId,
    probes: Probes,
}

impl Query {
    pub(super) fn new(filter: &Filter, plan: &Plan, state: &State) -> Self {
        let (predicates, root) = plan.predicates_of(filter);
        let probes = Probes::of_query(&predicates, root, &plan.rulebook, &state.texts);
        Self { predicates, root, probes }
    }

    fn view<'a>(
        &'a self,
        person: PersonIx,
        rulebook: &'a Rulebook,
        state: &'a State,
        present: &'a Present<'a>,
    ) -> View<'a> {
        View { rulebook, predicates: &self.predicates, probes: &self.probes, state, person, present }
    }

    /// Everybody who passes.
    pub(super) fn passing(&self, rulebook: &Rulebook, state: &State, present: &Present<'_>) -> Set {
        let mut memo = Memo::default();
        passing(self.root, self.view(PersonIx(0), rulebook, state, present), &mut memo)
    }

    /// Whether a person passes.
    pub(super) fn passes(&self, person: PersonIx, rulebook: &Rulebook, state: &State, present: &Present<'_>) -> bool {
        let mut memo = Memo::default();
        memo.clear(self.predicates.nodes.len());
        self.view(person, rulebook, state, present).holds(self.root, &mut memo)
    }
}

/// Everybody who passes a predicate; the view's own person does not matter.
pub(super) fn passing(predicate: PredicateId, view: View<'_>, memo: &mut Memo) -> Set {
    let everybody = Set::everybody(view.state.people.len());
    Asker { view, memo }.of(predicate, everybody)
}

struct Asker<'a> {
    view: View<'a>,
    memo: &'a mut Memo,
}

impl Asker<'_> {
    /// Those among some who pass.
    fn of(&mut self, predicate: PredicateId, among: Set) -> Set {
        let predicates = self.view.predicates;
        let operands = |start: u32, len: u32| predicates.operands_at(start, len);
        match predicates.nodes.get(predicate.0 as usize) {
            Some(PredicateNode::All { start, len }) => {
                let mut left = among;
                for operand in operands(*start, *len) {
                    if left.is_empty() {
                        break;
                    }
                    left = self.of(*operand, left);
                }
                left
            }
            Some(PredicateNode::Any { start, len }) => {
                let (mut found, mut left) = (among.nobody(), among);
                for operand in operands(*start, *len) {
                    if left.is_empty() {
                        break;
                    }
                    let more = self.of(*operand, left.clone());
                    left = left.without(&more);
                    found = found.or(&more);
                }
                found
            }
            Some(PredicateNode::Not(operand)) => {
                let passing = self.of(*operand, among.clone());
                among.without(&passing)
            }
            Some(PredicateNode::Test(number)) => match self.view.probes.tests.get(*number as usize) {
                Some(test) => self.test(test, among),
                None => among.nobody(),
            },
            None => among.nobody(),
        }
    }

    fn test(&mut self, test: &Predicate<Probe>, among: Set) -> Set {
        let is_dense = || among.len() >= self.view.state.people.len() / SPARSE;
        if let Predicate::Field { field, test } = test
            && is_dense()
            && let Some(passing) = self.down_the_column(*field, test)
        {
            return among.and(&passing);
        }
        let mut passing = among.nobody();
        for person in among.iter() {
            let view = View { person, ..self.view };
            if view.passes(test, self.memo)
                && let Some(word) = passing.0.get_mut(person.index() / IN_WORD)
            {
                *word |= 1 << (person.index() % IN_WORD);
            }
        }
        passing
    }

    /// Everybody whose field passes, where the column can be run down.
    fn down_the_column(&mut self, field: FieldId, probe: &Probe) -> Option<Set> {
        let people = self.view.state.people.len();
        let column = self.view.state.columns.column(field)?;
        // Past the end of its column everybody is without a value.
        let empty = probe.empty != probe.negated;
        let scan = Scan { people, beyond: empty };
        let (empty_text, negated) = (empty, probe.negated);
        Some(match (column, &probe.sought) {
            (Column::Text(values), Sought::Nothing | Sought::Texts(_) | Sought::Pattern(_)) => {
                let texts = &self.view.state.texts;
                if texts.len() > people {
                    return None;
                }
                // What is true of each text of the dictionary, asked once.
                let mut asking = self.view.asking(self.memo);
                let passing: Vec<bool> = (0..)
                    .take(texts.len())
                    .map(|id| match TextId(id) {
                        TextId::EMPTY => empty_text,
                        text => probe.passes(Cell::Text(text), &mut asking),
                    })
                    .collect();
                scan.run(values, |id: TextId| passing.get(id.0 as usize).copied().unwrap_or(false))
            }
            (Column::Integer(values, there), Sought::Whole(low, high, _)) => {
                scan.unless_empty(scan.in_range(values, *low, *high), negated, there, empty)
            }
            (Column::Integer(_, there), Sought::Nothing) => {
                scan.unless_empty(Set::everybody(people).nobody(), negated, there, empty)
            }
            (Column::Boolean(values), Sought::Boolean(wanted)) => {
                let wanted = *wanted != negated;
                let everybody = Set::everybody(people);
                let mut words: Vec<u64> = values.words().iter().take(everybody.0.len()).copied().collect();
                words.resize(everybody.0.len(), 0);
                let is_true = Set(words).and(&everybody);
                if wanted { is_true } else { everybody.without(&is_true) }
            }
            (Column::Date(values), Sought::Date(check)) => {
                let mut known = Days::new(check);
                let present = self.view.present;
                scan.run(values, |day: i32| {
                    if day == crate::state::NO_DATE {
                        return empty;
                    }
                    known.get(day, |check| date_passes(check, Subject::Day(Date(day)), present)) != negated
                })
            }
            (
                Column::Text(_)
                | Column::Integer(..)
                | Column::Number(_)
                | Column::Boolean(_)
                | Column::Date(_)
                | Column::DateTime(_),
                _,
            ) => return None,
        })
    }
}

/// A run down a column.
#[derive(Debug, Clone, Copy)]
struct Scan {
    people: usize,
    /// The answer past the end of the column.
    beyond: bool,
}

impl Scan {
    fn run<T: Copy>(self, values: &[T], mut passes: impl FnMut(T) -> bool) -> Set {
        let values = values.get(..self.people).unwrap_or(values);
        let mut words = Vec::with_capacity(self.people.div_ceil(IN_WORD));
        let (whole, rest) = values.as_chunks::<IN_WORD>();
        words.extend(whole.iter().map(|values| word(values, &mut passes)));
        if !rest.is_empty() {
            words.push(word(rest, &mut passes));
        }
        let mut set = Set(words);
        if self.beyond && values.len() < self.people {
            let everybody = Set::everybody(self.people);
            let mut inside = Set::everybody(values.len());
            inside.0.resize(everybody.0.len(), 0);
            set.0.resize(everybody.0.len(), 0);
            return set.or(&everybody.without(&inside));
        }
        set.0.resize(self.people.div_ceil(IN_WORD), 0);
        set
    }

    /// Those with a number in a range, both ends in.
    fn in_range(self, values: &[i64], low: i64, high: i64) -> Set {
        if low > high {
            return Set::everybody(self.people).nobody();
        }
        // As numbers without a sign, the distances from `low` that count are one range from 0 on.
        let width = high.wrapping_sub(low) as u64;
        Self { beyond: false, ..self }.run(values, |value: i64| value.wrapping_sub(low) as u64 <= width)
    }

    /// The answers, or with `negated` their opposites, where there is a value, and `empty` where there is none.
    fn unless_empty(self, answers: Set, negated: bool, there: &Bits, empty: bool) -> Set {
        let mut words: Vec<u64> = there.words().iter().take(answers.0.len()).copied().collect();
        words.resize(answers.0.len(), 0);
        let there = Set(words);
        let answers = if negated { there.clone().without(&answers) } else { answers.and(&there) };
        if empty { answers.or(&Set::everybody(self.people).without(&there)) } else { answers }
    }
}

/// The answers for up to [`IN_WORD`] values, a bit for each from the lowest on. Eight at a time, because so many are put
/// together without waiting for those before.
#[inline(always)]
fn word<T: Copy>(values: &[T], mut passes: impl FnMut(T) -> bool) -> u64 {
    let mut bytes = [0; size_of::<u64>()];
    for (byte, values) in bytes.iter_mut().zip(values.chunks(8)) {
        *byte = values.iter().enumerate().fold(0, |byte, (bit, value)| byte | u8::from(passes(*value)) << bit);
    }
    u64::from_le_bytes(bytes)
}

/// What a check says of days, asked once each: many people share one.
struct Days<'a> {
    check: &'a DateCheck,
    /// From [`Days::FIRST`] on: asked, and the answer.
    known: Vec<Option<bool>>,
}

impl<'a> Days<'a> {
    /// 1900-01-01 or so.
    const FIRST: i32 = -25_567;
    /// Up to 2100 or so.
    const COUNT: usize = 73_050;

    fn new(check: &'a DateCheck) -> Self {
        Self { check, known: vec![None; Self::COUNT] }
    }

    fn get(&mut self, day: i32, ask: impl FnOnce(&DateCheck) -> bool) -> bool {
        let at = day.checked_sub(Self::FIRST).and_then(|at| usize::try_from(at).ok());
        match at.and_then(|at| self.known.get_mut(at)) {
            Some(slot) => *slot.get_or_insert_with(|| ask(self.check)),
            None => ask(self.check),
        }
    }
}
