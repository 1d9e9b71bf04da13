//! Findings for people: the message, the line with the blamed text underlined, what to write instead.
//!
//! The texts carry colours; the stream that they are written to takes them out where they do not belong.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet, normalize_untrusted_str};

use crate::cli::exit::Failure;
use crate::diagnostics::{Diagnostic, FileId, Fix, Severity, SourceFile, Sources, Span};

/// A finding with its place, its other places, its help and its fixes, ended by an empty line.
pub fn finding(finding: &Diagnostic, sources: &Sources) -> String {
    let level = match finding.code.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut main = level
        .primary_title(normalize_untrusted_str(&finding.message))
        .id(finding.code.id())
        .elements(places(finding, sources));
    // What a fix shows in its place is not said beside it too, and a lone fix is not drawn where the help says it all.
    let with_fixes = finding.help.len() < finding.fixes.len() || finding.fixes.len() > 1;
    let shown_by_fix = |help: &str| {
        with_fixes
            && finding.fixes.iter().any(|fix| fix.title.strip_prefix("write ").is_some_and(|text| help.ends_with(text)))
    };
    for help in finding.help.iter().filter(|help| !shown_by_fix(help)) {
        main = main.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    let mut groups = vec![main];
    if with_fixes {
        groups.extend(finding.fixes.iter().filter_map(|fix| patch(fix, sources)));
    }
    format!("{}\n\n", Renderer::styled().render(&groups))
}

/// The blamed text and the related places, one snippet a file, that of the blamed text first.
fn places<'a>(finding: &'a Diagnostic, sources: &'a Sources) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let mut files: Vec<FileId> = vec![finding.span.file];
    for (span, _) in &finding.related {
        if !files.contains(&span.file) {
            files.push(span.file);
        }
    }
    let mut snippets = Vec::new();
    for id in files {
        let Some(file) = sources.get(id) else { continue };
        let mut snippet = Snippet::source(file.text.as_str()).path(file.path.as_str()).fold(true);
        if id == finding.span.file {
            snippet = snippet.annotation(AnnotationKind::Primary.span(range(finding.span, file)));
        }
        for (span, message) in finding.related.iter().filter(|(span, _)| span.file == id) {
            let label = normalize_untrusted_str(message);
            snippet = snippet.annotation(AnnotationKind::Context.span(range(*span, file)).label(label));
        }
        snippets.push(snippet);
    }
    snippets
}

fn patch<'a>(fix: &'a Fix, sources: &'a Sources) -> Option<Group<'a>> {
    let file = sources.get(fix.edits.first()?.span.file)?;
    let first = fix.edits.first()?.span.file;
    let mut snippet = Snippet::source(file.text.as_str()).path(file.path.as_str()).fold(true);
    for edit in fix.edits.iter().filter(|edit| edit.span.file == first) {
        snippet = snippet.patch(Patch::new(range(edit.span, file), normalize_untrusted_str(&edit.text)));
    }
    Some(Level::HELP.secondary_title(normalize_untrusted_str(&fix.title)).element(snippet))
}

/// The bytes of a span, kept inside the file and on the borders of characters.
fn range(span: Span, file: &SourceFile) -> Range<usize> {
    let border = |byte: u32| {
        let byte = (byte as usize).min(file.text.len());
        (0..=byte).rev().find(|at| file.text.is_char_boundary(*at)).unwrap_or(0)
    };
    let start = border(span.start);
    start..border(span.end).max(start)
}

/// A malformed line of an event or load file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u32,
    /// The text of the line, where it is at hand.
    pub text: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl BadLine {
    /// The line with the place underlined.
    pub fn long(&self) -> String {
        let title = Level::ERROR.primary_title(normalize_untrusted_str(&self.message));
        let mut group = match &self.text {
            Some(text) => {
                let start =
                    text.char_indices().nth(self.column.saturating_sub(1) as usize).map_or(text.len(), |(at, _)| at);
                let end = start + text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                let snippet = Snippet::source(text.as_str())
                    .line_start(usize::try_from(self.line).unwrap_or(usize::MAX / 2))
                    .path(self.file.as_str());
                title.element(snippet.annotation(AnnotationKind::Primary.span(start..end)))
            }
            None => title.element(
                annotate_snippets::Origin::path(self.file.as_str())
                    .line(usize::try_from(self.line).unwrap_or(usize::MAX / 2))
                    .char_column(self.column as usize),
            ),
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
        }
        format!("{}\n", Renderer::styled().render(&[group]))
    }

    /// One line, for lists.
    pub fn short(&self) -> String {
        let Self { file, line, column, message, .. } = self;
        normalize_untrusted_str(&format!("{file}:{line}:{column}: {message}"))
    }
}

