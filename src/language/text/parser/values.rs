//! Fields, strings with their tokens, numbers, dates and times.

#![expect(clippy::wildcard_enum_match_arm, reason = "each place of the grammar holds few of its rules")]

use smol_str::SmolStr;

use super::super::super::ast::{FieldRef, Literal, LiteralKind, Text, Token};
use super::super::{errors, print};
use super::{Node, Reader, Rule, range};
use crate::diagnostics::{Code, Diagnostic, closest};
use crate::model::parse_number;

/// Words of other tools after `is`, and what is written instead: the value, or the whole test.
const FOREIGN_AFTER_IS: &[(&str, &str)] = &[
    ("tomorrow", "is in future 1 day"),
    ("next week", "is in future 7 days"),
    ("next month", "is in future 30 days"),
    ("next quarter", "is in future 90 days"),
    ("next year", "is in future 365 days"),
    ("unknown", "empty"),
    ("null", "empty"),
    ("nothing", "empty"),
    ("blank", "empty"),
    ("one of", "is \"A\", \"B\""),
    ("any of", "is \"A\", \"B\""),
    ("none of", "is not \"A\", \"B\""),
    ("more than", "is greater than"),
    ("higher than", "is greater than"),
    ("larger than", "is greater than"),
    ("fewer than", "is less than"),
    ("lower than", "is less than"),
    ("smaller than", "is less than"),
    ("above", "is greater than"),
    ("over", "is greater than"),
    ("below", "is less than"),
    ("under", "is less than"),
    ("later than", "is after"),
    ("earlier than", "is before"),
    ("like", "contains"),
    ("equal", "is"),
];

/// What may stand after `is` besides values in quotes.
const AFTER_IS: &[&str] = &[
    "not",
    "empty",
    "not empty",
    "true",
    "false",
    "today",
    "now",
    "yesterday",
    "at least",
    "at most",
    "less than",
    "greater than",
    "between",
    "before",
    "after",
];

impl<'a> Reader<'a> {
    pub(super) fn field(&mut self, node: Node<'a>) -> Option<FieldRef> {
        let span = self.span(&node);
        let written = self.written(&node);
        match node.as_rule() {
            Rule::field_bare => Some(FieldRef { span, name: SmolStr::new(written) }),
            Rule::field_in_brackets => {
                let inside = written.trim_start_matches('[').trim_end_matches(']');
                let name = errors::one_line(inside);
                if name.is_empty() {
                    let finding = Diagnostic::new(Code::Syntax, span, "no field stands between these brackets")
                        .help("write the name of a field, as in `[Lead Source]`");
                    self.lose(finding);
                    return None;
                }
                Some(FieldRef { span, name: SmolStr::new(name) })
            }
            Rule::keyword_field => {
                let name = errors::one_line(written);
                let right = format!("[{name}]");
                let message =
                    format!("a field named like the word `{name}` of the rule language needs square brackets");
                let finding = Diagnostic::new(Code::BareField, span, message).help(format!("write `{right}`"));
                let finding = self.fix(finding, format!("write `{right}`"), true, range(&node), &right);
                self.report(finding);
                Some(FieldRef { span, name: SmolStr::new(name) })
            }
            _ => {
                let name = errors::one_line(written);
                let right = print::field_name(&name).into_owned();
                let finding = errors::bare_field(span, &name, &right);
                let finding = self.fix(finding, format!("write `{right}`"), true, range(&node), &right);
                self.report(finding);
                Some(FieldRef { span, name: SmolStr::new(name) })
            }
        }
    }

