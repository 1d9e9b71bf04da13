//! The two-way sync of Marketo programs and Salesforce campaigns.
//!
//! What is here decides and never acts: no file, no clock, no network; times are arguments. Start reading at
//! [`reconcile()`], which turns what both sides show into the operations that make them equal; [`Side`] is what one
//! side showed so far, and how pages of a pull become it.

pub mod reconcile;
pub mod side;

pub use reconcile::reconcile;
pub use side::Side;
