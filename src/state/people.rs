//! People and what varies in length about them.

use super::columns::Bits;
use super::growth;
use super::log::LogEntry;
use super::near;
use super::pool::{Pool, Slot};
use super::strings::Strings;
use super::waits::{Link, WaitingRun, Waits};
use crate::model::{CampaignId, Id, ListId, PersonIx, ProgramId, SfdcCampaignId, StatusId, Timestamp};

/// A membership of a Salesforce campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SfdcMembership {
    /// The campaign.
    pub campaign: SfdcCampaignId,
    /// The status now.
    pub status: StatusId,
    /// When the person was added.
    pub added: Timestamp,
    /// When the status last changed.
    pub changed: Timestamp,
    /// When a status that counts as a response was first reached.
    pub first_responded: Option<Timestamp>,
}

/// A membership of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramMembership {
    /// The program.
    pub program: ProgramId,
    /// The status now; never "Not in Program".
    pub status: StatusId,
    /// When the person became a member.
    pub added: Timestamp,
    /// Since when the status is this.
    pub since: Timestamp,
    /// When success was reached in this membership.
    pub success: Option<Timestamp>,
}

/// That a person qualified for a smart campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Qualified {
    /// The campaign.
    pub campaign: CampaignId,
    /// When last.
    pub last: Timestamp,
    /// How often; also the number of the last run.
    pub times: u32,
}

/// What is known about one person besides the fields: where it lies.
#[derive(Debug, Clone, Copy, Default)]
struct Person {
    sfdc: Slot,
    programs: Slot,
    lists: Slot,
    log: Slot,
    qualified: Slot,
    waiting: Link,
}

impl Person {
    const NOBODY: &'static Self = &Self {
        sfdc: Slot::EMPTY,
        programs: Slot::EMPTY,
        lists: Slot::EMPTY,
        log: Slot::EMPTY,
        qualified: Slot::EMPTY,
        waiting: Link::NONE,
    };
}

/// By what a person is looked for.
#[derive(Debug, Clone, Copy)]
pub struct IdHash(u32);

/// All people. What is asked about somebody who is not there is empty, and what is told about such a person is lost: the
/// engine hands out every [`PersonIx`] itself.
#[derive(Debug, Clone)]
pub struct People {
    ids: Strings,
    rows: Vec<Person>,
    /// Those who were there when somebody last asked, in byte order of their ids.
    order: Vec<PersonIx>,
    sfdc: Pool<SfdcMembership>,
    programs: Pool<ProgramMembership>,
    lists: Pool<ListId>,
    log: Pool<LogEntry>,
    /// Whose log is not in order of time: something was told late.
    told_late: Bits,
    qualified: Pool<Qualified>,
    waiting: Waits,
}

/// Whoever has a log has one of several entries soon.
const LOG_LEAST: usize = 4;

impl Default for People {
    fn default() -> Self {
        Self {
            ids: Strings::default(),
            rows: Vec::new(),
            order: Vec::new(),
            sfdc: Pool::default(),
            programs: Pool::default(),
            lists: Pool::default(),
            log: Pool::with_room_for(LOG_LEAST),
            told_late: Bits::default(),
            qualified: Pool::default(),
            waiting: Waits::default(),
        }
    }
}

impl People {
    /// The person with this id.
    pub fn find(&self, id: &str) -> Option<PersonIx> {
        self.ids.find(id).map(PersonIx)
    }

    /// Whether a person has this id.
    pub fn has_id(&self, person: PersonIx, id: &str) -> bool {
        self.ids.is(person.0, id)
    }

    /// By what the person with this id is looked for.
    pub fn hash(&self, id: &str) -> IdHash {
        IdHash(self.ids.hash(id))
    }

    /// Most probably the person with this id. Asks for where everything about this person begins.
    pub fn guess(&self, id: IdHash) -> Option<PersonIx> {
        let person = PersonIx(self.ids.guess(id.0)?);
        self.bring_row(person);
        Some(person)
    }

    /// Asks for where everything about a person begins.
    pub fn bring_row(&self, person: PersonIx) {
        let row = self.rows.get(person.index());
        // Most rows lie in two lines of the caches.
        near::bring(row.map(|row| &row.sfdc));
        near::bring(row.map(|row| &row.waiting));
    }