    /// Comma-separated strings.
    pub(super) fn texts(&mut self, node: Node<'a>) -> Option<Vec<Text>> {
        let mut comma = range(&node);
        let mut texts = Vec::new();
        let mut lost = false;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::comma => comma = range(&child),
                Rule::gap => {
                    lost = true;
                    self.missing(&child, comma, Rule::texts);
                }
                _ => match self.string(&child) {
                    Some(text) => texts.push(text),
                    None => lost = true,
                },
            }
        }
        (!lost).then_some(texts)
    }

    /// A string, also in curly quotes. `None` when it is never closed.
    pub(super) fn string(&mut self, node: &Node<'a>) -> Option<Text> {
        let (start, end) = range(node);
        let written = self.text(start, end);
        let span = self.scalar.place(start, end);
        if node.as_rule() == Rule::unclosed_string {
            self.unclosed_string(start, end);
            return None;
        }
        let opening = written.chars().next().map_or(0, char::len_utf8);
        let closing = written.chars().next_back().map_or(0, char::len_utf8);
        let inside = (start + opening, end.saturating_sub(closing).max(start + opening));
        let text = self.decode(inside);
        if node.as_rule() == Rule::curly_string {
            let double = written.starts_with(['“', '”', '„', '«']);
            let straight = if double { print::quoted(&text.0) } else { print::single_quoted(&text.0) };
            let finding = Diagnostic::new(
                Code::CurlyQuotes,
                span,
                format!("`{}` stands in curly quotes", errors::one_line(written)),
            )
            .help(format!("write it in straight quotes: `{straight}`"));
            let finding = self.fix(finding, format!("write `{straight}`"), true, (start, end), &straight);
            self.report(finding);
        }
        let (value, origins) = text;
        let tokens = if value.contains("{{") { self.tokens(&value, &origins) } else { Vec::new() };
        Some(Text { span, value: SmolStr::new(value), tokens })
    }

    pub(super) fn unclosed_string(&mut self, start: usize, end: usize) {
        let written = self.text(start, end);
        let end = start + written.trim_end().len();
        let quote = written.chars().next().unwrap_or('"');
        let straight = if matches!(quote, '\'' | '‘' | '’' | '‚') { '\'' } else { '"' };
        let mut finding = Diagnostic::new(
            Code::UnclosedString,
            self.scalar.place(start, end),
            format!("the string that begins with `{quote}` here is never closed"),
        )
        .help(format!("write `{straight}` where the string ends"));
        if written.chars().skip(1).any(|c| matches!(c, '“' | '”' | '‘' | '’')) {
            finding = finding.help(format!("a curly quote does not close it, only a straight `{straight}` does"));
        }
        self.lose(finding);
    }

    /// Undoes escapes. For each byte of the result and for its end: where it came from.
    fn decode(&mut self, (start, end): (usize, usize)) -> (String, Vec<usize>) {
        let raw = self.text(start, end);
        let mut value = String::with_capacity(raw.len());
        let mut origins = Vec::with_capacity(raw.len() + 1);
        let mut chars = raw.char_indices().peekable();
        let mut push = |value: &mut String, c: char, at: usize| {
            value.push(c);
            origins.extend(std::iter::repeat_n(start + at, c.len_utf8()));
        };
        let mut unknown = Vec::new();
        while let Some((at, c)) = chars.next() {
            if c != '\\' {
                push(&mut value, c, at);
                continue;
            }
            match chars.peek().copied() {
                Some((_, escaped @ ('"' | '\'' | '\\'))) => {
                    chars.next();
                    push(&mut value, escaped, at);
                }
                Some((_, 'n')) => {
                    chars.next();
                    push(&mut value, '\n', at);
                }
                next => {
                    push(&mut value, c, at);
                    unknown.push((at, next));
                }
            }
        }
        origins.push(end);
        for (at, next) in unknown {
            let place = (start + at, start + at + 1 + next.map_or(0, |(_, c)| c.len_utf8()));
            let written = self.text(place.0, place.1);
            let finding = Diagnostic::new(
                Code::Syntax,
                self.scalar.place(place.0, place.1),
                format!("`{written}` has no meaning inside a string"),
            )
            .help("a backslash is written `\\\\`; after one may stand `\"`, `'`, `\\` or `n`");
            let finding = self.fix(finding, "write `\\\\`".to_owned(), true, (place.0, place.0 + 1), "\\\\");
            self.report(finding);
        }
        (value, origins)
    }

    /// The tokens of a string; a malformed one has its finding and is left out.
    fn tokens(&mut self, value: &str, origins: &[usize]) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut from = 0;
        while let Some(open) = value.get(from..).and_then(|rest| rest.find("{{")).map(|at| from + at) {
            let inside = open + 2;
            let rest = value.get(inside..).unwrap_or("");
            let closed = rest.find("}}").map(|at| inside + at);
            let nested = rest.find("{{").map(|at| inside + at);
            // In `{{{x}}}` the braces pair from the inside; a third one belongs to the text.
            if nested == Some(inside) || value.get(inside..).is_some_and(|rest| rest.starts_with('{')) {
                from = open + 1;
                continue;
            }
            let place = |from: usize, to: usize| {
                (origins.get(from).copied().unwrap_or(0), origins.get(to).copied().unwrap_or(0))
            };
            let Some(close) = closed.filter(|close| nested.is_none_or(|nested| *close < nested)) else {
                let (start, end) = place(open, inside);
                self.report(errors::unclosed_token(self.scalar.place(start, end)));
                from = inside;
                continue;
            };
            let end = close + 2;
            let (start_place, end_place) = place(open, end);
            let span = self.scalar.place(start_place, end_place);
            let content = value.get(inside..close).unwrap_or("");
            let (path, default) = match content.split_once(":default=") {
                Some((path, default)) => (path.trim(), Some(SmolStr::new(default))),
                None => (content.trim(), None),
            };
            let (namespace, name) = path.split_once('.').unwrap_or(("", path));
            let (namespace, name) = (namespace.trim(), name.trim());
            if name.is_empty() || (namespace.is_empty() && path.contains('.')) {
                self.report(errors::bad_token(span, value.get(open..end).unwrap_or("")));
            } else {
                tokens.push(Token {
                    span,
                    range: (open, end),
                    namespace: SmolStr::new(namespace),
                    name: SmolStr::new(name),
                    default,
                });
            }
            from = end;
        }
        tokens
    }

    /// A value. `None`, with its finding, when it could not be read.
    pub(super) fn literal(&mut self, node: Node<'a>) -> Option<Literal> {
        let span = self.span(&node);
        let written = self.written(&node);
        let kind = match node.as_rule() {
            Rule::string | Rule::curly_string | Rule::unclosed_string => LiteralKind::Text(self.string(&node)?),
            Rule::number => match parse_number(written.trim_start_matches('+')) {
                Some(number) => LiteralKind::Number(number),
                None => LiteralKind::NumberTooLarge,
            },
            Rule::date => LiteralKind::Date(SmolStr::new(written)),
            Rule::datetime => LiteralKind::DateTime(SmolStr::new(errors::one_line(written).to_uppercase())),
            Rule::time => LiteralKind::Time(SmolStr::new(written)),
            Rule::k_true => LiteralKind::Boolean(true),
            Rule::k_false => LiteralKind::Boolean(false),
            Rule::k_empty => LiteralKind::Empty,
            Rule::k_today => LiteralKind::Today,
            Rule::k_now => LiteralKind::Now,
            Rule::wrong_time => return self.wrong_time(&node),
            _ => {
                self.wrong_date(&node);
                return None;
            }
        };
        Some(Literal { span, kind })
    }

    /// `2026-3-5` has one meaning and goes on; `3/5/2026` has two.
    fn wrong_date(&mut self, node: &Node<'a>) {
        let written = self.written(node);
        let mut finding =
            Diagnostic::new(Code::Syntax, self.span(node), format!("`{written}` is not how a date is written"));
        let parts: Vec<&str> = written.split(['-', '/', '.']).collect();
        match parts.as_slice() {
            [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 => {
                let right = format!("{year}-{month:0>2}-{day:0>2}");
                finding = finding.help(format!("write year, month and day: `{right}`"));
                finding = self.fix(finding, format!("write `{right}`"), false, range(node), &right);
            }
            _ => finding = finding.help("write year, month and day, as in `2026-03-05`"),
        }
        self.lose(finding);
    }

    fn wrong_time(&mut self, node: &Node<'a>) -> Option<Literal> {
        let written = self.written(node);
        let lower = written.to_lowercase();
        let (clock, shift) = match (lower.strip_suffix("pm"), lower.strip_suffix("am")) {
            (Some(clock), _) => (clock, Some(12)),
            (None, Some(clock)) => (clock, Some(0)),
            (None, None) => (lower.as_str(), None),
        };
        let (hour, minute) = clock.trim().split_once(':').unwrap_or((clock.trim(), "00"));
        let hour = hour.parse::<u32>().ok();
        let hour = match shift {
            Some(shift) => hour.filter(|hour| (1..=12).contains(hour)).map(|hour| hour % 12 + shift),
            None => hour,
        };
        let finding =
            Diagnostic::new(Code::Syntax, self.span(node), format!("`{written}` is not how a time is written"));
        let Some(hour) = hour else {
            self.lose(finding.help("write hours from 00 to 23 and minutes, as in `09:00`"));
            return None;
        };
        let right = format!("{hour:02}:{minute}");
        let finding = finding.help(format!("write `{right}`"));
        let finding = self.fix(finding, format!("write `{right}`"), true, range(node), &right);
        self.report(finding);
        Some(Literal { span: self.span(node), kind: LiteralKind::Time(SmolStr::new(right)) })
    }

    /// A whole number that counts something.
    pub(super) fn whole(&mut self, node: &Node<'a>) -> Option<u32> {
        let written = self.written(node);
        if let Ok(number) = written.parse() {
            return Some(number);
        }
        let finding = Diagnostic::new(Code::NumberOutOfRange, self.span(node), format!("`{written}` is too large"))
            .help(format!("write a whole number up to {}", u32::MAX));
        self.lose(finding);
        None
    }

    /// `yes` and `no`, which a box does not know and a text has in quotes.
    pub(super) fn foreign_boolean(&mut self, node: &Node<'a>) {
        let written = self.written(node);
        let right = if written.eq_ignore_ascii_case("yes") { "true" } else { "false" };
        let finding = errors::foreign(self.span(node), written, right)
            .help(format!("if it is a text write it in quotes, `{}`", print::quoted(written)));
        self.lose(finding);
    }

    /// The values of a list in parentheses. `None` when one of them could not be read.
    pub(super) fn foreign_list(&mut self, node: Node<'a>) -> Option<Vec<Literal>> {
        let (mut values, mut lost) = (Vec::new(), false);
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::literals => match self.literals(child) {
                    Some(read) => values.extend(read),
                    None => lost = true,
                },
                Rule::unquoted if !lost => {
                    lost = true;
                    self.unquoted(&child, "a text");
                }
                _ => {}
            }
        }
        (!lost).then_some(values)
    }

    /// Words that should stand in quotes.
    pub(super) fn unquoted(&mut self, node: &Node<'a>, what: &str) {
        let written = errors::one_line(self.written(node));
        let lower = written.to_lowercase();
        if let Some((_, right)) = FOREIGN_AFTER_IS.iter().find(|(words, _)| *words == lower) {
            let finding = errors::foreign(self.span(node), &written, right);
            self.lose(finding);
            return;
        }
        let right = print::quoted(&written);
        let mut finding =
            Diagnostic::new(Code::Syntax, self.span(node), format!("{what} stands in quotes, `{written}` does not"));
        // A word of an operator with a slip in it comes first; whether it would be right is seen when it is tried.
        if what == "a text" {
            for word in closest(&lower, AFTER_IS.iter().copied()) {
                finding = finding.help(format!("did you mean `{word}`?"));
                finding = self.fix(finding, format!("write `{word}`"), false, range(node), word);
            }
        }
        let finding = finding.help(format!("write `{right}`"));
        let finding = self.fix(finding, format!("write `{right}`"), false, range(node), &right);
        self.lose(finding);
    }
}
