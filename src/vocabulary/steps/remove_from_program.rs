//! Taking the person out of a program.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::RemoveFromProgram,
    syntax: "remove from program \"P\"",
    summary: "Makes the status in a program \"Not in Program\".",
    doc: "Joining again later is a new membership, in which success can be reached again.",
    examples: &["remove from program \"Spring Webinar 2026\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let program = scope.one_name(step).and_then(|text| scope.program(text));
    Ok(StepKind::RemoveFromProgram { program: program? })
}
