//! Row 3: the same run with people kept in a state directory, beside inserting the same bytes into the same database; and how
//! long a start takes.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use campanile::engine::AHEAD;
use campanile::store::{Database, Keeper, Partition, RuleFiles, SqliteStore, StateDirectory, Store as _};
use campanile::{Rules, records};
use campanile_benches::book::{self, Shape};
use campanile_benches::harness::{Options, Table, grouped, rate, ratio, runs, shown, take_turns, time_by_clock};
use campanile_benches::peers::Scratch;
use campanile_benches::traffic::{self, Traffic};

/// What one commit holds: inputs and action records.
type Group = (Vec<u8>, Vec<u8>);

pub(crate) fn measure(options: &Options) {
    let (people, events) = options.size((100_000, 1_000_000), (1_000, 20_000));
    let shape = options.size(Shape::RUN, Shape { campaigns: 200, ..Shape::RUN });
    let files = book::write(&shape, 2);
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let rules = RuleFiles::new(Rules::from_sources(&texts).sources());
    let traffic = traffic::make(&shape, people, events, 22);
    let lines: Vec<String> = traffic
        .events
        .iter()
        .map(|event| {
            let mut line = Vec::new();
            records::write_event(event, &mut line);
            String::from_utf8(line).expect("records are text")
        })
        .collect();

    let scratch = Scratch::new();
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        scratch.path().join(format!("state{number}"))
    };
    let first = fresh();
    kept(&first, &rules, &traffic, &lines);
    let groups = groups(&first);
    let bytes: usize = groups.iter().map(|(inputs, outcomes)| inputs.len() + outcomes.len()).sum();

    let mut fresh_too = || fresh();
    let places: Vec<_> = (0..2 * runs(options.turns)).map(|_| fresh_too()).collect();
    let (for_kept, for_raw) = places.split_at(runs(options.turns));
    let (mut for_kept, mut for_raw) = (for_kept.iter(), for_raw.iter());
    let mut durable = || kept(for_kept.next().expect("one a turn"), &rules, &traffic, &lines);
    let mut raw = || raw(for_raw.next().expect("one a turn"), &groups);
    let samples = take_turns(options.turns, &mut [&mut durable, &mut raw]);

    let mut table = Table::new(
        format!(
            "durable: {} events, {} people, {} smart campaigns; {} MB in {} commits",
            grouped(events as u64),
            grouped(people as u64),
            grouped(shape.campaigns as u64),
            bytes / 1_000_000,
            grouped(groups.len() as u64)
        ),
        &["way, by the clock", "events", "slowest/fastest", "share of raw", "must reach"],
    );
    let (durable, raw) = (samples[0].median(), samples[1].median());
    let goal = "100,000/s, 0.7×".to_owned();
    table.row([
        "kept: handled, committed, synced".to_owned(),
        rate(events, durable),
        samples[0].spread(),
        ratio(raw, durable),
        goal,
    ]);
    table.row([
        "raw: the same bytes inserted, committed, synced".to_owned(),
        rate(events, raw),
        samples[1].spread(),
        String::new(),
        String::new(),
    ]);

    // A start, with everybody of a large state in the checkpoint.
    let many = options.size(1_000_000, 2_000);
    let large = traffic::make(&shape, many, 0, 23);
    let place = fresh_too();
    let (saved, ()) = time_by_clock(|| {
        let mut keeper = open(&place, &rules).1;
        load(&mut keeper, &large);
        keeper.finish().expect("there is room");
    });
    let (started, found) = time_by_clock(|| open(&place, &rules).1.engine().stats().people);
    assert_eq!(found, many as u64, "everybody is there again");
    table.note(format!(
        "A start with {} people in the checkpoint: {}. Loading and saving them took {}.",
        grouped(many as u64),
        shown(started),
        shown(saved)
    ));
    table.note("What was committed in the first turn was read back, and each turn committed as many action records.");
    table.print(options);
}

fn open(place: &Path, rules: &RuleFiles) -> (StateDirectory, Keeper) {
    let directory = StateDirectory::open(place, "bench").expect("it is ours");
    let store = SqliteStore::open(Database::open(&directory).expect("it opens")).expect("it opens");
    let keeper = Keeper::open(Box::new(store), Partition::default(), rules).expect("it is taken up");
    (directory, keeper)
}

fn load(keeper: &mut Keeper, traffic: &Traffic) {
    keeper.start(traffic::START).expect("the clock starts");
    for record in &traffic.load {
        keeper.load(record).expect("the generated records are sound");
    }
    keeper.checkpoint().expect("there is room");
}

/// Handles and keeps every event; the time from the first to the moment when the last is durable.
fn kept(place: &Path, rules: &RuleFiles, traffic: &Traffic, lines: &[String]) -> Duration {
    let (_directory, mut keeper) = open(place, rules);
    load(&mut keeper, traffic);
    let mut passed_on = 0;
    let (took, ()) = time_by_clock(|| {
        // As the service does with what has arrived.
        for (events, lines) in traffic.events.chunks(AHEAD).zip(lines.chunks(AHEAD)) {
            let coming = keeper.engine().foresee(events);
            for (event, line) in coming.zip(lines) {
                keeper.handle(event, line).expect("there is room").expect("the generated events are sound");
                if keeper.is_full() {
                    keeper.send().expect("there is room");
                    keeper.committed(|batch| count(batch.outcome_count, &mut passed_on)).expect("nothing fails");
                }
            }
        }
        keeper.flush().expect("there is room");
        keeper.committed(|batch| count(batch.outcome_count, &mut passed_on)).expect("nothing fails");
    });
    let stats = keeper.engine().stats();
    assert!(passed_on > stats.qualified + stats.actions, "every action record was handed out");
    took
}

fn count(more: u64, sum: &mut u64) -> Result<(), std::convert::Infallible> {
    *sum += more;
    Ok(())
}

/// What was committed, read back.
fn groups(place: &Path) -> Vec<Group> {
    let mut store =
        SqliteStore::open_for_reading(Database::open_for_reading(place).expect("it is there")).expect("it is ours");
    let standing = store.standing(Partition::default()).expect("it is readable");
    let mut after = standing.checkpoint.map_or(0, |(inputs, _)| inputs);
    let mut groups = Vec::new();
    while let Some(entry) = store.journal(Partition::default(), after).expect("it is readable") {
        after = entry.first + entry.count - 1;
        groups.push((entry.inputs, entry.outcomes));
    }
    assert_eq!(after, standing.inputs, "every input was committed");
    groups
}

/// The same bytes, put into two plain tables of a database that is opened the same way.
fn raw(place: &Path, groups: &[Group]) -> Duration {
    let directory = StateDirectory::open(place, "bench").expect("it is ours");
    let mut database = Database::open(&directory).expect("it opens");
    let tables =
        "CREATE TABLE a (n INTEGER PRIMARY KEY, b BLOB) STRICT; CREATE TABLE b (n INTEGER PRIMARY KEY, b BLOB) STRICT";
    database.write(|it| it.execute_batch(tables)).expect("there is room");
    time_by_clock(|| {
        for (number, (inputs, outcomes)) in (0_i64..).zip(groups) {
            let written = database.write(|it| {
                it.prepare_cached("INSERT INTO a VALUES (?1, ?2)")?.execute((number, inputs))?;
                it.prepare_cached("INSERT INTO b VALUES (?1, ?2)")?.execute((number, outcomes))
            });
            black_box(written.expect("there is room"));
        }
    })
    .0
}
