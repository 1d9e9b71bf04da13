//! The lines of a file as far as they tell what stands where, even when YAML cannot read it.
//!
//! This is no YAML: it goes by indentation, dashes, colons, quotes and brackets, and where something is never closed it
//! goes on at the next line that cannot belong to it. Whatever YAML can read it reads as YAML does, which a test compares.

use std::ops::Range;

use crate::language::Quoting;

/// A step on the way from the top of a file to a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Level {
    /// Under a key.
    Key(String),
    /// In a list.
    Item,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Here {
    /// A key, with the bytes of its name.
    Key(Range<usize>),
    /// A text.
    Text(Piece),
    /// Nothing yet. A mapping cannot begin behind a key on its line.
    Nothing {
        /// Whether a key stands before it on the line.
        behind_key: bool,
        /// Whether it is in brackets or braces.
        in_brackets: bool,
    },
    /// A comment.
    Comment,
}

/// A text in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its bytes, without quotes.
    pub(super) range: Range<usize>,
    /// What stands around it.
    pub(super) quoting: Quoting,
    /// Whether it may become a key: nothing but dashes stands before it on its line.
    pub(super) may_be_key: bool,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The way to it. Of a key the way to its mapping.
    pub(super) path: Vec<Level>,
    /// The keys before it in its mapping.
    pub(super) keys: Vec<String>,
    /// What stands there.
    pub(super) here: Here,
}

/// A key or a text in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The way to it, itself included.
    pub(super) path: Vec<Level>,
    /// The bytes of the key, or of the text, without quotes.
    pub(super) name: Range<usize>,
}

/// Everything in a file that has a name, in order.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let mut scan = Scan::new(text, usize::MAX);
    scan.file();
    scan.entries
}

/// What stands at a byte of a file.
pub(super) fn place(text: &str, cursor: usize) -> Place {
    let mut scan = Scan::new(text, cursor.min(text.len()));
    scan.file();
    scan.place.unwrap_or_else(|| Place {
        path: Vec::new(),
        keys: Vec::new(),
        here: Here::Nothing { behind_key: false, in_brackets: false },
    })
}

/// A mapping or list that is open.
#[derive(Debug)]
struct Frame {
    /// Of a block the column; of what is in brackets nothing.
    column: Option<usize>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    List,
    Mapping { key: Option<String>, keys: Vec<String> },
}

