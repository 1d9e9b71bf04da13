//! What stands under the cursor: a name, a word of the language, or a key.

use std::ops::Range;

use super::book::Book;
use super::names::{Kind, Names, Thing};
use super::outline::{self, Here, Piece, Place};
use super::phrases::{self, About, Hole, Machine, Reading, Taken};
use super::shapes;
use super::words::{self, Token, TokenKind};
use crate::diagnostics::FileId;
use crate::language::keys::{Key, Shape};
use crate::language::{TextKind, is_scenario_file};
use crate::model::FieldType;

/// What stands at a place.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Its bytes; of a name in quotes the quotes are part of it.
    pub(super) range: Range<usize>,
    /// What it is.
    pub(super) what: What,
}

/// What something is.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// The name of one of these things: of a status one for each campaign that the phrase names.
    Named(Vec<Thing>),
    /// A word of the language.
    Word(About),
    /// A key with its documentation.
    Key(&'static Key),
}

/// The rule text in which a place lies.
pub(super) struct RuleText<'a> {
    pub(super) names: &'a Names,
    pub(super) machine: &'static Machine,
    pub(super) tokens: Vec<Token>,
    /// The program of the smart campaign around.
    pub(super) program: Option<String>,
}

/// Looks at a byte of a file.
pub(super) fn look(book: &Book, names: &Names, file: FileId, offset: usize) -> Option<Seen> {
    let text = book.text(file);
    let is_scenario = is_scenario_file(book.sources().path(file));
    let Place { path, here, .. } = outline::place(text, offset);
    match here {
        Here::Comment | Here::Nothing { .. } => None,
        Here::Key(range) => {
            let name = key_text(text, &range);
            let mut whole = path.clone();
            whole.push(outline::Level::Key(name.clone()));
            if let Some(key) = shapes::keys_at(&path, is_scenario).into_iter().find(|key| key.name == name) {
                return Some(Seen { range, what: What::Key(key) });
            }
            let things: Vec<Thing> = if is_scenario {
                let kinds = shapes::named_by_keys(&path).iter().map(|kind| Thing::new(*kind, &name));
                kinds.collect()
            } else {
                shapes::declared(&whole, "").into_iter().collect()
            };
            (!things.is_empty()).then_some(Seen { range, what: What::Named(things) })
        }
        Here::Text(piece) => {
            let shapes = shapes::at(&path, is_scenario);
            let kind = shapes.iter().find_map(|shape| if let Shape::Rule(kind) = shape { Some(*kind) } else { None });
            if let Some(kind) = kind {
                let text = RuleText::new(book, names, file, &place_of(path), &piece, kind);
                return text.look(offset);
            }
            let written = value_text(text, &piece);
            let named = shapes.iter().find_map(|shape| if let Shape::Name(of) = shape { Some(*of) } else { None });
            let named = named.map(|of| Thing::new(shapes::kind_of(of), &written));
            let mut things: Vec<Thing> = named.into_iter().collect();
            if is_scenario {
                things.extend(shapes::named_by_text(&path).iter().map(|kind| Thing::new(*kind, &written)));
            } else {
                things.extend(shapes::declared(&path, &written).filter(|thing| thing.kind == Kind::List));
            }
            let things: Vec<Thing> = things.into_iter().filter(|thing| !thing.name.is_empty()).collect();
            (!things.is_empty()).then_some(Seen { range: trimmed(text, piece.range), what: What::Named(things) })
        }
    }
}

/// The campaign or segment at the top of a way.
fn place_of(path: Vec<outline::Level>) -> Vec<outline::Level> {
    path.into_iter().take(2).collect()
}

/// A range without the spaces around it.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let written = text.get(range.clone()).unwrap_or("");
    let start = range.start + written.len() - written.trim_start().len();
    start..start + written.trim().len()
}

