//! The activity log and the queue: what happened to a person, in sixteen bytes.

use super::cells::Cell;
use super::pieces::Pieces;
use super::short::ShortPair;
use super::texts::TextId;
use crate::compile::Kind;
use crate::model::{
    ActivityId, AttributeId, CampaignId, FieldId, Id, ListId, ProgramId, SegmentId, SfdcCampaignId, StatusId, Timestamp,
};

/// An entry of the activity log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEntry {
    /// When it happened, which for a fact told late is before entries that stand before it.
    pub at: Timestamp,
    /// What happened.
    pub what: Happening,
}

/// A change of state, as the log and the queue know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Became a member of an SFDC campaign.
    SfdcAdded(SfdcCampaignId, StatusId),
    /// Was removed from an SFDC campaign, with the last status.
    SfdcRemoved(SfdcCampaignId, StatusId),
    /// The status in an SFDC campaign changed, from and to.
    SfdcStatusChanged(SfdcCampaignId, StatusId, StatusId),
    /// The status in a program changed, from and to, "Not in Program" included.
    ProgramStatusChanged {
        /// The program.
        program: ProgramId,
        /// The status before.
        from: StatusId,
        /// The status after.
        to: StatusId,
        /// Whether it was the first success of this membership.
        success: bool,
    },
    /// Was put on a list.
    ListAdded(ListId),
    /// Was taken off a list.
    ListRemoved(ListId),
    /// A field changed.
    FieldChanged(FieldId, Change),
    /// A custom activity.
    Performed(ActivityId, Carried),
    /// Came into being.
    Created,
    /// Is in Salesforce now.
    Synced,
    /// Became a contact.
    Converted,
    /// Was deleted in Salesforce.
    Deleted,
    /// Entered a segment; never logged.
    SegmentEntered(SegmentId),
    /// Left a segment; never logged.
    SegmentLeft(SegmentId),
    /// A smart campaign was requested; never logged.
    Requested(CampaignId),
}

impl Happening {
    /// By which triggers are found: kind and subject.
    pub fn key(&self) -> (Kind, u32) {
        match self {
            Self::SfdcAdded(campaign, _) => (Kind::SfdcAdded, campaign.0),
            Self::SfdcRemoved(campaign, _) => (Kind::SfdcRemoved, campaign.0),
            Self::SfdcStatusChanged(campaign, ..) => (Kind::SfdcStatusChanged, campaign.0),
            Self::ProgramStatusChanged { program, .. } => (Kind::ProgramStatusChanged, program.0),
            Self::ListAdded(list) => (Kind::ListAdded, list.0),
            Self::ListRemoved(list) => (Kind::ListRemoved, list.0),
            Self::FieldChanged(field, _) => (Kind::FieldChanged, field.0),
            Self::Performed(activity, _) => (Kind::Performed, activity.0),
            Self::Created => (Kind::Created, 0),
            Self::Synced => (Kind::Synced, 0),
            Self::Converted => (Kind::Converted, 0),
            Self::Deleted => (Kind::Deleted, 0),
            Self::SegmentEntered(segment) => (Kind::SegmentEntered, segment.0),
            Self::SegmentLeft(segment) => (Kind::SegmentLeft, segment.0),
            Self::Requested(campaign) => (Kind::Requested, campaign.0),
        }
    }

    /// Whether it is a change of state that the log keeps.
    pub const fn is_logged(&self) -> bool {
        !matches!(self, Self::SegmentEntered(_) | Self::SegmentLeft(_) | Self::Requested(_))
    }
}

/// The old and new value of a field: in here where both are short, else in [`Details`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change(ShortPair);

/// The attributes of a custom activity: in here where there are one or two and they are short, else in [`Details`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried(ShortPair);

/// What is too large for a [`Happening`]. Kept for ever, as the log is.
#[derive(Debug, Clone, Default)]
pub struct Details {
    changes: Pieces<(Cell, Cell)>,
    /// Where attributes begin in `cells`, and how many are declared and how many are others.
    carried: Pieces<(u32, u16, u16)>,
    /// Declared attributes by [`AttributeId`]; behind them name and value of each other.
    cells: Pieces<Cell>,
}

impl Details {
    /// Keeps the old and new value of a field.
    pub fn keep_change(&mut self, from: Cell, to: Cell) -> Change {
        Change(ShortPair::of(from, to).unwrap_or_else(|| ShortPair::elsewhere(self.changes.push((from, to)))))
    }

    /// The old and new value of a field.
    #[inline]
    pub fn change(&self, Change(pair): Change) -> (Cell, Cell) {
        match pair.number() {
            None => pair.values().into(),
            Some(number) => self.changes.item(number).unwrap_or((Cell::Empty, Cell::Empty)),
        }
    }

    /// Keeps attributes: first those that the rules declare, by place, then others by name.
    pub fn keep_carried(&mut self, declared: &[Cell], others: &[(TextId, Cell)]) -> Carried {
        let pair = match (declared, others) {
            ([], []) => ShortPair::of(Cell::Empty, Cell::Empty),
            ([one], []) => ShortPair::of(*one, Cell::Empty),
            ([one, other], []) => ShortPair::of(*one, *other),
            ([..], [..]) => None,
        };
        Carried(pair.unwrap_or_else(|| ShortPair::elsewhere(self.keep_many(declared, others))))
    }

