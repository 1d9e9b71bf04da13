//! The two-way sync of Marketo programs and Salesforce campaigns.
//!
//! Two halves. What decides is pure: [`reconcile()`] turns what both sides show into the operations that make them equal,
//! [`Side`] is what one side showed so far, [`links`] says whether a program and a campaign may be linked, [`budget`] when a
//! call may go out, [`answers`] what an error asks for.
//!
//! What acts (feature `sync`): `salesforce` and `marketo` are the connectors, `wire` the seam below them, behind which the world
//! can be a simulation; `ledger` keeps what the sync knows; `doctor` asks why something cannot be seen, and `pull` what there
//! is.

pub mod answers;
pub mod budget;
#[cfg(feature = "sync")]
pub mod doctor;
#[cfg(feature = "sync")]
pub mod evaluator;
#[cfg(feature = "sync")]
pub mod ledger;
pub mod links;
#[cfg(feature = "sync")]
pub mod marketo;
#[cfg(feature = "sync")]
pub mod pass;
#[cfg(feature = "sync")]
pub mod pull;
pub mod reconcile;
#[cfg(feature = "sync")]
pub mod salesforce;
pub mod side;
#[cfg(feature = "sync")]
mod trouble;
#[cfg(feature = "sync")]
pub mod wire;

pub use reconcile::reconcile;
pub use side::Side;
#[cfg(feature = "sync")]
pub use trouble::Trouble;
