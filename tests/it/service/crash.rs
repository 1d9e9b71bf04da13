//! The real service, killed at random moments while events come in: nothing is lost and nothing is doubled.
//!
//! `CAMPANILE_KILLS=n` kills so many times, `CAMPANILE_SEED=n` chooses other moments.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use campanile::testkit::generate::Random;

use super::{Serving, folder};

const EVENTS_A_REQUEST: usize = 40;

fn events(requests: usize) -> Vec<String> {
    let mut random = Random::new(5);
    (0..requests)
        .map(|request| {
            let mut text = String::new();
            for event in 0..EVENTS_A_REQUEST {
                let number = request * EVENTS_A_REQUEST + event;
                let (day, minute) = (1 + number / 1440, number % 1440);
                let at =
                    format!("2026-{:02}-{:02}T{:02}:{:02}:00Z", 3 + day / 28, 1 + day % 28, minute / 60, minute % 60);
                let what = match random.below(4) {
                    0 => format!(r#""type":"person","fields":{{"Score":{},"Country":"NL"}}"#, random.below(99)),
                    1 => r#""type":"sfdc_campaign.status_changed","campaign":"Fair","to":"Attended""#.to_owned(),
                    2 => r#""type":"sfdc_campaign.status_changed","campaign":"Fair","to":"Invited""#.to_owned(),
                    _ => r#""type":"campaign.requested","campaign":"asked""#.to_owned(),
                };
                writeln!(text, r#"{{{what},"person":"p{}","at":"{at}","id":"e{number}"}}"#, random.below(50)).unwrap();
            }
            text
        })
        .collect()
}

#[test]
fn killed_under_load_nothing_is_lost_and_nothing_doubled() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let kills = number("CAMPANILE_KILLS").unwrap_or(8);
    let mut random = Random::new(number("CAMPANILE_SEED").unwrap_or(1));
    let folder = folder();
    let requests = events(usize::try_from(kills).unwrap() * 12);
    std::fs::write(folder.path().join("events.jsonl"), requests.concat()).unwrap();
    let undisturbed = Command::new(assert_cmd::cargo::cargo_bin("campanile"))
        .args(["run", "--rules", "rules.yaml", "--events", "events.jsonl"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let expected = String::from_utf8(undisturbed.stdout).unwrap();
    assert!(expected.lines().count() > requests.len() * EVENTS_A_REQUEST, "there is work to be disturbed");

    let mut next = 0;
    for _ in 0..kills {
        let serving = Serving::start(folder.path());
        let process = serving.process();
        let moment = Duration::from_micros(u64::try_from(random.below(60_000)).unwrap());
        let killer = std::thread::spawn(move || {
            std::thread::sleep(moment);
            assert!(Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap().success());
        });
        // Whoever tells goes on until there is no answer, and with the same request afterwards.
        while next < requests.len() {
            let request = serving.agent.post(format!("{}/v1/events", serving.url)).content_type("application/x-ndjson");
            match request.send(&requests[next]) {
                Ok(answer) => {
                    assert_eq!(answer.status(), 202);
                    next += 1;
                }
                Err(_) => break,
            }
        }
        killer.join().unwrap();
    }
    let serving = Serving::start(folder.path());
    for request in &requests[next..] {
        assert_eq!(serving.tell(request).status, 202);
    }
    let found = serving.actions();
    let first = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
    assert!(
        found == expected,
        "{} lines, not {}; first other: {first:?}",
        found.lines().count(),
        expected.lines().count()
    );
}
