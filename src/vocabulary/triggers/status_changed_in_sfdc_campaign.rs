//! The status of a campaign member changes.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::StatusChangedInSfdcCampaign,
    syntax: "status is changed in SFDC campaign NAMES [from STATUSES] [to STATUSES]",
    summary: "Fires when a member of a Salesforce campaign gets another status.",
    doc: "Becoming a member is no change of status: that is `added to SFDC campaign`. Statuses of Salesforce \
          campaigns have no order, so a change may go anywhere. With several campaigns, the status must exist in at \
          least one of them.",
    examples: &[
        "status is changed in SFDC campaign \"Spring Webinar 2026\" to \"Attended\"",
        "status is changed in SFDC campaign any from \"Registered\" to \"Attended\", \"No Show\"",
        "status is changed in Salesforce campaign containing \"Webinar\"",
    ],
    takes: &[Part::Names, Part::From, Part::To],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let campaigns = scope.names(trigger, Scope::sfdc_campaign);
    let from = scope.member_change(&campaigns, trigger.parts.from.as_ref());
    let to = scope.member_change(&campaigns, trigger.parts.to.as_ref());
    Ok(TriggerTest::StatusChangedInSfdcCampaign { campaigns: campaigns.done()?, from: from?, to: to? })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn every_mistake_is_found() {
        testing::refused(
            &testing::trigger(
                "status is changed in SFDC campaign \"Spring Webinar 2026\" from \"invited\" to \"Atended\"",
            ),
            "E0303 `\"invited\"` SFDC campaign `Spring Webinar 2026` has no status `invited`\n\
             E0303 `\"Atended\"` SFDC campaign `Spring Webinar 2026` has no status `Atended`",
        );
    }
}
