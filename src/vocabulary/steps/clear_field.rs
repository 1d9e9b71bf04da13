//! Emptying a field.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::ClearField,
    syntax: "clear FIELD",
    summary: "Empties a field; a boolean becomes false.",
    doc: "A field that is empty already is skipped.",
    examples: &["clear Region", "clear [Event Date]"],
    takes: &[Part::Field],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let field = scope.phrase_field(step)?;
    scope.writable(field, step.parts.field.as_ref().map(|field| field.span), "clear it")?;
    Ok(StepKind::Clear { field })
}
