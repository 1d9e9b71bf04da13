//! A decoded YAML scalar that knows where each of its bytes stands in the file.

use std::borrow::Cow;

use crate::diagnostics::{Edit, FileId, Span};

/// What stands around the text of a scalar in its file, and with it what the text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// No file around it: a text of its own.
    Bare,
    /// Nothing, in a block mapping or list.
    Plain,
    /// Nothing, inside brackets or braces.
    PlainInBrackets,
    /// Single quotes.
    Single,
    /// Double quotes.
    Double,
    /// A block after `|` or `>`.
    Block,
}

/// The text of a YAML scalar, quotes and folding undone, with the way back to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    text: String,
    span: Span,
    /// For each byte of `text` and for its end, the byte of the file it came from; absent when the text stands in the
    /// file as it is, from the start of `span`.
    offsets: Option<Box<[u32]>>,
    quoting: Quoting,
}

impl Scalar {
    /// A text that stands in the file as it is, from byte `start`.
    pub fn plain(file: FileId, start: u32, text: impl Into<String>) -> Self {
        let text = text.into();
        let end = start.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
        Self { text, span: Span::new(file, start, end), offsets: None, quoting: Quoting::Bare }
    }

    /// A decoded text. `offsets` has one entry for each byte of `text` and one for its end; when it does not, every part
    /// of the text is placed at the whole scalar.
    pub fn decoded(text: String, span: Span, offsets: Box<[u32]>, quoting: Quoting) -> Self {
        Self { text, span, offsets: Some(offsets), quoting }
    }

    /// The same text with this around it.
    #[must_use]
    pub(crate) fn with_quoting(self, quoting: Quoting) -> Self {
        Self { quoting, ..self }
    }

    /// What stands around it.
    pub fn quoting(&self) -> Quoting {
        self.quoting
    }

    /// The decoded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole scalar in the file, quotes included.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The byte of the decoded text that a byte of the file belongs to, or the next one where it belongs to none.
    pub fn offset(&self, byte: u32) -> usize {
        let from_start = byte.saturating_sub(self.span.start) as usize;
        let offset = self.offsets.as_ref().map_or(from_start, |offsets| offsets.partition_point(|at| *at < byte));
        offset.min(self.text.len())
    }

    /// Where the bytes `start..end` of the decoded text stand in the file.
    pub fn place(&self, start: usize, end: usize) -> Span {
        let to_u32 = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match &self.offsets {
            None => Span::new(self.span.file, self.span.start + to_u32(start), self.span.start + to_u32(end)),
            Some(offsets) if offsets.len() == self.text.len() + 1 => {
                let first = offsets.get(start).copied().unwrap_or(self.span.start);
                // The end is one past the place of the last character, not the place of what follows it, which may be on
                // another line.
                let last = self.text.get(start..end).and_then(|part| part.char_indices().next_back());
                let after = match last {
                    Some((at, c)) => {
                        let at = start + at;
                        let place = offsets.get(at).copied().unwrap_or(first);
                        let next = offsets.get(at + c.len_utf8()).copied().unwrap_or(place);
                        // An escape is longer in the file than in the text; a folded line break is not part of it.
                        if next > place && (next - place) as usize <= ESCAPE_BYTES_MAX {
                            next
                        } else {
                            place + to_u32(c.len_utf8())
                        }
                    }
                    None => first,
                };
                Span::new(self.span.file, first, after.max(first))
            }
            Some(_) => self.span,
        }
    }
}

impl Scalar {
    /// The change of the file that puts `new` in the place of the bytes `start..end` of the decoded text, escaped as the
    /// quotes around it need. Where a text without quotes cannot hold it, quotes are put around the whole. `None` where
    /// the change would say something else as well: the places are not known, or a comment would go with it.
    pub fn replacement(&self, start: usize, end: usize, new: &str) -> Option<Edit> {
        let old = self.text.get(start..end)?;
        let places_known = self.offsets.as_ref().is_none_or(|offsets| offsets.len() == self.text.len() + 1);
        let loses_comment = old.contains('\n') && old.contains('#');
        if !places_known || loses_comment || new.contains(char::is_control) {
            return None;
        }
        let in_place = |text: Cow<'_, str>| Some(Edit { span: self.place(start, end), text: text.into_owned() });
        match self.quoting {
            Quoting::Bare | Quoting::Block => in_place(new.into()),
            Quoting::Single => in_place(new.replace('\'', "''").into()),
            Quoting::Double => in_place(new.replace('\\', "\\\\").replace('"', "\\\"").into()),
            Quoting::Plain | Quoting::PlainInBrackets => {
                let (before, after) = (self.text.get(..start)?, self.text.get(end..)?);
                let whole = format!("{before}{new}{after}");
                if can_be_plain(&whole, self.quoting == Quoting::PlainInBrackets) {
                    return in_place(new.into());
                }
                // Of a text over several lines the lines would be lost.
                self.offsets.is_none().then(|| Edit { span: self.span, text: single_quoted(&whole) })
            }
        }
    }
}

impl Scalar {
    /// The decoded text after an edit that [`Scalar::replacement`] made.
    pub(crate) fn edited(&self, edit: &Edit) -> Option<String> {
        let unescape = |text: &str, quote: &str| text.replace(quote, quote.get(1..).unwrap_or(""));
        if edit.span == self.span && edit.text.starts_with('\'') && self.quoting != Quoting::Bare {
            let inside = edit.text.get(1..edit.text.len().checked_sub(1)?)?;
            return Some(unescape(inside, "''"));
        }
        let new = match self.quoting {
            Quoting::Bare | Quoting::Block | Quoting::Plain | Quoting::PlainInBrackets => edit.text.clone(),
            Quoting::Single => unescape(&edit.text, "''"),
            Quoting::Double => unescape(&unescape(&edit.text, "\\\""), "\\\\"),
        };
        let (start, end) = (self.offset(edit.span.start), self.offset(edit.span.end));
        Some(format!("{}{new}{}", self.text.get(..start)?, self.text.get(end.max(start)..)?))
    }
}

/// Whether YAML reads this text, one line without quotes, as a text that says just that.
pub(crate) fn can_be_plain(text: &str, in_brackets: bool) -> bool {
    let mut signs = text.chars();
    let Some(first) = signs.next() else { return false };
    let begins = match first {
        '-' | '?' | ':' => signs.next().is_some_and(|second| !second.is_whitespace() && !",[]{}".contains(second)),
        _ => !",[]{}#&*!|>'\"%@`".contains(first),
    };
    begins
        && !text.starts_with("---")
        && !text.starts_with("...")
        && text.trim() == text
        && !text.contains(char::is_control)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !(in_brackets && text.contains([',', '[', ']', '{', '}']))
        && !matches!(text, "~" | "null" | "Null" | "NULL")
}

/// A text in the single quotes of YAML.
pub(crate) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The longest YAML escape, `\U0001F600`.
const ESCAPE_BYTES_MAX: usize = 10;
