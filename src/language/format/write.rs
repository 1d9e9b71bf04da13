//! The walk over the nodes of a file, which writes it anew.
//!
//! Pieces (keys, signs, values) come in the order of the file. What stands between two of them is white space and comments;
//! [`Writer::gap`] writes that with new indentation. So no comment can be lost.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Unformatted, WIDTH, texts};
use crate::diagnostics::{FileId, Sources, Span};
use crate::language::document::{TextKind, rule_texts};
use crate::language::scalar::{can_be_plain, single_quoted};
use crate::language::yaml::{self, Node};
use crate::language::{Quoting, Scalar};

/// So much further to the right stands what belongs to a key or to a `-`.
const STEP: usize = 2;

/// A file whose root is a mapping.
pub(super) fn file(text: &str, sources: &Sources, root: &Node, is_scenario: bool) -> Result<String, Unformatted> {
    let kinds = rule_texts(root, is_scenario).into_iter().map(|(kind, scalar)| (scalar.span().start, kind)).collect();
    let mut writer = Writer::new(text, sources, kinds);
    match root {
        Node::Mapping { .. } if writer.is_in_brackets(root) => writer.brackets(root, 0, Join::Space)?,
        Node::Mapping { .. } => writer.mapping(root, 0)?,
        Node::Scalar { .. } | Node::Sequence { .. } | Node::Poisoned(_) => {}
    }
    writer.end()
}

/// A file with nothing but comments.
pub(super) fn comments(text: &str) -> Result<String, Unformatted> {
    Writer::new(text, &Sources::new(), BTreeMap::new()).end()
}

/// How a piece follows the one before it in the same line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    /// After a space.
    Space,
    /// At once.
    Tight,
    /// After a space, also where it stood in a line of its own and no comment stands between.
    Pulled,
}

