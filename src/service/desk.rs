//! The desk: the one thread that works with the engine and its store.
//!
//! Tasks wait in a line that has an end; who finds it full is sent away. The desk takes what waits, up to a batch, commits it
//! at once and only then answers, so that many small requests share one commit and nothing is promised that could be lost.
//! Between tasks it lets time pass, when time is the machine's.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::courier::{DeadLetters, LETTERS, WEBHOOK, WebhookAddress};
use super::meters::Meters;
use crate::clock::present;
use crate::diagnostics::Sources;
use crate::engine::snapshot::Orphan;
use crate::engine::{AHEAD, Engine, EventError};
use crate::model::{Event, EventKind, MILLIS_A_DAY, Timestamp};
use crate::store::{Database, KeepError, Keeper, Partition, RuleFiles, SqliteStore, StateDirectory, StoreError};
use crate::sync::evaluator;
use crate::sync::ledger::Fact;

/// So many tasks may wait in line.
const TASKS_MAX: usize = 1024;

/// So many bytes of events may wait in line; a request that is larger waits alone.
const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How far ahead of the machine's clock an event may be: clocks of two machines are never quite alike. What is further ahead
/// would make every wait before it end.
const AHEAD_MILLIS_MAX: i64 = 5 * 60 * 1000;

/// So many years the events of one request may let pass, where they are what makes time pass: each day of them may have
/// schedules that run, and nobody else is answered meanwhile.
pub(super) const LEAP_YEARS_MAX: i64 = 10;

/// The machine's clock may be set: it is looked at again after so long at the latest.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Who has time waits so long for a desk that is full.
pub(super) const BUSY_PAUSE: Duration = Duration::from_millis(200);

/// So many incidents are remembered.
const INCIDENTS_MAX: usize = 1000;

/// The note of which action records are incidents.
const INCIDENTS: &str = "incidents";

/// So many action records are read at once when incidents are looked for.
const FETCHED: usize = 10_000;

/// What makes time pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the machine.
    Real,
    /// Events and `clock` records alone.
    Events,
}

/// What is needed to take up people.
#[derive(Debug)]
pub struct Opening {
    /// The state directory.
    pub state: PathBuf,
    /// The rule files, checked.
    pub rules: Sources,
    /// What makes time pass.
    pub clock: Clock,
    /// Whether runs that wait at steps that are no longer there are ended.
    pub end_orphans: bool,
    /// Who gets a connection of its own to the database of the state directory, once that is open.
    pub second: Option<oneshot::Sender<Database>>,
}

/// What everybody may know about the desk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Whether people are taken up and questions answered.
    pub(super) is_ready: bool,
    /// Whether the desk has ended.
    pub(super) has_ended: bool,
    /// The number of the last action record that is committed.
    pub(super) last: u64,
}

/// A webhook that the rules declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Where it is.
    pub(super) webhook: WebhookAddress,
    /// The number of the last action record that it need not see: what was done before it was declared is not told to it.
    pub(super) carried: u64,
}

/// All of them, by name.
pub(super) type Addresses = BTreeMap<String, Address>;

/// Why a task was not done.
#[derive(Debug)]
pub(super) enum Refused {
    /// Too much waits already.
    Busy,
    /// The desk is not open yet, or no longer.
    Closed,
    /// An event cannot be taken, and so none of its request was.
    Event {
        /// Its place in the request, from 0.
        place: usize,
        /// The text that it came as.
        text: String,
        /// Why.
        bad: BadEvent,
    },
    /// There is no such campaign.
    NoCampaign,
    /// The campaign is not of the kind that is asked for.
    OtherKind(&'static str),
    /// Runs wait at steps that the new rules do not have.
    Orphans(Vec<Orphan>),
    /// The new rules cannot be taken up.
    Rules(String),
}

/// Why an event cannot be taken.
#[derive(Debug)]
pub(super) enum BadEvent {
    /// The engine says so.
    Engine(EventError),
    /// It lies further ahead than clocks differ.
    Ahead {
        /// The machine's time.
        now: Timestamp,
    },
    /// It would let more than [`LEAP_YEARS_MAX`] years pass at once.
    Leap {
        /// The time before the request.
        now: Timestamp,
    },
}

/// What became of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receipt {
    /// How many are in the state now.
    pub(super) accepted: u64,
    /// How many were there already.
    pub(super) duplicates: u64,
    /// The number of the last action record that was committed with them.
    pub(super) last: u64,
}

