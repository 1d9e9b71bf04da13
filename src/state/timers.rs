//! When somebody has to be looked at again although nothing happens.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::growth;
use crate::model::{PersonIx, Timestamp};

/// A timer. It is a reminder, not a promise: when it fires, the state tells whether it still means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub person: PersonIx,
    /// What of.
    pub what: Reminder,
}

/// What a timer is about, in the order in which they fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reminder {
    /// A segment may have changed.
    Segments,
    /// The first of the person's waits ends. The others have no timer of their own.
    Waits,
}

/// All timers.
#[derive(Debug, Clone, Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<Due>>,
}

impl Timers {
    /// Adds a timer.
    pub fn add(&mut self, due: Due) {
        if let Some(step) = growth::step::<Due>(self.heap.len(), self.heap.capacity(), 1) {
            self.heap.reserve_exact(step);
        }
        self.heap.push(Reverse(due));
    }

    /// When the next timer is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(due)| due.at)
    }

    /// Whose timer is next, and whose are most probably the two behind it.
    pub fn soon(&self) -> impl Iterator<Item = PersonIx> + '_ {
        // In a heap each item lies before two later ones.
        self.heap.as_slice().iter().take(3).map(|Reverse(due)| due.person)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_has_sixteen_bytes() {
        assert_eq!(size_of::<Due>(), 16);
    }
}
