//! When a batch campaign runs (language.md section 10).

use crate::meaning::flow::Days;
use crate::model::{Clock, Date, Day, Timestamp};

/// A schedule. Days and times are local.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What recurs.
    pub rule: Recurrence,
    /// No run before this day.
    pub starting: Option<Date>,
    /// No run after this day.
    pub until: Option<Date>,
    /// Its canonical text.
    pub text: String,
}

/// What recurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recurrence {
    /// Every `every` days, counted from `starting` when that is more than 1.
    Days {
        /// At least 1.
        every: u32,
        /// The time.
        at: Clock,
    },
    /// Monday to Friday.
    Weekdays {
        /// The time.
        at: Clock,
    },
    /// On these days of every `every`th week; the week that holds `starting` is the first. Weeks start as the workspace
    /// says.
    Weeks {
        /// At least 1.
        every: u32,
        /// The days.
        on: Days,
        /// The time.
        at: Clock,
    },
    /// On a day of every month; a shorter month: its last day.
    MonthDay {
        /// 1 to 31.
        day: u32,
        /// The time.
        at: Clock,
    },
    /// On the first to fourth or last such weekday of every month.
    MonthWeekday {
        /// 1 to 4; `None` is the last.
        nth: Option<u32>,
        /// The weekday.
        day: Day,
        /// The time.
        at: Clock,
    },
    /// Once.
    Once {
        /// The moment.
        at: Timestamp,
    },
}
