//! Findings as one types: always those of `campanile validate`.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::Editor;
use crate::documents::{read, root};
use crate::material;
use crate::mutations;

/// What `campanile validate` says of a folder, in the same words as [`Editor::shown`] but with places from 1 and in
/// characters, by file.
fn validated(folder: &Path) -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO_BIN_EXE_campanile"))
        .args(["validate", "--format", "json", "."])
        .current_dir(folder)
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = told["findings"].as_array().unwrap().iter();
    let mut all: Vec<(String, String)> = findings
        .map(|finding| {
            let number = |key: &str| finding[key].as_u64().unwrap() - 1;
            let line = format!(
                "{} {}:{}-{}:{} {}",
                finding["code"].as_str().unwrap(),
                number("line"),
                number("column"),
                number("end_line"),
                number("end_column"),
                finding["message"].as_str().unwrap(),
            );
            (finding["file"].as_str().unwrap().to_owned(), line)
        })
        .collect();
    all.sort();
    all
}

/// The same of the editor, which counts characters here.
fn in_editor(editor: &Editor, files: &[&str]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        files.iter().flat_map(|file| editor.shown(file).into_iter().map(|line| ((*file).to_owned(), line))).collect();
    all.sort();
    all
}

#[test]
fn a_slip_is_told_as_it_is_typed_in_utf_16() {
    let text = "lists: [A]\nsegments:\n  \"🚀\": member of list \"B\"\n";
    let mut editor = Editor::open(&[("a.yaml", text)]);
    editor.edit("a.yaml", text);
    assert_eq!(editor.shown("a.yaml"), ["E0307 2:23-2:26 there is no list `B`"]);
    // In UTF-8 the rocket has four columns, in UTF-16 two.
    let change = json!([{"range": {"start": {"line": 2, "character": 24}, "end": {"line": 2, "character": 25}},
        "text": "A"}]);
    editor.change("a.yaml", 2, change);
    assert_eq!(editor.shown("a.yaml"), [""; 0]);
    let change = json!([
        {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "# 🚀\r\n"},
        {"range": {"start": {"line": 1, "character": 8}, "end": {"line": 1, "character": 9}}, "text": "Ä"},
    ]);
    editor.change("a.yaml", 3, change);
    assert_eq!(editor.shown("a.yaml"), ["E0307 3:23-3:26 there is no list `A`"]);
    editor.close();
}

#[test]
fn columns_are_bytes_where_the_editor_wants_it() {
    let text = "lists: [A]\nsegments:\n  \"🚀\": member of list \"B\"\n";
    let capabilities = json!({"general": {"positionEncodings": ["utf-8"]}});
    let mut editor = Editor::with(&[("a.yaml", text)], capabilities, |_| {});
    editor.edit("a.yaml", text);
    assert_eq!(editor.shown("a.yaml"), ["E0307 2:25-2:28 there is no list `B`"]);
    editor.close();
}

#[test]
fn help_other_places_and_severity_are_told() {
    let files = [("a.yaml", "lists: [News]\n"), ("b.yaml", "lists: [News]\nsegments: {X: Contry is \"NL\"}\n")];
    let capabilities = json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true}}});
    let mut editor = Editor::with(&files, capabilities, |_| {});
    let found = editor.until("b.yaml", |found| found.len() == 2);
    assert_eq!(found[0]["relatedInformation"][0]["location"]["uri"], editor.uri("a.yaml"));
    assert_eq!(found[0]["source"], "campanile");
    assert_eq!((&found[0]["severity"], &found[0]["code"]), (&json!(1), &json!("E0301")));
    assert_eq!(found[1]["message"], "there is no field `Contry`\nhelp: did you mean `Country`?");
    editor.close();
    // An editor that cannot show other places is told of them in words.
    let mut editor = Editor::open(&files);
    let found = editor.until("b.yaml", |found| found.len() == 2);
    assert!(found[0]["message"].as_str().unwrap().ends_with("\nfirst declared here: a.yaml:1:9"), "{}", found[0]);
    editor.close();
}

