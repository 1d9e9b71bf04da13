//! `run --state` and `campanile state`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::Folder;

const MONDAY: &str = r#"{"at": "2026-03-05T08:00:00Z", "type": "sfdc_campaign.added", "person": "ada", "campaign": "Fair", "id": "e0"}
{"at": "2026-03-05T09:00:00Z", "type": "sfdc_campaign.status_changed", "person": "ada", "campaign": "Fair", "to": "Attended", "id": "e1"}
{"at": "2026-03-05T10:00:00Z", "type": "person", "person": "cy", "fields": {"Country": "NL", "Score": 3}}
{"at": "2026-03-05T10:00:00Z", "type": "sfdc_campaign.added", "person": "cy", "campaign": "Fair"}
"#;

const TUESDAY: &str = r#"{"at": "2026-03-07T10:00:00Z", "type": "sfdc_campaign.status_changed", "person": "cy", "campaign": "Fair", "to": "Attended"}
{"at": "2026-03-07T10:00:00Z", "type": "sfdc_campaign.status_changed", "person": "ada", "campaign": "Fair", "to": "Attended", "id": "e1"}
"#;

fn folder() -> Folder {
    Folder::with_rules()
        .file("people.csv", "person,Country\nada,NL\nbob,DE\n")
        .file("monday.jsonl", MONDAY)
        .file("tuesday.jsonl", TUESDAY)
}

const RUN: &str = "run --rules rules --load people.csv --state state --events";

#[test]
fn a_run_goes_on_where_the_last_one_ended() {
    let folder = folder();
    insta::assert_snapshot!(
        folder.run(&format!("{RUN} monday.jsonl --stats stats.json"))
            + &folder.run(&format!("{RUN} monday.jsonl"))
            + &folder.run(&format!("{RUN} tuesday.jsonl"))
            + &folder.run("state check state")
    );
}

#[test]
fn a_file_that_has_grown_is_read_from_where_it_ended() {
    let folder = folder();
    let first = folder.run(&format!("{RUN} monday.jsonl"));
    let folder = folder.file("monday.jsonl", format!("{MONDAY}{TUESDAY}"));
    let second = folder.run(&format!("{RUN} monday.jsonl"));
    let whole = Folder::with_rules()
        .file("people.csv", "person,Country\nada,NL\nbob,DE\n")
        .file("all.jsonl", format!("{MONDAY}{TUESDAY}"));
    let records =
        |shown: &str| shown.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!([records(&first), records(&second)].concat(), records(&whole.run(&format!("{RUN} all.jsonl"))));
}

#[test]
fn nothing_of_a_stopped_run_is_kept() {
    let bad = format!("{TUESDAY}{{\"type\": \"person\", \"person\": \"ada\", \"fields\": {{\"Score\": \"high\"}}}}\n");
    let folder = folder().file("bad.jsonl", &bad).file("bad.csv", "person,Score\nada,high\n");
    folder.run(&format!("{RUN} monday.jsonl"));
    let export = |folder: &Folder| folder.run("state export state");
    let before = export(&folder);
    insta::assert_snapshot!(
        folder.run(&format!("{RUN} bad.jsonl"))
            + &folder.run_with_input(&format!("{RUN} -"), &bad)
            + &folder.run("run --rules rules --load bad.csv --state state --events tuesday.jsonl")
    );
    assert_eq!(export(&folder), before);
    let skipped = folder.run(&format!("{RUN} bad.jsonl --on-bad-line skip"));
    assert!(skipped.contains("\"cy\"") && skipped.contains("1 malformed line skipped"), "{skipped}");
    assert_ne!(export(&folder), before);
}

#[test]
fn a_stream_is_kept_at_its_end() {
    let folder = folder();
    let streamed = folder.run_with_input(&format!("{RUN} -"), MONDAY);
    let again = folder.run_with_input(&format!("{RUN} -"), TUESDAY);
    insta::assert_snapshot!(streamed + &again);
}

#[test]
fn runs_whose_step_is_gone() {
    let folder = folder();
    folder.run(&format!("{RUN} monday.jsonl"));
    let rules = folder.read("rules/fair.yaml").replace("wait 2 days", "wait 3 days");
    let folder = folder.file("rules/fair.yaml", rules);
    insta::assert_snapshot!(
        folder.run(&format!("{RUN} tuesday.jsonl")) + &folder.run(&format!("{RUN} tuesday.jsonl --orphans end"))
    );
}

#[test]
fn rules_may_change_between_runs() {
    let folder = folder();
    folder.run(&format!("{RUN} monday.jsonl"));
    let rules = folder.read("rules/fair.yaml").replace("  Dutch:", "  Belgian: Country is \"BE\"\n  Dutch:");
    let rules = rules.replace("send email \"Thank you\"", "send email \"Thanks\"");
    let folder = folder.file("rules/fair.yaml", rules);
    let shown = folder.run(&format!("{RUN} tuesday.jsonl"));
    assert!(
        shown.contains("send email \\\"Thanks\\\"") && shown.starts_with("$ campanile run") && !shown.contains("error")
    );
}

