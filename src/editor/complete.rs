//! What could be written where the cursor stands.

use std::ops::Range;

use smol_str::SmolStr;

use super::book::Book;
use super::hover;
use super::look::RuleText;
use super::names::{Declared, Kind, Names};
use super::outline::{self, Here, Piece, Place};
use super::phrases::{About, Hole, Wanted, is_reserved};
use super::shapes;
use super::words::{self, Token, TokenKind};
use crate::diagnostics::FileId;
use crate::language::keys::{Key, Shape};
use crate::language::{Quoting, TextKind, can_be_plain, is_scenario_file, single_quoted};
use crate::model::NOT_IN_PROGRAM;

/// What a completion stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CompletionOf {
    /// A value of a closed list, a word that YAML values may be.
    Value,
    /// Something that is declared.
    Name(Kind),
    /// A key of a file.
    Key,
    /// Words of the language.
    Words,
}

/// Something that could be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What it stands for.
    pub of: CompletionOf,
    /// What is shown.
    pub label: String,
    /// What is shown beside it.
    pub detail: String,
    /// What there is to know about it, Markdown.
    pub documentation: String,
    /// What is replaced: bytes of the file around the cursor.
    pub range: Range<usize>,
    /// What is written there.
    pub text: String,
    /// Where in `text` the cursor should be, if not at its end.
    pub cursor: Option<usize>,
}

/// Everything that could be written at a byte of a file. What of it fits to what is written already is for the editor to
/// choose.
pub fn complete(book: &Book, file: FileId, offset: usize) -> Vec<Completion> {
    let names = Names::of(book);
    let text = book.text(file);
    let is_scenario = is_scenario_file(book.sources().path(file));
    let place = outline::place(text, offset);
    let mut writer = Writer { book, names: &names, file, text, offset, all: Vec::new() };
    let shapes = shapes::at(&place.path, is_scenario);
    match &place.here {
        Here::Comment => {}
        Here::Key(range) => writer.keys(&place, is_scenario, range.start),
        Here::Nothing { behind_key, .. } => {
            if !behind_key {
                writer.keys(&place, is_scenario, offset);
            }
            let quoting = if in_brackets(&place.here) { Quoting::PlainInBrackets } else { Quoting::Plain };
            let piece = Piece { range: offset..offset, quoting, may_be_key: false };
            writer.values(&place, &shapes, &piece, is_scenario);
        }
        Here::Text(piece) => {
            let written = text.get(piece.range.start..offset).unwrap_or("");
            if piece.may_be_key && written.chars().all(|sign| sign.is_alphanumeric() || sign == '_') {
                writer.keys(&place, is_scenario, piece.range.start);
            }
            writer.values(&place, &shapes, piece, is_scenario);
        }
    }
    writer.all
}

fn in_brackets(here: &Here) -> bool {
    matches!(here, Here::Nothing { in_brackets: true, .. })
}

struct Writer<'a> {
    book: &'a Book,
    names: &'a Names,
    file: FileId,
    text: &'a str,
    offset: usize,
    all: Vec<Completion>,
}

