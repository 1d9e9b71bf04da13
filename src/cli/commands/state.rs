//! `campanile state`: looking after a state directory.

use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Beside, Output};
use crate::cli::render::count;
use crate::store::{
    self, Database, ImportError, Input, Keeper, Partition, SqliteStore, StateDirectory, Store as _, StoreError,
};

/// So many findings of the database are shown.
const SHOWN: usize = 20;

/// Look after a state directory: check, copy, shrink, carry over
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile state check state
  campanile state backup state copies/monday
  campanile state compact state
  campanile state export state --to people.jsonl
  campanile state import fresh people.jsonl")]
pub(crate) struct Args {
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Work {
    /// Read everything and say whether it is what was written; also while a run works with it.
    Check {
        /// The state directory.
        state: PathBuf,
    },
    /// Copy a state directory; also while a run works with it.
    Backup {
        /// The state directory.
        state: PathBuf,
        /// The directory of the copy, which must not hold anything.
        copy: PathBuf,
    },
    /// Write everything anew, as small as it can be. Nobody else may work with the directory.
    Compact {
        /// The state directory.
        state: PathBuf,
    },
    /// Write people as lines of JSON. Action records are not part of it.
    Export {
        /// The state directory.
        state: PathBuf,
        /// Where to write; without it, the standard output.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Make a state directory of lines that `export` wrote.
    Import {
        /// The state directory, which must not hold anything.
        state: PathBuf,
        /// The lines; `-` is the standard input.
        file: PathBuf,
    },
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.work {
        Work::Check { state } => check(state),
        Work::Backup { state, copy } => backup(state, copy),
        Work::Compact { state } => compact(state),
        Work::Export { state, to } => export(state, to.as_deref()),
        Work::Import { state, file } => import(state, file),
    }
}

/// What reading everything found.
struct Found {
    inputs: u64,
    outcomes: u64,
    journal: u64,
    chunks: u64,
}

fn check(path: &Path) -> Result<Exit, Failure> {
    let database = Database::open_for_reading(path)?;
    let problems = database.problems()?;
    let found = SqliteStore::open_for_reading(database).and_then(|mut store| read_all(&mut store));
    let damage = match &found {
        Ok(_) => None,
        Err(error @ StoreError::Damaged { .. }) => Some(error.to_string()),
        Err(_) => return Err(found.err().map_or(Failure::Said(Exit::Usage), Failure::from)),
    };
    let mut out = anstream::stdout();
    let problems: Vec<String> = damage.into_iter().chain(problems).collect();
    for problem in problems.iter().take(SHOWN) {
        writeln!(out, "{problem}")?;
    }
    if let (Ok(found), true) = (found, problems.is_empty()) {
        let Found { inputs, outcomes, journal, chunks } = found;
        writeln!(
            out,
            "{}: {inputs} inputs, {journal} of them since the checkpoint; {outcomes} action records; \
             {chunks} chunks of people; all as it was written",
            path.display()
        )?;
        return Ok(Exit::Fine);
    }
    let many = count(problems.len(), "problem");
    let _ =
        writeln!(anstream::stderr(), "{}: {many}; bring back a copy made by `campanile state backup`", path.display());
    Ok(Exit::Findings)
}

fn read_all(store: &mut SqliteStore) -> Result<Found, StoreError> {
    let partition = Partition::default();
    let standing = store.standing(partition)?;
    let damaged = |reason: String| StoreError::Damaged { path: "the journal".to_owned(), reason };
    let mut after = standing.checkpoint.as_ref().map_or(0, |(inputs, _)| *inputs);
    let journal = standing.inputs.saturating_sub(after);
    while after < standing.inputs {
        let entry = store.journal(partition, after)?.filter(|entry| entry.first == after + 1);
        let Some(entry) = entry else { return Err(damaged(format!("the inputs after number {after} are missing"))) };
        let mut rest = entry.inputs.as_slice();
        let mut read = 0;
        while Input::read(&mut rest).is_some() {
            read += 1;
        }
        if read != entry.count {
            return Err(damaged(format!("the inputs from number {} on are cut off", entry.first)));
        }
        after += entry.count;
    }
    let mut last = 0;
    while last < standing.outcomes {
        let found = store.outcomes(partition, last, 10_000)?;
        if found.first().is_none_or(|(number, _)| *number != last + 1) {
            return Err(damaged(format!("the action records after number {last} are missing")));
        }
        last += found.len() as u64;
    }
    let mut chunks = 0;
    store.chunks(partition, &mut |_, _| {
        chunks += 1;
        Ok(())
    })?;
    store.marks(partition, &mut |_| Ok(()))?;
    Ok(Found { inputs: standing.inputs, outcomes: standing.outcomes, journal, chunks })
}

fn backup(path: &Path, copy: &Path) -> Result<Exit, Failure> {
    let database = Database::open_for_reading(path)?;
    let directory = StateDirectory::open(copy, "campanile state backup")?;
    let file = directory.database_file();
    if file.exists() {
        let help = vec!["give a directory that does not exist yet".to_owned()];
        return Err(Failure::with_help(format!("`{}` already holds a state", copy.display()), help));
    }
    let beside = Beside::new(&file);
    let _ = std::fs::remove_file(beside.partial());
    database.copy_to(beside.partial())?;
    beside.settle()?;
    Ok(Exit::Fine)
}

/// Takes a state up under the rules under which it was left.
fn take_up(path: &Path, command: &str) -> Result<(StateDirectory, Keeper), Failure> {
    let directory = StateDirectory::open_existing(path, command)?;
    let store = SqliteStore::open(Database::open(&directory)?)?;
    let keeper = Keeper::open_as_left(Box::new(store), Partition::default())?;
    Ok((directory, keeper))
}

fn compact(path: &Path) -> Result<Exit, Failure> {
    let (directory, mut keeper) = take_up(path, "campanile state compact")?;
    keeper.checkpoint_anew()?;
    keeper.finish()?;
    drop(keeper);
    let database = Database::open(&directory)?;
    database.vacuum()?;
    Ok(Exit::Fine)
}

fn export(path: &Path, to: Option<&Path>) -> Result<Exit, Failure> {
    let (_directory, mut keeper) = take_up(path, "campanile state export")?;
    let mut output = Output::open(to)?;
    let mut lines = BufWriter::new(Pieces(&mut output));
    store::export(&mut keeper, &mut lines)?;
    lines.flush()?;
    drop(lines);
    output.finish()?;
    Ok(Exit::Fine)
}

/// Passes pieces on as they come.
struct Pieces<'a>(&'a mut Output);

impl std::io::Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.bytes().extend_from_slice(bytes);
        match self.0.pass_on() {
            Ok(()) => Ok(bytes.len()),
            Err(Failure::Pipe) => Err(std::io::ErrorKind::BrokenPipe.into()),
            Err(Failure::Input { message, .. } | Failure::Unreachable { message, .. }) => {
                Err(std::io::Error::other(message))
            }
            Err(Failure::Said(_)) => Err(std::io::Error::other("it cannot be written")),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn import(path: &Path, file: &Path) -> Result<Exit, Failure> {
    let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let lines: Box<dyn std::io::Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let opened = std::fs::File::open(file);
        Box::new(opened.map_err(|error| Failure::new(format!("`{name}` cannot be read: {error}")))?)
    };
    let directory = StateDirectory::open(path, "campanile state import")?;
    let mut store = SqliteStore::open(Database::open(&directory)?)?;
    match store::import(&mut store, Partition::default(), BufReader::new(lines)) {
        Ok(people) => {
            store.rest()?;
            let many = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
            let _ = writeln!(anstream::stderr(), "{}: {many}", path.display());
            Ok(Exit::Fine)
        }
        Err(ImportError::Store(error)) => Err(error.into()),
        Err(ImportError::Line { line, reason }) => Err(Failure::new(format!("{name}:{line}: {reason}"))),
        Err(ImportError::NotEmpty) => Err(Failure::with_help(
            format!("`{}` already holds people", path.display()),
            vec!["give a directory that does not exist yet".to_owned()],
        )),
        Err(ImportError::Read(error)) => Err(Failure::new(format!("`{name}` cannot be read: {error}"))),
    }
}
