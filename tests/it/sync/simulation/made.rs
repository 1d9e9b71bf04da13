//! What a world begins with: the data of both doubles, and the rules.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use campanile::testkit::generate::Random;
use serde_json::{Value, json};

use super::judge::STATUSES;

pub(super) fn program(link: usize) -> String {
    format!("P{link}")
}

pub(super) fn campaign(link: usize) -> String {
    format!("C{link}")
}

pub(super) fn email(who: &str) -> String {
    format!("{who}@example.com")
}

/// The data of both doubles, and who names its record of Salesforce.
pub(super) fn data(
    random: &mut Random,
    links: usize,
    people: usize,
    is_easy: bool,
) -> (String, String, BTreeSet<String>) {
    let (mut leads, mut contacts, mut persons) = (Vec::new(), Vec::new(), Vec::new());
    let (mut in_salesforce, mut in_marketo, mut named) = (Vec::new(), Vec::new(), BTreeSet::new());
    for number in 0..people {
        let who = format!("p{number}");
        let email = random.percent(65).then(|| email(&who));
        let place = random.below(3);
        if place != 0 {
            let mut row = json!({"ref": who, "FirstName": who, "LastName": format!("L{who}")});
            if let Some(email) = &email {
                row["Email"] = json!(email.to_uppercase());
            }
            if random.percent(60) {
                row["Company"] = json!("Acme");
                leads.push(row);
            } else {
                contacts.push(row);
            }
            in_salesforce.push(who.clone());
        }
        if place != 1 {
            let mut row = json!({"ref": who, "firstName": who});
            if let Some(email) = &email {
                row["email"] = json!(email);
            }
            if random.percent(70) {
                row["lastName"] = json!(format!("L{who}"));
            }
            persons.push(row);
            in_marketo.push(who.clone());
        }
        if place == 2 && (email.is_none() || random.percent(30)) {
            named.insert(who);
        }
    }
    let mut members = |of: &[String]| -> Vec<Value> {
        let own = of.iter().filter(|_| random.percent(50)).cloned().collect::<Vec<_>>();
        own.into_iter().map(|who| json!({"person": who, "status": random.pick(&STATUSES)})).collect()
    };
    let labels: Vec<Value> = STATUSES
        .iter()
        .map(|status| json!({"label": status, "default": *status == "Invited", "responded": *status == "Attended"}))
        .collect();
    // The last campaign is nobody's: it is only watched.
    let campaigns: Vec<Value> = (0..=links)
        .map(|link| {
            json!({"ref": campaign(link), "Name": campaign(link), "statuses": labels, "members": members(&in_salesforce)})
        })
        .collect();
    let statuses: Vec<Value> = STATUSES
        .iter()
        .enumerate()
        .map(|(step, status)| json!({"name": status, "step": 10 * (step + 1), "success": *status == "Attended"}))
        .collect();
    let programs: Vec<Value> = (0..links)
        .map(|link| {
            let costs = json!([{"startDate": "2026-03-01", "cost": 100}]);
            json!({"name": program(link), "channel": "Webinar", "costs": costs, "members": members(&in_marketo)})
        })
        .collect();
    // Small pages, short sessions, a short memory of deletions.
    let mut settings = json!({});
    if random.percent(30) {
        settings["page_size"] = json!(random.between(1, 3));
    }
    if random.percent(30) {
        settings["token_calls"] = json!(random.between(5, 40));
    }
    if random.percent(30) {
        settings["delete_log_minutes"] = json!(random.between(20, 600));
    }
    // Queries lag behind.
    if random.percent(15) && !is_easy {
        settings["lag_ms"] = json!(1000 * random.between(1, 200));
    }
    settings["duplicate_rule"] = json!(random.percent(30));
    let salesforce = json!({"leads": leads, "contacts": contacts, "campaigns": campaigns, "settings": settings});
    let channels = json!([{"name": "Webinar", "type": "event", "statuses": statuses}]);
    let settings = if random.percent(30) { json!({"activity_page": random.between(1, 5)}) } else { json!({}) };
    let marketo = json!({"channels": channels, "leads": persons, "programs": programs, "settings": settings});
    (salesforce.to_string(), marketo.to_string(), named)
}

