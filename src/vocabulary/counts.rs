//! How many times something happened.

use super::entry::Topic;
use crate::language::ast::{Count, Spanned};
use crate::meaning::CountTest;

/// Every count; the examples are filters of [`super::EXAMPLE_WORKSPACE`].
pub const ALL: &[Topic] = &[
    Topic {
        syntax: "at least N times",
        summary: "So often or more; this, with N = 1, is meant where no count is written.",
        example: "performed \"Fill Out Form\" in past 30 days at least 3 times",
    },
    Topic {
        syntax: "at most N times",
        summary: "So often or less, never included.",
        example: "performed \"Fill Out Form\" at most 2 times",
    },
    Topic {
        syntax: "exactly N times",
        summary: "So often and no more.",
        example: "was added to list \"Newsletter\" exactly 1 time",
    },
];

/// The count of a phrase; without one: at least once.
pub(super) fn lower(count: Option<&Spanned<Count>>) -> CountTest {
    match count.map(|count| count.value) {
        None => CountTest::AtLeast(1),
        Some(Count::AtLeast(n)) => CountTest::AtLeast(n),
        Some(Count::AtMost(n)) => CountTest::AtMost(n),
        Some(Count::Exactly(n)) => CountTest::Exactly(n),
    }
}
