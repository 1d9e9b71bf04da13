//! What there is to know about what stands under the cursor, in Markdown.

use std::ops::Range;

use super::book::Book;
use super::look::{self, Seen, What};
use super::names::{Declared, Kind, Names, Thing};
use super::phrases::About;
use crate::diagnostics::{FileId, Span};
use crate::vocabulary::{Entry, filters, operators, steps, triggers};

/// What there is to know about a place: where it stands, and a text.
pub fn hover(book: &Book, file: FileId, offset: usize) -> Option<(Range<usize>, String)> {
    let names = Names::of(book);
    let Seen { range, what } = look::look(book, &names, file, offset)?;
    let text = match what {
        What::Key(key) => format!("**`{}`**{}\n\n{}", key.name, if key.needed { ", needed" } else { "" }, key.doc),
        What::Word(word) => about(word),
        What::Named(things) => {
            let known: Vec<&Declared> = things.iter().filter_map(|thing| names.find(thing)).collect();
            if known.is_empty() {
                return None;
            }
            known.iter().map(|declared| described(declared, book)).collect::<Vec<_>>().join("\n\n---\n\n")
        }
    };
    Some((range, text))
}

/// Where what stands at a place is declared.
pub fn definition(book: &Book, file: FileId, offset: usize) -> Vec<Span> {
    let names = Names::of(book);
    let Some(Seen { what: What::Named(things), .. }) = look::look(book, &names, file, offset) else {
        return Vec::new();
    };
    things.iter().filter_map(|thing| names.find(thing)?.span).collect()
}

/// A declaration as a text.
pub(super) fn described(declared: &Declared, book: &Book) -> String {
    let Declared { thing, span, detail, description, .. } = declared;
    let Thing { kind, owner, name } = thing;
    let of = match kind {
        Kind::Attribute | Kind::Status | Kind::MemberStatus | Kind::Token if !owner.is_empty() => {
            format!(" of `{owner}`")
        }
        Kind::Field
        | Kind::Activity
        | Kind::Attribute
        | Kind::List
        | Kind::Channel
        | Kind::Status
        | Kind::Program
        | Kind::SfdcCampaign
        | Kind::MemberStatus
        | Kind::Webhook
        | Kind::Token
        | Kind::Segment
        | Kind::SmartCampaign => String::new(),
    };
    let mut text = format!("**{}** `{name}`{of}", kind.word());
    for part in [description, detail] {
        if !part.is_empty() {
            text.push_str("\n\n");
            text.push_str(part);
        }
    }
    match span {
        Some(span) => {
            let at = book.sources().position(span.file, span.start);
            text.push_str(&format!("\n\ndeclared in {}:{}", book.sources().path(span.file), at.line));
        }
        None => text.push_str("\n\nalways exists"),
    }
    text
}

/// A word of the language as a text.
pub(super) fn about(word: About) -> String {
    match word {
        About::Trigger(form) => entry(triggers::entry(form)),
        About::Filter(form) => entry(filters::entry(form)),
        About::Step(form) => entry(steps::entry(form)),
        About::Operator(at) => operators::ALL.get(at).map_or_else(String::new, |operator| {
            let types: Vec<&str> = operator.types.iter().map(|type_| type_.word()).collect();
            page(operator.syntax, &format!("{} For {}.", operator.summary, types.join(", ")), &[operator.example])
        }),
        About::Topic(topic) => page(topic.syntax, topic.summary, &[topic.example]),
        About::Joint(meaning) => meaning.to_owned(),
    }
}

fn entry<F, M>(entry: &Entry<F, M>) -> String {
    let text = if entry.doc.is_empty() { entry.summary.to_owned() } else { format!("{} {}", entry.summary, entry.doc) };
    page(entry.syntax, &text, entry.examples)
}

fn page(syntax: &str, text: &str, examples: &[&str]) -> String {
    format!("`{syntax}`\n\n{text}\n\n```\n{}\n```", examples.join("\n"))
}
