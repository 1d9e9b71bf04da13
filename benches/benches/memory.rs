//! What the rows cost in memory: allocations for an event, bytes for a person, a logged activity and a waiting run.
//!
//! Nothing is timed here; an allocator that counts stands in for the usual one. Bytes are those asked for, without what
//! the allocator adds. They are the same on every machine, so the benchmark fails where they are over their goal.

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
        &["what", "how many", "allocations each", "bytes kept each", "at most", "must reach"],
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
    fields.iter().for_each(|record| engine.load(record).expect("the generated people are sound"));
    let (allocations, live, ()) = counted(|| {
        members.iter().for_each(|record| engine.load(record).expect("the generated memberships are sound"));
    });
    let n = members.len();
    table.row(["membership loaded".to_owned(), grouped(n as u64), each(allocations as i64, n), each(live, n)]);
    let (allocations, live, ()) = counted(|| handle_all(&mut engine, &work.events));
    let stats = engine.stats();
    table.row([
        "event of the run".to_owned(),
        grouped(events as u64),
        each(allocations as i64, events),
        each(live, events),
        String::new(),
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
            String::new(),
            "no allocation".to_owned(),
        ]);
    }

    let over = [people_kept(&options, &mut table), runs_kept(&options, &mut table)].concat();
    table.print(&options);
    // Bytes do not depend on who else is at work: what is over the goal is a mistake. Of few things there is more room.
    for line in &over {
        eprintln!("{line}");
    }
    if !over.is_empty() && !options.quick {
        std::process::exit(1);
    }
}

/// Does work in ten parts: all its allocations, the bytes that stayed, and how many they were for each of the things
/// done so far when they were most. Where room has just been made they are more than where it is about to be.
fn in_parts(of: usize, mut part: impl FnMut(std::ops::Range<usize>)) -> (u64, i64, f64) {
    const PARTS: usize = 10;
    let (mut allocations, mut live, mut most) = (0, 0, 0.0_f64);
    for number in 0..PARTS {
        let (start, end) = (of * number / PARTS, of * (number + 1) / PARTS);
        let (more, stayed, ()) = counted(|| part(start..end));
        allocations += more;
        live += stayed;
        most = most.max(live as f64 / end.max(1) as f64);
    }
    (allocations, live, most)
}

/// Adds a row with a goal in bytes; what is over it is said.
fn goal_row(table: &mut Table, what: &str, of: usize, found: (u64, i64, f64), goal: f64) -> Option<String> {
    let (allocations, live, most) = found;
    table.row([
        what.to_owned(),
        grouped(of as u64),
        each(allocations as i64, of),
        each(live, of),
        format!("{most:.1}"),
        format!("{goal:.0} bytes"),
    ]);
    let kept = live as f64 / of as f64;
    (kept > goal).then(|| format!("{what}: {kept:.1} bytes each, and {goal:.0} may be"))
}

/// People without a history.
fn people_kept(options: &Options, table: &mut Table) -> Vec<String> {
    let people = options.size(1_000_000, 100_000);
    let mut over = Vec::new();
    for (shape, what) in [
        (Shape { campaigns: 1, ..Shape::RUN }, "person loaded, 8 to 10 fields, no segment watched"),
        (Shape::RUN, "person loaded, 8 to 10 fields, segments watched"),
    ] {
        let plan = plan_of(&book::write(&shape, 5));
        let mut records = traffic::make(&shape, people, 0, 5).load;
        records.truncate(people);
        let mut engine = Engine::new(plan);
        engine.start(traffic::START);
        let found = in_parts(people, |part| {
            for record in &records[part] {
                engine.load(record).expect("the generated people are sound");
            }
            // Looks at the segments of those who came.
            engine.advance(traffic::START);
        });
        over.extend(goal_row(table, what, people, found, 200.0));
    }
    over
}

/// Runs that wait, of people who are there.
fn runs_kept(options: &Options, table: &mut Table) -> Vec<String> {
    let mut over = Vec::new();
    for (campaigns, one_person_after_another, what) in [
        (10, true, "run that began to wait, 10 a person in one go"),
        (4, false, "run that began to wait, 4 a person with the others between"),
        (1, true, "run that began to wait, 1 a person"),
    ] {
        let runs = options.size(10_000_000, 100_000);
        let mut text = "smart_campaigns:\n".to_owned();
        let names: Vec<String> = (0..campaigns).map(|n| format!("w{n}")).collect();
        for (n, name) in names.iter().enumerate() {
            text += &format!(
                "  {name}: {{triggers: [campaign is requested], flow: [wait {} days, do nothing]}}\n",
                100 + n
            );
        }
        let mut engine = Engine::new(plan_of(&[("a.yaml".to_owned(), text)]));
        engine.start(traffic::START);
        let people = runs / campaigns;
        let ids: Vec<String> = (0..people).map(|person| format!("person-{person:07}")).collect();
        let event = |person: usize, kind| Event {
            at: None,
            id: None,
            person: Some(Cow::Borrowed(ids[person].as_str())),
            log: false,
            kind,
        };
        // The people exist before, so that only runs are counted.
        for person in 0..people {
            let fields = Vec::new();
            engine.load(&event(person, EventKind::Person { fields })).expect("a person without fields is sound");
        }
        let found = in_parts(runs, |part| {
            for number in part {
                let (person, campaign) = if one_person_after_another {
                    (number / campaigns, number % campaigns)
                } else {
                    (number % people, number / people)
                };
                let campaign = Cow::Borrowed(names[campaign].as_str());
                let request = event(person, EventKind::CampaignRequested { campaign, source: None });
                black_box(engine.handle(&request).expect("the requests are sound").len());
            }
        });
        let waiting: u64 = engine.campaign_counts().iter().map(|counts| counts.waiting).sum();
        assert_eq!(waiting, runs as u64, "all of them wait");
        over.extend(goal_row(table, what, runs, found, 100.0));
    }
    table.note(
        "A run that waits is counted with its timer, the id of its event and the note that its person qualified.",
    );
    over
}
