//! `campanile serve` as its callers meet it: the real process, over HTTP.

mod answers;
mod crash;
mod faults;
mod limits;
mod operations;
mod page;
mod safety;
mod schemathesis;
mod soak;
mod sync;
mod webhooks;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Rules of which everything can be asked.
pub(super) const RULES: &str = r#"settings: {time_zone: Europe/Amsterdam}
lists: [Thanked, Hot]
sfdc_campaigns:
  Fair:
    statuses:
      Invited: {default: true}
      Attended: {responded: true}
segments:
  Dutch: Country is "NL"
smart_campaigns:
  thank:
    description: Whoever came is thanked.
    triggers: [status is changed in SFDC campaign "Fair" to "Attended"]
    filter: member of segment "Dutch"
    qualify: every time
    flow:
      - add to list "Thanked"
      - wait 2 days
      - send email "Thank you"
  asked:
    triggers: [campaign is requested]
    qualify: every time
    flow: [change Score by +1]
  digest:
    schedule: every day at 06:00
    filter: Score is at least 50
    max_people: 2
    flow: [add to list "Hot"]
"#;

/// A service that runs as a process of its own, and the folder in which it does.
pub(super) struct Serving {
    child: Child,
    /// What it writes about itself. A pipe that nobody empties would stop it.
    log: tempfile::NamedTempFile,
    pub(super) url: String,
    pub(super) agent: ureq::Agent,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: ureq::http::HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(super) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}

pub(super) fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let text = response.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
    Answer { status: response.status().as_u16(), headers: response.headers().clone(), text }
}

/// A folder with rules.
pub(super) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yaml"), RULES).unwrap();
    folder
}

pub(super) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("campanile"));
    command.args(["serve", "--rules", "rules.yaml", "--state", "state", "--listen", "127.0.0.1:0", "--log", "json"]);
    command.args(arguments).current_dir(folder);
    command
}

impl Serving {
    /// Starts a service whose time moves with events only.
    pub(super) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &["--clock", "events"])
    }

    pub(super) fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        Self::of(command(folder, arguments))
    }

    pub(super) fn of(mut command: Command) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log.reopen().unwrap()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let Ok(Value::Object(line)) = serde_json::from_str(&line) else {
            let _ = child.kill();
            panic!("{line:?}\n{}", std::fs::read_to_string(log.path()).unwrap());
        };
        let url = line["listening"].as_str().unwrap().to_owned();
        Self { child, log, url, agent: agent() }
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        answer(self.agent.get(format!("{}{path}", self.url)).call().unwrap())
    }

    pub(super) fn post(&self, path: &str, kind: &str, body: &str) -> Answer {
        answer(self.agent.post(format!("{}{path}", self.url)).content_type(kind).send(body).unwrap())
    }

    /// Sends events, one a line.
    pub(super) fn tell(&self, lines: &str) -> Answer {
        self.post("/v1/events", "application/x-ndjson", lines)
    }

    /// All action records, without their numbers, as `run` would have written them.
    pub(super) fn actions(&self) -> String {
        let (mut text, mut after) = (String::new(), 0);
        loop {
            let page = self.get(&format!("/v1/actions?after={after}&limit=10000"));
            assert_eq!((page.status, page.header("content-type")), (200, "application/x-ndjson"));
            if page.text.is_empty() {
                return text;
            }
            for line in page.text.lines() {
                after += 1;
                let rest =
                    line.strip_prefix(&format!("{{\"seq\":{after},")).unwrap_or_else(|| panic!("{after}: {line}"));
                text.push('{');
                text.push_str(rest);
                text.push('\n');
            }
        }
    }

    /// Asks it to end, as the system does; its status, and what it wrote about itself.
    pub(super) fn stop(mut self, signal: &str) -> (ExitStatus, String) {
        let asked = Instant::now();
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(20), "it took {:?} to end", asked.elapsed());
        (status, std::fs::read_to_string(self.log.path()).unwrap())
    }

    /// Waits until it has ended by itself.
    pub(super) fn wait(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, std::fs::read_to_string(self.log.path()).unwrap())
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended already where a test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
