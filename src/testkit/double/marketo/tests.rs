#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::*;
use crate::testkit::double::{Answer as Given, Double, Faults};

/// An instance that is asked by one client, at a time that moves by a second with every call.
struct Instance {
    double: Double<Marketo>,
    now: Timestamp,
    token: String,
}

impl Instance {
    fn new(data: &str) -> Self {
        let now = Timestamp::parse("2026-03-05T09:00:00Z").unwrap();
        let double = Double::new(Marketo::new(&read_data(data).unwrap(), now).unwrap(), Faults::none());
        let mut this = Self { double, now, token: String::new() };
        this.log_in();
        this
    }

    fn sample() -> Self {
        Self::new(SAMPLE)
    }

    fn log_in(&mut self) -> Value {
        let path = "/identity/oauth/token?grant_type=client_credentials&client_id=campanile-double&client_secret=double-secret";
        let answer = self.send(&Request::new("GET", path)).value();
        self.token = answer["access_token"].as_str().unwrap_or_default().to_owned();
        answer
    }

    fn send(&mut self, request: &Request) -> Response {
        self.now = self.now.plus(1000);
        self.double.call(request, self.now).response().unwrap()
    }

    fn call(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::new(method, &format!("/rest/{path}")).bearer(&self.token);
        let answer = self.send(&if body.is_null() { request } else { request.json(body) });
        assert_eq!(answer.status, 200, "business errors have status 200 too");
        answer.value()
    }

    fn get(&mut self, path: &str) -> Value {
        self.call("GET", path, &Value::Null)
    }

    fn control(&mut self, method: &str, path: &str, body: &Value) -> Response {
        self.send(&Request::new(method, &format!("/double/{path}")).json(body))
    }

    /// The id of the sample's webinar.
    fn webinar(&mut self) -> u64 {
        self.get("asset/v1/program/byName.json?name=Spring%20Webinar")["result"][0]["id"].as_u64().unwrap()
    }

    fn lead(&self, reference: &str) -> u64 {
        self.double.remote.refs[reference]
    }

    fn status(&mut self, program: u64, leads: &[u64], status: &str) -> Value {
        let input: Vec<Value> = leads.iter().map(|lead| json!({"leadId": lead})).collect();
        let path = format!("v1/programs/{program}/members/status.json");
        self.call("POST", &path, &json!({"statusName": status, "input": input}))
    }

    /// The new statuses in activities since a moment, by following the token to its end.
    fn moves(&mut self, since: &str) -> Vec<String> {
        let token = self.get(&format!("v1/activities/pagingtoken.json?sinceDatetime={since}"));
        let mut token = token["nextPageToken"].as_str().unwrap().to_owned();
        let mut moves = Vec::new();
        loop {
            let page = self.get(&format!("v1/activities.json?activityTypeIds=104&nextPageToken={token}"));
            for activity in page["result"].as_array().into_iter().flatten() {
                let attributes = activity["attributes"].as_array().unwrap();
                let new = attributes.iter().find(|attribute| attribute["name"] == "New Status").unwrap();
                moves.push(new["value"].as_str().unwrap().to_owned());
            }
            page["nextPageToken"].as_str().unwrap().clone_into(&mut token);
            if page["moreResult"] == false {
                return moves;
            }
        }
    }
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["code"].as_str().unwrap_or_else(|| panic!("no error: {answer}"))
}

fn reason(answer: &Value, at: usize) -> &str {
    answer["result"][at]["reasons"][0]["code"].as_str().unwrap_or_else(|| panic!("no reason: {answer}"))
}

