//! A stable sample of people.

use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{self, PredicateForm};
use crate::meaning::Predicate;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};
use rust_decimal::Decimal;

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::RandomSample,
    syntax: "random sample of N%",
    summary: "Is in a stable random sample of N in a hundred people.",
    doc: "N has up to two decimals. The same person is always in or always out of the sample of one campaign or \
          segment; other campaigns draw their own. A larger N keeps everybody of a smaller one.",
    examples: &["random sample of 10%", "random sample of 0.25%"],
    takes: &[Part::Percent],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let Some(percent) = &predicate.parts.percent else { return scope.missing(predicate.head, "a percentage") };
    match parts(&percent.value) {
        Some(parts) => Ok(Predicate::RandomSample { key: scope.place.sample_key.clone(), parts }),
        None => {
            let message = format!("`{}` is no percentage from 0 to 100 with up to two decimals", percent.value);
            let finding = Diagnostic::new(Code::PercentOutOfRange, percent.span, message)
                .help("write a number such as `10` or `2.5`, at most `100`");
            scope.refuse(finding)
        }
    }
}

/// The percentage in parts of 10,000.
fn parts(percent: &str) -> Option<u32> {
    let percent = Decimal::from_str_exact(percent).ok()?.normalize();
    let fits = percent >= Decimal::ZERO && percent <= Decimal::ONE_HUNDRED && percent.scale() <= 2;
    fits.then(|| u32::try_from(percent * Decimal::ONE_HUNDRED).ok())?
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn from_0_to_100_with_two_decimals() {
        for (text, parts) in [
            ("0", Some(0)),
            ("2.5", Some(250)),
            ("0.01", Some(1)),
            ("100.00", Some(10_000)),
            ("100.01", None),
            ("120", None),
            ("-1", None),
            ("0.001", None),
            ("ten", None),
        ] {
            assert_eq!(super::parts(text), parts, "{text}");
        }
    }

    #[test]
    fn the_number_is_blamed() {
        testing::refused(
            &testing::filter("random sample of 120%"),
            "E0405 `120%` `120` is no percentage from 0 to 100 with up to two decimals",
        );
    }
}
