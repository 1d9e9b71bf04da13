//! The `campanile` program.

use std::process::ExitCode;

/// State is large and is visited in no order: this allocator asks the system for large pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    campanile::cli::main()
}
