//! `campanile explain`: the page of a finding.

use std::io::Write as _;

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::markdown;
use crate::diagnostics::{ALL, Code, help_for_name};

/// Show what a finding means and how to settle it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile explain E0201")]
pub(crate) struct Args {
    /// The code of the finding, as in `E0201`.
    code: String,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let Some(code) = Code::find(args.code.trim()) else {
        let help = help_for_name(&args.code, "code", ALL.iter().map(|code| code.id()));
        return Err(Failure::with_help(format!("there is no finding with the code `{}`", args.code), help));
    };
    write!(anstream::stdout(), "{}", markdown::for_terminal(code.page()))?;
    Ok(Exit::Fine)
}
