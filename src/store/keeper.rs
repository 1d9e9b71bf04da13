//! An engine and a store driven together.
//!
//! Every input goes to the engine and into a batch; so does what comes of it. Batches are committed by a thread of their
//! own ([`Keeper::send`], when [`Keeper::is_full`] says that it is worth it), and only when a batch is committed its action records are handed out
//! ([`Keeper::committed`]): commit first, act after. At the start the last checkpoint is put back and the inputs since are
//! handed to the engine again; what comes of them must be what was committed. The engine is deterministic, so nothing else
//! of its memory has to be written at each commit.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::input::Input;
use super::keep::{Batch, Checkpoint, Entry, Partition, Standing, Store};
use super::rules::RuleFiles;
use super::writer::{self, Shared, Writer};
use crate::compile;
use crate::engine::snapshot::{Chunk, Head, Orphan, Restored};
use crate::engine::{Engine, EventError, Foreseen, Outcomes};
use crate::model::{Event, Timestamp};
use crate::records;
use crate::state::EventMark;

/// A batch of so many bytes is worth a commit.
const BATCH_BYTES: usize = 512 * 1024;

/// The room of so many batches is used again, as far as it is not that of one that was much larger than others.
const SPARE_MAX: usize = 64;
const SPARE_BYTES_MAX: usize = 4 * BATCH_BYTES;

/// After so many bytes of inputs a checkpoint is taken, so that a start does not take long.
const JOURNAL_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a crash left is taken up into a checkpoint at once when it is more than this, so that the next crash does not add
/// to it.
const LEFT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The note of the rules under which the last inputs were handled.
pub(super) const RULES: &str = "rules";

/// Why people cannot be kept, or taken up again.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The store says so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What comes of the inputs is not what was committed.
    #[error("what comes of input {input} now is not what was committed: another version of campanile wrote this state")]
    Differs {
        /// The number of the first input of the batch.
        input: u64,
    },
    /// The rules that the state names are not understood.
    #[error("the rules under which the state was left have errors for this version: {first}")]
    Rules {
        /// The first of them.
        first: String,
    },
    /// What was written cannot be understood.
    #[error("the state is damaged: {reason}")]
    Unreadable {
        /// What.
        reason: String,
    },
}

impl KeepError {
    /// What to do about it, one line each.
    pub fn help(&self) -> Vec<String> {
        match self {
            Self::Store(error) => error.help(),
            Self::Differs { .. } | Self::Rules { .. } => {
                vec![
                    "finish with the version that wrote it: there `campanile state compact` takes up what is left"
                        .to_owned(),
                ]
            }
            Self::Unreadable { .. } => {
                vec!["bring back a copy made by `campanile state backup`; leave this one as it is for now".to_owned()]
            }
        }
    }
}

/// The note of how many action records a run has passed on. Their numbers begin anew where a state is carried over.
pub const PASSED_ON: &str = "passed on";

/// The head of a checkpoint.
#[derive(Serialize, Deserialize)]
pub(super) struct CheckpointHead {
    /// The rules under which it was taken.
    pub(super) rules: String,
    pub(super) engine: Head,
}

/// An engine whose people are kept.
pub struct Keeper {
    engine: Engine,
    writer: Writer,
    batch: Batch,
    /// Committed batches that were not handed out yet.
    done: VecDeque<Batch>,
    /// Batches whose room is used again.
    spare: Vec<Batch>,
    rules: String,
    standing: Standing,
    /// Bytes of inputs since the checkpoint.
    journal_bytes: u64,
    /// Whether something was loaded, which no journal tells: a checkpoint must follow.
    loaded: bool,
    /// Whether nothing may be committed before the end.
    held: bool,
    restored: Restored,
}

