//! The table of rules one by one, then the properties over random histories.
#![allow(clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::sync::side::Observation;

const INVITED: Status = Status::at(0);
const ATTENDED: Status = Status::at(1);
const NOW: Seconds = Seconds(10_000);
const ADA: Pair = Pair::new(0, 7);

fn link() -> Link {
    let offered = |step| Offered { step: Some(step), campaign: true };
    let (on_conflict, backward) = (OnConflict::Latest, Backward::Accept);
    Link { first: false, on_conflict, backward, statuses: vec![offered(10), offered(20), offered(20)] }
}

fn side(status: Status, at: u32) -> Side {
    let mut side = Side::default();
    side.pull(vec![Observation { pair: ADA, status, stamp: Seconds(at) }], NOW);
    side
}

fn base(status: Status) -> Base {
    let mut base = Base::default();
    base.settle([BaseRow { pair: ADA, version: 4, status }]);
    base
}

fn pass(link: &Link, base: &Base, program: &Side, campaign: &Side) -> Work {
    reconcile(&[Some(link.clone())], base, program, campaign, NOW)
}

#[test]
fn the_change_of_one_side_goes_to_the_other() {
    let work = pass(&link(), &base(INVITED), &side(INVITED, 1), &side(ATTENDED, 2));
    let operation = Operation { pair: ADA, version: 4, from: INVITED, to: ATTENDED, lower: false };
    assert_eq!(work, Work { program: vec![operation], ..Work::default() });
    assert_eq!(operation.settles(), BaseRow { pair: ADA, version: 5, status: ATTENDED });
    let work = pass(&link(), &base(INVITED), &side(Status::NONE, 2), &side(INVITED, 1));
    assert_eq!(work.campaign, [Operation { pair: ADA, version: 4, from: INVITED, to: Status::NONE, lower: false }]);
}

#[test]
fn the_same_change_on_both_sides_moves_the_base_only() {
    let work = pass(&link(), &base(INVITED), &side(ATTENDED, 1), &side(ATTENDED, 2));
    let settled = vec![BaseRow { pair: ADA, version: 5, status: ATTENDED }];
    assert_eq!(work, Work { settled, ..Work::default() });
}

#[test]
fn the_later_change_wins_and_a_tie_goes_to_salesforce() {
    for (program_at, winner) in [(98, Winner::Campaign), (102, Winner::Campaign), (103, Winner::Program)] {
        let work = pass(&link(), &base(INVITED), &side(Status::at(2), program_at), &side(ATTENDED, 100));
        let kinds: Vec<RecordKind> = work.records.iter().map(|record| record.kind).collect();
        assert_eq!(kinds, [RecordKind::Conflict(winner)], "{program_at}");
        assert_eq!((work.program.len(), work.campaign.len()), if winner == Winner::Program { (0, 1) } else { (1, 0) });
    }
}

#[test]
fn what_won_is_not_told_twice_and_what_comes_later_is() {
    let (program, campaign) = (side(Status::at(2), 200), side(ATTENDED, 100));
    let work = pass(&link(), &base(INVITED), &program, &campaign);
    assert_eq!(work.records[0].kind, RecordKind::Conflict(Winner::Program));
    // The write fails, and both are as they were.
    let mut apart = base(INVITED);
    apart.hold(work.held.clone());
    let again = pass(&link(), &apart, &program, &campaign);
    assert_eq!((again.campaign, again.records), (work.campaign, Vec::new()));
    // The campaign moves on, and the program to the very value that lost: both changed.
    let work = pass(&link(), &apart, &side(ATTENDED, 300), &side(Status::at(2), 400));
    assert_eq!(work.records[0].kind, RecordKind::Conflict(Winner::Campaign));
}

#[test]
fn backward_is_accepted_refused_or_restored() {
    let (program, campaign) = (side(ATTENDED, 1), side(INVITED, 2));
    let work = pass(&link(), &base(ATTENDED), &program, &campaign);
    assert!(work.program[0].lower && work.records.is_empty());

    let refuse = Link { backward: Backward::Refuse, ..link() };
    let work = pass(&refuse, &base(ATTENDED), &program, &campaign);
    assert_eq!((work.program.len(), work.campaign.len(), work.records.len(), work.held.len()), (0, 0, 1, 1));
    let apart = work.base_after(base(ATTENDED));
    let again = pass(&refuse, &apart, &program, &campaign);
    assert_eq!(again, Work { held: work.held, ..Work::default() }, "said once");
    let further = side(Status::at(2), 5);
    let moved = pass(&refuse, &apart, &further, &campaign);
    assert_eq!((moved.campaign.len(), moved.records.len()), (1, 0), "one side changed: no conflict");
    let mut failed = apart.clone();
    failed.hold(moved.held.clone());
    assert_eq!(pass(&refuse, &failed, &further, &campaign), moved, "nor when the write failed");
    assert_eq!(moved.base_after(apart).held(), [], "and then it is over");

    let restore = Link { backward: Backward::Restore, ..link() };
    let work = pass(&restore, &base(ATTENDED), &program, &campaign);
    assert_eq!((work.campaign[0].to, work.program.len(), work.records.len()), (ATTENDED, 0, 1));
}

