//! Row 5: a million people from CSV and from JSON Lines.

use std::fmt::Write;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use campanile::compile::Plan;
use campanile::records::{csv::Table as People, parse_event, write_event};
use campanile::{Engine, Event, EventKind, FactValue, Rules};
use campanile_benches::book::{self, Shape};
use campanile_benches::harness::{Options, Table, grouped, nanos, ratio, shown, take_turns, time};
use campanile_benches::peers::{self, Peer, Scratch};
use campanile_benches::traffic;

pub(crate) fn measure(options: &Options) {
    let people = options.size(1_000_000, 10_000);
    let shape = Shape { campaigns: 1, ..Shape::RUN };
    let files = book::write(&shape, 5);
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let plan = Arc::new(Rules::from_sources(&texts).compile().expect("the generated rules are sound"));
    let mut records = traffic::make(&shape, people, 0, 5).load;
    records.truncate(people);
    let scratch = Scratch::new();
    let csv = scratch.write("people.csv", &as_csv(&records));
    let json = scratch.write("people.jsonl", &as_json(&records));
    drop(records);

    let mut read_csv = || time(|| each_of_csv(&csv, |_| {})).0;
    let mut load_csv = || time(|| loaded(&plan, people, |take| each_of_csv(&csv, take))).0;
    let mut read_json = || time(|| each_of_json(&json, |_| {})).0;
    let mut load_json = || time(|| loaded(&plan, people, |take| each_of_json(&json, take))).0;
    let samples = take_turns(options.turns, &mut [&mut read_csv, &mut load_csv, &mut read_json, &mut load_json]);
    let duck = |file: &Path| {
        let answer = peers::ask(Peer::DuckDb, "load", &scratch, file, &[])?.first().copied()?;
        assert_eq!(answer.1, people, "duckdb read another number of rows");
        Some(answer.0)
    };
    let (duck_csv, duck_json) = (duck(&csv), duck(&json));

    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let mut table = Table::new(
        format!("load: {} people with 8 to 10 fields", grouped(people as u64)),
        &["work", "bytes", "median", "a person", "MB/s", "slowest/fastest", "duckdb", "duckdb/ours", "must reach"],
    );
    let rows = [
        ("CSV, rows to facts", &csv, None),
        ("CSV, file to state", &csv, Some(duck_csv)),
        ("JSON Lines, lines to facts", &json, None),
        ("JSON Lines, file to state", &json, Some(duck_json)),
    ];
    for ((name, file, duck), samples) in rows.into_iter().zip(&samples) {
        let (median, bytes) = (samples.median(), bytes(file));
        let (duck, against) = match duck {
            Some(Some(duck)) => (shown(duck), ratio(duck, median)),
            Some(None) => ("not found".to_owned(), String::new()),
            None => (String::new(), String::new()),
        };
        table.row([
            name.to_owned(),
            grouped(bytes),
            shown(median),
            nanos(median.as_nanos() as f64 / people as f64),
            format!("{:.0}", bytes as f64 / 1e6 / median.as_secs_f64()),
            samples.spread(),
            duck,
            against.clone(),
            if against.is_empty() { String::new() } else { "0.50×".to_owned() },
        ]);
    }
    table.note("DuckDB reads into a table in memory on one thread and guesses the types, as its users let it.");
    table.print(options);
}

fn loaded(plan: &Arc<Plan>, people: usize, read: impl FnOnce(&mut dyn FnMut(&Event<'_>))) {
    let mut engine = Engine::new(Arc::clone(plan));
    engine.start(traffic::START);
    read(&mut |event| engine.load(event).expect("the generated people are sound"));
    assert_eq!(engine.stats().people, people as u64, "everybody is there");
}

fn each_of_csv(path: &Path, mut take: impl FnMut(&Event<'_>)) {
    let mut table = People::new(File::open(path).expect("the file is there")).expect("the header is sound");
    while table.advance().expect("the rows are sound") {
        take(black_box(&table.event().expect("the rows are sound")));
    }
}

fn each_of_json(path: &Path, mut take: impl FnMut(&Event<'_>)) {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).expect("the file is there"));
    let mut line = String::new();
    while file.read_line(&mut line).expect("the file is text") > 0 {
        take(black_box(&parse_event(line.trim_end()).expect("the lines are sound")));
        line.clear();
    }
}

const COLUMNS: [&str; 10] = [
    "Country",
    "Industry",
    "Job Title",
    "Lead Source",
    "Lead Status",
    "Person Score",
    "Number of Employees",
    "Unsubscribed",
    "Last Visit",
    "SFDC Type",
];

fn as_csv(records: &[Event<'_>]) -> String {
    let mut text = format!("person,{}\n", COLUMNS.join(","));
    for record in records {
        let EventKind::Person { fields } = &record.kind else { continue };
        text += record.person.as_deref().unwrap_or_default();
        for column in COLUMNS {
            text.push(',');
            match fields.iter().find(|(name, _)| name == column).map(|(_, value)| value) {
                Some(FactValue::Text(value) | FactValue::Number(value)) => text += value,
                Some(FactValue::Boolean(value)) => {
                    let _ = write!(text, "{value}");
                }
                Some(FactValue::Null) | None => {}
            }
        }
        text.push('\n');
    }
    text
}

fn as_json(records: &[Event<'_>]) -> String {
    let mut bytes = Vec::new();
    for record in records {
        write_event(record, &mut bytes);
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
    }
    String::from_utf8(bytes).expect("records are text")
}
