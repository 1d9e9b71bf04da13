#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::testkit::double::{Answer, Double, Faults};

const START: &str = "2026-03-05T09:00:00Z";

/// An organisation that is asked by one client, at a time that moves by a second with every call.
struct Org {
    double: Double<Salesforce>,
    now: Timestamp,
    token: String,
}

impl Org {
    fn new(data: &str) -> Self {
        let now = Timestamp::parse(START).unwrap();
        let data: Data = read_data(data).unwrap();
        let double = Double::new(Salesforce::new(&data, "http://127.0.0.1:1", now).unwrap(), Faults::none());
        let mut org = Self { double, now, token: String::new() };
        org.log_in();
        org
    }

    fn sample() -> Self {
        Self::new(SAMPLE)
    }

    fn log_in(&mut self) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "campanile-double"),
            ("client_secret", "double-secret"),
        ];
        let answer = self.send(&Request::new("POST", "/services/oauth2/token").form(&form));
        self.token = answer.value()["access_token"].as_str().unwrap_or_default().to_owned();
    }

    fn send(&mut self, request: &Request) -> Response {
        self.now = self.now.plus(1000);
        self.double.call(request, self.now).response().unwrap()
    }

    fn call(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = Request::new(method, &format!("/services/data/v66.0/{path}")).bearer(&self.token);
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = self.send(&request);
        (answer.status, answer.value())
    }

    fn get(&mut self, path: &str) -> (u16, Value) {
        self.call("GET", path, &Value::Null)
    }

    fn query(&mut self, soql: &str) -> (u16, Value) {
        let mut path = "query?q=".to_owned();
        crate::testkit::double::http::percent_encode(soql, &mut path);
        self.get(&path)
    }

    /// The records of a query that is fine.
    fn records(&mut self, soql: &str) -> Vec<Value> {
        let (status, body) = self.query(soql);
        assert_eq!(status, 200, "{soql}: {body}");
        body["records"].as_array().unwrap().clone()
    }

    fn control(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(&Request::new(method, &format!("/double/{path}")).json(body));
        (answer.status, answer.value())
    }

    fn id(&self, reference: &str) -> String {
        self.double.remote.refs[reference].clone()
    }

    fn create(&mut self, object: &str, fields: &Value) -> Result<String, String> {
        let (status, body) = self.call("POST", &format!("sobjects/{object}"), fields);
        if status == 201 { Ok(body["id"].as_str().unwrap().to_owned()) } else { Err(code(&body)) }
    }

    fn one(&mut self, object: &str, id: &str, field: &str) -> Value {
        let (status, body) = self.get(&format!("sobjects/{object}/{id}?fields={field}"));
        if status == 200 { body[field].clone() } else { json!(code(&body)) }
    }

    fn label(&mut self, campaign: &str, label: &str) -> String {
        let soql = format!("SELECT Id FROM CampaignMemberStatus WHERE CampaignId = '{campaign}' AND Label = '{label}'");
        self.records(&soql)[0]["Id"].as_str().unwrap().to_owned()
    }
}

fn code(body: &Value) -> String {
    body[0]["errorCode"].as_str().unwrap_or_else(|| panic!("no error: {body}")).to_owned()
}

#[test]
fn an_unknown_status_becomes_the_default_without_a_word() {
    let mut org = Org::sample();
    let (campaign, alan) = (org.id("webinar"), org.id("alan"));
    let fields = json!({"CampaignId": campaign, "LeadId": alan, "Status": "On the Moon"});
    let member = org.create("CampaignMember", &fields).unwrap();
    assert_eq!(org.one("CampaignMember", &member, "Status"), "Invited");
    assert_eq!(org.one("CampaignMember", &member, "HasResponded"), false);
    assert_eq!(org.one("CampaignMember", &member, "FirstRespondedDate"), Value::Null);

    let path = format!("sobjects/CampaignMember/{member}");
    assert_eq!(org.call("PATCH", &path, &json!({"Status": "attended"})).0, 204);
    assert_eq!(org.one("CampaignMember", &member, "Status"), "Attended", "the label is what is stored");
    assert_eq!(org.one("CampaignMember", &member, "HasResponded"), true);
    assert_eq!(org.one("CampaignMember", &member, "FirstRespondedDate"), "2026-03-05");
    // The id of a status is no status.
    let id = org.label(&campaign, "Registered");
    assert_eq!(org.call("PATCH", &path, &json!({"Status": id})).0, 204);
    assert_eq!(org.one("CampaignMember", &member, "Status"), "Invited");
    assert_eq!(org.one("CampaignMember", &member, "FirstRespondedDate"), "2026-03-05", "the first answer stays");

    org.control("PATCH", "settings", &json!({"status_match": "exact"}));
    assert_eq!(org.call("PATCH", &path, &json!({"Status": "attended"})).0, 204);
    assert_eq!(org.one("CampaignMember", &member, "Status"), "Invited");
}