struct Scan<'t> {
    text: &'t str,
    cursor: usize,
    at: usize,
    frames: Vec<Frame>,
    entries: Vec<Entry>,
    place: Option<Place>,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, cursor: usize) -> Self {
        Self { text, cursor, at: 0, frames: Vec::new(), entries: Vec::new(), place: None }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The end of the line that a byte is in, its break not included.
    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or("");
        let end = rest.find('\n').map_or(self.text.len(), |at| from + at);
        if self.text.get(from..end).is_some_and(|line| line.ends_with('\r')) { end - 1 } else { end }
    }

    /// The start of the next line.
    fn next_line(&self, from: usize) -> usize {
        self.text.get(from..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |at| from + at + 1)
    }

    fn path(&self) -> Vec<Level> {
        let levels = self.frames.iter().filter_map(|frame| match &frame.kind {
            Kind::List => Some(Level::Item),
            Kind::Mapping { key, .. } => key.clone().map(Level::Key),
        });
        levels.collect()
    }

    /// The cursor is in `range`: what stands there is told, once.
    fn seen(&mut self, range: Range<usize>, here: impl FnOnce() -> Here) {
        if self.place.is_none() && range.start <= self.cursor && self.cursor <= range.end {
            self.tell(here());
        }
    }

    fn tell(&mut self, here: Here) {
        let keys = match self.frames.last().map(|frame| &frame.kind) {
            Some(Kind::Mapping { key: None, keys }) => keys.clone(),
            Some(Kind::Mapping { key: Some(_), .. } | Kind::List) | None => Vec::new(),
        };
        self.place = Some(Place { path: self.path(), keys, here });
    }

    /// The column of the block around.
    fn indent(&self) -> Option<usize> {
        self.frames.iter().rev().find_map(|frame| frame.column)
    }

    fn file(&mut self) {
        while self.at < self.text.len() {
            if self.place.is_some() {
                return;
            }
            self.line();
        }
        if self.place.is_none() && self.cursor <= self.text.len() {
            let start = self.text.rfind('\n').map_or(0, |at| at + 1);
            self.blank(self.text.len() - start);
        }
    }

    /// A line on which nothing stands yet, with the cursor in a column.
    fn blank(&mut self, column: usize) {
        while self.frames.last().is_some_and(|frame| match frame {
            Frame { column: Some(at), kind: Kind::Mapping { .. } } => *at > column,
            Frame { column: Some(at), kind: Kind::List } => *at >= column,
            Frame { column: None, .. } => true,
        }) {
            self.frames.pop();
        }
        if let Some(Frame { column: Some(at), kind: Kind::Mapping { key, .. } }) = self.frames.last_mut()
            && *at == column
        {
            *key = None;
        }
        self.tell(Here::Nothing { behind_key: false, in_brackets: false });
    }

    fn line(&mut self) {
        let start = self.at;
        let end = self.line_end(start);
        let line = self.text.get(start..end).unwrap_or("");
        let column = line.len() - line.trim_start_matches([' ', '\t', '\u{feff}']).len();
        let content = line.get(column..).unwrap_or("");
        if content.is_empty() {
            if start <= self.cursor && self.cursor <= end {
                self.blank(self.cursor - start);
            }
            self.at = self.next_line(start);
            return;
        }
        if start <= self.cursor && self.cursor < start + column {
            self.blank(self.cursor - start);
            return;
        }
        if content.starts_with('#') {
            self.seen(start + column..end, || Here::Comment);
            self.at = self.next_line(start);
            return;
        }
        if content == "---" || content.starts_with("--- ") {
            self.frames.clear();
            self.at = self.next_line(start);
            return;
        }
        let is_item = is_dash(content);
        while self.frames.last().is_some_and(|frame| match frame {
            Frame { column: Some(at), kind: Kind::List } => *at > column || (*at == column && !is_item),
            Frame { column: Some(at), kind: Kind::Mapping { .. } } => *at > column,
            Frame { column: None, .. } => true,
        }) {
            self.frames.pop();
        }
        self.at = start + column;
        self.entry(column);
    }

    /// What begins at `self.at`, which is this column.
    fn entry(&mut self, column: usize) {
        let end = self.line_end(self.at);
        let content = self.text.get(self.at..end).unwrap_or("");
        if is_dash(content) {
            let is_open =
                matches!(self.frames.last(), Some(Frame { column: Some(at), kind: Kind::List }) if *at == column);
            if !is_open {
                self.frames.push(Frame { column: Some(column), kind: Kind::List });
            }
            let after = content.get(1..).unwrap_or("");
            let spaces = after.len() - after.trim_start_matches([' ', '\t']).len();
            let next = self.at + 1 + spaces;
            self.seen(self.at..next.min(end).saturating_sub(usize::from(next < end)), || Here::Nothing {
                behind_key: false,
                in_brackets: false,
            });
            self.at = next;
            if after.trim_start().is_empty() || after.trim_start().starts_with('#') {
                self.at = self.next_line(self.at);
            } else {
                self.entry(column + 1 + spaces);
            }
            return;
        }
        let Some((name, colon)) = key(content) else {
            // What stands where a key should is one that is being written.
            if let Some(Frame { column: Some(at), kind: Kind::Mapping { key, .. } }) = self.frames.last_mut()
                && *at == column
            {
                *key = None;
            }
            self.value(true);
            return;
        };
        let name = self.at + name.start..self.at + name.end;
        let text = self.unquoted(name.clone());
        match self.frames.last_mut() {
            Some(Frame { column: Some(at), kind: Kind::Mapping { key, .. } }) if *at == column => *key = None,
            Some(_) | None => {
                self.frames.push(Frame { column: Some(column), kind: Kind::Mapping { key: None, keys: Vec::new() } })
            }
        }
        self.seen(self.at..self.at + colon, || Here::Key(name.clone()));
        self.open_key(text, name);
        let after = self.at + colon + 1;
        let rest = self.text.get(after..end).unwrap_or("");
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let value = after + spaces;
        self.at = value;
        let rest = rest.get(spaces..).unwrap_or("");
        let is_empty = rest.is_empty() || rest.starts_with('#');
        let before = if is_empty { value } else { value - 1 };
        self.seen(after..before, || Here::Nothing { behind_key: true, in_brackets: false });
        if is_empty {
            self.seen(value..end, || Here::Comment);
            self.at = self.next_line(self.at);
        } else {
            self.value(false);
        }
    }

    /// The mapping in hand has come to a key.
    fn open_key(&mut self, text: String, name: Range<usize>) {
        if let Some(Frame { kind: Kind::Mapping { key, keys }, .. }) = self.frames.last_mut() {
            keys.push(text.clone());
            *key = Some(text);
        }
        let path = self.path();
        self.entries.push(Entry { path, name });
    }

    /// The text of a name that may stand in quotes.
    fn unquoted(&self, name: Range<usize>) -> String {
        let quote = name.start.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        let text = self.text.get(name).unwrap_or("");
        match quote {
            Some(b'"') => text.replace("\\\"", "\"").replace("\\\\", "\\"),
            Some(b'\'') => text.replace("''", "'"),
            Some(_) | None => text.to_owned(),
        }
    }

    /// A value that begins at `self.at`.
    fn value(&mut self, may_be_key: bool) {
        match self.rest().chars().next() {
            Some('|' | '>') => self.block(),
            Some(quote @ ('"' | '\'')) => {
                self.quoted(quote, may_be_key);
                self.end_line();
            }
            Some(open @ ('[' | '{')) => self.brackets(open),
            Some(_) | None => self.plain(may_be_key),
        }
    }

    /// What is left of a line behind a value.
    fn end_line(&mut self) {
        let end = self.line_end(self.at);
        let rest = self.text.get(self.at..end).unwrap_or("");
        if let Some(at) = rest.find('#') {
            let start = self.at + at;
            self.seen(start..end, || Here::Comment);
        }
        self.at = self.next_line(self.at);
    }

    /// A block after `|` or `>`.
    fn block(&mut self) {
        let indent = self.indent();
        let header_end = self.line_end(self.at);
        let here = self.at..header_end;
        self.seen(here, || Here::Comment);
        let start = self.next_line(self.at);
        let mut end = start;
        let mut at = start;
        while at < self.text.len() {
            let line_end = self.line_end(at);
            let line = self.text.get(at..line_end).unwrap_or("");
            let column = line.len() - line.trim_start_matches(' ').len();
            let is_blank = line.trim().is_empty();
            if !is_blank && indent.is_some_and(|indent| column <= indent) {
                break;
            }
            // A blank line belongs to it when the cursor stands far enough in.
            let cursor_in = (at..=line_end).contains(&self.cursor);
            if !is_blank || (cursor_in && indent.is_none_or(|indent| self.cursor - at > indent)) {
                end = line_end;
            }
            at = self.next_line(at);
        }
        self.at = if end > start || at > start { self.next_line(end.max(start)) } else { start };
        let piece = Piece { range: start..end, quoting: Quoting::Block, may_be_key: false };
        self.text_piece(piece);
    }

    fn text_piece(&mut self, piece: Piece) {
        if matches!(self.frames.last(), Some(Frame { kind: Kind::List, .. })) && !piece.range.is_empty() {
            let path = self.path();
            self.entries.push(Entry { path, name: piece.range.clone() });
        }
        self.seen(piece.range.clone(), || Here::Text(piece));
    }

    /// Whether the line at `at` cannot belong to a text that began in a block of this column.
    fn is_outside(&self, at: usize, indent: Option<usize>) -> bool {
        let line = self.text.get(at..self.line_end(at)).unwrap_or("");
        let column = line.len() - line.trim_start_matches([' ', '\t']).len();
        column < line.len() && indent.is_some_and(|indent| column <= indent)
    }

    /// A text in quotes; `self.at` goes behind it. Gives the bytes between the quotes.
    fn quoted(&mut self, quote: char, may_be_key: bool) -> Range<usize> {
        let indent = self.indent();
        let start = self.at + 1;
        let mut at = start;
        let mut end = None;
        while let Some(sign) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            let next = self.text.get(at + sign.len_utf8()..).and_then(|rest| rest.chars().next());
            match sign {
                '\\' if quote == '"' => at += next.map_or(0, char::len_utf8),
                '\'' if quote == '\'' && next == Some('\'') => at += 1,
                '\n' if self.is_outside(at + 1, indent) => break,
                _ if sign == quote => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
            at += sign.len_utf8();
        }
        let quoting = if quote == '"' { Quoting::Double } else { Quoting::Single };
        let at = at.min(self.text.len());
        let range = start..end.unwrap_or(at.max(start));
        self.at = end.map_or(range.end, |end| end + 1);
        let in_map = matches!(self.frames.last(), Some(Frame { column: None, kind: Kind::Mapping { key: None, .. } }));
        if !in_map {
            self.text_piece(Piece { range: range.clone(), quoting, may_be_key });
        }
        range
    }

    /// A text without quotes. It goes on over lines that are further in, unless they begin something of their own.
    fn plain(&mut self, may_be_key: bool) {
        let indent = self.indent();
        let start = self.at;
        let mut end = self.plain_end(start);
        let mut comment = self.has_comment(end);
        if comment {
            let (from, to) = (end, self.line_end(start));
            self.seen(from + 1..to, || Here::Comment);
        }
        let mut at = self.next_line(start);
        while at < self.text.len() && !comment {
            let line_end = self.line_end(at);
            let line = self.text.get(at..line_end).unwrap_or("");
            let content = line.trim_start_matches([' ', '\t']);
            let column = line.len() - content.len();
            if content.is_empty() {
                let cursor_in = (at..=line_end).contains(&self.cursor);
                if cursor_in && indent.is_none_or(|indent| self.cursor - at > indent) {
                    end = self.cursor;
                } else if cursor_in {
                    break;
                }
                at = self.next_line(at);
                continue;
            }
            let begins_other = content.starts_with('#') || is_dash(content) || key(content).is_some();
            if self.is_outside(at, indent) || begins_other || (indent.is_none() && column == 0 && may_be_key) {
                break;
            }
            end = self.plain_end(at + column);
            comment = self.has_comment(end);
            at = self.next_line(at);
        }
        // The cursor behind the last word is still in the text.
        let last_line = self.line_end(end);
        if (end..=last_line).contains(&self.cursor) && !comment {
            end = self.cursor;
        }
        self.at = self.next_line(end);
        self.text_piece(Piece { range: start..end, quoting: Quoting::Plain, may_be_key });
    }

    /// The end of a text without quotes on its line, spaces at its end not included.
    fn plain_end(&self, from: usize) -> usize {
        let line = self.text.get(from..self.line_end(from)).unwrap_or("");
        let text = line.find(" #").map_or(line, |at| line.get(..at).unwrap_or(""));
        from + text.trim_end().len()
    }

    /// Whether a comment follows on the line.
    fn has_comment(&self, from: usize) -> bool {
        self.text.get(from..self.line_end(from)).is_some_and(|rest| rest.trim_start().starts_with('#'))
    }

    /// What is in brackets or braces, over as many lines as it takes.
    fn brackets(&mut self, open: char) {
        let indent = self.indent();
        let outside = self.frames.len();
        self.push_brackets(open);
        let mut previous = self.at;
        while self.frames.len() > outside {
            if self.place.is_some() {
                return;
            }
            let Some(sign) = self.rest().chars().next() else {
                let to = self.text.len();
                self.seen(previous..to, || Here::Nothing { behind_key: false, in_brackets: true });
                return;
            };
            let from = previous;
            let at = self.at;
            match sign {
                '\n' if self.is_outside(at + 1, indent) && !self.closes(at + 1) => {
                    self.seen(from..at, || Here::Nothing { behind_key: false, in_brackets: true });
                    self.frames.truncate(outside);
                    self.at += 1;
                    return;
                }
                ' ' | '\t' | '\n' | '\r' => self.at += 1,
                '#' => {
                    let end = self.line_end(at);
                    self.seen(at..end, || Here::Comment);
                    self.at = end;
                    previous = end;
                }
                ',' => {
                    self.seen(from..at, || Here::Nothing { behind_key: false, in_brackets: true });
                    if let Some(Frame { kind: Kind::Mapping { key, .. }, .. }) = self.frames.last_mut() {
                        *key = None;
                    }
                    self.at += 1;
                    previous = self.at;
                }
                ']' | '}' => {
                    self.seen(from..at, || Here::Nothing { behind_key: false, in_brackets: true });
                    self.frames.pop();
                    self.at += 1;
                    previous = self.at;
                }
                '[' | '{' => {
                    self.push_brackets(sign);
                    previous = self.at;
                }
                '"' | '\'' => {
                    self.seen(from..at.saturating_sub(usize::from(from < at)), || Here::Nothing {
                        behind_key: false,
                        in_brackets: true,
                    });
                    let range = self.quoted(sign, false);
                    self.key_in_braces(range);
                    previous = self.at;
                }
                _ => {
                    if from < at {
                        self.seen(from..at - 1, || Here::Nothing { behind_key: false, in_brackets: true });
                    }
                    self.plain_in_brackets();
                    previous = self.at;
                }
            }
        }
        self.end_line();
    }

    /// Whether a line begins with what closes brackets.
    fn closes(&self, at: usize) -> bool {
        self.text.get(at..).is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with([']', '}']))
    }

    fn push_brackets(&mut self, open: char) {
        let kind = if open == '[' { Kind::List } else { Kind::Mapping { key: None, keys: Vec::new() } };
        self.frames.push(Frame { column: None, kind });
        self.at += 1;
    }

    fn plain_in_brackets(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let in_map = matches!(self.frames.last(), Some(Frame { column: None, kind: Kind::Mapping { key: None, .. } }));
        let mut length = rest.len();
        let mut signs = rest.char_indices().peekable();
        let mut before = ' ';
        while let Some((at, sign)) = signs.next() {
            let next = signs.peek().map(|(_, next)| *next);
            let ends = match sign {
                ',' | '[' | ']' | '{' | '}' | '\n' => true,
                ':' => next.is_none_or(|next| next.is_whitespace() || ",[]{}".contains(next)),
                '#' => before.is_whitespace(),
                _ => false,
            };
            if ends {
                length = at;
                break;
            }
            before = sign;
        }
        let whole = rest.get(..length).unwrap_or("").trim_end_matches('\r');
        let text = whole.trim_end();
        let mut end = start + text.len();
        self.at = start + whole.len();
        if in_map {
            let range = start..end;
            let is_key = self.rest().starts_with(':');
            let to = if is_key { end } else { start + whole.len() };
            self.seen(start..to, || {
                if is_key {
                    Here::Key(range.clone())
                } else {
                    let quoting = Quoting::PlainInBrackets;
                    Here::Text(Piece { range: start..to, quoting, may_be_key: true })
                }
            });
            self.key_in_braces(range);
        } else {
            // The cursor behind the last word is still in the text.
            if (end..=start + whole.len()).contains(&self.cursor) {
                end = self.cursor;
            }
            self.text_piece(Piece { range: start..end, quoting: Quoting::PlainInBrackets, may_be_key: false });
            // A colon where no key can be is passed over.
            if self.rest().starts_with(':') {
                self.at += 1;
            }
        }
    }

    /// A name in braces was read: with a colon behind it is a key.
    fn key_in_braces(&mut self, name: Range<usize>) {
        let rest = self.rest();
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let in_map = matches!(self.frames.last(), Some(Frame { column: None, kind: Kind::Mapping { key: None, .. } }));
        if !in_map {
            return;
        }
        let is_key = rest.get(spaces..).is_some_and(|rest| rest.starts_with(':'));
        self.seen(name.clone(), || Here::Key(name.clone()));
        if is_key {
            let text = self.unquoted(name.clone());
            self.open_key(text, name);
            self.at += spaces + 1;
        }
    }
}

