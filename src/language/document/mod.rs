//! From YAML nodes to declarations: which keys there are and what shape their values have (E01xx).
//!
//! `shape` takes nodes apart, `declarations` reads what files declare, `campaigns` reads smart campaigns. Nothing here
//! looks a name up. What could not be read is left out or marked broken, so that later stages stay silent about it.

mod campaigns;
mod declarations;
pub mod keys;
mod shape;
mod texts;

use self::shape::Shape;
pub use self::texts::{TextKind, rule_texts};
use super::ast::Workspace;
use super::yaml;
use crate::diagnostics::{Code, Diagnostic, FileId, Sources};

/// The name of the configuration of the sync, which may lie among the rules and is no rule file.
pub const CONFIGURATION: &str = "campanile.yaml";

/// Whether a path names a rule file (`*.yaml`, `*.yml`, but not a scenario file).
pub fn is_rule_file(path: &str) -> bool {
    (path.ends_with(".yaml") || path.ends_with(".yml")) && !is_scenario_file(path)
}

/// Whether a path names a scenario file (`*.test.yaml`, `*.test.yml`).
pub fn is_scenario_file(path: &str) -> bool {
    path.ends_with(".test.yaml") || path.ends_with(".test.yml")
}

/// The names of every key of a rule file.
fn file_keys() -> impl Iterator<Item = &'static str> + Clone {
    keys::FILE.iter().map(|key| key.name)
}

/// Fewer files than this for each thread are not worth a thread.
const FILES_FOR_A_THREAD_MIN: usize = 32;
/// As much as a program's own thread has: files nest, and so do the texts in them.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// What one rule file declares, and what is wrong with the file itself.
#[derive(Debug, Clone, Default)]
pub struct FileRead {
    /// Its declarations.
    pub declared: Workspace,
    /// Findings of reading it (E01xx and E02xx), which depend on no other file.
    pub findings: Vec<Diagnostic>,
    /// Whether YAML could read it to its end.
    pub readable: bool,
}

/// Reads all rule files of `sources`, on so many threads at most; scenario files among them are passed over. What it gives
/// does not depend on the number of threads.
pub fn read(sources: &Sources, findings: &mut Vec<Diagnostic>, threads: usize) -> Workspace {
    let mut workspace = Workspace::default();
    for (_, FileRead { declared, findings: found, readable: _ }) in read_each(sources, threads) {
        workspace.append(declared);
        findings.extend(found);
    }
    workspace
}

/// The same, with what each file declares kept apart, in the order of the files.
pub fn read_each(sources: &Sources, threads: usize) -> Vec<(FileId, FileRead)> {
    let files: Vec<FileId> =
        sources.iter().filter(|(_, file)| !is_scenario_file(&file.path)).map(|(id, _)| id).collect();
    let threads = threads.min(files.len() / FILES_FOR_A_THREAD_MIN).max(1);
    let read = |group: &[FileId]| group.iter().map(|id| (*id, read_file(sources, *id))).collect::<Vec<_>>();
    if threads == 1 {
        return read(&files);
    }
    let groups: Vec<&[FileId]> = files.chunks(files.len().div_ceil(threads)).collect();
    let mut all = Vec::with_capacity(files.len());
    std::thread::scope(|scope| {
        let started: Vec<_> = groups
            .iter()
            .map(|group| std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || read(group)))
            .collect();
        for (group, thread) in groups.iter().zip(started) {
            // Where no thread could be had, this one reads.
            all.extend(thread.ok().and_then(|it| it.join().ok()).unwrap_or_else(|| read(group)));
        }
    });
    all
}

/// Reads one rule file.
pub fn read_file(sources: &Sources, file: FileId) -> FileRead {
    let mut read = FileRead::default();
    let FileRead { declared: workspace, findings, readable } = &mut read;
    let root = yaml::parse(sources, file, findings);
    *readable = root.is_some() || findings.is_empty();
    let Some(root) = root else {
        if !findings.is_empty() {
            workspace.unread.extend(file_keys());
        }
        return read;
    };
    workspace.unread.extend(refused_keys(&root, findings, sources));
    if root.is_null() {
        return read;
    }
    let mut shape = Shape { sources, findings };
    let before = shape.findings.len();
    let entries = shape.known_entries(&root, "a rule file", &[keys::FILE]);
    if shape.findings.len() > before {
        // Nobody knows what stands under a key that is not known.
        workspace.unread.extend(file_keys());
    }
    for (key, value) in entries {
        let before = shape.findings.len();
        match key.text() {
            "settings" => workspace.settings.push(shape.settings(key.span(), value)),
            "fields" => workspace.fields.extend(shape.fields(value, "`fields`")),
            "activities" => shape.activities(value, &mut workspace.activities),
            "lists" => workspace.lists.extend(shape.declared_names(value, "`lists`")),
            "channels" => shape.channels(value, &mut workspace.channels),
            "programs" => shape.programs(value, &mut workspace.programs),
            "sfdc_campaigns" => {
                workspace.declares_sfdc_campaigns = true;
                shape.sfdc_campaigns(value, &mut workspace.sfdc_campaigns);
            }
            "webhooks" => shape.webhooks(value, &mut workspace.webhooks),
            "tokens" => workspace.tokens.extend(shape.tokens(value)),
            "segments" => shape.segments(value, &mut workspace.segments),
            "smart_campaigns" => shape.campaigns(value, &mut workspace.campaigns),
            _ => {}
        }
        // Segments and campaigns keep their names, whatever is wrong inside them.
        let keeps_names =
            matches!(key.text(), "segments" | "smart_campaigns") && matches!(value, yaml::Node::Mapping { .. });
        if shape.findings.len() > before && !keeps_names {
            workspace.unread.extend(file_keys().filter(|known| *known == key.text()));
        }
    }
    read
}

/// The keys under which stands what YAML's reader refused; all of them when it read no further.
fn refused_keys(root: &yaml::Node, refused: &[Diagnostic], sources: &Sources) -> Vec<&'static str> {
    let yaml::Node::Mapping { entries, .. } = root else { return Vec::new() };
    let mut keys = Vec::new();
    for finding in refused {
        let goes_on = matches!(finding.code, Code::DuplicateKey | Code::AnchorOrAlias | Code::Tag | Code::WrongShape);
        let above = entries.iter().rev().find(|(key, _)| key.span().start <= finding.span.start);
        let names = [above.map_or("", |(key, _)| key.text()), sources.text(finding.span)];
        keys.extend(file_keys().filter(|key| !goes_on || names.contains(key)));
    }
    keys
}
