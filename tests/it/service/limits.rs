//! Callers that are slow, many, too fast or guessing: they are turned away, and others are served meanwhile.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Answer, Serving, answer, folder};

const READ: &str = "read-0123456789abcdef";
const EVENT: &str = "event-0123456789abcdef";
const ADMIN: &str = "admin-0123456789abcdef";

fn connect(serving: &Serving) -> TcpStream {
    let stream = TcpStream::connect(serving.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends a byte now and then until the other side ends it: what was answered, and how long it went on.
fn drip(mut stream: TcpStream, begin: &str) -> (String, Duration) {
    let start = Instant::now();
    stream.write_all(begin.as_bytes()).unwrap();
    let mut reader = stream.try_clone().unwrap();
    let answered = std::thread::spawn(move || {
        let mut text = String::new();
        // A connection that is cut off ends the answer too.
        let _ = reader.read_to_string(&mut text);
        text
    });
    while !answered.is_finished() {
        assert!(start.elapsed() < Duration::from_secs(15), "it goes on for ever");
        let _ = stream.write_all(b"x");
        std::thread::sleep(Duration::from_millis(100));
    }
    (answered.join().unwrap(), start.elapsed())
}

fn turned_away(metrics: &Answer, why: &str) -> u64 {
    let begin = format!("campanile_turned_away_total{{why=\"{why}\"}} ");
    metrics.text.lines().find_map(|line| line.strip_prefix(&begin)?.parse().ok()).unwrap_or(0)
}

#[test]
fn who_sends_a_byte_now_and_then_is_cut_off_and_others_are_served() {
    let folder = folder();
    let serving = Serving::start_with(folder.path(), &["--clock", "events", "--request-timeout", "1"]);
    let body = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{";
    std::thread::scope(|scope| {
        let head = scope.spawn(|| drip(connect(&serving), "GET /healthz HTTP/1.1\r\nX: "));
        let body = scope.spawn(|| drip(connect(&serving), body));
        let nothing = scope.spawn(|| {
            let mut text = String::new();
            connect(&serving).read_to_string(&mut text).unwrap();
            text
        });
        let mut served = 0;
        while !(head.is_finished() && body.is_finished()) {
            assert_eq!(serving.get("/v1/people").status, 200);
            served += 1;
        }
        assert!(served > 10, "{served}");
        let (text, after) = head.join().unwrap();
        assert!(text.is_empty() && after > Duration::from_millis(900), "{text} {after:?}");
        let (text, after) = body.join().unwrap();
        assert!(text.starts_with("HTTP/1.1 408 ") && text.contains("\"code\":\"too_slow\""), "{text}");
        assert!(after > Duration::from_millis(900), "{after:?}");
        assert_eq!(nothing.join().unwrap(), "");
    });
    let metrics = serving.get("/metrics");
    assert!(turned_away(&metrics, "silent") >= 2 && turned_away(&metrics, "slow") == 1, "{}", metrics.text);
    // Whoever is there in time may take as long over it as that.
    let mut stream = connect(&serving);
    let record = r#"{"type":"sfdc.synced","person":"ada","at":"2026-03-05T09:00:00Z"}"#;
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        record.len()
    );
    for part in [head.as_bytes(), &record.as_bytes()[..20], &record.as_bytes()[20..]] {
        stream.write_all(part).unwrap();
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 202 "), "{text}");
}

#[test]
fn more_connections_than_there_may_be_are_cut_off() {
    let folder = folder();
    let serving = Serving::start_with(folder.path(), &["--clock", "events", "--max-connections", "3"]);
    // Each is taken up when it is answered.
    let ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut open: Vec<TcpStream> = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(&serving);
        stream.write_all(ask).unwrap();
        assert!(stream.read(&mut [0; 1000]).unwrap() > 0);
        open.push(stream);
    }
    let mut one_more = connect(&serving);
    let _ = one_more.write_all(ask);
    assert!(matches!(one_more.read(&mut [0; 1000]), Ok(0) | Err(_)), "it is cut off");
    open.pop();
    let end = Instant::now() + Duration::from_secs(10);
    let answered = || {
        let mut stream = connect(&serving);
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        (!text.is_empty()).then_some(text)
    };
    let metrics = loop {
        assert!(Instant::now() < end, "there is no place again");
        if let Some(text) = answered() {
            break text;
        }
    };
    assert!(metrics.contains("campanile_connections 3\n"), "{metrics}");
    assert!(metrics.contains("campanile_turned_away_total{why=\"full\"} "), "{metrics}");
}

fn with_tokens(arguments: &[&str]) -> (tempfile::TempDir, Serving) {
    let folder = folder();
    let path = folder.path().join("tokens");
    std::fs::write(&path, format!("read {READ}\nevent {EVENT}\nadmin {ADMIN}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut all = vec!["--clock", "events", "--tokens", "tokens"];
    all.extend(arguments);
    let serving = Serving::start_with(folder.path(), &all);
    (folder, serving)
}

fn people(serving: &Serving, token: &str) -> Answer {
    let request = serving.agent.get(format!("{}/v1/people", serving.url));
    answer(request.header("authorization", format!("Bearer {token}")).call().unwrap())
}

#[test]
fn a_token_that_asks_too_often_is_told_when_to_come_again() {
    let (_folder, serving) = with_tokens(&["--max-requests", "4"]);
    let answers: Vec<Answer> = (0..40).map(|_| people(&serving, READ)).collect();
    let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(refused.len() > 10 && answers.iter().filter(|answer| answer.status == 200).count() >= 4, "{answers:?}");
    assert_eq!(
        (refused[0].json()["code"].clone(), refused[0].header("retry-after")),
        (json!("too_many_requests"), "1")
    );
    assert_eq!(people(&serving, ADMIN).status, 200, "another token");
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(people(&serving, READ).status, 200, "it came again");
    let metrics = serving.agent.get(format!("{}/metrics", serving.url));
    let metrics = answer(metrics.header("authorization", format!("Bearer {ADMIN}")).call().unwrap());
    assert_eq!(turned_away(&metrics, "rate"), refused.len() as u64);
}

#[test]
fn tokens_cannot_be_tried_out() {
    let (_folder, serving) = with_tokens(&[]);
    assert_eq!(people(&serving, READ).status, 200);
    let statuses: Vec<u16> =
        (0..20).map(|number| people(&serving, &format!("guess-{number:016}"))).map(|answer| answer.status).collect();
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429; 10]);
    // A right one is not told from a wrong one, unless it came from there before.
    let refused = people(&serving, ADMIN);
    assert_eq!((refused.status, refused.json()["code"].clone()), (429, json!("too_many_wrong_tokens")));
    let again: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=6).contains(&again), "{again}");
    assert_eq!(people(&serving, READ).status, 200);
    // Who gives none at all guesses nothing.
    assert_eq!(serving.get("/v1/people").status, 401);
    assert_eq!(serving.get("/healthz").status, 200);
    std::thread::sleep(Duration::from_secs(again));
    assert_eq!(people(&serving, ADMIN).status, 200, "after the wait");
}

