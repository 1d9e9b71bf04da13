//! `campanile doctor`: each cause of the table in the facts about Salesforce is broken, and nothing else, and it is told.

use std::process::Command;

use serde_json::Value;

use crate::cli::double::Running;

const RULES: &str = r#"
channels:
  Webinar: {statuses: {Invited: {step: 10}, Registered: {step: 20}, No Show: {step: 30}, Attended: {step: 40, success: true}}}
sfdc_campaigns:
  Spring Webinar:
    statuses: {Invited: {default: true}, Registered: {}, No Show: {}, Attended: {responded: true}}
programs:
  Webinar in Spring: {channel: Webinar, sfdc_campaign: Spring Webinar}
"#;

const ORG: &str = r#"
users:
  - {username: admin@example.com}
  - username: sync@example.com
    marketing_user: true
    permissions:
      Campaign: {read: true, create: true, edit: true, delete: true, view_all: true}
apps:
  - {client_id: my-app, client_secret: my-secret, run_as: sync@example.com}
leads:
  - {ref: ada, LastName: Lovelace, Company: Acme, Email: ada@example.com}
campaigns:
  - ref: webinar
    Name: Spring Webinar
    Type: Webinar
    statuses: [{label: Invited, default: true}, {label: Registered}, {label: No Show}, {label: Attended, responded: true}]
    members: [{person: ada, status: Invited}]
"#;

/// What the doctor says about an org, and its status.
struct Answer {
    status: i32,
    text: String,
    lines: Vec<Value>,
}

impl Answer {
    /// The lines that are not fine: topic, answer, remedy.
    fn wrong(&self) -> Vec<(String, String, String)> {
        let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let remedy = |line: &Value| {
            let all: Vec<&str> = line["remedy"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            all.join("; ")
        };
        let wrong = self.lines.iter().filter(|line| line["verdict"] != "fine");
        wrong.map(|line| (text(line, "topic"), text(line, "answer"), remedy(line))).collect()
    }
}

fn ask(org: &str, config: &str, rules: &str) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("org.yaml"), org).unwrap();
    std::fs::create_dir(path.join("rules")).unwrap();
    std::fs::write(path.join("rules/a.yaml"), rules).unwrap();
    let double = Running::start(&["salesforce", "--data", path.join("org.yaml").to_str().unwrap()]);
    let config = config.replace("LOGIN", double.text("base_url"));
    std::fs::write(path.join("campanile.yaml"), config).unwrap();
    let doctor = |format: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("campanile"));
        command.args(["doctor", "--rules", "rules", "--config", "campanile.yaml", "--format", format]);
        command.env("SECRET", "my-secret").current_dir(path).output().unwrap()
    };
    let (human, json) = (doctor("human"), doctor("json"));
    let said = String::from_utf8_lossy(&json.stderr).into_owned();
    let answer: Value = serde_json::from_slice(&json.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let text = String::from_utf8(human.stdout).unwrap();
    assert!(!text.contains("my-secret"), "{text}");
    Answer { status: json.status.code().unwrap(), text, lines: answer["lines"].as_array().unwrap().clone() }
}

const CONFIG: &str = "salesforce:\n  login_url: LOGIN\n  auth: client_credentials\n  client_id: my-app\n  client_secret: {env: SECRET}\n  api_version: \"66.0\"\n";

/// Breaks one thing; exactly one line says so.
fn one(from: &str, to: &str) -> (String, String, String) {
    assert!(ORG.contains(from), "{from}");
    let answer = ask(&ORG.replace(from, to), CONFIG, RULES);
    let wrong = answer.wrong();
    assert_eq!((answer.status, wrong.len()), (1, 1), "{from} → {to}\n{}", answer.text);
    let line = wrong.into_iter().next().unwrap();
    assert!(
        answer.text.contains(&line.1) && answer.text.contains(&format!("→ {}", line.2.split("; ").next().unwrap()))
    );
    line
}

fn told(found: &(String, String, String), topic: &str, answer: &str, remedy: &str) {
    assert!(found.0 == topic && found.1.contains(answer) && found.2.contains(remedy), "{found:?}");
}

#[test]
fn nothing_is_wrong() {
    let answer = ask(ORG, CONFIG, RULES);
    assert_eq!((answer.status, answer.wrong()), (0, Vec::new()), "{}", answer.text);
    assert!(answer.text.contains("fine   log-in") && answer.text.ends_with("nothing is wrong\n"), "{}", answer.text);
}

