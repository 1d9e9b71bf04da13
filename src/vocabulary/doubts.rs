//! What may mean something else than it seems (W1305): fixed months, times without a zone, opposites that hold for empty
//! values, and where Marketo decides otherwise. Everything here is understood and goes on; a doubt is only said.

use rust_decimal::Decimal;

use super::scope::Scope;
use super::values::Subject;
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::language::ast::{self, Duration, Literal, LiteralKind, Operator, OperatorKind, PredicateForm, Unit};
use crate::language::text::print::field_name;
use crate::meaning::{self, Check, DateCheck, EmptyValues, NumberCheck, Predicate, ValueTest};
use crate::model::{FieldId, FieldType};

/// The milliseconds of a day.
const DAY_MILLIS: i64 = 86_400_000;

/// The doubt about a span of months or years that has a fixed length; `words` are those before it.
pub(crate) fn fixed_span(span: Duration, words: &str, place: Span) -> Option<Diagnostic> {
    match span.unit {
        Unit::Month | Unit::Year => {}
        Unit::Minute | Unit::Hour | Unit::Day | Unit::Week => return None,
    }
    let days = meaning::Duration { count: span.count, unit: span.unit }.fixed_millis() / DAY_MILLIS;
    let plural = if span.count == 1 { "" } else { "s" };
    let message =
        format!("`{} {}{plural}` means {days} days here, whatever the calendar says", span.count, span.unit.word());
    let help = format!("write `{words} {days} days` to say so; only waits go by the calendar");
    Some(Diagnostic::new(Code::ReadsOtherwise, place, message).help(help))
}

/// The doubt about times that no zone is set for, at the first of them.
pub(crate) fn without_zone(place: Span) -> Diagnostic {
    let message = "no time zone is set, so this and every other local time is taken as UTC";
    Diagnostic::new(Code::ReadsOtherwise, place, message)
        .help("write the zone that is meant under `settings`, as in `time_zone: Europe/Amsterdam`")
        .help("if UTC is meant, write `time_zone: UTC`")
}

/// What is known about empty values where a filter stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Emptiness {
    /// Fields for which a neighbour in a chain around says what counts when they are empty.
    settled: Vec<FieldId>,
    /// Fields without which a neighbour in a chain around does not hold.
    excluded: Vec<FieldId>,
    /// Fields of which it was said already in this filter.
    pub(super) said: Vec<FieldId>,
    /// Whether a `not` stands before a group around, where an opposite is no opposite.
    pub(super) inside_not: bool,
}

