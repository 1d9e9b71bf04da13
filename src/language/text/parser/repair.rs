//! Remedies that work: a fix is only offered when the text is better with it.
//!
//! Texts are read again with each fix made. One that leaves as many mistakes as there were is dropped. A word that stands
//! twice makes a reader stumble somewhere behind it; where taking one of them out leaves a text without a mistake, that is
//! what is said.

#![expect(clippy::wildcard_enum_match_arm, reason = "only the codes of whole texts are kept")]

use pest::Parser as _;

use super::super::errors;
use super::{Grammar, Rule, range};
use crate::diagnostics::{Code, Diagnostic, Edit, FileId};
use crate::language::Scalar;

/// Where one text has more findings than this, none of their fixes is offered.
const FINDINGS_MAX: usize = 16;

/// So many pairs of equal words are tried.
const PAIRS_MAX: usize = 4;

type Read<'r, T> = dyn Fn(&Scalar, &mut Vec<Diagnostic>) -> Option<T> + 'r;

/// Reads a text, and sees to it that the fixes of its findings are remedies.
pub(super) fn with_remedies<T>(text: &Scalar, findings: &mut Vec<Diagnostic>, read: &Read<'_, T>) -> Option<T> {
    let before = findings.len();
    let result = read(text, findings);
    let found = findings.get_mut(before..).unwrap_or_default();
    let mistakes = |text: String| {
        let mut findings = Vec::new();
        read(&Scalar::plain(FileId(0), 0, text), &mut findings);
        findings.len()
    };
    let many = found.len();
    if let [only] = found
        && !matches!(only.code, Code::MixedAndOr | Code::UnclosedString | Code::TooDeep)
        && let Some(twice) = twice(text, only, &mistakes)
    {
        *only = twice;
        // What was read around it is not what was meant.
        return None;
    }
    // Of mixed `and` and `or` both readings are right.
    for finding in found.iter_mut().filter(|finding| finding.code != Code::MixedAndOr) {
        let helps = |edits: &[Edit]| match edits {
            [edit] if many <= FINDINGS_MAX => text.edited(edit).is_some_and(|text| mistakes(text) < many),
            [..] => false,
        };
        // The first that helps; the others were there in case it does not.
        let remedy = finding.fixes.iter().position(|fix| helps(&fix.edits));
        finding.fixes = remedy.map(|at| finding.fixes.swap_remove(at)).into_iter().collect();
    }
    result
}

/// The finding about a word that stands twice before the end of what was blamed.
fn twice(text: &Scalar, finding: &Diagnostic, mistakes: &dyn Fn(String) -> usize) -> Option<Diagnostic> {
    let whole = text.text();
    let end = text.offset(finding.span.end);
    let written = |(start, end): (usize, usize)| whole.get(start..end).unwrap_or("");
    let (mut before, mut at): (Option<(usize, usize)>, usize) = (None, 0);
    let mut tried = 0;
    while let Some(found) = token(whole, at).filter(|found| found.0 <= end) {
        let is_word = written(found).starts_with(char::is_alphabetic);
        let first = before.filter(|first| is_word && written(*first).eq_ignore_ascii_case(written(found)));
        tried += usize::from(first.is_some());
        if tried > PAIRS_MAX {
            return None;
        }
        if let Some(first) = first
            && mistakes(format!("{}{}", whole.get(..first.1)?, whole.get(found.1..)?)) == 0
        {
            let code = match finding.code {
                code @ (Code::BadSchedule | Code::BadQualify | Code::BadMatch) => code,
                _ => Code::Syntax,
            };
            let message = format!("{} stands here twice", errors::shown(written(found)));
            let twice = Diagnostic::new(code, text.place(found.0, found.1), message).help("remove one of them");
            return Some(match text.replacement(first.1, found.1, "") {
                Some(Edit { span, text }) => twice.fix("remove one of them", false, span, text),
                None => twice,
            });
        }
        (before, at) = (Some(found), found.1);
    }
    None
}

/// The first word, string or sign at or after a place.
fn token(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    let at = at + rest.len() - rest.trim_start().len();
    let token = Grammar::parse(Rule::token, rest.trim_start()).ok()?.next()?;
    let (start, end) = range(&token);
    (end > start).then_some((at + start, at + end))
}
