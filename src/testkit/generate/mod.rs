//! Rule books and histories from a seed: the same seed gives the same texts on every machine.
//!
//! [`workspace`] writes a valid rule file that uses a little of everything with few names, so that rules and facts meet
//! often; [`history`] tells a history that fits it, values near the edges included. `filters` and `flows` write the parts.

mod filters;
mod flows;
mod histories;
mod random;
mod words;
mod workspaces;

pub use filters::{filter, memberships};
pub use histories::{Input, history};
pub use random::Random;
pub use workspaces::{Workspace, crowd, workspace};