#[test]
fn a_pair_exists_once_and_stays_where_it_is() {
    let mut org = Org::sample();
    let (campaign, fair, ada, grace) = (org.id("webinar"), org.id("fair"), org.id("ada"), org.id("grace"));
    let again = json!({"CampaignId": campaign, "LeadId": ada, "Status": "Attended"});
    assert_eq!(org.create("CampaignMember", &again), Err("DUPLICATE_VALUE".to_owned()));
    let records = org.records("SELECT Id, Status FROM CampaignMember WHERE Lead.Email = 'ada@example.com'");
    assert_eq!(records[0]["Status"], "Registered", "nothing was changed");

    // Given both, only the contact is kept.
    let both = json!({"CampaignId": fair, "LeadId": ada, "ContactId": grace});
    let member = org.create("CampaignMember", &both).unwrap();
    assert_eq!(org.one("CampaignMember", &member, "LeadId"), Value::Null);
    assert_eq!(org.one("CampaignMember", &member, "Type"), "Contact");
    assert_eq!(org.one("CampaignMember", &member, "CompanyOrAccount"), "Analytical Engines Ltd");

    let moved = org.call("PATCH", &format!("sobjects/CampaignMember/{member}"), &json!({"CampaignId": campaign}));
    assert_eq!((moved.0, code(&moved.1).as_str()), (400, "INVALID_FIELD_FOR_INSERT_UPDATE"));
    assert_eq!(org.create("CampaignMember", &json!({"CampaignId": fair})), Err("REQUIRED_FIELD_MISSING".to_owned()));
}

