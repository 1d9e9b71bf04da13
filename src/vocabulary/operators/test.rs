//! From an operator and its values to the test of one value.

use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{Literal, LiteralKind, Operator, OperatorKind};
use crate::meaning::{Check, DateCheck, NumberCheck, TextCheck, ValueTest};
use crate::model::{FieldType, Folded};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::values::Subject;
use crate::vocabulary::{Lowered, Poisoned};

/// The check of a text that one of several values must fit.
type MakeTextCheck = fn(Vec<Folded>) -> TextCheck;

impl Scope<'_> {
    /// The test that an operator makes of a field or attribute.
    pub(crate) fn value_test(&mut self, operator: &Operator, subject: &Subject) -> Lowered<ValueTest> {
        let (check, empty) = if let OperatorKind::Is(values) = &operator.kind {
            self.is(operator, values, subject)?
        } else {
            let check = match subject.type_ {
                FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
                    self.text_check(operator, subject)?.map(Check::Text)
                }
                FieldType::Integer | FieldType::Number => self.number_check(operator, subject)?.map(Check::Number),
                FieldType::Date | FieldType::DateTime => self.date_check(operator, Some(subject))?.map(Check::Date),
                FieldType::Boolean => None,
            };
            match check {
                Some(check) => (check, false),
                None => return self.not_for_type(operator, subject),
            }
        };
        let empty = empty || self.marketo_empty(operator, &check, subject);
        Ok(ValueTest { negated: operator.negated, empty, check })
    }

    /// `is` with a list, in which `empty` may stand: the check of the others, and whether `empty` does.
    fn is(&mut self, operator: &Operator, values: &[Literal], subject: &Subject) -> Lowered<(Check, bool)> {
        let empty = values.iter().any(is_empty);
        if empty && subject.type_ == FieldType::Boolean {
            return self.not_for_type(operator, subject);
        }
        let rest: Vec<&Literal> = values.iter().filter(|value| !is_empty(value)).collect();
        if rest.is_empty() {
            return Ok((Check::Nothing, empty));
        }
        match subject.type_ {
            FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
                self.is_text(&rest, empty, subject)
            }
            FieldType::Integer | FieldType::Number => {
                let numbers = self.each(&rest, |scope, value| scope.number(value, subject))?;
                Ok((Check::Number(NumberCheck::Is(sorted(numbers))), empty))
            }
            FieldType::Date | FieldType::DateTime => {
                let moments = self.each(&rest, |scope, value| scope.date_value(value, Some(subject)))?;
                Ok((Check::Date(DateCheck::Is(moments)), empty))
            }
            FieldType::Boolean => {
                let booleans = self.each(&rest, |scope, value| {
                    let LiteralKind::Boolean(boolean) = value.kind else { return scope.wrong_value(value, subject) };
                    Ok(boolean)
                })?;
                match (booleans.as_slice(), rest.as_slice()) {
                    ([one], _) => Ok((Check::Boolean(*one), false)),
                    (_, [_, second, ..]) => {
                        let message = format!("`{}` is of type boolean and takes one value", subject.name);
                        let finding = Diagnostic::new(Code::ValueNotForType, second.span, message)
                            .help("write `true` or `false`");
                        self.refuse(finding)
                    }
                    (_, [_] | []) => Err(Poisoned),
                }
            }
        }
    }

    fn is_text(&mut self, values: &[&Literal], empty: bool, subject: &Subject) -> Lowered<(Check, bool)> {
        let texts = self.each(values, |scope, value| {
            let text = scope.text_value(value, subject)?;
            if let LiteralKind::Text(written) = &value.kind {
                scope.in_closed_list(&text, written, subject)?;
            }
            Ok(text)
        })?;
        // The empty text is the empty value.
        let empty = empty || texts.iter().any(|text| text.is_empty());
        let texts: Vec<Folded> = texts.iter().filter(|text| !text.is_empty()).map(|text| Folded::new(text)).collect();
        let check = if texts.is_empty() { Check::Nothing } else { Check::Text(TextCheck::Is(sorted(texts))) };
        Ok((check, empty))
    }

    fn text_check(&mut self, operator: &Operator, subject: &Subject) -> Lowered<Option<TextCheck>> {
        let (values, check): (&[Literal], MakeTextCheck) = match &operator.kind {
            OperatorKind::Contains(values) => (values, TextCheck::Contains),
            OperatorKind::StartsWith(values) => (values, TextCheck::StartsWith),
            OperatorKind::EndsWith(values) => (values, TextCheck::EndsWith),
            OperatorKind::Is(_)
            | OperatorKind::GreaterThan(_)
            | OperatorKind::LessThan(_)
            | OperatorKind::AtLeast(_)
            | OperatorKind::AtMost(_)
            | OperatorKind::Between(..)
            | OperatorKind::Before(_)
            | OperatorKind::After(_)
            | OperatorKind::OnOrBefore(_)
            | OperatorKind::OnOrAfter(_)
            | OperatorKind::InPast(_)
            | OperatorKind::InPastBefore(_)
            | OperatorKind::InFuture(_)
            | OperatorKind::InFutureAfter(_)
            | OperatorKind::In(_) => return Ok(None),
        };
        let values: Vec<&Literal> = values.iter().collect();
        let texts = self.each(&values, |scope, value| scope.text_value(value, subject))?;
        Ok(Some(check(sorted(texts.iter().map(|text| Folded::new(text)).collect()))))
    }

    fn number_check(&mut self, operator: &Operator, subject: &Subject) -> Lowered<Option<NumberCheck>> {
        Ok(Some(match &operator.kind {
            OperatorKind::GreaterThan(value) => NumberCheck::GreaterThan(self.number(value, subject)?),
            OperatorKind::LessThan(value) => NumberCheck::LessThan(self.number(value, subject)?),
            OperatorKind::AtLeast(value) => NumberCheck::AtLeast(self.number(value, subject)?),
            OperatorKind::AtMost(value) => NumberCheck::AtMost(self.number(value, subject)?),
            OperatorKind::Between(from, to) => {
                let (first, last) = (self.number(from, subject), self.number(to, subject));
                let (first, last) = (first?, last?);
                if first > last {
                    return self.reversed(from, to);
                }
                NumberCheck::Between(first, last)
            }
            OperatorKind::Is(_)
            | OperatorKind::Contains(_)
            | OperatorKind::StartsWith(_)
            | OperatorKind::EndsWith(_)
            | OperatorKind::Before(_)
            | OperatorKind::After(_)
            | OperatorKind::OnOrBefore(_)
            | OperatorKind::OnOrAfter(_)
            | OperatorKind::InPast(_)
            | OperatorKind::InPastBefore(_)
            | OperatorKind::InFuture(_)
            | OperatorKind::InFutureAfter(_)
            | OperatorKind::In(_) => return Ok(None),
        }))
    }

    /// The check of a date or moment; without a subject that of a window.
    pub(crate) fn date_check(&mut self, operator: &Operator, subject: Option<&Subject>) -> Lowered<Option<DateCheck>> {
        Ok(Some(match &operator.kind {
            OperatorKind::Before(value) => DateCheck::Before(self.date_value(value, subject)?),
            OperatorKind::After(value) => DateCheck::After(self.date_value(value, subject)?),
            OperatorKind::OnOrBefore(value) => DateCheck::OnOrBefore(self.date_value(value, subject)?),
            OperatorKind::OnOrAfter(value) => DateCheck::OnOrAfter(self.date_value(value, subject)?),
            OperatorKind::Between(from, to) => {
                let (first, last) = self.date_range(from, to, subject)?;
                DateCheck::Between(first, last)
            }
            OperatorKind::InPast(span) => DateCheck::InPast(self.fixed_millis(operator, *span)),
            OperatorKind::InPastBefore(span) => DateCheck::InPastBefore(self.fixed_millis(operator, *span)),
            OperatorKind::InFuture(span) => DateCheck::InFuture(self.fixed_millis(operator, *span)),
            OperatorKind::InFutureAfter(span) => DateCheck::InFutureAfter(self.fixed_millis(operator, *span)),
            OperatorKind::In(frame) => DateCheck::In(*frame),
            OperatorKind::Is(_)
            | OperatorKind::Contains(_)
            | OperatorKind::StartsWith(_)
            | OperatorKind::EndsWith(_)
            | OperatorKind::GreaterThan(_)
            | OperatorKind::LessThan(_)
            | OperatorKind::AtLeast(_)
            | OperatorKind::AtMost(_) => return Ok(None),
        }))
    }

    /// Lowers every value, so that each mistake is found.
    fn each<T>(
        &mut self,
        values: &[&Literal],
        mut lower: impl FnMut(&mut Self, &Literal) -> Lowered<T>,
    ) -> Lowered<Vec<T>> {
        let lowered: Vec<Lowered<T>> = values.iter().map(|value| lower(self, value)).collect();
        lowered.into_iter().collect()
    }

    fn not_for_type<T>(&mut self, operator: &Operator, subject: &Subject) -> Lowered<T> {
        // Values that are wrong as well would be a second finding about one mistake.
        let mut words = super::words(&operator.kind, operator.negated);
        if let OperatorKind::Is(values) = &operator.kind
            && values.iter().any(is_empty)
        {
            words.push_str(" empty");
        }
        let all: Vec<String> = super::of_type(subject.type_).map(|known| format!("`{}`", known.syntax)).collect();
        let finding = Diagnostic::new(
            Code::OperatorNotForType,
            operator.span,
            format!("`{words}` is not for `{}`, which is of type {}", subject.name, subject.type_),
        )
        .help(format!("a field of this type has {}", all.join(", ")));
        self.refuse(finding)
    }
}

fn is_empty(value: &Literal) -> bool {
    value.kind == LiteralKind::Empty
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort();
    values.dedup();
    values
}
