//! The clock of the machine. Whoever reads it reads it here, in the shell of the program; the rooms that decide are told.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Timestamp;

/// The present moment. A machine whose clock stands before 1970 is at the epoch.
pub fn present() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH.plus(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
