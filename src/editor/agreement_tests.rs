//! What the lines tell against what the grammar read: in files that can be read both say the same.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use super::book::{Book, File};
use super::look::{self, What};
use super::mentions::{How, mentions};
use super::names::{Names, Thing};
use super::outline::Piece;
use super::{phrases, words};
use crate::diagnostics::FileId;
use crate::language::{TextKind, is_scenario_file, rule_texts, yaml};

/// The files of a folder of the repository.
fn book(folder: &str) -> Book {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let sources = crate::files::read_sources(&[folder]).unwrap();
    let file = |(_, file): (FileId, &crate::diagnostics::SourceFile)| File {
        path: file.path.clone(),
        text: file.text.clone(),
        unreadable: None,
    };
    Book::new(sources.iter().map(file).collect(), 1)
}

const FOLDERS: &[&str] = &["rules", "tests/conformance/sample", "tests/conformance/scenarios", "tests/scenarios"];

#[test]
fn what_is_mentioned_is_what_stands_there() {
    let mut many = 0;
    for folder in FOLDERS {
        let book = book(folder);
        let names = Names::of(&book);
        for mention in mentions(&book, &names) {
            let span = mention.span;
            let into = match mention.how {
                How::Quoted | How::Field => 1,
                How::Braces => 3,
                How::Yaml { .. } => u32::from(book.sources().text(span).starts_with(['"', '\''])),
                How::Through(_) | How::Partly => continue,
            };
            let offset = (span.start + into) as usize;
            let place = || {
                let at = book.sources().position(span.file, span.start);
                format!("{}:{}:{} {mention:?}", book.sources().path(span.file), at.line, at.column)
            };
            let seen = look::look(&book, &names, span.file, offset);
            let Some(What::Named(seen)) = seen.as_ref().map(|seen| &seen.what) else {
                // What a trigger brought is no name to somebody who looks at one line.
                let is_trigger = book.sources().text(span).contains("trigger.");
                // A status of a scenario is told by the keys around it, which nobody looks at yet.
                let is_status = is_scenario_file(book.sources().path(span.file));
                assert!(is_trigger || is_status, "{}: {seen:?}", place());
                continue;
            };
            many += 1;
            let is_seen = |thing: &Thing| seen.iter().any(|other| other.is(thing));
            assert!(mention.things.iter().all(is_seen), "{}: {seen:?}", place());
        }
    }
    assert!(many > 500, "only {many}");
}

#[test]
fn every_rule_text_is_read_to_its_end() {
    let mut many = 0;
    for folder in FOLDERS {
        let book = book(folder);
        let names = Names::of(&book);
        for (file, source) in book.sources().iter() {
            let Some(root) = yaml::parse(book.sources(), file, &mut Vec::new()) else { continue };
            for (kind, scalar) in rule_texts(&root, is_scenario_file(&source.path)) {
                if kind == TextKind::Match {
                    continue;
                }
                let text = scalar.text();
                let piece = Piece { range: 0..text.len(), quoting: crate::language::Quoting::Block, may_be_key: false };
                let tokens = words::tokens(text, &piece);
                let text = look::RuleText { names: &names, machine: phrases::machine(kind), tokens, program: None };
                let readings = text.machine.read(&text.tokens, &|reading| text.type_of(reading));
                assert!(!readings.is_empty(), "{}: {kind:?} {}", source.path, scalar.text());
                many += 1;
            }
        }
    }
    assert!(many > 500, "only {many}");
}

/// A deterministic number below `below`.
fn dice(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % below.max(1)
}

/// Whatever is done to a file, every question about every place of it has an answer.
#[test]
fn nothing_that_is_written_is_too_odd_to_be_asked_about() {
    const ODD: &[&str] = &[
        "\"", "'", "[", "]", "{", "}", ": ", "- ", "\n", "\r\n", "\t", "# ", "|", ">-\n", "🚀", "é", "{{", "}}", "\\",
        "&a ", "*a", "!t ", "and ", "\u{feff}", "\u{2028}", "---\n", ",", "%",
    ];
    let mut seed = 11;
    let original = book("rules");
    let files = u32::try_from(original.sources().len()).unwrap();
    for _ in 0..120 {
        let mut book = original.clone();
        let file = FileId(u32::try_from(dice(&mut seed, files as usize)).unwrap());
        let mut text = book.text(file).to_owned();
        let boundary =
            |text: &str, at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let mut last = 0;
        for _ in 0..1 + dice(&mut seed, 4) {
            let start = boundary(&text, dice(&mut seed, text.len() + 1));
            let end = boundary(&text, start + dice(&mut seed, 12));
            text.replace_range(start..end.max(start), ODD[dice(&mut seed, ODD.len())]);
            last = start;
        }
        let touched = boundary(&text, last);
        book.set(file, text.clone(), touched..touched);
        book.findings();
        super::symbols(book.sources(), file);
        for near in [touched, boundary(&text, touched + 3), boundary(&text, dice(&mut seed, text.len() + 1))] {
            for completion in super::complete(&book, file, near) {
                let range = completion.range;
                assert!(
                    range.start <= near && near <= range.end && text.get(range.clone()).is_some(),
                    "{range:?} {near}"
                );
            }
            super::hover(&book, file, near);
            super::definition(&book, file, near);
            super::references(&book, file, near);
            let _ = super::rename(&mut book, file, near, "a new: \"name\"");
        }
    }
}
