//! The texts of one workspace, and what was read of each.
//!
//! Reading a file depends on that file alone, so of an edit only the file that it is in is read anew; names, types and
//! meaning are checked again for all. What is found is always what `campanile validate` finds in the same texts.

use std::ops::Range;

use crate::compile;
use crate::diagnostics::{self, Diagnostic, FileId, Sources, Span};
use crate::language::{self, FileRead, Workspace};
use crate::scenario;

/// A file of a workspace before it is read.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path as messages show it.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Why it is no text, where it is none; then nothing else is said about the workspace.
    pub unreadable: Option<Diagnostic>,
}

/// The texts of one workspace and what is known about them.
#[derive(Debug, Clone, Default)]
pub struct Book {
    sources: Sources,
    parts: Vec<Part>,
    /// Absent since the last change.
    findings: Option<Vec<Diagnostic>>,
}

/// What was read of a file.
#[derive(Debug, Clone, Default)]
struct Part {
    /// What was read of a rule file; of a scenario file only the findings.
    read: FileRead,
    /// What a rule file declared when it could be read for the last time: while somebody writes, names stay known.
    known: Workspace,
    unreadable: Option<Diagnostic>,
}

impl Book {
    /// Reads files, on so many threads at most. Their ids follow the byte order of their paths.
    pub fn new(mut files: Vec<File>, threads: usize) -> Self {
        files.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        let mut book = Self::default();
        for File { path, text, unreadable } in files {
            let file = book.sources.add(path, text);
            let unreadable = unreadable.map(|finding| Diagnostic { span: Span { file, ..finding.span }, ..finding });
            book.parts.push(Part { unreadable, ..Part::default() });
        }
        for (id, read) in language::read_each(&book.sources, threads) {
            let text = book.sources.get(id).map_or(0, |file| file.text.len());
            let part = part(&book.sources, id, read, 0..text);
            book.put(id, part);
        }
        let scenarios: Vec<FileId> =
            book.sources.iter().filter(|(_, file)| language::is_scenario_file(&file.path)).map(|(id, _)| id).collect();
        for id in scenarios {
            let part = read_scenario(&book.sources, id);
            book.put(id, part);
        }
        book
    }

    /// Gives a file another text, of which the bytes of `touched` are new.
    pub fn set(&mut self, file: FileId, text: String, touched: Range<usize>) {
        self.sources.replace(file, text);
        let is_scenario = language::is_scenario_file(self.sources.path(file));
        let mut new = if is_scenario {
            read_scenario(&self.sources, file)
        } else {
            part(&self.sources, file, language::read_file(&self.sources, file), touched)
        };
        if let Some(old) = self.parts.get_mut(file.0 as usize) {
            if !new.read.readable && is_nothing(&new.known) {
                let before = if old.read.readable { &mut old.read.declared } else { &mut old.known };
                new.known = std::mem::take(before);
            }
            *old = new;
        }
        self.findings = None;
    }

    fn put(&mut self, file: FileId, new: Part) {
        if let Some(part) = self.parts.get_mut(file.0 as usize) {
            *part = Part { unreadable: part.unreadable.take(), ..new };
        }
    }

    /// The files.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The text of a file.
    pub fn text(&self, file: FileId) -> &str {
        self.sources.get(file).map_or("", |file| file.text.as_str())
    }

    /// Everything that can be said about the files, by place: what `campanile validate` says.
    pub fn findings(&mut self) -> &[Diagnostic] {
        if self.findings.is_none() {
            self.findings = Some(self.check());
        }
        self.findings.as_deref().unwrap_or_default()
    }

    fn check(&self) -> Vec<Diagnostic> {
        // What such a file declares would be missing everywhere else.
        let unreadable: Vec<Diagnostic> = self.parts.iter().filter_map(|part| part.unreadable.clone()).collect();
        if !unreadable.is_empty() {
            return unreadable;
        }
        let mut workspace = Workspace::default();
        let (mut of_rules, mut of_scenarios) = (Vec::new(), Vec::new());
        for ((_, file), part) in self.sources.iter().zip(&self.parts) {
            let findings = if language::is_scenario_file(&file.path) { &mut of_scenarios } else { &mut of_rules };
            findings.extend_from_slice(&part.read.findings);
            workspace.append(part.read.declared.clone());
        }
        let mut findings = compile::check_read(&workspace, &self.sources, of_rules).findings;
        findings.extend(of_scenarios);
        diagnostics::sort(&mut findings);
        findings
    }

    /// What each file declares, those that are half written as far as it is known.
    pub fn declared(&self) -> impl Iterator<Item = (FileId, &Workspace)> {
        let parts = self.sources.iter().zip(&self.parts);
        parts.map(|((id, _), part)| (id, if part.read.readable { &part.read.declared } else { &part.known }))
    }

    /// Whether a file is no text.
    pub fn is_unreadable(&self, file: FileId) -> bool {
        self.parts.get(file.0 as usize).is_some_and(|part| part.unreadable.is_some())
    }

    /// Whether YAML cannot read a file at the moment.
    pub fn is_broken(&self, file: FileId) -> bool {
        self.parts.get(file.0 as usize).is_some_and(|part| !part.read.readable)
    }

