//! Chains of `and` and `or`, negations, parentheses: filters and the expressions of `match`.

#![expect(clippy::wildcard_enum_match_arm, reason = "each place of the grammar holds few of its rules")]

use super::super::super::ast::{Filter, Predicate};
use super::super::errors;
use super::{Leaves, MATCH_USES_MAX, Node, Reader, Rule, range};
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};

/// `and` or `or`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Connective {
    And,
    Or,
}

impl Connective {
    const fn word(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }
}

/// A chain as it was written: one more operand than connectives.
#[derive(Default)]
struct Links {
    operands: Vec<(usize, usize)>,
    connectives: Vec<(Connective, (usize, usize))>,
}

impl<'a> Reader<'a> {
    /// Reads the operands of a chain. Those that could not be read are left out.
    pub(super) fn chain(&mut self, node: Node<'a>) -> Option<Filter> {
        self.chain_in(node, true)
    }

    /// A chain whose parentheses are `balanced` as far as can be seen from outside. Where they are not, nobody can tell
    /// whether `and` and `or` are mixed in it; the parenthesis is the mistake.
    fn chain_in(&mut self, node: Node<'a>, mut balanced: bool) -> Option<Filter> {
        let mut links = Links::default();
        let mut filters = Vec::new();
        let mut children = node.into_inner().peekable();
        while let Some(child) = children.next() {
            match child.as_rule() {
                // Before a parenthesis that closes nothing an operand is not missed as well.
                Rule::unary | Rule::match_unary
                    if child.clone().into_inner().all(|part| part.as_rule() == Rule::gap)
                        && children.peek().is_some_and(|next| next.as_rule() == Rule::surplus) => {}
                Rule::unary | Rule::match_unary => {
                    links.operands.push(range(&child));
                    let follows = links.connectives.last().map(|(connective, place)| (*connective, *place));
                    filters.extend(self.unary(child, follows));
                }
                Rule::k_and => links.connectives.push((Connective::And, range(&child))),
                Rule::k_or => links.connectives.push((Connective::Or, range(&child))),
                Rule::foreign_and => {
                    self.foreign_connective(&child, Connective::And);
                    links.connectives.push((Connective::And, range(&child)));
                }
                Rule::foreign_or => {
                    self.foreign_connective(&child, Connective::Or);
                    links.connectives.push((Connective::Or, range(&child)));
                }
                Rule::surplus => {
                    balanced = false;
                    self.surplus(child);
                }
                _ => {}
            }
        }
        let first = links.connectives.first().map(|(connective, _)| *connective);
        if balanced {
            self.check_mixed(&links);
        }
        if filters.len() < 2 {
            return filters.pop();
        }
        let (start, end) = (links.operands.first()?.0, links.operands.last()?.1);
        let span = self.scalar.place(start, end);
        Some(match first? {
            Connective::And => Filter::And(filters, span),
            Connective::Or => Filter::Or(filters, span),
        })
    }

    fn foreign_connective(&mut self, node: &Node<'a>, connective: Connective) {
        let finding = errors::foreign(self.span(node), self.written(node), connective.word());
        let (start, end) = range(node);
        // `a&&b` has no white space to keep the word apart.
        let touches = |at: Option<char>| at.is_some_and(|c| !c.is_whitespace());
        let before = touches(self.text(0, start).chars().next_back());
        let after = touches(self.scalar.text().get(end..).and_then(|rest| rest.chars().next()));
        let word = format!("{}{}{}", if before { " " } else { "" }, connective.word(), if after { " " } else { "" });
        let finding = self.fix(finding, format!("write `{}`", connective.word()), true, (start, end), &word);
        self.report(finding);
    }

    fn surplus(&mut self, node: Node<'a>) {
        for child in node.into_inner() {
            if child.as_rule() == Rule::close {
                let finding = Diagnostic::new(Code::UnclosedParenthesis, self.span(&child), "this `)` closes nothing")
                    .help("remove it, or open it with `(` where the group begins");
                self.lose(finding);
            }
        }
    }

