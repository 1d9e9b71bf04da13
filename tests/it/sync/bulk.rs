//! Many records at once: Bulk jobs do what Collections do, with fewer calls, whatever goes wrong on the way.

use std::collections::{BTreeMap, BTreeSet};

use campanile::Timestamp;
use campanile::sync::Trouble;
use campanile::sync::budget::Millis;
use campanile::sync::salesforce::{INGEST_RECORDS_MIN, MemberRow, QUERY_ROWS_MIN, Salesforce, Written};
use campanile::sync::wire::{Http, Lost, Outside, Request, Response};
use campanile::testkit::double::faults::Order;
use campanile::testkit::double::{Double, Fault, Faults, Server};
use serde_json::{Map, Value, json};

use super::world::{Kept, SALESFORCE_URL, World, client_credentials, salesforce_config};

/// A little more than the least that a job takes.
const MANY: usize = INGEST_RECORDS_MIN + 9;

fn order(kind: Fault, method: &str, path: &str, times: u32) -> Order {
    Order { kind, method: Some(method.to_owned()), path: Some(path.to_owned()), times, after: 0 }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// An org with so many leads, and the first of them as members of the first of two campaigns.
fn org(leads: usize, members: usize) -> World {
    let mut data = String::from("leads:\n");
    for number in 0..leads {
        data.push_str(&format!("- {{ref: l{number}, LastName: L{number:05}, Company: C}}\n"));
    }
    data.push_str("campaigns:\n");
    for name in ["Fair", "Webinar"] {
        let statuses = "[{label: Sent, default: true}, {label: Came, responded: true}]";
        data.push_str(&format!("- {{ref: {name}, Name: {name}, statuses: {statuses}"));
        if name == "Fair" && members > 0 {
            data.push_str(", members: [");
            for number in 0..members {
                data.push_str(&format!("{{person: l{number}, status: Sent}}, "));
            }
            data.push(']');
        }
        data.push_str("}\n");
    }
    World::new(&data, campanile::testkit::double::marketo::SAMPLE, &Faults::none())
}

fn records(world: &World, name: &str) -> Vec<Value> {
    world.in_salesforce("GET", &format!("/double/records/{name}"), &Value::Null).as_array().unwrap().clone()
}

/// Ids of leads in the order of their names, and those of the campaigns by name.
fn ids(world: &World) -> (Vec<String>, BTreeMap<String, String>) {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let leads: BTreeMap<String, String> =
        records(world, "Lead").iter().map(|row| (text(row, "LastName"), text(row, "Id"))).collect();
    let campaigns = records(world, "Campaign").iter().map(|row| (text(row, "Name"), text(row, "Id"))).collect();
    (leads.into_values().collect(), campaigns)
}

/// The members as they are: campaign, person, status.
fn members(world: &World) -> Vec<(String, String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let mut members: Vec<_> = records(world, "CampaignMember")
        .iter()
        .map(|row| (text(row, "CampaignId"), text(row, "LeadId"), text(row, "Status")))
        .collect();
    members.sort();
    members
}

/// Members to add, of both campaigns by turns, with some that Salesforce refuses: one twice, one of nobody, one whose
/// status a cell cannot say.
fn new_members(world: &World) -> Vec<Map<String, Value>> {
    let (leads, campaigns) = ids(world);
    let (fair, webinar) = (&campaigns["Fair"], &campaigns["Webinar"]);
    let member = |(number, lead): (usize, &String)| {
        let campaign = if number % 2 == 0 { fair } else { webinar };
        object(
            &json!({"CampaignId": campaign, "LeadId": lead, "Status": if number % 3 == 0 { "Came" } else { "Sent" }}),
        )
    };
    let mut all: Vec<Map<String, Value>> = leads.iter().enumerate().map(member).collect();
    all.insert(7, all[20].clone());
    all[11].insert("LeadId".to_owned(), json!("00Q000000000001AAA"));
    all[13].insert("Status".to_owned(), json!("#N/A"));
    all[14].insert("Status".to_owned(), Value::Null);
    all
}

/// The same with ids left out: two orgs give different ones.
fn told(written: &[Written]) -> Vec<String> {
    let told = |written: &Written| match written {
        Written::Done(id) => format!("done {}", &id[..3]),
        Written::Refused { code, message } => {
            format!("{code}: {}", message.split('\'').step_by(2).collect::<Vec<_>>().concat())
        }
        Written::Unknown(message) => format!("unknown: {message}"),
    };
    written.iter().map(told).collect()
}

/// The calls that were made, without the log-in, as method and the last part of the path.
fn calls(world: &World) -> Vec<String> {
    let world = world.salesforce.borrow();
    let name = |target: &str| {
        let path = target.split('?').next().unwrap();
        let last = path.rsplit('/').next().unwrap();
        if last.starts_with("750") { "job".to_owned() } else { last.to_owned() }
    };
    let calls = world.calls().filter(|call| !call.target.ends_with("/token"));
    calls.map(|call| format!("{} {}", call.method, name(&call.target))).collect()
}

/// What Collections do with the same records, in pieces that are too small for a job.
async fn by_collections(side: &Salesforce<'_, World>, records: &[Map<String, Value>]) -> Vec<Written> {
    let mut written = Vec::new();
    for some in records.chunks(200) {
        written.extend(side.create("CampaignMember", some.to_vec()).await.unwrap());
    }
    written
}

#[test]
fn a_job_tells_what_collections_tell_with_a_tenth_of_the_calls() {
    let (one, other) = (org(MANY, 0), org(MANY, 0));
    // Rows come back the other way round.
    one.salesforce.borrow_mut().faults.orders.push(order(Fault::Reorder, "GET", "Results", 2));
    let kept = Kept::default();
    let config = || salesforce_config(SALESFORCE_URL, client_credentials());
    let (side, plain) = (Salesforce::new(&one, config(), &kept), Salesforce::new(&other, config(), &kept));
    let by_job = one.run(side.create("CampaignMember", new_members(&one))).unwrap();
    let by_call = other.run(by_collections(&plain, &new_members(&other)));
    assert_eq!(told(&by_job), told(&by_call));
    assert_eq!(
        by_job.iter().filter(|one| matches!(one, Written::Refused { .. })).count(),
        2,
        "the test has both kinds"
    );
    assert_eq!(members(&one), members(&other));
    // Each id is that of its own record.
    let made: BTreeMap<String, Value> =
        records(&one, "CampaignMember").into_iter().map(|row| (row["Id"].as_str().unwrap().to_owned(), row)).collect();
    for (asked, written) in new_members(&one).iter().zip(&by_job) {
        let Written::Done(id) = written else { continue };
        assert_eq!((&made[id]["CampaignId"], &made[id]["LeadId"]), (&asked["CampaignId"], &asked["LeadId"]));
    }
    let bulk = ["POST ingest", "PUT batches", "PATCH job", "GET job", "GET successfulResults", "GET failedResults"];
    let with_rest: Vec<&str> = bulk.into_iter().chain(["POST sobjects"]).collect();
    assert_eq!(calls(&one), with_rest, "the one that a cell cannot say goes alone");
    assert_eq!(calls(&other).len(), MANY.div_ceil(200));
}

#[test]
fn rows_go_up_by_campaign_and_else_in_their_order() {
    let world = org(MANY, 0);
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    world.run(side.create("CampaignMember", new_members(&world))).unwrap();
    // The double works through a file row by row and gives ids in that order.
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let mut made: Vec<[String; 3]> = records(&world, "CampaignMember")
        .iter()
        .map(|row| [text(row, "Id"), text(row, "CampaignId"), text(row, "LeadId")])
        .collect();
    made.sort();
    // The last one went alone.
    made.pop();
    assert!(made.is_sorted_by_key(|[_, campaign, _]| campaign.clone()));
    let (_, campaigns) = ids(&world);
    for campaign in campaigns.values() {
        let rows = made.iter().filter(|row| row[1] == *campaign).map(|row| row[2].clone());
        let mut asked: Vec<String> = new_members(&world)
            .iter()
            .filter(|member| member["CampaignId"] == json!(campaign) && member["Status"] != "#N/A")
            .map(|member| member["LeadId"].as_str().unwrap().to_owned())
            .filter(|lead| !lead.starts_with("00Q0000"))
            .collect();
        let mut seen = BTreeSet::new();
        asked.retain(|lead| seen.insert(lead.clone()));
        assert!(asked.len() > 900 && rows.eq(asked));
    }
}

#[test]
fn members_are_changed_and_deleted_by_jobs_too() {
    let world = org(MANY, MANY);
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    let all: Vec<String> =
        records(&world, "CampaignMember").iter().map(|row| row["Id"].as_str().unwrap().to_owned()).collect();
    world.in_salesforce("PATCH", "/double/settings", &json!({"bulk_ms": 40_000}));
    world.run(async {
        let came = all.iter().map(|id| object(&json!({"id": id, "Status": "Came"}))).collect();
        let done: Vec<Written> = all.iter().map(|id| Written::Done(id.clone())).collect();
        assert_eq!(side.update("CampaignMember", came).await.unwrap(), done);
        assert!(members(&world).iter().all(|(_, _, status)| status == "Came"));
        let polls = calls(&world).iter().filter(|call| *call == "GET job").count();
        assert_eq!(polls, 6, "1, 2, 4, 8, 16 and 30 seconds");
        assert_eq!(side.delete(&all).await.unwrap(), done);
        assert!(members(&world).is_empty());
        // A second time each is told to be gone.
        let again = side.delete(&all).await.unwrap();
        let codes: BTreeSet<&str> = again
            .iter()
            .map(|one| match one {
                Written::Refused { code, .. } => code.as_str(),
                Written::Done(_) | Written::Unknown(_) => panic!("{one:?}"),
            })
            .collect();
        assert_eq!(codes.len(), 1, "{codes:?}");
        assert!(codes.contains("INVALID_CROSS_REFERENCE_KEY") || codes.contains("ENTITY_IS_DELETED"), "{codes:?}");
    });
}

#[test]
fn people_without_a_key_get_an_id_each() {
    let world = org(0, 0);
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    let lead = |number: usize| {
        // Every other one is like all the others; some hold what CSV has to quote.
        let name = if number.is_multiple_of(2) { "Unknown".to_owned() } else { format!("\"N\", {number}\nJr.") };
        object(&json!({"LastName": name, "Company": "Unknown"}))
    };
    let leads: Vec<Map<String, Value>> = (0..MANY).map(lead).collect();
    let written = world.run(side.create("Lead", leads.clone())).unwrap();
    let made: BTreeMap<String, String> = records(&world, "Lead")
        .iter()
        .map(|row| (row["Id"].as_str().unwrap().to_owned(), row["LastName"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(made.len(), MANY);
    let mut seen = BTreeSet::new();
    for (asked, written) in leads.iter().zip(&written) {
        let Written::Done(id) = written else { panic!("{written:?}") };
        assert!(seen.insert(id.clone()), "{id} stands twice");
        assert_eq!(json!(made[id]), asked["LastName"]);
    }
}

#[test]
fn whatever_is_lost_at_any_step_nothing_is_done_twice_and_nothing_is_guessed() {
    let wanted = {
        let world = org(MANY, 0);
        let kept = Kept::default();
        let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
        let written = world.run(side.create("CampaignMember", new_members(&world))).unwrap();
        (told(&written), members(&world))
    };
    let steps = [
        ("POST", "jobs/ingest"),
        ("PUT", "batches"),
        ("PATCH", "jobs/ingest/"),
        ("GET", "jobs/ingest/"),
        ("GET", "successfulResults"),
        ("GET", "failedResults"),
    ];
    let faults = [
        Fault::SilenceBefore,
        Fault::SilenceAfter,
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::Unavailable,
        Fault::ServerError,
        Fault::ServerErrorAfter,
        Fault::Limit,
        Fault::Slow,
    ];
    for (method, path) in steps {
        for kind in faults {
            let world = org(MANY, 0);
            world.salesforce.borrow_mut().faults.orders.push(order(kind, method, path, 1));
            let kept = Kept::default();
            let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
            let written = world.run(side.create("CampaignMember", new_members(&world))).unwrap();
            assert_eq!(told(&written), wanted.0, "{kind:?} of {method} {path}: {:?}", calls(&world));
            assert_eq!(members(&world), wanted.1, "{kind:?} of {method} {path}");
        }
    }
}

#[test]
fn what_cannot_be_learned_is_unknown_and_what_was_not_begun_is_an_error() {
    let begin = |orders: Vec<Order>| {
        let world = org(MANY, 0);
        world.salesforce.borrow_mut().faults.orders.extend(orders);
        let kept = Kept::default();
        let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
        let mut members = new_members(&world);
        // All of them can stand in a cell.
        members.remove(13);
        let result = world.run(side.create("CampaignMember", members));
        (result, records(&world, "CampaignMember").len())
    };
    // Closed, and never heard of again.
    let (written, made) = begin(vec![order(Fault::Unavailable, "GET", "jobs/ingest/", 1000)]);
    let written = written.unwrap();
    assert!(written.iter().all(|one| matches!(one, Written::Unknown(_))), "{:?}", written.first());
    assert!(made > 2000, "all was done, and nobody could know");
    // The results cannot be read.
    let (written, made) = begin(vec![order(Fault::Unavailable, "GET", "successfulResults", 1000)]);
    let written = written.unwrap();
    assert!(made > 2000 && written.iter().all(|one| matches!(one, Written::Unknown(_))), "{:?}", written.first());
    // Those that failed cannot be read: nothing is concluded from that.
    let (written, made) = begin(vec![order(Fault::Unavailable, "GET", "failedResults", 1000)]);
    assert!(made > 2000 && written.unwrap().iter().all(|one| matches!(one, Written::Unknown(_))));
    // Never closed.
    for step in [("POST", "jobs/ingest"), ("PUT", "batches"), ("PATCH", "jobs/ingest/")] {
        let (result, made) = begin(vec![order(Fault::Unavailable, step.0, step.1, 1000)]);
        assert!(made == 0 && matches!(result, Err(Trouble::Unreachable { .. })), "{step:?}: {result:?}");
    }
    // Uploads that are lost again and again.
    let (result, made) = begin(vec![order(Fault::SilenceAfter, "PUT", "batches", 1000)]);
    assert!(made == 0 && matches!(result, Err(Trouble::Unreachable { .. })), "{result:?}");
}

#[test]
fn under_faults_of_any_kind_what_is_told_is_so() {
    let lead = |number: usize| object(&json!({"LastName": format!("N{number}"), "Company": "Unknown"}));
    let leads: Vec<Map<String, Value>> = (0..MANY).map(lead).collect();
    let (mut all, mut some) = (0, 0);
    for seed in 0..24 {
        let world = org(0, 0);
        world.salesforce.borrow_mut().faults = Faults::seeded(seed);
        world.in_salesforce("PATCH", "/double/settings", &json!({"bulk_ms": 20_000, "bulk_lock_every": 900}));
        let kept = Kept::default();
        let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
        let written = world.run(side.create("Lead", leads.clone()));
        world.salesforce.borrow_mut().faults = Faults::none();
        let made = records(&world, "Lead");
        let by_name: BTreeMap<&str, &str> =
            made.iter().map(|row| (row["LastName"].as_str().unwrap(), row["Id"].as_str().unwrap())).collect();
        assert_eq!(by_name.len(), made.len(), "seed {seed}: something was made twice");
        let Ok(written) = written else {
            assert!(made.is_empty(), "seed {seed}: an error, and something was done: {:?}", calls(&world));
            continue;
        };
        for (asked, written) in leads.iter().zip(&written) {
            let found = by_name.get(asked["LastName"].as_str().unwrap());
            match written {
                Written::Done(id) => assert_eq!(found, Some(&id.as_str()), "seed {seed}"),
                Written::Refused { .. } => assert_eq!(found, None, "seed {seed}: {written:?}"),
                Written::Unknown(_) => {}
            }
        }
        let done = written.iter().filter(|one| matches!(one, Written::Done(_))).count();
        if done == MANY { all += 1 } else { some += 1 }
    }
    assert!(all > 12, "most of the time nothing is lost: {all} whole, {some} not");
}

#[test]
fn a_session_that_ends_on_the_way_is_renewed() {
    let world = org(MANY, 0);
    world.in_salesforce("PATCH", "/double/settings", &json!({"token_calls": 2}));
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    let written = world.run(side.create("CampaignMember", new_members(&world))).unwrap();
    assert_eq!(written.iter().filter(|one| matches!(one, Written::Done(_))).count(), MANY - 1);
    let log_ins = world.salesforce.borrow().calls().filter(|call| call.target.ends_with("/token")).count();
    assert!(log_ins >= 3, "{log_ins} log-ins");
}

#[test]
fn a_job_that_does_not_end_is_told_to_stop() {
    let world = org(MANY, 0);
    world.in_salesforce("PATCH", "/double/settings", &json!({"bulk_ms": 7_200_000}));
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    let written = world.run(side.create("CampaignMember", new_members(&world))).unwrap();
    let Some(Written::Unknown(message)) = written.first() else { panic!("{:?}", written.first()) };
    assert!(message.contains("still `UploadComplete` after an hour"), "{message}");
    let polls = calls(&world).iter().filter(|call| *call == "GET job").count();
    assert!((100..150).contains(&polls), "{polls} looks in an hour");
    let stopped = r#"{"state":"Aborted"}"#;
    assert!(world.salesforce.borrow().calls().any(|call| call.method == "PATCH" && call.body == stopped));
    world.pass_ms(7_200_000);
    // Only the record that went through Collections was made.
    assert_eq!(records(&world, "CampaignMember").len(), 1);
}

#[test]
fn rows_that_met_a_lock_are_sent_again_through_collections() {
    let world = org(MANY, 0);
    world.in_salesforce("PATCH", "/double/settings", &json!({"bulk_lock_every": 50}));
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    let (_, campaigns) = ids(&world);
    let mut members = new_members(&world);
    members.retain(|member| member["Status"] != "#N/A");
    let written = world.run(side.create("CampaignMember", members)).unwrap();
    assert!(!told(&written).iter().any(|one| one.starts_with("UNABLE")), "all were written");
    assert_eq!(records(&world, "CampaignMember").len(), MANY - 2);
    assert_eq!(calls(&world).last().unwrap(), "POST sobjects");
    let again = world.salesforce.borrow().calls().last().unwrap().body.clone();
    let first = [again.find(&campaigns["Fair"]), again.find(&campaigns["Webinar"])];
    assert!(first[0] < first[1] || first[1].is_none(), "by campaign: {again}");
}

#[test]
fn what_a_job_refuses_goes_through_collections_which_say_why() {
    let world = org(MANY, 0);
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    // A column that is no field fails the job as a whole.
    let lead = |number: usize| {
        let shoe = if number == 3 { "Shoe" } else { "Email" };
        object(&json!({"LastName": "X", "Company": "Y", shoe: "x@example.com"}))
    };
    let written = world.run(side.create("Lead", (0..MANY).map(lead).collect())).unwrap();
    assert!(matches!(&written[3], Written::Refused { code, .. } if code == "INVALID_FIELD"), "{:?}", written[3]);
    let done = written.iter().filter(|one| matches!(one, Written::Done(_))).count();
    assert_eq!(done, MANY - 1, "all others are made");
    // An object that jobs do not know.
    let nothing = (0..MANY).map(|_| object(&json!({"Name": "x"}))).collect();
    let written = world.run(side.create("Nothing", nothing)).unwrap();
    assert!(written.iter().all(|one| matches!(one, Written::Refused { .. })), "{:?}", written.first());
}

#[test]
fn a_job_over_real_http() {
    let double =
        campanile::testkit::double::Salesforce::new(&Default::default(), "", campanile::clock::present()).unwrap();
    let server = Server::start(Double::new(double, Faults::none()), "127.0.0.1:0".parse().unwrap(), false).unwrap();
    let outside = Http::new().unwrap();
    let kept = Kept::default();
    let side = Salesforce::new(&outside, salesforce_config(server.url(), client_credentials()), &kept);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let leads = (0..MANY).map(|number| object(&json!({"LastName": number.to_string(), "Company": "Y"}))).collect();
    let written = runtime.block_on(side.create("Lead", leads)).unwrap();
    assert!(
        written.len() == MANY && written.iter().all(|one| matches!(one, Written::Done(_))),
        "{:?}",
        written.first()
    );
    assert!(server.double().calls().any(|call| call.method == "PUT" && call.status == Some(201)));
}

fn shown(members: &[MemberRow]) -> Vec<(Option<&str>, &str)> {
    members.iter().map(|member| (member.lead.as_deref(), member.status.as_str())).collect()
}

/// A world in which tables lose their last row.
struct Short<'w>(&'w World);

impl Outside for Short<'_> {
    async fn send(&self, request: Request) -> Result<Response, Lost> {
        let is_table = request.url.contains("/results");
        let mut response = self.0.send(request).await?;
        if is_table {
            let end = response.body.len() - 1;
            let last = response.body[..end].iter().rposition(|byte| *byte == b'\n').unwrap();
            response.body.truncate(last + 1);
        }
        Ok(response)
    }

    async fn sleep(&self, millis: u64) {
        self.0.sleep(millis).await;
    }

    fn now(&self) -> Millis {
        self.0.now()
    }

    fn chance(&self) -> f64 {
        self.0.chance()
    }
}

#[test]
fn a_full_comparison_of_many_is_read_by_a_job() {
    let count = usize::try_from(QUERY_ROWS_MIN).unwrap();
    let world = org(count, count);
    let (_, campaigns) = ids(&world);
    let kept = Kept::default();
    let side = Salesforce::new(&world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    let fair = [campaigns["Fair"].clone()];
    // Two pages, the rows of one the other way round.
    world.in_salesforce("PATCH", "/double/settings", &json!({"bulk_page_size": 15_000}));
    world.salesforce.borrow_mut().faults.orders.push(order(Fault::Reorder, "GET", "results", 1));
    let read = |limit: usize| {
        world.in_salesforce("DELETE", "/double/calls", &Value::Null);
        let members = world.run(side.members_since(&fair, None)).unwrap();
        assert_eq!(members.len(), count);
        let made = calls(&world);
        assert!(made.len() <= limit, "{made:?}");
        (members, made)
    };
    let (by_job, made) = read(6);
    assert_eq!(made, ["GET query", "POST query", "GET job", "GET results", "GET results"]);
    assert!(by_job.is_sorted_by_key(|member| (member.stamp, member.id.clone())));
    // Whatever is lost on the way, all are read.
    for (method, path) in [("GET", "/query?"), ("POST", "jobs/query"), ("GET", "jobs/query/750"), ("GET", "results")] {
        for kind in [Fault::SilenceAfter, Fault::Unavailable] {
            world.salesforce.borrow_mut().faults.orders.push(order(kind, method, path, 1));
            assert_eq!(by_job, read(7).0, "{kind:?} of {method} {path}");
            assert!(world.salesforce.borrow().faults.orders.is_empty(), "{method} {path} was not called");
        }
    }
    // A row that does not arrive is noticed. Where a job is not to be had, the pages are read.
    let short = Short(&world);
    let other = Salesforce::new(&short, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
    world.in_salesforce("DELETE", "/double/calls", &Value::Null);
    assert_eq!(by_job, world.run(other.members_since(&fair, None)).unwrap());
    assert!(calls(&world).contains(&"GET results".to_owned()) && calls(&world).len() > 10);
    world.in_salesforce("PATCH", "/double/settings", &json!({"bulk_ms": 7_200_000}));
    let before = world.at();
    let (paged, made) = read(200);
    assert_eq!(shown(&by_job), shown(&paged));
    assert!(made.iter().filter(|call| call.starts_with("GET 0r8")).count() >= 10, "{made:?}");
    assert!(world.at() > Timestamp(before.0 + 3_600_000));
    // With a time it is a question for a few.
    let newest = by_job.last().unwrap().stamp;
    world.in_salesforce("DELETE", "/double/calls", &Value::Null);
    world.run(side.members_since(&fair, Some(newest))).unwrap();
    assert!(!calls(&world).iter().any(|call| call == "POST query"));
}