#[test]
fn a_status_only_moves_forward() {
    let mut marketo = Instance::sample();
    let (webinar, ada, alan) = (marketo.webinar(), marketo.lead("ada"), marketo.lead("alan"));
    let since = answer::moment(marketo.now.plus(1000));
    let moved = marketo.status(webinar, &[ada, alan, 999, ada], "Attended");
    let shown: Vec<&str> = (0..4).map(|at| moved["result"][at]["status"].as_str().unwrap()).collect();
    assert_eq!(shown, ["updated", "created", "skipped", "skipped"]);
    assert_eq!((reason(&moved, 2), reason(&moved, 3)), ("1004", "1036"));
    for status in ["Registered", "Attended"] {
        assert_eq!(reason(&marketo.status(webinar, &[ada], status), 0), "1037", "{status}");
    }
    for status in ["Not in Program", "attended", "Gone"] {
        assert_eq!(code(&marketo.status(webinar, &[ada], status)), "1025", "{status}");
    }
    // Down only by leaving.
    let path = format!("v1/programs/{webinar}/members/delete.json");
    let input = json!({"input": [{"leadId": ada}, {"leadId": ada}]});
    let gone = marketo.call("POST", &path, &input);
    assert_eq!((gone["result"][0]["status"].as_str(), reason(&gone, 1)), (Some("deleted"), "1037"));
    assert_eq!(marketo.status(webinar, &[ada], "Invited")["result"][0]["status"], "created");
    assert_eq!(marketo.moves(&since), ["Attended", "Attended", "Not in Program", "Invited"]);
}

#[test]
fn statuses_of_one_step_toggle() {
    let data = "channels: [{name: C, statuses: [{name: A, step: 10}, {name: B, step: 10}]}]\nleads: [{ref: x, email: x@example.com}]\nprograms: [{name: P, channel: C}]";
    let mut marketo = Instance::new(data);
    let x = marketo.lead("x");
    for (status, wanted) in [("A", "created"), ("B", "updated"), ("A", "updated")] {
        assert_eq!(marketo.status(1001, &[x], status)["result"][0]["status"], wanted);
    }
}

#[test]
fn members_are_listed_by_time_and_page() {
    let mut marketo = Instance::sample();
    let (webinar, alan, grace) = (marketo.webinar(), marketo.lead("alan"), marketo.lead("grace"));
    let since = answer::moment(marketo.now.plus(1000));
    marketo.status(webinar, &[alan, grace], "Invited");
    let path = |window: &str| {
        format!(
            "v1/programs/{webinar}/members.json?filterType=updatedAt&{window}&fields=leadId,statusName,updatedAt&batchSize=1"
        )
    };
    let window = format!("startAt={since}&endAt=2026-03-06T00:00:00Z");
    let first = marketo.get(&path(&window));
    assert_eq!(first["result"][0], json!({"seq": 0, "leadId": alan, "statusName": "Invited", "updatedAt": since}));
    let token = first["nextPageToken"].as_str().unwrap();
    let last = marketo.get(&format!("{}&nextPageToken={token}", path(&window)));
    assert_eq!((&last["result"][0]["leadId"], &last["nextPageToken"]), (&json!(grace), &Value::Null));
    assert_eq!(
        code(&marketo.get(&path("startAt=2026-03-01T00:00:00Z&endAt=2026-03-09T00:00:00Z"))),
        "1003",
        "7 days at most"
    );
    assert_eq!(code(&marketo.get(&path("startAt=yesterday&endAt=today"))), "704");
    let by_status =
        format!("v1/programs/{webinar}/members.json?filterType=statusName&filterValues=Registered,Attended");
    assert_eq!(marketo.get(&by_status)["result"].as_array().unwrap().len(), 1);
    assert_eq!(
        code(&marketo.get(&format!("v1/programs/{webinar}/members.json?filterType=shoe&filterValues=1"))),
        "1035"
    );
    assert_eq!(code(&marketo.get(&format!("v1/programs/{webinar}/members.json"))), "701");
}

