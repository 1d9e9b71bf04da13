//! The conformance sample and the repository's rule book, run from beginning to end: not one byte is other than it was.
//!
//! `CAMPANILE_BLESS=1 cargo test sample` writes what comes out now; the difference is for a person to judge.

use std::path::Path;

use campanile::model::Outcome;
use campanile::records::csv::Table;
use campanile::records::{parse_event, write_outcome};
use campanile::{Engine, Rules, Timestamp};

use crate::documents::{bless, read, root, write};

/// What `campanile run` writes for a workspace with `people.csv`, `members.csv` and `events.jsonl` in `data`.
fn run(rules: &Path, data: &Path, until: Option<&str>) -> String {
    let mut engine = Engine::new(Rules::from_dir(rules).unwrap().compile().unwrap());
    let events = std::fs::read_to_string(data.join("events.jsonl")).unwrap();
    let first = parse_event(events.lines().next().unwrap()).unwrap();
    engine.start(first.at.unwrap());
    for file in ["people.csv", "members.csv"] {
        let mut table = Table::new(std::fs::File::open(data.join(file)).unwrap()).unwrap();
        while table.advance().unwrap() {
            engine.load(&table.event().unwrap()).unwrap();
        }
    }
    let mut out = Vec::new();
    let mut take = |outcome: Outcome<'_>| {
        write_outcome(&outcome, &mut out);
        out.push(b'\n');
    };
    for line in events.lines() {
        engine.handle(&parse_event(line).unwrap()).unwrap().for_each(&mut take);
    }
    if let Some(until) = until {
        engine.advance(Timestamp::parse(until).unwrap()).for_each(&mut take);
    }
    String::from_utf8(out).unwrap()
}

fn compare(snapshot: &str, actual: &str) {
    if bless() {
        return write(snapshot, actual);
    }
    let expected = read(snapshot);
    let differs = expected.lines().zip(actual.lines()).zip(1..).find(|((expected, actual), _)| expected != actual);
    if let Some(((expected, actual), line)) = differs {
        panic!("{snapshot}:{line} differs\n  was {expected}\n  is  {actual}");
    }
    assert!(
        expected == actual,
        "{snapshot} has {} lines, and now it is {}",
        expected.lines().count(),
        actual.lines().count()
    );
}

#[test]
fn the_conformance_sample() {
    let folder = root().join("tests/conformance/sample");
    compare("tests/snapshots/sample-actions.jsonl", &run(&folder, &folder, None));
}

#[test]
fn the_rule_book_of_the_repository() {
    let folder = root().join("rules");
    let actions = run(&folder, &folder.join("data"), Some("2026-04-01T00:00:00Z"));
    compare("tests/snapshots/rules-actions.jsonl", &actions);
}
