//! `campanile run`: the main job on files. Loads state silently, feeds events, writes action records.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::ValueEnum;
use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::input::Records;
use crate::cli::interrupt::Interrupt;
use crate::cli::kept::{Kept, Orphans};
use crate::cli::laps::{Laps, Work};
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::render::count;
use crate::cli::render::human::{self, BadLine};
use crate::cli::rules;
use crate::cli::target::{Loading, Target};
use crate::engine::{self, Engine};
use crate::model::{Timestamp, Zone};

/// So many malformed lines are listed at the end; of the rest only the number is told.
const LISTED_MAX: usize = 100;

/// Run a rule book over a file of events and write what it does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile run --rules rules --events events.jsonl
  campanile run --rules rules --load people.csv --load members.csv --events -
  campanile run --rules rules --events events.jsonl --actions actions.jsonl
  campanile run --rules rules --events monday.jsonl --state state
  tail -f events.jsonl | campanile run --rules rules --events -")]
pub(crate) struct Args {
    /// Files and folders with rules; together they are one workspace.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// Events, one JSON object a line; `-` is the standard input.
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// State before the first event: JSON lines, or a table of people or members (CSV). May be repeated.
    #[arg(long, value_name = "FILE")]
    load: Vec<PathBuf>,
    /// After the last event, let time pass until then.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Where to write action records; without it, the standard output.
    #[arg(long, value_name = "FILE")]
    actions: Option<PathBuf>,
    /// Where to write the numbers of the run, as one JSON object.
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
    /// Keep people in this directory: the next run with it goes on where this one ends.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// What to do with waiting runs whose step is no longer in the rules; without it, such a run is an error.
    #[arg(long, value_enum, value_name = "WHAT", requires = "state")]
    orphans: Option<Orphans>,
    /// What to do with a malformed line.
    #[arg(long, value_enum, default_value_t = OnBadLine::Stop, value_name = "WHAT")]
    on_bad_line: OnBadLine,
}

