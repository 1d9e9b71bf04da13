//! Watched segments: those that some trigger of an active campaign names, what may change who is in them, and when time does.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::plan::{Kind, PlanTrigger, PredicateId, PredicateNode, Predicates};
use crate::meaning::{
    AttributeFilter, Check, DateCheck, HistoryEvent, Moment, Predicate, Rulebook, Subjects, TriggerTest, ValueTest,
};
use crate::model::{CampaignId, FieldId, Id, ListId, ProgramId, SegmentId, SfdcCampaignId};

/// A watched segment.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The segment.
    pub segment: SegmentId,
    /// Its filter.
    pub filter: PredicateId,
    /// The tests in it whose answer depends on the time; empty when none does.
    pub timed: Vec<u32>,
    /// The tests in it that are about fields, by field.
    pub by_field: Vec<(FieldId, Vec<u32>)>,
}

/// A change of state, as watched segments see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// Of a field.
    Field(FieldId),
    /// Of the membership of an SFDC campaign.
    Sfdc(SfdcCampaignId),
    /// Of the membership of a program.
    Program(ProgramId),
    /// Of who is on a list.
    List(ListId),
    /// Somebody qualified for a smart campaign.
    Qualified(CampaignId),
    /// The log has a new activity of this kind about this subject.
    Log(Kind, u32),
}

/// What a test looks at without saying which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Anything {
    Sfdc,
    Program,
    List,
    Qualified,
    Log(Kind),
}

/// All watched segments.
#[derive(Debug, Clone, Default)]
pub struct Watches {
    /// In order of declaration.
    pub segments: Vec<Watched>,
    /// Which of them a touch can change, by place.
    touched: Touched,
    /// Which of them every touch of a kind can change.
    by_anything: FxHashMap<Anything, Vec<u32>>,
}

/// Lists of places by number, one behind the other: every change of state asks for one, and most are empty.
#[derive(Debug, Clone, Default)]
struct ByNumber {
    /// Where the list of each number begins in `places`; the next one begins where it ends.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl ByNumber {
    /// Sets the list of a number, which is above those that were set before.
    fn add(&mut self, number: u32, places: &[u32]) {
        let start = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.starts.resize(number as usize + 1, start);
        self.places.extend_from_slice(places);
        self.starts.push(start.saturating_add(u32::try_from(places.len()).unwrap_or(u32::MAX)));
    }

    fn get(&self, number: u32) -> &[u32] {
        match self.starts.get(number as usize..) {
            Some([start, end, ..]) => self.places.get(*start as usize..*end as usize).unwrap_or(&[]),
            Some(_) | None => &[],
        }
    }
}

/// What each touch can change: a table for each kind of touch.
#[derive(Debug, Clone, Default)]
struct Touched(Vec<ByNumber>);

impl Touched {
    fn new(by_touch: &BTreeMap<Touch, Vec<u32>>) -> Self {
        let mut tables = Vec::new();
        for (touch, places) in by_touch {
            let (table, number) = touch.place();
            if tables.len() <= table {
                tables.resize_with(table + 1, ByNumber::default);
            }
            if let Some(lists) = tables.get_mut(table) {
                lists.add(number, places);
            }
        }
        Self(tables)
    }

    #[inline(always)]
    fn get(&self, touch: Touch) -> &[u32] {
        let (table, number) = touch.place();
        self.0.get(table).map_or(&[], |lists| lists.get(number))
    }
}

impl Touch {
    /// In which table of [`Touched`] it stands, and its number there.
    #[inline(always)]
    const fn place(self) -> (usize, u32) {
        match self {
            Self::Field(field) => (0, field.0),
            Self::Sfdc(campaign) => (1, campaign.0),
            Self::Program(program) => (2, program.0),
            Self::List(list) => (3, list.0),
            Self::Qualified(campaign) => (4, campaign.0),
            Self::Log(kind, subject) => (5 + kind as usize, subject),
        }
    }

    const fn anything(self) -> Option<Anything> {
        Some(match self {
            Self::Field(_) => return None,
            Self::Sfdc(_) => Anything::Sfdc,
            Self::Program(_) => Anything::Program,
            Self::List(_) => Anything::List,
            Self::Qualified(_) => Anything::Qualified,
            Self::Log(kind, _) => Anything::Log(kind),
        })
    }
}