/// Rules that look on, and some that change something; and the links that those change.
pub(super) fn rules(random: &mut Random, links: usize) -> (String, BTreeSet<usize>) {
    let mut text = "channels:\n  Webinar:\n    statuses:\n".to_owned();
    for (step, status) in STATUSES.iter().enumerate() {
        let _ = writeln!(text, "      {status}: {{step: {}, success: {}}}", 10 * (step + 1), *status == "Attended");
    }
    text.push_str("programs:\n");
    for link in 0..links {
        let (program, campaign) = (program(link), campaign(link));
        let costs = "[{month: 2026-03, amount: 100}]";
        let _ = writeln!(text, "  {program}: {{channel: Webinar, sfdc_campaign: {campaign}, period_costs: {costs}}}");
    }
    text.push_str("sfdc_campaigns:\n");
    for link in 0..=links {
        let _ = writeln!(text, "  {}:\n    statuses:", campaign(link));
        for status in STATUSES {
            let _ = writeln!(
                text,
                "      {status}: {{default: {}, responded: {}}}",
                status == "Invited",
                status == "Attended"
            );
        }
    }
    text.push_str("smart_campaigns:\n");
    let mut add = |name: &str, trigger: &str, step: &str| {
        let _ = writeln!(
            text,
            "  {name}:\n    qualify: every time\n    triggers:\n      - {trigger}\n    flow:\n      - {step}"
        );
    };
    for link in 0..links {
        let (program, campaign) = (program(link), campaign(link));
        let alert = |place: &str| format!("send alert \"{place} {{{{trigger.status}}}}\"");
        add(&format!("c{link}"), &format!("status is changed in SFDC campaign \"{campaign}\""), &alert(&campaign));
        add(&format!("p{link}"), &format!("status is changed in program \"{program}\""), &alert(&program));
    }
    let watched = campaign(links);
    let trigger = format!("status is changed in SFDC campaign \"{watched}\"");
    add("watched", &trigger, &format!("send alert \"{watched} {{{{trigger.status}}}}\""));
    let mut ruled = BTreeSet::new();
    if random.percent(60) {
        for number in 0..random.between(1, 3) {
            let from = random.below(links);
            let to = random.between(from + 1, links);
            // What is only watched has no program.
            let to_program = if to == links { 0 } else { to };
            let (program_from, campaign_from) = (program(from), campaign(from));
            let (program_to, campaign_to) = (program(to_program), campaign(to));
            let kind = if from == to_program { [0, 2, 3, 4][random.below(4)] } else { random.below(5) };
            let (trigger, step) = match kind {
                0 => (
                    format!("status is changed in SFDC campaign \"{campaign_from}\" to \"Attended\""),
                    format!("add to SFDC campaign \"{campaign_to}\" with status \"Registered\""),
                ),
                1 => (
                    format!("status is changed in SFDC campaign \"{campaign_from}\" to \"No Show\""),
                    format!("change status in program \"{program_to}\" to \"Registered\""),
                ),
                2 => (
                    format!("status is changed in program \"{program_from}\" to \"Attended\""),
                    format!("change status in SFDC campaign \"{campaign_to}\" to \"Attended\""),
                ),
                3 => (
                    format!("removed from SFDC campaign \"{campaign_from}\""),
                    format!("remove from SFDC campaign \"{campaign_to}\""),
                ),
                _ => (format!("added to program \"{program_from}\""), "sync person to SFDC".to_owned()),
            };
            if !step.starts_with("sync") {
                ruled.insert(if kind == 1 { to_program } else { to });
            }
            add(&format!("r{number}"), &trigger, &step);
        }
    }
    (text, ruled)
}