/// An event and the text that it came as.
pub(super) type Told = (Event<'static>, String);

/// Room in line.
pub(super) type Room = OwnedSemaphorePermit;

type Reply<T> = oneshot::Sender<Result<T, Refused>>;

enum Task {
    Take { events: Vec<Told>, reply: Reply<Receipt>, _room: Room },
    RunBatch { campaign: String, reply: Reply<u64> },
    ChangeRules { rules: RuleFiles, end_orphans: bool, reply: Reply<()> },
    Ask(Box<dyn FnOnce(&mut Engine) + Send>),
    Note { notes: Vec<(String, Vec<u8>)>, reply: Reply<()> },
    Noted { name: String, reply: Reply<u64> },
    Tell { facts: Vec<(u64, Fact)>, reply: Reply<()> },
    Stop,
}

/// The counter in front of the desk. Clones stand in front of the same desk.
#[derive(Clone)]
pub(super) struct Desk {
    tasks: SyncSender<Task>,
    room: Arc<Semaphore>,
    news: watch::Receiver<News>,
    incidents: watch::Receiver<Vec<u64>>,
    addresses: watch::Receiver<Addresses>,
    meters: Arc<Meters>,
}

/// What a desk makes known.
struct Tell {
    news: watch::Sender<News>,
    incidents: watch::Sender<Vec<u64>>,
    addresses: watch::Sender<Addresses>,
}

/// Why a desk was not opened, or was closed before its time: after the first thing that goes wrong in the store nothing can
/// be promised any more.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The people cannot be kept.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// Runs wait at steps that the rules no longer have, and nobody said what to do about them.
    #[error("runs wait at steps that the rules no longer have")]
    Orphans(Vec<Orphan>),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Keep(error.into())
    }
}

/// The thread behind the desk.
pub(super) type Behind = std::thread::JoinHandle<Result<(), Ended>>;

impl Desk {
    /// Opens a desk; taking up people may take a while, [`News::is_ready`] says when it is done.
    pub(super) fn open(opening: Opening, letters: DeadLetters, meters: Arc<Meters>) -> std::io::Result<(Self, Behind)> {
        let (tasks, waiting) = sync_channel(TASKS_MAX);
        let (tell_news, news) = watch::channel(News::default());
        let (tell_incidents, incidents) = watch::channel(Vec::new());
        let (tell_addresses, addresses) = watch::channel(Addresses::new());
        let room = Arc::new(Semaphore::new(WAITING_BYTES_MAX));
        let desk = Self { tasks, room, news, incidents, addresses, meters: Arc::clone(&meters) };
        let tell = Tell { news: tell_news, incidents: tell_incidents, addresses: tell_addresses };
        let work = move || {
            let result = Clerk::begin(opening, waiting, &tell, &letters, meters).and_then(|clerk| Ok(clerk.work()?));
            tell.news.send_modify(|news| (news.is_ready, news.has_ended) = (false, true));
            result
        };
        let behind = std::thread::Builder::new().name("desk".to_owned()).spawn(work)?;
        Ok((desk, behind))
    }

    /// What everybody may know.
    pub(super) fn news(&self) -> watch::Receiver<News> {
        self.news.clone()
    }

    /// The numbers of the last action records that are incidents, ascending.
    pub(super) fn incidents(&self) -> Vec<u64> {
        self.incidents.borrow().clone()
    }

    /// The webhooks that the rules declare, as they are now and whenever they change.
    pub(super) fn addresses(&self) -> watch::Receiver<Addresses> {
        self.addresses.clone()
    }

    /// Notes small facts durably, all or none. A desk that is full is waited for; one that has ended notes nothing.
    pub(super) async fn note(&self, notes: Vec<(String, Vec<u8>)>) {
        loop {
            let notes = notes.clone();
            match self.give(|reply| Task::Note { notes, reply }).await {
                Err(Refused::Busy) => tokio::time::sleep(BUSY_PAUSE).await,
                Ok(()) | Err(_) => return,
            }
        }
    }

