//! Giving a campaign member another status.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part, Poisoned};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::ChangeStatusInSfdcCampaign,
    syntax: "change status in SFDC campaign \"C\" to \"S\"",
    summary: "Gives a member of a Salesforce campaign another status.",
    doc: "Any change is legal, the same status is skipped. Outside a program that is linked to a Salesforce \
          campaign, what is missing is done first: a sync to Salesforce, the membership.",
    examples: &["change status in SFDC campaign \"Spring Webinar 2026\" to \"Attended\""],
    takes: &[Part::Name, Part::To],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let campaign = scope.one_name(step).and_then(|text| scope.sfdc_campaign(text));
    let Some(status) = scope.status_text(step)? else { return scope.missing(step.span, "`to` and a status") };
    let status = scope.member_status(campaign, Some(status))?;
    Ok(StepKind::ChangeStatusInSfdcCampaign { campaign: campaign?, status: status.ok_or(Poisoned)? })
}
