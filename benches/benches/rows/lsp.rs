//! Row 9: one edit in a workspace of 1,000 files, warm.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use campanile::diagnostics::FileId;
use campanile::editor::{self, Book, File};
use campanile_benches::book::{self, Shape};
use campanile_benches::harness::{Options, Table, grouped, shown, take_turns, time, time_by_clock};
use campanile_benches::peers::Scratch;
use serde_json::{Value, json};

/// So many edits make one turn.
const EDITS: usize = 20;

pub(crate) fn measure(options: &Options) {
    let shape = options.size(Shape::VALIDATE, Shape { programs: 20, campaigns: 60, ..Shape::VALIDATE });
    let files = book::write(&shape, 6);
    let scratch = Scratch::new();
    files.iter().for_each(|(path, text)| drop(scratch.write(path, text)));

    let file = |(path, text): &(String, String)| File { path: path.clone(), text: text.clone(), unreadable: None };
    let (start, mut book) = time_by_clock(|| Book::new(files.iter().map(file).collect(), 2));
    // A filter of some campaign, in the middle of the workspace.
    let filter = "filter: ";
    let edited = (files.len() / 2..files.len()).find(|at| book.text(id(*at)).contains(filter)).expect("a filter");
    let edited = id(edited);
    let text = book.text(edited).to_owned();
    let place = text.find(filter).expect("a filter") + filter.len();
    let wrong = format!("{}not {}", &text[..place], &text[place..]);
    let name = text.find("smart_campaigns:\n  ").expect("a campaign") + "smart_campaigns:\n  ".len();
    if options.profile {
        for _ in 0..100 {
            edit(&mut book, edited, &wrong, &text, place);
        }
        return;
    }

    let mut other = book.clone();
    let mut asked = book.clone();
    let mut editing = || edit(&mut book, edited, &wrong, &text, place) / (2 * EDITS) as u32;
    let mut completing = || per(EDITS, || drop(black_box(editor::complete(&asked, edited, place))));
    let looked = asked.clone();
    let mut referring = || per(EDITS, || drop(black_box(editor::references(&looked, edited, name))));
    let mut renaming = || per(1, || drop(black_box(editor::rename(&mut other, edited, name, "another name"))));
    let binary = binary();
    let mut process = binary.as_deref().map(|binary| Server::start(binary, scratch.path(), &files, edited));
    let mut typing = || match &mut process {
        Some(server) => server.edits(&wrong, &text) / (2 * EDITS) as u32,
        None => Duration::ZERO,
    };
    let samples = take_turns(
        options.turns.max(options.size(9, 1)),
        &mut [&mut editing, &mut completing, &mut referring, &mut renaming, &mut typing],
    );
    asked.findings();

    let title = format!(
        "lsp: {} files, {} findings, {} to read them at the start",
        grouped(files.len() as u64),
        grouped(asked.findings().len() as u64),
        shown(start),
    );
    let mut table = Table::new(title, &["work", "median", "slowest/fastest", "must reach"]);
    let rows = [
        ("an edit to all findings", "50 ms"),
        ("completions", "50 ms"),
        ("references", ""),
        ("a rename, checked", ""),
        ("an edit through `campanile lsp` to its diagnostics, by the clock", "50 ms"),
    ];
    for ((name, goal), samples) in rows.into_iter().zip(&samples) {
        let median =
            if name.contains("clock") && binary.is_none() { "not built".to_owned() } else { shown(samples.median()) };
        table.row([name.to_owned(), median, samples.spread(), goal.to_owned()]);
    }
    if binary.is_none() {
        table.note("The program was not found: `cargo build --release` makes it.");
    }
    table.print(options);
}

fn id(at: usize) -> FileId {
    FileId(u32::try_from(at).expect("few files"))
}

fn per(many: usize, mut work: impl FnMut()) -> Duration {
    time(|| (0..many).for_each(|_| work())).0 / many as u32
}

/// Edits there and back, each with all findings afterwards.
fn edit(book: &mut Book, file: FileId, wrong: &str, right: &str, place: usize) -> Duration {
    let (mut one, mut other) = (0, 0);
    let work = || {
        for _ in 0..EDITS {
            book.set(file, wrong.to_owned(), place..place + 4);
            one = black_box(book.findings().len());
            book.set(file, right.to_owned(), place..place);
            other = black_box(book.findings().len());
        }
    };
    let (took, ()) = time(work);
    assert!(one > 0 && other > 0, "the generated rules have warnings");
    took
}

/// `campanile`, built with `cargo build --release`, lies beside the folder of this program.
fn binary() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let binary = here.parent()?.parent()?.join("campanile");
    binary.is_file().then_some(binary)
}

/// The real server and a client that types.
struct Server {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    uri: String,
    version: i64,
}

impl Server {
    fn start(binary: &Path, folder: &Path, files: &[(String, String)], edited: FileId) -> Self {
        let mut process = Command::new(binary)
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let input = process.stdin.take().expect("an input");
        let output = BufReader::new(process.stdout.take().expect("an output"));
        let mut sorted: Vec<&(String, String)> = files.iter().collect();
        sorted.sort();
        let (path, text) = sorted.get(edited.0 as usize).expect("a file");
        let root = format!("file://{}", folder.display());
        let mut server = Self { process, input, output, uri: format!("{root}/{path}"), version: 0 };
        let folders = json!([{"uri": root, "name": "rules"}]);
        let params = json!({"processId": null, "capabilities": {}, "workspaceFolders": folders});
        server.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}));
        while server.hear()["id"] != 1 {}
        server.send(&json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
        let document = json!({"uri": server.uri, "languageId": "yaml", "version": 0, "text": text});
        let params = json!({"textDocument": document});
        server.send(&json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": params}));
        server.until_version();
        server
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("the server listens");
        self.input.flush().expect("the server listens");
    }

    fn hear(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).expect("the server speaks");
            match line.trim().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().expect("a number"),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("the server speaks");
        serde_json::from_slice(&body).expect("a message")
    }

    /// Waits until the diagnostics are those of the last version.
    fn until_version(&mut self) {
        loop {
            let message = self.hear();
            let params = &message["params"];
            if params["uri"] == self.uri.as_str() && params["version"] == self.version {
                return;
            }
        }
    }

    fn edits(&mut self, wrong: &str, right: &str) -> Duration {
        let work = || {
            for text in [wrong, right].into_iter().cycle().take(2 * EDITS) {
                self.version += 1;
                let document = json!({"uri": self.uri, "version": self.version});
                let params = json!({"textDocument": document, "contentChanges": [{"text": text}]});
                self.send(&json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}));
                self.until_version();
            }
        };
        time_by_clock(work).0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
