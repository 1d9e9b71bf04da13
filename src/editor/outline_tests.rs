//! The outline against YAML, and in texts that YAML cannot read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::diagnostics::{FileId, Sources};
use crate::language::yaml::{self, Node};
use crate::vocabulary::EXAMPLE_WORKSPACE;

/// `a/b/-` for the way to a place, then what stands there.
fn at(text: &str) -> String {
    let cursor = text.find('|').unwrap();
    let text = format!("{}{}", text.get(..cursor).unwrap(), text.get(cursor + 1..).unwrap());
    let place = place(&text, cursor);
    let path: Vec<&str> = place
        .path
        .iter()
        .map(|level| match level {
            Level::Key(key) => key.as_str(),
            Level::Item => "-",
        })
        .collect();
    let here = match place.here {
        Here::Key(range) => format!("key {}", text.get(range).unwrap()),
        Here::Text(Piece { range, quoting, may_be_key }) => {
            let may = if may_be_key { "?" } else { "" };
            format!("{quoting:?}{may} {}", text.get(range).unwrap())
        }
        Here::Nothing { behind_key, in_brackets } => {
            format!(
                "nothing{}{}",
                if behind_key { " behind" } else { "" },
                if in_brackets { " in brackets" } else { "" }
            )
        }
        Here::Comment => "comment".to_owned(),
    };
    format!("{}: {here}", path.join("/"))
}

#[test]
fn places_in_blocks() {
    for (text, told) in [
        ("|", ": nothing"),
        ("li|", ": Plain? li"),
        ("li|sts: [A]\n", ": key lists"),
        ("lists:\n  - |\n", "lists/-: nothing"),
        ("lists:\n- |\n", "lists/-: nothing"),
        ("lists:\n- A\n|\n", ": nothing"),
        ("lists:\n  - Ne|ws\n  - B\n", "lists/-: Plain? News"),
        (
            "smart_campaigns:\n  a:\n    flow:\n      - id: x\n        do: wait 3 |\n",
            "smart_campaigns/a/flow/-/do: Plain wait 3 ",
        ),
        ("smart_campaigns:\n  a:\n    |\n", "smart_campaigns/a: nothing"),
        ("smart_campaigns:\n  a:\n    filter: x\n    |\n  b: {}\n", "smart_campaigns/a: nothing"),
        ("smart_campaigns:\n  a:\n    filter: |\n  b: {}\n", "smart_campaigns/a/filter: nothing behind"),
        (
            "smart_campaigns:\n  a:\n    filter: Country is \"NL\"\n      and |\n    flow: []\n",
            "smart_campaigns/a/filter: Plain Country is \"NL\"\n      and ",
        ),
        ("segments:\n  a: >-\n    Country is\n    \"N|L\"\n  b: x\n", "segments/a: Block     Country is\n    \"NL\""),
        ("segments:\n  'a b': \"x \\\"y| \"\n", "segments/a b: Double x \\\"y "),
        ("segments:\n  a: x # co|mment\n", "segments/a: comment"),
        ("# co|mment\n", ": comment"),
    ] {
        assert_eq!(at(text), told, "{text}");
    }
}

#[test]
fn places_in_brackets() {
    for (text, told) in [
        ("lists: [|]", "lists/-: nothing in brackets"),
        ("lists: [A, |", "lists/-: nothing in brackets"),
        ("lists: [A, B|, C]", "lists/-: PlainInBrackets B"),
        ("a: {b: |}", "a/b: nothing in brackets"),
        ("a: {b: c|}", "a/b: PlainInBrackets c"),
        ("a: {b|", "a: PlainInBrackets? b"),
        ("a: {b|: 1}", "a: key b"),
        ("a: {b: 1, |}", "a: nothing in brackets"),
        ("a: {'b': [x, \"y|\"]}", "a/b/-: Double y"),
        ("a:\n  - {b: 1,\n     c: x|}\n", "a/-/c: PlainInBrackets x"),
    ] {
        assert_eq!(at(text), told, "{text}");
    }
}

#[test]
fn what_is_never_closed_ends_where_it_must() {
    for (text, told) in [
        ("a:\n  b: \"x |\n  c: y\n", "a/b: Double x "),
        ("a:\n  b: \"x\n  c: y|\n", "a/c: Plain y"),
        ("a:\n  b: [x, y\n  c: z|\n", "a/c: Plain z"),
        ("a:\n  b: {x: \"y\n  c: z|\n", "a/c: Plain z"),
        ("a:\r\n  b: \"x\r\n  c: y|\r\n", "a/c: Plain y"),
    ] {
        assert_eq!(at(text), told, "{text}");
    }
}

#[test]
fn every_place_has_an_answer() {
    let text = "a: [x, {b: \"y\n c: >-\n  d\n- é: 🚀 # z\n\t- {{my.x}}: ']\n";
    for (cursor, _) in text.char_indices() {
        place(text, cursor);
        place(text.get(..cursor).unwrap(), cursor);
        entries(text.get(cursor..).unwrap());
    }
}

/// The keys and the texts in lists as YAML reads them.
fn read(node: &Node, path: &mut Vec<Level>, all: &mut Vec<(Vec<Level>, u32)>) {
    match node {
        Node::Mapping { entries, .. } => {
            for (key, value) in entries {
                path.push(Level::Key(key.text().to_owned()));
                all.push((path.clone(), key.span().start));
                read(value, path, all);
                path.pop();
            }
        }
        Node::Sequence { items, .. } => {
            for item in items {
                path.push(Level::Item);
                if let Node::Scalar { scalar, .. } = item {
                    all.push((path.clone(), scalar.place(0, 1).start));
                }
                read(item, path, all);
                path.pop();
            }
        }
        Node::Scalar { .. } | Node::Poisoned(_) => {}
    }
}

#[test]
fn what_yaml_can_read_is_read_as_yaml_does() {
    let files = [
        EXAMPLE_WORKSPACE,
        include_str!("../../rules/company.yaml"),
        include_str!("../../rules/nurture.yaml"),
        include_str!("../../rules/nurture.test.yaml"),
        include_str!("../../rules/programs.yaml"),
        include_str!("../../rules/scoring.yaml"),
        include_str!("../../rules/webinar.yaml"),
        include_str!("../../rules/webinar.test.yaml"),
        include_str!("../../tests/scenarios/choices.yaml"),
    ];
    for text in files {
        let mut sources = Sources::new();
        sources.add("a.yaml", text);
        let mut wanted = Vec::new();
        read(&yaml::parse(&sources, FileId(0), &mut Vec::new()).unwrap(), &mut Vec::new(), &mut wanted);
        let found: Vec<(Vec<Level>, u32)> = entries(text)
            .into_iter()
            .map(|Entry { path, name }| {
                // Of keys in quotes YAML tells the place of the quote, of blocks that of the first letter.
                let before = name.start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
                let is_key = matches!(path.last(), Some(Level::Key(_)));
                let quoted = is_key && matches!(before, Some(b'"' | b'\''));
                let indent = text.get(name.clone()).map_or(0, |text| text.len() - text.trim_start().len());
                (path, u32::try_from(name.start - usize::from(quoted) + indent).unwrap())
            })
            .collect();
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_eq!(found, wanted);
        }
        assert_eq!(found.len(), wanted.len());
    }
}
