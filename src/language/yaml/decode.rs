//! Where each byte of a decoded scalar stands in the file.
//!
//! The YAML library gives the decoded text and the span of the scalar. This walks the raw text by the scalar's style and
//! notes for every byte of the decoded text the byte it came from. The result is compared with the library's text; when
//! they differ, the whole scalar is the place of every part of it.

use crate::diagnostics::{FileId, Span};
use crate::language::{Quoting, Scalar};

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// Bytes of the decoded text with their places.
struct Decoded {
    text: String,
    offsets: Vec<u32>,
}

impl Decoded {
    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.offsets.extend(std::iter::repeat_n(to_u32(at), c.len_utf8()));
    }
}

/// The scalar whose raw text is `source[start..end]` and whose decoded text is `value`.
pub(super) fn scalar(
    source: &str,
    file: FileId,
    (start, end): (usize, usize),
    (style, in_brackets): (Style, bool),
    value: &str,
) -> Scalar {
    let quoting = match style {
        Style::Plain if in_brackets => Quoting::PlainInBrackets,
        Style::Plain => Quoting::Plain,
        Style::Single => Quoting::Single,
        Style::Double => Quoting::Double,
        Style::Literal | Style::Folded => Quoting::Block,
    };
    let span = Span::new(file, to_u32(start), to_u32(end));
    let raw = source.get(start..end).unwrap_or("");
    if style == Style::Plain && raw == value {
        return Scalar::plain(file, to_u32(start), value).with_quoting(quoting);
    }
    let mut out = Decoded { text: String::with_capacity(value.len()), offsets: Vec::with_capacity(value.len() + 1) };
    match style {
        Style::Plain => flow(raw, start, &mut out, false),
        Style::Single => single(raw, start, &mut out),
        Style::Double => flow(inner(raw), start + 1, &mut out, true),
        Style::Literal | Style::Folded => block(source, start, end, value, style, &mut out),
    }
    if out.text == value {
        // The end of the text; the scalar itself may end later, behind its quote or behind empty lines.
        let after_last = out.text.chars().next_back().zip(out.offsets.last()).map(|(c, at)| *at + to_u32(c.len_utf8()));
        out.offsets.push(match style {
            Style::Single | Style::Double => to_u32(end.saturating_sub(1)),
            Style::Plain | Style::Literal | Style::Folded => after_last.unwrap_or(to_u32(end)),
        });
        Scalar::decoded(out.text, span, out.offsets.into(), quoting)
    } else {
        Scalar::decoded(value.to_owned(), span, Box::default(), quoting)
    }
}

fn inner(raw: &str) -> &str {
    raw.get(1..raw.len().saturating_sub(1)).unwrap_or("")
}

/// Plain and double-quoted text: lines are folded, and in double quotes escapes are resolved.
fn flow(raw: &str, base: usize, out: &mut Decoded, escapes: bool) {
    let mut chars = raw.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if escapes => {
                let Some((_, kind)) = chars.next() else { return };
                match kind {
                    '\n' | '\r' => {
                        if kind == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
                            chars.next();
                        }
                        // An escaped line break is nothing; empty lines after it are kept, the indentation is not.
                        skip_breaks(&mut chars, base, out);
                    }
                    'x' | 'u' | 'U' => {
                        let digits = match kind {
                            'x' => 2,
                            'u' => 4,
                            _ => 8,
                        };
                        let hex: String = (0..digits).filter_map(|_| chars.next().map(|(_, digit)| digit)).collect();
                        let Ok(code) = u32::from_str_radix(&hex, 16) else { return };
                        match char::from_u32(code) {
                            Some(c) => out.push(c, base + at),
                            None => surrogate(code, &mut chars, base + at, out),
                        }
                    }
                    simple => out.push(escape(simple), base + at),
                }
            }
            '\n' | '\r' => fold(c, at, &mut chars, base, out),
            c => out.push(c, base + at),
        }
    }
}

type Chars<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

/// The second half of a pair of UTF-16 escapes.
fn surrogate(high: u32, chars: &mut Chars<'_>, at: usize, out: &mut Decoded) {
    if chars.next().map(|(_, c)| c) != Some('\\') || chars.next().map(|(_, c)| c) != Some('u') {
        return;
    }
    let hex: String = (0..4).filter_map(|_| chars.next().map(|(_, digit)| digit)).collect();
    let Ok(low) = u32::from_str_radix(&hex, 16) else { return };
    let code = 0x10000 + (high.wrapping_sub(0xD800) << 10) + low.wrapping_sub(0xDC00);
    if let Some(c) = char::from_u32(code) {
        out.push(c, at);
    }
}

