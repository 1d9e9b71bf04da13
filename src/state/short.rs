//! Short values: four bytes each, two of them in eight.

use super::cells::Cell;
use super::texts::TextId;
use crate::model::Date;

/// Two short values, or the number of what is kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShortPair([ShortCell; 2]);

impl ShortPair {
    /// The two, if both are short enough.
    pub(super) fn of(first: Cell, second: Cell) -> Option<Self> {
        Some(Self([ShortCell::of(first)?, ShortCell::of(second)?]))
    }

    /// A number instead of values.
    pub(super) const fn elsewhere(number: u32) -> Self {
        Self([ShortCell::ELSEWHERE, ShortCell(number)])
    }

    /// The number, where there are no values.
    #[inline]
    pub(super) fn number(self) -> Option<u32> {
        let Self([first, second]) = self;
        (first == ShortCell::ELSEWHERE).then_some(second.0)
    }

    /// The values, where there is no number.
    #[inline]
    pub(super) fn values(self) -> [Cell; 2] {
        self.0.map(ShortCell::cell)
    }

    /// One of the values, where there is no number.
    #[inline]
    pub(super) fn value(self, at: usize) -> Option<Cell> {
        self.0.get(at).map(|short| short.cell())
    }
}

/// A value in four bytes: most texts, whole numbers and days, and all booleans. Below is its type, above it the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ShortCell(u32);

/// Bits of the type.
const TYPE_BITS: u32 = 3;
const TEXT: u32 = 0;
const INTEGER: u32 = 1;
const BOOLEAN: u32 = 2;
const DAY: u32 = 3;

impl ShortCell {
    /// No value: the next one is a number, all of it.
    const ELSEWHERE: Self = Self(4);

    fn of(cell: Cell) -> Option<Self> {
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

    #[inline]
    const fn cell(self) -> Cell {
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
}
