//! `sync`, `link`, `unlink`, `report` and `demo` as real processes against the doubles.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::double::Running;
use super::{Folder, campanile};

const LINKED: &str = crate::sync::rig::LINKED;

/// Both doubles, and a folder with rules and a configuration that leads to them.
struct Products {
    salesforce: Running,
    marketo: Running,
    folder: Folder,
}

impl Products {
    fn new() -> Self {
        Self::of(Running::start(&["salesforce"]), Running::start(&["marketo"]), LINKED)
    }

    fn of(salesforce: Running, marketo: Running, rules: &str) -> Self {
        let config = format!(
            "salesforce:\n  login_url: {}\n  client_id: campanile-double\n  client_secret: {{file: secret}}\nmarketo:\n  base_url: {}\n  \
             client_id: campanile-double\n  client_secret: {{file: secret}}\n",
            salesforce.text("base_url"),
            marketo.text("base_url")
        );
        let folder = Folder::new()
            .file("rules/rules.yaml", rules)
            .file("rules/campanile.yaml", config)
            .file("rules/secret", "double-secret\n");
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.path().join("rules/secret"), private).unwrap();
        Self { salesforce, marketo, folder }
    }

    /// What a command prints, without what is never the same twice.
    fn run(&self, command: &str) -> String {
        let text = campanile(self.folder.path(), command, "");
        let text = text.replace(self.salesforce.text("base_url"), "(salesforce)");
        let text = text.replace(self.marketo.text("base_url"), "(marketo)");
        masked(&text)
    }

    fn json(&self, command: &str) -> Value {
        let text = campanile(self.folder.path(), command, "");
        let (_, out) = text.split_once("--- stdout\n").unwrap();
        serde_json::from_str(out.lines().next().unwrap()).unwrap()
    }

    fn in_salesforce(&self, method: &str, path: &str, body: &Value) -> Value {
        self.salesforce.call(method, path, body)
    }

    /// Somebody in Salesforce changes the status of the member who has one.
    fn change(&self, from: &str, to: &str) {
        let members = self.in_salesforce("GET", "/double/records/CampaignMember", &Value::Null);
        let member = members.as_array().unwrap().iter().find(|row| row["Status"] == from).unwrap();
        let path = format!("/double/records/CampaignMember/{}", member["Id"].as_str().unwrap());
        self.in_salesforce("PATCH", &path, &json!({"Status": to}));
    }
}

/// Moments are never the same twice.
fn masked(text: &str) -> String {
    let is_moment = |text: &str| {
        let shape = "0000-00-00T00:00:00";
        let same = |(a, b): (u8, u8)| if b == b'0' { a.is_ascii_digit() } else { a == b };
        text.len() > shape.len() && text.bytes().zip(shape.bytes()).all(same)
    };
    let mut shown = String::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        if let (true, Some(end)) = (is_moment(rest), rest.find('Z')) {
            shown.push_str("(moment)");
            rest = &rest[end + 1..];
        } else {
            shown.push(sign);
            rest = &rest[sign.len_utf8()..];
        }
    }
    shown
}

/// Ports are never the same twice.
fn without_ports(text: &str) -> String {
    let parts = text.split("http://127.0.0.1:");
    let parts: Vec<&str> = parts.map(|part| part.trim_start_matches(|sign: char| sign.is_ascii_digit())).collect();
    parts.join("(address)")
}

#[test]
fn passes_and_what_became_of_them() {
    let products = Products::new();
    let mut told = products.run("sync --rules rules --state state --dry-run");
    told += &products.run("sync --rules rules --state state");
    told += &products.run("sync --rules rules --state state");
    products.change("Registered", "Attended");
    told += &products.run("sync --rules rules --state state");
    told += &products.run("sync status --state state");
    told += &products.run("sync log --state state");
    told += &products.run("report --state state");
    told += &products.run("report --state state --format csv");
    told += &products.run("report --state state --format json");
    insta::assert_snapshot!(told);
    let report = products.json("sync --rules rules --state state --full --format json");
    assert_eq!((&report["version"], &report["passes"], &report["records"]), (&json!(1), &json!([]), &json!([])));
    let status = products.json("sync status --state state --format json");
    assert_eq!(status["links"][0]["program_members"], 3);
}

