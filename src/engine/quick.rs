//! Predicates in few bytes, for the moment at which very many are asked and most say no.
//!
//! The tests of a plan are made to be read: each has some hundred bytes and points to more. Of a large rule book they are
//! not in the caches, and an activity asks now this one, now that. Here the commonest tests have 28 bytes, and those of one
//! filter lie side by side. What is not common is asked as ever, and so is what has another type than was thought.

use super::evaluate::{Memo, View};
use super::listeners::days;
use super::probes::{Probe, Sought};
use crate::compile::{PredicateId, PredicateNode, Predicates};
use crate::meaning::{Predicate, Rulebook, StatusSet, Subjects};
use crate::model::{FieldId, FieldType, Id as _, ListId, ProgramId, SfdcCampaignId, StatusId};
use crate::state::{Column, NO_DATE, TextId};

/// A predicate, ready to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    /// All of so many quick tests from `first` on hold, and all of the operands from `start` on.
    All { first: u32, quick: u16, start: u32, len: u32 },
    /// One of so many quick tests from `first` on holds, or one of the operands from `start` on.
    Any { first: u32, quick: u16, start: u32, len: u32 },
    /// The operand does not hold.
    Not(PredicateId),
    /// The quick test at this place holds.
    Quick(u32),
    /// The test with this number holds.
    Test(u32),
}

/// One of the commonest tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quick {
    /// The number of the test that it stands for.
    test: u32,
    asks: Asks,
    /// It holds where what it asks is not so.
    negated: bool,
    /// Like [`Probe::empty`].
    empty: bool,
    /// It stands for a `not` of the test.
    opposite: bool,
}

/// What a [`Quick`] asks. Of ranges both ends are in; the least and the greatest number stand for "any".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Whether the text of a field is one of these; what is not needed repeats the last.
    Text(FieldId, [TextId; 3]),
    /// Whether a whole number lies in a range.
    Whole(FieldId, i32, i32),
    /// Whether a day lies in a range.
    Days(FieldId, i32, i32),
    /// Whether a field is this.
    Boolean(FieldId, bool),
    /// Whether the text of a field fits a pattern.
    Pattern(FieldId, u32),
    /// Whether the person is on one of these lists.
    Lists([ListId; 3]),
    /// Whether the person is a member of an SFDC campaign, with this status if one is asked for.
    Sfdc(SfdcCampaignId, Option<StatusId>),
    /// Whether the person is a member of a program, with this status if one is asked for.
    Program(ProgramId, Option<StatusId>),
}

/// The quick form of the predicates of a rule book or of one filter.
#[derive(Debug, Default)]
pub(super) struct Quicks {
    /// By [`PredicateId`].
    nodes: Vec<Node>,
    tests: Vec<Quick>,
}

impl Quicks {
    /// For predicates, whose tests these are.
    pub(super) fn new(predicates: &Predicates, tests: &[Predicate<Probe>], rulebook: &Rulebook) -> Self {
        let mut quicks = Self::default();
        let quick = |predicate: PredicateId| quick_predicate(predicate, predicates, tests, rulebook);
        for (id, node) in (0..).map(PredicateId).zip(&predicates.nodes) {
            let node = match *node {
                PredicateNode::All { start, len } => {
                    let (first, count) =
                        quicks.add(predicates.operands_at(start, len).iter().map_while(|it| quick(*it)));
                    Node::All { first, quick: count, start: start + u32::from(count), len: len - u32::from(count) }
                }
                PredicateNode::Any { start, len } => {
                    let (first, count) =
                        quicks.add(predicates.operands_at(start, len).iter().map_while(|it| quick(*it)));
                    Node::Any { first, quick: count, start: start + u32::from(count), len: len - u32::from(count) }
                }
                PredicateNode::Not(operand) => match quick(id) {
                    Some(test) => Node::Quick(quicks.add([test].into_iter()).0),
                    None => Node::Not(operand),
                },
                PredicateNode::Test(number) => match quick(id) {
                    Some(test) => Node::Quick(quicks.add([test].into_iter()).0),
                    None => Node::Test(number),
                },
            };
            quicks.nodes.push(node);
        }
        quicks
    }