#[test]
fn an_event_of_the_year_9999_does_not_hold_the_desk() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    let at = |at: &str| format!("{{\"type\":\"sfdc.synced\",\"person\":\"ada\",\"at\":\"{at}\"}}");
    // There is no time yet: the first event says what it is.
    assert_eq!(serving.tell(&at("2026-03-05T09:00:00Z")).status, 202);
    let refused = serving.tell(&format!("{}\n{}", at("2026-03-06T09:00:00Z"), at("9999-01-01T00:00:00Z")));
    assert_eq!((refused.status, refused.json()["line"].clone()), (400, json!(2)));
    let title = "`at` lets more than 10 years pass in one request: it is 2026-03-05T09:00:00Z now";
    assert_eq!(refused.json()["title"], title);
    assert!(refused.json()["help"][0].as_str().unwrap().contains("`clock` records"), "{refused:?}");
    let status = serving.get("/v1/status").json();
    assert_eq!(status["now"], "2026-03-05T09:00:00Z", "none of it was taken");
    let clock = serving.tell("{\"type\":\"clock\",\"at\":\"2037-03-05T09:00:00Z\"}");
    assert_eq!(clock.status, 400);
    for year in [2036, 2046] {
        assert_eq!(serving.tell(&format!("{{\"type\":\"clock\",\"at\":\"{year}-03-04T09:00:00Z\"}}")).status, 202);
    }
    // Nor does a first request begin at one end of time and end at the other.
    let other = self::folder();
    let serving = Serving::start(other.path());
    let both = format!("{}\n{}", at("1990-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
    assert_eq!(serving.tell(&both).status, 400);
    assert_eq!(serving.tell(&at("9999-01-01T00:00:00Z")).status, 400);
    assert_eq!(serving.get("/v1/people").status, 200, "which starts the clock");
    assert_eq!(serving.tell(&at("9999-01-01T00:00:00Z")).status, 400);
    assert_eq!(serving.tell(&at("1990-01-01T00:00:00Z")).status, 202);
    assert_eq!(serving.tell(&at("2026-01-01T00:00:00Z")).status, 400);
}
