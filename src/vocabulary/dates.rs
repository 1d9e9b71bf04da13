//! Dates, moments and times of day as they are written.

use super::entry::Lowered;
use super::scope::Scope;
use super::values::{Subject, spelled};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::language::ast::{Literal, LiteralKind};
use crate::meaning::Moment;
use crate::model::{Clock, Date, FieldType, Timestamp};

/// The characters of a day, `2026-03-05`.
const DAY_CHARS: usize = 10;

impl Scope<'_> {
    /// A day. `None` for another kind of value, which the caller answers.
    pub(crate) fn date(&mut self, text: &str, span: Span) -> Lowered<Date> {
        match Date::parse(text) {
            Some(day) => Ok(day),
            None => {
                let finding = no_such("date", text, span).helps(last_day_help(text));
                self.refuse(finding)
            }
        }
    }

    /// A moment, in the workspace's zone where it names no offset.
    pub(crate) fn moment(&mut self, text: &str, span: Span) -> Lowered<Timestamp> {
        match self.symbols.settings.zone.parse(text) {
            Some(at) => {
                if !has_offset(text) {
                    self.needs_zone(span);
                }
                Ok(at)
            }
            None => {
                let finding = no_such("date and time", text, span)
                    .help("write `2026-03-05 09:00`, or with an offset `2026-03-05T09:00Z`");
                self.refuse(finding)
            }
        }
    }

    /// A time of day.
    pub(crate) fn clock(&mut self, literal: &Literal) -> Lowered<Clock> {
        let LiteralKind::Time(text) = &literal.kind else {
            let message = format!("`{}` is not a time of day", spelled(literal));
            let finding = Diagnostic::new(Code::ValueNotForType, literal.span, message).help("write it as `09:00`");
            return self.refuse(finding);
        };
        match Clock::parse(text) {
            Some(clock) => {
                self.needs_zone(literal.span);
                Ok(clock)
            }
            None => {
                let finding = no_such("time", text, literal.span).help("a day goes from `00:00` to `23:59`");
                self.refuse(finding)
            }
        }
    }

    /// An optional time of day.
    pub(crate) fn optional_clock(&mut self, literal: Option<&Literal>) -> Lowered<Option<Clock>> {
        literal.map(|literal| self.clock(literal)).transpose()
    }

    /// What a date or moment is compared with; `subject` words the answer to other kinds of value.
    pub(crate) fn date_value(&mut self, literal: &Literal, subject: Option<&Subject>) -> Lowered<Moment> {
        match &literal.kind {
            LiteralKind::Date(text) => {
                // The day of a moment, and the moment at which a day begins, depend on the zone.
                if subject.is_none_or(|subject| subject.type_ == FieldType::DateTime) {
                    self.needs_zone(literal.span);
                }
                self.date(text, literal.span).map(Moment::Day)
            }
            LiteralKind::DateTime(text) => {
                if subject.is_some_and(|subject| subject.type_ == FieldType::Date) {
                    self.needs_zone(literal.span);
                }
                self.moment(text, literal.span).map(Moment::At)
            }
            LiteralKind::Today => Ok(Moment::Today),
            LiteralKind::Now => Ok(Moment::Now),
            LiteralKind::Text(_)
            | LiteralKind::Number(_)
            | LiteralKind::NumberTooLarge
            | LiteralKind::Time(_)
            | LiteralKind::Boolean(_)
            | LiteralKind::Empty => match subject {
                Some(subject) => self.wrong_value(literal, subject),
                None => {
                    let message = format!("`{}` is not a date", spelled(literal));
                    let finding = Diagnostic::new(Code::ValueNotForType, literal.span, message)
                        .help("write it without quotes, as `2026-03-05` or `2026-03-05 09:00`");
                    self.refuse(finding)
                }
            },
        }
    }

    /// Both ends of a range of dates, refused when they are the wrong way round.
    pub(crate) fn date_range(
        &mut self,
        from: &Literal,
        to: &Literal,
        subject: Option<&Subject>,
    ) -> Lowered<(Moment, Moment)> {
        let (first, last) = (self.date_value(from, subject), self.date_value(to, subject));
        let (first, last) = (first?, last?);
        if let (Some(start), Some(end)) = (self.fixed(first), self.fixed(last))
            && start > end
        {
            return self.reversed(from, to);
        }
        Ok((first, last))
    }

    /// Says that a range has its ends the wrong way round.
    pub(crate) fn reversed<T>(&mut self, from: &Literal, to: &Literal) -> Lowered<T> {
        let (first, last) = (spelled(from), spelled(to));
        let finding = Diagnostic::new(
            Code::BetweenReversed,
            from.span.to(to.span),
            format!("nothing is between `{first}` and `{last}`: the first is the larger"),
        )
        .help(format!("write `{last} and {first}`"));
        self.refuse(finding)
    }

    /// The moment that is meant, unless it depends on now.
    fn fixed(&self, moment: Moment) -> Option<Timestamp> {
        match moment {
            Moment::Day(day) => Some(self.symbols.settings.zone.start_of(day)),
            Moment::At(at) => Some(at),
            Moment::Today | Moment::Now => None,
        }
    }
}

/// Whether a moment ends in `Z` or an offset.
fn has_offset(text: &str) -> bool {
    let clock = text.get(DAY_CHARS..).unwrap_or("");
    clock.contains(['Z', 'z', '+', '-'])
}

fn no_such(what: &str, text: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::NoSuchDate, span, format!("there is no {what} `{text}`"))
}

/// `that month ends on 2026-02-28`, when year and month exist.
fn last_day_help(text: &str) -> Option<String> {
    let first = Date::parse(&format!("{}01", text.get(..8)?))?;
    let last = first.plus_months(1).plus_days(-1);
    Some(format!("that month ends on `{last}`"))
}
