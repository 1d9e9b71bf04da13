//! Adding to a number.

use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part, Poisoned};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::ChangeField,
    syntax: "change FIELD by +N | -N",
    summary: "Adds to a number, or takes away from it.",
    doc: "An empty field counts from 0. For an integer field N is a whole number.",
    examples: &["change Score by +5", "change [Annual Revenue] by -0.5"],
    takes: &[Part::Field, Part::By],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let field = scope.phrase_field(step)?;
    let subject = scope.subject(field).ok_or(Poisoned)?;
    let place = step.parts.field.as_ref().map_or(step.head, |field| field.span);
    scope.writable(field, Some(place), "change it")?;
    if !subject.type_.is_numeric() {
        let message = format!("`{}` is of type {}: only a number can be added to", subject.name, subject.type_);
        let finding = Diagnostic::new(Code::OperatorNotForType, place, message)
            .help("give it another value with `set`, or name an integer or number field");
        return scope.refuse(finding);
    }
    let Some(by) = &step.parts.by else { return scope.missing(step.span, "`by` and a number") };
    Ok(StepKind::Change { field, by: scope.number(&by.value, &subject)? })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn only_numbers_are_added_to() {
        for (text, finding) in [
            ("change Country by +5", "E0401 `Country` `Country` is of type text: only a number can be added to"),
            ("change Score by +0.5", "E0408 `+0.5` `0.5` is not a whole number, and `Person Score` is of type integer"),
        ] {
            testing::refused(&testing::step(text), finding);
        }
    }
}
