//! A sync put together for a command: rules, configuration, a state directory, the network.

use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::kept::{Orphans, orphans_told};
use super::{config, rules};
use crate::clock::present;
use crate::config::{Config, Salesforce as SalesforceConfig};
use crate::meaning::Rulebook;
use crate::store::{Database, Keeper, Partition, RuleFiles, SqliteStore, StateDirectory};
use crate::sync::Trouble;
use crate::sync::evaluator::Own;
use crate::sync::ledger::{Entries, LedgerError, SqliteLedger};
use crate::sync::marketo::Marketo;
use crate::sync::pass::{Sync, calls_used};
use crate::sync::salesforce::{KeptTokens, Salesforce};
use crate::sync::wire::Http;

/// What a command says about the sync that it wants.
#[derive(Debug, clap::Args)]
pub(super) struct Where {
    /// Files and folders with rules; together they are one workspace.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub(super) rules: Vec<PathBuf>,
    /// The state directory: what the sync and the rules know.
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
    /// The configuration; without it, `campanile.yaml` beside the rules.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// What happens to waiting runs whose step the rules no longer have.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) orphans: Option<Orphans>,
}

/// Everything that a sync stands on.
pub(super) struct Ground {
    pub(super) config: Config,
    salesforce: SalesforceConfig,
    rulebook: Rulebook,
    keeper: Keeper,
    ledger: SqliteLedger,
    tokens: KeptTokens,
    _directory: StateDirectory,
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::with_help(error.message, error.help)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Ledger(error) => error.into(),
            Trouble::Unreachable { .. }
            | Trouble::Refused { .. }
            | Trouble::LogIn { .. }
            | Trouble::Expired { .. }
            | Trouble::Unknown { .. } => {
                Self::unreachable(trouble.to_string(), vec!["`campanile doctor` finds out why".to_owned()])
            }
        }
    }
}

/// The section `salesforce`, without which there is no sync.
pub(super) fn salesforce_of(config: &Config) -> Result<SalesforceConfig, Failure> {
    config.salesforce.clone().ok_or_else(|| {
        let help = vec!["docs/sync.md shows how to write where it is and how to log in".to_owned()];
        Failure::with_help("the configuration has no section `salesforce`", help)
    })
}

impl Ground {
    /// Reads and opens everything. `command` is who has the state directory.
    pub(super) fn open(at: &Where, command: &str) -> Result<Self, Failure> {
        let Some(state) = &at.state else {
            return Err(Failure::with_help(
                "there is no place for what the sync knows",
                vec!["give a state directory with `--state DIR`; it is made where there is none".to_owned()],
            ));
        };
        let (rulebook, sources) = rules::read(&at.rules)?;
        let config = config::read(at.config.as_deref(), &at.rules)?;
        if !config.sync.enabled {
            return Err(Failure::with_help(
                "the sync is switched off in the configuration",
                vec!["set `enabled: true` under `sync`".to_owned()],
            ));
        }
        let salesforce = salesforce_of(&config)?;
        let directory = StateDirectory::open(state, command)?;
        let tokens = KeptTokens::open(&salesforce, Some(state))?;
        let store = SqliteStore::open(Database::open(&directory)?)?;
        let mut keeper = Keeper::open(Box::new(store), Partition::default(), &RuleFiles::new(&sources))?;
        match (at.orphans, keeper.orphans()) {
            (_, []) => {}
            (Some(Orphans::End), _) => keeper.end_orphans()?,
            (None, all) => return Err(orphans_told(all)),
        }
        let ledger = SqliteLedger::open(Database::open(&directory)?)?;
        Ok(Self { config, salesforce, rulebook, keeper, ledger, tokens, _directory: directory })
    }

    /// Does something with the sync.
    pub(super) fn run<T>(
        self,
        work: impl AsyncFnOnce(&mut Sync<'_, Http, Own>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Self { config, salesforce, rulebook, mut keeper, ledger, tokens, _directory } = self;
        let runtime = network()?;
        let http = Http::new().map_err(Failure::new)?;
        let entries = Entries::open(Box::new(ledger))?;
        let salesforce = Salesforce::new(&http, salesforce, &tokens);
        let marketo = config.marketo.clone().map(|it| {
            let day = crate::sync::budget::day(crate::sync::wire::Outside::now(&http));
            Marketo::new(&http, it, calls_used(&entries, day))
        });
        keeper.start(present())?;
        let mut sync =
            Sync::new(&http, &salesforce, marketo.as_ref(), &config.sync, &rulebook, Own::new(keeper), entries);
        let done = runtime.block_on(work(&mut sync));
        sync.evaluator().keeper().finish()?;
        done
    }
}

/// A runtime for calls.
pub(super) fn network() -> Result<tokio::runtime::Runtime, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("the network cannot be used: {error}"));
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)
}

/// The ledger of a state directory, for reading; also while a sync works with it.
pub(super) fn read_ledger(state: &Path) -> Result<SqliteLedger, Failure> {
    let database = Database::open_for_reading(state)?;
    SqliteLedger::open_for_reading(database)?.ok_or_else(|| {
        let help = vec!["`campanile sync --rules PATH --state DIR` makes a first pass".to_owned()];
        Failure::with_help(format!("nothing was ever synced with `{}`", state.display()), help)
    })
}

/// With which status a pass ends the command.
pub(super) const fn exit_of(has_failures: bool) -> Exit {
    if has_failures { Exit::Findings } else { Exit::Fine }
}
