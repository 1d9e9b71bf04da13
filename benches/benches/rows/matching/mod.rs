//! Row 1: one event against the triggers and filters of many campaigns; who qualifies?
//!
//! All contestants hear the same question, written for each in its own language from one description, and their answers
//! are compared before anything is timed. Rules are compiled beforehand. For the peers the event and the person are
//! ready in their own types beforehand as well; our engine gets the bare event, and its time includes applying it,
//! qualification, the run of a flow that does nothing and the records of it.

mod cedar;
mod cel;
mod speech;
mod zen;

use std::time::Duration;

use campanile::engine::{AHEAD, Outcomes};
use campanile::{Engine, Event, EventError, Rules};
use campanile_benches::conditions::{Family, Workload, rules};
use campanile_benches::harness::{Options, Samples, Table, grouped, nanos, take_turns, time};
use campanile_benches::traffic;

/// Somebody who can say which campaigns a fact of the workload starts.
trait Contestant {
    /// The numbers of the campaigns, in order.
    fn answer(&mut self, fact: usize) -> Vec<usize>;

    /// The same for so many facts, one after another: how many campaigns it were.
    fn answers(&mut self, facts: usize) -> usize {
        (0..facts).map(|fact| self.answer(fact).len()).sum()
    }

    /// Makes sure that the fact can happen again; not timed.
    fn forget(&mut self, _fact: usize) {}
}

struct Naive<'a>(&'a Workload);

impl Contestant for Naive<'_> {
    fn answer(&mut self, fact: usize) -> Vec<usize> {
        self.0.naive(fact)
    }
}

struct Ours {
    engine: Engine,
    events: Vec<Event<'static>>,
    undoing: Vec<Option<Event<'static>>>,
}

impl Ours {
    fn new(workload: &Workload) -> Self {
        let files = rules(workload);
        let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let plan = Rules::from_sources(&texts).compile().unwrap_or_else(|error| {
            let text = error.to_string();
            panic!("the generated rules are sound: {}", text.lines().take(5).collect::<Vec<_>>().join("\n"))
        });
        let mut engine = Engine::new(plan);
        engine.start(traffic::START);
        for record in workload.load() {
            engine.load(&record).expect("the generated people are sound");
        }
        let facts = 0..workload.facts.len();
        Self {
            engine,
            events: facts.clone().map(|n| workload.event(n)).collect(),
            undoing: facts.map(|n| workload.undoing(n)).collect(),
        }
    }
}

impl Contestant for Ours {
    fn answer(&mut self, fact: usize) -> Vec<usize> {
        campaigns(self.engine.handle(&self.events[fact]))
    }

    /// As whoever has several events in hand: they are told ahead.
    fn answers(&mut self, facts: usize) -> usize {
        let mut found = 0;
        for events in self.events[..facts].chunks(AHEAD) {
            for event in self.engine.foresee(events) {
                found += campaigns(self.engine.handle(event)).len();
            }
        }
        found
    }

    fn forget(&mut self, fact: usize) {
        if let Some(event) = &self.undoing[fact] {
            self.engine.handle(event).expect("the generated events are sound");
        }
    }
}

/// The numbers of the campaigns that somebody qualified for.
fn campaigns(outcomes: Result<Outcomes<'_>, EventError>) -> Vec<usize> {
    let names = outcomes.expect("the generated events are sound").qualified().map(|(_, campaign)| campaign);
    names.filter_map(|name| name.get(1..).and_then(|number| number.parse().ok())).collect()
}

pub(crate) fn measure(options: &Options) {
    if options.profile {
        return [Family::Anchored, Family::SegmentLike].into_iter().for_each(profile);
    }
    let sizes: &[usize] = options.size(&[100, 1_000, 10_000, 100_000], &[100, 1_000]);
    for family in [Family::Anchored, Family::SegmentLike] {
        let (name, goal) = match family {
            Family::Anchored => ("anchored", "at most 1 µs at 10,000"),
            Family::SegmentLike => ("segment-like", "at most 10 µs at 100,000"),
        };
        let title = format!("match, {name}: time for one event, who qualifies among N campaigns (must reach: {goal})");
        let columns = [
            "N",
            "matches",
            "campanile",
            "per campaign",
            "first time",
            "naive scan",
            "zen, indexed",
            "zen-expression",
            "cel",
            "cedar-policy",
            "naive/ours",
            "indexed/ours",
            "zen/ours",
            "cel/ours",
            "cedar/ours",
        ];
        let mut table = Table::new(title, &columns);
        let mut facts = Vec::new();
        for n in sizes {
            let row = one_size(family, *n, options);
            facts.push(format!("N = {}: {}", grouped(*n as u64), row.facts.map(grouped_usize).join(", ")));
            let per_event: Vec<f64> = row
                .samples
                .iter()
                .zip(row.facts)
                .map(|(samples, facts)| samples.median().as_nanos() as f64 / facts as f64)
                .collect();
            let mut cells = vec![grouped(*n as u64), format!("{:.1}", row.matches)];
            cells.extend([nanos(per_event[0]), nanos(per_event[0] / *n as f64), nanos(row.first)]);
            cells.extend(per_event[1..].iter().map(|n| nanos(*n)));
            cells.extend(per_event[1..].iter().map(|peer| format!("{:.2}×", peer / per_event[0])));
            table.row(cells);
        }
        table.note(format!(
            "Median of {} turns. Events timed in a turn, up to twenty times each (campanile, naive, zen indexed, zen-expression, cel, cedar-policy): {}.",
            options.turns,
            facts.join("; ")
        ));
        table.note(format!("Campanile is told {AHEAD} events ahead. \"First time\": each event once on a fresh engine, not told ahead. All six gave the same answers for the events that were compared before. \"Indexed\" is zen-expression behind a hash map by kind and subject of the trigger."));
        table.print(options);
    }
}

