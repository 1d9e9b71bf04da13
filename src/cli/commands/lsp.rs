//! `campanile lsp`: what editors start.

use std::io::Write as _;

use lsp_server::Connection;

use crate::cli::exit::{Exit, Failure};
use crate::lsp::{self, Ended};

/// Speak the Language Server Protocol with an editor
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile lsp
  campanile lsp rules shared/fields.yaml

Editors start this command themselves; docs/editors.md has their settings.")]
pub(crate) struct Args {
    /// The files and folders of the workspace, below each folder that is open in the editor. Without them, the folder
    /// `rules` in it, or the whole folder where there is none. The editor's own setting comes first.
    #[arg(value_name = "PATH")]
    rules: Vec<String>,
    /// Nothing: some editors say that the standard input is meant.
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let Args { rules, stdio: _ } = args;
    let (connection, threads) = Connection::stdio();
    let ended = lsp::serve(&connection, rules);
    drop(connection);
    // Whoever does not listen may still keep our input open, and then waiting for its end would take for ever.
    if ended == Ended::Deaf {
        return Ok(Exit::Findings);
    }
    match (ended, threads.join()) {
        (Ended::Politely, _) => Ok(Exit::Fine),
        (Ended::Abruptly | Ended::Deaf, Ok(())) => Ok(Exit::Findings),
        (Ended::Abruptly | Ended::Deaf, Err(error)) => {
            let _ = writeln!(anstream::stderr(), "error: the editor cannot be understood: {error}");
            Err(Failure::Said(Exit::Usage))
        }
    }
}
