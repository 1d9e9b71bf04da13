//! Whole passes: what a change on either side becomes on the other.

use std::cell::Cell;
use std::rc::Rc;

use campanile::meaning::Backward;
use campanile::sync::ledger::Kind;
use campanile::sync::pass::How;
use campanile::testkit::double::{Fault, Faults};
use serde_json::{Value, json};

use super::rig::{LINKED, Rig};
use super::world::{Moment, World};

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
    let rules = LINKED.replace("No Show", "Absent");
    let rig = Rig::new(World::sample(&Faults::none()), &rules);
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

#[test]
fn on_the_first_pass_salesforce_wins_and_that_is_no_conflict() {
    let rig = Rig::sample();
    rig.world.pass_ms(60_000);
    rig.change_in_program("Spring Webinar", "ada@example.com", "Invited");
    let report = rig.pass();
    assert!(report.records().is_empty(), "{}", report.json());
    assert_eq!(rig.in_program("Spring Webinar")["ada@example.com"], "Registered");
}

#[test]
fn a_step_back_may_be_refused() {
    let mut rig = Rig::sample();
    rig.policy.backward = Backward::Refuse;
    rig.pass();
    rig.change_in_campaign("grace@example.com", "Attended");
    rig.settle();
    rig.change_in_campaign("grace@example.com", "Registered");
    let report = rig.next_pass();
    assert_eq!(rig.kinds(), ["backward"], "{}", report.json());
    assert!(rig.next_pass().is_quiet());
    assert_eq!(rig.in_program("Spring Webinar")["grace@example.com"], "Attended");
    assert_eq!(rig.in_campaign("Spring Webinar")["grace@example.com"], "Registered");
    // Until one side changes again.
    rig.change_in_program("Spring Webinar", "grace@example.com", "No Show");
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar")["grace@example.com"], "No Show");
    assert_eq!(rig.kinds(), ["backward"]);
}

#[test]
fn a_step_back_may_be_undone() {
    let mut rig = Rig::sample();
    rig.policy.backward = Backward::Restore;
    rig.pass();
    rig.change_in_campaign("grace@example.com", "Attended");
    rig.settle();
    rig.change_in_campaign("grace@example.com", "Registered");
    rig.next_pass();
    assert_eq!(rig.in_program("Spring Webinar")["grace@example.com"], "Attended");
    assert_eq!(rig.in_campaign("Spring Webinar")["grace@example.com"], "Attended");
    assert_eq!(rig.kinds(), ["backward"]);
    rig.settle();
}

#[test]
fn a_status_that_goes_later_stops_those_members_and_never_the_link() {
    let rig = Rig::sample();
    rig.pass();
    let campaign = rig.id("Campaign", "Name", "Spring Webinar");
    let status = rig.id("CampaignMemberStatus", "Label", "No Show");
    rig.delete_row("CampaignMemberStatus", &status);
    rig.change_in_program("Spring Webinar", "margaret@example.com", "No Show");
    rig.change_in_program("Spring Webinar", "ada@example.com", "Attended");
    for _ in 0..2 {
        let report = rig.next_pass();
        let [record] = report.records() else { panic!("{}", report.json()) };
        assert!(report.has_failures() && record.message.contains("No Show"), "{}", record.message);
    }
    assert_eq!(rig.kinds(), ["unknown_status"], "one record each");
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "Attended");
    assert_eq!(rig.in_campaign("Spring Webinar")["margaret@example.com"], "Invited");
    rig.make_row("CampaignMemberStatus", &json!({"CampaignId": campaign, "Label": "No Show", "SortOrder": 9}));
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar")["margaret@example.com"], "No Show");
}

