//! What the editor asks.

use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest, Formatting, GotoDefinition,
    HoverRequest, PrepareRenameRequest, References, Rename, Request as _,
};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability, CompletionItem,
    CompletionItemKind, CompletionList, CompletionOptions, CompletionParams, CompletionTextEdit,
    DocumentFormattingParams, DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, DocumentSymbol,
    DocumentSymbolParams, Documentation, GotoDefinitionParams, Hover, HoverContents, HoverParams,
    HoverProviderCapability, InsertTextFormat, Location, MarkupContent, MarkupKind, OneOf, PositionEncodingKind,
    PrepareRenameResponse, ReferenceParams, RenameOptions, RenameParams, ServerCapabilities, SymbolInformation,
    SymbolKind, TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, TextEdit, Uri, WorkDoneProgressOptions, WorkspaceEdit,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::convert::Places;
use super::desk::Desk;
use super::session::{Abilities, Session};
use crate::diagnostics::fixes::{self, Allowed};
use crate::diagnostics::{Diagnostic, Edit, FileId, Fix, Span};
use crate::editor::{self, CompletionOf, Encoding, Kind, Reference, Symbol, SymbolOf};
use crate::language;

/// The action that mends everything in a document that can be mended without a doubt.
const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.campanile");

/// The answer to `initialize`.
pub(super) fn greeting(abilities: Abilities) -> Value {
    let capabilities = ServerCapabilities {
        position_encoding: Some(match abilities.encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: (!abilities.watching).then_some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(["\"", "'", "[", "{", " "].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, FIX_ALL]),
            ..CodeActionOptions::default()
        })),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    };
    json!({
        "capabilities": capabilities,
        "serverInfo": {"name": "campanile", "version": env!("CARGO_PKG_VERSION")},
    })
}

/// Why a question has no answer: a sentence that the editor shows.
pub(super) struct Refusal(pub(super) String);

