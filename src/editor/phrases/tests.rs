//! What the machines want next.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::editor::outline::Piece;
use crate::editor::words::tokens;
use crate::language::Quoting;
use crate::vocabulary::{counts, filters, operators, qualify, schedules, steps, triggers, waits, windows};

/// What may follow a text, sorted: words as they are, other things as `<Kind>`.
fn next(kind: TextKind, text: &str) -> Vec<String> {
    let piece = Piece { range: 0..text.len(), quoting: Quoting::Plain, may_be_key: false };
    let tokens = tokens(text, &piece);
    let machine = machine(kind);
    let readings = machine.read(&tokens, &|_| None);
    let mut wanted: Vec<String> = machine
        .wanted(&readings, &|_| None)
        .into_iter()
        .map(|(wanted, _, _)| match wanted {
            Wanted::Words(words) => words,
            Wanted::Hole(hole) => format!("<{hole:?}>"),
        })
        .collect();
    wanted.sort();
    wanted.dedup();
    wanted
}

#[test]
fn phrases_go_on_as_the_tables_say() {
    assert_eq!(next(TextKind::Trigger, "added to"), ["SFDC campaign", "list", "program"]);
    assert_eq!(next(TextKind::Trigger, "added to list"), ["<Name(List)>", "any", "containing", "starting with"]);
    assert_eq!(next(TextKind::Trigger, "status is changed in program \"P\""), ["from", "to"]);
    assert_eq!(next(TextKind::Trigger, "status is changed in program \"P\" to \"A\" from"), ["<Status>"]);
    assert_eq!(next(TextKind::Step, "add to SFDC campaign \"C\""), ["with status"]);
    assert_eq!(next(TextKind::Step, "change status in Salesforce campaign \"C\" to"), ["<Status>"]);
    assert_eq!(next(TextKind::Step, "remove from flow of"), ["<Name(SmartCampaign)>"]);
    assert_eq!(next(TextKind::Step, "wait 3 days ending"), ["on"]);
    assert_eq!(next(TextKind::Step, "send email"), ["<Free>"]);
    assert_eq!(
        next(TextKind::Qualify, "once every 7"),
        ["day", "days", "hour", "hours", "minute", "minutes", "month", "months", "week", "weeks", "year", "years"]
    );
    assert_eq!(next(TextKind::Schedule, "every 2 weeks on monday at 07:00"), ["starting", "until"]);
    assert_eq!(next(TextKind::Match, "1 and"), ["<Number>", "not"]);
}

#[test]
fn filters_go_on_after_joints_and_mistakes() {
    for text in ["", "not", "(", "Country is \"NL\" and", "Country is \"NL\" or (Score is 5 and not", "Contry == x and"]
    {
        let next = next(TextKind::Filter, text);
        for words in ["member of SFDC campaign", "<Field>", "had no status changed in program", "random sample of"] {
            assert!(next.iter().any(|next| next == words), "{text}: no {words} in {next:?}");
        }
    }
    let next = next(TextKind::Filter, "Score is between 1 and 2");
    assert!(next.contains(&"and".to_owned()) && !next.contains(&"<Field>".to_owned()), "{next:?}");
}

#[test]
fn operators_are_those_of_the_type() {
    let text = "Region is";
    let piece = Piece { range: 0..text.len(), quoting: Quoting::Plain, may_be_key: false };
    let tokens = tokens(text, &piece);
    let machine = machine(TextKind::Filter);
    for (type_, there, not) in [
        (FieldType::Text, "<Value>", "at least"),
        (FieldType::Boolean, "true", "empty"),
        (FieldType::Date, "in past", "at least"),
    ] {
        let types = |_: &Reading| Some(type_);
        let readings = machine.read(&tokens, &types);
        let wanted: Vec<String> = machine
            .wanted(&readings, &types)
            .into_iter()
            .map(|(wanted, _, _)| match wanted {
                Wanted::Words(words) => words,
                Wanted::Hole(hole) => format!("<{hole:?}>"),
            })
            .collect();
        assert!(wanted.iter().any(|it| it == there), "{type_:?} {wanted:?}");
        assert!(!wanted.iter().any(|it| it == not), "{type_:?} {wanted:?}");
    }
}

/// Every example of the vocabulary can be read by its machine, from the first word to the last.
#[test]
fn every_example_is_read_whole() {
    let examples = triggers::ALL
        .iter()
        .flat_map(|entry| entry.examples.iter().map(|text| (TextKind::Trigger, *text)))
        .chain(filters::ALL.iter().flat_map(|entry| entry.examples.iter().map(|text| (TextKind::Filter, *text))))
        .chain(steps::ALL.iter().flat_map(|entry| entry.examples.iter().map(|text| (TextKind::Step, *text))))
        .chain(operators::ALL.iter().map(|operator| (TextKind::Filter, operator.example)))
        .chain(windows::ALL.iter().chain(counts::ALL).map(|topic| (TextKind::Filter, topic.example)))
        .chain(waits::ALL.iter().map(|topic| (TextKind::Step, topic.example)))
        .chain(schedules::ALL.iter().map(|topic| (TextKind::Schedule, topic.example)))
        .chain(qualify::ALL.iter().map(|topic| (TextKind::Qualify, topic.example)));
    for (kind, text) in examples {
        let piece = Piece { range: 0..text.len(), quoting: Quoting::Plain, may_be_key: false };
        let tokens = tokens(text, &piece);
        let readings = machine(kind).read(&tokens, &|_| None);
        let machine = machine(kind);
        let ends = readings.iter().any(|reading| matches!(machine.states.get(reading.state), Some((State::End, _))));
        assert!(ends, "{kind:?} {text}");
    }
}

/// The grammar has the same words that cannot be fields.
#[test]
fn reserved_words_are_those_of_the_grammar() {
    let grammar = include_str!("../../../grammar/campanile.pest");
    let rule = grammar.split("\nreserved ").nth(1).unwrap().split('}').next().unwrap();
    let words: Vec<&str> = rule.split("^\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(words.len() > 40 && words.iter().all(|word| is_reserved(word)), "{words:?}");
    assert!(!is_reserved("Country"));
}
