//! Filters: who is meant.

use smol_str::SmolStr;

use super::names::{StatusSet, Subjects};
use super::values::{DateCheck, ValueTest};
use crate::model::{ActivityId, AttributeId, CampaignId, FieldId, ListId, ProgramId, SegmentId, SfdcCampaignId};

/// A filter. Two-valued: every negation is the exact complement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filter {
    /// All hold; of none: everybody.
    And(Vec<Filter>),
    /// One holds; of none: nobody.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A predicate.
    Test(Predicate),
}

impl Filter {
    /// The filter that everybody passes.
    pub const fn everybody() -> Self {
        Self::And(Vec::new())
    }
}

/// When something happened: a check of its moment.
pub type Window = DateCheck;

/// A predicate, always in its positive form. With several constraints, all hold for the *same* membership or activity.
///
/// `V` is how tests of values are written down: as they were meant, or made ready to run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Predicate<V = ValueTest> {
    /// A test of a field.
    Field {
        /// The field.
        field: FieldId,
        /// The test.
        test: V,
    },
    /// Is a member now.
    MemberOfSfdcCampaign {
        /// Of one of these.
        campaigns: Subjects<SfdcCampaignId>,
        /// With one of these statuses.
        statuses: Option<StatusSet>,
        /// Whether the current status counts as a response.
        responded: Option<bool>,
        /// When the person was added.
        added: Option<Window>,
    },
    /// Has a status other than "Not in Program".
    MemberOfProgram {
        /// In one of these.
        programs: Subjects<ProgramId>,
        /// One of these statuses.
        statuses: Option<StatusSet>,
        /// Whether success was reached in this membership.
        success: Option<bool>,
        /// When the person became a member (the first status of this membership).
        added: Option<Window>,
    },
    /// Is on one of these lists.
    MemberOfList {
        /// The lists.
        lists: Subjects<ListId>,
    },
    /// Passes the filter of the segment.
    MemberOfSegment {
        /// The segment.
        segment: SegmentId,
    },
    /// Has qualified for one of these smart campaigns.
    MemberOfSmartCampaign {
        /// The campaigns.
        campaigns: Subjects<CampaignId>,
        /// When last.
        last: Option<Window>,
    },
    /// Is in the stable sample: FNV-1a (64 bit) over the bytes of `key`, a zero byte and the person's id, then fmix64;
    /// in when the result modulo 10,000 is less than `parts`.
    RandomSample {
        /// The name of the smart campaign or segment in which the predicate stands; elsewhere empty.
        key: SmolStr,
        /// Of 10,000.
        parts: u32,
    },
    /// So many activities of this kind are in the log.
    History {
        /// Of which kind.
        event: HistoryEvent<V>,
        /// When.
        window: Option<Window>,
        /// How many.
        count: CountTest,
    },
}

/// An activity to look for in the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HistoryEvent<V = ValueTest> {
    /// Became a member.
    AddedToSfdcCampaign {
        /// Of one of these.
        campaigns: Subjects<SfdcCampaignId>,
        /// With one of these statuses.
        statuses: Option<StatusSet>,
    },
    /// Was removed.
    RemovedFromSfdcCampaign {
        /// From one of these.
        campaigns: Subjects<SfdcCampaignId>,
    },
    /// A member's status changed.
    StatusChangedInSfdcCampaign {
        /// In one of these.
        campaigns: Subjects<SfdcCampaignId>,
        /// From one of these.
        from: Option<StatusSet>,
        /// To one of these.
        to: Option<StatusSet>,
    },
    /// A progression status changed, from and to "Not in Program" included.
    StatusChangedInProgram {
        /// In one of these.
        programs: Subjects<ProgramId>,
        /// From one of these.
        from: Option<StatusSet>,
        /// To one of these.
        to: Option<StatusSet>,
    },
    /// Was put on a list.
    AddedToList {
        /// One of these.
        lists: Subjects<ListId>,
    },
    /// Was taken off a list.
    RemovedFromList {
        /// One of these.
        lists: Subjects<ListId>,
    },
    /// A field changed.
    FieldChanged {
        /// The field.
        field: FieldId,
        /// What the old value was.
        from: Option<V>,
        /// What the new value was.
        to: Option<V>,
    },
    /// A custom activity.
    Performed {
        /// Which.
        activity: ActivityId,
        /// With such attributes.
        attributes: Option<AttributeFilter<V>>,
    },
}

