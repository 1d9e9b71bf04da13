//! `campanile serve`: the service.

use std::io::{IsTerminal as _, Write as _};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::serving::{asked_to_end, listen_address};
use crate::cli::{config, kept, rules};
use crate::config::Config;
use crate::private;
use crate::service::{
    self, ActionsTo, Ended, Limits, Listening, Opening, Secret, Service, ServiceError, Tls, Tokens, TokensError,
};

/// The environment variable with the secret of webhooks.
const WEBHOOK_SECRET: &str = "CAMPANILE_WEBHOOK_SECRET";

/// The environment variable with tokens.
const TOKENS: &str = "CAMPANILE_TOKENS";

/// Run as a service: take events over HTTP, let time pass, answer questions
///
/// People are kept in the state directory; one that `run --state` made will do. When it is ready it prints one line of JSON
/// that says where it listens; docs/service.md and /openapi.json say what it answers. Ctrl-C and SIGTERM end it when
/// what is under way is done.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile serve --rules rules --state state
  campanile serve --rules rules --state state --clock events
  campanile serve --rules rules --state state --listen 0.0.0.0:7310 \\
      --tokens tokens --tls-cert cert.pem --tls-key key.pem")]
pub(crate) struct Args {
    /// Files and folders with rules; together they are one workspace.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// The state directory.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Where to listen; port 0 is any that is free. What others can reach needs --tokens and TLS.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7310")]
    listen: String,
    /// What makes time pass.
    #[arg(long, value_enum, default_value_t = Clock::Real, value_name = "CLOCK")]
    clock: Clock,
    /// What happens to waiting runs whose step the rules no longer have.
    #[arg(long, value_enum, value_name = "WHAT")]
    orphans: Option<kept::Orphans>,
    /// Who may do what: a file with a role (`read`, `event` or `admin`) and a token on each line, readable by its owner
    /// only. Without it, the same from the environment variable CAMPANILE_TOKENS.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// The certificate for TLS, in PEM, with those between it and its authority.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// What calls of webhooks are signed with: a file with `whsec_…`, readable by its owner only. Without it, the same from
    /// the environment variable CAMPANILE_WEBHOOK_SECRET; without both they are not signed.
    #[arg(long, value_name = "FILE")]
    webhook_secret: Option<PathBuf>,
    /// The configuration of the sync, which then runs too; without it, `campanile.yaml` beside the rules, if there is one and the
    /// clock is that of the machine.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write action records into a file as they are committed, one line each with its number; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    actions: Option<PathBuf>,
    /// Connections that may be open at once; who comes beyond that is cut off.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,
    /// Requests a second that one token may make, on average and at once; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_requests: u32,
    /// How long the head of a request may take to arrive, and its body after it, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    request_timeout: u16,
    /// How the log on the standard error is written: as text on a terminal, else as JSON, unless this says otherwise.
    #[arg(long, value_enum, value_name = "FORMAT")]
    log: Option<Log>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Clock {
    /// The clock of the machine.
    Real,
    /// Events and `clock` records alone, for tests and replays.
    Events,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Log {
    /// For people.
    Text,
    /// For programs: one object a line.
    Json,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let listening = Listening {
        address: listen_address(&args.listen)?,
        tls: tls(args),
        tokens: tokens(args)?,
        webhook_secret: webhook_secret(args)?,
        actions: args.actions.as_deref().map(actions).transpose()?,
        limits: Limits {
            connections: usize::try_from(args.max_connections).unwrap_or(usize::MAX),
            requests: NonZeroU32::new(args.max_requests),
            patience: Duration::from_secs(args.request_timeout.into()),
        },
    };
    let (_, sources) = rules::read(&args.rules)?;
    let sync = sync_of(args)?;
    log(args.log.unwrap_or(if std::io::stderr().is_terminal() { Log::Text } else { Log::Json }));
    let opening = Opening {
        state: args.state.clone(),
        rules: sources,
        clock: match args.clock {
            Clock::Real => service::Clock::Real,
            Clock::Events => service::Clock::Events,
        },
        end_orphans: args.orphans == Some(kept::Orphans::End),
        second: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("the service cannot be started: {error}")))?;
    runtime.block_on(async {
        let service = Service::start(opening, args.rules.clone(), listening, sync)?;
        let asked = asked_to_end()?;
        tokio::pin!(asked);
        let ready = tokio::select! {
            ready = service.ready() => ready,
            () = &mut asked => false,
        };
        if ready {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{}", json!({"listening": service.url()}))?;
            out.flush()?;
            drop(out);
            tracing::info!(url = service.url(), "ready");
            tokio::select! {
                () = service.ended() => {}
                () = asked => tracing::info!("asked to end: finishing what is under way"),
            }
        }
        service.end().await?;
        Ok(Exit::Fine)
    })
}

/// The configuration of the sync, if there is to be one.
fn sync_of(args: &Args) -> Result<Option<Config>, Failure> {
    let beside = || match args.clock {
        Clock::Real => Config::beside(&args.rules),
        Clock::Events => None,
    };
    let Some(path) = args.config.clone().or_else(beside) else { return Ok(None) };
    let config = config::read(Some(&path), &args.rules)?;
    Ok((config.sync.enabled && config.salesforce.is_some()).then_some(config))
}

fn tls(args: &Args) -> Option<Tls> {
    let (certificate, key) = args.tls_cert.clone().zip(args.tls_key.clone())?;
    Some(Tls { certificate, key })
}

fn tokens(args: &Args) -> Result<Tokens, Failure> {
    let read = match (&args.tokens, std::env::var(TOKENS)) {
        (Some(path), _) => Tokens::from_file(path),
        (None, Ok(text)) => Tokens::read(&text, TOKENS),
        (None, Err(_)) => return Ok(Tokens::default()),
    };
    let tokens = read.map_err(|error| {
        let help = match &error {
            TokensError::Malformed { .. } => vec!["for example `read 6f1c…`, one pair a line".to_owned()],
            TokensError::Short { .. } => vec!["`openssl rand -hex 24` makes a good one".to_owned()],
            TokensError::Private(error) => error.help(),
        };
        Failure::with_help(error.to_string(), help)
    })?;
    // Whoever gives an empty list wanted to keep others out.
    if tokens.is_empty() {
        return Err(Failure::new("there is no token in what was given as tokens"));
    }
    Ok(tokens)
}

fn webhook_secret(args: &Args) -> Result<Option<Secret>, Failure> {
    let text = match (&args.webhook_secret, std::env::var(WEBHOOK_SECRET)) {
        (Some(path), _) => private::read(path).map_err(|error| Failure::with_help(error.to_string(), error.help()))?,
        (None, Ok(text)) => text,
        (None, Err(_)) => return Ok(None),
    };
    Secret::read(&text).map(Some).map_err(|error| {
        let help = "`echo whsec_$(openssl rand -base64 32)` makes a good one".to_owned();
        Failure::with_help(error.to_string(), vec![help])
    })
}

fn actions(path: &Path) -> Result<ActionsTo, Failure> {
    ActionsTo::open(path).map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", path.display())))
}

fn log(format: Log) {
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    // Set already only where somebody embeds the command: then theirs counts.
    let _ = match format {
        Log::Text => tracing::subscriber::set_global_default(builder.with_ansi(false).finish()),
        Log::Json => tracing::subscriber::set_global_default(builder.json().flatten_event(true).finish()),
    };
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let help = match error {
            ServiceError::Ended(Ended::Keep(error)) => return error.into(),
            ServiceError::Ended(Ended::Orphans(orphans)) => return kept::orphans_told(&orphans),
            ServiceError::Open { .. } => vec![
                "give --tokens, --tls-cert and --tls-key".to_owned(),
                "or listen on `127.0.0.1:7310`, where only this machine comes in".to_owned(),
            ],
            ServiceError::Listen(..) => vec!["another program may listen there: port 0 takes a free one".to_owned()],
            ServiceError::Tls { .. } => vec!["certificate and key are files in PEM".to_owned()],
            ServiceError::Start(_) => Vec::new(),
        };
        Self::with_help(error.to_string(), help)
    }
}
