//! What `docs/operations.md` says of meters and of the log is what the service shows.

use std::collections::BTreeSet;
use std::io::Read as _;

use serde_json::{Map, Value};

use super::{Serving, agent, answer, folder};
use crate::documents::{read, root};
use crate::operations::blocks;

#[test]
fn every_metric_is_explained_and_every_explained_one_is_there() {
    let folder = folder();
    let serving = Serving::start_with(folder.path(), &["--clock", "events", "--request-timeout", "1"]);
    // What is counted by kind shows when there is something of a kind: action records, and a caller who was turned
    // away.
    assert_eq!(serving.tell(r#"{"type":"campaign.requested","person":"ada","campaign":"asked"}"#).status, 202);
    let mut silent = std::net::TcpStream::connect(serving.url.strip_prefix("http://").unwrap()).unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
    // By a connection of its own: the one that told was silent for as long, and is closed as well.
    let metrics = answer(agent().get(format!("{}/metrics", serving.url)).call().unwrap()).text;
    let shown: BTreeSet<String> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .map(|line| {
            let (name, kind) = line.split_once(' ').unwrap();
            match kind {
                "counter" => format!("{name}_total"),
                "info" => format!("{name}_info"),
                _ => name.to_owned(),
            }
        })
        .collect();
    let page = read("docs/operations.md");
    let explained: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with("| `campanile_"))
        .flat_map(|line| line.split('|').nth(1).unwrap().split('`').skip(1).step_by(2).map(str::to_owned))
        .collect();
    assert_eq!(shown, explained);
}

#[test]
fn the_log_is_as_it_is_shown() {
    let page = read("docs/operations.md");
    let lines = blocks(&page, "json").concat();
    let examples: Vec<Map<String, Value>> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut files = Vec::new();
    crate::architecture::rust_files(&root().join("src"), &mut files);
    let source: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for example in &examples {
        let message = example["message"].as_str().unwrap();
        assert!(source.contains(&format!("\"{message}\"")), "nobody says `{message}`");
    }

    let folder = folder();
    let serving = Serving::start(folder.path());
    assert_eq!(serving.post("/v1/events", "application/json", "{}").status, 400);
    assert_eq!(serving.post("/v1/rules/reload", "application/json", "").status, 200);
    let (_, said) = serving.stop("-TERM");
    let mut seen = 0;
    for line in said.lines() {
        let line: Map<String, Value> = serde_json::from_str(line).unwrap();
        let example = examples.iter().find(|example| example["message"] == line["message"]);
        let example = example.unwrap_or_else(|| panic!("{line:?} is not shown"));
        assert_eq!(example["level"], line["level"]);
        assert!(example.keys().eq(line.keys()), "{line:?} is shown as {example:?}");
        seen += 1;
    }
    assert_eq!(seen, 4, "{said}");
}
