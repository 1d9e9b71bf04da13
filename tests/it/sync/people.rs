//! Who is whom: people made, converted, merged, deleted, and those who cannot be told apart.

use campanile::testkit::double::Fault;
use serde_json::{Value, json};

use super::rig::Rig;

fn spring(rig: &Rig) -> Vec<(String, String)> {
    let program = rig.in_program("Spring Webinar");
    assert_eq!(program, rig.in_campaign("Spring Webinar"));
    program.into_iter().collect()
}

#[test]
fn a_converted_lead_is_followed_without_an_operation() {
    let rig = Rig::sample();
    rig.pass();
    let (lead, member) = (rig.id("Lead", "Email", "ada@example.com"), rig.member_id("ada@example.com"));
    let writes = rig.writes().len();
    rig.world.in_salesforce("POST", &format!("/double/convert/{lead}"), &json!({}));
    let report = rig.next_pass();
    assert!(report.is_quiet(), "{}", report.json());
    assert_eq!(rig.writes().len(), writes);
    assert_eq!(rig.member_id("ada@example.com"), member, "its row is the same");
    // The contact stands for her, on both ways.
    rig.change_in_campaign("ada@example.com", "Attended");
    rig.next_pass();
    assert_eq!(rig.in_program("Spring Webinar")["ada@example.com"], "Attended");
    rig.change_in_program("Spring Webinar", "ada@example.com", "Invited");
    rig.next_pass();
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "Invited");
    let leads = rig.world.in_marketo("GET", "/double/leads", &Value::Null);
    assert_eq!(leads.as_array().unwrap().len(), 4, "nobody was made");
}

#[test]
fn a_lead_that_is_no_member_is_followed_too() {
    let rig = Rig::sample();
    rig.pass();
    let id = rig.member_id("ada@example.com");
    rig.delete_row("CampaignMember", &id);
    rig.settle();
    let lead = rig.id("Lead", "Email", "ada@example.com");
    rig.world.in_salesforce("POST", &format!("/double/convert/{lead}"), &json!({}));
    rig.next_pass();
    // Added on the program side, it is the contact that becomes a member.
    rig.change_in_program("Spring Webinar", "ada@example.com", "Invited");
    rig.settle();
    let contact = rig.id("Contact", "Email", "ada@example.com");
    let id = rig.member_id("ada@example.com");
    assert_eq!(rig.row("CampaignMember", "Id", &id)["ContactId"], contact);
}

#[test]
fn a_lead_converted_into_somebodys_contact_leaves_nothing_behind() {
    let rig = Rig::sample();
    rig.pass();
    let (lead, contact) = (rig.id("Lead", "Email", "ada@example.com"), rig.id("Contact", "Email", "grace@example.com"));
    rig.world.in_salesforce("POST", &format!("/double/convert/{lead}"), &json!({"contact": contact}));
    rig.next_pass();
    rig.settle();
    let names: Vec<String> = spring(&rig).into_iter().map(|(who, _)| who).collect();
    assert_eq!(names, ["grace@example.com", "margaret@example.com"]);
}

#[test]
fn a_deleted_lead_leaves_the_programs_and_comes_back_as_a_new_one_when_added_again() {
    let rig = Rig::sample();
    rig.pass();
    let lead = rig.id("Lead", "Email", "ada@example.com");
    rig.delete_row("Lead", &lead);
    rig.next_pass();
    rig.settle();
    let names: Vec<String> = spring(&rig).into_iter().map(|(who, _)| who).collect();
    assert_eq!(names, ["grace@example.com", "margaret@example.com"]);
    rig.lead_id("ada@example.com");
    rig.change_in_program("Spring Webinar", "ada@example.com", "No Show");
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "No Show");
    let alive = |row: &&Value| row["Email"] == "ada@example.com" && row["IsDeleted"] == false;
    let leads = rig.rows("Lead");
    let again: Vec<&Value> = leads.iter().filter(alive).collect();
    assert_eq!(again.len(), 1);
    assert_ne!(again[0]["Id"], lead);
    assert_eq!((&again[0]["FirstName"], &again[0]["Company"]), (&json!("Ada"), &json!("Analytical Engines Ltd")));
}

