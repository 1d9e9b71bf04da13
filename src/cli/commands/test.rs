//! `campanile test`: runs scenarios.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::ValueEnum;

use crate::analysis::coverage::{self, Coverage};
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::Progress;
use crate::cli::render::{self, human, scenarios};
use crate::cli::rules;
use crate::compile::{self, Plan};
use crate::diagnostics::{self, Diagnostic, Sources};
use crate::engine::Seen;
use crate::files;
use crate::language::{is_rule_file, is_scenario_file};
use crate::scenario::{self, RulesOf, ScenarioFile};

/// How wide the output is where nobody says.
const WIDTH: usize = 100;

/// Run scenarios, which say what rules should do
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile test rules
  campanile test tests --rules rules
  campanile test rules --filter 'thanked once' --format junit
  campanile test rules --coverage
  campanile test rules --watch")]
pub(crate) struct Args {
    /// Scenario files (*.test.yaml) and folders with them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The rules of scenarios that name none; without it, the rule files in the folder of the scenario file.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// How to show the results.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Run only scenarios whose name contains this.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Tell what the scenarios show of the rules: triggers that fired, clauses that were true and false, branches taken.
    #[arg(long)]
    coverage: bool,
    /// Run again whenever a rule or scenario file changes, until Ctrl-C.
    #[arg(long)]
    watch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// One JSON object.
    Json,
    /// JUnit XML.
    Junit,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    if !args.watch {
        return once(args, &mut Vec::new());
    }
    let given: Vec<PathBuf> = args.paths.iter().chain(&args.rules).cloned().collect();
    let mut watched = given.clone();
    loop {
        let before = fingerprint(&watched);
        let mut used = Vec::new();
        if let Err(failure) = once(args, &mut used) {
            if let Failure::Pipe = failure {
                return Ok(Exit::Fine);
            }
            let _ = write!(anstream::stderr(), "{}", human::failure(&failure));
        }
        watched = given.iter().cloned().chain(used).collect();
        // What is watched from now on counts as it is, all else as it was before the scenarios ran.
        let mut known = fingerprint(&watched);
        known.extend(before);
        writeln!(anstream::stdout(), "waiting for a change; Ctrl-C ends this")?;
        while fingerprint(&watched) == known {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// Plays everything once. The paths of the rules that were used are added to `used`.
fn once(args: &Args, used: &mut Vec<PathBuf>) -> Result<Exit, Failure> {
    let files::Files { sources, findings } = files::read_files(&args.paths)?;
    let files = scenario_files(&sources, findings)?;
    let mut plans = Plans { given: &args.rules, known: BTreeMap::new() };
    let progress = Progress::new("scenarios", Some(files.len() as u64), Progress::would_disturb(true));
    let mut results = Vec::new();
    let mut seen: Vec<(Arc<Plan>, Seen)> = Vec::new();
    let mut watching = |plan: &Arc<Plan>, new: &Seen| match seen.iter_mut().find(|(known, _)| Arc::ptr_eq(known, plan))
    {
        Some((_, seen)) => seen.merge(new),
        None => seen.push((Arc::clone(plan), new.clone())),
    };
    for (number, (path, file)) in (1..).zip(&files) {
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        let mut plan_of = |rules: &RulesOf<'_>| plans.get(folder, rules);
        let watching: Option<&mut scenario::Watching<'_>> = if args.coverage { Some(&mut watching) } else { None };
        results.extend(scenario::run_file(&sources, file, args.filter.as_deref(), &mut plan_of, watching));
        progress.step(number);
    }
    progress.done();
    used.extend(plans.known.keys().flatten().cloned());
    if results.is_empty() {
        let message = match &args.filter {
            Some(filter) => format!("no scenario has `{filter}` in its name"),
            None => "there is no scenario in these files".to_owned(),
        };
        return Err(Failure::new(message));
    }
    let coverage = args.coverage.then(|| plans.coverage(&seen));
    let passed = results.iter().all(|result| result.passed);
    match args.format {
        Format::Human => {
            let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
            let width = width.or_else(crate::cli::progress::terminal_width).unwrap_or(WIDTH);
            let mut out = anstream::stdout().lock();
            scenarios::human(&results, width, &mut out)?;
            if let Some(coverage) = &coverage {
                render::coverage::human(coverage, &mut out)?;
            }
        }
        Format::Json => scenarios::json(&results, coverage.as_ref(), &mut std::io::stdout().lock())?,
        Format::Junit => {
            scenarios::junit(&results, &mut std::io::stdout().lock())?;
            // JUnit has no place for it.
            if let Some(coverage) = &coverage {
                render::coverage::human(coverage, &mut anstream::stderr().lock())?;
            }
        }
    }
    Ok(if passed { Exit::Fine } else { Exit::Findings })
}

/// The files under paths with when they were changed and how long they are.
type Fingerprint = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// So often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Files that cannot be seen are left out: when they come back, that is a change.
fn fingerprint(paths: &[PathBuf]) -> Fingerprint {
    let mut found = Fingerprint::new();
    for path in paths {
        look(path, 0, &mut found);
    }
    found
}

fn look(path: &Path, depth: usize, found: &mut Fingerprint) {
    let Ok(about) = std::fs::metadata(path) else { return };
    if about.is_file() {
        let name = path.to_string_lossy();
        if is_rule_file(&name) || is_scenario_file(&name) {
            found.insert(path.to_owned(), (about.modified().ok(), about.len()));
        }
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten().filter(|_| depth < FOLDERS_MAX) {
        if entry.file_name().as_encoded_bytes().first() != Some(&b'.') {
            look(&entry.path(), depth + 1, found);
        }
    }
}

/// So many folders may lie inside each other.
const FOLDERS_MAX: usize = 64;

/// Reads the scenario files among the sources. Mistakes in them are shown and end the command: nothing can be said about
/// scenarios that cannot be read.
fn scenario_files(sources: &Sources, mut findings: Vec<Diagnostic>) -> Result<Vec<(String, ScenarioFile)>, Failure> {
    let mut files = Vec::new();
    for (id, file) in sources.iter().filter(|(_, file)| is_scenario_file(&file.path)) {
        if findings.iter().any(|finding| finding.span.file == id) {
            continue;
        }
        match scenario::read_file(sources, id) {
            Ok(read) => files.push((file.path.clone(), read)),
            Err(found) => findings.extend(found),
        }
    }
    findings.retain(|finding| is_scenario_file(sources.path(finding.span.file)));
    if !findings.is_empty() {
        diagnostics::sort(&mut findings);
        let text: String = findings.iter().map(|finding| human::finding(finding, sources)).collect();
        let _ = write!(anstream::stderr(), "{text}");
        return Err(Failure::Said(Exit::Findings));
    }
    if files.is_empty() {
        return Err(Failure::with_help(
            "there is no scenario file in these paths",
            vec!["scenarios stand in files whose names end in `.test.yaml`".to_owned()],
        ));
    }
    Ok(files)
}

/// A plan with the texts that it came from, or why there is none.
type Compiled = Result<(Arc<Plan>, Sources), String>;

/// The plans of the scenarios; rules that several of them use are read once.
struct Plans<'a> {
    given: &'a [PathBuf],
    known: BTreeMap<Vec<PathBuf>, Compiled>,
}

impl Plans<'_> {
    /// The plan for a scenario whose file lies in `folder`.
    fn get(&mut self, folder: &Path, rules: &RulesOf<'_>) -> Result<Arc<Plan>, String> {
        let paths = match rules {
            RulesOf::Paths(paths) => paths.iter().map(|path| folder.join(path)).collect(),
            RulesOf::Default if !self.given.is_empty() => self.given.to_vec(),
            RulesOf::Default => beside(folder)?,
        };
        let plan = self.known.entry(paths);
        let read = plan.or_insert_with_key(|paths| read(paths));
        read.as_ref().map(|(plan, _)| Arc::clone(plan)).map_err(Clone::clone)
    }

    /// What was seen of each, in the order of their paths.
    fn coverage(&self, seen: &[(Arc<Plan>, Seen)]) -> Coverage {
        let mut campaigns = Vec::new();
        for (plan, sources) in self.known.values().flatten() {
            let seen = seen.iter().find(|(known, _)| Arc::ptr_eq(known, plan)).map(|(_, seen)| seen);
            campaigns.extend(coverage::coverage(plan, sources, seen.unwrap_or(&Seen::default())).campaigns);
        }
        Coverage { campaigns }
    }
}

/// The rule files of a folder, without those of its folders.
fn beside(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let unreadable = |error: std::io::Error| format!("`{}` cannot be read: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let hidden = name.as_encoded_bytes().first() == Some(&b'.');
        if !hidden && is_rule_file(&name.to_string_lossy()) && entry.path().is_file() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    if paths.is_empty() { Err(format!("there is no rule file in `{}`", folder.display())) } else { Ok(paths) }
}

fn read(paths: &[PathBuf]) -> Compiled {
    let files::Files { sources, mut findings } = files::read_files(paths).map_err(|error| error.to_string())?;
    if findings.is_empty() {
        let checked = rules::check(&sources);
        if let Some(rulebook) = checked.rulebook {
            return Ok((Arc::new(compile::plan(rulebook)), sources));
        }
        findings = checked.findings;
    }
    let errors = findings.iter().filter(|finding| finding.is_error());
    let lines: Vec<String> = errors
        .map(|finding| {
            let place = sources.position(finding.span.file, finding.span.start);
            let path = sources.path(finding.span.file);
            format!("{path}:{}:{}: {} {}", place.line, place.column, finding.code, finding.message)
        })
        .collect();
    Err(lines.join("\n"))
}
