//! Windows of time: when something happened.

use super::entry::{Lowered, Topic};
use super::scope::Scope;
use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{LiteralKind, Operator, OperatorKind};
use crate::meaning::{DateCheck, Window};
use crate::model::Timeframe;

/// Every window; the examples are filters of [`super::EXAMPLE_WORKSPACE`].
pub const ALL: &[Topic] = &[
    Topic {
        syntax: "in past D",
        summary: "From so long ago up to now, both in; a month is 30 days and a year 365.",
        example: "performed \"Fill Out Form\" in past 14 days",
    },
    Topic {
        syntax: "in past before D",
        summary: "Longer ago than that.",
        example: "member of SFDC campaign \"NL Nurture\" in past before 2 weeks",
    },
    Topic {
        syntax: "before DATE",
        summary: "Earlier than this day or moment.",
        example: "was added to list \"Newsletter\" before 2026-01-01",
    },
    Topic {
        syntax: "after DATE",
        summary: "Later than this day or moment.",
        example: "was added to list \"Newsletter\" after 2026-03-05 09:00",
    },
    Topic {
        syntax: "on or before DATE",
        summary: "Not later than this day or moment.",
        example: "member of smart campaign \"hot-lead\" on or before 2026-03-31",
    },
    Topic {
        syntax: "on or after DATE",
        summary: "Not earlier than this day or moment.",
        example: "had Score changed on or after 2026-03-01",
    },
    Topic {
        syntax: "between DATE and DATE",
        summary: "From the first to the second, both in.",
        example: "performed \"Fill Out Form\" between 2026-03-01 and 2026-03-31",
    },
    Topic {
        syntax: "in TIMEFRAME",
        summary: "On a day of the time frame: `today`, `yesterday`, or `this` or `last` with `week`, `month`, `quarter` \
                  or `year`.",
        example: "performed \"Fill Out Form\" in this quarter",
    },
];

impl Scope<'_> {
    /// The window of a phrase.
    pub(crate) fn window(&mut self, window: Option<&Operator>) -> Lowered<Option<Window>> {
        let Some(operator) = window else { return Ok(None) };
        if let (OperatorKind::Is(values), false) = (&operator.kind, operator.negated)
            && let [one] = values.as_slice()
            && one.kind == LiteralKind::Today
        {
            return Ok(Some(DateCheck::In(Timeframe::Today)));
        }
        let usable = match &operator.kind {
            OperatorKind::Before(_)
            | OperatorKind::After(_)
            | OperatorKind::OnOrBefore(_)
            | OperatorKind::OnOrAfter(_)
            | OperatorKind::Between(..)
            | OperatorKind::InPast(_)
            | OperatorKind::InPastBefore(_)
            | OperatorKind::In(_) => !operator.negated,
            OperatorKind::Is(_)
            | OperatorKind::Contains(_)
            | OperatorKind::StartsWith(_)
            | OperatorKind::EndsWith(_)
            | OperatorKind::GreaterThan(_)
            | OperatorKind::LessThan(_)
            | OperatorKind::AtLeast(_)
            | OperatorKind::AtMost(_)
            | OperatorKind::InFuture(_)
            | OperatorKind::InFutureAfter(_) => false,
        };
        if !usable {
            let all: Vec<String> = ALL.iter().map(|topic| format!("`{}`", topic.syntax)).collect();
            let words = super::operators::words(&operator.kind, operator.negated);
            let message = format!("`{}` does not say when something happened", words.trim_start_matches("is "));
            let finding = Diagnostic::new(Code::PartNotAllowed, operator.whole, message)
                .help(format!("there is {}", all.join(", ")));
            return self.refuse(finding);
        }
        self.date_check(operator, None)
    }
}
