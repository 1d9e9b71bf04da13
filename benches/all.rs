//! `cargo bench` at the root: hands over to the benchmarks of the package `campanile-benches`, which is not built by
//! anything else because it brings the peers with it. What follows `--` goes to each of them.

use std::env;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["bench", "-p", "campanile-benches", "--"]);
    command.args(env::args_os().skip(1).filter(|arg| arg != "--bench"));
    match command.current_dir(env!("CARGO_MANIFEST_DIR")).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) | Err(_) => ExitCode::FAILURE,
    }
}
