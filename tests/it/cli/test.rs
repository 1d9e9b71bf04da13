use super::Folder;

const PASSING: &str = r#"scenarios:
  - name: whoever attends is thanked
    given:
      now: 2026-03-05T09:00:00Z
      people: {ada: {Country: NL}, bob: {Country: DE}}
      sfdc_campaigns: {Fair: {ada: Invited, bob: Invited}}
    timeline:
      - event: {type: sfdc_campaign.status_changed, person: ada, campaign: Fair, to: Attended}
      - expect: {ada: member of list "Thanked"}
      - expect_waiting: {thank: [ada]}
  - name: nobody else is
    timeline:
      - expect_actions: []
"#;

const FAILING: &str = r#"scenarios:
  - name: everybody is thanked at once
    given:
      now: 2026-03-05T09:00:00Z
      people: {ada: {Country: NL}, bob: {Country: DE}}
      sfdc_campaigns: {Fair: {ada: Invited, bob: Invited}}
    timeline:
      - event: {type: sfdc_campaign.status_changed, person: ada, campaign: Fair, to: Attended}
      - event: {type: sfdc_campaign.status_changed, person: bob, campaign: Fair, to: Attended}
      - expect_actions:
          - {person: ada, action: add to list "Thanked", outcome: done}
          - {person: bob, action: add to list "Thanked", outcome: done}
      - expect: {bob: member of list "Thanked" and Country is "DE", eva: Score is 0}
      - expect_qualified: {thank: [ada, bob], think: [ada]}
      - expect_waiting: {thank: []}
      - expect_incidents: [{code: max_people}]
      - run_batch: monthly
"#;

#[test]
fn passing() {
    let folder = Folder::with_rules().file("rules/fair.test.yaml", PASSING);
    insta::assert_snapshot!(folder.run("test rules") + &folder.run("test rules/fair.test.yaml --filter 'nobody else'"));
}

#[test]
fn failing() {
    let folder = Folder::with_rules().file("rules/fair.test.yaml", FAILING).file("rules/good.test.yaml", PASSING);
    insta::assert_snapshot!(folder.run("test rules"));
}

#[test]
fn failing_as_json() {
    let folder = Folder::with_rules().file("rules/fair.test.yaml", FAILING);
    insta::assert_snapshot!(folder.run("test rules --format json"));
}

#[test]
fn failing_as_junit() {
    let folder = Folder::with_rules().file("rules/fair.test.yaml", FAILING);
    insta::assert_snapshot!(folder.run("test rules --format junit"));
}

#[test]
fn rules_from_elsewhere() {
    let folder = Folder::with_rules().file("tests/fair.test.yaml", PASSING);
    insta::assert_snapshot!(folder.run("test tests") + &folder.run("test tests --rules rules"));
}

#[test]
fn rules_with_mistakes() {
    let folder = Folder::with_rules()
        .file("rules/more.yaml", "segments: {Old: Scor is 5}\n")
        .file("rules/fair.test.yaml", PASSING);
    insta::assert_snapshot!(folder.run("test rules"));
}

#[test]
fn nothing_to_play() {
    let folder = Folder::with_rules().file("rules/fair.test.yaml", PASSING).file("none/a.yaml", "lists: [A]\n");
    let folder = folder.file("empty/a.test.yaml", "scenarios: []\n");
    insta::assert_snapshot!(
        folder.run("test rules --filter 'full moon'") + &folder.run("test none") + &folder.run("test empty")
    );
}

#[test]
fn scenarios_that_cannot_be_read() {
    let text =
        "scenarios:\n  - timeline:\n      - event: {type: activty, person: ada}\n      - expect: {ada: Score is}\n";
    let folder = Folder::with_rules().file("rules/fair.test.yaml", text);
    insta::assert_snapshot!(folder.run("test rules"));
}

