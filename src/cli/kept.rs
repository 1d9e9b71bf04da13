//! `run --state`: people are kept in a state directory, and files that were read are not read twice.
//!
//! With each commit the state notes how far the file of events was read and what was in it up to there. A run that is
//! given the same file again, or the same file grown longer, goes on behind that place; a load file that is known is
//! passed over. So whoever repeats a command after a crash gets what an undisturbed run would have given.

use std::fs::File;
use std::hash::Hasher as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::exit::Failure;
use super::input::Records;
use super::output::Output;
use super::render::human::BadLine;
use crate::diagnostics::Sources;
use crate::engine::snapshot::Orphan;
use crate::store::{
    Database, KeepError, Keeper, PASSED_ON, Partition, RuleFiles, SqliteStore, StateDirectory, StoreError,
};

/// So many runs whose step is gone are shown.
const ORPHANS_SHOWN: usize = 10;

/// So many action records are fetched at once.
const FETCHED: usize = 10_000;

/// What to do with waiting runs whose step is no longer in the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Orphans {
    /// End them.
    End,
}

/// How far a file of events was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ReadSoFar {
    /// The end of the last line, in bytes.
    bytes: u64,
    /// Its number.
    line: u64,
    /// What tells what stands before from something else.
    hash: String,
}

/// People kept in a state directory.
pub(super) struct Kept {
    keeper: Keeper,
    /// How many action records were passed on.
    passed_on: u64,
    /// On the standard output they are passed on as soon as they are committed, in a file when it is whole.
    to_stdout: bool,
    /// Under which name the file of events is noted; none for a stream.
    note: Option<String>,
    /// Where the file of events goes on.
    start: Option<ReadSoFar>,
    _directory: StateDirectory,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::with_help(error.to_string(), error.help())
    }
}

impl From<KeepError> for Failure {
    fn from(error: KeepError) -> Self {
        Self::with_help(error.to_string(), error.help())
    }
}

impl Kept {
    /// Takes up the people of a state directory.
    pub(super) fn open(
        path: &Path,
        rules: &Sources,
        orphans: Option<Orphans>,
        to_stdout: bool,
    ) -> Result<Self, Failure> {
        let directory = StateDirectory::open(path, "campanile run")?;
        let store = SqliteStore::open(Database::open(&directory)?)?;
        let mut keeper = Keeper::open(Box::new(store), Partition::default(), &RuleFiles::new(rules))?;
        for name in keeper.forgotten() {
            let _ =
                writeln!(anstream::stderr(), "the rules no longer know {name}: it is left out of `{}`", path.display());
        }
        match (orphans, keeper.orphans()) {
            (_, []) => {}
            (Some(Orphans::End), _) => keeper.end_orphans()?,
            (None, all) => return Err(orphans_told(all)),
        }
        let passed_on = keeper.standing().notes.get(PASSED_ON).and_then(|note| serde_json::from_slice(note).ok());
        let passed_on = passed_on.unwrap_or(0);
        Ok(Self { keeper, passed_on, to_stdout, note: None, start: None, _directory: directory })
    }

    pub(super) const fn keeper(&mut self) -> &mut Keeper {
        &mut self.keeper
    }

