//! What is open in the editor, and which workspaces that makes.
//!
//! Each folder of the editor is a workspace: its `rules`, where it has such a folder, else all of it, unless somebody said
//! which files and folders count. A document outside of them counts when it looks like a rule file; then the files
//! beside it are its workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{RegisterCapability, Request as _};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWatchedFilesRegistrationOptions,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileChangeType,
    FileSystemWatcher, GlobPattern, InitializeParams, MessageType, PositionEncodingKind, PublishDiagnosticsParams,
    Registration, RegistrationParams, ShowMessageParams, TextDocumentContentChangeEvent, Uri,
};
use serde::de::DeserializeOwned;

use super::answers;
use super::convert::{Places, address};
use super::desk::{Desk, Document, Documents};
use super::uri;
use crate::editor::{Encoding, Lines, Spot};
use crate::language::keys;

/// What the editor can do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Abilities {
    /// What its columns count.
    pub(super) encoding: Encoding,
    /// Other places of a diagnostic.
    pub(super) related: bool,
    /// Completions with a place for the cursor in them.
    pub(super) snippets: bool,
    /// Symbols with symbols in them.
    pub(super) nested_symbols: bool,
    /// Being asked to tell when files change.
    pub(super) watching: bool,
}

/// A conversation with an editor.
pub(super) struct Session<'c> {
    connection: &'c Connection,
    pub(super) abilities: Abilities,
    /// The files and folders that count, where somebody said so.
    rules: Vec<String>,
    folders: Vec<String>,
    pub(super) documents: Documents,
    pub(super) desks: Vec<Desk>,
    /// Documents of which the editor waits to hear.
    changed: BTreeSet<String>,
    /// Whether there is something to check.
    stale: bool,
    deaf: bool,
}

