//! When batch campaigns run (language.md section 10).

use super::entry::{Lowered, Poisoned, Topic};
use super::scope::Scope;
use super::values::spelled;
use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{self, Literal, LiteralKind};
use crate::meaning::{Days, Recurrence, Schedule};
use crate::model::{Clock, Date, Timestamp};

/// Every schedule; the examples are texts of `schedule`.
pub const ALL: &[Topic] = &[
    Topic { syntax: "every day at T", summary: "Every day.", example: "every day at 06:00" },
    Topic {
        syntax: "every N days at T starting DATE",
        summary: "Every so many days, counted from the first.",
        example: "every 3 days at 06:00 starting 2026-03-02",
    },
    Topic { syntax: "every weekday at T", summary: "Monday to Friday.", example: "every weekday at 08:30" },
    Topic {
        syntax: "every week on DAYS at T",
        summary: "On these days of every week.",
        example: "every week on monday, thursday at 07:00",
    },
    Topic {
        syntax: "every N weeks on DAYS at T starting DATE",
        summary: "On these days of every so many weeks; the week that holds the first day is the first.",
        example: "every 2 weeks on monday at 07:00 starting 2026-03-02 until 2026-12-31",
    },
    Topic {
        syntax: "every month on day N at T",
        summary: "On a day of every month; in a shorter month on its last day.",
        example: "every month on day 31 at 04:00",
    },
    Topic {
        syntax: "every month on the 1st|2nd|3rd|4th|last DAYNAME at T",
        summary: "On such a weekday of every month.",
        example: "every month on the last friday at 16:00",
    },
    Topic { syntax: "once at DATETIME", summary: "Once.", example: "once at 2026-04-01 09:00" },
];

impl Scope<'_> {
    /// A schedule, without its canonical text.
    pub(crate) fn schedule(&mut self, schedule: &ast::Schedule) -> Lowered<Schedule> {
        let ast::Schedule { span, rule, time, starting, until } = schedule;
        let rule = match rule {
            ast::Recurrence::Days(every) => self.at(time.as_ref()).map(|at| Recurrence::Days { every: *every, at }),
            ast::Recurrence::Weekdays => self.at(time.as_ref()).map(|at| Recurrence::Weekdays { at }),
            ast::Recurrence::Weeks(every, days) => {
                self.at(time.as_ref()).map(|at| Recurrence::Weeks { every: *every, on: Days::of(days), at })
            }
            ast::Recurrence::MonthDay(day) => self.at(time.as_ref()).map(|at| Recurrence::MonthDay { day: *day, at }),
            ast::Recurrence::MonthWeekday(nth, day) => self.at(time.as_ref()).map(|at| Recurrence::MonthWeekday {
                nth: (*nth > 0).then_some(*nth),
                day: *day,
                at,
            }),
            ast::Recurrence::Once(moment) => self.once(moment).map(|at| Recurrence::Once { at }),
        };
        let first = self.day(starting.as_ref());
        let last = self.day(until.as_ref());
        if starting.is_none()
            && let ast::Recurrence::Days(2..) | ast::Recurrence::Weeks(2.., _) = schedule.rule
        {
            let message = "this schedule must say from which day it counts";
            let finding = Diagnostic::new(Code::StartingRequired, *span, message)
                .help("add `starting` and the first day, `starting 2026-03-02`");
            return self.refuse(finding);
        }
        let (rule, first, last) = (rule?, first?, last?);
        if let (Some(from), Some(to), Some(starting), Some(until)) = (first, last, starting, until)
            && from > to
        {
            let message = format!("`{}` comes before `{}`: it would never run", spelled(until), spelled(starting));
            let finding =
                Diagnostic::new(Code::BetweenReversed, until.span, message).help("write a later day after `until`");
            return self.refuse(finding);
        }
        Ok(Schedule { rule, starting: first, until: last, text: String::new() })
    }

    /// The time of day; that one is missing was said when the text was read.
    fn at(&mut self, time: Option<&Literal>) -> Lowered<Clock> {
        self.clock(time.ok_or(Poisoned)?)
    }

    fn once(&mut self, moment: &Literal) -> Lowered<Timestamp> {
        let LiteralKind::DateTime(text) = &moment.kind else {
            let message = format!("`{}` is not a date with a time", spelled(moment));
            let finding = Diagnostic::new(Code::ValueNotForType, moment.span, message)
                .help("write both: `once at 2026-04-01 09:00`");
            return self.refuse(finding);
        };
        self.moment(text, moment.span)
    }

    fn day(&mut self, literal: Option<&Literal>) -> Lowered<Option<Date>> {
        let Some(literal) = literal else { return Ok(None) };
        let LiteralKind::Date(text) = &literal.kind else {
            let message = format!("`{}` is not a date", spelled(literal));
            let finding =
                Diagnostic::new(Code::ValueNotForType, literal.span, message).help("write it as `2026-03-02`");
            return self.refuse(finding);
        };
        self.date(text, literal.span).map(Some)
    }
}
