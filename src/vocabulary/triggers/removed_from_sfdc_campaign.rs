//! A member of a Salesforce campaign is removed.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::RemovedFromSfdcCampaign,
    syntax: "removed from SFDC campaign NAMES [with status STATUSES]",
    summary: "Fires when a member is removed from a Salesforce campaign.",
    doc: "The status is the last one that the member had. With several campaigns, the status must exist in at least \
          one of them.",
    examples: &[
        "removed from SFDC campaign \"Spring Webinar 2026\"",
        "removed from SFDC campaign \"Spring Webinar 2026\" with status \"Invited\", \"No Show\"",
    ],
    takes: &[Part::Names, Part::WithStatus],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let campaigns = scope.names(trigger, Scope::sfdc_campaign);
    let statuses = scope.member_statuses(&campaigns, trigger.parts.with_status.as_ref());
    Ok(TriggerTest::RemovedFromSfdcCampaign { campaigns: campaigns.done()?, statuses: statuses? })
}
