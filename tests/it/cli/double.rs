//! `campanile double`: one line, answers, and a clean end.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Folder;

/// A double that runs as a program of its own.
pub(crate) struct Running {
    child: Child,
    line: Value,
}

impl Running {
    /// Starts `campanile double` with these arguments and reads its line.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("campanile"))
            .arg("double")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let line = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, line }
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.line[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.line))
    }

    pub(crate) fn credentials(&self) -> String {
        self.line["credentials"].to_string()
    }

    fn address(&self) -> SocketAddr {
        self.text("base_url").strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// What is answered to a request without body: everything, as it stands on the wire.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: double\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        // A connection that breaks ends the answer too.
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    /// What somebody does in the product: the answer as JSON.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: double\r\nConnection: close\r\nContent-Length: {}", body.len());
        write!(stream, "{head}\r\nContent-Type: application/json\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
        if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() }
    }

    /// Sends a signal and waits for the end: the status, and how long it took.
    fn stop(mut self, signal: &str) -> (Option<i32>, Duration) {
        let asked = Instant::now();
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        (status.code(), asked.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already where a test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_cannot_be_started() {
    let folder = Folder::new()
        .file("typo.yaml", "leeds: []\n")
        .file("field.yaml", "leads: [{LastName: X, Company: Y, Emial: z}]\n")
        .file("channel.yaml", "programs: [{name: P, channel: Webinar}]\n");
    insta::assert_snapshot!(
        folder.run("double hubspot")
            + &folder.run("double salesforce --listen nowhere")
            + &folder.run("double salesforce --listen 192.0.2.1:0")
            + &folder.run("double salesforce --data typo.yaml")
            + &folder.run("double salesforce --data field.yaml")
            + &folder.run("double marketo --data channel.yaml")
            + &folder.run("double marketo --data missing.yaml")
            + &folder.run("double marketo --faults seven")
    );
}

#[test]
fn a_data_file_may_say_nothing() {
    let folder = Folder::new().file("empty.yaml", "").file("comment.yaml", "# nothing yet\n");
    for (remote, file) in [("salesforce", "empty.yaml"), ("marketo", "comment.yaml")] {
        let path = folder.path().join(file);
        let running = Running::start(&[remote, "--data", path.to_str().unwrap()]);
        assert!(running.get("/double").starts_with("HTTP/1.1 200"), "{remote}");
    }
}

#[test]
fn it_answers_and_ends_cleanly() {
    for (signal, remote, path) in [("-INT", "salesforce", "/services/data"), ("-TERM", "marketo", "/double")] {
        let running = Running::start(&[remote]);
        assert_eq!(running.text("remote"), remote);
        let answer = running.get(path);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        // Somebody who is connected and says nothing holds nobody up.
        let idle = TcpStream::connect(running.address()).unwrap();
        let (status, took) = running.stop(signal);
        assert_eq!(status, Some(0), "{remote} after {signal}");
        assert!(took < Duration::from_secs(5), "{took:?}");
        drop(idle);
    }
}

#[test]
fn faults_reach_the_wire() {
    let running = Running::start(&["salesforce"]);
    let order = r#"{"kind": "cut_before", "path": "/services/data"}"#;
    let mut stream = TcpStream::connect(running.address()).unwrap();
    write!(
        stream,
        "POST /double/faults HTTP/1.1\r\nHost: double\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{order}",
        order.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(running.get("/services/data"), "", "the connection breaks before a word is said");
    assert!(running.get("/services/data").starts_with("HTTP/1.1 200"));
}
