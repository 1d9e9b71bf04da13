//! Values as the state keeps them: sixteen bytes and a tag, texts as places in the dictionary.

use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::texts::{TextId, Texts};
use crate::model::{Date, FieldType, Timestamp, Value, Zone};

/// A value of a field or attribute. Equal cells are equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// No value.
    Empty,
    /// A text of the dictionary, not empty.
    Text(TextId),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Number(Decimal),
    /// True or false.
    Boolean(bool),
    /// A day.
    Date(Date),
    /// A moment.
    DateTime(Timestamp),
}

impl Cell {
    /// Whether there is no value. `false` is a value.
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::Empty)
    }

    /// The value of a field that nobody set.
    pub const fn unset(type_: FieldType) -> Self {
        match type_ {
            FieldType::Boolean => Self::Boolean(false),
            FieldType::Text
            | FieldType::Integer
            | FieldType::Number
            | FieldType::Date
            | FieldType::DateTime
            | FieldType::Email
            | FieldType::Phone
            | FieldType::Url => Self::Empty,
        }
    }

    /// The value, its text taken from the dictionary.
    pub fn value(self, texts: &Texts) -> Value {
        match self {
            Self::Empty => Value::Empty,
            Self::Text(id) => Value::Text(SmolStr::new(texts.text(id))),
            Self::Integer(number) => Value::Integer(number),
            Self::Number(number) => Value::Number(number),
            Self::Boolean(boolean) => Value::Boolean(boolean),
            Self::Date(day) => Value::Date(day),
            Self::DateTime(at) => Value::DateTime(at),
        }
    }

    /// The value as it stands in a text (language.md section 7), appended.
    pub fn write(self, texts: &Texts, zone: &Zone, out: &mut String) {
        match self {
            Self::Empty => {}
            Self::Text(id) => out.push_str(texts.text(id)),
            Self::Integer(_) | Self::Number(_) | Self::Boolean(_) | Self::Date(_) | Self::DateTime(_) => {
                out.push_str(&self.value(texts).in_text(zone));
            }
        }
    }
}

impl Texts {
    /// A value as the state keeps it; a text is added if it is new.
    pub fn cell(&mut self, value: &Value) -> Cell {
        match value {
            Value::Empty => Cell::Empty,
            Value::Text(text) => self.text_cell(text),
            Value::Integer(number) => Cell::Integer(*number),
            Value::Number(number) => Cell::Number(*number),
            Value::Boolean(boolean) => Cell::Boolean(*boolean),
            Value::Date(day) => Cell::Date(*day),
            Value::DateTime(at) => Cell::DateTime(*at),
        }
    }

    /// A text as the state keeps it; the empty one is the empty value.
    pub fn text_cell(&mut self, text: &str) -> Cell {
        match self.intern(text) {
            TextId::EMPTY => Cell::Empty,
            id => Cell::Text(id),
        }
    }
}
