//! Durations, days, times of day, schedules and qualification.

#![expect(clippy::wildcard_enum_match_arm, reason = "each place of the grammar holds few of its rules")]

use smol_str::SmolStr;

use super::super::super::ast::{Duration, Literal, LiteralKind, Qualify, Recurrence, Schedule, Spanned, Unit};
use super::super::errors;
use super::{Node, Reader, Rule, range};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::Day;

/// What people write for the units.
const ABBREVIATIONS: &[(&str, Unit)] = &[
    ("m", Unit::Minute),
    ("min", Unit::Minute),
    ("mins", Unit::Minute),
    ("h", Unit::Hour),
    ("hr", Unit::Hour),
    ("hrs", Unit::Hour),
    ("d", Unit::Day),
    ("ds", Unit::Day),
    ("dy", Unit::Day),
    ("dys", Unit::Day),
    ("w", Unit::Week),
    ("wk", Unit::Week),
    ("wks", Unit::Week),
    ("mo", Unit::Month),
    ("mos", Unit::Month),
    ("mon", Unit::Month),
    ("mth", Unit::Month),
    ("mths", Unit::Month),
    ("mnth", Unit::Month),
    ("y", Unit::Year),
    ("yr", Unit::Year),
    ("yrs", Unit::Year),
];

fn unit(word: &str) -> Option<Unit> {
    let word = word.to_lowercase();
    Unit::ALL.into_iter().find(|unit| word.strip_prefix(unit.word()).is_some_and(|rest| rest.is_empty() || rest == "s"))
}

impl<'a> Reader<'a> {
    /// The duration of a text that is nothing else.
    pub(super) fn whole_duration(&mut self, node: Node<'a>) -> Option<Spanned<Duration>> {
        if node.as_rule() != Rule::duration {
            self.not_this_kind(node, Rule::duration_text);
            return None;
        }
        self.duration(node)
    }

