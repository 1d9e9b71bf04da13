//! What is answered.

use std::io::{BufRead as _, BufReader};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::{RULES, Serving, folder};

const ADA: &str = r#"{"type":"person","person":"ada","at":"2026-03-05T09:00:00Z","id":"e1","fields":{"Country":"NL","Score":60}}
{"type":"sfdc_campaign.added","person":"ada","campaign":"Fair","id":"e2"}
{"type":"sfdc_campaign.status_changed","person":"ada","campaign":"Fair","to":"Attended","id":"e3"}
"#;

/// What `run` writes for the same events.
fn run(folder: &std::path::Path, events: &str, arguments: &[&str]) -> String {
    std::fs::write(folder.join("events.jsonl"), events).unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin("campanile"))
        .args(["run", "--rules", "rules.yaml", "--events", "events.jsonl"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn events_come_in_and_actions_go_out_as_run_writes_them() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    let taken = serving.tell(ADA);
    assert_eq!((taken.status, taken.json()), (202, json!({"accepted": 3, "duplicates": 0, "last": 3})));
    // A lost answer: sent again, nothing is doubled.
    let again = serving.tell(ADA);
    assert_eq!(again.json(), json!({"accepted": 0, "duplicates": 3, "last": 3}));
    let clock = "{\n  \"type\": \"clock\",\n  \"at\": \"2026-03-08T00:00:00Z\"\n}";
    let one = serving.post("/v1/events", "application/json; charset=utf-8", clock);
    assert_eq!((one.status, one.json()["accepted"].clone()), (202, json!(1)));
    let expected = run(folder.path(), &format!("{ADA}{ADA}{}\n", clock.replace('\n', "")), &[]);
    assert!(expected.contains("Thank you") && expected.contains("digest"), "{expected}");
    assert_eq!(serving.actions(), expected);

    let page = serving.get("/v1/actions?after=1&limit=1");
    assert!(page.text.starts_with("{\"seq\":2,\"type\":\"action\"") && page.text.lines().count() == 1, "{page:?}");
    let (status, said) = serving.stop("-TERM");
    assert!(status.success(), "{said}");

    // What is kept is there again, with the same numbers.
    let serving = Serving::start(folder.path());
    assert_eq!(serving.actions(), expected);
    assert_eq!(serving.tell(ADA).json()["duplicates"], 3);
    let (status, _) = serving.stop("-INT");
    assert!(status.success());
}

#[test]
fn a_state_of_run_is_taken_up_and_handed_back() {
    let folder = folder();
    let first = run(folder.path(), ADA, &["--state", "state"]);
    let serving = Serving::start(folder.path());
    assert_eq!(serving.actions(), first);
    assert_eq!(serving.tell(r#"{"type":"clock","at":"2026-03-06T00:00:00Z"}"#).status, 202);
    let busy = Command::new(assert_cmd::cargo::cargo_bin("campanile"))
        .args(["run", "--rules", "rules.yaml", "--events", "events.jsonl", "--state", "state"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&busy.stderr).contains("(`campanile serve`, since"), "{busy:?}");
    drop(serving.stop("-TERM"));
    let more = run(
        folder.path(),
        &format!("{ADA}{{\"type\":\"clock\",\"at\":\"2026-03-08T00:00:00Z\"}}\n"),
        &["--state", "state"],
    );
    assert!(more.contains("Thank you"), "{more}");
}

#[test]
fn a_request_is_taken_whole_or_not_at_all() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    for (body, line, column, title) in [
        (
            "{\"type\":\"person\",\"person\":\"a\",\"fields\":{}}\n\n{\"type\":\"persn\",\"person\":\"b\"}",
            3,
            9,
            "persn",
        ),
        (
            "{\"type\":\"person\",\"person\":\"a\",\"fields\":{}}\n{\"type\":\"person\",\"person\":\"é\",\"fields\":{\"Score\":\"x\"}}",
            2,
            49,
            "`x` is not a value of `Score`",
        ),
        ("{\"type\":\"person\",\"fields\":{}}", 1, 1, "person"),
        ("{\"type\":\"clock\"}", 1, 1, "at"),
        ("[1]", 1, 1, "a record must be a JSON object"),
        ("{\"type\":\"person\"", 1, 17, "its end is missing"),
    ] {
        let refused = serving.tell(body);
        let problem = refused.json();
        assert_eq!((refused.status, refused.header("content-type")), (400, "application/problem+json"), "{body}");
        assert_eq!(
            (&problem["code"], &problem["line"], &problem["column"]),
            (&json!("bad_event"), &json!(line), &json!(column)),
            "{body}: {problem}"
        );
        assert!(problem["title"].as_str().unwrap().contains(title), "{problem}");
    }
    assert_eq!(serving.get("/v1/people").json(), json!({"count": 0, "people": []}));
    assert_eq!(serving.tell("").json(), json!({"accepted": 0, "duplicates": 0, "last": 0}));
    let refused = serving.post("/v1/events", "text/csv", "person\nada\n");
    assert_eq!((refused.status, refused.json()["code"].clone()), (415, json!("media_type")));
    let large = "x".repeat(33 * 1024 * 1024);
    let refused = serving.post("/v1/events", "application/x-ndjson", &large);
    assert_eq!((refused.status, refused.json()["code"].clone()), (413, json!("too_large")));
    let refused = serving.get("/v1/nothing");
    assert_eq!((refused.status, refused.json()["code"].clone()), (404, json!("not_found")));
    let refused = serving.get("/v1/rules/reload");
    assert_eq!((refused.status, refused.json()["code"].clone()), (405, json!("method_not_allowed")));
}

#[test]
fn questions_are_answered() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    serving.tell(ADA);
    serving.tell("{\"type\":\"person\",\"person\":\"b/ö %\",\"fields\":{\"Score\":7,\"Country\":\"BE\"}}");
    assert_eq!(serving.get("/v1/people?limit=1").json(), json!({"count": 2, "people": ["ada"]}));
    assert_eq!(serving.get("/v1/people?filter=Score%20%3C%2050").json(), json!({"count": 1, "people": ["b/ö %"]}));
    let wrong = serving.get("/v1/people?filter=Scor%20%3C%2050");
    assert_eq!((wrong.status, wrong.json()["code"].clone()), (400, json!("bad_filter")));
    assert_eq!(wrong.json()["findings"][0]["code"], "E0302");
    assert_eq!(serving.get("/v1/people?limit=0").status, 400);
    assert_eq!(serving.get("/v1/people?limit=x").status, 400);

    let ada = serving.get("/v1/people/ada").json();
    assert_eq!(ada["fields"]["Person Score"], 60);
    assert_eq!(ada["sfdc_campaigns"][0]["status"], "Attended");
    assert_eq!((&ada["lists"], &ada["segments"]), (&json!(["Thanked"]), &json!(["Dutch"])));
    assert_eq!(
        ada["waiting"],
        json!([{"campaign": "thank", "step": "2", "action": "wait 2 days", "until": "2026-03-07T09:00:00Z"}])
    );
    assert_eq!(ada["log"][0], json!({"at": "2026-03-05T09:00:00Z", "what": "list.added", "list": "Thanked"}));
    assert_eq!(serving.get("/v1/people/b%2F%C3%B6%20%25").json()["fields"]["Country"], "BE");
    assert_eq!(serving.get("/v1/people/nobody").status, 404);

    let why = serving.get("/v1/people/b%2F%C3%B6%20%25/why?campaign=thank").json();
    assert_eq!(
        (&why["would_run"], &why["filter"]["holds"], &why["may_qualify"]),
        (&json!(false), &json!(false), &json!(true))
    );
    assert_eq!(
        why["filter"]["parts"][0],
        json!({"text": "Country is \"NL\"", "holds": false, "found": ["Country is BE"]})
    );
    assert_eq!(serving.get("/v1/people/ada/why?campaign=thank").json()["waiting"][0]["until"], "2026-03-07T09:00:00Z");
    assert_eq!(serving.get("/v1/people/ada/why").status, 400);
    assert_eq!(serving.get("/v1/people/ada/why?campaign=x").json()["title"], "there is no smart campaign of this name");
    assert_eq!(serving.get("/v1/people/x/why?campaign=thank").json()["title"], "nobody has this id");

    let campaigns = serving.get("/v1/campaigns").json();
    assert_eq!(campaigns["campaigns"][0]["name"], "thank");
    assert_eq!(
        (&campaigns["campaigns"][0]["waiting"], &campaigns["campaigns"][0]["qualified"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(campaigns["campaigns"][2]["schedule"], "every day at 06:00");
    let graph = serving.get("/v1/campaigns/thank/graph");
    assert_eq!(graph.header("content-type"), "image/svg+xml");
    assert!(graph.text.starts_with("<svg") && graph.text.contains("wait 2 days"), "{graph:?}");
    assert_eq!(serving.get("/v1/campaigns/nothing/graph").status, 404);
    assert_eq!(serving.get("/v1/waiting").json()["waiting"][0]["person"], "ada");

    let asked = serving.post("/v1/campaigns/asked/requests", "application/json", "{\"person\": \"ada\"}");
    assert_eq!(asked.status, 202, "{asked:?}");
    assert_eq!(serving.get("/v1/people/ada").json()["fields"]["Person Score"], 61);
    assert_eq!(serving.post("/v1/campaigns/nothing/requests", "application/json", "{\"person\": \"ada\"}").status, 404);
    assert_eq!(serving.post("/v1/campaigns/asked/requests", "application/json", "{\"persn\": \"ada\"}").status, 400);
    assert_eq!(serving.post("/v1/campaigns/digest/run", "application/json", "").status, 202);
    assert_eq!(serving.get("/v1/people/ada").json()["lists"], json!(["Thanked", "Hot"]));
    let refused = serving.post("/v1/campaigns/thank/run", "application/json", "");
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("no_batch_campaign")));

    let status = serving.get("/v1/status").json();
    assert_eq!((&status["people"], &status["now"]), (&json!(2), &json!("2026-03-05T09:00:00Z")));
    let metrics = serving.get("/metrics").text;
    for line in [
        "campanile_events_accepted_total 5",
        "campanile_people 2",
        "campanile_action_records_total{type=\"waiting\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(metrics.contains("route=\"/v1/people/{id}\",status=\"404\""), "{metrics}");
    assert_eq!(serving.get("/openapi.json").json()["openapi"], "3.1.0");
}

#[test]
fn incidents_are_remembered() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    serving.tell("{\"type\":\"clock\",\"at\":\"2026-03-05T09:00:00Z\"}");
    for person in ["a", "b", "c"] {
        serving.tell(&format!("{{\"type\":\"person\",\"person\":\"{person}\",\"fields\":{{\"Score\":90}}}}"));
    }
    assert_eq!(serving.get("/v1/incidents").json(), json!({"incidents": []}));
    assert_eq!(serving.post("/v1/campaigns/digest/run", "application/json", "").status, 202);
    let told = serving.get("/v1/incidents").json();
    assert_eq!((&told["incidents"][0]["code"], &told["incidents"][0]["seq"]), (&json!("max_people"), &json!(1)));
    drop(serving.stop("-TERM"));
    assert_eq!(Serving::start(folder.path()).get("/v1/incidents").json(), told);
}