impl<'c> Session<'c> {
    /// Answers `initialize`. `None` when it cannot be understood; that was said.
    pub(super) fn begin(connection: &'c Connection, request: Request, rules: &[String]) -> Option<Self> {
        let Request { id, params, .. } = request;
        let params: InitializeParams = match serde_json::from_value(params) {
            Ok(params) => params,
            Err(error) => {
                let refusal = Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string());
                let _ = connection.sender.send(refusal.into());
                return None;
            }
        };
        let abilities = abilities(&params);
        let asked_for = params.initialization_options.as_ref().and_then(|options| options.get("rules"));
        let asked_for = asked_for.and_then(|rules| serde_json::from_value::<Vec<String>>(rules.clone()).ok());
        let mut session = Self {
            connection,
            abilities,
            rules: asked_for.filter(|rules| !rules.is_empty()).unwrap_or_else(|| rules.to_vec()),
            folders: folders(&params),
            documents: Documents::new(),
            desks: Vec::new(),
            changed: BTreeSet::new(),
            stale: true,
            deaf: false,
        };
        session.answer(Response::new_ok(id, answers::greeting(abilities)));
        session.desks = session.folders.iter().map(|folder| session.desk_of(folder)).collect();
        session.tell_troubles();
        Some(session)
    }

    /// The editor is ready to be asked as well.
    pub(super) fn ready(&mut self) {
        if !self.abilities.watching {
            return;
        }
        let watchers = ["**/*.yaml", "**/*.yml"]
            .map(|glob| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.to_owned()), kind: None });
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: watchers.to_vec() };
        let registration = Registration {
            id: "files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams { registrations: vec![registration] };
        let id = "files".to_owned().into();
        self.send(Request::new(id, RegisterCapability::METHOD.to_owned(), params).into());
    }

    fn send(&mut self, message: Message) {
        self.deaf |= self.connection.sender.send(message).is_err();
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, response: Response) {
        self.send(response.into());
    }

    /// Whether nobody reads what we say.
    pub(super) fn is_deaf(&self) -> bool {
        self.deaf
    }

    /// Whether something changed since the last check.
    pub(super) fn has_work(&self) -> bool {
        self.stale
    }

    /// The workspace of a folder of the editor.
    fn desk_of(&self, folder: &str) -> Desk {
        let folder = folder.trim_end_matches('/').to_owned();
        let below = |path: &String| {
            let path = path.trim_end_matches('/');
            let path = path.strip_prefix("./").unwrap_or(path);
            match path {
                "" | "." => folder.clone(),
                path if Path::new(path).is_absolute() => path.to_owned(),
                path => format!("{folder}/{path}"),
            }
        };
        let roots = if !self.rules.is_empty() {
            self.rules.iter().map(below).collect()
        } else if Path::new(&folder).join("rules").is_dir() {
            vec![format!("{folder}/rules")]
        } else {
            vec![folder.clone()]
        };
        Desk::new(folder, roots, &self.documents)
    }

    /// The workspace that a document belongs to, which is made where it must be.
    fn seat(&mut self, key: &str) -> Option<usize> {
        if let Some(at) = self.desks.iter().position(|desk| desk.holds(key)) {
            return Some(at);
        }
        let document = self.documents.get(key)?;
        if !is_ours(&document.text) {
            return None;
        }
        let is_file = uri::path(&document.uri).is_some();
        let desk = match key.rsplit_once('/').filter(|_| is_file) {
            Some((folder, _)) if key.ends_with(".yaml") || key.ends_with(".yml") => {
                let desk = Desk::new(folder.to_owned(), vec![folder.to_owned()], &self.documents);
                // In a hidden folder, or a hidden file.
                if desk.holds(key) { desk } else { Desk::alone(key, &self.documents) }
            }
            Some(_) | None => Desk::alone(key, &self.documents),
        };
        self.desks.push(desk);
        Some(self.desks.len() - 1)
    }

    /// What the editor tells.
    pub(super) fn told(&mut self, told: Notification) {
        let Notification { method, params } = told;
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Some(DidOpenTextDocumentParams { text_document: opened }) = read(params) {
                    let key = key(&opened.uri);
                    let document = Document { uri: opened.uri, version: opened.version, text: opened.text };
                    let before = self.documents.insert(key.clone(), document);
                    self.text_is(&key, before.is_none(), 0);
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(DidChangeTextDocumentParams { text_document, content_changes }) = read(params) {
                    self.changed(&key(&text_document.uri), text_document.version, content_changes);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(DidCloseTextDocumentParams { text_document }) = read(params) {
                    self.closed(&key(&text_document.uri));
                }
            }
            DidChangeWatchedFiles::METHOD => {
                if let Some(DidChangeWatchedFilesParams { changes }) = read(params) {
                    self.on_disk(changes.iter().map(|change| (key(&change.uri), change.typ)).collect());
                }
            }
            DidChangeWorkspaceFolders::METHOD => {
                if let Some(DidChangeWorkspaceFoldersParams { event }) = read(params) {
                    let gone: Vec<String> = event.removed.iter().filter_map(|folder| uri::path(&folder.uri)).collect();
                    self.folders.retain(|folder| !gone.contains(folder));
                    self.folders.extend(event.added.iter().filter_map(|folder| uri::path(&folder.uri)));
                    self.arrange();
                }
            }
            // Who watches the files tells of this one as well; who does not is caught up with here.
            DidSaveTextDocument::METHOD if !self.abilities.watching => {
                self.stale = true;
                self.desks.iter_mut().for_each(|desk| desk.read_again(&self.documents));
                self.tell_troubles();
            }
            // What else editors tell concerns us not.
            _ => {}
        }
    }

    /// A document was changed, here and there, one change after another.
    fn changed(&mut self, key: &str, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let encoding = self.abilities.encoding;
        let Some(document) = self.documents.get_mut(key) else { return };
        document.version = version;
        let mut last = 0;
        for TextDocumentContentChangeEvent { range, text, .. } in changes {
            match range {
                None => {
                    document.text = text;
                    last = 0;
                }
                Some(range) => {
                    let lines = Lines::new(&document.text);
                    let at = |position: lsp_types::Position| {
                        lines.offset(Spot { line: position.line, column: position.character }, encoding)
                    };
                    let (start, end) = (at(range.start), at(range.end));
                    let end = end.max(start);
                    document.text.replace_range(start..end, &text);
                    last = start + text.len();
                }
            }
        }
        self.text_is(key, false, last);
    }

    /// A document has the text that it has; `touched` is a byte of it that is new. New documents may be new files, and if
    /// nobody watches the files there may be others.
    fn text_is(&mut self, key: &str, is_new: bool, touched: usize) {
        self.changed.insert(key.to_owned());
        self.stale = true;
        if self.seat(key).is_none() {
            return;
        }
        let Some(document) = self.documents.get(key) else { return };
        let watching = self.abilities.watching;
        // Folders may lie in each other: then a document belongs to several workspaces.
        for desk in self.desks.iter_mut().filter(|desk| desk.holds(key)) {
            match desk.file(key) {
                Some(file) if !(is_new && (desk.book.is_unreadable(file) || !watching)) => {
                    if desk.book.text(file) != document.text {
                        let touched = touched.min(document.text.len());
                        desk.book.set(file, document.text.clone(), touched..touched);
                    }
                }
                Some(_) | None => desk.read_again(&self.documents),
            }
        }
    }

    /// A document was closed: what is saved counts again.
    fn closed(&mut self, key: &str) {
        self.documents.remove(key);
        self.stale = true;
        for desk in self.desks.iter_mut().filter(|desk| desk.holds(key)) {
            desk.reread(key, &self.documents);
        }
        self.arrange_lone();
    }

    /// Files changed on the disk.
    fn on_disk(&mut self, changes: Vec<(String, FileChangeType)>) {
        self.stale = true;
        for at in 0..self.desks.len() {
            let Some(desk) = self.desks.get_mut(at) else { continue };
            let ours: Vec<&(String, FileChangeType)> =
                changes.iter().filter(|(path, _)| desk.holds(path) && !self.documents.contains_key(path)).collect();
            if ours.iter().any(|(path, kind)| *kind != FileChangeType::CHANGED || desk.file(path).is_none()) {
                desk.read_again(&self.documents);
            } else {
                ours.iter().for_each(|(path, _)| desk.reread(path, &self.documents));
            }
        }
        self.tell_troubles();
    }

    /// Folders came or went.
    fn arrange(&mut self) {
        let before = std::mem::take(&mut self.desks);
        self.desks = self.folders.iter().map(|folder| self.desk_of(folder)).collect();
        let open: Vec<String> = self.documents.keys().cloned().collect();
        for key in &open {
            self.seat(key);
        }
        self.forget(before);
        self.stale = true;
        self.tell_troubles();
    }

    /// Workspaces that were made for a document go with it.
    fn arrange_lone(&mut self) {
        let lone = self.desks.split_off(self.folders.len().min(self.desks.len()));
        let (kept, gone) = lone.into_iter().partition(|desk| self.documents.keys().any(|key| desk.holds(key)));
        self.desks.extend::<Vec<Desk>>(kept);
        self.forget(gone);
    }

    /// Takes back what was said about workspaces that are no more.
    fn forget(&mut self, gone: Vec<Desk>) {
        for path in gone.into_iter().flat_map(|desk| desk.shown.into_keys()) {
            if !self.desks.iter().any(|desk| desk.file(&path).is_some()) {
                self.publish(&path, Vec::new());
            }
        }
    }

    /// Checks what changed and says what is new.
    pub(super) fn work(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let changed = std::mem::take(&mut self.changed);
        let mut news: Vec<(String, Vec<lsp_types::Diagnostic>)> = Vec::new();
        for desk in &mut self.desks {
            let by_file = desk.findings();
            let mut now = BTreeMap::new();
            let mut places = Places::new(desk, &self.documents, self.abilities.encoding);
            for (file, findings) in by_file {
                let path = places.path(file).to_owned();
                let diagnostics =
                    findings.iter().map(|finding| places.diagnostic(finding, self.abilities.related)).collect();
                now.insert(path, diagnostics);
            }
            for (path, diagnostics) in &now {
                if desk.shown.get(path) != Some(diagnostics) || changed.contains(path) {
                    news.push((path.clone(), diagnostics.clone()));
                }
            }
            let silent = desk.shown.keys().filter(|path| !now.contains_key(*path));
            let fine = changed.iter().filter(|key| desk.holds(key) && !now.contains_key(*key));
            let fine: BTreeSet<&String> = silent.chain(fine).collect();
            news.extend(fine.into_iter().map(|path| (path.clone(), Vec::new())));
            desk.shown = now;
        }
        for (path, diagnostics) in news {
            self.publish(&path, diagnostics);
        }
    }

    fn publish(&mut self, path: &str, diagnostics: Vec<lsp_types::Diagnostic>) {
        let Some(uri) = address(path, &self.documents) else { return };
        let version = self.documents.get(path).map(|document| document.version);
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        self.send(Notification::new(PublishDiagnostics::METHOD.to_owned(), params).into());
    }

    /// Says what could not be read, once.
    fn tell_troubles(&mut self) {
        let troubles: Vec<String> = self.desks.iter_mut().filter_map(|desk| desk.trouble.take()).collect();
        for message in troubles {
            let params = ShowMessageParams { typ: MessageType::ERROR, message: format!("Campanile: {message}") };
            self.send(Notification::new(ShowMessage::METHOD.to_owned(), params).into());
        }
    }

    /// The workspace and file of a document.
    pub(super) fn find(&self, address: &Uri) -> Option<(usize, crate::diagnostics::FileId)> {
        let key = key(address);
        self.desks.iter().enumerate().find_map(|(at, desk)| Some((at, desk.file(&key)?)))
    }
}

