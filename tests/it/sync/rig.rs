//! A whole sync in one process: both doubles, a ledger and rules that outlive a pass, under a clock that only moves when
//! somebody waits.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use campanile::Rules;
use campanile::config;
use campanile::diagnostics::Sources;
use campanile::meaning::Rulebook;
use campanile::records::parse_event;
use campanile::store::{Keeper, MemoryStore, Partition, RuleFiles};
use campanile::sync::Trouble;
use campanile::sync::evaluator::{ActionLine, Evaluator, Own, OwnMember, OwnPerson};
use campanile::sync::ledger::{Book, Changes, Entries, Fact, Ledger, LedgerError, MemoryLedger, Record};
use campanile::sync::marketo::Marketo;
use campanile::sync::pass::{How, Report, Sync};
use campanile::sync::salesforce::Salesforce;
use campanile::testkit::double::faults::Order;
use campanile::testkit::double::{Fault, Faults};
use serde_json::{Value, json};

use super::world::{Kept, MARKETO_URL, SALESFORCE_URL, World, client_credentials, marketo_config, salesforce_config};

/// One program that is linked to one campaign, as both samples have them.
pub(crate) const LINKED: &str = r#"
channels:
  Webinar:
    statuses:
      Invited: {step: 10}
      Registered: {step: 20}
      No Show: {step: 30}
      Attended: {step: 40, success: true}
programs:
  Spring Webinar:
    channel: Webinar
    sfdc_campaign: Spring Webinar
    period_costs:
      - {month: 2026-03, amount: 1500}
      - {month: 2026-04, amount: 500}
sfdc_campaigns:
  Spring Webinar:
    statuses:
      Invited: {default: true}
      Registered: {}
      No Show: {}
      Attended: {responded: true}
"#;

/// The rules; our process may end before and after each question.
pub(crate) struct Watched<'w> {
    own: &'w mut Own,
    world: &'w World,
}

impl Evaluator for Watched<'_> {
    async fn tell(&mut self, facts: &[(u64, Fact)]) -> Result<(), Trouble> {
        self.world.step().await;
        let told = self.own.tell(facts).await;
        self.world.step().await;
        told
    }

    async fn actions(&mut self, after: u64, limit: usize) -> Result<Vec<ActionLine>, Trouble> {
        self.own.actions(after, limit).await
    }

    async fn members(&mut self, program: &str) -> Result<Vec<OwnMember>, Trouble> {
        self.own.members(program).await
    }

    async fn people(&mut self, ids: &[String]) -> Result<Vec<OwnPerson>, Trouble> {
        self.own.people(ids).await
    }

    async fn people_by_email(&mut self, emails: &[String]) -> Result<Vec<OwnPerson>, Trouble> {
        self.own.people_by_email(emails).await
    }
}

/// The ledger; our process may end before and after each commit.
struct Breaking<'w> {
    kept: MemoryLedger,
    world: &'w World,
}

impl Breaking<'_> {
    fn step(&self) -> Result<(), LedgerError> {
        let ended = LedgerError { message: "the process ended".to_owned(), help: Vec::new() };
        if self.world.ends_here() { Err(ended) } else { Ok(()) }
    }
}

impl Ledger for Breaking<'_> {
    fn load(&mut self) -> Result<Book, LedgerError> {
        self.kept.load()
    }

    fn commit(&mut self, changes: &Changes) -> Result<(), LedgerError> {
        self.step()?;
        self.kept.commit(changes)?;
        self.step()
    }

    fn records(&mut self, since: &str) -> Result<Vec<Record>, LedgerError> {
        self.kept.records(since)
    }

    fn passes(&mut self, since: &str) -> Result<Vec<String>, LedgerError> {
        self.kept.passes(since)
    }
}

/// Whether a call may have changed something.
pub(crate) fn is_write(method: &str, target: &str) -> bool {
    let is_question = target.contains("/token")
        || target.contains("_method=GET")
        || target.contains("/composite/sobjects/CampaignMember");
    method != "GET" && !is_question
}