    /// The number that was noted under a name; where there is none, that of the last action record, which is noted now.
    pub(super) async fn noted_number(&self, name: &str) -> u64 {
        loop {
            let name = name.to_owned();
            match self.give(|reply| Task::Noted { name, reply }).await {
                Ok(number) => return number,
                Err(Refused::Busy) => tokio::time::sleep(BUSY_PAUSE).await,
                Err(_) => return self.news.borrow().last,
            }
        }
    }

    /// Room in line for so many bytes of events. Whoever has it may read them, so that what is not read yet costs no memory.
    pub(super) fn room(&self, bytes: usize) -> Result<Room, Refused> {
        let bytes = u32::try_from(bytes.clamp(1, WAITING_BYTES_MAX)).unwrap_or(u32::MAX);
        Arc::clone(&self.room).try_acquire_many_owned(bytes).map_err(|_| Refused::Busy)
    }

    /// Tells facts that the sync brought in; returns when they are durable. A desk that is full is waited for.
    pub(super) async fn tell(&self, facts: &[(u64, Fact)]) -> Result<(), Refused> {
        loop {
            let facts = facts.to_vec();
            match self.give(|reply| Task::Tell { facts, reply }).await {
                Err(Refused::Busy) => tokio::time::sleep(BUSY_PAUSE).await,
                done => return done,
            }
        }
    }

    /// Takes events, all or none; returns when they are durable.
    pub(super) async fn take(&self, events: Vec<Told>, room: Room) -> Result<Receipt, Refused> {
        self.give(|reply| Task::Take { events, reply, _room: room }).await
    }

    /// Runs a batch campaign now. Gives the number of the last action record that was committed with it.
    pub(super) async fn run_batch(&self, campaign: String) -> Result<u64, Refused> {
        self.give(|reply| Task::RunBatch { campaign, reply }).await
    }

    /// Goes on under other rules, which were checked.
    pub(super) async fn change_rules(&self, rules: RuleFiles, end_orphans: bool) -> Result<(), Refused> {
        self.give(|reply| Task::ChangeRules { rules, end_orphans, reply }).await
    }

    /// Asks the engine something.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        self.give(|reply: Reply<T>| {
            Task::Ask(Box::new(move |engine| {
                // Whoever asked may have gone.
                let _ = reply.send(Ok(question(engine)));
            }))
        })
        .await
    }

    /// Lets the desk finish what waits and close.
    pub(super) fn stop(&self) {
        // A desk that has ended needs no stopping; one that is full takes this behind all that waits.
        let tasks = self.tasks.clone();
        let _ = std::thread::Builder::new().name("closing".to_owned()).spawn(move || drop(tasks.send(Task::Stop)));
    }

    async fn give<T>(&self, task: impl FnOnce(Reply<T>) -> Task) -> Result<T, Refused> {
        if !self.news.borrow().is_ready {
            return Err(Refused::Closed);
        }
        let (reply, answer) = oneshot::channel();
        match self.tasks.try_send(task(reply)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(Refused::Busy),
            Err(TrySendError::Disconnected(_)) => return Err(Refused::Closed),
        }
        self.meters.waiting_tasks.inc();
        let answer = answer.await;
        self.meters.waiting_tasks.dec();
        answer.unwrap_or(Err(Refused::Closed))
    }
}

/// What is answered when the commit is through.
type Pending = Box<dyn FnOnce(u64)>;

struct Clerk<'a> {
    keeper: Keeper,
    clock: Clock,
    waiting: Receiver<Task>,
    tell: &'a Tell,
    meters: Arc<Meters>,
    incidents: Incidents,
    /// How far webhooks were served, by the names of the notes that say so.
    carried: BTreeMap<String, u64>,
    last: u64,
    /// The number of the last fact that the sync told.
    told: u64,
    _directory: StateDirectory,
}

