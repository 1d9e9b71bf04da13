//! Every trigger, filter and step: one file each, with its form, its docs, its examples and what it means.
//!
//! Each of the folders [`triggers`], [`filters`] and [`steps`] ends in a table of its entries. The checker lowers through
//! the tables, the reference and the docs are printed from them, and their examples are tests. What the phrases share has
//! its own tables: [`operators`], and [`windows`], [`counts`], [`waits`], [`schedules`], [`qualify`] as [`Topic`]s.
//! Lowering never stops at the first mistake: what could not be understood is `Poisoned`, and silent from then on.
//! Start at [`Entry`], then read any file of a folder.

mod attributes;
pub mod counts;
mod dates;
mod doubts;
mod entry;
pub mod filters;
mod lookup;
mod numbers;
pub mod operators;
mod parts;
pub mod qualify;
pub mod schedules;
mod scope;
mod statuses;
pub mod steps;
mod symbols;
#[cfg(test)]
pub(crate) mod testing;
mod tokens;
pub mod triggers;
mod values;
pub mod waits;
pub mod windows;

pub(crate) use doubts::without_zone;
pub use entry::{Entry, Part, Topic};
pub(crate) use entry::{Lowered, Poisoned};
pub(crate) use lookup::{duplicate, unknown_name};
pub(crate) use scope::{Place, Scope};
pub(crate) use symbols::{CampaignDef, ProgramDef, StatusKnowledge, Symbols};

/// The rule file in which all examples are valid: it declares every name that they use.
pub const EXAMPLE_WORKSPACE: &str = include_str!("example.yaml");

/// The smart campaign of [`EXAMPLE_WORKSPACE`] in which example steps stand.
pub const EXAMPLE_CAMPAIGN: &str = "thank-attendees";
