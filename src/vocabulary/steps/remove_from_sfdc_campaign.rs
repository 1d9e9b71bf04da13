//! Ending a membership of a Salesforce campaign.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::RemoveFromSfdcCampaign,
    syntax: "remove from SFDC campaign \"C\"",
    summary: "Ends the membership of a Salesforce campaign.",
    doc: "Somebody who is no member is skipped.",
    examples: &["remove from SFDC campaign \"NL Nurture\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let campaign = scope.one_name(step).and_then(|text| scope.sfdc_campaign(text));
    Ok(StepKind::RemoveFromSfdcCampaign { campaign: campaign? })
}
