//! What a trigger and the filter of its campaign need, as far as it can be looked up.
//!
//! Negations are pushed inwards, so that `not (A or B)` needs both `not A` and `not B`. What is true of too much, or of
//! what no source tells, is [`Need::Unknown`]: such a need narrows nothing.

use super::{EMPTY, Source};
use crate::compile::{Kind, Plan, PredicateId, PredicateNode, Predicates};
use crate::engine::probes::{Probe, Probes, Sought};
use crate::meaning::{
    AttributeFilter, CountTest, DateCheck, HistoryEvent, Moment, Predicate, Rulebook, StatusSet, Subjects, TriggerTest,
};
use crate::model::{ActivityId, FieldType, Id, StatusId};

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Need {
    /// All of them.
    All(Vec<Need>),
    /// One of them at least.
    Any(Vec<Need>),
    /// The source has one of these values.
    Value(Source, Vec<u32>),
    /// The text of the source fits the pattern.
    Pattern(Source, u32),
    /// The number of the source lies in one of these ranges, both ends in.
    Number(Source, Vec<(i64, i64)>),
    /// Nothing that could be looked up.
    Unknown,
}

/// What a trigger needs to fire and its campaign's filter to hold.
pub(super) fn of_trigger(trigger: u32, plan: &Plan, probes: &Probes) -> Need {
    let reader = Reader { rulebook: &plan.rulebook, predicates: &plan.predicates, probes };
    let own = probes.triggers.get(trigger as usize).map_or(Need::Unknown, |test| reader.trigger(test));
    let campaign = plan.triggers.get(trigger as usize).and_then(|it| plan.campaigns.get(it.campaign.index()));
    let filter = campaign.and_then(|campaign| campaign.filter);
    let filter = filter.map_or(Need::Unknown, |filter| reader.filter(filter, false));
    Need::All(vec![own, filter])
}

struct Reader<'a> {
    rulebook: &'a Rulebook,
    predicates: &'a Predicates,
    probes: &'a Probes,
}

