//! The connectors of the sync against the doubles, without a socket and, where HTTP itself is meant, with one.

mod connectors;
mod passes;
mod rig;
mod simulation;
mod world;
