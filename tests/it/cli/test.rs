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
