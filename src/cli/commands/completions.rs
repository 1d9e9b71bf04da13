//! `campanile completions`: what a shell needs to complete our commands.

use clap_complete::Shell;

use crate::cli::exit::{Exit, Failure};

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile completions bash > /etc/bash_completion.d/campanile
  campanile completions zsh > ~/.zfunc/_campanile
  campanile completions fish > ~/.config/fish/completions/campanile.fish")]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args, command: &mut clap::Command) -> Result<Exit, Failure> {
    use std::io::Write as _;
    // Written in one piece: the generator itself does not forgive a reader that stops.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, command, "campanile", &mut text);
    std::io::stdout().write_all(&text)?;
    Ok(Exit::Fine)
}
