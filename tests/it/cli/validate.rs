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

/// Something to settle for sure, something to guess, and something that only its author can settle.
const FIXABLE: &str = "# Ours.\r\nlists: [Thanked]\r\nsmart_campaigns:\r\n  thank:\r\n    filter: Country == “NL”   # the Dutch\r\n\
                       \x20   flow: add to list \"Thankd\"\r\n  b:\r\n    filter: Score is 1 or Score is 2 and Score is 3\r\n\
                       \x20   flow: do nothing\r\n";

#[test]
fn fixing() {
    let folder = Folder::new().file("rules/a.yaml", FIXABLE);
    let safe = folder.run("validate rules --fix");
    let after_safe = folder.read("rules/a.yaml");
    let guessed = folder.run("validate rules --fix --unsafe --format json");
    let after_all = folder.read("rules/a.yaml");
    insta::assert_snapshot!(format!(
        "{safe}{after_safe:?}\n\n{guessed}{after_all:?}\n\n{}",
        folder.run("check rules --fix")
    ));
    assert_eq!(after_safe, FIXABLE.replace("== “NL”", "is \"NL\""));
    assert_eq!(after_all, after_safe.replace("Thankd", "Thanked"));
}

#[test]
fn fixing_what_cannot_be_changed() {
    let folder = Folder::new().file("rules/a.yaml", FIXABLE).file("rules/b.yaml", "segments: {A: Country == \"NL\"}\n");
    let path = folder.path().join("rules/b.yaml");
    let mut rights = std::fs::metadata(&path).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&path, rights).unwrap();
    let read_only = folder.run("validate rules --fix");
    assert_eq!(folder.read("rules/a.yaml"), FIXABLE);
    let input = folder.run_with_input("validate - --fix", "lists: [A]\n");
    insta::assert_snapshot!(read_only + &input + &folder.run("validate rules --unsafe"));
}

#[cfg(unix)]
#[test]
fn fixing_leaves_links_and_rights_as_they_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new().file("elsewhere/a.yaml", FIXABLE);
    let target = folder.path().join("elsewhere/a.yaml");
    std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&target, folder.path().join("a.yaml")).unwrap();
    folder.run("validate a.yaml --fix");
    assert!(folder.path().join("a.yaml").is_symlink());
    assert!(folder.read("elsewhere/a.yaml").contains("is \"NL\""));
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(folder.path().join("elsewhere")).unwrap().count(), 1);
}

#[test]
fn rules_from_the_standard_input() {
    let folder = Folder::with_rules();
    insta::assert_snapshot!(
        folder.run_with_input("validate -", "lists: [A, A]\n")
            + &folder.run_with_input("validate - rules", "lists: [A]\n")
    );
}

#[test]
fn the_configuration_of_the_sync_is_no_rule_file() {
    let folder = Folder::with_rules()
        .file("rules/campanile.yaml", "salesforce: {client_id: a}\n")
        .file("rules/more/campanile.yaml", "sync: {enabled: false}\n");
    assert!(folder.run("validate .").contains("status 0"), "{}", folder.run("validate ."));
    // By its name it is one, like any other.
    assert!(folder.run("validate rules/campanile.yaml").contains("E0103"));
}
