//! A person reaches success in a program.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::SuccessReachedInProgram,
    syntax: "success is reached in program NAMES",
    summary: "Fires on the first status with `success: true`.",
    doc: "Once for each membership: another status with success does not fire again, joining again after a removal \
          begins anew.",
    examples: &["success is reached in program \"Spring Webinar 2026\"", "success is reached in program any"],
    takes: &[Part::Names],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let programs = scope.names(trigger, Scope::program);
    Ok(TriggerTest::SuccessReachedInProgram { programs: programs.done()? })
}
