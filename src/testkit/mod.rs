//! What tests need and nothing else does: a second evaluator and generators of rule books and histories.
//!
//! [`naive::Naive`] is the evaluator written down once more from the pages of the contract, slow and plain;
//! [`generate`] makes workspaces and histories from a seed, so that both evaluators can be asked the same questions.

pub mod generate;
pub mod naive;
