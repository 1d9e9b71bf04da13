//! The book as a pass works on it: what is changed is remembered until it is committed.
//!
//! Everything is read through [`Entries::book`]; every change goes through a method here, so that a commit writes what was
//! touched and nothing else, and so that people and members can be found by what the products call them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Book, Changes, Fact, Ledger, LedgerError, Link, Member, Order, Person, Record, Which};
use crate::sync::reconcile::{BaseRow, Held};
use crate::sync::side::{Observation, Pair, Row, Seconds, Status};

/// The note with the number of the next fact.
const NEXT_FACT: &str = "next fact";

/// What one side shows of a pair became another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Who, where.
    pub pair: Pair,
    /// What was shown before.
    pub from: Status,
    /// What is shown now.
    pub to: Status,
    /// When, by that server's time.
    pub at: Seconds,
}

/// A book and what of it is not kept yet.
pub struct Entries<'l> {
    ledger: Box<dyn Ledger + 'l>,
    book: Book,
    touched: Touched,
    records: Vec<Record>,
    pass: Option<(String, String)>,
    names: Names,
    members_of: BTreeMap<Pair, Vec<String>>,
}

#[derive(Default)]
struct Touched {
    links: BTreeSet<u32>,
    people: BTreeSet<u32>,
    members: BTreeSet<String>,
    program: BTreeSet<Pair>,
    campaign: BTreeSet<Pair>,
    base: BTreeSet<Pair>,
    held: BTreeSet<Pair>,
    intents: BTreeSet<Pair>,
    orders: BTreeSet<u64>,
    facts: BTreeSet<u64>,
    notes: BTreeSet<String>,
}

