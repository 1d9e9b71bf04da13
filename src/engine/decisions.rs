//! Predicates as straight code: one question after another, and after each answer where to go on.
//!
//! A predicate is a tree; asking it means going down and up again, and guessing at each turn. Of a large rule book its nodes
//! are not in the caches either, and an activity asks now this one, now that. Here the questions of one filter lie side by
//! side in 32 bytes each, in the order in which they are asked; each says where to go on when it is so and when it is not,
//! so that "and", "or" and "not" are only ways through them. The commonest tests are asked here; what is not common is
//! asked as ever, and so is what has another type than was thought.

use std::num::NonZeroU32;

use super::evaluate::{Memo, View};
use super::listeners::days;
use super::probes::{Probe, Sought};
use crate::compile::{Op, Plan, PlanTrigger, PredicateId, PredicateNode, Predicates};
use crate::meaning::{Predicate, Rulebook, StatusSet, Subjects};
use crate::model::{CampaignId, FieldId, FieldType, Id as _, ListId, ProgramId, SfdcCampaignId, StatusId};
use crate::state::{Column, NO_DATE, TextId, bring};

/// A part with more questions than this is not asked in line, but as one question whose answer is remembered: it may be
/// part of many predicates, over and over.
const IN_LINE_MAX: usize = 32;

/// The predicates of a rule book, or of one filter, as code.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    /// By [`PredicateId`], where its code begins; for those that are asked by themselves.
    entries: Vec<Option<Entry>>,
    code: Vec<Question>,
}

/// Where the code of a predicate begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(NonZeroU32);

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    asks: Asks,
    /// The number of the test that it stands for.
    test: u32,
    /// Where to go on when it is so.
    yes: Way,
    /// Where to go on when it is not.
    no: Way,
    /// Like [`Probe::empty`].
    empty: bool,
}

/// Where to go on after a question: so many questions further, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way(u16);

impl Way {
    /// The predicate holds.
    const HOLDS: Self = Self(u16::MAX);
    /// It does not.
    const FAILS: Self = Self(u16::MAX - 1);

    /// That many questions further, if it can be said.
    fn further(questions: usize) -> Option<Self> {
        u16::try_from(questions).ok().map(Self).filter(|way| *way != Self::HOLDS && *way != Self::FAILS)
    }
}

/// What a [`Question`] asks. Of ranges both ends are in; the least and the greatest number stand for "any".
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
    /// Whether the test holds, which is this predicate.
    Test(PredicateId),
    /// Whether a predicate holds that is asked by itself.
    Predicate(PredicateId),
    /// Nothing: it is always so.
    Nothing,
}

impl Decisions {
    /// For the predicates of a plan that are asked by themselves, whose tests these are.
    pub(super) fn of_plan(plan: &Plan, tests: &[Predicate<Probe>]) -> Self {
        let filter = |campaign: CampaignId| plan.campaigns.get(campaign.index()).and_then(|campaign| campaign.filter);
        // Those of campaigns with the same trigger are judged one after another: they lie side by side.
        let mut triggers: Vec<&PlanTrigger> = plan.triggers.iter().collect();
        triggers.sort_by_key(|trigger| &trigger.text);
        let heard = triggers.into_iter().filter_map(|trigger| filter(trigger.campaign));
        let filters = plan.campaigns.iter().filter_map(|campaign| campaign.filter).chain(heard);
        let conditions = plan.code.iter().filter_map(|op| match op {
            Op::If { condition, .. } => Some(*condition),
            Op::Step(_) | Op::Jump(_) | Op::End => None,
        });
        let segments = plan.watches.segments.iter().map(|watched| watched.filter);
        Self::new(&plan.predicates, tests, &plan.rulebook, filters.chain(conditions).chain(segments))
    }

