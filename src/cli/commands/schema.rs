//! `campanile schema`: the JSON Schema of files.

use std::io::Write as _;

use clap::ValueEnum;

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::schema;
use crate::language::keys;
use crate::scenario;

/// Print the JSON Schema of rule or scenario files, for editors
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile schema > rules.schema.json
  campanile schema scenario > scenario.schema.json")]
pub(crate) struct Args {
    /// Of which files.
    #[arg(value_enum, default_value_t = Of::Rules)]
    of: Of,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Rule files.
    Rules,
    /// Scenario files, `*.test.yaml`.
    Scenario,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let schema = match args.of {
        Of::Rules => schema::schema("A rule file of Campanile", keys::FILE),
        Of::Scenario => schema::schema("A scenario file of Campanile", scenario::keys::FILE),
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &schema).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(Exit::Fine)
}
