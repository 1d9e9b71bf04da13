//! Everybody at once must be what one after another is: columns, sets and the order of ids change no answer.

use std::borrow::Cow;

use campanile::testkit::generate::{self, Input, Random};
use campanile::{Engine, Event, Rules};

/// More than a few words of a set, and no whole number of them.
const PEOPLE: usize = 333;

/// Facts of generated histories, told of many people; some of them of nobody who was there when others were asked about.
fn facts(random: &mut Random, workspace: &generate::Workspace) -> Vec<Event<'static>> {
    let mut facts = Vec::new();
    while facts.len() < PEOPLE * 3 {
        for input in generate::history(random, workspace) {
            if let Input::Load(event) | Input::Event(event) = input
                && event.person.is_some()
            {
                // Ids of several lengths, in no order.
                let number = random.below(PEOPLE);
                let person = if number.is_multiple_of(5) { format!("p{number}-of-many") } else { format!("p{number}") };
                facts.push(Event { person: Some(Cow::Owned(person)), id: None, at: None, log: true, ..event });
            }
        }
    }
    facts
}

#[test]
fn everybody_at_once_is_one_after_another() {
    let cases = std::env::var("CAMPANILE_CASES").map_or(12, |text| text.parse().expect("a number"));
    let mut found = 0;
    for seed in 0..cases {
        let mut random = Random::new(90_000 + seed);
        let workspace = generate::workspace(&mut random);
        if !workspace.declarations.contains("sfdc_campaigns:") {
            continue;
        }
        let rules = Rules::from_sources(&[("rules.yaml", &workspace.text())]);
        let mut engine = Engine::new(rules.compile().expect("the generated rules are valid"));
        engine.start(workspace.start);
        let facts = facts(&mut random, &workspace);
        let (segments, campaigns) = (workspace.segment_names(), workspace.campaign_names());
        for part in facts.chunks(PEOPLE) {
            for fact in part {
                // Some have a value that does not fit its field: they are refused.
                let _ = engine.load(fact);
            }
            for _ in 0..30 {
                let text = generate::filter(&mut random, workspace.start, &segments, &campaigns);
                let filter = engine.filter(&text).expect("the generated filter is valid");
                let mut all: Vec<String> = (0..PEOPLE)
                    .flat_map(|number| [format!("p{number}"), format!("p{number}-of-many")])
                    .filter(|person| engine.matches(person, &filter) == Some(true))
                    .collect();
                all.sort_unstable();
                let count = engine.count(&filter);
                let selected = engine.select(&filter);
                assert_eq!(selected, all, "seed {seed}: {text}");
                assert_eq!(count, all.len(), "seed {seed}: {text}");
                found += all.len();
            }
        }
    }
    assert!(found > 1_000, "hardly anybody was found: {found}");
}
