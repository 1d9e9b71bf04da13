//! `campanile pull`: what both products show, as rule files.

use std::path::{Path, PathBuf};

use crate::cli::config;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::syncing::{network, salesforce_of};
use crate::sync::marketo::Marketo;
use crate::sync::pull::look;
use crate::sync::salesforce::{KeptTokens, Salesforce};
use crate::sync::wire::Http;

/// Write the SFDC campaigns, programs and channels that are there as a rule file, so that names are checked offline
///
/// Salesforce is asked for campaigns and their statuses, Marketo for programs and channels. Nothing is changed there. Names
/// that several campaigns have are left out and told in a comment.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile pull --config campanile.yaml --output rules/pulled.yaml
  campanile pull --config campanile.yaml > pulled.yaml")]
pub(crate) struct Args {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "campanile.yaml")]
    config: PathBuf,
    /// The state directory, for `auth: refresh_token`: the token that a log-in brings is kept there.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// The rule file; where it would be larger than a rule file may be, `NAME.2.yaml` and so on follow. Without it, or with
    /// `-`, the standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let config = config::read(Some(&args.config), &[])?;
    let salesforce = salesforce_of(&config)?;
    let tokens = KeptTokens::open(&salesforce, args.state.as_deref())?;
    let runtime = network()?;
    let http = Http::new().map_err(Failure::new)?;
    let salesforce = Salesforce::new(&http, salesforce, &tokens);
    let marketo = config.marketo.clone().map(|it| Marketo::new(&http, it, 0));
    let seen = runtime.block_on(look(&salesforce, marketo.as_ref()))?;
    let files = seen.files();
    let output = args.output.as_deref().filter(|path| *path != Path::new("-"));
    if output.is_none() && files.len() > 1 {
        let help = vec!["give `--output FILE`, beside which the others are put".to_owned()];
        return Err(Failure::with_help("this is more than one rule file may hold", help));
    }
    for (number, text) in (1..).zip(&files) {
        let path = output.map(|path| numbered(path, number));
        let mut out = Output::open(path.as_deref())?;
        out.bytes().extend_from_slice(text.as_bytes());
        out.finish()?;
    }
    Ok(Exit::Fine)
}

/// `pulled.yaml`, `pulled.2.yaml`, …
fn numbered(path: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return path.to_owned();
    }
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or("yaml");
    path.with_extension(format!("{number}.{end}"))
}
