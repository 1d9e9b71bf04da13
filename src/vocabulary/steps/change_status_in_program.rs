//! Giving the person a progression status.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::ChangeStatusInProgram,
    syntax: "change status in program \"P\" to \"S\"",
    summary: "Gives the person a status in a program, and adds them when they are not in it.",
    doc: "Never to a lower step of the channel: that is skipped. \"Not in Program\" is no status to set: write \
          `remove from program`.",
    examples: &["change status in program \"Spring Webinar 2026\" to \"Registered\""],
    takes: &[Part::Name, Part::To],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let program = scope.one_name(step).and_then(|text| scope.program(text));
    let Some(status) = scope.status_text(step)? else { return scope.missing(step.span, "`to` and a status") };
    let status = scope.progression_status(program, status);
    Ok(StepKind::ChangeStatusInProgram { program: program?, status: status? })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn not_in_program_is_a_removal() {
        let lowered = testing::step("change status in program \"Spring Webinar 2026\" to \"Not in Program\"");
        testing::refused(&lowered, "E0513 `\"Not in Program\"` `Not in Program` cannot be set as a status");
        testing::helped(&lowered, "`remove from program`");
    }
}
