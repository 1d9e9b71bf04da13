//! One edit in a workspace of 1,000 files.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Editor;

/// What an edit may take in a program built for use; without optimisations everything takes many times as long.
const EDIT_MAX: Duration = Duration::from_millis(if cfg!(debug_assertions) { 600 } else { 50 });

/// A thousand files, each with a campaign that names things of other files.
fn files() -> Vec<(String, String)> {
    let mut files = vec![(
        "declared.yaml".to_owned(),
        "lists: [News]\nsfdc_campaigns:\n  Fair:\n    statuses: {Invited: {default: true}, Attended: {}}\n".to_owned(),
    )];
    for number in 0..1000 {
        let text = format!(
            "segments:\n  S{number}: Country is \"NL\" and Score is at least {number}\nsmart_campaigns:\n  c{number}:\n    \
             triggers:\n      - status is changed in SFDC campaign \"Fair\" to \"Attended\"\n      - added to list \"News\"\n    \
             filter: member of segment \"S{}\" and not member of list \"News\"\n    flow:\n      - wait 3 days\n      \
             - choose:\n          - if: Country is \"NL\" or Country is \"BE\"\n            \
             then: add to SFDC campaign \"Fair\" with status \"Invited\"\n          - else: do nothing\n",
            (number + 1) % 1000
        );
        files.push((format!("c{number:04}.yaml"), text));
    }
    files
}

#[test]
fn an_edit_among_a_thousand_files_is_quick() {
    let files = files();
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let begin = Instant::now();
    let mut editor = Editor::open(&texts);
    editor.edit("c0500.yaml", &files[501].1);
    let start = begin.elapsed();
    assert_eq!(editor.shown("c0500.yaml"), [""; 0]);
    // A letter is typed and taken back, many times; the quickest counts, since a busy machine only makes them slower.
    let line = files[501].1.lines().position(|line| line.contains("filter:")).unwrap();
    let column = files[501].1.lines().nth(line).unwrap().find("S501").unwrap();
    let at = |column: usize| json!({"line": line, "character": column});
    let mut took: Vec<Duration> = Vec::new();
    for round in 0..10 {
        let typed = json!([{"range": {"start": at(column), "end": at(column)}, "text": "x"}]);
        let back = json!([{"range": {"start": at(column), "end": at(column + 1)}, "text": ""}]);
        for (version, change, many) in [(2 * round + 2, typed, 1), (2 * round + 3, back, 0)] {
            let begin = Instant::now();
            editor.change("c0500.yaml", version, change);
            took.push(begin.elapsed());
            assert_eq!(editor.shown("c0500.yaml").len(), many);
        }
    }
    let least = took.into_iter().min().unwrap();
    assert!(least <= EDIT_MAX, "an edit takes {least:?}, the start {start:?}");
    // Far less is done than at the start.
    assert!(least * 2 < start, "an edit takes {least:?}, the start {start:?}");
    editor.close();
}

#[test]
fn of_many_edits_at_once_only_the_last_is_checked() {
    let files = files();
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut editor = Editor::open(&texts);
    editor.edit("c0500.yaml", &files[501].1);
    let uri = editor.uri("c0500.yaml");
    let mut all = String::new();
    let last = 51;
    for version in 2..=last {
        let text = if version == last { "lists: [A, A]\n" } else { "lists: [" };
        let change = json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}});
        let body = change.to_string();
        all.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    }
    editor.send_raw(&all);
    // Each set of diagnostics carries its version: of fifty edits hardly any was worth one.
    let mut told = 0;
    loop {
        let message = editor.hear();
        if message["params"]["uri"] == uri.as_str() {
            told += 1;
            if message["params"]["version"] == last {
                break;
            }
        }
    }
    assert!(told <= 10, "{told} of 50 edits were checked");
    assert_eq!(editor.shown("c0500.yaml").len(), 1);
    editor.close();
}