    /// Asks for where a person is looked for.
    pub fn bring_place(&self, id: IdHash) {
        self.ids.bring_place(id.0);
    }

    /// Asks for what an event about a person mostly needs: the id, the end of the log, qualifications, memberships.
    pub fn bring(&self, person: PersonIx) {
        self.ids.bring(person.0);
        let (row, qualified) = (self.row(person), self.qualified(person));
        self.log.bring_end(row.log);
        self.waiting.bring(row.waiting);
        near::bring(qualified.get(qualified.len() / 2));
        near::bring(self.sfdc(person).first());
        near::bring(self.programs(person).first());
        near::bring(self.lists(person).first());
    }

    /// Adds a person who is not there yet.
    pub fn add(&mut self, id: &str) -> PersonIx {
        let (number, is_new) = self.ids.intern(id);
        if is_new {
            growth::push(&mut self.rows, Person::default());
        }
        PersonIx(number)
    }

    /// The id of a person.
    pub fn id(&self, person: PersonIx) -> &str {
        self.ids.get(person.0)
    }

    /// How many people there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Some people, given once each, in byte order of their ids.
    pub fn in_order(&self, some: impl Iterator<Item = PersonIx> + Clone) -> Vec<PersonIx> {
        // What all ids begin with tells nothing; the bytes behind it mostly tell everything.
        let first = some.clone().next().map_or("", |person| self.id(person)).as_bytes();
        let common = some.clone().fold(first.len(), |common, person| {
            let pairs = first.iter().zip(self.id(person).as_bytes()).take(common);
            pairs.take_while(|(a, b)| a == b).count()
        });
        let mut keyed: Vec<(u64, PersonIx)> = some
            .map(|person| {
                let rest = self.id(person).as_bytes().get(common..).unwrap_or(&[]);
                let mut key = [0; 8];
                key.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
                (u64::from_be_bytes(key), person)
            })
            .collect();
        keyed.sort_unstable_by(|(a, one), (b, other)| {
            a.cmp(b).then_with(|| self.id(*one).as_bytes().cmp(self.id(*other).as_bytes()))
        });
        keyed.into_iter().map(|(_, person)| person).collect()
    }

    /// Everybody, in byte order of their ids. Kept until somebody new comes.
    pub fn all_in_order(&mut self) -> &[PersonIx] {
        if self.order.len() < self.rows.len() {
            // Those who came since are sorted by themselves and put between the others.
            let new = self.in_order((self.order.len()..self.rows.len()).map(PersonIx::new));
            let mut merged = Vec::with_capacity(self.rows.len());
            let mut old = self.order.iter().copied().peekable();
            for person in new {
                while let Some(before) = old.next_if(|before| self.id(*before).as_bytes() < self.id(person).as_bytes())
                {
                    merged.push(before);
                }
                merged.push(person);
            }
            merged.extend(old);
            self.order = merged;
        }
        &self.order
    }

    fn row(&self, person: PersonIx) -> &Person {
        self.rows.get(person.index()).unwrap_or(Person::NOBODY)
    }

    /// Memberships of SFDC campaigns, sorted by campaign.
    pub fn sfdc(&self, person: PersonIx) -> &[SfdcMembership] {
        self.sfdc.get(self.row(person).sfdc)
    }

    /// The membership of an SFDC campaign.
    pub fn sfdc_in(&self, person: PersonIx, campaign: SfdcCampaignId) -> Option<&SfdcMembership> {
        find(self.sfdc(person), campaign, |row| row.campaign)
    }

    /// Puts a membership in its place, over the one that is there.
    pub fn put_sfdc(&mut self, person: PersonIx, row: SfdcMembership) {
        if let Some(slots) = self.rows.get_mut(person.index()) {
            put(&mut self.sfdc, &mut slots.sfdc, row, |row| row.campaign);
        }
    }

    /// Takes a membership away.
    pub fn remove_sfdc(&mut self, person: PersonIx, campaign: SfdcCampaignId) -> Option<SfdcMembership> {
        let slots = self.rows.get_mut(person.index())?;
        remove(&mut self.sfdc, &mut slots.sfdc, campaign, |row| row.campaign)
    }