impl Reader<'_> {
    fn trigger(&self, test: &TriggerTest<Probe>) -> Need {
        let statuses = |set: &Option<StatusSet>| match set {
            Some(StatusSet(ids)) => Need::Value(Source::Status, ids.iter().map(|id| id.0).collect()),
            None => Need::Unknown,
        };
        match test {
            TriggerTest::AddedToSfdcCampaign { statuses: set, .. }
            | TriggerTest::RemovedFromSfdcCampaign { statuses: set, .. }
            | TriggerTest::AddedToProgram { statuses: set, .. }
            | TriggerTest::StatusChangedInSfdcCampaign { to: set, .. }
            | TriggerTest::StatusChangedInProgram { to: set, .. } => statuses(set),
            TriggerTest::RemovedFromProgram { .. } => Need::Value(Source::Status, vec![StatusId::NOT_IN_PROGRAM.0]),
            TriggerTest::FieldChanges { field, to: Some(probe), .. } => {
                let type_ = self.rulebook.get_field(*field).map(|field| field.type_);
                of_value(probe, Source::NewValue, type_, false)
            }
            TriggerTest::Performs { activity, attributes: Some(filter) } => self.attributes(*activity, filter, false),
            TriggerTest::FieldChanges { to: None, .. }
            | TriggerTest::Performs { attributes: None, .. }
            | TriggerTest::SuccessReachedInProgram { .. }
            | TriggerTest::AddedToList { .. }
            | TriggerTest::RemovedFromList { .. }
            | TriggerTest::EntersSegment { .. }
            | TriggerTest::LeavesSegment { .. }
            | TriggerTest::PersonCreated
            | TriggerTest::PersonSynced
            | TriggerTest::PersonConverted
            | TriggerTest::PersonDeleted
            | TriggerTest::CampaignRequested => Need::Unknown,
        }
    }

    fn attributes(&self, activity: ActivityId, filter: &AttributeFilter<Probe>, negated: bool) -> Need {
        let both = |operands: &[AttributeFilter<Probe>]| {
            operands.iter().map(|operand| self.attributes(activity, operand, negated)).collect()
        };
        match (filter, negated) {
            (AttributeFilter::And(operands), false) | (AttributeFilter::Or(operands), true) => {
                Need::All(both(operands))
            }
            (AttributeFilter::Or(operands), false) | (AttributeFilter::And(operands), true) => {
                Need::Any(both(operands))
            }
            (AttributeFilter::Not(operand), _) => self.attributes(activity, operand, !negated),
            (AttributeFilter::Test(attribute, probe), _) => {
                let known = self.rulebook.activities.get(activity.index());
                let type_ = known.and_then(|known| known.attributes.get(attribute.index())).map(|it| it.type_);
                of_value(probe, Source::Attribute(*attribute), type_, negated)
            }
        }
    }

    fn filter(&self, id: PredicateId, negated: bool) -> Need {
        let each = |start: u32, len: u32| {
            self.predicates.operands_at(start, len).iter().map(|operand| self.filter(*operand, negated)).collect()
        };
        match (self.predicates.nodes.get(id.0 as usize), negated) {
            (Some(PredicateNode::All { start, len }), false) | (Some(PredicateNode::Any { start, len }), true) => {
                Need::All(each(*start, *len))
            }
            (Some(PredicateNode::Any { start, len }), false) | (Some(PredicateNode::All { start, len }), true) => {
                Need::Any(each(*start, *len))
            }
            (Some(PredicateNode::Not(operand)), _) => self.filter(*operand, !negated),
            (Some(PredicateNode::Test(number)), _) => {
                self.probes.tests.get(*number as usize).map_or(Need::Unknown, |test| self.test(test, negated))
            }
            (None, _) => Need::Unknown,
        }
    }

    fn test(&self, test: &Predicate<Probe>, negated: bool) -> Need {
        match test {
            Predicate::Field { field, test } => {
                let type_ = self.rulebook.get_field(*field).map(|field| field.type_);
                of_value(test, Source::Field(*field), type_, negated)
            }
            Predicate::MemberOfList { lists } if !negated => listed(Source::Lists, lists),
            Predicate::MemberOfSfdcCampaign { campaigns, .. } if !negated => listed(Source::SfdcCampaigns, campaigns),
            Predicate::MemberOfProgram { programs, .. } if !negated => listed(Source::Programs, programs),
            Predicate::MemberOfSmartCampaign { campaigns, .. } if !negated => listed(Source::SmartCampaigns, campaigns),
            Predicate::History { event, count: CountTest::AtLeast(1..) | CountTest::Exactly(1..), .. } if !negated => {
                self.history(event)
            }
            Predicate::MemberOfList { .. }
            | Predicate::MemberOfSfdcCampaign { .. }
            | Predicate::MemberOfProgram { .. }
            | Predicate::MemberOfSmartCampaign { .. }
            | Predicate::MemberOfSegment { .. }
            | Predicate::RandomSample { .. }
            | Predicate::History { .. } => Need::Unknown,
        }
    }

    /// That there is such an activity.
    fn history(&self, event: &HistoryEvent<Probe>) -> Need {
        match event {
            HistoryEvent::AddedToSfdcCampaign { campaigns, .. } => listed(Source::Logged(Kind::SfdcAdded), campaigns),
            HistoryEvent::RemovedFromSfdcCampaign { campaigns } => listed(Source::Logged(Kind::SfdcRemoved), campaigns),
            HistoryEvent::StatusChangedInSfdcCampaign { campaigns, .. } => {
                listed(Source::Logged(Kind::SfdcStatusChanged), campaigns)
            }
            HistoryEvent::StatusChangedInProgram { programs, .. } => {
                listed(Source::Logged(Kind::ProgramStatusChanged), programs)
            }
            HistoryEvent::AddedToList { lists } => listed(Source::Logged(Kind::ListAdded), lists),
            HistoryEvent::RemovedFromList { lists } => listed(Source::Logged(Kind::ListRemoved), lists),
            HistoryEvent::FieldChanged { field, .. } => Need::Value(Source::Logged(Kind::FieldChanged), vec![field.0]),
            HistoryEvent::Performed { activity, attributes } => {
                let text = attributes.as_ref().and_then(sure_text);
                match text {
                    Some((attribute, values)) => Need::Value(Source::Performed(*activity, attribute), values),
                    None => Need::Value(Source::Logged(Kind::Performed), vec![activity.0]),
                }
            }
        }
    }
}

/// An attribute that must be one of a few texts.
fn sure_text(filter: &AttributeFilter<Probe>) -> Option<(crate::model::AttributeId, Vec<u32>)> {
    match filter {
        AttributeFilter::And(operands) => operands.iter().find_map(sure_text),
        AttributeFilter::Test(attribute, Probe { negated: false, empty: false, sought: Sought::Texts(texts) }) => {
            Some((*attribute, texts.iter().map(|text| text.0).collect()))
        }
        AttributeFilter::Test(..) | AttributeFilter::Or(_) | AttributeFilter::Not(_) => None,
    }
}

