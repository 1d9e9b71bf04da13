//! What an editor asks about rule files, answered from texts that may be half written.
//!
//! Nothing here knows a protocol, a file or a clock. A [`Book`] holds the texts of one workspace and what was read of
//! each; [`Lines`] turns places into bytes and back. Findings come from the files as they are. Everything else must also
//! work where the cursor stands in something unfinished, so it starts at the other end.

mod book;
mod difference;
mod lines;
mod outline;
mod symbols;

pub use book::{Book, File};
pub use difference::difference;
pub use lines::{Encoding, Lines, Spot};
pub use symbols::{Symbol, SymbolOf, symbols};