    pub(super) fn duration(&mut self, node: Node<'a>) -> Option<Spanned<Duration>> {
        let span = self.span(&node);
        let place = range(&node);
        let (mut count, mut number, mut unit_of) = (None, "", None);
        let mut lost = false;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::whole => {
                    number = self.written(&child);
                    count = self.whole(&child);
                    lost |= count.is_none();
                }
                Rule::wrong_whole => {
                    lost = true;
                    let written = self.written(&child);
                    let finding = Diagnostic::new(
                        Code::BadUnit,
                        span,
                        format!("`{}` is not a whole number of units", errors::one_line(self.text(place.0, place.1))),
                    )
                    .help(format!("write a whole number instead of `{written}`, in a smaller unit where needed"));
                    self.lose(finding);
                }
                Rule::wrong_unit => unit_of = self.wrong_unit(&child, place, number),
                Rule::gap => {
                    if !lost {
                        self.missing(&child, place, Rule::duration);
                    }
                    lost = true;
                }
                _ => unit_of = unit(self.written(&child)),
            }
        }
        if lost {
            return None;
        }
        Some(Spanned::new(Duration { count: count?, unit: unit_of? }, span))
    }

    /// `4 hrs`: the unit that was meant, or some unit when nobody can tell, so that the rest is still checked.
    fn wrong_unit(&mut self, node: &Node<'a>, (start, end): (usize, usize), number: &str) -> Option<Unit> {
        let word = self.written(node);
        let lower = word.to_lowercase();
        let short = lower.trim_end_matches('.');
        let known = ABBREVIATIONS.iter().find(|(abbreviation, _)| *abbreviation == short).map(|(_, unit)| *unit);
        let near = || {
            let words: Vec<String> =
                Unit::ALL.into_iter().flat_map(|unit| [unit.word().to_owned(), format!("{}s", unit.word())]).collect();
            let near = crate::diagnostics::closest(&lower, words.iter().map(String::as_str));
            near.first().and_then(|word| unit(word))
        };
        let meant = known.or_else(near);
        let finding = Diagnostic::new(
            Code::BadUnit,
            self.scalar.place(start, end),
            format!("`{word}` is not a unit of time here"),
        );
        let Some(meant) = meant else {
            let units: Vec<String> = Unit::ALL.into_iter().map(|unit| format!("`{}s`", unit.word())).collect();
            self.report(finding.help(format!("write {}", crate::diagnostics::one_of(&units))));
            return Some(Unit::Day);
        };
        let right = format!("{number} {}{}", meant.word(), if number == "1" { "" } else { "s" });
        let finding = finding.help(format!("write `{right}`"));
        let finding = self.fix(finding, format!("write `{right}`"), known.is_some(), (start, end), &right);
        self.report(finding);
        Some(meant)
    }

    pub(super) fn at_time(&mut self, node: Node<'a>) -> Option<Literal> {
        let mut at = range(&node);
        let mut time = None;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::k_at => at = range(&child),
                Rule::gap => self.missing(&child, at, Rule::at_time),
                Rule::wrong_hour => {
                    let written = self.written(&child);
                    let right = format!("{written:0>2}:00");
                    let message = format!("`{written}` is not how a time is written");
                    let finding =
                        Diagnostic::new(Code::Syntax, self.span(&child), message).help(format!("write `{right}`"));
                    let finding = self.fix(finding, format!("write `{right}`"), true, range(&child), &right);
                    self.report(finding);
                    let span = self.span(&child);
                    time = Some(Literal { span, kind: LiteralKind::Time(SmolStr::new(right)) });
                }
                _ => time = self.literal(child),
            }
        }
        time
    }

    /// DAYS, in the order of the week, each once.
    pub(super) fn days(&mut self, node: Node<'a>) -> Option<Vec<Day>> {
        let mut chosen = [false; 7];
        let mut lost = false;
        let mut comma = range(&node);
        let mut choose = |day: Day| {
            if let Some(slot) = chosen.get_mut(day.from_monday_index() as usize) {
                *slot = true;
            }
        };
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::k_weekdays | Rule::k_weekday => {
                    Day::ALL.into_iter().filter(|day| day.from_monday_index() < 5).for_each(&mut choose);
                }
                Rule::k_any => Day::ALL.into_iter().for_each(&mut choose),
                Rule::comma => comma = range(&child),
                Rule::gap => {
                    lost = true;
                    self.missing(&child, comma, Rule::days);
                }
                Rule::days_one => {
                    let place = range(&child);
                    let mut ends = Vec::new();
                    for part in child.into_inner() {
                        match part.as_rule() {
                            Rule::day => ends.extend(Day::find(self.written(&part))),
                            Rule::gap => {
                                lost = true;
                                self.missing(&part, place, Rule::days_one);
                            }
                            _ => {}
                        }
                    }
                    match ends.as_slice() {
                        // `friday to monday` goes over the weekend.
                        [first, last] => {
                            let length = last.days_after(*first);
                            Day::ALL.into_iter().filter(|day| day.days_after(*first) <= length).for_each(&mut choose);
                        }
                        one => one.iter().copied().for_each(&mut choose),
                    }
                }
                _ => {}
            }
        }
        let days = Day::ALL.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(day, _)| day).collect();
        (!lost).then_some(days)
    }

    pub(super) fn schedule(&mut self, node: Node<'a>) -> Option<Schedule> {
        if node.as_rule() != Rule::schedule {
            self.not_this_kind(node, Rule::schedule_text);
            return None;
        }
        let lost = self.lost;
        let span = self.span(&node);
        let mut place = range(&node);
        let (mut rule, mut time, mut starting, mut until) = (None, None, None, None);
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::at_time => time = self.at_time(child),
                Rule::starting => self.bound(child, &mut starting),
                Rule::until => self.bound(child, &mut until),
                Rule::gap => {
                    // What the recurrence lacks comes before its time.
                    if self.lost == lost {
                        self.missing(&child, place, Rule::schedule);
                    }
                }
                _ => {
                    place = range(&child);
                    rule = self.recurrence(child);
                }
            }
        }
        (self.lost == lost).then_some(Schedule { span, rule: rule?, time, starting, until })
    }

    fn bound(&mut self, node: Node<'a>, slot: &mut Option<Literal>) {
        let rule = node.as_rule();
        let mut at = range(&node);
        if slot.is_some() {
            let finding = Diagnostic::new(Code::BadSchedule, self.span(&node), "this stands in the schedule twice")
                .help("write `starting` and `until` once each, with one date");
            self.lose(finding);
            return;
        }
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::k_starting | Rule::k_until => at = range(&child),
                Rule::gap => self.missing(&child, at, rule),
                _ => *slot = self.literal(child),
            }
        }
    }

    fn recurrence(&mut self, node: Node<'a>) -> Option<Recurrence> {
        let rule = node.as_rule();
        let place = range(&node);
        let (mut number, mut days, mut day, mut ordinal, mut moment) = (None, None, None, None, None);
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::whole => {
                    let of_month = rule == Rule::schedule_month_day;
                    let value = self.whole(&child)?;
                    if value == 0 || (of_month && value > 31) {
                        let help = if of_month { "write a day from 1 to 31" } else { "write a number from 1" };
                        let message = format!("`{value}` cannot stand here");
                        self.lose(Diagnostic::new(Code::BadSchedule, self.span(&child), message).help(help));
                    }
                    number = Some(value);
                }
                Rule::days => days = self.days(child),
                Rule::day => day = Day::find(self.written(&child)),
                Rule::ordinal => {
                    let written = self.written(&child);
                    // `1st` to `4th`; `last` has no digit.
                    ordinal = Some(written.chars().next().and_then(|c| c.to_digit(10)).unwrap_or(0));
                }
                Rule::datetime => moment = self.literal(child),
                Rule::gap => {
                    self.missing(&child, place, rule);
                    return None;
                }
                _ => {}
            }
        }
        Some(match rule {
            Rule::schedule_weekdays => Recurrence::Weekdays,
            Rule::schedule_days => Recurrence::Days(number.unwrap_or(1)),
            Rule::schedule_weeks => Recurrence::Weeks(number.unwrap_or(1), days?),
            Rule::schedule_month_day => Recurrence::MonthDay(number?),
            Rule::schedule_month_weekday => Recurrence::MonthWeekday(ordinal?, day?),
            _ => Recurrence::Once(moment?),
        })
    }

    pub(super) fn qualify(&mut self, node: Node<'a>) -> Option<Spanned<Qualify>> {
        let span = self.span(&node);
        let place = range(&node);
        match node.as_rule() {
            Rule::qualify_once => Some(Spanned::new(Qualify::Once, span)),
            Rule::qualify_every_time => Some(Spanned::new(Qualify::EveryTime, span)),
            Rule::qualify_once_every => {
                let mut every = None;
                for child in node.into_inner() {
                    match child.as_rule() {
                        Rule::duration => every = self.duration(child),
                        Rule::gap => self.missing(&child, place, Rule::qualify_once_every),
                        _ => {}
                    }
                }
                let every = every?;
                if every.value.count == 0 {
                    let message = "`once every` needs a span, and this is none";
                    let finding = Diagnostic::new(Code::BadQualify, every.span, message)
                        .help("write `every time`, or a span such as `once every 7 days`");
                    self.lose(finding);
                    return None;
                }
                match every.value.unit {
                    Unit::Hour | Unit::Day | Unit::Week | Unit::Month => {
                        Some(Spanned::new(Qualify::OnceEvery(every.value.count, every.value.unit), span))
                    }
                    unit @ (Unit::Minute | Unit::Year) => {
                        let finding = Diagnostic::new(
                            Code::BadQualify,
                            every.span,
                            format!("`once every` does not count in {}s", unit.word()),
                        )
                        .help("write hours, days, weeks or months, as in `once every 7 days`");
                        self.lose(finding);
                        None
                    }
                }
            }
            _ => {
                self.not_this_kind(node, Rule::qualify_text);
                None
            }
        }
    }
}
