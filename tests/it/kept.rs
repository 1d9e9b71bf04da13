//! Resumed is replayed: generated histories that are cut at random places, the state closed and taken up again at each cut,
//! must give the bytes and the people of a run that was never disturbed.
//!
//! `CAMPANILE_CASES=n` tries so many seeds, `CAMPANILE_SEED=n` only that one.

use std::sync::atomic::{AtomicU64, Ordering};

use campanile::engine::snapshot::Person;
use campanile::store::{Keeper, MemoryStore, Partition, RuleFiles, Store};
use campanile::testkit::generate::{self, Input, Random, Workspace};
use campanile::{Engine, Rules, Timestamp, records};

const CASES: u64 = 60;

/// Rules can make time start runs for ever, which says nothing about keeping them: a case with more action records than
/// that is given up.
const RECORDS_MAX: usize = 5_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn people(engine: &mut Engine) -> Vec<Person<String>> {
    engine.save();
    let mut all = Vec::new();
    for number in 0..engine.chunks() {
        let chunk = engine.chunk(number);
        let text = |place: &u32| chunk.texts[*place as usize].to_owned();
        all.extend(chunk.people.iter().map(|person| person.map(&mut { text })));
    }
    // Memberships lie in the order in which their names were first met, which means nothing.
    for person in &mut all {
        person.sfdc_campaigns.sort_by(|a, b| a.campaign.cmp(&b.campaign));
        person.programs.sort_by(|a, b| a.program.cmp(&b.program));
        person.lists.sort();
    }
    all
}

/// Whether there are more action records than are to be compared. Time passes from timer to timer here: waits that start
/// ever more waits can cause millions of records within one call.
fn is_too_much(rules: &Rules, inputs: &[Input]) -> bool {
    let mut engine = Engine::new(rules.compile().unwrap());
    let mut records = 0;
    for input in inputs {
        let to = match input {
            Input::Event(event) => event.at.filter(|_| engine.examine(event).is_ok()),
            Input::Advance(to) => Some(*to),
            Input::AdvanceBy(span) => engine.now().map(|now| now.plus(span.fixed_millis())),
            Input::Load(_) | Input::Start(_) | Input::RunBatch(_) => None,
        };
        while let Some(due) = engine.next_due().filter(|due| to.is_some_and(|to| *due <= to)) {
            records += engine.advance(due).len();
            if records > RECORDS_MAX {
                return true;
            }
        }
        records += match input {
            Input::Load(event) => engine.load(event).map_or(0, |()| 0),
            Input::Start(at) => {
                engine.start(*at);
                0
            }
            Input::Event(event) => engine.handle(event).map_or(0, |outcomes| outcomes.len()),
            Input::Advance(to) => engine.advance(*to).len(),
            Input::AdvanceBy(span) => engine.advance_by(*span).len(),
            Input::RunBatch(name) => {
                let id = engine.rulebook().campaign(name).unwrap();
                engine.run_batch(id).len()
            }
        };
        if records > RECORDS_MAX {
            return true;
        }
    }
    false
}

/// Action records, people, and the moment to which each span of time leads.
type Undisturbed = (String, Vec<Person<String>>, Vec<Option<Timestamp>>);

/// What an undisturbed run gives.
fn undisturbed(rules: &Rules, inputs: &[Input]) -> Undisturbed {
    let mut engine = Engine::new(rules.compile().unwrap());
    let (mut text, mut moments) = (String::new(), Vec::new());
    for input in inputs {
        let outcomes = match input {
            Input::Load(event) => {
                let _ = engine.load(event);
                moments.push(None);
                continue;
            }
            Input::Start(at) => {
                engine.start(*at);
                moments.push(None);
                continue;
            }
            Input::Event(event) => {
                let examined = engine.examine(event);
                let duplicates = engine.stats().duplicates;
                match engine.handle(event).map(Iterator::collect::<Vec<_>>) {
                    Ok(outcomes) => {
                        let shown: Vec<String> = outcomes.iter().map(ToString::to_string).collect();
                        assert!(examined.is_ok() || engine.stats().duplicates > duplicates, "{examined:?}");
                        text.extend(shown.into_iter().flat_map(|line| [line, "\n".to_owned()]));
                    }
                    Err(error) => assert_eq!(examined, Err(error), "what is refused is refused beforehand"),
                }
                moments.push(None);
                continue;
            }
            Input::Advance(to) => engine.advance(*to),
            Input::AdvanceBy(span) => engine.advance_by(*span),
            Input::RunBatch(name) => {
                let id = engine.rulebook().campaign(name).unwrap();
                engine.run_batch(id)
            }
        };
        for outcome in outcomes {
            text.push_str(&outcome.to_string());
            text.push('\n');
        }
        moments.push(engine.now());
    }
    let people = people(&mut engine);
    (text, people, moments)
}

