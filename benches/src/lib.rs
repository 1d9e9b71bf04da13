//! Workload generators and the small harness that the benchmarks of `docs/performance.md` share.
//!
//! Everything is seeded: the same seed gives the same rules, people and events on every machine. [`harness`] times and
//! prints, [`random`] draws, [`book`] writes rule books as a marketing team would, [`traffic`] makes people and events
//! for them, [`conditions`] describes campaigns that every peer of the match benchmark understands.

pub mod book;
pub mod conditions;
pub mod harness;
pub mod peers;
pub mod random;
pub mod traffic;
