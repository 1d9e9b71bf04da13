//! Predicates and triggers in few bytes, for the moment at which very many are asked and most say no.
//!
//! The tests of a plan are made to be read: each has some hundred bytes and points to more. Of a large rule book they are
//! not in the caches, and an activity asks now this one, now that. Here the commonest tests have 28 bytes, and those of one
//! filter lie side by side, as do the few things about a trigger that are always asked. What is not common is asked as
//! ever, and so is what has another type than was thought.

use super::evaluate::{Memo, View};
use super::listeners::days;
use super::probes::{Probe, Sought};
use crate::compile::{Plan, PlanTrigger, PredicateId, PredicateNode, Predicates};
use crate::meaning::{Predicate, Rulebook, Subjects, TriggerTest};
use crate::model::{CampaignId, FieldId, FieldType, Id, ListId};
use crate::state::{Column, NO_DATE, TextId};

/// A predicate, ready to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    /// All of so many quick tests from `first` on hold, and all of the operands from `start` on.
    All { first: u32, quick: u16, start: u32, len: u32 },
    /// One of the operands from `start` on holds.
    Any { start: u32, len: u32 },
    /// The operand does not hold.
    Not(PredicateId),
    /// The quick test at this place holds.
    Quick(u32),
    /// The test with this number holds.
    Test(u32),
}

/// What is always asked of a trigger that listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) campaign: CampaignId,
    pub(super) filter: Option<PredicateId>,
    /// Whether it fires on everything that it listens to.
    pub(super) always: bool,
}

/// One of the commonest tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quick {
    /// The number of the test that it stands for.
    test: u32,
    asks: Asks,
    /// Like [`Probe::negated`].
    negated: bool,
    /// Like [`Probe::empty`].
    empty: bool,
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
    /// Whether the person is on one of these lists.
    Lists([ListId; 3]),
}

/// The quick form of a rule book or of one filter.
#[derive(Debug, Default)]
pub(super) struct Quicks {
    /// By [`PredicateId`].
    nodes: Vec<Node>,
    tests: Vec<Quick>,
    /// By number of the trigger.
    heads: Vec<Head>,
}

impl Quicks {
    /// For a rule book, whose tests and triggers these are.
    pub(super) fn of_plan(plan: &Plan, tests: &[Predicate<Probe>], triggers: &[TriggerTest<Probe>]) -> Self {
        let head = |(planned, test): (&PlanTrigger, &TriggerTest<Probe>)| Head {
            campaign: planned.campaign,
            filter: plan.campaigns.get(planned.campaign.0 as usize).and_then(|campaign| campaign.filter),
            always: always(test),
        };
        let heads = plan.triggers.iter().zip(triggers).map(head).collect();
        Self { heads, ..Self::of_predicates(&plan.predicates, tests, &plan.rulebook) }
    }

    /// For predicates, whose tests these are.
    pub(super) fn of_predicates(predicates: &Predicates, tests: &[Predicate<Probe>], rulebook: &Rulebook) -> Self {
        let mut quicks = Self::default();
        let quick = |number: u32| tests.get(number as usize).and_then(|test| quick(number, test, rulebook));
        for node in &predicates.nodes {
            let node = match *node {
                PredicateNode::All { start, len } => {
                    let operands = predicates.operands.get(start as usize..(start as usize + len as usize));
                    let first = quicks.next_test();
                    // Operands stand in the order of what they cost, so that the quick ones come first.
                    let tests = operands.into_iter().flatten().map_while(|operand| {
                        match predicates.nodes.get(operand.0 as usize) {
                            Some(PredicateNode::Test(number)) => quick(*number),
                            Some(PredicateNode::All { .. } | PredicateNode::Any { .. } | PredicateNode::Not(_))
                            | None => None,
                        }
                    });
                    quicks.tests.extend(tests.take(usize::from(u16::MAX)));
                    let count = quicks.next_test() - first;
                    Node::All { first, quick: count as u16, start: start + count, len: len - count }
                }
                PredicateNode::Any { start, len } => Node::Any { start, len },
                PredicateNode::Not(operand) => Node::Not(operand),
                PredicateNode::Test(number) => match quick(number) {
                    Some(test) => {
                        quicks.tests.push(test);
                        Node::Quick(quicks.next_test() - 1)
                    }
                    None => Node::Test(number),
                },
            };
            quicks.nodes.push(node);
        }
        quicks
    }

