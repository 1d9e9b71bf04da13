//! `campanile sync`: passes, and what became of them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Subcommand, ValueEnum};

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::passes;
use crate::cli::serving::asked_to_end;
use crate::cli::syncing::{Ground, Where, exit_of, read_ledger};
use crate::clock::present;
use crate::language::{Scalar, text};
use crate::sync::Trouble;
use crate::sync::evaluator::Own;
use crate::sync::ledger::Ledger as _;
use crate::sync::pass::{self, How, Report, Sync};
use crate::sync::wire::Http;

/// Keep programs and SFDC campaigns in step: one pass, or one after the other
///
/// Members and statuses travel both ways; channel and period costs go to the campaign's Type and ActualCost; people who are
/// missing are made. Changes that a pass brings in are events for the rules, and what flows do goes out. The status is 0 when
/// all went well, 1 when somebody has to look after something, 3 when a side cannot be reached.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  campanile sync --rules rules --state state --dry-run
  campanile sync --rules rules --state state --every
  campanile sync --rules rules --state state --every '15 minutes'
  campanile sync status --state state
  campanile sync log --state state"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    show: Option<Show>,
    #[command(flatten)]
    at: Where,
    /// Make passes until Ctrl-C, with this pause between them, as in `5 minutes`; without a value, that of the configuration.
    #[arg(long, value_name = "SPAN", num_args = 0..=1, conflicts_with = "dry_run")]
    every: Option<Option<String>>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Compare both sides as a whole, as is done once a day.
    #[arg(long)]
    full: bool,
    /// How to answer.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs: one object for each pass.
    Json,
}

#[derive(Debug, Subcommand)]
enum Show {
    /// Show what is linked, the last pass, and what the last five days have left to look after. Also while a sync runs.
    Status {
        /// The state directory.
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// How to answer.
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Show the passes of the last five days. Also while a sync runs.
    Log {
        /// The state directory.
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// How to answer.
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.show {
        Some(Show::Status { state, format }) => status(state, *format),
        Some(Show::Log { state, format }) => log(state, *format),
        None => sync(args),
    }
}

fn sync(args: &Args) -> Result<Exit, Failure> {
    let ground = Ground::open(&args.at, "campanile sync")?;
    let how = How { full: args.full, dry: args.dry_run };
    let pause = match &args.every {
        None => None,
        Some(None) => Some(Duration::from_secs(ground.config.sync.every_seconds)),
        Some(Some(span)) => Some(read_span(span)?),
    };
    ground.run(async |sync| match pause {
        None => {
            let (report, outcome) = one_pass(sync, how).await?;
            show(&report, args.format)?;
            outcome?;
            Ok(exit_of(report.has_failures()))
        }
        Some(pause) => every(sync, how, pause, args.format).await,
    })
}

async fn one_pass(sync: &mut Sync<'_, Http, Own>, how: How) -> Result<(Report, Result<(), Trouble>), Failure> {
    if !how.dry {
        sync.evaluator().keeper().advance(present())?;
    }
    Ok(sync.pass(how).await)
}

/// Passes until somebody asks for an end. A pass that is under way is ended at its next call: the next one goes on from there.
async fn every(sync: &mut Sync<'_, Http, Own>, how: How, pause: Duration, format: Format) -> Result<Exit, Failure> {
    let asked = asked_to_end()?;
    tokio::pin!(asked);
    let mut how = how;
    loop {
        let passed = tokio::select! {
            passed = one_pass(sync, how) => passed?,
            () = &mut asked => return Ok(Exit::Fine),
        };
        let (report, outcome) = passed;
        show(&report, format)?;
        // Anything else is told in the report, and tried again.
        if let Err(Trouble::Ledger(error)) = outcome {
            return Err(error.into());
        }
        how.full = false;
        let next = tokio::time::Instant::now() + pause;
        // Waits of flows end in between, and what comes of them does not wait for the next pass.
        loop {
            let due = sync.evaluator().keeper().engine().next_due();
            let until_due = due.map(|due| u64::try_from(due.0.saturating_sub(present().0)).unwrap_or(0));
            let until_due = until_due.map(|millis| tokio::time::Instant::now() + Duration::from_millis(millis));
            let wake = until_due.map_or(next, |due| due.min(next));
            tokio::select! {
                () = tokio::time::sleep_until(wake) => {}
                () = &mut asked => return Ok(Exit::Fine),
            }
            if wake >= next {
                break;
            }
            sync.evaluator().keeper().advance(present())?;
            match sync.hand_out().await {
                Ok(report) if report.is_quiet() => {}
                Ok(report) => show(&report, format)?,
                Err(Trouble::Ledger(error)) => return Err(error.into()),
                Err(_) => break,
            }
        }
    }
}

/// A span as rule files write it: `5 minutes`.
fn read_span(span: &str) -> Result<Duration, Failure> {
    let scalar = Scalar::plain(crate::diagnostics::FileId(0), 0, span);
    let wrong = || {
        Failure::with_help(
            format!("`{span}` under --every is no span of at least a second"),
            vec!["a number and a unit, as in `5 minutes`".to_owned()],
        )
    };
    // Somebody who tries things out does not want to wait for a minute.
    let number = span.strip_suffix(" seconds").or_else(|| span.strip_suffix(" second"));
    let seconds = match number {
        Some(number) => number.trim().parse().ok(),
        None => text::duration(&scalar, &mut Vec::new()).and_then(crate::config::seconds),
    };
    let seconds = seconds.ok_or_else(wrong)?;
    if seconds == 0 { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}

fn show(report: &Report, format: Format) -> Result<(), Failure> {
    let mut out = anstream::stdout();
    match format {
        Format::Human => write!(out, "{}", passes::report(report))?,
        Format::Json => writeln!(out, "{}", report.json())?,
    }
    out.flush()?;
    Ok(())
}

fn status(state: &Path, format: Format) -> Result<Exit, Failure> {
    let mut ledger = read_ledger(state)?;
    let book = ledger.load()?;
    let last = ledger.passes("")?.pop();
    let records = ledger.records(&pass::shown_since(present()))?;
    let mut out = anstream::stdout();
    match format {
        Format::Human => write!(out, "{}", passes::status(&book, last.as_deref(), &records))?,
        Format::Json => writeln!(out, "{}", pass::status(&book, last.as_deref(), &records))?,
    }
    out.flush()?;
    Ok(Exit::Fine)
}

fn log(state: &Path, format: Format) -> Result<Exit, Failure> {
    let mut ledger = read_ledger(state)?;
    let mut out = anstream::stdout();
    for pass in ledger.passes(&pass::shown_since(present()))? {
        match format {
            Format::Human => write!(out, "{}", passes::line(&pass))?,
            Format::Json => writeln!(out, "{pass}")?,
        }
    }
    out.flush()?;
    Ok(Exit::Fine)
}
