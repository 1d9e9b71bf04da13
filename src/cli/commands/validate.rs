//! `campanile validate`: checks rule and scenario files.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueEnum;

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::{self, count};
use crate::cli::{input, output, rules};
use crate::compile;
use crate::diagnostics::fixes::{self, Allowed, Fixed, Settled};
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
  campanile validate rules --deny warnings --format github
  campanile validate rules --fix
  campanile validate - < draft.yaml")]
pub(crate) struct Args {
    /// Files and folders; together they are one workspace. `-` is the standard input, alone.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to show what is found.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// What else makes the check fail.
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Change the files: apply what settles a finding without a doubt.
    #[arg(long)]
    fix: bool,
    /// Apply guesses too: where one remedy is likely, such as a name spelt nearly like it.
    #[arg(long, requires = "fix")]
    r#unsafe: bool,
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
    let from_stdin = args.paths.iter().any(|path| path == Path::new("-"));
    if from_stdin && args.fix {
        return Err(Failure::with_help(
            "the standard input cannot be changed",
            vec!["save the rules to a file and give its path".to_owned()],
        ));
    }
    let files::Files { sources, findings } = input::rule_files(&args.paths)?;
    let mut rulebook = None;
    let mut check = |sources: &Sources| {
        let checked = check(sources);
        rulebook = checked.1;
        checked.0
    };
    // A file that could not be read would be missing everywhere else.
    let Settled { sources, changed, fixed, left: findings } = if !findings.is_empty() {
        Settled { sources, changed: Vec::new(), fixed: Vec::new(), left: findings }
    } else if args.fix {
        fixes::settle(sources, if args.r#unsafe { Allowed::Unsafe } else { Allowed::Safe }, check)
    } else {
        Settled { left: check(&sources), sources, changed: Vec::new(), fixed: Vec::new() }
    };
    let written: Vec<(PathBuf, &str)> = changed
        .iter()
        .filter_map(|id| sources.get(*id))
        .map(|file| (PathBuf::from(&file.path), file.text.as_str()))
        .collect();
    output::replace(&written)?;
    let seconds = begin.elapsed().as_secs_f64();

    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let warnings = findings.len() - errors;
    let fixed = args.fix.then_some(fixed.as_slice());
    match args.format {
        Format::Human => {
            let mut out = anstream::stdout().lock();
            for finding in &findings {
                write!(out, "{}", render::human::finding(finding, &sources))?;
            }
            write!(out, "{}", summary(&sources, (errors, warnings), fixed, &findings, changed.len()))?;
        }
        Format::Json => render::json::write(&findings, fixed, &sources, &mut std::io::stdout().lock())?,
        Format::Sarif => render::sarif::write(&findings, &sources, &mut std::io::stdout().lock())?,
        Format::Github => render::github::write(&findings, &sources, &mut std::io::stdout().lock())?,
    }
    if args.stats {
        let _ = write!(anstream::stderr(), "{}", stats(&sources, rulebook.as_ref(), seconds));
    }
    let failed = errors > 0 || (warnings > 0 && args.deny == Some(Deny::Warnings));
    Ok(if failed { Exit::Findings } else { Exit::Fine })
}

/// What was fixed, and how much is left.
fn summary(
    sources: &Sources,
    (errors, warnings): (usize, usize),
    fixed: Option<&[Fixed]>,
    left: &[Diagnostic],
    changed: usize,
) -> String {
    let mut text = String::new();
    for Fixed { code, message: _, title, path, line, column } in fixed.unwrap_or_default() {
        text.push_str(&format!("{path}:{line}:{column}: {code} settled: {title}\n"));
    }
    let files = count(sources.len(), "file");
    let done = match fixed.map(<[Fixed]>::len) {
        None => "checked".to_owned(),
        Some(0) => "checked, nothing to fix".to_owned(),
        Some(fixed) => format!("checked, {} fixed in {}", count(fixed, "finding"), count(changed, "file")),
    };
    if errors + warnings == 0 {
        return format!("{text}{files} {done}: everything is fine\n");
    }
    text.push_str(&format!("{files} {done}: {}, {}", count(errors, "error"), count(warnings, "warning")));
    if fixed.is_some() {
        let guesses = left.iter().filter(|finding| fixes::remedy(finding, Allowed::Unsafe).is_some()).count();
        text.push_str(" left");
        if guesses > 0 {
            text.push_str(&format!(" ({guesses} of them for `--fix --unsafe`)"));
        }
    }
    text.push('\n');
    text
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
