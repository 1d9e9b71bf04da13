//! What goes wrong: seeded, so that the same seed and the same calls meet the same faults.
//!
//! Whether a call meets a fault depends on the seed and the number of the call only. Single faults can be ordered too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::http::Request;

/// How far a remote's clock may be off, in milliseconds.
const SKEW_MS_MAX: u64 = 90_000;
/// How late a row may show.
const LATE_MS_MAX: u64 = 300_000;
/// How slow an answer may be.
const SLOW_MS_MAX: u64 = 2_000;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The call is lost on the way there; the caller waits in vain.
    SilenceBefore,
    /// The call is done, the answer is lost; the caller waits in vain.
    SilenceAfter,
    /// The connection breaks before the call is done.
    CutBefore,
    /// The connection breaks after the call is done.
    CutAfter,
    /// 503, and nothing was done.
    Unavailable,
    /// 500, and nothing was done.
    ServerError,
    /// 500, although everything was done.
    ServerErrorAfter,
    /// Too many calls: `REQUEST_LIMIT_EXCEEDED`, 606.
    Limit,
    /// Somebody else holds a lock: `UNABLE_TO_LOCK_ROW`, 719.
    Locked,
    /// What is written shows late in queries, with its right stamp.
    Late,
    /// A list holds one record twice.
    Duplicate,
    /// A list is in another order than the usual one.
    Reorder,
    /// The answer is slow.
    Slow,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::SilenceBefore,
        Self::SilenceAfter,
        Self::CutBefore,
        Self::CutAfter,
        Self::Unavailable,
        Self::ServerError,
        Self::ServerErrorAfter,
        Self::Limit,
        Self::Locked,
        Self::Late,
        Self::Duplicate,
        Self::Reorder,
        Self::Slow,
    ];
}

/// A fault that was ordered: the next calls that fit meet it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What goes wrong.
    pub kind: Fault,
    /// Only calls of this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only calls whose path and query contain this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many of them.
    #[serde(default = "once")]
    pub times: u32,
    /// How many that fit are let through first.
    #[serde(default)]
    pub after: u32,
}

fn once() -> u32 {
    1
}

/// Which faults are met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// The seed; without one only ordered faults happen.
    pub seed: Option<u64>,
    /// How many calls of a thousand meet each fault.
    pub per_mille: BTreeMap<Fault, u16>,
    /// Whether the clock of the remote is off, by up to 90 seconds.
    pub clock_skew: bool,
    /// Faults that were ordered.
    pub orders: Vec<Order>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            seed: None,
            per_mille: Fault::ALL.into_iter().map(|fault| (fault, 15)).collect(),
            clock_skew: true,
            orders: Vec::new(),
        }
    }
}

impl Faults {
    /// None at all, until some are ordered.
    pub fn none() -> Self {
        Self::default()
    }

    /// Those of a seed.
    pub fn seeded(seed: u64) -> Self {
        Self { seed: Some(seed), ..Self::default() }
    }

    /// What call `number` meets.
    pub(super) fn meet(&mut self, number: u64, request: &Request) -> Option<Fault> {
        let target = format!("{}?{}", request.path, request.query);
        let fits = |order: &Order| {
            order.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
                && order.path.as_ref().is_none_or(|part| target.contains(part.as_str()))
        };
        let mut met = None;
        for order in self.orders.iter_mut().filter(|order| fits(order)) {
            if order.after > 0 {
                order.after -= 1;
            } else if met.is_none() {
                order.times = order.times.saturating_sub(1);
                met = Some(order.kind);
            }
        }
        self.orders.retain(|order| order.times > 0);
        if met.is_some() {
            return met;
        }
        let drawn = self.draw(number, 0)? % 1000;
        let mut reached = 0;
        for (fault, per_mille) in &self.per_mille {
            reached += u64::from(*per_mille);
            if drawn < reached {
                return Some(*fault);
            }
        }
        None
    }

    /// How far the remote's clock is off.
    pub(super) fn skew_ms(&self) -> i64 {
        let drawn = if self.clock_skew { self.draw(0, 1) } else { None };
        let within = drawn.map_or(SKEW_MS_MAX, |drawn| drawn % (2 * SKEW_MS_MAX + 1));
        i64::try_from(within).unwrap_or_default() - i64::try_from(SKEW_MS_MAX).unwrap_or_default()
    }

    /// How late what call `number` writes shows.
    pub(super) fn late_ms(&self, number: u64) -> u64 {
        1 + self.draw(number, 2).unwrap_or(LATE_MS_MAX / 2) % LATE_MS_MAX
    }

    /// How slow the answer to call `number` is.
    pub(super) fn slow_ms(&self, number: u64) -> u64 {
        1 + self.draw(number, 3).unwrap_or(SLOW_MS_MAX / 2) % SLOW_MS_MAX
    }

    /// A number that depends on the seed, the call and what it is for.
    pub(super) fn draw(&self, number: u64, purpose: u64) -> Option<u64> {
        use std::hash::Hasher as _;
        let mut hasher = SipHasher13::new_with_keys(self.seed?, purpose);
        hasher.write_u64(number);
        Some(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_all_that_matters() {
        let request = Request::new("GET", "/x");
        let play = |seed| (0..2000).map(|number| Faults::seeded(seed).meet(number, &request)).collect::<Vec<_>>();
        assert_eq!(play(7), play(7));
        assert_ne!(play(7), play(8));
        let met: std::collections::BTreeSet<Fault> = play(7).into_iter().flatten().collect();
        assert_eq!(met.len(), Fault::ALL.len(), "every fault happens: {met:?}");
        let clean = play(7).iter().filter(|fault| fault.is_none()).count();
        assert!((1400..1800).contains(&clean), "{clean} of 2000 calls meet nothing");
    }

    #[test]
    fn without_a_seed_only_what_is_ordered() {
        let mut faults = Faults::none();
        let order = Order {
            kind: Fault::CutAfter,
            method: Some("post".to_owned()),
            path: Some("composite".to_owned()),
            times: 2,
            after: 1,
        };
        faults.orders.push(order);
        let mut meet = |method: &str, path: &str| faults.meet(1, &Request::new(method, path));
        assert_eq!(meet("GET", "/composite"), None);
        assert_eq!(meet("POST", "/composite"), None, "the first is let through");
        assert_eq!(meet("POST", "/composite"), Some(Fault::CutAfter));
        assert_eq!(meet("POST", "/composite"), Some(Fault::CutAfter));
        assert_eq!(meet("POST", "/composite"), None);
        assert_eq!(faults.skew_ms(), 0);
    }
}
