//! Whole passes: what a change on either side becomes on the other.

use campanile::sync::pass::How;
use serde_json::{Value, json};

use super::rig::Rig;

#[test]
fn the_first_pass_makes_both_sides_equal_and_the_second_does_nothing() {
    let rig = Rig::sample();
    rig.pass();
    let program = rig.in_program("Spring Webinar");
    assert_eq!(program, rig.in_campaign("Spring Webinar"));
    let expected =
        [("ada@example.com", "Registered"), ("grace@example.com", "Invited"), ("margaret@example.com", "Invited")];
    let expected = expected.map(|(who, status)| (who.to_owned(), status.to_owned()));
    assert_eq!(program, expected.into());
    let campaigns = rig.world.in_salesforce("GET", "/double/records/Campaign", &Value::Null);
    let campaign = campaigns.as_array().unwrap().iter().find(|row| row["Name"] == "Spring Webinar").unwrap();
    assert_eq!((&campaign["Type"], campaign["ActualCost"].as_f64()), (&json!("Webinar"), Some(2000.0)));
    let calls = rig.world.salesforce.borrow().calls().filter(|call| call.method != "GET").count();
    let second = rig.next_pass();
    assert!(second.is_quiet(), "{}", second.json());
    let again = rig.world.salesforce.borrow().calls().filter(|call| call.method != "GET").count();
    assert_eq!(again - calls, 1, "a token and no write");
}

#[test]
fn a_change_on_either_side_shows_on_the_other() {
    let rig = Rig::sample();
    rig.pass();
    rig.change_in_campaign("grace@example.com", "Attended");
    rig.change_in_program("Spring Webinar", "margaret@example.com", "No Show");
    rig.next_pass();
    let program = rig.in_program("Spring Webinar");
    assert_eq!(program, rig.in_campaign("Spring Webinar"));
    assert_eq!(program.get("grace@example.com").map(String::as_str), Some("Attended"));
    assert_eq!(program.get("margaret@example.com").map(String::as_str), Some("No Show"));
    // Back to a lower step, which Marketo refuses.
    rig.change_in_campaign("grace@example.com", "Registered");
    let report = rig.next_pass();
    assert_eq!(rig.in_program("Spring Webinar").get("grace@example.com").map(String::as_str), Some("Registered"));
    assert_eq!(report.records().len(), 1, "{}", report.json());
    rig.settle();
}

#[test]
fn removals_travel_both_ways() {
    let rig = Rig::sample();
    rig.pass();
    let id = rig.member_id("grace@example.com");
    rig.world.in_salesforce("DELETE", &format!("/double/records/CampaignMember/{id}"), &Value::Null);
    let lead = rig.lead_id("margaret@example.com");
    rig.world.in_marketo("DELETE", &format!("/double/programs/Spring%20Webinar/members/{lead}"), &Value::Null);
    rig.next_pass();
    rig.settle();
    let program = rig.in_program("Spring Webinar");
    assert_eq!(program, rig.in_campaign("Spring Webinar"));
    assert_eq!(program.keys().collect::<Vec<_>>(), ["ada@example.com"]);
}

#[test]
fn a_dry_pass_says_what_it_would_do_and_does_nothing() {
    let rig = Rig::sample();
    let (report, outcome) = rig.try_pass(How { dry: true, ..How::default() });
    outcome.unwrap();
    assert_eq!(report.plan().len(), 3, "{:?}", report.plan());
    let writes = rig.world.salesforce.borrow().calls().filter(|call| call.method != "GET").count();
    assert_eq!(writes, 1, "the log-in");
    assert!(rig.book().links.is_empty());
}

#[test]
fn a_refused_link_writes_nothing_and_names_every_offender() {
    let rules = super::rig::LINKED.replace("No Show", "Absent");
    let rig = Rig::new(super::world::World::sample(&campanile::testkit::double::Faults::none()), &rules);
    // The rule file does not count where Marketo is there.
    rig.pass();
    assert_eq!(rig.book().links.len(), 1);
    let mut rig = Rig::sample();
    let statuses = rig.world.in_salesforce("GET", "/double/records/CampaignMemberStatus", &Value::Null);
    let of = |label: &str| {
        let row = statuses.as_array().unwrap().iter().find(|row| row["Label"] == label).unwrap();
        row["Id"].as_str().unwrap().to_owned()
    };
    let id = of("No Show");
    rig.world.in_salesforce(
        "PATCH",
        &format!("/double/records/CampaignMemberStatus/{id}"),
        &json!({"Label": "no show"}),
    );
    for with_marketo in [true, false] {
        rig.with_marketo = with_marketo;
        let report = rig.next_pass();
        let [record] = report.records() else { panic!("{}", report.json()) };
        assert!(report.has_failures());
        assert_eq!(serde_json::to_value(record.kind).unwrap(), "refused_link");
        for part in ["`No Show`", "`no show`", "in Salesforce", "in Marketo"] {
            assert!(record.message.contains(part), "{}", record.message);
        }
    }
    assert_eq!(rig.records().len(), 1, "what still stands is written down once a day");
    let writes = rig.world.salesforce.borrow().calls().filter(|call| call.method != "GET").count();
    assert_eq!(writes, 2, "log-ins");
    // Put right in Salesforce, the link is made by itself.
    rig.with_marketo = true;
    rig.world.in_salesforce(
        "PATCH",
        &format!("/double/records/CampaignMemberStatus/{id}"),
        &json!({"Label": "No Show"}),
    );
    assert!(!rig.next_pass().has_failures());
    assert_eq!(rig.in_program("Spring Webinar"), rig.in_campaign("Spring Webinar"));
}

#[test]
fn both_changed_is_a_conflict_that_is_told_once() {
    let rig = Rig::sample();
    rig.pass();
    rig.world.pass_ms(60_000);
    rig.change_in_campaign("ada@example.com", "Attended");
    rig.world.pass_ms(60_000);
    rig.change_in_program("Spring Webinar", "ada@example.com", "No Show");
    let report = rig.next_pass();
    let [record] = report.records() else { panic!("{}", report.json()) };
    let record = serde_json::to_value(record).unwrap();
    assert_eq!(record["kind"], "conflict");
    assert_eq!((&record["program"], &record["campaign"]), (&json!("No Show"), &json!("Attended")));
    assert_eq!((&record["base"], &record["winner"]), (&json!("Registered"), &json!("program")));
    assert_eq!(rig.in_campaign("Spring Webinar").get("ada@example.com").map(String::as_str), Some("No Show"));
    rig.settle();
    assert_eq!(rig.records().len(), 1);
}
