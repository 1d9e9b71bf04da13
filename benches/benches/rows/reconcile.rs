//! Row 9: a million memberships on each side, one in a hundred changed.

use std::hint::black_box;

use campanile::sync::reconcile::{Backward, Base, BaseRow, Link, Offered, OnConflict, reconcile};
use campanile::sync::side::{Observation, Pair, Seconds, Side, Status};
use campanile_benches::harness::{Options, Table, grouped, nanos, ratio, shown, take_turns, time};
use campanile_benches::random::Random;

/// Statuses of each link.
const STATUSES: u16 = 6;
/// Everything was shown at this time, and what changed at the next.
const SHOWN: Seconds = Seconds(1_000_000);
const CHANGED: Seconds = Seconds(1_000_600);
const NOW: Seconds = Seconds(1_001_000);

/// What a side shows, as plain numbers: the pair and its status.
type Plain = Vec<(u64, u16)>;

fn side(rows: &[(Pair, Status)], changed: &[(Pair, Status)]) -> Side {
    let seen = |rows: &[(Pair, Status)], stamp| {
        rows.iter().map(|(pair, status)| Observation { pair: *pair, status: *status, stamp }).collect::<Vec<_>>()
    };
    let mut side = Side::default();
    side.pull(seen(rows, SHOWN), SHOWN);
    side.pull(seen(changed, CHANGED), CHANGED);
    side
}

fn plain(rows: impl Iterator<Item = (Pair, Status)>) -> Plain {
    let number = |pair: Pair| u64::from(pair.link()) << 32 | u64::from(pair.person());
    rows.map(|(pair, status)| (number(pair), status.place().map_or(0, |place| place + 1))).collect()
}

/// What a database would do with the same arrays: sort all three by pair, walk them together, write down what is to change
/// where. It knows neither conflicts nor steps.
fn sort_merge(base: &Plain, program: &Plain, campaign: &Plain) -> (Plain, Plain) {
    let sorted = |rows: &Plain| {
        let mut rows = rows.clone();
        rows.sort_unstable_by_key(|(pair, _)| *pair);
        rows
    };
    let (base, program, campaign) = (sorted(base), sorted(program), sorted(campaign));
    let (mut to_program, mut to_campaign) = (Vec::new(), Vec::new());
    let (mut p, mut c) = (0, 0);
    for (pair, agreed) in &base {
        let of = |rows: &Plain, at: &mut usize| {
            while rows.get(*at).is_some_and(|(other, _)| other < pair) {
                *at += 1;
            }
            rows.get(*at).filter(|(other, _)| other == pair).map_or(0, |(_, status)| *status)
        };
        let (program, campaign) = (of(&program, &mut p), of(&campaign, &mut c));
        if program == campaign {
            continue;
        }
        if program == *agreed {
            to_program.push((*pair, campaign));
        } else {
            to_campaign.push((*pair, program));
        }
    }
    (to_program, to_campaign)
}

pub(crate) fn measure(options: &Options) {
    let (links, people) = options.size((100, 10_000), (10, 100));
    let mut random = Random::new(9);
    let status = |random: &mut Random| Status::at(random.below(usize::from(STATUSES)) as u16);
    let mut rows = Vec::new();
    let (mut in_program, mut in_campaign) = (Vec::new(), Vec::new());
    for link in 0..links {
        for person in 0..people {
            let pair = Pair::new(link, person);
            rows.push((pair, status(&mut random)));
            // Each pair changed on one side at most, so that both ways of counting know the same answer.
            if random.below(100) == 0 {
                let changed = if random.percent(20) { Status::NONE } else { status(&mut random) };
                if random.percent(50) { &mut in_program } else { &mut in_campaign }.push((pair, changed));
            }
        }
    }
    let (program, campaign) = (side(&rows, &in_program), side(&rows, &in_campaign));
    let mut base = Base::default();
    base.settle(rows.iter().map(|(pair, status)| BaseRow { pair: *pair, version: 1, status: *status }));
    let offered = (0..STATUSES).map(|step| Offered { step: Some(i32::from(step)), campaign: true }).collect();
    let link = Link { first: false, on_conflict: OnConflict::Latest, backward: Backward::Accept, statuses: offered };
    let links_of = vec![Some(link); links as usize];
    let plain_base = plain(rows.iter().copied());
    let plain_program = plain(program.rows().iter().map(|row| (row.pair, row.status)));
    let plain_campaign = plain(campaign.rows().iter().map(|row| (row.pair, row.status)));

    // The same operations.
    let work = reconcile(&links_of, &base, &program, &campaign, NOW);
    let (to_program, to_campaign) = sort_merge(&plain_base, &plain_program, &plain_campaign);
    assert_eq!(plain(work.program.iter().map(|it| (it.pair, it.to))), to_program, "the same goes to the program");
    assert_eq!(plain(work.campaign.iter().map(|it| (it.pair, it.to))), to_campaign, "the same goes to the campaign");
    assert!(!to_program.is_empty() && !to_campaign.is_empty(), "there is something to do");

    let mut ours = || time(|| black_box(reconcile(&links_of, &base, &program, &campaign, NOW))).0;
    let mut merge = || time(|| black_box(sort_merge(&plain_base, &plain_program, &plain_campaign))).0;
    let samples = take_turns(options.turns, &mut [&mut ours, &mut merge]);
    let pairs = rows.len();
    let mut table = Table::new(
        format!("reconcile: {} memberships on each side of {links} links, 1 % changed", grouped(pairs as u64)),
        &["way", "median", "a pair", "slowest/fastest", "ours/this", "must reach"],
    );
    let each = |took: std::time::Duration| nanos(took.as_nanos() as f64 / pairs as f64);
    let (ours, merge) = (samples[0].median(), samples[1].median());
    table.row(["reconcile".to_owned(), shown(ours), each(ours), samples[0].spread(), String::new(), "1 s".to_owned()]);
    table.row([
        "sort and merge of the same arrays".to_owned(),
        shown(merge),
        each(merge),
        samples[1].spread(),
        ratio(ours, merge),
        "2×".to_owned(),
    ]);
    table.note(format!(
        "{} operations for programs and {} for campaigns, the same from both.",
        grouped(to_program.len() as u64),
        grouped(to_campaign.len() as u64)
    ));
    table.print(options);
}
