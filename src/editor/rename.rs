//! References to something, and another name for it.
//!
//! A new name is written at every place, in the quotes and brackets that it needs there. Before the changes are given away
//! the files are checked with them: what they would break is a reason to refuse, in words for whoever asked.

use std::collections::BTreeMap;
use std::ops::Range;

use super::book::Book;
use super::look::{self, Seen, What};
use super::mentions::{How, Mention, mentions};
use super::names::{Kind, Names, Thing};
use super::phrases::is_reserved;
use super::words;
use crate::diagnostics::{Diagnostic, Edit, FileId, Span, fixes};
use crate::language::{Scalar, yaml};
use crate::model::NOT_IN_PROGRAM;

/// A place where something is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Where.
    pub span: Span,
    /// Whether it is declared there.
    pub declares: bool,
}

/// Every place where what stands at a byte of a file is named, in order.
pub fn references(book: &Book, file: FileId, offset: usize) -> Vec<Reference> {
    let names = Names::of(book);
    let Some(Seen { what: What::Named(things), .. }) = look::look(book, &names, file, offset) else {
        return Vec::new();
    };
    let about = |mention: &&Mention| mention.things.iter().any(|thing| things.iter().any(|other| other.is(thing)));
    let reference = |mention: &Mention| Reference {
        span: mention.span,
        declares: matches!(mention.how, How::Yaml { declares: true }),
    };
    let mut found: Vec<Reference> = mentions(book, &names).iter().filter(about).map(reference).collect();
    found.sort();
    found.dedup();
    found
}

/// What would be renamed at a byte of a file: where it stands, and its name.
///
/// # Errors
///
/// A sentence that says why nothing there can be renamed.
pub fn renamable(book: &Book, file: FileId, offset: usize) -> Result<(Range<usize>, String), String> {
    let names = Names::of(book);
    let seen = look::look(book, &names, file, offset);
    let Some(Seen { range, what: What::Named(things) }) = seen else {
        return Err("here stands no name that could be changed".to_owned());
    };
    let thing = declared(&names, &things)?;
    Ok((range, thing.name.to_string()))
}

/// The one thing that is renamed, which must be declared.
fn declared(names: &Names, things: &[Thing]) -> Result<Thing, String> {
    let Some(first) = things.first() else { return Err("here stands no name that could be changed".to_owned()) };
    let (word, name) = (first.kind.word(), &first.name);
    match things.iter().find_map(|thing| names.find(thing)) {
        None => Err(format!("the {word} `{name}` is declared nowhere, so it has no name that could be changed")),
        Some(declared) if declared.span.is_none() => {
            Err(format!("the {word} `{}` always exists under this name", declared.thing.name))
        }
        Some(declared) => Ok(declared.thing.clone()),
    }
}

/// The changes that give what stands at a byte of a file another name, everywhere.
///
/// # Errors
///
/// A sentence that says why it cannot have that name.
pub fn rename(book: &mut Book, file: FileId, offset: usize, new: &str) -> Result<Vec<Edit>, String> {
    let names = Names::of(book);
    let Some(Seen { what: What::Named(things), .. }) = look::look(book, &names, file, offset) else {
        return Err("here stands no name that could be changed".to_owned());
    };
    let thing = declared(&names, &things)?;
    if let Some(broken) = book.broken().next() {
        let path = book.sources().path(broken);
        return Err(format!("`{path}` cannot be read at the moment, so not every place is known: mend it first"));
    }
    if thing.name == new {
        return Ok(Vec::new());
    }
    writable(thing.kind, new)?;
    let all = mentions(book, &names);
    let renamed = together(&names, &all, &things);
    for thing in &renamed {
        let taken = names.find(&Thing { name: new.into(), ..thing.clone() });
        let is_other = taken.is_some_and(|taken| !taken.thing.is(thing));
        if is_other {
            let of = if thing.owner.is_empty() { String::new() } else { format!(" of `{}`", thing.owner) };
            return Err(format!("there is a {} `{new}`{of} already", thing.kind.word()));
        }
    }
    let edits = edits(book, &all, &renamed, &thing.name, new)?;
    check(book, &edits)?;
    Ok(edits)
}

/// Whether a name of a kind can be written at all.
fn writable(kind: Kind, new: &str) -> Result<(), String> {
    if new.trim().is_empty() {
        return Err("a name has at least one letter".to_owned());
    }
    if new.trim() != new {
        return Err("a name neither begins nor ends with a space".to_owned());
    }
    if new.contains(char::is_control) {
        return Err("a name stands on one line".to_owned());
    }
    let (signs, why): (&[&str], &str) = match kind {
        Kind::Field => (&["[", "]", "{{", "}}", ":default="], "it ends a field or a token"),
        Kind::Attribute | Kind::Token => (&["[", "]", "{{", "}}", ":default="], "it ends a name or a token"),
        Kind::Activity
        | Kind::List
        | Kind::Channel
        | Kind::Status
        | Kind::Program
        | Kind::SfdcCampaign
        | Kind::MemberStatus
        | Kind::Webhook
        | Kind::Segment
        | Kind::SmartCampaign => (&["{{"], "it begins a token"),
    };
    match signs.iter().find(|sign| new.contains(**sign)) {
        Some(sign) => Err(format!("`{sign}` cannot stand in the name of a {}: {why}", kind.word())),
        None if new == NOT_IN_PROGRAM && kind == Kind::Status => {
            Err(format!("`{NOT_IN_PROGRAM}` is the name of another status, which always exists"))
        }
        None => Ok(()),
    }
}