/// Whether a line begins an item of a list.
fn is_dash(content: &str) -> bool {
    content.strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// The key with which a line begins: the bytes of its name, and where its colon is.
fn key(content: &str) -> Option<(Range<usize>, usize)> {
    let ends = |at: usize| content.get(at + 1..).is_none_or(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
    if let Some(quote) = content.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let mut signs = content.char_indices().skip(1).peekable();
        while let Some((at, sign)) = signs.next() {
            if sign == '\\' && quote == '"' {
                signs.next();
            } else if sign == quote {
                if quote == '\'' && signs.peek().is_some_and(|(_, next)| *next == '\'') {
                    signs.next();
                    continue;
                }
                let rest = content.get(at + 1..)?;
                let colon = at + 1 + rest.len() - rest.trim_start_matches([' ', '\t']).len();
                let is_colon = content.get(colon..).is_some_and(|rest| rest.starts_with(':'));
                return (is_colon && ends(colon)).then_some((1..at, colon));
            }
        }
        return None;
    }
    if content.starts_with(['[', '{', '|', '>', '#', '&', '*', '!', '%', '@', '`']) {
        return None;
    }
    let mut before = ' ';
    for (at, sign) in content.char_indices() {
        if sign == ':' && ends(at) {
            let name = content.get(..at)?.trim_end();
            return (!name.is_empty()).then_some((0..name.len(), at));
        }
        if sign == '#' && before == ' ' {
            return None;
        }
        before = sign;
    }
    None
}

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;
