//! The canonical layout of rule and scenario files.
//!
//! [`format()`] gives a file two spaces for each level, one blank line at most between entries, rule texts as the language
//! page writes them, quotes only where YAML needs them. Comments, the order of keys, and what is in brackets and what is
//! not stay as the author chose; only what does not fit into a line is broken into several. A file that YAML cannot read
//! is refused. Before a text is given back it is read again and compared: it says the same, with the same comments.
//!
//! `write` walks the nodes and copies what stands between them, `texts` words rule texts, `same` compares.

mod same;
#[cfg(test)]
mod tests;
mod texts;
mod write;

use super::yaml;
use crate::diagnostics::{Diagnostic, Sources, Span};

/// So wide is a line, in characters, unless it cannot be broken.
pub const WIDTH: usize = 120;
/// The layout of a layout: more often than this nothing changes any more.
const PASSES_MAX: usize = 8;

/// Why a file was not laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unformatted {
    /// It has mistakes that leave open where its parts begin and end.
    Mistakes(Vec<Diagnostic>),
    /// It is written in a way of YAML that rule files have no use for, such as `? key`.
    Unusual(Span),
    /// The result would say something else: a mistake of ours, and the file is better left as it is.
    Differs,
}

/// The text of a file in canonical layout. Line ends stay as they are, and so does a byte order mark.
///
/// # Errors
///
/// See [`Unformatted`].
///
/// ```
/// use campanile::language::format;
/// let text = "segments:\n    Dutch: '[Country]   IS \"NL\"'  # ours\n";
/// assert_eq!(format("a.yaml", text).unwrap(), "segments:\n  Dutch: Country is \"NL\"  # ours\n");
/// ```
pub fn format(path: &str, text: &str) -> Result<String, Unformatted> {
    let (mark, rest) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let windows = rest.split('\n').next().is_some_and(|line| line.ends_with('\r'));
    let mut laid_out = rest.replace("\r\n", "\n");
    for _ in 0..PASSES_MAX {
        let again = once(path, &laid_out)?;
        if again == laid_out {
            break;
        }
        laid_out = again;
    }
    Ok(format!("{mark}{}", if windows { laid_out.replace('\n', "\r\n") } else { laid_out }))
}

/// One pass over a text whose lines end in `\n`.
fn once(path: &str, text: &str) -> Result<String, Unformatted> {
    let (sources, root) = read(path, text)?;
    let Some(root) = root else {
        // Nothing, or comments alone.
        return write::comments(text);
    };
    let yaml::Node::Mapping { entries, .. } = &root else { return Ok(text.to_owned()) };
    // What comes from elsewhere than a file has no name that tells.
    let is_scenario = super::is_scenario_file(path) || entries.iter().any(|(key, _)| key.text() == "scenarios");
    let written = write::file(text, &sources, &root, is_scenario)?;
    let (_, after) = read(path, &written).map_err(|_| Unformatted::Differs)?;
    let same = after.is_some_and(|after| same::nodes(&root, &after, is_scenario));
    if same && same::comments(text, &written) { Ok(written) } else { Err(Unformatted::Differs) }
}

fn read(path: &str, text: &str) -> Result<(Sources, Option<yaml::Node>), Unformatted> {
    let mut sources = Sources::new();
    let file = sources.add(path, text);
    let mut findings = Vec::new();
    let root = yaml::parse(&sources, file, &mut findings);
    if findings.is_empty() { Ok((sources, root)) } else { Err(Unformatted::Mistakes(findings)) }
}
