//! Fixes put to work: which of them may be applied together, and the texts that come of it.
//!
//! Nothing here reads or writes a file. A fix is applied only where it is the one remedy of its finding; of fixes that
//! touch each other the first goes first, and the others wait for the next round, after the files were checked again.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, Edit, FileId, Fix, Sources};

/// So many times files are checked and fixed. Each round settles at least one finding; fixes that undo each other end here.
const ROUNDS_MAX: usize = 64;

/// Which fixes are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Those that cannot change what the author meant.
    Safe,
    /// Those that guess as well.
    Unsafe,
}

/// A finding that a fix settled. The place is that in the file as it was when the finding was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The code of the finding.
    pub code: Code,
    /// What was wrong.
    pub message: String,
    /// What was done about it.
    pub title: String,
    /// The path of the file.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// What fixing gives.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The files as they are now, with the ids that they had.
    pub sources: Sources,
    /// Which of them changed.
    pub changed: Vec<FileId>,
    /// What was settled, in the order in which it was.
    pub fixed: Vec<Fixed>,
    /// What is left to say about the files.
    pub left: Vec<Diagnostic>,
}

/// Checks files and applies fixes until none is left that may be applied.
pub fn settle(sources: Sources, allowed: Allowed, mut check: impl FnMut(&Sources) -> Vec<Diagnostic>) -> Settled {
    let mut settled = Settled { left: check(&sources), sources, changed: Vec::new(), fixed: Vec::new() };
    for _ in 0..ROUNDS_MAX {
        let chosen = choose(&settled.left, allowed);
        if chosen.is_empty() {
            break;
        }
        for (finding, fix) in &chosen {
            let at = settled.sources.position(finding.span.file, finding.span.start);
            settled.fixed.push(Fixed {
                code: finding.code,
                message: finding.message.clone(),
                title: fix.title.clone(),
                path: settled.sources.path(finding.span.file).to_owned(),
                line: at.line,
                column: at.column,
            });
        }
        let edits: Vec<&Edit> = chosen.iter().flat_map(|(_, fix)| &fix.edits).collect();
        settled.changed.extend(edits.iter().map(|edit| edit.span.file));
        settled.sources = apply(&settled.sources, edits);
        settled.left = check(&settled.sources);
    }
    settled.changed.sort_unstable();
    settled.changed.dedup();
    settled
}

/// The one remedy of a finding, if it may be applied.
pub fn remedy(finding: &Diagnostic, allowed: Allowed) -> Option<&Fix> {
    match finding.fixes.as_slice() {
        [fix] if fix.safe || allowed == Allowed::Unsafe => Some(fix),
        [..] => None,
    }
}

/// The edits of all fixes that may be applied together, in one round.
pub fn together(findings: &[Diagnostic], allowed: Allowed) -> Vec<Edit> {
    choose(findings, allowed).into_iter().flat_map(|(_, fix)| fix.edits.iter().cloned()).collect()
}

/// Fixes that may be applied together, none of them touching another.
fn choose(findings: &[Diagnostic], allowed: Allowed) -> Vec<(&Diagnostic, &Fix)> {
    // What is taken does not overlap, so of all that begins before an edit ends only the last can touch it.
    let mut taken: BTreeMap<(FileId, u32), u32> = BTreeMap::new();
    let mut chosen = Vec::new();
    for finding in findings {
        let Some(fix) = remedy(finding, allowed) else { continue };
        let touches = |Edit { span, .. }: &Edit| {
            let before = taken.range(..=(span.file, span.end)).next_back();
            before.is_some_and(|((file, _), end)| *file == span.file && *end >= span.start)
        };
        if !fix.edits.iter().any(touches) {
            taken.extend(fix.edits.iter().map(|edit| ((edit.span.file, edit.span.start), edit.span.end)));
            chosen.push((finding, fix));
        }
    }
    chosen
}

/// The files with edits made, none of which may overlap another. Ids and paths stay.
pub fn apply(sources: &Sources, mut edits: Vec<&Edit>) -> Sources {
    edits.sort_by_key(|edit| edit.span);
    let mut changed = Sources::new();
    for (id, file) in sources.iter() {
        let mut text = String::with_capacity(file.text.len());
        let mut from = 0;
        for Edit { span, text: new } in edits.iter().filter(|edit| edit.span.file == id) {
            text.push_str(file.text.get(from..span.start as usize).unwrap_or(""));
            text.push_str(new);
            from = span.end as usize;
        }
        text.push_str(file.text.get(from..).unwrap_or(""));
        changed.add(file.path.as_str(), text);
    }
    changed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;
    use crate::diagnostics::Span;

    /// Finds each `o` and wants it doubled and each `x`, of which it does not know what it should be.
    fn check(sources: &Sources) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for (id, file) in sources.iter() {
            for (at, c) in file.text.char_indices() {
                let at = u32::try_from(at).unwrap();
                let place = Span::new(id, at, at + 1);
                let finding = Diagnostic::new(Code::Syntax, place, "a letter");
                match c {
                    'o' => findings.push(finding.fix("write `0`", true, place, "0")),
                    'u' => findings.push(finding.fix("write `v`", false, place, "v")),
                    'x' => findings.push(finding.fix("write `y`", true, place, "y").fix("write `z`", true, place, "z")),
                    _ => {}
                }
            }
        }
        findings
    }

    fn settled(text: &str, allowed: Allowed) -> Settled {
        let mut sources = Sources::new();
        sources.add("a.yaml", text);
        sources.add("b.yaml", "calm");
        settle(sources, allowed, check)
    }

    #[test]
    fn only_lone_remedies_are_applied_and_guesses_only_when_asked_for() {
        let safe = settled("foo bux", Allowed::Safe);
        assert_eq!(safe.sources.get(FileId(0)).unwrap().text, "f00 bux");
        // The two letters touch each other: the second one waits for the second round.
        assert_eq!(safe.fixed.iter().map(|fixed| fixed.column).collect::<Vec<_>>(), [2, 3]);
        assert_eq!((safe.changed, safe.left.len()), (vec![FileId(0)], 2));
        let all = settled("foo bux", Allowed::Unsafe);
        assert_eq!(all.sources.get(FileId(0)).unwrap().text, "f00 bvx");
        assert_eq!(all.left.len(), 1);
    }

    #[test]
    fn fixes_without_an_end_are_ended() {
        let mut sources = Sources::new();
        sources.add("a.yaml", "a");
        let settled = settle(sources, Allowed::Safe, |sources| {
            let (from, to) = if sources.get(FileId(0)).unwrap().text == "a" { ("a", "b") } else { ("b", "a") };
            let place = Span::new(FileId(0), 0, 1);
            vec![Diagnostic::new(Code::Syntax, place, from).fix("the other", true, place, to)]
        });
        assert_eq!(settled.fixed.len(), ROUNDS_MAX);
    }
}
