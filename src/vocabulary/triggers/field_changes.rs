//! A field gets a different value.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::FieldChanges,
    syntax: "FIELD changes [from VALUE-TEST] [to VALUE-TEST]",
    summary: "Fires when a field gets a different value.",
    doc: "Whether it changed is exact, `nl` to `NL` is a change; the tests of the old and new value are those of \
          filters, without `is`. `empty` may stand in a value list, and `not` before a list is its complement. \
          Read-only fields never fire.",
    examples: &[
        "Country changes",
        "Country changes from \"NL\" to \"BE\", \"LU\"",
        "Score changes to at least 100",
        "[Lead Source] changes from empty",
        "[Lead Status] changes from not \"New\", empty",
    ],
    takes: &[Part::Field, Part::From, Part::To],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let field = scope.phrase_field(trigger).and_then(|field| {
        scope.writable(field, trigger.parts.field.as_ref().map(|field| field.span), "wait for it to change")?;
        Ok(field)
    });
    let from = scope.field_change(field, trigger.parts.from.as_ref());
    let to = scope.field_change(field, trigger.parts.to.as_ref());
    Ok(TriggerTest::FieldChanges { field: field?, from: from?, to: to? })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn read_only_fields_never_fire() {
        testing::refused(
            &testing::trigger("[SFDC Type] changes to \"Contact\""),
            "E0406 `[SFDC Type]` `SFDC Type` is read-only: rules cannot wait for it to change",
        );
    }

    #[test]
    fn tests_are_those_of_the_type() {
        testing::refused(
            &testing::trigger("Country changes to at least 5"),
            "E0401 `at least` `is at least` is not for `Country`, which is of type text",
        );
    }
}