#[test]
fn a_collection_says_of_each_record_what_became_of_it() {
    let mut org = Org::sample();
    let (campaign, alan, ada) = (org.id("fair"), org.id("alan"), org.id("ada"));
    let record = |lead: &str| json!({"attributes": {"type": "CampaignMember"}, "CampaignId": campaign, "LeadId": lead});
    let body = json!({"records": [record(&alan), record(&alan), record("00Q000000000000")]});
    let (status, results) = org.call("POST", "composite/sobjects", &body);
    assert_eq!(status, 200);
    assert_eq!(results[0]["success"], true);
    let twice = format!("Attempted to add an entity '{alan}' to a campaign '{campaign}' more than once.");
    assert_eq!(results[1]["errors"][0], json!({"statusCode": "DUPLICATE_VALUE", "message": twice, "fields": []}));
    assert_eq!(results[2]["errors"][0]["statusCode"], "INVALID_CROSS_REFERENCE_KEY");

    let body = json!({"allOrNone": true, "records": [record(&ada), record(&alan)]});
    let (_, results) = org.call("POST", "composite/sobjects", &body);
    assert_eq!(results[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    assert_eq!(results[1]["errors"][0]["message"], "Already a campaign member.");
    assert_eq!(org.records(&format!("SELECT Id FROM CampaignMember WHERE CampaignId = '{campaign}'")).len(), 1);

    let many: Vec<Value> = (0..201).map(|_| record(&ada)).collect();
    let (status, body) = org.call("POST", "composite/sobjects", &json!({"records": many}));
    assert_eq!((status, code(&body).as_str()), (400, "EXCEEDED_ID_LIMIT"));
}

#[test]
fn deleted_members_are_gone_and_only_the_log_tells() {
    let mut org = Org::sample();
    let ada = org.id("ada");
    let member = org.records("SELECT Id FROM CampaignMember WHERE Lead.Email = 'ada@example.com'")[0]["Id"].clone();
    let window = "start=2026-03-05T08:59:00Z&end=2026-03-05T09:30:00Z";
    assert_eq!(org.call("DELETE", &format!("sobjects/Lead/{ada}"), &Value::Null).0, 204, "its memberships go with it");
    assert_eq!(org.query("SELECT COUNT() FROM CampaignMember").1["totalSize"], 1);
    let (_, all) = org.get("queryAll?q=SELECT+Id+FROM+CampaignMember+WHERE+IsDeleted=true");
    assert_eq!(all["totalSize"], 0);
    let (_, all) = org.get("queryAll?q=SELECT+Id+FROM+Lead+WHERE+IsDeleted=true");
    assert_eq!(all["totalSize"], 1, "people go to the recycle bin");

    // Of the minute that is running nothing is told.
    let (_, told) = org.get(&format!("sobjects/CampaignMember/deleted/?{window}"));
    assert_eq!(told["deletedRecords"], json!([]));
    assert_eq!(told["latestDateCovered"], "2026-03-05T09:00:00.000+0000");
    org.now = org.now.plus(60_000);
    let (_, told) = org.get(&format!("sobjects/CampaignMember/deleted/?{window}"));
    assert_eq!(told["deletedRecords"][0]["id"], member);
    assert_eq!(told["latestDateCovered"], "2026-03-05T09:01:00.000+0000");
    assert_eq!(told["earliestDateAvailable"], "2026-02-18T09:01:00.000+0000");

    for wrong in
        ["start=2026-03-05T09:00:00Z&end=2026-03-05T09:00:59Z", "start=2026-01-01T00:00:00Z&end=2026-03-05T09:00:00Z"]
    {
        let (status, body) = org.get(&format!("sobjects/CampaignMember/deleted?{wrong}"));
        assert_eq!((status, code(&body).as_str()), (400, "INVALID_REPLICATION_DATE"), "{wrong}");
    }
    org.control("PATCH", "settings", &json!({"delete_log_minutes": 1}));
    org.now = org.now.plus(120_000);
    let (_, told) = org.get(&format!("sobjects/CampaignMember/deleted/?{window}"));
    assert_eq!(told["deletedRecords"], json!([]), "the log was purged");
    assert_eq!(told["earliestDateAvailable"], "2026-03-05T09:02:00.000+0000");
}

#[test]
fn statuses_of_a_campaign_keep_their_rules() {
    let mut org = Org::sample();
    let campaign = org.create("Campaign", &json!({"Name": "New"})).unwrap();
    let soql = format!(
        "SELECT Label, IsDefault, HasResponded, SortOrder FROM CampaignMemberStatus WHERE CampaignId = '{campaign}' ORDER BY SortOrder"
    );
    let born = org.records(&soql);
    let shown: Vec<_> =
        born.iter().map(|row| (row["Label"].as_str().unwrap(), row["IsDefault"].as_bool().unwrap())).collect();
    assert_eq!(shown, [("Sent", true), ("Responded", false)]);

    let make = |label: &str, order: i64| json!({"CampaignId": campaign, "Label": label, "SortOrder": order});
    assert_eq!(org.create("CampaignMemberStatus", &make("Third", 2)), Err("FIELD_INTEGRITY_EXCEPTION".to_owned()));
    assert_eq!(org.create("CampaignMemberStatus", &make("sent", 3)), Err("DUPLICATE_VALUE".to_owned()));
    let third = org.create("CampaignMemberStatus", &make("Third", 3)).unwrap();
    let path = format!("sobjects/CampaignMemberStatus/{third}");
    assert_eq!(org.call("PATCH", &path, &json!({"IsDefault": true})).0, 204);
    let default = org.records(&format!(
        "SELECT Label FROM CampaignMemberStatus WHERE IsDefault = true AND CampaignId = '{campaign}'"
    ));
    assert_eq!(default.len(), 1, "a new default takes it from the old one");
    assert_eq!(code(&org.call("DELETE", &path, &Value::Null).1), "DELETE_FAILED", "it is the default");
    assert_eq!(code(&org.call("PATCH", &path, &json!({"IsDefault": false})).1), "FIELD_INTEGRITY_EXCEPTION");

    let responded = org.label(&campaign, "Responded");
    let path = format!("sobjects/CampaignMemberStatus/{responded}");
    assert_eq!(
        code(&org.call("DELETE", &path, &Value::Null).1),
        "FIELD_INTEGRITY_EXCEPTION",
        "the last one that responds"
    );
    let alan = org.id("alan");
    let member = json!({"CampaignId": campaign, "LeadId": alan, "Status": "Sent"});
    let member = org.create("CampaignMember", &member).unwrap();
    let sent = org.label(&campaign, "Sent");
    let path = format!("sobjects/CampaignMemberStatus/{sent}");
    assert_eq!(code(&org.call("DELETE", &path, &Value::Null).1), "DELETE_FAILED", "it is in use");
    let before = org.one("CampaignMember", &member, "SystemModstamp");
    assert_eq!(org.call("PATCH", &path, &json!({"HasResponded": true})).0, 204);
    assert_eq!(org.one("CampaignMember", &member, "HasResponded"), true, "members follow their status");
    assert_ne!(org.one("CampaignMember", &member, "SystemModstamp"), before);

    let mut german = Org::new("org: {language: de}\ncampaigns: [{ref: c, Name: C}]");
    let labels: Vec<Value> =
        german.records("SELECT Label FROM CampaignMemberStatus").iter().map(|row| row["Label"].clone()).collect();
    assert_eq!(labels, ["Gesendet", "Geantwortet"]);
}

#[test]
fn a_converted_lead_is_followed_by_its_memberships() {
    let mut org = Org::sample();
    let (ada, webinar, fair) = (org.id("ada"), org.id("webinar"), org.id("fair"));
    let (status, made) = org.control("POST", "convert/@ada", &json!({}));
    assert_eq!(status, 200, "{made}");
    let contact = made["contact"].as_str().unwrap();
    let members = org.records(&format!("SELECT LeadId, ContactId, Status FROM CampaignMember WHERE CampaignId = '{webinar}' AND ContactId = '{contact}'"));
    assert_eq!((&members[0]["LeadId"], &members[0]["Status"]), (&json!(ada), &json!("Registered")));
    assert_eq!(org.one("Lead", &ada, "ConvertedContactId"), contact);
    let refused = json!({"CampaignId": fair, "LeadId": ada});
    assert_eq!(org.create("CampaignMember", &refused), Err("CANNOT_UPDATE_CONVERTED_LEAD".to_owned()));
    let (_, body) = org.call("PATCH", &format!("sobjects/Lead/{ada}"), &json!({"Title": "Countess"}));
    assert_eq!(code(&body), "CANNOT_UPDATE_CONVERTED_LEAD");
}

#[test]
fn a_merge_moves_memberships_under_new_ids() {
    let mut org = Org::sample();
    let (ada, webinar) = (org.id("ada"), org.id("webinar"));
    let soql = format!("SELECT Id, LeadId FROM CampaignMember WHERE CampaignId = '{webinar}' AND LeadId != null");
    let before = org.records(&soql);
    assert_eq!(org.control("POST", "merge/@alan", &json!({"losers": ["@ada"]})).0, 204);
    let after = org.records(&soql);
    assert_eq!(after[0]["LeadId"], org.id("alan"));
    assert_ne!(after[0]["Id"], before[0]["Id"]);
    let (_, all) = org.get(&format!("queryAll?q=SELECT+MasterRecordId+FROM+Lead+WHERE+Id='{ada}'"));
    assert_eq!(all["records"][0]["MasterRecordId"], org.id("alan"));
}

#[test]
fn tokens_end_and_are_given_anew() {
    let mut org = Org::sample();
    org.control("PATCH", "settings", &json!({"token_minutes": 1}));
    org.log_in();
    org.now = org.now.plus(61_000);
    let (status, body) = org.get("sobjects");
    assert_eq!(
        (status, body),
        (401, json!([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]))
    );

    org.control("PATCH", "settings", &json!({"token_minutes": 60, "token_calls": 2}));
    org.log_in();
    assert_eq!([org.get("sobjects").0, org.get("sobjects").0, org.get("sobjects").0], [200, 200, 401]);

    // A rotated refresh token that is used again takes its successor with it.
    org.control("PATCH", "settings", &json!({"rotate_refresh_tokens": true, "token_calls": null}));
    let refresh = |org: &mut Org, token: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "campanile-double"),
            ("client_secret", "double-secret"),
            ("refresh_token", token),
        ];
        let answer = org.send(&Request::new("POST", "/services/oauth2/token").form(&form));
        (answer.status, answer.value())
    };
    let (status, first) = refresh(&mut org, "double-refresh-token");
    assert_eq!(status, 200);
    let next = first["refresh_token"].as_str().unwrap();
    assert_eq!(refresh(&mut org, next).0, 200);
    assert_eq!(refresh(&mut org, "double-refresh-token").1["error"], "invalid_grant");
    assert_eq!(refresh(&mut org, next).1["error_description"], "expired access/refresh token");
}

