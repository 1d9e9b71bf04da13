//! What the checker says, as plain data: a code, one sentence, an exact place, help.
//!
//! Nothing here prints, reads a file or knows the language. Start at [`Diagnostic`]; places are [`Span`]s, bytes of a
//! file in [`Sources`]; lines and columns are worked out at the edge by [`Sources::position`].

mod codes;
pub mod fixes;
mod sources;
mod suggest;

pub use codes::{ALL, Code, Severity};
pub use sources::{FileId, Position, SourceFile, Sources};
pub use suggest::{closest, help_for_name, in_backticks, one_of};

/// A range of bytes in one file. `start <= end`, both on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`.
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The smallest span that holds both. The spans are of the same file; otherwise the first is kept.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// One finding of the checker.
///
/// `message` is one line in plain words, lower case, without a final period, what the user wrote in backticks. `help`
/// says what to write instead. Both are free of words of Rust, YAML libraries or the grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, which decides the severity.
    pub code: Code,
    /// The blamed text.
    pub span: Span,
    /// What is wrong here.
    pub message: String,
    /// Suggestions, legal alternatives, remedies; most useful first.
    pub help: Vec<String>,
    /// Other places that matter, with what they are (`first declared here`).
    pub related: Vec<(Span, String)>,
    /// Changes that would settle the finding.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A finding with neither help nor fixes yet.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), help: Vec::new(), related: Vec::new(), fixes: Vec::new() }
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds lines of help.
    #[must_use]
    pub fn helps(mut self, help: impl IntoIterator<Item = String>) -> Self {
        self.help.extend(help);
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push((span, message.into()));
        self
    }

    /// Adds a fix that replaces `span` by `text`. A fix is *safe* when it cannot change what the author meant.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, safe: bool, span: Span, text: impl Into<String>) -> Self {
        self.fixes.push(Fix { title: title.into(), safe, edits: vec![Edit { span, text: text.into() }] });
        self
    }

    /// Whether the finding is an error (a rule book with errors does not run).
    pub fn is_error(&self) -> bool {
        self.code.severity() == Severity::Error
    }
}

/// A change of text that settles a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: `write "NL"`.
    pub title: String,
    /// Whether it may be applied without asking.
    pub safe: bool,
    /// The replacements; they do not overlap.
    pub edits: Vec<Edit>,
}

/// One replacement of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// Orders findings as they are shown: by file, place, code; the same finding at the same place once.
pub fn sort(findings: &mut Vec<Diagnostic>) {
    findings.sort_by(|a, b| {
        (a.span.file, a.span.start, a.span.end, a.code, &a.message).cmp(&(
            b.span.file,
            b.span.start,
            b.span.end,
            b.code,
            &b.message,
        ))
    });
    findings.dedup_by(|a, b| a.code == b.code && a.span == b.span && a.message == b.message);
}