#[test]
fn a_person_who_is_deleted_in_marketo_leaves_the_campaigns() {
    let rig = Rig::sample();
    rig.pass();
    let lead = rig.lead_id("grace@example.com");
    rig.world.in_marketo("DELETE", &format!("/double/leads/{lead}"), &Value::Null);
    rig.settle();
    let names: Vec<String> = spring(&rig).into_iter().map(|(who, _)| who).collect();
    assert_eq!(names, ["ada@example.com", "margaret@example.com"]);
    rig.id("Contact", "Email", "grace@example.com");
    // Added again in Salesforce, she is made once more.
    let (campaign, contact) =
        (rig.id("Campaign", "Name", "Spring Webinar"), rig.id("Contact", "Email", "grace@example.com"));
    rig.make_row("CampaignMember", &json!({"CampaignId": campaign, "ContactId": contact, "Status": "Attended"}));
    rig.settle();
    assert_eq!(rig.in_program("Spring Webinar")["grace@example.com"], "Attended");
    assert_ne!(rig.lead_id("grace@example.com"), lead);
}

#[test]
fn the_loser_of_a_merge_leaves_and_the_winner_keeps_what_it_got() {
    let rig = Rig::sample();
    rig.pass();
    // In Salesforce: Margaret's lead was made by the sync.
    let (winner, loser) =
        (rig.id("Lead", "Email", "alan@example.com"), rig.id("Lead", "Email", "margaret@example.com"));
    rig.world.in_salesforce("POST", &format!("/double/merge/{winner}"), &json!({"losers": [loser]}));
    rig.settle();
    let names: Vec<String> = spring(&rig).into_iter().map(|(who, _)| who).collect();
    assert_eq!(names, ["ada@example.com", "alan@example.com", "grace@example.com"], "Alan got her membership");
    // In Marketo: the higher step stays.
    let (winner, loser) = (rig.lead_id("grace@example.com"), rig.lead_id("ada@example.com"));
    rig.world.in_marketo("POST", &format!("/double/merge/{winner}"), &json!({"losers": [loser]}));
    rig.settle();
    let expected = [("alan@example.com", "Invited"), ("grace@example.com", "Registered")];
    assert_eq!(spring(&rig), expected.map(|(who, status)| (who.to_owned(), status.to_owned())));
}

#[test]
fn a_merge_into_a_record_that_is_nobody_else_is_followed() {
    let rig = Rig::sample();
    rig.pass();
    let lead = rig.id("Lead", "Email", "ada@example.com");
    let winner = rig.make_row("Lead", &json!({"LastName": "King", "Company": "Ockham"}));
    rig.world.in_salesforce("POST", &format!("/double/merge/{winner}"), &json!({"losers": [lead]}));
    let report = rig.next_pass();
    assert!(report.is_quiet(), "{}", report.json());
    assert_eq!(rig.in_program("Spring Webinar")["ada@example.com"], "Registered");
    rig.change_in_program("Spring Webinar", "ada@example.com", "Attended");
    rig.settle();
    let member = rig.row("CampaignMember", "LeadId", &winner);
    assert_eq!(member["Status"], "Attended");
}

#[test]
fn somebody_without_an_address_is_made_in_salesforce_once_whatever_becomes_of_the_answer() {
    let lost = [Fault::SilenceAfter, Fault::CutAfter, Fault::ServerErrorAfter];
    let never_made = [Fault::SilenceBefore, Fault::CutBefore, Fault::ServerError];
    for kind in lost.into_iter().chain(never_made) {
        let rig = Rig::sample();
        let jean = rig.make_lead(&json!({"firstName": "Jean", "lastName": "Bartik"}));
        rig.put_in_program(&jean, "Registered");
        rig.order(true, kind, "POST", "composite/sobjects?");
        rig.pass();
        for _ in 0..6 {
            rig.next_pass();
        }
        let made = rig.rows("Lead").iter().filter(|row| row["LastName"] == "Bartik").count();
        assert_eq!(made, 1, "{kind:?}");
        assert_eq!(rig.in_campaign("Spring Webinar")["Bartik"], "Registered", "{kind:?}");
        rig.settle();
    }
}

#[test]
fn somebody_without_an_address_is_made_in_marketo_once_whatever_becomes_of_the_answer() {
    let lost = [Fault::SilenceAfter, Fault::CutAfter, Fault::ServerErrorAfter];
    let never_made = [Fault::SilenceBefore, Fault::CutBefore, Fault::ServerError];
    for kind in lost.into_iter().chain(never_made) {
        let rig = Rig::sample();
        let lead = rig.make_row("Lead", &json!({"FirstName": "Jean", "LastName": "Bartik", "Company": "ENIAC"}));
        let campaign = rig.id("Campaign", "Name", "Spring Webinar");
        rig.make_row("CampaignMember", &json!({"CampaignId": campaign, "LeadId": lead, "Status": "Registered"}));
        rig.order(false, kind, "POST", "/rest/v1/leads.json");
        rig.pass();
        for _ in 0..6 {
            rig.next_pass();
        }
        let leads = rig.world.in_marketo("GET", "/double/leads", &Value::Null);
        let made: Vec<&Value> = leads.as_array().unwrap().iter().filter(|row| row["lastName"] == "Bartik").collect();
        assert_eq!(made.len(), 1, "{kind:?}");
        assert_eq!(made[0]["company"], "ENIAC");
        assert_eq!(rig.in_program("Spring Webinar")[&made[0]["id"].to_string()], "Registered", "{kind:?}");
        rig.settle();
    }
}