#[test]
fn what_is_open_counts_and_not_what_is_saved() {
    let uses = "segments: {X: member of list \"News\"}\n";
    let mut editor = Editor::open(&[("rules/a.yaml", "lists: []\n"), ("rules/b.yaml", uses)]);
    editor.until("rules/b.yaml", |found| found.len() == 1);
    editor.edit("rules/a.yaml", "lists: [News]\n");
    editor.until("rules/b.yaml", |found| found.is_empty());
    // Closed without being saved: the file counts again.
    let uri = editor.uri("rules/a.yaml");
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    editor.until("rules/b.yaml", |found| found.len() == 1);
    // Saved by somebody else, then a new file, then one that is gone.
    std::fs::write(editor.path("rules/a.yaml"), "lists: [News]\n").unwrap();
    editor.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri, "type": 2}]}));
    editor.until("rules/b.yaml", |found| found.is_empty());
    std::fs::write(editor.path("rules/c.yaml"), "lists: [News]\n").unwrap();
    let other = editor.uri("rules/c.yaml");
    editor.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": other, "type": 1}]}));
    editor.until("rules/c.yaml", |found| found.len() == 1);
    std::fs::remove_file(editor.path("rules/a.yaml")).unwrap();
    editor.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri, "type": 3}]}));
    editor.until("rules/c.yaml", |found| found.is_empty());
    // A new document that was never saved.
    editor.edit("rules/d.yaml", "lists: [News]\n");
    editor.until("rules/d.yaml", |found| found.len() == 1);
    editor.close();
}

#[test]
fn an_editor_that_watches_nothing_is_caught_up_with() {
    let mut editor = Editor::open(&[("a.yaml", "segments: {X: member of list \"News\"}\n")]);
    editor.edit("a.yaml", "segments: {X: member of list \"News\"}\n");
    assert_eq!(editor.shown("a.yaml").len(), 1);
    std::fs::write(editor.path("b.yaml"), "lists: [News, B, B]\n").unwrap();
    let uri = editor.uri("a.yaml");
    editor.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    editor.until("a.yaml", |found| found.is_empty());
    editor.until("b.yaml", |found| found.len() == 1);
    std::fs::write(editor.path("b.yaml"), "lists: [News]\n").unwrap();
    editor.edit("c.yaml", "lists: [C]\n");
    editor.until("b.yaml", |found| found.is_empty());
    editor.close();
}

#[test]
fn the_workspace_is_what_somebody_says_it_is() {
    let files = [
        ("rules/a.yaml", "lists: [A, A]\n"),
        ("more/b.yaml", "lists: [B, B]\n"),
        ("docker-compose.yaml", "services: {db: {image: x}}\n"),
    ];
    // The folder `rules`; what lies outside is no rule file unless it looks like one.
    let mut editor = Editor::open(&files);
    editor.until("rules/a.yaml", |found| found.len() == 1);
    let uri = editor.uri("docker-compose.yaml");
    editor.notify(
        "textDocument/didOpen",
        json!({"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": files[2].1}}),
    );
    editor.edit("more/b.yaml", files[1].1);
    assert_eq!(editor.shown("more/b.yaml").len(), 1);
    assert_eq!(editor.shown.get(&uri), None);
    // It goes with the document.
    let uri = editor.uri("more/b.yaml");
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    editor.until("more/b.yaml", |found| found.is_empty());
    editor.close();
    // The setting of the editor.
    let mut editor = Editor::with(&files, json!({}), |params| {
        params["initializationOptions"] = json!({"rules": ["rules", "more/b.yaml"]});
    });
    editor.until("rules/a.yaml", |found| found.len() == 1);
    editor.until("more/b.yaml", |found| found.len() == 1);
    editor.close();
    // No folder at all: a document and the files beside it, or one that is not even a file.
    let mut editor = Editor::with(&files, json!({}), |params| {
        params["workspaceFolders"] = Value::Null;
    });
    editor.edit("more/b.yaml", files[1].1);
    assert_eq!(editor.shown("more/b.yaml").len(), 1);
    editor.open_uri("untitled:Untitled-1", files[0].1);
    assert_eq!(editor.shown["untitled:Untitled-1"].len(), 1);
    editor.close();
}

#[test]
fn folders_come_and_go() {
    let mut editor = Editor::open(&[("x/a.yaml", "lists: [A, A]\n"), ("y/b.yaml", "lists: [B, B]\n")]);
    let folder = |name: &str| json!({"uri": editor.uri(name), "name": name});
    let (x, all) = (folder("x"), json!({"uri": editor.root, "name": "all"}));
    editor.until("y/b.yaml", |found| found.len() == 1);
    editor.notify("workspace/didChangeWorkspaceFolders", json!({"event": {"added": [x], "removed": [all]}}));
    editor.until("y/b.yaml", |found| found.is_empty());
    assert_eq!(editor.shown("x/a.yaml").len(), 1);
    editor.close();
}