struct Writer<'a> {
    text: &'a str,
    sources: &'a Sources,
    kinds: BTreeMap<u32, TextKind>,
    comments: Vec<Range<usize>>,
    out: String,
    /// Up to here the text is written.
    at: usize,
    /// The block collections around: the column where they stood, and where they stand now.
    levels: Vec<(usize, usize)>,
    /// Those around the last piece.
    before: Vec<(usize, usize)>,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str, sources: &'a Sources, kinds: BTreeMap<u32, TextKind>) -> Self {
        let comments = yaml::comments(text);
        let out = String::with_capacity(text.len() + 64);
        Self { text, sources, kinds, comments, out, at: 0, levels: Vec::new(), before: Vec::new() }
    }

    // -----------------------------------------------------------------------------------------------------------------
    // Collections
    // -----------------------------------------------------------------------------------------------------------------

    /// A mapping in block style whose keys stand in `column`.
    fn mapping(&mut self, node: &Node, column: usize) -> Result<(), Unformatted> {
        let Node::Mapping { entries, .. } = node else { return Ok(()) };
        let first = entries.first().map_or(0, |(key, _)| self.column_of(key.span().start as usize));
        self.levels.push((first, column));
        for (key, value) in entries {
            let place = range(key.span());
            if self.slice(place.clone()).contains('\n') {
                return Err(self.unusual(place));
            }
            self.piece(place.clone(), self.slice(place.clone()), column, Join::Space)?;
            let colon = self.sign(':', place.end)?;
            self.piece(colon.clone(), ":", column, Join::Tight)?;
            self.value(value, column, colon.end)?;
        }
        self.levels.pop();
        Ok(())
    }

    /// A list in block style whose `-` stand in `column`.
    fn list(&mut self, node: &Node, column: usize) -> Result<(), Unformatted> {
        let Node::Sequence { items, .. } = node else { return Ok(()) };
        let first = self.sign('-', self.at)?;
        self.levels.push((self.column_of(first.start), column));
        for item in items {
            let dash = self.sign('-', self.at)?;
            self.piece(dash.clone(), "-", column, Join::Space)?;
            self.value(item, column, dash.end)?;
        }
        self.levels.pop();
        Ok(())
    }

    /// What stands after a key or a `-` of the collection in `column`; `from` is the end of the `:` or `-`.
    fn value(&mut self, node: &Node, column: usize, from: usize) -> Result<(), Unformatted> {
        match node {
            // Nothing at all.
            Node::Scalar { scalar, plain: true } if scalar.span().start == scalar.span().end => Ok(()),
            Node::Scalar { scalar, .. } => self.scalar(scalar, column, from),
            Node::Sequence { .. } | Node::Mapping { .. } if self.is_in_brackets(node) => {
                self.brackets(node, column, Join::Pulled)
            }
            Node::Sequence { .. } => self.list(node, column + STEP),
            Node::Mapping { .. } => self.mapping(node, column + STEP),
            Node::Poisoned(span) => Err(self.unusual(range(*span))),
        }
    }

    /// A list or mapping in brackets: in one line if it fits, else in block style.
    fn brackets(&mut self, node: &Node, column: usize, join: Join) -> Result<(), Unformatted> {
        let place = range(node.span());
        let has_comment = self.comments.iter().any(|comment| place.contains(&comment.start));
        let line = if has_comment { None } else { self.in_one_line(node) };
        let Some(line) = line else {
            // The lines move along with what they belong to.
            let (was, is) = self.levels.last().copied().unwrap_or((0, 0));
            let moved = self.moved_lines(place.clone(), was, is);
            return self.piece(place, &moved, column + STEP, join);
        };
        let start = self.last_line_width() + 1;
        let followed = self.comment_behind(place.end).is_some();
        let is_empty =
            matches!(self.slice(place.clone()).as_bytes(), [_, inside @ .., _] if inside.trim_ascii().is_empty());
        let is_root = self.levels.is_empty();
        let pulled = self.text.get(self.at..place.start).is_some_and(|gap| gap.trim().is_empty());
        if start + width(&line) <= WIDTH || followed || is_empty || is_root || !pulled {
            return self.piece(place, &line, column + STEP, join);
        }
        let after_dash = self.out.ends_with('-');
        let lines = self.in_block(node, column + STEP);
        let indent = " ".repeat(column + STEP);
        if after_dash {
            self.out.push(' ');
        } else {
            self.out.push('\n');
            self.out.push_str(&indent);
        }
        self.out.push_str(&lines.join(&format!("\n{indent}")));
        self.before = self.levels.clone();
        self.at = place.end;
        Ok(())
    }

    /// A value inside brackets as one line. `None` where it has no such form.
    fn in_one_line(&self, node: &Node) -> Option<String> {
        match node {
            Node::Scalar { scalar, .. } => self.inline_scalar(scalar, true),
            Node::Sequence { items, .. } if self.is_in_brackets(node) => {
                let items = items.iter().map(|item| self.in_one_line(item)).collect::<Option<Vec<_>>>()?;
                Some(format!("[{}]", items.join(", ")))
            }
            Node::Mapping { entries, .. } if self.is_in_brackets(node) => {
                let entry = |(key, value): &(Scalar, Node)| {
                    Some(format!("{}: {}", self.inline_key(key)?, self.in_one_line(value)?))
                };
                let entries = entries.iter().map(entry).collect::<Option<Vec<_>>>()?;
                Some(format!("{{{}}}", entries.join(", ")))
            }
            Node::Sequence { .. } | Node::Mapping { .. } | Node::Poisoned(_) => None,
        }
    }

    /// A value that stood in brackets as the lines of a block; inner ones stay in brackets where they fit.
    fn in_block(&self, node: &Node, column: usize) -> Vec<String> {
        let one_line = |node: &Node| match node {
            Node::Scalar { scalar, .. } => self.inline_scalar(scalar, false),
            Node::Sequence { .. } | Node::Mapping { .. } | Node::Poisoned(_) => self.in_one_line(node),
        };
        let fits = |node: &Node, line: &str, before: usize| {
            matches!(node, Node::Scalar { .. }) || column + before + width(line) <= WIDTH || line.len() == 2
        };
        let mut lines = Vec::new();
        match node {
            Node::Sequence { items, .. } => {
                for item in items {
                    match one_line(item).filter(|line| fits(item, line, STEP)) {
                        Some(line) => lines.push(format!("- {line}")),
                        None => {
                            for (at, line) in self.in_block(item, column + STEP).into_iter().enumerate() {
                                lines.push(format!("{}{line}", if at == 0 { "- " } else { "  " }));
                            }
                        }
                    }
                }
            }
            Node::Mapping { entries, .. } => {
                for (key, value) in entries {
                    let key = self.inline_key(key).unwrap_or_default();
                    match one_line(value).filter(|line| fits(value, line, width(key) + 2)) {
                        Some(line) => lines.push(format!("{key}: {line}")),
                        None => {
                            lines.push(format!("{key}:"));
                            lines.extend(
                                self.in_block(value, column + STEP).into_iter().map(|line| format!("  {line}")),
                            );
                        }
                    }
                }
            }
            Node::Scalar { .. } | Node::Poisoned(_) => {}
        }
        lines
    }

    fn inline_key(&self, key: &Scalar) -> Option<&'a str> {
        let raw = self.slice(range(key.span()));
        (!raw.is_empty() && !raw.contains('\n')).then_some(raw)
    }

    /// A scalar as one line. `None` where it stands in several, or is not there at all.
    fn inline_scalar(&self, scalar: &Scalar, in_brackets: bool) -> Option<String> {
        if let Some(text) = self.canonical(scalar).map(|lines| lines.join(" "))
            && let Some(quoted) = quoted(&text, in_brackets)
        {
            return Some(quoted);
        }
        let raw = self.slice(range(scalar.span()));
        (!raw.is_empty() && !raw.contains('\n')).then(|| raw.to_owned())
    }

    // -----------------------------------------------------------------------------------------------------------------
    // Scalars
    // -----------------------------------------------------------------------------------------------------------------

    fn scalar(&mut self, scalar: &Scalar, column: usize, from: usize) -> Result<(), Unformatted> {
        let (place, header) = if scalar.quoting() == Quoting::Block {
            let block = self.block(scalar, from)?;
            (block.place.clone(), Some(block))
        } else {
            (range(scalar.span()), None)
        };
        let Some((lines, line)) = self.canonical(scalar).and_then(|lines| {
            let line = quoted(&lines.join(" "), false)?;
            Some((lines, line))
        }) else {
            let written = match header {
                Some(block) => self.moved_block(&block, column),
                None => self.moved_scalar(place.clone(), column + STEP),
            };
            return self.piece(place, &written, column + STEP, Join::Pulled);
        };
        // A comment behind the header or behind the text goes with it.
        let behind = self.comment_behind(place.end);
        let was_block = header.is_some();
        let comment = header.and_then(|block| block.comment).or_else(|| behind.clone());
        let spaced = comment.clone().map_or("", |comment| self.with_space_before(comment));
        let end = behind.map_or(place.end, |comment| comment.end);
        let pulled = self.text.get(self.at..place.start).is_some_and(|gap| gap.trim().is_empty());
        let start = if pulled { self.last_line_width() + 1 } else { column + STEP };
        // Whoever broke a chain into lines wants it so.
        let is_broken = was_block || self.slice(place.clone()).contains('\n');
        let written = if lines.len() < 2 || (!is_broken && start + width(&line) <= WIDTH) {
            let spaced =
                if was_block && !spaced.is_empty() { format!("  {}", spaced.trim_start()) } else { spaced.to_owned() };
            format!("{line}{spaced}")
        } else {
            let indent = " ".repeat(column + STEP);
            format!(">-{spaced}\n{indent}{}", lines.join(&format!("\n{indent}")))
        };
        self.piece(place.start..end, &written, column + STEP, Join::Pulled)
    }

    fn canonical(&self, scalar: &Scalar) -> Option<Vec<String>> {
        let kind = self.kinds.get(&scalar.span().start)?;
        texts::canonical(*kind, scalar)
    }

    /// A text over several lines; the indentation of the further ones means nothing.
    fn moved_scalar(&self, place: Range<usize>, column: usize) -> String {
        let mut lines = self.slice(place).split('\n');
        let mut out = lines.next().unwrap_or("").to_owned();
        for line in lines {
            out.push('\n');
            let line = line.trim_start_matches([' ', '\t']);
            if !line.is_empty() {
                out.push_str(&" ".repeat(column));
                out.push_str(line);
            }
        }
        out
    }

    /// Lines that keep their distance from what they belong to.
    fn moved_lines(&self, place: Range<usize>, was: usize, is: usize) -> String {
        let mut lines = self.slice(place).split('\n');
        let mut out = lines.next().unwrap_or("").to_owned();
        for line in lines {
            out.push('\n');
            let text = line.trim_start_matches([' ', '\t']);
            if !text.is_empty() {
                out.push_str(&" ".repeat((line.len() - text.len() + is).saturating_sub(was)));
                out.push_str(text.trim_end());
            }
        }
        out
    }

    /// Takes a block text apart: its header, a comment behind that, its lines and their indentation.
    fn block(&self, scalar: &Scalar, from: usize) -> Result<Block<'a>, Unformatted> {
        let start = self.after_comments(from);
        if !self.slice(start..start + 1).starts_with(['|', '>']) {
            return Err(self.unusual(range(scalar.span())));
        }
        let line = self.text.get(start..).and_then(|rest| rest.split('\n').next()).unwrap_or("");
        let header = line.split_whitespace().next().unwrap_or("");
        let comment = self.comment_behind(start + header.len());
        let digit = header.bytes().find(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0'));
        let parent = self.levels.last().map_or(0, |(was, _)| *was);
        let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let body_start = (start + line.len() + 1).min(self.text.len());
        let body: Vec<&str> = self.text.get(body_start..).unwrap_or("").split('\n').collect();
        let first = body.iter().copied().find(|line| !line.trim_matches(' ').is_empty()).map_or(0, indentation);
        let base = digit.map_or(first, |digit| parent + digit);
        let mut many = 0;
        if base > parent || (parent == 0 && base > 0) {
            let inside = |line: &&str| line.trim_matches(' ').is_empty() || indentation(line) >= base;
            many = body.iter().take_while(|line| inside(line)).count();
        }
        let keeps = header.contains('+');
        let is_blank =
            |line: &&&str| line.trim_matches(' ').len() == line.len() - indentation(line) && line.trim().is_empty();
        let blank_behind = body.get(..many).unwrap_or(&[]).iter().rev().take_while(is_blank).count();
        // The text after the last line break is no line.
        let kept = if keeps && many > 0 { many - usize::from(many == body.len()) } else { many - blank_behind };
        let lines: Vec<&str> = body.get(..kept).unwrap_or(&[]).to_vec();
        let length = lines.iter().map(|line| line.len() + 1).sum::<usize>();
        let end = if lines.is_empty() { start + header.len() } else { body_start + length - 1 };
        let end = if lines.is_empty() { comment.clone().map_or(end, |comment| comment.end) } else { end };
        Ok(Block { place: start..end, header, comment, lines, base })
    }

    fn moved_block(&self, block: &Block<'_>, column: usize) -> String {
        let Block { header, comment, lines, base, .. } = block;
        let digit = STEP.to_string();
        let mut out: String = header
            .chars()
            .map(|sign| if sign.is_ascii_digit() { digit.as_str().to_owned() } else { sign.to_string() })
            .collect();
        out.push_str(comment.clone().map_or("", |comment| self.with_space_before(comment)));
        for line in lines {
            out.push('\n');
            let text = line.get((*base).min(line.len())..).unwrap_or("");
            if !text.is_empty() {
                out.push_str(&" ".repeat(column + STEP));
                out.push_str(text);
            }
        }
        out
    }

    // -----------------------------------------------------------------------------------------------------------------
    // What stands between
    // -----------------------------------------------------------------------------------------------------------------

    /// Writes what stands before a piece, then the piece. `column` is where it stands when it begins a line.
    fn piece(&mut self, place: Range<usize>, new: &str, column: usize, join: Join) -> Result<(), Unformatted> {
        self.gap(place.start, column, join)?;
        self.out.push_str(new);
        self.at = place.end;
        self.before = self.levels.clone();
        Ok(())
    }

    /// White space and comments up to the next piece.
    fn gap(&mut self, to: usize, column: usize, join: Join) -> Result<(), Unformatted> {
        let gap = self.text.get(self.at..to).unwrap_or("");
        if self.out.is_empty() && !gap.contains('\n') {
            if !gap.trim().is_empty() {
                return Err(self.unusual(self.at..to));
            }
            self.out.push_str(&" ".repeat(column));
        } else if !gap.contains('\n') || (join == Join::Pulled && gap.trim().is_empty()) {
            if !gap.trim().is_empty() {
                return Err(self.unusual(self.at..to));
            }
            self.out.push_str(if join == Join::Tight { "" } else { " " });
        } else {
            let stood = self.column_of(to);
            self.lines(gap, (stood, column))?;
            self.out.push_str(&" ".repeat(column));
        }
        Ok(())
    }

    /// The lines of a gap, the last of which the next piece begins; it stood in the first column and comes to the second.
    fn lines(&mut self, gap: &str, next: (usize, usize)) -> Result<(), Unformatted> {
        let mut lines = gap.split('\n');
        let mut start = self.at;
        if !self.out.is_empty() {
            let behind = lines.next().unwrap_or("");
            let comment = behind.trim();
            if comment.starts_with('#') {
                let space = behind.len() - behind.trim_start().len();
                self.out.push_str(&" ".repeat(space.max(1)));
                self.out.push_str(comment);
            } else if !comment.is_empty() {
                return Err(self.unusual(start..start + behind.len()));
            }
            start += behind.len() + 1;
        }
        let mut blank = false;
        let mut lines = lines.peekable();
        while let Some(line) = lines.next() {
            let text = line.trim();
            let is_last = lines.peek().is_none();
            if text.is_empty() {
                blank |= !is_last;
            } else if text.starts_with('#') || ["---", "..."].contains(&text) || text.starts_with('%') {
                self.new_line(blank);
                blank = false;
                let stood = line.len() - line.trim_start().len();
                self.out.push_str(&" ".repeat(if text.starts_with('#') { self.moved_to(stood, next) } else { 0 }));
                self.out.push_str(text);
            } else {
                return Err(self.unusual(start..start + line.len()));
            }
            start += line.len() + 1;
        }
        self.new_line(blank);
        Ok(())
    }

    /// Ends the line, and leaves an empty one if one was there. At the beginning of a file there is nothing to end.
    fn new_line(&mut self, blank: bool) {
        if !self.out.is_empty() {
            self.out.push_str(if blank { "\n\n" } else { "\n" });
        }
    }

    /// Where a comment comes to stand: with what follows, or, further to the right, with what it stands below.
    fn moved_to(&self, stood: usize, (next_stood, next): (usize, usize)) -> usize {
        if stood <= next_stood {
            return next;
        }
        self.before.iter().rev().find(|(was, _)| *was <= stood).map_or(next, |(_, is)| *is)
    }

    /// The end of the file.
    fn end(mut self) -> Result<String, Unformatted> {
        let rest = self.text.get(self.at..).unwrap_or("").trim_end();
        if self.out.is_empty() && rest.trim().is_empty() {
            return Ok(String::new());
        }
        // As if one more piece stood in the first column of a last line.
        self.lines(&format!("{rest}\n"), (0, 0))?;
        let length = self.out.trim_end_matches('\n').len();
        let keeps_breaks = self.text.get(..self.at).is_some_and(|text| text.ends_with('\n'));
        if !keeps_breaks {
            self.out.truncate(length);
            self.out.push('\n');
        }
        Ok(self.out)
    }

    // -----------------------------------------------------------------------------------------------------------------
    // Looking at the text
    // -----------------------------------------------------------------------------------------------------------------

    fn slice(&self, place: Range<usize>) -> &'a str {
        self.text.get(place).unwrap_or("")
    }

    /// The next sign behind white space and comments, which must be this one.
    fn sign(&self, sign: char, from: usize) -> Result<Range<usize>, Unformatted> {
        let at = self.after_comments(from);
        match self.text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(found) if found == sign => Ok(at..at + sign.len_utf8()),
            found => Err(self.unusual(at..at + found.map_or(0, char::len_utf8))),
        }
    }

    /// Where the white space and the comments from here on end.
    fn after_comments(&self, from: usize) -> usize {
        let mut at = from;
        loop {
            let rest = self.text.get(at..).unwrap_or("");
            let text = rest.trim_start();
            at += rest.len() - text.len();
            if !text.starts_with('#') {
                return at;
            }
            at += text.find('\n').unwrap_or(text.len());
        }
    }

    /// The comment in the rest of a line in which nothing else stands.
    fn comment_behind(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.text.get(at..)?.split('\n').next()?;
        let comment = rest.trim_start();
        let start = at + rest.len() - comment.len();
        (start > at && comment.starts_with('#')).then(|| start..start + comment.trim_end().len())
    }

    /// A comment with the white space before it.
    fn with_space_before(&self, comment: Range<usize>) -> &'a str {
        let before = self.text.get(..comment.start).unwrap_or("");
        self.slice(before.trim_end_matches(' ').len()..comment.end)
    }

    fn is_in_brackets(&self, node: &Node) -> bool {
        self.slice(range(node.span())).starts_with(['[', '{'])
    }

    /// The column in which a byte stands, in bytes, from 0.
    fn column_of(&self, at: usize) -> usize {
        at - self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1)
    }

    fn last_line_width(&self) -> usize {
        self.out.rsplit('\n').next().map_or(0, width)
    }

    fn unusual(&self, place: Range<usize>) -> Unformatted {
        let to_u32 = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let file = self.sources.iter().next().map_or(FileId(0), |(id, _)| id);
        Unformatted::Unusual(Span::new(file, to_u32(place.start), to_u32(place.end)))
    }
}

/// A block text.
struct Block<'a> {
    /// From its header to the end of its last line.
    place: Range<usize>,
    /// `|`, `>-` and the like.
    header: &'a str,
    /// The comment behind the header.
    comment: Option<Range<usize>>,
    lines: Vec<&'a str>,
    /// The indentation of its lines.
    base: usize,
}

/// A text as YAML needs it in one line. `None` for one with signs that only escapes can show.
fn quoted(text: &str, in_brackets: bool) -> Option<String> {
    if text.contains(char::is_control) {
        None
    } else if can_be_plain(text, in_brackets) {
        Some(text.to_owned())
    } else {
        Some(single_quoted(text))
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}
