//! What an editor asks about rule files, answered from texts that may be half written.
//!
//! Nothing here knows a protocol, a file or a clock. A [`Book`] holds the texts of one workspace and what was read of
//! each; [`Lines`] turns places into bytes and back. Findings come from the files as they are. Everything else must also
//! work where the cursor stands in something unfinished, so it starts at the other end.

#[cfg(test)]
mod agreement_tests;
mod book;
mod complete;
mod difference;
mod hover;
mod lines;
mod look;
mod mentions;
mod names;
mod outline;
mod phrases;
mod rename;
mod shapes;
mod symbols;
mod words;

pub use book::{Book, File};
pub use complete::{Completion, CompletionOf, complete};
pub use difference::difference;
pub use hover::{definition, hover};
pub use lines::{Encoding, Lines, Spot};
pub use names::{Declared, Kind, Names, Thing};
pub use rename::{Reference, references, renamable, rename};
pub use symbols::{Symbol, SymbolOf, symbols};
