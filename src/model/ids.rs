//! Dense ids. An id is an index into one table and means nothing outside the rule book or state that made it.

use std::fmt::Debug;
use std::hash::Hash;

/// What every dense id can do.
pub trait Id: Copy + Eq + Ord + Hash + Debug {
    /// The id at this place of its table.
    fn new(index: usize) -> Self;
    /// Its place in the table.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl Id for $name {
            fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}

ids! {
    /// A person field: the standard ones in the order of the language page, then the declared ones.
    FieldId;
    /// A custom activity.
    ActivityId;
    /// An attribute, counted within its activity.
    AttributeId;
    /// A static list.
    ListId;
    /// A channel.
    ChannelId;
    /// A program.
    ProgramId;
    /// A Salesforce campaign.
    SfdcCampaignId;
    /// The name of a member or progression status; one table for both. [`StatusId::NOT_IN_PROGRAM`] is always 0.
    StatusId;
    /// A segment (smart list).
    SegmentId;
    /// A smart campaign, in order of declaration.
    CampaignId;
    /// A webhook.
    WebhookId;
    /// A person of a state, in the order in which they came into being.
    PersonIx;
}

impl StatusId {
    /// The status of everybody who is not in a program.
    pub const NOT_IN_PROGRAM: Self = Self(0);
}
