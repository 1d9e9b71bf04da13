//! YAML files as nodes with places.
//!
//! The YAML library is seen only here: its events become [`Node`]s, its errors become findings in our own words. Aliases
//! and tagged values are refused and leave [`Node::Poisoned`]; a key that stands twice is refused and its first value
//! counts.

mod decode;
mod errors;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle};

use self::decode::Style;
use super::Scalar;
use crate::diagnostics::{Code, Diagnostic, FileId, Sources, Span};

/// The largest rule or scenario file, in bytes.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// How deep mappings and lists may nest.
pub const NESTING_MAX: usize = 64;

/// A YAML value.
#[derive(Debug, Clone)]
pub enum Node {
    /// A scalar.
    Scalar {
        /// Its text.
        scalar: Scalar,
        /// Whether it is written without quotes and not as a block, so that `null`, `true` and `12` mean what YAML says.
        plain: bool,
    },
    /// A sequence.
    Sequence {
        /// Its items.
        items: Vec<Node>,
        /// From its first to its last byte, brackets included.
        span: Span,
    },
    /// A mapping, in the order of the file; no key twice.
    Mapping {
        /// Its entries.
        entries: Vec<(Scalar, Node)>,
        /// From its first to its last byte, braces included.
        span: Span,
    },
    /// Something that was refused (an alias, a tag); the finding is made and nothing more is said about it.
    Poisoned(Span),
}

impl Node {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Scalar { scalar, .. } => scalar.span(),
            Self::Sequence { span, .. } | Self::Mapping { span, .. } | Self::Poisoned(span) => *span,
        }
    }

    /// Whether it is `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Scalar { scalar, plain: true } => matches!(scalar.text(), "" | "~" | "null" | "Null" | "NULL"),
            Self::Scalar { plain: false, .. } | Self::Sequence { .. } | Self::Mapping { .. } | Self::Poisoned(_) => {
                false
            }
        }
    }

    /// What it is, with its article, for messages.
    pub fn what(&self) -> &'static str {
        match self {
            _ if self.is_null() => "nothing",
            Self::Scalar { .. } => "a text",
            Self::Sequence { .. } => "a list",
            Self::Mapping { .. } => "a mapping",
            Self::Poisoned(_) => "something that cannot be read",
        }
    }
}

/// Reads a file. `None` when it cannot be read at all or is empty; findings say why, for every mistake that could be found.
pub fn parse(sources: &Sources, file: FileId, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    let text = sources.get(file)?.text.as_str();
    if text.len() > FILE_BYTES_MAX {
        let message = format!("this file has {} bytes, and a file may have {FILE_BYTES_MAX}", text.len());
        let help = "split it: a workspace may have any number of files";
        findings.push(Diagnostic::new(Code::TooLarge, Span::new(file, 0, 0), message).help(help));
        return None;
    }
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    options.emit_anchor_events = true;
    options.flow_nesting_limit = NESTING_MAX * 2;
    options.block_nesting_limit = NESTING_MAX * 2;
    let events = Parser::new_from_str_with_options(text, options);
    let before = findings.len();
    let mut reader =
        Reader { text, file, findings, stack: Vec::new(), root: None, too_deep: false, torn: false, documents: 0 };
    for event in events {
        match event {
            Ok((event, span)) => {
                if !reader.take(event, &span) {
                    break;
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                let finding = errors::explain(&error, text, file, at);
                // Of a text that only looks like an alias the rest is left over: that is no second mistake.
                let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| to_u32(at) + 1);
                let is_rest = reader.findings.iter().skip(before).any(|earlier| earlier.span.start >= line);
                // After torn quotes YAML blames places that are right.
                if !is_rest && !reader.torn {
                    reader.findings.push(finding);
                }
                return None;
            }
        }
    }
    reader.root
}

/// Where the comments of a text stand, from their `#` to the end of the line, as far as the text can be read.
pub(crate) fn comments(text: &str) -> Vec<std::ops::Range<usize>> {
    let events = Parser::new_from_str_with_options(text, Options::default());
    let comment = |(event, span): (Event<'_>, granit_parser::Span)| {
        matches!(event, Event::Comment(..)).then(|| span.byte_range()).flatten()
    };
    events.map_while(Result::ok).filter_map(comment).collect()
}

