//! A past activity.

use super::history;
use crate::language::ast::{self, PredicateForm};
use crate::meaning::{HistoryEvent, Predicate};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::Performed,
    syntax: "performed \"ACTIVITY\" [where ATTR-TESTS] [WINDOW] [COUNT]",
    summary: "Did something, by the activity log.",
    doc: "All tests are about the attributes of the same activity. The window is about when it happened, the count \
          about how often in the window; without a count, once is enough. `did not perform` is the exact complement.",
    examples: &[
        "performed \"Fill Out Form\" where Page contains \"pricing\" in past 14 days",
        "did not perform \"Fill Out Form\" in past 90 days",
    ],
    takes: &[Part::Name, Part::Attributes, Part::Window, Part::Count],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let activity = scope.one_name(predicate).and_then(|text| scope.activity(text));
    let attributes = scope.attributes(activity, predicate.parts.attributes.as_ref());
    history(predicate, scope, || Ok(HistoryEvent::Performed { activity: activity?, attributes: attributes? }))
}
