//! The service under load for a while: it ends with the memory that it began with.
//!
//! `CAMPANILE_SOAK_SECONDS=n` says for how long; ten minutes before a release. The events change nothing, because what they
//! would change is kept: memory that grows here is memory that is lost.

use std::fmt::Write as _;
use std::io::Read as _;
use std::time::{Duration, Instant};

use super::{RULES, Serving, folder};

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn memory_stays_as_it_is() {
    let seconds = std::env::var("CAMPANILE_SOAK_SECONDS").ok().map_or(4, |text| text.parse().unwrap());
    let folder = folder();
    let serving = Serving::start_with(folder.path(), &[]);
    let people: String = (0..2_000).fold(String::new(), |mut text, number| {
        writeln!(
            text,
            r#"{{"type":"person","person":"p{number}","fields":{{"Country":"NL","Score":{}}}}}"#,
            number % 100
        )
        .unwrap();
        text
    });
    assert_eq!(serving.tell(&people).status, 202);

    let rules = [RULES.to_owned(), RULES.replace("Thank you", "Many thanks")];
    let round = |number: usize| {
        assert_eq!(serving.tell(&people).status, 202);
        assert_eq!(serving.tell("{\"type\":\"person\"").status, 400);
        let person = format!("/v1/people/p{}", number % 2_000);
        let why = format!("{person}/why?campaign=thank");
        for path in [
            "/v1/people?filter=Score%20%3E%2050&limit=500",
            "/v1/campaigns",
            "/v1/campaigns/thank/graph",
            "/v1/waiting",
        ]
        .into_iter()
        .chain([
            person.as_str(),
            &why,
            "/v1/incidents",
            "/metrics",
            "/v1/status",
            "/",
            "/openapi.json",
            "/v1/rules",
        ]) {
            assert_eq!(serving.get(path).status, 200, "{path}");
        }
        assert_eq!(serving.get("/nothing").status, 404);
        assert_eq!(serving.post("/v1/campaigns/digest/run", "application/json", "").status, 202);
        // Somebody who listens for a moment and goes.
        let stream = serving.agent.get(format!("{}/v1/actions", serving.url)).header("accept", "text/event-stream");
        let mut first = [0; 16];
        stream.call().unwrap().into_body().into_reader().read_exact(&mut first).unwrap();
        if number.is_multiple_of(20) {
            std::fs::write(folder.path().join("rules.yaml"), &rules[number / 20 % 2]).unwrap();
            let reloaded = serving.post("/v1/rules/reload", "application/json", "");
            assert_eq!(reloaded.status, 200, "{reloaded:?}");
        }
    };
    let begin = Instant::now();
    let warm = Duration::from_secs(seconds) / 4;
    let mut number = 0;
    while begin.elapsed() < warm || number < 40 {
        round(number);
        number += 1;
    }
    // The allocator keeps and gives back as it likes: one look says little, the middle of many does.
    let rounds = number;
    let mut seen = Vec::new();
    while begin.elapsed() < Duration::from_secs(seconds) || number < rounds * 2 {
        round(number);
        number += 1;
        seen.push(resident_kib(serving.process()));
    }
    let middle = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part[part.len() / 2]
    };
    let third = seen.len() / 3;
    let (before, after) = (middle(&seen[..third]), middle(&seen[seen.len() - third..]));
    assert!(
        after <= before + before / 8 + 4 * 1024,
        "{before} KiB in the first third of {} rounds, {after} KiB in the last",
        seen.len()
    );
    let (status, said) = serving.stop("-TERM");
    assert!(status.success(), "{said}");
}
