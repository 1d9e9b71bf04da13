//! Windows are exact over random traffic; days, pauses and the breaker by example.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn never_more_than_the_limit_in_any_window(limit in 1_usize..12, gaps in prop::collection::vec(0_u64..400, 0..300)) {
        let span = 1000;
        let mut window = Window::new(limit, span);
        let mut now = Millis(0);
        let mut out: Vec<u64> = Vec::new();
        for gap in gaps {
            now = now.after(gap);
            let busy = out.iter().filter(|at| **at + span >= now.0).count() >= limit;
            match window.take(now) {
                Ok(()) => {
                    prop_assert!(!busy, "one too many at {now:?} after {out:?}");
                    out.push(now.0);
                }
                Err(free) => {
                    prop_assert!(busy, "refused at {now:?} without need after {out:?}");
                    // The time that was promised holds, and a millisecond before it does not.
                    prop_assert!(window.clone().take(free).is_ok());
                    prop_assert!(window.clone().take(Millis(free.0 - 1)).is_err());
                }
            }
        }
    }
}

#[test]
fn a_clock_set_back_lets_nothing_out_sooner() {
    let mut window = Window::new(2, 100);
    assert_eq!(window.take(Millis(1000)), Ok(()));
    assert_eq!(window.take(Millis(500)), Err(Millis(1000)));
    assert_eq!(window.take(Millis(1000)), Ok(()));
    assert_eq!(window.take(Millis(1000)), Err(Millis(1101)));
}

#[test]
fn marketo_allows_ten_at_once_and_a_hundred_in_twenty_seconds() {
    let now = Millis(1_700_000_000_000);
    let mut budget = Marketo::new(0, now);
    for _ in 0..10 {
        assert_eq!(budget.start(now), Ok(()));
    }
    assert_eq!(budget.start(now), Err(Wait::Answer));
    for _ in 10..100 {
        budget.answered();
        assert_eq!(budget.start(now), Ok(()));
    }
    budget.answered();
    assert_eq!(budget.start(now), Err(Wait::Until(now.after(20_001))));
    assert_eq!(budget.used(), 100);
    budget.refused(now.after(15_000));
    assert_eq!(budget.start(now.after(20_001)), Err(Wait::Until(now.after(35_000))));
    assert_eq!(budget.start(now.after(35_000)), Ok(()));
}

#[test]
fn the_quota_comes_back_at_midnight_in_chicago() {
    let at = |text: &str| Millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond() as u64);
    // Daylight saving time ends on the first of November: midnight is at 05:00 before and at 06:00 after it.
    for (now, midnight) in [
        ("2026-07-10T12:00:00Z", "2026-07-11T05:00:00Z"),
        ("2026-11-01T05:00:00Z", "2026-11-02T06:00:00Z"),
        ("2026-11-02T05:59:59.999Z", "2026-11-02T06:00:00Z"),
    ] {
        let (now, midnight) = (at(now), at(midnight));
        let mut budget = Marketo::new(49_999, now);
        assert_eq!(budget.start(now), Ok(()));
        assert_eq!(budget.start(now), Err(Wait::NextDay(midnight)));
        assert_eq!(budget.start(midnight), Ok(()));
        assert_eq!(budget.used(), 1);
        budget.used_up();
        assert!(matches!(budget.start(midnight), Err(Wait::NextDay(_))));
    }
}

#[test]
fn salesforce_tells_its_own_count() {
    assert_eq!(usage("api-usage=18/5000"), Some((18, 5000)));
    assert_eq!(usage("per-app-api-usage=17/250(appName=x), api-usage=25/5000"), Some((25, 5000)));
    assert_eq!(usage("api-usage=many"), None);
    assert!(below(80, (3999, 5000)));
    assert!(!below(80, (4000, 5000)));
}

#[test]
fn pauses_grow_and_leave_half_to_chance() {
    assert_eq!((pause(0, 0.0, None), pause(0, 1.0, None)), (250, 500));
    assert_eq!((pause(3, 0.0, None), pause(3, 0.5, None)), (2000, 3000));
    assert_eq!((pause(u32::MAX, 1.0, None), pause(u32::MAX, f64::NAN, None)), (60_000, 60_000));
    assert_eq!(pause(0, 0.0, Some(7000)), 7000);
}

#[test]
fn five_failures_in_a_row_open_the_breaker_and_one_call_tries_again() {
    let mut breaker = Breaker::default();
    for at in 0..4 {
        breaker.failed(Millis(at));
    }
    breaker.succeeded();
    for at in 0..5 {
        assert_eq!(breaker.allow(Millis(at)), Ok(()));
        breaker.failed(Millis(at));
    }
    assert_eq!(breaker.allow(Millis(5)), Err(Millis(30_004)));
    assert_eq!(breaker.allow(Millis(30_004)), Ok(()));
    assert_eq!(breaker.allow(Millis(30_005)), Err(Millis(30_505)));
    breaker.failed(Millis(30_100));
    assert_eq!(breaker.allow(Millis(30_200)), Err(Millis(60_100)));
    assert_eq!(breaker.allow(Millis(60_100)), Ok(()));
    breaker.succeeded();
    assert_eq!((breaker.allow(Millis(60_101)), breaker.allow(Millis(60_101))), (Ok(()), Ok(())));
}