#[test]
fn type_and_costs_are_those_of_the_program() {
    let rig = Rig::sample();
    rig.pass();
    let id = rig.id("Campaign", "Name", "Spring Webinar");
    rig.change_row("Campaign", &id, &json!({"Type": "Email", "ActualCost": 7}));
    rig.settle();
    let shown = |rig: &Rig| {
        let row = rig.row("Campaign", "Name", "Spring Webinar");
        (row["Type"].as_str().unwrap().to_owned(), row["ActualCost"].as_f64())
    };
    assert_eq!(shown(&rig), ("Webinar".to_owned(), Some(2000.0)));
    let costs = json!({"costs": [{"startDate": "2026-05-01", "cost": 80}]});
    rig.world.in_marketo("PATCH", "/double/programs/Spring%20Webinar", &costs);
    rig.settle();
    assert_eq!(shown(&rig).1, Some(80.0));
    rig.world.in_marketo("PATCH", "/double/programs/Spring%20Webinar", &json!({"costs": []}));
    rig.settle();
    assert_eq!(shown(&rig).1, None);
}

#[test]
fn a_link_that_the_rules_no_longer_name_ends_and_both_memberships_stay() {
    let mut rig = Rig::sample();
    rig.pass();
    let before = rig.in_program("Spring Webinar");
    rig.change_rules(&LINKED.replace("    sfdc_campaign: Spring Webinar\n", ""));
    rig.next_pass();
    rig.change_in_campaign("ada@example.com", "Attended");
    rig.settle();
    assert_eq!(rig.in_program("Spring Webinar"), before);
    assert_eq!(rig.in_campaign("Spring Webinar").len(), 3);
    assert!(rig.book().links.values().all(|link| !link.active));
    // Linked once more, Salesforce's status wins as on any first pass.
    rig.change_rules(LINKED);
    rig.settle();
    assert_eq!(rig.in_program("Spring Webinar")["ada@example.com"], "Attended");
    assert_eq!(rig.kinds(), Vec::<String>::new());
}

#[test]
fn a_deletion_that_salesforce_has_forgotten_is_found_by_comparing_everything() {
    let rig = Rig::sample();
    rig.world.in_salesforce("PATCH", "/double/settings", &json!({"delete_log_minutes": 20}));
    rig.pass();
    rig.settle();
    rig.delete_row("CampaignMember", &rig.member_id("ada@example.com"));
    rig.world.pass_ms(3 * 3_600_000);
    rig.pass();
    assert!(!rig.in_program("Spring Webinar").contains_key("ada@example.com"));
    // So far back that it cannot even be asked for.
    rig.delete_row("CampaignMember", &rig.member_id("grace@example.com"));
    rig.world.pass_ms(20 * 24 * 3_600_000);
    rig.pass();
    assert!(!rig.in_program("Spring Webinar").contains_key("grace@example.com"));
    rig.settle();
}

#[test]
fn a_lower_step_ends_well_wherever_the_process_ends() {
    for steps in 1.. {
        let rig = Rig::sample();
        rig.pass();
        rig.change_in_campaign("grace@example.com", "Attended");
        rig.settle();
        rig.change_in_campaign("grace@example.com", "Registered");
        rig.world.pass_ms(300_000);
        let ended = rig.with_end(Some(steps), async |sync| sync.pass(How::default()).await.1).is_none();
        rig.end();
        rig.settle();
        assert_eq!(rig.in_program("Spring Webinar")["grace@example.com"], "Registered", "{steps}");
        assert_eq!(rig.in_campaign("Spring Webinar")["grace@example.com"], "Registered", "{steps}");
        assert!(rig.book().intents.is_empty(), "{steps}");
        let records = rig.records();
        let [record] = records.as_slice() else { panic!("after {steps} steps: {records:?}") };
        assert!(record.message.contains("removed and added again"), "{}", record.message);
        if !ended {
            assert!(steps > 40, "it ends only after {steps} steps");
            return;
        }
    }
}

