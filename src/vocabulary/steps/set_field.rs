//! Giving a field a value.

use crate::language::ast::{Change, Spanned, Step, StepForm};
use crate::meaning::StepKind;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part, Poisoned};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::SetField,
    syntax: "set FIELD to VALUE",
    summary: "Gives a field a value.",
    doc: "VALUE is a text in quotes, a number, a date, `true` or `false`, `today`, `now`, or a text with tokens, \
          which is read as the type of the field when the step runs. The value that it already is: skipped.",
    examples: &[
        "set Region to \"South\"",
        "set [Event Date] to today",
        "set [Lead Status] to \"{{person.Lead Source:default=Web}}\"",
        "set Unsubscribed to true",
    ],
    takes: &[Part::Field, Part::To],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let field = scope.phrase_field(step)?;
    scope.writable(field, step.parts.field.as_ref().map(|field| field.span), "set it")?;
    let Some(Spanned { value: Change::Value(literal), .. }) = &step.parts.to else {
        return scope.missing(step.span, "`to` and a value");
    };
    let subject = scope.subject(field).ok_or(Poisoned)?;
    Ok(StepKind::Set { field, value: scope.source(literal, &subject)? })
}

#[cfg(test)]
mod tests {
    use crate::meaning::{Source, StepKind};
    use crate::model::{StandardField, Value};
    use crate::vocabulary::testing;

    #[test]
    fn values_have_the_type_of_the_field() {
        let lowered = testing::step("set Score to 5");
        let value = Source::Value(Value::Integer(5));
        assert_eq!(lowered, Ok(StepKind::Set { field: StandardField::PERSON_SCORE, value }));
        for (text, finding) in [
            ("set Region to 5", "E0402 `5` `5` is not a value for `Region`, which is of type text"),
            ("set [SFDC Type] to \"Lead\"", "E0406 `[SFDC Type]` `SFDC Type` is read-only: rules cannot set it"),
            (
                "set [Favourite Colour] to \"Purple\"",
                "E0403 `\"Purple\"` `Purple` is not a value of `Favourite Colour`",
            ),
        ] {
            testing::refused(&testing::step(text), finding);
        }
    }

    #[test]
    fn only_known_tokens() {
        testing::refused(
            &testing::step("set Region to \"{{campaign.nam}}\""),
            "E0216 `{{campaign.nam}}` there is no token `{{campaign.nam}}`",
        );
    }
}
