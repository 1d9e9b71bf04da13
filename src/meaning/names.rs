//! Which names a phrase is about.

use smol_str::SmolStr;

use crate::model::StatusId;

/// The campaigns, programs or lists that a phrase is about. Names are compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subjects<I> {
    /// Every one, also those that the rules do not know.
    Any,
    /// These; sorted, without doubles.
    Listed(Vec<I>),
    /// Those whose name starts so.
    StartingWith(SmolStr),
    /// Those whose name has this in it.
    Containing(SmolStr),
}

impl<I: Copy + PartialEq> Subjects<I> {
    /// Whether the one with this id and name is meant; the name is asked for only where it decides.
    pub fn contains<'a>(&self, id: I, name: impl FnOnce() -> &'a str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(ids) => ids.contains(&id),
            Self::StartingWith(start) => name().starts_with(start.as_str()),
            Self::Containing(part) => name().contains(part.as_str()),
        }
    }
}

/// The statuses that fit; sorted, without doubles. Absent constraints are `None` where this stands in an `Option`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusSet(pub Vec<StatusId>);

impl StatusSet {
    /// Whether the status is one of them.
    pub fn contains(&self, status: StatusId) -> bool {
        self.0.contains(&status)
    }
}
