//! What scenarios show of rules: a table for people, an object for programs.

use std::io::{self, Write};

use clap::builder::styling::Style;
use serde_json::{Value, json};

use super::{columns, padded};
use crate::analysis::coverage::{Campaign, Coverage, Point};

const DIM: Style = Style::new().dimmed();

/// Writes a line for each campaign, and below it what was not seen.
pub fn human(coverage: &Coverage, out: &mut impl Write) -> io::Result<()> {
    let (seen, all) = coverage.total();
    let widest = coverage.campaigns.iter().map(|campaign| columns(&shown(&campaign.name))).max().unwrap_or(0);
    writeln!(out)?;
    for campaign in &coverage.campaigns {
        let (own, points) = (campaign.seen(), campaign.points.len());
        let name = padded(&shown(&campaign.name), widest);
        let place = format!("{}:{}", shown(&campaign.file), campaign.line);
        writeln!(out, "{name}  {own:>3} of {points:<3}  {DIM}{place}{DIM:#}")?;
        for Point { kind, place, text, .. } in campaign.points.iter().filter(|point| !point.seen) {
            let place = if place.is_empty() { String::new() } else { format!("  ({place})") };
            writeln!(out, "  {}: {}{DIM}{place}{DIM:#}", kind.missing(), shown(text))?;
        }
    }
    writeln!(out, "coverage: {seen} of {all} seen, {}", percent(seen, all))
}

/// The whole as an object.
pub fn json(coverage: &Coverage) -> Value {
    let (seen, all) = coverage.total();
    let campaign = |campaign: &Campaign| {
        let points = campaign.points.iter().map(
            |Point { kind, place, text, seen }| json!({"kind": kind.word(), "at": place, "text": text, "seen": seen}),
        );
        json!({
            "name": campaign.name,
            "file": campaign.file,
            "line": campaign.line,
            "seen": campaign.seen(),
            "of": campaign.points.len(),
            "points": points.collect::<Vec<_>>(),
        })
    };
    let campaigns: Vec<Value> = coverage.campaigns.iter().map(campaign).collect();
    json!({"seen": seen, "of": all, "campaigns": campaigns})
}

/// Rounded down, so that only the whole is 100 %.
fn percent(seen: usize, all: usize) -> String {
    format!("{} %", (seen * 100).checked_div(all).unwrap_or(100))
}

/// User text without what a terminal would take for a command.
fn shown(text: &str) -> String {
    annotate_snippets::normalize_untrusted_str(text)
}