pub(crate) struct Rig {
    pub(crate) world: World,
    pub(crate) ledger: MemoryLedger,
    store: MemoryStore,
    rules: String,
    pub(crate) policy: config::Sync,
    /// Whether Marketo is the program side; else the rules are.
    pub(crate) with_marketo: bool,
    /// The rules as they run, between two passes of a process that goes on.
    alive: RefCell<Option<Own>>,
    rulebook: RefCell<Option<Rc<Rulebook>>>,
}

impl Rig {
    pub(crate) fn new(world: World, rules: &str) -> Self {
        Self {
            world,
            ledger: MemoryLedger::default(),
            store: MemoryStore::default(),
            rules: rules.to_owned(),
            policy: config::Sync::default(),
            with_marketo: true,
            alive: RefCell::new(None),
            rulebook: RefCell::new(None),
        }
    }

    /// The samples of the doubles, linked.
    pub(crate) fn sample() -> Self {
        Self::new(World::sample(&Faults::none()), LINKED)
    }

    /// The samples of the doubles under other rules.
    pub(crate) fn with_rules(rules: &str) -> Self {
        Self::new(World::sample(&Faults::none()), rules)
    }

    pub(crate) fn rulebook(&self) -> Rc<Rulebook> {
        let compile = || {
            let rules = Rules::from_sources(&[("rules.yaml", &self.rules)]);
            Rc::new(rules.compile().unwrap().rulebook.clone())
        };
        Rc::clone(self.rulebook.borrow_mut().get_or_insert_with(compile))
    }

    /// Other rules from now on.
    pub(crate) fn change_rules(&mut self, rules: &str) {
        rules.clone_into(&mut self.rules);
        self.end();
        self.rulebook.take();
    }

    /// The process ends; the next one takes up what is kept.
    pub(crate) fn end(&self) {
        self.alive.take();
    }

    /// Does something with the rules and the people they know.
    pub(crate) fn own<T>(&self, work: impl FnOnce(&mut Own) -> T) -> T {
        let mut own = self.take_own();
        let done = work(&mut own);
        self.alive.replace(Some(own));
        done
    }

    fn take_own(&self) -> Own {
        self.alive.take().unwrap_or_else(|| {
            let mut sources = Sources::new();
            sources.add("rules.yaml", self.rules.as_str());
            let keeper = Keeper::open(Box::new(self.store.clone()), Partition::default(), &RuleFiles::new(&sources));
            Own::new(keeper.unwrap())
        })
    }

    /// What the sync knows.
    pub(crate) fn book(&self) -> Book {
        self.ledger.clone().load().unwrap()
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        self.ledger.clone().records("").unwrap()
    }

    /// Does something with everything put together anew.
    pub(crate) fn with<T>(&self, work: impl AsyncFnOnce(&mut Sync<'_, World, Watched<'_>>) -> T) -> T {
        self.with_end(None, work).unwrap()
    }

    /// Does something in a process that ends in the middle after so many steps; nothing where it did.
    pub(crate) fn with_end<T>(
        &self,
        steps: Option<u32>,
        work: impl AsyncFnOnce(&mut Sync<'_, World, Watched<'_>>) -> T,
    ) -> Option<T> {
        let kept = Kept::default();
        let (rules, mut own) = (self.rulebook(), self.take_own());
        let salesforce = Salesforce::new(&self.world, salesforce_config(SALESFORCE_URL, client_credentials()), &kept);
        let marketo = Marketo::new(&self.world, marketo_config(MARKETO_URL), 0);
        let marketo = self.with_marketo.then_some(&marketo);
        let ledger = Breaking { kept: self.ledger.clone(), world: &self.world };
        let entries = Entries::open(Box::new(ledger)).unwrap();
        let watched = Watched { own: &mut own, world: &self.world };
        let mut sync = Sync::new(&self.world, &salesforce, marketo, &self.policy, &rules, watched, entries);
        let done = self.world.run_to(steps, work(&mut sync));
        drop(sync);
        if done.is_some() {
            self.alive.replace(Some(own));
        }
        done
    }