fn escape(kind: char) -> char {
    match kind {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    }
}

/// A line break in flow text: white space around it goes; one break is a space, of several all but the first stay.
fn fold(first: char, at: usize, chars: &mut Chars<'_>, base: usize, out: &mut Decoded) {
    while out.text.ends_with([' ', '\t']) && out.offsets.last().is_some_and(|last| (*last as usize) < base + at) {
        out.text.pop();
        out.offsets.pop();
    }
    if first == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
        chars.next();
    }
    let before = out.text.len();
    skip_breaks(chars, base, out);
    if out.text.len() == before {
        out.push(' ', base + at);
    }
}

/// White space and empty lines; each empty line is a line break.
fn skip_breaks(chars: &mut Chars<'_>, base: usize, out: &mut Decoded) {
    while let Some((at, c)) = chars.peek().copied() {
        match c {
            ' ' | '\t' => {
                chars.next();
            }
            '\n' | '\r' => {
                chars.next();
                if c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
                    chars.next();
                }
                out.push('\n', base + at);
            }
            _ => return,
        }
    }
}

fn single(raw: &str, start: usize, out: &mut Decoded) {
    let mut chars = inner(raw).char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => {
                chars.next();
                out.push('\'', start + 1 + at);
            }
            '\n' | '\r' => fold(c, at, &mut chars, start + 1, out),
            c => out.push(c, start + 1 + at),
        }
    }
}

/// Block text. The indentation is not told, so it is worked out: the first line of the value that is not empty stands in
/// the first line of the block that is not empty, behind the indentation.
fn block(source: &str, start: usize, end: usize, value: &str, style: Style, out: &mut Decoded) {
    // The span starts at the first character of content; the line it stands on begins before it.
    let line_start = source.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let lines: Vec<(usize, &str)> = lines_of(source, line_start, end);
    let first_value = value.split('\n').find(|line| !line.trim_matches([' ', '\t']).is_empty()).unwrap_or("");
    let first_raw = lines.iter().find(|(_, line)| !line.trim_matches([' ', '\t']).is_empty());
    let indent = match first_raw {
        Some((_, raw)) => {
            let leading = |text: &str| text.len() - text.trim_start_matches(' ').len();
            leading(raw).saturating_sub(leading(first_value))
        }
        None => return literal_breaks(&lines, value, out),
    };
    for (number, (at, line)) in lines.iter().enumerate() {
        let content = line.get(indent.min(line.len())..).unwrap_or("");
        let content_at = at + indent.min(line.len());
        for (within, c) in content.char_indices() {
            out.push(c, content_at + within);
        }
        let next = lines.get(number + 1);
        let break_at = at + line.len();
        if style == Style::Literal {
            out.push('\n', break_at);
            continue;
        }
        let next_content = next.map(|(_, next)| next.get(indent.min(next.len())..).unwrap_or(""));
        let is_text = |text: &str| !text.is_empty() && !text.starts_with([' ', '\t']);
        match next_content {
            // One break between two lines of text is a space; before an empty line it is nothing, the empty line is it.
            Some(next) if is_text(content) && is_text(next) => out.push(' ', break_at),
            Some("") if is_text(content) => {
                let mut after = lines
                    .get(number + 1..)
                    .unwrap_or(&[])
                    .iter()
                    .map(|(_, line)| line.get(indent.min(line.len())..).unwrap_or(""));
                let after = after.find(|line| !line.is_empty());
                if !after.is_some_and(is_text) {
                    out.push('\n', break_at);
                }
            }
            Some(_) | None => out.push('\n', break_at),
        }
    }
    // How much of the end stays (clip, strip, keep) is what the value says.
    while out.text.len() > value.len() && out.text.ends_with('\n') {
        out.text.pop();
        out.offsets.pop();
    }
}

fn literal_breaks(lines: &[(usize, &str)], value: &str, out: &mut Decoded) {
    for (at, line) in lines.iter().take(value.len()) {
        out.push('\n', at + line.len());
    }
}

fn lines_of(source: &str, start: usize, end: usize) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let mut at = start;
    let text = source.get(start..end).unwrap_or("");
    for line in text.split_inclusive('\n') {
        lines.push((at, line.trim_end_matches(['\n', '\r'])));
        at += line.len();
    }
    lines
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