/// A filter over the attributes of one activity. An attribute that the activity does not carry is empty (false for a
/// boolean).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AttributeFilter<V = ValueTest> {
    /// All hold.
    And(Vec<AttributeFilter<V>>),
    /// One holds.
    Or(Vec<AttributeFilter<V>>),
    /// It does not hold.
    Not(Box<AttributeFilter<V>>),
    /// A test of one attribute.
    Test(AttributeId, V),
}

impl Predicate {
    /// The same predicate with its tests of values written down another way.
    pub fn with_values<V>(&self, mut write: impl FnMut(&ValueTest) -> V) -> Predicate<V> {
        match self {
            Self::Field { field, test } => Predicate::Field { field: *field, test: write(test) },
            Self::MemberOfSfdcCampaign { campaigns, statuses, responded, added } => Predicate::MemberOfSfdcCampaign {
                campaigns: campaigns.clone(),
                statuses: statuses.clone(),
                responded: *responded,
                added: added.clone(),
            },
            Self::MemberOfProgram { programs, statuses, success, added } => Predicate::MemberOfProgram {
                programs: programs.clone(),
                statuses: statuses.clone(),
                success: *success,
                added: added.clone(),
            },
            Self::MemberOfList { lists } => Predicate::MemberOfList { lists: lists.clone() },
            Self::MemberOfSegment { segment } => Predicate::MemberOfSegment { segment: *segment },
            Self::MemberOfSmartCampaign { campaigns, last } => {
                Predicate::MemberOfSmartCampaign { campaigns: campaigns.clone(), last: last.clone() }
            }
            Self::RandomSample { key, parts } => Predicate::RandomSample { key: key.clone(), parts: *parts },
            Self::History { event, window, count } => {
                Predicate::History { event: event.with_values(&mut write), window: window.clone(), count: *count }
            }
        }
    }
}

impl HistoryEvent {
    /// The same with its tests of values written down another way.
    fn with_values<V>(&self, write: &mut impl FnMut(&ValueTest) -> V) -> HistoryEvent<V> {
        match self {
            Self::AddedToSfdcCampaign { campaigns, statuses } => {
                HistoryEvent::AddedToSfdcCampaign { campaigns: campaigns.clone(), statuses: statuses.clone() }
            }
            Self::RemovedFromSfdcCampaign { campaigns } => {
                HistoryEvent::RemovedFromSfdcCampaign { campaigns: campaigns.clone() }
            }
            Self::StatusChangedInSfdcCampaign { campaigns, from, to } => HistoryEvent::StatusChangedInSfdcCampaign {
                campaigns: campaigns.clone(),
                from: from.clone(),
                to: to.clone(),
            },
            Self::StatusChangedInProgram { programs, from, to } => {
                HistoryEvent::StatusChangedInProgram { programs: programs.clone(), from: from.clone(), to: to.clone() }
            }
            Self::AddedToList { lists } => HistoryEvent::AddedToList { lists: lists.clone() },
            Self::RemovedFromList { lists } => HistoryEvent::RemovedFromList { lists: lists.clone() },
            Self::FieldChanged { field, from, to } => HistoryEvent::FieldChanged {
                field: *field,
                from: from.as_ref().map(&mut *write),
                to: to.as_ref().map(&mut *write),
            },
            Self::Performed { activity, attributes } => HistoryEvent::Performed {
                activity: *activity,
                attributes: attributes.as_ref().map(|filter| filter.with_values(write)),
            },
        }
    }
}

impl AttributeFilter {
    /// The same with its tests of values written down another way.
    pub fn with_values<V>(&self, write: &mut impl FnMut(&ValueTest) -> V) -> AttributeFilter<V> {
        match self {
            Self::And(operands) => AttributeFilter::And(operands.iter().map(|it| it.with_values(write)).collect()),
            Self::Or(operands) => AttributeFilter::Or(operands.iter().map(|it| it.with_values(write)).collect()),
            Self::Not(operand) => AttributeFilter::Not(Box::new(operand.with_values(write))),
            Self::Test(attribute, test) => AttributeFilter::Test(*attribute, write(test)),
        }
    }
}

/// How many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountTest {
    /// This or more.
    AtLeast(u32),
    /// This or fewer.
    AtMost(u32),
    /// Exactly.
    Exactly(u32),
}

impl CountTest {
    /// Whether a number passes.
    pub const fn holds(self, n: u32) -> bool {
        match self {
            Self::AtLeast(least) => n >= least,
            Self::AtMost(most) => n <= most,
            Self::Exactly(exactly) => n == exactly,
        }
    }
}
