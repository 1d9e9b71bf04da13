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

/// A value in four bytes: most texts, whole numbers and days, and all booleans. Below is its type, above it the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShortCell(u32);

/// Bits of the type.
const TYPE_BITS: u32 = 3;
const TEXT: u32 = 0;
const INTEGER: u32 = 1;
const BOOLEAN: u32 = 2;
const DAY: u32 = 3;
/// Of two short cells together: they are the number of what is kept elsewhere, the second of them all of it.
const ELSEWHERE: u32 = 4;

impl ShortCell {
    /// The value, if it is short enough.
    pub(super) fn of(cell: Cell) -> Option<Self> {
        let short = |type_: u32, value: u32| Self(value << TYPE_BITS | type_);
        let whole = |type_: u32, value: i32| {
            let above = value << TYPE_BITS;
            (above >> TYPE_BITS == value).then_some(Self(above as u32 | type_))
        };
        match cell {
            // The empty value is the empty text.
            Cell::Empty => Some(short(TEXT, TextId::EMPTY.0)),
            Cell::Text(TextId(id)) => (id >> (u32::BITS - TYPE_BITS) == 0).then_some(short(TEXT, id)),
            Cell::Integer(number) => whole(INTEGER, i32::try_from(number).ok()?),
            Cell::Boolean(boolean) => Some(short(BOOLEAN, u32::from(boolean))),
            Cell::Date(Date(day)) => whole(DAY, day),
            Cell::Number(_) | Cell::DateTime(_) => None,
        }
    }

    /// The value.
    #[inline]
    pub(super) const fn cell(self) -> Cell {
        let above = self.0 as i32 >> TYPE_BITS;
        match self.0 & ((1 << TYPE_BITS) - 1) {
            INTEGER => Cell::Integer(above as i64),
            BOOLEAN => Cell::Boolean(above != 0),
            DAY => Cell::Date(Date(above)),
            _ => match self.0 >> TYPE_BITS {
                0 => Cell::Empty,
                id => Cell::Text(TextId(id)),
            },
        }
    }

    /// Two of them that stand for a number.
    pub(super) const fn elsewhere(number: u32) -> [Self; 2] {
        [Self(ELSEWHERE), Self(number)]
    }

    /// The number that two of them stand for, if they are no values.
    #[inline]
    pub(super) fn number([first, second]: [Self; 2]) -> Option<u32> {
        (first.0 == ELSEWHERE).then_some(second.0)
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