    /// One pass.
    pub(crate) fn try_pass(&self, how: How) -> (Report, Result<(), Trouble>) {
        self.with(async |sync| sync.pass(how).await)
    }

    pub(crate) fn pass(&self) -> Report {
        let (report, outcome) = self.try_pass(How::default());
        outcome.unwrap();
        report
    }

    /// Some minutes later, another pass.
    pub(crate) fn next_pass(&self) -> Report {
        self.world.pass_ms(300_000);
        self.pass()
    }

    /// Passes until nothing is left to do.
    pub(crate) fn settle(&self) -> Report {
        let mut last = String::new();
        for _ in 0..8 {
            let report = self.next_pass();
            if report.is_quiet() {
                return report;
            }
            last = report.json();
        }
        panic!("there is always something to do: {last}");
    }

    /// Rows of an object of Salesforce.
    pub(crate) fn rows(&self, object: &str) -> Vec<Value> {
        let rows = self.world.in_salesforce("GET", &format!("/double/records/{object}"), &Value::Null);
        rows.as_array().unwrap().clone()
    }

    /// The row of an object with this value.
    pub(crate) fn row(&self, object: &str, field: &str, value: &str) -> Value {
        let rows = self.rows(object);
        rows.iter().find(|row| row[field] == value).unwrap_or_else(|| panic!("{value} among {rows:?}")).clone()
    }

    /// The id of the row of an object with this value.
    pub(crate) fn id(&self, object: &str, field: &str, value: &str) -> String {
        self.row(object, field, value)["Id"].as_str().unwrap().to_owned()
    }

    /// What is done to a row of Salesforce.
    pub(crate) fn change_row(&self, object: &str, id: &str, fields: &Value) {
        self.world.in_salesforce("PATCH", &format!("/double/records/{object}/{id}"), fields);
    }

    pub(crate) fn delete_row(&self, object: &str, id: &str) {
        self.world.in_salesforce("DELETE", &format!("/double/records/{object}/{id}"), &Value::Null);
    }

    /// Makes a row in Salesforce; its id.
    pub(crate) fn make_row(&self, object: &str, fields: &Value) -> String {
        let made = self.world.in_salesforce("POST", &format!("/double/records/{object}"), fields);
        made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    /// Makes a person in Marketo; its id.
    pub(crate) fn make_lead(&self, fields: &Value) -> String {
        self.world.in_marketo("POST", "/double/leads", fields)["id"].to_string()
    }

    /// Gives a person, found by its id, a status of `Spring Webinar`.
    pub(crate) fn put_in_program(&self, lead: &str, status: &str) {
        let path = format!("/double/programs/Spring%20Webinar/members/{lead}");
        self.world.in_marketo("PUT", &path, &json!({"status": status, "force": true}));
    }

    /// The next calls that fit meet a fault.
    pub(crate) fn order(&self, salesforce: bool, kind: Fault, method: &str, path: &str) {
        let order = Order { kind, method: Some(method.to_owned()), path: Some(path.to_owned()), times: 1, after: 0 };
        if salesforce {
            self.world.salesforce.borrow_mut().faults.orders.push(order);
        } else {
            self.world.marketo.borrow_mut().faults.orders.push(order);
        }
    }

    /// Tells the rules something.
    pub(crate) fn tell(&self, mut event: Value) {
        event["at"] = json!(self.world.at().to_string());
        let text = event.to_string();
        self.own(|own| {
            own.keeper().handle(&parse_event(&text).unwrap(), &text).unwrap().unwrap();
            own.keeper().flush().unwrap();
        });
    }

    /// The action records so far that contain a word.
    pub(crate) fn actions(&self, word: &str) -> Vec<Value> {
        let lines = self.own(|own| own.keeper().outcomes(0, usize::MAX).unwrap());
        let all = lines.iter().map(|(_, line)| serde_json::from_slice::<Value>(line).unwrap());
        all.filter(|record| record["type"] == "action" && record["action"].as_str().unwrap().contains(word)).collect()
    }

    /// The kinds of the records so far.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let kind = |record: &Record| serde_json::to_value(record.kind).unwrap().as_str().unwrap().to_owned();
        self.records().iter().map(kind).collect()
    }

