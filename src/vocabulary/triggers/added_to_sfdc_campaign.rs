//! A person becomes a member of a Salesforce campaign.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::AddedToSfdcCampaign,
    syntax: "added to SFDC campaign NAMES [with status STATUSES]",
    summary: "Fires when a person becomes a member of a Salesforce campaign.",
    doc: "The status is the one with which the membership begins. Joining again after a removal fires again; a \
          change of status does not: that is `status is changed in SFDC campaign`. With several campaigns, the \
          status must exist in at least one of them.",
    examples: &[
        "added to SFDC campaign \"Spring Webinar 2026\"",
        "added to SFDC campaign any with status \"Invited\"",
        "added to SFDC campaign starting with \"Spring\" with status \"Registered\", \"Attended\"",
    ],
    takes: &[Part::Names, Part::WithStatus],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let campaigns = scope.names(trigger, Scope::sfdc_campaign);
    let statuses = scope.member_statuses(&campaigns, trigger.parts.with_status.as_ref());
    Ok(TriggerTest::AddedToSfdcCampaign { campaigns: campaigns.done()?, statuses: statuses? })
}

#[cfg(test)]
mod tests {
    use crate::meaning::{StatusSet, Subjects, TriggerTest};
    use crate::vocabulary::testing;

    #[test]
    fn names_and_statuses() {
        let lowered = testing::trigger("added to SFDC campaign any with status \"Registered\", \"Invited\"");
        let statuses = StatusSet(vec![testing::status("Invited"), testing::status("Registered")]);
        let test = TriggerTest::AddedToSfdcCampaign { campaigns: Subjects::Any, statuses: Some(statuses) };
        assert_eq!(lowered, Ok(test));
    }

    #[test]
    fn the_status_is_that_of_the_campaign() {
        testing::refused(
            &testing::trigger("added to SFDC campaign \"NL Nurture\" with status \"Attended\""),
            "E0303 `\"Attended\"` SFDC campaign `NL Nurture` has no status `Attended`",
        );
    }
}
