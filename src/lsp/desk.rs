//! One workspace as it lies on the disk and in the editor. What is open in the editor counts, not what is saved.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostics::{Diagnostic, FileId};
use crate::editor::{Book, File};
use crate::files::{self, FilesError};
use crate::language::CONFIGURATION;

/// A document that is open in the editor.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) uri: lsp_types::Uri,
    pub(super) version: i32,
    pub(super) text: String,
}

/// Open documents, by the path of their file; what is no file goes by its address.
pub(super) type Documents = BTreeMap<String, Document>;

/// A workspace.
#[derive(Debug)]
pub(super) struct Desk {
    /// Paths in messages begin below this folder.
    base: String,
    /// The files and folders that make the workspace; empty for a document that is no file.
    roots: Vec<String>,
    pub(super) book: Book,
    /// The path of each file, by its id.
    paths: Vec<String>,
    /// The diagnostics that the editor shows now, by path.
    pub(super) shown: BTreeMap<String, Vec<lsp_types::Diagnostic>>,
    /// Why something could not be read.
    pub(super) trouble: Option<String>,
}

impl Desk {
    /// Reads a workspace.
    pub(super) fn new(base: String, roots: Vec<String>, documents: &Documents) -> Self {
        let mut desk =
            Self { base, roots, book: Book::default(), paths: Vec::new(), shown: BTreeMap::new(), trouble: None };
        desk.read_again(documents);
        desk
    }

    /// A workspace of one document that is no file.
    pub(super) fn alone(key: &str, documents: &Documents) -> Self {
        let mut desk = Self::new(key.to_owned(), Vec::new(), documents);
        let text = documents.get(key).map(|document| document.text.clone()).unwrap_or_default();
        desk.book = Book::new(vec![File { path: "untitled".to_owned(), text, unreadable: None }], 1);
        desk.paths = vec![key.to_owned()];
        desk
    }

    /// Whether a path belongs to the workspace, be there a file or not.
    pub(super) fn holds(&self, path: &str) -> bool {
        if self.roots.is_empty() {
            return self.base == path;
        }
        let visible = |rest: &str| !rest.split('/').any(|part| part.starts_with('.'));
        let below = |root: &String| match path.strip_prefix(root.trim_end_matches('/')) {
            Some("") => true,
            Some(rest) => rest.strip_prefix('/').is_some_and(visible),
            None => false,
        };
        // The configuration of the sync may lie among the rules.
        if path.rsplit('/').next() == Some(CONFIGURATION) {
            return false;
        }
        (path.ends_with(".yaml") || path.ends_with(".yml")) && self.roots.iter().any(below)
    }

    /// The file with a path.
    pub(super) fn file(&self, path: &str) -> Option<FileId> {
        self.paths.iter().position(|known| known == path).and_then(|at| u32::try_from(at).ok()).map(FileId)
    }

    /// The path of a file.
    pub(super) fn path(&self, file: FileId) -> &str {
        self.paths.get(file.0 as usize).map_or("", String::as_str)
    }

    /// Reads everything again: files came or went.
    pub(super) fn read_again(&mut self, documents: &Documents) {
        self.trouble = None;
        let mut found: BTreeMap<String, File> = BTreeMap::new();
        for root in &self.roots {
            match files::read_files(&[PathBuf::from(root)]) {
                Ok(files) => {
                    for (id, file) in files.sources.iter() {
                        let unreadable = files.findings.iter().find(|finding| finding.span.file == id).cloned();
                        let (path, text) = (file.path.clone(), file.text.clone());
                        found.insert(path, File { path: String::new(), text, unreadable });
                    }
                }
                // A workspace may be empty, and so may the place where it will be.
                Err(FilesError::Nothing { .. } | FilesError::Missing { .. }) => {}
                Err(
                    error @ (FilesError::OtherKind { .. }
                    | FilesError::Name { .. }
                    | FilesError::TooDeep { .. }
                    | FilesError::NotText { .. }
                    | FilesError::Unreadable { .. }),
                ) => self.trouble = Some(error.to_string()),
            }
        }
        for (path, document) in documents.iter().filter(|(path, _)| self.holds(path)) {
            let (path, text) = (path.clone(), document.text.clone());
            found.insert(path, File { path: String::new(), text, unreadable: None });
        }
        // Messages name files as somebody would who stands in the folder.
        let named = |path: &str| {
            let below = path.strip_prefix(self.base.as_str()).and_then(|rest| rest.strip_prefix('/'));
            below.unwrap_or(path).to_owned()
        };
        let mut files: Vec<(String, File)> =
            found.into_iter().map(|(path, file)| (path.clone(), File { path: named(&path), ..file })).collect();
        files.sort_by(|(_, a), (_, b)| a.path.as_bytes().cmp(b.path.as_bytes()));
        let (paths, files) = files.into_iter().unzip();
        self.paths = paths;
        self.book = Book::new(files, std::thread::available_parallelism().map_or(1, usize::from));
    }

    /// A file changed on the disk. What is open in the editor stays as it is there.
    pub(super) fn reread(&mut self, path: &str, documents: &Documents) {
        if documents.contains_key(path) {
            return;
        }
        let read = fs::File::open(Path::new(path)).ok().and_then(|file| files::read_one(file, path).ok());
        let text = read.filter(|read| read.findings.is_empty()).and_then(|read| {
            let text = read.sources.iter().next().map(|(_, file)| file.text.clone());
            text.zip(self.file(path))
        });
        match text {
            Some((text, file)) if !self.book.is_unreadable(file) => {
                let whole = 0..text.len();
                self.book.set(file, text, whole);
            }
            // It came, went, or is no text any more.
            Some(_) | None => self.read_again(documents),
        }
    }

    /// What is found, file by file.
    pub(super) fn findings(&mut self) -> BTreeMap<FileId, Vec<Diagnostic>> {
        let mut by_file: BTreeMap<FileId, Vec<Diagnostic>> = BTreeMap::new();
        for finding in self.book.findings() {
            by_file.entry(finding.span.file).or_default().push(finding.clone());
        }
        by_file
    }
}