#[test]
fn people_are_upserted_one_by_one() {
    let mut marketo = Instance::sample();
    let ada = marketo.lead("ada");
    let twins = json!({"action": "createDuplicate", "input": [{"email": "ada@example.com"}]});
    let twin = marketo.call("POST", "v1/leads.json", &twins)["result"][0]["id"].as_u64().unwrap();
    assert_ne!(twin, ada);
    let body = json!({"input": [
        {"email": "Ada@Example.com", "title": "Countess"},
        {"email": "new@example.com", "shoeSize": 9},
        {"firstName": "Nobody"},
        {"email": "GRACE@example.com", "title": "Admiral"},
    ]});
    let answer = marketo.call("POST", "v1/leads.json", &body);
    assert_eq!([reason(&answer, 0), reason(&answer, 1), reason(&answer, 2)], ["1007", "1006", "1003"]);
    assert_eq!(answer["result"][3], json!({"id": marketo.lead("grace"), "status": "updated"}));
    for (action, wanted) in [("createOnly", "1005"), ("updateOnly", "1004")] {
        let email = if action == "createOnly" { "grace@example.com" } else { "none@example.com" };
        let answer = marketo.call("POST", "v1/leads.json", &json!({"action": action, "input": [{"email": email}]}));
        assert_eq!(reason(&answer, 0), wanted);
    }
    let by_sfdc = json!({"lookupField": "sfdcLeadId", "input": [{"sfdcLeadId": "00Q5e000000000001", "lastName": "X"}]});
    assert_eq!(marketo.call("POST", "v1/leads.json", &by_sfdc)["result"][0]["status"], "created");
    assert_eq!(marketo.call("POST", "v1/leads.json", &by_sfdc)["result"][0]["status"], "updated");
    let many: Vec<Value> = (0..301).map(|number| json!({"email": format!("{number}@example.com")})).collect();
    assert_eq!(code(&marketo.call("POST", "v1/leads.json", &json!({"input": many}))), "1003");
    assert_eq!(code(&marketo.call("POST", "v1/leads.json", &json!({"input": []}))), "702");

    // Merged, the higher step stays.
    let webinar = marketo.webinar();
    marketo.status(webinar, &[twin], "Attended");
    let merged = marketo.call("POST", &format!("v1/leads/{ada}/merge.json?leadId={twin}"), &Value::Null);
    assert_eq!(merged["success"], true);
    let own = marketo.get(&format!("v1/leads/{ada}/programMembership.json"));
    assert_eq!(own["result"][0]["progressionStatus"], "Attended");
    assert_eq!(code(&marketo.get(&format!("v1/lead/{twin}.json"))), "1004");
}

#[test]
fn calls_are_counted() {
    let mut marketo = Instance::sample();
    let send = |marketo: &mut Instance, at: Timestamp| {
        let request = Request::new("GET", "/rest/v1/activities/types.json").bearer(&marketo.token);
        match marketo.double.call(&request, at) {
            Given::Response { response, after_ms } => (response.value(), after_ms),
            Given::Silence | Given::Cut => panic!("no answer"),
        }
    };
    let start = marketo.now.plus(1000);
    for number in 0..100 {
        assert_eq!(send(&mut marketo, start.plus(number)).0["success"], true, "{number}");
    }
    let refused = send(&mut marketo, start.plus(19_999)).0;
    assert_eq!(
        refused["errors"][0],
        json!({"code": "606", "message": "Max rate limit '100' exceeded with in '20' secs"})
    );
    assert_eq!(send(&mut marketo, start.plus(20_099)).0["success"], true, "the window has moved on");

    marketo.control("PATCH", "settings", &json!({"call_ms": 1000, "concurrent_calls": 2}));
    let start = start.plus(60_000);
    assert_eq!(send(&mut marketo, start).1, 1000, "an answer takes its time");
    assert_eq!(send(&mut marketo, start).0["success"], true);
    assert_eq!(code(&send(&mut marketo, start).0), "615");
    assert_eq!(send(&mut marketo, start.plus(1000)).0["success"], true);

    marketo.control("PATCH", "settings", &json!({"daily_calls": 1, "call_ms": 0}));
    let start = start.plus(60_000);
    assert_eq!(code(&send(&mut marketo, start).0), "607");
    // Midnight in Chicago, which is UTC-6 in March before the clocks change.
    let midnight = Timestamp::parse("2026-03-06T06:00:00Z").unwrap();
    marketo.control("PATCH", "settings", &json!({"token_seconds": 86_400}));
    marketo.control("POST", "tokens/expire", &json!({}));
    marketo.log_in();
    assert_eq!(code(&send(&mut marketo, midnight.plus(-1)).0), "607");
    assert_eq!(send(&mut marketo, midnight).0["success"], true);
}

