//! A test of a field.

use crate::language::ast::{self, PredicateForm};
use crate::meaning::Predicate;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part, Poisoned};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::Field,
    syntax: "FIELD OPERATOR …",
    summary: "Tests the value of a field.",
    doc: "Which operators there are depends on the type of the field. A positive test of an empty value is false, \
          and every negated form is the exact complement of its positive form: `Country is not \"NL\"` holds for a \
          person without a country.",
    examples: &[
        "Country is \"NL\", \"BE\"",
        "[Lead Source] is not empty",
        "Score >= 50",
        "[Event Date] is in past 30 days",
    ],
    takes: &[Part::Field, Part::Operator],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let field = scope.phrase_field(predicate)?;
    let Some(operator) = &predicate.parts.operator else { return scope.missing(predicate.span, "an operator") };
    let subject = scope.subject(field).ok_or(Poisoned)?;
    Ok(Predicate::Field { field, test: scope.value_test(operator, &subject)? })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn a_wrong_operator_names_those_of_the_type() {
        let lowered = testing::filter("Country is at least 5");
        testing::refused(&lowered, "E0401 `is at least` `is at least` is not for `Country`, which is of type text");
        testing::helped(&lowered, "`starts with V`");
    }

    #[test]
    fn values_fit_the_type() {
        for (text, finding) in [
            (
                "Score is at least \"fifty\"",
                "E0402 `\"fifty\"` `fifty` is not a value for `Person Score`, which is of type integer",
            ),
            (
                "Unsubscribed is \"yes\"",
                "E0402 `\"yes\"` `yes` is not a value for `Unsubscribed`, which is of type boolean",
            ),
            ("[Event Date] is 2026-02-30", "E0404 `2026-02-30` there is no date `2026-02-30`"),
            (
                "Score is between 20 and 10",
                "E0407 `20 and 10` nothing is between `20` and `10`: the first is the larger",
            ),
            ("[Favourite Colour] is \"red\"", "E0403 `\"red\"` `red` is not a value of `Favourite Colour`"),
            ("Score is 2.5", "E0408 `2.5` `2.5` is not a whole number, and `Person Score` is of type integer"),
        ] {
            testing::refused(&testing::filter(text), finding);
        }
    }
}
