//! `campanile why`: why a person qualifies for a smart campaign, or does not.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use super::select::people;
use crate::cli::exit::{Exit, Failure};
use crate::diagnostics::help_for_name;
use crate::engine::{Clause, Why};

/// Say why a person qualifies for a smart campaign, or does not
///
/// Each clause of the filter is shown with what was found, the qualification rule, and where runs wait. The status is 0 when
/// an event that fires a trigger would start a run, and 1 when it would not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile why ada thank --rules rules --load people.csv
  campanile why ada thank --rules rules --load people.csv --format json")]
pub(crate) struct Args {
    /// The person.
    person: String,
    /// The smart campaign.
    campaign: String,
    /// Files and folders with rules; together they are one workspace.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// The people: JSON lines, or a table of people or members (CSV). May be repeated; `-` is the standard input.
    #[arg(long, required = true, value_name = "FILE")]
    load: Vec<PathBuf>,
    /// The time to judge by; without it, the present.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How to answer.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut engine = people(&args.rules, &args.load, args.at.as_deref())?;
    if engine.rulebook().campaign(&args.campaign).is_none() {
        let names = engine.rulebook().campaigns.iter().map(|campaign| campaign.name.as_str());
        let help = help_for_name(&args.campaign, "smart campaign", names);
        return Err(Failure::with_help(format!("there is no smart campaign `{}`", args.campaign), help));
    }
    let Some(why) = engine.why(&args.person, &args.campaign) else {
        return Err(Failure::new(format!("there is nobody with the id `{}` in what was loaded", args.person)));
    };
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Human => write!(out, "{}", human(&why))?,
        // Texts, numbers and booleans can always be written.
        Format::Json => writeln!(out, "{}", serde_json::to_string(&why).unwrap_or_default())?,
    }
    out.flush()?;
    Ok(if why.would_run { Exit::Fine } else { Exit::Findings })
}

fn human(why: &Why) -> String {
    let Why { person, campaign, would_run, active, starts, filter, qualify, may_qualify, times, last, again, waiting } =
        why;
    let mut text =
        format!("`{person}` {} `{campaign}` now\n", if *would_run { "would run in" } else { "would not run in" });
    let mut line = |name: &str, what: &str| {
        // A text takes everything.
        let _ = writeln!(text, "  {name:<8} {what}");
    };
    if !active {
        line("active", "no: new runs do not start");
    }
    for (number, trigger) in starts.iter().enumerate() {
        line(if number == 0 { "starts" } else { "" }, trigger);
    }
    match filter {
        None => line("filter", "everybody passes"),
        Some(filter) => clauses(filter, "filter", 0, &mut line),
    }
    let counted = if *times == 1 { "1 time".to_owned() } else { format!("{times} times") };
    let last = last.map_or_else(String::new, |last| format!(", last {}", last.0));
    let again = again.map_or_else(String::new, |again| format!("; again from {} on", again.0));
    let may = if *may_qualify { "may" } else { "may not" };
    line("qualify", &format!("{may}: `{qualify}`, and qualified {counted} so far{last}{again}"));
    for wait in waiting {
        line("waits", &format!("at step {} (`{}`) until {}", wait.step, wait.action, wait.until.0));
    }
    text
}

fn clauses(Clause { text, holds, found, parts }: &Clause, name: &str, depth: usize, line: &mut impl FnMut(&str, &str)) {
    let found = if found.is_empty() { String::new() } else { format!("   ({})", found.join("; ")) };
    let word = if *holds { "holds" } else { "fails" };
    line(name, &format!("{}{word}  {text}{found}", "  ".repeat(depth)));
    parts.iter().for_each(|part| clauses(part, "", depth + 1, line));
}
