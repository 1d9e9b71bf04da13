//! The activity log and the queue: what happened to a person, in sixteen bytes.

use super::cells::Cell;
use super::pieces::Pieces;
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
    FieldChanged(FieldId, ChangeId),
    /// A custom activity.
    Performed(ActivityId, CarriedId),
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

/// The old and new value of a field, in [`Details`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeId(u32);

/// The attributes of a custom activity, in [`Details`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarriedId(u32);

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
    pub fn keep_change(&mut self, from: Cell, to: Cell) -> ChangeId {
        ChangeId(self.changes.push((from, to)))
    }

    /// The old and new value of a field.
    pub fn change(&self, id: ChangeId) -> (Cell, Cell) {
        self.changes.item(id.0).unwrap_or((Cell::Empty, Cell::Empty))
    }

    /// Keeps attributes: first those that the rules declare, by place, then others by name.
    pub fn keep_carried(&mut self, declared: &[Cell], others: &[(TextId, Cell)]) -> CarriedId {
        // A line has room for fewer attributes than would not fit here.
        let (declared_len, others_len) = (to_u16(declared.len()), to_u16(others.len()));
        let start = if others.is_empty() {
            self.cells.add_all(declared)
        } else {
            let len = declared.len() + 2 * others.len();
            let others = others.iter().flat_map(|(name, value)| [Cell::Text(*name), *value]);
            self.cells.add(len, declared.iter().copied().chain(others))
        };
        CarriedId(self.carried.push((start, declared_len, others_len)))
    }

    /// The value of a declared attribute; empty when the activity does not declare it.
    pub fn attribute(&self, id: CarriedId, attribute: AttributeId) -> Cell {
        let Some((start, declared, _)) = self.carried.item(id.0) else { return Cell::Empty };
        if attribute.index() >= declared as usize {
            return Cell::Empty;
        }
        self.cells.get(start, declared as usize).get(attribute.index()).copied().unwrap_or(Cell::Empty)
    }

    /// Names and values of attributes that are not declared.
    pub fn others(&self, id: CarriedId) -> impl Iterator<Item = (TextId, Cell)> + '_ {
        let (start, declared, others) = self.carried.item(id.0).unwrap_or_default();
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
    use super::*;

    /// These are what millions of entries are made of.
    #[test]
    fn sizes_are_as_planned() {
        assert_eq!((size_of::<Happening>(), size_of::<LogEntry>()), (16, 24));
    }

    #[test]
    fn details_are_given_back() {
        let mut details = Details::default();
        let change = details.keep_change(Cell::Empty, Cell::Integer(1));
        let none = details.keep_carried(&[], &[]);
        let some = details.keep_carried(&[Cell::Boolean(true), Cell::Empty], &[(TextId(7), Cell::Integer(2))]);
        assert_eq!(details.change(change), (Cell::Empty, Cell::Integer(1)));
        assert_eq!(details.others(none).count(), 0);
        assert_eq!(details.attribute(some, AttributeId(0)), Cell::Boolean(true));
        assert_eq!(details.attribute(some, AttributeId(2)), Cell::Empty);
        assert_eq!(details.others(some).collect::<Vec<_>>(), [(TextId(7), Cell::Integer(2))]);
    }
}