    /// Reads the file of events once to see where to go on, and in `careful` runs whether a line is malformed, before
    /// anything is done. A stream cannot be read twice: in careful runs nothing is kept before its end.
    pub(super) fn look_ahead(
        &mut self,
        path: &Path,
        careful: bool,
        stop: impl FnOnce(BadLine) -> Failure,
    ) -> Result<(), Failure> {
        let mut events = Records::events(path)?.hashed();
        if !events.is_file() {
            if careful {
                self.keeper.hold();
            }
            return Ok(());
        }
        let full = std::fs::canonicalize(path)?;
        let own = format!("events {}", full.display());
        let known = self.keeper.standing().notes.iter();
        let known: Vec<(String, ReadSoFar)> = known
            .filter(|(name, _)| name.starts_with("events "))
            .filter_map(|(name, note)| Some((name.clone(), serde_json::from_slice(note).ok()?)))
            .collect();
        let mut bad: Option<BadLine> = None;
        let mut found: Vec<(&str, &ReadSoFar)> = Vec::new();
        while events.advance()? {
            if careful && bad.is_none() {
                let examined = events.event().and_then(|event| {
                    self.keeper.engine().examine(&event).map_err(|error| events.refused(&event, &error))
                });
                bad = examined.err();
            }
            for (name, read) in &known {
                if read.bytes == events.position() && read.hash == events.hash() {
                    found.push((name, read));
                    // What was read before was looked at then.
                    bad = None;
                }
            }
        }
        let last = events.position();
        // Another file that merely begins like one that is known is another file.
        let start = found.into_iter().rev().find(|(name, read)| *name == own || read.bytes == last);
        let start = start.map(|(_, read)| read.clone());
        if let Some(bad) = bad.filter(|bad| start.as_ref().is_none_or(|start| bad.line > start.line)) {
            return Err(stop(bad));
        }
        if let Some(start) = &start {
            let what = if start.bytes == last { "all of it" } else { "it up to there" };
            let _ = writeln!(
                anstream::stderr(),
                "{}:{}: the state has {what} already; going on behind it",
                path.display(),
                start.line
            );
        }
        self.note = Some(own);
        self.start = start;
        Ok(())
    }

    /// Goes to the last line of the file of events that the state knows.
    pub(super) fn skip_known(&self, events: &mut Records) -> Result<(), Failure> {
        let Some(start) = &self.start else { return Ok(()) };
        while events.position() < start.bytes && events.advance()? {}
        Ok(())
    }

    /// The load files that the state does not have yet.
    pub(super) fn new_loads(&self, files: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
        let mut new = Vec::new();
        for path in files {
            match load_note(path)? {
                Some(note) if self.keeper.standing().notes.contains_key(&note) => {
                    let _ = writeln!(anstream::stderr(), "{}: the state has it already", path.display());
                }
                Some(_) | None => new.push(path.clone()),
            }
        }
        Ok(new)
    }

    /// Notes that load files were read.
    pub(super) fn has_loaded(&mut self, files: &[PathBuf]) -> Result<(), Failure> {
        for path in files {
            if let Some(note) = load_note(path)? {
                self.keeper.note(&note, path.display().to_string().into_bytes());
            }
        }
        Ok(())
    }

    /// The line in hand was handled: sends it on its way when there is enough, and passes on what is committed.
    pub(super) fn has_read(&mut self, events: &Records, output: &mut Output) -> Result<(), Failure> {
        if !self.keeper.is_full() {
            return Ok(());
        }
        self.note_place(events);
        self.keeper.send()?;
        self.hand_out(output)
    }

    fn note_place(&mut self, events: &Records) {
        let Some(name) = &self.note else { return };
        let place = ReadSoFar { bytes: events.position(), line: events.line(), hash: events.hash() };
        if place.line > 0 {
            self.keeper.note(name, serde_json::to_vec(&place).unwrap_or_default());
        }
    }

    /// Commits what was gathered and passes it on.
    pub(super) fn pause(&mut self, events: &Records, output: &mut Output) -> Result<(), Failure> {
        self.note_place(events);
        self.keeper.flush()?;
        self.hand_out(output)?;
        // Whoever ends us while we wait must not make the next run pass the same on again.
        Ok(self.keeper.flush()?)
    }

    /// Passes on what was committed by runs that did not come so far as to pass it on.
    pub(super) fn hand_out_older(&mut self, output: &mut Output) -> Result<(), Failure> {
        let last = self.keeper.standing().outcomes;
        while self.passed_on < last {
            let found = self.keeper.outcomes(self.passed_on, FETCHED)?;
            let Some((number, _)) = found.last() else { break };
            self.passed_on = *number;
            for (_, line) in &found {
                output.bytes().extend_from_slice(line);
                output.bytes().push(b'\n');
                output.pass_on()?;
            }
        }
        Ok(())
    }