fn tell(keeper: &mut Keeper, input: &Input, moment: Option<Timestamp>) {
    match input {
        Input::Load(event) => {
            let _ = keeper.load(event);
        }
        Input::Start(at) => keeper.start(*at).unwrap(),
        Input::Event(event) => {
            let mut text = Vec::new();
            records::write_event(event, &mut text);
            let _ = keeper.handle(event, std::str::from_utf8(&text).unwrap()).unwrap();
        }
        Input::Advance(to) => keeper.advance(*to).unwrap(),
        Input::AdvanceBy(_) => keeper.advance(moment.unwrap()).unwrap(),
        Input::RunBatch(name) => assert!(keeper.run_batch(name).unwrap()),
    }
}

fn outcomes(store: &mut dyn Store) -> String {
    let lines = store.outcomes(Partition::default(), 0, usize::MAX).unwrap();
    for (place, (number, _)) in (1..).zip(&lines) {
        assert_eq!(*number, place);
    }
    lines.iter().map(|(_, line)| format!("{}\n", std::str::from_utf8(line).unwrap())).collect()
}

fn check(seed: u64, given_up: &AtomicU64) {
    let mut random = Random::new(seed);
    let workspace: Workspace = generate::workspace(&mut random);
    let inputs = generate::history(&mut random, &workspace);
    let text = workspace.text();
    let rules = Rules::from_sources(&[("rules.yaml", &text)]);
    let files = RuleFiles::new(rules.sources());
    if is_too_much(&rules, &inputs) {
        given_up.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let (expected, expected_people, moments) = undisturbed(&rules, &inputs);

    let store = MemoryStore::default();
    let open = || Keeper::open(Box::new(store.clone()), Partition::default(), &files).unwrap();
    let mut keeper = open();
    for (input, moment) in inputs.iter().zip(moments) {
        tell(&mut keeper, input, moment);
        // Loads that no checkpoint knows yet are gone when the process is: they are given again then.
        let is_load = matches!(input, Input::Load(_));
        if keeper.engine().now().is_some() && random.percent(30) {
            if random.percent(40) || is_load {
                keeper.finish().unwrap();
            } else {
                keeper.flush().unwrap();
            }
            if random.percent(70) {
                drop(keeper);
                keeper = open();
            }
        }
    }
    keeper.finish().unwrap();
    assert_eq!(outcomes(&mut store.clone()), expected, "seed {seed}\n{text}");
    assert_eq!(people(keeper.engine()), expected_people, "seed {seed}");
    drop(keeper);
    assert_eq!(people(open().engine()), expected_people, "seed {seed}, taken up once more");
}

#[test]
fn resumed_is_replayed() {
    let seeds: Vec<u64> = match number("CAMPANILE_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("CAMPANILE_CASES").unwrap_or(CASES)).collect(),
    };
    let given_up = &AtomicU64::new(0);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let seeds = &seeds;
            scope.spawn(move || {
                seeds.iter().filter(|seed| **seed % 2 == half).for_each(|seed| check(*seed, given_up));
            });
        }
    });
    let given_up = given_up.load(Ordering::Relaxed);
    assert!(
        given_up * 20 <= number("CAMPANILE_SEED").map_or(seeds.len() as u64, |_| 20),
        "{given_up} cases were given up"
    );
}
