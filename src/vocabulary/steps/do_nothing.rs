//! Doing nothing.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::DoNothing,
    syntax: "do nothing",
    summary: "Does nothing, and leaves no record.",
    doc: "For the branch of a choice in which nothing is to be done.",
    examples: &["do nothing"],
    takes: &[],
    lower,
};

fn lower(_step: &Step, _scope: &mut Scope<'_>) -> Lowered<StepKind> {
    Ok(StepKind::DoNothing)
}