    fn keep_many(&mut self, declared: &[Cell], others: &[(TextId, Cell)]) -> u32 {
        // A line has room for fewer attributes than would not fit here.
        let (declared_len, others_len) = (to_u16(declared.len()), to_u16(others.len()));
        let start = if others.is_empty() {
            self.cells.add_all(declared)
        } else {
            let len = declared.len() + 2 * others.len();
            let others = others.iter().flat_map(|(name, value)| [Cell::Text(*name), *value]);
            self.cells.add(len, declared.iter().copied().chain(others))
        };
        self.carried.push((start, declared_len, others_len))
    }

    /// The value of a declared attribute; empty when the activity does not declare it.
    #[inline]
    pub fn attribute(&self, Carried(pair): Carried, attribute: AttributeId) -> Cell {
        match pair.number() {
            None => pair.value(attribute.index()).unwrap_or(Cell::Empty),
            Some(number) => self.attribute_of_many(number, attribute),
        }
    }

    fn attribute_of_many(&self, number: u32, attribute: AttributeId) -> Cell {
        let Some((start, declared, _)) = self.carried.item(number) else { return Cell::Empty };
        if attribute.index() >= declared as usize {
            return Cell::Empty;
        }
        self.cells.get(start, declared as usize).get(attribute.index()).copied().unwrap_or(Cell::Empty)
    }

    /// Names and values of attributes that are not declared.
    pub fn others(&self, Carried(pair): Carried) -> impl Iterator<Item = (TextId, Cell)> + '_ {
        let many = pair.number().and_then(|number| self.carried.item(number));
        let (start, declared, others) = many.unwrap_or_default();
        let (declared, others) = (declared as usize, 2 * others as usize);
        let cells = self.cells.get(start, declared + others).get(declared..).unwrap_or(&[]);
        cells.chunks_exact(2).filter_map(|pair| match pair {
            [Cell::Text(name), value] => Some((*name, *value)),
            _ => None,
        })
    }
}

fn to_u16(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::Date;

    /// These are what millions of entries are made of.
    #[test]
    fn sizes_are_as_planned() {
        assert_eq!((size_of::<Happening>(), size_of::<LogEntry>()), (16, 24));
    }

    #[test]
    fn attributes_are_given_back_by_place_and_others_by_name() {
        let mut details = Details::default();
        let none = details.keep_carried(&[], &[]);
        let short = details.keep_carried(&[Cell::Text(TextId(3)), Cell::Boolean(true)], &[]);
        let some = details.keep_carried(&[Cell::Boolean(true), Cell::Empty], &[(TextId(7), Cell::Integer(2))]);
        assert_eq!((details.others(none).count(), details.others(short).count()), (0, 0));
        assert_eq!(details.attribute(none, AttributeId(0)), Cell::Empty);
        assert_eq!(details.attribute(short, AttributeId(0)), Cell::Text(TextId(3)));
        assert_eq!(details.attribute(short, AttributeId(2)), Cell::Empty);
        assert_eq!(details.attribute(some, AttributeId(0)), Cell::Boolean(true));
        assert_eq!(details.attribute(some, AttributeId(2)), Cell::Empty);
        assert_eq!(details.others(some).collect::<Vec<_>>(), [(TextId(7), Cell::Integer(2))]);
    }

    /// Pages, forms, scores and the like: the log has room for them itself.
    #[test]
    fn short_values_take_no_room_of_their_own() {
        let mut details = Details::default();
        details.keep_change(Cell::Empty, Cell::Integer(12));
        details.keep_carried(&[Cell::Text(TextId(3)), Cell::Date(Date(-4))], &[]);
        assert_eq!((details.changes.len(), details.carried.len(), details.cells.len()), (0, 0, 0));
    }

    proptest! {
        #[test]
        fn values_are_given_back(some in vec(cell(), 0..4), from in cell(), to in cell()) {
            let mut details = Details::default();
            // Numbers begin with nothing; the second of each has another one.
            for _ in 0..2 {
                let change = details.keep_change(from, to);
                prop_assert_eq!(details.change(change), (from, to));
                let carried = details.keep_carried(&some, &[]);
                for (at, value) in some.iter().enumerate() {
                    prop_assert_eq!(details.attribute(carried, AttributeId::new(at)), *value);
                }
            }
        }
    }

    /// Values of every type, those at the limits of the short ones among them.
    fn cell() -> impl Strategy<Value = Cell> {
        let near = |edge: i64| (edge - 2..=edge + 2).boxed();
        let whole = prop_oneof![
            near(0),
            near(1 << 28),
            near(-(1 << 28)),
            near(1 << 29),
            near(i64::from(u32::MAX)),
            Just(i64::MIN),
            Just(i64::MAX),
            any::<i64>()
        ];
        (0..7, whole).prop_map(|(type_, whole)| match type_ {
            0 => Cell::Empty,
            1 => Cell::Text(TextId((whole as u32).max(1))),
            2 => Cell::Integer(whole),
            3 => Cell::Number(whole.into()),
            4 => Cell::Boolean(whole % 2 == 0),
            5 => Cell::Date(Date(whole as i32)),
            _ => Cell::DateTime(Timestamp(whole)),
        })
    }
}