#[test]
fn links_by_hand() {
    let products = Products::new();
    std::fs::write(products.folder.path().join("rules/rules.yaml"), "lists: [Nobody]\n").unwrap();
    let mut told = products.run("link 'Spring Webinar' 'Hannover Fair' --rules rules --state state");
    told += &products.run("link 'Spring Webinar' --create --rules rules --state state");
    told += &products.run("link 'Spring Webinar' 'Spring Webinar' --rules rules --state state");
    told += &products.run("sync --rules rules --state state");
    told += &products.run("link 'Hannover Fair' 'Spring Webinar' --rules rules --state state");
    told += &products.run("unlink 'Spring Webinar' --state state");
    told += &products.run("unlink 'Spring Webinar' --state state");
    products.change("Registered", "Attended");
    told += &products.run("sync --rules rules --state state");
    insta::assert_snapshot!(told);
}

#[test]
fn a_campaign_is_made_of_a_program() {
    let products = Products::new();
    std::fs::write(products.folder.path().join("rules/rules.yaml"), "lists: [Nobody]\n").unwrap();
    let campaigns = products.in_salesforce("GET", "/double/records/Campaign", &Value::Null);
    let taken = campaigns.as_array().unwrap().iter().find(|row| row["Name"] == "Spring Webinar").unwrap();
    let path = format!("/double/records/Campaign/{}", taken["Id"].as_str().unwrap());
    products.in_salesforce("PATCH", &path, &json!({"Name": "Another Webinar"}));
    let told = products.run("link 'Spring Webinar' --create --rules rules --state state");
    assert!(told.contains("made and linked: program `Spring Webinar`"), "{told}");
    let campaigns = products.in_salesforce("GET", "/double/records/Campaign", &Value::Null);
    let made = campaigns.as_array().unwrap().iter().find(|row| row["Name"] == "Spring Webinar").unwrap();
    assert_eq!((&made["Type"], made["ActualCost"].as_f64()), (&json!("Webinar"), Some(2000.0)));
    let statuses = products.in_salesforce("GET", "/double/records/CampaignMemberStatus", &Value::Null);
    let mut own: Vec<&Value> =
        statuses.as_array().unwrap().iter().filter(|row| row["CampaignId"] == made["Id"]).collect();
    own.sort_by_key(|row| row["SortOrder"].as_i64());
    let shown: Vec<_> = own.iter().map(|row| (&row["Label"], &row["IsDefault"], &row["HasResponded"])).collect();
    let (yes, no) = (&json!(true), &json!(false));
    let labels = ["Invited", "Registered", "No Show", "Attended"].map(|label| json!(label));
    let [invited, registered, no_show, attended] = &labels;
    assert_eq!(shown, [(invited, yes, no), (registered, no, no), (no_show, no, no), (attended, no, yes)]);
    let told = products.run("sync --rules rules --state state");
    assert!(told.contains("campaign member  2 new"), "{told}");
}

#[test]
fn what_stands_in_the_way() {
    let products = Products::new();
    let mut told = products.run("sync --rules rules");
    told += &products.run("sync status --state nowhere");
    told += &products.run("sync --rules rules --state state --every never");
    std::fs::write(
        products.folder.path().join("off.yaml"),
        "salesforce: {client_id: a, client_secret: {env: PATH}}\nsync: {enabled: false}\n",
    )
    .unwrap();
    told += &products.run("sync --rules rules --state state --config off.yaml");
    std::fs::write(
        products.folder.path().join("away.yaml"),
        "salesforce: {login_url: 'http://127.0.0.1:9', client_id: a, client_secret: {env: PATH}}\n",
    )
    .unwrap();
    // A port at which nobody listens, asked again and again with pauses: it is told in the end, and the status says so.
    let away = products.run("sync --rules rules --state state --config away.yaml");
    assert!(away.contains("status 3") && away.contains("Salesforce cannot be reached"), "{away}");
    insta::assert_snapshot!(told);
}

