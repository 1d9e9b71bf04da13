//! `campanile fmt`: lays rule and scenario files out.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::{count, human};
use crate::cli::{input, output};
use crate::diagnostics::{SourceFile, Sources};
use crate::files;
use crate::language::{self, Unformatted};

/// Lay rule and scenario files out; comments and the order of keys stay
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile fmt rules
  campanile fmt rules --check
  campanile fmt - < draft.yaml")]
pub(crate) struct Args {
    /// Files and folders. `-`, alone, reads the standard input and writes the standard output.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Change nothing: name the files that are not laid out so, and fail if there are any.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let files::Files { sources, findings } = input::rule_files(&args.paths)?;
    for finding in &findings {
        let _ = write!(anstream::stderr(), "{}", human::finding(finding, &sources));
    }
    let mut left_alone = findings.len();
    let mut changed: Vec<(&SourceFile, String)> = Vec::new();
    for (id, file) in sources.iter().filter(|(id, _)| findings.iter().all(|finding| finding.span.file != *id)) {
        match language::format(&file.path, &file.text) {
            Ok(text) => {
                if text != file.text || file.path == input::STDIN {
                    changed.push((file, text));
                }
            }
            Err(reason) => {
                left_alone += 1;
                say(&reason, &sources, sources.path(id));
            }
        }
    }
    let failed = if left_alone > 0 { Exit::Findings } else { Exit::Fine };
    if args.paths.iter().any(|path| path == Path::new(input::STDIN)) {
        return from_stdin(changed, args.check, failed);
    }
    if !args.check {
        let texts: Vec<(PathBuf, &str)> =
            changed.iter().map(|(file, text)| (PathBuf::from(&file.path), text.as_str())).collect();
        output::replace(&texts)?;
    }
    let mut out = anstream::stdout().lock();
    for (file, _) in &changed {
        writeln!(out, "{}", file.path)?;
    }
    let many = count(sources.len(), "file");
    let alone = if left_alone > 0 { format!(", {left_alone} left alone") } else { String::new() };
    if args.check {
        writeln!(out, "{many}: {} to be laid out{alone}", changed.len())?;
    } else {
        writeln!(out, "{many}: {} laid out anew{alone}", changed.len())?;
    }
    Ok(if args.check && !changed.is_empty() { Exit::Findings } else { failed })
}

/// The text from the standard input goes to the standard output, and nothing of it when it cannot be laid out.
fn from_stdin(laid_out: Vec<(&SourceFile, String)>, check: bool, failed: Exit) -> Result<Exit, Failure> {
    let Some((file, text)) = laid_out.into_iter().next() else { return Ok(failed) };
    if check {
        return Ok(if text == file.text { Exit::Fine } else { Exit::Findings });
    }
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

/// Why a file was left alone. It is read as text alone, so its findings point into a file of their own.
fn say(reason: &Unformatted, sources: &Sources, path: &str) {
    let text = sources.iter().find(|(_, file)| file.path == path).map_or("", |(_, file)| file.text.as_str());
    let mut alone = Sources::new();
    alone.add(path, text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n"));
    let said = match reason {
        Unformatted::Mistakes(findings) => {
            let shown: String = findings.iter().map(|finding| human::finding(finding, &alone)).collect();
            format!("{shown}`{path}` was left alone: it cannot be read as YAML\n")
        }
        Unformatted::Unusual(span) => {
            let at = alone.position(span.file, span.start);
            format!(
                "{path}:{}:{}: this file was left alone: `fmt` does not know how to lay out what stands here\n",
                at.line, at.column
            )
        }
        Unformatted::Differs => format!(
            "`{path}` was left alone: laid out it would say something else, which is a bug of campanile; please report it\n"
        ),
    };
    let _ = anstream::stderr().write_all(said.as_bytes());
}