#[test]
fn jwt_bearer_wants_the_right_signature_and_time() {
    let mut org = Org::sample();
    let now = org.now.0 / 1000;
    let ask = |org: &mut Org, assertion: &str| {
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
        let answer = org.send(&Request::new("POST", "/services/oauth2/token").form(&form));
        answer.value()
    };
    let good = signed(
        &json!({"iss": "campanile-double", "sub": "sync@example.com", "aud": "https://login.salesforce.com", "exp": now + 180}),
    );
    let answer = ask(&mut org, &good);
    assert!(answer["access_token"].is_string() && answer["refresh_token"].is_null(), "{answer}");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let tampered = format!("{head}.{}{}", if signature.starts_with('x') { 'y' } else { 'x' }, &signature[1..]);
    assert_eq!(ask(&mut org, &tampered)["error"], "invalid_grant");
    let late = signed(
        &json!({"iss": "campanile-double", "sub": "sync@example.com", "aud": "http://127.0.0.1:1", "exp": now - 10}),
    );
    assert_eq!(ask(&mut org, &late)["error"], "invalid_grant");
    let stranger = signed(
        &json!({"iss": "campanile-double", "sub": "eve@example.com", "aud": "http://127.0.0.1:1", "exp": now + 180}),
    );
    assert_eq!(ask(&mut org, &stranger)["error_description"], "user hasn't approved this consumer");
}

