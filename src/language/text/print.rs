//! The canonical text of what was written.
//!
//! Keywords stand as on the language page, strings in double quotes, field names in brackets only where they need them,
//! numbers without trailing zeros, lists with commas. What is printed reads back as the same thing. [`Hooks`] lets the
//! caller put declared spellings and values in: see [`Plain`] for a printer that changes nothing.

use std::borrow::Cow;
use std::fmt;

use smol_str::SmolStr;

use super::super::ast::{
    Change, Count, Duration, FieldRef, Filter, Literal, LiteralKind, Names, NamesKind, Operator, OperatorKind, Parts,
    Predicate, PredicateForm, Qualify, Recurrence, Schedule, Step, StepForm, Text, Trigger, TriggerForm, Wait,
};
use super::parser::is_bare_field;
use crate::model::Day;

/// What a caller may put in while a text is printed.
pub trait Hooks {
    /// A field's name as it was declared.
    fn field<'a>(&'a self, field: &'a FieldRef) -> Cow<'a, str> {
        Cow::Borrowed(&field.name)
    }

    /// An attribute's name as it was declared, in `where`.
    fn attribute<'a>(&'a self, attribute: &'a FieldRef) -> Cow<'a, str> {
        Cow::Borrowed(&attribute.name)
    }

    /// A string's value, for tokens that are replaced.
    fn text<'a>(&'a self, text: &'a Text) -> Cow<'a, str> {
        Cow::Borrowed(&text.value)
    }

    /// The status that `add to SFDC campaign` uses when none is written; `campaign` is what [`Hooks::text`] gave.
    fn default_status(&self, campaign: &str) -> Option<SmolStr> {
        let _ = campaign;
        None
    }
}

/// Prints everything as it was written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

impl Hooks for Plain {}

/// A filter.
pub fn filter(filter: &Filter, hooks: &dyn Hooks) -> String {
    let mut printer = Printer { out: String::new(), hooks, attributes: false };
    printer.filter(filter, false);
    printer.out
}

/// A filter inside a chain: with parentheses around it if it is a chain of its own.
pub fn operand(filter: &Filter, hooks: &dyn Hooks) -> String {
    let mut printer = Printer { out: String::new(), hooks, attributes: false };
    printer.filter(filter, true);
    printer.out
}

/// A trigger.
pub fn trigger(trigger: &Trigger, hooks: &dyn Hooks) -> String {
    let mut printer = Printer { out: String::new(), hooks, attributes: false };
    printer.trigger(trigger);
    printer.out
}

/// A step.
pub fn step(step: &Step, hooks: &dyn Hooks) -> String {
    let mut printer = Printer { out: String::new(), hooks, attributes: false };
    printer.step(step);
    printer.out
}

/// A schedule.
pub fn schedule(schedule: &Schedule) -> String {
    let mut printer = Printer { out: String::new(), hooks: &Plain, attributes: false };
    printer.schedule(schedule);
    printer.out
}

/// A qualification rule.
///
/// ```
/// use campanile::language::ast::{Qualify, Unit};
/// use campanile::language::text::print::qualify;
/// assert_eq!(qualify(Qualify::OnceEvery(7, Unit::Day)), "once every 7 days");
/// ```
pub fn qualify(qualify: Qualify) -> String {
    match qualify {
        Qualify::Once => "once".to_owned(),
        Qualify::EveryTime => "every time".to_owned(),
        Qualify::OnceEvery(count, unit) => format!("once every {}", duration(Duration { count, unit })),
    }
}

/// A field's name as rules write it: bare when it is one word and no keyword, else in brackets.
///
/// ```
/// use campanile::language::text::print::field_name;
/// assert_eq!(field_name("Country"), "Country");
/// assert_eq!(field_name("Lead Source"), "[Lead Source]");
/// assert_eq!(field_name("Is"), "[Is]");
/// ```
pub fn field_name(name: &str) -> Cow<'_, str> {
    if is_bare_field(name) { Cow::Borrowed(name) } else { Cow::Owned(format!("[{name}]")) }
}

