//! The outline of a file: what it declares, in the order in which it stands there.

use std::ops::Range;

use super::outline::{self, Entry, Level};
use crate::diagnostics::{FileId, Sources, Span};

/// What a symbol stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolOf {
    /// A key at the top of a file.
    Section,
    /// A person field.
    Field,
    /// A custom activity.
    Activity,
    /// An attribute of one.
    Attribute,
    /// A list.
    List,
    /// A channel.
    Channel,
    /// A status of a channel or campaign.
    Status,
    /// A program.
    Program,
    /// A Salesforce campaign.
    SfdcCampaign,
    /// A webhook.
    Webhook,
    /// A token.
    Token,
    /// A segment.
    Segment,
    /// A smart campaign.
    SmartCampaign,
    /// A scenario.
    Scenario,
    /// Something inside one of these.
    Part,
}

/// Something that a file declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// What it is.
    pub of: SymbolOf,
    /// Its name.
    pub name: String,
    /// What else is worth a glance.
    pub detail: Option<String>,
    /// Where its name stands.
    pub name_span: Span,
    /// Where all of it stands, the name included.
    pub whole: Span,
    /// What is declared inside.
    pub inside: Vec<Symbol>,
}

/// So much of a value is shown beside a name, in characters.
const DETAIL_CHARS_MAX: usize = 60;

/// What a file declares, also when it is half written: it goes by the lines.
pub fn symbols(sources: &Sources, file: FileId) -> Vec<Symbol> {
    let text = sources.get(file).map_or("", |file| file.text.as_str());
    let entries = outline::entries(text);
    let mut roots: Vec<Symbol> = Vec::new();
    // The symbols that are open, each with its depth.
    let mut open: Vec<(usize, Symbol)> = Vec::new();
    for Entry { path, name } in &entries {
        while let Some((_, symbol)) = open.pop_if(|(depth, _)| *depth >= path.len()) {
            let end = end_before(text, line_start(text, name.start));
            close(&mut open, &mut roots, symbol, end);
        }
        if let Some(mut symbol) = symbol(text, file, path, name) {
            if symbol.of == SymbolOf::Scenario {
                symbol.name = symbol.detail.take().unwrap_or_default();
            }
            open.push((path.len(), symbol));
        }
    }
    while let Some((_, symbol)) = open.pop() {
        close(&mut open, &mut roots, symbol, end_before(text, text.len()));
    }
    roots
}

/// A symbol ends: it is put where it belongs.
fn close(open: &mut [(usize, Symbol)], roots: &mut Vec<Symbol>, mut symbol: Symbol, end: usize) {
    symbol.whole.end = symbol.name_span.end.max(to_u32(end)).max(symbol.inside.last().map_or(0, |last| last.whole.end));
    match open.last_mut() {
        Some((_, above)) => above.inside.push(symbol),
        None => roots.push(symbol),
    }
}

fn symbol(text: &str, file: FileId, path: &[Level], name: &Range<usize>) -> Option<Symbol> {
    let of = kind(path)?;
    let span = Span::new(file, to_u32(name.start), to_u32(name.end));
    let written = match path.last() {
        Some(Level::Key(key)) => key.clone(),
        Some(Level::Item) | None => text.get(name.clone()).unwrap_or("").trim().to_owned(),
    };
    let line = text.get(name.end..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let value = line.split_once(':').map_or("", |(_, value)| value.trim());
    let detail: String = value.chars().take(DETAIL_CHARS_MAX).collect();
    let detail = (!detail.is_empty() && matches!(path.last(), Some(Level::Key(_)))).then_some(detail);
    Some(Symbol { of, name: written, detail, name_span: span, whole: span, inside: Vec::new() })
}

/// What an entry declares, if anything.
fn kind(path: &[Level]) -> Option<SymbolOf> {
    let keys: Vec<&str> = path
        .iter()
        .map(|level| match level {
            Level::Key(key) => key.as_str(),
            Level::Item => "-",
        })
        .collect();
    match keys.as_slice() {
        ["-", ..] | [] => None,
        [_] => Some(SymbolOf::Section),
        ["fields", _] => Some(SymbolOf::Field),
        ["activities", _] => Some(SymbolOf::Activity),
        ["activities", _, _] => Some(SymbolOf::Attribute),
        ["lists", "-"] => Some(SymbolOf::List),
        ["channels", _] => Some(SymbolOf::Channel),
        ["channels" | "sfdc_campaigns", _, "statuses", _] => Some(SymbolOf::Status),
        ["programs", _] => Some(SymbolOf::Program),
        ["sfdc_campaigns", _] => Some(SymbolOf::SfdcCampaign),
        ["webhooks", _] => Some(SymbolOf::Webhook),
        ["tokens", _] | ["programs", _, "tokens", _] => Some(SymbolOf::Token),
        ["segments", _] => Some(SymbolOf::Segment),
        ["smart_campaigns", _] => Some(SymbolOf::SmartCampaign),
        ["smart_campaigns", _, "triggers" | "schedule" | "filter" | "qualify" | "flow"] => Some(SymbolOf::Part),
        ["scenarios", "-", "name"] => Some(SymbolOf::Scenario),
        [..] => None,
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
}

/// Where what stands before a byte ends: blank lines and lines of comments are nobody's.
fn end_before(text: &str, at: usize) -> usize {
    let mut end = at;
    for line in text.get(..at).unwrap_or("").split_inclusive('\n').rev() {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with('#') {
            return end - (line.len() - line.trim_end().len());
        }
        end -= line.len();
    }
    end
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line for each symbol: its name, and the last line of all of it.
    fn told(symbols: &[Symbol], sources: &Sources, depth: usize, lines: &mut Vec<String>) {
        for Symbol { of, name, detail: _, name_span: _, whole, inside } in symbols {
            let line = sources.position(whole.file, whole.end).line;
            lines.push(format!("{}{of:?} {name} to {line}", "  ".repeat(depth)));
            told(inside, sources, depth + 1, lines);
        }
    }

    #[test]
    fn what_is_declared_and_how_far_it_goes() {
        let text = "lists: [A, \"B C\"]\n\nchannels:\n  Web:\n    statuses:\n      In: {step: 1}\n  # next\n\n";
        let text = format!("{text}smart_campaigns:\n  a:\n    flow:\n      - do nothing\n    filter: \"half wr\n");
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        let mut lines = Vec::new();
        told(&symbols(&sources, file), &sources, 0, &mut lines);
        assert_eq!(
            lines,
            [
                "Section lists to 1",
                "  List A to 1",
                "  List B C to 1",
                "Section channels to 6",
                "  Channel Web to 6",
                "    Status In to 6",
                "Section smart_campaigns to 13",
                "  SmartCampaign a to 13",
                "    Part flow to 12",
                "    Part filter to 13",
            ]
        );
    }
}
