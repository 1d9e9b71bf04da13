//! A person leaves a program.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::RemovedFromProgram,
    syntax: "removed from program NAMES",
    summary: "Fires when the status of a person in a program becomes \"Not in Program\".",
    doc: "To look at the status before, write `status is changed in program … from … to \"Not in Program\"`.",
    examples: &["removed from program \"Spring Webinar 2026\"", "removed from program starting with \"Spring\""],
    takes: &[Part::Names],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let programs = scope.names(trigger, Scope::program);
    Ok(TriggerTest::RemovedFromProgram { programs: programs.done()? })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn it_takes_no_status() {
        testing::refused(
            &testing::trigger("removed from program \"Spring Webinar 2026\" with status \"Invited\""),
            "E0211 `with status \"Invited\"` `with status` may not stand here",
        );
    }
}
