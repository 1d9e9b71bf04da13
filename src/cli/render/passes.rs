//! Passes of the sync for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::sync::ledger::{Book, Kind, Link, Record};
use crate::sync::pass::{Counts, Report, members};
use serde::Deserialize;

/// So many records are shown; the rest is counted.
const RECORDS_SHOWN: usize = 50;

/// A kept report, as it is read back.
#[derive(Debug, Deserialize)]
struct Kept {
    started: String,
    ended: String,
    passes: Vec<Line>,
    records: Vec<Record>,
    trouble: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Line {
    object: String,
    #[serde(flatten)]
    counts: Counts,
}

/// What became of a pass.
pub fn report(report: &Report) -> String {
    let mut text = format!("pass of {}\n", report.started());
    if !report.plan().is_empty() {
        text.push_str("  would do:\n");
        for line in report.plan() {
            let _ = writeln!(text, "    {line}");
        }
    }
    for (object, counts) in report.counts() {
        let _ = writeln!(text, "  {object:<16} {}", counted(counts));
    }
    if report.is_quiet() && report.plan().is_empty() {
        text.push_str("  nothing to do: both sides agree\n");
    }
    for warning in report.warnings() {
        let _ = writeln!(text, "  warning: {warning}");
    }
    records(report.records(), &mut text);
    if let Some(trouble) = report.trouble() {
        let _ = writeln!(text, "  ended before its time: {trouble}");
    }
    text
}

/// `2 new, 1 failed`.
fn counted(counts: Counts) -> String {
    let Counts { new, updated, deleted, failed, skipped, backlog } = counts;
    let all = [
        (new, "new"),
        (updated, "updated"),
        (deleted, "deleted"),
        (failed, "failed"),
        (skipped, "skipped"),
        (backlog, "left for the next pass"),
    ];
    let told: Vec<String> =
        all.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Conflict => "conflict",
        Kind::RefusedLink => "refused link",
        Kind::UnknownStatus => "unknown status",
        Kind::Failed => "failed",
        Kind::Backward => "backward",
    }
}

fn records(records: &[Record], text: &mut String) {
    for record in records.iter().take(RECORDS_SHOWN) {
        let Record { kind, link, person, code, message, .. } = record;
        let who = person.as_ref().map(|person| format!(", person {person}")).unwrap_or_default();
        let code = code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
        let _ = writeln!(text, "  {}: {link}{who}: {code}{message}", word(*kind));
    }
    if records.len() > RECORDS_SHOWN {
        let _ = writeln!(text, "  and {} more; --format json shows all", records.len() - RECORDS_SHOWN);
    }
}

fn ends(link: &Link) -> Option<(&str, &str)> {
    Some((link.program.as_ref()?.name.as_str(), link.campaign.as_ref()?.name.as_str()))
}

/// Links, the last pass, and the records of some days.
pub fn status(book: &Book, last: Option<&str>, all: &[Record]) -> String {
    let mut text = String::new();
    for (number, link) in book.links.iter().filter(|(_, link)| link.active) {
        if let Some((program, campaign)) = ends(link) {
            let (ours, theirs) = members(book, *number);
            let by = if link.by_command { "by `campanile link`" } else { "by the rules" };
            let _ =
                writeln!(text, "program `{program}` ↔ SFDC campaign `{campaign}`, {by}: {ours} and {theirs} members");
        }
    }
    if text.is_empty() {
        text.push_str("nothing is linked\n");
    }
    if let Some(last) = last {
        text.push_str(&line(last));
    }
    // What stands is written down once a day: the newest of each is enough for people.
    let mut newest: BTreeMap<String, &Record> = BTreeMap::new();
    for record in all {
        let Record { kind, link, person, code, message, .. } = record;
        newest.insert(format!("{kind:?} {link} {person:?} {code:?} {message}"), record);
    }
    let mut told: Vec<Record> = newest.into_values().cloned().collect();
    told.sort_by(|a, b| a.at.cmp(&b.at));
    if !told.is_empty() {
        let _ = writeln!(text, "of the last five days:");
        records(&told, &mut text);
    }
    text
}

/// A kept report in a few lines.
pub fn line(kept: &str) -> String {
    let Ok(Kept { started, ended, passes, records, trouble }) = serde_json::from_str(kept) else {
        return String::new();
    };
    let mut parts: Vec<String> =
        passes.iter().map(|line| format!("{}: {}", line.object, counted(line.counts))).collect();
    if !records.is_empty() {
        parts.push(super::count(records.len(), "record"));
    }
    parts.extend(trouble.map(|trouble| format!("ended before its time: {trouble}")));
    let what = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join("; ") };
    format!("pass of {started} to {ended}: {what}\n")
}