/// A collection that is being read.
enum Open {
    Sequence { items: Vec<Node>, start: u32 },
    Mapping { entries: Vec<(Scalar, Node)>, places: HashMap<String, Span>, key: Option<Key>, start: u32, refused: bool },
}

/// The key of an entry whose value comes next.
enum Key {
    Good(Scalar),
    /// Refused: the value is read and left out.
    Bad,
}

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    findings: &'a mut Vec<Diagnostic>,
    stack: Vec<Open>,
    root: Option<Node>,
    too_deep: bool,
    /// Whether a token in braces tore a text apart, and with it the quotes that it stood in.
    torn: bool,
    documents: usize,
}

impl Reader<'_> {
    /// Takes one event; false when nothing after it counts.
    fn take(&mut self, event: Event<'_>, span: &granit_parser::Span) -> bool {
        let range = span.byte_range().unwrap_or(0..0);
        let here = Span::new(self.file, to_u32(range.start), to_u32(range.end));
        let tag = matches!(
            &event,
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, _, Some(_)) | Event::MappingStart(_, _, Some(_))
        );
        if tag {
            self.refuse_tag(span, here);
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents == 2 {
                    let message = "a second document begins here, and a file may hold one document";
                    let help = "remove the line `---`, or put what follows into a file of its own";
                    self.findings.push(Diagnostic::new(Code::SeveralDocuments, here, message).help(help));
                    return false;
                }
            }
            Event::Anchor(..) => {
                let message = format!("`{}` is an anchor, and rule files have none", self.slice(here));
                let finding = Diagnostic::new(Code::AnchorOrAlias, here, message)
                    .help("write the text again where it is needed, or make it a segment and name that")
                    .help("if the `&` belongs to a name, put the whole name in quotes");
                self.findings.push(finding);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let message = format!("`{}` is an alias, and rule files have none", self.slice(here));
                let finding = Diagnostic::new(Code::AnchorOrAlias, here, message)
                    .help("write the text again here, or make it a segment and name that")
                    .help("if the star belongs to a name, put the whole name in quotes");
                self.findings.push(finding);
                self.value(Node::Poisoned(here));
            }
            Event::Scalar(value, style, ..) => {
                let (style, plain) = match style {
                    ScalarStyle::Plain => (Style::Plain, true),
                    ScalarStyle::SingleQuoted => (Style::Single, false),
                    ScalarStyle::DoubleQuoted => (Style::Double, false),
                    ScalarStyle::Literal => (Style::Literal, false),
                    ScalarStyle::Folded => (Style::Folded, false),
                };
                let is_nothing = range.is_empty() && plain;
                let value = if is_nothing { "" } else { &*value };
                let place = (range.start, range.end);
                let scalar = decode::scalar(self.text, self.file, place, (style, self.in_brackets()), value);
                if tag {
                    self.value(Node::Poisoned(here));
                } else {
                    self.value(Node::Scalar { scalar, plain });
                }
            }
            Event::SequenceStart(..) => self.open(Open::Sequence { items: Vec::new(), start: here.start }, here),
            Event::MappingStart(..) => {
                let open = Open::Mapping {
                    entries: Vec::new(),
                    places: HashMap::new(),
                    key: None,
                    start: here.start,
                    refused: false,
                };
                self.open(open, here);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(here),
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Comment(..) => {}
            // The parser may learn more events; rule files will not.
            _ => {}
        }
        true
    }

    /// Whether what is read stands in brackets or braces.
    fn in_brackets(&self) -> bool {
        self.stack.last().is_some_and(|open| {
            let (Open::Sequence { start, .. } | Open::Mapping { start, .. }) = open;
            matches!(self.text.as_bytes().get(*start as usize), Some(b'[' | b'{'))
        })
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn refuse_tag(&mut self, span: &granit_parser::Span, here: Span) {
        let start = span.tag_start.and_then(|start| start.byte_offset()).map_or(here.start, to_u32);
        let length = self.text.get(start as usize..).map_or(0, |rest| {
            rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(rest.len())
        });
        let place = Span::new(self.file, start, start + to_u32(length));
        let message = format!("`{}` is a tag, and rule files have none", self.slice(place));
        let finding = Diagnostic::new(Code::Tag, place, message)
            .help("leave it out; where `!` should mean the opposite write `not`")
            .help("if the `!` belongs to a name, put the whole name in quotes");
        self.findings.push(finding);
    }

    fn open(&mut self, open: Open, here: Span) {
        self.stack.push(open);
        if self.stack.len() > NESTING_MAX && !self.too_deep {
            self.too_deep = true;
            let message = format!("this is nested more than {NESTING_MAX} levels deep");
            let help = "write what lies so deep in a place of its own";
            self.findings.push(Diagnostic::new(Code::TooLarge, here, message).help(help));
        }
    }

    fn close(&mut self, here: Span) {
        let Some(open) = self.stack.pop() else { return };
        let span = |start: u32| Span::new(self.file, start, here.end.max(start));
        let node = match open {
            Open::Sequence { items, start } => {
                let end = items.last().map_or(start, |last| last.span().end).max(here.end.min(self.end_of_flow(here)));
                Node::Sequence { items, span: Span::new(self.file, start, end.max(start)) }
            }
            Open::Mapping { entries, start, refused, .. } => {
                let end = entries.last().map_or(start, |(_, last)| last.span().end);
                // `{{my.x}}` without quotes: nothing of it is left to look at.
                if refused && entries.is_empty() {
                    self.value(Node::Poisoned(Span { end: end.max(self.end_of_flow(here)), ..span(start) }));
                    return;
                }
                Node::Mapping { entries, span: Span { end: end.max(self.end_of_flow(here)), ..span(start) } }
            }
        };
        // What is nested too deep was said once; it is not looked at, so that nothing that walks nodes gets lost in it.
        if self.stack.len() >= NESTING_MAX {
            self.value(Node::Poisoned(node.span()));
        } else {
            self.value(node);
        }
    }

    /// The end of a closing bracket or brace; a block collection has none and ends with its last entry.
    fn end_of_flow(&self, here: Span) -> u32 {
        if matches!(self.slice(here), "]" | "}") { here.end } else { 0 }
    }

    /// A value is complete: it is a key, a value, an item, or the whole document.
    fn value(&mut self, node: Node) {
        let file = self.file;
        match self.stack.last_mut() {
            None => {
                if self.root.is_none() {
                    self.root = Some(node);
                }
            }
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, places, key, refused: without_key, .. }) => match key.take() {
                Some(Key::Good(name)) => entries.push((name, node)),
                Some(Key::Bad) => {}
                None => {
                    let refused = match node {
                        Node::Scalar { scalar, .. } => match places.get(scalar.text()) {
                            None => {
                                places.insert(scalar.text().to_owned(), scalar.span());
                                *key = Some(Key::Good(scalar));
                                return;
                            }
                            Some(first) => {
                                let message = format!("the key `{}` stands twice in this mapping", scalar.text());
                                Diagnostic::new(Code::DuplicateKey, scalar.span(), message)
                                    .help("remove one of them, or give it another name")
                                    .related(*first, "it stands here first")
                            }
                        },
                        Node::Poisoned(_) => {
                            *key = Some(Key::Bad);
                            return;
                        }
                        Node::Mapping { span, .. } if is_token(self.text, span) => {
                            self.torn = true;
                            *without_key = true;
                            let place = Span::new(file, span.start - 1, (span.end + 1).min(to_u32(self.text.len())));
                            errors::torn(place, false)
                        }
                        Node::Sequence { span, .. } | Node::Mapping { span, .. } => {
                            *without_key = true;
                            let span = Span::new(file, span.start, span.end);
                            Diagnostic::new(Code::WrongShape, span, "a key must be a text")
                                .help("put it in quotes if its brackets or braces are part of the text")
                        }
                    };
                    self.findings.push(refused);
                    *key = Some(Key::Bad);
                }
            },
        }
    }
}

/// Whether what YAML takes for a mapping inside another one is a token, `{{…}}`.
fn is_token(text: &str, inner: Span) -> bool {
    let before = (inner.start as usize).checked_sub(1).and_then(|at| text.as_bytes().get(at));
    before == Some(&b'{') && text.as_bytes().get(inner.start as usize) == Some(&b'{')
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
