//! A past change of a field.

use super::history;
use crate::language::ast::{self, PredicateForm};
use crate::meaning::{HistoryEvent, Predicate};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::HadFieldChanged,
    syntax: "had FIELD changed [from VALUE-TEST] [to VALUE-TEST] [WINDOW] [COUNT]",
    summary: "A field changed, by the activity log.",
    doc: "Both values are those of the same change. The window is about when it happened, the count about how often \
          in the window; without a count, once is enough. `had FIELD not changed` is the exact complement.",
    examples: &[
        "had Country changed",
        "had [Lead Status] changed from \"New\" to not empty in past 7 days",
        "had Score not changed to at least 100",
    ],
    takes: &[Part::Field, Part::From, Part::To, Part::Window, Part::Count],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let field = scope.phrase_field(predicate);
    let from = scope.field_change(field, predicate.parts.from.as_ref());
    let to = scope.field_change(field, predicate.parts.to.as_ref());
    history(predicate, scope, || Ok(HistoryEvent::FieldChanged { field: field?, from: from?, to: to? }))
}
