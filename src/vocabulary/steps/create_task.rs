//! Handing a task.

use crate::language::ast::{Step, StepForm};
use crate::meaning::{RemoteKind, StepKind};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::CreateTask,
    syntax: "create task \"T\"",
    summary: "Hands a task to the configured action sink.",
    doc: "Tokens in the name are worked out when the step runs.",
    examples: &["create task \"Call within a day\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let name = scope.one_name(step).and_then(|text| scope.template(text));
    Ok(StepKind::Remote { kind: RemoteKind::Task, name: name? })
}
