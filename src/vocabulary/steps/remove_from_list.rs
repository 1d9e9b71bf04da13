//! Taking the person off a list.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::RemoveFromList,
    syntax: "remove from list \"L\"",
    summary: "Takes the person off a list.",
    doc: "Somebody who is not on it is skipped.",
    examples: &["remove from list \"Newsletter\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let list = scope.one_name(step).and_then(|text| scope.list(text));
    Ok(StepKind::RemoveFromList { list: list? })
}