#[test]
fn tokens_and_roles() {
    let mut marketo = Instance::sample();
    let first = marketo.log_in();
    assert_eq!(first["access_token"], marketo.log_in()["access_token"], "one that is good is given out again");
    marketo.control("POST", "tokens/expire", &json!({}));
    assert_eq!(code(&marketo.get("v1/leads/describe.json")), "602");
    marketo.log_in();
    assert_ne!(json!(marketo.token), first["access_token"]);
    assert_eq!(marketo.get("v1/leads/describe.json")["success"], true);
    marketo.token = "nonsense".to_owned();
    assert_eq!(code(&marketo.get("v1/leads/describe.json")), "601");
    let wrong = Request::new("GET", "/identity/oauth/token?grant_type=client_credentials&client_id=x&client_secret=y");
    let answer = marketo.send(&wrong);
    assert_eq!((answer.status, answer.value()["error"].as_str()), (401, Some("invalid_client")));
    marketo.log_in();
    marketo.control("PATCH", "clients/campanile-double", &json!({"denied": ["POST /rest/v1/leads"]}));
    assert_eq!(code(&marketo.call("POST", "v1/leads.json", &json!({"input": [{"email": "a@b.c"}]}))), "603");
    assert_eq!(marketo.get("v1/leads/describe.json")["success"], true);
    assert_eq!(code(&marketo.get("v1/nothing.json")), "610");
    assert_eq!(marketo.send(&Request::new("POST", &format!("/rest/v1/{}", "x".repeat(9000)))).status, 414);
}

