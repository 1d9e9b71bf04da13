//! How messages are worded: one line in plain words, small at the beginning, without a full stop, the author's text in
//! backticks, and no word that only those who wrote the checker know.

use std::collections::BTreeSet;

use campanile::compile::check;
use campanile::diagnostics::{Diagnostic, Sources};
use campanile::scenario;

use crate::documents::read;
use crate::fmt::files;
use crate::{material, mutations};

/// Words of Rust, of parsers, of YAML's specification and of those who blame. Names of the grammar's rules come on top.
const FOREIGN: &[&str] = &[
    "parse",
    "parser",
    "parsed",
    "parsing",
    "lexer",
    "EOI",
    "EOF",
    "AST",
    "scalar",
    "sequence",
    "node",
    "flow mapping",
    "block mapping",
    "None",
    "Some",
    "Option",
    "Vec",
    "String",
    "usize",
    "u32",
    "u64",
    "i64",
    "f64",
    "bool",
    "enum",
    "struct",
    "unwrap",
    "panic",
    "unexpected",
    "invalid",
    "illegal",
    "literal",
    "identifier",
    "expression tree",
    "deserialize",
    "null",
    "boolean value",
    "syntax error",
    "please",
    "Error",
    "predicate",
    "connective",
    "operand",
];

/// Words that a message may begin with although they are written with a capital.
const CAPITALS: &[&str] = &["YAML", "SFDC", "UTF-8"];

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '_' | '-'))).collect()
}

/// What is wrong with the wording of a finding.
fn told(finding: &Diagnostic, grammar: &[String], wrong: &mut BTreeSet<String>) {
    let Diagnostic { code, message, help, related, fixes, span: _ } = finding;
    let lines = [message].into_iter().chain(help).chain(related.iter().map(|(_, text)| text));
    for line in lines.chain(fixes.iter().map(|fix| &fix.title)) {
        let mut say = |what: &str| wrong.insert(format!("{code}: {what}: {line}"));
        // What the author wrote, and what should be written instead, may hold any word.
        let ours: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        if line.trim() != line || line.is_empty() || ours.contains('\n') {
            say("not one line");
        }
        if line.ends_with(['.', '!']) && !line.ends_with("…") {
            say("ends in a full stop");
        }
        if ours.trim().is_empty() && line == message {
            say("says nothing of its own");
        }
        let first = line.split_whitespace().next().unwrap_or("");
        if first.starts_with(char::is_uppercase) && !CAPITALS.iter().any(|word| first.starts_with(word)) {
            say("begins with a capital");
        }
        if line.matches('`').count() % 2 == 1 && !line.contains("``") {
            say("a backtick without its partner");
        }
        for word in words(&ours) {
            if FOREIGN.contains(&word) || grammar.iter().any(|rule| rule == word) {
                say(&format!("the word {word}"));
            }
        }
    }
    if message.chars().count() > 240 {
        wrong.insert(format!("{code}: too long: {message}"));
    }
}

#[test]
fn messages_are_plain() {
    let grammar: Vec<String> = read("grammar/campanile.pest")
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().to_owned())
        .filter(|name| name.contains('_') && name.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_'))
        .collect();
    assert!(grammar.len() > 200);
    let (mut wrong, mut codes, mut many) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut look = |sources: &Sources| {
        for finding in check(sources).findings.into_iter().chain(scenario::check(sources)) {
            many += 1;
            codes.insert(finding.code);
            told(&finding, &grammar, &mut wrong);
        }
    };
    for folder in material::folders("invalid") {
        material::entries(&folder).iter().for_each(|path| look(&material::sources(path)));
    }
    mutations::each_slip(&mut look);
    // Every file that lies around, alone, so that it lacks what others declare, and cut off in places.
    for (at, file) in files().iter().enumerate() {
        let text = std::fs::read_to_string(file).unwrap();
        for cut in 0..3 {
            let mut end = text.len() * (7 * cut + at % 5 + 1) / 24;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let mut sources = Sources::new();
            sources.add(file.file_name().unwrap().to_string_lossy(), if cut == 0 { &text } else { &text[..end] });
            look(&sources);
        }
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.into_iter().collect::<Vec<_>>().join("\n"));
    assert!(many > 1_000 && codes.len() > 50, "only {many} findings of {} codes", codes.len());
}
