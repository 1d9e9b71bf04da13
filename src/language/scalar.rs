//! A decoded YAML scalar that knows where each of its bytes stands in the file.

use crate::diagnostics::{FileId, Span};

/// The text of a YAML scalar, quotes and folding undone, with the way back to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    text: String,
    span: Span,
    /// For each byte of `text` and for its end, the byte of the file it came from; absent when the text stands in the
    /// file as it is, from the start of `span`.
    offsets: Option<Box<[u32]>>,
}

impl Scalar {
    /// A text that stands in the file as it is, from byte `start`.
    pub fn plain(file: FileId, start: u32, text: impl Into<String>) -> Self {
        let text = text.into();
        let end = start.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
        Self { text, span: Span::new(file, start, end), offsets: None }
    }

    /// A decoded text. `offsets` has one entry for each byte of `text` and one for its end; when it does not, every part
    /// of the text is placed at the whole scalar.
    pub fn decoded(text: String, span: Span, offsets: Box<[u32]>) -> Self {
        Self { text, span, offsets: Some(offsets) }
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

/// The longest YAML escape, `\U0001F600`.
const ESCAPE_BYTES_MAX: usize = 10;
