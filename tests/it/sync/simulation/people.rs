//! The people on both sides: who there is, and what they do to members, leads, contacts and costs.

use std::collections::{BTreeMap, BTreeSet};

use campanile::testkit::double::Remote as _;
use campanile::testkit::generate::Random;
use serde_json::{Value, json};

use super::judge::{Judge, STATUSES, Truth};
use super::made::{campaign, email, program};
use crate::sync::world::World;

/// What people know and do, and what the judge makes of it.
pub(super) struct State {
    pub(super) random: Random,
    pub(super) judge: Judge,
    pub(super) links: usize,
    pub(super) people: usize,
    pub(super) with_marketo: bool,
    /// Whether somebody interferes while we work.
    pub(super) busy: bool,
    pub(super) interfered: bool,
    pub(super) costs: BTreeMap<usize, Vec<i64>>,
    /// Things that show late.
    pub(super) late: bool,
    pub(super) without_email: BTreeSet<String>,
    /// Whether a campaign was without one of its statuses for a while.
    pub(super) relabelled: bool,
}

pub(super) fn text(row: &Value, key: &str) -> String {
    match &row[key] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}

pub(super) fn rows(world: &World, object: &str) -> Vec<Value> {
    world.in_salesforce("GET", &format!("/double/records/{object}"), &Value::Null).as_array().unwrap().clone()
}

pub(super) fn is_alive(row: &Value) -> bool {
    row["IsDeleted"] != json!(true) && row["IsConverted"] != json!(true)
}

/// What Salesforce really holds.
pub(super) fn salesforce_truth(world: &World, truth: &mut Truth) {
    for object in ["Lead", "Contact"] {
        for row in rows(world, object) {
            let (id, who) = (text(&row, "Id"), text(&row, "FirstName"));
            if is_alive(&row) {
                truth.in_salesforce.entry(who.clone()).or_default().push(id.clone());
            }
            truth.names.insert(id, who);
        }
    }
    let campaigns: BTreeMap<String, String> =
        rows(world, "Campaign").iter().map(|row| (text(row, "Id"), text(row, "Name"))).collect();
    for row in rows(world, "CampaignMember") {
        let contact = text(&row, "ContactId");
        let id = if contact.is_empty() { text(&row, "LeadId") } else { contact };
        let link = campaigns[&text(&row, "CampaignId")].trim_start_matches('C').parse().unwrap();
        let before = truth.campaign.insert((link, truth.names[&id].clone()), text(&row, "Status"));
        if before.is_some() {
            truth.twice.insert(format!("{} is twice in {}", truth.names[&id], campaigns[&text(&row, "CampaignId")]));
        }
    }
}

/// What Marketo really holds.
pub(super) fn marketo_truth(world: &World, links: usize, truth: &mut Truth) {
    for lead in world.in_marketo("GET", "/double/leads", &Value::Null).as_array().unwrap() {
        let (id, who) = (text(lead, "id"), text(lead, "firstName"));
        truth.in_marketo.entry(who.clone()).or_default().push(id.clone());
        truth.names.insert(id, who);
    }
    for link in 0..links {
        let target = format!("/double/programs/{}/members", program(link));
        for row in world.in_marketo("GET", &target, &Value::Null).as_array().unwrap() {
            let who = truth.names[&text(row, "leadId")].clone();
            truth.program.insert((link, who), text(row, "status"));
        }
    }
}

impl State {
    pub(super) fn status(&mut self) -> String {
        self.random.pick(&STATUSES).to_owned()
    }

    pub(super) fn link(&mut self) -> usize {
        self.random.below(self.links)
    }

    /// What there really is; where the rules are the program side, what was known of them last.
    pub(super) fn truth(&self, world: &World) -> Truth {
        let mut truth = Truth { names: self.judge.last.names.clone(), ..Truth::default() };
        salesforce_truth(world, &mut truth);
        if self.with_marketo {
            marketo_truth(world, self.links, &mut truth);
        } else {
            truth.program = self.judge.last.program.clone();
            truth.in_marketo = self.judge.last.in_marketo.clone();
        }
        truth
    }

