//! Making the person a member of a Salesforce campaign.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::model::Id;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part, Poisoned};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::AddToSfdcCampaign,
    syntax: "add to SFDC campaign \"C\" [with status \"S\"]",
    summary: "Makes the person a member of a Salesforce campaign.",
    doc: "Without a status the default status of the campaign is used. Somebody who is a member already keeps their \
          status: the step is skipped. Outside a program that is linked to a Salesforce campaign, what is missing is \
          done first: a sync to Salesforce, the membership.",
    examples: &[
        "add to SFDC campaign \"NL Nurture\" with status \"Sent\"",
        "add to SFDC campaign \"{{my.Nurture Campaign}}\"",
    ],
    takes: &[Part::Name, Part::WithStatus],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let campaign = scope.one_name(step).and_then(|text| scope.sfdc_campaign(text));
    let status = scope.status_text(step);
    let status = status.and_then(|status| scope.member_status(campaign, status));
    let (campaign, status) = (campaign?, status?);
    let default = scope.symbols.sfdc_campaign_defs.get(campaign.index()).map(|campaign| campaign.default_status);
    let status = status.or(default).ok_or(Poisoned)?;
    Ok(StepKind::AddToSfdcCampaign { campaign, status })
}

#[cfg(test)]
mod tests {
    use crate::meaning::StepKind;
    use crate::model::SfdcCampaignId;
    use crate::vocabulary::testing;

    #[test]
    fn without_a_status_the_default_is_meant() {
        let lowered = testing::step("add to SFDC campaign \"NL Nurture\"");
        let meant = StepKind::AddToSfdcCampaign { campaign: SfdcCampaignId(1), status: testing::status("Sent") };
        assert_eq!(lowered, Ok(meant));
    }

    #[test]
    fn one_campaign_by_name() {
        testing::refused(&testing::step("add to SFDC campaign any"), "E0211 `any` here one name in quotes must stand");
        testing::refused(
            &testing::step("add to SFDC campaign \"NL Nurtur\" with status \"Snt\""),
            "E0304 `\"NL Nurtur\"` there is no SFDC campaign `NL Nurtur`",
        );
    }
}
