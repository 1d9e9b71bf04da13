//! The configuration for the commands that need one.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use crate::config::{Config, ConfigError, FILE_NAME};

/// Reads the configuration that was given, else the one beside the rules. What is wrong with it is shown and ends the command.
pub(super) fn read(path: Option<&Path>, rules: &[PathBuf]) -> Result<Config, Failure> {
    let Some(path) = path.map(Path::to_owned).or_else(|| Config::beside(rules)) else {
        return Err(Failure::with_help(
            format!("there is no configuration: no `{FILE_NAME}` lies beside the rules"),
            vec!["write one as docs/sync.md shows, or give another with `--config FILE`".to_owned()],
        ));
    };
    Config::read(&path, &|name| std::env::var(name).ok()).map_err(|errors| {
        for error in &errors {
            let ConfigError { help, .. } = error;
            let _ = writeln!(anstream::stderr(), "error: {error}");
            for line in help {
                let _ = writeln!(anstream::stderr(), "  = help: {line}");
            }
        }
        Failure::Said(Exit::Usage)
    })
}
