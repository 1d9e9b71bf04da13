//! Triggers: what starts a campaign (language.md section 4), one file each.

mod added_to_list;
mod added_to_program;
mod added_to_sfdc_campaign;
mod campaign_requested;
mod enters_segment;
mod field_changes;
mod leaves_segment;
mod performs;
mod person_converted;
mod person_created;
mod person_deleted;
mod person_synced;
mod removed_from_list;
mod removed_from_program;
mod removed_from_sfdc_campaign;
mod status_changed_in_program;
mod status_changed_in_sfdc_campaign;
mod success_reached_in_program;

use super::entry::{Entry, Lowered, table};
use super::scope::Scope;
use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;

table! { TriggerForm => TriggerTest {
    AddedToSfdcCampaign added_to_sfdc_campaign;
    RemovedFromSfdcCampaign removed_from_sfdc_campaign;
    StatusChangedInSfdcCampaign status_changed_in_sfdc_campaign;
    AddedToProgram added_to_program;
    RemovedFromProgram removed_from_program;
    StatusChangedInProgram status_changed_in_program;
    SuccessReachedInProgram success_reached_in_program;
    AddedToList added_to_list;
    RemovedFromList removed_from_list;
    EntersSegment enters_segment;
    LeavesSegment leaves_segment;
    PersonCreated person_created;
    PersonSynced person_synced;
    PersonConverted person_converted;
    PersonDeleted person_deleted;
    FieldChanges field_changes;
    Performs performs;
    CampaignRequested campaign_requested;
} }

/// What a trigger fires on.
pub(crate) fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    super::parts::lower(entry(trigger.form), trigger, scope)
}
