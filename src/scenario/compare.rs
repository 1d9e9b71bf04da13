//! Holds what was expected against what happened.

use std::collections::BTreeSet;

use super::file::Expected;
use crate::compile;
use crate::diagnostics::{Sources, Span};
use crate::engine::{Clause, Engine};
use crate::language::ast::Filter;
use crate::language::{Scalar, text};
use crate::meaning::Rulebook;
use crate::model::Outcome;
use crate::records::each_key;

/// Where two lists of records part.
pub(super) struct Difference {
    /// The first expected record that does not fit.
    pub(super) span: Option<Span>,
    pub(super) expected: String,
    pub(super) actual: String,
}

/// Compares records one by one; each expected one names some of the keys. `None`: they fit.
pub(super) fn records(expected: &[Expected], happened: &[Outcome<'_>], rulebook: &Rulebook) -> Option<Difference> {
    let first = (0..expected.len().max(happened.len())).find(|at| match (expected.get(*at), happened.get(*at)) {
        (Some(expected), Some(happened)) => !fits(expected, happened, rulebook),
        (_, _) => true,
    })?;
    // Only the keys that somebody expects are shown of what happened, in the place of the first difference all of them.
    let mut asked: BTreeSet<&str> =
        expected.iter().flat_map(|record| record.keys.iter().map(|(key, _)| key.as_str())).collect();
    asked.extend(["person", "campaign", "action", "outcome", "reason", "code"]);
    let mark = |at: usize| if at == first { "> " } else { "  " };
    let wanted: Vec<String> = expected
        .iter()
        .enumerate()
        .map(|(at, record)| {
            let keys: Vec<String> = record.keys.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            format!("{}{}", mark(at), keys.join(", "))
        })
        .collect();
    let actual: Vec<String> = happened
        .iter()
        .enumerate()
        .map(|(at, outcome)| {
            let mut keys = Vec::new();
            each_key(outcome, |key, part| {
                if asked.contains(key) {
                    keys.push(format!("{key}: {}", part.text()));
                }
            });
            format!("{}{}", mark(at), keys.join(", "))
        })
        .collect();
    let show = |lines: Vec<String>| if lines.is_empty() { "none".to_owned() } else { lines.join("\n") };
    Some(Difference {
        span: expected.get(first).map(|record| record.span),
        expected: show(wanted),
        actual: show(actual),
    })
}

fn fits(expected: &Expected, happened: &Outcome<'_>, rulebook: &Rulebook) -> bool {
    expected.keys.iter().all(|(key, value)| {
        let mut found = None;
        each_key(happened, |name, part| {
            if name == key.as_str() {
                found = Some(part.text().into_owned());
            }
        });
        match found {
            // What is absent is empty, and `implied` is false.
            None => value.is_empty() || (key == "implied" && value == "false"),
            Some(found) if key == "action" => {
                found == *value || canonical(value, rulebook) == canonical(&found, rulebook)
            }
            Some(found) => found == *value,
        }
    })
}

/// The canonical text of a step, so that white space and the case of keywords do not matter.
fn canonical(step: &str, rulebook: &Rulebook) -> String {
    compile::step_text(step, rulebook).unwrap_or_else(|| step.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Why a person does not pass a filter: each clause of it, whether it holds, and the values of the fields in it.
pub(super) fn why_not(sources: &Sources, engine: &mut Engine, person: &str, scalar: &Scalar) -> String {
    let Some(filter) = text::filter(scalar, &mut Vec::new()) else { return String::new() };
    let clauses: Vec<&Filter> = match &filter {
        Filter::And(clauses, _) => clauses.iter().collect(),
        Filter::Or(..) | Filter::Not(..) | Filter::Test(_) => vec![&filter],
    };
    let mut lines = Vec::new();
    for clause in clauses {
        let written = sources.text(clause.span()).split_whitespace().collect::<Vec<_>>().join(" ");
        let alone = Scalar::plain(clause.span().file, clause.span().start, written.clone());
        let judged = compile::filter(&alone, engine.rulebook(), engine.names())
            .ok()
            .and_then(|filter| engine.explain(person, &filter));
        match judged {
            Some(clause) if clause.holds => lines.push(format!("holds: {written}")),
            Some(clause) => {
                let mut found = Vec::new();
                what_was_found(&clause, &mut found);
                let found = if found.is_empty() { String::new() } else { format!(" ({})", found.join("; ")) };
                lines.push(format!("fails: {written}{found}"));
            }
            None => lines.push(format!("fails: {written}")),
        }
    }
    lines.join("\n")
}

/// What was found for the tests of a clause, each thing once.
fn what_was_found(clause: &Clause, found: &mut Vec<String>) {
    for text in &clause.found {
        if !found.contains(text) {
            found.push(text.clone());
        }
    }
    clause.parts.iter().for_each(|part| what_was_found(part, found));
}
