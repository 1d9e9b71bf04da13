//! `campanile report`: what programs brought, and what they cost.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Serialize, Serializer};

use crate::cli::exit::{Exit, Failure};
use crate::cli::syncing::read_ledger;
use crate::sync::ledger::{Book, Ledger as _, Link};

/// Amounts of money for one person are shown with so many digits behind the point.
const CENTS: u32 = 2;

/// Show what programs brought and what they cost: members by status, success, cost per member and per success
///
/// The numbers are those of the last pass of the sync. Also while a sync runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile report --state state
  campanile report --state state --format csv > programs.csv")]
pub(crate) struct Args {
    /// The state directory.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// How to answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For spreadsheets: one line for each status of each program.
    Csv,
    /// For programs.
    Json,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Line {
    program: String,
    program_id: String,
    /// The linked campaign.
    campaign: Option<String>,
    channel: Option<String>,
    members: u64,
    /// Members by status, in the order of the channel.
    statuses: Vec<Status>,
    /// Members whose status means success.
    success: u64,
    /// The sum of the period costs.
    #[serde(serialize_with = "amount")]
    cost: Option<Decimal>,
    #[serde(serialize_with = "amount")]
    cost_per_member: Option<Decimal>,
    #[serde(serialize_with = "amount")]
    cost_per_success: Option<Decimal>,
}

/// An amount of money as a JSON number.
fn amount<S: Serializer>(amount: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
    amount.and_then(|amount| amount.to_f64()).serialize(to)
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Status {
    status: String,
    members: u64,
    success: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let book = read_ledger(&args.state)?.load()?;
    let lines = lines(&book);
    let mut out = anstream::stdout();
    match args.format {
        Format::Text => write!(out, "{}", text(&lines))?,
        Format::Json => writeln!(out, "{}", serde_json::json!({"version": 1, "programs": lines}))?,
        Format::Csv => {
            let written = csv(&lines).map_err(|error| Failure::new(format!("the table cannot be written: {error}")))?;
            out.write_all(&written)?;
        }
    }
    out.flush()?;
    Ok(Exit::Fine)
}

fn lines(book: &Book) -> Vec<Line> {
    let mut members: BTreeMap<u32, BTreeMap<u16, u64>> = BTreeMap::new();
    for row in book.program.rows() {
        if let Some(place) = row.status.place() {
            *members.entry(row.pair.link()).or_default().entry(place).or_default() += 1;
        }
    }
    let links = book.links.iter().filter(|(_, link)| link.active);
    let mut lines: Vec<Line> =
        links.filter_map(|(number, link)| line(link, members.get(number).unwrap_or(&BTreeMap::new()))).collect();
    lines.sort_by(|a, b| a.program.cmp(&b.program));
    lines
}

fn line(link: &Link, members: &BTreeMap<u16, u64>) -> Option<Line> {
    let program = link.program.as_ref()?;
    let statuses: Vec<Status> = members
        .iter()
        .filter_map(|(place, members)| {
            let status = link.statuses.get(usize::from(*place))?.clone();
            Some(Status { success: link.success.contains(&status), status, members: *members })
        })
        .collect();
    let sum = |of: &mut dyn Iterator<Item = &Status>| of.map(|status| status.members).sum::<u64>();
    let all = sum(&mut statuses.iter());
    let success = sum(&mut statuses.iter().filter(|status| status.success));
    let per = |number: u64| Some(link.cost?.checked_div(Decimal::from(number))?.round_dp(CENTS));
    Some(Line {
        program: program.name.clone(),
        program_id: program.id.clone(),
        campaign: link.campaign.as_ref().map(|campaign| campaign.name.clone()),
        channel: link.channel.clone(),
        members: all,
        success,
        cost: link.cost,
        cost_per_member: per(all),
        cost_per_success: per(success),
        statuses,
    })
}

fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
}

fn text(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "no program is synced\n".to_owned();
    }
    let mut text = String::new();
    for line in lines {
        let channel = line.channel.as_deref().unwrap_or("no channel");
        let campaign = line.campaign.as_ref().map(|name| format!(", SFDC campaign `{name}`")).unwrap_or_default();
        text.push_str(&format!("{} ({channel}{campaign})\n", line.program));
        for Status { status, members, success } in &line.statuses {
            let success = if *success { "  success" } else { "" };
            text.push_str(&format!("  {status:<24} {members:>9}{success}\n"));
        }
        text.push_str(&format!("  {:<24} {:>9}\n", "all", line.members));
        text.push_str(&format!(
            "  cost {}, {} a member, {} a success\n",
            shown(line.cost),
            shown(line.cost_per_member),
            shown(line.cost_per_success)
        ));
    }
    text
}

fn csv(lines: &[Line]) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "program",
        "program_id",
        "campaign",
        "channel",
        "status",
        "status_members",
        "status_success",
        "members",
        "success",
        "cost",
        "cost_per_member",
        "cost_per_success",
    ])?;
    let amount = |amount: Option<Decimal>| amount.map(|amount| amount.to_string()).unwrap_or_default();
    for line in lines {
        let none = [Status { status: String::new(), members: 0, success: false }];
        // A program without members is a line all the same.
        let statuses = if line.statuses.is_empty() { &none[..] } else { &line.statuses };
        for status in statuses {
            out.write_record([
                line.program.clone(),
                line.program_id.clone(),
                line.campaign.clone().unwrap_or_default(),
                line.channel.clone().unwrap_or_default(),
                status.status.clone(),
                status.members.to_string(),
                status.success.to_string(),
                line.members.to_string(),
                line.success.to_string(),
                amount(line.cost),
                amount(line.cost_per_member),
                amount(line.cost_per_success),
            ])?;
        }
    }
    out.into_inner().map_err(|error| error.into_error().into())
}
