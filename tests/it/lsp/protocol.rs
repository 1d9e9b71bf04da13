//! Beginning and end of the conversation, and what does not fit into it.

use serde_json::{Value, json};

use super::Editor;

#[test]
fn the_conversation_ends_as_the_protocol_says() {
    Editor::open(&[]).close();
    // `exit` without `shutdown`, and an editor that is gone.
    let mut editor = Editor::open(&[]);
    editor.notify("exit", json!({}));
    assert_eq!(editor.status(), Some(1));
    assert_eq!(Editor::open(&[]).hang_up(), Some(1));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Editor::start(folder.path(), &[]).hang_up(), Some(1));
}

#[test]
fn questions_out_of_place_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::start(folder.path(), &["--stdio"]);
    let early = editor.ask("textDocument/hover", json!({}));
    assert_eq!(editor.response(early)["error"]["code"], -32002);
    let wrong = editor.ask("initialize", json!({"capabilities": 7}));
    assert_eq!(editor.response(wrong)["error"]["code"], -32602);
    editor.request("initialize", json!({"capabilities": {}}));
    let unknown = editor.ask("textDocument/teleport", json!({}));
    assert_eq!(editor.response(unknown)["error"]["code"], -32601);
    editor.request("shutdown", Value::Null);
    let late = editor.ask("textDocument/hover", json!({}));
    assert_eq!(editor.response(late)["error"]["code"], -32600);
    editor.notify("exit", json!({}));
    assert_eq!(editor.status(), Some(0));
}

#[test]
fn what_is_no_message_ends_with_a_word_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::start(folder.path(), &[]);
    editor.send_raw("Content-Length: 5\r\n\r\n{oops");
    assert_eq!(editor.status(), Some(2));
}

#[test]
fn the_editor_chooses_what_columns_count() {
    let mut editor = Editor::open(&[]);
    let capabilities = editor.request("shutdown", Value::Null);
    assert_eq!(capabilities, Value::Null);
    for (offered, chosen) in [(json!(["utf-16"]), "utf-16"), (json!(["utf-8", "utf-16"]), "utf-8")] {
        let folder = tempfile::tempdir().unwrap();
        let mut editor = Editor::start(folder.path(), &[]);
        let answer = editor.request("initialize", json!({"capabilities": {"general": {"positionEncodings": offered}}}));
        assert_eq!(answer["capabilities"]["positionEncoding"], chosen);
        assert_eq!(answer["serverInfo"]["name"], "campanile");
    }
}

#[test]
fn a_question_that_was_taken_back_is_not_answered() {
    let mut editor = Editor::open(&[]);
    // Both arrive at once, so that the second is known before the first is answered.
    let ask = json!({"jsonrpc": "2.0", "id": "x", "method": "textDocument/hover", "params": {
        "textDocument": {"uri": editor.uri("a.yaml")}, "position": {"line": 0, "character": 0}}});
    let cancel = json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "x"}});
    let framed = |message: &Value| {
        let body = message.to_string();
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let edit = json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
        "uri": editor.uri("a.yaml"), "languageId": "yaml", "version": 1, "text": "lists: [A]\n"}}});
    editor.send_raw(&format!("{}{}{}", framed(&edit), framed(&ask), framed(&cancel)));
    let answer = loop {
        let message = editor.hear();
        if message["id"] == "x" {
            break message;
        }
    };
    assert_eq!(answer["error"]["code"], -32800);
    editor.close();
}