#[test]
fn the_sync_is_switched_off() {
    let answer = ask(ORG, &format!("{CONFIG}sync:\n  enabled: false\n"), RULES);
    told(&answer.wrong()[0], "sync", "switched off", "`enabled: true`");
    assert_eq!(answer.status, 1);
}

#[test]
fn the_edition_has_no_campaigns() {
    told(&one("leads:", "settings: {campaigns: false}\nleads:"), "objects", "`Campaign`", "`Read` on `Campaign`");
}

#[test]
fn campaigns_may_not_be_read() {
    told(&one("{read: true, create", "{read: false, create"), "objects", "`Campaign`", "`Read` on `Campaign`");
}

#[test]
fn marketing_user_is_not_ticked() {
    told(
        &one("marketing_user: true", "marketing_user: false"),
        "Marketing User",
        "not ticked",
        "tick `Marketing User`",
    );
}

#[test]
fn campaigns_may_not_be_made_or_changed() {
    told(
        &one("create: true, edit: true", "create: false, edit: true"),
        "permissions",
        "`Create` missing",
        "`Create` on Campaign",
    );
    told(
        &one("create: true, edit: true, delete: true", "create: true, edit: false, delete: false"),
        "permissions",
        "`Edit` missing",
        "`Edit` on Campaign",
    );
}

#[test]
fn a_field_is_hidden_or_read_only() {
    let found = one("    marketing_user", "    hidden_fields: [Campaign.ActualCost]\n    marketing_user");
    told(&found, "fields", "`ActualCost` of Campaign cannot be seen", "tick Read and Edit for `ActualCost`");
    let found = one("    marketing_user", "    read_only_fields: [Campaign.Type]\n    marketing_user");
    told(&found, "fields", "`Type` of Campaign can be read and not changed", "tick Edit for `Type`");
}

#[test]
fn campaigns_are_not_shared() {
    let org = ORG.replace("view_all: true", "view_all: false");
    let answer = ask(&org.replace("leads:", "settings: {sharing: {Campaign: private}}\nleads:"), CONFIG, RULES);
    let wrong = answer.wrong();
    told(&wrong[0], "sharing", "none", "`View All` on Campaign");
    assert_eq!(
        (answer.status, wrong.len()),
        (1, 2),
        "that the linked one is not among them is told too: {}",
        answer.text
    );
}

#[test]
fn the_api_is_not_enabled() {
    let found = one("leads:", "settings: {api_enabled: false}\nleads:");
    assert!(found.1.contains("api disabled for org") && found.2.contains("API Enabled"), "{found:?}");
    let found = one("    marketing_user", "    api_enabled: false\n    marketing_user");
    told(&found, "API", "API_DISABLED_FOR_ORG", "tick `API Enabled`");
}

#[test]
fn the_connected_app_says_no() {
    for policy in ["restricted", "not_attached", "not_approved", "ip_restricted"] {
        let found = one("run_as: sync@example.com}", &format!("run_as: sync@example.com, policy: {policy}}}"));
        assert!(found.2.contains("connected app"), "{policy}: {found:?}");
    }
    let found = one("client_secret: my-secret", "client_secret: another");
    told(&found, "log-in", "invalid_client", "consumer key and secret");
}

#[test]
fn statuses_do_not_match() {
    let found = one("{label: No Show}", "{label: No-Show}");
    told(&found, "statuses", "No Show", "No Show");
    assert!(found.1.contains("No-Show"), "every offender on both sides: {found:?}");
}

#[test]
fn the_campaign_has_another_name() {
    told(&one("Name: Spring Webinar", "Name: Spring-Webinar"), "campaigns", "Spring Webinar", "Spring-Webinar");
}

#[test]
fn nobody_answers() {
    let answer = ask(ORG, &CONFIG.replace("LOGIN", "http://127.0.0.1:9"), RULES);
    assert_eq!(
        (answer.status, answer.lines.last().unwrap()["verdict"].as_str()),
        (3, Some("unreachable")),
        "{}",
        answer.text
    );
}

#[test]
fn without_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), RULES).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("campanile"));
    let output = command.args(["doctor", "--rules", "a.yaml"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no `campanile.yaml` lies beside the rules"));
}