    /// Memberships of programs, sorted by program.
    pub fn programs(&self, person: PersonIx) -> &[ProgramMembership] {
        self.programs.get(self.row(person).programs)
    }

    /// The membership of a program.
    pub fn program_in(&self, person: PersonIx, program: ProgramId) -> Option<&ProgramMembership> {
        find(self.programs(person), program, |row| row.program)
    }

    /// The status in a program, "Not in Program" without a membership.
    pub fn program_status(&self, person: PersonIx, program: ProgramId) -> StatusId {
        self.program_in(person, program).map_or(StatusId::NOT_IN_PROGRAM, |row| row.status)
    }

    /// Puts a membership in its place, over the one that is there.
    pub fn put_program(&mut self, person: PersonIx, row: ProgramMembership) {
        if let Some(slots) = self.rows.get_mut(person.index()) {
            put(&mut self.programs, &mut slots.programs, row, |row| row.program);
        }
    }

    /// Takes a membership away.
    pub fn remove_program(&mut self, person: PersonIx, program: ProgramId) -> Option<ProgramMembership> {
        let slots = self.rows.get_mut(person.index())?;
        remove(&mut self.programs, &mut slots.programs, program, |row| row.program)
    }

    /// Lists that the person is on, sorted.
    pub fn lists(&self, person: PersonIx) -> &[ListId] {
        self.lists.get(self.row(person).lists)
    }

    /// Puts the person on a list; false when it is there.
    pub fn put_list(&mut self, person: PersonIx, list: ListId) -> bool {
        let Some(slots) = self.rows.get_mut(person.index()) else { return false };
        let at = place(self.lists.get(slots.lists), &list, |list| *list);
        if let Err(at) = at {
            self.lists.insert(&mut slots.lists, at, list);
        }
        at.is_err()
    }

    /// Takes the person off a list; false when it is not there.
    pub fn remove_list(&mut self, person: PersonIx, list: ListId) -> bool {
        let Some(slots) = self.rows.get_mut(person.index()) else { return false };
        remove(&mut self.lists, &mut slots.lists, list, |list| *list).is_some()
    }

    /// Everything that happened, in the order in which it was told.
    pub fn log(&self, person: PersonIx) -> &[LogEntry] {
        self.log.get(self.row(person).log)
    }

    /// The end of the log, from the first entry on that may lie at a moment or later.
    pub fn log_from(&self, person: PersonIx, moment: Timestamp) -> &[LogEntry] {
        let log = self.log(person);
        if self.told_late.get(person.index()) {
            return log;
        }
        // From the end in steps twice as long each: what is far back is not looked at for what was lately.
        let mut step = 1;
        while log.len().checked_sub(step).and_then(|at| log.get(at)).is_some_and(|entry| moment <= entry.at) {
            step *= 2;
        }
        let before = log.len().saturating_sub(step);
        let rest = log.get(before..).unwrap_or(log);
        rest.get(rest.partition_point(|entry| entry.at < moment)..).unwrap_or(rest)
    }

    /// Puts an entry at the end of the log.
    pub fn push_log(&mut self, person: PersonIx, entry: LogEntry) {
        if let Some(slots) = self.rows.get_mut(person.index()) {
            if self.log.get(slots.log).last().is_some_and(|last| entry.at < last.at) {
                self.told_late.set(person.index(), true);
            }
            self.log.push(&mut slots.log, entry);
        }
    }

    /// Smart campaigns that the person qualified for, sorted by campaign.
    pub fn qualified(&self, person: PersonIx) -> &[Qualified] {
        self.qualified.get(self.row(person).qualified)
    }

    /// When and how often the person qualified for a campaign.
    pub fn qualified_for(&self, person: PersonIx, campaign: CampaignId) -> Option<&Qualified> {
        find(self.qualified(person), campaign, |row| row.campaign)
    }

    /// Notes that the person qualified, and gives the number of the run.
    pub fn qualify(&mut self, person: PersonIx, campaign: CampaignId, now: Timestamp) -> u32 {
        let Some(slots) = self.rows.get_mut(person.index()) else { return 1 };
        let rows = self.qualified.get_mut(slots.qualified);
        match place(rows, &campaign, |row| row.campaign) {
            Ok(at) => rows.get_mut(at).map_or(1, |row| {
                (row.last, row.times) = (now, row.times.saturating_add(1));
                row.times
            }),
            Err(at) => {
                self.qualified.insert(&mut slots.qualified, at, Qualified { campaign, last: now, times: 1 });
                1
            }
        }
    }

