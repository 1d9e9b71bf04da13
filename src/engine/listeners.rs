//! Who listens to an activity: triggers by kind and subject, and among those by a value that they ask for.
//!
//! Most triggers, or the filters of their campaigns, ask for one of a few values: a status, the text of an attribute or
//! field, a list. Such a trigger lies under those values, and an activity finds it only when the person or the activity has
//! one of them. The value is *necessary*, never enough: whatever is found is asked in full.

use rustc_hash::{FxHashMap, FxHashSet};

use super::evaluate::View;
use super::probes::{Probe, Ready};
use crate::compile::{Plan, PredicateId, PredicateNode};
use crate::meaning::{AttributeFilter, Check, Predicate, StatusSet, Subjects, TextCheck, TriggerTest, ValueTest};
use crate::model::{AttributeId, FieldId, Folded, Id, StatusId};
use crate::state::{Cell, Happening, TextId, Texts};

/// Fewer triggers than this need no looking up.
const INDEXED_FROM: usize = 2;

/// The triggers that listen to activities of one kind about one subject.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    /// All of them, in campaign order, then in order of declaration.
    all: Vec<u32>,
    /// Those that ask for no value that could be looked up.
    rest: Vec<u32>,
    /// The others, by where the value is found and by the value.
    by_value: Vec<(Source, FxHashMap<u32, Vec<u32>>)>,
}

/// Where a value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Source {
    /// The new status, or the last one of a membership that ended.
    Status,
    /// The new text of a field, folded.
    NewText,
    /// The text of an attribute, folded.
    Attribute(AttributeId),
    /// The text of a field of the person, folded.
    Field(FieldId),
    /// The person's lists.
    List,
    /// The person's SFDC campaigns.
    SfdcCampaign,
    /// The person's programs.
    Program,
}

/// Values of which an activity must have one for a trigger to fire and its campaign's filter to hold.
type Asked = (Source, Vec<u32>);

impl Listeners {
    /// Arranges triggers, given in campaign order.
    pub(super) fn new(all: Vec<u32>, plan: &Plan, ready: Ready<'_>, texts: &mut Texts) -> Self {
        if all.len() < INDEXED_FROM {
            return Self { rest: all.clone(), all, by_value: Vec::new() };
        }
        let asked: Vec<Vec<Asked>> = all.iter().map(|trigger| asked_by(*trigger, plan, ready, texts)).collect();
        // A source with many different values tells triggers apart better than one with few.
        let mut values: FxHashMap<Source, FxHashSet<u32>> = FxHashMap::default();
        for (source, asked) in asked.iter().flatten() {
            values.entry(*source).or_default().extend(asked);
        }
        let different = |source: Source| values.get(&source).map_or(0, FxHashSet::len);
        let mut listeners = Self { all, rest: Vec::new(), by_value: Vec::new() };
        for (trigger, asked) in listeners.all.iter().zip(&asked) {
            // Of the share of activities that a choice lets through, the smallest; the first of several.
            let best = asked
                .iter()
                .filter(|(source, _)| different(*source) > 1)
                .min_by(|(a, many), (b, others)| (many.len() * different(*b)).cmp(&(others.len() * different(*a))));
            let Some((source, asked)) = best else {
                listeners.rest.push(*trigger);
                continue;
            };
            let at = match listeners.by_value.iter().position(|(known, _)| known == source) {
                Some(at) => at,
                None => {
                    listeners.by_value.push((*source, FxHashMap::default()));
                    listeners.by_value.len() - 1
                }
            };
            if let Some((_, map)) = listeners.by_value.get_mut(at) {
                asked.iter().for_each(|value| map.entry(*value).or_default().push(*trigger));
            }
        }
        listeners
    }

    /// All triggers.
    pub(super) fn all(&self) -> &[u32] {
        &self.all
    }

    /// Appends every trigger that the activity may fire and whose campaign's filter may hold; in order, each once.
    pub(super) fn find(&self, happening: &Happening, view: &View<'_>, found: &mut Vec<u32>) {
        found.extend_from_slice(&self.rest);
        if self.by_value.is_empty() {
            return;
        }
        let before = found.len();
        for (source, map) in &self.by_value {
            let mut look = |value: u32| found.extend(map.get(&value).into_iter().flatten());
            let people = &view.state.people;
            match source {
                Source::Status => status_of(happening).into_iter().for_each(|status| look(status.0)),
                Source::NewText => {
                    if let Happening::FieldChanged(_, change) = happening {
                        folded(view.state.details.change(*change).1, &view.state.texts).into_iter().for_each(look);
                    }
                }
                Source::Attribute(attribute) => {
                    if let Happening::Performed(_, carried) = happening {
                        let cell = view.state.details.attribute(*carried, *attribute);
                        folded(cell, &view.state.texts).into_iter().for_each(look);
                    }
                }
                Source::Field(field) => {
                    let cell = view.state.columns.get(*field, view.person);
                    folded(cell, &view.state.texts).into_iter().for_each(look);
                }
                Source::List => people.lists(view.person).iter().for_each(|list| look(list.0)),
                Source::SfdcCampaign => people.sfdc(view.person).iter().for_each(|row| look(row.campaign.0)),
                Source::Program => people.programs(view.person).iter().for_each(|row| look(row.program.0)),
            }
        }
        if found.len() > before {
            found.sort_unstable();
            found.dedup();
        }
    }
}

/// The folded text of a value, as a number.
fn folded(cell: Cell, texts: &Texts) -> Option<u32> {
    if let Cell::Text(id) = cell { Some(texts.folded(id).0) } else { None }
}

