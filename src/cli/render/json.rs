//! Findings for programs: the object of `validate --format json`.

use std::io::{self, Write};

use serde::Serialize;

use crate::diagnostics::fixes::Fixed;
use crate::diagnostics::{Diagnostic, Edit, Fix, Severity, Sources, Span};

#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    files: usize,
    errors: usize,
    warnings: usize,
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<Vec<OneFixed<'a>>>,
}

/// A finding that was settled; its place is that before.
#[derive(Serialize)]
struct OneFixed<'a> {
    code: &'static str,
    message: &'a str,
    title: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    text: &'a str,
    help: &'a [String],
    related: Vec<Related<'a>>,
    fixes: Vec<OneFix<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
}

#[derive(Serialize)]
struct OneFix<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<OneEdit<'a>>,
}

#[derive(Serialize)]
struct OneEdit<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    text: &'a str,
}

/// Writes the findings about `sources` as one object and a line break; where fixes were asked for, also what was fixed.
pub fn write(
    findings: &[Diagnostic],
    fixed: Option<&[Fixed]>,
    sources: &Sources,
    out: &mut impl Write,
) -> io::Result<()> {
    let errors = findings.iter().filter(|finding| finding.code.severity() == Severity::Error).count();
    let answer = Answer {
        version: 1,
        files: sources.len(),
        errors,
        warnings: findings.len() - errors,
        findings: findings.iter().map(|finding| one(finding, sources)).collect(),
        fixed: fixed.map(|fixed| fixed.iter().map(one_fixed).collect()),
    };
    serde_json::to_writer_pretty(&mut *out, &answer)?;
    writeln!(out)
}

fn one<'a>(finding: &'a Diagnostic, sources: &'a Sources) -> Finding<'a> {
    let Diagnostic { code, span, message, help, related, fixes } = finding;
    let [line, column, end_line, end_column] = place(*span, sources);
    Finding {
        code: code.id(),
        severity: code.severity().word(),
        message,
        file: sources.path(span.file),
        line,
        column,
        end_line,
        end_column,
        text: sources.text(*span),
        help,
        related: related
            .iter()
            .map(|(span, message)| {
                let [line, column, ..] = place(*span, sources);
                Related { file: sources.path(span.file), line, column, message }
            })
            .collect(),
        fixes: fixes
            .iter()
            .map(|Fix { title, safe, edits }| OneFix {
                title,
                safe: *safe,
                edits: edits.iter().map(|edit| one_edit(edit, sources)).collect(),
            })
            .collect(),
    }
}

fn one_fixed(Fixed { code, message, title, path, line, column }: &Fixed) -> OneFixed<'_> {
    OneFixed { code: code.id(), message, title, file: path, line: *line, column: *column }
}

fn one_edit<'a>(Edit { span, text }: &'a Edit, sources: &'a Sources) -> OneEdit<'a> {
    let [line, column, end_line, end_column] = place(*span, sources);
    OneEdit { file: sources.path(span.file), line, column, end_line, end_column, text }
}

/// Line and column of the start and of the end.
pub(super) fn place(span: Span, sources: &Sources) -> [u32; 4] {
    let (start, end) = (sources.position(span.file, span.start), sources.position(span.file, span.end));
    [start.line, start.column, end.line, end.column]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::diagnostics::Code;

    #[test]
    fn the_object_has_the_keys_of_the_contract() {
        let mut sources = Sources::new();
        let file = sources.add("rules/a.yaml", "é: 1\nfilter: Contry is 1\n");
        let span = Span::new(file, 14, 20);
        let finding = Diagnostic::new(Code::UnknownField, span, "there is no field `Contry`")
            .help("did you mean `Country`?")
            .related(Span::new(file, 3, 4), "here")
            .fix("write `Country`", false, span, "Country");
        let mut out = Vec::new();
        write(&[finding], None, &sources, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