    /// Puts back that the person qualified.
    pub fn put_qualified(&mut self, person: PersonIx, row: Qualified) {
        if let Some(slots) = self.rows.get_mut(person.index()) {
            put(&mut self.qualified, &mut slots.qualified, row, |row| row.campaign);
        }
    }

    /// Runs that wait, in the order in which the waits began.
    pub fn waiting(&self, person: PersonIx) -> impl Iterator<Item = WaitingRun> + '_ {
        self.waiting.iter(self.row(person).waiting)
    }

    /// Whether a run of the person waits.
    pub fn is_waiting(&self, person: PersonIx) -> bool {
        self.row(person).waiting != Link::NONE
    }

    /// Adds a run that waits from now on; [`State::wait`](super::State::wait) also sets the timer.
    pub(super) fn push_waiting(&mut self, person: PersonIx, run: WaitingRun) {
        if let Some(slots) = self.rows.get_mut(person.index()) {
            self.waiting.push(&mut slots.waiting, run);
        }
    }

    /// Takes the first waiting run that fits.
    pub fn take_waiting(&mut self, person: PersonIx, fits: impl Fn(&WaitingRun) -> bool) -> Option<WaitingRun> {
        let slots = self.rows.get_mut(person.index())?;
        self.waiting.take(&mut slots.waiting, fits)
    }
}

fn place<T, K: Ord>(rows: &[T], key: &K, key_of: impl Fn(&T) -> K) -> Result<usize, usize> {
    rows.binary_search_by(|row| key_of(row).cmp(key))
}

fn find<T, K: Ord>(rows: &[T], key: K, key_of: impl Fn(&T) -> K) -> Option<&T> {
    place(rows, &key, key_of).ok().and_then(|at| rows.get(at))
}

fn put<T: Copy, K: Ord>(pool: &mut Pool<T>, slot: &mut Slot, row: T, key_of: impl Fn(&T) -> K) {
    match place(pool.get(*slot), &key_of(&row), key_of) {
        Ok(at) => {
            if let Some(there) = pool.get_mut(*slot).get_mut(at) {
                *there = row;
            }
        }
        Err(at) => pool.insert(slot, at, row),
    }
}

fn remove<T: Copy, K: Ord>(pool: &mut Pool<T>, slot: &mut Slot, key: K, key_of: impl Fn(&T) -> K) -> Option<T> {
    let at = place(pool.get(*slot), &key, key_of).ok()?;
    pool.remove(slot, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Happening;

    fn moments(people: &People, from: i64) -> Vec<i64> {
        people.log_from(PersonIx(0), Timestamp(from)).iter().map(|entry| entry.at.0).collect()
    }

    #[test]
    fn the_end_of_a_log_is_found_however_long_it_is() {
        let mut people = People::default();
        let ada = people.add("ada");
        for count in 0..70_i64 {
            for from in -1..=count + 1 {
                let expected: Vec<i64> = (0..count).map(|at| at / 3 * 3).filter(|at| *at >= from).collect();
                assert_eq!(moments(&people, from), expected);
            }
            people.push_log(ada, LogEntry { at: Timestamp(count / 3 * 3), what: Happening::Created });
        }
    }

    #[test]
    fn the_end_of_a_log_is_found_unless_something_was_told_late() {
        let mut people = People::default();
        let ada = people.add("ada");
        let log = |people: &mut People, at: i64| {
            people.push_log(ada, LogEntry { at: Timestamp(at), what: Happening::Created });
        };
        [1, 3, 3, 8].iter().for_each(|at| log(&mut people, *at));
        assert_eq!([0, 1, 2, 3, 4, 9].map(|from| moments(&people, from).len()), [4, 4, 3, 3, 1, 0]);
        assert_eq!(moments(&people, 2), [3, 3, 8]);
        log(&mut people, 2);
        assert_eq!(moments(&people, 4), [1, 3, 3, 8, 2]);
        assert_eq!(moments(&people, 1), [1, 3, 3, 8, 2]);
    }
}