    /// Puts quick tests side by side: where the first lies, and how many there are. Of operands, which stand in the order
    /// of what they cost, the quick ones come first.
    fn add(&mut self, tests: impl Iterator<Item = Quick>) -> (u32, u16) {
        let first = self.tests.len();
        self.tests.extend(tests.take(usize::from(u16::MAX)));
        let count = self.tests.len() - first;
        (u32::try_from(first).unwrap_or(u32::MAX), u16::try_from(count).unwrap_or(u16::MAX))
    }

    /// A predicate.
    pub(super) fn node(&self, id: PredicateId) -> Option<Node> {
        self.nodes.get(id.0 as usize).copied()
    }

    /// Quick tests that lie side by side.
    pub(super) fn tests(&self, first: u32, count: u16) -> &[Quick] {
        self.tests.get(first as usize..first as usize + usize::from(count)).unwrap_or(&[])
    }
}

impl View<'_> {
    /// Whether the person passes a quick test.
    pub(super) fn passes_quick(&self, quick: &Quick, memo: &mut Memo) -> bool {
        let at = self.person.index();
        let column = |field: FieldId| self.state.columns.column(field);
        let in_range = |number: i64, low: i32, high: i32| {
            (low == i32::MIN || i64::from(low) <= number) && (high == i32::MAX || number <= i64::from(high))
        };
        let positive = match quick.asks {
            Asks::Text(field, texts) => match column(field) {
                Some(Column::Text(values)) => match values.get(at).copied() {
                    None | Some(TextId::EMPTY) => quick.empty,
                    Some(id) => texts.contains(&self.state.texts.folded(id)),
                },
                Some(_) | None => return self.passes_slowly(quick, memo),
            },
            Asks::Pattern(field, pattern) => match column(field) {
                Some(Column::Text(values)) => match values.get(at).copied() {
                    None | Some(TextId::EMPTY) => quick.empty,
                    Some(id) => self.asking(memo).fits(pattern, id),
                },
                Some(_) | None => return self.passes_slowly(quick, memo),
            },
            Asks::Whole(field, low, high) => match column(field) {
                Some(Column::Integer(values, there)) => match values.get(at) {
                    Some(number) if there.get(at) => in_range(*number, low, high),
                    Some(_) | None => quick.empty,
                },
                Some(_) | None => return self.passes_slowly(quick, memo),
            },
            Asks::Days(field, low, high) => match column(field) {
                Some(Column::Date(values)) => match values.get(at).copied() {
                    None | Some(NO_DATE) => quick.empty,
                    Some(day) => in_range(i64::from(day), low, high),
                },
                Some(_) | None => return self.passes_slowly(quick, memo),
            },
            Asks::Boolean(field, wanted) => match column(field) {
                Some(Column::Boolean(values)) => values.get(at) == wanted,
                Some(_) | None => return self.passes_slowly(quick, memo),
            },
            Asks::Lists(lists) => self.state.people.lists(self.person).iter().any(|list| lists.contains(list)),
            Asks::Sfdc(campaign, wanted) => {
                let row = self.state.people.sfdc_in(self.person, campaign);
                row.is_some_and(|row| wanted.is_none_or(|wanted| row.status == wanted))
            }
            Asks::Program(program, wanted) => {
                let row = self.state.people.program_in(self.person, program);
                row.is_some_and(|row| wanted.is_none_or(|wanted| row.status == wanted))
            }
        };
        positive != quick.negated
    }

    /// Whether the person passes what a quick test stands for.
    #[cold]
    fn passes_slowly(&self, quick: &Quick, memo: &mut Memo) -> bool {
        self.passes_number(quick.test, memo) != quick.opposite
    }
}

/// A predicate in the quick form, if it has one: a test, or the opposite of one.
fn quick_predicate(
    id: PredicateId,
    predicates: &Predicates,
    tests: &[Predicate<Probe>],
    rulebook: &Rulebook,
) -> Option<Quick> {
    match *predicates.nodes.get(id.0 as usize)? {
        PredicateNode::Test(number) => quick(number, tests.get(number as usize)?, rulebook),
        PredicateNode::Not(operand) => {
            let quick = quick_predicate(operand, predicates, tests, rulebook)?;
            Some(Quick { negated: !quick.negated, opposite: !quick.opposite, ..quick })
        }
        PredicateNode::All { .. } | PredicateNode::Any { .. } => None,
    }
}