    pub(super) fn look(&mut self, world: &World, by_people: bool) {
        let truth = self.truth(world);
        self.judge.look(truth, by_people, &world.at().to_string());
    }

    /// Somebody whose name nobody else has.
    pub(super) fn newcomer(&mut self) -> (String, Option<String>) {
        let who = format!("p{}", self.people);
        self.people += 1;
        let email = self.random.percent(65).then(|| email(&who));
        if email.is_none() {
            self.without_email.insert(who.clone());
        }
        (who, email)
    }

    /// Somebody who is on the other side only and can be recognised by its address.
    pub(super) fn one_sided(
        &mut self,
        there: &BTreeMap<String, Vec<String>>,
        here: &BTreeMap<String, Vec<String>>,
    ) -> String {
        let known: Vec<String> = there.keys().filter(|who| !here.contains_key(*who)).cloned().collect();
        self.random.pick(&known)
    }

    /// Somebody does something in Salesforce; in the middle of a call of ours only to members that it is about.
    pub(super) fn act_in_salesforce(&mut self, world: &World, near: Option<&str>) {
        let haste = near.is_some();
        let late =
            if self.late && !haste && self.random.percent(20) { 1 + 1000 * self.random.below(300) as u64 } else { 0 };
        let leads: Vec<Value> = rows(world, "Lead").into_iter().filter(is_alive).collect();
        let contacts: Vec<Value> = rows(world, "Contact").into_iter().filter(is_alive).collect();
        let is_near = |id: &str| !id.is_empty() && near.is_none_or(|near| near.contains(id));
        let mut members = rows(world, "CampaignMember");
        members.retain(|row| ["Id", "LeadId", "ContactId"].iter().any(|key| is_near(&text(row, key))));
        let campaigns: Vec<Value> = rows(world, "Campaign");
        let record = |object: &str, id: &str| format!("/double/records/{object}/{id}");
        let member = text(&self.random.pick(&members), "Id");
        let everybody: Vec<&Value> = leads.iter().chain(&contacts).filter(|row| is_near(&text(row, "Id"))).collect();
        let somebody = everybody.get(self.random.below(everybody.len())).map(|row| text(row, "Id")).unwrap_or_default();
        match self.random.below(if haste { 55 } else { 100 }) {
            0..30 if !member.is_empty() => {
                world.salesforce.borrow_mut().remote.show_late(late);
                let status = self.status();
                if !self.late && members.iter().any(|row| text(row, "Id") == member && row["Status"] == status.as_str())
                {
                    return;
                }
                world.in_salesforce("PATCH", &record("CampaignMember", &member), &json!({"Status": status}));
                world.salesforce.borrow_mut().remote.show_late(0);
            }
            30..42 if !member.is_empty() => {
                world.in_salesforce("DELETE", &record("CampaignMember", &member), &Value::Null);
            }
            42..45 if !member.is_empty() && self.late => {
                world.in_salesforce("POST", &format!("/double/touch/{member}"), &Value::Null);
            }
            45..70 if !somebody.is_empty() => {
                let campaign = text(&self.random.pick(&campaigns), "Id");
                let field = if somebody.starts_with("003") { "ContactId" } else { "LeadId" };
                let body = json!({"CampaignId": campaign, field: somebody, "Status": self.status()});
                world.salesforce.borrow_mut().remote.show_late(late);
                world.in_salesforce("POST", "/double/records/CampaignMember", &body);
                world.salesforce.borrow_mut().remote.show_late(0);
            }
            70..73 => {
                let labels = rows(world, "CampaignMemberStatus");
                let label = self.random.pick(&labels);
                if label["Label"] == "No Show" {
                    let path = record("CampaignMemberStatus", &text(&label, "Id"));
                    world.in_salesforce("DELETE", &path, &Value::Null);
                    self.relabelled = true;
                }
            }
            73..80 => {
                let truth = self.judge.last.clone();
                let other = self.one_sided(&truth.in_marketo, &truth.in_salesforce);
                let is_known = self.email_in_marketo(world, &other);
                let (who, email) = if is_known && self.random.percent(50) {
                    (other.clone(), Some(email(&other)))
                } else {
                    self.newcomer()
                };
                let mut body = json!({"FirstName": who, "LastName": format!("L{who}"), "Email": email});
                let object = if self.random.percent(70) { "Lead" } else { "Contact" };
                if object == "Lead" {
                    body["Company"] = json!("Acme");
                }
                world.in_salesforce("POST", &format!("/double/records/{object}"), &body);
            }
            80..86 if !somebody.is_empty() => {
                let object = if somebody.starts_with("003") { "Contact" } else { "Lead" };
                world.in_salesforce("DELETE", &record(object, &somebody), &Value::Null);
            }
            86..94 => {
                let lead = text(&self.random.pick(&leads), "Id");
                if lead.is_empty() {
                    // Nobody to convert.
                } else if self.random.percent(70) {
                    world.in_salesforce("POST", &format!("/double/convert/{lead}"), &json!({}));
                } else {
                    // Into somebody else, whom both sides know.
                    let contact = self.random.pick(&contacts);
                    let known = |row: &Value| self.email_in_marketo(world, &text(row, "FirstName"));
                    let lead_row = leads.iter().find(|row| text(row, "Id") == lead).unwrap();
                    if !contact.is_null() && !contact["Email"].is_null() && known(&contact) && known(lead_row) {
                        let body = json!({"contact": text(&contact, "Id")});
                        world.in_salesforce("POST", &format!("/double/convert/{lead}"), &body);
                    }
                }
            }
            94..100 => {
                let same = if self.random.percent(50) { &leads } else { &contacts };
                let with_email: Vec<Value> = same.iter().filter(|row| !row["Email"].is_null()).cloned().collect();
                let (winner, loser) = (self.random.pick(&with_email), self.random.pick(&with_email));
                let both =
                    [&winner, &loser].into_iter().all(|row| self.email_in_marketo(world, &text(row, "FirstName")));
                if winner != loser && both {
                    let body = json!({"losers": [text(&loser, "Id")]});
                    world.in_salesforce("POST", &format!("/double/merge/{}", text(&winner, "Id")), &body);
                    self.judge.is_somebody_else(text(&loser, "FirstName"));
                }
            }
            _ => {}
        }
        self.look(world, true);
    }