/// An assertion, signed with the test key.
fn signed(claims: &Value) -> String {
    use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
    let pem: String = TEST_PRIVATE_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = crate::testkit::double::http::base64_decode(&pem).unwrap();
    let key = RsaKeyPair::from_pkcs8(&der).unwrap();
    let text = format!("{}.{}", encode(br#"{"alg":"RS256"}"#), encode(claims.to_string().as_bytes()));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", encode(&signature))
}

fn encode(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(SIGNS[usize::try_from(bits >> (18 - 6 * place) & 63).unwrap()]));
        }
    }
    text
}

/// Each cause in the table "why can't I see my campaigns" (facts, section 2) shows as it is documented to.
#[test]
fn every_reason_not_to_see_campaigns_can_be_had() {
    let user = "users/sync@example.com";
    let describe = "sobjects/Campaign/describe";
    // 2: an edition without campaigns, or no Read.
    for (path, body) in
        [("settings", json!({"campaigns": false})), (user, json!({"permissions": {"Campaign": {"read": false}}}))]
    {
        let mut org = Org::sample();
        org.control("PATCH", path, &body);
        let (_, global) = org.get("sobjects");
        assert!(!global["sobjects"].as_array().unwrap().iter().any(|object| object["name"] == "Campaign"));
        let (status, error) = org.query("SELECT Id FROM Campaign");
        assert_eq!((status, code(&error).as_str()), (400, "INVALID_TYPE"));
        assert_eq!(org.get("sobjects/Campaign").0, 404);
    }
    // 3: Marketing User unticked.
    let mut org = Org::sample();
    org.control("PATCH", user, &json!({"marketing_user": false}));
    let (_, campaign) = org.get(describe);
    assert_eq!((&campaign["queryable"], &campaign["createable"]), (&json!(true), &json!(false)));
    assert_eq!(org.get("sobjects/CampaignMemberStatus/describe").1["createable"], false);
    assert_eq!(org.get("sobjects/CampaignMember/describe").1["createable"], true);
    let told = org.records("SELECT UserPermissionsMarketingUser FROM User WHERE Username = 'sync@example.com'");
    assert_eq!(told[0]["UserPermissionsMarketingUser"], false);
    assert_eq!(org.create("Campaign", &json!({"Name": "X"})), Err("INSUFFICIENT_ACCESS_OR_READONLY".to_owned()));
    let (fair, alan) = (org.id("fair"), org.id("alan"));
    assert!(
        org.create("CampaignMember", &json!({"CampaignId": fair, "LeadId": alan})).is_ok(),
        "members are still written"
    );
    // 4: the profile lacks Create.
    let mut org = Org::sample();
    org.control("PATCH", user, &json!({"permissions": {"Campaign": {"create": false}}}));
    assert_eq!(org.get(describe).1["createable"], false);
    let uid = org.double.remote.user_named("sync@example.com").unwrap().0;
    let granted = org.records(&format!(
        "SELECT PermissionsRead, PermissionsCreate FROM ObjectPermissions WHERE SobjectType = 'Campaign' AND ParentId IN \
         (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '{uid}')"
    ));
    assert_eq!((&granted[0]["PermissionsRead"], &granted[0]["PermissionsCreate"]), (&json!(true), &json!(false)));
    // 5 and 6: a field is hidden or read-only.
    let mut org = Org::sample();
    org.control(
        "PATCH",
        user,
        &json!({"hidden_fields": ["Campaign.ActualCost"], "read_only_fields": ["Campaign.Type"]}),
    );
    let (_, campaign) = org.get(describe);
    let fields = campaign["fields"].as_array().unwrap();
    assert!(!fields.iter().any(|field| field["name"] == "ActualCost"));
    assert_eq!(fields.iter().find(|field| field["name"] == "Type").unwrap()["updateable"], false);
    assert_eq!(code(&org.query("SELECT ActualCost FROM Campaign").1), "INVALID_FIELD");
    let path = format!("sobjects/Campaign/{}", org.id("fair"));
    assert_eq!(code(&org.call("PATCH", &path, &json!({"Type": "X"})).1), "INVALID_FIELD_FOR_INSERT_UPDATE");
    // 7: sharing.
    let mut org = Org::sample();
    org.control("PATCH", "settings", &json!({"sharing": {"Campaign": "private"}}));
    org.control("PATCH", user, &json!({"view_all_data": false}));
    assert_eq!(org.query("SELECT COUNT() FROM Campaign").1["totalSize"], 0);
    assert_eq!(org.get(&format!("sobjects/Campaign/{}", org.id("fair"))).0, 404);
    let (fair, alan) = (org.id("fair"), org.id("alan"));
    let unseen = org.create("CampaignMember", &json!({"CampaignId": fair, "LeadId": alan}));
    assert_eq!(unseen, Err("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY".to_owned()));
    org.control("PATCH", "settings", &json!({"sharing": {"Campaign": "read"}}));
    let (_, error) = org.call("PATCH", &format!("sobjects/Campaign/{fair}"), &json!({"Type": "X"}));
    assert_eq!(code(&error), "INSUFFICIENT_ACCESS_OR_READONLY");
    // 8: no API.
    let mut org = Org::sample();
    org.control("PATCH", user, &json!({"api_enabled": false}));
    let (status, error) = org.get("sobjects");
    assert_eq!((status, code(&error).as_str()), (403, "API_DISABLED_FOR_ORG"));
    // 9: the policy of the app looks like an expired session and is none.
    for (policy, words) in
        [("restricted", "This session is not valid"), ("not_attached", "Connected app is not attached")]
    {
        let mut org = Org::sample();
        org.control("PATCH", "apps/campanile-double", &json!({"policy": policy}));
        let (status, error) = org.get("sobjects");
        assert_eq!(status, 401);
        assert!(error[0]["message"].as_str().unwrap().starts_with(words));
    }
    // Limits are told only to those who may view the setup.
    let mut org = Org::sample();
    org.control("PATCH", user, &json!({"view_setup": false}));
    assert_eq!(org.get("limits").0, 403);
}