/// Why a command could not do its work; empty when that was said before.
pub fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Input { message, help } | Failure::Unreachable { message, help } => {
            let mut group = Group::with_title(Level::ERROR.primary_title(normalize_untrusted_str(message)));
            for help in help {
                group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
            }
            format!("{}\n", Renderer::styled().render(&[group]))
        }
        Failure::Said(_) | Failure::Pipe => String::new(),
    }
}

/// A warning of one line.
pub fn warning(message: &str) -> String {
    let group = Group::with_title(Level::WARNING.primary_title(normalize_untrusted_str(message)));
    format!("{}\n", Renderer::styled().render(&[group]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Code;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn sources() -> (Sources, FileId, FileId) {
        let mut sources = Sources::new();
        let a = sources.add("a.yaml", "name: 東京 🚀\nfilter: Contry is \"NL\"\n");
        let b = sources.add("b.yaml", "other: 1\n");
        (sources, a, b)
    }

    #[test]
    fn the_blamed_text_is_underlined_and_other_places_are_shown() {
        let (sources, a, b) = sources();
        let shown = finding(
            &Diagnostic::new(Code::UnknownField, Span::new(a, 26, 32), "there is no field `Contry`")
                .help("did you mean `Country`?")
                .related(Span::new(a, 6, 12), "in this rule")
                .related(Span::new(b, 0, 5), "and here")
                .fix("write `Country`", false, Span::new(a, 26, 32), "Country"),
            &sources,
        );
        insta::assert_snapshot!(plain(&shown));
    }

    /// The caret stands below the word, whatever width the signs before it have.
    #[test]
    fn carets_align_under_wide_and_combining_signs() {
        for before in ["", "東京 ", "e\u{301}e\u{301} ", "🚀 ", "ﾊﾟ ", "ṕ "] {
            let mut sources = Sources::new();
            let file = sources.add("a.yaml", format!("{before}Contry is"));
            let start = u32::try_from(before.len()).unwrap_or_default();
            let blamed = Diagnostic::new(Code::UnknownField, Span::new(file, start, start + 6), "x");
            let shown = plain(&finding(&blamed, &sources));
            let column = |part: &str| {
                let line = shown.lines().find(|line| line.contains(part)).unwrap_or_default();
                crate::cli::render::columns(line.split(part).next().unwrap_or_default())
            };
            assert_eq!(column("Contry"), column("^^^^^^"), "{before}\n{shown}");
        }
    }

    #[test]
    fn several_fixes_are_shown_as_patches() {
        let (sources, a, _) = sources();
        let shown = finding(
            &Diagnostic::new(Code::MixedAndOr, Span::new(a, 26, 32), "mixed")
                .fix("read it one way", false, Span::new(a, 26, 32), "(Country)")
                .fix("read it the other way", false, Span::new(a, 26, 26), "Old "),
            &sources,
        );
        insta::assert_snapshot!(plain(&shown));
    }

    #[test]
    fn no_place_is_too_odd_to_be_shown() {
        let (sources, a, _) = sources();
        for (start, end) in [(0, 0), (7, 8), (46, 46), (400, 500), (12, 3), (0, 46)] {
            let shown = finding(&Diagnostic::new(Code::Syntax, Span::new(a, start, end), "\u{1b}[31mx"), &sources);
            assert!(!plain(&shown).contains('\u{1b}'), "{shown}");
        }
        let _ = finding(&Diagnostic::new(Code::Syntax, Span::new(FileId(9), 1, 2), "x"), &sources);
    }

    #[test]
    fn malformed_lines_are_shown_with_their_place() {
        let line = BadLine {
            file: "events.jsonl".to_owned(),
            line: 12,
            column: 3,
            text: Some("é{]".to_owned()),
            message: "this is not JSON".to_owned(),
            help: Some("write `}`".to_owned()),
        };
        insta::assert_snapshot!(plain(&(line.long() + &line.short())));
    }
}