    /// Calls so far that were made to change something.
    pub(crate) fn writes(&self) -> Vec<String> {
        let salesforce = self.world.salesforce.borrow();
        let marketo = self.world.marketo.borrow();
        let calls = salesforce.calls().chain(marketo.calls());
        let writes = calls.filter(|call| is_write(&call.method, &call.target));
        writes.map(|call| format!("{} {} {}", call.method, call.target, call.body)).collect()
    }

    /// All calls so far.
    pub(crate) fn calls(&self) -> (usize, usize) {
        (self.world.salesforce.borrow().calls().count(), self.world.marketo.borrow().calls().count())
    }

    /// Members of a campaign by the e-mail address, else the name, of the person.
    pub(crate) fn in_campaign(&self, name: &str) -> BTreeMap<String, String> {
        let rows = |object: &str| self.rows(object);
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let campaign = rows("Campaign").into_iter().find(|row| text(row, "Name") == name).unwrap();
        let people: Vec<Value> = rows("Lead").into_iter().chain(rows("Contact")).collect();
        let who = |id: String| {
            let person = people.iter().find(|row| text(row, "Id") == id).unwrap();
            let email = text(person, "Email");
            if email.is_empty() { text(person, "LastName") } else { email }
        };
        let members = rows("CampaignMember");
        let own = members.iter().filter(|row| text(row, "CampaignId") == text(&campaign, "Id"));
        let mut found = BTreeMap::new();
        for row in own {
            let contact = text(row, "ContactId");
            let id = if contact.is_empty() { text(row, "LeadId") } else { contact };
            let before = found.insert(who(id), text(row, "Status"));
            assert!(before.is_none(), "a person is a member twice");
        }
        found
    }

    /// Members of a program by the e-mail address of the person, else its id.
    pub(crate) fn in_program(&self, name: &str) -> BTreeMap<String, String> {
        let name = name.replace(' ', "%20");
        let members = self.world.in_marketo("GET", &format!("/double/programs/{name}/members"), &Value::Null);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let own = members.as_array().unwrap().iter().map(|row| {
            let who = text(&row["email"]).unwrap_or_else(|| row["leadId"].to_string());
            (who, text(&row["status"]).unwrap())
        });
        own.collect()
    }

    /// Somebody in Salesforce gives a member, found by the address of the person, another status.
    pub(crate) fn change_in_campaign(&self, email: &str, status: &str) {
        let id = self.member_id(email);
        self.world.in_salesforce("PATCH", &format!("/double/records/CampaignMember/{id}"), &json!({"Status": status}));
    }

    pub(crate) fn member_id(&self, email: &str) -> String {
        let rows = |object: &str| self.rows(object);
        let person = rows("Lead").into_iter().chain(rows("Contact")).filter(|row| row["Email"] == email);
        let people: Vec<Value> = person.map(|row| row["Id"].clone()).collect();
        let members = rows("CampaignMember");
        let row = members.iter().find(|row| people.contains(&row["LeadId"]) || people.contains(&row["ContactId"]));
        row.unwrap()["Id"].as_str().unwrap().to_owned()
    }

    /// Somebody in Marketo gives a person, found by its address, a status of a program, whatever the steps.
    pub(crate) fn change_in_program(&self, program: &str, email: &str, status: &str) {
        let lead = self.lead_id(email);
        let path = format!("/double/programs/{}/members/{lead}", program.replace(' ', "%20"));
        self.world.in_marketo("PUT", &path, &json!({"status": status, "force": true}));
    }

    pub(crate) fn lead_id(&self, email: &str) -> String {
        let leads = self.world.in_marketo("GET", "/double/leads", &Value::Null);
        let lead = leads.as_array().unwrap().iter().find(|row| row["email"] == email).unwrap().clone();
        lead["id"].to_string().trim_matches('"').to_owned()
    }
}
