//! Person fields in columns, one a field.

use rust_decimal::Decimal;

use super::texts::{TextId, Texts};
use crate::model::{Date, FieldId, FieldType, Id, PersonIx, Timestamp, Value};

/// The values of one field, by [`PersonIx`].
#[derive(Debug, Clone)]
pub enum Column {
    /// Texts of the dictionary.
    Text(Vec<TextId>),
    /// Whole numbers; empty ones are marked in the second.
    Integer(Vec<i64>, Bits),
    /// Decimal numbers.
    Number(Vec<Option<Decimal>>),
    /// Booleans.
    Boolean(Bits),
    /// Days; [`NO_DATE`] is empty.
    Date(Vec<i32>),
    /// Milliseconds; [`NO_MOMENT`] is empty.
    DateTime(Vec<i64>),
}

/// No day that can be written.
pub const NO_DATE: i32 = i32::MIN;
/// No moment that can be written.
pub const NO_MOMENT: i64 = i64::MIN;

/// A row of bits.
#[derive(Debug, Clone, Default)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// The bit at a place; false past the end.
    pub fn get(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Sets the bit at a place.
    pub fn set(&mut self, at: usize, bit: bool) {
        if self.0.len() <= at / 64 {
            self.0.resize(at / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(at / 64) {
            *word = *word & !(1 << (at % 64)) | u64::from(bit) << (at % 64);
        }
    }
}

/// All fields of all people.
#[derive(Debug, Clone)]
pub struct Columns {
    columns: Vec<Column>,
    people: usize,
}

impl Columns {
    /// Columns for fields of these types, without people.
    pub fn new(types: impl IntoIterator<Item = FieldType>) -> Self {
        let columns = types
            .into_iter()
            .map(|type_| match type_ {
                FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => Column::Text(Vec::new()),
                FieldType::Integer => Column::Integer(Vec::new(), Bits::default()),
                FieldType::Number => Column::Number(Vec::new()),
                FieldType::Boolean => Column::Boolean(Bits::default()),
                FieldType::Date => Column::Date(Vec::new()),
                FieldType::DateTime => Column::DateTime(Vec::new()),
            })
            .collect();
        Self { columns, people: 0 }
    }

    /// Adds a person without values.
    pub fn add_person(&mut self) {
        self.people += 1;
        for column in &mut self.columns {
            match column {
                Column::Text(values) => values.push(TextId::EMPTY),
                Column::Integer(values, empty) => {
                    values.push(0);
                    empty.set(values.len() - 1, true);
                }
                Column::Number(values) => values.push(None),
                Column::Boolean(_) => {}
                Column::Date(values) => values.push(NO_DATE),
                Column::DateTime(values) => values.push(NO_MOMENT),
            }
        }
    }

    /// The column of a field.
    pub fn column(&self, field: FieldId) -> Option<&Column> {
        self.columns.get(field.index())
    }

    /// The value of a field.
    pub fn get(&self, field: FieldId, person: PersonIx, texts: &Texts) -> Value {
        let at = person.index();
        match self.columns.get(field.index()) {
            Some(Column::Text(values)) => match values.get(at) {
                Some(id) if *id != TextId::EMPTY => Value::Text(texts.text(*id).clone()),
                Some(_) | None => Value::Empty,
            },
            Some(Column::Integer(values, empty)) => match values.get(at) {
                Some(value) if !empty.get(at) => Value::Integer(*value),
                Some(_) | None => Value::Empty,
            },
            Some(Column::Number(values)) => values.get(at).copied().flatten().map_or(Value::Empty, Value::Number),
            Some(Column::Boolean(values)) => Value::Boolean(values.get(at)),
            Some(Column::Date(values)) => match values.get(at) {
                Some(value) if *value != NO_DATE => Value::Date(Date(*value)),
                Some(_) | None => Value::Empty,
            },
            Some(Column::DateTime(values)) => match values.get(at) {
                Some(value) if *value != NO_MOMENT => Value::DateTime(Timestamp(*value)),
                Some(_) | None => Value::Empty,
            },
            None => Value::Empty,
        }
    }

    /// Sets the value of a field. A value of another type than the field's empties it: whoever calls has checked.
    pub fn set(&mut self, field: FieldId, person: PersonIx, value: &Value, texts: &mut Texts) {
        let at = person.index();
        match self.columns.get_mut(field.index()) {
            Some(Column::Text(values)) => {
                let id = if let Value::Text(text) = value { texts.intern(text) } else { TextId::EMPTY };
                put(values, at, id);
            }
            Some(Column::Integer(values, empty)) => {
                let number = if let Value::Integer(number) = value { Some(*number) } else { None };
                put(values, at, number.unwrap_or(0));
                empty.set(at, number.is_none());
            }
            Some(Column::Number(values)) => {
                put(values, at, if let Value::Number(number) = value { Some(*number) } else { None });
            }
            Some(Column::Boolean(values)) => values.set(at, *value == Value::Boolean(true)),
            Some(Column::Date(values)) => {
                put(values, at, if let Value::Date(day) = value { day.0 } else { NO_DATE });
            }
            Some(Column::DateTime(values)) => {
                put(values, at, if let Value::DateTime(moment) = value { moment.0 } else { NO_MOMENT });
            }
            None => {}
        }
    }
}

fn put<T>(values: &mut [T], at: usize, value: T) {
    if let Some(slot) = values.get_mut(at) {
        *slot = value;
    }
}
