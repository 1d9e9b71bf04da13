//! Tests made ready to run: names of the commonest checks as ids of the dictionary and plain numbers.
//!
//! A probe answers exactly what its test does; tests that are rare or costly anyway have none and are asked as they stand.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::compile::Predicates;
use crate::meaning::{Check, NumberCheck, Predicate, TextCheck, ValueTest};
use crate::model::{FieldId, Folded};
use crate::state::{Column, Columns, TextId, Texts};

/// A test in the form in which it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Probe {
    /// The folded text of a field is one of these.
    Text { field: FieldId, texts: Box<[TextId]>, empty: bool, negated: bool },
    /// A whole number of a field lies between these, both in.
    Integer { field: FieldId, low: i64, high: i64, empty: bool, negated: bool },
    /// A boolean of a field is this.
    Boolean { field: FieldId, wanted: bool },
    /// The test as it stands.
    Test,
}

/// Predicates with a probe for each of their tests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ready<'a> {
    pub(super) predicates: &'a Predicates,
    pub(super) probes: &'a [Probe],
}

/// Probes for predicates; `id` gives the place of a folded text in the dictionary, if it is there.
pub(super) fn probes(
    predicates: &Predicates,
    columns: &Columns,
    mut id: impl FnMut(&str) -> Option<TextId>,
) -> Vec<Probe> {
    predicates.tests.iter().map(|test| probe(test, columns, &mut id)).collect()
}

fn probe(test: &Predicate, columns: &Columns, id: &mut impl FnMut(&str) -> Option<TextId>) -> Probe {
    let Predicate::Field { field, test: ValueTest { negated, empty, check } } = test else { return Probe::Test };
    let (field, empty, negated) = (*field, *empty, *negated);
    match (columns.column(field), check) {
        (Some(Column::Text(_)), Check::Nothing) => Probe::Text { field, texts: Box::default(), empty, negated },
        (Some(Column::Text(_)), Check::Text(TextCheck::Is(values))) => {
            let mut texts: Vec<TextId> = values.iter().map(Folded::as_str).filter_map(id).collect();
            texts.sort_unstable();
            Probe::Text { field, texts: texts.into(), empty, negated }
        }
        (Some(Column::Integer(..)), Check::Number(check)) => match range(check) {
            Some((low, high)) => Probe::Integer { field, low, high, empty, negated },
            None => Probe::Test,
        },
        (Some(Column::Integer(..)), Check::Nothing) => Probe::Integer { field, low: 1, high: 0, empty, negated },
        (Some(Column::Boolean(_)), Check::Boolean(wanted)) => Probe::Boolean { field, wanted: *wanted != negated },
        (
            Some(
                Column::Text(_)
                | Column::Integer(..)
                | Column::Number(_)
                | Column::Boolean(_)
                | Column::Date(_)
                | Column::DateTime(_),
            )
            | None,
            _,
        ) => Probe::Test,
    }
}

/// The whole numbers that pass, if they are a range; one whose ends are the wrong way round is empty.
fn range(check: &NumberCheck) -> Option<(i64, i64)> {
    let above = |number: &Decimal| number.ceil().to_i128().unwrap_or(i128::MIN);
    let below = |number: &Decimal| number.floor().to_i128().unwrap_or(i128::MAX);
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    let (low, high) = match check {
        NumberCheck::Is(numbers) => match numbers.as_slice() {
            [number] => (above(number), below(number)),
            [..] => return None,
        },
        NumberCheck::GreaterThan(number) => (below(number).saturating_add(1), most),
        NumberCheck::LessThan(number) => (least, above(number).saturating_sub(1)),
        NumberCheck::AtLeast(number) => (above(number), most),
        NumberCheck::AtMost(number) => (least, below(number)),
        NumberCheck::Between(from, to) => (above(from), below(to)),
    };
    if low > high || low > most || high < least {
        return Some((1, 0));
    }
    Some((i64::try_from(low.max(least)).ok()?, i64::try_from(high.min(most)).ok()?))
}

/// For rules that stay: their constants are put into the dictionary, so that values that come later meet them.
pub(super) fn lasting(predicates: &Predicates, columns: &Columns, texts: &mut Texts) -> Vec<Probe> {
    probes(predicates, columns, |text| Some(texts.intern(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap_or_default()
    }

    #[test]
    fn ranges_hold_exactly_the_whole_numbers_that_pass() {
        let huge = "79228162514264337593543950335";
        let numbers = ["-3.5", "-3", "0", "2.1", "3", "9223372036854775807", "9223372036854775808", huge];
        for a in numbers.map(decimal) {
            let checks = [
                NumberCheck::Is(vec![a]),
                NumberCheck::GreaterThan(a),
                NumberCheck::LessThan(a),
                NumberCheck::AtLeast(a),
                NumberCheck::AtMost(a),
                NumberCheck::Between(decimal("-3.2"), a),
            ];
            for check in checks {
                let (low, high) = range(&check).unwrap_or((0, -1));
                for number in [i64::MIN, -4, -3, -2, 0, 1, 2, 3, 4, i64::MAX - 1, i64::MAX] {
                    let passes = super::super::values::number_passes(&check, Decimal::from(number));
                    assert_eq!(low <= number && number <= high, passes, "{check:?} and {number}");
                }
            }
        }
    }
}
