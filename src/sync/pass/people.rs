//! Who is whom on both sides.
//!
//! Somebody of the program side and a lead or contact are the same when Marketo names it, else when their e-mail addresses
//! are equal ignoring case; a contact beats an unconverted lead, a converted lead stands for its contact, and two equal
//! candidates stop the person with a record (sync.md section 8 point 1).

use std::collections::{BTreeMap, BTreeSet};

use super::facts::InSalesforce;
use super::{Sync, Trouble};
use crate::sync::evaluator::{Evaluator, OwnPerson};
use crate::sync::ledger::{Member, Person, Which};
use crate::sync::marketo::LeadRow;
use crate::sync::reconcile::BaseRow;
use crate::sync::salesforce::PersonRow;
use crate::sync::side::{Pair, Row, Seconds, Status};
use crate::sync::wire::Outside;

/// Somebody of the program side, as it is seen there.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) person: OwnPerson,
    lead: Option<String>,
    contact: Option<String>,
}

impl From<LeadRow> for Seen {
    fn from(row: LeadRow) -> Self {
        let LeadRow { id, email, first_name, last_name, company, sfdc_lead, sfdc_contact } = row;
        Self { person: OwnPerson { id, email, first_name, last_name, company }, lead: sfdc_lead, contact: sfdc_contact }
    }
}

pub(super) fn folded(email: Option<&String>) -> Option<String> {
    email.map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty())
}

fn is_contact(id: &str) -> bool {
    id.starts_with("003")
}

/// Of records with one address: the one that stands for the person.
pub(super) enum Best<'r> {
    None,
    One(&'r PersonRow),
    Several(Vec<String>),
}

pub(super) fn best<'r>(rows: impl Iterator<Item = &'r PersonRow>) -> Best<'r> {
    let alive = rows.filter(|row| !row.deleted && row.converted_to.is_none() && row.merged_into.is_none());
    let (contacts, leads): (Vec<_>, Vec<_>) = alive.partition(|row| is_contact(&row.id));
    let rivals = if contacts.is_empty() { leads } else { contacts };
    match rivals.as_slice() {
        [] => Best::None,
        [row] => Best::One(row),
        several => Best::Several(several.iter().map(|row| row.id.clone()).collect()),
    }
}