/// What a document goes by.
fn key(address: &Uri) -> String {
    uri::path(address).unwrap_or_else(|| address.as_str().to_owned())
}

/// Parameters; `None` when they are not what the protocol says, and then the message is passed over.
fn read<T: DeserializeOwned>(params: serde_json::Value) -> Option<T> {
    serde_json::from_value(params).ok()
}

/// Whether a text has one of the top keys of rule or scenario files.
fn is_ours(text: &str) -> bool {
    text.lines().any(|line| {
        let key = line.split_once(':').map(|(key, _)| key);
        key.is_some_and(|key| key == "scenarios" || keys::FILE.iter().any(|known| known.name == key))
    })
}

fn abilities(params: &InitializeParams) -> Abilities {
    let client = &params.capabilities;
    let document = client.text_document.as_ref();
    let encodings = client.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    let offers = |kind: PositionEncodingKind| encodings.is_some_and(|offered| offered.contains(&kind));
    let snippets = document
        .and_then(|document| document.completion.as_ref()?.completion_item.as_ref()?.snippet_support)
        .unwrap_or_default();
    let watching = client
        .workspace
        .as_ref()
        .and_then(|workspace| workspace.did_change_watched_files.as_ref()?.dynamic_registration)
        .unwrap_or_default();
    let nested_symbols = document
        .and_then(|document| document.document_symbol.as_ref()?.hierarchical_document_symbol_support)
        .unwrap_or_default();
    Abilities {
        encoding: if offers(PositionEncodingKind::UTF8) { Encoding::Utf8 } else { Encoding::Utf16 },
        related: document
            .and_then(|document| document.publish_diagnostics.as_ref()?.related_information)
            .unwrap_or_default(),
        snippets,
        nested_symbols,
        watching,
    }
}

/// The folders that are open in the editor.
fn folders(params: &InitializeParams) -> Vec<String> {
    match &params.workspace_folders {
        Some(folders) => folders.iter().filter_map(|folder| uri::path(&folder.uri)).collect(),
        #[expect(deprecated, reason = "older editors say it so")]
        None => params.root_uri.iter().filter_map(uri::path).collect(),
    }
}
