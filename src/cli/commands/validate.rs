//! `campanile validate`: checks rule and scenario files.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use clap::ValueEnum;

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::{self, count};
use crate::cli::rules;
use crate::compile;
use crate::diagnostics::{self, Diagnostic, Sources};
use crate::files;
use crate::language::is_scenario_file;
use crate::meaning::{Rulebook, Start};
use crate::scenario;

/// Check rule and scenario files
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile validate rules
  campanile validate rules/nurture.yaml rules/fields.yaml
  campanile validate rules --deny warnings --format github")]
pub(crate) struct Args {
    /// Files and folders; together they are one workspace.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to show what is found.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// What else makes the check fail.
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Tell what the workspace holds and how long the check took.
    #[arg(long)]
    stats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, for code hosts.
    Sarif,
    /// Annotations of a GitHub Actions run.
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings fail too.
    Warnings,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let begin = Instant::now();
    let files::Files { sources, findings } = files::read_files(&args.paths)?;
    // A file that could not be read would be missing everywhere else.
    let (findings, rulebook) = if findings.is_empty() { check(&sources) } else { (findings, None) };
    let seconds = begin.elapsed().as_secs_f64();

    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let warnings = findings.len() - errors;
    match args.format {
        Format::Human => {
            let mut out = anstream::stdout().lock();
            for finding in &findings {
                write!(out, "{}", render::human::finding(finding, &sources))?;
            }
            let files = count(sources.len(), "file");
            if findings.is_empty() {
                writeln!(out, "{files} checked: everything is fine")?;
            } else {
                writeln!(out, "{files} checked: {}, {}", count(errors, "error"), count(warnings, "warning"))?;
            }
        }
        Format::Json => render::json::write(&findings, &sources, &mut std::io::stdout().lock())?,
        Format::Sarif => render::sarif::write(&findings, &sources, &mut std::io::stdout().lock())?,
        Format::Github => render::github::write(&findings, &sources, &mut std::io::stdout().lock())?,
    }
    if args.stats {
        let _ = write!(anstream::stderr(), "{}", stats(&sources, rulebook.as_ref(), seconds));
    }
    let failed = errors > 0 || (warnings > 0 && args.deny == Some(Deny::Warnings));
    Ok(if failed { Exit::Findings } else { Exit::Fine })
}

/// Everything that can be said about the files, by place.
fn check(sources: &Sources) -> (Vec<Diagnostic>, Option<Rulebook>) {
    let compile::Checked { rulebook, mut findings } = rules::check(sources);
    findings.extend(scenario::check(sources));
    diagnostics::sort(&mut findings);
    (findings, rulebook)
}

fn stats(sources: &Sources, rulebook: Option<&Rulebook>, seconds: f64) -> String {
    let scenarios = sources.iter().filter(|(_, file)| is_scenario_file(&file.path)).count();
    let bytes: usize = sources.iter().map(|(_, file)| file.text.len()).sum();
    let mut text = format!(
        "{}, {}, {}, {seconds:.3} s\n",
        count(sources.len() - scenarios, "rule file"),
        count(scenarios, "scenario file"),
        count(bytes, "byte"),
    );
    if let Some(rulebook) = rulebook {
        let (mut triggers, mut batches, mut executables) = (0, 0, 0);
        for campaign in &rulebook.campaigns {
            match &campaign.start {
                Start::Triggers(_) => triggers += 1,
                Start::Batch { .. } => batches += 1,
                Start::Executable => executables += 1,
            }
        }
        text.push_str(&format!(
            "{} ({triggers} on triggers, {batches} as batches, {executables} executable), {}, {}, {}, {}, {}\n",
            count(rulebook.campaigns.len(), "smart campaign"),
            count(rulebook.segments.len(), "segment"),
            count(rulebook.programs.len(), "program"),
            count(rulebook.sfdc_campaigns.len(), "SFDC campaign"),
            count(rulebook.lists.len(), "list"),
            count(rulebook.fields.len(), "field"),
        ));
    }
    text
}
