//! `campanile man`: the manual pages as files.

use std::path::PathBuf;

use crate::cli::exit::{Exit, Failure};

/// Write the manual pages of all commands into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile man ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// The folder; made if it is not there.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args, command: clap::Command) -> Result<Exit, Failure> {
    std::fs::create_dir_all(&args.folder).and_then(|()| clap_mangen::generate_to(command, &args.folder)).map_err(
        |error| Failure::new(format!("the pages cannot be written to `{}`: {error}", args.folder.display())),
    )?;
    Ok(Exit::Fine)
}
