//! What tests need and nothing else does: a second evaluator, generators, and doubles of the remotes.
//!
//! `naive::Naive` is the evaluator written down once more from the pages of the contract, slow and plain; `generate` makes
//! workspaces and histories from a seed, so that both evaluators can be asked the same questions. `double` holds Salesforce
//! and Marketo as servers on loopback, which `campanile double` runs.

#[cfg(feature = "double")]
pub mod double;
#[cfg(feature = "testkit")]
pub mod generate;
#[cfg(feature = "testkit")]
pub mod naive;