/// What to do with a malformed line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnBadLine {
    /// Stop there, with status 2.
    Stop,
    /// Go on without it, and list it at the end.
    Skip,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let is_dash = |path: &PathBuf| path.as_os_str() == "-";
    if usize::from(is_dash(&args.events)) + args.load.iter().filter(|path| is_dash(path)).count() > 1 {
        return Err(Failure::new("only one file can be the standard input"));
    }
    let to_stdout = args.actions.as_ref().is_none_or(is_dash);
    if to_stdout && args.stats.as_ref().is_some_and(is_dash) {
        return Err(Failure::with_help(
            "action records and stats cannot both go to the standard output",
            vec!["give one of them a file".to_owned()],
        ));
    }
    let begin = Instant::now();
    let (rulebook, sources) = rules::read(&args.rules)?;
    let rules_seconds = begin.elapsed().as_secs_f64();
    let until = args.until.as_deref().map(|text| moment(text, "--until", &rulebook.settings.zone)).transpose()?;
    let quiet = Progress::would_disturb(to_stdout);
    let mut bad = BadLines { policy: args.on_bad_line, number: 0, listed: Vec::new() };
    let mut loads = args.load.clone();
    let mut target = match &args.state {
        None => Target::Memory(Box::new(Engine::new(crate::compile::plan(rulebook)))),
        Some(path) => {
            let mut kept = Kept::open(path, &sources, args.orphans, to_stdout)?;
            let is_careful = args.on_bad_line == OnBadLine::Stop;
            kept.look_ahead(&args.events, is_careful, |line| bad.stop_at(&line, &nothing_kept()))?;
            loads = kept.new_loads(&args.load)?;
            Target::Kept(Box::new(kept))
        }
    };
    let mut events = Records::events(&args.events)?;
    let mut output = Output::open(args.actions.as_deref())?;
    if let Target::Kept(kept) = &mut target {
        events = events.hashed();
        kept.skip_known(&mut events)?;
        kept.hand_out_older(&mut output)?;
    }
    let before = target.engine().stats();
    let mut run = Run { target, events, output, first: None, bad: &mut bad, quiet, laps: Laps::default() };

    let begin = Instant::now();
    run.look_for_first_event()?;
    load(&mut run.target, &loads, run.first.as_ref().and_then(|first| first.at), run.bad, quiet)?;
    if let Target::Kept(kept) = &mut run.target {
        kept.has_loaded(&loads)?;
    }
    let load_seconds = begin.elapsed().as_secs_f64();

    let begin = Instant::now();
    run.laps = Laps::begin(args.stats.is_some());
    let interrupted = run.feed()?;
    if !interrupted && let Some(until) = until {
        run.laps.end_of(Work::Read);
        run.target.advance(until, &mut run.output)?;
        run.laps.end_of(Work::Evaluate);
    }
    let Run { mut target, events, mut output, mut laps, .. } = run;
    laps.end_of(Work::Read);
    if let Target::Kept(kept) = &mut target {
        kept.finish(&events, &mut output)?;
        laps.end_of(Work::Keep);
    }
    let run_seconds = begin.elapsed().as_secs_f64();
    if interrupted {
        output.flush()?;
        if let (Target::Kept(kept), true) = (&mut target, to_stdout) {
            kept.has_arrived()?;
        }
        return Ok(Exit::Interrupted);
    }
    output.finish()?;
    if let Target::Kept(kept) = &mut target {
        kept.has_arrived()?;
    }
    let stats = since(target.engine().stats(), before);
    if let Some(path) = &args.stats {
        let mut output = Output::open(Some(path))?;
        serde_json::to_writer_pretty(
            output.bytes(),
            &Numbers::of(stats, rules_seconds, load_seconds, run_seconds, &laps),
        )
        .map_err(std::io::Error::from)?;
        output.bytes().push(b'\n');
        output.finish()?;
    }
    bad.report();
    if stats.incidents > 0 {
        let many = count(usize::try_from(stats.incidents).unwrap_or(usize::MAX), "incident");
        let _ = writeln!(anstream::stderr(), "{many}: look for `\"type\":\"incident\"` among the action records");
        return Ok(Exit::Incidents);
    }
    Ok(Exit::Fine)
}

/// What was counted since.
fn since(now: engine::Stats, before: engine::Stats) -> engine::Stats {
    engine::Stats {
        events: now.events - before.events,
        duplicates: now.duplicates - before.duplicates,
        no_change: now.no_change - before.no_change,
        qualified: now.qualified - before.qualified,
        actions: now.actions - before.actions,
        incidents: now.incidents - before.incidents,
        people: now.people,
        campaigns: now.campaigns,
    }
}

struct Run<'a> {
    target: Target,
    events: Records,
    output: Output,
    /// What is known of the first event that can be read; it is still the line in hand.
    first: Option<First>,
    bad: &'a mut BadLines,
    quiet: bool,
    laps: Laps,
}

#[derive(Clone, Copy)]
struct First {
    at: Option<Timestamp>,
}

