//! Ending runs.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::RemoveFromFlow,
    syntax: "remove from flow [of \"X\"]",
    summary: "Ends the waiting runs that the person has of another campaign, or ends this run.",
    doc: "`remove from flow` ends this run; in an executed campaign only the executed one. `remove from flow of \
          \"X\"` ends the waiting runs of X, other than the one that is executing.",
    examples: &["remove from flow", "remove from flow of \"thank-attendees\""],
    takes: &[Part::OptionalName],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    if step.parts.names.is_none() {
        return Ok(StepKind::RemoveFromFlow);
    }
    let campaign = scope.one_name(step).and_then(|text| scope.campaign(text));
    Ok(StepKind::RemoveFromFlowOf { campaign: campaign? })
}
