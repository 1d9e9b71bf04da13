//! Webhooks: signed, in order, tried again, put aside, and never lost.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Serving, command};

/// A call that a receiver got.
#[derive(Debug, Clone)]
struct Call {
    path: String,
    headers: BTreeMap<String, String>,
    body: Value,
    text: String,
}

/// A receiver of calls that answers as it is told; with 200 when it is told nothing more.
struct Receiver {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let receiver = Self { url, calls: Arc::default(), answers: Arc::default() };
        let (calls, answers) = (Arc::clone(&receiver.calls), Arc::clone(&receiver.answers));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    continue;
                }
                let path = line.split(' ').nth(1).unwrap().to_owned();
                let mut headers = BTreeMap::new();
                loop {
                    line.clear();
                    reader.read_line(&mut line).unwrap();
                    let Some((name, value)) = line.trim().split_once(": ") else { break };
                    headers.insert(name.to_ascii_lowercase(), value.to_owned());
                }
                let mut body = vec![0; headers["content-length"].parse().unwrap()];
                reader.read_exact(&mut body).unwrap();
                let text = String::from_utf8(body).unwrap();
                let body = serde_json::from_str(&text).unwrap();
                calls.lock().unwrap().push(Call { path, headers, body, text });
                let mut answers = answers.lock().unwrap();
                let status = if answers.is_empty() { 200 } else { answers.remove(0) };
                let _ = write!(stream, "HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        });
        receiver
    }

    fn answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    /// Waits until there are so many calls.
    fn calls(&self, number: usize) -> Vec<Call> {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let calls = self.calls.lock().unwrap().clone();
            if calls.len() >= number {
                assert_eq!(calls.len(), number, "{calls:?}");
                return calls;
            }
            assert!(Instant::now() < end, "{} calls, not {number}", calls.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn rules(receiver: &Receiver, more: &str) -> String {
    format!(
        "webhooks:\n  crm: {{url: \"{}/crm\"}}\n{more}smart_campaigns:\n  tell:\n    triggers: [Score changes]\n    \
         qualify: every time\n    flow: ['call webhook \"crm\"']\n",
        receiver.url
    )
}

fn event(number: usize) -> String {
    format!(
        r#"{{"type":"person","person":"ada","id":"e{number}","at":"2026-03-05T09:00:00Z","fields":{{"Score":{number}}}}}"#
    )
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn calls_go_out_once_signed_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start();
    std::fs::write(folder.path().join("rules.yaml"), rules(&receiver, "")).unwrap();
    let start = || {
        let mut command = command(folder.path(), &["--clock", "events"]);
        command.env("CAMPANILE_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        Serving::of(command)
    };
    let serving = start();
    // The first value of a new person is no change.
    for number in 0..4 {
        serving.tell(&event(number));
    }
    let calls = receiver.calls(3);
    let seqs: Vec<u64> = calls.iter().map(|call| call.body["seq"].as_u64().unwrap()).collect();
    assert!(seqs.is_sorted() && calls.iter().all(|call| call.path == "/crm"), "{calls:?}");
    let first = &calls[0];
    assert_eq!((&first.body["person"], &first.body["action"]), (&json!("ada"), &json!("call webhook \"crm\"")));
    assert_eq!(first.headers["idempotency-key"], first.body["key"].as_str().unwrap());
    assert_eq!(first.headers["webhook-id"], first.headers["idempotency-key"]);
    let signed = format!("{}.{}.{}", first.headers["webhook-id"], first.headers["webhook-timestamp"], first.text);
    assert_eq!(first.headers["webhook-signature"], signature(&signed));

    // Neither a clean end nor a kill repeats what was taken.
    wait_until("it is noted", || serving.get("/v1/webhooks").json()["webhooks"][0]["carried"] == 8);
    drop(serving.stop("-TERM"));
    let serving = start();
    serving.tell(&event(4));
    receiver.calls(4);
    wait_until("it is noted", || serving.get("/v1/webhooks").json()["webhooks"][0]["carried"] == 11);
    serving.kill();
    let serving = start();
    serving.tell(&event(5));
    let calls = receiver.calls(5);
    let mut keys: Vec<&str> = calls.iter().map(|call| call.headers["idempotency-key"].as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 5);

    // A webhook that is declared later is not told what was before.
    let other = rules(&receiver, &format!("  other: {{url: \"{}/other\"}}\n", receiver.url))
        .replace("flow: ['call webhook \"crm\"']", "flow: ['call webhook \"other\"']");
    std::fs::write(folder.path().join("rules.yaml"), other).unwrap();
    assert_eq!(serving.post("/v1/rules/reload", "application/json", "").status, 200);
    serving.tell(&event(6));
    assert_eq!(receiver.calls(6)[5].path, "/other");
    let (_, said) = serving.stop("-TERM");
    assert!(!said.contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "{said}");
}

/// By another program than the one that is tested.
fn signature(signed: &str) -> String {
    let program = "import base64, hmac, sys; print('v1,' + base64.b64encode(hmac.new(base64.b64decode('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), sys.argv[1].encode(), 'sha256').digest()).decode())";
    let output = std::process::Command::new("python3").args(["-c", program, signed]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn what_is_not_taken_is_tried_again_and_then_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start();
    std::fs::write(
        folder.path().join("rules.yaml"),
        rules(&receiver, "  mail: {url: \"http://hooks.example.com/\"}\n"),
    )
    .unwrap();
    let serving = Serving::start(folder.path());
    serving.tell(&event(0));
    // Two troubles that pass, then one that does not.
    receiver.answer(&[503, 429, 200, 400]);
    serving.tell(&event(1));
    let calls = receiver.calls(3);
    assert!(
        calls.iter().all(|call| call.headers["idempotency-key"] == calls[0].headers["idempotency-key"]),
        "{calls:?}"
    );
    assert!(!calls[0].headers.contains_key("webhook-signature"), "without a secret nothing is signed");
    serving.tell(&event(2));
    receiver.calls(4);
    let letters = || serving.get("/v1/webhooks").json()["dead_letters"].clone();
    wait_until("it is put aside", || letters()[0]["reason"] == "status 400");
    assert_eq!(letters()[0]["tries"], 1);

    // Others go on meanwhile, and somebody looks after it.
    serving.tell(&event(3));
    receiver.calls(5);
    assert_eq!(serving.post("/v1/webhooks/retry", "application/json", "").status, 202);
    let calls = receiver.calls(6);
    assert_eq!(calls[5].body["seq"], calls[3].body["seq"]);
    wait_until("it is gone", || letters() == json!([]));

    // Never in the clear; and what is put aside stays over a restart.
    let open = rules(&receiver, "  mail: {url: \"http://hooks.example.com/\"}\n")
        .replace("call webhook \"crm\"", "call webhook \"mail\"");
    std::fs::write(folder.path().join("rules.yaml"), open).unwrap();
    assert_eq!(serving.post("/v1/rules/reload", "application/json", "").status, 200);
    serving.tell(&event(4));
    wait_until("it is put aside", || letters()[0]["reason"] == "it is neither `https` nor on this machine");
    let before = letters();
    let seq = before[0]["seq"].clone();
    wait_until("it is noted", || {
        let webhooks = serving.get("/v1/webhooks").json();
        webhooks["webhooks"].as_array().unwrap().iter().any(|it| it["name"] == "mail" && it["carried"] == seq)
    });
    drop(serving.stop("-TERM"));
    let serving = Serving::start(folder.path());
    assert_eq!(serving.get("/v1/webhooks").json()["dead_letters"], before);
}
