//! The rows of `docs/performance.md` that are timed, in one program: the peers take long to link.

mod durable;
mod load;
mod lsp;
mod matching;
mod reconcile;
mod run;
mod select;
mod timers;
mod validate;

use campanile_benches::harness::Options;

/// The one that the program has; the peers have it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What measures and prints one row.
type Row = fn(&Options);

fn main() {
    let options = Options::from_args();
    let rows: [(&str, Row); 9] = [
        ("matching", matching::measure),
        ("run", run::measure),
        ("durable", durable::measure),
        ("validate", validate::measure),
        ("select", select::measure),
        ("load", load::measure),
        ("timers", timers::measure),
        ("reconcile", reconcile::measure),
        ("lsp", lsp::measure),
    ];
    for (name, measure) in rows {
        if options.wants(name) {
            measure(&options);
        }
    }
}