    /// Both sides of one member are changed within a minute, in either order.
    pub(super) fn quarrel(&mut self, world: &World) {
        let both: Vec<(usize, String)> = self.judge.last.program.keys().cloned().collect();
        let (link, who) = self.random.pick(&both);
        let ids = |of: &BTreeMap<String, Vec<String>>| of.get(&who).and_then(|ids| ids.first().cloned());
        let (lead, sfdc) = (ids(&self.judge.last.in_marketo), ids(&self.judge.last.in_salesforce));
        let campaigns = rows(world, "Campaign");
        let id = campaigns.iter().find(|row| text(row, "Name") == campaign(link)).map(|row| text(row, "Id"));
        let members = rows(world, "CampaignMember");
        let own = |row: &&Value| {
            let person = [text(row, "LeadId"), text(row, "ContactId")];
            Some(text(row, "CampaignId")) == id && sfdc.as_ref().is_some_and(|sfdc| person.contains(sfdc))
        };
        let (Some(lead), Some(member)) = (lead, members.iter().find(own).map(|row| text(row, "Id"))) else { return };
        let order = if self.random.percent(50) { [true, false] } else { [false, true] };
        for in_salesforce in order {
            let status = self.status();
            let key = (link, who.clone());
            let last = if in_salesforce { &self.judge.last.campaign } else { &self.judge.last.program };
            if last.get(&key) == Some(&status) {
                // The same once more moves the stamp, and nobody could say any more who is later.
            } else if in_salesforce {
                let path = format!("/double/records/CampaignMember/{member}");
                world.in_salesforce("PATCH", &path, &json!({"Status": status}));
            } else {
                let path = format!("/double/programs/{}/members/{lead}", program(link));
                world.in_marketo("PUT", &path, &json!({"status": status, "force": true}));
            }
            self.look(world, true);
            world.pass_ms(1000 * self.random.below(30) as i64);
        }
    }