#[test]
fn changes_on_the_disk_are_asked_for() {
    let capabilities = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut editor = Editor::with(&[], capabilities, |_| {});
    while editor.said().is_empty() {
        editor.hear();
    }
    assert_eq!(editor.said()[0]["method"], "client/registerCapability");
    assert_eq!(editor.said()[0]["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    editor.close();
}

#[test]
fn a_file_that_is_no_text_is_told_alone() {
    let mut editor = Editor::open(&[("a.yaml", "lists: [A, A]\n")]);
    editor.until("a.yaml", |found| found.len() == 1);
    std::fs::write(editor.path("b.yaml"), b"lists: [\xff]\n").unwrap();
    let uri = editor.uri("b.yaml");
    editor.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri, "type": 1}]}));
    editor.until("b.yaml", |found| found.len() == 1);
    editor.until("a.yaml", |found| found.is_empty());
    editor.edit("b.yaml", "lists: [B]\n");
    editor.until("a.yaml", |found| found.len() == 1);
    editor.close();
}

/// Every broken file of the conformance material, typed into an editor, gives what `validate` gives.
#[test]
fn the_same_is_found_as_by_validate() {
    let folder = root().join("tests/conformance/invalid");
    let capabilities = json!({"general": {"positionEncodings": ["utf-16"]}});
    let mut editor = Editor::with(&[("a.yaml", "lists: []\n")], capabilities, |_| {});
    editor.edit("a.yaml", "lists: []\n");
    let mut version = 1;
    let mut many = 0;
    for path in material::entries(&folder) {
        let Some(name) = path.to_str().filter(|path| path.ends_with(".yaml") && !path.ends_with(".test.yaml")) else {
            continue;
        };
        let Ok(text) = std::fs::read_to_string(name) else { continue };
        // Columns of both are the same where every character is in the first plane.
        if text.chars().any(|sign| sign.len_utf16() > 1 || sign == '\r') || text.starts_with('\u{feff}') {
            continue;
        }
        many += 1;
        version += 1;
        editor.change("a.yaml", version, json!([{"text": text}]));
        std::fs::write(editor.path("a.yaml"), &text).unwrap();
        let wanted = validated(&editor.path(""));
        assert_eq!(in_editor(&editor, &["a.yaml"]), wanted, "{name}");
    }
    assert!(many > 40, "only {many} files");
    editor.close();
}

/// Random edits of the sample, one after another: the editor's view never drifts from that of `validate`.
#[test]
fn edits_never_drift() {
    let names: Vec<String> = material::entries(&root().join("rules"))
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let texts: Vec<String> = names.iter().map(|name| read(&format!("rules/{name}"))).collect();
    let files: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut editor = Editor::open(&files);
    let mut now: Vec<Vec<u16>> = texts.iter().map(|text| text.encode_utf16().collect()).collect();
    for (name, text) in &files {
        editor.edit(name, text);
    }
    let mut seed = 7;
    for round in 0..25 {
        let at = usize::try_from(mutations::dice(&mut seed, files.len() as u64)).unwrap();
        let mut changes = Vec::new();
        for _ in 0..1 + mutations::dice(&mut seed, 3) {
            let text = &mut now[at];
            let start = usize::try_from(mutations::dice(&mut seed, text.len() as u64)).unwrap();
            let length = usize::try_from(mutations::dice(&mut seed, 6)).unwrap().min(text.len() - start);
            let new =
                ["", "\"", "Score", ": ", "\n", " and ", "é"][usize::try_from(mutations::dice(&mut seed, 7)).unwrap()];
            let place = |unit: usize| {
                let before = &text[..unit];
                let line = before.iter().filter(|unit| **unit == u16::from(b'\n')).count();
                let column = before.iter().rev().take_while(|unit| **unit != u16::from(b'\n')).count();
                json!({"line": line, "character": column})
            };
            changes.push(json!({"range": {"start": place(start), "end": place(start + length)}, "text": new}));
            text.splice(start..start + length, new.encode_utf16());
        }
        editor.change(files[at].0, 2 + round, Value::Array(changes));
        std::fs::write(editor.path(files[at].0), String::from_utf16(&now[at]).unwrap()).unwrap();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(in_editor(&editor, &all), validated(&editor.path("")), "after edit {round}");
    }
    editor.close();
}