#[test]
fn who_changes_a_member_behind_its_step_back_is_not_overruled() {
    let rig = Rig::sample();
    rig.pass();
    rig.change_in_campaign("grace@example.com", "Attended");
    rig.settle();
    rig.change_in_campaign("grace@example.com", "Invited");
    rig.world.pass_ms(300_000);
    // Our process ends right after the member was added again.
    let is_over = Rc::new(Cell::new(false));
    let seen = Rc::clone(&is_over);
    rig.world.show_to(Some(Rc::new(move |world, moment| {
        if let Moment::After(request) = moment
            && request.url.contains("/members/status.json")
        {
            seen.set(true);
            world.end();
        }
    })));
    assert!(rig.with_end(Some(10_000), async |sync| sync.pass(How::default()).await.1).is_none());
    assert!(is_over.get());
    rig.world.show_to(None);
    rig.end();
    rig.world.pass_ms(60_000);
    rig.change_in_program("Spring Webinar", "grace@example.com", "No Show");
    rig.settle();
    assert_eq!(rig.in_program("Spring Webinar")["grace@example.com"], "No Show");
    assert_eq!(rig.in_campaign("Spring Webinar")["grace@example.com"], "No Show");
}

/// Somebody changes a program member to `No Show` around our next write of a status, once.
fn put_once(rig: &Rig, lead: String, when: fn(&Moment<'_>) -> bool) {
    let done = Cell::new(false);
    rig.world.show_to(Some(Rc::new(move |world, moment| {
        let is_it = when(&moment);
        let (Moment::Before(request) | Moment::After(request)) = moment;
        if is_it && request.url.contains("/members/status.json") && !done.replace(true) {
            let path = format!("/double/programs/Spring%20Webinar/members/{lead}");
            world.in_marketo("PUT", &path, &json!({"status": "No Show", "force": true}));
        }
    })));
}

#[test]
fn what_somebody_changes_between_our_look_and_our_write_is_recorded() {
    let rig = Rig::sample();
    rig.pass();
    rig.change_in_campaign("grace@example.com", "Attended");
    rig.world.pass_ms(300_000);
    let lead = rig.lead_id("grace@example.com");
    put_once(&rig, lead, |moment| matches!(moment, Moment::Before(_)));
    rig.pass();
    rig.world.show_to(None);
    assert_eq!(rig.in_program("Spring Webinar")["grace@example.com"], "Attended");
    rig.settle();
    let records = rig.records();
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(rig.kinds(), ["conflict"]);
    assert_eq!((record.program.as_deref(), record.campaign.as_deref()), (Some("No Show"), Some("Attended")));
}

#[test]
fn a_member_who_goes_right_after_we_wrote_stays_gone() {
    let rig = Rig::sample();
    rig.pass();
    rig.change_in_program("Spring Webinar", "alan@example.com", "Invited");
    rig.world.pass_ms(300_000);
    let done = Cell::new(false);
    rig.world.show_to(Some(Rc::new(move |world, moment| {
        if let Moment::After(request) = moment
            && request.method == "POST"
            && request.url.ends_with("/composite/sobjects")
            && !done.replace(true)
        {
            let members = world.in_salesforce("GET", "/double/records/CampaignMember", &Value::Null);
            let last = members.as_array().unwrap().last().unwrap()["Id"].as_str().unwrap().to_owned();
            world.in_salesforce("DELETE", &format!("/double/records/CampaignMember/{last}"), &Value::Null);
        }
    })));
    rig.pass();
    rig.world.show_to(None);
    rig.settle();
    assert!(!rig.in_program("Spring Webinar").contains_key("alan@example.com"));
    assert_eq!(rig.in_program("Spring Webinar"), rig.in_campaign("Spring Webinar"));
}

#[test]
fn what_we_sent_is_ours_when_it_shows_later() {
    let rig = Rig::sample();
    rig.pass();
    rig.settle();
    rig.change_in_program("Spring Webinar", "alan@example.com", "Invited");
    // The answer is lost, and queries do not show the new member yet.
    rig.world.in_salesforce("PATCH", "/double/settings", &json!({"lag_ms": 120_000}));
    rig.order(true, Fault::CutAfter, "POST", "composite/sobjects?");
    rig.next_pass();
    assert_eq!(rig.in_campaign("Spring Webinar")["alan@example.com"], "Invited");
    let lead = rig.lead_id("alan@example.com");
    rig.world.in_marketo("DELETE", &format!("/double/programs/Spring%20Webinar/members/{lead}"), &Value::Null);
    rig.next_pass();
    rig.settle();
    assert!(!rig.in_program("Spring Webinar").contains_key("alan@example.com"), "nobody brought him back");
    assert_eq!(rig.in_program("Spring Webinar"), rig.in_campaign("Spring Webinar"));
}

#[test]
fn the_orgs_own_automation_has_the_last_word() {
    let rig = Rig::sample();
    let automation = json!({"automation": [{"when_status": "No Show", "set_status": "Attended"}]});
    rig.world.in_salesforce("PATCH", "/double/settings", &automation);
    rig.pass();
    rig.change_in_program("Spring Webinar", "ada@example.com", "No Show");
    rig.next_pass();
    rig.settle();
    assert_eq!(rig.in_program("Spring Webinar")["ada@example.com"], "Attended");
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "Attended");
}

