//! Scenario files: what people write to say what their rules should do (language.md section 12).
//!
//! [`check`] finds mistakes in the files themselves; [`run_file`] plays the scenarios of one file with the real
//! evaluator. `file` reads, `play` runs, `compare` holds what was expected against what happened.

mod compare;
mod file;
pub mod keys;
mod play;

use std::sync::Arc;

pub use self::file::ScenarioFile;
use crate::compile::Plan;
use crate::diagnostics::{Diagnostic, FileId, Sources};
use crate::engine::Seen;
use crate::language::is_scenario_file;

/// What became of one scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioResult {
    /// The scenario file.
    pub file: String,
    /// The name of the scenario.
    pub name: String,
    /// Whether everything was as expected.
    pub passed: bool,
    /// What was not.
    pub failures: Vec<Failure>,
}

/// Something that was not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the scenario file, from 1.
    pub line: u32,
    /// What is the matter, in one line.
    pub message: String,
    /// What was expected; may be several lines.
    pub expected: String,
    /// What happened instead; may be several lines.
    pub actual: String,
}

/// Which rules a scenario is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesOf<'a> {
    /// Those that it does not name: `--rules`, else the rule files in the folder of the file.
    Default,
    /// These paths, relative to the folder of the file.
    Paths(&'a [String]),
}

/// Where a runner gets the plan of a scenario. An error is a text for people: the rules cannot be read, or have errors.
pub type PlanOf<'a> = dyn FnMut(&RulesOf<'_>) -> Result<Arc<Plan>, String> + 'a;

/// Finds mistakes in the scenario files of `sources`: their shape, event records, and texts of the rule language as far
/// as they can be judged without the rules.
pub fn check(sources: &Sources) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (id, file) in sources.iter() {
        if is_scenario_file(&file.path) {
            file::read(sources, id, &mut findings);
        }
    }
    findings
}

/// The same for one scenario file, and whether YAML could read it to its end.
pub fn check_file(sources: &Sources, file: FileId) -> (Vec<Diagnostic>, bool) {
    let mut findings = Vec::new();
    let readable = file::read(sources, file, &mut findings).readable;
    (findings, readable)
}

/// Reads one scenario file.
///
/// # Errors
///
/// The findings, when there are any.
pub fn read_file(sources: &Sources, file: FileId) -> Result<ScenarioFile, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let read = file::read(sources, file, &mut findings);
    if findings.is_empty() { Ok(read) } else { Err(findings) }
}

/// Who is told, after each scenario, what the rules of its plan were seen to do.
pub type Watching<'a> = dyn FnMut(&Arc<Plan>, &Seen) + 'a;

/// Plays the scenarios of a file whose names contain `filter`. Where somebody is `watching`, the rules are observed.
pub fn run_file(
    sources: &Sources,
    file: &ScenarioFile,
    filter: Option<&str>,
    plan_of: &mut PlanOf<'_>,
    mut watching: Option<&mut Watching<'_>>,
) -> Vec<ScenarioResult> {
    let wanted = file.scenarios.iter().filter(|scenario| filter.is_none_or(|part| scenario.name.value.contains(part)));
    wanted.map(|scenario| play::play(sources, scenario, plan_of, watching.as_deref_mut())).collect()
}
