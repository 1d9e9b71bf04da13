//! Logging in, reading, writing, and what becomes of calls that meet a fault.

use campanile::config::{Auth, Secret};
use campanile::sync::Trouble;
use campanile::sync::marketo::{self, Happening, Marketo};
use campanile::sync::salesforce::{self, Salesforce};
use campanile::sync::side::Seconds;
use campanile::sync::wire::Http;
use campanile::testkit::double::faults::Order;
use campanile::testkit::double::salesforce::TEST_PRIVATE_KEY;
use campanile::testkit::double::{Double, Fault, Faults, Server, read_data};
use serde_json::{Map, Value, json};

use super::world::{Kept, MARKETO_URL, SALESFORCE_URL, World, client_credentials, marketo_config, salesforce_config};

fn order(kind: Fault, path: &str) -> Order {
    Order { kind, method: None, path: Some(path.to_owned()), times: 1, after: 0 }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn a_campaign_is_read_with_statuses_members_and_people() {
    let world = World::sample(&Faults::none());
    world.in_salesforce("PATCH", "/double/settings", &json!({"page_size": 1}));
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    world.run(async {
        assert!(side.campaigns_named("spring webinar").await.unwrap().is_empty(), "names are compared exactly");
        let [campaign] = side.campaigns_named("Spring Webinar").await.unwrap().try_into().unwrap();
        assert_eq!(campaign.kind.as_deref(), Some("Webinar"));
        let labels = side.statuses(&campaign.id).await.unwrap();
        let labels: Vec<&str> = labels.iter().map(|status| status.label.as_str()).collect();
        assert_eq!(labels, ["Invited", "Registered", "No Show", "Attended"]);
        let ids = [campaign.id.clone()];
        let members = side.members_since(&ids, None).await.unwrap();
        assert_eq!(members.len(), 2, "both pages");
        let newest = members.iter().map(|member| member.stamp).max().unwrap();
        assert!(side.members_since(&ids, Some(Seconds(newest.0 + 1))).await.unwrap().is_empty());
        let people: Vec<String> =
            members.iter().filter_map(|member| member.contact.clone().or(member.lead.clone())).collect();
        let mut emails: Vec<String> =
            side.people_by_id(&people).await.unwrap().into_iter().filter_map(|person| person.email).collect();
        emails.sort();
        assert_eq!(emails, ["ada@example.com", "grace@example.com"]);
        let found = side.people_by_email(&["GRACE@example.com".to_owned()]).await.unwrap();
        assert!(found.len() == 1 && found.first().unwrap().id.starts_with("003"), "{found:?}");
    });
}

#[test]
fn members_are_made_changed_and_deleted_and_a_second_insert_is_told() {
    let world = World::sample(&Faults::none());
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    world.run(async {
        let campaign = side.campaigns_named("Spring Webinar").await.unwrap().remove(0).id;
        let lead = side.people_by_email(&["alan@example.com".to_owned()]).await.unwrap().remove(0).id;
        let member = object(&json!({"CampaignId": campaign, "LeadId": lead, "Status": "Invited"}));
        let made = side.create("CampaignMember", vec![member.clone()]).await.unwrap().remove(0);
        let salesforce::Written::Done(id) = made else { panic!("{made:?}") };
        let again = side.create("CampaignMember", vec![member]).await.unwrap().remove(0);
        assert!(matches!(&again, salesforce::Written::Refused { code, .. } if code == "DUPLICATE_VALUE"), "{again:?}");
        let change = object(&json!({"id": id, "Status": "Attended"}));
        assert_eq!(side.update("CampaignMember", vec![change]).await.unwrap(), [salesforce::Written::Done(id.clone())]);
        let [read] = side.members_by_id(std::slice::from_ref(&id)).await.unwrap().try_into().unwrap();
        assert_eq!(read.status, "Attended");
        let start = Seconds(read.stamp.0 - 60);
        assert_eq!(side.delete(std::slice::from_ref(&id)).await.unwrap(), [salesforce::Written::Done(id.clone())]);
        assert!(side.members_by_id(std::slice::from_ref(&id)).await.unwrap().is_empty());
        world.pass_ms(60_000);
        let now = u32::try_from(world.at().0 / 1000).unwrap();
        let deleted = side.deleted("CampaignMember", start, Seconds(now + 60)).await.unwrap();
        assert_eq!(deleted.records.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&id]);
        assert!(deleted.covered.0 <= now && deleted.covered.0 % 60 == 0);
    });
}

#[test]
fn a_write_whose_answer_is_lost_is_not_sent_again() {
    let world = World::sample(&Faults::none());
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    let lead = || vec![object(&json!({"LastName": "Twice", "Company": "Never"}))];
    let count = || world.in_salesforce("GET", "/double/records/Lead", &Value::Null).as_array().unwrap().len();
    world.run(async {
        for (kind, made, known) in [
            (Fault::SilenceAfter, 1, false),
            (Fault::CutAfter, 1, false),
            (Fault::ServerErrorAfter, 1, false),
            (Fault::SilenceBefore, 0, false),
            // Of these it is known that nothing was done: they are tried again until it is.
            (Fault::Unavailable, 1, true),
            (Fault::Limit, 1, true),
        ] {
            let before = count();
            world.salesforce.borrow_mut().faults.orders.push(order(kind, "composite/sobjects"));
            let written = side.create("Lead", lead()).await.unwrap().remove(0);
            assert_eq!(count() - before, made, "{kind:?}");
            assert_eq!(matches!(written, salesforce::Written::Done(_)), known, "{kind:?}: {written:?}");
        }
    });
}

