//! Going on later.

use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::Wait,
    syntax: "wait D [ending on DAYS [at TIME]] | wait until DATE | wait until FIELD",
    summary: "Lets the run go on later.",
    doc: "The forms of waiting have their own list. Filters are not checked again after a wait; choices are \
          evaluated when they are reached. A moment that has passed goes on at once. An executable campaign cannot \
          wait.",
    examples: &[
        "wait 3 days",
        "wait 48 hours ending on weekdays at 09:00",
        "wait until [Event Date] minus 1 day at 09:00",
    ],
    takes: &[Part::Wait],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    scope.not_in_executable(step, "wait")?;
    let Some(wait) = &step.parts.wait else { return scope.missing(step.head, "what to wait for") };
    scope.wait(wait, step.parts.field.as_ref(), step.head).map(StepKind::Wait)
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn only_dates_are_waited_for() {
        testing::refused(
            &testing::step("wait until Country plus 1 day"),
            "E0509 `Country` `Country` is of type text: only a date or datetime can be waited for",
        );
        testing::refused(
            &testing::step("wait until 2026-13-01 at 25:00"),
            "E0404 `2026-13-01` there is no date `2026-13-01`\nE0404 `25:00` there is no time `25:00`",
        );
    }

    #[test]
    fn executable_campaigns_do_not_wait() {
        testing::refused(
            &testing::executable_step("wait 1 day"),
            "E0505 `wait 1 day` an executable campaign cannot wait",
        );
    }
}
