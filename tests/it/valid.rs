//! The rule files of all scenarios and of the sample: not one error.

use std::path::Path;

use campanile::compile::check;
use campanile::diagnostics::Diagnostic;

use crate::material;

fn errors(path: &Path) -> Vec<String> {
    let sources = material::sources(path);
    let checked = check(&sources);
    let errors: Vec<String> = checked
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| describe(&sources, finding))
        .collect();
    assert_eq!(errors.is_empty(), checked.rulebook.is_some(), "{}: {errors:?}", path.display());
    errors
}

/// A finding in one line.
pub(crate) fn describe(sources: &campanile::diagnostics::Sources, finding: &Diagnostic) -> String {
    let at = sources.position(finding.span.file, finding.span.start);
    format!(
        "{}:{}:{} {} `{}`: {} ({})",
        sources.path(finding.span.file),
        at.line,
        at.column,
        finding.code,
        sources.text(finding.span),
        finding.message,
        finding.help.join("; ")
    )
}

#[test]
fn scenarios_are_valid() {
    let mut errors_found = Vec::new();
    for topic in material::folders("scenarios").iter().flat_map(|folder| material::entries(folder)) {
        errors_found.extend(errors(&topic));
    }
    assert!(errors_found.is_empty(), "{}", errors_found.join("\n"));
}

#[test]
fn the_sample_is_valid() {
    for sample in material::folders("sample") {
        let errors = errors(&sample);
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}
