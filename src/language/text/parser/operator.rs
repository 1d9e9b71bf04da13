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

/// A test without `is` and `not`: whether it is an opposite, the test, and the range of its own words.
type BareTest = (bool, OperatorKind, Option<(usize, usize)>);

impl<'a> Reader<'a> {
    /// An operator after a field, or a VALUE-TEST.
    pub(super) fn operator(&mut self, node: Node<'a>) -> Option<Operator> {
        let whole = self.span(&node);
        let place = range(&node);
        let mut at: Option<(usize, usize)> = None;
        let mut negated = false;
        let mut contains = false;
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
                    let written = self.written(&child);
                    contains = written.eq_ignore_ascii_case("like") || written.eq_ignore_ascii_case("has");
                    self.foreign_operator(&child, if contains { "contains" } else { "is" });
                }
                Rule::gap => self.missing(&child, at.unwrap_or(place), Rule::operator),
                Rule::test_without_is => {
                    let span = self.scalar.place(child_place.0, child_place.1);
                    let test = super::only_child(child)?;
                    let test_words = words(&test).unwrap_or(child_place);
                    let written = errors::one_line(self.text(test_words.0, test_words.1));
                    let finding = Diagnostic::new(Code::Syntax, span, format!("`is` is missing before `{written}`"))
                        .help(format!("write `is {written}`"));
                    let finding = self.fix(
                        finding,
                        format!("write `is {written}`"),
                        true,
                        test_words,
                        &format!("is {}", self.text(test_words.0, test_words.1)),
                    );
                    self.report(finding);
                    let (opposite, test, test_words) = self.test(test)?;
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
            OperatorKind::Is(values) if contains => OperatorKind::Contains(values),
            kind => kind,
        };
        Some(Operator { span: self.scalar.place(start, end), whole, negated, kind })
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
        let mut lost = false;
        for child in node.into_inner() {
            let child_place = range(&child);
            match child.as_rule() {
                Rule::k_not => negated = true,
                Rule::symbol_unequal => negated = true,
                Rule::foreign_at_least => self.foreign_operator(&child, ">="),
                Rule::foreign_at_most => self.foreign_operator(&child, "<="),
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
            // `in "A", "B"`, as in query languages.
            let (start, end) = at.unwrap_or(place);
            let finding = errors::foreign(self.scalar.place(start, end), self.text(start, end), "is");
            self.report(finding.help("`is \"A\", \"B\"` holds for one of the values"));
            return Some((negated, OperatorKind::Is(literals), at));
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

    fn literals(&mut self, node: Node<'a>) -> Option<Vec<Literal>> {
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
