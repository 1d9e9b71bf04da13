//! The rule language against itself: what is printed reads back, any text gets an answer in time, and no answer speaks of
//! the grammar.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::print::{self, Plain};
use crate::diagnostics::{Diagnostic, FileId, Span};
use crate::language::Scalar;
use crate::vocabulary::{filters, operators, qualify, schedules, steps, triggers, waits, windows};

fn plain(text: &str) -> Scalar {
    Scalar::plain(FileId(0), 0, text)
}

/// The canonical text; `None` with findings.
fn canonical(read: fn(&str, &mut Vec<Diagnostic>) -> Option<String>, text: &str) -> Option<String> {
    let mut findings = Vec::new();
    read(text, &mut findings).filter(|_| findings.is_empty())
}

fn filter(text: &str, findings: &mut Vec<Diagnostic>) -> Option<String> {
    super::filter(&plain(text), findings).map(|filter| print::filter(&filter, &Plain))
}

fn trigger(text: &str, findings: &mut Vec<Diagnostic>) -> Option<String> {
    super::trigger(&plain(text), findings).map(|trigger| print::trigger(&trigger, &Plain))
}

fn step(text: &str, findings: &mut Vec<Diagnostic>) -> Option<String> {
    super::step(&plain(text), findings).map(|step| print::step(&step, &Plain))
}

fn schedule(text: &str, findings: &mut Vec<Diagnostic>) -> Option<String> {
    super::schedule(&plain(text), findings).map(|schedule| print::schedule(&schedule))
}

type Read = fn(&str, &mut Vec<Diagnostic>) -> Option<String>;

fn predicate_examples() -> Vec<&'static str> {
    let phrases = filters::ALL.iter().flat_map(|entry| entry.examples.iter().copied());
    let operators = operators::ALL.iter().map(|operator| operator.example);
    phrases.chain(operators).chain(windows::ALL.iter().map(|topic| topic.example)).collect()
}

/// Every example of the vocabulary with the reader of its kind.
fn examples() -> Vec<(Read, &'static str)> {
    let filters = predicate_examples().into_iter().map(|text| (filter as Read, text));
    let triggers = triggers::ALL.iter().flat_map(|entry| entry.examples).map(|text| (trigger as Read, *text));
    let steps = steps::ALL.iter().flat_map(|entry| entry.examples).map(|text| (step as Read, *text));
    let waits = waits::ALL.iter().map(|topic| (step as Read, topic.example));
    let schedules = schedules::ALL.iter().map(|topic| (schedule as Read, topic.example));
    filters.chain(triggers).chain(steps).chain(waits).chain(schedules).collect()
}

#[test]
fn examples_read_back_as_they_print() {
    for (read, text) in examples() {
        let once = canonical(read, text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(canonical(read, &once).as_ref(), Some(&once), "{text}");
    }
}

/// The words of a text, in another spelling: white space, line breaks, comments and the case of keywords do not matter.
fn respelled(text: &str, seed: u64) -> String {
    let blanks = [" ", "  ", "\n", "\t", " # said aside\n", "\r\n  "];
    let (mut out, mut quote, mut seed) = (String::new(), None, seed);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let last = std::mem::replace(&mut before, c);
        // Between the day and the time of a moment stands white space only.
        let in_moment = last.is_ascii_digit() && chars.peek().is_some_and(char::is_ascii_digit);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let dice = usize::try_from(seed >> 40).unwrap();
        match (quote, c) {
            (None, ' ') if !in_moment => out.push_str(blanks[dice % blanks.len()]),
            (None, '"' | '\'') => {
                quote = Some(c);
                out.push(c);
            }
            (None, '[') => {
                quote = Some(']');
                out.push(c);
            }
            (Some(open), _) if c == open => {
                quote = None;
                out.push(c);
            }
            // Bare fields keep their spelling; they alone begin with capitals, apart from SFDC.
            _ => out.push(c),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Chains, negations and parentheses over the examples: what is printed reads back as the same, however it was spelt.
    #[test]
    fn filters_read_back_as_they_print(text in filters_strategy(), seed in any::<u64>()) {
        let once = canonical(filter, &text);
        prop_assert!(once.is_some(), "{}", text);
        prop_assert_eq!(&canonical(filter, once.as_deref().unwrap_or("")), &once, "{}", text);
        prop_assert_eq!(&canonical(filter, &respelled(&text, seed)), &once, "{}", text);
    }

    /// Any text gets an answer whose places lie inside it, at the borders of characters.
    #[test]
    fn any_text_gets_an_answer(text in "[a-zA-Z0-9 \"'\\[\\](),.<>=!&|#{}“”é🚀\n-]{0,60}") {
        for finding in answers(&text) {
            for span in places(&finding) {
                prop_assert!(span.start <= span.end && span.end as usize <= text.len(), "{:?}", finding);
                prop_assert!(text.is_char_boundary(span.start as usize), "{:?}", finding);
                prop_assert!(text.is_char_boundary(span.end as usize), "{:?}", finding);
            }
        }
    }
}

fn filters_strategy() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(predicate_examples()).prop_map(|text| format!("({text})"));
    leaf.prop_recursive(4, 24, 4, |inner| {
        let chain =
            |word: &'static str| move |operands: Vec<String>| format!("({})", operands.join(&format!(" {word} ")));
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(chain("and")),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(chain("or")),
            inner.prop_map(|operand| format!("not {operand}")),
        ]
    })
}