#[test]
fn two_with_one_address_are_a_record_and_never_a_guess() {
    // In Marketo.
    let rig = Rig::sample();
    let twin = rig.make_lead(&json!({"firstName": "Ada", "email": "ADA@example.com"}));
    let report = rig.pass();
    assert!(report.has_failures());
    let record = report.records().iter().find(|record| record.code.as_deref() == Some("AMBIGUOUS")).unwrap();
    assert!(record.message.contains("ada@example.com") && record.message.contains("merge them"), "{}", record.message);
    assert_eq!(rig.rows("Lead").iter().filter(|row| row["Email"] == "ada@example.com").count(), 1);
    assert!(rig.next_pass().has_failures(), "as long as it stands");
    let lead = rig.lead_id("ada@example.com");
    rig.world.in_marketo("POST", &format!("/double/merge/{lead}"), &json!({"losers": [twin.parse::<u64>().unwrap()]}));
    rig.settle();
    spring(&rig);
    // In Salesforce.
    let rig = Rig::sample();
    for name in ["Hamilton", "Heafield"] {
        let fields = json!({"LastName": name, "Company": "MIT", "Email": "margaret@example.com"});
        rig.make_row("Lead", &fields);
    }
    let report = rig.pass();
    assert!(report.records().iter().any(|record| record.code.as_deref() == Some("AMBIGUOUS")), "{}", report.json());
    assert_eq!(rig.rows("Lead").iter().filter(|row| row["Email"] == "margaret@example.com").count(), 2);
    assert_eq!(rig.in_campaign("Spring Webinar").len(), 2);
    let (winner, loser) = (rig.id("Lead", "LastName", "Hamilton"), rig.id("Lead", "LastName", "Heafield"));
    rig.world.in_salesforce("POST", &format!("/double/merge/{winner}"), &json!({"losers": [loser]}));
    rig.settle();
    assert_eq!(spring(&rig).len(), 3);
}

#[test]
fn a_lead_gets_the_names_that_it_must_have() {
    let mut rig = Rig::sample();
    rig.policy.default_last_name = "(no name)".to_owned();
    rig.policy.default_company = "(no company)".to_owned();
    let jean = rig.make_lead(&json!({"firstName": "Jean", "email": "jean@example.com", "title": "Programmer"}));
    rig.put_in_program(&jean, "Registered");
    rig.pass();
    let lead = rig.row("Lead", "Email", "jean@example.com");
    assert_eq!((&lead["FirstName"], &lead["LastName"]), (&json!("Jean"), &json!("(no name)")));
    assert_eq!((&lead["Company"], &lead["Title"]), (&json!("(no company)"), &Value::Null));
    let margaret = rig.row("Lead", "Email", "margaret@example.com");
    assert_eq!((&margaret["LastName"], &margaret["Company"]), (&json!("Hamilton"), &json!("(no company)")));
}

#[test]
fn people_whom_the_rules_know_already_are_found_by_their_address() {
    let rules = super::flows::rules("status is changed in SFDC campaign \"Spring Webinar\"", "send alert \"changed\"");
    let rig = Rig::with_rules(&rules);
    rig.tell(json!({"type": "person", "person": "crm-7", "fields": {"Email Address": "Grace@Example.com"}}));
    rig.pass();
    rig.change_in_campaign("grace@example.com", "Attended");
    rig.next_pass();
    let actions = rig.actions("changed");
    assert_eq!(actions.len(), 1);
    assert_eq!(actions[0]["person"], "crm-7");
    assert!(rig.own(|own| own.keeper().engine().people().all(|person| person != rig.lead_id("grace@example.com"))));
}