#[test]
fn rules_change_without_a_restart() {
    let folder = folder();
    let rules = folder.path().join("rules.yaml");
    let serving = Serving::start(folder.path());
    serving.tell(ADA);
    let reload = |query: &str| serving.post(&format!("/v1/rules/reload{query}"), "application/json", "");

    std::fs::write(&rules, RULES.replace("Country is", "Contry is")).unwrap();
    let refused = reload("");
    assert_eq!((refused.status, refused.json()["code"].clone()), (422, json!("rules")), "{refused:?}");
    assert_eq!(refused.json()["findings"][0]["code"], "E0302");
    assert_eq!(serving.get("/v1/rules").json()["findings"][0]["line"], 9);
    assert_eq!(serving.get("/v1/people/ada").json()["segments"], json!(["Dutch"]), "nothing has changed");

    // The step at which ada waits is gone.
    std::fs::write(&rules, RULES.replace("wait 2 days", "wait 3 days")).unwrap();
    let refused = reload("");
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("orphans")), "{refused:?}");
    assert_eq!(
        refused.json()["orphans"],
        json!([{"person": "ada", "campaign": "thank", "step": "2", "action": "wait 2 days"}])
    );
    assert_eq!(serving.get("/v1/waiting").json()["count"], 1);

    // Another text behind it: the wait goes on into the new flow.
    std::fs::write(&rules, RULES.replace("Thank you", "Many thanks")).unwrap();
    let done = reload("");
    assert_eq!((done.status, done.json()), (200, json!({"files": 1, "campaigns": 3, "warnings": 0})));
    serving.tell("{\"type\":\"clock\",\"at\":\"2026-03-08T00:00:00Z\"}");
    assert!(serving.actions().contains("send email \\\"Many thanks\\\""), "{}", serving.actions());

    // Ended where somebody says so; and killed afterwards, it knows the new rules.
    serving.tell("{\"type\":\"sfdc_campaign.status_changed\",\"person\":\"ada\",\"campaign\":\"Fair\",\"to\":\"Invited\"}\n{\"type\":\"sfdc_campaign.status_changed\",\"person\":\"ada\",\"campaign\":\"Fair\",\"to\":\"Attended\"}");
    assert_eq!(serving.get("/v1/waiting").json()["count"], 1);
    std::fs::write(&rules, RULES.replace("wait 2 days", "wait 3 days")).unwrap();
    assert_eq!(reload("?orphans=end").status, 200);
    assert_eq!(serving.get("/v1/waiting").json()["count"], 0);
    assert_eq!(reload("?orphans=finish").status, 400);
    let before = serving.actions();
    assert!(before.lines().last().unwrap().contains("\"outcome\":\"removed\""), "{before}");
    serving.kill();
    assert_eq!(Serving::start(folder.path()).actions(), before);
}

