//! The few things that are asked of every trigger that listens, side by side in few bytes.
//!
//! A trigger's own test has some hundred bytes and points to more. Most ask whether one value is this one: that is said here
//! too, so that the test itself is looked at for the others only.

use super::decisions::{Decisions, Entry, any_or_one, in_range, narrow, only, wide};
use super::evaluate::{Memo, View};
use super::listeners::status_of;
use super::probes::{Probe, Sought};
use crate::compile::{Plan, PlanTrigger, PredicateId};
use crate::meaning::{AttributeFilter, StatusSet, TriggerTest};
use crate::model::{AttributeId, CampaignId, Id as _, StatusId};
use crate::state::{Cell, Happening, TextId};

/// What is asked of a trigger first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The trigger with this number of the plan.
    pub(super) trigger: u32,
    pub(super) campaign: CampaignId,
    pub(super) filter: Filter,
    pub(super) fires: Fires,
}

/// Who may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Everybody,
    /// Whom the code lets through that begins there.
    Code(Entry),
    /// Whom the predicate lets through.
    Predicate(PredicateId),
}

impl Filter {
    /// Asks for where its code begins.
    pub(super) fn bring(self, decisions: &Decisions) {
        if let Self::Code(entry) = self {
            decisions.bring(entry);
        }
    }

    /// Whether the person may.
    #[inline]
    pub(super) fn holds(self, view: &View<'_>, memo: &mut Memo) -> bool {
        match self {
            Self::Everybody => true,
            Self::Code(entry) => view.decides(entry, memo),
            Self::Predicate(id) => view.holds(id, memo),
        }
    }
}

/// On what of all that it listens to a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fires {
    /// On everything: nothing is asked beyond kind and subject.
    Always,
    /// When the new status is this one.
    Status(StatusId),
    /// When the attribute is this text, folded.
    Attribute(AttributeId, TextId),
    /// When the attribute fits the pattern.
    Pattern(AttributeId, u32),
    /// When the new value of the field is this text, folded.
    NewValue(TextId),
    /// When the new value of the field is a whole number in this range, both ends in; the least and the greatest stand for
    /// "any".
    NewNumber(i32, i32),
    /// When its test says so.
    Asked,
}

/// The heads of all triggers of a plan, whose tests these are, by number.
pub(super) fn heads_of(plan: &Plan, tests: &[TriggerTest<Probe>], decisions: &Decisions) -> Vec<Head> {
    let filter = |campaign: CampaignId| match plan.campaigns.get(campaign.index()).and_then(|campaign| campaign.filter)
    {
        None => Filter::Everybody,
        Some(id) => decisions.entry(id).map_or(Filter::Predicate(id), Filter::Code),
    };
    let head = |(trigger, (planned, test)): (u32, (&PlanTrigger, &TriggerTest<Probe>))| Head {
        trigger,
        campaign: planned.campaign,
        filter: filter(planned.campaign),
        fires: fires(test),
    };
    (0..).zip(plan.triggers.iter().zip(tests)).map(head).collect()
}

impl Fires {
    /// Whether a trigger fires on an activity; `None` when its test has to be asked.
    #[inline]
    pub(super) fn on(self, happening: &Happening, view: &View<'_>, memo: &mut Memo) -> Option<bool> {
        let text = |cell: Cell| if let Cell::Text(id) = cell { Some(id) } else { None };
        let is = |found: Option<TextId>, wanted: TextId| found.is_some_and(|id| view.state.texts.folded(id) == wanted);
        let attribute = |attribute: AttributeId| {
            let Happening::Performed(_, carried) = happening else { return None };
            text(view.state.details.attribute(*carried, attribute))
        };
        let new_value = || {
            let Happening::FieldChanged(_, change) = happening else { return None };
            Some(view.state.details.change(*change).1)
        };
        Some(match self {
            Self::Always => true,
            Self::Status(status) => status_of(happening) == Some(status),
            Self::Attribute(asked, wanted) => is(attribute(asked), wanted),
            Self::Pattern(asked, pattern) => attribute(asked).is_some_and(|text| view.asking(memo).fits(pattern, text)),
            Self::NewValue(wanted) => is(new_value().and_then(text), wanted),
            Self::NewNumber(low, high) => match new_value() {
                Some(Cell::Integer(number)) => in_range(number, low, high),
                Some(Cell::Number(_)) => return None,
                Some(Cell::Empty | Cell::Text(_) | Cell::Boolean(_) | Cell::Date(_) | Cell::DateTime(_)) | None => {
                    false
                }
            },
            Self::Asked => return None,
        })
    }