impl Session<'_> {
    /// Answers a request.
    pub(super) fn asked(&mut self, request: Request) {
        let Request { id, method, params, .. } = request;
        let response = match method.as_str() {
            CodeActionRequest::METHOD => self.reply(id, params, Self::actions),
            Completion::METHOD => self.reply(id, params, Self::completions),
            GotoDefinition::METHOD => self.reply(id, params, Self::definition),
            DocumentHighlightRequest::METHOD => self.reply(id, params, Self::highlights),
            PrepareRenameRequest::METHOD => self.reply(id, params, Self::renamable),
            References::METHOD => self.reply(id, params, Self::references),
            Rename::METHOD => self.reply(id, params, Self::rename),
            HoverRequest::METHOD => self.reply(id, params, Self::hover),
            DocumentSymbolRequest::METHOD => self.reply(id, params, Self::symbols),
            Formatting::METHOD => self.reply(id, params, Self::formatted),
            _ => {
                let message = format!("campanile does not answer `{method}`");
                Response::new_err(id, ErrorCode::MethodNotFound as i32, message)
            }
        };
        self.answer(response);
    }

    fn reply<P: DeserializeOwned, R: Serialize>(
        &mut self,
        id: RequestId,
        params: Value,
        answer: impl FnOnce(&mut Self, P) -> Result<Option<R>, Refusal>,
    ) -> Response {
        match serde_json::from_value(params) {
            Err(error) => Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()),
            Ok(params) => match answer(self, params) {
                Ok(result) => Response::new_ok(id, result),
                Err(Refusal(message)) => Response::new_err(id, ErrorCode::RequestFailed as i32, message),
            },
        }
    }

    /// The workspace of a document and its file.
    fn at(&self, uri: &Uri) -> Option<(&Desk, FileId)> {
        let (at, file) = self.find(uri)?;
        Some((self.desks.get(at)?, file))
    }

    fn places<'a>(&'a self, desk: &'a Desk) -> Places<'a> {
        Places::new(desk, &self.documents, self.abilities.encoding)
    }

    /// The workspace, the file and the byte that a question is about.
    fn spot(&self, params: &TextDocumentPositionParams) -> Option<(&Desk, FileId, usize)> {
        let (desk, file) = self.at(&params.text_document.uri)?;
        let offset = self.places(desk).offset(file, params.position);
        Some((desk, file, offset))
    }

    /// What could be written.
    fn completions(&mut self, params: CompletionParams) -> Result<Option<CompletionList>, Refusal> {
        let Some((desk, file, offset)) = self.spot(&params.text_document_position) else { return Ok(None) };
        let mut places = self.places(desk);
        let mut items = Vec::new();
        for completion in editor::complete(&desk.book, file, offset) {
            let editor::Completion { of, label, detail, documentation, range, text, cursor } = completion;
            let filter = text.trim_end_matches([' ', ':']).to_owned();
            let snippet = cursor.filter(|_| self.abilities.snippets).map(|at| {
                let (before, after) = text.split_at_checked(at).unwrap_or((&text, ""));
                format!("{}$0{}", escaped(before), escaped(after))
            });
            let format = snippet.as_ref().map(|_| InsertTextFormat::SNIPPET);
            let range = places.range(span(file, range));
            items.push(CompletionItem {
                label,
                kind: Some(completion_kind(of)),
                detail: (!detail.is_empty()).then_some(detail),
                documentation: (!documentation.is_empty())
                    .then(|| Documentation::MarkupContent(markdown(documentation))),
                // What is declared comes before words of the language, in the order in which it stands in the files.
                sort_text: Some(format!("{}{:05}", rank(of), items.len())),
                filter_text: Some(filter),
                text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: snippet.unwrap_or(text) })),
                insert_text_format: format,
                ..CompletionItem::default()
            });
        }
        Ok(Some(CompletionList { is_incomplete: false, items }))
    }

    /// What there is to know about a place.
    fn hover(&mut self, params: HoverParams) -> Result<Option<Hover>, Refusal> {
        let Some((desk, file, offset)) = self.spot(&params.text_document_position_params) else { return Ok(None) };
        let Some((range, text)) = editor::hover(&desk.book, file, offset) else { return Ok(None) };
        let range = self.places(desk).range(span(file, range));
        Ok(Some(Hover { contents: HoverContents::Markup(markdown(text)), range: Some(range) }))
    }

    /// Where something is declared.
    fn definition(&mut self, params: GotoDefinitionParams) -> Result<Option<Vec<Location>>, Refusal> {
        let Some((desk, file, offset)) = self.spot(&params.text_document_position_params) else { return Ok(None) };
        let mut places = self.places(desk);
        let declared = editor::definition(&desk.book, file, offset);
        Ok(Some(declared.into_iter().filter_map(|span| places.location(span)).collect()))
    }

    /// Every place where something is named.
    fn references(&mut self, params: ReferenceParams) -> Result<Option<Vec<Location>>, Refusal> {
        let Some((desk, file, offset)) = self.spot(&params.text_document_position) else { return Ok(None) };
        let mut places = self.places(desk);
        let wanted = |found: &Reference| params.context.include_declaration || !found.declares;
        let found = editor::references(&desk.book, file, offset).into_iter().filter(wanted);
        Ok(Some(found.filter_map(|found| places.location(found.span)).collect()))
    }

    /// The same in one document.
    fn highlights(&mut self, params: DocumentHighlightParams) -> Result<Option<Vec<DocumentHighlight>>, Refusal> {
        let Some((desk, file, offset)) = self.spot(&params.text_document_position_params) else { return Ok(None) };
        let mut places = self.places(desk);
        let here = editor::references(&desk.book, file, offset).into_iter().filter(|found| found.span.file == file);
        let highlight = |found: Reference| DocumentHighlight {
            range: places.range(found.span),
            kind: Some(if found.declares { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
        };
        Ok(Some(here.map(highlight).collect()))
    }

    /// What would be renamed.
    fn renamable(&mut self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>, Refusal> {
        let Some((desk, file, offset)) = self.spot(&params) else { return Ok(None) };
        let (range, placeholder) = editor::renamable(&desk.book, file, offset).map_err(Refusal)?;
        let range = self.places(desk).range(span(file, range));
        Ok(Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder }))
    }

    /// The changes that give something another name.
    fn rename(&mut self, params: RenameParams) -> Result<Option<WorkspaceEdit>, Refusal> {
        let RenameParams { text_document_position, new_name, .. } = params;
        let Some((_, file, offset)) = self.spot(&text_document_position) else { return Ok(None) };
        let Some((at, _)) = self.find(&text_document_position.text_document.uri) else { return Ok(None) };
        let Some(desk) = self.desks.get_mut(at) else { return Ok(None) };
        let edits = editor::rename(&mut desk.book, file, offset, &new_name).map_err(Refusal)?;
        let Some(desk) = self.desks.get(at) else { return Ok(None) };
        Ok(Some(self.places(desk).edit(&edits)))
    }

    /// The fixes of what is wrong in a range.
    fn actions(&mut self, params: CodeActionParams) -> Result<Option<Vec<CodeAction>>, Refusal> {
        let CodeActionParams { text_document, range, context, .. } = params;
        let Some((at, file)) = self.find(&text_document.uri) else { return Ok(None) };
        let wanted = |kind: &CodeActionKind| {
            let within = |only: &CodeActionKind| {
                kind.as_str().strip_prefix(only.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            context.only.as_ref().is_none_or(|kinds| kinds.iter().any(within))
        };
        let Some(desk) = self.desks.get_mut(at) else { return Ok(None) };
        let findings: Vec<Diagnostic> =
            desk.book.findings().iter().filter(|finding| finding.span.file == file).cloned().collect();
        let Some(desk) = self.desks.get(at) else { return Ok(None) };
        let mut places = self.places(desk);
        let mut actions = Vec::new();
        if wanted(&CodeActionKind::QUICKFIX) {
            let (start, end) = (places.offset(file, range.start), places.offset(file, range.end));
            let touched = |finding: &&Diagnostic| {
                finding.span.start as usize <= end.max(start) && finding.span.end as usize >= start
            };
            for finding in findings.iter().filter(touched) {
                let diagnostic = places.diagnostic(finding, self.abilities.related);
                for Fix { title, safe, edits } in &finding.fixes {
                    actions.push(CodeAction {
                        title: capital(title),
                        kind: Some(CodeActionKind::QUICKFIX),
                        diagnostics: Some(vec![diagnostic.clone()]),
                        edit: Some(places.edit(edits)),
                        is_preferred: Some(*safe && finding.fixes.len() == 1),
                        ..CodeAction::default()
                    });
                }
            }
        }
        if wanted(&FIX_ALL) {
            let edits = fixes::together(&findings, Allowed::Safe);
            if !edits.is_empty() {
                actions.push(CodeAction {
                    title: "Mend what can be mended without a doubt".to_owned(),
                    kind: Some(FIX_ALL),
                    edit: Some(places.edit(&edits)),
                    ..CodeAction::default()
                });
            }
        }
        Ok(Some(actions))
    }

    /// The document in canonical layout. What cannot be laid out stays as it is: while somebody writes that is no news.
    fn formatted(&mut self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>, Refusal> {
        let Some((desk, file)) = self.at(&params.text_document.uri) else { return Ok(None) };
        let text = desk.book.text(file);
        let Ok(laid_out) = language::format(desk.book.sources().path(file), text) else { return Ok(None) };
        let mut places = self.places(desk);
        let edits = editor::difference(text, &laid_out).map(|(range, new)| {
            let edit = Edit { span: span(file, range), text: new };
            TextEdit { range: places.range(edit.span), new_text: edit.text }
        });
        Ok(Some(edits.into_iter().collect()))
    }

    /// What a document declares.
    fn symbols(&mut self, params: DocumentSymbolParams) -> Result<Option<Value>, Refusal> {
        let uri = params.text_document.uri;
        let Some((desk, file)) = self.at(&uri) else { return Ok(None) };
        let symbols = editor::symbols(desk.book.sources(), file);
        let mut places = self.places(desk);
        let answer = if self.abilities.nested_symbols {
            let symbols: Vec<DocumentSymbol> = symbols.iter().map(|symbol| nested(symbol, &mut places)).collect();
            serde_json::to_value(symbols)
        } else {
            let mut flat = Vec::new();
            for symbol in &symbols {
                flatten(symbol, None, &uri, &mut places, &mut flat);
            }
            serde_json::to_value(flat)
        };
        Ok(answer.ok())
    }
}

fn span(file: FileId, range: std::ops::Range<usize>) -> Span {
    let to_u32 = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(file, to_u32(range.start), to_u32(range.end))
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

/// A text that stands for itself in a snippet.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

fn rank(of: CompletionOf) -> u8 {
    match of {
        CompletionOf::Value => 0,
        CompletionOf::Name(Kind::Field) => 3,
        CompletionOf::Name(
            Kind::Activity
            | Kind::Attribute
            | Kind::List
            | Kind::Channel
            | Kind::Status
            | Kind::Program
            | Kind::SfdcCampaign
            | Kind::MemberStatus
            | Kind::Webhook
            | Kind::Token
            | Kind::Segment
            | Kind::SmartCampaign,
        ) => 1,
        CompletionOf::Key => 2,
        CompletionOf::Words => 4,
    }
}

fn completion_kind(of: CompletionOf) -> CompletionItemKind {
    match of {
        CompletionOf::Value => CompletionItemKind::VALUE,
        CompletionOf::Key => CompletionItemKind::PROPERTY,
        CompletionOf::Words => CompletionItemKind::KEYWORD,
        CompletionOf::Name(Kind::Field | Kind::Attribute) => CompletionItemKind::FIELD,
        CompletionOf::Name(Kind::Status | Kind::MemberStatus) => CompletionItemKind::ENUM_MEMBER,
        CompletionOf::Name(Kind::Channel) => CompletionItemKind::ENUM,
        CompletionOf::Name(Kind::Program) => CompletionItemKind::MODULE,
        CompletionOf::Name(Kind::SfdcCampaign) => CompletionItemKind::CLASS,
        CompletionOf::Name(Kind::Activity | Kind::SmartCampaign) => CompletionItemKind::EVENT,
        CompletionOf::Name(Kind::Segment) => CompletionItemKind::FUNCTION,
        CompletionOf::Name(Kind::Token) => CompletionItemKind::CONSTANT,
        CompletionOf::Name(Kind::List) => CompletionItemKind::VARIABLE,
        CompletionOf::Name(Kind::Webhook) => CompletionItemKind::INTERFACE,
    }
}

/// Titles of actions begin with a capital in editors.
fn capital(title: &str) -> String {
    let mut signs = title.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

fn kind(of: SymbolOf) -> SymbolKind {
    match of {
        SymbolOf::Section => SymbolKind::NAMESPACE,
        SymbolOf::Field | SymbolOf::Attribute => SymbolKind::FIELD,
        SymbolOf::Activity | SymbolOf::SmartCampaign => SymbolKind::EVENT,
        SymbolOf::List => SymbolKind::ARRAY,
        SymbolOf::Channel => SymbolKind::ENUM,
        SymbolOf::Status => SymbolKind::ENUM_MEMBER,
        SymbolOf::Program => SymbolKind::MODULE,
        SymbolOf::SfdcCampaign => SymbolKind::CLASS,
        SymbolOf::Webhook => SymbolKind::INTERFACE,
        SymbolOf::Token => SymbolKind::CONSTANT,
        SymbolOf::Segment | SymbolOf::Scenario => SymbolKind::FUNCTION,
        SymbolOf::Part => SymbolKind::PROPERTY,
    }
}

fn nested(symbol: &Symbol, places: &mut Places<'_>) -> DocumentSymbol {
    let Symbol { of, name, detail, name_span, whole, inside } = symbol;
    let children: Vec<DocumentSymbol> = inside.iter().map(|symbol| nested(symbol, places)).collect();
    #[expect(deprecated, reason = "a field of the protocol that must be filled")]
    DocumentSymbol {
        name: if name.is_empty() { "(no name)".to_owned() } else { name.clone() },
        detail: detail.clone(),
        kind: kind(*of),
        tags: None,
        deprecated: None,
        range: places.range(*whole),
        selection_range: places.range(*name_span),
        children: (!children.is_empty()).then_some(children),
    }
}

fn flatten(symbol: &Symbol, above: Option<&str>, uri: &Uri, places: &mut Places<'_>, all: &mut Vec<SymbolInformation>) {
    let Symbol { of, name, detail: _, name_span, whole: _, inside } = symbol;
    #[expect(deprecated, reason = "a field of the protocol that must be filled")]
    all.push(SymbolInformation {
        name: name.clone(),
        kind: kind(*of),
        tags: None,
        deprecated: None,
        location: Location { uri: uri.clone(), range: places.range(*name_span) },
        container_name: above.map(str::to_owned),
    });
    for symbol in inside {
        flatten(symbol, Some(name), uri, places, all);
    }
}
