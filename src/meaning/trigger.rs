//! Triggers: what starts a campaign.

use super::filter::AttributeFilter;
use super::names::{StatusSet, Subjects};
use super::values::ValueTest;
use crate::diagnostics::Span;
use crate::model::{ActivityId, FieldId, ListId, ProgramId, SegmentId, SfdcCampaignId};

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// What it fires on.
    pub test: TriggerTest,
    /// Its canonical text, as `qualified` records show it.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// What a trigger fires on (language.md section 4). `V` is how tests of values are written down, as in filters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TriggerTest<V = ValueTest> {
    /// Became a member with one of the statuses.
    AddedToSfdcCampaign {
        /// The campaigns.
        campaigns: Subjects<SfdcCampaignId>,
        /// The first status.
        statuses: Option<StatusSet>,
    },
    /// Was removed; the status is the last one.
    RemovedFromSfdcCampaign {
        /// The campaigns.
        campaigns: Subjects<SfdcCampaignId>,
        /// The last status.
        statuses: Option<StatusSet>,
    },
    /// A member's status changed.
    StatusChangedInSfdcCampaign {
        /// The campaigns.
        campaigns: Subjects<SfdcCampaignId>,
        /// The old status.
        from: Option<StatusSet>,
        /// The new status.
        to: Option<StatusSet>,
    },
    /// Got a first status.
    AddedToProgram {
        /// The programs.
        programs: Subjects<ProgramId>,
        /// The first status.
        statuses: Option<StatusSet>,
    },
    /// The status became "Not in Program".
    RemovedFromProgram {
        /// The programs.
        programs: Subjects<ProgramId>,
    },
    /// Any change of progression status, from and to "Not in Program" included.
    StatusChangedInProgram {
        /// The programs.
        programs: Subjects<ProgramId>,
        /// The old status.
        from: Option<StatusSet>,
        /// The new status.
        to: Option<StatusSet>,
    },
    /// The first status with success of this membership.
    SuccessReachedInProgram {
        /// The programs.
        programs: Subjects<ProgramId>,
    },
    /// Was put on a list.
    AddedToList {
        /// The lists.
        lists: Subjects<ListId>,
    },
    /// Was taken off a list.
    RemovedFromList {
        /// The lists.
        lists: Subjects<ListId>,
    },
    /// The segment's filter became true.
    EntersSegment {
        /// The segment.
        segment: SegmentId,
    },
    /// The segment's filter became false.
    LeavesSegment {
        /// The segment.
        segment: SegmentId,
    },
    /// The person came into being.
    PersonCreated,
    /// The person is in Salesforce now.
    PersonSynced,
    /// The lead became a contact.
    PersonConverted,
    /// The lead or contact was deleted.
    PersonDeleted,
    /// A field got a different value.
    FieldChanges {
        /// The field.
        field: FieldId,
        /// The old value.
        from: Option<V>,
        /// The new value.
        to: Option<V>,
    },
    /// A custom activity.
    Performs {
        /// Which.
        activity: ActivityId,
        /// With such attributes.
        attributes: Option<AttributeFilter<V>>,
    },
    /// This campaign was requested.
    CampaignRequested,
}

impl TriggerTest {
    /// The same trigger with its tests of values written down another way.
    pub fn with_values<V>(&self, mut write: impl FnMut(&ValueTest) -> V) -> TriggerTest<V> {
        match self {
            Self::AddedToSfdcCampaign { campaigns, statuses } => {
                TriggerTest::AddedToSfdcCampaign { campaigns: campaigns.clone(), statuses: statuses.clone() }
            }
            Self::RemovedFromSfdcCampaign { campaigns, statuses } => {
                TriggerTest::RemovedFromSfdcCampaign { campaigns: campaigns.clone(), statuses: statuses.clone() }
            }
            Self::StatusChangedInSfdcCampaign { campaigns, from, to } => TriggerTest::StatusChangedInSfdcCampaign {
                campaigns: campaigns.clone(),
                from: from.clone(),
                to: to.clone(),
            },
            Self::AddedToProgram { programs, statuses } => {
                TriggerTest::AddedToProgram { programs: programs.clone(), statuses: statuses.clone() }
            }
            Self::RemovedFromProgram { programs } => TriggerTest::RemovedFromProgram { programs: programs.clone() },
            Self::StatusChangedInProgram { programs, from, to } => {
                TriggerTest::StatusChangedInProgram { programs: programs.clone(), from: from.clone(), to: to.clone() }
            }
            Self::SuccessReachedInProgram { programs } => {
                TriggerTest::SuccessReachedInProgram { programs: programs.clone() }
            }
            Self::AddedToList { lists } => TriggerTest::AddedToList { lists: lists.clone() },
            Self::RemovedFromList { lists } => TriggerTest::RemovedFromList { lists: lists.clone() },
            Self::EntersSegment { segment } => TriggerTest::EntersSegment { segment: *segment },
            Self::LeavesSegment { segment } => TriggerTest::LeavesSegment { segment: *segment },
            Self::PersonCreated => TriggerTest::PersonCreated,
            Self::PersonSynced => TriggerTest::PersonSynced,
            Self::PersonConverted => TriggerTest::PersonConverted,
            Self::PersonDeleted => TriggerTest::PersonDeleted,
            Self::FieldChanges { field, from, to } => TriggerTest::FieldChanges {
                field: *field,
                from: from.as_ref().map(&mut write),
                to: to.as_ref().map(&mut write),
            },
            Self::Performs { activity, attributes } => TriggerTest::Performs {
                activity: *activity,
                attributes: attributes.as_ref().map(|filter| filter.with_values(&mut write)),
            },
            Self::CampaignRequested => TriggerTest::CampaignRequested,
        }
    }
}
