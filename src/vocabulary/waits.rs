//! What a `wait` may wait for (language.md section 8).

use super::entry::{Lowered, Topic};
use super::scope::Scope;
use super::values::spelled;
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::language::ast::{self, FieldRef, LiteralKind};
use crate::meaning::{Days, Duration, Moment, Wait};
use crate::model::{FieldId, Id};

/// Every wait; the examples are steps of [`super::EXAMPLE_CAMPAIGN`].
pub const ALL: &[Topic] = &[
    Topic {
        syntax: "wait D",
        summary: "For a span of time; days, weeks, months and years keep the wall clock.",
        example: "wait 3 days",
    },
    Topic {
        syntax: "wait D ending on DAYS [at TIME]",
        summary: "For a span of time, and then on to the first such day and time; DAYS is `weekdays`, `any day` or names \
                  of days, with commas or `to`.",
        example: "wait 48 hours ending on monday to thursday, saturday at 09:00",
    },
    Topic {
        syntax: "wait until DATE [at TIME]",
        summary: "Until a day, from its start or from a time on it.",
        example: "wait until 2026-05-01 at 08:00",
    },
    Topic { syntax: "wait until DATETIME", summary: "Until a moment.", example: "wait until 2026-05-01 08:00" },
    Topic {
        syntax: "wait until FIELD [plus D | minus D] [at TIME]",
        summary: "Until the date in a field, moved by a span; an empty field ends the run.",
        example: "wait until [Event Date] minus 1 week at 09:00",
    },
    Topic {
        syntax: "wait until next anniversary of FIELD [at TIME]",
        summary: "Until the day comes round again; 29 February counts as the 28th in other years.",
        example: "wait until next anniversary of [Date of Birth] at 10:00",
    },
];

impl Scope<'_> {
    /// What a `wait` waits for; `field` is the field that it names.
    pub(crate) fn wait(&mut self, wait: &ast::Wait, field: Option<&FieldRef>, head: Span) -> Lowered<Wait> {
        match wait {
            ast::Wait::For { duration, ending_on, at } => {
                let clock = self.optional_clock(at.as_ref());
                let ending = match (ending_on, at) {
                    (None, Some(at)) => {
                        let finding = Diagnostic::new(
                            Code::PartNotAllowed,
                            at.span,
                            "a time needs days on which the wait may end",
                        )
                        .help("write `ending on any day at 09:00`");
                        return self.refuse(finding);
                    }
                    (None, None) => None,
                    (Some(days), _) => Some((Days::of(days), clock?)),
                };
                Ok(Wait::For { duration: span(duration.value), ending })
            }
            ast::Wait::UntilMoment { moment, at } => {
                let value = self.date_value(moment, None);
                let clock = self.optional_clock(at.as_ref());
                if let (LiteralKind::DateTime(_) | LiteralKind::Now, Some(at)) = (&moment.kind, at) {
                    let message = format!("`{}` has a time already", spelled(moment));
                    let finding =
                        Diagnostic::new(Code::PartNotAllowed, at.span, message).help("write only one of the two times");
                    return self.refuse(finding);
                }
                let moment: Moment = value?;
                Ok(Wait::Until { moment, at: clock? })
            }
            ast::Wait::UntilField { shift, at } => {
                let field = self.date_field(field, head);
                let at = self.optional_clock(at.as_ref());
                let shift = shift.as_ref().map(|(minus, duration)| (*minus, span(duration.value)));
                Ok(Wait::UntilField { field: field?, shift, at: at? })
            }
            ast::Wait::UntilAnniversary { at } => {
                let field = self.date_field(field, head);
                let at = self.optional_clock(at.as_ref());
                Ok(Wait::UntilAnniversary { field: field?, at: at? })
            }
        }
    }

    fn date_field(&mut self, field: Option<&FieldRef>, head: Span) -> Lowered<FieldId> {
        let Some(written) = field else { return self.missing(head, "a date or a field") };
        let id = self.field(written)?;
        match self.symbols.fields.get(id.index()) {
            Some(field) if !field.type_.is_temporal() => {
                let message =
                    format!("`{}` is of type {}: only a date or datetime can be waited for", field.name, field.type_);
                let finding = Diagnostic::new(Code::WaitOnNonDate, written.span, message)
                    .help("wait for a span of time, `wait 3 days`, or until a date field");
                self.refuse(finding)
            }
            Some(_) | None => Ok(id),
        }
    }
}

const fn span(duration: ast::Duration) -> Duration {
    Duration { count: duration.count, unit: duration.unit }
}
