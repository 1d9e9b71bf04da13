//! Row 8: many waiting runs, and a year that passes day by day.

use std::borrow::Cow;
use std::hint::black_box;

use campanile::{Engine, Event, EventKind, OutcomeKind, Rules, Timestamp};
use campanile_benches::harness::{Options, Table, grouped, nanos, shown, take_turns, time};
use campanile_benches::traffic;

/// Runs a person waits in at the same time.
const CAMPAIGNS: usize = 4;
/// Waits of each run; together they last a year.
const WAITS: usize = 4;
const DAY: i64 = 86_400_000;

pub(crate) fn measure(options: &Options) {
    let people = options.size(2_500_000, 1_000);
    let runs = people * CAMPAIGNS;
    let mut text = "settings: {time_zone: Europe/Amsterdam}\nsmart_campaigns:\n".to_owned();
    for n in 0..CAMPAIGNS {
        text += &format!("  wait-{n}:\n    triggers: [campaign is requested]\n    flow:\n");
        for _ in 0..WAITS {
            text += &format!("      - wait {} days\n      - do nothing\n", 80 + n);
        }
    }
    let plan = std::sync::Arc::new(
        Rules::from_sources(&[("a.yaml", text.as_str())]).compile().expect("the generated rules are sound"),
    );
    // People come over a month, one after another.
    let ids: Vec<String> = (0..people).map(|person| format!("person-{person:07}")).collect();
    let names: Vec<String> = (0..CAMPAIGNS).map(|campaign| format!("wait-{campaign}")).collect();
    let request = |n: usize| {
        let campaign = Cow::Borrowed(names[n / people].as_str());
        Event {
            at: Some(Timestamp(traffic::START.0 + (n as i64 * 30 * DAY) / runs as i64)),
            id: None,
            person: Some(Cow::Borrowed(ids[n % people].as_str())),
            log: false,
            kind: EventKind::CampaignRequested { campaign, source: None },
        }
    };

    let mut began = Vec::new();
    let mut counts = None;
    let mut year = || {
        let mut engine = Engine::new(std::sync::Arc::clone(&plan));
        engine.start(traffic::START);
        began.push(
            time(|| {
                (0..runs).for_each(|n| {
                    black_box(engine.handle(&request(n)).expect("the requests are sound").len());
                })
            })
            .0,
        );
        let waiting: u64 = engine.campaign_counts().iter().map(|counts| counts.waiting).sum();
        assert_eq!(waiting, runs as u64, "everybody waits");
        let mut woken = [0_usize; 2];
        let (took, ()) = time(|| {
            for day in 30..30 + 366 {
                for outcome in engine.advance(Timestamp(traffic::START.0 + day * DAY)) {
                    match outcome.kind {
                        OutcomeKind::Waiting { .. } => woken[0] += 1,
                        OutcomeKind::Ended { .. } => woken[1] += 1,
                        OutcomeKind::Qualified { .. } | OutcomeKind::Action { .. } | OutcomeKind::Incident { .. } => {}
                    }
                }
            }
        });
        assert_eq!(woken, [runs * (WAITS - 1), runs], "every run went its way to the end");
        assert_eq!(*counts.get_or_insert(woken), woken);
        took
    };
    let samples = take_turns(options.turns, &mut [&mut year]);
    began.sort_unstable();
    let begin = began.get(began.len() / 2).copied().unwrap_or_default();
    let wakes = runs * WAITS;
    let mut table = Table::new(
        format!("timers: {} waiting runs of {} people", grouped(runs as u64), grouped(people as u64)),
        &["work", "how many", "median", "each", "slowest/fastest", "must reach"],
    );
    table.row([
        "runs that begin to wait".to_owned(),
        grouped(runs as u64),
        shown(begin),
        nanos(begin.as_nanos() as f64 / runs as f64),
    ]);
    let median = samples[0].median();
    table.row([
        "a year, day by day: runs woken".to_owned(),
        grouped(wakes as u64),
        shown(median),
        nanos(median.as_nanos() as f64 / wakes as f64),
        samples[0].spread(),
        "seconds".to_owned(),
    ]);
    table.note("Bytes a run: see the table of memory.");
    table.print(options);
}