#[test]
fn a_stream_of_actions_follows() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    serving.tell(ADA);
    let request =
        serving.agent.get(format!("{}/v1/actions?after=1", serving.url)).header("accept", "text/event-stream");
    let response = request.call().unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut lines = BufReader::new(response.into_body().into_reader()).lines();
    let mut next = || {
        let mut event = Vec::new();
        for line in lines.by_ref() {
            let line = line.unwrap();
            if line.is_empty() && !event.is_empty() {
                break;
            }
            event.push(line);
        }
        event
    };
    let second = next();
    assert!(
        second.contains(&"id: 2".to_owned()) && second.iter().any(|line| line.starts_with("data: {\"seq\":2,")),
        "{second:?}"
    );
    assert!(next().contains(&"id: 3".to_owned()));
    serving.tell("{\"type\":\"clock\",\"at\":\"2026-03-08T00:00:00Z\"}");
    assert!(next().contains(&"id: 4".to_owned()));
    // Whoever listens does not keep the service from ending.
    let (status, _) = serving.stop("-TERM");
    assert!(status.success());
}

#[test]
fn action_records_are_written_as_they_are_committed() {
    let folder = folder();
    let file = folder.path().join("actions.jsonl");
    let arguments = &["--clock", "events", "--actions", "actions.jsonl"];
    let first = run(folder.path(), ADA, &["--state", "state"]);
    // What was in the state before is not repeated.
    let serving = Serving::start_with(folder.path(), arguments);
    serving.tell("{\"type\":\"clock\",\"at\":\"2026-03-08T00:00:00Z\"}");
    let written = || std::fs::read_to_string(&file).unwrap();
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while !written().contains("Thank you") {
        assert!(std::time::Instant::now() < end, "{}", written());
        std::thread::sleep(Duration::from_millis(20));
    }
    serving.kill();
    // A line that was cut off, as by a crash, is written again; nothing else is.
    let whole = written();
    std::fs::write(&file, &whole[..whole.len() - 10]).unwrap();
    let serving = Serving::start_with(folder.path(), arguments);
    serving.tell("{\"type\":\"campaign.requested\",\"person\":\"ada\",\"campaign\":\"asked\"}");
    let after = first.lines().count();
    let expected = serving.get(&format!("/v1/actions?after={after}&limit=10000")).text;
    let (status, _) = serving.stop("-TERM");
    assert!(status.success());
    assert_eq!(written(), expected);

    let mut other = super::command(folder.path(), &["--actions", "rules.yaml"]);
    let output = other.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("`rules.yaml` cannot be written: its last line is no action record")
    );
}

