//! Calling a web service.

use crate::language::ast::{Step, StepForm};
use crate::meaning::{RemoteKind, StepKind};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::CallWebhook,
    syntax: "call webhook \"W\"",
    summary: "Posts the JSON of the run to a declared webhook.",
    doc: "A name with tokens is worked out when the step runs. An executable campaign cannot call one.",
    examples: &["call webhook \"crm-alert\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    scope.not_in_executable(step, "call a webhook")?;
    let text = scope.one_name(step)?;
    let name = scope.template(text)?;
    if name.fixed().is_some() {
        scope.webhook(text)?;
    }
    Ok(StepKind::Remote { kind: RemoteKind::Webhook, name })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn it_is_declared() {
        testing::refused(
            &testing::step("call webhook \"crm-alrt\""),
            "E0313 `\"crm-alrt\"` there is no webhook `crm-alrt`",
        );
    }
}