impl Scope<'_> {
    /// Notes a place whose meaning depends on the time zone.
    pub(crate) fn needs_zone(&mut self, place: Span) {
        let first = &mut self.symbols.first_local_time;
        *first = Some(first.map_or(place, |first| first.min(place)));
    }

    /// The fixed length of a span in a test of a date.
    pub(crate) fn fixed_millis(&mut self, operator: &Operator, span: Duration) -> i64 {
        let words = super::operators::words(&operator.kind, operator.negated);
        // In a window there is no `is`.
        let is_written = self.written(operator.span).is_none_or(|text| text.to_lowercase().contains("is"));
        let words = if is_written { words.as_str() } else { words.trim_start_matches("is ") };
        if let Some(finding) = fixed_span(span, words, operator.whole) {
            self.report(finding);
        }
        meaning::Duration { count: span.count, unit: span.unit }.fixed_millis()
    }

    /// Whether Marketo lets an empty value pass; in strict mode a warning says so instead.
    pub(crate) fn marketo_empty(&mut self, operator: &Operator, check: &Check, subject: &Subject) -> bool {
        let passes = match check {
            Check::Date(DateCheck::Before(_) | DateCheck::OnOrBefore(_) | DateCheck::InPastBefore(_)) => true,
            Check::Number(NumberCheck::Is(numbers)) => {
                subject.type_ == FieldType::Integer && numbers.contains(&Decimal::ZERO)
            }
            Check::Nothing | Check::Text(_) | Check::Number(_) | Check::Boolean(_) | Check::Date(_) => false,
        };
        if !passes || !subject.may_be_empty() {
            return false;
        }
        match self.symbols.settings.empty_values {
            EmptyValues::Marketo => true,
            EmptyValues::Strict => {
                let guarded = subject.field.is_some_and(|field| self.emptiness.settled.contains(&field));
                if !operator.negated && !guarded && !asks_for_empty(operator) {
                    let name = field_name(&subject.name);
                    self.report(
                        Diagnostic::new(
                            Code::ReadsOtherwise,
                            operator.whole,
                            format!("in Marketo this also holds where `{}` is empty; here it does not", subject.name),
                        )
                        .help(format!("to take those people too, add `or {name} is empty` in parentheses"))
                        .help(format!("to say that they are not meant, add `and {name} is not empty`")),
                    );
                }
                false
            }
        }
    }

    /// Says of a test that is negated, by its own words or by a `not` before it, that it also holds for people who have no
    /// value; once for each field of a filter.
    pub(super) fn opposite(&mut self, predicate: &Predicate, not_before: bool, place: Span) {
        let Predicate::Field { field, test: ValueTest { negated, empty, check: _ } } = predicate else { return };
        let takes_empty = if not_before { !negated && !empty } else { *negated && !empty };
        let Emptiness { settled, excluded, said, inside_not } = &self.emptiness;
        if !takes_empty || *inside_not || [settled, excluded, said].iter().any(|fields| fields.contains(field)) {
            return;
        }
        let Some(subject) = self.subject(*field).filter(Subject::may_be_empty) else { return };
        self.emptiness.said.push(*field);
        let name = field_name(&subject.name);
        let message = format!("this also holds for people whose `{}` is empty", subject.name);
        self.report(
            Diagnostic::new(Code::ReadsOtherwise, place, message)
                .help(format!("to leave those people out, add `and {name} is not empty`"))
                .help(format!("to say that they are meant, add `or {name} is empty` in parentheses")),
        );
    }

    /// What the filters of a chain say about emptiness holds for all of them: `and FIELD is not empty`, `or FIELD is empty`.
    /// Where a test of the field stands beside an opposite in an `and` chain, nobody without a value is taken either.
    pub(super) fn beside<T>(&mut self, filters: &[ast::Filter], in_and: bool, lower: impl FnOnce(&mut Self) -> T) -> T {
        let before = (self.emptiness.settled.len(), self.emptiness.excluded.len());
        for filter in filters {
            let Some((field, about_empty, negated)) = self.asked(filter) else { continue };
            if about_empty && negated == in_and {
                self.emptiness.settled.push(field);
            } else if in_and && about_empty == negated {
                self.emptiness.excluded.push(field);
            }
        }
        let lowered = lower(self);
        self.emptiness.settled.truncate(before.0);
        self.emptiness.excluded.truncate(before.1);
        lowered
    }

    /// The field that a lone test asks for, whether it is about being empty, and whether it is negated.
    fn asked(&self, filter: &ast::Filter) -> Option<(FieldId, bool, bool)> {
        match filter {
            ast::Filter::Not(filter, _) => {
                self.asked(filter).map(|(field, about_empty, negated)| (field, about_empty, !negated))
            }
            ast::Filter::Test(predicate) => {
                let operator = predicate.parts.operator.as_ref().filter(|_| predicate.form == PredicateForm::Field)?;
                let field = self.symbols.field(&predicate.parts.field.as_ref()?.name)?;
                Some((field, asks_for_empty(operator), operator.negated))
            }
            ast::Filter::And(..) | ast::Filter::Or(..) => None,
        }
    }
}

/// Whether `empty` stands among the values.
pub(super) fn asks_for_empty(operator: &Operator) -> bool {
    let is_empty = |value: &Literal| value.kind == LiteralKind::Empty;
    matches!(&operator.kind, OperatorKind::Is(values) if values.iter().any(is_empty))
}
