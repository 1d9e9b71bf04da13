//! Person fields in columns, one a field. A column is as long as its last person with a value needs it to be: fields that
//! nobody has take no room.

use rust_decimal::Decimal;

use super::cells::Cell;
use super::growth;
use super::near;
use super::texts::TextId;
use crate::model::{Date, FieldId, FieldType, Id, PersonIx, Timestamp};

/// The values of one field, by [`PersonIx`]; past its end everybody is without a value.
#[derive(Debug, Clone)]
pub enum Column {
    /// Texts of the dictionary.
    Text(Vec<TextId>),
    /// Whole numbers; which of them are values, and not just room, is in the second.
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

/// A row of bits; past its end all are false.
#[derive(Debug, Clone, Default)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// The bit at a place.
    pub fn get(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// The bits, 64 in a word from the lowest on.
    pub fn words(&self) -> &[u64] {
        &self.0
    }

    /// Sets the bit at a place.
    pub fn set(&mut self, at: usize, bit: bool) {
        if self.0.len() <= at / 64 {
            if !bit {
                return;
            }
            growth::lengthen(&mut self.0, at / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(at / 64) {
            *word = *word & !(1 << (at % 64)) | u64::from(bit) << (at % 64);
        }
    }
}

/// All fields of all people.
#[derive(Debug, Clone)]
pub struct Columns(Vec<Column>);

impl Columns {
    /// Columns for fields of these types, without people.
    pub fn new(types: impl IntoIterator<Item = FieldType>) -> Self {
        Self(
            types
                .into_iter()
                .map(|type_| match type_ {
                    FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => Column::Text(Vec::new()),
                    FieldType::Integer => Column::Integer(Vec::new(), Bits::default()),
                    FieldType::Number => Column::Number(Vec::new()),
                    FieldType::Boolean => Column::Boolean(Bits::default()),
                    FieldType::Date => Column::Date(Vec::new()),
                    FieldType::DateTime => Column::DateTime(Vec::new()),
                })
                .collect(),
        )
    }

    /// The column of a field.
    pub fn column(&self, field: FieldId) -> Option<&Column> {
        self.0.get(field.index())
    }

    /// The value of a field.
    pub fn get(&self, field: FieldId, person: PersonIx) -> Cell {
        self.column(field).map_or(Cell::Empty, |column| column.get(person.index()))
    }

    /// Asks for the value of a field.
    pub fn bring(&self, field: FieldId, person: PersonIx) {
        let at = person.index();
        match self.column(field) {
            Some(Column::Text(values)) => near::bring(values.get(at)),
            Some(Column::Integer(values, _)) => near::bring(values.get(at)),
            Some(Column::Number(values)) => near::bring(values.get(at)),
            Some(Column::Boolean(bits)) => near::bring(bits.words().get(at / 64)),
            Some(Column::Date(values)) => near::bring(values.get(at)),
            Some(Column::DateTime(values)) => near::bring(values.get(at)),
            None => {}
        }
    }

    /// Sets the value of a field. A value of another type than the field's empties it: whoever calls has checked.
    pub fn set(&mut self, field: FieldId, person: PersonIx, cell: Cell) {
        if let Some(column) = self.0.get_mut(field.index()) {
            column.set(person.index(), cell);
        }
    }
}

impl Column {
    /// The value at a place.
    pub fn get(&self, at: usize) -> Cell {
        match self {
            Self::Text(values) => match values.get(at) {
                Some(id) if *id != TextId::EMPTY => Cell::Text(*id),
                Some(_) | None => Cell::Empty,
            },
            Self::Integer(values, there) => match values.get(at) {
                Some(value) if there.get(at) => Cell::Integer(*value),
                Some(_) | None => Cell::Empty,
            },
            Self::Number(values) => values.get(at).copied().flatten().map_or(Cell::Empty, Cell::Number),
            Self::Boolean(values) => Cell::Boolean(values.get(at)),
            Self::Date(values) => match values.get(at) {
                Some(value) if *value != NO_DATE => Cell::Date(Date(*value)),
                Some(_) | None => Cell::Empty,
            },
            Self::DateTime(values) => match values.get(at) {
                Some(value) if *value != NO_MOMENT => Cell::DateTime(Timestamp(*value)),
                Some(_) | None => Cell::Empty,
            },
        }
    }

    fn set(&mut self, at: usize, cell: Cell) {
        match self {
            Self::Text(values) => {
                put(values, at, if let Cell::Text(id) = cell { id } else { TextId::EMPTY }, TextId::EMPTY);
            }
            Self::Integer(values, there) => {
                let number = if let Cell::Integer(number) = cell { Some(number) } else { None };
                if number.is_some() && at >= values.len() {
                    growth::lengthen(values, at + 1, 0);
                }
                put(values, at, number.unwrap_or(0), 0);
                there.set(at, number.is_some());
            }
            Self::Number(values) => {
                put(values, at, if let Cell::Number(number) = cell { Some(number) } else { None }, None)
            }
            Self::Boolean(values) => values.set(at, cell == Cell::Boolean(true)),
            Self::Date(values) => put(values, at, if let Cell::Date(day) = cell { day.0 } else { NO_DATE }, NO_DATE),
            Self::DateTime(values) => {
                put(values, at, if let Cell::DateTime(moment) = cell { moment.0 } else { NO_MOMENT }, NO_MOMENT);
            }
        }
    }
}

/// Puts a value at a place; empty ones past the end take no room.
pub(super) fn put<T: Copy + PartialEq>(values: &mut Vec<T>, at: usize, value: T, empty: T) {
    if at >= values.len() {
        if value == empty {
            return;
        }
        growth::lengthen(values, at + 1, empty);
    }
    if let Some(slot) = values.get_mut(at) {
        *slot = value;
    }
}
