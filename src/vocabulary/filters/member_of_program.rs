//! Membership of a program.

use crate::language::ast::{self, PredicateForm};
use crate::meaning::Predicate;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::MemberOfProgram,
    syntax: "member of program NAMES [with status STATUSES] [with success | without success] [WINDOW]",
    summary: "Has a status other than \"Not in Program\" now.",
    doc: "All constraints hold for the same membership. Success is reached once in a membership and stays; the \
          window is about the first status of the membership.",
    examples: &[
        "member of program \"Spring Webinar 2026\"",
        "member of program any with success",
        "member of program \"Spring Webinar 2026\" with status \"Registered\" without success in this month",
    ],
    takes: &[Part::Names, Part::WithStatus, Part::Success, Part::Window],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let programs = scope.names(predicate, Scope::program);
    let statuses = scope.progression_statuses(&programs, predicate.parts.with_status.as_ref());
    let added = scope.window(predicate.parts.window.as_ref());
    Ok(Predicate::MemberOfProgram {
        programs: programs.done()?,
        statuses: statuses?,
        success: predicate.parts.success.as_ref().map(|success| success.value),
        added: added?,
    })
}
