//! The whole sync against both remotes, seed by seed: people change things on either side, calls get lost, answers too, our
//! process ends anywhere, and once everything is quiet both sides must be equal, with nothing lost, doubled or echoed.
//!
//! `CAMPANILE_SEED=n` plays that seed alone and tells the story of one that fails, `CAMPANILE_SEEDS=n` so many of them. [`made`] is
//! the data and rules that a world begins with, [`people`] who lives on both sides and what they do, [`town`] the course of one seed;
//! [`judge`] keeps what must hold, and knows nothing of how a pass works.

mod judge;
mod made;
mod people;
mod town;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use town::Town;

/// So many seeds are played unless somebody says otherwise.
const SEEDS: u64 = 200;

#[test]
fn both_sides_end_equal_whatever_happens() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    if let Some(seed) = number("CAMPANILE_SEED") {
        if let Err(wrong) = Town::new(seed, true).play() {
            panic!("{wrong}");
        }
        return;
    }
    let seeds = number("CAMPANILE_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(0);
    let failed: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());
    let play = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            let played = catch_unwind(AssertUnwindSafe(|| Town::new(seed, false).play()));
            let wrong = match played {
                Ok(Ok(())) => continue,
                Ok(Err(wrong)) => wrong,
                Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".to_owned()),
            };
            failed.lock().unwrap().push((seed, wrong));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(play))));
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    let told: Vec<String> = failed
        .iter()
        .take(10)
        .map(|(seed, wrong)| {
            format!("seed {seed}: {wrong}\n  CAMPANILE_SEED={seed} cargo test --test it -- sync::simulation")
        })
        .collect();
    assert!(failed.is_empty(), "{} of {seeds} seeds failed\n{}", failed.len(), told.join("\n"));
}
