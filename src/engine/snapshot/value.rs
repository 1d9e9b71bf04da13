//! Values as they are kept: compact in bytes, plain in text.

use std::fmt;
use std::marker::PhantomData;

use rust_decimal::Decimal;
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Date, Timestamp};

/// A value of a field or attribute. In JSON a text, a whole number, a boolean and nothing are written as such; the other
/// three are objects with one key: `{"number": "1.50"}`, `{"date": "2026-03-05"}`, `{"at": "2026-03-05T09:00:00Z"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of crate::model::Value, where they are explained")]
pub enum Kept<S> {
    Empty,
    Text(S),
    Integer(i64),
    Number(Decimal),
    Boolean(bool),
    Date(Date),
    DateTime(Timestamp),
}

/// The form in bytes.
#[derive(Serialize, Deserialize)]
enum Compact<S> {
    Empty,
    Text(S),
    Integer(i64),
    Number([u8; 16]),
    Boolean(bool),
    Date(i32),
    DateTime(i64),
}

impl<S: Serialize> Serialize for Kept<S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        if !serializer.is_human_readable() {
            return match self {
                Self::Empty => Compact::Empty,
                Self::Text(text) => Compact::Text(text),
                Self::Integer(number) => Compact::Integer(*number),
                Self::Number(number) => Compact::Number(number.serialize()),
                Self::Boolean(boolean) => Compact::Boolean(*boolean),
                Self::Date(day) => Compact::Date(day.0),
                Self::DateTime(at) => Compact::DateTime(at.0),
            }
            .serialize(serializer);
        }
        let object = |key: &str, value: String, serializer: Z| {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(key, &value)?;
            map.end()
        };
        match self {
            Self::Empty => serializer.serialize_unit(),
            Self::Text(text) => text.serialize(serializer),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Self::Number(number) => object("number", number.to_string(), serializer),
            Self::Date(day) => object("date", day.to_string(), serializer),
            Self::DateTime(at) => object("at", at.to_string(), serializer),
        }
    }
}

impl<'de, S: Deserialize<'de>> Deserialize<'de> for Kept<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(Plain(PhantomData));
        }
        Ok(match Compact::deserialize(deserializer)? {
            Compact::Empty => Self::Empty,
            Compact::Text(text) => Self::Text(text),
            Compact::Integer(number) => Self::Integer(number),
            Compact::Number(bytes) => Self::Number(Decimal::deserialize(bytes)),
            Compact::Boolean(boolean) => Self::Boolean(boolean),
            Compact::Date(day) => Self::Date(Date(day)),
            Compact::DateTime(at) => Self::DateTime(Timestamp(at)),
        })
    }
}

struct Plain<S>(PhantomData<S>);

impl<'de, S: Deserialize<'de>> Visitor<'de> for Plain<S> {
    type Value = Kept<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, true, false, null, or an object with `number`, `date` or `at`")
    }

    fn visit_unit<E: Error>(self) -> Result<Kept<S>, E> {
        Ok(Kept::Empty)
    }

    fn visit_bool<E: Error>(self, boolean: bool) -> Result<Kept<S>, E> {
        Ok(Kept::Boolean(boolean))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Kept<S>, E> {
        Ok(Kept::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Kept<S>, E> {
        i64::try_from(number).map(Kept::Integer).map_err(|_| E::custom("the number has more than 64 bits"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Kept<S>, E> {
        S::deserialize(text.to_owned().into_deserializer()).map(Kept::Text)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kept<S>, A::Error> {
        let Some((key, text)) = map.next_entry::<String, String>()? else {
            return Err(A::Error::custom("a value without a key"));
        };
        let value = match key.as_str() {
            // As it was written: trailing zeros are kept.
            "number" => text.parse().ok().map(Kept::Number),
            "date" => Date::parse(&text).map(Kept::Date),
            "at" => Timestamp::parse(&text).map(Kept::DateTime),
            _ => None,
        };
        value.ok_or_else(|| A::Error::custom(format!("`{text}` is no value for `{key}`")))
    }
}

/// In JSON as it is written in records, in bytes as a number.
impl Serialize for Timestamp {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Self);
        }
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not a time")))
    }
}
