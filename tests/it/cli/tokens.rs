//! Refresh tokens that rotate: each log-in uses the one that the last one brought, from one process to the next.
#![cfg(unix)]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::double::Running;
use super::{Folder, RULES};

const ORG: &str = r#"
users: [{username: sync@example.com}]
apps:
  - client_id: my-app
    client_secret: my-secret
    run_as: sync@example.com
    refresh_tokens: [the-first-token, granted-anew]
campaigns:
  - {ref: fair, Name: Fair, Type: Trade Show, statuses: [{label: Invited, default: true}, {label: Attended, responded: true}]}
settings: {rotate_refresh_tokens: true}
"#;

fn start() -> (Running, Folder) {
    let folder = Folder::new().file("org.yaml", ORG).file("rules/fair.yaml", RULES).file("token", "the-first-token");
    let double = Running::start(&["salesforce", "--data", folder.path().join("org.yaml").to_str().unwrap()]);
    fs::set_permissions(folder.path().join("token"), Permissions::from_mode(0o600)).unwrap();
    let config = format!(
        "salesforce:\n  login_url: {}\n  auth: refresh_token\n  client_id: my-app\n  refresh_token: {{file: token}}\n",
        double.text("base_url")
    );
    (double, folder.file("campanile.yaml", config))
}

#[test]
fn without_a_state_nothing_is_asked() {
    let (_double, folder) = start();
    let pull = folder.run("pull");
    let doctor = folder.run("doctor --rules rules --config campanile.yaml");
    insta::assert_snapshot!(format!("{pull}{doctor}"));
    // The token was not used up.
    assert!(folder.run("pull --state state").contains("status 0"));
}

#[test]
fn each_log_in_uses_the_token_of_the_last_one() {
    let (_double, folder) = start();
    let state = folder.path().join("state");
    let mut seen = vec!["the-first-token".to_owned()];
    for command in ["pull --state state", "doctor --rules rules --config campanile.yaml --state state"].repeat(2) {
        let shown = folder.run(command);
        let fine = shown.contains("status 0") || shown.contains("fine   log-in");
        assert!(fine, "{shown}");
        let kept = state.join("refresh_token");
        assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
        let line: serde_json::Value = serde_json::from_str(&fs::read_to_string(&kept).unwrap()).unwrap();
        let token = line["token"].as_str().unwrap().to_owned();
        assert!(!seen.contains(&token), "{token} came twice");
        assert!(seen.iter().chain([&token]).all(|token| !shown.contains(token.as_str())), "{shown}");
        seen.push(token);
    }
    // Nothing else lies there, and the directory still becomes a state.
    let mut names: Vec<_> = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["refresh_token", "refresh_token.lock"]);
    let run = folder.run_with_input("run --rules rules --state state --events -", "");
    assert!(run.contains("status 0"), "{run}");
    assert!(folder.run("pull --state state").contains("status 0"));
}

#[test]
fn a_token_that_is_granted_anew_counts() {
    let (_double, folder) = start();
    assert!(folder.run("pull --state state").contains("status 0"));
    // Somebody logs in with a token that was used: the grant is gone, and with it what is kept.
    fs::remove_file(folder.path().join("state/refresh_token")).unwrap();
    let refused = folder.run("pull --state state");
    assert!(refused.contains("Salesforce refuses the log-in: invalid_grant"), "{refused}");
    let (double, folder) = start();
    assert!(folder.run("pull --state state").contains("status 0"));
    fs::write(folder.path().join("token"), "granted-anew").unwrap();
    let line = fs::read_to_string(folder.path().join("state/refresh_token")).unwrap();
    assert!(folder.run("pull --state state").contains("status 0"));
    assert_ne!(fs::read_to_string(folder.path().join("state/refresh_token")).unwrap(), line);
    drop(double);
}

#[test]
fn two_processes_do_not_use_one_token() {
    let (_double, folder) = start();
    assert!(folder.run("pull --state state").contains("status 0"));
    let lock = File::options().write(true).open(folder.path().join("state/refresh_token.lock")).unwrap();
    lock.lock().unwrap();
    insta::assert_snapshot!(folder.run("pull --state state"));
    drop(lock);
    // Nobody else may read it either.
    fs::set_permissions(folder.path().join("state/refresh_token"), Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(folder.run("pull --state state"));
}

#[test]
fn a_token_that_cannot_be_kept_is_not_used() {
    let (double, folder) = start();
    // What stands in its way is no file that could be taken away.
    fs::create_dir_all(folder.path().join("state/refresh_token.new")).unwrap();
    let shown = folder.run("pull --state state");
    assert!(shown.contains("`state/refresh_token` cannot be written: "), "{shown}");
    let calls = double.get("/double/calls");
    assert!(calls.contains("/services/oauth2/token") && !calls.contains("/services/data"), "{calls}");
}
