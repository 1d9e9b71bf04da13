//! The command line as its users meet it: what is printed, where, and with which status.
//!
//! Each test lays out a folder, runs commands in it and keeps everything that they print as a snapshot. Renew them with
//! `cargo insta review`, or with `INSTA_UPDATE=always cargo test`, and read the difference.

pub(crate) mod double;
mod fmt;
mod other;
mod pull;
mod run;
mod select;
mod state;
mod sync;
mod test;
mod tokens;
mod validate;
mod why;

use std::fmt::Write as _;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// Rules without a mistake, for commands that need some.
const RULES: &str = r#"settings: {time_zone: Europe/Amsterdam}
lists: [Thanked]
sfdc_campaigns:
  Fair:
    statuses:
      Invited: {default: true}
      Attended: {responded: true}
segments:
  Dutch: Country is "NL"
smart_campaigns:
  thank:
    triggers: [status is changed in SFDC campaign "Fair" to "Attended"]
    filter: member of segment "Dutch"
    flow:
      - add to list "Thanked"
      - wait 2 days
      - send email "Thank you"
"#;

/// A folder in which commands run.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with [`RULES`] in `rules/fair.yaml`.
    fn with_rules() -> Self {
        Self::new().file("rules/fair.yaml", RULES)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs a command given as a shell would take it; see [`campanile`].
    fn run(&self, command: &str) -> String {
        campanile(self.path(), command, "")
    }

    fn run_with_input(&self, command: &str, input: &str) -> String {
        campanile(self.path(), command, input)
    }
}

/// Runs `campanile` in a folder and shows everything: the command, the status, both outputs.
fn campanile(folder: &Path, command: &str, input: &str) -> String {
    let output = Command::cargo_bin("campanile")
        .unwrap()
        .args(words(command))
        .current_dir(folder)
        .env_remove("CLICOLOR_FORCE")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .write_stdin(input)
        .output()
        .unwrap();
    let mut shown = format!("$ campanile {command}\nstatus {}\n", output.status.code().unwrap());
    for (name, bytes) in [("stdout", output.stdout), ("stderr", output.stderr)] {
        let text = String::from_utf8(bytes).unwrap();
        if !text.is_empty() {
            let end = if text.ends_with('\n') { "" } else { "\n(no line break)\n" };
            writeln!(shown, "--- {name}\n{text}{end}").unwrap();
        }
    }
    shown
}

/// Words parted by blanks; single quotes keep blanks inside a word.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for sign in command.chars() {
        match sign {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(sign),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
