//! How often the same person may run a campaign.

use super::entry::Topic;
use crate::language::ast::Qualify;
use crate::meaning::{Duration, Qualification};

/// Every qualification rule; the examples are texts of `qualify`.
pub const ALL: &[Topic] = &[
    Topic { syntax: "once", summary: "Once ever; this is meant where nothing is written.", example: "once" },
    Topic { syntax: "every time", summary: "As often as the campaign is started.", example: "every time" },
    Topic {
        syntax: "once every N UNIT",
        summary: "At least so long after the person last qualified; a day is 24 hours, a month 30 days.",
        example: "once every 7 days",
    },
];

/// A qualification rule; absent: once.
pub(crate) fn lower(qualify: Option<Qualify>) -> Qualification {
    match qualify {
        None | Some(Qualify::Once) => Qualification::Once,
        Some(Qualify::EveryTime) => Qualification::EveryTime,
        Some(Qualify::OnceEvery(count, unit)) => Qualification::OnceEvery(Duration { count, unit }.fixed_millis()),
    }
}
