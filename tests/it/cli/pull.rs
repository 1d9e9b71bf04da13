//! `campanile pull` against both doubles.

use super::Folder;
use super::double::Running;

fn config(salesforce: &Running, marketo: &Running) -> String {
    let credentials = |double: &Running, key: &str| {
        let all: serde_json::Value = serde_json::from_str(&double.credentials()).unwrap();
        all[key].as_str().unwrap_or_else(|| panic!("no {key} in {all}")).to_owned()
    };
    format!(
        "salesforce:\n  login_url: {}\n  auth: client_credentials\n  client_id: {}\n  client_secret: {{file: sfdc}}\n  api_version: \"66.0\"\n\
         marketo:\n  base_url: {}\n  client_id: {}\n  client_secret: {{file: marketo}}\n",
        salesforce.text("base_url"),
        credentials(salesforce, "client_id"),
        marketo.text("base_url"),
        credentials(marketo, "client_id"),
    )
}

#[cfg(unix)]
#[test]
fn what_both_sides_show_is_a_rule_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (salesforce, marketo) = (Running::start(&["salesforce"]), Running::start(&["marketo"]));
    let folder = Folder::new().file("campanile.yaml", config(&salesforce, &marketo));
    for (file, double) in [("sfdc", &salesforce), ("marketo", &marketo)] {
        let all: serde_json::Value = serde_json::from_str(&double.credentials()).unwrap();
        let path = folder.path().join(file);
        std::fs::write(&path, all["client_secret"].as_str().unwrap()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    insta::assert_snapshot!(
        folder.run("pull --output pulled.yaml") + &folder.run("pull") + &folder.run("validate pulled.yaml")
    );
}

#[test]
fn what_cannot_be_asked() {
    let folder = Folder::new().file("typo.yaml", "salesfroce: {}\n");
    insta::assert_snapshot!(folder.run("pull") + &folder.run("pull --config typo.yaml"));
}