#[test]
fn a_deletion_counts_from_when_it_was() {
    let rig = Rig::sample();
    rig.pass();
    rig.settle();
    // Within one running minute: what was deleted is not told yet when the later change is seen.
    let now = rig.world.at().0.rem_euclid(60_000);
    rig.world.pass_ms(60_000 - now + 10_000);
    rig.delete_row("CampaignMember", &rig.member_id("ada@example.com"));
    rig.world.pass_ms(20_000);
    rig.change_in_program("Spring Webinar", "ada@example.com", "Attended");
    rig.world.pass_ms(10_000);
    rig.pass();
    rig.settle();
    assert_eq!(
        rig.in_campaign("Spring Webinar")["ada@example.com"],
        "Attended",
        "the program's change was the later one"
    );
    assert_eq!(rig.in_program("Spring Webinar")["ada@example.com"], "Attended");
    assert_eq!(rig.kinds(), ["conflict"]);
}

#[test]
fn a_pass_without_news_makes_few_calls() {
    let rig = Rig::sample();
    rig.pass();
    rig.settle();
    let before = rig.calls();
    let writes = rig.writes().len();
    rig.next_pass();
    let after = rig.calls();
    assert_eq!(rig.writes().len(), writes);
    // Of Salesforce: a log-in, campaigns, their statuses, three kinds of deletions, conversions, members. Of Marketo: a
    // log-in, programs that were changed lately and the page behind the last, this one, its channel, activities.
    assert_eq!((after.0 - before.0, after.1 - before.1), (8, 6));
}

#[test]
#[expect(clippy::print_stderr, reason = "how long it took, for whoever asks")]
fn a_crowd_is_taken_by_the_batch() {
    // `CAMPANILE_CROWD=n` takes so many on each side: time and calls must grow with them, and not with their square.
    let crowd = std::env::var("CAMPANILE_CROWD").map_or(900, |text| text.parse::<usize>().expect("a number"));
    // Half of each side is on the other, too.
    let (mut leads, mut persons) = (Vec::new(), Vec::new());
    let (mut in_campaign, mut in_program) = (Vec::new(), Vec::new());
    let statuses = ["Invited", "Registered", "No Show", "Attended"];
    for number in 0..crowd + crowd / 2 {
        let (who, email) = (format!("p{number}"), format!("p{number}@example.com"));
        if number < crowd {
            leads.push(json!({"ref": who, "LastName": who, "Company": "Acme", "Email": email}));
            in_campaign.push(json!({"person": who, "status": statuses[number % 4]}));
        }
        if number >= crowd / 2 {
            persons.push(json!({"ref": who, "lastName": who, "email": email}));
            in_program.push(json!({"person": who, "status": statuses[number % 3]}));
        }
    }
    let labels = statuses
        .map(|status| json!({"label": status, "default": status == "Invited", "responded": status == "Attended"}));
    let campaign = json!({"ref": "c", "Name": "Spring Webinar", "statuses": labels, "members": in_campaign});
    let salesforce = json!({"leads": leads, "campaigns": [campaign]}).to_string();
    let steps = [10, 20, 30, 40];
    let channel: Vec<Value> = statuses
        .iter()
        .zip(steps)
        .map(|(name, step)| json!({"name": name, "step": step, "success": step == 40}))
        .collect();
    let program = json!({"name": "Spring Webinar", "channel": "Webinar", "members": in_program});
    let channels = json!([{"name": "Webinar", "type": "event", "statuses": channel}]);
    let marketo = json!({"channels": channels, "leads": persons, "programs": [program]}).to_string();
    let world = World::new(&salesforce, &marketo, &Faults::none());
    let rig = Rig::new(world, &super::flows::rules(super::flows::ATTENDED, "send alert \"came\""));
    let from = std::time::Instant::now();
    rig.pass();
    let (first, calls) = (from.elapsed(), rig.calls());
    rig.settle();
    eprintln!("{crowd} on each side: {first:?}, calls {calls:?}, all in all {:?}", from.elapsed());
    let program = rig.in_program("Spring Webinar");
    assert_eq!(program.len(), crowd + crowd / 2);
    assert_eq!(program, rig.in_campaign("Spring Webinar"));
    // At most so many calls for each two hundred people.
    let batches = crowd / 200 + 1;
    assert!(calls.0 <= 30 + 20 * batches && calls.1 <= 30 + 20 * batches, "{calls:?} for {batches} batches");
}

