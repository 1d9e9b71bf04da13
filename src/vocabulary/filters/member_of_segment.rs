//! Passing the filter of a segment.

use crate::language::ast::{self, PredicateForm};
use crate::meaning::Predicate;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::MemberOfSegment,
    syntax: "member of segment \"S\"",
    summary: "Passes the filter of the segment now.",
    doc: "`smart list` is another word for `segment`. Segments may ask for other segments, but not in a circle.",
    examples: &["member of segment \"Dutch speakers\"", "not member of smart list \"Dutch speakers\""],
    takes: &[Part::Name],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let text = scope.one_name(predicate)?;
    let segment = scope.segment(text)?;
    scope.uses.segments.push((segment, text.span));
    Ok(Predicate::MemberOfSegment { segment })
}