    /// One operand: negations, then what they negate.
    pub(super) fn unary(&mut self, node: Node<'a>, follows: Option<(Connective, (usize, usize))>) -> Option<Filter> {
        let lost = self.lost;
        let whole = range(&node);
        let mut negations = Vec::new();
        let mut filter = None;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::k_not => negations.push(range(&child).0),
                Rule::foreign_not => {
                    let finding = errors::foreign(self.span(&child), "!", "not");
                    let finding = self.fix(finding, "write `not`".to_owned(), true, range(&child), "not ");
                    self.report(finding);
                    negations.push(range(&child).0);
                }
                Rule::group | Rule::match_group => filter = self.group(child),
                Rule::leftover => {
                    if self.lost == lost {
                        self.leftover(child, Rule::filter_text);
                    }
                }
                Rule::gap => self.missing_operand(&child, follows.map(|(_, place)| place), whole),
                Rule::unread => self.unread(child, follows.map(|(connective, _)| connective.word())),
                Rule::match_number => filter = self.number_of_filter(&child),
                _ => filter = self.leaf(child).map(|predicate| Filter::Test(Box::new(predicate))),
            }
        }
        // The filter of a number stands elsewhere; what is negated here is the number.
        let numbered = matches!(self.leaves, Leaves::Numbers { .. });
        let end = filter.as_ref().filter(|_| !numbered).map(Filter::span);
        for start in negations.into_iter().rev() {
            let inner = filter.take()?;
            let span = self.scalar.place(start, if numbered { whole.1 } else { start + 1 });
            let span = end.map_or(span, |end| span.to(end));
            filter = Some(Filter::Not(Box::new(inner), span));
        }
        filter
    }

    fn missing_operand(&mut self, gap: &Node<'a>, connective: Option<(usize, usize)>, whole: (usize, usize)) {
        let found = self.next_token(gap.as_span().start());
        // `Country is and`: the `and` was blamed already, and nothing follows that was meant to be joined.
        if connective.is_some() && self.intruder == connective {
            self.lost += 1;
            return;
        }
        self.intruder = found;
        let (start, end) = found.or(connective).unwrap_or(whole);
        let found = found.map(|(start, end)| self.text(start, end));
        let after = connective.map(|(start, end)| self.text(start, end));
        let numbers = matches!(self.leaves, Leaves::Numbers { .. });
        let finding = errors::missing_operand(self.scalar.place(start, end), found, after, numbers);
        self.lose(finding);
    }

    fn group(&mut self, node: Node<'a>) -> Option<Filter> {
        let mut open = None;
        let mut filter = None;
        let lost = self.lost;
        let closed = !node.clone().into_inner().any(|child| child.as_rule() == Rule::unclosed);
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::open => open = Some(self.span(&child)),
                Rule::chain | Rule::match_chain => filter = self.chain_in(child, closed),
                // Where nothing was understood after the `(`, that is the mistake.
                Rule::unclosed if filter.is_none() && self.lost > lost => {}
                Rule::unclosed => {
                    let place = open.unwrap_or_else(|| self.span(&child));
                    let finding = Diagnostic::new(Code::UnclosedParenthesis, place, "this `(` is never closed")
                        .help("write `)` where the group ends");
                    self.lose(finding);
                }
                _ => {}
            }
        }
        filter
    }

    /// What a chain is made of, where it is not an expression of numbers.
    fn leaf(&mut self, node: Node<'a>) -> Option<Predicate> {
        let attributes = matches!(self.leaves, Leaves::Attributes);
        match node.as_rule() {
            Rule::field_test => self.field_test(node),
            Rule::predicate if attributes => {
                let finding = errors::not_an_attribute_test(self.span(&node));
                self.lose(finding);
                None
            }
            Rule::predicate => self.predicate(node),
            _ => {
                self.wrong_place(node, Rule::filter_text);
                None
            }
        }
    }

    /// `and` and `or` in one chain: both readings are offered, neither is chosen.
    fn check_mixed(&mut self, links: &Links) {
        let Some((first, _)) = links.connectives.first() else { return };
        let Some((_, (start, end))) = links.connectives.iter().find(|(connective, _)| connective != first) else {
            return;
        };
        let mut finding = Diagnostic::new(
            Code::MixedAndOr,
            self.scalar.place(*start, *end),
            "`and` and `or` are mixed without parentheses",
        );
        let mut fixes = Vec::new();
        for tight in [Connective::And, Connective::Or] {
            let (text, edits) = self.parenthesised(links, tight);
            finding.help.push(format!("parentheses say what belongs together: `{text}`"));
            fixes.extend(edits.map(|edits| Fix { title: format!("write `{text}`"), safe: false, edits }));
        }
        // One reading alone would look like the only one.
        if fixes.len() == 2 {
            finding.fixes = fixes;
        }
        self.report(finding);
    }

    /// The whole text with parentheses around each run that `tight` holds together, and the edits that put them there.
    fn parenthesised(&self, links: &Links, tight: Connective) -> (String, Option<Vec<Edit>>) {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut joined = false;
        for (at, operand) in links.operands.iter().enumerate() {
            let tied = at > 0 && links.connectives.get(at - 1).is_some_and(|(connective, _)| *connective == tight);
            match runs.last_mut() {
                Some(run) if tied => {
                    run.1 = operand.1;
                    joined = true;
                }
                _ => {
                    if !joined && at > 0 {
                        runs.pop();
                    }
                    runs.push(*operand);
                    joined = false;
                }
            }
        }
        if !joined {
            runs.pop();
        }
        let mut text = String::new();
        let mut edits = Some(Vec::new());
        let mut from = 0;
        let mut insert = |at: usize, sign: &str| match (&mut edits, self.scalar.replacement(at, at, sign)) {
            (Some(edits), Some(edit)) => edits.push(edit),
            (_, _) => edits = None,
        };
        for (start, end) in runs {
            text.push_str(self.text(from, start));
            text.push('(');
            text.push_str(self.text(start, end));
            text.push(')');
            from = end;
            insert(start, "(");
            insert(end, ")");
        }
        text.push_str(self.scalar.text().get(from..).unwrap_or(""));
        (errors::one_line(&text), edits)
    }

    // -----------------------------------------------------------------------------------------------------------------
    // `match`
    // -----------------------------------------------------------------------------------------------------------------

    /// The whole of a `match` text.
    pub(super) fn matching(&mut self, root: Node<'a>) -> Option<Filter> {
        let first = root.clone().into_inner().next().map(|node| node.as_rule());
        let all = first == Some(Rule::match_all);
        if all || first == Some(Rule::match_any) {
            let Leaves::Numbers { filters, .. } = self.leaves else { return None };
            if filters.is_empty() {
                let span = self.span(&root);
                self.lose(errors::no_filters(span));
                return None;
            }
            let mut filters = filters.iter().cloned().collect::<Option<Vec<Filter>>>()?;
            if filters.len() < 2 {
                return filters.pop();
            }
            let span = self.span(&root);
            return Some(if all { Filter::And(filters, span) } else { Filter::Or(filters, span) });
        }
        let findings = self.findings.len();
        let span = self.span(&root);
        let filter = self.chain(root);
        let Leaves::Numbers { used, unread, .. } = &self.leaves else { return None };
        // When the expression has mistakes, a number may only seem to be missing.
        if self.findings.len() == findings
            && let Some(unused) = used.iter().position(|used| !used)
        {
            let finding = errors::unused_filter(span, unused + 1, used.len());
            let unread = *unread;
            self.report(finding);
            return filter.filter(|_| !unread);
        }
        if *unread { None } else { filter }
    }

    fn number_of_filter(&mut self, node: &Node<'a>) -> Option<Filter> {
        let span = self.span(node);
        let written = self.written(node);
        let Leaves::Numbers { filters, used, uses, unread } = &mut self.leaves else { return None };
        let index = written.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let count = filters.len();
        let found = index.and_then(|index| Some((used.get_mut(index)?, filters.get(index)?)));
        let Some((used, filter)) = found else {
            *unread = true;
            self.lose(errors::no_such_filter(span, written, count));
            return None;
        };
        *used = true;
        *uses += 1;
        if *uses > MATCH_USES_MAX {
            let first_too_many = *uses == MATCH_USES_MAX + 1;
            *unread = true;
            if first_too_many {
                self.lose(errors::too_many_uses(span, MATCH_USES_MAX));
            }
            return None;
        }
        if filter.is_none() {
            *unread = true;
        }
        filter.clone()
    }
}
