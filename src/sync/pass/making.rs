//! People who are made because one side does not have them: noted before, kept after, never made twice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::people::{Best, best, folded, several};
use super::{Object, SKEW_SECONDS, Sync, Trouble};
use crate::sync::answers::{Reaction, salesforce};
use crate::sync::evaluator::{Evaluator, OwnPerson};
use crate::sync::ledger::Which;
use crate::sync::marketo::{BATCH_MAX, Happening, Marketo, Written as MarketoWritten};
use crate::sync::salesforce::{PersonRow, Written};
use crate::sync::side::{Pair, Seconds};
use crate::sync::wire::Outside;

/// Nobody is made once more before so many seconds have passed: what was made may show late.
const SHOWS_AFTER_SECONDS: u32 = 600;

/// So many people are made between two commits.
const MADE_AT_ONCE: usize = 200;

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// What is known of people, as a new record of theirs is to have it.
    async fn know(&mut self, numbers: &[u32]) -> Result<(), Trouble> {
        let mut by_program: BTreeMap<String, u32> = BTreeMap::new();
        let mut by_own: BTreeMap<String, u32> = BTreeMap::new();
        let mut by_sfdc: BTreeMap<String, u32> = BTreeMap::new();
        for number in numbers.iter().filter(|number| !self.particulars.contains_key(number)) {
            let person = self.entries.person(*number);
            let sfdc = person.sfdc().map(str::to_owned);
            match (person.program, sfdc, person.own) {
                (Some(id), ..) => drop(by_program.insert(id, *number)),
                (None, Some(id), _) => drop(by_sfdc.insert(id, *number)),
                (None, None, Some(id)) => drop(by_own.insert(id, *number)),
                (None, None, None) => {}
            }
        }
        for one in self.see(&by_program.keys().cloned().collect()).await? {
            if let Some(number) = by_program.get(&one.person.id) {
                self.particulars.insert(*number, one.person);
            }
        }
        for one in self.own_seen(&by_own.keys().cloned().collect::<Vec<_>>()).await? {
            if let Some(number) = by_own.get(&one.person.id) {
                self.particulars.insert(*number, one.person);
            }
        }
        for row in self.salesforce.people_by_id(&by_sfdc.keys().cloned().collect::<Vec<_>>()).await? {
            if let Some(number) = by_sfdc.get(&row.id) {
                let PersonRow { id, email, first_name, last_name, company, .. } = row;
                self.particulars.insert(*number, OwnPerson { id, email, first_name, last_name, company });
            }
        }
        Ok(())
    }

    /// Makes leads of people who are not in Salesforce. Whoever cannot be made yet stays without one.
    pub(super) async fn make_leads(&mut self, link: u32, numbers: &BTreeSet<u32>) -> Result<(), Trouble> {
        self.tell_refused(link, numbers);
        let missing: Vec<u32> = numbers
            .iter()
            .copied()
            .filter(|number| {
                let person = self.entries.person(*number);
                person.sfdc().is_none() && person.creating.is_none() && person.stopped.is_none()
            })
            .filter(|number| !self.refused.contains_key(number))
            .collect();
        for some in missing.chunks(MADE_AT_ONCE) {
            self.know(some).await?;
            // Somebody may have made it in the meantime.
            let found = self.find_in_salesforce(some).await?;
            let missing: Vec<u32> = some.iter().copied().filter(|number| !found.contains(number)).collect();
            let missing = self.one_of_each(missing);
            let since = Seconds(self.now().0.saturating_sub(SKEW_SECONDS));
            for number in &missing {
                self.entries.change_person(*number, |person| person.creating = Some((Which::Campaign, since)));
            }
            self.commit()?;
            let records: Vec<Map<String, Value>> = missing.iter().map(|number| self.new_lead(*number)).collect();
            let written = self.salesforce.create("Lead", records).await?;
            let mut doubtful = Vec::new();
            for (number, written) in missing.iter().zip(written) {
                match written {
                    Written::Done(id) => self.lead_made(*number, &id),
                    Written::Refused { code, message } => {
                        self.entries.change_person(*number, |person| person.creating = None);
                        match salesforce(&code, &message) {
                            Reaction::LookUp => doubtful.push((*number, code, message)),
                            Reaction::Retry | Reaction::RetryCampaign | Reaction::PauseAll | Reaction::RefreshToken => {
                                self.report.count(Object::Lead).backlog += 1;
                            }
                            Reaction::GiveUpRecord | Reaction::GiveUpPass => {
                                self.not_made(link, *number, &code, &message)
                            }
                        }
                    }
                    Written::Unknown(_) => self.report.count(Object::Lead).backlog += 1,
                }
            }
            self.commit()?;
            let numbers: Vec<u32> = doubtful.iter().map(|(number, ..)| *number).collect();
            let found = self.find_in_salesforce(&numbers).await?;
            for (number, code, message) in doubtful.iter().filter(|(number, ..)| !found.contains(number)) {
                self.not_made(link, *number, code, message);
            }
            self.commit()?;
        }
        Ok(())
    }

    /// Who was refused in this pass already is not tried again for another link, but stands in its records.
    fn tell_refused(&mut self, link: u32, numbers: &BTreeSet<u32>) {
        let refused = numbers.iter().filter_map(|number| Some((*number, self.refused.get(number)?.clone())));
        for (number, (code, message)) in refused.collect::<Vec<_>>() {
            self.say_failed(Pair::new(link, number), &code, &message);
        }
    }

    /// Of several people with one address only the first is made: the others are found by it in the next pass.
    fn one_of_each(&self, numbers: Vec<u32>) -> Vec<u32> {
        let mut seen = BTreeSet::new();
        let email = |number: u32| folded(self.particulars.get(&number).and_then(|person| person.email.as_ref()));
        numbers.into_iter().filter(|number| email(*number).is_none_or(|email| seen.insert(email))).collect()
    }

    fn lead_made(&mut self, number: u32, id: &str) {
        self.report.count(Object::Lead).new += 1;
        self.made.insert(id.to_owned());
        self.entries.change_person(number, |person| person.creating = None);
        self.attach(number, id);
    }

    fn not_made(&mut self, link: u32, number: u32, code: &str, message: &str) {
        self.report.count(Object::Lead).failed += 1;
        let message = format!("no lead could be made: {message}");
        self.say_failed(Pair::new(link, number), code, &message);
        self.refused.insert(number, (code.to_owned(), message));
    }

    fn new_lead(&self, number: u32) -> Map<String, Value> {
        let known = self.particulars.get(&number).cloned().unwrap_or_default();
        let OwnPerson { id: _, email, first_name, last_name, company } = known;
        let (last, company) = self.lead_names(last_name, company);
        let fields =
            [("Email", email), ("FirstName", first_name), ("LastName", Some(last)), ("Company", Some(company))];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
    }

    /// Last name and company of a lead, which must have both.
    fn lead_names(&self, last: Option<String>, company: Option<String>) -> (String, String) {
        let or = |value: Option<String>, default: &str| {
            value.filter(|value| !value.trim().is_empty()).unwrap_or_else(|| default.to_owned())
        };
        (or(last, &self.policy.default_last_name), or(company, &self.policy.default_company))
    }

    /// Looks for people in Salesforce by address, and gives those that were found or stopped.
    async fn find_in_salesforce(&mut self, numbers: &[u32]) -> Result<BTreeSet<u32>, Trouble> {
        let email =
            |sync: &Self, number: u32| folded(sync.particulars.get(&number).and_then(|person| person.email.as_ref()));
        let emails: Vec<String> = numbers.iter().filter_map(|number| email(self, *number)).collect();
        let rivals = self.sfdc_by_email(&emails).await?;
        let mut settled = BTreeSet::new();
        for number in numbers {
            let Some(email) = email(self, *number) else { continue };
            match best(rivals.get(&email).into_iter().flatten()) {
                Best::None => continue,
                Best::One(row) => match self.entries.by_sfdc(&row.id).filter(|owner| owner != number) {
                    None => {
                        let id = row.id.clone();
                        self.attach(*number, &id);
                    }
                    Some(_) => {
                        let why = format!(
                            "{} in Salesforce has the e-mail address {email} and is somebody else in {} already",
                            row.id,
                            self.program_product()
                        );
                        self.entries.change_person(*number, |person| person.stopped = Some(why));
                    }
                },
                Best::Several(ids) => {
                    let why = several(&email, "Salesforce", &ids);
                    self.entries.change_person(*number, |person| person.stopped = Some(why));
                }
            }
            settled.insert(*number);
        }
        Ok(settled)
    }

    /// Makes people on the program side who are not there. Whoever cannot be made yet stays without an id there.
    pub(super) async fn make_people(&mut self, link: u32, numbers: &BTreeSet<u32>) -> Result<(), Trouble> {
        self.tell_refused(link, numbers);
        let missing: Vec<u32> = numbers
            .iter()
            .copied()
            .filter(|number| {
                let person = self.entries.person(*number);
                person.program.is_none() && person.creating.is_none() && person.stopped.is_none()
            })
            .filter(|number| !self.refused.contains_key(number))
            .collect();
        for some in missing.chunks(MADE_AT_ONCE) {
            self.know(some).await?;
            let found = self.find_on_program_side(some).await?;
            let missing: Vec<u32> = some.iter().copied().filter(|number| !found.contains(number)).collect();
            let missing = self.one_of_each(missing);
            match self.marketo {
                Some(marketo) => self.make_in_marketo(marketo, link, &missing).await?,
                None => self.make_own(&missing),
            }
            self.commit()?;
        }
        Ok(())
    }

    /// The rules come to know somebody by the id that Salesforce has.
    fn make_own(&mut self, numbers: &[u32]) {
        for number in numbers {
            let own = self.introduce(*number);
            self.entries.change_person(*number, |person| person.program = Some(own));
            self.report.count(Object::Person).new += 1;
        }
    }

    async fn make_in_marketo(&mut self, marketo: &Marketo<'_, O>, link: u32, numbers: &[u32]) -> Result<(), Trouble> {
        let since = Seconds(self.now().0.saturating_sub(SKEW_SECONDS));
        for number in numbers {
            self.entries.change_person(*number, |person| person.creating = Some((Which::Program, since)));
        }
        self.commit()?;
        let email =
            |sync: &Self, number: u32| folded(sync.particulars.get(&number).and_then(|person| person.email.as_ref()));
        let (named, nameless): (Vec<u32>, Vec<u32>) =
            numbers.iter().copied().partition(|number| email(self, *number).is_some());
        // Of people without an address each is known before the next one is made.
        for some in named.chunks(BATCH_MAX).chain(nameless.chunks(1)) {
            let fields: Vec<Map<String, Value>> = some.iter().map(|number| self.new_person(*number)).collect();
            let written = marketo.create(&fields).await?;
            for (number, written) in some.iter().zip(written) {
                self.person_made(link, *number, written).await?;
            }
            self.commit()?;
        }
        Ok(())
    }

    fn new_person(&self, number: u32) -> Map<String, Value> {
        let known = self.particulars.get(&number).cloned().unwrap_or_default();
        let OwnPerson { id: _, email, first_name, last_name, company } = known;
        let email = email.filter(|email| !email.trim().is_empty());
        let fields = [("email", email), ("firstName", first_name), ("lastName", last_name), ("company", company)];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
    }

    /// What became of somebody who was to be made in Marketo.
    async fn person_made(&mut self, link: u32, number: u32, written: MarketoWritten) -> Result<(), Trouble> {
        match written {
            MarketoWritten::Done(id) => {
                self.report.count(Object::Person).new += 1;
                self.entries.change_person(number, |person| {
                    person.creating = None;
                    person.program = Some(id);
                });
            }
            MarketoWritten::Skipped { code, message } => {
                self.entries.change_person(number, |person| person.creating = None);
                // 1005: somebody made it in the meantime.
                let found = code == "1005" && !self.find_on_program_side(&[number]).await?.is_empty();
                if !found {
                    self.report.count(Object::Person).failed += 1;
                    let message = format!("nobody could be made in Marketo: {message}");
                    self.say_failed(Pair::new(link, number), &code, &message);
                    self.refused.insert(number, (code, message));
                }
            }
            MarketoWritten::Unknown(_) => self.report.count(Object::Person).backlog += 1,
        }
        Ok(())
    }

    /// Looks for people on the program side by address, and gives those that were found or stopped.
    async fn find_on_program_side(&mut self, numbers: &[u32]) -> Result<BTreeSet<u32>, Trouble> {
        let email =
            |sync: &Self, number: u32| folded(sync.particulars.get(&number).and_then(|person| person.email.as_ref()));
        let emails: Vec<String> = numbers.iter().filter_map(|number| email(self, *number)).collect();
        let namesakes = self.see_by_email(&emails).await?;
        let mut settled = BTreeSet::new();
        for number in numbers {
            let Some(email) = email(self, *number) else { continue };
            let product = self.program_product();
            match namesakes.get(&email).map_or(&[][..], Vec::as_slice) {
                [] => continue,
                [one] => {
                    let id = one.person.id.clone();
                    let taken = self.entries.by_program(&id).filter(|owner| owner != number);
                    let own = self.marketo.is_none();
                    self.entries.change_person(*number, |person| match taken {
                        None => {
                            person.program = Some(id.clone());
                            if own {
                                person.own = Some(id);
                            }
                        }
                        Some(_) => {
                            person.stopped = Some(format!(
                                "{id} in {product} has the e-mail address {email} and is another record in Salesforce \
                                 already; merge the two in Salesforce"
                            ));
                        }
                    });
                }
                others => {
                    let ids: Vec<String> = others.iter().map(|one| one.person.id.clone()).collect();
                    let why = several(&email, product, &ids);
                    self.entries.change_person(*number, |person| person.stopped = Some(why));
                }
            }
            settled.insert(*number);
        }
        Ok(settled)
    }

    /// Finds out what became of people who were being made when nobody answered.
    pub(super) async fn settle_creations(&mut self) -> Result<(), Trouble> {
        let people = self.entries.book().people.iter();
        let open = people.filter_map(|(number, person)| Some((*number, person.creating?)));
        for (number, (which, since)) in open.collect::<Vec<_>>() {
            self.know(&[number]).await?;
            let found = match which {
                Which::Campaign => self.find_made_lead(number, since).await?,
                Which::Program => self.find_made_person(number, since).await?,
            };
            let waited = self.now().0.saturating_sub(since.0) > SHOWS_AFTER_SECONDS + 2 * SKEW_SECONDS;
            // What would have shown by now was not made.
            if found || waited {
                self.entries.change_person(number, |person| person.creating = None);
            }
            self.commit()?;
        }
        Ok(())
    }

    /// Of whom a lead is that turned up, where somebody without an address was being made and nobody answered.
    pub(super) fn being_made(&self, row: &PersonRow) -> Option<u32> {
        let is_it = |number: u32| {
            let known = self.particulars.get(&number).cloned().unwrap_or_default();
            let (last, company) = self.lead_names(known.last_name, known.company);
            folded(known.email.as_ref()).is_none()
                && row.first_name == known.first_name
                && row.last_name.as_ref() == Some(&last)
                && row.company.as_ref() == Some(&company)
        };
        let people = self.entries.book().people.iter();
        let mut open = people.filter(|(_, person)| {
            person.sfdc().is_none() && person.creating.is_some_and(|(which, _)| which == Which::Campaign)
        });
        let no_address = folded(row.email.as_ref()).is_none();
        open.find(|(number, _)| no_address && is_it(**number)).map(|(number, _)| *number)
    }

    async fn find_made_lead(&mut self, number: u32, since: Seconds) -> Result<bool, Trouble> {
        let known = self.particulars.get(&number).cloned().unwrap_or_default();
        if folded(known.email.as_ref()).is_some() {
            return Ok(!self.find_in_salesforce(&[number]).await?.is_empty());
        }
        let (last, company) = self.lead_names(known.last_name, known.company);
        let since = Seconds(since.0.saturating_sub(SKEW_SECONDS));
        let rows = self.salesforce.leads_made_since(&last, &company, since).await?;
        let mut free = rows.into_iter().filter(|row| {
            row.first_name == known.first_name && !row.deleted && self.entries.by_sfdc(&row.id).is_none()
        });
        let Some(row) = free.next() else { return Ok(false) };
        self.attach(number, &row.id);
        Ok(true)
    }

    async fn find_made_person(&mut self, number: u32, since: Seconds) -> Result<bool, Trouble> {
        let known = self.particulars.get(&number).cloned().unwrap_or_default();
        let Some(marketo) = self.marketo else { return Ok(true) };
        if folded(known.email.as_ref()).is_some() {
            return Ok(!self.find_on_program_side(&[number]).await?.is_empty());
        }
        let token = marketo.token_since(Seconds(since.0.saturating_sub(SKEW_SECONDS))).await?;
        let made = marketo.activities(&token, true).await?.happenings;
        let ids: Vec<String> = made
            .into_iter()
            .filter_map(|happening| match happening {
                Happening::Touched { lead, losers, .. } if losers.is_empty() => Some(lead),
                Happening::Touched { .. } | Happening::Status { .. } | Happening::Deleted { .. } => None,
            })
            .filter(|id| self.entries.by_program(id).is_none())
            .collect();
        let found = marketo.leads("id", &ids).await?;
        let mut rows = found.into_iter().filter(|row| {
            row.email.is_none()
                && row.first_name == known.first_name
                && row.last_name == known.last_name
                && row.company == known.company
        });
        let Some(row) = rows.next() else { return Ok(false) };
        self.entries.change_person(number, |person| person.program = Some(row.id));
        Ok(true)
    }
}
