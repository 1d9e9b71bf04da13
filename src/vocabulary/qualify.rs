//! How often the same person may run a campaign.

use super::doubts;
use super::entry::Topic;
use super::scope::Scope;
use crate::language::ast::{self, Qualify, Spanned};
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
pub(crate) fn lower(qualify: Option<&Spanned<Qualify>>, scope: &mut Scope<'_>) -> Qualification {
    match qualify.map(|qualify| (qualify.value, qualify.span)) {
        None | Some((Qualify::Once, _)) => Qualification::Once,
        Some((Qualify::EveryTime, _)) => Qualification::EveryTime,
        Some((Qualify::OnceEvery(count, unit), span)) => {
            if let Some(finding) = doubts::fixed_span(ast::Duration { count, unit }, "once every", span) {
                scope.report(finding);
            }
            Qualification::OnceEvery(Duration { count, unit }.fixed_millis())
        }
    }
}