    /// The range of new values on which a trigger fires, if that is what it asks.
    pub(super) fn by_number(self) -> Option<(i64, i64)> {
        match self {
            Self::NewNumber(low, high) => Some(wide(low, high)),
            Self::Always
            | Self::Status(_)
            | Self::Attribute(..)
            | Self::Pattern(..)
            | Self::NewValue(_)
            | Self::Asked => None,
        }
    }
}

/// On what a trigger with this test fires.
fn fires(test: &TriggerTest<Probe>) -> Fires {
    let status = |to: &Option<StatusSet>| match any_or_one(to) {
        Some(None) => Fires::Always,
        Some(Some(status)) => Fires::Status(status),
        None => Fires::Asked,
    };
    match test {
        TriggerTest::AddedToSfdcCampaign { statuses, .. } | TriggerTest::RemovedFromSfdcCampaign { statuses, .. } => {
            status(statuses)
        }
        TriggerTest::StatusChangedInSfdcCampaign { from: None, to, .. }
        | TriggerTest::StatusChangedInProgram { from: None, to, .. } => status(to),
        TriggerTest::FieldChanges { from: None, to: None, .. } | TriggerTest::Performs { attributes: None, .. } => {
            Fires::Always
        }
        TriggerTest::FieldChanges {
            from: None,
            to: Some(Probe { negated: false, empty: false, sought: Sought::Texts(texts) }),
            ..
        } => only(texts).map_or(Fires::Asked, Fires::NewValue),
        TriggerTest::FieldChanges {
            from: None,
            to: Some(Probe { negated: false, empty: false, sought: Sought::Whole(low, high, _) }),
            ..
        } => narrow(*low, *high).map_or(Fires::Asked, |(low, high)| Fires::NewNumber(low, high)),
        TriggerTest::Performs {
            attributes:
                Some(AttributeFilter::Test(attribute, Probe { negated: false, empty: false, sought: Sought::Texts(texts) })),
            ..
        } => only(texts).map_or(Fires::Asked, |text| Fires::Attribute(*attribute, text)),
        TriggerTest::Performs {
            attributes:
                Some(AttributeFilter::Test(
                    attribute,
                    Probe { negated: false, empty: false, sought: Sought::Pattern(pattern) },
                )),
            ..
        } => Fires::Pattern(*attribute, *pattern),
        TriggerTest::StatusChangedInSfdcCampaign { .. }
        | TriggerTest::StatusChangedInProgram { .. }
        | TriggerTest::FieldChanges { .. }
        | TriggerTest::Performs { .. }
        | TriggerTest::AddedToProgram { .. }
        | TriggerTest::RemovedFromProgram { .. }
        | TriggerTest::SuccessReachedInProgram { .. } => Fires::Asked,
        TriggerTest::AddedToList { .. }
        | TriggerTest::RemovedFromList { .. }
        | TriggerTest::EntersSegment { .. }
        | TriggerTest::LeavesSegment { .. }
        | TriggerTest::PersonCreated
        | TriggerTest::PersonSynced
        | TriggerTest::PersonConverted
        | TriggerTest::PersonDeleted
        | TriggerTest::CampaignRequested => Fires::Always,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::decisions::Question;

    /// Very many of them are looked at for one activity.
    #[test]
    fn sizes_are_as_planned() {
        assert_eq!((size_of::<Head>(), size_of::<Question>()), (28, 32));
    }
}
