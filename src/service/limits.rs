//! How much callers may ask for at once: a rate for each token, and one for wrong tokens from each address.
//!
//! The counting is governor's. A wrong token costs its address one of a few tries; when they are used up, no token is
//! looked at that was not right from there before. So nobody can try many, and those who work already go on while
//! somebody tries.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

/// So many wrong tokens an address may give in a minute.
const WRONG_A_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// So many addresses are remembered.
const PLACES_MAX: usize = 10_000;

/// What callers are held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections that are open at once.
    pub connections: usize,
    /// Requests a second with one token; none is as many as come.
    pub requests: Option<NonZeroU32>,
    /// How long the head of a request may take to arrive, and its body after it. Also how long a connection stays open
    /// without one.
    pub patience: Duration,
}

/// Where somebody calls from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place(IpAddr);

impl Place {
    /// Whoever has an address of IPv6 has a whole network of them.
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()),
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// Counts what callers ask for.
pub(super) struct Turnstile {
    requests: Option<DefaultKeyedRateLimiter<usize>>,
    wrong: DefaultKeyedRateLimiter<Place>,
    seen: Mutex<Seen>,
    clock: DefaultClock,
}

#[derive(Default)]
struct Seen {
    /// Places whose tries are used up, and until when.
    closed: BTreeMap<Place, Instant>,
    /// Which token was right from where.
    right: BTreeSet<(Place, usize)>,
}

/// In so many seconds somebody may come again.
pub(super) type ComeAgain = u64;

impl Turnstile {
    pub(super) fn new(limits: &Limits) -> Self {
        let requests = limits.requests.map(|requests| DefaultKeyedRateLimiter::keyed(Quota::per_second(requests)));
        let wrong = DefaultKeyedRateLimiter::keyed(Quota::per_minute(WRONG_A_MINUTE));
        Self { requests, wrong, seen: Mutex::default(), clock: DefaultClock::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether tokens from this address are looked at now: `token` is the number of the one that was given, if it is
    /// known. The answer must not depend on that, unless it was right from there before.
    pub(super) fn comes_in(&self, from: IpAddr, token: Option<usize>) -> Result<(), ComeAgain> {
        let place = Place::of(from);
        let mut seen = self.seen();
        if token.is_some_and(|token| seen.right.contains(&(place, token))) {
            return Ok(());
        }
        let now = Instant::now();
        if let Some(until) = seen.closed.get(&place).filter(|until| **until > now) {
            return Err(seconds(until.duration_since(now)));
        }
        if let Some(token) = token {
            if seen.right.len() >= PLACES_MAX {
                seen.right.clear();
            }
            seen.right.insert((place, token));
        }
        Ok(())
    }

    /// A wrong token was given.
    pub(super) fn was_wrong(&self, from: IpAddr) -> Result<(), ComeAgain> {
        let place = Place::of(from);
        if self.wrong.len() >= PLACES_MAX {
            self.wrong.retain_recent();
        }
        let Err(refused) = self.wrong.check_key(&place) else { return Ok(()) };
        let wait = refused.wait_time_from(self.clock.now());
        let now = Instant::now();
        let mut seen = self.seen();
        if seen.closed.len() >= PLACES_MAX {
            seen.closed.retain(|_, until| *until > now);
        }
        seen.closed.insert(place, now + wait);
        Err(seconds(wait))
    }

    /// A request with this token.
    pub(super) fn asks(&self, token: usize) -> Result<(), ComeAgain> {
        let Some(requests) = &self.requests else { return Ok(()) };
        requests.check_key(&token).map_err(|refused| seconds(refused.wait_time_from(self.clock.now())))
    }
}

/// In whole seconds, at least one.
fn seconds(wait: Duration) -> ComeAgain {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn turnstile(requests: u32) -> Turnstile {
        let requests = NonZeroU32::new(requests);
        Turnstile::new(&Limits { connections: 1, requests, patience: Duration::from_secs(1) })
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_asks_so_often_in_a_second() {
        let turnstile = turnstile(5);
        assert_eq!((0..7).filter(|_| turnstile.asks(0).is_ok()).count(), 5);
        assert_eq!(turnstile.asks(0), Err(1));
        assert_eq!(turnstile.asks(1), Ok(()), "another token");
        let free = self::turnstile(0);
        assert!((0..10_000).all(|_| free.asks(0).is_ok()));
    }

    #[test]
    fn who_guesses_is_kept_out_and_who_was_in_stays_in() {
        let turnstile = turnstile(0);
        let here = address("192.0.2.1");
        turnstile.comes_in(here, Some(0)).unwrap();
        for _ in 0..10 {
            turnstile.comes_in(here, None).unwrap();
            turnstile.was_wrong(here).unwrap();
        }
        let again = turnstile.was_wrong(here).unwrap_err();
        assert!((1..=6).contains(&again), "{again}");
        assert!(turnstile.comes_in(here, None).is_err());
        assert!(turnstile.comes_in(here, Some(1)).is_err(), "a right guess is not told from a wrong one");
        assert_eq!(turnstile.comes_in(here, Some(0)), Ok(()));
        assert_eq!(turnstile.comes_in(address("192.0.2.2"), Some(1)), Ok(()));
        assert!(turnstile.comes_in(address("::ffff:192.0.2.1"), Some(1)).is_err(), "the same address");
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        assert_eq!(Place::of(address("2001:db8::1")), Place::of(address("2001:db8::ffff:1")));
        assert_ne!(Place::of(address("2001:db8::1")), Place::of(address("2001:db8:0:1::1")));
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let turnstile = turnstile(0);
        for number in 0..PLACES_MAX as u32 + 10 {
            turnstile.comes_in(IpAddr::from(number.to_be_bytes()), Some(0)).unwrap();
        }
        assert!(turnstile.seen().right.len() <= PLACES_MAX);
    }
}
