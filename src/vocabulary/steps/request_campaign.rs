//! Starting another campaign on its own.

use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::model::Id;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::RequestCampaign,
    syntax: "request campaign \"X\"",
    summary: "Starts another smart campaign on its own, later.",
    doc: "X needs the trigger `campaign is requested`; its filter and qualification rule decide whether the person \
          runs. To run something inside this run, write `execute campaign`.",
    examples: &["request campaign \"hot-lead\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let text = scope.one_name(step)?;
    let campaign = scope.campaign(text)?;
    if scope.symbols.campaign_defs.get(campaign.index()).is_some_and(|campaign| !campaign.requestable) {
        let name = scope.symbols.campaigns.name(campaign).to_owned();
        let message = format!("smart campaign `{name}` cannot be requested");
        let finding = Diagnostic::new(Code::NotRequestable, text.span, message)
            .help(format!("add the trigger `campaign is requested` to `{name}`"));
        return scope.refuse(finding);
    }
    Ok(StepKind::Request { campaign })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn the_target_needs_the_trigger() {
        testing::refused(
            &testing::step("request campaign \"thank-attendees\""),
            "E0508 `\"thank-attendees\"` smart campaign `thank-attendees` cannot be requested",
        );
    }
}
