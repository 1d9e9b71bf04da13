//! The command line: the shell around the library, without decisions about rules.
//!
//! `commands` holds one file for each command, `render` what is shown; [`main`] is where the program begins. Results go
//! to the standard output, progress and diagnostics to the standard error.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

pub mod commands;
mod config;
mod exit;
mod input;
mod interrupt;
mod kept;
mod laps;
mod output;
mod progress;
pub mod render;
mod rules;
mod serving;
mod syncing;
mod target;

pub use exit::{Exit, Failure};

use commands::{
    completions, demo, doctor, double, explain, fmt, graph, link, lsp, man, pull, reference, report, run, schema,
    select, serve, state, sync, test, validate, why,
};

const STATUSES: &str = "\
Exit status:
  0   fine
  1   findings, or checks that failed
  2   wrong use, or input that cannot be read
  3   incidents during a run
  70  a bug of campanile

Examples:
  campanile validate rules
  campanile run --rules rules --load people.csv --events events.jsonl
  campanile explain E0201";

/// A rules engine for smart campaigns: YAML rule files in, Salesforce campaign actions out.
#[derive(Debug, Parser)]
#[command(name = "campanile", version, about, after_help = STATUSES, disable_help_subcommand = true)]
struct Cli {
    /// Whether to use colours.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Global options")]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(visible_alias = "check")]
    Validate(validate::Args),
    Fmt(fmt::Args),
    Test(test::Args),
    Run(run::Args),
    Select(select::Args),
    Why(why::Args),
    Serve(serve::Args),
    State(state::Args),
    Sync(sync::Args),
    Link(link::Args),
    Unlink(link::UnlinkArgs),
    Report(report::Args),
    Graph(graph::Args),
    Pull(pull::Args),
    Doctor(doctor::Args),
    Double(double::Args),
    Demo(demo::Args),
    Explain(explain::Args),
    Reference(reference::Args),
    Schema(schema::Args),
    Lsp(lsp::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// The whole program: reads the arguments, does what they ask for and says with which status to end.
pub fn main() -> ExitCode {
    exit::apologise_for_panics();
    let Cli { color, command } = Cli::parse();
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let result = match command {
        Command::Validate(args) => validate::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Select(args) => select::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::State(args) => state::run(&args),
        Command::Sync(args) => sync::run(&args),
        Command::Link(args) => link::run(&args),
        Command::Unlink(args) => link::run_unlink(&args),
        Command::Report(args) => report::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Double(args) => double::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Reference(args) => reference::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Lsp(args) => lsp::run(&args),
        Command::Completions(args) => completions::run(&args, &mut Cli::command()),
        Command::Man(args) => man::run(&args, Cli::command()),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            let text = render::human::failure(&failure);
            // When even this cannot be said, the status still tells.
            let _ = write!(anstream::stderr(), "{text}");
            failure.exit().into()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn every_command_has_examples_in_its_help() {
        let mut cli = Cli::command();
        cli.build();
        cli.clone().debug_assert();
        for command in cli.get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Examples:\n  campanile "), "{}", command.get_name());
            // Wrapped, an example could not be copied.
            assert!(help.lines().all(|line| line.len() <= 80), "{}", command.get_name());
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}
