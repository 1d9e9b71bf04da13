//! How many calls may go out: sliding windows, a day's quota, calls at once, pauses between tries and the circuit breaker.
//!
//! Pure: times and chance are arguments, in milliseconds since 1970 and as a number from 0 to 1. Nothing here waits or calls.
//! Start reading at [`Marketo`]; [`usage`] is Salesforce's own count of the day.

use std::collections::VecDeque;

use jiff::tz::{Offset, TimeZone};

#[cfg(test)]
mod tests;

/// A point of time in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    const fn after(self, span: u64) -> Self {
        Self(self.0.saturating_add(span))
    }
}

/// At most so many calls in any stretch of time of this length, both its ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    limit: usize,
    span: u64,
    /// When the calls went out that still count, oldest first; never more than `limit`.
    calls: VecDeque<Millis>,
}

impl Window {
    /// At most `limit` calls in any `span` milliseconds. A limit of 0 is taken for 1.
    pub fn new(limit: usize, span: u64) -> Self {
        Self { limit: limit.max(1), span, calls: VecDeque::new() }
    }

    /// The first time, `now` or later, at which a call may go out. A clock that was set back does not let calls out sooner.
    pub fn free_at(&self, now: Millis) -> Millis {
        let now = self.calls.back().map_or(now, |last| now.max(*last));
        match self.calls.front() {
            Some(oldest) if self.calls.len() >= self.limit => now.max(oldest.after(self.span).after(1)),
            Some(_) | None => now,
        }
    }

    /// Counts a call that goes out now.
    ///
    /// # Errors
    ///
    /// The first time at which it may go out, when that is later; then nothing is counted.
    pub fn take(&mut self, now: Millis) -> Result<(), Millis> {
        let free = self.free_at(now);
        if free > now {
            return Err(free);
        }
        if self.calls.len() >= self.limit {
            self.calls.pop_front();
        }
        self.calls.push_back(now);
        Ok(())
    }
}

/// Why a call may not go out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until this time.
    Until(Millis),
    /// Until one of the calls that are under way is answered.
    Answer,
    /// The day's quota is used up; it begins anew at this time.
    NextDay(Millis),
}

/// Marketo's budget of one subscription, shared by everything that calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marketo {
    window: Window,
    at_once: usize,
    under_way: usize,
    daily: u32,
    used: u32,
    day: i64,
    pause: Millis,
    closed: bool,
}

/// Marketo counts calls in windows of so many milliseconds.
pub const MARKETO_SPAN: u64 = 20_000;
const MARKETO_CALLS: usize = 100;
const MARKETO_AT_ONCE: usize = 10;
const MARKETO_DAILY: u32 = 50_000;

impl Marketo {
    /// 100 calls in any 20 s, 10 at once, 50,000 a day, of which `used` went out on the day of `now`.
    pub fn new(used: u32, now: Millis) -> Self {
        Self {
            window: Window::new(MARKETO_CALLS, MARKETO_SPAN),
            at_once: MARKETO_AT_ONCE,
            under_way: 0,
            daily: MARKETO_DAILY,
            used,
            day: day(now),
            pause: Millis(0),
            closed: false,
        }
    }

    /// Counts a call that goes out now. [`Self::answered`] must follow once it has an answer, or none will come.
    ///
    /// # Errors
    ///
    /// What is to be waited for; then nothing is counted.
    pub fn start(&mut self, now: Millis) -> Result<(), Wait> {
        // A clock that was set back over midnight does not bring a day's quota back.
        if day(now) > self.day {
            self.day = day(now);
            self.used = 0;
            self.closed = false;
        }
        if self.closed || self.used >= self.daily {
            return Err(Wait::NextDay(next_day(now)));
        }
        if now < self.pause {
            return Err(Wait::Until(self.pause));
        }
        if self.under_way >= self.at_once {
            return Err(Wait::Answer);
        }
        self.window.take(now).map_err(Wait::Until)?;
        self.used = self.used.saturating_add(1);
        self.under_way += 1;
        Ok(())
    }

