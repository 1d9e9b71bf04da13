//! Putting the person on a list.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::AddToList,
    syntax: "add to list \"L\"",
    summary: "Puts the person on a list.",
    doc: "Somebody who is on it already is skipped.",
    examples: &["add to list \"Newsletter\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let list = scope.one_name(step).and_then(|text| scope.list(text));
    Ok(StepKind::AddToList { list: list? })
}