/// What must have the same name as these things: statuses that are named in one place for several campaigns, and those of
/// a program and of the Salesforce campaign that it is linked to.
fn together(names: &Names, all: &[Mention], things: &[Thing]) -> Vec<Thing> {
    let mut renamed: Vec<Thing> = things.iter().filter(|thing| names.find(thing).is_some()).cloned().collect();
    let is_status = |kind: Kind| matches!(kind, Kind::Status | Kind::MemberStatus);
    if !renamed.iter().any(|thing| is_status(thing.kind)) {
        renamed.truncate(1);
        return renamed;
    }
    let mut at = 0;
    while let Some(thing) = renamed.get(at).cloned() {
        at += 1;
        let mut others: Vec<Thing> = Vec::new();
        for mention in all.iter().filter(|mention| mention.things.contains(&thing)) {
            others.extend(mention.things.iter().filter(|other| is_status(other.kind)).cloned());
        }
        for program in names.each(Kind::Program) {
            let (Some(channel), Some(link)) = (&program.above, &program.link) else { continue };
            if thing.kind == Kind::Status && *channel == thing.owner {
                others.push(Thing::of(Kind::MemberStatus, link, &thing.name));
            } else if thing.kind == Kind::MemberStatus && *link == thing.owner {
                others.push(Thing::of(Kind::Status, channel, &thing.name));
            }
        }
        for other in others {
            if names.find(&other).is_some() && !renamed.contains(&other) {
                renamed.push(other);
            }
        }
    }
    renamed
}

/// The changes of all mentions.
fn edits(book: &Book, all: &[Mention], renamed: &[Thing], old: &str, new: &str) -> Result<Vec<Edit>, String> {
    let is_renamed = |mention: &Mention| mention.things.iter().any(|thing| renamed.iter().any(|it| it.is(thing)));
    let mut places: BTreeMap<FileId, Vec<(Span, How)>> = BTreeMap::new();
    let mut through: Vec<Thing> = Vec::new();
    for mention in all.iter().filter(|mention| is_renamed(mention)) {
        match &mention.how {
            How::Through(token) if !through.contains(token) => through.push(token.clone()),
            How::Through(_) => {}
            How::Partly => {
                let place = place(book, mention.span);
                return Err(format!("a token is a part of the name in {place}, so it cannot be changed there"));
            }
            how @ (How::Yaml { .. } | How::Quoted | How::Field | How::Braces) => {
                places.entry(mention.span.file).or_default().push((mention.span, how.clone()));
            }
        }
    }
    for token in through {
        let other = |mention: &&Mention| {
            let is_use = mention.how == How::Braces && mention.things.contains(&token);
            let names_it = |it: &Mention| matches!(&it.how, How::Through(by) if *by == token) && is_renamed(it);
            is_use && !all.iter().any(|it| holds(it.span, mention.span) && names_it(it))
        };
        if let Some(mention) = all.iter().find(other) {
            let place = place(book, mention.span);
            return Err(format!(
                "`{old}` is the value of the token `{}`, which means something else in {place}",
                token.name
            ));
        }
        let value = token_value(book, &token);
        let value = value.ok_or_else(|| format!("the token `{}` cannot be found", token.name))?;
        places.entry(value.file).or_default().push((value, How::Yaml { declares: false }));
    }
    let mut edits = Vec::new();
    for (file, mut places) in places {
        places.sort_by_key(|(span, _)| *span);
        places.dedup();
        in_file(book, file, &places, new, &mut edits)?;
    }
    Ok(edits)
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

fn place(book: &Book, span: Span) -> String {
    let at = book.sources().position(span.file, span.start);
    format!("`{}:{}`", book.sources().path(span.file), at.line)
}

/// Where the value of a token stands.
fn token_value(book: &Book, token: &Thing) -> Option<Span> {
    book.declared().find_map(|(_, declared)| {
        let own = declared.programs.iter().filter(|program| program.name.value == token.owner);
        let own = own.flat_map(|program| &program.tokens);
        let mut tokens: Box<dyn Iterator<Item = _>> =
            if token.owner.is_empty() { Box::new(declared.tokens.iter()) } else { Box::new(own) };
        tokens.find(|declared| declared.name.value == token.name).map(|declared| declared.value.span)
    })
}

/// The changes of one file, scalar by scalar: of what is written without quotes there may be one change of all of it.
fn in_file(book: &Book, file: FileId, places: &[(Span, How)], new: &str, edits: &mut Vec<Edit>) -> Result<(), String> {
    let root = yaml::parse(book.sources(), file, &mut Vec::new());
    let mut scalars = Vec::new();
    root.iter().for_each(|root| collect(root, &mut scalars));
    scalars.sort_by_key(|scalar| scalar.span());
    let mut rest = places;
    while let Some((first, _)) = rest.first() {
        let at = scalars.partition_point(|scalar| scalar.span().start <= first.start);
        let scalar = at.checked_sub(1).and_then(|at| scalars.get(at)).filter(|scalar| holds(scalar.span(), *first));
        let refusal = || format!("the name cannot be changed in {}", place(book, *first));
        let scalar = scalar.ok_or_else(refusal)?;
        let many = rest.iter().take_while(|(span, _)| holds(scalar.span(), *span)).count();
        let (here, after) = rest.split_at(many);
        rest = after;
        let changes: Vec<(Range<usize>, String)> =
            here.iter().filter_map(|(span, how)| written(scalar, *span, how, new)).collect();
        if changes.len() < here.len() {
            return Err(refusal());
        }
        edits.extend(in_scalar(scalar, &changes).ok_or_else(refusal)?);
    }
    Ok(())
}

fn collect<'n>(node: &'n yaml::Node, scalars: &mut Vec<&'n Scalar>) {
    match node {
        yaml::Node::Scalar { scalar, .. } => scalars.push(scalar),
        yaml::Node::Sequence { items, .. } => items.iter().for_each(|item| collect(item, scalars)),
        yaml::Node::Mapping { entries, .. } => {
            for (key, value) in entries {
                scalars.push(key);
                collect(value, scalars);
            }
        }
        yaml::Node::Poisoned(_) => {}
    }
}