impl Keeper {
    /// Takes up a partition under the given rules.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or when what is in it cannot be taken up; then nothing is changed.
    pub fn open(mut store: Box<dyn Store>, partition: Partition, rules: &RuleFiles) -> Result<Self, KeepError> {
        let mut standing = store.standing(partition)?;
        let fingerprint = rules.fingerprint();
        let left: Option<RuleFiles> = standing.notes.get(RULES).map(|note| read_note(note)).transpose()?;
        let left_by = left.as_ref().map(RuleFiles::fingerprint);
        let is_behind = standing.inputs > standing.checkpoint.as_ref().map_or(0, |(inputs, _)| *inputs);
        if let (Some(left), true) = (&left, is_behind && left_by.as_ref() != Some(&fingerprint)) {
            // What came in under other rules is brought to its end under them.
            let mut engine = engine_for(left)?;
            let mut restored = Restored::default();
            restore(&mut *store, partition, &standing, &mut engine, &left.fingerprint(), &mut restored)?;
            replay(&mut *store, partition, &standing, &mut engine, &mut restored)?;
            take_checkpoint(&mut *store, partition, standing.inputs, &[], &mut engine, left.fingerprint(), false)?;
            standing = store.standing(partition)?;
        }
        let mut engine = engine_for(rules)?;
        let mut restored = Restored::default();
        restore(&mut *store, partition, &standing, &mut engine, &fingerprint, &mut restored)?;
        replay(&mut *store, partition, &standing, &mut engine, &mut restored)?;
        let mut batch = Batch::default();
        if left_by.as_ref() != Some(&fingerprint) {
            batch.notes.insert(RULES.to_owned(), write_note(rules));
        }
        let writer = Writer::start(store, partition, standing.inputs)?;
        let journal_bytes = standing.journal_bytes;
        let mut keeper = Self {
            engine,
            writer,
            batch,
            done: VecDeque::new(),
            spare: Vec::new(),
            rules: fingerprint,
            standing,
            journal_bytes,
            loaded: false,
            held: false,
            restored,
        };
        // Orphans are in no checkpoint: first somebody has to decide about them.
        if journal_bytes > LEFT_BYTES_MAX && keeper.restored.orphans.is_empty() {
            keeper.checkpoint()?;
        }
        Ok(keeper)
    }

    /// Takes up a partition under the rules under which it was left.
    ///
    /// # Errors
    ///
    /// As [`Keeper::open`], and when nothing was ever kept there.
    pub fn open_as_left(mut store: Box<dyn Store>, partition: Partition) -> Result<Self, KeepError> {
        let standing = store.standing(partition)?;
        let Some(note) = standing.notes.get(RULES) else {
            return Err(KeepError::Unreadable { reason: "it names no rules".to_owned() });
        };
        Self::open(store, partition, &read_note(note)?)
    }

    /// Goes on under other rules. Everything is committed first; people move over as after a restart. Where runs wait at steps
    /// that the rules no longer have, nothing is changed and these runs are told, unless they are to be ended.
    ///
    /// # Errors
    ///
    /// When something cannot be committed or put back, and when the rules have errors. Nothing has changed then but for what
    /// was committed.
    pub fn change_rules(&mut self, rules: &RuleFiles, end_orphans: bool) -> Result<Vec<Orphan>, KeepError> {
        if rules.fingerprint() == self.rules {
            return Ok(Vec::new());
        }
        let mut engine = engine_for(rules)?;
        self.checkpoint()?;
        let mut restored = Restored::default();
        let mut shared = self.writer.shared();
        let Shared { store, partition, .. } = &mut *shared;
        let standing = store.standing(*partition)?;
        restore(&mut **store, *partition, &standing, &mut engine, &rules.fingerprint(), &mut restored)?;
        drop(shared);
        if !restored.orphans.is_empty() && !end_orphans {
            return Ok(restored.orphans);
        }
        self.engine = engine;
        self.rules = rules.fingerprint();
        self.restored = restored;
        self.batch.notes.insert(RULES.to_owned(), write_note(rules));
        if !self.restored.orphans.is_empty() {
            self.end_orphans()?;
        }
        self.flush()?;
        Ok(Vec::new())
    }

    /// How far the partition had come when it was taken up, with its notes.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether nothing was ever kept.
    pub const fn is_new(&self) -> bool {
        self.standing.inputs == 0 && self.standing.checkpoint.is_none()
    }

    /// The engine, to be asked. Who tells it something behind the keeper's back makes the next start fail.
    pub const fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// Runs whose step is no longer there; they are not in the engine.
    pub fn orphans(&self) -> &[Orphan] {
        &self.restored.orphans
    }

    /// What the rules no longer know and what is left out therefore.
    pub const fn forgotten(&self) -> &BTreeSet<String> {
        &self.restored.forgotten
    }

    /// Ends runs whose step is no longer there.
    ///
    /// # Errors
    ///
    /// When something cannot be committed. So it is with all that follow.
    pub fn end_orphans(&mut self) -> Result<(), KeepError> {
        self.before()?;
        let orphans = std::mem::take(&mut self.restored.orphans);
        write(self.engine.end_orphans(&orphans), &mut self.batch);
        self.after(Input::EndOrphans)
    }

    /// From now on nothing is committed before [`Keeper::finish`].
    pub const fn hold(&mut self) {
        self.held = true;
    }