#[test]
fn a_session_that_ended_is_renewed_and_a_policy_is_not_taken_for_one() {
    let world = World::sample(&Faults::none());
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    world.run(async {
        side.campaign_names().await.unwrap();
        world.in_salesforce("POST", "/double/tokens/expire", &Value::Null);
        assert_eq!(side.campaign_names().await.unwrap().len(), 2);
        world.in_salesforce("PATCH", "/double/apps/campanile-double", &json!({"policy": "not_attached"}));
        let calls = world.salesforce.borrow().calls().count();
        let refused = side.campaign_names().await.unwrap_err();
        assert!(matches!(refused, Trouble::Refused { .. }), "{refused:?}");
        assert_eq!(world.salesforce.borrow().calls().count(), calls + 1, "nobody logs in again");
    });
    // Every call says who we are, and none of what is logged holds a secret.
    let log = format!("{:?}", world.salesforce.borrow().calls().collect::<Vec<_>>());
    assert!(!log.contains("double-secret"), "{log}");
}

#[test]
fn all_ways_to_log_in() {
    let rotate = json!({"rotate_refresh_tokens": true});
    let world = World::sample(&Faults::none());
    let credentials = world.in_salesforce("GET", "/double", &Value::Null)["credentials"].clone();
    let username = credentials["username"].as_str().unwrap().to_owned();
    let assertion = Auth::JwtBearer { username, private_key: Secret::new(TEST_PRIVATE_KEY) };
    let token = Secret::new(credentials["refresh_token"].as_str().unwrap());
    let refresh = Auth::RefreshToken { client_secret: None, refresh_token: token };
    world.in_salesforce("PATCH", "/double/settings", &rotate);
    let kept = Kept::default();
    for auth in [client_credentials(), assertion, refresh.clone(), refresh] {
        let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, auth), &kept);
        world.run(async { assert_eq!(side.campaign_names().await.unwrap().len(), 2) });
    }
    assert_eq!(kept.0.borrow().len(), 2, "the second log-in used the rotated token and got another");
    let wrong = Auth::ClientCredentials { client_secret: Secret::new("wrong") };
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, wrong), &kept);
    let refused = world.run(side.campaign_names()).unwrap_err();
    assert_eq!(refused.to_string(), "Salesforce refuses the log-in: invalid_client: invalid client credentials");
}

#[test]
fn a_side_that_is_down_is_left_alone_after_some_tries() {
    let world = World::sample(&Faults::none());
    let down = Order { kind: Fault::Unavailable, method: None, path: None, times: 1000, after: 0 };
    world.salesforce.borrow_mut().faults.orders.push(down);
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    let refused = world.run(side.campaign_names()).unwrap_err();
    assert!(matches!(refused, Trouble::Unreachable { side: "Salesforce", .. }), "{refused:?}");
    assert!(world.salesforce.borrow().calls().count() <= 6);
}

#[test]
fn the_orgs_other_programs_keep_their_share_of_the_calls() {
    let world = World::sample(&Faults::none());
    world.in_salesforce("PATCH", "/double/settings", &json!({"daily_requests": 10}));
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    world.run(async {
        for _ in 0..8 {
            side.campaign_names().await.unwrap();
        }
        let refused = side.campaign_names().await.unwrap_err();
        assert!(refused.to_string().contains("8 of its 10 daily calls are used"), "{refused}");
    });
}