/// What is replaced in the text of a scalar, and by what.
fn written(scalar: &Scalar, span: Span, how: &How, new: &str) -> Option<(Range<usize>, String)> {
    let text = scalar.text();
    if matches!(how, How::Yaml { .. }) {
        return Some((0..text.len(), new.to_owned()));
    }
    let range = scalar.offset(span.start)..scalar.offset(span.end);
    let old = text.get(range.clone())?;
    match how {
        How::Quoted => {
            let quote = old.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            Some((range, words::in_quotes(new, quote)))
        }
        How::Field => {
            let is_word = new.chars().all(|sign| sign.is_alphanumeric() || sign == '_')
                && new.starts_with(|sign: char| sign.is_alphabetic() || sign == '_');
            let bare = !old.starts_with('[') && is_word && !is_reserved(new);
            Some((range, if bare { new.to_owned() } else { format!("[{new}]") }))
        }
        How::Braces => {
            let (before, name) = old.split_once('.')?;
            let start = before.len() + 1 + name.len() - name.trim_start().len();
            let name = name.trim_start();
            let end = name.find(":default=").or_else(|| name.find("}}"))?;
            let length = name.get(..end)?.trim_end().len();
            Some((range.start + start..range.start + start + length, new.to_owned()))
        }
        How::Yaml { .. } | How::Through(_) | How::Partly => None,
    }
}

/// The changes of the file that make these changes of a scalar's text.
fn in_scalar(scalar: &Scalar, changes: &[(Range<usize>, String)]) -> Option<Vec<Edit>> {
    let alone: Option<Vec<Edit>> =
        changes.iter().map(|(range, new)| scalar.replacement(range.start, range.end, new)).collect();
    let overlaps = |edits: &[Edit]| edits.windows(2).any(|pair| matches!(pair, [a, b] if a.span.end > b.span.start));
    if let Some(edits) = alone.filter(|edits| !overlaps(edits)) {
        return Some(edits);
    }
    // Quotes around all of it are put there once.
    let (first, last) = (changes.first()?, changes.last()?);
    let mut text = String::new();
    let mut at = first.0.start;
    for (range, new) in changes {
        text.push_str(scalar.text().get(at..range.start)?);
        text.push_str(new);
        at = range.end;
    }
    scalar.replacement(first.0.start, last.0.end, &text).map(|edit| vec![edit])
}

/// Refuses changes that would make something wrong that is not wrong now.
fn check(book: &mut Book, edits: &[Edit]) -> Result<(), String> {
    let before = book.findings().to_vec();
    let changed = fixes::apply(book.sources(), edits.iter().collect());
    let mut after = book.clone();
    for (id, file) in changed.iter() {
        if file.text != book.text(id) {
            after.set(id, file.text.clone(), 0..0);
        }
    }
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for finding in &before {
        *known.entry(finding.code).or_default() += 1;
    }
    let findings = after.findings().to_vec();
    for finding in &findings {
        let Diagnostic { code, span, message, .. } = finding;
        match known.get_mut(code) {
            Some(left) if *left > 0 => *left -= 1,
            Some(_) | None => {
                let at = place(&after, *span);
                return Err(format!("with this name something would be wrong in {at}: {message}"));
            }
        }
    }
    Ok(())
}