#[test]
fn the_clock_of_the_machine() {
    let folder = folder();
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        campanile::Timestamp(i64::try_from(since.as_millis()).unwrap())
    };
    // A wait that has three seconds left when the service takes over.
    std::fs::write(folder.path().join("rules.yaml"), RULES.replace("wait 2 days", "wait 1 minute")).unwrap();
    let began = campanile::Timestamp((now().0 - 57_000) / 1000 * 1000);
    run(folder.path(), &ADA.replace("2026-03-05T09:00:00Z", &began.to_string()), &["--state", "state"]);
    let serving = Serving::start_with(folder.path(), &[]);
    assert!(!serving.actions().contains("Thank you"));
    let end = std::time::Instant::now() + Duration::from_secs(30);
    while !serving.actions().contains("Thank you") {
        assert!(std::time::Instant::now() < end, "the wait does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(now().0 >= began.0 + 60_000, "it ended too early");

    let ahead = campanile::Timestamp(now().0 + 3_600_000);
    let refused =
        serving.tell(&format!("{{\"type\":\"list.added\",\"person\":\"ada\",\"list\":\"Hot\",\"at\":\"{ahead}\"}}"));
    assert_eq!(refused.status, 400);
    assert!(refused.json()["title"].as_str().unwrap().starts_with("`at` lies in the future"), "{refused:?}");
    let taken = serving.tell("{\"type\":\"list.added\",\"person\":\"ada\",\"list\":\"Hot\"}");
    assert_eq!(taken.status, 202);
    let at = serving.get("/v1/people/ada").json()["log"][0]["at"].as_str().unwrap().to_owned();
    let at = campanile::Timestamp::parse(&at).unwrap();
    assert!((now().0 - at.0).abs() < 10_000, "{at}");
}