    /// Loads a record silently. It is kept by a checkpoint before the next input, or at the end.
    ///
    /// # Errors
    ///
    /// As [`Engine::load`].
    pub fn load(&mut self, record: &Event<'_>) -> Result<(), EventError> {
        self.loaded = true;
        self.engine.load(record)
    }

    /// Starts the clock, unless it runs.
    pub fn start(&mut self, at: Timestamp) -> Result<(), KeepError> {
        if self.engine.now().is_some() {
            return Ok(());
        }
        self.engine.start(at);
        // What was loaded is kept by a checkpoint, which knows the clock.
        if self.loaded { self.take_up_loads() } else { self.after(Input::Start(at)) }
    }

    /// Handles an event, which came as `text`. An inner error means that it was refused; it has a number all the same.
    pub fn handle<'e>(
        &mut self,
        event: impl Into<Foreseen<'e>>,
        text: &str,
    ) -> Result<Result<(), EventError>, KeepError> {
        self.before()?;
        match self.engine.handle(event) {
            Ok(outcomes) => {
                write(outcomes, &mut self.batch);
                self.after(Input::Event(text))?;
                Ok(Ok(()))
            }
            Err(error) => {
                self.after(Input::PassOver)?;
                Ok(Err(error))
            }
        }
    }

    /// Counts an event that could not be read.
    pub fn pass_over(&mut self) -> Result<(), KeepError> {
        self.before()?;
        self.engine.pass_over();
        self.after(Input::PassOver)
    }

    /// Lets time pass.
    pub fn advance(&mut self, to: Timestamp) -> Result<(), KeepError> {
        self.before()?;
        write(self.engine.advance(to), &mut self.batch);
        self.after(Input::Advance(to))
    }

    /// Runs a batch campaign now; false when there is none of this name.
    pub fn run_batch(&mut self, campaign: &str) -> Result<bool, KeepError> {
        let Some(id) = self.engine.rulebook().campaign(campaign) else { return Ok(false) };
        self.before()?;
        write(self.engine.run_batch(id), &mut self.batch);
        self.after(Input::Batch(campaign))?;
        Ok(true)
    }

    /// Notes a small fact, which is committed with the input before it.
    pub fn note(&mut self, name: &str, value: Vec<u8>) {
        self.batch.notes.insert(name.to_owned(), value);
    }

    /// What no journal tells must be kept before the next input.
    fn before(&mut self) -> Result<(), KeepError> {
        self.take_up_loads()
    }

    /// Notes an input that the engine has handled.
    fn after(&mut self, input: Input<'_>) -> Result<(), KeepError> {
        input.write(&mut self.batch.inputs);
        self.batch.input_count += 1;
        // An input that started the clock is kept together with what was loaded before.
        self.take_up_loads()
    }

    fn take_up_loads(&mut self) -> Result<(), KeepError> {
        // What is held is kept at the end, all at once.
        if self.loaded && !self.held && self.engine.now().is_some() { self.checkpoint() } else { Ok(()) }
    }

    /// Whether so much was gathered that it is worth a commit.
    pub fn is_full(&self) -> bool {
        self.batch.bytes() >= BATCH_BYTES
    }

    /// Whether action records wait to be committed; what was merely asked, or time that passed without an effect, can wait.
    pub fn has_outcomes(&self) -> bool {
        self.batch.outcome_count > 0
    }

    /// Sends what was gathered on its way to the disk. As long as the clock stands, what was loaded is not kept, and neither
    /// is what came behind it.
    pub fn send(&mut self) -> Result<(), KeepError> {
        self.take_up_loads()?;
        if self.batch.is_empty() || (self.loaded && !self.held) {
            return Ok(());
        }
        let batch = self.take_batch();
        if self.held {
            self.writer.shared().held.push(batch);
            return Ok(());
        }
        self.writer.send(batch, &mut self.done)?;
        if self.journal_bytes > JOURNAL_BYTES_MAX { self.checkpoint() } else { Ok(()) }
    }

    fn take_batch(&mut self) -> Batch {
        let spare = self.spare.pop().unwrap_or_default();
        let batch = std::mem::replace(&mut self.batch, spare);
        self.journal_bytes += batch.inputs.len() as u64;
        batch
    }

    /// Commits what was gathered and waits until it is durable. While everything is held, it is only gathered.
    pub fn flush(&mut self) -> Result<(), KeepError> {
        self.send()?;
        self.wait()
    }

    /// Waits for what is on its way.
    fn wait(&mut self) -> Result<(), KeepError> {
        while let Some(back) = self.writer.receive()? {
            self.done.push_back(back);
        }
        Ok(())
    }

    /// Hands out committed batches, in order, each once.
    pub fn committed<E>(&mut self, mut each: impl FnMut(&Batch) -> Result<(), E>) -> Result<(), E> {
        while let Some(mut batch) = self.done.pop_front() {
            each(&batch)?;
            if self.spare.len() < SPARE_MAX && batch.room() <= SPARE_BYTES_MAX {
                batch.clear();
                self.spare.push(batch);
            }
        }
        Ok(())
    }

    /// Action records that were committed before, with greater numbers than `after`.
    pub fn outcomes(&mut self, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, KeepError> {
        let mut shared = self.writer.shared();
        let partition = shared.partition;
        Ok(shared.store.outcomes(partition, after, limit)?)
    }

    /// Commits everything, what was held too, and a checkpoint with it: the next start has nothing to do again.
    pub fn checkpoint(&mut self) -> Result<(), KeepError> {
        self.take_checkpoint(false)
    }

    /// A checkpoint that stands alone: everything in it is written anew.
    pub fn checkpoint_anew(&mut self) -> Result<(), KeepError> {
        self.take_checkpoint(true)
    }

    fn take_checkpoint(&mut self, anew: bool) -> Result<(), KeepError> {
        self.wait()?;
        let batch = self.take_batch();
        let mut shared = self.writer.shared();
        let Shared { store, partition, inputs, held, .. } = &mut *shared;
        let mut batches = std::mem::take(held);
        batches.push(batch);
        let rules = self.rules.clone();
        let result = take_checkpoint(&mut **store, *partition, *inputs, &batches, &mut self.engine, rules, anew);
        shared.note(&batches, result.is_ok());
        drop(shared);
        result?;
        self.done.extend(batches);
        self.loaded = false;
        self.journal_bytes = 0;
        Ok(())
    }

    /// Commits what there is, what was held too; takes a checkpoint where that spares the next start something.
    pub fn finish(&mut self) -> Result<(), KeepError> {
        if self.loaded {
            self.engine.start_from_loads();
        }
        if self.engine.now().is_some() && (self.loaded || self.journal_bytes > 0 || self.batch.input_count > 0) {
            self.checkpoint()?;
        }
        self.flush()?;
        let mut shared = self.writer.shared();
        let batches = std::mem::take(&mut shared.held);
        if !batches.is_empty() {
            shared.commit(&batches)?;
        }
        shared.store.rest()?;
        drop(shared);
        self.done.extend(batches);
        Ok(())
    }

    /// For another thread that ends the program while this one waits for input.
    pub fn rescue(&self) -> Rescue {
        Rescue { shared: self.writer.share(), loses: self.held && self.loaded }
    }
}

