//! `campanile graph`: the compiled rule book as a drawing.

use std::io::Write as _;
use std::path::PathBuf;

use crate::cli::exit::{Exit, Failure};
use crate::cli::rules;
use crate::compile::{self, Plan};
use crate::diagnostics::help_for_name;
use crate::drawing::{dot, interactions_view, mermaid, plan_view, svg};
use crate::model::CampaignId;

/// Draw the compiled rule book: how events become steps, or which campaign starts which
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile graph rules > rules.dot
  campanile graph rules --campaign thank-attendees --format mermaid
  campanile graph rules --view interactions --format svg > who-starts-whom.svg")]
pub(crate) struct Args {
    /// Files and folders with rules; together they are one workspace.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to write the drawing.
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
    /// What to draw.
    #[arg(long, value_enum, default_value_t = View::Plan)]
    view: View,
    /// Only what concerns this smart campaign.
    #[arg(long, value_name = "NAME")]
    campaign: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For Graphviz.
    Dot,
    /// For Markdown on code hosts.
    Mermaid,
    /// A picture, made without other programs.
    Svg,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum View {
    /// Event kinds, triggers, filters, qualification and steps.
    Plan,
    /// Which campaign's steps can start which campaign.
    Interactions,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let plan = compile::plan(rules::load(&args.paths)?);
    let only = args.campaign.as_deref().map(|name| find(name, &plan)).transpose()?;
    let graph = match args.view {
        View::Plan => plan_view(&plan, only),
        View::Interactions => interactions_view(&plan, only),
    };
    let text = match args.format {
        Format::Dot => dot(&graph),
        Format::Mermaid => mermaid(&graph),
        Format::Svg => svg(&graph),
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Fine)
}

fn find(name: &str, plan: &Plan) -> Result<CampaignId, Failure> {
    plan.rulebook.campaign(name).ok_or_else(|| {
        let names = plan.rulebook.campaigns.iter().map(|campaign| campaign.name.as_str());
        Failure::with_help(format!("there is no smart campaign `{name}`"), help_for_name(name, "smart campaign", names))
    })
}
