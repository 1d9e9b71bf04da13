//! A person is put on a list.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::AddedToList,
    syntax: "added to list NAMES",
    summary: "Fires when a person is put on a list.",
    doc: "Putting somebody on a list twice, or taking somebody off who is not on it, changes nothing and fires \
          nothing.",
    examples: &["added to list \"Newsletter\"", "added to list \"Newsletter\", \"Competitors\""],
    takes: &[Part::Names],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let lists = scope.names(trigger, Scope::list);
    Ok(TriggerTest::AddedToList { lists: lists.done()? })
}
