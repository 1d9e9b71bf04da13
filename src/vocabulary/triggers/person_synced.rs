//! A person becomes a Lead in Salesforce.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::PersonSynced,
    syntax: "person is synced to SFDC",
    summary: "Fires when a person becomes a Lead in Salesforce.",
    doc: "By a step or an implied sync, or because Salesforce says so. Somebody who is there already is not synced \
          again.",
    examples: &["person is synced to SFDC"],
    takes: &[],
    lower,
};

fn lower(_trigger: &Trigger, _scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    Ok(TriggerTest::PersonSynced)
}