/// Commits what is held when the program is ended from another thread.
#[derive(Clone)]
pub struct Rescue {
    shared: Arc<Mutex<Shared>>,
    loses: bool,
}

impl Rescue {
    /// Commits what was held before the wait; false when that cannot be done because it rests on loads that nothing tells.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub fn commit(&self) -> Result<bool, StoreError> {
        let mut shared = writer::lock(&self.shared);
        if self.loses {
            return Ok(false);
        }
        let batches = std::mem::take(&mut shared.held);
        if !batches.is_empty() {
            shared.commit(&batches)?;
        }
        Ok(true)
    }
}

fn engine_for(rules: &RuleFiles) -> Result<Engine, KeepError> {
    let sources = rules.sources();
    let checked = compile::check(&sources);
    let error = checked.findings.iter().find(|finding| finding.is_error());
    match (checked.rulebook, error) {
        (Some(rulebook), None) => {
            let mut engine = Engine::new(compile::plan(rulebook));
            engine.track();
            Ok(engine)
        }
        (_, error) => Err(KeepError::Rules { first: error.map_or_else(String::new, |it| it.message.to_string()) }),
    }
}

/// Puts back what the checkpoint knows.
fn restore(
    store: &mut dyn Store,
    partition: Partition,
    standing: &Standing,
    engine: &mut Engine,
    rules: &str,
    restored: &mut Restored,
) -> Result<(), KeepError> {
    let Some((_, head)) = &standing.checkpoint else { return Ok(()) };
    let head: CheckpointHead = postcard::from_bytes(head).map_err(|error| unreadable("its head", &error))?;
    engine.restore_head(&head.engine);
    let same_rules = head.rules == rules;
    let mut wrong = None;
    store.chunks(partition, &mut |number, bytes| {
        match postcard::from_bytes::<Chunk<'_>>(bytes) {
            Ok(chunk) => engine.restore_people(&chunk, same_rules, restored),
            Err(error) => wrong = wrong.take().or_else(|| Some(unreadable(&format!("chunk {number}"), &error))),
        }
        Ok(())
    })?;
    if let Some(error) = wrong {
        return Err(error);
    }
    let people = engine.stats().people;
    if people != head.engine.people {
        let reason = format!("it has {people} people, and {} were written", head.engine.people);
        return Err(KeepError::Unreadable { reason });
    }
    store.marks(partition, &mut |bytes| {
        let (marks, _) = bytes.as_chunks::<16>();
        engine.restore_marks(marks.iter().map(|mark| EventMark::from_bytes(*mark)));
        Ok(())
    })?;
    Ok(())
}

