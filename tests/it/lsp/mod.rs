//! The language server as editors meet it: the real process, spoken to over its input and output.

mod diagnostics;
mod documents;
mod names;
mod protocol;
mod speed;
mod writing;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than this nothing takes, even in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An editor with a folder open.
pub(crate) struct Editor {
    process: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    folder: Option<TempDir>,
    root: String,
    next: i64,
    /// The diagnostics shown now, by address.
    shown: BTreeMap<String, Vec<Value>>,
    /// Other things that were said.
    said: Vec<Value>,
    versions: BTreeMap<String, i64>,
}

/// Reads one message; `None` at the end.
fn message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            header => {
                if let Some(value) = header.strip_prefix("Content-Length: ") {
                    length = value.parse().unwrap();
                }
            }
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).unwrap();
    Some(serde_json::from_slice(&body).unwrap())
}

impl Editor {
    /// Starts the server in a folder with files, and greets it as most editors do.
    pub(crate) fn open(files: &[(&str, &str)]) -> Self {
        Self::with(files, json!({}), |_| {})
    }

    /// The same, with the process and the first request changed.
    pub(crate) fn with(files: &[(&str, &str)], capabilities: Value, change: impl FnOnce(&mut Value)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let root = folder.path().to_owned();
        let mut editor = Self::start(&root, &[]);
        editor.folder = Some(folder);
        let mut params = json!({
            "processId": null,
            "rootUri": null,
            "workspaceFolders": [{"uri": editor.root, "name": "rules"}],
            "capabilities": capabilities,
        });
        change(&mut params);
        editor.request("initialize", params);
        editor.notify("initialized", json!({}));
        editor
    }

    /// Starts the server and says nothing yet.
    pub(crate) fn start(root: &Path, args: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_campanile"))
            .arg("lsp")
            .args(args)
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let (sender, output) = channel();
        std::thread::spawn(move || {
            while let Some(message) = message(&mut out) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self {
            process,
            input,
            output,
            folder: None,
            root: format!("file://{}", root.display()),
            next: 0,
            shown: BTreeMap::new(),
            said: Vec::new(),
            versions: BTreeMap::new(),
        }
    }

    /// The address of a file of the folder.
    pub(crate) fn uri(&self, name: &str) -> String {
        format!("{}/{name}", self.root)
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.root.strip_prefix("file://").unwrap()).join(name)
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_raw(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    }

    pub(crate) fn send_raw(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Asks, without waiting for the answer.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let params = if params.is_null() { json!({}) } else { params };
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    /// Takes in one message.
    fn hear(&mut self) -> Value {
        let message = self.output.recv_timeout(PATIENCE).expect("the server says nothing");
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let found = params["diagnostics"].as_array().unwrap().clone();
            self.shown.insert(params["uri"].as_str().unwrap().to_owned(), found);
            if let (Some(uri), Some(version)) = (params["uri"].as_str(), params["version"].as_i64()) {
                self.versions.insert(uri.to_owned(), version);
            }
        } else if message["method"].is_string() {
            if message["id"].is_null() {
                self.said.push(message.clone());
            } else {
                self.said.push(message.clone());
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}));
            }
        }
        message
    }

    /// The answer to a question, result or error.
    pub(crate) fn response(&mut self, id: i64) -> Value {
        loop {
            let message = self.hear();
            if message["id"] == id && message["method"].is_null() {
                return message;
            }
        }
    }

    /// Asks and waits for the result.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let response = self.response(id);
        assert!(response["error"].is_null(), "{method}: {response}");
        response["result"].clone()
    }

    /// Opens a document with a text, which need not be that of the file.
    pub(crate) fn edit(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        self.open_uri(&uri, text);
    }

    pub(crate) fn open_uri(&mut self, uri: &str, text: &str) {
        self.notify(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}),
        );
        self.until_version(uri, 1);
    }

    /// Changes a document here and there; waits until the diagnostics are those of the new version.
    pub(crate) fn change(&mut self, name: &str, version: i64, changes: Value) {
        let uri = self.uri(name);
        self.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}),
        );
        self.until_version(&uri, version);
    }

    pub(crate) fn until_version(&mut self, uri: &str, version: i64) {
        while self.versions.get(uri) != Some(&version) {
            self.hear();
        }
    }

    /// Waits until some address has so many diagnostics, and gives them.
    pub(crate) fn until(&mut self, name: &str, what: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let uri = self.uri(name);
        loop {
            if let Some(found) = self.shown.get(&uri)
                && what(found)
            {
                return found.clone();
            }
            self.hear();
        }
    }

    /// The diagnostics that are shown of a file: `CODE line:column-line:column first line of the message`, from 0.
    pub(crate) fn shown(&self, name: &str) -> Vec<String> {
        let lines = self.shown.get(&self.uri(name)).into_iter().flatten().map(|diagnostic| {
            let at = |end: &str| {
                let place = &diagnostic["range"][end];
                format!("{}:{}", place["line"], place["character"])
            };
            let message = diagnostic["message"].as_str().unwrap().lines().next().unwrap();
            format!("{} {}-{} {message}", diagnostic["code"].as_str().unwrap(), at("start"), at("end"))
        });
        lines.collect()
    }

    /// Everything that was said but answers and diagnostics.
    pub(crate) fn said(&self) -> &[Value] {
        &self.said
    }

    /// Says nothing more, and waits for the status with which the server ends.
    pub(crate) fn hang_up(mut self) -> Option<i32> {
        self.input = None;
        self.status()
    }

    fn status(&mut self) -> Option<i32> {
        let begin = std::time::Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            assert!(begin.elapsed() < PATIENCE, "the server does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Says goodbye as editors do.
    pub(crate) fn close(mut self) {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.notify("exit", json!({}));
        assert_eq!(self.status(), Some(0));
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A text with `|` where the cursor is: the text without it, and the place as editors count, UTF-16.
pub(crate) fn cursor(text: &str) -> (String, Value) {
    let at = text.find('|').expect("a cursor");
    (format!("{}{}", &text[..at], &text[at + 1..]), position(&text[..at]))
}

/// The place behind a text, as editors count.
pub(crate) fn position(before: &str) -> Value {
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    json!({"line": line, "character": column})
}
