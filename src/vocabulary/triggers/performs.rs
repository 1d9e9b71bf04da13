//! A person does something.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::Performs,
    syntax: "performs \"ACTIVITY\" [where ATTR-TESTS]",
    summary: "Fires when a person does something: a custom activity.",
    doc: "ATTR-TESTS is one test of an attribute, or several in parentheses with `and`, `or` and `not`. An attribute \
          that the activity does not carry is empty.",
    examples: &[
        "performs \"Fill Out Form\"",
        "performs \"Fill Out Form\" where Form is \"Contact\"",
        "performs \"Fill Out Form\" where (Form is \"Contact\" and Page contains \"pricing\")",
    ],
    takes: &[Part::Name, Part::Attributes],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let activity = scope.one_name(trigger).and_then(|text| scope.activity(text));
    let attributes = scope.attributes(activity, trigger.parts.attributes.as_ref());
    Ok(TriggerTest::Performs { activity: activity?, attributes: attributes? })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn attributes_are_those_of_the_activity() {
        testing::refused(
            &testing::trigger("performs \"Fill Out Form\" where (Form is \"Contact\" or Pag is empty)"),
            "E0310 `Pag` activity `Fill Out Form` has no attribute `Pag`",
        );
    }
}