#[test]
fn overlapping_writes_to_one_campaign_lock_each_other() {
    let mut org = Org::sample();
    org.control("PATCH", "settings", &json!({"write_ms": 5000}));
    let (fair, webinar, alan, katherine) = (org.id("fair"), org.id("webinar"), org.id("alan"), org.id("katherine"));
    let add = |campaign: &str, lead: &str| json!({"CampaignId": campaign, "LeadId": lead});
    let request = Request::new("POST", "/services/data/v66.0/sobjects/CampaignMember")
        .bearer(&org.token)
        .json(&add(&fair, &alan));
    let Answer::Response { response, after_ms } = org.double.call(&request, org.now) else { panic!("no answer") };
    assert_eq!((response.status, after_ms), (201, 5000), "the answer takes as long as the lock is held");
    assert_eq!(org.create("CampaignMember", &add(&fair, &katherine)), Err("UNABLE_TO_LOCK_ROW".to_owned()));
    assert!(org.create("CampaignMember", &add(&webinar, &katherine)).is_ok(), "another campaign is free");
    org.now = org.now.plus(5000);
    assert!(org.create("CampaignMember", &add(&fair, &katherine)).is_ok());
}

#[test]
fn the_day_has_only_so_many_calls() {
    let mut org = Org::sample();
    org.control("PATCH", "settings", &json!({"daily_requests": 2}));
    assert_eq!(org.get("sobjects").0, 200);
    let request = Request::new("GET", "/services/data/v66.0/limits").bearer(&org.token);
    assert_eq!(org.send(&request).header_value("sforce-limit-info"), Some("api-usage=2/2"));
    let (status, error) = org.get("sobjects");
    assert_eq!((status, code(&error).as_str()), (403, "REQUEST_LIMIT_EXCEEDED"));
    org.now = org.now.plus(25 * MILLIS_AN_HOUR);
    org.log_in();
    assert_eq!(org.get("sobjects").0, 200);
}

