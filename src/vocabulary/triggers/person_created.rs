//! A person comes into being.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::PersonCreated,
    syntax: "person is created",
    summary: "Fires when a person comes into being.",
    doc: "The first values of a new person do not fire `changes`.",
    examples: &["person is created"],
    takes: &[],
    lower,
};

fn lower(_trigger: &Trigger, _scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    Ok(TriggerTest::PersonCreated)
}
