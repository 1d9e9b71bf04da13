//! `campanile link` and `campanile unlink`: which program and which SFDC campaign are kept in step.

use std::io::Write as _;
use std::path::PathBuf;

use crate::cli::exit::{Exit, Failure};
use crate::cli::syncing::{Ground, Where};
use crate::store::{Database, StateDirectory};
use crate::sync::ledger::{End, Entries, SqliteLedger};
use crate::sync::links::Refusal;
use crate::sync::pass::{LinkError, Named, unlink};

/// Link a program to an SFDC campaign, so that the sync keeps them in step
///
/// Both are checked first: neither may have another, and every status that either side offers or uses must exist on the
/// other by exact name. If something is wrong nothing happens, and each thing is listed with what to do in which product.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile link 'Spring Webinar' 'Spring Webinar' --rules rules --state state
  campanile link 'Spring Webinar' 701Ux000001AbCdIAK --rules rules --state state
  campanile link 'Spring Webinar' --create --rules rules --state state")]
pub(crate) struct Args {
    /// The program, by its exact name.
    program: String,
    /// The campaign, by its exact name or its id.
    #[arg(required_unless_present = "create", conflicts_with = "create")]
    campaign: Option<String>,
    /// Make the campaign: with the program's name, its statuses, its channel as Type and its costs.
    #[arg(long)]
    create: bool,
    #[command(flatten)]
    at: Where,
}

/// End the link of a program; members stay as they are on both sides
///
/// A link that the rule files name is not made again by them; `campanile link` makes it again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile unlink 'Spring Webinar' --state state")]
pub(crate) struct UnlinkArgs {
    /// The program, by its name or its id.
    program: String,
    /// The state directory.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let ground = Ground::open(&args.at, "campanile link")?;
    let named = args.campaign.as_deref().map(Named::read);
    ground.run(async |sync| match sync.link_by_hand(&args.program, named.as_ref()).await {
        Ok(End { id, name }) => {
            let program = &args.program;
            let made = if args.create { "made and linked" } else { "linked" };
            let mut out = anstream::stdout();
            writeln!(out, "{made}: program `{program}` ↔ SFDC campaign `{name}` ({id})")?;
            writeln!(out, "the next pass brings both in step: `campanile sync`")?;
            Ok(Exit::Fine)
        }
        Err(LinkError::Trouble(trouble)) => Err(trouble.into()),
        Err(LinkError::Refused(refusals)) => {
            let mut out = anstream::stderr();
            for refusal in &refusals {
                let (message, help) = (Refusal::message(refusal), refusal.help());
                let _ = writeln!(out, "error: {message}\n  = help: {help}");
            }
            let _ = writeln!(out, "nothing was linked");
            Ok(Exit::Findings)
        }
    })
}

pub(crate) fn run_unlink(args: &UnlinkArgs) -> Result<Exit, Failure> {
    let directory = StateDirectory::open_existing(&args.state, "campanile unlink")?;
    let ledger = SqliteLedger::open(Database::open(&directory)?)?;
    let mut entries = Entries::open(Box::new(ledger))?;
    let program = &args.program;
    match unlink(&mut entries, program)? {
        Some(End { id, name }) => {
            let mut out = anstream::stdout();
            writeln!(out, "no longer linked: program `{program}` and SFDC campaign `{name}` ({id}); members stay")?;
            Ok(Exit::Fine)
        }
        None => Err(Failure::with_help(
            format!("no program `{program}` is linked"),
            vec!["`campanile sync status` lists what is linked".to_owned()],
        )),
    }
}