#[test]
fn a_query_has_room_for_so_much_only() {
    let mut org = Org::sample();
    let ids = vec!["'00Q5e0000000001'"; 1000].join(",");
    let request = Request::new("GET", &format!("/services/data/v66.0/query?q=SELECT+Id+FROM+Lead+WHERE+Id+IN+({ids})"));
    let request = request.bearer(&org.token);
    assert_eq!(org.send(&request).status, 414);
    org.control("PATCH", "users/sync@example.com", &json!({"active": false}));
    assert_eq!(org.get("sobjects").0, 401, "nobody is there any more");
}

#[test]
fn pages_are_followed_to_their_end() {
    let mut org = Org::sample();
    org.control("PATCH", "settings", &json!({"page_size": 2}));
    let (_, first) = org.query("SELECT Email FROM Lead ORDER BY Email");
    assert_eq!((&first["totalSize"], &first["done"]), (&json!(3), &json!(false)));
    let next = first["nextRecordsUrl"].as_str().unwrap().trim_start_matches("/services/data/v66.0/").to_owned();
    let (_, last) = org.get(&next);
    assert_eq!((&last["done"], &last["nextRecordsUrl"]), (&json!(true), &Value::Null));
    assert_eq!(last["records"][0]["Email"], "katherine@example.com");
    let (status, error) = org.get("query/0r8nonsense-2");
    assert_eq!((status, code(&error).as_str()), (400, "INVALID_QUERY_LOCATOR"));
}

