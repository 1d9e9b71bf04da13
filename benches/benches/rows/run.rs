//! Row 2: events through qualification, flows and state, in memory, on one thread and on two.

use std::hash::Hasher;
use std::hint::black_box;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use campanile::compile::Plan;
use campanile::engine::{AHEAD, Foreseen, Stats};
use campanile::{Engine, Event, OutcomeKind, Rules, records};
use campanile_benches::book::{self, Shape};
use campanile_benches::harness::{Options, Table, grouped, nanos, rate, ratio, take_turns, time};
use campanile_benches::traffic::{self, Traffic};
use rustc_hash::FxHasher;

/// So many events of two runs are compared byte by byte.
const COMPARED: usize = 200_000;

pub(crate) fn measure(options: &Options) {
    let (people, events) = options.size((100_000, 1_000_000), (1_000, 20_000));
    let shape = options.size(Shape::RUN, Shape { campaigns: 200, ..Shape::RUN });
    let files = book::write(&shape, 2);
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let plan = Arc::new(Rules::from_sources(&texts).compile().expect("the generated rules are sound"));
    if options.profile {
        return profile(&plan, &shape);
    }
    let traffic = traffic::make(&shape, people, events, 22);

    // The same input gives the same bytes, and all ways below give the same counts.
    let bytes = (answer(&plan, &traffic, false), answer(&plan, &traffic, true));
    assert_eq!(bytes.0, bytes.1, "two runs of the same input answered differently");

    let mut counts: Option<Stats> = None;
    let mut kinds = [0_u64; 5];
    let mut listened = || {
        let mut engine = loaded(&plan, &traffic.load);
        kinds = [0; 5];
        let took = time(|| {
            in_turn(&mut engine, &traffic.events, |engine, event| {
                for outcome in engine.handle(event).expect("the generated events are sound") {
                    kinds[place(&outcome.kind)] += 1;
                    black_box(&outcome);
                }
            });
        });
        let stats = engine.stats();
        assert_eq!(*counts.get_or_insert(stats), stats, "the turns counted differently");
        took.0
    };
    let mut counted = || {
        let mut engine = loaded(&plan, &traffic.load);
        time(|| in_turn(&mut engine, &traffic.events, count)).0
    };
    let mut unforeseen = || {
        let mut engine = loaded(&plan, &traffic.load);
        time(|| traffic.events.iter().for_each(|event| count(&mut engine, event))).0
    };
    let halves = halves(&traffic);
    let mut apart = || on_threads(&plan, &halves, false).into_iter().sum();
    let mut together = || on_threads(&plan, &halves, true).into_iter().max().unwrap_or_default();
    let mut ways: [&mut dyn FnMut() -> Duration; 5] =
        [&mut listened, &mut counted, &mut unforeseen, &mut apart, &mut together];
    let samples = take_turns(options.turns, &mut ways);

    let stats = counts.unwrap_or_default();
    let mut table = Table::new(
        format!(
            "run: {} events, {} people, {} smart campaigns, waits and flows in memory",
            grouped(events as u64),
            grouped(people as u64),
            grouped(shape.campaigns as u64)
        ),
        &["way", "events", "an event", "slowest/fastest", "speed-up", "must reach"],
    );
    let alone = samples[3].median();
    let rows = [
        ("one thread, every outcome looked at", "1,000,000/s"),
        ("one thread, outcomes counted", "1,000,000/s"),
        ("one thread, outcomes counted, no event told ahead", ""),
        ("half the people on one thread, then the others on another", ""),
        ("both halves at the same time on two threads", "1.8×"),
    ];
    for (at, ((name, goal), samples)) in rows.iter().zip(&samples).enumerate() {
        let median = samples.median();
        table.row([
            (*name).to_owned(),
            rate(events, median),
            nanos(median.as_nanos() as f64 / events as f64),
            samples.spread(),
            if at == 4 { ratio(alone, median) } else { String::new() },
            (*goal).to_owned(),
        ]);
    }
    let [qualified, actions, waiting, ended, incidents] = kinds.map(grouped);
    table.note(
        "Threads are timed by their own processor time. At the same time: that of the slower one, so the speed-up says what \
         sharing memory costs, not how busy the machine was.",
    );
    table.note(format!(
        "Outcomes: {qualified} qualified, {actions} actions, {waiting} waits, {ended} ends, {incidents} incidents; {} \
         events changed nothing. Two runs wrote the same bytes for \
         the first {} events (hash {:016x}).",
        grouped(stats.no_change),
        grouped(COMPARED.min(events) as u64),
        bytes.0
    ));
    table.print(options);
}

