//! Handing an e-mail.

use crate::language::ast::{Step, StepForm};
use crate::meaning::{RemoteKind, StepKind};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::SendEmail,
    syntax: "send email \"E\"",
    summary: "Hands an e-mail to the configured action sink.",
    doc: "Tokens in the name are worked out when the step runs.",
    examples: &["send email \"Webinar confirmation\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let name = scope.one_name(step).and_then(|text| scope.template(text));
    Ok(StepKind::Remote { kind: RemoteKind::Email, name: name? })
}
