//! Values of fields and attributes: what may be written for which type.

use smol_str::SmolStr;

use super::entry::Lowered;
use super::scope::Scope;
use super::tokens::is_computed;
use crate::diagnostics::{Code, Diagnostic, Span, closest, in_backticks, one_of};
use crate::language::ast::{Literal, LiteralKind, Text};
use crate::meaning::{Field, Source};
use crate::model::{FieldId, FieldType, Id, StandardField, Value, fold};

/// What a value is for: a field or an attribute.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// Its declared name.
    pub(crate) name: SmolStr,
    /// Its type.
    pub(crate) type_: FieldType,
    /// Its closed list.
    pub(crate) values: Option<Vec<SmolStr>>,
    /// The field, when it is one.
    pub(crate) field: Option<FieldId>,
}

impl Subject {
    /// Whether a person or activity may have no value here.
    pub(crate) fn may_be_empty(&self) -> bool {
        self.type_ != FieldType::Boolean
            && self.field != Some(StandardField::CREATED_AT)
            && self.field != Some(StandardField::UPDATED_AT)
    }
}

impl Scope<'_> {
    /// A field as what a value is for.
    pub(crate) fn subject(&self, id: FieldId) -> Option<Subject> {
        let Field { name, type_, values, read_only: _ } = self.symbols.fields.get(id.index())?;
        Some(Subject { name: name.clone(), type_: *type_, values: values.clone(), field: Some(id) })
    }

    /// A field that a step or trigger is about, refused when rules may only read it.
    pub(crate) fn writable(&mut self, id: FieldId, place: Option<Span>, doing: &str) -> Lowered<()> {
        let Some(field) = self.symbols.fields.get(id.index()).filter(|field| field.read_only) else { return Ok(()) };
        let Some(place) = place else { return Ok(()) };
        let finding =
            Diagnostic::new(Code::ReadOnlyField, place, format!("`{}` is read-only: rules cannot {doing}", field.name))
                .help("filters may ask for it");
        self.refuse(finding)
    }

    /// A text that a text field is compared with.
    pub(crate) fn text_value(&mut self, literal: &Literal, subject: &Subject) -> Lowered<SmolStr> {
        let LiteralKind::Text(text) = &literal.kind else { return self.wrong_value(literal, subject) };
        self.name(text)
    }

    /// Refuses a text that is not in the closed list.
    pub(crate) fn in_closed_list(&mut self, value: &str, text: &Text, subject: &Subject) -> Lowered<()> {
        let Some(values) = &subject.values else { return Ok(()) };
        let is_same = |known: &SmolStr| known == value || (self.place.is_question && fold(known) == fold(value));
        if value.is_empty() || values.iter().any(is_same) {
            return Ok(());
        }
        let all: Vec<String> = values.iter().map(|value| in_backticks(value)).collect();
        let near: Vec<String> =
            closest(value, values.iter().map(SmolStr::as_str)).into_iter().map(in_backticks).collect();
        let mut finding = Diagnostic::new(
            Code::OutsideClosedList,
            text.span,
            format!("`{value}` is not a value of `{}`", subject.name),
        );
        if !near.is_empty() {
            finding = finding.help(format!("did you mean {}?", one_of(&near)));
        }
        let finding = finding.help(format!("its values are {}", one_of(&all)));
        let finding = self.with_spelling(finding, text, value, values.iter().map(SmolStr::as_str));
        self.refuse(finding)
    }

    /// Says that a value is not of the type.
    pub(crate) fn wrong_value<T>(&mut self, literal: &Literal, subject: &Subject) -> Lowered<T> {
        let spelling = spelled(literal);
        let finding = Diagnostic::new(
            Code::ValueNotForType,
            literal.span,
            format!("`{spelling}` is not a value for `{}`, which is of type {}", subject.name, subject.type_),
        );
        let quoted = if let LiteralKind::Text(text) = &literal.kind { Some(text.value.as_str()) } else { None };
        let fits = quoted.is_some_and(|text| {
            !text.is_empty() && Value::parse(text, subject.type_, &self.symbols.settings.zone).is_some()
        });
        let help = match subject.type_ {
            _ if fits => format!("write it without quotes: `{}`", quoted.unwrap_or("")),
            _ if literal.kind == LiteralKind::Empty => "write `is empty`, or `clear` in a flow".to_owned(),
            FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
                format!("write a text in quotes: `\"{spelling}\"`")
            }
            FieldType::Integer => "write a whole number without quotes, `50`".to_owned(),
            FieldType::Number => "write a number without quotes, `3.5`".to_owned(),
            FieldType::Boolean => match spelling.to_lowercase().as_str() {
                "yes" | "y" | "on" | "1" | "checked" => "write `true`, without quotes".to_owned(),
                "no" | "n" | "off" | "0" | "unchecked" => "write `false`, without quotes".to_owned(),
                _ => "write `true` or `false`, without quotes".to_owned(),
            },
            FieldType::Date => "write a date without quotes, `2026-03-05`, or `today`".to_owned(),
            FieldType::DateTime => "write a date and time without quotes, `2026-03-05 09:00`, or `now`".to_owned(),
        };
        self.refuse(finding.help(help))
    }

    /// What `set` gives a field.
    pub(crate) fn source(&mut self, literal: &Literal, subject: &Subject) -> Lowered<Source> {
        match &literal.kind {
            LiteralKind::Text(text) => self.text_source(literal, text, subject),
            LiteralKind::Today if subject.type_.is_temporal() => Ok(Source::Today),
            LiteralKind::Now if subject.type_.is_temporal() => Ok(Source::Now),
            LiteralKind::Number(_) | LiteralKind::NumberTooLarge if subject.type_.is_numeric() => {
                let number = self.number(literal, subject)?;
                Ok(Source::Value(match i64::try_from(number) {
                    Ok(whole) if subject.type_ == FieldType::Integer => Value::Integer(whole),
                    Ok(_) | Err(_) => Value::Number(number),
                }))
            }
            LiteralKind::Boolean(value) if subject.type_ == FieldType::Boolean => {
                Ok(Source::Value(Value::Boolean(*value)))
            }
            LiteralKind::Date(text) if subject.type_ == FieldType::Date => {
                self.date(text, literal.span).map(|day| Source::Value(Value::Date(day)))
            }
            LiteralKind::Date(text) if subject.type_ == FieldType::DateTime => {
                let day = self.date(text, literal.span)?;
                self.needs_zone(literal.span);
                Ok(Source::Value(Value::DateTime(self.symbols.settings.zone.start_of(day))))
            }
            LiteralKind::DateTime(text) if subject.type_ == FieldType::DateTime => {
                self.moment(text, literal.span).map(|at| Source::Value(Value::DateTime(at)))
            }
            LiteralKind::Today
            | LiteralKind::Now
            | LiteralKind::Number(_)
            | LiteralKind::NumberTooLarge
            | LiteralKind::Boolean(_)
            | LiteralKind::Date(_)
            | LiteralKind::DateTime(_)
            | LiteralKind::Time(_)
            | LiteralKind::Empty => self.wrong_value(literal, subject),
        }
    }

    fn text_source(&mut self, literal: &Literal, text: &Text, subject: &Subject) -> Lowered<Source> {
        let template = self.template(text)?;
        if is_computed(text) {
            return Ok(Source::Template(template));
        }
        let value = template.fixed().unwrap_or("");
        if subject.type_.is_text() {
            self.in_closed_list(value, text, subject)?;
            return Ok(Source::Value(Value::text(value)));
        }
        // A number or date may come out of a token; written out it needs no quotes.
        let replaced = !text.tokens.is_empty() || value.is_empty();
        match Value::parse(value, subject.type_, &self.symbols.settings.zone) {
            Some(value) if replaced => Ok(Source::Value(value)),
            Some(_) | None => self.wrong_value(literal, subject),
        }
    }
}

/// A value as the author wrote it, without its quotes.
pub(super) fn spelled(literal: &Literal) -> String {
    match &literal.kind {
        LiteralKind::Text(text) => text.value.to_string(),
        LiteralKind::Number(number) => number.to_string(),
        LiteralKind::NumberTooLarge => "this number".to_owned(),
        LiteralKind::Date(text) | LiteralKind::DateTime(text) | LiteralKind::Time(text) => text.to_string(),
        LiteralKind::Boolean(value) => value.to_string(),
        LiteralKind::Empty => "empty".to_owned(),
        LiteralKind::Today => "today".to_owned(),
        LiteralKind::Now => "now".to_owned(),
    }
}
