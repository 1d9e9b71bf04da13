//! The commands that `docs/ci.md` and the hooks for pre-commit name: they are there, and the sample passes them.

use assert_cmd::Command;

use crate::documents::{read, root};

/// Runs a command line in the root of the project and sees it succeed.
fn succeeds(line: &str) {
    let words = line.split(" > ").next().unwrap().split_whitespace().skip(1);
    let output = Command::cargo_bin("campanile").unwrap().args(words).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_commands_of_the_page_work() {
    let page = read("docs/ci.md");
    let lines = page
        .lines()
        .map(|line| line.trim().trim_start_matches("- run: "))
        .filter(|line| line.starts_with("campanile "));
    let mut many = 0;
    for line in lines {
        many += 1;
        succeeds(line);
    }
    assert!(many > 8, "only {many} commands");
}

#[test]
fn the_hooks_work() {
    let hooks: serde_json::Value = serde_yaml::from_str(&read(".pre-commit-hooks.yaml")).unwrap();
    let page = read("docs/ci.md");
    for hook in hooks.as_array().unwrap() {
        let text = |key: &str| hook[key].as_str().unwrap().to_owned();
        assert!(page.contains(&format!("id: {}", text("id"))), "{hook}");
        let args: Vec<&str> = hook["args"].as_array().into_iter().flatten().filter_map(|arg| arg.as_str()).collect();
        // Hooks that take file names are given them.
        let rest = if hook.get("pass_filenames").is_some() {
            args.join(" ")
        } else {
            "rules/company.yaml rules/scoring.yaml".to_owned()
        };
        succeeds(&format!("{} {rest}", text("entry")));
    }
}
