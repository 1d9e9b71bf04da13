//! Operators, VALUE-TESTs and windows.

#![expect(clippy::wildcard_enum_match_arm, reason = "each place of the grammar holds few of its rules")]

use super::super::super::ast::{Literal, Operator, OperatorKind};
use super::super::errors;
use super::{Node, Reader, Rule, range, words};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::Timeframe;

/// Grows a range so that it holds another.
fn join(words: Option<(usize, usize)>, more: (usize, usize)) -> Option<(usize, usize)> {
    Some(words.map_or(more, |(start, end)| (start.min(more.0), end.max(more.1))))
}

/// What a verb makes of the values after it.
type Verb = fn(Vec<Literal>) -> OperatorKind;

/// What a verb of another tool means: whether it is an opposite, the words that are written here, and what it asks.
fn verb(written: &str) -> (bool, &'static str, Verb) {
    let word = errors::one_line(written).to_lowercase();
    let opposite = word.contains("n't") || word.contains("not") || word.starts_with("doesn") || word.starts_with("isn");
    let has = |words: &[&str]| words.iter().any(|part| word.contains(part));
    let (right, verb): ([&'static str; 2], Verb) = if has(&["begin", "start"]) {
        (["starts with", "does not start with"], OperatorKind::StartsWith)
    } else if has(&["end"]) {
        (["ends with", "does not end with"], OperatorKind::EndsWith)
    } else if has(&["like", "has", "include", "contain"]) {
        (["contains", "does not contain"], OperatorKind::Contains)
    } else {
        (["is", "is not"], OperatorKind::Is)
    };
    let [positive, negative] = right;
    (opposite, if opposite { negative } else { positive }, verb)
}

/// A test without `is` and `not`: whether it is an opposite, the test, and the range of its own words.
type BareTest = (bool, OperatorKind, Option<(usize, usize)>);

impl<'a> Reader<'a> {
    /// An operator after a field, or a VALUE-TEST.
    pub(super) fn operator(&mut self, node: Node<'a>) -> Option<Operator> {
        let whole = self.span(&node);
        let place = range(&node);
        let mut at: Option<(usize, usize)> = None;
        let mut negated = false;
        let mut verb_of: Verb = OperatorKind::Is;
        let mut kind = None;
        for child in node.into_inner() {
            let child_place = range(&child);
            match child.as_rule() {
                Rule::k_is => at = join(at, child_place),
                Rule::k_not => {
                    at = join(at, child_place);
                    negated = !negated;
                }
                Rule::foreign_is => {
                    at = join(at, child_place);
                    self.foreign_operator(&child, "is");
                }
                Rule::foreign_is_not => {
                    at = join(at, child_place);
                    negated = !negated;
                    self.foreign_operator(&child, "is not");
                }
                Rule::foreign_words => {
                    at = join(at, child_place);
                    let (opposite, right, meant) = verb(self.written(&child));
                    negated ^= opposite;
                    verb_of = meant;
                    self.foreign_operator(&child, right);
                }
                Rule::gap => self.missing(&child, at.unwrap_or(place), Rule::operator),
                Rule::test_without_is => {
                    let before = self.findings.len();
                    let (opposite, test, test_words) = self.test_without_is(child, before)?;
                    negated ^= opposite;
                    kind = Some(test);
                    if let Some(test_words) = test_words {
                        at = join(at, test_words);
                    }
                }
                _ => {
                    let (opposite, test, test_words) = self.test(child)?;
                    negated ^= opposite;
                    kind = Some(test);
                    if let Some(test_words) = test_words {
                        at = join(at, test_words);
                    }
                }
            }
        }
        let (start, end) = at.unwrap_or(place);
        let kind = match kind? {
            OperatorKind::Is(values) => verb_of(values),
            kind => kind,
        };
        Some(Operator { span: self.scalar.place(start, end), whole, negated, kind })
    }

    /// A test before which `is` is missing. What is said inside it comes first: `in ("A", "B")` is one mistake.
    fn test_without_is(&mut self, node: Node<'a>, before: usize) -> Option<BareTest> {
        let place = range(&node);
        let span = self.scalar.place(place.0, place.1);
        let mut children = node.into_inner();
        let mut test = children.next()?;
        let not = (test.as_rule() == Rule::k_not).then(|| range(&test));
        if not.is_some() {
            test = children.next()?;
        }
        let own = words(&test);
        let (start, end) = not.into_iter().chain(own).fold(None, join).unwrap_or(place);
        let written = errors::one_line(self.text(start, end));
        let right = match test.as_rule() {
            // `not contains`; with `does` before it the grammar would have read it.
            Rule::test_contains => "does not contain".to_owned(),
            Rule::test_starts => "does not start with".to_owned(),
            Rule::test_ends => "does not end with".to_owned(),
            _ => format!("is {written}"),
        };
        let read = self.test(test);
        if self.findings.len() == before {
            let message = if right.starts_with("is ") {
                format!("`is` is missing before `{written}`")
            } else {
                format!("`{written}` is not how this is written")
            };
            let finding = Diagnostic::new(Code::Syntax, span, message).help(format!("write `{right}`"));
            let finding = self.fix(finding, format!("write `{right}`"), true, (start, end), &right);
            self.report(finding);
        }
        let (opposite, kind, at) = read?;
        Some((opposite ^ not.is_some(), kind, not.into_iter().chain(at).fold(None, join)))
    }

    /// A window: an operator whose subject is a moment.
    pub(super) fn window(&mut self, node: Node<'a>) -> Option<Operator> {
        let whole = self.span(&node);
        let place = range(&node);
        let (negated, kind, at) = self.test(super::only_child(node)?)?;
        let (start, end) = at.unwrap_or(place);
        Some(Operator { span: self.scalar.place(start, end), whole, negated, kind })
    }

    fn foreign_operator(&mut self, node: &Node<'a>, word: &str) {
        let finding = errors::foreign(self.span(node), self.written(node), word);
        let (start, end) = range(node);
        let touches = |at: Option<char>| at.is_some_and(|c| !c.is_whitespace());
        let before = touches(self.text(0, start).chars().next_back());
        let after = touches(self.scalar.text().get(end..).and_then(|rest| rest.chars().next()));
        let text = format!("{}{word}{}", if before { " " } else { "" }, if after { " " } else { "" });
        let finding = self.fix(finding, format!("write `{word}`"), true, (start, end), &text);
        self.report(finding);
    }

    /// A test without `is` and `not`: whether it is an opposite, the test, and its own words.
    fn test(&mut self, node: Node<'a>) -> Option<BareTest> {
        let rule = node.as_rule();
        let at = words(&node);
        let place = range(&node);
        let mut negated = false;
        let mut literals: Vec<Literal> = Vec::new();
        let mut duration = None;
        let mut frame = None;
        let mut in_parentheses = None;
        let mut lost = false;
        for child in node.into_inner() {
            let child_place = range(&child);
            match child.as_rule() {
                Rule::k_not => negated = true,
                Rule::symbol_unequal => negated = true,
                Rule::foreign_at_least => self.foreign_operator(&child, ">="),
                Rule::foreign_at_most => self.foreign_operator(&child, "<="),
                Rule::gap if rule == Rule::test_in && self.names_a_list(child_place.0) => {
                    lost = true;
                    self.member_of_instead(place.0, child_place.0);
                    break;
                }
                Rule::gap => {
                    lost = true;
                    // In `between A and B` both gaps may be there; the first one says enough.
                    let after = literals.last().map_or(at.unwrap_or(place), |_| (place.0, child_place.0));
                    let after = (after.0, self.text(after.0, after.1).trim_end().len() + after.0);
                    self.missing(&child, after, rule);
                    break;
                }
                Rule::unquoted => {
                    lost = true;
                    self.unquoted(&child, "a text");
                }
                Rule::foreign_boolean => {
                    lost = true;
                    self.foreign_boolean(&child);
                }
                Rule::foreign_list => match self.foreign_list(child) {
                    Some(values) => {
                        in_parentheses = Some(child_place);
                        literals = values;
                    }
                    None => lost = true,
                },
                Rule::literals => match self.literals(child) {
                    Some(values) => literals = values,
                    None => lost = true,
                },
                Rule::duration => match self.duration(child) {
                    Some(read) => duration = Some(read.value),
                    None => lost = true,
                },
                Rule::timeframe => frame = timeframe(child),
                other if super::labels::is_literal(other) => match self.literal(child) {
                    Some(value) => literals.push(value),
                    None => lost = true,
                },
                _ => {}
            }
        }
        if lost {
            return None;
        }
        if rule == Rule::test_in {
            // `in "A", "B"` and `in ("A", "B")`, as in query languages.
            let (start, end) = at.unwrap_or(place);
            let values = self.values_of(in_parentheses.unwrap_or((end, place.1)));
            let finding =
                errors::foreign(self.scalar.place(start, end), self.text(start, end), &format!("is {values}"));
            self.report(finding.help("`is` with several values, without parentheses, holds for any one of them"));
            return Some((negated, OperatorKind::Is(literals), at));
        }
        if let Some(list) = in_parentheses {
            let values = self.values_of(list);
            let span = self.scalar.place(list.0, list.1);
            let finding = Diagnostic::new(Code::ForeignOperator, span, "a list of values stands without parentheses")
                .help(format!("write `{values}`"));
            let finding = self.fix(finding, format!("write `{values}`"), true, list, &values);
            self.report(finding);
        }
        let kind = match rule {
            Rule::test_list | Rule::test_equal_symbol | Rule::test_unequal_symbol => OperatorKind::Is(literals),
            Rule::test_contains => OperatorKind::Contains(literals),
            Rule::test_starts => OperatorKind::StartsWith(literals),
            Rule::test_ends => OperatorKind::EndsWith(literals),
            Rule::test_between => {
                let mut ends = literals.into_iter();
                OperatorKind::Between(ends.next()?, ends.next()?)
            }
            Rule::test_in_past_before => OperatorKind::InPastBefore(duration?),
            Rule::test_in_past => OperatorKind::InPast(duration?),
            Rule::test_in_future_after => OperatorKind::InFutureAfter(duration?),
            Rule::test_in_future => OperatorKind::InFuture(duration?),
            Rule::test_in_timeframe | Rule::test_timeframe => OperatorKind::In(frame?),
            _ => {
                let value = literals.into_iter().next()?;
                match rule {
                    Rule::test_on_or_before => OperatorKind::OnOrBefore(value),
                    Rule::test_on_or_after => OperatorKind::OnOrAfter(value),
                    Rule::test_before => OperatorKind::Before(value),
                    Rule::test_after => OperatorKind::After(value),
                    Rule::test_greater | Rule::test_greater_symbol => OperatorKind::GreaterThan(value),
                    Rule::test_less | Rule::test_less_symbol => OperatorKind::LessThan(value),
                    Rule::test_at_least | Rule::test_at_least_symbol => OperatorKind::AtLeast(value),
                    Rule::test_at_most | Rule::test_at_most_symbol => OperatorKind::AtMost(value),
                    _ => return None,
                }
            }
        };
        Some((negated, kind, at))
    }

    /// Whether the next word names something that people are members of.
    fn names_a_list(&self, at: usize) -> bool {
        const MEMBERSHIPS: &[&str] = &["list", "segment", "smart", "program", "campaign", "sfdc", "salesforce"];
        let next = self.next_token(at).map_or("", |(start, end)| self.text(start, end));
        MEMBERSHIPS.contains(&next.to_lowercase().as_str())
    }

    /// `person is in list "A"`.
    fn member_of_instead(&mut self, from: usize, gap: usize) {
        let (start, end) = self.next_token(gap).unwrap_or((from, gap));
        let what = self.text(start, end);
        let span = self.scalar.place(from, end);
        let finding = errors::foreign(span, self.text(from, end), &format!("member of {what}"))
            .help(format!("a membership is a test of its own, without a field: `member of {what} \"Newsletter\"`"));
        self.lose(finding);
    }

    /// The values between parentheses, as they are written.
    fn values_of(&self, (start, end): (usize, usize)) -> String {
        errors::one_line(self.text(start, end).trim().trim_start_matches('(').trim_end_matches(')'))
    }

    pub(super) fn literals(&mut self, node: Node<'a>) -> Option<Vec<Literal>> {
        let place = range(&node);
        let mut literals = Vec::new();
        let mut lost = false;
        let mut comma = place;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::comma => comma = range(&child),
                Rule::gap => {
                    lost = true;
                    self.missing(&child, comma, Rule::literals);
                }
                _ => match self.literal(child) {
                    Some(literal) => literals.push(literal),
                    None => lost = true,
                },
            }
        }
        (!lost).then_some(literals)
    }
}

fn timeframe(node: Node<'_>) -> Option<Timeframe> {
    let words: Vec<String> = node.into_inner().map(|word| word.as_str().to_lowercase()).collect();
    let words = words.join(" ");
    Timeframe::ALL.into_iter().find(|frame| frame.words() == words)
}
