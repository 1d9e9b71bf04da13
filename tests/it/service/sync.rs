//! The service with the sync beside it: what changes in a product reaches the rules, and what flows do goes out at once.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::page::Browser;
use super::{Serving, command};
use crate::cli::double::Running;
use crate::clients::left_out;

/// The program and its campaign are linked; whoever attends is invited to the fair.
fn rules() -> String {
    let flows = r#"
  Hannover Fair:
    statuses: {Sent: {default: true}, Responded: {responded: true}}
smart_campaigns:
  fair:
    triggers: [status is changed in SFDC campaign "Spring Webinar" to "Attended"]
    flow: [add to SFDC campaign "Hannover Fair" with status "Sent"]
  asked:
    triggers: [campaign is requested]
    flow: [add to SFDC campaign "Hannover Fair" with status "Responded"]
"#;
    format!("{}{flows}", crate::sync::rig::LINKED.trim_end())
}

struct World {
    salesforce: Running,
    _marketo: Running,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let (salesforce, marketo) = (Running::start(&["salesforce"]), Running::start(&["marketo"]));
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "salesforce: {{login_url: '{}', client_id: campanile-double, client_secret: {{file: secret}}}}\nmarketo: {{base_url: '{}', \
             client_id: campanile-double, client_secret: {{file: secret}}}}\n",
            salesforce.text("base_url"),
            marketo.text("base_url")
        );
        for (name, text) in
            [("rules.yaml", rules()), ("campanile.yaml", config), ("secret", "double-secret".to_owned())]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.path().join("secret"), private).unwrap();
        Self { salesforce, _marketo: marketo, folder }
    }

    /// The configuration lies beside the rules.
    fn serve(&self) -> Serving {
        Serving::of(command(self.folder.path(), &[]))
    }

    fn members(&self, status: &str) -> Vec<Value> {
        let rows = self.salesforce.call("GET", "/double/records/CampaignMember", &Value::Null);
        rows.as_array().unwrap().iter().filter(|row| row["Status"] == status).cloned().collect()
    }
}

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn passes_reach_the_rules_and_flows_go_out_at_once() {
    let world = World::new();
    let serving = world.serve();
    let sync = || serving.get("/v1/sync").json();
    // The first pass begins by itself.
    until("a first pass", || sync()["ended"].is_string() && sync()["running"] == false);
    let shown = sync();
    assert_eq!(shown["links"][0]["program_members"], 3, "{shown}");
    assert!(shown["next"].is_string() && shown["enabled"] == true, "{shown}");

    let id = world.members("Registered")[0]["Id"].as_str().unwrap().to_owned();
    let path = format!("/double/records/CampaignMember/{id}");
    world.salesforce.call("PATCH", &path, &json!({"Status": "Attended"}));
    assert_eq!(serving.post("/v1/sync", "application/json", "").status, 202);
    until("the flow's member", || world.members("Sent").len() == 1);

    // Without a pass: the next one is minutes away.
    let person = serving.get("/v1/people?filter=%5BEmail%20Address%5D%20is%20%22grace@example.com%22&limit=2").text;
    let person: Value = serde_json::from_str(&person).unwrap();
    let person = person["people"][0].as_str().unwrap_or_else(|| panic!("{person}")).to_owned();
    let asked =
        serving.post("/v1/campaigns/asked/requests", "application/json", &json!({"person": person}).to_string());
    assert_eq!(asked.status, 202, "{asked:?}");
    until("what was asked for", || world.members("Responded").len() == 1);

    let lines = serving.post("/v1/sync/doctor", "application/json", "").json();
    assert!(lines["lines"].as_array().unwrap().iter().any(|line| line["topic"] == "sharing"), "{lines}");
    let metrics = serving.get("/metrics").text;
    assert!(metrics.contains("campanile_sync_passes_total{outcome=\"fine\"} 2"), "{metrics}");

    // Killed and started again: nothing is told or done twice.
    let before = serving.get("/v1/actions?after=0&limit=100").text;
    drop(serving);
    let serving = world.serve();
    until("a pass after the restart", || {
        let shown = serving.get("/v1/sync").json();
        shown["running"] == false && shown["passes"] == json!([]) && shown["next"].is_string()
    });
    assert_eq!(serving.get("/v1/actions?after=0&limit=100").text, before);
    let (status, said) = serving.stop("-TERM");
    assert!(status.success(), "{said}");
    assert!(!said.contains("double-secret"), "{said}");
}

#[test]
fn without_a_configuration_there_is_no_sync() {
    let folder = super::folder();
    let serving = Serving::start(folder.path());
    assert_eq!(serving.get("/v1/sync").json()["enabled"], false);
    assert_eq!(serving.post("/v1/sync", "application/json", "").status, 409);
    assert_eq!(serving.post("/v1/sync/doctor", "application/json", "").status, 409);
}

#[test]
fn a_side_that_is_away_is_told_and_the_service_goes_on() {
    let world = World::new();
    let config = "salesforce: {login_url: 'http://127.0.0.1:9', client_id: a, client_secret: {file: secret}}\n";
    std::fs::write(world.folder.path().join("campanile.yaml"), config).unwrap();
    let serving = world.serve();
    assert_eq!(serving.get("/readyz").status, 200);
    until("the trouble", || {
        let shown = serving.get("/v1/sync").json();
        shown["trouble"].as_str().is_some_and(|trouble| trouble.contains("Salesforce cannot be reached"))
    });
    assert!(serving.get("/metrics").text.contains("campanile_sync_passes_total{outcome=\"broken_off\"} 1"));
}

#[test]
fn the_page_shows_the_sync_and_asks_why() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return left_out("the sync on the web page in chromium", &why),
    };
    let world = World::new();
    let serving = world.serve();
    until("a first pass", || serving.get("/v1/sync").json()["ended"].is_string());
    browser.look(1200, 800, false);
    browser.open(&format!("{}/#/sync", serving.url));
    let text = browser.wait_for("What is linked");
    for part in ["Spring Webinar", "The next pass begins at", "campaign member", "To be looked after"] {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
    browser.run("[...document.querySelectorAll('button')].find((it) => it.textContent.startsWith('Why')).click()");
    browser.wait_for("it is switched on");
    browser.picture("sync-light");
    browser.look(390, 800, true);
    browser.open(&format!("{}/?phone#/sync", serving.url));
    browser.wait_for("What is linked");
    browser.picture("sync-phone-dark");
}
