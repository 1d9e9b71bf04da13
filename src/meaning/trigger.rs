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

/// What a trigger fires on (language.md section 4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TriggerTest {
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
        from: Option<ValueTest>,
        /// The new value.
        to: Option<ValueTest>,
    },
    /// A custom activity.
    Performs {
        /// Which.
        activity: ActivityId,
        /// With such attributes.
        attributes: Option<AttributeFilter>,
    },
    /// This campaign was requested.
    CampaignRequested,
}
