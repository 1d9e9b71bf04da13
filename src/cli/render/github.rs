//! Findings as annotations of a GitHub Actions run.

use std::io::{self, Write};

use super::json::place;
use crate::diagnostics::{Diagnostic, Sources};

/// Writes one workflow command for each finding.
pub fn write(findings: &[Diagnostic], sources: &Sources, out: &mut impl Write) -> io::Result<()> {
    for finding in findings {
        let [line, column, end_line, end_column] = place(finding.span, sources);
        let mut message = finding.message.clone();
        for help in &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        write!(
            out,
            "::{} title={},file={},line={line},endLine={end_line}",
            finding.code.severity().word(),
            finding.code,
            escape(sources.path(finding.span.file), true),
        )?;
        // Columns are only understood within one line; the end is the last character there, not the next one.
        if line == end_line {
            write!(out, ",col={column},endColumn={}", end_column.saturating_sub(1).max(column))?;
        }
        writeln!(out, "::{}", escape(&message, false))?;
    }
    Ok(())
}

fn escape(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::diagnostics::{Code, Span};

    #[test]
    fn a_finding_is_one_line() {
        let mut sources = Sources::new();
        let file = sources.add("a,b.yaml", "filter: Contry\n");
        let finding = Diagnostic::new(Code::UnknownField, Span::new(file, 8, 14), "100% unknown").help("try\nthis");
        let mut out = Vec::new();
        write(&[finding], &sources, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "::error title=E0302,file=a%2Cb.yaml,line=1,endLine=1,col=9,endColumn=14::100%25 unknown%0Ahelp: try%0Athis\n"
        );
    }
}
