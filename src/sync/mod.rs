//! The two-way sync of Marketo programs and Salesforce campaigns.
//!
//! What is here decides and never acts: no file, no clock, no network; times are arguments. Start reading at
//! [`reconcile()`], which turns what both sides show into the operations that make them equal; [`Side`] is what one
//! side showed so far, and how pages of a pull become it; [`links`] says whether a program and a campaign may be linked,
//! [`budget`] when a call may go out, and [`answers`] what an error asks for.

pub mod answers;
pub mod budget;
pub mod links;
pub mod reconcile;
pub mod side;

pub use reconcile::reconcile;
pub use side::Side;
