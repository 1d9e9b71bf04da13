//! What forbids a link, what `--create` makes, and what is pushed.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn program() -> Program {
    let status = |name: &str, step, success| ProgramStatus { name: name.to_owned(), step, success };
    Program {
        id: "1001".to_owned(),
        name: "Autumn Webinar".to_owned(),
        channel: "Webinar".to_owned(),
        statuses: vec![
            status("Attended", 40, true),
            status(NOT_IN_PROGRAM, 0, false),
            status("Invited", 10, false),
            status("Registered", 20, false),
        ],
        used: vec![],
        costs: vec![],
    }
}

fn campaign() -> Campaign {
    Campaign {
        id: "701000000000001AAA".to_owned(),
        name: "Autumn Webinar".to_owned(),
        kind: Some("Webinar".to_owned()),
        actual_cost: None,
        statuses: ["Invited", "Registered", "Attended"].map(str::to_owned).to_vec(),
        used: vec![],
    }
}

fn texts(refusals: &[Refusal]) -> Vec<String> {
    refusals.iter().map(|refusal| format!("{}; help: {}", refusal.message(), refusal.help())).collect()
}

#[test]
fn equal_statuses_may_be_linked() {
    assert_eq!(check(&program(), &campaign(), &[]), []);
}

#[test]
fn every_offender_of_both_sides_is_listed_with_the_nearest_name_and_what_to_do() {
    let mut campaign = campaign();
    campaign.statuses = ["Invited", "attended", "Sent"].map(str::to_owned).to_vec();
    campaign.used = vec!["Sent".to_owned(), "Sent".to_owned(), "Lost".to_owned()];
    let mut program = program();
    program.used = vec!["Registered".to_owned(), NOT_IN_PROGRAM.to_owned()];
    assert_eq!(
        texts(&check(&program, &campaign, &[])),
        [
            "status `Registered` is used by members of the program and does not exist on the SFDC campaign; help: in \
             Salesforce, add `Registered` to the campaign's member statuses, or rename one to it",
            "status `Attended` is offered by the program and does not exist on the SFDC campaign; help: the nearest is \
             `attended`; in Salesforce, add `Attended` to the campaign's member statuses, or rename one to it",
            "status `Lost` is used by members of the SFDC campaign and does not exist on the program; help: in Marketo, add \
             `Lost` to the program's channel, or in Salesforce give the members that have it another status",
            "status `Sent` is used by members of the SFDC campaign and does not exist on the program; help: in Marketo, add \
             `Sent` to the program's channel, or in Salesforce give the members that have it another status",
            "status `attended` is offered by the SFDC campaign and does not exist on the program; help: the nearest is \
             `Attended`; in Marketo, add `attended` to the program's channel, or in Salesforce take it from the campaign's \
             member statuses",
        ]
    );
}

#[test]
fn a_link_is_one_to_one() {
    let standing =
        |program: &str, campaign: &str| Standing { program: program.to_owned(), campaign: campaign.to_owned() };
    let (own, other) = ("701000000000001AAA", "701000000000002AAA");
    assert_eq!(check(&program(), &campaign(), &[standing("1001", own), standing("1002", other)]), []);
    let refusals = check(&program(), &campaign(), &[standing("1001", other), standing("1002", own)]);
    let messages: Vec<String> = refusals.iter().map(Refusal::message).collect();
    assert_eq!(
        messages,
        [
            "program `Autumn Webinar` is linked to SFDC campaign 701000000000002AAA already",
            "SFDC campaign `Autumn Webinar` is linked to program 1002 already",
        ]
    );
}

#[test]
fn names_are_found_exactly_or_refused_with_what_there_is() {
    let visible =
        [("b", "Spring"), ("a", "Spring"), ("c", "Autumn")].map(|(id, name)| (id.to_owned(), name.to_owned()));
    assert_eq!(resolve(Product::Campaign, "Autumn", &visible), Ok("c".to_owned()));
    let refused = |name| resolve(Product::Campaign, name, &visible).unwrap_err();
    assert_eq!(refused("Spring").message(), "2 SFDC campaigns are named `Spring`: a, b");
    assert_eq!(refused("autumn").message(), "there is no SFDC campaign `autumn` among those that the sync's user sees");
    assert!(refused("autumn").help().starts_with("the nearest is `Autumn`; "));
}

#[test]
fn a_campaign_is_made_with_the_statuses_of_the_program() {
    let mut program = program();
    program.costs = vec![Decimal::new(12050, 2), Decimal::from(30)];
    program.used = vec!["Old".to_owned(), "Invited".to_owned()];
    let made = create(&program, &[]).unwrap();
    let statuses: Vec<(&str, bool, bool, u32)> =
        made.statuses.iter().map(|s| (s.label.as_str(), s.responded, s.default, s.sort_order)).collect();
    let expected = [
        ("Invited", false, true, 1),
        ("Registered", false, false, 2),
        ("Attended", true, false, 3),
        ("Old", false, false, 4),
    ];
    assert_eq!(statuses, expected);
    assert_eq!((made.kind.as_str(), made.actual_cost), ("Webinar", Some(Decimal::new(15050, 2))));
    // What was made passes the check of a link.
    let labels = made.statuses.into_iter().map(|status| status.label).collect();
    program.used.retain(|name| name != "Old");
    program.statuses.push(ProgramStatus { name: "Old".to_owned(), step: 50, success: false });
    assert_eq!(check(&program, &Campaign { statuses: labels, ..campaign() }, &[]), []);
}

#[test]
fn a_made_campaign_has_something_responded_and_labels_that_fit() {
    let mut program = program();
    program.statuses.iter_mut().for_each(|status| status.success = false);
    let responded: Vec<bool> = create(&program, &[]).unwrap().statuses.iter().map(|s| s.responded).collect();
    assert_eq!(responded, [false, false, true]);
    let name = "é".repeat(LABEL_CHARS_MAX + 1);
    program.used.push(name.clone());
    assert_eq!(create(&program, &[]), Err(vec![Refusal::TooLong { name }]));
    program.used.clear();
    program.statuses.clear();
    assert_eq!(create(&program, &[]), Err(vec![Refusal::NoStatuses { program: "Autumn Webinar".to_owned() }]));
}

#[test]
fn type_and_cost_are_pushed_only_where_they_differ() {
    let (mut program, mut campaign) = (program(), campaign());
    assert_eq!(differences(&program, &campaign), []);
    campaign.kind = None;
    campaign.actual_cost = Some(Decimal::ZERO);
    assert_eq!(differences(&program, &campaign), [Push::Type("Webinar".to_owned()), Push::ActualCost(None)]);
    program.costs = vec![Decimal::new(1000, 2), Decimal::from(-10)];
    campaign.kind = Some("Webinar".to_owned());
    assert_eq!(differences(&program, &campaign), []);
    program.costs = vec![Decimal::MAX, Decimal::MAX];
    assert_eq!(differences(&program, &campaign), []);
}