#[test]
fn a_composite_follows_references_and_takes_everything_back() {
    let mut org = Org::sample();
    let fair = org.id("fair");
    let body = |company: Value| {
        json!({"allOrNone": true, "compositeRequest": [
            {"method": "POST", "url": "/services/data/v66.0/sobjects/Lead", "referenceId": "lead", "body": {"LastName": "Germain", "Company": company}},
            {"method": "POST", "url": "/services/data/v66.0/sobjects/CampaignMember", "referenceId": "member",
             "body": {"CampaignId": fair, "LeadId": "@{lead.id}"}},
        ]})
    };
    let (status, answer) = org.call("POST", "composite", &body(json!("Academy")));
    assert_eq!(status, 200);
    assert_eq!(answer["compositeResponse"][1]["httpStatusCode"], 201, "{answer}");
    let (_, answer) = org.call("POST", "composite", &body(Value::Null));
    assert_eq!(answer["compositeResponse"][0]["body"][0]["errorCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(answer["compositeResponse"][1]["body"][0]["errorCode"], "PROCESSING_HALTED");
    assert_eq!(org.records("SELECT Id FROM Lead WHERE LastName = 'Germain'").len(), 1);
}

#[test]
fn rows_that_show_late_keep_their_stamp() {
    let mut org = Org::sample();
    org.control("PATCH", "settings", &json!({"lag_ms": 30_000}));
    let member = org.records("SELECT Id FROM CampaignMember WHERE Lead.Email = 'ada@example.com'")[0]["Id"].clone();
    let id = member.as_str().unwrap();
    org.call("PATCH", &format!("sobjects/CampaignMember/{id}"), &json!({"Status": "Attended"}));
    let written = moment(org.now);
    let soql = format!("SELECT Status, SystemModstamp FROM CampaignMember WHERE Id = '{id}'");
    assert_eq!(org.records(&soql)[0]["Status"], "Registered");
    org.now = org.now.plus(30_000);
    let row = org.records(&soql)[0].clone();
    assert_eq!((&row["Status"], &row["SystemModstamp"]), (&json!("Attended"), &json!(written)));
}

#[test]
fn bulk_jobs_tell_of_every_row() {
    let mut org = Org::sample();
    org.control("PATCH", "settings", &json!({"bulk_ms": 10_000}));
    let (fair, ada, alan) = (org.id("fair"), org.id("ada"), org.id("alan"));
    let (_, job) = org.call("POST", "jobs/ingest", &json!({"object": "CampaignMember", "operation": "insert"}));
    let path = format!("jobs/ingest/{}", job["id"].as_str().unwrap());
    let csv = format!("CampaignId,LeadId,Status\n{fair},{ada},Responded\n{fair},{alan},#N/A\n{fair},{ada},\n");
    let mut upload = Request::new("PUT", &format!("/services/data/v66.0/{path}/batches")).bearer(&org.token);
    upload.body = csv.into_bytes();
    assert_eq!(org.send(&upload).status, 201);
    assert_eq!(org.call("PATCH", &path, &json!({"state": "UploadComplete"})).1["state"], "UploadComplete");
    assert_eq!(org.get(&path).1["state"], "UploadComplete", "it takes its time");
    org.now = org.now.plus(10_000);
    let (_, job) = org.get(&path);
    assert_eq!(
        (&job["state"], &job["numberRecordsFailed"], &job["numberRecordsProcessed"]),
        (&json!("JobComplete"), &json!(1), &json!(3))
    );
    let failed =
        org.send(&Request::new("GET", &format!("/services/data/v66.0/{path}/failedResults")).bearer(&org.token));
    let text = String::from_utf8(failed.body).unwrap();
    assert!(
        text.starts_with(
            "\"sf__Id\",\"sf__Error\",\"CampaignId\",\"LeadId\",\"Status\"\n\"\",\"DUPLICATE_VALUE:Attempted to add"
        ),
        "{text}"
    );
    assert_eq!(org.records("SELECT Id FROM CampaignMember WHERE HasResponded = true").len(), 1);
}

#[test]
fn rules_of_the_customer_bite() {
    let mut org = Org::sample();
    org.control(
        "PATCH",
        "settings",
        &json!({
            "duplicate_rule": true,
            "validation_rules": [{"object": "Lead", "field": "Company", "value": "Evil Inc", "message": "not them"}],
            "automation": [{"when_status": "Registered", "set_status": "Attended"}],
        }),
    );
    let lead = |company: &str, email: &str| json!({"LastName": "X", "Company": company, "Email": email});
    assert_eq!(
        org.create("Lead", &lead("Evil Inc", "x@example.com")),
        Err("FIELD_CUSTOM_VALIDATION_EXCEPTION".to_owned())
    );
    assert_eq!(org.create("Lead", &lead("Good Inc", "ADA@example.com")), Err("DUPLICATES_DETECTED".to_owned()));
    let (webinar, alan) = (org.id("webinar"), org.id("alan"));
    let member = json!({"CampaignId": webinar, "LeadId": alan, "Status": "Registered"});
    let member = org.create("CampaignMember", &member).unwrap();
    assert_eq!(org.one("CampaignMember", &member, "Status"), "Attended");
    for (fields, wanted) in [
        (json!({"LastName": "X", "Company": "Y", "Email": "none"}), "INVALID_EMAIL_ADDRESS"),
        (json!({"LastName": "X".repeat(81), "Company": "Y"}), "STRING_TOO_LONG"),
        (json!({"LastName": "X", "Company": "Y", "Shoe": 1}), "INVALID_FIELD"),
        (json!({"LastName": "X", "Company": "Y", "OwnerId": "00Q5e0000000001"}), "MALFORMED_ID"),
        (json!({"LastName": "X", "Company": "Y", "AnnualRevenue": "much"}), "JSON_PARSER_ERROR"),
    ] {
        assert_eq!(org.create("Lead", &fields), Err(wanted.to_owned()), "{fields}");
    }
}

#[test]
fn data_files_are_checked() {
    let refuse = |text: &str| {
        let data = read_data::<Data>(text);
        data.and_then(|data| Salesforce::new(&data, "", Timestamp::EPOCH)).unwrap_err()
    };
    assert!(refuse("leeds: []").message.contains("unknown field `leeds`"));
    let error = refuse("leads: [{LastName: X, Company: Y, Emial: z}]");
    assert_eq!(
        (error.message.as_str(), error.help),
        ("there is no field `Emial` on Lead", vec!["did you mean `Email`?".to_owned()])
    );
    let error = refuse("campaigns: [{Name: C, members: [{person: ada}]}]");
    assert_eq!(error.message, "nothing has the ref `ada`");
    let error = refuse(
        "leads: [{ref: a, LastName: X, Company: Y}]\ncampaigns: [{Name: C, members: [{person: a, status: Snet}]}]",
    );
    assert_eq!(error.help, ["did you mean `Sent`?"]);
    assert!(refuse("users: []").message.contains("one user"));
}

fn moment(at: Timestamp) -> String {
    rows::moment(at)
}
