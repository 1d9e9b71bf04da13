//! Having been taken off a list, by the activity log.

use super::history;
use crate::language::ast::{self, PredicateForm};
use crate::meaning::{HistoryEvent, Predicate};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::WasRemovedFromList,
    syntax: "was removed from list NAMES [WINDOW] [COUNT]",
    summary: "Was taken off a list, by the activity log.",
    doc: "The window is about when it happened, the count about how often in the window; without a count, once is \
          enough. `was not` is the exact complement.",
    examples: &[
        "was removed from list \"Newsletter\" in past 2 weeks",
        "was not removed from list \"Newsletter\" exactly 2 times",
    ],
    takes: &[Part::Names, Part::Window, Part::Count],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let lists = scope.names(predicate, Scope::list);
    history(predicate, scope, || Ok(HistoryEvent::RemovedFromList { lists: lists.done()? }))
}