impl Writer<'_> {
    fn add(&mut self, of: CompletionOf, label: &str, text: String, range: Range<usize>) -> Option<&mut Completion> {
        if self.all.iter().any(|known| known.of == of && known.label == label) {
            return None;
        }
        self.all.push(Completion {
            of,
            label: label.to_owned(),
            detail: String::new(),
            documentation: String::new(),
            range,
            text,
            cursor: None,
        });
        self.all.last_mut()
    }

    fn declared(&mut self, declared: &Declared, text: String, range: Range<usize>) {
        let documentation = hover::described(declared, self.book);
        let Declared { thing, detail, .. } = declared;
        if let Some(added) = self.add(CompletionOf::Name(thing.kind), &thing.name, text, range) {
            added.detail.clone_from(detail);
            added.documentation = documentation;
        }
    }

    /// Keys that are not there yet. A colon behind the cursor stays.
    fn keys(&mut self, place: &Place, is_scenario: bool, start: usize) {
        let rest = self.text.get(self.offset..).unwrap_or("");
        let line = rest.lines().next().unwrap_or("");
        let name_end = line.find([':', ',', '}']).unwrap_or(0);
        let has_colon = matches!(place.here, Here::Key(_)) || line.get(name_end..).is_some_and(|l| l.starts_with(':'));
        let colon = if has_colon { "" } else { ":" };
        let range = start..self.offset;
        for key in shapes::keys_at(&place.path, is_scenario) {
            let Key { name, doc, value, needed } = key;
            if place.keys.iter().any(|known| known == name) {
                continue;
            }
            let space = if has_colon || opens(value) { "" } else { " " };
            let text = format!("{name}{colon}{space}");
            if let Some(added) = self.add(CompletionOf::Key, name, text, range.clone()) {
                added.detail = if *needed { "needed".to_owned() } else { String::new() };
                added.documentation = (*doc).to_owned();
            }
        }
        let names = self.names;
        for kind in shapes::named_by_keys(&place.path) {
            for declared in names.each(*kind) {
                if !place.keys.iter().any(|known| *known == *declared.thing.name) {
                    let name = yaml_text(&declared.thing.name, Quoting::Plain);
                    self.declared(declared, format!("{name}{colon}"), range.clone());
                }
            }
        }
    }

    fn values(&mut self, place: &Place, shapes: &[Shape], piece: &Piece, is_scenario: bool) {
        let range = piece.range.start..self.offset;
        let names = self.names;
        for shape in shapes {
            match shape {
                Shape::Rule(kind) => self.rule(place, piece, *kind),
                Shape::Name(of) => {
                    for declared in names.each(shapes::kind_of(*of)) {
                        let text = yaml_text(&declared.thing.name, piece.quoting);
                        self.declared(declared, text, range.clone());
                    }
                }
                Shape::Boolean => {
                    for word in ["true", "false"] {
                        self.add(CompletionOf::Value, word, word.to_owned(), range.clone());
                    }
                }
                Shape::Words(words) => {
                    for word in *words {
                        self.add(CompletionOf::Value, word, (*word).to_owned(), range.clone());
                    }
                }
                Shape::Text
                | Shape::Whole(_)
                | Shape::List(_)
                | Shape::Named(_)
                | Shape::Keys(_)
                | Shape::OneKey(_)
                | Shape::Either(_)
                | Shape::Called(_)
                | Shape::Any => {}
            }
        }
        if is_scenario {
            for kind in shapes::named_by_text(&place.path) {
                for declared in names.each(*kind) {
                    let text = yaml_text(&declared.thing.name, piece.quoting);
                    self.declared(declared, text, range.clone());
                }
            }
        }
    }

    /// What may come next in a rule text.
    fn rule(&mut self, place: &Place, piece: &Piece, kind: TextKind) {
        let before = Piece { range: piece.range.start..self.offset, ..piece.clone() };
        let names = self.names;
        let mut text = RuleText::new(self.book, names, self.file, &place.path, &before, kind);
        // What the cursor touches is still being written.
        let offset = self.offset;
        let written = text.tokens.pop_if(|token| token.range.end == offset && is_unfinished(token));
        let range = written.as_ref().map_or(offset, |token| token.range.start)..offset;
        let readings = text.machine.read(&text.tokens, &|reading| text.type_of(reading));
        let wanted = text.machine.wanted(&readings, &|reading| text.type_of(reading));
        if let Some(Token { kind: TokenKind::Text, text: inside, .. }) = &written
            && let Some((_, token)) = inside.rsplit_once("{{").filter(|(_, rest)| !rest.contains("}}"))
        {
            let value = wanted.iter().any(|(wanted, ..)| matches!(wanted, Wanted::Hole(Hole::Value | Hole::Free)));
            self.tokens(&text, token, piece, value);
            return;
        }
        let is_text = matches!(&written, Some(Token { kind: TokenKind::Text, .. }));
        let is_field = matches!(&written, Some(Token { kind: TokenKind::Field, .. }));
        let slot = Slot { range, piece, is_text, is_field };
        for (wanted, about, reading) in wanted {
            match wanted {
                Wanted::Words(words) if !is_text && !is_field => self.words(&words, about, &slot),
                Wanted::Hole(Hole::Name(kind)) if !is_field => {
                    for declared in names.each(kind) {
                        self.string(declared, &slot);
                    }
                }
                Wanted::Hole(Hole::Status) if !is_field => {
                    let sets = matches!(about, Some(About::Step(_)));
                    for owner in text.owners(&reading, about) {
                        for declared in names.statuses(&owner) {
                            if !(sets && declared.thing.name == NOT_IN_PROGRAM) {
                                self.string(declared, &slot);
                            }
                        }
                    }
                }
                Wanted::Hole(Hole::Field) if !is_text => {
                    for declared in names.each(Kind::Field) {
                        self.field(declared, &slot);
                    }
                }
                Wanted::Hole(Hole::Attribute) if !is_text => {
                    for activity in text.named(&reading) {
                        for declared in names.each_of(Kind::Attribute, &activity) {
                            self.field(declared, &slot);
                        }
                    }
                }
                Wanted::Hole(Hole::Value) if !is_field => {
                    let field = text.field_of(&reading).and_then(|field| names.find(&field));
                    let values: Vec<SmolStr> = field.map_or_else(Vec::new, |field| field.values.clone());
                    for value in values {
                        self.value(&value, &slot);
                    }
                }
                Wanted::Words(_) | Wanted::Hole(_) => {}
            }
        }
    }

    fn words(&mut self, words: &str, about: Option<About>, slot: &Slot<'_>) {
        let documentation = about.map_or_else(String::new, hover::about);
        if let Some(added) = self.add(CompletionOf::Words, words, words.to_owned(), slot.range.clone()) {
            added.documentation = documentation;
        }
    }

    fn string(&mut self, declared: &Declared, slot: &Slot<'_>) {
        if let Some((text, range)) = self.in_quotes(&declared.thing.name, slot) {
            self.declared(declared, text, range);
        }
    }

    fn value(&mut self, value: &str, slot: &Slot<'_>) {
        if let Some((text, range)) = self.in_quotes(value, slot) {
            self.add(CompletionOf::Value, value, text, range);
        }
    }

    /// A name in the quotes that were begun, or in such as need no escapes here. A closing quote behind the cursor goes.
    fn in_quotes(&self, name: &str, slot: &Slot<'_>) -> Option<(String, Range<usize>)> {
        let quoting = slot.piece.quoting;
        let mut range = slot.range.clone();
        let begun = slot.is_text.then(|| self.text.get(range.clone()).unwrap_or(""));
        let begun = begun.map(|text| if text.trim_start_matches('\\').starts_with('\'') { '\'' } else { '"' });
        let other = if quoting == Quoting::Double { '\'' } else { '"' };
        let quote = begun.unwrap_or(other);
        let text = words::encoded(&words::in_quotes(name, quote), quoting);
        if begun.is_some() {
            let closing = words::encoded(&quote.to_string(), quoting);
            let rest = self.text.get(range.end..).unwrap_or("");
            if rest.starts_with(&closing) {
                range.end += closing.len();
            }
        }
        fits(&text, quoting).then_some((text, range))
    }

    fn field(&mut self, declared: &Declared, slot: &Slot<'_>) {
        let name = &declared.thing.name;
        let is_word = name.chars().all(|sign| sign.is_alphanumeric() || sign == '_')
            && name.starts_with(|sign: char| sign.is_alphabetic() || sign == '_');
        let quoting = slot.piece.quoting;
        let mut range = slot.range.clone();
        if slot.is_field && self.text.get(range.end..).is_some_and(|rest| rest.starts_with(']')) {
            range.end += 1;
        }
        if is_word && !is_reserved(name) && !slot.is_field {
            self.declared(declared, name.to_string(), range);
            return;
        }
        let text = words::encoded(&format!("[{name}]"), quoting);
        let begins = range.start == slot.piece.range.start;
        let line = self.text.get(range.end..).and_then(|rest| rest.lines().next()).unwrap_or("");
        if fits(&text, quoting) && !(begins && matches!(quoting, Quoting::Plain | Quoting::PlainInBrackets)) {
            self.declared(declared, text, range);
        } else if begins && matches!(quoting, Quoting::Plain) && line.trim().is_empty() {
            // A text that begins with a bracket needs quotes around all of it.
            let quoted = format!("'{} '", text.replace('\'', "''"));
            let inside = quoted.len() - 1;
            self.declared(declared, quoted, range);
            if let Some(added) = self.all.last_mut() {
                added.cursor = Some(inside);
            }
        }
    }

    /// What may stand in `{{…}}`.
    fn tokens(&mut self, text: &RuleText<'_>, begun: &str, piece: &Piece, is_value: bool) {
        let range = self.offset - begun.len()..self.offset;
        let closed = self.text.get(self.offset..).is_some_and(|rest| rest.starts_with("}}"));
        let close = if closed { "" } else { "}}" };
        let names = self.names;
        for owner in text.program.as_deref().into_iter().chain([""]) {
            for declared in names.each_of(Kind::Token, owner) {
                let written = words::encoded(&format!("my.{}{close}", declared.thing.name), piece.quoting);
                self.declared(declared, written, range.clone());
            }
        }
        if !is_value {
            return;
        }
        for declared in names.each(Kind::Field) {
            let written = words::encoded(&format!("person.{}{close}", declared.thing.name), piece.quoting);
            self.declared(declared, written, range.clone());
        }
        for word in ["campaign.name", "program.name", "system.date", "system.datetime"] {
            self.add(CompletionOf::Words, word, format!("{word}{close}"), range.clone());
        }
    }
}