/// The text of a key.
fn key_text(text: &str, range: &Range<usize>) -> String {
    let written = text.get(range.clone()).unwrap_or("");
    let quote = range.start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
    match quote {
        Some(b'"') => written.replace("\\\"", "\"").replace("\\\\", "\\"),
        Some(b'\'') => written.replace("''", "'"),
        Some(_) | None => written.to_owned(),
    }
}

/// The text of a value that is a name.
fn value_text(text: &str, piece: &Piece) -> String {
    let written = text.get(piece.range.clone()).unwrap_or("");
    match piece.quoting {
        crate::language::Quoting::Double => written.replace("\\\"", "\"").replace("\\\\", "\\"),
        crate::language::Quoting::Single => written.replace("''", "'"),
        crate::language::Quoting::Bare
        | crate::language::Quoting::Plain
        | crate::language::Quoting::PlainInBrackets
        | crate::language::Quoting::Block => written.trim().to_owned(),
    }
}

impl<'a> RuleText<'a> {
    /// A rule text at the end of a way.
    pub(super) fn new(
        book: &Book,
        names: &'a Names,
        file: FileId,
        path: &[outline::Level],
        piece: &Piece,
        kind: TextKind,
    ) -> Self {
        let program = match shapes::words(path).as_slice() {
            ["smart_campaigns", campaign, ..] => {
                let campaign = names.find(&Thing::new(Kind::SmartCampaign, campaign));
                campaign.and_then(|campaign| campaign.above.as_ref()).map(ToString::to_string)
            }
            [..] => None,
        };
        let tokens = words::tokens(book.text(file), piece);
        Self { names, machine: phrases::machine(kind), tokens, program }
    }

    /// The type of the field or attribute of a reading.
    pub(super) fn type_of(&self, reading: &Reading) -> Option<FieldType> {
        self.names.find(&self.field_of(reading)?)?.type_
    }

    /// The field or attribute of a reading.
    pub(super) fn field_of(&self, reading: &Reading) -> Option<Thing> {
        let (at, is_attribute) = reading.field?;
        let name = &self.tokens.get(at)?.text;
        if is_attribute {
            let activity = self.named(reading).into_iter().next()?;
            return Some(Thing::of(Kind::Attribute, activity, name));
        }
        Some(Thing::new(Kind::Field, name))
    }

    /// What a reading names, tokens replaced.
    pub(super) fn named(&self, reading: &Reading) -> Vec<String> {
        let (first, end) = reading.names;
        let texts = self.tokens.get(first..end).unwrap_or(&[]).iter();
        texts.filter(|token| token.kind == TokenKind::Text).map(|token| self.replaced(&token.text)).collect()
    }

