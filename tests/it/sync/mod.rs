//! The connectors of the sync against the doubles, without a socket and, where HTTP itself is meant, with one; passes one by
//! one, and the whole seed by seed.

mod bulk;
mod connectors;
mod flows;
mod passes;
mod people;
pub(crate) mod rig;
mod simulation;
mod world;