pub(super) fn several(email: &str, product: &str, ids: &[String]) -> String {
    format!(
        "{} in {product} have the e-mail address {email}: {}; merge them there, or give one another address",
        ids.len(),
        ids.join(", ")
    )
}

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Looks again at people for whom nothing could be done.
    pub(super) async fn meet_stopped(&mut self) -> Result<(), Trouble> {
        let people = self.entries.book().people.iter().filter(|(_, person)| person.stopped.is_some());
        let stopped: Vec<(u32, Person)> = people.map(|(number, person)| (*number, person.clone())).collect();
        let ids: BTreeSet<String> = stopped.iter().filter_map(|(_, person)| person.program.clone()).collect();
        let known: BTreeMap<String, u32> =
            stopped.iter().filter_map(|(number, person)| Some((person.program.clone()?, *number))).collect();
        for (number, _) in &stopped {
            self.entries.change_person(*number, |person| person.stopped = None);
        }
        let seen = self.see(&ids).await?;
        self.meet(seen, &known).await?;
        let strangers: BTreeMap<String, u32> = stopped
            .iter()
            .map(|(number, _)| (*number, self.entries.person(*number)))
            .filter(|(_, person)| person.program.is_none())
            .filter_map(|(number, person)| Some((person.sfdc()?.to_owned(), number)))
            .collect();
        self.meet_in_salesforce(strangers.keys().cloned().collect(), &strangers).await
    }

    /// People of the program side by id.
    pub(super) async fn see(&mut self, ids: &BTreeSet<String>) -> Result<Vec<Seen>, Trouble> {
        let ids: Vec<String> = ids.iter().cloned().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(match self.marketo {
            Some(marketo) => marketo.leads("id", &ids).await?.into_iter().map(Seen::from).collect(),
            None => self.own_seen(&ids).await?,
        })
    }

    pub(super) async fn own_seen(&mut self, ids: &[String]) -> Result<Vec<Seen>, Trouble> {
        let found = self.evaluator.people(ids).await?;
        Ok(found.into_iter().map(|person| Seen { person, ..Seen::default() }).collect())
    }

    /// People of the program side by address, by address.
    pub(super) async fn see_by_email(&mut self, emails: &[String]) -> Result<BTreeMap<String, Vec<Seen>>, Trouble> {
        let mut found: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
        if emails.is_empty() {
            return Ok(found);
        }
        let seen: Vec<Seen> = match self.marketo {
            Some(marketo) => marketo.leads("email", emails).await?.into_iter().map(Seen::from).collect(),
            None => {
                let people = self.evaluator.people_by_email(emails).await?;
                people.into_iter().map(|person| Seen { person, ..Seen::default() }).collect()
            }
        };
        for one in seen {
            if let Some(email) = folded(one.person.email.as_ref()) {
                found.entry(email).or_default().push(one);
            }
        }
        Ok(found)
    }

    pub(super) async fn sfdc_by_email(
        &mut self,
        emails: &[String],
    ) -> Result<BTreeMap<String, Vec<PersonRow>>, Trouble> {
        let mut found: BTreeMap<String, Vec<PersonRow>> = BTreeMap::new();
        for row in self.salesforce.people_by_email(emails).await? {
            if let Some(email) = folded(row.email.as_ref()) {
                found.entry(email).or_default().push(row);
            }
        }
        Ok(found)
    }

    /// Makes sure that people of Marketo are known.
    pub(super) async fn identify_in_marketo(&mut self, ids: BTreeSet<String>) -> Result<(), Trouble> {
        let unknown: BTreeSet<String> = ids.into_iter().filter(|id| self.entries.by_program(id).is_none()).collect();
        let seen = self.see(&unknown).await?;
        self.meet(seen, &BTreeMap::new()).await
    }

    /// Makes sure that people of the rules, who are the program side, are known.
    pub(super) async fn identify_own(&mut self, ids: BTreeSet<String>) -> Result<(), Trouble> {
        self.identify_in_marketo(ids).await
    }

    /// Finds out who people of the program side are in Salesforce. `known` are those that have a number already.
    async fn meet(&mut self, seen: Vec<Seen>, known: &BTreeMap<String, u32>) -> Result<(), Trouble> {
        if seen.is_empty() {
            return Ok(());
        }
        let named: BTreeSet<String> =
            seen.iter().filter_map(|one| one.contact.clone().or_else(|| one.lead.clone())).collect();
        let named = self.follow(named).await?;
        let emails: Vec<String> = seen.iter().filter_map(|one| folded(one.person.email.as_ref())).collect();
        let rivals = self.sfdc_by_email(&emails).await?;
        let namesakes = self.see_by_email(&emails).await?;
        let mut met = Vec::new();
        for one in seen {
            let id = one.person.id.clone();
            let names = one.contact.as_ref().or(one.lead.as_ref());
            let mut by_id = names.and_then(|id| named.get(id)).cloned();
            // What it names became somebody else's record.
            if let Some(end) = by_id.clone().filter(|end| Some(end) != names)
                && self.is_another(Some(&id), &end).await?
            {
                by_id = None;
            }
            let email = folded(one.person.email.as_ref());
            let mut stopped = None;
            let mut found: Option<String> = by_id;
            if let (None, Some(email)) = (&found, &email) {
                let others = namesakes.get(email).map_or(&[][..], Vec::as_slice);
                match best(rivals.get(email).into_iter().flatten()) {
                    Best::None => {}
                    _ if others.len() > 1 => {
                        let ids: Vec<String> = others.iter().map(|one| one.person.id.clone()).collect();
                        stopped = Some(several(email, self.program_product(), &ids));
                    }
                    Best::One(row) => found = Some(row.id.clone()),
                    Best::Several(ids) => stopped = Some(several(email, "Salesforce", &ids)),
                }
            }
            let mut owner = found.as_ref().and_then(|id| self.entries.by_sfdc(id));
            if let (Some(number), Some(other)) = (known.get(&id), owner)
                && self.is_other_half(*number, other)
            {
                self.unite(*number, other);
                owner = None;
            }
            let number = match (known.get(&id), owner) {
                (Some(number), _) => *number,
                (None, Some(owner)) if self.entries.person(owner).program.is_none() => owner,
                (None, _) => self.entries.add_person(Person::default()),
            };
            if let (Some(owner), Some(id)) = (owner.filter(|owner| *owner != number), &found) {
                let other = self.entries.person(owner).program.unwrap_or_default();
                stopped = Some(format!(
                    "{id} in Salesforce is {other} in {} already; merge the two there",
                    self.program_product()
                ));
                found = None;
            }
            let own = self.marketo.is_none();
            self.entries.change_person(number, |person| {
                person.program = Some(id.clone());
                if own {
                    person.own = Some(id.clone());
                }
                person.stopped = stopped;
            });
            if let Some(id) = found {
                self.attach(number, &id);
            }
            self.particulars.insert(number, one.person);
            met.push(number);
        }
        self.bind_own(&met).await
    }

    /// Whether one person is known on the program side only and the other in Salesforce only.
    fn is_other_half(&self, number: u32, other: u32) -> bool {
        number != other && self.entries.person(number).sfdc().is_none() && self.entries.person(other).program.is_none()
    }

    /// Two who could not be told to be one are one, now that nobody else could be meant: what is known of the second in
    /// Salesforce is the first one's.
    fn unite(&mut self, number: u32, other: u32) {
        let Person { lead, contact, own, .. } = self.entries.person(other);
        let takes_own = self.entries.person(number).own.is_none() && own.is_some();
        self.entries.change_person(other, |person| {
            person.lead = None;
            person.contact = None;
            person.stopped = None;
            if takes_own {
                person.own = None;
            }
        });
        self.entries.change_person(number, |person| {
            person.lead = lead;
            person.contact = contact;
            if takes_own {
                person.own = own;
            }
        });
        let members = self.entries.book().members.iter().filter(|(_, member)| member.pair.person() == other);
        for (id, member) in members.map(|(id, member)| (id.clone(), member.clone())).collect::<Vec<_>>() {
            let pair = Pair::new(member.pair.link(), number);
            self.entries.set_member(&id, Some(Member { pair, ..member }));
        }
        let orders = self.entries.book().orders.iter().filter(|(_, order)| order.person() == other);
        for (at, order) in orders.map(|(at, order)| (*at, order.clone())).collect::<Vec<_>>() {
            self.entries.order(at, Some(order.of(number)));
        }
        let rows = self.entries.book().campaign.rows().iter().filter(|row| row.pair.person() == other);
        for row in rows.copied().collect::<Vec<_>>() {
            let pair = Pair::new(row.pair.link(), number);
            let gone = Row { status: Status::NONE, stamp: Seconds(row.stamp.0.saturating_add(1)), ..row };
            // Nothing happened to anybody: the rules merely learn who it was.
            let moves = self.entries.write(Which::Campaign, vec![Row { pair, ..row }, gone]);
            if !takes_own {
                self.tell_moves(Which::Campaign, &moves, true);
            }
            if let Some(base) = self.entries.book().base.row(row.pair).copied() {
                let version = base.version.saturating_add(1);
                self.entries.settle(vec![BaseRow { version, status: Status::NONE, ..base }]);
            }
        }
    }

    pub(super) const fn program_product(&self) -> &'static str {
        if self.marketo.is_some() { "Marketo" } else { "the rules" }
    }

    /// Writes down the lead or contact of a person.
    pub(super) fn attach(&mut self, number: u32, id: &str) {
        let before = self.entries.person(number);
        if before.contact.as_deref() == Some(id) || before.lead.as_deref() == Some(id) {
            return;
        }
        self.entries.change_person(number, |person| {
            let place = if is_contact(id) { &mut person.contact } else { &mut person.lead };
            *place = Some(id.to_owned());
        });
        let now = self.now();
        match (is_contact(id), before.sfdc().is_some()) {
            (true, _) => self.tell_salesforce(number, InSalesforce::Contact, false, now),
            (false, false) => self.tell_salesforce(number, InSalesforce::Lead, false, now),
            (false, true) => {}
        }
    }

    /// Where Salesforce's records lead to: conversions and merges followed, those that are gone left out.
    async fn follow(&mut self, ids: BTreeSet<String>) -> Result<BTreeMap<String, String>, Trouble> {
        let rows = self.rows_behind(&ids).await?;
        let mut ends = BTreeMap::new();
        for id in ids {
            if let Some(row) = end_of(&rows, &id).filter(|row| !row.deleted) {
                ends.insert(id, row.id.clone());
            }
        }
        Ok(ends)
    }

    /// Rows by id, and those that they became.
    async fn rows_behind(&mut self, ids: &BTreeSet<String>) -> Result<BTreeMap<String, PersonRow>, Trouble> {
        let mut rows: BTreeMap<String, PersonRow> = BTreeMap::new();
        let mut asked: BTreeSet<String> = ids.clone();
        while !asked.is_empty() {
            let some: Vec<String> = asked.iter().cloned().collect();
            let found = self.salesforce.people_by_id(&some).await?;
            let next = found.iter().flat_map(|row| row.converted_to.iter().chain(&row.merged_into).cloned());
            let next: BTreeSet<String> = next.collect();
            rows.extend(found.into_iter().map(|row| (row.id.clone(), row)));
            asked = next.into_iter().filter(|id| !rows.contains_key(id)).collect();
        }
        Ok(rows)
    }

    /// Makes sure that leads and contacts are known.
    pub(super) async fn identify_in_salesforce(&mut self, ids: BTreeSet<String>) -> Result<(), Trouble> {
        let unknown = ids.into_iter().filter(|id| self.entries.by_sfdc(id).is_none()).collect();
        self.meet_in_salesforce(unknown, &BTreeMap::new()).await
    }

    /// Finds out who leads and contacts are on the program side. `known` are those that have a number already.
    async fn meet_in_salesforce(
        &mut self,
        ids: BTreeSet<String>,
        known: &BTreeMap<String, u32>,
    ) -> Result<(), Trouble> {
        if ids.is_empty() {
            return Ok(());
        }
        let rows = self.rows_behind(&ids).await?;
        let mut strangers: BTreeMap<String, (PersonRow, Vec<String>)> = BTreeMap::new();
        for id in ids {
            let Some(row) = end_of(&rows, &id) else { continue };
            match self.entries.by_sfdc(&row.id).filter(|_| !known.contains_key(&id)) {
                // A lead that was converted to somebody who is known, or lost a merge to it.
                Some(number) if is_contact(&row.id) && !is_contact(&id) => {
                    self.entries.change_person(number, |person| person.lead = Some(id.clone()));
                }
                Some(_) => {}
                None => strangers.entry(row.id.clone()).or_insert_with(|| (row.clone(), Vec::new())).1.push(id),
            }
        }
        // The lead of somebody who is known became a contact.
        let converted: Vec<(u32, String)> = strangers
            .iter()
            .filter_map(|(end, (_, ids))| Some((ids.iter().find_map(|id| self.entries.by_sfdc(id))?, end.clone())))
            .filter(|(number, _)| !known.values().any(|own| own == number))
            .collect();
        for (number, end) in converted {
            self.attach(number, &end);
            strangers.remove(&end);
        }
        let named = self.named_by_marketo(&strangers).await?;
        let former = self.named_before(&strangers).await?;
        let emails: Vec<String> = strangers.values().filter_map(|(row, _)| folded(row.email.as_ref())).collect();
        let rivals = self.sfdc_by_email(&emails).await?;
        let namesakes = self.see_by_email(&emails).await?;
        let mut met = Vec::new();
        for (end, (row, ids)) in strangers {
            let email = folded(row.email.as_ref());
            let mut stopped = None;
            let mut found: Option<Seen> = named.get(&end).cloned();
            let mut stands = true;
            if let (None, Some(email)) = (&found, &email) {
                match namesakes.get(email).map_or(&[][..], Vec::as_slice) {
                    [] => {}
                    [one] => match best(rivals.get(email).into_iter().flatten()) {
                        Best::Several(ids) if is_contact(&end) || !ids.iter().any(|id| is_contact(id)) => {
                            stopped = Some(several(email, "Salesforce", &ids));
                        }
                        Best::One(other) if other.id != end => {
                            (found, stands) = (Some(one.clone()), false);
                        }
                        Best::One(_) | Best::None | Best::Several(_) => found = Some(one.clone()),
                    },
                    others => {
                        let ids: Vec<String> = others.iter().map(|one| one.person.id.clone()).collect();
                        stopped = Some(several(email, self.program_product(), &ids));
                    }
                }
            }
            if found.is_none() && stopped.is_none() {
                found = former.get(&end).cloned();
            }
            let owner = found.as_ref().and_then(|one| self.entries.by_program(&one.person.id));
            let mut own_number = ids.iter().find_map(|id| known.get(id)).copied();
            if let (Some(number), Some(owner)) = (own_number, owner)
                && self.is_other_half(owner, number)
            {
                self.unite(owner, number);
                own_number = Some(owner);
            }
            if let (Some(owner), false) = (owner, stands) {
                // A second record of somebody: the contact stands for the person.
                if self.entries.person(owner).lead.is_none() && own_number.is_none() {
                    self.entries.change_person(owner, |person| person.lead = Some(end.clone()));
                    continue;
                }
            }
            let taken =
                owner.filter(|owner| Some(*owner) != own_number && self.entries.person(*owner).sfdc().is_some());
            if let Some(owner) = taken {
                let other = self.entries.person(owner).sfdc().unwrap_or_default().to_owned();
                let email = email.clone().unwrap_or_default();
                stopped = Some(several(&email, "Salesforce", &[other, end.clone()]));
                found = None;
            }
            let number = own_number
                .or_else(|| owner.filter(|_| found.is_some()))
                .or_else(|| self.being_made(&row).filter(|_| found.is_none()))
                .unwrap_or_else(|| self.entries.add_person(Person::default()));
            let own = self.marketo.is_none();
            self.entries.change_person(number, |person| {
                if let Some(one) = &found {
                    person.program = Some(one.person.id.clone());
                    if own {
                        person.own = Some(one.person.id.clone());
                    }
                }
                person.stopped = stopped;
                person.creating = person.creating.filter(|(which, _)| *which != Which::Campaign);
                // A lead beside its contact.
                person.lead = ids.iter().find(|id| !is_contact(id)).cloned().or_else(|| person.lead.take());
            });
            self.attach(number, &end);
            let person = match found {
                Some(one) => one.person,
                None => OwnPerson {
                    id: String::new(),
                    email: row.email,
                    first_name: row.first_name,
                    last_name: row.last_name,
                    company: row.company,
                },
            };
            self.particulars.insert(number, person);
            met.push(number);
        }
        self.bind_own(&met).await
    }

    /// Whether a lead or contact that nobody is known to be is somebody of the program side other than this one.
    pub(super) async fn is_somebody_else(&mut self, number: u32, id: &str) -> Result<bool, Trouble> {
        let own = self.entries.person(number).program;
        self.is_another(own.as_ref(), id).await
    }

    async fn is_another(&mut self, own: Option<&String>, id: &str) -> Result<bool, Trouble> {
        let rows = self.salesforce.people_by_id(&[id.to_owned()]).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(false) };
        let emails: Vec<String> = folded(row.email.as_ref()).into_iter().collect();
        let mut others: Vec<Seen> = self.see_by_email(&emails).await?.into_values().flatten().collect();
        let stranger = BTreeMap::from([(row.id.clone(), (row, vec![id.to_owned()]))]);
        others.extend(self.named_by_marketo(&stranger).await?.into_values());
        Ok(others.iter().any(|other| Some(&other.person.id) != own))
    }

    /// Those of Marketo who still name a lead that became a contact, however long ago, by the contact's id.
    async fn named_before(
        &mut self,
        strangers: &BTreeMap<String, (PersonRow, Vec<String>)>,
    ) -> Result<BTreeMap<String, Seen>, Trouble> {
        if self.marketo.is_none() {
            return Ok(BTreeMap::new());
        }
        let contacts: Vec<String> = strangers.keys().filter(|id| is_contact(id)).cloned().collect();
        let mut leads: BTreeMap<String, (PersonRow, Vec<String>)> = BTreeMap::new();
        for (lead, contact) in self.salesforce.converted_to(&contacts).await? {
            if let Some((row, _)) = strangers.get(&contact) {
                leads.entry(contact).or_insert_with(|| (row.clone(), Vec::new())).1.push(lead);
            }
        }
        self.named_by_marketo(&leads).await
    }

    /// Those of Marketo who name a lead or contact, by its id.
    async fn named_by_marketo(
        &mut self,
        strangers: &BTreeMap<String, (PersonRow, Vec<String>)>,
    ) -> Result<BTreeMap<String, Seen>, Trouble> {
        let mut named = BTreeMap::new();
        let Some(marketo) = self.marketo else { return Ok(named) };
        let ends: BTreeMap<String, String> = strangers
            .iter()
            .flat_map(|(end, (_, ids))| ids.iter().chain([end]).map(move |id| (id.clone(), end.clone())))
            .collect();
        let (contacts, leads): (Vec<String>, Vec<String>) = ends.keys().cloned().partition(|id| is_contact(id));
        for (field, ids) in [("sfdcLeadId", leads), ("sfdcContactId", contacts)] {
            for row in marketo.leads(field, &ids).await? {
                let id = if field == "sfdcLeadId" { &row.sfdc_lead } else { &row.sfdc_contact };
                if let Some(end) = id.as_ref().and_then(|id| ends.get(id)) {
                    named.insert(end.clone(), Seen::from(row.clone()));
                }
            }
        }
        Ok(named)
    }

    /// Finds people whom the rules know already: by the id of the program side, else by the only equal address.
    async fn bind_own(&mut self, numbers: &[u32]) -> Result<(), Trouble> {
        if self.marketo.is_none() {
            return Ok(());
        }
        let unbound: Vec<u32> =
            numbers.iter().copied().filter(|number| self.entries.person(*number).own.is_none()).collect();
        let ids: Vec<String> = unbound.iter().filter_map(|number| self.entries.person(*number).program).collect();
        let by_id: BTreeSet<String> = self.evaluator.people(&ids).await?.into_iter().map(|own| own.id).collect();
        let email =
            |sync: &Self, number: u32| folded(sync.particulars.get(&number).and_then(|person| person.email.as_ref()));
        let emails: Vec<String> = unbound.iter().filter_map(|number| email(self, *number)).collect();
        let mut by_email: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for own in self.evaluator.people_by_email(&emails).await? {
            if let Some(email) = folded(own.email.as_ref()) {
                by_email.entry(email).or_default().push(own.id);
            }
        }
        for number in unbound {
            let person = self.entries.person(number);
            let by_id = person.program.clone().filter(|id| by_id.contains(id));
            let by_email = email(self, number).and_then(|email| match by_email.get(&email).map(Vec::as_slice) {
                Some([id]) => Some(id.clone()),
                Some(_) | None => None,
            });
            let Some(own) = by_id.or(by_email).filter(|id| self.entries.by_own(id).is_none()) else { continue };
            self.entries.change_person(number, |person| person.own = Some(own));
            let now = self.now();
            match (person.contact.is_some(), person.lead.is_some()) {
                (true, _) => self.tell_salesforce(number, InSalesforce::Contact, true, now),
                (false, true) => self.tell_salesforce(number, InSalesforce::Lead, true, now),
                (false, false) => {}
            }
        }
        Ok(())
    }

    /// Makes sure that people whom the rules name are known.
    pub(super) async fn identify_named(&mut self, owns: BTreeSet<String>) -> Result<(), Trouble> {
        let unknown: BTreeSet<String> = owns.into_iter().filter(|id| self.entries.by_own(id).is_none()).collect();
        let Some(marketo) = self.marketo else { return self.identify_own(unknown).await };
        let ids: Vec<String> = unknown.into_iter().collect();
        let own = self.evaluator.people(&ids).await?;
        let emails: Vec<String> = own.iter().filter_map(|person| folded(person.email.as_ref())).collect();
        let mut seen = marketo.leads("email", &emails).await?;
        let numbers: Vec<String> = ids.iter().filter(|id| id.parse::<u64>().is_ok()).cloned().collect();
        seen.extend(marketo.leads("id", &numbers).await?);
        self.identify_in_marketo(seen.iter().map(|row| row.id.clone()).collect()).await?;
        for person in own {
            if self.entries.by_own(&person.id).is_some() {
                continue;
            }
            let email = folded(person.email.as_ref());
            let mut same = seen
                .iter()
                .filter(|row| row.id == person.id || (email.is_some() && folded(row.email.as_ref()) == email));
            let found = same.next().and_then(|row| self.entries.by_program(&row.id));
            let free = found.filter(|number| self.entries.person(*number).own.is_none());
            let number = free.unwrap_or_else(|| self.entries.add_person(Person::default()));
            self.entries.change_person(number, |own| own.own = Some(person.id.clone()));
            self.particulars.insert(number, person);
        }
        Ok(())
    }
}

/// Where a record leads to.
fn end_of<'r>(rows: &'r BTreeMap<String, PersonRow>, id: &str) -> Option<&'r PersonRow> {
    let mut row = rows.get(id)?;
    // Longer chains are no chains.
    for _ in 0..16 {
        match row.converted_to.as_ref().or(row.merged_into.as_ref()).and_then(|next| rows.get(next)) {
            Some(next) => row = next,
            None => break,
        }
    }
    Some(row)
}