impl Watches {
    /// The segments that these triggers watch; `roots` are the filters of all segments.
    pub(super) fn new(
        rulebook: &Rulebook,
        triggers: &[PlanTrigger],
        roots: &[PredicateId],
        predicates: &Predicates,
    ) -> Self {
        let mut watches = Self { segments: watched_of(rulebook, triggers, roots, predicates), ..Self::default() };
        let mut by_touch: BTreeMap<Touch, Vec<u32>> = BTreeMap::new();
        for (place, watched) in (0..).zip(&watches.segments) {
            for test in tests_in(watched.filter, predicates) {
                let Some(test) = predicates.tests.get(test as usize) else { continue };
                let list = match looks_at(test) {
                    Looks::At(touches) => {
                        for touch in touches {
                            note(by_touch.entry(touch).or_default(), place);
                        }
                        continue;
                    }
                    Looks::AtAny(anything) => watches.by_anything.entry(anything).or_default(),
                    Looks::AtNothingThatChanges => continue,
                };
                note(list, place);
            }
        }
        watches.touched = Touched::new(&by_touch);
        watches
    }

    /// The places of the segments that a touch can change, in two parts; some perhaps in both. Who calls knows the kind of the
    /// touch: it is not asked for there.
    #[inline(always)]
    pub fn touched_by(&self, touch: Touch) -> [&[u32]; 2] {
        let named = self.touched.get(touch);
        // Most rule books have no such tests.
        let any = if self.by_anything.is_empty() { None } else { touch.anything() };
        let open = any.and_then(|any| self.by_anything.get(&any));
        [named, open.map_or(&[], Vec::as_slice)]
    }
}

fn note(list: &mut Vec<u32>, place: u32) {
    if list.last() != Some(&place) {
        list.push(place);
    }
}