    /// The files that YAML cannot read at the moment.
    pub fn broken(&self) -> impl Iterator<Item = FileId> {
        self.sources.iter().zip(&self.parts).filter(|(_, part)| !part.read.readable).map(|((id, _), _)| id)
    }
}

fn read_scenario(sources: &Sources, file: FileId) -> Part {
    let (findings, readable) = scenario::check_file(sources, file);
    Part { read: FileRead { findings, readable, ..FileRead::default() }, ..Part::default() }
}

/// What was read of a rule file. Where YAML cannot read it, it is read once more without the lines that were touched, as
/// far as names are concerned, and if that is no help section by section.
fn part(sources: &Sources, file: FileId, read: FileRead, touched: Range<usize>) -> Part {
    let mut known = Workspace::default();
    if !read.readable {
        let text = sources.get(file).map_or("", |file| file.text.as_str());
        let again = Again::new(sources, file);
        match again.read(without(text, touched)).filter(|known| !is_nothing(known)) {
            Some(without_touched) => known = without_touched,
            None => {
                for section in children(text, 0..text.len(), 0) {
                    again.section(text, section, &mut known);
                }
            }
        }
    }
    Part { read, known, unreadable: None }
}

/// A file that is read again in other words.
struct Again {
    /// Places must have the id of the file, so as many files stand before it.
    before: Vec<String>,
    path: String,
    file: FileId,
}

impl Again {
    fn new(sources: &Sources, file: FileId) -> Self {
        let before = sources.iter().take_while(|(id, _)| *id < file).map(|_| String::new()).collect();
        Self { before, path: sources.path(file).to_owned(), file }
    }

    /// What a text declares, if YAML can read it.
    fn read(&self, text: String) -> Option<Workspace> {
        let mut alone = Sources::new();
        for path in &self.before {
            alone.add(path.as_str(), "");
        }
        alone.add(self.path.as_str(), text);
        let read = language::read_file(&alone, self.file);
        read.readable.then_some(read.declared)
    }

    /// What one section declares: all of it, or what can be read of each of its entries.
    fn section(&self, text: &str, section: Range<usize>, known: &mut Workspace) {
        if let Some(declared) = self.read(only(text, std::slice::from_ref(&section))) {
            known.append(declared);
            return;
        }
        let head = section.start..line_end(text, section.start);
        let body = head.end..section.end;
        let line = |line: &&str| !line.trim().is_empty() && line.starts_with(' ');
        let first = text.get(body.clone()).unwrap_or("").lines().find(line).unwrap_or("");
        let indent = first.len() - first.trim_start_matches(' ').len();
        let entries = children(text, body, indent);
        if entries.len() > ENTRIES_MAX || indent == 0 {
            return;
        }
        for entry in entries {
            if let Some(declared) = self.read(only(text, &[head.clone(), entry])) {
                known.append(declared);
            }
        }
    }
}

/// A broken section with more entries is not read entry by entry: each time the whole file is gone through.
const ENTRIES_MAX: usize = 64;

/// The end of the line that a byte is in, its break included.
fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| from + at + 1)
}

/// The parts of a range of lines that begin in this column, each up to the next.
fn children(text: &str, within: Range<usize>, indent: usize) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let end = line_end(text, at);
        let line = text.get(at..end).unwrap_or("");
        let column = line.len() - line.trim_start_matches(' ').len();
        let begins =
            line.trim_start_matches(' ').starts_with(|sign: char| !sign.is_whitespace() && !"#-]}".contains(sign));
        if column == indent && begins {
            starts.push(at);
        }
        at = end;
    }
    let ends = starts.iter().skip(1).copied().chain([within.end]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// A text of which only these ranges are not blank. Bytes stay where they are.
fn only(text: &str, ranges: &[Range<usize>]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        kept.push_str(&blank(text.get(at..range.start).unwrap_or("")));
        kept.push_str(text.get(range.clone()).unwrap_or(""));
        at = range.end;
    }
    kept.push_str(&blank(text.get(at..).unwrap_or("")));
    kept
}

fn blank(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// A text whose lines in `place` are blank. Bytes stay where they are.
fn without(text: &str, place: Range<usize>) -> String {
    let start = text.get(..place.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(place.end.max(place.start)..).and_then(|after| after.find('\n'));
    let end = end.map_or(text.len(), |at| place.end.max(place.start) + at);
    let part = |range: Range<usize>| text.get(range).unwrap_or("");
    format!("{}{}{}", part(0..start), blank(part(start..end)), part(end..text.len()))
}

fn is_nothing(workspace: &Workspace) -> bool {
    let Workspace {
        settings: _,
        fields,
        activities,
        lists,
        channels,
        programs,
        sfdc_campaigns,
        declares_sfdc_campaigns: _,
        webhooks,
        tokens,
        segments,
        campaigns,
        unread: _,
    } = workspace;
    fields.is_empty()
        && activities.is_empty()
        && lists.is_empty()
        && channels.is_empty()
        && programs.is_empty()
        && sfdc_campaigns.is_empty()
        && webhooks.is_empty()
        && tokens.is_empty()
        && segments.is_empty()
        && campaigns.is_empty()
}