    pub(super) fn email_in_marketo(&self, world: &World, who: &str) -> bool {
        if !self.with_marketo {
            return self.judge.last.in_marketo.contains_key(who) && !self.without_email.contains(who);
        }
        let leads = world.in_marketo("GET", "/double/leads", &Value::Null);
        leads.as_array().unwrap().iter().any(|lead| lead["firstName"] == who && lead["email"] == email(who))
    }

    pub(super) fn email_in_salesforce(&self, world: &World, who: &str) -> bool {
        let all = ["Lead", "Contact"].into_iter().flat_map(|object| rows(world, object));
        all.into_iter().any(|row| is_alive(&row) && row["FirstName"] == who && row["Email"] == email(who))
    }

    /// Somebody does something in Marketo; in the middle of a call of ours only to members that it is about.
    pub(super) fn act_in_marketo(&mut self, world: &World, near: Option<&str>) {
        let haste = near.is_some();
        let late =
            if self.late && !haste && self.random.percent(20) { 1 + 1000 * self.random.below(300) as u64 } else { 0 };
        let leads = world.in_marketo("GET", "/double/leads", &Value::Null).as_array().unwrap().clone();
        let numbers: Option<Vec<&str>> = near.map(|near| near.split(|sign: char| !sign.is_ascii_digit()).collect());
        let near: Vec<Value> = leads
            .iter()
            .filter(|lead| numbers.as_ref().is_none_or(|own| own.contains(&text(lead, "id").as_str())))
            .cloned()
            .collect();
        let lead = text(&self.random.pick(&near), "id");
        let link = self.link();
        let place = format!("/double/programs/{}", program(link));
        match self.random.below(if haste { 65 } else { 100 }) {
            0..50 if !lead.is_empty() => {
                let status = self.status();
                // The same once more moves the stamp, and nobody could say any more who is later.
                let who = self.judge.last.names.get(&lead).cloned().unwrap_or_default();
                if !self.late && self.judge.last.program.get(&(link, who)) == Some(&status) {
                    return;
                }
                let body = json!({"status": status, "force": true});
                world.marketo.borrow_mut().remote.show_late(late);
                world.in_marketo("PUT", &format!("{place}/members/{lead}"), &body);
                world.marketo.borrow_mut().remote.show_late(0);
            }
            50..65 if !lead.is_empty() => {
                world.in_marketo("DELETE", &format!("{place}/members/{lead}"), &Value::Null);
            }
            65..80 => {
                let truth = self.judge.last.clone();
                let other = self.one_sided(&truth.in_salesforce, &truth.in_marketo);
                let is_known = self.email_in_salesforce(world, &other);
                let (who, email) = if is_known && self.random.percent(50) {
                    (other.clone(), Some(email(&other)))
                } else {
                    self.newcomer()
                };
                let mut body = json!({"firstName": who});
                if let Some(email) = email {
                    body["email"] = json!(email);
                }
                if self.random.percent(70) {
                    body["lastName"] = json!(format!("L{who}"));
                }
                world.in_marketo("POST", "/double/leads", &body);
            }
            80..86 if !lead.is_empty() => {
                world.in_marketo("DELETE", &format!("/double/leads/{lead}"), &Value::Null);
            }
            86..92 => {
                let with_email: Vec<Value> = leads.iter().filter(|lead| !lead["email"].is_null()).cloned().collect();
                let (winner, loser) = (self.random.pick(&with_email), self.random.pick(&with_email));
                // Who takes over the id of Salesforce is somebody else's record from then on.
                let names = |lead: &Value| !lead["sfdcLeadId"].is_null() || !lead["sfdcContactId"].is_null();
                self.judge.is_merged();
                if winner != loser && !names(&loser) {
                    let body = json!({"losers": [loser["id"]]});
                    world.in_marketo("POST", &format!("/double/merge/{}", text(&winner, "id")), &body);
                }
            }
            92..100 => {
                let costs: Vec<i64> =
                    (0..self.random.below(3)).map(|_| 100 * self.random.between(1, 9) as i64).collect();
                let shown: Vec<Value> =
                    costs.iter().map(|cost| json!({"startDate": "2026-03-01", "cost": cost})).collect();
                world.in_marketo("PATCH", &place, &json!({"costs": shown}));
                self.costs.insert(link, costs);
            }
            _ => {}
        }
        self.look(world, true);
    }
}
