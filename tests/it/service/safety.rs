//! Who may do what, and what nobody may.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::json;

use super::{Serving, answer, command, folder};

const READ: &str = "read-0123456789abcdef";
const EVENT: &str = "event-0123456789abcdef";
const ADMIN: &str = "admin-0123456789abcdef";
const EVENT_RECORD: &str = r#"{"type":"sfdc.synced","person":"ada","at":"2026-03-05T09:00:00Z"}"#;

fn write_tokens(folder: &std::path::Path, mode: u32) {
    let path = folder.join("tokens");
    std::fs::write(&path, format!("read {READ}\nevent {EVENT}\nadmin {ADMIN}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn tokens_have_roles() {
    let folder = folder();
    write_tokens(folder.path(), 0o600);
    let serving = Serving::start_with(folder.path(), &["--clock", "events", "--tokens", "tokens"]);
    let get = |path: &str, token: &str| {
        let request = serving.agent.get(format!("{}{path}", serving.url)).header("authorization", token);
        answer(request.call().unwrap())
    };
    let post = |path: &str, token: &str, body: &str| {
        let request = serving.agent.post(format!("{}{path}", serving.url)).header("authorization", token);
        answer(request.content_type("application/json").send(body).unwrap())
    };
    for path in ["/healthz", "/readyz"] {
        assert_eq!(serving.get(path).status, 200);
    }
    for path in ["/v1/people", "/v1/actions", "/metrics", "/openapi.json", "/", "/page.js", "/v1/nothing"] {
        let refused = serving.get(path);
        assert_eq!((refused.status, refused.json()["code"].clone()), (401, json!("unauthorized")), "{path}");
        assert!(refused.header("www-authenticate").starts_with("Basic "), "{path}");
    }
    let bearer = |token: &str| format!("Bearer {token}");
    assert_eq!(get("/v1/people", &bearer(READ)).status, 200);
    assert_eq!(get("/v1/people", &bearer(ADMIN)).status, 200);
    assert_eq!(get("/v1/people", &bearer(EVENT)).status, 403);
    assert_eq!(get("/v1/people", &bearer("read-0123456789abcdeF")).status, 401);
    assert_eq!(get("/v1/people", "Basic OnJlYWQtMDEyMzQ1Njc4OWFiY2RlZg==").status, 200, "the password of HTTP Basic");
    assert_eq!(get("/v1/people", "Basic !!").status, 401);
    assert_eq!(post("/v1/events", &bearer(READ), EVENT_RECORD).status, 403);
    assert_eq!(post("/v1/events", &bearer(EVENT), EVENT_RECORD).status, 202);
    assert_eq!(post("/v1/campaigns/asked/requests", &bearer(EVENT), "{\"person\":\"ada\"}").status, 202);
    assert_eq!(post("/v1/campaigns/digest/run", &bearer(EVENT), "").status, 403);
    assert_eq!(post("/v1/rules/reload", &bearer(ADMIN), "").status, 200);
    assert!(serving.get("/readyz").text.contains("ready"));
    let (_, said) = serving.stop("-TERM");
    for token in [READ, EVENT, ADMIN] {
        assert!(!said.contains(token), "a token stands in the log: {said}");
    }
}

#[test]
fn what_others_can_reach_is_closed() {
    let folder = folder();
    let refused = |arguments: &[&str]| {
        let output = command(folder.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let others = |rest: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("campanile"));
        command.args(["serve", "--rules", "rules.yaml", "--state", "state", "--listen", "0.0.0.0:0"]).args(rest);
        String::from_utf8(command.current_dir(folder.path()).output().unwrap().stderr).unwrap()
    };
    assert!(others(&[]).contains("can be reached by others: it needs tokens"), "{}", others(&[]));
    write_tokens(folder.path(), 0o600);
    assert!(others(&["--tokens", "tokens"]).contains("it needs TLS"));
    write_tokens(folder.path(), 0o644);
    let said = refused(&["--tokens", "tokens"]);
    assert!(said.contains("`tokens` can be read by others") && said.contains("chmod 600 tokens"), "{said}");
    std::fs::write(folder.path().join("none"), "# nobody\n").unwrap();
    std::fs::set_permissions(folder.path().join("none"), std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(refused(&["--tokens", "none"]).contains("there is no token"));
    assert!(refused(&["--tokens", "missing"]).contains("`missing` cannot be read"));
    assert!(refused(&["--tls-cert", "rules.yaml", "--tls-key", "rules.yaml"]).contains("`rules.yaml` cannot be used"));
}

#[test]
fn tls_is_spoken_where_it_is_asked_for() {
    let folder = folder();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let mut serving =
        Serving::start_with(folder.path(), &["--clock", "events", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    let port = serving.url.strip_prefix("https://127.0.0.1:").unwrap().to_owned();
    serving.url = format!("https://localhost:{port}");
    let trusted = ureq::tls::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::new_with_certs(&[trusted])).build();
    serving.agent = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build().into();
    assert_eq!(serving.tell(EVENT_RECORD).status, 202);
    assert_eq!(serving.get("/v1/people").json()["count"], 1);
    assert!(super::agent().get(format!("{}/v1/people", serving.url)).call().is_err(), "a stranger's certificate");
}

#[test]
fn pages_of_other_sites_cannot_use_a_browser() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    let own = serving.url.strip_prefix("http://").unwrap();
    // A name of their own that leads here.
    let raw = |request: String| {
        let mut stream = std::net::TcpStream::connect(own).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    let text = raw("GET /v1/people HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_owned());
    assert!(text.starts_with("HTTP/1.1 421 "), "{text}");
    let post = |origin: &str| {
        raw(format!(
            "POST /v1/events HTTP/1.1\r\nHost: {own}\r\nOrigin: {origin}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{EVENT_RECORD}",
            EVENT_RECORD.len()
        ))
    };
    assert!(post("https://evil.example").starts_with("HTTP/1.1 403 "));
    assert!(post("null").starts_with("HTTP/1.1 403 "));
    assert!(post(&serving.url).starts_with("HTTP/1.1 202 "));
    let page = serving.get("/");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
    assert_eq!((page.header("x-content-type-options"), page.header("cache-control")), ("nosniff", "no-store"));
    assert!(!page.text.contains("<script>") && !page.text.contains("style="), "nothing stands in the page itself");
}

#[test]
fn more_than_can_be_done_is_sent_away() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    // Bodies of 16 MiB each: four fit into what may wait, so of many at once some are sent away and the rest is taken.
    let line = format!("{{\"type\":\"list.added\",\"person\":\"p\",\"list\":\"{}\"}}\n", "x".repeat(900));
    let body = line.repeat(16 * 1024 * 1024 / line.len());
    let statuses: Vec<(u16, String)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12)
            .map(|_| {
                scope.spawn(|| {
                    let answer = serving.tell(&body);
                    (answer.status, answer.header("retry-after").to_owned())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.iter().any(|(status, _)| *status == 202), "{statuses:?}");
    assert!(statuses.contains(&(429, "1".to_owned())), "{statuses:?}");
    assert!(statuses.iter().all(|(status, _)| matches!(status, 202 | 429)), "{statuses:?}");
    assert_eq!(serving.tell(EVENT_RECORD).status, 202, "afterwards there is room again");
}

#[test]
fn a_state_that_cannot_be_used_is_told() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    std::fs::write(folder.path().join("state/holiday.jpg"), "x").unwrap();
    let output = command(folder.path(), &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("is no state directory: it holds other files"), "{said}");
    assert!(output.stdout.is_empty());
    let output = Command::new(assert_cmd::cargo::cargo_bin("campanile"))
        .args(["serve", "--rules", "missing.yaml", "--state", "other"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!folder.path().join("other").exists());
}