#[test]
fn a_step_of_equal_height_is_not_backward() {
    let refuse = Link { backward: Backward::Refuse, ..link() };
    let work = pass(&refuse, &base(ATTENDED), &side(ATTENDED, 1), &side(Status::at(2), 2));
    assert_eq!((work.program.len(), work.records.len()), (1, 0));
}

#[test]
fn an_unknown_status_stops_that_member_only_and_on_every_pass() {
    let mut link = link();
    link.statuses[1].step = None;
    let eve = Pair::new(0, 8);
    let mut campaign = side(ATTENDED, 2);
    campaign.pull(vec![Observation { pair: eve, status: INVITED, stamp: Seconds(2) }], NOW);
    let work = pass(&link, &base(INVITED), &side(INVITED, 1), &campaign);
    assert_eq!(work.records[0].kind, RecordKind::UnknownStatus(Winner::Campaign));
    assert_eq!(work.program.iter().map(|operation| operation.pair).collect::<Vec<_>>(), [eve]);
    let again = pass(&link, &work.base_after(base(INVITED)), &side(INVITED, 1), &side(ATTENDED, 2));
    assert_eq!(again.records, work.records);
}

#[test]
fn on_the_first_pass_salesforce_wins_without_a_record_and_nobody_is_lost() {
    let first = Link { first: true, backward: Backward::Refuse, on_conflict: OnConflict::Program, ..link() };
    let work = pass(&first, &Base::default(), &side(ATTENDED, 9), &side(INVITED, 1));
    assert_eq!((work.program.len(), work.campaign.len(), work.records.len()), (1, 0, 0));
    let work = pass(&first, &Base::default(), &side(ATTENDED, 9), &Side::default());
    assert_eq!((work.program.len(), work.campaign.len(), work.records.len()), (0, 1, 0));
}

#[test]
fn a_tombstone_keeps_late_pages_from_bringing_somebody_back() {
    let mut side = side(INVITED, 10);
    let seen = |status, at| vec![Observation { pair: ADA, status, stamp: Seconds(at) }];
    side.pull(seen(Status::NONE, 20), NOW);
    side.pull(seen(INVITED, 15), NOW);
    assert_eq!(side.status(ADA), Status::NONE);
    side.pull(seen(ATTENDED, 20), NOW);
    assert_eq!(side.status(ADA), ATTENDED, "removed and added again in one second");
    side.compare(0, Vec::new(), Seconds(19), NOW);
    assert_eq!(side.status(ADA), ATTENDED, "touched after the comparison began");
    side.compare(0, Vec::new(), Seconds(21), NOW);
    assert_eq!((side.status(ADA), side.rows()[0].since), (Status::NONE, NOW));
}

