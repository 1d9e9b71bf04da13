//! Being on a list.

use crate::language::ast::{self, PredicateForm};
use crate::meaning::Predicate;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::MemberOfList,
    syntax: "member of list NAMES",
    summary: "Is on one of these lists now.",
    doc: "Lists are static: people are put on them and taken off by steps or facts. A filter with a name is a \
          segment.",
    examples: &["member of list \"Newsletter\"", "not member of list \"Newsletter\", \"Competitors\""],
    takes: &[Part::Names],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let lists = scope.names(predicate, Scope::list);
    Ok(Predicate::MemberOfList { lists: lists.done()? })
}
