//! The progression status of a person changes.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::StatusChangedInProgram,
    syntax: "status is changed in program NAMES [from STATUSES] [to STATUSES]",
    summary: "Fires on any change of progression status, from and to \"Not in Program\" included.",
    doc: "A person who was in no program had the status \"Not in Program\" there, so joining is a change from it and \
          leaving a change to it.",
    examples: &[
        "status is changed in program \"Spring Webinar 2026\" to \"Attended\"",
        "status is changed in program \"Spring Webinar 2026\" from \"Not in Program\"",
    ],
    takes: &[Part::Names, Part::From, Part::To],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let programs = scope.names(trigger, Scope::program);
    let from = scope.progression_change(&programs, trigger.parts.from.as_ref());
    let to = scope.progression_change(&programs, trigger.parts.to.as_ref());
    Ok(TriggerTest::StatusChangedInProgram { programs: programs.done()?, from: from?, to: to? })
}
