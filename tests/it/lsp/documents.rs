//! Fixes, layout and outline of documents.

use serde_json::{Value, json};

use super::Editor;

/// A text after edits of the protocol; columns count UTF-16.
pub(crate) fn edited(text: &str, edits: &Value) -> String {
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let column = usize::try_from(place["character"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut units = 0;
        for (at, sign) in text[start..].char_indices() {
            if units >= column {
                return start + at;
            }
            units += sign.len_utf16();
        }
        text.len()
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| (offset(&edit["range"]["start"]), offset(&edit["range"]["end"]), edit["newText"].as_str().unwrap()))
        .collect();
    edits.sort_unstable();
    let mut changed = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        changed.replace_range(start..end, new);
    }
    changed
}

fn actions(editor: &mut Editor, name: &str, line: u32, column: u32, only: &str) -> Vec<Value> {
    let at = json!({"line": line, "character": column});
    let context = if only.is_empty() { json!({"diagnostics": []}) } else { json!({"diagnostics": [], "only": [only]}) };
    let uri = editor.uri(name);
    let params = json!({"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": context});
    editor.request("textDocument/codeAction", params).as_array().unwrap().clone()
}

#[test]
fn fixes_are_offered_where_something_is_wrong() {
    let text = "segments:\n  🚀: Contry is “NL” and Score == 5\n  B: Score == 6\n";
    let mut editor = Editor::open(&[("a.yaml", text)]);
    editor.edit("a.yaml", text);
    let uri = editor.uri("a.yaml");
    let found = actions(&mut editor, "a.yaml", 1, 7, "");
    let titles: Vec<&str> = found.iter().map(|action| action["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Write `Country`", "Mend what can be mended without a doubt"]);
    assert_eq!((&found[0]["kind"], &found[0]["isPreferred"]), (&json!("quickfix"), &json!(false)));
    assert_eq!(found[0]["diagnostics"][0]["code"], "E0302");
    let mended = edited(text, &found[0]["edit"]["changes"][&uri]);
    assert_eq!(mended, "segments:\n  🚀: Country is “NL” and Score == 5\n  B: Score == 6\n");
    let found = actions(&mut editor, "a.yaml", 0, 0, "source.fixAll");
    let mended = edited(text, &found[0]["edit"]["changes"][&uri]);
    assert_eq!(mended, "segments:\n  🚀: Contry is \"NL\" and Score is 5\n  B: Score is 6\n");
    assert_eq!(actions(&mut editor, "a.yaml", 2, 3, "quickfix"), Vec::<Value>::new());
    editor.close();
}

#[test]
fn mixed_and_or_has_both_readings() {
    let text = "segments:\n  A: Country is \"NL\" and Score is 5 or Score is 6\n";
    let mut editor = Editor::open(&[("a.yaml", text)]);
    editor.edit("a.yaml", text);
    let at: u32 = editor.shown("a.yaml")[0].split([' ', ':', '-']).nth(2).unwrap().parse().unwrap();
    let found = actions(&mut editor, "a.yaml", 1, at, "quickfix");
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|action| action["isPreferred"] == false));
    editor.close();
}

fn formatted(editor: &mut Editor, name: &str) -> Value {
    let uri = editor.uri(name);
    let options = json!({"tabSize": 4, "insertSpaces": false});
    editor.request("textDocument/formatting", json!({"textDocument": {"uri": uri}, "options": options}))
}

#[test]
fn a_document_is_laid_out_and_only_what_changes_is_sent() {
    let text = "lists: [A]\r\nsegments:\r\n    B: '[Country]   IS \"NL🚀\"'\r\n# the end\r\n";
    let mut editor = Editor::open(&[("a.yaml", text)]);
    editor.edit("a.yaml", text);
    let edits = formatted(&mut editor, "a.yaml");
    assert_eq!(edited(text, &edits), "lists: [A]\r\nsegments:\r\n  B: Country is \"NL🚀\"\r\n# the end\r\n");
    assert_eq!(edits[0]["range"]["start"], json!({"line": 2, "character": 0}));
    assert_eq!(edits[0]["range"]["end"], json!({"line": 3, "character": 0}));
    // Nothing to do, and nothing that can be done while somebody writes.
    editor.change("a.yaml", 2, json!([{"text": "lists: [A]\n"}]));
    assert_eq!(formatted(&mut editor, "a.yaml"), json!([]));
    editor.change("a.yaml", 3, json!([{"text": "lists:   [A\n"}]));
    assert_eq!(formatted(&mut editor, "a.yaml"), Value::Null);
    editor.close();
}

#[test]
fn the_outline_is_there_also_while_somebody_writes() {
    let text = "lists: [A]\nsmart_campaigns:\n  🚀 go:\n    flow: [do nothing]\n    filter: \"half\n";
    let capabilities = json!({"textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}}});
    let mut editor = Editor::with(&[("a.yaml", text)], capabilities, |_| {});
    editor.edit("a.yaml", text);
    let uri = editor.uri("a.yaml");
    let symbols = editor.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
    let campaign = &symbols[1]["children"][0];
    assert_eq!((&symbols[1]["name"], &campaign["name"]), (&json!("smart_campaigns"), &json!("🚀 go")));
    assert_eq!(campaign["selectionRange"]["end"], json!({"line": 2, "character": 7}));
    assert_eq!(campaign["range"]["end"]["line"], 4);
    editor.close();
    // Editors that want a flat list get one.
    let mut editor = Editor::open(&[("a.yaml", text)]);
    let uri = editor.uri("a.yaml");
    let symbols = editor.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
    let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["lists", "A", "smart_campaigns", "🚀 go", "flow", "filter"]);
    assert_eq!(symbols[3]["containerName"], "smart_campaigns");
    editor.close();
}
