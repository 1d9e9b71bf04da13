//! The `campanile` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    campanile::cli::main()
}
