//! The sync against the doubles: connectors, passes and a simulation of everything, without a socket and, where HTTP itself
//! is meant, with one.

mod bulk;
mod connectors;
mod flows;
mod passes;
mod people;
pub(crate) mod rig;
mod simulation;
mod world;
