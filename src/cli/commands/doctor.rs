//! `campanile doctor`: why can't I see my campaigns?

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::syncing::network;
use crate::cli::{config, rules};
use crate::sync::budget::Millis;
use crate::sync::doctor::{Line, Verdict, examine};
use crate::sync::marketo::Marketo;
use crate::sync::salesforce::{KeptTokens, Salesforce};
use crate::sync::wire::{Http, Lost, Outside, Request, Response};

/// Find out why campaigns cannot be seen or linked: ask Salesforce and Marketo, cause by cause
///
/// Each line says what was asked, what came back and what to do about it, in which product. Nothing is changed. The status is
/// 0 when nothing is wrong, 1 when something is, 3 when a side cannot be reached.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile doctor --rules rules
  campanile doctor --rules rules --config campanile.yaml --format json")]
pub(crate) struct Args {
    /// Files and folders with rules; together they are one workspace.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// The configuration; without it, `campanile.yaml` beside the rules.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The state directory, for `auth: refresh_token`: the token that a log-in brings is kept there.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// How to answer.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// The world, without patience: whoever asks the doctor wants to know now what does not answer.
struct Impatient(Http);

impl Outside for Impatient {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, Lost>> {
        self.0.send(request)
    }

    fn sleep(&self, millis: u64) -> impl Future<Output = ()> {
        self.0.sleep(millis.min(PAUSE_MAX_MS))
    }

    fn now(&self) -> Millis {
        self.0.now()
    }

    fn chance(&self) -> f64 {
        self.0.chance()
    }
}

/// The longest pause between two tries.
const PAUSE_MAX_MS: u64 = 300;

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let rulebook = rules::load(&args.rules)?;
    let config = config::read(args.config.as_deref(), &args.rules)?;
    let open = |salesforce| KeptTokens::open(salesforce, args.state.as_deref());
    let tokens = config.salesforce.as_ref().map(open).transpose()?;
    let runtime = network()?;
    let http = Impatient(Http::new().map_err(Failure::new)?);
    let salesforce = config.salesforce.clone().zip(tokens.as_ref());
    let salesforce = salesforce.map(|(salesforce, tokens)| Salesforce::new(&http, salesforce, tokens));
    let marketo = config.marketo.clone().map(|it| Marketo::new(&http, it, 0));
    let lines = runtime.block_on(examine(&config, salesforce.as_ref(), marketo.as_ref(), &rulebook));

    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Human => write!(out, "{}", human(&lines))?,
        Format::Json => writeln!(out, "{}", json!({"version": 1, "lines": lines}))?,
    }
    out.flush()?;
    let any = |verdict: Verdict| lines.iter().any(|line| line.verdict == verdict);
    Ok(match (any(Verdict::Unreachable), any(Verdict::Wrong)) {
        (true, _) => Exit::Incidents,
        (false, true) => Exit::Findings,
        (false, false) => Exit::Fine,
    })
}

fn human(lines: &[Line]) -> String {
    let mut text = String::new();
    for Line { topic, verdict, asked, answer, remedy } in lines {
        let word = match verdict {
            Verdict::Fine => "fine",
            Verdict::Wrong => "WRONG",
            Verdict::Unreachable => "LOST",
        };
        text.push_str(&format!("{word:<5}  {topic:<14}  {asked}\n                       {answer}\n"));
        for line in remedy {
            text.push_str(&format!("                       → {line}\n"));
        }
    }
    let wrong = lines.iter().filter(|line| line.verdict != Verdict::Fine).count();
    text.push_str(&match wrong {
        0 => "nothing is wrong\n".to_owned(),
        1 => "1 thing is wrong\n".to_owned(),
        many => format!("{many} things are wrong\n"),
    });
    text
}
