//! The Lead or Contact is deleted in Salesforce.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::PersonDeleted,
    syntax: "person is deleted from SFDC",
    summary: "Fires when the Lead or Contact is deleted in Salesforce.",
    doc: "Memberships stay until Salesforce reports their removal.",
    examples: &["person is deleted from SFDC"],
    takes: &[],
    lower,
};

fn lower(_trigger: &Trigger, _scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    Ok(TriggerTest::PersonDeleted)
}