/// The processor time of each half, each on its own thread and with its own engine.
fn on_threads(plan: &Arc<Plan>, halves: &[Traffic], together: bool) -> Vec<Duration> {
    let work = |half: &Traffic| {
        let mut engine = loaded(plan, &half.load);
        time(|| in_turn(&mut engine, &half.events, count)).0
    };
    let joined = |thread: ScopedJoinHandle<'_, Duration>| thread.join().expect("no thread panics");
    std::thread::scope(|scope| {
        if together {
            let started: Vec<_> = halves.iter().map(|half| scope.spawn(move || work(half))).collect();
            started.into_iter().map(joined).collect()
        } else {
            halves.iter().map(|half| joined(scope.spawn(move || work(half)))).collect()
        }
    })
}

fn profile(plan: &Arc<Plan>, shape: &Shape) {
    let traffic = traffic::make(shape, 5_000, 50_000, 22);
    let mut engine = loaded(plan, &traffic.load);
    in_turn(&mut engine, &traffic.events, |engine, event| {
        for outcome in engine.handle(event).expect("the generated events are sound") {
            black_box(&outcome);
        }
    });
}

/// Takes events as a service does that has several in hand: they are told ahead.
fn in_turn<'e>(engine: &mut Engine, events: &'e [Event<'e>], mut take: impl FnMut(&mut Engine, Foreseen<'e>)) {
    for events in events.chunks(AHEAD) {
        engine.foresee(events).for_each(|event| take(engine, event));
    }
}

fn count<'e>(engine: &mut Engine, event: impl Into<Foreseen<'e>>) {
    black_box(engine.handle(event).expect("the generated events are sound").len());
}

const fn place(kind: &OutcomeKind<'_>) -> usize {
    match kind {
        OutcomeKind::Qualified { .. } => 0,
        OutcomeKind::Action { .. } => 1,
        OutcomeKind::Waiting { .. } => 2,
        OutcomeKind::Ended { .. } => 3,
        OutcomeKind::Incident { .. } => 4,
    }
}

fn loaded(plan: &Arc<Plan>, load: &[Event<'_>]) -> Engine {
    let mut engine = Engine::new(Arc::clone(plan));
    engine.start(traffic::START);
    for record in load {
        engine.load(record).expect("the generated people are sound");
    }
    // What is loaded is taken up with the first thing that happens: that is part of loading.
    engine.advance(traffic::START);
    engine
}

/// A hash of every record that the first events cause, as written, and of who waits at the end; events are told ahead, or
/// not.
fn answer(plan: &Arc<Plan>, traffic: &Traffic, ahead: bool) -> u64 {
    let mut engine = loaded(plan, &traffic.load);
    let mut hasher = FxHasher::default();
    let mut line = Vec::new();
    let mut take = |engine: &mut Engine, event: Foreseen<'_>| {
        for outcome in engine.handle(event).expect("the generated events are sound") {
            line.clear();
            records::write_outcome(&outcome, &mut line);
            hasher.write(&line);
        }
    };
    let events = &traffic.events[..COMPARED.min(traffic.events.len())];
    if ahead {
        in_turn(&mut engine, events, take);
    } else {
        events.iter().for_each(|event| take(&mut engine, event.into()));
    }
    for waiting in engine.waiting() {
        hasher.write(waiting.person.as_bytes());
        hasher.write(waiting.campaign.as_bytes());
        hasher.write_i64(waiting.until.0);
    }
    hasher.finish()
}

/// The same traffic, the people shared out over two.
fn halves(traffic: &Traffic) -> [Traffic; 2] {
    let is_first =
        |event: &&Event<'_>| event.person.as_deref().is_some_and(|id| id.bytes().last().unwrap_or(0).is_multiple_of(2));
    let half = |first: bool| Traffic {
        load: traffic.load.iter().filter(|event| is_first(event) == first).cloned().collect(),
        events: traffic.events.iter().filter(|event| is_first(event) == first).cloned().collect(),
    };
    [half(true), half(false)]
}
