//! Rules as an embedder meets them: texts in, findings or a plan out.

use std::fmt;

use crate::compile::{self, Plan};
use crate::diagnostics::{Diagnostic, FileId, Severity, Sources};
use crate::engine::Engine;
use crate::language::Scalar;
use crate::meaning::{Filter, Rulebook};

/// A rule book that was read and checked.
#[derive(Debug, Clone)]
pub struct Rules {
    sources: Sources,
    checked: compile::Checked,
}

impl Rules {
    /// Checks rule files given as path and text. The paths only name the files in findings; they decide the order of
    /// declaration (byte order).
    ///
    /// ```
    /// let rules = campanile::Rules::from_sources(&[("lists.yaml", "lists: [Newsletter, Newsletter]")]);
    /// assert_eq!(rules.findings()[0].code.id(), "E0301");
    /// assert!(rules.compile().is_err());
    /// ```
    pub fn from_sources(files: &[(&str, &str)]) -> Self {
        let mut files: Vec<&(&str, &str)> = files.iter().collect();
        files.sort_by_key(|(path, _)| path.as_bytes());
        let mut sources = Sources::new();
        for (path, text) in files {
            sources.add(*path, *text);
        }
        Self::from_read(sources)
    }

    /// Reads and checks every rule file in a folder and its folders, hidden ones excepted.
    ///
    /// # Errors
    ///
    /// When a file or folder cannot be read. Mistakes in rules are findings, not errors.
    #[cfg(feature = "files")]
    pub fn from_dir(path: impl AsRef<std::path::Path>) -> Result<Self, crate::files::FilesError> {
        let sources = crate::files::read_sources(&[path.as_ref().to_path_buf()])?;
        let checked = compile::check_on(&sources, std::thread::available_parallelism().map_or(1, usize::from));
        Ok(Self { sources, checked })
    }

    /// Checks files that were read, in the order in which they stand there.
    pub fn from_read(sources: Sources) -> Self {
        let checked = compile::check(&sources);
        Self { sources, checked }
    }

    /// Everything that the checker found, errors and warnings, sorted by place.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.checked.findings
    }

    /// The files, for showing places.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The rule book; absent when there are errors.
    pub fn rulebook(&self) -> Option<&Rulebook> {
        self.checked.rulebook.as_ref()
    }

    /// The plan that an [`crate::Engine`] runs.
    ///
    /// # Errors
    ///
    /// When a finding is an error.
    pub fn compile(&self) -> Result<Plan, RulesError> {
        match &self.checked.rulebook {
            Some(rulebook) => Ok(compile::plan(rulebook.clone())),
            None => Err(RulesError(self.errors().collect())),
        }
    }

    fn errors(&self) -> impl Iterator<Item = String> + '_ {
        let errors = self.checked.findings.iter().filter(|finding| finding.code.severity() == Severity::Error);
        errors.map(|finding| {
            let at = self.sources.position(finding.span.file, finding.span.start);
            let path = self.sources.path(finding.span.file);
            format!("{path}:{}:{}: {}: {}", at.line, at.column, finding.code, finding.message)
        })
    }
}

/// Why rules cannot run: each error with its place, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesError(Vec<String>);

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for RulesError {}

impl Engine {
    /// Reads a filter text against the rule book and the names known at the moment.
    ///
    /// # Errors
    ///
    /// With everything that is wrong in the text.
    pub fn filter(&self, text: &str) -> Result<Filter, FilterError> {
        compile::filter(&Scalar::plain(FileId(0), 0, text), self.rulebook(), self.names()).map_err(|findings| {
            let mut sources = Sources::new();
            sources.add("filter", text);
            FilterError { sources, findings }
        })
    }
}

/// What is wrong with a filter text.
#[derive(Debug, Clone)]
pub struct FilterError {
    /// The text, as the only file.
    pub sources: Sources,
    /// The findings; at least one.
    pub findings: Vec<Diagnostic>,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages: Vec<&str> = self.findings.iter().map(|finding| finding.message.as_str()).collect();
        f.write_str(&messages.join("; "))
    }
}

impl std::error::Error for FilterError {}
