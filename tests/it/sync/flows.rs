//! The rules and the sync together: what both sides show fires triggers, and what flows do goes out.

use campanile::sync::pass::How;
use serde_json::json;

use super::rig::{LINKED, Rig};

/// The linked sample with another SFDC campaign, which nobody links, and one smart campaign.
pub(crate) fn rules(trigger: &str, step: &str) -> String {
    let fair = "  Hannover Fair:\n    statuses:\n      Sent: {default: true}\n      Responded: {responded: true}\n";
    let campaign = "activities:\n  Fill Out Form: {Form: text}\nsmart_campaigns:\n  only:\n    qualify: every time\n";
    format!("{LINKED}{fair}{campaign}    triggers:\n      - {trigger}\n    flow:\n      - {step}\n")
}

pub(crate) const ATTENDED: &str = "status is changed in SFDC campaign \"Spring Webinar\" to \"Attended\"";

#[test]
fn a_change_in_salesforce_fires_a_trigger_once() {
    let rig = Rig::with_rules(&rules(ATTENDED, "send alert \"came\""));
    rig.pass();
    assert_eq!(rig.actions("came").len(), 0, "who was a member before anybody looked is no news");
    rig.change_in_campaign("ada@example.com", "Attended");
    for full in [false, false, true] {
        rig.world.pass_ms(300_000);
        rig.try_pass(How { full, ..How::default() }).1.unwrap();
    }
    assert_eq!(rig.actions("came").len(), 1);
    // What the sync itself brings to Salesforce is news there, once.
    rig.change_in_program("Spring Webinar", "grace@example.com", "Attended");
    for full in [false, false, true] {
        rig.world.pass_ms(300_000);
        rig.try_pass(How { full, ..How::default() }).1.unwrap();
    }
    assert_eq!(rig.actions("came").len(), 2);
}

#[test]
fn what_flows_do_in_salesforce_is_no_news_when_it_is_read_back() {
    let step = "change status in SFDC campaign \"Spring Webinar\" to \"No Show\"";
    let rig = Rig::with_rules(&rules(ATTENDED, step));
    rig.pass();
    rig.change_in_campaign("ada@example.com", "Attended");
    rig.next_pass();
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "No Show");
    assert_eq!(rig.in_program("Spring Webinar")["ada@example.com"], "No Show");
    assert_eq!(rig.actions("change status").len(), 1);
}

#[test]
fn a_campaign_that_nobody_links_is_watched() {
    let trigger = "status is changed in SFDC campaign \"Hannover Fair\" to \"Responded\"";
    let rig = Rig::with_rules(&rules(trigger, "change status in program \"Spring Webinar\" to \"Registered\""));
    let (campaign, lead) = (rig.id("Campaign", "Name", "Hannover Fair"), rig.id("Lead", "Email", "alan@example.com"));
    let fields = json!({"CampaignId": campaign, "LeadId": lead, "Status": "Sent"});
    let member = rig.make_row("CampaignMember", &fields);
    rig.pass();
    rig.change_row("CampaignMember", &member, &json!({"Status": "Responded"}));
    rig.next_pass();
    assert_eq!(rig.in_program("Spring Webinar")["alan@example.com"], "Registered");
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar")["alan@example.com"], "Registered");
    assert_eq!(rig.actions("change status").len(), 1);
}

/// Somebody fills out a form, and flows add it to the fair.
fn filled_out() -> Rig {
    let step = "add to SFDC campaign \"Hannover Fair\" with status \"Sent\"";
    let rig = Rig::with_rules(&rules("performs \"Fill Out Form\"", step));
    rig.pass();
    let person = rig.lead_id("margaret@example.com");
    rig.tell(json!({"type": "activity", "activity": "Fill Out Form", "person": person, "attributes": {}}));
    rig
}

#[test]
fn what_flows_do_does_not_wait_for_the_pass() {
    let rig = filled_out();
    let report = rig.with(async |sync| sync.hand_out().await).unwrap();
    assert!(!report.has_failures(), "{}", report.json());
    assert_eq!(rig.in_campaign("Hannover Fair")["margaret@example.com"], "Sent");
    let writes = rig.writes().len();
    rig.with(async |sync| sync.hand_out().await).unwrap();
    rig.settle();
    assert_eq!(rig.writes().len(), writes);
}