/// Hands the inputs since the checkpoint to the engine again.
fn replay(
    store: &mut dyn Store,
    partition: Partition,
    standing: &Standing,
    engine: &mut Engine,
    restored: &mut Restored,
) -> Result<(), KeepError> {
    let mut after = standing.checkpoint.as_ref().map_or(0, |(inputs, _)| *inputs);
    let mut batch = Batch::default();
    while after < standing.inputs {
        let Some(Entry { first, count, inputs, outcomes }) = store.journal(partition, after)? else {
            return Err(KeepError::Unreadable { reason: format!("the inputs after number {after} are missing") });
        };
        if first != after + 1 {
            return Err(KeepError::Unreadable { reason: format!("the inputs after number {after} are missing") });
        }
        batch.clear();
        let mut rest = inputs.as_slice();
        let mut read = 0;
        while let Some(input) = Input::read(&mut rest) {
            read += 1;
            again(engine, input, restored, &mut batch).ok_or_else(|| KeepError::Differs { input: after + read })?;
        }
        if read != count || !rest.is_empty() {
            return Err(KeepError::Unreadable { reason: format!("the inputs from number {first} on are cut off") });
        }
        if batch.outcomes != outcomes {
            return Err(KeepError::Differs { input: first });
        }
        after += count;
    }
    Ok(())
}

/// Hands one input to the engine again; `None` when it is refused now.
fn again(engine: &mut Engine, input: Input<'_>, restored: &mut Restored, batch: &mut Batch) -> Option<()> {
    match input {
        Input::Event(text) => write(engine.handle(&records::parse_event(text).ok()?).ok()?, batch),
        Input::PassOver => engine.pass_over(),
        Input::Start(at) => engine.start(at),
        Input::Advance(to) => write(engine.advance(to), batch),
        Input::Batch(campaign) => {
            let id = engine.rulebook().campaign(campaign)?;
            write(engine.run_batch(id), batch);
        }
        Input::EndOrphans => write(engine.end_orphans(&std::mem::take(&mut restored.orphans)), batch),
    }
    Some(())
}

/// Commits batches with a checkpoint of what the engine knows after them. What was to be saved is saved or lost with an
/// error: whoever gets one must not go on.
fn take_checkpoint(
    store: &mut dyn Store,
    partition: Partition,
    after: u64,
    batches: &[Batch],
    engine: &mut Engine,
    rules: String,
    anew: bool,
) -> Result<(), KeepError> {
    let Some(mut saved) = engine.save() else { return Ok(store.commit(partition, after, batches)?) };
    if anew {
        saved.chunks = (0..engine.chunks()).collect();
        saved.marks = engine.marks();
    }
    let head = postcard::to_stdvec(&CheckpointHead { rules, engine: saved.head });
    let head = head.map_err(|error| unreadable("its head", &error))?;
    let marks = saved.marks.iter().flat_map(|mark| mark.to_bytes()).collect();
    let engine = &*engine;
    let mut chunks =
        saved.chunks.iter().map(|number| Ok((u32::try_from(*number)?, postcard::to_stdvec(&engine.chunk(*number))?)));
    let checkpoint = Checkpoint { head, chunks: &mut chunks, marks, anew };
    Ok(store.checkpoint(partition, after, batches, checkpoint)?)
}

fn write(outcomes: Outcomes<'_>, batch: &mut Batch) {
    batch.outcome_count += records::write_outcomes(outcomes, &mut batch.outcomes);
}

fn unreadable(what: &str, error: &postcard::Error) -> KeepError {
    KeepError::Unreadable { reason: format!("{what} cannot be understood ({error})") }
}

fn read_note<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, KeepError> {
    serde_json::from_slice(bytes).map_err(|error| KeepError::Unreadable { reason: format!("a note: {error}") })
}

fn write_note(value: &impl Serialize) -> Vec<u8> {
    // Texts and numbers can always be written.
    serde_json::to_vec(value).unwrap_or_default()
}