    /// Passes on what is committed.
    fn hand_out(&mut self, output: &mut Output) -> Result<(), Failure> {
        let before = self.passed_on;
        let Self { keeper, passed_on, .. } = self;
        keeper.committed(|batch| {
            output.bytes().extend_from_slice(&batch.outcomes);
            *passed_on += batch.outcome_count;
            output.pass_on()
        })?;
        if self.to_stdout && self.passed_on > before {
            output.flush()?;
            self.note_passed_on();
        }
        Ok(())
    }

    fn note_passed_on(&mut self) {
        self.keeper.note(PASSED_ON, self.passed_on.to_string().into_bytes());
    }

    /// Commits everything and passes it on.
    pub(super) fn finish(&mut self, events: &Records, output: &mut Output) -> Result<(), Failure> {
        self.note_place(events);
        self.keeper.finish()?;
        self.hand_out(output)
    }

    /// Notes that everything has arrived where it was passed on to.
    pub(super) fn has_arrived(&mut self) -> Result<(), Failure> {
        self.note_passed_on();
        Ok(self.keeper.finish()?)
    }

    /// For Ctrl-C while we wait for input: commits what was held. False when that could not be done, which was said.
    pub(super) fn rescue(&self) -> impl Fn() -> bool + Send + 'static {
        let rescue = self.keeper.rescue();
        move || match rescue.commit() {
            Ok(true) => true,
            Ok(false) => {
                let _ = writeln!(
                    anstream::stderr(),
                    "stopped by Ctrl-C: nothing of this run is in the state, because a stream that follows loads is kept \
                     at its end only"
                );
                false
            }
            Err(error) => {
                let _ = writeln!(anstream::stderr(), "stopped by Ctrl-C: what came last is not in the state: {error}");
                false
            }
        }
    }
}

/// Shows runs that wait at steps that are gone.
pub(super) fn orphans_told(all: &[Orphan]) -> Failure {
    let mut text = format!("{} at a step that the rules no longer have:\n", waits(all.len()));
    for orphan in all.iter().take(ORPHANS_SHOWN) {
        let (person, campaign) = (&orphan.person, &orphan.campaign);
        let (step, what) = (&orphan.step, &orphan.text);
        text.push_str(&format!("  `{person}` in `{campaign}`, step {step} (`{what}`)\n"));
    }
    if all.len() > ORPHANS_SHOWN {
        text.push_str(&format!("  and {} more\n", all.len() - ORPHANS_SHOWN));
    }
    let _ = write!(anstream::stderr(), "{text}");
    Failure::with_help(
        "these runs cannot go on; nothing was done",
        vec![
            "give the step back its place and text, or an `id` that stays".to_owned(),
            "or give `--orphans end` to end them".to_owned(),
        ],
    )
}

fn waits(number: usize) -> String {
    if number == 1 { "1 run waits".to_owned() } else { format!("{number} runs wait") }
}

/// The note of a load file; none for a stream.
fn load_note(path: &Path) -> Result<Option<String>, Failure> {
    let unreadable = |error: std::io::Error| Failure::new(format!("`{}` cannot be read: {error}", path.display()));
    match std::fs::metadata(path) {
        Ok(about) if about.is_file() => {}
        // What is no file is told when it is read.
        Ok(_) | Err(_) => return Ok(None),
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let (mut hash, mut buffer, mut bytes) = (SipHasher13::new(), vec![0; 256 * 1024], 0);
    loop {
        let read = file.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            return Ok(Some(format!("load {:032x} {bytes}", hash.finish128().as_u128())));
        }
        bytes += read;
        hash.write(buffer.get(..read).unwrap_or(&[]));
    }
}