#[test]
fn what_flows_do_goes_out_once_wherever_the_process_ends() {
    let made = |rig: &Rig| rig.writes().iter().filter(|call| call.contains("\"Status\":\"Sent\"")).count();
    for steps in 1.. {
        let rig = filled_out();
        let ended = rig.with_end(Some(steps), async |sync| sync.hand_out().await).is_none();
        rig.end();
        rig.with(async |sync| sync.hand_out().await).unwrap();
        rig.settle();
        assert_eq!(rig.in_campaign("Hannover Fair")["margaret@example.com"], "Sent", "{steps}");
        assert_eq!(made(&rig), 1, "{steps}");
        assert_eq!(rig.actions("add to SFDC").len(), 1, "{steps}");
        // Whoever takes it back later is not overruled by what went out before.
        let id = rig.id("CampaignMember", "CampaignId", &rig.id("Campaign", "Name", "Hannover Fair"));
        rig.delete_row("CampaignMember", &id);
        rig.next_pass();
        rig.settle();
        assert!(rig.in_campaign("Hannover Fair").is_empty(), "{steps}");
        if !ended {
            assert!(steps > 8, "it ends only after {steps} steps");
            return;
        }
    }
}

#[test]
fn the_rules_may_be_the_program_side() {
    let mut rig = Rig::with_rules(&rules(ATTENDED, "change status in program \"Spring Webinar\" to \"No Show\""));
    rig.with_marketo = false;
    let fields = json!({"Email Address": "ada@example.com", "Last Name": "Lovelace"});
    rig.tell(json!({"type": "person", "person": "ada", "fields": fields}));
    rig.tell(json!({"type": "program.status_changed", "person": "ada", "program": "Spring Webinar", "to": "Invited"}));
    rig.pass();
    let in_program = |rig: &Rig| -> Vec<(String, String)> {
        let members = rig.own(|own| campanile::sync::evaluator::members(own.keeper().engine(), "Spring Webinar"));
        members.into_iter().map(|member| (member.person, member.status)).collect()
    };
    // On the first pass Salesforce's status wins; Grace is known by the id of her contact.
    let grace = rig.id("Contact", "Email", "grace@example.com");
    let mut expected = vec![("ada".to_owned(), "Registered".to_owned()), (grace, "Invited".to_owned())];
    let sorted = |mut all: Vec<(String, String)>| {
        all.sort();
        all
    };
    expected.sort();
    assert_eq!(sorted(in_program(&rig)), expected);
    rig.tell(json!({"type": "program.removed", "person": "ada", "program": "Spring Webinar"}));
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar").keys().collect::<Vec<_>>(), ["grace@example.com"]);
    rig.tell(json!({"type": "program.status_changed", "person": "ada", "program": "Spring Webinar", "to": "Invited"}));
    rig.settle();
    rig.change_in_campaign("ada@example.com", "Attended");
    rig.next_pass();
    rig.settle();
    let ada = in_program(&rig).into_iter().find(|(person, _)| person == "ada");
    // What the flow did came with the change itself: a tie, which goes to Salesforce, and a record.
    assert_eq!(ada, Some(("ada".to_owned(), "Attended".to_owned())));
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "Attended");
    assert_eq!(rig.kinds(), ["conflict"]);
    assert_eq!(rig.actions("change status").len(), 1);
    assert_eq!(rig.world.marketo.borrow().calls().count(), 0);
}

#[test]
fn the_rules_learn_what_could_not_be_done() {
    let rig = Rig::with_rules(&rules(ATTENDED, "change status in SFDC campaign \"Spring Webinar\" to \"No Show\""));
    rig.pass();
    rig.delete_row("CampaignMemberStatus", &rig.id("CampaignMemberStatus", "Label", "No Show"));
    rig.change_in_campaign("ada@example.com", "Attended");
    let report = rig.next_pass();
    assert!(report.has_failures(), "{}", report.json());
    rig.settle();
    let known = rig.own(|own| {
        let engine = own.keeper().engine();
        let filter = engine.filter("member of SFDC campaign \"Spring Webinar\" with status \"Attended\"").unwrap();
        engine.select(&filter).len()
    });
    assert_eq!(known, 1, "what is there, and not what the flow wanted");
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "Attended");
    assert_eq!(rig.actions("change status").len(), 1);
}