    /// For some predicates.
    pub(super) fn new(
        predicates: &Predicates,
        tests: &[Predicate<Probe>],
        rulebook: &Rulebook,
        asked: impl Iterator<Item = PredicateId>,
    ) -> Self {
        let mut sizes: Vec<usize> = Vec::with_capacity(predicates.nodes.len());
        for node in &predicates.nodes {
            let size = |id: &PredicateId| sizes.get(id.0 as usize).map_or(1, |size| in_line(*size));
            let size = match node {
                PredicateNode::All { start, len } | PredicateNode::Any { start, len } => {
                    predicates.operands_at(*start, *len).iter().map(size).sum()
                }
                PredicateNode::Not(operand) => size(operand),
                PredicateNode::Test(_) => 1,
            };
            sizes.push(size);
        }
        let mut writer = Writer { predicates, tests, rulebook, sizes, reversed: Vec::new(), apart: asked.collect() };
        let mut decisions = Self { entries: vec![None; predicates.nodes.len()], code: Vec::new() };
        while let Some(id) = writer.apart.pop() {
            let Some(entry) = decisions.entries.get_mut(id.0 as usize) else { continue };
            if entry.is_none() && writer.write(id).is_some() {
                *entry = u32::try_from(decisions.code.len() + 1).ok().and_then(NonZeroU32::new).map(Entry);
                decisions.code.extend(writer.reversed.drain(..).rev());
            }
        }
        decisions
    }

    /// Where the code of a predicate begins, if it has any of its own.
    #[inline]
    pub(super) fn entry(&self, id: PredicateId) -> Option<Entry> {
        self.entries.get(id.0 as usize).copied().flatten()
    }

    /// Asks for the code from a place on.
    pub(super) fn bring(&self, entry: Entry) {
        self.code_from(entry).iter().step_by(2).take(2).for_each(|question| bring(Some(question)));
    }

    /// The code from a place on.
    #[inline]
    fn code_from(&self, entry: Entry) -> &[Question] {
        self.code.get(entry.0.get() as usize - 1..).unwrap_or(&[])
    }
}

/// How many questions a part of a predicate takes that has so many of its own.
const fn in_line(size: usize) -> usize {
    if size > IN_LINE_MAX { 1 } else { size }
}

/// Writes the code of one predicate after another, each from its end to its beginning: there it is known where to go on.
struct Writer<'a> {
    predicates: &'a Predicates,
    tests: &'a [Predicate<Probe>],
    rulebook: &'a Rulebook,
    /// By [`PredicateId`], how many questions its code takes.
    sizes: Vec<usize>,
    /// The code so far, the last question first.
    reversed: Vec<Question>,
    /// What is to be written yet.
    apart: Vec<PredicateId>,
}

/// Where to go on, while code is written.
#[derive(Debug, Clone, Copy)]
enum Target {
    End(Way),
    /// At the question with this place in [`Writer::reversed`].
    At(usize),
}

impl Writer<'_> {
    /// Writes the code of a predicate. `None` when it has none: one that is not there, or is longer than a [`Way`] can say.
    fn write(&mut self, id: PredicateId) -> Option<()> {
        self.reversed.clear();
        match self.node(id, Target::End(Way::HOLDS), Target::End(Way::FAILS))? {
            Target::End(way) => {
                self.reversed.push(Question { asks: Asks::Nothing, test: 0, yes: way, no: way, empty: false });
            }
            // What stands before it is never asked: what comes first there is always so, or never.
            Target::At(first) => self.reversed.truncate(first + 1),
        }
        Some(())
    }

    /// Writes a part of a predicate that is asked in line or by itself.
    fn part(&mut self, id: PredicateId, yes: Target, no: Target) -> Option<Target> {
        if self.sizes.get(id.0 as usize).is_some_and(|size| *size > IN_LINE_MAX) {
            self.apart.push(id);
            return self.question(Asks::Predicate(id), 0, false, yes, no);
        }
        self.node(id, yes, no)
    }

    /// Writes a predicate in line: where it begins.
    fn node(&mut self, id: PredicateId, yes: Target, no: Target) -> Option<Target> {
        let predicates = self.predicates;
        match *predicates.nodes.get(id.0 as usize)? {
            PredicateNode::All { start, len } => {
                let operands = predicates.operands_at(start, len).iter().rev();
                operands.copied().try_fold(yes, |next, operand| self.part(operand, next, no))
            }
            PredicateNode::Any { start, len } => {
                let operands = predicates.operands_at(start, len).iter().rev();
                operands.copied().try_fold(no, |next, operand| self.part(operand, yes, next))
            }
            PredicateNode::Not(operand) => self.part(operand, no, yes),
            PredicateNode::Test(number) => {
                let test = self.tests.get(number as usize)?;
                match common(test, self.rulebook) {
                    Some(Common { asks, negated: false, empty }) => self.question(asks, number, empty, yes, no),
                    Some(Common { asks, negated: true, empty }) => self.question(asks, number, empty, no, yes),
                    None => self.question(Asks::Test(id), number, false, yes, no),
                }
            }
        }
    }

    fn question(&mut self, asks: Asks, test: u32, empty: bool, yes: Target, no: Target) -> Option<Target> {
        let at = self.reversed.len();
        let way = |target: Target| match target {
            Target::End(way) => Some(way),
            Target::At(place) => Way::further(at - place),
        };
        self.reversed.push(Question { asks, test, yes: way(yes)?, no: way(no)?, empty });
        Some(Target::At(at))
    }
}

