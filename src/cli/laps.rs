//! Where a run's time goes, for `--stats`. Without it no clock is looked at.

use std::time::{Duration, Instant};

/// What time is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Reading and taking apart lines.
    Read,
    /// The evaluator.
    Evaluate,
    /// Action records.
    Write,
    /// The state directory.
    Keep,
}

/// A clock that is read at the end of each piece of work.
#[derive(Debug, Default)]
pub(super) struct Laps {
    /// When the last piece ended; `None`: nobody wants to know.
    last: Option<Instant>,
    pub(super) read: Duration,
    pub(super) evaluate: Duration,
    pub(super) write: Duration,
    pub(super) keep: Duration,
}

impl Laps {
    /// Starts the clock, if somebody wants to know.
    pub(super) fn begin(wanted: bool) -> Self {
        Self { last: wanted.then(Instant::now), ..Self::default() }
    }

    /// Adds the time since the last piece of work to this one.
    pub(super) fn end_of(&mut self, work: Work) {
        let Some(last) = &mut self.last else { return };
        let now = Instant::now();
        let spent = now.duration_since(*last);
        *last = now;
        *match work {
            Work::Read => &mut self.read,
            Work::Evaluate => &mut self.evaluate,
            Work::Write => &mut self.write,
            Work::Keep => &mut self.keep,
        } += spent;
    }
}
