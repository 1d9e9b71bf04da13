use super::{Folder, RULES};

/// Two mistakes and a warning.
const WRONG: &str = r#"lists: [Thanked]
smart_campaigns:
  thank:
    triggers: [added to SFDC campaign "Fair"]
    filter: Contry is "NL" and Score is at least "5"
    flow: add to list "Thanked"
"#;

fn wrong() -> Folder {
    Folder::new().file("rules/thank.yaml", WRONG)
}

#[test]
fn everything_is_fine() {
    let folder = Folder::with_rules();
    insta::assert_snapshot!(folder.run("validate rules") + &folder.run("check rules/fair.yaml --deny warnings"));
}

#[test]
fn findings_for_people() {
    insta::assert_snapshot!(wrong().run("validate rules"));
}

#[test]
fn findings_as_json() {
    insta::assert_snapshot!(wrong().run("validate rules --format json"));
}

#[test]
fn findings_for_github() {
    insta::assert_snapshot!(wrong().run("validate rules --format github"));
}

#[test]
fn findings_as_sarif() {
    insta::assert_snapshot!(wrong().run("validate rules --format sarif"));
}

#[test]
fn nothing_found_for_programs() {
    let folder = Folder::with_rules();
    insta::assert_snapshot!(
        folder.run("validate rules --format json")
            + &folder.run("validate rules --format github")
            + &folder.run("validate rules --format sarif")
    );
}

#[test]
fn warnings_fail_when_denied() {
    let rules = "smart_campaigns: {a: {triggers: [added to SFDC campaign any], flow: do nothing}, b: {triggers: ['added to \
                 SFDC campaign \"Fair\"'], flow: do nothing}}\n";
    let folder = Folder::new().file("rules/a.yaml", rules);
    insta::assert_snapshot!(
        folder.run("validate rules") + &folder.run("validate rules --deny warnings --format github")
    );
}

#[test]
fn the_same_name_in_two_files() {
    let folder = Folder::with_rules().file("rules/more.yaml", "lists: [Other, Thanked]\n");
    insta::assert_snapshot!(folder.run("validate rules"));
}

#[test]
fn scenario_files_are_checked_too() {
    let text = "scenarios:\n  - name: a\n    timeline:\n      - expects: {ada: Score is 5}\n      - advance: 3 dys\n";
    let folder = Folder::with_rules().file("rules/a.test.yaml", text);
    insta::assert_snapshot!(folder.run("validate rules"));
}

#[test]
fn paths_that_cannot_be_read() {
    let folder = Folder::with_rules().file("notes.txt", "x").file("empty/.hidden.yaml", "x");
    insta::assert_snapshot!(
        folder.run("validate nowhere")
            + &folder.run("validate notes.txt")
            + &folder.run("validate empty")
            + &folder.run("validate")
    );
}

#[test]
fn a_file_that_is_not_text() {
    let folder = Folder::with_rules().file("rules/bytes.yaml", b"lists: [Caf\xe9]\n");
    insta::assert_snapshot!(folder.run("validate rules") + &folder.run("validate rules --format json"));
}

#[test]
fn an_empty_file_is_fine() {
    let folder = Folder::new().file("empty.yaml", "").file("comment.yml", "# nothing yet\n");
    insta::assert_snapshot!(folder.run("validate empty.yaml comment.yml"));
}

#[test]
fn numbers_about_the_workspace() {
    let folder = Folder::new().file("fair.yaml", RULES);
    let shown = folder.run("validate fair.yaml --stats");
    let seconds = shown.split_whitespace().find(|word| word.starts_with("0.")).unwrap().to_owned();
    insta::assert_snapshot!(shown.replace(&seconds, "(seconds)"));
}

#[test]
fn several_rules_in_one_line_of_yaml() {
    let folder = Folder::new().file(
        "a.yaml",
        "smart_campaigns:\n  a:\n    flow: [add to list \"A\", \"B\", send alert \"Hot: {{person.City}}\"]\n",
    );
    insta::assert_snapshot!(folder.run("validate a.yaml"));
}
