//! What the rows cost in memory: allocations for an event, bytes for a person, a logged activity and a waiting run.
//!
//! Nothing is timed here; an allocator that counts stands in for the usual one. Bytes are those asked for, without what
//! the allocator adds.

use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;

use campanile::compile::Plan;
use campanile::{Engine, Event, EventKind, Rules};
use campanile_benches::book::{self, Shape};
use campanile_benches::conditions::{self, Family, Workload};
use campanile_benches::harness::{Options, Table, grouped};
use campanile_benches::traffic;

/// What a piece of work took: allocations and bytes that stayed.
fn counted<T>(work: impl FnOnce() -> T) -> (u64, i64, T) {
    let mut result = None;
    let info = allocation_counter::measure(|| result = Some(work()));
    (info.count_total, info.bytes_current, result.expect("the work was done"))
}

fn plan_of(files: &[(String, String)]) -> Arc<Plan> {
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Arc::new(Rules::from_sources(&texts).compile().expect("the generated rules are sound"))
}

fn each(amount: i64, of: usize) -> String {
    format!("{:.1}", amount as f64 / of.max(1) as f64)
}

fn handle_all<'e>(engine: &mut Engine, events: impl IntoIterator<Item = &'e Event<'static>>) {
    for event in events {
        for outcome in engine.handle(event).expect("the generated events are sound") {
            black_box(&outcome);
        }
    }
}

fn main() {
    let options = Options::from_args();
    if !options.wants("memory") || options.profile {
        return;
    }
    let mut table = Table::new(
        "memory: allocations and bytes",
        &["what", "how many", "allocations each", "bytes kept each", "must reach"],
    );

    // Validate: texts to plan.
    let files = book::write(&options.size(Shape::VALIDATE, Shape { campaigns: 100, ..Shape::VALIDATE }), 6);
    let (allocations, live, plan) = counted(|| plan_of(&files));
    table.row([
        "rule file, text to plan".to_owned(),
        grouped(files.len() as u64),
        each(allocations as i64, files.len()),
        each(live, files.len()),
        String::new(),
    ]);
    drop(plan);

    // Load and run.
    let (people, events) = options.size((50_000, 500_000), (1_000, 10_000));
    let shape = Shape::RUN;
    let plan = plan_of(&book::write(&shape, 2));
    let work = traffic::make(&shape, people, events, 22);
    let mut engine = Engine::new(Arc::clone(&plan));
    engine.start(traffic::START);
    let (fields, members) = work.load.split_at(people);
    let mut load = |what: &str, records: &[Event<'static>], goal: &str, table: &mut Table| {
        let (allocations, live, ()) =
            counted(|| records.iter().for_each(|record| engine.load(record).expect("the generated people are sound")));
        let n = records.len();
        table.row([what.to_owned(), grouped(n as u64), each(allocations as i64, n), each(live, n), goal.to_owned()]);
    };
    load("person loaded, 8 to 10 fields", fields, "200 bytes", &mut table);
    load("membership loaded", members, "", &mut table);
    let (allocations, live, ()) = counted(|| handle_all(&mut engine, &work.events));
    let stats = engine.stats();
    table.row([
        "event of the run".to_owned(),
        grouped(events as u64),
        each(allocations as i64, events),
        each(live, events),
        "no allocation".to_owned(),
    ]);
    table.note(format!(
        "The events of the run caused {} `qualified` and {} `action` records; their activities are kept in the log.",
        grouped(stats.qualified),
        grouped(stats.actions)
    ));
    drop(engine);

    // Events that start nothing.
    for (family, n, name) in [
        (Family::Anchored, 10_000, "event, 10,000 anchored campaigns, second time"),
        (Family::SegmentLike, 10_000, "event, 10,000 segment-like campaigns, second time"),
    ] {
        let workload = Workload::new(family, options.size(n, 200), 500, 1);
        let mut engine = Engine::new(plan_of(&conditions::rules(&workload)));
        engine.start(traffic::START);
        workload.load().iter().for_each(|record| engine.load(record).expect("the generated people are sound"));
        let all = 0..workload.facts.len();
        let events: Vec<_> = all.clone().map(|fact| workload.event(fact)).collect();
        let undoing: Vec<_> = all.filter_map(|fact| workload.undoing(fact)).collect();
        handle_all(&mut engine, &events);
        handle_all(&mut engine, &undoing);
        let (allocations, live, ()) = counted(|| handle_all(&mut engine, &events));
        let n = events.len();
        table.row([
            name.to_owned(),
            grouped(n as u64),
            each(allocations as i64, n),
            each(live, n),
            "no allocation".to_owned(),
        ]);
    }

    // Waiting runs: everybody waits in as many campaigns.
    let campaigns = 10;
    let people = options.size(100_000, 1_000);
    let mut text = "lists: [L]\nsmart_campaigns:\n".to_owned();
    for n in 0..campaigns {
        text += &format!("  w{n}: {{triggers: [campaign is requested], flow: [wait {} days, do nothing]}}\n", 100 + n);
    }
    let mut engine = Engine::new(plan_of(&[("a.yaml".to_owned(), text)]));
    engine.start(traffic::START);
    let requests: Vec<Event<'static>> = (0..people)
        .flat_map(|person| (0..campaigns).map(move |campaign| (person, campaign)))
        .map(|(person, campaign)| Event {
            at: None,
            id: None,
            person: Some(Cow::Owned(format!("person-{person:07}"))),
            log: false,
            kind: EventKind::CampaignRequested { campaign: Cow::Owned(format!("w{campaign}")), source: None },
        })
        .collect();
    // The people exist before, so that only runs are counted.
    for request in requests.iter().step_by(campaigns) {
        let person = Event { kind: EventKind::Person { fields: Vec::new() }, ..request.clone() };
        engine.load(&person).expect("a person without fields is sound");
    }
    let (allocations, live, ()) = counted(|| handle_all(&mut engine, &requests));
    assert_eq!(engine.waiting().len(), requests.len());
    let n = requests.len();
    table.row([
        "run that began to wait".to_owned(),
        grouped(n as u64),
        each(allocations as i64, n),
        each(live, n),
        "100 bytes".to_owned(),
    ]);
    table.note("A run that waits is counted with the note that its person qualified.");
    table.print(&options);
}
