//! One mistake a file: exactly the findings that its comment block expects, at their places, with what they must mention.
//!
//! The block is described in `tests/conformance/README.md`.

use std::path::Path;

use campanile::compile::{check, check_on};
use campanile::diagnostics::{Diagnostic, Position, Sources};
use serde_json::Value;

use crate::material;
use crate::valid::describe;

/// One finding that must be made.
#[derive(Debug)]
struct Expected {
    file: String,
    code: String,
    places: Vec<Position>,
    mention: Vec<String>,
}

impl Expected {
    fn read(sources: &Sources) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for (_, file) in sources.iter() {
            for line in file.text.lines().take_while(|line| *line != "# ---") {
                if let Some(json) = line.strip_prefix("# expect:") {
                    let json: Value = serde_json::from_str(json).expect("JSON after `expect:`");
                    let mention = json["mention"].as_array().into_iter().flatten();
                    all.push(Self {
                        file: file.path.clone(),
                        code: json["code"].as_str().expect("a code").to_owned(),
                        places: vec![place(&json)],
                        mention: mention.map(|text| text.as_str().expect("a text").to_owned()).collect(),
                    });
                } else if let Some(json) = line.strip_prefix("# or:") {
                    let json: Value = serde_json::from_str(json).expect("JSON after `or:`");
                    all.last_mut().expect("`or:` after `expect:`").places.push(place(&json));
                }
            }
        }
        all
    }

    fn fits(&self, sources: &Sources, finding: &Diagnostic) -> bool {
        let at = sources.position(finding.span.file, finding.span.start);
        let inside = Position { line: at.line, column: at.column - 1 };
        let code = finding.code.id();
        let range = self.code.trim_end_matches('x');
        let told = format!("{}\n{}", finding.message, finding.help.join("\n")).to_lowercase();
        sources.path(finding.span.file) == self.file
            && code.starts_with(range)
            && (self.places.contains(&at) || self.places.contains(&inside))
            && self
                .mention
                .iter()
                .all(|text| text.split(" || ").any(|alternative| told.contains(&alternative.to_lowercase())))
    }
}

fn place(json: &Value) -> Position {
    let (line, column) = json["at"].as_str().and_then(|at| at.split_once(':')).expect("a place as `line:column`");
    Position { line: line.parse().expect("a line"), column: column.parse().expect("a column") }
}

/// What is wrong with the findings about a file or folder; empty when nothing is.
fn differences(path: &Path) -> Vec<String> {
    let sources = material::sources(path);
    let expected = Expected::read(&sources);
    assert!(!expected.is_empty(), "{} expects nothing", path.display());
    let findings: Vec<Diagnostic> = check(&sources).findings.into_iter().filter(Diagnostic::is_error).collect();
    let mut left: Vec<&Diagnostic> = findings.iter().collect();
    let mut wrong = Vec::new();
    for expected in &expected {
        match left.iter().position(|finding| expected.fits(&sources, finding)) {
            Some(at) => {
                left.remove(at);
            }
            None => wrong.push(format!("{}: missing {expected:?}", path.display())),
        }
    }
    wrong.extend(
        left.iter().map(|finding| format!("{}: not expected: {}", path.display(), describe(&sources, finding))),
    );
    wrong
}

#[test]
fn every_mistake_is_found_once() {
    let folders = material::folders("invalid");
    let paths = folders.iter().flat_map(|folder| material::entries(folder));
    let wrong: Vec<String> = paths.flat_map(|path| differences(&path)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut sources = Sources::new();
    for folder in material::folders("invalid") {
        for path in material::entries(&folder) {
            for (_, file) in material::sources(&path).iter() {
                sources.add(&*file.path, &*file.text);
            }
        }
    }
    let alone = check_on(&sources, 1);
    assert!(sources.iter().count() > 64 && alone.findings.len() > 64);
    for threads in [2, 3, 64] {
        let together = check_on(&sources, threads);
        assert_eq!(alone.findings, together.findings, "on {threads} threads");
    }
}
