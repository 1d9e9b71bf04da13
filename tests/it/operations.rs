//! `docs/operations.md` and `packaging` say what is so: commands run, the configuration is one, systemd takes the unit.

use std::fs;
use std::path::Path;
use std::process::Command;

use campanile::config::{Auth, Config, Secret};

use crate::clients::left_out;
use crate::documents::{read, root};

/// The texts of the blocks of a page that are in this language.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(fence) = lines.next() {
        let Some(own) = fence.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        if own == language {
            found.push(text.join("\n") + "\n");
        }
    }
    found
}

/// What a line of shell prints in a folder; it must end well.
fn shell(folder: &Path, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_campanile")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh").args(["-c", line]).current_dir(folder).env("PATH", path).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "`{line}`: {text}");
    text
}

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("rules")).unwrap();
    for (from, to) in
        [("fixed/thanks.yaml", "rules/thanks.yaml"), ("people.csv", "people.csv"), ("events.jsonl", "events.jsonl")]
    {
        fs::copy(root().join("docs/tour").join(from), path.join(to)).unwrap();
    }
    let mut said = String::new();
    for block in blocks(&read("docs/operations.md"), "console") {
        for line in block.lines() {
            let line = line.strip_prefix("$ ").unwrap_or_else(|| panic!("`{line}` is no command"));
            said.push_str(&format!("$ {line}\n{}", shell(path, line)));
        }
    }
    insta::assert_snapshot!(said);
    // The new state has the same people as the old one.
    assert_eq!(shell(path, "campanile state export fresh"), shell(path, "campanile state export state"));
}

/// What is not run here is at least spelt right: each command and each of its options is one.
#[test]
fn the_other_commands_are_spelt_right() {
    let unit = read("packaging/campanile.service");
    let dockerfile = read("packaging/Dockerfile");
    // Without them nobody in the container trusts Salesforce or Marketo.
    assert!(dockerfile.split("FROM ").last().unwrap().contains("ca-certificates"));
    let started = dockerfile.split("CMD [").nth(1).unwrap().replace(['"', ',', ']', '\\', '\n'], " ");
    let mut lines = vec![format!("campanile {started}")];
    let page = read("docs/operations.md");
    let shown = [blocks(&page, "sh"), blocks(&page, "ini"), vec![unit]].concat().concat().replace("\\\n", "");
    lines.extend(
        shown
            .lines()
            .filter_map(|line| line.split_once("/usr/local/bin/campanile "))
            .map(|(_, rest)| format!("campanile {rest}")),
    );
    lines.extend(shown.lines().filter(|line| line.starts_with("campanile ")).map(str::to_owned));
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let help = shell(&root(), &format!("campanile {} --help", words[0]));
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(&format!("{option} ")), "`{line}`: there is no {option}");
        }
    }
}

#[test]
fn the_configuration_is_one() {
    let path = root().join("packaging/campanile.yaml");
    let config = Config::read(&path, &|name| Some(format!("the {name}"))).unwrap();
    let salesforce = config.salesforce.unwrap();
    let secret = Secret::new("the SALESFORCE_CLIENT_SECRET");
    assert_eq!(salesforce.auth, Auth::ClientCredentials { client_secret: secret });
    assert!(config.marketo.is_some() && config.sync.enabled);
    // What stands there as a comment is right too.
    let text = read("packaging/campanile.yaml");
    let folder = tempfile::tempdir().unwrap();
    for (file, auth) in [("salesforce.pem", "jwt_bearer"), ("refresh_token", "refresh_token")] {
        let secret = folder.path().join(file);
        campanile::private::write(&secret, "secret").unwrap();
        let mut other = text.replace("  auth: client_credentials\n", "");
        let begin = other.find(&format!("  # auth: {auth}\n")).unwrap();
        let is_key = |line: &&str| line.starts_with("  # ") && line.contains(": ");
        let commented: String = other[begin..].lines().take_while(is_key).map(|line| format!("{line}\n")).collect();
        other = other.replace(&commented, &commented.replace("  # ", "  "));
        let place = folder.path().join(format!("{auth}.yaml"));
        fs::write(&place, &other).unwrap();
        let config =
            Config::read(&place, &|_| Some("x".to_owned())).unwrap_or_else(|errors| panic!("{errors:?}\n{other}"));
        let auth = config.salesforce.unwrap().auth;
        assert!(!matches!(auth, Auth::ClientCredentials { .. }), "{auth:?}");
    }
    // Every key that there is stands in it.
    for key in
        ["login_url", "calls_share", "api_version", "base_url", "on_conflict", "backward", "default_company", "links"]
    {
        assert!(text.contains(&format!("  {key}: ")), "{key}");
    }
}

#[test]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let page = read("docs/operations.md");
    let more = blocks(&page, "ini").concat();
    let unit = read("packaging/campanile.service");
    // The program is not installed here.
    let installed = |text: &str| text.replace("/usr/local/bin/campanile", env!("CARGO_BIN_EXE_campanile"));
    let place = folder.path().join("campanile.service");
    fs::write(&place, installed(&unit)).unwrap();
    let drop_ins = folder.path().join("campanile.service.d");
    fs::create_dir(&drop_ins).unwrap();
    fs::write(drop_ins.join("override.conf"), installed(&more)).unwrap();
    let mut verify = Command::new("systemd-analyze");
    let output = match verify.args(["--man=no", "verify"]).arg(&place).output() {
        Ok(output) => output,
        Err(why) => return left_out("the unit by systemd", &why.to_string()),
    };
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.is_empty(), "{said}");
}