impl View<'_> {
    /// Whether a predicate holds.
    #[inline]
    pub(super) fn holds(&self, id: PredicateId, memo: &mut Memo) -> bool {
        match self.probes.decisions.entry(id) {
            Some(entry) => self.decides(entry, memo),
            None => self.works_out(id, memo),
        }
    }

    /// Whether the predicate holds whose code begins there.
    pub(super) fn decides(&self, entry: Entry, memo: &mut Memo) -> bool {
        let mut code = self.probes.decisions.code_from(entry);
        loop {
            let Some(question) = code.first() else { return false };
            match if self.is_so(question, memo) { question.yes } else { question.no } {
                Way::HOLDS => return true,
                Way::FAILS => return false,
                Way(further) => code = code.get(usize::from(further)..).unwrap_or(&[]),
            }
        }
    }

    /// The answer to a question about the person.
    #[inline]
    fn is_so(&self, question: &Question, memo: &mut Memo) -> bool {
        let at = self.person.index();
        let column = |field: FieldId| self.state.columns.column(field);
        match question.asks {
            Asks::Text(field, texts) => match column(field) {
                Some(Column::Text(values)) => match values.get(at).copied() {
                    None | Some(TextId::EMPTY) => question.empty,
                    Some(id) => texts.contains(&self.state.texts.folded(id)),
                },
                Some(_) | None => self.is_so_slowly(question, memo),
            },
            Asks::Pattern(field, pattern) => match column(field) {
                Some(Column::Text(values)) => match values.get(at).copied() {
                    None | Some(TextId::EMPTY) => question.empty,
                    Some(id) => self.asking(memo).fits(pattern, id),
                },
                Some(_) | None => self.is_so_slowly(question, memo),
            },
            Asks::Whole(field, low, high) => match column(field) {
                Some(Column::Integer(values, there)) => match values.get(at) {
                    Some(number) if there.get(at) => in_range(*number, low, high),
                    Some(_) | None => question.empty,
                },
                Some(_) | None => self.is_so_slowly(question, memo),
            },
            Asks::Days(field, low, high) => match column(field) {
                Some(Column::Date(values)) => match values.get(at).copied() {
                    None | Some(NO_DATE) => question.empty,
                    Some(day) => in_range(i64::from(day), low, high),
                },
                Some(_) | None => self.is_so_slowly(question, memo),
            },
            Asks::Boolean(field, wanted) => match column(field) {
                Some(Column::Boolean(values)) => values.get(at) == wanted,
                Some(_) | None => self.is_so_slowly(question, memo),
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
            Asks::Test(id) => memo.remembered(id, |memo| self.passes_number(question.test, memo)),
            Asks::Predicate(id) => memo.remembered(id, |memo| self.holds(id, memo)),
            Asks::Nothing => true,
        }
    }

    /// The same by the test itself, which knows whether it is meant the other way round: the ways of the question do, too.
    #[cold]
    fn is_so_slowly(&self, question: &Question, memo: &mut Memo) -> bool {
        let test = self.probes.tests.get(question.test as usize);
        let negated = matches!(test, Some(Predicate::Field { test: Probe { negated: true, .. }, .. }));
        self.passes_number(question.test, memo) != negated
    }

    /// Whether a predicate without code of its own holds.
    fn works_out(&self, id: PredicateId, memo: &mut Memo) -> bool {
        let predicates = self.predicates;
        memo.remembered(id, |memo| match predicates.nodes.get(id.0 as usize) {
            Some(PredicateNode::All { start, len }) => {
                predicates.operands_at(*start, *len).iter().all(|operand| self.holds(*operand, memo))
            }
            Some(PredicateNode::Any { start, len }) => {
                predicates.operands_at(*start, *len).iter().any(|operand| self.holds(*operand, memo))
            }
            Some(PredicateNode::Not(operand)) => !self.holds(*operand, memo),
            Some(PredicateNode::Test(number)) => self.passes_number(*number, memo),
            None => false,
        })
    }
}