    /// A predicate.
    pub(super) fn node(&self, id: PredicateId) -> Option<Node> {
        self.nodes.get(id.0 as usize).copied()
    }

    /// Quick tests that lie side by side.
    pub(super) fn tests(&self, first: u32, count: u16) -> &[Quick] {
        self.tests.get(first as usize..first as usize + usize::from(count)).unwrap_or(&[])
    }

    /// What is asked of a trigger first.
    pub(super) fn head(&self, trigger: u32) -> Option<Head> {
        self.heads.get(trigger as usize).copied()
    }

    fn next_test(&self) -> u32 {
        u32::try_from(self.tests.len()).unwrap_or(u32::MAX)
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
                Some(_) | None => return self.passes_number(quick.test, memo),
            },
            Asks::Whole(field, low, high) => match column(field) {
                Some(Column::Integer(values, there)) => match values.get(at) {
                    Some(number) if there.get(at) => in_range(*number, low, high),
                    Some(_) | None => quick.empty,
                },
                Some(_) | None => return self.passes_number(quick.test, memo),
            },
            Asks::Days(field, low, high) => match column(field) {
                Some(Column::Date(values)) => match values.get(at).copied() {
                    None | Some(NO_DATE) => quick.empty,
                    Some(day) => in_range(i64::from(day), low, high),
                },
                Some(_) | None => return self.passes_number(quick.test, memo),
            },
            Asks::Boolean(field, wanted) => match column(field) {
                Some(Column::Boolean(values)) => values.get(at) == wanted,
                Some(_) | None => return self.passes_number(quick.test, memo),
            },
            Asks::Lists(lists) => self.state.people.lists(self.person).iter().any(|list| lists.contains(list)),
        };
        positive != quick.negated
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
            Some(Quick { test: number, asks, negated: test.negated, empty: test.empty })
        }
        Predicate::MemberOfList { lists: Subjects::Listed(lists) } => {
            Some(Quick { test: number, asks: Asks::Lists(filled(lists)?), negated: false, empty: false })
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

/// Whether a trigger fires on everything that it listens to: nothing is asked beyond kind and subject.
const fn always(test: &TriggerTest<Probe>) -> bool {
    match test {
        TriggerTest::AddedToSfdcCampaign { statuses, .. } | TriggerTest::RemovedFromSfdcCampaign { statuses, .. } => {
            statuses.is_none()
        }
        TriggerTest::StatusChangedInSfdcCampaign { from, to, .. }
        | TriggerTest::StatusChangedInProgram { from, to, .. } => from.is_none() && to.is_none(),
        TriggerTest::FieldChanges { from, to, .. } => from.is_none() && to.is_none(),
        TriggerTest::Performs { attributes, .. } => attributes.is_none(),
        TriggerTest::AddedToProgram { .. }
        | TriggerTest::RemovedFromProgram { .. }
        | TriggerTest::SuccessReachedInProgram { .. } => false,
        TriggerTest::AddedToList { .. }
        | TriggerTest::RemovedFromList { .. }
        | TriggerTest::EntersSegment { .. }
        | TriggerTest::LeavesSegment { .. }
        | TriggerTest::PersonCreated
        | TriggerTest::PersonSynced
        | TriggerTest::PersonConverted
        | TriggerTest::PersonDeleted
        | TriggerTest::CampaignRequested => true,
    }
}
