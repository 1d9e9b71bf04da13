//! What is meant: the rule book with every name resolved and every value typed.
//!
//! The enums here are closed and small, and nothing unresolved can be written in them. The vocabulary lowers what was
//! written into them; everything that runs or analyses rules reads them. Start at [`Rulebook`].

mod filter;
mod flow;
mod names;
mod rulebook;
mod schedule;
mod sync;
mod trigger;
mod values;

pub use filter::{AttributeFilter, CountTest, Filter, HistoryEvent, Predicate, Window};
pub use flow::{Branch, Days, Duration, RemoteKind, Step, StepKind, Unit, Wait};
pub use names::{StatusSet, Subjects};
pub use rulebook::{
    Activity, Attribute, Channel, EmptyValues, Field, Link, PeriodCost, Priority, Program, ProgressionStatus,
    Qualification, Rulebook, Segment, Settings, SfdcCampaign, SmartCampaign, Start, Webhook, Where,
};
pub use schedule::{Recurrence, Schedule};
pub use sync::{Backward, OnConflict};
pub use trigger::{Trigger, TriggerTest};
pub use values::{Check, DateCheck, Moment, NumberCheck, Piece, Source, Template, TextCheck, ValueTest};