fn profile(family: Family) {
    let workload = Workload::new(family, 10_000, 500, 1);
    let mut ours = Ours::new(&workload);
    for fact in 0..workload.facts.len() {
        std::hint::black_box(ours.answer(fact));
        ours.forget(fact);
    }
}

fn grouped_usize(n: usize) -> String {
    grouped(n as u64)
}

/// A turn goes over its facts again and again, so that it is not all about the caches that the one before has emptied; but
/// not so often that the logs of people grow long.
const ROUNDS_MAX: u32 = 20;

struct Row {
    /// Campaigns for an event.
    matches: f64,
    /// Nanoseconds for an event that we meet for the first time.
    first: f64,
    samples: Vec<Samples>,
    facts: [usize; 6],
}

fn one_size(family: Family, n: usize, options: &Options) -> Row {
    let workload = Workload::new(family, n, options.size(1000, 50), 1 + n as u64);
    let mut contestants: Vec<Box<dyn Contestant + '_>> = vec![
        Box::new(Ours::new(&workload)),
        Box::new(Naive(&workload)),
        Box::new(zen::Zen::new(&workload, true)),
        Box::new(zen::Zen::new(&workload, false)),
        Box::new(cel::Cel::new(&workload)),
        Box::new(cedar::Cedar::new(&workload)),
    ];
    let names = ["campanile", "naive scan", "zen with index", "zen-expression", "cel", "cedar-policy"];

    // The same answers first: all facts for the naive one and us, fewer for who is slow.
    let (mut matches, mut first) = (0, Duration::ZERO);
    let compared = (2_000_000 / n).clamp(20, workload.facts.len());
    for fact in 0..workload.facts.len() {
        let right = workload.naive(fact);
        matches += right.len();
        for (at, (contestant, name)) in contestants.iter_mut().zip(names).enumerate() {
            if at > 0 && fact >= compared {
                break;
            }
            let (took, answer) = time(|| contestant.answer(fact));
            if at == 0 {
                first += took;
            }
            assert_eq!(answer, right, "{name} disagrees about {:?}", workload.facts[fact]);
            contestant.forget(fact);
        }
    }

    // So many facts that a turn takes a fifth of a second at most.
    let mut facts = [workload.facts.len(); 6];
    let budget = options.size(Duration::from_millis(200), Duration::from_millis(5));
    for (contestant, facts) in contestants.iter_mut().zip(&mut facts).skip(1) {
        let (took, ()) = time(|| (0..3).for_each(|fact| drop(contestant.answer(fact))));
        let fitting = budget.as_secs_f64() / (took.as_secs_f64() / 3.0).max(1e-9);
        *facts = (fitting as usize).clamp(3, *facts);
    }
    let mut turns: Vec<Box<dyn FnMut() -> Duration + '_>> = Vec::new();
    for (contestant, facts) in contestants.iter_mut().zip(facts) {
        turns.push(Box::new(move || {
            let (mut took, mut rounds) = (Duration::ZERO, 0);
            while rounds < ROUNDS_MAX && took < budget / 4 {
                let (round, found) = time(|| contestant.answers(facts));
                std::hint::black_box(found);
                (0..facts).for_each(|fact| contestant.forget(fact));
                took += round;
                rounds += 1;
            }
            took / rounds
        }));
    }
    let mut turns: Vec<&mut dyn FnMut() -> Duration> = turns.iter_mut().map(|turn| &mut **turn as _).collect();
    let samples = take_turns(options.turns, &mut turns);
    let each = workload.facts.len() as f64;
    Row { matches: matches as f64 / each, first: first.as_nanos() as f64 / each, samples, facts }
}