#[test]
fn the_demonstration() {
    let folder = Folder::new();
    let told = folder.run("demo --dir demo");
    insta::assert_snapshot!(without_ports(&masked(&told)));
    assert!(folder.run("validate demo/rules").contains("status 0"));
    assert!(folder.run("report --state demo/state").contains("Spring Webinar (Webinar"));
    assert!(folder.run("demo --dir demo").contains("`demo` is not empty"));
}

/// Killed at any moment and started again, the first pass of a crowd makes everybody once.
#[test]
fn killed_passes_make_nobody_twice() {
    const PEOPLE: usize = 300;
    let mut marketo = String::from(
        "channels: [{name: Webinar, type: event, statuses: [{name: Invited, step: 10}, {name: Attended, step: 20, success: true}]}]\nleads:\n",
    );
    for person in 0..PEOPLE {
        // Some have no address by which they could be found again.
        let email = if person % 10 == 0 { String::new() } else { format!(", email: p{person}@example.com") };
        marketo.push_str(&format!("  - {{ref: p{person}, firstName: F{person}, lastName: L{person}{email}}}\n"));
    }
    marketo.push_str("programs:\n  - name: Crowd\n    channel: Webinar\n    members:\n");
    for person in 0..PEOPLE {
        marketo.push_str(&format!("      - {{person: p{person}, status: Invited}}\n"));
    }
    let salesforce = "campaigns: [{ref: crowd, Name: Crowd, statuses: [{label: Invited, default: true}, {label: Attended, responded: true}]}]\n";
    let rules = "channels: {Webinar: {statuses: {Invited: {step: 10}, Attended: {step: 20, success: true}}}}\n\
                 programs: {Crowd: {channel: Webinar, sfdc_campaign: Crowd}}\n\
                 sfdc_campaigns: {Crowd: {statuses: {Invited: {default: true}, Attended: {responded: true}}}}\n";
    let data = Folder::new().file("salesforce.yaml", salesforce).file("marketo.yaml", &marketo);
    let file = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    let products = Products::of(
        Running::start(&["salesforce", "--data", &file("salesforce.yaml")]),
        Running::start(&["marketo", "--data", &file("marketo.yaml")]),
        rules,
    );
    let mut random: u64 = 7;
    for _ in 0..12 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut pass = std::process::Command::new(assert_cmd::cargo::cargo_bin("campanile"))
            .args(["sync", "--rules", "rules", "--state", "state"])
            .current_dir(products.folder.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20 + (random >> 33) % 400));
        pass.kill().unwrap();
        pass.wait().unwrap();
    }
    let rows = |object: &str| {
        let rows = products.in_salesforce("GET", &format!("/double/records/{object}"), &Value::Null);
        rows.as_array().unwrap().clone()
    };
    let mut told = String::new();
    for _ in 0..4 {
        told = products.run("sync --rules rules --state state");
        if told.contains("nothing to do") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    let mut names: Vec<String> = rows("Lead").iter().map(|row| row["LastName"].as_str().unwrap().to_owned()).collect();
    names.sort();
    let made = names.len();
    names.dedup();
    assert_eq!(made, names.len(), "somebody was made twice\n{told}");
    // Whoever was about to be made when we were killed is made again only when it would have shown by now, minutes later.
    let waits = told.contains("left for the next pass");
    assert!(waits || told.contains("nothing to do"), "{told}");
    assert!(waits || (made, rows("CampaignMember").len()) == (PEOPLE, PEOPLE), "{told}");
}
