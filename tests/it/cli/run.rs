use super::Folder;

const EVENTS: &str = r#"{"at": "2026-03-05T09:00:00Z", "type": "sfdc_campaign.status_changed", "person": "ada", "campaign": "Fair", "to": "Attended", "id": "e1"}
{"at": "2026-03-05T10:00:00Z", "type": "sfdc_campaign.status_changed", "person": "bob", "campaign": "Fair", "to": "Attended", "id": "e2"}
"#;

fn folder() -> Folder {
    Folder::with_rules()
        .file("people.csv", "person,Country\nada,NL\nbob,DE\n")
        .file("members.csv", "person,campaign,status\nada,Fair,Invited\nbob,Fair,\n")
        .file("events.jsonl", EVENTS)
}

const RUN: &str = "run --rules rules --load people.csv --load members.csv --events";

#[test]
fn actions_to_the_standard_output() {
    let folder = folder();
    insta::assert_snapshot!(
        folder.run(&format!("{RUN} events.jsonl"))
            + &folder.run(&format!("{RUN} events.jsonl --actions - --until '2026-03-08 00:00'"))
    );
}

#[test]
fn actions_to_a_file() {
    let folder = folder();
    let shown = folder.run(&format!("{RUN} events.jsonl --actions actions.jsonl --stats stats.json"));
    let stats = folder.read("stats.json");
    let numbers: serde_json::Value = serde_json::from_str(&stats).unwrap();
    let seconds = |key: &str| numbers[key].as_f64().unwrap();
    let parts: f64 = ["read", "evaluate", "write", "keep"].map(|part| seconds(&format!("{part}_seconds"))).iter().sum();
    // Each is rounded to a millionth.
    assert!(parts > seconds("run_seconds") / 2.0 && parts <= seconds("run_seconds") + 1e-5, "{stats}");
    let counted: Vec<&str> =
        stats.lines().filter(|line| !line.contains("second") && !line.contains("memory")).collect();
    insta::assert_snapshot!(format!(
        "{shown}--- actions.jsonl\n{}--- stats.json\n{}\n",
        folder.read("actions.jsonl"),
        counted.join("\n")
    ));
}

#[test]
fn events_from_the_standard_input() {
    insta::assert_snapshot!(folder().run_with_input(&format!("{RUN} -"), EVENTS));
}

#[test]
fn bad_lines_stop_the_run() {
    let bad = format!("{EVENTS}{{\"type\": \"person\", \"person\": \"ada\", \"fields\": {{\"Score\": \"high\"}}}}\n");
    let folder = folder()
        .file("value.jsonl", &bad)
        .file("first.jsonl", "{\"type\": \"persn\", \"person\": \"ada\"}\n")
        .file("json.jsonl", "{\"type\": \"person\", \"person\": \"ada\",}\n");
    insta::assert_snapshot!(
        folder.run(&format!("{RUN} value.jsonl --actions actions.jsonl"))
            + &folder.run(&format!("{RUN} first.jsonl"))
            + &folder.run(&format!("{RUN} json.jsonl"))
    );
    assert!(!folder.path().join("actions.jsonl").exists(), "a stopped run leaves no whole file");
}

#[test]
fn bad_lines_are_skipped_and_listed() {
    let bad = format!("not json\n{EVENTS}[]\n{{\"type\": \"sfdc.synced\"}}\n");
    let folder = folder().file("bad.jsonl", bad);
    insta::assert_snapshot!(folder.run(&format!("{RUN} bad.jsonl --on-bad-line skip")));
}

#[test]
fn names_that_the_rules_do_not_know() {
    let events = r#"{"at": "2026-03-05T09:00:00Z", "type": "person", "person": "ada", "fields": {"Shoe Size": 44, "Country": "NL"}}
{"type": "person", "person": "bob", "fields": {"Shoe Size": 41}}
{"type": "list.added", "person": "ada", "list": "Elsewhere"}
{"type": "sfdc_campaign.added", "person": "ada", "campaign": "Fair", "status": "Seen"}
"#;
    let folder = folder().file("odd.jsonl", events);
    insta::assert_snapshot!(folder.run(&format!("{RUN} odd.jsonl")));
}

#[test]
fn tables_with_mistakes() {
    let folder = folder()
        .file("columns.csv", "name,Country\nada,NL\n")
        .file("unknown.csv", "person,Contry\nada,NL\n")
        .file("cells.csv", "person,Country\nada\n")
        .file("value.csv", "person,Score\nada,many\n")
        .file("added.csv", "person,campaign,status,added\nada,Fair,Invited,yesterday\n");
    let shown: String = ["columns.csv", "unknown.csv", "cells.csv", "value.csv", "added.csv"]
        .map(|table| folder.run(&format!("run --rules rules --load {table} --events events.jsonl")))
        .concat();
    insta::assert_snapshot!(shown);
}

#[test]
fn wrong_use() {
    let folder = folder();
    insta::assert_snapshot!(
        folder.run("run --rules rules")
            + &folder.run("run --rules rules --events events.jsonl --event events.jsonl")
            + &folder.run("run --rules rules --events nothing.jsonl")
            + &folder.run("run --rules rules --events rules")
            + &folder.run("run --rules nowhere --events events.jsonl")
            + &folder.run("run --rules rules --load - --events -")
            + &folder.run("run --rules rules --events events.jsonl --stats -")
            + &folder.run("run --rules rules --events events.jsonl --until tomorrow")
            + &folder.run("run --rules rules --events events.jsonl --actions nowhere/actions.jsonl")
    );
}

#[test]
fn rules_with_mistakes() {
    let folder = folder().file("rules/more.yaml", "segments: {Old: Scor is 5}\n");
    insta::assert_snapshot!(folder.run(&format!("{RUN} events.jsonl")));
}

#[test]
fn incidents() {
    let rules = "settings: {cascade_limit: 3}\nsmart_campaigns:\n  up:\n    triggers: [Score changes]\n    \
                 qualify: every time\n    flow: change Score by +1\n";
    let folder = Folder::new().file("rules.yaml", rules).file(
        "events.jsonl",
        "{\"at\": \"2026-03-05T09:00:00Z\", \"type\": \"person\", \"person\": \"ada\"}\n\
         {\"type\": \"person\", \"person\": \"ada\", \"fields\": {\"Score\": 1}}\n",
    );
    insta::assert_snapshot!(folder.run("run --rules rules.yaml --events events.jsonl"));
}

#[test]
fn nothing_happens() {
    let folder = folder().file("none.jsonl", "\n");
    insta::assert_snapshot!(folder.run(&format!("{RUN} none.jsonl")));
}