/// Where a completion goes.
struct Slot<'a> {
    range: Range<usize>,
    piece: &'a Piece,
    /// Whether a text in quotes was begun.
    is_text: bool,
    /// Whether a field in brackets was begun.
    is_field: bool,
}

/// Whether more letters may follow right behind a token.
fn is_unfinished(token: &Token) -> bool {
    match token.kind {
        TokenKind::Word => true,
        TokenKind::Text | TokenKind::Field => !token.closed,
        TokenKind::Number | TokenKind::Date | TokenKind::Time | TokenKind::Sign => false,
    }
}

/// Whether a text may be put into a text with this around it.
fn fits(text: &str, quoting: Quoting) -> bool {
    match quoting {
        Quoting::Bare | Quoting::Single | Quoting::Double | Quoting::Block => true,
        Quoting::Plain => !text.contains(": ") && !text.contains(" #"),
        Quoting::PlainInBrackets => !text.contains([',', '[', ']', '{', '}']) && !text.contains(": "),
    }
}

/// A name as a YAML text of its own, or inside the quotes that were begun.
fn yaml_text(name: &str, quoting: Quoting) -> String {
    match quoting {
        Quoting::Single | Quoting::Double => words::encoded(name, quoting),
        Quoting::Bare | Quoting::Plain | Quoting::PlainInBrackets | Quoting::Block => {
            let in_brackets = quoting == Quoting::PlainInBrackets;
            if can_be_plain(name, in_brackets) { name.to_owned() } else { single_quoted(name) }
        }
    }
}

/// Whether a value begins on the next line.
fn opens(shape: &Shape) -> bool {
    match shape {
        Shape::List(_) | Shape::Named(_) | Shape::Keys(_) | Shape::OneKey(_) => true,
        Shape::Text
        | Shape::Name(_)
        | Shape::Rule(_)
        | Shape::Boolean
        | Shape::Whole(_)
        | Shape::Words(_)
        | Shape::Either(_)
        | Shape::Called(_)
        | Shape::Any => false,
    }
}