impl Run<'_> {
    /// Goes to the first event that can be read: its time is needed before the loads.
    fn look_for_first_event(&mut self) -> Result<(), Failure> {
        while self.events.advance()? {
            match self.events.event() {
                Ok(event) => {
                    self.first = Some(First { at: event.at });
                    return Ok(());
                }
                Err(line) => {
                    self.target.pass_over(&self.events, &mut self.output)?;
                    self.bad.take(line, nothing_done)?;
                }
            }
        }
        Ok(())
    }

    /// Handles every event. Says whether Ctrl-C ended it before the last.
    fn feed(&mut self) -> Result<bool, Failure> {
        let line = Arc::new(AtomicU64::new(0));
        let said = {
            let (line, file) = (Arc::clone(&line), self.events.file().to_owned());
            let done = match &self.target {
                Target::Memory(_) => format!("the action records up to there are {}", self.output.so_far()),
                Target::Kept(_) => "everything up to there is in the state".to_owned(),
            };
            move || {
                let after = line.load(Ordering::Relaxed);
                let _ = writeln!(anstream::stderr(), "stopped by Ctrl-C after line {after} of {file}: {done}");
            }
        };
        let rescue = match &self.target {
            Target::Memory(_) => None,
            Target::Kept(kept) => Some(kept.rescue()),
        };
        // While we wait for input the program is ended from another thread, which must keep what was gathered.
        let interrupt = Interrupt::listen({
            let said = said.clone();
            move || {
                if rescue.as_ref().is_none_or(|rescue| rescue()) {
                    said();
                }
            }
        });
        let progress = Progress::new("events", self.events.size, self.quiet);
        let mut number = 0;
        let mut in_hand = self.first.is_some();
        while in_hand || self.advance(&interrupt)? {
            in_hand = false;
            let stopped = self.handle(&progress, |events| {
                number += 1;
                line.store(events.line(), Ordering::Relaxed);
                progress.at(number, events.position());
                interrupt.asked()
            })?;
            if stopped {
                progress.done();
                self.target.pause(&self.events, &mut self.output)?;
                said();
                return Ok(true);
            }
        }
        progress.done();
        Ok(false)
    }

    /// Handles the events of the lines in hand; `stop` is asked behind each. Says whether it told to stop.
    fn handle(&mut self, progress: &Progress, mut stop: impl FnMut(&Records) -> bool) -> Result<bool, Failure> {
        let Self { target, events, output, first: _, bad, quiet: _, laps } = self;
        let read = events.events_in_hand();
        laps.end_of(Work::Read);
        let mut coming = target.engine().foresee(read.iter().flatten());
        for (place, read) in read.iter().enumerate() {
            if place > 0 {
                events.go_on();
            }
            let refused = match read {
                Ok(event) => {
                    let coming = coming.next().unwrap_or_else(|| event.into());
                    target.handle(coming, events, output, laps)?.err().map(|error| events.refused(event, &error))
                }
                Err(line) => {
                    target.pass_over(events, output)?;
                    Some(line.clone())
                }
            };
            if let Some(line) = refused {
                progress.done();
                output.flush()?;
                let number = line.line;
                bad.take(line, || match target {
                    Target::Memory(_) => format!("the action records up to line {number} are {}", output.so_far()),
                    Target::Kept(_) => "nothing of this run was written to the state".to_owned(),
                })?;
            }
            warn(target, events, progress);
            if stop(events) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Goes to the next line. Whoever waits for us must not wait for what we gathered while we wait for them.
    fn advance(&mut self, interrupt: &Interrupt) -> Result<bool, Failure> {
        if self.events.ready() {
            return self.events.advance();
        }
        self.target.pause(&self.events, &mut self.output)?;
        interrupt.while_waiting(|| self.events.advance())
    }
}

/// Loads files into an engine and starts its clock: at `start` if that is known, else at the first load record's time,
/// else at the epoch.
pub(super) fn load(
    engine: &mut impl Loading,
    files: &[PathBuf],
    start: Option<Timestamp>,
    bad: &mut BadLines,
    quiet: bool,
) -> Result<(), Failure> {
    if let Some(at) = start {
        engine.start(at)?;
    }
    let mut first = None;
    for path in files {
        let mut records = Records::load(path)?;
        let progress = Progress::new("loading", records.size, quiet);
        let mut number = 0;
        while records.advance()? {
            let refused = match records.event() {
                Ok(event) => {
                    first = first.or(event.at);
                    engine.load(&event).err().map(|error| records.refused(&event, &error))
                }
                Err(line) => Some(line),
            };
            if let Some(line) = refused {
                bad.take(line, nothing_done)?;
            }
            warn(engine, &records, &progress);
            number += 1;
            progress.at(number, records.position());
        }
        progress.done();
    }
    engine.start(first.unwrap_or(Timestamp::EPOCH))
}

fn nothing_done() -> String {
    "nothing was run".to_owned()
}

fn nothing_kept() -> String {
    "nothing was run, and nothing was written to the state".to_owned()
}

fn warn(engine: &mut impl Loading, records: &Records, progress: &Progress) {
    for warning in engine.take_warnings() {
        let place = format!("{}:{}: {warning}", records.file(), records.line());
        progress.say(&human::warning(&place));
    }
}

/// Reads a time that was given as an argument.
pub(super) fn moment(text: &str, option: &str, zone: &Zone) -> Result<Timestamp, Failure> {
    zone.parse(text).ok_or_else(|| {
        Failure::with_help(
            format!("`{text}` is not a time for `{option}`"),
            vec![
                "write it as `2026-03-05T09:00:00Z`, or as `2026-03-05 09:00` in the workspace's time zone".to_owned(),
            ],
        )
    })
}

/// The malformed lines of a run.
pub(super) struct BadLines {
    policy: OnBadLine,
    number: usize,
    listed: Vec<String>,
}

impl BadLines {
    /// For commands that stop at the first.
    pub(super) fn stop() -> Self {
        Self { policy: OnBadLine::Stop, number: 0, listed: Vec::new() }
    }

    /// Takes a malformed line: shows it and ends the run with `done`, which says how far it came, or remembers it.
    fn take(&mut self, line: BadLine, done: impl FnOnce() -> String) -> Result<(), Failure> {
        match self.policy {
            OnBadLine::Stop => Err(self.stop_at(&line, &done())),
            OnBadLine::Skip => {
                self.number += 1;
                if self.listed.len() < LISTED_MAX {
                    self.listed.push(line.short());
                }
                Ok(())
            }
        }
    }

    /// Shows the line that ends the run.
    fn stop_at(&self, line: &BadLine, done: &str) -> Failure {
        let (file, number) = (&line.file, line.line);
        let _ = writeln!(anstream::stderr(), "{}stopped at line {number} of {file}: {done}", line.long());
        Failure::Said(Exit::Usage)
    }

    fn report(&self) {
        if self.number == 0 {
            return;
        }
        let mut text = format!("{} skipped:\n", count(self.number, "malformed line"));
        for line in &self.listed {
            text.push_str(&format!("  {line}\n"));
        }
        if self.number > self.listed.len() {
            text.push_str(&format!("  and {} more\n", self.number - self.listed.len()));
        }
        let _ = write!(anstream::stderr(), "{text}");
    }
}

/// The object of `--stats`.
#[derive(Serialize)]
struct Numbers {
    events: u64,
    duplicates: u64,
    no_change: u64,
    qualified: u64,
    actions: u64,
    incidents: u64,
    people: u64,
    campaigns: u64,
    rules_seconds: f64,
    load_seconds: f64,
    run_seconds: f64,
    /// Of the run's seconds, those for reading lines, for the evaluator, for action records and for the state directory.
    read_seconds: f64,
    evaluate_seconds: f64,
    write_seconds: f64,
    keep_seconds: f64,
    events_per_second: f64,
    peak_memory_bytes: Option<u64>,
}

impl Numbers {
    fn of(stats: engine::Stats, rules_seconds: f64, load_seconds: f64, run_seconds: f64, laps: &Laps) -> Self {
        let engine::Stats { events, duplicates, no_change, qualified, actions, incidents, people, campaigns } = stats;
        let micros = |seconds: f64| (seconds * 1e6).round() / 1e6;
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits than a float has")]
        let rate = if run_seconds > 0.0 { (events as f64 / run_seconds).round() } else { 0.0 };
        Self {
            events,
            duplicates,
            no_change,
            qualified,
            actions,
            incidents,
            people,
            campaigns,
            rules_seconds: micros(rules_seconds),
            load_seconds: micros(load_seconds),
            run_seconds: micros(run_seconds),
            read_seconds: micros(laps.read.as_secs_f64()),
            evaluate_seconds: micros(laps.evaluate.as_secs_f64()),
            write_seconds: micros(laps.write.as_secs_f64()),
            keep_seconds: micros(laps.keep.as_secs_f64()),
            events_per_second: rate,
            peak_memory_bytes: peak_memory_bytes(),
        }
    }
}

/// The most memory that the process ever held, where the system tells (Linux).
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}