fn watched_of(
    rulebook: &Rulebook,
    triggers: &[PlanTrigger],
    roots: &[PredicateId],
    predicates: &Predicates,
) -> Vec<Watched> {
    let mut named: Vec<SegmentId> = triggers
        .iter()
        .filter_map(|trigger| {
            if let TriggerTest::EntersSegment { segment } | TriggerTest::LeavesSegment { segment } = &trigger.test {
                Some(*segment)
            } else {
                None
            }
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    named
        .into_iter()
        .filter_map(|segment| {
            let filter = roots.get(segment.index()).copied()?;
            let timed = tests_in(filter, predicates)
                .into_iter()
                .filter(|test| predicates.tests.get(*test as usize).is_some_and(|test| depends_on_time(test, rulebook)))
                .collect();
            let mut by_field: Vec<(FieldId, Vec<u32>)> = Vec::new();
            for test in tests_in(filter, predicates) {
                let Some(Predicate::Field { field, .. }) = predicates.tests.get(test as usize) else { continue };
                match by_field.iter_mut().find(|(known, _)| known == field) {
                    Some((_, tests)) => tests.push(test),
                    None => by_field.push((*field, vec![test])),
                }
            }
            Some(Watched { segment, filter, timed, by_field })
        })
        .collect()
}

/// The tests below a predicate, each once.
fn tests_in(root: PredicateId, predicates: &Predicates) -> Vec<u32> {
    let (mut todo, mut seen, mut tests) = (vec![root], vec![root], Vec::new());
    while let Some(id) = todo.pop() {
        let operands = match predicates.nodes.get(id.0 as usize) {
            Some(PredicateNode::All { start, len } | PredicateNode::Any { start, len }) => {
                predicates.operands_at(*start, *len).to_vec()
            }
            Some(PredicateNode::Not(operand)) => vec![*operand],
            Some(PredicateNode::Test(test)) => {
                tests.push(*test);
                Vec::new()
            }
            None => Vec::new(),
        };
        for operand in operands {
            if !seen.contains(&operand) {
                seen.push(operand);
                todo.push(operand);
            }
        }
    }
    tests.sort_unstable();
    tests.dedup();
    tests
}

fn depends_on_time(test: &Predicate, rulebook: &Rulebook) -> bool {
    match test {
        Predicate::Field { field, test } => {
            rulebook.get_field(*field).is_some_and(|field| field.type_.is_temporal()) && value_depends_on_time(test)
        }
        Predicate::MemberOfSfdcCampaign { added: window, .. }
        | Predicate::MemberOfProgram { added: window, .. }
        | Predicate::MemberOfSmartCampaign { last: window, .. } => window.as_ref().is_some_and(date_depends_on_time),
        Predicate::History { event, window, .. } => {
            window.as_ref().is_some_and(date_depends_on_time) || event_depends_on_time(event)
        }
        Predicate::MemberOfList { .. } | Predicate::MemberOfSegment { .. } | Predicate::RandomSample { .. } => false,
    }
}

/// Whether the tests of old and new values, or of attributes, do.
fn event_depends_on_time(event: &HistoryEvent) -> bool {
    match event {
        HistoryEvent::FieldChanged { from, to, .. } => [from, to].into_iter().flatten().any(value_depends_on_time),
        HistoryEvent::Performed { attributes, .. } => attributes.as_ref().is_some_and(attributes_depend_on_time),
        HistoryEvent::AddedToSfdcCampaign { .. }
        | HistoryEvent::RemovedFromSfdcCampaign { .. }
        | HistoryEvent::StatusChangedInSfdcCampaign { .. }
        | HistoryEvent::StatusChangedInProgram { .. }
        | HistoryEvent::AddedToList { .. }
        | HistoryEvent::RemovedFromList { .. } => false,
    }
}

fn attributes_depend_on_time(filter: &AttributeFilter) -> bool {
    match filter {
        AttributeFilter::And(operands) | AttributeFilter::Or(operands) => {
            operands.iter().any(attributes_depend_on_time)
        }
        AttributeFilter::Not(operand) => attributes_depend_on_time(operand),
        AttributeFilter::Test(_, test) => value_depends_on_time(test),
    }
}

fn value_depends_on_time(test: &ValueTest) -> bool {
    match &test.check {
        Check::Date(check) => date_depends_on_time(check),
        Check::Nothing | Check::Text(_) | Check::Number(_) | Check::Boolean(_) => false,
    }
}

fn date_depends_on_time(check: &DateCheck) -> bool {
    let moves = |moment: &Moment| matches!(moment, Moment::Today | Moment::Now);
    match check {
        DateCheck::Is(moments) => moments.iter().any(moves),
        DateCheck::Before(moment)
        | DateCheck::After(moment)
        | DateCheck::OnOrBefore(moment)
        | DateCheck::OnOrAfter(moment) => moves(moment),
        DateCheck::Between(from, to) => moves(from) || moves(to),
        DateCheck::InPast(_)
        | DateCheck::InPastBefore(_)
        | DateCheck::InFuture(_)
        | DateCheck::InFutureAfter(_)
        | DateCheck::In(_) => true,
    }
}

/// What changes of state can change the answer of a test.
enum Looks {
    At(Vec<Touch>),
    AtAny(Anything),
    AtNothingThatChanges,
}

fn looks_at(test: &Predicate) -> Looks {
    match test {
        Predicate::Field { field, .. } => Looks::At(vec![Touch::Field(*field)]),
        Predicate::MemberOfSfdcCampaign { campaigns, .. } => named(campaigns, Touch::Sfdc, Anything::Sfdc),
        Predicate::MemberOfProgram { programs, .. } => named(programs, Touch::Program, Anything::Program),
        Predicate::MemberOfList { lists } => named(lists, Touch::List, Anything::List),
        Predicate::MemberOfSmartCampaign { campaigns, .. } => named(campaigns, Touch::Qualified, Anything::Qualified),
        Predicate::History { event, .. } => match event {
            HistoryEvent::AddedToSfdcCampaign { campaigns, .. } => logged(campaigns, Kind::SfdcAdded),
            HistoryEvent::RemovedFromSfdcCampaign { campaigns } => logged(campaigns, Kind::SfdcRemoved),
            HistoryEvent::StatusChangedInSfdcCampaign { campaigns, .. } => logged(campaigns, Kind::SfdcStatusChanged),
            HistoryEvent::StatusChangedInProgram { programs, .. } => logged(programs, Kind::ProgramStatusChanged),
            HistoryEvent::AddedToList { lists } => logged(lists, Kind::ListAdded),
            HistoryEvent::RemovedFromList { lists } => logged(lists, Kind::ListRemoved),
            HistoryEvent::FieldChanged { field, .. } => Looks::At(vec![Touch::Log(Kind::FieldChanged, field.0)]),
            HistoryEvent::Performed { activity, .. } => Looks::At(vec![Touch::Log(Kind::Performed, activity.0)]),
        },
        Predicate::MemberOfSegment { .. } | Predicate::RandomSample { .. } => Looks::AtNothingThatChanges,
    }
}

fn named<I: Id>(subjects: &Subjects<I>, touch: impl Fn(I) -> Touch, anything: Anything) -> Looks {
    match subjects {
        Subjects::Listed(ids) => Looks::At(ids.iter().copied().map(touch).collect()),
        Subjects::Any | Subjects::StartingWith(_) | Subjects::Containing(_) => Looks::AtAny(anything),
    }
}

fn logged<I: Id>(subjects: &Subjects<I>, kind: Kind) -> Looks {
    let touch = |id: I| Touch::Log(kind, u32::try_from(id.index()).unwrap_or(u32::MAX));
    named(subjects, touch, Anything::Log(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_found_by_number() {
        let mut lists = ByNumber::default();
        assert_eq!(lists.get(0), [0_u32; 0]);
        lists.add(2, &[7, 9]);
        lists.add(3, &[1]);
        lists.add(6, &[4, 5]);
        let found: Vec<&[u32]> = (0..8).map(|number| lists.get(number)).collect();
        let none: &[u32] = &[];
        assert_eq!(found, [none, none, &[7, 9], &[1], none, none, &[4, 5], none]);
    }
}