fn status_of(happening: &Happening) -> Option<StatusId> {
    match happening {
        Happening::SfdcAdded(_, status)
        | Happening::SfdcRemoved(_, status)
        | Happening::SfdcStatusChanged(_, _, status)
        | Happening::ProgramStatusChanged { to: status, .. } => Some(*status),
        Happening::ListAdded(_)
        | Happening::ListRemoved(_)
        | Happening::FieldChanged(..)
        | Happening::Performed(..)
        | Happening::Created
        | Happening::Synced
        | Happening::Converted
        | Happening::Deleted
        | Happening::SegmentEntered(_)
        | Happening::SegmentLeft(_)
        | Happening::Requested(_) => None,
    }
}

/// What a trigger and the filter of its campaign ask for.
fn asked_by(trigger: u32, plan: &Plan, ready: Ready<'_>, texts: &mut Texts) -> Vec<Asked> {
    let mut asked = Vec::new();
    let Some(planned) = plan.triggers.get(trigger as usize) else { return asked };
    let statuses = |set: &Option<StatusSet>| set.as_ref().map(|StatusSet(ids)| ids.iter().map(|id| id.0).collect());
    match &planned.test {
        TriggerTest::AddedToSfdcCampaign { statuses: set, .. }
        | TriggerTest::RemovedFromSfdcCampaign { statuses: set, .. }
        | TriggerTest::AddedToProgram { statuses: set, .. }
        | TriggerTest::StatusChangedInSfdcCampaign { to: set, .. }
        | TriggerTest::StatusChangedInProgram { to: set, .. } => {
            asked.extend(statuses(set).map(|values| (Source::Status, values)));
        }
        TriggerTest::RemovedFromProgram { .. } => asked.push((Source::Status, vec![StatusId::NOT_IN_PROGRAM.0])),
        TriggerTest::FieldChanges { to, .. } => {
            let values = to.as_ref().and_then(|test| texts_asked(test, texts));
            asked.extend(values.map(|values| (Source::NewText, values)));
        }
        TriggerTest::Performs { attributes: Some(filter), .. } => attributes_asked(filter, texts, &mut asked),
        TriggerTest::Performs { attributes: None, .. }
        | TriggerTest::SuccessReachedInProgram { .. }
        | TriggerTest::AddedToList { .. }
        | TriggerTest::RemovedFromList { .. }
        | TriggerTest::EntersSegment { .. }
        | TriggerTest::LeavesSegment { .. }
        | TriggerTest::PersonCreated
        | TriggerTest::PersonSynced
        | TriggerTest::PersonConverted
        | TriggerTest::PersonDeleted
        | TriggerTest::CampaignRequested => {}
    }
    if let Some(filter) = plan.campaigns.get(planned.campaign.index()).and_then(|campaign| campaign.filter) {
        filter_asks(filter, ready, &mut asked);
    }
    asked
}

/// The texts of which a value must be one, if the test asks for such.
fn texts_asked(test: &ValueTest, texts: &mut Texts) -> Option<Vec<u32>> {
    match test {
        ValueTest { negated: false, empty: false, check: Check::Text(TextCheck::Is(values)) } => {
            Some(values.iter().map(Folded::as_str).map(|text| texts.intern(text).0).collect())
        }
        ValueTest { .. } => None,
    }
}

fn attributes_asked(filter: &AttributeFilter, texts: &mut Texts, asked: &mut Vec<Asked>) {
    match filter {
        AttributeFilter::And(operands) => operands.iter().for_each(|it| attributes_asked(it, texts, asked)),
        AttributeFilter::Test(attribute, test) => {
            asked.extend(texts_asked(test, texts).map(|values| (Source::Attribute(*attribute), values)));
        }
        AttributeFilter::Or(_) | AttributeFilter::Not(_) => {}
    }
}

/// What a filter asks for: the tests that must all hold for it to hold.
fn filter_asks(id: PredicateId, ready: Ready<'_>, asked: &mut Vec<Asked>) {
    let predicates = ready.predicates;
    match predicates.nodes.get(id.0 as usize) {
        Some(PredicateNode::All { start, len }) => {
            let operands = predicates.operands.get(*start as usize..(*start + *len) as usize).unwrap_or(&[]);
            operands.iter().for_each(|operand| filter_asks(*operand, ready, asked));
        }
        Some(PredicateNode::Test(number)) => {
            let number = *number as usize;
            if let Some(Probe::Text { field, texts, empty: false, negated: false }) = ready.probes.get(number) {
                asked.push((Source::Field(*field), texts.iter().map(|TextId(id)| *id).collect()));
            }
            if let Some(test) = predicates.tests.get(number) {
                asked.extend(membership_asked(test));
            }
        }
        Some(PredicateNode::Any { .. } | PredicateNode::Not(_)) | None => {}
    }
}

fn membership_asked(test: &Predicate) -> Option<Asked> {
    fn listed<I: Id>(subjects: &Subjects<I>) -> Option<Vec<u32>> {
        match subjects {
            Subjects::Listed(ids) => ids.iter().map(|id| u32::try_from(id.index()).ok()).collect(),
            Subjects::Any | Subjects::StartingWith(_) | Subjects::Containing(_) => None,
        }
    }
    match test {
        Predicate::MemberOfList { lists } => Some((Source::List, listed(lists)?)),
        Predicate::MemberOfSfdcCampaign { campaigns, .. } => Some((Source::SfdcCampaign, listed(campaigns)?)),
        Predicate::MemberOfProgram { programs, .. } => Some((Source::Program, listed(programs)?)),
        Predicate::Field { .. }
        | Predicate::MemberOfSegment { .. }
        | Predicate::MemberOfSmartCampaign { .. }
        | Predicate::RandomSample { .. }
        | Predicate::History { .. } => None,
    }
}