#[test]
fn programs_have_costs_and_channels() {
    let mut marketo = Instance::sample();
    let webinar = marketo.webinar();
    let by_name = marketo.get("asset/v1/program/byName.json?name=Spring%20Webinar&includeCosts=true");
    assert_eq!(by_name["result"][0]["costs"][1], json!({"startDate": "2026-04-01", "cost": 500, "note": "catering"}));
    assert_eq!(by_name["result"][0]["tags"], Value::Null);
    assert_eq!(by_name["result"][0]["createdAt"], "2026-03-05T09:00:00Z+0000");
    let none = marketo.get("asset/v1/program/byName.json?name=Nothing");
    assert_eq!(none["warnings"][0], "No assets found for the given search criteria.");
    assert_eq!((&none["success"], &none["result"]), (&json!(true), &Value::Null));
    let page = marketo.get("asset/v1/programs.json?maxReturn=1&offset=1");
    assert_eq!(page["result"][0]["name"], "Hannover Fair");
    assert_eq!(code(&marketo.get("asset/v1/programs.json?maxReturn=201")), "701");

    let change = |marketo: &mut Instance, form: &[(&str, &str)]| {
        let path = format!("/rest/asset/v1/program/{webinar}.json");
        let request = Request::new("POST", &path).bearer(&marketo.token).form(form);
        marketo.send(&request).value()
    };
    let costs = r#"[{"startDate":"2026-05-01","cost":7}]"#;
    assert_eq!(
        change(&mut marketo, &[("costs", costs)])["result"][0]["costs"].as_array().unwrap().len(),
        3,
        "appended"
    );
    let replaced = change(&mut marketo, &[("costs", costs), ("costsDestructiveUpdate", "true")]);
    assert_eq!(replaced["result"][0]["costs"].as_array().unwrap().len(), 1);
    assert_eq!(change(&mut marketo, &[("costsDestructiveUpdate", "true")])["result"][0]["costs"], json!([]));
    assert_eq!(code(&change(&mut marketo, &[("costs", r#"[{"startDate":"2026-05-01","cost":100000000}]"#)])), "709");

    let channel = marketo.get("asset/v1/channel/byName.json?name=Webinar");
    let statuses = channel["result"][0]["progressionStatuses"].as_array().unwrap();
    assert_eq!((&statuses[0]["name"], &statuses[0]["step"]), (&json!("Not in Program"), &json!(0)));
    assert_eq!((&statuses[4]["name"], &statuses[4]["success"]), (&json!("Attended"), &json!(true)));
}

#[test]
fn pages_of_activities_may_be_empty_and_not_the_last() {
    let mut marketo = Instance::sample();
    marketo.control("PATCH", "settings", &json!({"activity_page": 2, "rate_calls": 1000}));
    let token = marketo.get("v1/activities/pagingtoken.json?sinceDatetime=2026-03-01T00:00:00Z");
    let token = token["nextPageToken"].as_str().unwrap();
    let page = marketo.get(&format!("v1/activities.json?activityTypeIds=104&nextPageToken={token}"));
    assert_eq!((&page["result"], &page["moreResult"]), (&Value::Null, &json!(true)));
    assert_eq!(marketo.moves("2026-03-01T00:00:00Z"), ["Registered", "Invited"]);
    assert_eq!(marketo.moves("2026-03-06T00:00:00Z"), [""; 0]);
    assert_eq!(code(&marketo.get("v1/activities.json?activityTypeIds=104&nextPageToken=x")), "1003");
    let eleven = "1,2,3,4,5,6,7,8,9,10,11";
    assert_eq!(
        code(&marketo.get(&format!("v1/activities.json?activityTypeIds={eleven}&nextPageToken={token}"))),
        "1003"
    );
}

#[test]
fn what_shows_late_is_told_later_with_its_own_time() {
    let mut marketo = Instance::sample();
    let (webinar, ada) = (marketo.webinar(), marketo.lead("ada"));
    let since = answer::moment(marketo.now.plus(1000));
    marketo.double.remote.lag_once_ms = 60_000;
    marketo.status(webinar, &[ada], "Attended");
    marketo.status(webinar, &[marketo.lead("alan")], "Invited");
    assert_eq!(marketo.moves(&since), ["Invited"]);
    let window =
        format!("v1/programs/{webinar}/members.json?filterType=updatedAt&startAt={since}&endAt=2026-03-06T00:00:00Z");
    assert_eq!(marketo.get(&window)["result"].as_array().unwrap().len(), 1);
    let before = marketo
        .get(&format!("v1/programs/{webinar}/members.json?filterType=leadId&filterValues={ada}&fields=statusName"));
    assert_eq!(before["result"][0]["statusName"], "Registered", "until then it is what it was");
    marketo.now = marketo.now.plus(60_000);
    assert_eq!(marketo.moves(&since), ["Invited", "Attended"]);
    assert_eq!(marketo.get(&window)["result"].as_array().unwrap().len(), 2);
}

#[test]
fn a_marketer_changes_things_in_the_product() {
    let mut marketo = Instance::sample();
    let (webinar, ada) = (marketo.webinar(), marketo.lead("ada"));
    let since = answer::moment(marketo.now.plus(1000));
    let member = |name: &str| format!("programs/Spring%20Webinar/members/@{name}");
    assert_eq!(marketo.control("PUT", &member("ada"), &json!({"status": "Invited"})).status, 400, "not backwards");
    assert_eq!(marketo.control("PUT", &member("ada"), &json!({"status": "Invited", "force": true})).status, 204);
    assert_eq!(marketo.control("PUT", &member("grace"), &json!({"status": "Attended"})).status, 204);
    assert_eq!(marketo.control("DELETE", &member("margaret"), &json!({})).status, 204);
    assert_eq!(marketo.moves(&since), ["Invited", "Attended", "Not in Program"]);
    let sfdc = json!({"sfdc": {"id": "7015e000000000001AAA", "name": "Spring"}, "costs": []});
    assert_eq!(marketo.control("PATCH", "programs/Spring%20Webinar", &sfdc).status, 200);
    assert_eq!(marketo.get(&format!("asset/v1/program/{webinar}.json"))["result"][0]["sfdcName"], "Spring");
    assert_eq!(marketo.control("DELETE", "leads/@ada", &json!({})).status, 200);
    assert_eq!(code(&marketo.get(&format!("v1/lead/{ada}.json"))), "1004");
    assert_eq!(marketo.control("GET", "nothing", &Value::Null).status, 404);
}

#[test]
fn data_files_are_checked() {
    let refuse = |text: &str| {
        let data = read_data::<Data>(text);
        data.and_then(|data| Marketo::new(&data, Timestamp::EPOCH)).unwrap_err()
    };
    assert!(refuse("chanels: []").message.contains("unknown field `chanels`"));
    let channel = "channels: [{name: Webinar, statuses: [{name: Invited, step: 10}]}]\n";
    let error = refuse(&format!("{channel}programs: [{{name: P, channel: Webinr}}]"));
    assert_eq!(error.help, ["did you mean `Webinar`?"]);
    let error = refuse(&format!(
        "{channel}leads: [{{ref: a, email: a@b.c}}]\nprograms: [{{name: P, channel: Webinar, members: [{{person: a, status: Invitd}}]}}]"
    ));
    assert_eq!(error.help, ["did you mean `Invited`?"]);
    assert!(refuse("channels: [{name: X, statuses: [{name: A, step: 0}]}]").message.contains("step 0"));
    assert_eq!(refuse("leads: [{emial: x}]").message, "people have no field `emial`");
}
