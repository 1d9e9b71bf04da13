//! The real program, killed at random moments while it works: nothing is lost and nothing is doubled.
//!
//! `CAMPANILE_KILLS=n` kills so many times, `CAMPANILE_SEED=n` chooses other moments.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use campanile::testkit::generate::Random;

const RULES: &str = r#"
lists: [Hot, Seen, Later]
sfdc_campaigns:
  Fair:
    statuses: {Invited: {default: true}, Attended: {responded: true}}
segments:
  warm: Score is at least 5
smart_campaigns:
  invite:
    qualify: once
    triggers: [person is created]
    flow: ['add to SFDC campaign "Fair"', 'add to list "Seen"', wait 90 minutes, 'add to list "Later"']
  attended:
    triggers: ['status is changed in SFDC campaign "Fair" to "Attended"']
    flow: [change Score by +3, 'send email "Thanks {{person.Score}}"']
  warm:
    triggers: ['enters segment "warm"']
    flow: ['add to list "Hot"', wait 1 day, 'remove from list "Hot"']
  report:
    schedule: every day at 06:00
    filter: member of list "Hot"
    flow: ['create task "Call"']
"#;

/// Facts about a few people, most of them without an id.
fn events(number: usize) -> String {
    let mut random = Random::new(11);
    let mut text = String::new();
    for event in 0..number {
        let person = random.below(700);
        let minute = event / 20;
        let at = format!("2026-03-{:02}T{:02}:{:02}:00Z", 1 + minute / 1440, minute / 60 % 24, minute % 60);
        let id = if random.percent(20) { format!(r#","id":"e{}""#, random.below(number)) } else { String::new() };
        let what = match random.below(4) {
            0 => format!(r#""type":"person","fields":{{"Score":{}}}"#, random.below(9)),
            1 => r#""type":"sfdc_campaign.status_changed","campaign":"Fair","to":"Attended""#.to_owned(),
            2 => r#""type":"sfdc_campaign.status_changed","campaign":"Fair","to":"Invited""#.to_owned(),
            _ => r#""type":"list.removed","list":"Seen""#.to_owned(),
        };
        writeln!(text, r#"{{{what},"person":"p{person}","at":"{at}"{id}}}"#).unwrap();
    }
    text
}

fn start(folder: &Path, state: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_campanile"))
        .args(["run", "--rules", "rules.yaml", "--load", "people.csv", "--events", "events.jsonl"])
        .args(["--until", "2026-04-10T00:00:00Z", "--state", state, "--actions"])
        .arg(format!("{state}.jsonl"))
        .current_dir(folder)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_doubled() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let kills = number("CAMPANILE_KILLS").unwrap_or(25);
    let mut random = Random::new(number("CAMPANILE_SEED").unwrap_or(1));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("rules.yaml"), RULES).unwrap();
    std::fs::write(path.join("people.csv"), "person,Score\np1,7\np2,0\n").unwrap();
    std::fs::write(path.join("events.jsonl"), events(30_000)).unwrap();

    let begin = Instant::now();
    finish(start(path, "undisturbed"));
    let whole = begin.elapsed();
    let expected = std::fs::read_to_string(path.join("undisturbed.jsonl")).unwrap();
    assert!(expected.lines().count() > 10_000, "there is work to be disturbed: {}", expected.lines().count());

    let mut killed = 0;
    while killed < kills {
        let mut child = start(path, "disturbed");
        let moment = u64::try_from(whole.as_micros()).unwrap() * u64::try_from(random.below(900)).unwrap() / 1000;
        std::thread::sleep(Duration::from_micros(moment));
        match child.try_wait().unwrap() {
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                killed += 1;
            }
            Some(status) => assert!(status.success()),
        }
        // It came through, or had only to exit when it was killed: begin again, so that every kill meets work.
        if path.join("disturbed.jsonl").exists() {
            same(path, &expected);
            std::fs::remove_dir_all(path.join("disturbed")).unwrap();
            std::fs::remove_file(path.join("disturbed.jsonl")).unwrap();
        }
    }
    finish(start(path, "disturbed"));
    same(path, &expected);
}

/// The action records are those of the undisturbed run, byte for byte, and so are those that the state holds.
fn same(path: &Path, expected: &str) {
    use campanile::store::{Database, Partition, SqliteStore, Store as _};

    let found = std::fs::read_to_string(path.join("disturbed.jsonl")).unwrap();
    let first = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
    assert!(
        found == expected,
        "{} lines, not {}; first other: {first:?}",
        found.lines().count(),
        expected.lines().count()
    );
    let mut store =
        SqliteStore::open_for_reading(Database::open_for_reading(&path.join("disturbed")).unwrap()).unwrap();
    let kept = store.outcomes(Partition::default(), 0, usize::MAX).unwrap();
    assert!(kept.iter().map(|(_, line)| line.as_slice()).eq(expected.lines().map(str::as_bytes)));
}
