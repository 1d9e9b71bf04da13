//! A Lead becomes a Contact in Salesforce.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::PersonConverted,
    syntax: "person is converted in SFDC",
    summary: "Fires when a Lead becomes a Contact in Salesforce.",
    doc: "`[SFDC Type]` is `Contact` from then on.",
    examples: &["person is converted in SFDC"],
    takes: &[],
    lower,
};

fn lower(_trigger: &Trigger, _scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    Ok(TriggerTest::PersonConverted)
}