impl<'l> Entries<'l> {
    /// Everything that a ledger keeps.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn open(mut ledger: Box<dyn Ledger + 'l>) -> Result<Self, LedgerError> {
        let book = ledger.load()?;
        let mut entries = Self {
            ledger,
            touched: Touched::default(),
            records: Vec::new(),
            pass: None,
            names: Names::default(),
            members_of: BTreeMap::new(),
            book,
        };
        for (number, person) in &entries.book.people {
            entries.names.add(person, *number);
        }
        for (id, member) in &entries.book.members {
            entries.members_of.entry(member.pair).or_default().push(id.clone());
        }
        Ok(entries)
    }

    /// What is known.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The ledger below, to be asked for records.
    pub fn ledger(&mut self) -> &mut dyn Ledger {
        &mut *self.ledger
    }

    /// The person with this id on the program side.
    pub fn by_program(&self, id: &str) -> Option<u32> {
        self.names.program.get(id).copied()
    }

    /// The person with this lead or contact.
    pub fn by_sfdc(&self, id: &str) -> Option<u32> {
        self.names.sfdc.get(id).copied()
    }

    /// The person with this id for the rules.
    pub fn by_own(&self, id: &str) -> Option<u32> {
        self.names.own.get(id).copied()
    }

    /// A person; nobody in particular for a number that was never given.
    pub fn person(&self, number: u32) -> Person {
        self.book.people.get(&number).cloned().unwrap_or_default()
    }

    /// The ids of the campaign members of a pair.
    pub fn members_of(&self, pair: Pair) -> &[String] {
        self.members_of.get(&pair).map_or(&[], Vec::as_slice)
    }

    /// The campaign member that stands for a pair: that of the record which stands for the person, else any.
    pub fn member_of(&self, pair: Pair) -> Option<(&String, &Member)> {
        self.member_of_without(pair, &BTreeSet::new())
    }

    /// The campaign member that stands for a pair, apart from some ids.
    pub fn member_of_without(&self, pair: Pair, gone: &BTreeSet<String>) -> Option<(&String, &Member)> {
        let person = self.book.people.get(&pair.person());
        let ids = self.members_of(pair).iter().filter(|id| !gone.contains(*id));
        let all = ids.filter_map(|id| self.book.members.get_key_value(id));
        let stands = |member: &Member| person.and_then(Person::sfdc) == Some(member.sfdc.as_str());
        all.clone().find(|(_, member)| stands(member)).or_else(|| all.min_by_key(|(id, _)| *id))
    }

    /// Adds a link.
    pub fn add_link(&mut self, link: Link) -> u32 {
        let number = self.book.links.last_key_value().map_or(0, |(last, _)| last + 1);
        self.change_link(number, |own| *own = link);
        number
    }

    /// Changes a link.
    pub fn change_link(&mut self, number: u32, change: impl FnOnce(&mut Link)) {
        let link = self.book.links.entry(number).or_insert_with(|| Link::new(None, None, false));
        let before = link.clone();
        change(link);
        if *link != before {
            self.touched.links.insert(number);
        }
    }

    /// The status of a link with this name, which is added where it is new.
    pub fn status(&mut self, link: u32, name: &str) -> Status {
        // Nearly always it is there.
        let known = self.book.links.get(&link).and_then(|own| own.statuses.iter().position(|own| own == name));
        if let Some(place) = known.and_then(|place| u16::try_from(place).ok()) {
            return Status::at(place);
        }
        let mut status = Status::NONE;
        self.change_link(link, |own| status = own.status(name));
        status
    }

    /// Adds a person.
    pub fn add_person(&mut self, person: Person) -> u32 {
        let number = self.book.people.last_key_value().map_or(0, |(last, _)| last + 1);
        self.set_person(number, person);
        number
    }

    /// Changes a person.
    pub fn change_person(&mut self, number: u32, change: impl FnOnce(&mut Person)) {
        let mut person = self.person(number);
        change(&mut person);
        self.set_person(number, person);
    }

    fn set_person(&mut self, number: u32, person: Person) {
        if let Some(old) = self.book.people.get(&number) {
            if *old == person {
                return;
            }
            self.names.remove(old, number);
        }
        self.names.add(&person, number);
        self.book.people.insert(number, person);
        self.touched.people.insert(number);
    }

    /// Writes down a campaign member, or that there is none with this id any more; gives what was known of it.
    pub fn set_member(&mut self, id: &str, member: Option<Member>) -> Option<Member> {
        let old = self.book.members.get(id).cloned();
        if old == member {
            return old;
        }
        if let Some(old) = &old
            && let Some(ids) = self.members_of.get_mut(&old.pair)
        {
            ids.retain(|own| own != id);
            if ids.is_empty() {
                self.members_of.remove(&old.pair);
            }
        }
        self.touched.members.insert(id.to_owned());
        match member {
            Some(member) => {
                self.members_of.entry(member.pair).or_default().push(id.to_owned());
                self.book.members.insert(id.to_owned(), member);
            }
            None => drop(self.book.members.remove(id)),
        }
        old
    }

    /// Takes over a pull ([`super::Side::pull`]); gives the pairs whose status is another now.
    pub fn pull(&mut self, which: Which, pages: Vec<Observation>, now: Seconds) -> Vec<Move> {
        let pairs = pages.iter().map(|seen| seen.pair).collect();
        self.moved(which, pairs, |side| side.pull(pages, now))
    }

    /// Takes over a full comparison ([`super::Side::compare`]); gives the pairs whose status is another now.
    pub fn compare(
        &mut self,
        which: Which,
        link: u32,
        members: Vec<Observation>,
        started: Seconds,
        now: Seconds,
    ) -> Vec<Move> {
        let own = self.side(which).rows().iter().map(|row| row.pair).filter(|pair| pair.link() == link);
        let pairs = own.chain(members.iter().map(|seen| seen.pair)).collect();
        self.moved(which, pairs, |side| side.compare(link, members, started, now))
    }

    /// Writes down what a side shows after we wrote there; gives the pairs whose status is another now.
    pub fn write(&mut self, which: Which, rows: Vec<Row>) -> Vec<Move> {
        let pairs = rows.iter().map(|row| row.pair).collect();
        self.moved(which, pairs, |side| {
            side.write(rows.iter().copied());
            rows
        })
    }

    const fn side(&self, which: Which) -> &super::Side {
        match which {
            Which::Program => &self.book.program,
            Which::Campaign => &self.book.campaign,
        }
    }

    fn moved(
        &mut self,
        which: Which,
        pairs: BTreeSet<Pair>,
        change: impl FnOnce(&mut super::Side) -> Vec<Row>,
    ) -> Vec<Move> {
        let before: Vec<(Pair, Status)> = pairs.into_iter().map(|pair| (pair, self.side(which).status(pair))).collect();
        let (side, touched) = match which {
            Which::Program => (&mut self.book.program, &mut self.touched.program),
            Which::Campaign => (&mut self.book.campaign, &mut self.touched.campaign),
        };
        touched.extend(change(side).iter().map(|row| row.pair));
        let side = self.side(which);
        let moves = before.into_iter().filter_map(|(pair, from)| {
            let row = side.row(pair).filter(|row| row.status != from)?;
            Some(Move { pair, from, to: row.status, at: row.since })
        });
        moves.collect()
    }

    /// Takes over rows of the base.
    pub fn settle(&mut self, rows: Vec<BaseRow>) {
        if rows.is_empty() {
            return;
        }
        self.touched.base.extend(rows.iter().map(|row| row.pair));
        // Who agrees is no longer apart.
        let apart = rows.iter().map(|row| row.pair).filter(|pair| self.book.base.held_at(*pair).is_some());
        self.touched.held.extend(apart);
        self.book.base.settle(rows);
    }

    /// Takes over the pairs that are left apart.
    pub fn hold(&mut self, held: Vec<Held>) {
        if self.book.base.held() != held.as_slice() {
            let pairs = self.book.base.held().iter().chain(&held).map(|held| held.pair);
            self.touched.held.extend(pairs);
            self.book.base.hold(held);
        }
    }

    /// Writes down that a member is being removed and added again, or that it no longer is.
    pub fn intend(&mut self, pair: Pair, status: Option<Status>) {
        match status {
            Some(status) => drop(self.book.intents.insert(pair, status)),
            None => drop(self.book.intents.remove(&pair)),
        }
        self.touched.intents.insert(pair);
    }

    /// Takes an order, or strikes it out.
    pub fn order(&mut self, number: u64, order: Option<Order>) {
        match order {
            Some(order) => drop(self.book.orders.insert(number, order)),
            None => drop(self.book.orders.remove(&number)),
        }
        self.touched.orders.insert(number);
    }

    /// Adds something that the rules are to be told. `record` is given its number.
    pub fn tell(&mut self, silent: bool, record: impl FnOnce(u64) -> String) {
        let number = self.book.notes.get(NEXT_FACT).and_then(|next| next.parse().ok()).unwrap_or(1);
        self.book.facts.insert(number, Fact { silent, record: record(number) });
        self.touched.facts.insert(number);
        self.note(NEXT_FACT, (number + 1).to_string());
    }

    /// Strikes out what the rules were told.
    pub fn told(&mut self, number: u64) {
        self.book.facts.remove(&number);
        self.touched.facts.insert(number);
    }

    /// Writes down a small fact.
    pub fn note(&mut self, name: &str, value: impl Into<String>) {
        self.book.notes.insert(name.to_owned(), value.into());
        self.touched.notes.insert(name.to_owned());
    }

    /// Strikes out a small fact.
    pub fn forget(&mut self, name: &str) {
        self.book.notes.remove(name);
        self.touched.notes.insert(name.to_owned());
    }

    /// Adds a record that people are told.
    pub fn record(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Adds the report of a pass.
    pub fn report(&mut self, started: String, report: String) {
        self.pass = Some((started, report));
    }

    /// Keeps what was changed since the last commit, all of it or nothing.
    ///
    /// # Errors
    ///
    /// When that cannot be done. The book is ahead of the ledger then, and of no more use.
    pub fn commit(&mut self) -> Result<(), LedgerError> {
        let Self { book, touched, records, pass, .. } = self;
        let touched = std::mem::take(touched);
        let mut changes = Changes { records: std::mem::take(records), pass: pass.take(), ..Changes::default() };
        changes.links.fill(touched.links, |key| book.links.get(key).cloned());
        changes.people.fill(touched.people, |key| book.people.get(key).cloned());
        changes.members.fill(touched.members, |key| book.members.get(key).cloned());
        changes.program.fill(touched.program, |pair| book.program.row(*pair).copied());
        changes.campaign.fill(touched.campaign, |pair| book.campaign.row(*pair).copied());
        changes.base.fill(touched.base, |pair| book.base.row(*pair).copied());
        changes.held.fill(touched.held, |pair| book.base.held_at(*pair).copied());
        changes.intents.fill(touched.intents, |pair| book.intents.get(pair).copied());
        changes.orders.fill(touched.orders, |key| book.orders.get(key).cloned());
        changes.facts.fill(touched.facts, |key| book.facts.get(key).cloned());
        changes.notes.fill(touched.notes, |key| book.notes.get(key).cloned());
        self.ledger.commit(&changes)
    }
}

/// Where people are looked up by the ids that others know them by.
#[derive(Default)]
struct Names {
    program: HashMap<String, u32>,
    sfdc: HashMap<String, u32>,
    own: HashMap<String, u32>,
}

impl Names {
    /// Writes down the ids of a person. A lead that was converted and its contact are both the person's.
    fn add(&mut self, person: &Person, number: u32) {
        let Person { own, program, lead, contact, .. } = person;
        self.own.extend(own.clone().map(|id| (id, number)));
        self.program.extend(program.clone().map(|id| (id, number)));
        self.sfdc.extend(lead.iter().chain(contact).map(|id| (id.clone(), number)));
    }

    fn remove(&mut self, person: &Person, number: u32) {
        let Person { own, program, lead, contact, .. } = person;
        let mut strike = |map: fn(&mut Self) -> &mut HashMap<String, u32>, id: &Option<String>| {
            if let Some(id) = id
                && map(self).get(id) == Some(&number)
            {
                map(self).remove(id);
            }
        };
        strike(|names| &mut names.own, own);
        strike(|names| &mut names.program, program);
        strike(|names| &mut names.sfdc, lead);
        strike(|names| &mut names.sfdc, contact);
    }
}
