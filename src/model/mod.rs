//! The nouns: values, moments, names, events. Plain data without behaviour that depends on rules.
//!
//! Read [`Value`] and [`FieldType`] first, then [`Timestamp`] and [`Date`], then [`Event`].

mod bytes;
mod event;
mod fields;
mod ids;
mod names;
mod outcome;
mod text;
mod time;
mod value;

pub(crate) use bytes::joined;
pub use event::{Event, EventKind, FactValue};
pub use fields::{STANDARD_FIELDS, StandardField};
pub use ids::{
    ActivityId, AttributeId, CampaignId, ChannelId, FieldId, Id, ListId, PersonIx, ProgramId, SegmentId,
    SfdcCampaignId, StatusId, WebhookId,
};
pub use names::{NOT_IN_PROGRAM, NameTable};
pub use outcome::{ActionResult, EndOutcome, IncidentCode, Key, Outcome, OutcomeKind, Reason, RunId};
pub use text::{Folded, fold};
pub(crate) use time::days_in_month;
pub use time::{Clock, Date, Day, MILLIS_A_DAY, Timeframe, Timestamp, Zone};
pub use value::{FieldType, Value, parse_integer, parse_number};