#[test]
fn looking_after_a_state() {
    let folder = folder();
    folder.run(&format!("{RUN} monday.jsonl"));
    insta::assert_snapshot!(
        folder.run("state check state")
            + &folder.run("state backup state copy")
            + &folder.run("state backup state copy")
            + &folder.run("state check copy")
            + &folder.run("state export state --to people.jsonl")
            + &folder.run("state import fresh people.jsonl")
            + &folder.run("state import fresh people.jsonl")
            + &folder.run("state compact state")
            + &folder.run("state check state")
            + &folder.run("state check nowhere")
            + &folder.run("state export nowhere")
    );
    let exported = folder.read("people.jsonl");
    folder.run("state export fresh --to again.jsonl");
    assert_eq!(folder.read("again.jsonl"), exported, "what was carried over is the same");
    // Each of them goes on as the others do.
    let goes_on = |state: &str| {
        folder.run(&format!(
            "run --rules rules --load people.csv --state {state} --events tuesday.jsonl --actions {state}.jsonl"
        ));
        folder.read(&format!("{state}.jsonl"))
    };
    let expected = goes_on("state");
    assert!(expected.lines().count() >= 5, "{expected}");
    assert_eq!((goes_on("copy"), goes_on("fresh")), (expected.clone(), expected));
}

#[test]
fn an_export_is_plain_and_what_is_none_is_refused() {
    let folder = folder();
    folder.run(&format!("{RUN} monday.jsonl"));
    let shown = folder.run("state export state");
    // Paths and rules are those of this machine and of `RULES`.
    let plain = |line: &&str| !line.contains("{\"rules\":") && !line.contains("{\"note\":");
    let mut text: String = shown.lines().filter(plain).map(|line| format!("{line}\n")).collect();
    let folder = folder
        .file("not.jsonl", "{\"person\": 1}\n")
        .file(
            "newer.jsonl",
            shown.lines().find(|line| line.contains("\"form\":1")).unwrap().replace("\"form\":1", "\"form\":2"),
        )
        .file("short.jsonl", shown.lines().find(|line| line.contains("\"form\":1")).unwrap())
        .file("empty.jsonl", "");
    for file in ["not", "newer", "short", "empty", "missing"] {
        write!(text, "{}", folder.run(&format!("state import {file} {file}.jsonl"))).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn one_process_at_a_time() {
    let folder = folder();
    let mut holder = Command::new(env!("CARGO_BIN_EXE_campanile"))
        .args(["run", "--rules", "rules", "--events", "-", "--state", "state"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !fs::read_to_string(folder.path().join("state/lock")).is_ok_and(|text| text.ends_with('\n')) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let shown = folder.run(&format!("{RUN} monday.jsonl"));
    assert!(
        shown.contains(&format!("`state` is in use by process {} (`campanile run`, since ", holder.id())),
        "{shown}"
    );
    assert!(shown.contains("status 2"));
    holder.stdin.take().unwrap().write_all(MONDAY.as_bytes()).unwrap();
    assert!(holder.wait().unwrap().success());
    let shown = folder.run("state check state");
    assert!(shown.contains("status 0") && shown.contains("all as it was written"), "{shown}");
}

#[test]
fn damaged_and_foreign_directories() {
    let folder = folder().file("photos/a.jpg", "x");
    folder.run(&format!("{RUN} monday.jsonl"));
    let file = folder.path().join("state/campanile.db");
    let whole = fs::read(&file).unwrap();
    let state = |shown: String| shown.replace(&*folder.path().to_string_lossy(), "FOLDER");
    let mut text = state(folder.run("run --rules rules --events monday.jsonl --state photos"));
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let cut = state(folder.run(&format!("{RUN} tuesday.jsonl")));
    assert!(cut.contains("status 2") && cut.contains("damaged"), "{cut}");
    let cut = folder.run("state check state");
    assert!(cut.contains("status 1") || cut.contains("status 2"), "{cut}");
    fs::write(
        &file,
        "not a database, but long enough to be looked at as one, as its header has one hundred bytes and this too",
    )
    .unwrap();
    text += &folder.run(&format!("{RUN} tuesday.jsonl"));
    fs::write(&file, &whole).unwrap();
    insta::assert_snapshot!(text);
    let shown = folder.run(&format!("{RUN} tuesday.jsonl"));
    assert!(shown.contains("status 0"), "{shown}");
}

/// A file size limit stands for a full disk: the write fails, what was committed before stays.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing_that_was_committed() {
    let folder = folder();
    folder.run(&format!("{RUN} monday.jsonl"));
    let before = folder.run("state export state");
    let mut many = String::new();
    for number in 0..3000 {
        writeln!(many, r#"{{"type": "person", "person": "p{number}", "at": "2026-03-08T10:00:00Z", "fields": {{"Country": "NL"}}}}"#)
            .unwrap();
    }
    let folder = folder.file("many.jsonl", many);
    let output = Command::new("bash")
        .arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f 100; exec {} {RUN} many.jsonl", env!("CARGO_BIN_EXE_campanile")))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("state/campanile.db"), "{said}");
    assert_eq!(folder.run("state export state"), before);
    let shown = folder.run(&format!("{RUN} many.jsonl --stats stats.json"));
    assert!(shown.contains("status 0"), "{shown}");
    assert!(folder.read("stats.json").contains("\"people\": 3003"), "{}", folder.read("stats.json"));
}
