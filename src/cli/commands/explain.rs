//! `campanile explain`: the page of a finding, or the list of all of them.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::markdown;
use crate::diagnostics::{ALL, Code, closest, in_backticks, one_of};

/// How many suggestions are offered at most.
const SUGGESTIONS_MAX: usize = 3;

/// Show what a finding means and how to settle it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile explain E0201
  campanile explain --list")]
pub(crate) struct Args {
    /// The code of the finding, as in `E0201`; without it, all codes are listed.
    code: Option<String>,
    /// List all codes with what they are about.
    #[arg(long, conflicts_with = "code")]
    list: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    // `list` says in the help what is done without a code as well.
    let Args { code, list: _ } = args;
    let text = match code {
        None => list(),
        Some(written) => match Code::find(written.trim()) {
            Some(code) => markdown::for_terminal(code.page()),
            None => return Err(unknown(written.trim())),
        },
    };
    write!(anstream::stdout(), "{text}")?;
    Ok(Exit::Fine)
}

/// Every code with its title, one a line, families apart.
fn list() -> String {
    let mut text = String::new();
    let mut family = None;
    for code in ALL {
        let own = code.id().get(..3);
        if family.is_some() && family != own {
            text.push('\n');
        }
        family = own;
        let _ = writeln!(text, "{}  {}", code.id(), code.title());
    }
    text.push_str("\nThe page of each is shown by `campanile explain CODE`.\n");
    text
}

fn unknown(written: &str) -> Failure {
    let near = near(written);
    let mut help = Vec::new();
    if !near.is_empty() {
        let near: Vec<String> =
            near.iter().map(|code| format!("{} ({})", in_backticks(code.id()), code.title())).collect();
        help.push(format!("did you mean {}?", one_of(&near)));
    }
    help.push("all codes are listed by `campanile explain --list`".to_owned());
    Failure::with_help(format!("there is no finding with the code `{written}`"), help)
}

/// The codes that may have been meant: with these digits, nearly so spelt, or about this word.
fn near(written: &str) -> Vec<Code> {
    let bare = written.trim_start_matches(['E', 'e', 'W', 'w']);
    let mut near: Vec<Code> = Vec::new();
    if !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit()) {
        let padded = format!("{bare:0>4}");
        near.extend(ALL.iter().filter(|code| code.id().get(1..) == Some(padded.as_str())));
    }
    if near.is_empty() {
        near.extend(closest(written, ALL.iter().map(|code| code.id())).into_iter().filter_map(Code::find));
    }
    if near.is_empty() && !written.is_empty() {
        let word = written.to_lowercase();
        near.extend(ALL.iter().filter(|code| code.title().to_lowercase().contains(&word)));
    }
    near.truncate(SUGGESTIONS_MAX);
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_codes_are_listed_with_their_titles() {
        let text = list();
        assert!(text.starts_with("E0101  the file is not YAML\n"), "{text}");
        assert!(text.contains("\n\nE0201  a rule text that cannot be read\n"), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with(['E', 'W'])).count(), ALL.len());
    }

    #[test]
    fn unknown_codes_have_close_ones() {
        for (written, meant) in [
            ("303", vec![Code::UnknownStatus]),
            ("e301", vec![Code::DeclaredTwice, Code::NoSfdcCampaigns]),
            ("W0303", vec![Code::UnknownStatus]),
            ("EO303", vec![Code::UnknownStatus]),
            ("curly", vec![Code::CurlyQuotes]),
            ("E9999", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(near(written), meant, "{written}");
        }
    }
}