/// A test that is asked here.
struct Common {
    asks: Asks,
    /// It holds where what it asks is not so.
    negated: bool,
    empty: bool,
}

/// A test, if it is one of those that are asked here.
fn common(test: &Predicate<Probe>, rulebook: &Rulebook) -> Option<Common> {
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
            Some(Common { asks, negated: test.negated, empty: test.empty })
        }
        Predicate::MemberOfList { lists: Subjects::Listed(lists) } => member(Asks::Lists(filled(lists)?)),
        Predicate::MemberOfSfdcCampaign {
            campaigns: Subjects::Listed(campaigns),
            statuses,
            responded: None,
            added: None,
        } => member(Asks::Sfdc(only(campaigns)?, any_or_one(statuses)?)),
        Predicate::MemberOfProgram { programs: Subjects::Listed(programs), statuses, success: None, added: None } => {
            member(Asks::Program(only(programs)?, any_or_one(statuses)?))
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

const fn member(asks: Asks) -> Option<Common> {
    Some(Common { asks, negated: false, empty: false })
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

/// Whether a number lies in a range of half the bytes.
#[inline]
pub(super) fn in_range(number: i64, low: i32, high: i32) -> bool {
    let (low, high) = wide(low, high);
    low <= number && number <= high
}

/// A range of half the bytes in all of them.
pub(super) const fn wide(low: i32, high: i32) -> (i64, i64) {
    let low = if low == i32::MIN { i64::MIN } else { low as i64 };
    let high = if high == i32::MAX { i64::MAX } else { high as i64 };
    (low, high)
}

/// A range in half the bytes, if it is the same there.
pub(super) fn narrow(low: i64, high: i64) -> Option<(i32, i32)> {
    let low = if low == i64::MIN { i32::MIN } else { i32::try_from(low).ok().filter(|low| *low > i32::MIN)? };
    let high = if high == i64::MAX { i32::MAX } else { i32::try_from(high).ok().filter(|high| *high < i32::MAX)? };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::engine::present;
    use crate::engine::probes::Probes;
    use crate::model::PersonIx;
    use crate::{Engine, Rules, Timestamp, records};

    /// People, and tests of every kind about them.
    fn engine() -> Engine {
        let tests = [
            "Country is \"NL\", \"BE\"",
            "Country is not \"NL\"",
            "[Job Title] contains \"lead\"",
            "Score is between 3 and 5",
            "Score is empty",
            "Unsubscribed is false",
            "Birthday is on or after 1980-01-01",
            "not member of list \"News\"",
            "member of SFDC campaign \"Fair\" with status \"Sent\"",
            "performed \"Visit\" in past 3 days at least 2 times",
        ];
        let campaigns = tests.iter().enumerate().map(|(number, test)| {
            format!("  c{number}: {{triggers: [Score changes], filter: '{test}', flow: do nothing}}\n")
        });
        let text = format!(
            "fields: {{Birthday: date}}\nlists: [News]\nactivities: {{Visit: {{}}}}\nsmart_campaigns:\n{}",
            campaigns.collect::<String>()
        );
        let mut engine = Engine::new(Rules::from_sources(&[("a.yaml", &text)]).compile().unwrap());
        engine.start(Timestamp(1_000_000_000_000));
        let fields = [
            r#"{"Country": "NL", "Person Score": 4}"#,
            r#"{"Country": "be", "Job Title": "Team Lead", "Unsubscribed": true}"#,
            r#"{"Person Score": 7, "Birthday": "1980-01-01"}"#,
        ];
        let mut lines: Vec<String> = fields
            .iter()
            .enumerate()
            .map(|(at, fields)| format!(r#"{{"type": "person", "person": "p{at}", "fields": {fields}}}"#))
            .collect();
        lines.push(r#"{"type": "list.added", "person": "p0", "list": "News"}"#.to_owned());
        lines.push(
            r#"{"type": "sfdc_campaign.added", "person": "p1", "campaign": "Fair", "status": "Sent"}"#.to_owned(),
        );
        lines.extend(vec![r#"{"type": "activity", "person": "p2", "activity": "Visit"}"#.to_owned(); 2]);
        for line in lines {
            engine.handle(&records::parse_event(&line).unwrap()).unwrap();
        }
        engine
    }

    /// What the tree says, asked node by node.
    fn naive(id: PredicateId, view: &View<'_>) -> bool {
        let holds = |id: &PredicateId| naive(*id, view);
        match view.predicates.nodes.get(id.0 as usize).unwrap() {
            PredicateNode::All { start, len } => view.predicates.operands_at(*start, *len).iter().all(holds),
            PredicateNode::Any { start, len } => view.predicates.operands_at(*start, *len).iter().any(holds),
            PredicateNode::Not(operand) => !holds(operand),
            PredicateNode::Test(number) => view.passes_number(*number, &mut Memo::default()),
        }
    }

    fn compare(engine: &Engine, predicates: &Predicates, root: PredicateId) {
        let (plan, state) = (&engine.plan, &engine.core.state);
        let probes = Probes::of_query(predicates, root, &plan.rulebook, &state.texts);
        let now = present(&engine.core, &plan.rulebook);
        let mut memo = Memo::default();
        for person in (0..3).map(PersonIx) {
            let view = View { rulebook: &plan.rulebook, predicates, probes: &probes, state, person, present: &now };
            memo.clear(predicates.nodes.len());
            assert_eq!(view.holds(root, &mut memo), naive(root, &view), "{person:?} and {:?}", predicates.nodes);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        /// Code says what the tree says, whatever is shared in it and however large its parts are.
        #[test]
        fn code_is_the_tree(parts in proptest::collection::vec((0..4_u8, proptest::collection::vec(any::<prop::sample::Index>(), 0..6)), 1..60)) {
            let engine = engine();
            let mut predicates = Predicates { tests: engine.plan.predicates.tests.clone(), ..Predicates::default() };
            let tests = u32::try_from(predicates.tests.len()).unwrap();
            predicates.nodes.extend((0..tests).map(PredicateNode::Test));
            for (kind, operands) in parts {
                let known = predicates.nodes.len();
                let operands = operands.iter().map(|it| PredicateId(u32::try_from(it.index(known)).unwrap()));
                let start = u32::try_from(predicates.operands.len()).unwrap();
                predicates.operands.extend(operands);
                let len = u32::try_from(predicates.operands.len()).unwrap() - start;
                predicates.nodes.push(match kind {
                    0 | 1 => PredicateNode::All { start, len },
                    2 => PredicateNode::Any { start, len },
                    _ => PredicateNode::Not(PredicateId(u32::try_from(known - 1).unwrap())),
                });
            }
            let root = PredicateId(u32::try_from(predicates.nodes.len() - 1).unwrap());
            compare(&engine, &predicates, root);
        }
    }

    /// However many operands there are, the ways are short; what nobody asks by itself has no code and is asked node by node.
    #[test]
    fn the_longest_are_code_too() {
        let engine = engine();
        let mut predicates = Predicates { tests: engine.plan.predicates.tests.clone(), ..Predicates::default() };
        predicates.nodes.extend([PredicateNode::Test(0), PredicateNode::Test(3)]);
        let len = 70_000;
        predicates.operands.extend((0..len).map(|at| PredicateId(at % 2)));
        predicates.nodes.push(PredicateNode::All { start: 0, len });
        predicates.nodes.push(PredicateNode::Any { start: 0, len });
        predicates.operands.extend([PredicateId(2), PredicateId(3)]);
        predicates.nodes.push(PredicateNode::All { start: len, len: 2 });
        predicates.nodes.push(PredicateNode::Not(PredicateId(4)));
        let (plan, state) = (&engine.plan, &engine.core.state);
        let now = present(&engine.core, &plan.rulebook);
        for root in (0..6).map(PredicateId) {
            compare(&engine, &predicates, root);
            let probes = Probes::of_query(&predicates, PredicateId(5), &plan.rulebook, &state.texts);
            let view = View {
                rulebook: &plan.rulebook,
                predicates: &predicates,
                probes: &probes,
                state,
                person: PersonIx(0),
                present: &now,
            };
            let mut memo = Memo::default();
            memo.clear(predicates.nodes.len());
            // The long ones are asked by themselves, the one above them in line.
            assert_eq!(probes.decisions.entry(root).is_some(), [2, 3, 5].contains(&root.0));
            assert_eq!(view.holds(root, &mut memo), naive(root, &view));
        }
    }
}
