//! A past change of progression status.

use super::history;
use crate::language::ast::{self, PredicateForm};
use crate::meaning::{HistoryEvent, Predicate};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::HadStatusChangedInProgram,
    syntax: "had status changed in program NAMES [from STATUSES] [to STATUSES] [WINDOW] [COUNT]",
    summary: "A progression status changed, by the activity log.",
    doc: "Joining is a change from \"Not in Program\", leaving one to it. Both statuses are those of the same \
          change. The window is about when it happened, the count about how often in the window; without a count, \
          once is enough. `had no status changed` is the exact complement.",
    examples: &[
        "had status changed in program \"Spring Webinar 2026\" from \"Not in Program\"",
        "had no status changed in program any to \"Attended\" in this year",
    ],
    takes: &[Part::Names, Part::From, Part::To, Part::Window, Part::Count],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let programs = scope.names(predicate, Scope::program);
    let from = scope.progression_change(&programs, predicate.parts.from.as_ref());
    let to = scope.progression_change(&programs, predicate.parts.to.as_ref());
    history(predicate, scope, || {
        Ok(HistoryEvent::StatusChangedInProgram { programs: programs.done()?, from: from?, to: to? })
    })
}