    /// A text whose `{{my.…}}` are replaced, as far as they are known.
    pub(super) fn replaced(&self, text: &str) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, token, after)) = next_token(rest) {
            done.push_str(before);
            match token.trim().strip_prefix("my.").and_then(|name| self.token(name.trim())) {
                Some(value) => done.push_str(&value),
                None => done.push_str(rest.get(before.len()..rest.len() - after.len()).unwrap_or("")),
            }
            rest = after;
        }
        done.push_str(rest);
        done
    }

    /// The value of a token: the program's comes first.
    fn token(&self, name: &str) -> Option<String> {
        self.names.find(&self.token_thing(name)?).map(|token| token.detail.clone())
    }

    /// The token that `{{my.NAME}}` stands for.
    pub(super) fn token_thing(&self, name: &str) -> Option<Thing> {
        let own = self.program.as_ref().map(|program| Thing::of(Kind::Token, program, name));
        let things = own.into_iter().chain([Thing::new(Kind::Token, name)]);
        things.into_iter().find(|thing| self.names.find(thing).is_some())
    }

    /// The things whose statuses a reading is about.
    pub(super) fn owners(&self, reading: &Reading, about: Option<About>) -> Vec<Thing> {
        let named = self.named(reading);
        if let (Some(kind), false) = (reading.kind, named.is_empty()) {
            return named.iter().flat_map(|name| self.names.owners_of_statuses(kind, name)).collect();
        }
        // `any` and its like: the statuses of all of them.
        let kind = match about {
            Some(About::Trigger(form)) => phrases::trigger_names(form),
            Some(About::Filter(form)) => phrases::predicate_names(form),
            Some(About::Step(form)) => phrases::step_names(form),
            Some(About::Operator(_) | About::Topic(_) | About::Joint(_)) | None => None,
        };
        let of = match kind {
            Some(Kind::SfdcCampaign) => Kind::SfdcCampaign,
            Some(Kind::Program) => Kind::Channel,
            Some(_) | None => return Vec::new(),
        };
        self.names.each(of).map(|declared| declared.thing.clone()).collect()
    }

    fn look(&self, offset: usize) -> Option<Seen> {
        let inside = |token: &Token| token.range.start <= offset && offset < token.range.end;
        let at = self.tokens.iter().position(inside);
        // Behind the last letter counts as well, as editors have it.
        let at = at.or_else(|| self.tokens.iter().rposition(|token| token.range.end == offset))?;
        let token = self.tokens.get(at)?;
        if token.kind == TokenKind::Text
            && let Some(seen) = self.token_at(token, offset)
        {
            return Some(seen);
        }
        let meanings = self.machine.meaning(&self.tokens, at, &|reading| self.type_of(reading));
        let mut things: Vec<Thing> = Vec::new();
        let mut word = None;
        for (taken, about, reading) in meanings {
            match taken {
                Taken::Word => word = word.or(about),
                Taken::Hole(Hole::Name(kind)) => things.push(Thing::new(kind, self.replaced(&token.text))),
                Taken::Hole(Hole::Field) => things.push(Thing::new(Kind::Field, &token.text)),
                Taken::Hole(Hole::Attribute) => {
                    let activity = self.named(&reading).into_iter().next();
                    things.extend(activity.map(|activity| Thing::of(Kind::Attribute, activity, &token.text)));
                }
                Taken::Hole(Hole::Status) => {
                    for owner in self.owners(&reading, about) {
                        let kind = if owner.kind == Kind::Channel { Kind::Status } else { Kind::MemberStatus };
                        let status = Thing::of(kind, &owner.name, self.replaced(&token.text));
                        things.extend(self.names.find(&status).is_some().then_some(status));
                    }
                }
                Taken::Hole(Hole::Value | Hole::Free | Hole::Number | Hole::Date | Hole::Time) => {
                    word = word.or(about.filter(|about| matches!(about, About::Operator(_) | About::Topic(_))));
                }
            }
        }
        things.dedup();
        let range = token.range.clone();
        if !things.is_empty() {
            return Some(Seen { range, what: What::Named(things) });
        }
        word.map(|about| Seen { range, what: What::Word(about) })
    }

    /// The `{{…}}` in a text under the cursor.
    fn token_at(&self, token: &Token, offset: usize) -> Option<Seen> {
        let inside = offset.checked_sub(token.range.start)?;
        // Offsets in the file and in the text differ where something is escaped; tokens hold nothing that is.
        let quote = 1;
        let mut start = quote;
        let mut rest = token.text.as_str();
        while let Some((before, name, after)) = next_token(rest) {
            let from = start + before.len();
            let to = from + name.len() + 4;
            if (from..=to).contains(&inside) {
                let name = name.trim();
                let (namespace, name) = name.split_once('.')?;
                let name = name.split(":default=").next().unwrap_or(name).trim();
                let thing = match namespace.to_ascii_lowercase().as_str() {
                    "my" => self.token_thing(name)?,
                    "person" | "lead" => Thing::new(Kind::Field, name),
                    _ => return None,
                };
                let range = token.range.start + from..token.range.start + to;
                return Some(Seen { range, what: What::Named(vec![thing]) });
            }
            start = to;
            rest = after;
        }
        None
    }
}

/// What stands before the next `{{…}}` of a text, in it and behind it.
pub(super) fn next_token(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (token, after) = rest.split_once("}}")?;
    Some((before, token, after))
}