fn places(finding: &Diagnostic) -> Vec<Span> {
    let fixes = finding.fixes.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
    std::iter::once(finding.span).chain(finding.related.iter().map(|(span, _)| *span)).chain(fixes).collect()
}

/// The findings of all readers about a text.
fn answers(text: &str) -> Vec<Diagnostic> {
    let (scalar, mut findings) = (plain(text), Vec::new());
    super::filter(&scalar, &mut findings);
    super::trigger(&scalar, &mut findings);
    super::step(&scalar, &mut findings);
    super::schedule(&scalar, &mut findings);
    super::qualify(&scalar, &mut findings);
    super::duration(&scalar, &mut findings);
    super::matching(&scalar, &[None, None], &mut findings);
    findings
}

/// Texts that make careless grammars try everything twice at every level.
fn hostile(size: usize) -> Vec<String> {
    let fill = |piece: &str| piece.repeat(size / piece.len());
    vec![
        fill("("),
        fill(")"),
        fill("not "),
        fill("!"),
        fill("not ("),
        fill("(Country is \"NL\" and "),
        fill("Country is \"NL\" and "),
        fill("Country is \"NL\" or (Score is 1 and "),
        fill("member of list \"A\", "),
        fill("\""),
        fill("'\""),
        fill("“"),
        fill("[a "),
        fill("a b "),
        fill("between "),
        fill("between 1 and "),
        fill("a on or "),
        fill("in past "),
        fill("wait until "),
        fill("Score Score is "),
        fill("is is not is "),
        fill("# "),
        fill("1-1-1 "),
        fill("performed \"A\" where ("),
        format!("{}Country is \"NL\"{}", "(".repeat(size / 2), ")".repeat(size / 2)),
        format!("{}1{}", "(".repeat(100), ")".repeat(100)) + &fill(" and (1 or (2"),
    ]
}

/// Reading takes linear time: four times the text may take four times as long, with room for a busy machine. A grammar
/// that reads a level twice would take sixteen times as long, and one that does so at every level for ever.
#[test]
fn hostile_texts_are_answered_in_linear_time() {
    const SMALL: usize = 1_000;
    const TRIES: usize = 4;
    for (small, large) in hostile(SMALL).into_iter().zip(hostile(4 * SMALL)) {
        let time = |text: &str| {
            let fastest = (0..2).map(|_| {
                let start = Instant::now();
                answers(text);
                start.elapsed()
            });
            fastest.min().unwrap_or_default()
        };
        // A machine that is busy with other tests is asked again.
        let mut measured = Vec::new();
        let linear = (0..TRIES).any(|_| {
            let (few, many) = (time(&small), time(&large));
            measured.push((few, many));
            many <= few * 10 + Duration::from_millis(20)
        });
        let shown: String = large.chars().take(30).collect();
        assert!(linear, "`{shown}…`: {measured:?} for {SMALL} bytes and for four times as many");
    }
}

/// A mistake in an example is told in the words of the language, never in those of the grammar or of the programming
/// language.
#[test]
fn no_answer_speaks_of_the_grammar() {
    let grammar = include_str!("../../../grammar/campanile.pest");
    let rules: Vec<&str> = grammar
        .lines()
        .filter_map(|line| line.split_once(" = ").or_else(|| line.split_once("= ")))
        .map(|(name, _)| name.trim())
        .filter(|name| name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(rules.len() > 200, "only {} rules of the grammar were found", rules.len());
    let foreign = ["parse", "EOI", "None", "Some(", "Option", "Vec<", "unexpected"];
    let mut told = 0;
    for (read, text) in examples() {
        for broken in mutations(text) {
            let mut findings = Vec::new();
            read(&broken, &mut findings);
            for finding in findings {
                told += 1;
                let said = std::iter::once(&finding.message).chain(&finding.help).cloned().collect::<Vec<_>>();
                for line in said {
                    // What the author wrote may hold any word.
                    let ours: String = line.split('`').step_by(2).collect();
                    let bad = rules.iter().chain(&foreign).find(|word| ours.contains(**word));
                    assert_eq!(bad, None, "{broken}: {line}");
                }
            }
        }
    }
    assert!(told > 500, "only {told} findings");
}

/// Each word left out, doubled, swapped with the next, misspelt.
fn mutations(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let mut broken = Vec::new();
    for at in 0..words.len() {
        let mut without = words.clone();
        without.remove(at);
        broken.push(without.join(" "));
        let mut doubled = words.clone();
        doubled.insert(at, words[at]);
        broken.push(doubled.join(" "));
        if at + 1 < words.len() {
            let mut swapped = words.clone();
            swapped.swap(at, at + 1);
            broken.push(swapped.join(" "));
        }
        let misspelt = format!("{}x", words[at]);
        let mut other = words.clone();
        other[at] = &misspelt;
        broken.push(other.join(" "));
    }
    broken
}

#[test]
fn qualification_rules_are_read() {
    for topic in qualify::ALL {
        let mut findings = Vec::new();
        assert!(super::qualify(&plain(topic.example), &mut findings).is_some(), "{}", topic.example);
        assert!(findings.is_empty(), "{}: {findings:?}", topic.example);
    }
}
