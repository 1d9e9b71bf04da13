//! A person is taken off a list.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::RemovedFromList,
    syntax: "removed from list NAMES",
    summary: "Fires when a person is taken off a list.",
    doc: "Putting somebody on a list twice, or taking somebody off who is not on it, changes nothing and fires \
          nothing.",
    examples: &["removed from list \"Newsletter\"", "removed from list \"Newsletter\", \"Competitors\""],
    takes: &[Part::Names],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let lists = scope.names(trigger, Scope::list);
    Ok(TriggerTest::RemovedFromList { lists: lists.done()? })
}
