//! What the rules are told: what became another on either side, once, in order; and the records that people are told.

use serde_json::{Map, Value, json};

use super::report::who;
use super::{Sync, Trouble};
use crate::model::Timestamp;
use crate::sync::evaluator::{Evaluator, OwnPerson};
use crate::sync::ledger::{Kind, Move, Record, Which};
use crate::sync::side::{Pair, Seconds, Status};
use crate::sync::wire::Outside;

/// So many facts are told at once.
const FACTS_AT_ONCE: usize = 5000;

/// The note of the failures that stood at the end of the last pass.
const STANDING: &str = "standing";

/// What makes a failure the same one in the next pass.
fn key(record: &Record) -> String {
    let Record { kind, link, person, program, campaign, code, message, .. } = record;
    json!([kind, link, person, program, campaign, code, message]).to_string()
}

/// What happened to a person in Salesforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InSalesforce {
    Lead,
    Contact,
    Gone,
}

/// The parts of a record that are known where it is written.
#[derive(Default)]
pub(super) struct About {
    pub(super) program: Option<String>,
    pub(super) campaign: Option<String>,
    pub(super) base: Option<String>,
    pub(super) winner: Option<Which>,
    pub(super) code: Option<String>,
}

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Tells the rules what they were not told yet.
    pub(super) async fn tell_rules(&mut self) -> Result<(), Trouble> {
        while !self.entries.book().facts.is_empty() {
            self.commit()?;
            let facts = self.entries.book().facts.iter().take(FACTS_AT_ONCE);
            let facts: Vec<_> = facts.map(|(number, fact)| (*number, fact.clone())).collect();
            self.evaluator.tell(&facts).await?;
            for (number, _) in facts {
                self.entries.told(number);
            }
            self.commit()?;
        }
        Ok(())
    }

    /// Writes down for the rules what a side shows now.
    pub(super) fn tell_moves(&mut self, which: Which, moves: &[Move], silent: bool) {
        for moved in moves {
            self.tell_move(which, moved, silent);
        }
    }

    fn tell_move(&mut self, which: Which, moved: &Move, silent: bool) {
        let Some(link) = self.find_link(moved.pair.link()) else { return };
        let end = match which {
            Which::Program => &link.program,
            Which::Campaign => &link.campaign,
        };
        let Some(name) = end.as_ref().map(|end| end.name.clone()) else { return };
        let status = link.name(moved.to).map(str::to_owned);
        let own = self.own_id(moved.pair.person(), silent, moved.at);
        let fact = match (which, status) {
            (Which::Campaign, Some(to)) if silent => {
                json!({"type": "sfdc_campaign.added", "campaign": name, "status": to})
            }
            (Which::Campaign, Some(to)) => json!({"type": "sfdc_campaign.status_changed", "campaign": name, "to": to}),
            (Which::Campaign, None) => json!({"type": "sfdc_campaign.removed", "campaign": name}),
            (Which::Program, Some(to)) => json!({"type": "program.status_changed", "program": name, "to": to}),
            (Which::Program, None) => json!({"type": "program.removed", "program": name}),
        };
        self.tell(&own, silent, moved.at, fact);
    }

    /// The id of a person for the rules; they are told of it where they did not know it.
    fn own_id(&mut self, number: u32, silent: bool, at: Seconds) -> String {
        let person = self.entries.person(number);
        if let Some(own) = person.own {
            return own;
        }
        let id = person.program.clone().or_else(|| person.sfdc().map(str::to_owned)).unwrap_or_default();
        // Where the rules are the program side, whom they know is there.
        let is_there = self.marketo.is_none();
        self.entries.change_person(number, |person| {
            person.own = Some(id.clone());
            if is_there {
                person.program = Some(id.clone());
            }
        });
        let known = self.particulars.get(&number).cloned().unwrap_or_default();
        let OwnPerson { id: _, email, first_name, last_name, company } = known;
        let values =
            [("Email Address", email), ("First Name", first_name), ("Last Name", last_name), ("Company Name", company)];
        let fields: Map<String, Value> =
            values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect();
        self.tell(&id, silent, at, json!({"type": "person", "fields": fields}));
        let kind = match (person.contact.is_some(), person.lead.is_some()) {
            (true, _) => Some(InSalesforce::Contact),
            (false, true) => Some(InSalesforce::Lead),
            (false, false) => None,
        };
        if let Some(kind) = kind {
            self.tell(&id, silent, at, salesforce_fact(kind));
        }
        id
    }

    /// Makes sure that the rules know a person.
    pub(super) fn introduce(&mut self, number: u32) -> String {
        let now = self.now();
        self.own_id(number, false, now)
    }

    /// Writes down for the rules what happened to a person in Salesforce, if they know it.
    pub(super) fn tell_salesforce(&mut self, number: u32, kind: InSalesforce, silent: bool, at: Seconds) {
        if let Some(own) = self.entries.person(number).own {
            self.tell(&own, silent, at, salesforce_fact(kind));
        }
    }

    fn tell(&mut self, person: &str, silent: bool, at: Seconds, fact: Value) {
        let Value::Object(mut fact) = fact else { return };
        fact.insert("person".to_owned(), json!(person));
        fact.insert("at".to_owned(), json!(Timestamp(i64::from(at.0) * 1000).to_string()));
        self.entries.tell(silent, |number| {
            if !silent {
                fact.insert("id".to_owned(), json!(format!("sync-{number}")));
            }
            Value::Object(fact).to_string()
        });
    }

    /// Writes down a record about a pair.
    pub(super) fn say(&mut self, kind: Kind, pair: Pair, about: About, message: String) {
        let book = self.entries.book();
        let link = book.links.get(&pair.link());
        let About { program, campaign, base, winner, code } = about;
        let record = Record {
            kind,
            link: link.map(|link| link.label().to_owned()).unwrap_or_default(),
            person: Some(who(book, pair)),
            program_id: link.and_then(|link| Some(link.program.as_ref()?.id.clone())),
            campaign_member_id: self.entries.member_of(pair).map(|(id, _)| id.clone()),
            program,
            campaign,
            base,
            winner,
            code,
            message,
            at: self.time().to_string(),
        };
        self.write_down(record);
    }

    /// Writes down that something was refused for one person.
    pub(super) fn say_failed(&mut self, pair: Pair, code: &str, message: &str) {
        let values = |side: &crate::sync::Side| side.status(pair);
        let (program, campaign) = (values(&self.entries.book().program), values(&self.entries.book().campaign));
        let about = About {
            program: self.name(pair, program),
            campaign: self.name(pair, campaign),
            code: Some(code.to_owned()),
            ..About::default()
        };
        self.say(Kind::Failed, pair, about, message.to_owned());
    }

    /// Writes down a record about a link as a whole.
    pub(super) fn say_of_link(&mut self, kind: Kind, link: &str, program_id: Option<String>, message: String) {
        let record = Record {
            kind,
            link: link.to_owned(),
            person: None,
            program_id,
            campaign_member_id: None,
            program: None,
            campaign: None,
            base: None,
            winner: None,
            code: None,
            message,
            at: self.time().to_string(),
        };
        self.write_down(record);
    }

    fn write_down(&mut self, record: Record) {
        let today = self.today();
        let stood = record.kind.is_failure() && self.standing.get(&key(&record)) == Some(&today);
        if !stood && !self.report.records().contains(&record) {
            self.entries.record(record.clone());
        }
        self.report.add(record);
    }

    fn today(&self) -> i64 {
        i64::from(self.now().0) / 86_400
    }

    /// Reads which failures stood at the end of the last pass.
    pub(super) fn take_standing(&mut self) {
        let note = self.entries.book().notes.get(STANDING);
        self.standing = note.and_then(|note| serde_json::from_str(note).ok()).unwrap_or_default();
    }

    /// Writes down which failures stand at the end of this one.
    pub(super) fn keep_standing(&mut self, report: &super::Report) {
        let today = self.today();
        let failures = report.records().iter().filter(|record| record.kind.is_failure());
        let standing: std::collections::BTreeMap<String, i64> = failures.map(|record| (key(record), today)).collect();
        if standing != self.standing {
            self.entries.note(STANDING, serde_json::to_string(&standing).unwrap_or_default());
        }
    }

    /// Whether somebody is a member, as a side shows it.
    pub(super) fn status_on(&self, which: Which, pair: Pair) -> Status {
        match which {
            Which::Program => self.entries.book().program.status(pair),
            Which::Campaign => self.entries.book().campaign.status(pair),
        }
    }
}

fn salesforce_fact(kind: InSalesforce) -> Value {
    let word = match kind {
        InSalesforce::Lead => "sfdc.synced",
        InSalesforce::Contact => "sfdc.converted",
        InSalesforce::Gone => "sfdc.deleted",
    };
    json!({"type": word})
}
