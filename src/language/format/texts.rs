//! The canonical text of one rule text.

use crate::language::Scalar;
use crate::language::ast::Filter;
use crate::language::document::TextKind;
use crate::language::text::{self, print};

/// The lines of a rule text as they are laid out when one line is too narrow for them: a chain breaks before each `and`
/// and `or`. Joined with spaces they are the canonical text. `None` for a text with mistakes, or with a comment in it:
/// those stay as they are.
pub(super) fn canonical(kind: TextKind, scalar: &Scalar) -> Option<Vec<String>> {
    let mut findings = Vec::new();
    let lines = match kind {
        TextKind::Trigger => text::trigger(scalar, &mut findings).map(|it| vec![print::trigger(&it, &print::Plain)]),
        TextKind::Filter => text::filter(scalar, &mut findings).map(|it| chain(&it)),
        TextKind::Step => text::step(scalar, &mut findings).map(|it| vec![print::step(&it, &print::Plain)]),
        TextKind::Schedule => text::schedule(scalar, &mut findings).map(|it| vec![print::schedule(&it)]),
        TextKind::Qualify => text::qualify(scalar, &mut findings).map(|it| vec![print::qualify(it.value)]),
        TextKind::Match => matching(scalar.text()).map(|it| vec![it]),
        TextKind::Duration => text::duration(scalar, &mut findings).map(|it| vec![print::duration(it)]),
    }?;
    let signs = |text: &str| text.matches('#').count();
    let has_comment = lines.iter().map(|line| signs(line)).sum::<usize>() != signs(scalar.text());
    (findings.is_empty() && !has_comment).then_some(lines)
}

fn chain(filter: &Filter) -> Vec<String> {
    let (operands, word) = match filter {
        Filter::And(operands, _) => (operands, "and"),
        Filter::Or(operands, _) => (operands, "or"),
        Filter::Not(..) | Filter::Test(_) => return vec![print::filter(filter, &print::Plain)],
    };
    let line = |(at, operand): (usize, &Filter)| {
        let text = print::operand(operand, &print::Plain);
        if at == 0 { text } else { format!("{word} {text}") }
    };
    operands.iter().enumerate().map(line).collect()
}

/// An expression over numbers: words in small letters, one space between them, none inside parentheses. `None` where
/// something else stands in it.
fn matching(text: &str) -> Option<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut out = String::new();
    for word in spaced.split_whitespace() {
        let word = word.to_ascii_lowercase();
        let known = matches!(word.as_str(), "(" | ")" | "and" | "or" | "not" | "all" | "any");
        if !known && !word.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        if !(out.is_empty() || out.ends_with('(') || word == ")") {
            out.push(' ');
        }
        out.push_str(&word);
    }
    (!out.is_empty()).then_some(out)
}
