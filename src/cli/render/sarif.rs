//! Findings as SARIF 2.1.0, the format that code hosts read.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;

use super::json::place;
use crate::diagnostics::{Code, Diagnostic, Fix, Sources, Span};

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text<'static>,
    help: Page,
}

#[derive(Serialize)]
struct Page {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'static str,
    level: &'static str,
    message: OwnedText,
    locations: [Location<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Remedy<'a>>,
}

#[derive(Serialize)]
struct OwnedText {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical<'a> {
    artifact_location: Artifact,
    region: Region<'a>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region<'a> {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Remedy<'a> {
    description: Text<'a>,
    artifact_changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    artifact_location: Artifact,
    replacements: [Replacement<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region<'a>,
    inserted_content: Text<'a>,
}

/// Writes the findings as one log.
pub fn write(findings: &[Diagnostic], sources: &Sources, out: &mut impl Write) -> io::Result<()> {
    let codes: BTreeSet<Code> = findings.iter().map(|finding| finding.code).collect();
    let rules = codes
        .into_iter()
        .map(|code| Rule {
            id: code.id(),
            short_description: Text { text: code.title() },
            help: Page { text: code.title(), markdown: code.page() },
        })
        .collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: Driver { name: "campanile", version: env!("CARGO_PKG_VERSION"), rules } },
            column_kind: "unicodeCodePoints",
            results: findings.iter().map(|finding| one(finding, sources)).collect(),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn one<'a>(finding: &'a Diagnostic, sources: &'a Sources) -> Outcome<'a> {
    let mut text = finding.message.clone();
    for help in &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    Outcome {
        rule_id: finding.code.id(),
        level: finding.code.severity().word(),
        message: OwnedText { text },
        locations: [location(finding.span, None, sources)],
        related_locations: finding
            .related
            .iter()
            .map(|(span, message)| location(*span, Some(message), sources))
            .collect(),
        fixes: finding.fixes.iter().map(|fix| remedy(fix, sources)).collect(),
    }
}

fn location<'a>(span: Span, message: Option<&'a str>, sources: &'a Sources) -> Location<'a> {
    let region = Region { snippet: Some(Text { text: sources.text(span) }), ..region(span, sources) };
    Location {
        physical_location: Physical { artifact_location: artifact(span, sources), region },
        message: message.map(|text| Text { text }),
    }
}

fn remedy<'a>(Fix { title, safe: _, edits }: &'a Fix, sources: &Sources) -> Remedy<'a> {
    let artifact_changes = edits
        .iter()
        .map(|edit| Change {
            artifact_location: artifact(edit.span, sources),
            replacements: [Replacement {
                deleted_region: region(edit.span, sources),
                inserted_content: Text { text: &edit.text },
            }],
        })
        .collect();
    Remedy { description: Text { text: title }, artifact_changes }
}

fn region<'a>(span: Span, sources: &Sources) -> Region<'a> {
    let [start_line, start_column, end_line, end_column] = place(span, sources);
    Region { start_line, start_column, end_line, end_column, snippet: None }
}

/// The path of a file as a relative reference of a URI.
fn artifact(span: Span, sources: &Sources) -> Artifact {
    let mut uri = String::new();
    for byte in sources.path(span.file).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    Artifact { uri }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_log_has_its_rules_places_and_fixes() {
        let mut sources = Sources::new();
        let file = sources.add("rules/é a.yaml", "filter: Contry is 1\n");
        let span = Span::new(file, 8, 14);
        let finding = Diagnostic::new(Code::NotUtf8, span, "odd")
            .help("save it")
            .related(Span::new(file, 0, 6), "here")
            .fix("write `Country`", false, span, "Country");
        let mut out = Vec::new();
        write(&[finding], &sources, &mut out).unwrap();
        let log: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let at = |path: &str| log.pointer(path).cloned().unwrap_or_default();
        assert_eq!(at("/runs/0/tool/driver/rules/0/id"), "E0113");
        assert_eq!(at("/runs/0/results/0/message/text"), "odd\nhelp: save it");
        let place = "/runs/0/results/0/locations/0/physicalLocation";
        assert_eq!(at(&format!("{place}/artifactLocation/uri")), "rules/%C3%A9%20a.yaml");
        assert_eq!(at(&format!("{place}/region/startColumn")), 9);
        assert_eq!(at(&format!("{place}/region/endColumn")), 15);
        let fix = "/runs/0/results/0/fixes/0/artifactChanges/0/replacements/0";
        assert_eq!(at(&format!("{fix}/insertedContent/text")), "Country");
    }
}