/// A string in double quotes, with escapes.
///
/// ```
/// use campanile::language::text::print::quoted;
/// assert_eq!(quoted("NL"), r#""NL""#);
/// assert_eq!(quoted(r#"the "best""#), r#""the \"best\"""#);
/// ```
pub fn quoted(text: &str) -> String {
    Quoted(text).to_string()
}

/// Shows a string as [`quoted`] gives it.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(self.0, '"', f)
    }
}

/// A string in single quotes, with escapes.
pub(super) fn single_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    // A string takes every text.
    let _ = write_quoted(text, '\'', &mut out);
    out
}

fn write_quoted(text: &str, quote: char, out: &mut impl fmt::Write) -> fmt::Result {
    out.write_char(quote)?;
    let mut rest = text;
    while let Some(at) = rest.find(['\n', '\\', quote]) {
        let (plain, special) = rest.split_at(at);
        out.write_str(plain)?;
        let mut signs = special.chars();
        match signs.next() {
            Some('\n') | None => out.write_str("\\n")?,
            Some(sign) => {
                out.write_char('\\')?;
                out.write_char(sign)?;
            }
        }
        rest = signs.as_str();
    }
    out.write_str(rest)?;
    out.write_char(quote)
}

/// A duration: `3 days`.
pub fn duration(duration: Duration) -> String {
    let plural = if duration.count == 1 { "" } else { "s" };
    format!("{} {}{plural}", duration.count, duration.unit.word())
}

struct Printer<'a> {
    out: String,
    hooks: &'a dyn Hooks,
    /// Whether fields stand for attributes.
    attributes: bool,
}

