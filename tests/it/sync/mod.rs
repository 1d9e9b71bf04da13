//! The connectors of the sync against the doubles, without a socket and, where HTTP itself is meant, with one.

mod bulk;
mod connectors;
mod passes;
pub(crate) mod rig;
mod world;