#[test]
fn a_moved_stamp_is_no_change_and_a_stamp_ahead_counts_as_now() {
    let mut side = side(INVITED, 10);
    side.pull(vec![Observation { pair: ADA, status: INVITED, stamp: Seconds(99) }], NOW);
    assert_eq!((side.rows()[0].since, side.rows()[0].stamp), (Seconds(10), Seconds(99)));
    side.pull(vec![Observation { pair: ADA, status: ATTENDED, stamp: Seconds(20_000) }], NOW);
    assert_eq!(side.rows()[0].since, NOW);
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

fn a_link(random: &mut Random, first: bool) -> Link {
    let statuses = (0..4).map(|_| Offered {
        step: (random.below(9) > 0).then_some(random.below(3) as i32),
        campaign: random.below(9) > 0,
    });
    let statuses = statuses.collect();
    let on_conflict = [OnConflict::Latest, OnConflict::Program, OnConflict::Campaign][random.below(3) as usize];
    let backward = [Backward::Accept, Backward::Refuse, Backward::Restore][random.below(3) as usize];
    Link { first, on_conflict, backward, statuses }
}

fn shuffled(mut pages: Vec<Observation>, random: &mut Random) -> Vec<Observation> {
    let doubled = pages.iter().copied().filter(|_| random.below(3) == 0).collect::<Vec<_>>();
    pages.extend(doubled);
    for at in (1..pages.len()).rev() {
        pages.swap(at, random.below(at as u64 + 1) as usize);
    }
    pages
}

/// One random history of several passes over two links; the seed is in every message.
fn history(seed: u64) {
    let random = &mut Random(seed);
    let mut links = [a_link(random, true), a_link(random, true)];
    let mut base = Base::default();
    let (mut program, mut campaign) = (Side::default(), Side::default());
    for round in 0..4_u32 {
        let now = Seconds(1000 * (round + 1));
        let mut changes = [Vec::new(), Vec::new()];
        for _ in 0..random.below(10) {
            let pair = Pair::new(random.below(2) as u32, random.below(3) as u32);
            let status = random.below(5) as u16;
            let status = if status == 0 { Status::NONE } else { Status::at(status - 1) };
            let stamp = Seconds(1000 * round + random.below(6) as u32);
            changes[random.below(2) as usize].push(Observation { pair, status, stamp });
        }
        // Order and duplicates do not matter.
        for (side, changes) in [&mut program, &mut campaign].into_iter().zip(changes) {
            let mut other = side.clone();
            other.pull(shuffled(changes.clone(), random), now);
            side.pull(changes, now);
            assert_eq!(*side, other, "seed {seed}");
        }
        let standing = links.clone().map(Some);
        let work = reconcile(&standing, &base, &program, &campaign, now);
        // Minimal, and no change lost: at most one operation for a pair, it is the other side's value that travels, and
        // a change that is overwritten stands in a record.
        let touched =
            |pair| work.program.iter().chain(&work.campaign).filter(|operation| operation.pair == pair).count();
        let recorded = |pair| work.records.iter().find(|record| record.pair == pair);
        let before =
            |pair: Pair| base.rows().iter().find(|row| row.pair == pair).map_or(Status::NONE, |row| row.status);
        for (operations, own, other) in [(&work.program, &program, &campaign), (&work.campaign, &campaign, &program)] {
            for operation in operations {
                let pair = operation.pair;
                assert_eq!(
                    (touched(pair), own.status(pair), other.status(pair)),
                    (1, operation.from, operation.to),
                    "seed {seed}"
                );
                assert_ne!(operation.from, operation.to, "seed {seed}");
                let held = base.held().iter().find(|held| held.pair == pair);
                let was = held.map_or([Some(before(pair)); 2], |held| [held.program, held.campaign]);
                let overwritten = !was.contains(&Some(operation.from)) && !links[pair.link() as usize].first;
                assert!(!overwritten || recorded(pair).is_some(), "seed {seed}: a change is lost");
            }
        }
        // A crash before anything is confirmed: the same work with the same keys.
        assert_eq!(work, reconcile(&standing, &base, &program, &campaign, now), "seed {seed}");
        let apply = |side: &mut Side, operations: &[Operation]| {
            let stamp = Seconds(now.0 - 1);
            let seen = |operation: &Operation| Observation { pair: operation.pair, status: operation.to, stamp };
            side.pull(operations.iter().map(seen).collect(), now);
        };
        // Some of it fails.
        let mut done = work.clone();
        done.program.retain(|_| random.below(4) > 0);
        done.campaign.retain(|_| random.below(4) > 0);
        apply(&mut program, &done.program);
        apply(&mut campaign, &done.campaign);
        base = done.base_after(base);
        // A first pass goes on until all of it is done.
        let is_done = done.program.len() + done.campaign.len() == work.program.len() + work.campaign.len();
        for link in &mut links {
            link.first &= !is_done;
        }
        for (link, person) in (0..2).flat_map(|link| (0..3).map(move |person| (link, person))) {
            let pair = Pair::new(link, person);
            let stopped = recorded(pair).is_some_and(|record| matches!(record.kind, RecordKind::UnknownStatus(_)));
            let refused =
                work.held.iter().any(|held| held.pair == pair && held.program.is_some() && held.campaign.is_some());
            let failed =
                touched(pair) > done.program.iter().chain(&done.campaign).filter(|own| own.pair == pair).count();
            if !stopped && !refused && !failed {
                assert_eq!(program.status(pair), campaign.status(pair), "seed {seed}");
                assert_eq!(base_status(&base, pair), program.status(pair), "seed {seed}");
                assert_eq!(base.held_at(pair), None, "seed {seed}");
            }
        }
        // The next pass does what failed, in the same way, and tells nobody anything twice.
        let second = reconcile(&links.clone().map(Some), &base, &program, &campaign, now);
        let left = |all: &[Operation], done: &[Operation]| -> Vec<Operation> {
            all.iter().filter(|operation| !done.contains(operation)).copied().collect()
        };
        assert_eq!(second.program, left(&work.program, &done.program), "seed {seed}");
        assert_eq!(second.campaign, left(&work.campaign, &done.campaign), "seed {seed}");
        let told = |record: &&Record| !matches!(record.kind, RecordKind::UnknownStatus(_));
        assert_eq!(second.records.iter().find(told), None, "seed {seed}: told twice");
        assert!(second.settled.is_empty(), "seed {seed}");
    }
}

fn base_status(base: &Base, pair: Pair) -> Status {
    base.rows().iter().find(|row| row.pair == pair).map_or(Status::NONE, |row| row.status)
}

/// `CAMPANILE_HISTORIES` asks for more of them.
#[test]
fn random_histories_keep_their_promises() {
    let histories = std::env::var("CAMPANILE_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(60_000);
    for seed in 0..histories {
        history(seed);
    }
}