impl Printer<'_> {
    /// Adds words, with a space before them unless they come first.
    fn words(&mut self, words: &str) {
        if !(self.out.is_empty() || self.out.ends_with('(')) {
            self.out.push(' ');
        }
        self.out.push_str(words);
    }

    fn filter(&mut self, filter: &Filter, inside: bool) {
        let (parts, word) = match filter {
            Filter::Test(predicate) => return self.predicate(predicate),
            Filter::Not(negated, _) => {
                self.words("not");
                return self.filter(negated, true);
            }
            Filter::And(parts, _) => (parts, "and"),
            Filter::Or(parts, _) => (parts, "or"),
        };
        if inside {
            self.words("(");
        }
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.words(word);
            }
            self.filter(part, true);
        }
        if inside {
            self.out.push(')');
        }
    }

    fn predicate(&mut self, predicate: &Predicate) {
        let parts = &predicate.parts;
        match (predicate.form, predicate.negated) {
            (PredicateForm::Field, _) => {
                self.field(parts.field.as_ref());
                if let Some(operator) = &parts.operator {
                    self.operator(operator, true);
                }
                return;
            }
            (PredicateForm::RandomSample, _) => {
                self.words(predicate.form.words());
                if let Some(percent) = &parts.percent {
                    self.words(&format!("{}%", percent.value));
                }
                return;
            }
            (PredicateForm::HadFieldChanged, negated) => {
                self.words("had");
                self.field(parts.field.as_ref());
                self.words(if negated { "not changed" } else { "changed" });
            }
            (PredicateForm::Performed, true) => self.words("did not perform"),
            (form, false) => self.words(form.words()),
            (form, true) => {
                let words = form.words();
                let negated = match words.split_once(' ') {
                    Some(("was", rest)) => format!("was not {rest}"),
                    Some(("had", rest)) => format!("had no {rest}"),
                    // Forms without a negation of their own are never negated.
                    _ => words.to_owned(),
                };
                self.words(&negated);
            }
        }
        self.parts(parts);
    }

    fn trigger(&mut self, trigger: &Trigger) {
        if trigger.form == TriggerForm::FieldChanges {
            self.field(trigger.parts.field.as_ref());
        }
        self.words(trigger.form.words());
        self.parts(&trigger.parts);
    }

    fn step(&mut self, step: &Step) {
        let parts = &step.parts;
        self.words(step.form.words());
        match step.form {
            StepForm::Wait => return self.wait(parts),
            StepForm::SetField | StepForm::ClearField | StepForm::ChangeField => self.field(parts.field.as_ref()),
            StepForm::RemoveFromFlow if parts.names.is_some() => self.words("of"),
            StepForm::AddToSfdcCampaign
            | StepForm::RemoveFromSfdcCampaign
            | StepForm::ChangeStatusInSfdcCampaign
            | StepForm::ChangeStatusInProgram
            | StepForm::RemoveFromProgram
            | StepForm::AddToList
            | StepForm::RemoveFromList
            | StepForm::SyncPerson
            | StepForm::RequestCampaign
            | StepForm::ExecuteCampaign
            | StepForm::RemoveFromFlow
            | StepForm::CallWebhook
            | StepForm::SendEmail
            | StepForm::SendAlert
            | StepForm::CreateTask
            | StepForm::CreateInterestingMoment
            | StepForm::DoNothing => {}
        }
        self.parts(parts);
        if step.form == StepForm::AddToSfdcCampaign
            && parts.with_status.is_none()
            && let Some(Names { kind: NamesKind::Listed(names), .. }) = &parts.names
            && let [name] = names.as_slice()
            && let Some(status) = self.hooks.default_status(&self.hooks.text(name))
        {
            self.words("with status");
            self.words(&quoted(&status));
        }
    }

    /// What may follow any phrase, in the order of the language page.
    fn parts(&mut self, parts: &Parts) {
        let Parts {
            names,
            field: _,
            operator: _,
            with_status,
            from,
            to,
            responded,
            success,
            attributes,
            window,
            count,
            by,
            percent: _,
            wait: _,
        } = parts;
        if let Some(names) = names {
            self.names(names);
        }
        if let Some(statuses) = with_status {
            self.words("with status");
            self.texts(&statuses.value);
        }
        for (word, change) in [("from", from), ("to", to)] {
            if let Some(change) = change {
                self.words(word);
                match &change.value {
                    Change::Statuses(statuses) => self.texts(statuses),
                    Change::Test(operator) => self.operator(operator, false),
                    Change::Value(value) => self.literal(value),
                }
            }
        }
        if let Some(responded) = responded {
            self.words(if responded.value { "who responded" } else { "who has not responded" });
        }
        if let Some(success) = success {
            self.words(if success.value { "with success" } else { "without success" });
        }
        if let Some(tests) = attributes {
            self.words("where");
            let outer = std::mem::replace(&mut self.attributes, true);
            self.filter(&tests.value, true);
            self.attributes = outer;
        }
        if let Some(window) = window {
            self.operator(window, false);
        }
        if let Some(count) = count {
            let (words, number) = match count.value {
                Count::AtLeast(number) => ("at least", number),
                Count::AtMost(number) => ("at most", number),
                Count::Exactly(number) => ("exactly", number),
            };
            self.words(&format!("{words} {number} time{}", if number == 1 { "" } else { "s" }));
        }
        if let Some(by) = by {
            self.words("by");
            self.signed(&by.value);
        }
    }

    fn names(&mut self, names: &Names) {
        match &names.kind {
            NamesKind::Listed(names) => self.texts(names),
            NamesKind::Any => self.words("any"),
            NamesKind::StartingWith(text) => {
                self.words("starting with");
                self.text(text);
            }
            NamesKind::Containing(text) => {
                self.words("containing");
                self.text(text);
            }
        }
    }

    fn texts(&mut self, texts: &[Text]) {
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.text(text);
        }
    }

    fn text(&mut self, text: &Text) {
        let text = quoted(&self.hooks.text(text));
        self.words(&text);
    }

    fn field(&mut self, field: Option<&FieldRef>) {
        let Some(field) = field else { return };
        let name = if self.attributes { self.hooks.attribute(field) } else { self.hooks.field(field) };
        let name = field_name(&name).into_owned();
        self.words(&name);
    }

    /// An operator after a field, or without `is` a VALUE-TEST or window.
    fn operator(&mut self, operator: &Operator, after_field: bool) {
        let negated = operator.negated;
        let verb = |positive: &'static str, negative: &'static str| if negated { negative } else { positive };
        match &operator.kind {
            OperatorKind::Contains(values) => {
                self.words(verb("contains", "does not contain"));
                return self.literals(values);
            }
            OperatorKind::StartsWith(values) => {
                self.words(verb("starts with", "does not start with"));
                return self.literals(values);
            }
            OperatorKind::EndsWith(values) => {
                self.words(verb("ends with", "does not end with"));
                return self.literals(values);
            }
            OperatorKind::Is(_)
            | OperatorKind::GreaterThan(_)
            | OperatorKind::LessThan(_)
            | OperatorKind::AtLeast(_)
            | OperatorKind::AtMost(_)
            | OperatorKind::Between(_, _)
            | OperatorKind::Before(_)
            | OperatorKind::After(_)
            | OperatorKind::OnOrBefore(_)
            | OperatorKind::OnOrAfter(_)
            | OperatorKind::InPast(_)
            | OperatorKind::InPastBefore(_)
            | OperatorKind::InFuture(_)
            | OperatorKind::InFutureAfter(_)
            | OperatorKind::In(_) => {}
        }
        if after_field {
            self.words("is");
        }
        if negated {
            self.words("not");
        }
        match &operator.kind {
            OperatorKind::Is(values)
            | OperatorKind::Contains(values)
            | OperatorKind::StartsWith(values)
            | OperatorKind::EndsWith(values) => self.literals(values),
            OperatorKind::GreaterThan(value) => self.words_and("greater than", value),
            OperatorKind::LessThan(value) => self.words_and("less than", value),
            OperatorKind::AtLeast(value) => self.words_and("at least", value),
            OperatorKind::AtMost(value) => self.words_and("at most", value),
            OperatorKind::Between(from, to) => {
                self.words_and("between", from);
                self.words_and("and", to);
            }
            OperatorKind::Before(value) => self.words_and("before", value),
            OperatorKind::After(value) => self.words_and("after", value),
            OperatorKind::OnOrBefore(value) => self.words_and("on or before", value),
            OperatorKind::OnOrAfter(value) => self.words_and("on or after", value),
            OperatorKind::InPast(span) => self.words(&format!("in past {}", duration(*span))),
            OperatorKind::InPastBefore(span) => self.words(&format!("in past before {}", duration(*span))),
            OperatorKind::InFuture(span) => self.words(&format!("in future {}", duration(*span))),
            OperatorKind::InFutureAfter(span) => self.words(&format!("in future after {}", duration(*span))),
            OperatorKind::In(frame) => self.words(&format!("in {}", frame.words())),
        }
    }

    fn words_and(&mut self, words: &str, value: &Literal) {
        self.words(words);
        self.literal(value);
    }

    fn literals(&mut self, values: &[Literal]) {
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.literal(value);
        }
    }

    fn literal(&mut self, value: &Literal) {
        match &value.kind {
            LiteralKind::Text(text) => self.text(text),
            LiteralKind::Number(number) => self.words(&number.normalize().to_string()),
            LiteralKind::NumberTooLarge => self.words(TOO_LARGE),
            LiteralKind::Date(text) | LiteralKind::DateTime(text) | LiteralKind::Time(text) => self.words(text),
            LiteralKind::Boolean(value) => self.words(if *value { "true" } else { "false" }),
            LiteralKind::Empty => self.words("empty"),
            LiteralKind::Today => self.words("today"),
            LiteralKind::Now => self.words("now"),
        }
    }

    /// A number that always shows its sign.
    fn signed(&mut self, value: &Literal) {
        match &value.kind {
            LiteralKind::Number(number) => {
                let sign = if number.is_sign_negative() && !number.is_zero() { "-" } else { "+" };
                self.words(&format!("{sign}{}", number.abs().normalize()));
            }
            LiteralKind::NumberTooLarge => self.words(&format!("+{TOO_LARGE}")),
            LiteralKind::Text(_)
            | LiteralKind::Date(_)
            | LiteralKind::DateTime(_)
            | LiteralKind::Time(_)
            | LiteralKind::Boolean(_)
            | LiteralKind::Empty
            | LiteralKind::Today
            | LiteralKind::Now => self.literal(value),
        }
    }

    fn wait(&mut self, parts: &Parts) {
        let Some(wait) = &parts.wait else { return };
        let at = match wait {
            Wait::For { duration: span, ending_on, at } => {
                self.words(&duration(span.value));
                if let Some(days) = ending_on {
                    self.words("ending on");
                    self.days(days);
                }
                at
            }
            Wait::UntilMoment { moment, at } => {
                self.words_and("until", moment);
                at
            }
            Wait::UntilField { shift, at } => {
                self.words("until");
                self.field(parts.field.as_ref());
                if let Some((minus, span)) = shift {
                    self.words(if *minus { "minus" } else { "plus" });
                    self.words(&duration(span.value));
                }
                at
            }
            Wait::UntilAnniversary { at } => {
                self.words("until next anniversary of");
                self.field(parts.field.as_ref());
                at
            }
        };
        if let Some(at) = at {
            self.words_and("at", at);
        }
    }

    fn days(&mut self, days: &[Day]) {
        if days == Day::ALL {
            return self.words("any day");
        }
        if Day::ALL.strip_prefix(days).is_some_and(|rest| rest == [Day::Saturday, Day::Sunday]) {
            return self.words("weekdays");
        }
        let mut rest = days;
        while let [first, ..] = rest {
            if rest.len() < days.len() {
                self.out.push(',');
            }
            // Days one after another are a range; two are a list.
            let following = Day::ALL.iter().skip_while(|day| *day != first);
            let run = rest.iter().zip(following).take_while(|(day, next)| day == next).count();
            let taken = if run > 2 { run } else { 1 };
            self.words(first.word());
            if let Some(last) = rest.get(taken - 1).filter(|_| taken > 1) {
                self.words("to");
                self.words(last.word());
            }
            rest = rest.get(taken..).unwrap_or(&[]);
        }
    }

    fn schedule(&mut self, schedule: &Schedule) {
        match &schedule.rule {
            Recurrence::Days(1) => self.words("every day"),
            Recurrence::Days(count) => self.words(&format!("every {count} days")),
            Recurrence::Weekdays => self.words("every weekday"),
            Recurrence::Weeks(count, days) => {
                if *count == 1 {
                    self.words("every week on");
                } else {
                    self.words(&format!("every {count} weeks on"));
                }
                self.days(days);
            }
            Recurrence::MonthDay(day) => self.words(&format!("every month on day {day}")),
            Recurrence::MonthWeekday(which, day) => {
                let which = match which {
                    1 => "1st",
                    2 => "2nd",
                    3 => "3rd",
                    4 => "4th",
                    _ => "last",
                };
                self.words(&format!("every month on the {which} {}", day.word()));
            }
            Recurrence::Once(moment) => self.words_and("once at", moment),
        }
        for (words, value) in [("at", &schedule.time), ("starting", &schedule.starting), ("until", &schedule.until)] {
            if let Some(value) = value {
                self.words_and(words, value);
            }
        }
    }
}

/// A number that no value can hold: it reads back as too large again.
const TOO_LARGE: &str = "99999999999999999999999999999999";