/// A test in the quick form, if it has one.
fn quick(number: u32, test: &Predicate<Probe>, rulebook: &Rulebook) -> Option<Quick> {
    match test {
        Predicate::Field { field, test } => {
            let type_ = rulebook.get_field(*field)?.type_;
            let asks = match (&test.sought, type_) {
                (Sought::Texts(texts), FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url) => {
                    Asks::Text(*field, filled(texts)?)
                }
                (Sought::Whole(low, high, _), FieldType::Integer) => {
                    let (low, high) = narrow(*low, *high)?;
                    Asks::Whole(*field, low, high)
                }
                (Sought::Pattern(pattern), FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url) => {
                    Asks::Pattern(*field, *pattern)
                }
                (Sought::Boolean(wanted), FieldType::Boolean) => Asks::Boolean(*field, *wanted),
                (Sought::Date(check), FieldType::Date) => match days(check)?.as_slice() {
                    [(low, high)] => {
                        let (low, high) = narrow(*low, *high)?;
                        Asks::Days(*field, low, high)
                    }
                    [..] => return None,
                },
                (
                    Sought::Nothing
                    | Sought::Texts(_)
                    | Sought::Pattern(_)
                    | Sought::Whole(..)
                    | Sought::Number(_)
                    | Sought::Boolean(_)
                    | Sought::Date(_),
                    _,
                ) => return None,
            };
            Some(Quick { test: number, asks, negated: test.negated, empty: test.empty, opposite: false })
        }
        Predicate::MemberOfList { lists: Subjects::Listed(lists) } => member(number, Asks::Lists(filled(lists)?)),
        Predicate::MemberOfSfdcCampaign {
            campaigns: Subjects::Listed(campaigns),
            statuses,
            responded: None,
            added: None,
        } => member(number, Asks::Sfdc(only(campaigns)?, any_or_one(statuses)?)),
        Predicate::MemberOfProgram { programs: Subjects::Listed(programs), statuses, success: None, added: None } => {
            member(number, Asks::Program(only(programs)?, any_or_one(statuses)?))
        }
        Predicate::MemberOfList { .. }
        | Predicate::MemberOfSfdcCampaign { .. }
        | Predicate::MemberOfProgram { .. }
        | Predicate::MemberOfSegment { .. }
        | Predicate::MemberOfSmartCampaign { .. }
        | Predicate::RandomSample { .. }
        | Predicate::History { .. } => None,
    }
}

const fn member(test: u32, asks: Asks) -> Option<Quick> {
    Some(Quick { test, asks, negated: false, empty: false, opposite: false })
}

/// The one item that there is.
pub(super) const fn only<T: Copy>(items: &[T]) -> Option<T> {
    match items {
        [one] => Some(*one),
        [..] => None,
    }
}

/// The status that is asked for, `None` in it when none is; `None` when there are several.
pub(super) const fn any_or_one(statuses: &Option<StatusSet>) -> Option<Option<StatusId>> {
    match statuses {
        None => Some(None),
        Some(StatusSet(statuses)) => match only(statuses.as_slice()) {
            Some(one) => Some(Some(one)),
            None => None,
        },
    }
}

/// One to three items, the last of them again and again.
fn filled<T: Copy>(items: &[T]) -> Option<[T; 3]> {
    match items {
        [one] => Some([*one; 3]),
        [one, other] => Some([*one, *other, *other]),
        [one, other, third] => Some([*one, *other, *third]),
        [..] => None,
    }
}

/// A range in half the bytes, if it is the same there.
fn narrow(low: i64, high: i64) -> Option<(i32, i32)> {
    let low = if low == i64::MIN { i32::MIN } else { i32::try_from(low).ok().filter(|low| *low > i32::MIN)? };
    let high = if high == i64::MAX { i32::MAX } else { i32::try_from(high).ok().filter(|high| *high < i32::MAX)? };
    Some((low, high))
}