#[test]
fn whom_the_rules_got_to_know_from_salesforce_is_no_stranger_later() {
    let trigger = "status is changed in SFDC campaign \"Hannover Fair\"";
    let mut rig = Rig::with_rules(&super::flows::rules(trigger, "send alert \"changed\""));
    rig.with_marketo = false;
    // Without an address, in a campaign that is only watched.
    let lead = rig.make_row("Lead", &json!({"FirstName": "Jean", "LastName": "Bartik", "Company": "ENIAC"}));
    let fair = rig.id("Campaign", "Name", "Hannover Fair");
    rig.make_row("CampaignMember", &json!({"CampaignId": fair, "LeadId": lead, "Status": "Sent"}));
    rig.pass();
    let fact = json!({"type": "program.status_changed", "person": lead, "program": "Spring Webinar", "to": "Invited"});
    rig.tell(fact);
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar")["Bartik"], "Invited");
    assert_eq!(rig.rows("Lead").iter().filter(|row| row["LastName"] == "Bartik").count(), 1);
}

#[test]
fn a_lead_that_was_deleted_when_nobody_could_tell_is_missed_all_the_same() {
    let rig = Rig::sample();
    rig.pass();
    // No member any more, so that no list shows that somebody is missing; and the log of deletions reaches back a minute.
    let member = rig.member_id("ada@example.com");
    rig.delete_row("CampaignMember", &member);
    rig.settle();
    rig.world.in_salesforce("PATCH", "/double/settings", &json!({"delete_log_minutes": 1}));
    let lead = rig.id("Lead", "Email", "ada@example.com");
    rig.delete_row("Lead", &lead);
    rig.world.pass_ms(3_600_000);
    rig.pass();
    assert!(rig.book().people.values().all(|person| person.lead.as_ref() != Some(&lead)), "she is in Salesforce still");
    rig.change_in_program("Spring Webinar", "ada@example.com", "Invited");
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "Invited");
    let member = rig.member_id("ada@example.com");
    assert_ne!(rig.row("CampaignMember", "Id", &member)["LeadId"], lead, "she is a new one");
}

#[test]
fn a_lead_that_is_refused_does_not_hold_up_the_first_pass() {
    let rig = Rig::sample();
    rig.world.in_salesforce("PATCH", "/double/settings", &json!({"duplicate_rule": true}));
    // The lead of somebody else with the address that the duplicate rule looks at, who no longer counts as a person.
    let lead = rig.make_row(
        "Lead",
        &json!({"FirstName": "Kay", "LastName": "Mauchly", "Company": "ENIAC", "Email": "kay@example.com"}),
    );
    let known = rig.make_row("Contact", &json!({"FirstName": "Jean", "LastName": "Bartik"}));
    rig.world.in_salesforce("POST", &format!("/double/convert/{lead}"), &json!({"contact": known}));
    let kay = rig.make_lead(&json!({"firstName": "Kay", "email": "kay@example.com"}));
    rig.put_in_program(&kay, "Registered");
    let report = rig.pass();
    rig.next_pass();
    let refused = report.records().iter().any(|record| record.code.as_deref() == Some("DUPLICATES_DETECTED"));
    assert!(refused, "{}", report.json());
    let backlog: u64 = report.counts().map(|(_, counts)| counts.backlog).sum();
    assert_eq!(backlog, 0, "{}", report.json());
    assert!(rig.book().links.values().all(|link| !link.first), "the first pass is over");
    // From now on a change of both is a conflict.
    rig.change_in_campaign("ada@example.com", "No Show");
    rig.change_in_program("Spring Webinar", "ada@example.com", "Attended");
    rig.next_pass();
    assert!(rig.kinds().contains(&"conflict".to_owned()), "{:?}", rig.kinds());
}

#[test]
fn a_contact_is_found_by_the_lead_that_it_was_converted_from_long_ago() {
    let rig = Rig::sample();
    let lead = rig.make_row("Lead", &json!({"FirstName": "Kay", "LastName": "Mauchly", "Company": "ENIAC"}));
    let kay = rig.make_lead(&json!({"firstName": "Kay"}));
    rig.world.in_marketo("PATCH", &format!("/double/leads/{kay}"), &json!({"sfdcLeadId": lead}));
    rig.world.in_salesforce("POST", &format!("/double/convert/{lead}"), &json!({}));
    rig.world.pass_ms(40 * 86_400_000);
    let contact = rig.id("Contact", "FirstName", "Kay");
    let campaign = rig.id("Campaign", "Name", "Spring Webinar");
    rig.make_row("CampaignMember", &json!({"CampaignId": campaign, "ContactId": contact, "Status": "Registered"}));
    let before = rig.world.in_marketo("GET", "/double/leads", &Value::Null).as_array().unwrap().len();
    rig.pass();
    rig.settle();
    let after = rig.world.in_marketo("GET", "/double/leads", &Value::Null).as_array().unwrap().len();
    assert_eq!(before, after, "Marketo has Kay already");
}
