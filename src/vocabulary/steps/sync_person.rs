//! Creating the person in Salesforce.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::SyncPerson,
    syntax: "sync person to SFDC",
    summary: "Creates the Lead in Salesforce if it does not exist.",
    doc: "Somebody who is there already is skipped.",
    examples: &["sync person to SFDC"],
    takes: &[],
    lower,
};

fn lower(_step: &Step, _scope: &mut Scope<'_>) -> Lowered<StepKind> {
    Ok(StepKind::SyncPerson)
}
