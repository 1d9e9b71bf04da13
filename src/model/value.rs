//! The values of person fields and activity attributes.

use std::fmt;

use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::event::FactValue;
use super::time::{Date, Timestamp, Zone};

/// The type of a field or attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldType {
    /// Any text.
    Text,
    /// A whole number, 64 bits.
    Integer,
    /// A decimal number, exact, up to 28 digits.
    Number,
    /// True or false, never empty.
    Boolean,
    /// A day of the calendar.
    Date,
    /// A moment.
    DateTime,
    /// A text that holds an e-mail address.
    Email,
    /// A text that holds a telephone number.
    Phone,
    /// A text that holds a web address.
    Url,
}

impl FieldType {
    /// Every type, in the order of the language page.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Integer,
        Self::Number,
        Self::Boolean,
        Self::Date,
        Self::DateTime,
        Self::Email,
        Self::Phone,
        Self::Url,
    ];

    /// The word for it in rule files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Url => "url",
        }
    }

    /// The type that a word names.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|type_| type_.word() == word)
    }

    /// Whether values are texts.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Email | Self::Phone | Self::Url)
    }

    /// Whether values are dates or moments.
    pub const fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::DateTime)
    }

    /// Whether values are numbers.
    pub const fn is_numeric(self) -> bool {
        matches!(self, Self::Integer | Self::Number)
    }

    /// The value of a field that nobody set: false for a boolean, else empty.
    pub const fn unset(self) -> Value {
        match self {
            Self::Boolean => Value::Boolean(false),
            Self::Text
            | Self::Integer
            | Self::Number
            | Self::Date
            | Self::DateTime
            | Self::Email
            | Self::Phone
            | Self::Url => Value::Empty,
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A value. Which variants a field may hold follows from its [`FieldType`]; the empty text is [`Value::Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// No value.
    Empty,
    /// A text, not empty.
    Text(SmolStr),
    /// A whole number.
    Integer(i64),
    /// A decimal number; equal numbers are equal whatever their trailing zeros.
    Number(Decimal),
    /// True or false.
    Boolean(bool),
    /// A day.
    Date(Date),
    /// A moment.
    DateTime(Timestamp),
}

impl Value {
    /// A text value; the empty text is the empty value.
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(SmolStr::new(text)) }
    }

    /// Whether there is no value. `false` is a value.
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl Value {
    /// The value as it stands in a text (language.md section 7).
    pub fn in_text(&self, zone: &Zone) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.to_string(),
            Self::Integer(n) => n.to_string(),
            Self::Number(n) => n.normalize().to_string(),
            Self::Boolean(b) => b.to_string(),
            Self::Date(day) => day.to_string(),
            Self::DateTime(at) => zone.format(*at),
        }
    }

    /// Reads a value of a type from a text, as CSV cells and tokens give it. `None`: the text does not fit the type. The
    /// empty text is the unset value.
    pub fn parse(text: &str, type_: FieldType, zone: &Zone) -> Option<Self> {
        if text.is_empty() {
            return Some(type_.unset());
        }
        Some(match type_ {
            FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => Self::text(text),
            FieldType::Integer => Self::Integer(parse_integer(text)?),
            FieldType::Number => Self::Number(parse_number(text)?),
            FieldType::Boolean if text.eq_ignore_ascii_case("true") => Self::Boolean(true),
            FieldType::Boolean if text.eq_ignore_ascii_case("false") => Self::Boolean(false),
            FieldType::Boolean => return None,
            FieldType::Date => Self::Date(Date::parse(text)?),
            FieldType::DateTime => Self::DateTime(zone.parse(text)?),
        })
    }
}

/// Reads a decimal number, plain (`-3.50`) or with an exponent (`1e3`).
pub fn parse_number(text: &str) -> Option<Decimal> {
    let number = Decimal::from_str_exact(text).ok().or_else(|| Decimal::from_scientific(text).ok())?;
    Some(number.normalize())
}

/// Reads a whole number of 64 bits; `10.0` is one.
pub fn parse_integer(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let number = parse_number(text)?;
        number.is_integer().then(|| i64::try_from(number).ok())?
    })
}

impl FactValue<'_> {
    /// What the world's spelling means for a field of this type. `None`: it does not fit.
    pub fn read(&self, type_: FieldType, zone: &Zone) -> Option<Value> {
        match self {
            Self::Null => Some(type_.unset()),
            Self::Boolean(b) if type_ == FieldType::Boolean => Some(Value::Boolean(*b)),
            Self::Boolean(b) if type_.is_text() => Some(Value::text(if *b { "true" } else { "false" })),
            Self::Boolean(_) => None,
            Self::Number(_) if type_.is_temporal() || type_ == FieldType::Boolean => None,
            Self::Number(text) | Self::Text(text) => Value::parse(text, type_, zone),
        }
    }
}
