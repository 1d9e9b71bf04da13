//! When somebody has to be looked at again although nothing happens.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::{PersonIx, Timestamp};

/// A timer. It is a reminder, not a promise: when it fires, the state tells whether it still means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub person: PersonIx,
    /// `None`: a segment may have changed; else the wait that began with this number.
    pub wait: Option<u64>,
}

/// All timers.
#[derive(Debug, Clone, Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<Due>>,
}

impl Timers {
    /// Adds a timer.
    pub fn add(&mut self, due: Due) {
        self.heap.push(Reverse(due));
    }

    /// When the next timer is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(due)| due.at)
    }

    /// Takes all timers that are due at the moment at which the next one is; `taken` is emptied for them.
    pub fn take_next(&mut self, taken: &mut Vec<Due>) {
        taken.clear();
        while let Some(Reverse(due)) = self.heap.peek().copied() {
            if taken.first().is_some_and(|first: &Due| first.at != due.at) {
                break;
            }
            self.heap.pop();
            if taken.last() != Some(&due) {
                taken.push(due);
            }
        }
    }
}