    /// A call was answered or given up.
    pub fn answered(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Marketo answered 606: other programs call too. No call goes out for 20 s.
    pub fn refused(&mut self, now: Millis) {
        self.pause = self.pause.max(now.after(MARKETO_SPAN));
    }

    /// Marketo answered 607: no call goes out until the next day.
    pub fn used_up(&mut self) {
        self.closed = true;
    }

    /// How many calls went out on this day: kept, unlike the window, from one process to the next.
    pub fn used(&self) -> u32 {
        self.used
    }
}

/// The day of a time for Marketo, in days since 1970. Marketo's days begin at midnight in US Central time.
pub fn day(at: Millis) -> i64 {
    let zone = TimeZone::get("America/Chicago").unwrap_or_else(|_| TimeZone::fixed(Offset::constant(-6)));
    let stamp = timestamp(at);
    let offset = i64::from(zone.to_offset(stamp).seconds());
    stamp.as_second().saturating_add(offset).div_euclid(DAY_SECONDS)
}

const DAY_SECONDS: i64 = 86_400;
const HOUR: u64 = 3_600_000;

fn timestamp(at: Millis) -> jiff::Timestamp {
    i64::try_from(at.0).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok()).unwrap_or(jiff::Timestamp::MAX)
}

/// The first second of the next day: at most 25 hours away, found by halves.
fn next_day(now: Millis) -> Millis {
    let today = day(now);
    let (mut before, mut after) = (now.0 / 1000, now.after(26 * HOUR).0 / 1000);
    while before + 1 < after {
        let middle = before + (after - before) / 2;
        if day(Millis(middle.saturating_mul(1000))) > today {
            after = middle;
        } else {
            before = middle;
        }
    }
    Millis(after.saturating_mul(1000))
}

/// What Salesforce's header `Sforce-Limit-Info` tells: calls of the last 24 hours by everybody in the org, and how many there
/// may be. Nothing where the header says something else.
pub fn usage(header: &str) -> Option<(u64, u64)> {
    let usage = header.split([',', ';']).find_map(|part| part.trim().strip_prefix("api-usage="))?;
    let (used, limit) = usage.split_once('/')?;
    Some((used.trim().parse().ok()?, limit.trim().parse().ok()?))
}

/// Whether the org's calls stay below this share of the limit, in percent.
pub fn below(share: u8, (used, limit): (u64, u64)) -> bool {
    u128::from(used) * 100 < u128::from(limit) * u128::from(share)
}

const PAUSE_FIRST: u64 = 500;
const PAUSE_MAX: u64 = 60_000;

/// The pause before try number `attempt` is repeated (from 0), in milliseconds: half a second, doubled each time up to a
/// minute, of which the second half is left to `chance` (from 0 to 1), so that not everybody comes back at once. What a
/// server asks for in `Retry-After`, in milliseconds, is the least.
pub fn pause(attempt: u32, chance: f64, asked: Option<u64>) -> u64 {
    let whole = PAUSE_FIRST.saturating_mul(1_u64.checked_shl(attempt.min(32)).unwrap_or(u64::MAX)).min(PAUSE_MAX);
    let half = whole / 2;
    let chance = if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 1.0 };
    // No more than 30,000: exact in both types.
    let jitter = (half as f64 * chance) as u64;
    (half + jitter).max(asked.unwrap_or(0))
}

/// Stops calls to a side that fails over and over, and lets one through from time to time to see whether it is back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    opened: Option<Millis>,
    trying: bool,
}

/// So many failures in a row open the breaker.
const FAILURES_MAX: u32 = 5;
/// So long after the last failure one call is let through.
const OPEN_SPAN: u64 = 30_000;

impl Breaker {
    /// Whether a call may go out now. While the breaker is open that is one call at a time, which must be followed by
    /// [`Self::succeeded`] or [`Self::failed`].
    ///
    /// # Errors
    ///
    /// When to ask again.
    pub fn allow(&mut self, now: Millis) -> Result<(), Millis> {
        let Some(opened) = self.opened else { return Ok(()) };
        let again = opened.after(OPEN_SPAN);
        if now < again {
            return Err(again);
        }
        if self.trying {
            return Err(now.after(PAUSE_FIRST));
        }
        self.trying = true;
        Ok(())
    }

    /// A call reached the side, whatever it answered.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A call did not reach the side, or the side could not serve it.
    pub fn failed(&mut self, now: Millis) {
        self.failures = self.failures.saturating_add(1);
        self.trying = false;
        if self.failures >= FAILURES_MAX {
            self.opened = Some(now);
        }
    }
}
