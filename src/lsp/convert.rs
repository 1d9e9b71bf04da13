//! From our words to those of the protocol.

use std::collections::BTreeMap;

use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Position, Range, TextEdit, Uri,
    WorkspaceEdit,
};

use super::desk::{Desk, Documents};
use super::uri;
use crate::diagnostics::{Diagnostic, Edit, FileId, Severity, Span};
use crate::editor::{Encoding, Lines, Spot};

/// Places of the files of one workspace, as the editor counts.
pub(super) struct Places<'a> {
    desk: &'a Desk,
    documents: &'a Documents,
    encoding: Encoding,
    lines: BTreeMap<FileId, Lines<'a>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(desk: &'a Desk, documents: &'a Documents, encoding: Encoding) -> Self {
        Self { desk, documents, encoding, lines: BTreeMap::new() }
    }

    /// The path of a file.
    pub(super) fn path(&self, file: FileId) -> &'a str {
        self.desk.path(file)
    }

    /// The address of a file, spelt as the editor spells it where it is open there.
    pub(super) fn uri(&self, file: FileId) -> Option<Uri> {
        address(self.desk.path(file), self.documents)
    }

    fn lines(&mut self, file: FileId) -> &Lines<'a> {
        let desk = self.desk;
        self.lines.entry(file).or_insert_with(|| Lines::new(desk.book.text(file)))
    }

    /// The byte of a file at a position.
    pub(super) fn offset(&mut self, file: FileId, position: Position) -> usize {
        let encoding = self.encoding;
        self.lines(file).offset(Spot { line: position.line, column: position.character }, encoding)
    }

    /// The range of bytes of a file.
    pub(super) fn range(&mut self, span: Span) -> Range {
        let encoding = self.encoding;
        let lines = self.lines(span.file);
        let position = |offset: u32| {
            let Spot { line, column } = lines.spot(offset as usize, encoding);
            Position { line, character: column }
        };
        Range { start: position(span.start), end: position(span.end) }
    }

    pub(super) fn location(&mut self, span: Span) -> Option<Location> {
        Some(Location { uri: self.uri(span.file)?, range: self.range(span) })
    }

    /// A finding as a diagnostic. Help follows the message, a line each.
    pub(super) fn diagnostic(&mut self, finding: &Diagnostic, with_related: bool) -> lsp_types::Diagnostic {
        let Diagnostic { code, span, message, help, related, fixes: _ } = finding;
        let mut text = message.clone();
        for line in help {
            text.push_str("\nhelp: ");
            text.push_str(line);
        }
        let mut others = Vec::new();
        for (place, message) in related {
            match self.location(*place) {
                Some(location) if with_related => {
                    others.push(DiagnosticRelatedInformation { location, message: message.clone() });
                }
                Some(_) | None => {
                    let at = self.desk.book.sources().position(place.file, place.start);
                    let path = self.desk.book.sources().path(place.file);
                    text.push_str(&format!("\n{message}: {path}:{}:{}", at.line, at.column));
                }
            }
        }
        lsp_types::Diagnostic {
            range: self.range(*span),
            severity: Some(match code.severity() {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
            }),
            code: Some(NumberOrString::String(code.id().to_owned())),
            source: Some("campanile".to_owned()),
            message: text,
            related_information: (!others.is_empty()).then_some(others),
            ..lsp_types::Diagnostic::default()
        }
    }

    /// Changes of files.
    pub(super) fn edit(&mut self, edits: &[Edit]) -> WorkspaceEdit {
        let mut changes: Vec<(Uri, Vec<TextEdit>)> = Vec::new();
        for edit in edits {
            let Some(uri) = self.uri(edit.span.file) else { continue };
            let change = TextEdit { range: self.range(edit.span), new_text: edit.text.clone() };
            match changes.iter_mut().find(|(known, _)| *known == uri) {
                Some((_, all)) => all.push(change),
                None => changes.push((uri, vec![change])),
            }
        }
        #[expect(clippy::mutable_key_type, reason = "the type of the protocol; nobody changes an address")]
        let changes = changes.into_iter().collect();
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    }
}

/// The address of a file, spelt as the editor spells it where it is open there.
pub(super) fn address(path: &str, documents: &Documents) -> Option<Uri> {
    documents.get(path).map(|document| document.uri.clone()).or_else(|| uri::of_path(path))
}