impl<'a> Clerk<'a> {
    fn begin(
        opening: Opening,
        waiting: Receiver<Task>,
        tell: &'a Tell,
        letters: &DeadLetters,
        meters: Arc<Meters>,
    ) -> Result<Self, Ended> {
        let Opening { state, rules, clock, end_orphans, second } = opening;
        let directory = StateDirectory::open(&state, "campanile serve")?;
        let store = SqliteStore::open(Database::open(&directory)?)?;
        if let Some(second) = second {
            // Whoever wanted it may have gone.
            let _ = second.send(Database::open(&directory)?);
        }
        let mut keeper = Keeper::open(Box::new(store), Partition::default(), &RuleFiles::new(&rules))?;
        for name in keeper.forgotten() {
            tracing::warn!(name, "the rules no longer know this: it is left out of the state");
        }
        if !keeper.orphans().is_empty() {
            if !end_orphans {
                return Err(Ended::Orphans(keeper.orphans().to_vec()));
            }
            tracing::warn!(count = keeper.orphans().len(), "runs that waited at steps that are gone are ended");
            keeper.end_orphans()?;
        }
        if clock == Clock::Real {
            keeper.start(present())?;
        }
        let last = keeper.standing().outcomes;
        let mut incidents: Incidents = keeper
            .standing()
            .notes
            .get(INCIDENTS)
            .and_then(|note| serde_json::from_slice(note).ok())
            .unwrap_or_default();
        // What other commands did in the meantime.
        while incidents.seen < last {
            let found = keeper.outcomes(incidents.seen, FETCHED)?;
            if found.is_empty() {
                break;
            }
            found.iter().for_each(|(number, line)| incidents.look(*number, line));
        }
        if let Some(note) = keeper.standing().notes.get(LETTERS) {
            letters.restore(note);
        }
        let carried = keeper
            .standing()
            .notes
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), std::str::from_utf8(value).ok()?.parse().ok()?)));
        let carried = carried.filter(|(name, _): &(String, u64)| name.starts_with(WEBHOOK)).collect();
        let told = evaluator::told(&keeper);
        let mut clerk =
            Self { keeper, clock, waiting, tell, meters, incidents, carried, last, told, _directory: directory };
        clerk.tell_incidents();
        clerk.tell_addresses();
        clerk.commit(Vec::new())?;
        clerk.tell.news.send_modify(|news| (news.is_ready, news.last) = (true, clerk.last));
        Ok(clerk)
    }

    fn work(mut self) -> Result<(), KeepError> {
        loop {
            let mut task = match self.next_task() {
                Ok(task) => Some(task),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.let_time_pass()?;
            let mut pending: Vec<Pending> = Vec::new();
            let mut stops = false;
            // What waits already shares the commit, as long as that does not become too large.
            while let Some(next) = task.take() {
                match next {
                    Task::Stop => {
                        stops = true;
                        break;
                    }
                    Task::Take { events, reply, _room } => self.take(&events, reply, &mut pending)?,
                    Task::RunBatch { campaign, reply } => self.run_batch(&campaign, reply, &mut pending)?,
                    Task::ChangeRules { rules, end_orphans, reply } => {
                        let result = self.change_rules(&rules, end_orphans)?;
                        pending.push(Box::new(move |_| drop(reply.send(result))));
                    }
                    Task::Tell { facts, reply } => {
                        evaluator::tell(&mut self.keeper, &mut self.told, &facts)?;
                        pending.push(Box::new(move |_| drop(reply.send(Ok(())))));
                    }
                    Task::Ask(question) => question(self.keeper.engine()),
                    Task::Noted { name, reply } => {
                        let number = self.noted_number(name);
                        pending.push(Box::new(move |_| drop(reply.send(Ok(number)))));
                    }
                    Task::Note { notes, reply } => {
                        for (name, value) in notes {
                            self.note(&name, value);
                        }
                        pending.push(Box::new(move |_| drop(reply.send(Ok(())))));
                    }
                }
                if self.keeper.is_full() {
                    break;
                }
                task = self.waiting.try_recv().ok();
            }
            // Questions need no commit of their own, though time passed for them.
            if !pending.is_empty() || self.keeper.has_outcomes() || self.keeper.is_full() {
                self.commit(pending)?;
            }
            if stops {
                break;
            }
        }
        self.keeper.finish()
    }

    /// Waits for a task, or until something is due.
    fn next_task(&mut self) -> Result<Task, RecvTimeoutError> {
        let due = match self.clock {
            Clock::Events => None,
            Clock::Real => self.keeper.engine().next_due(),
        };
        let Some(due) = due else {
            return self.waiting.recv().map_err(|_| RecvTimeoutError::Disconnected);
        };
        let wait = u64::try_from(due.0.saturating_sub(present().0)).unwrap_or(0);
        self.waiting.recv_timeout(Duration::from_millis(wait).min(LOOK_AGAIN))
    }

    fn let_time_pass(&mut self) -> Result<(), KeepError> {
        match self.clock {
            Clock::Real => self.keeper.advance(present()),
            Clock::Events => Ok(()),
        }
    }

    fn take(&mut self, events: &[Told], reply: Reply<Receipt>, pending: &mut Vec<Pending>) -> Result<(), KeepError> {
        if let Some((place, bad)) = self.first_bad(events) {
            let text = events.get(place).map(|(_, text)| text.clone()).unwrap_or_default();
            let _ = reply.send(Err(Refused::Event { place, text, bad }));
            return Ok(());
        }
        let duplicates = self.keeper.engine().stats().duplicates;
        for told in events.chunks(AHEAD) {
            let coming = self.keeper.engine().foresee(told.iter().map(|(event, _)| event));
            for (coming, (event, text)) in coming.zip(told) {
                // With the machine's clock a clock record says nothing new.
                if self.clock == Clock::Real && matches!(event.kind, EventKind::Clock) {
                    self.keeper.pass_over()?;
                    continue;
                }
                // It was examined: nothing is refused any more.
                if self.keeper.handle(coming, text)?.is_err() {
                    tracing::error!("an event was refused after it had been examined");
                }
            }
        }
        let duplicates = self.keeper.engine().stats().duplicates.saturating_sub(duplicates);
        let accepted = (events.len() as u64).saturating_sub(duplicates);
        self.meters.accepted.inc_by(accepted);
        self.meters.duplicates.inc_by(duplicates);
        pending.push(Box::new(move |last| drop(reply.send(Ok(Receipt { accepted, duplicates, last })))));
        Ok(())
    }

    fn first_bad(&mut self, events: &[Told]) -> Option<(usize, BadEvent)> {
        let engine = self.keeper.engine();
        let now = match self.clock {
            Clock::Real => Some(present()),
            // A question that came before all events has started the clock at the epoch. Until an event says what time it
            // is, that is what the first one says, and no later than now.
            Clock::Events => engine.now().filter(|now| *now > Timestamp::EPOCH).or_else(|| {
                let first = events.iter().find_map(|(event, _)| event.at);
                first.map(|first| first.min(present()))
            }),
        };
        let limit = now.map(|now| match self.clock {
            Clock::Real => now.plus(AHEAD_MILLIS_MAX),
            Clock::Events => now.plus(LEAP_YEARS_MAX * 366 * MILLIS_A_DAY),
        });
        let beyond = |event: &Event<'_>| now.filter(|_| event.at.zip(limit).is_some_and(|(at, limit)| at > limit));
        events.iter().enumerate().find_map(|(place, (event, _))| match (engine.examine(event), beyond(event)) {
            (Err(error), _) => Some((place, BadEvent::Engine(error))),
            (Ok(()), Some(now)) => Some((
                place,
                match self.clock {
                    Clock::Real => BadEvent::Ahead { now },
                    Clock::Events => BadEvent::Leap { now },
                },
            )),
            (Ok(()), None) => None,
        })
    }

    fn run_batch(&mut self, campaign: &str, reply: Reply<u64>, pending: &mut Vec<Pending>) -> Result<(), KeepError> {
        use crate::meaning::Start;

        let rulebook = self.keeper.engine().rulebook();
        let found = rulebook.campaign(campaign).and_then(|id| rulebook.get_campaign(id));
        let refused = match found.map(|campaign| &campaign.start) {
            None => Some(Refused::NoCampaign),
            Some(Start::Batch { .. }) => None,
            Some(Start::Triggers(_)) => Some(Refused::OtherKind("it is started by its triggers")),
            Some(Start::Executable) => Some(Refused::OtherKind("it is started by `execute campaign`")),
        };
        if let Some(refused) = refused {
            let _ = reply.send(Err(refused));
            return Ok(());
        }
        // The journal knows it by the name that the rules give it.
        let name = found.map(|campaign| campaign.name.to_string()).unwrap_or_default();
        self.keeper.run_batch(&name)?;
        pending.push(Box::new(move |last| drop(reply.send(Ok(last)))));
        Ok(())
    }

    fn change_rules(&mut self, rules: &RuleFiles, end_orphans: bool) -> Result<Result<(), Refused>, KeepError> {
        match self.keeper.change_rules(rules, end_orphans) {
            Ok(orphans) if orphans.is_empty() => {
                for name in self.keeper.forgotten() {
                    tracing::warn!(name, "the rules no longer know this: it is left out of the state");
                }
                tracing::info!(rules = rules.fingerprint(), "the rules were changed");
                self.tell_addresses();
                Ok(Ok(()))
            }
            Ok(orphans) => Ok(Err(Refused::Orphans(orphans))),
            Err(KeepError::Rules { first }) => Ok(Err(Refused::Rules(first))),
            Err(error) => Err(error),
        }
    }

    fn noted_number(&mut self, name: String) -> u64 {
        let noted = self.keeper.standing().notes.get(&name);
        let noted = noted.and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
        if noted.is_none() {
            self.keeper.note(&name, self.last.to_string().into_bytes());
        }
        noted.unwrap_or(self.last)
    }

    fn note(&mut self, name: &str, value: Vec<u8>) {
        if let Some(carried) = self.carried.get_mut(name) {
            *carried = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()).unwrap_or(*carried);
        }
        self.keeper.note(name, value);
    }

    /// Commits what was gathered, then answers.
    fn commit(&mut self, pending: Vec<Pending>) -> Result<(), KeepError> {
        let begin = Instant::now();
        self.keeper.flush()?;
        let Self { keeper, last, incidents, meters, .. } = self;
        let (before, newest) = (*last, incidents.numbers.back().copied());
        keeper.committed(|batch| {
            for line in batch.outcomes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                *last += 1;
                meters.count_record(line);
                incidents.look(*last, line);
            }
            Ok::<(), KeepError>(())
        })?;
        if *last > before {
            meters.commit_seconds.observe(begin.elapsed().as_secs_f64());
            if incidents.numbers.back().copied() != newest {
                self.tell_incidents();
            }
        }
        for warning in self.keeper.engine().take_warnings() {
            tracing::warn!("{warning}");
        }
        let keeper = &mut self.keeper;
        let (people, last) = (keeper.engine().stats().people, self.last);
        self.meters.people.set(i64::try_from(people).unwrap_or(i64::MAX));
        self.tell.news.send_if_modified(|news| std::mem::replace(&mut news.last, last) != last);
        pending.into_iter().for_each(|answer| answer(last));
        Ok(())
    }
}

