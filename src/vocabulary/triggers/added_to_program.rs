//! A person gets a first status in a program.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::AddedToProgram,
    syntax: "added to program NAMES [with status STATUSES]",
    summary: "Fires when a person gets a first status in a program.",
    doc: "Joining again after \"Not in Program\" fires again. The same change also fires `status is changed in \
          program`.",
    examples: &["added to program \"Spring Webinar 2026\"", "added to program any with status \"Invited\""],
    takes: &[Part::Names, Part::WithStatus],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let programs = scope.names(trigger, Scope::program);
    let statuses = scope.progression_statuses(&programs, trigger.parts.with_status.as_ref());
    Ok(TriggerTest::AddedToProgram { programs: programs.done()?, statuses: statuses? })
}