/// Rules of which the scenario below shows all but what is said.
const BRANCHED: &str = r#"lists: [A, B]
smart_campaigns:
  main:
    triggers: [Score changes, added to list "A", person is created]
    filter: Score is at least 5 and not (Country is "BE" or member of list "B")
    qualify: every time
    flow:
      - choose:
          - if: Country is "NL"
            then:
              - choose:
                  - if: Score is 7
                    then: execute campaign "child"
                  - else: do nothing
          - if: Country is "DE" and Score is 9
            then: do nothing
          - else: add to list "B"
  child:
    executable: true
    filter: Score is less than 100
    flow: do nothing
  nightly:
    filter: Country is "NL"
    flow: do nothing
  asleep:
    active: false
    triggers: [Score changes]
    flow: do nothing
"#;

const SHOWN: &str = r#"scenarios:
  - name: somebody from the Netherlands, twice
    given: {now: 2026-03-05T09:00:00Z, people: {ada: {Country: NL}, bob: {Country: FR}}}
    timeline:
      - event: {type: person, person: ada, fields: {Score: 3}}
      - event: {type: person, person: ada, fields: {Score: 7}}
      - event: {type: person, person: ada, fields: {Score: 8}}
      - event: {type: person, person: ada, fields: {Score: 7}}
      - run_batch: nightly
  - name: somebody from France
    given: {now: 2026-03-05T09:00:00Z, people: {bob: {Country: FR, Score: 6}}}
    timeline:
      - event: {type: list.added, person: bob, list: A}
      - event: {type: person, person: bob, fields: {Score: 6.0}}
      - event: {type: person, person: bob, fields: {Score: 8}}
"#;

#[test]
fn what_scenarios_show() {
    let folder = Folder::new().file("rules/a.yaml", BRANCHED).file("rules/a.test.yaml", SHOWN);
    insta::assert_snapshot!(folder.run("test rules --coverage"));
    let json = folder.run("test rules --coverage --format json --filter France");
    let json: serde_json::Value = serde_json::from_str(json.split("--- stdout\n").nth(1).unwrap()).unwrap();
    let coverage = &json["coverage"];
    let seen: u64 = coverage["campaigns"].as_array().unwrap().iter().map(|it| it["seen"].as_u64().unwrap()).sum();
    assert_eq!(coverage["seen"].as_u64().unwrap(), seen);
    assert!(seen > 0 && seen < coverage["of"].as_u64().unwrap());
    let point = &coverage["campaigns"][0]["points"][1];
    assert_eq!((point["kind"].as_str(), point["seen"].as_bool()), (Some("fired"), Some(true)), "{point}");
    // JUnit has no place for it.
    let junit = folder.run("test rules --coverage --format junit");
    assert!(junit.split("--- stderr").nth(1).unwrap().contains("coverage: "), "{junit}");
}

/// A program that is ended whatever becomes of the test.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn watching() {
    use std::io::{BufRead as _, BufReader};
    use std::time::Duration;
    let folder = Folder::with_rules().file("rules/fair.test.yaml", PASSING);
    let program = assert_cmd::cargo::cargo_bin("campanile");
    let mut child = std::process::Command::new(program)
        .args(["test", "rules/fair.test.yaml", "--watch"])
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _running = Running(child);
    let (send, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(send.send(line))));
    let next = |wanted: &str| loop {
        let line = said.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("nothing said `{wanted}`"));
        if line.contains(wanted) {
            break;
        }
    };
    next("2 scenarios passed");
    next("waiting for a change");
    // A rule file that is only found through the scenario.
    let rules = folder.read("rules/fair.yaml").replace("member of segment \"Dutch\"", "Country is \"FR\"");
    std::fs::write(folder.path().join("rules/fair.yaml"), rules).unwrap();
    next("1 scenario failed");
    next("waiting for a change");
    // A file that cannot be read does not end it.
    std::fs::write(folder.path().join("rules/fair.test.yaml"), "scenarios: [").unwrap();
    next("waiting for a change");
    std::fs::write(folder.path().join("rules/fair.test.yaml"), PASSING.replace("Country: NL", "Country: FR")).unwrap();
    next("2 scenarios passed");
}