#[test]
fn what_the_log_told_is_not_lost_with_a_call_that_fails_after_it() {
    let rig = Rig::sample();
    rig.pass();
    rig.settle();
    rig.change_in_program("Spring Webinar", "ada@example.com", "Attended");
    // However often the members are asked for.
    for _ in 0..6 {
        rig.order(false, Fault::CutBefore, "GET", "/members.json");
    }
    rig.world.pass_ms(300_000);
    let (_, outcome) = rig.try_pass(How::default());
    assert!(outcome.is_err(), "the call that asks for the members was to fail");
    rig.settle();
    assert_eq!(rig.in_campaign("Spring Webinar")["ada@example.com"], "Attended");
}

#[test]
fn what_was_written_without_an_answer_and_changed_right_after_is_no_conflict() {
    let rig = Rig::sample();
    rig.pass();
    rig.change_in_campaign("grace@example.com", "Attended");
    rig.world.pass_ms(300_000);
    let lead = rig.lead_id("grace@example.com");
    rig.order(false, Fault::CutAfter, "POST", "/members/status.json");
    put_once(&rig, lead, |moment| matches!(moment, Moment::After(_)));
    rig.pass();
    rig.world.show_to(None);
    rig.settle();
    assert_eq!(rig.in_program("Spring Webinar")["grace@example.com"], "No Show");
    assert_eq!(rig.in_program("Spring Webinar"), rig.in_campaign("Spring Webinar"));
    assert_eq!(rig.kinds(), Vec::<String>::new(), "Marketo's log tells that ours came first");
}

#[test]
fn a_conflict_whose_write_fails_is_not_told_again_and_a_later_change_is() {
    let rig = Rig::sample();
    rig.pass();
    rig.settle();
    rig.change_in_campaign("ada@example.com", "No Show");
    rig.world.pass_ms(10_000);
    rig.change_in_program("Spring Webinar", "ada@example.com", "Attended");
    // Nothing reaches the campaign.
    rig.order(true, Fault::Unavailable, "PATCH", "composite/sobjects");
    rig.order(true, Fault::CutBefore, "PATCH", "composite/sobjects");
    rig.next_pass();
    assert_eq!(rig.kinds(), ["conflict"]);
    // Somebody gives the program the very value that lost, and the campaign another one.
    rig.change_in_program("Spring Webinar", "ada@example.com", "No Show");
    rig.world.pass_ms(10_000);
    rig.change_in_campaign("ada@example.com", "Invited");
    rig.settle();
    assert_eq!(rig.in_program("Spring Webinar"), rig.in_campaign("Spring Webinar"));
    let lost: Vec<Option<String>> = rig
        .records()
        .iter()
        .filter(|record| record.kind == Kind::Conflict)
        .map(|record| record.program.clone())
        .collect();
    assert_eq!(lost.last().cloned().flatten().as_deref(), Some("No Show"), "{lost:?}");
}
