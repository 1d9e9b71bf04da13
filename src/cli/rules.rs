//! Rule books for the commands that run them.

use std::io::Write as _;
use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::render;
use crate::compile;
use crate::diagnostics::{Diagnostic, Severity, Sources};
use crate::files;
use crate::meaning::Rulebook;

/// Checks rule files, with all processors that there are.
pub(super) fn check(sources: &Sources) -> compile::Checked {
    compile::check_on(sources, std::thread::available_parallelism().map_or(1, usize::from))
}

/// Reads and checks rule files. Errors are shown and end the command; of warnings only the number is told, since
/// `validate` is the place to read them.
pub(super) fn load(paths: &[PathBuf]) -> Result<Rulebook, Failure> {
    read(paths).map(|(rulebook, _)| rulebook)
}

/// The same, and the files.
pub(super) fn read(paths: &[PathBuf]) -> Result<(Rulebook, Sources), Failure> {
    let files::Files { sources, findings } = files::read_files(paths)?;
    if !findings.is_empty() {
        return Err(show(&findings, &sources));
    }
    let checked = check(&sources);
    let (errors, warnings): (Vec<_>, Vec<_>) = checked.findings.into_iter().partition(Diagnostic::is_error);
    match checked.rulebook {
        Some(rulebook) if errors.is_empty() => {
            if !warnings.is_empty() {
                let many = render::count(warnings.len(), "warning");
                let _ = writeln!(anstream::stderr(), "{many} about the rules; `campanile validate` shows them");
            }
            Ok((rulebook, sources))
        }
        Some(_) | None => Err(show(&errors, &sources)),
    }
}

fn show(findings: &[Diagnostic], sources: &Sources) -> Failure {
    let mut text = String::new();
    for finding in findings {
        text.push_str(&render::human::finding(finding, sources));
    }
    let errors = findings.iter().filter(|finding| finding.code.severity() == Severity::Error).count();
    let _ = writeln!(anstream::stderr(), "{text}{} in the rules: nothing was run", render::count(errors, "error"));
    Failure::Said(Exit::Findings)
}