#[test]
fn a_program_is_read_with_channel_costs_members_and_what_happened() {
    let world = World::sample(&Faults::none());
    let side = Marketo::new(&world, marketo_config(MARKETO_URL), 0);
    world.run(async {
        let start = Seconds(u32::try_from(world.at().0 / 1000).unwrap());
        let program = side.program_named("Spring Webinar").await.unwrap().unwrap();
        assert_eq!(program.channel, "Webinar");
        assert_eq!(program.costs.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1500", "500"]);
        assert_eq!(side.program(&program.id).await.unwrap().as_ref(), Some(&program));
        assert_eq!(side.program_names().await.unwrap().len(), 2);
        let steps: Vec<i32> = side.channel("Webinar").await.unwrap().iter().map(|status| status.step).collect();
        assert_eq!(steps, [10, 20, 30, 40]);
        assert_eq!(side.used_statuses(&program.id).await.unwrap(), ["Invited", "Registered"]);
        let statuses = ["Invited".to_owned(), "Registered".to_owned()];
        let members = side.members_with(&program.id, &statuses).await.unwrap();
        assert_eq!(members.len(), 2);

        let emails = ["ada@example.com".to_owned(), "alan@example.com".to_owned()];
        let leads = side.leads("email", &emails).await.unwrap();
        let ids: Vec<String> = leads.iter().map(|lead| lead.id.clone()).collect();
        let token = side.token_since(start).await.unwrap();
        let token = side.activities(&token, false).await.unwrap().token;
        world.pass_ms(5000);
        let written = side.set_status(&program.id, "Attended", &ids).await.unwrap();
        assert!(written.iter().all(|one| matches!(one, marketo::Written::Done(_))), "{written:?}");
        let lower = side.set_status(&program.id, "Invited", &ids).await.unwrap();
        assert!(lower.iter().all(|one| matches!(one, marketo::Written::Skipped { code, .. } if code == "1037")));
        side.remove(&program.id, &ids[..1]).await.unwrap();
        assert_eq!(side.members_of(&program.id, &ids).await.unwrap().len(), 1);
        let happened = side.activities(&token, false).await.unwrap();
        let shown: Vec<(&str, Option<&str>)> = happened
            .happenings
            .iter()
            .filter_map(|one| match one {
                Happening::Status { lead, status, .. } => Some((lead.as_str(), status.as_deref())),
                Happening::Deleted { .. } | Happening::Touched { .. } => None,
            })
            .collect();
        let (first, second) = (ids[0].as_str(), ids[1].as_str());
        assert_eq!(shown, [(first, Some("Attended")), (second, Some("Attended")), (first, None)]);
        assert!(side.activities(&happened.token, false).await.unwrap().happenings.is_empty());
    });
}

#[test]
fn people_are_made_once_by_address_and_tokens_are_renewed() {
    let world = World::sample(&Faults::none());
    let side = Marketo::new(&world, marketo_config(MARKETO_URL), 0);
    world.run(async {
        let person = object(&json!({"email": "new@example.com", "firstName": "New"}));
        let made = side.create(std::slice::from_ref(&person)).await.unwrap().remove(0);
        assert!(matches!(made, marketo::Written::Done(_)), "{made:?}");
        world.in_marketo("POST", "/double/tokens/expire", &Value::Null);
        let again = side.create(&[person]).await.unwrap().remove(0);
        assert!(matches!(&again, marketo::Written::Skipped { code, .. } if code == "1005"), "{again:?}");
        // With a lost answer nobody knows; reading is simply done again.
        world.marketo.borrow_mut().faults.orders.push(order(Fault::CutAfter, "/rest/v1/leads.json"));
        let unknown = side.create(&[object(&json!({"lastName": "Nobody"}))]).await.unwrap().remove(0);
        assert!(matches!(unknown, marketo::Written::Unknown(_)), "{unknown:?}");
        world.marketo.borrow_mut().faults.orders.push(order(Fault::CutAfter, "/rest/v1/leads.json"));
        assert_eq!(side.leads("email", &["new@example.com".to_owned()]).await.unwrap().len(), 1);
        assert_eq!(side.leads("lastName", &["Nobody".to_owned()]).await.unwrap().len(), 1, "it was not made twice");
    });
}

#[test]
fn marketos_limits_are_kept_and_waited_for() {
    let world = World::sample(&Faults::none());
    let side = Marketo::new(&world, marketo_config(MARKETO_URL), 0);
    world.run(async {
        for _ in 0..250 {
            side.channel("Webinar").await.unwrap();
        }
    });
    let refused = world.marketo.borrow().calls().filter(|call| call.status != Some(200)).count();
    assert_eq!(refused, 0);
    assert_eq!(side.used(), 251, "the log-in counts too");
    // Somebody else used the quota up.
    let spent = Marketo::new(&world, marketo_config(MARKETO_URL), 50_000);
    let refused = world.run(spent.channel("Webinar")).unwrap_err();
    assert_eq!(refused.to_string(), "Marketo cannot be reached: the calls of this day are used up");
    world.in_marketo("PATCH", "/double/settings", &json!({"daily_calls": 1}));
    let refused = world.run(side.channel("Webinar")).unwrap_err();
    assert!(matches!(&refused, Trouble::Unreachable { message, .. } if message.starts_with("607")), "{refused:?}");
}

#[test]
fn over_real_http() {
    let data = read_data(campanile::testkit::double::salesforce::SAMPLE).unwrap();
    let present = campanile::clock::present();
    let double = campanile::testkit::double::Salesforce::new(&data, "", present).unwrap();
    let server = Server::start(Double::new(double, Faults::none()), "127.0.0.1:0".parse().unwrap(), false).unwrap();
    let kept = Kept::default();
    let outside = Http::new().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let side = Salesforce::new(&outside, salesforce_config(server.url(), client_credentials()), &kept);
        assert_eq!(side.campaign_names().await.unwrap().len(), 2);
        let cut = order(Fault::CutAfter, "composite");
        server.double().faults.orders.push(cut);
        let lead = object(&json!({"LastName": "X", "Company": "Y"}));
        let written = side.create("Lead", vec![lead]).await.unwrap().remove(0);
        assert!(matches!(written, salesforce::Written::Unknown(_)), "{written:?}");
    });
}
