//! Progress on the standard error, when that is a terminal and the results do not go to one.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over the bytes of a file, or a count of records where the length is not known.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

/// Bars are moved after so many records.
const EVERY: u64 = 2048;

impl Progress {
    /// A bar for reading `what`, of `bytes` in all. `quiet` where it would disturb.
    pub(super) fn new(what: &str, bytes: Option<u64>, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(8) };
        let bar = ProgressBar::with_draw_target(bytes, target);
        let template = if bytes.is_some() {
            "{msg} {bar:30} {percent:>3} %, {bytes_per_sec}, {eta} left"
        } else {
            "{msg} {bytes}, {bytes_per_sec}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        Self(bar)
    }

    /// Whether results on the standard output would get between the bars.
    pub(super) fn would_disturb(to_stdout: bool) -> bool {
        to_stdout && std::io::stdout().is_terminal()
    }

    /// After record number `records`, at byte `at`.
    pub(super) fn at(&self, records: u64, at: u64) {
        if records.is_multiple_of(EVERY) {
            self.0.set_position(at);
        }
    }

    /// After step `number` of few.
    pub(super) fn step(&self, number: u64) {
        self.0.set_position(number);
    }

    /// Says something on the standard error without disturbing the bar.
    pub(super) fn say(&self, text: &str) {
        self.0.suspend(|| {
            let _ = write!(anstream::stderr(), "{text}");
        });
    }

    /// Takes the bar away.
    pub(super) fn done(&self) {
        self.0.finish_and_clear();
    }
}

/// How wide the standard output is, when it is a terminal.
pub(super) fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok())
}
