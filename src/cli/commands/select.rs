//! `campanile select`: who matches now.

use std::io::Write as _;
use std::path::PathBuf;

use super::run::{BadLines, load, moment};
use crate::cli::exit::{Exit, Failure};
use crate::cli::render::human;
use crate::cli::rules;
use crate::clock::present;
use crate::compile;
use crate::diagnostics::{Sources, help_for_name};
use crate::engine::Engine;
use crate::language::Scalar;
use crate::meaning::Filter;

/// List the people who match a filter or a segment, in byte order of their ids
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile select --rules rules --load people.csv --filter 'Score >= 50'
  campanile select --rules rules --load people.csv --segment Mailable --count")]
#[command(group = clap::ArgGroup::new("who").required(true))]
pub(crate) struct Args {
    /// Files and folders with rules; together they are one workspace.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// The people: JSON lines, or a table of people or members (CSV). May be repeated; `-` is the standard input.
    #[arg(long, required = true, value_name = "FILE")]
    load: Vec<PathBuf>,
    /// The filter, in the language of rule files.
    #[arg(long, value_name = "TEXT", group = "who")]
    filter: Option<String>,
    /// The name of a segment.
    #[arg(long, value_name = "NAME", group = "who")]
    segment: Option<String>,
    /// The time to judge by; without it, the present.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Print only how many there are.
    #[arg(long)]
    count: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut engine = people(&args.rules, &args.load, args.at.as_deref())?;
    let filter = match (&args.filter, &args.segment) {
        (Some(text), _) => filter(text, &engine)?,
        (None, Some(name)) => segment(name, &engine)?,
        (None, None) => return Err(Failure::new("either `--filter` or `--segment` says who is meant")),
    };
    let mut out = std::io::BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    if args.count {
        writeln!(out, "{}", engine.count(&filter))?;
    } else {
        for person in engine.select(&filter) {
            writeln!(out, "{person}")?;
        }
    }
    out.flush()?;
    Ok(Exit::Fine)
}

/// An engine with people from files, at a moment; the present, when none is named.
pub(super) fn people(paths: &[PathBuf], loads: &[PathBuf], at: Option<&str>) -> Result<Engine, Failure> {
    if loads.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::new("only one file can be the standard input"));
    }
    let rulebook = rules::load(paths)?;
    let at = match at {
        Some(text) => moment(text, "--at", &rulebook.settings.zone)?,
        None => present(),
    };
    let mut engine = Engine::new(compile::plan(rulebook));
    load(&mut engine, loads, Some(at), &mut BadLines::stop(), false)?;
    Ok(engine)
}

fn filter(text: &str, engine: &Engine) -> Result<Filter, Failure> {
    let mut sources = Sources::new();
    let file = sources.add("--filter", text);
    let scalar = Scalar::plain(file, 0, text);
    compile::filter(&scalar, engine.rulebook(), engine.names()).map_err(|findings| {
        let text: String = findings.iter().map(|finding| human::finding(finding, &sources)).collect();
        let _ = write!(anstream::stderr(), "{text}");
        Failure::Said(Exit::Usage)
    })
}

fn segment(name: &str, engine: &Engine) -> Result<Filter, Failure> {
    let rulebook = engine.rulebook();
    let found = rulebook.segment(name).and_then(|id| rulebook.get_segment(id));
    found.map(|segment| segment.filter.clone()).ok_or_else(|| {
        let names = rulebook.segments.iter().map(|segment| segment.name.as_str());
        Failure::with_help(format!("there is no segment `{name}`"), help_for_name(name, "segment", names))
    })
}