fn listed<I: Id>(source: Source, subjects: &Subjects<I>) -> Need {
    match subjects {
        Subjects::Listed(ids) => {
            let values: Option<Vec<u32>> = ids.iter().map(|id| u32::try_from(id.index()).ok()).collect();
            values.map_or(Need::Unknown, |values| Need::Value(source, values))
        }
        Subjects::Any | Subjects::StartingWith(_) | Subjects::Containing(_) => Need::Unknown,
    }
}

/// What a test of a value needs of it.
fn of_value(probe: &Probe, source: Source, type_: Option<FieldType>, negated: bool) -> Need {
    let negated = probe.negated != negated;
    match (&probe.sought, negated) {
        (Sought::Texts(texts), false) => {
            let empty = probe.empty.then_some(0);
            Need::Value(source, texts.iter().map(|text| text.0).chain(empty).collect())
        }
        (Sought::Nothing, false) if probe.empty => match type_ {
            Some(FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url) => {
                Need::Value(source, vec![0])
            }
            Some(FieldType::Integer | FieldType::Date) => Need::Number(source, vec![(EMPTY, EMPTY)]),
            Some(FieldType::Number | FieldType::Boolean | FieldType::DateTime) | None => Need::Unknown,
        },
        (Sought::Pattern(pattern), false) if !probe.empty => Need::Pattern(source, *pattern),
        (Sought::Boolean(wanted), _) => Need::Value(source, vec![u32::from(*wanted != negated)]),
        (Sought::Whole(low, high, _), _) if type_ == Some(FieldType::Integer) => {
            numbers(source, vec![(*low, *high)], probe.empty, negated)
        }
        (Sought::Date(check), _) if type_ == Some(FieldType::Date) => match days(check) {
            Some(days) => numbers(source, days, probe.empty, negated),
            None => Need::Unknown,
        },
        (
            Sought::Nothing
            | Sought::Texts(_)
            | Sought::Pattern(_)
            | Sought::Whole(..)
            | Sought::Number(_)
            | Sought::Date(_),
            _,
        ) => Need::Unknown,
    }
}

/// The days that pass, where the present does not matter.
pub(in crate::engine) fn days(check: &DateCheck) -> Option<Vec<(i64, i64)>> {
    let day = |moment: &Moment| match moment {
        Moment::Day(day) => Some(i64::from(day.0)),
        Moment::At(_) | Moment::Today | Moment::Now => None,
    };
    Some(match check {
        DateCheck::Is(moments) => {
            moments.iter().map(|moment| day(moment).map(|day| (day, day))).collect::<Option<_>>()?
        }
        DateCheck::Before(moment) => vec![(i64::MIN, day(moment)? - 1)],
        DateCheck::After(moment) => vec![(day(moment)? + 1, i64::MAX)],
        DateCheck::OnOrBefore(moment) => vec![(i64::MIN, day(moment)?)],
        DateCheck::OnOrAfter(moment) => vec![(day(moment)?, i64::MAX)],
        DateCheck::Between(from, to) => vec![(day(from)?, day(to)?)],
        DateCheck::InPast(_)
        | DateCheck::InPastBefore(_)
        | DateCheck::InFuture(_)
        | DateCheck::InFutureAfter(_)
        | DateCheck::In(_) => return None,
    })
}

/// The ranges of numbers that pass, those of an empty value among them; `ranges` are the ones of the positive check.
fn numbers(source: Source, mut ranges: Vec<(i64, i64)>, empty: bool, negated: bool) -> Need {
    ranges.retain(|(low, high)| low <= high);
    ranges.sort_unstable();
    if negated {
        let mut left = Vec::new();
        let mut from = Some(i64::MIN);
        for (low, high) in ranges {
            if let Some(start) = from
                && start < low
            {
                left.push((start, low - 1));
            }
            from = from.zip(high.checked_add(1)).map(|(from, next)| from.max(next));
        }
        left.extend(from.map(|from| (from, i64::MAX)));
        ranges = left;
    }
    if empty != negated {
        ranges.push((EMPTY, EMPTY));
    }
    if ranges.contains(&(i64::MIN, i64::MAX)) { Need::Unknown } else { Need::Number(source, ranges) }
}