impl Clerk<'_> {
    /// Makes known which action records are incidents, and notes it with the next commit.
    fn tell_incidents(&mut self) {
        self.tell.incidents.send_replace(self.incidents.numbers.iter().copied().collect());
        self.keeper.note(INCIDENTS, serde_json::to_vec(&self.incidents).unwrap_or_default());
    }
}

impl Clerk<'_> {
    /// Makes known which webhooks there are. A new one begins behind what is committed now.
    fn tell_addresses(&mut self) {
        // What comes of changing the rules is for the webhooks of the new ones.
        let mut addresses = Addresses::new();
        for webhook in &self.keeper.engine().rulebook().webhooks.clone() {
            let note = format!("{WEBHOOK}{}", webhook.name);
            let carried = match self.carried.get(&note) {
                Some(carried) => *carried,
                None => {
                    self.keeper.note(&note, self.last.to_string().into_bytes());
                    self.carried.insert(note, self.last);
                    self.last
                }
            };
            let address = WebhookAddress { url: webhook.url.to_string(), method: webhook.method.to_string() };
            addresses.insert(webhook.name.to_string(), Address { webhook: address, carried });
        }
        self.tell.addresses.send_replace(addresses);
    }
}

/// Which action records are incidents.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Incidents {
    /// The number of the last action record that was looked at.
    seen: u64,
    /// Numbers of the last incidents, ascending.
    numbers: VecDeque<u64>,
}

impl Incidents {
    fn look(&mut self, number: u64, line: &[u8]) {
        self.seen = number;
        if line.starts_with(br#"{"type":"incident""#) {
            if self.numbers.len() == INCIDENTS_MAX {
                self.numbers.pop_front();
            }
            self.numbers.push_back(number);
        }
    }
}
