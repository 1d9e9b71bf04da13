//! Row 4: one filter over many people.
//!
//! Beside us stand a plain loop over plain arrays with the same values, which shows what memory allows, and DuckDB and
//! Polars where a Python with the module `duckdb` or `polars` is found (`CAMPANILE_BENCH_PYTHON`, else `python3`).

use std::hint::black_box;
use std::time::Duration;

use campanile::{Engine, Event, EventKind, FactValue, Rules};
use campanile_benches::book::{self, Shape};
use campanile_benches::harness::{Options, Table, grouped, nanos, ratio, shown, take_turns, time};
use campanile_benches::peers::{self, Peer, Scratch};
use campanile_benches::traffic;

/// The people as plain arrays.
#[derive(Default)]
struct Plain {
    id: Vec<String>,
    country: Vec<String>,
    title: Vec<String>,
    score: Vec<i64>,
    employees: Vec<i64>,
    unsubscribed: Vec<bool>,
    list: Vec<bool>,
}

/// A filter in our language, in SQL, for Polars, and as a plain loop that counts.
struct Question {
    rule: &'static str,
    sql: &'static str,
    polars: &'static str,
    plain: fn(&Plain) -> usize,
}

fn count(people: usize, passes: impl Fn(usize) -> bool) -> usize {
    (0..people).filter(|at| passes(*at)).count()
}

const QUESTIONS: [Question; 6] = [
    Question {
        rule: "Score is at least 50",
        sql: "score >= 50",
        polars: "pl.col('score') >= 50",
        plain: |of| of.score.iter().filter(|score| **score >= 50).count(),
    },
    Question {
        rule: "Score is between 10 and 20 and [Number of Employees] is at least 5000",
        sql: "score between 10 and 20 and employees >= 5000",
        polars: "pl.col('score').is_between(10, 20) & (pl.col('employees') >= 5000)",
        plain: |of| count(of.score.len(), |at| (10..=20).contains(&of.score[at]) && of.employees[at] >= 5000),
    },
    Question {
        rule: "Country is \"NL\", \"BE\"",
        sql: "country in ('NL', 'BE')",
        polars: "pl.col('country').is_in(['NL', 'BE'])",
        plain: |of| of.country.iter().filter(|country| matches!(country.as_str(), "NL" | "BE")).count(),
    },
    Question {
        rule: "[Job Title] contains \"manager\"",
        sql: "contains(lower(job_title), 'manager')",
        polars: "pl.col('job_title').str.to_lowercase().str.contains('manager', literal=True)",
        plain: |of| of.title.iter().filter(|title| title.contains("Manager")).count(),
    },
    Question {
        rule: "member of list \"Newsletter 0000\"",
        sql: "on_list",
        polars: "pl.col('on_list')",
        plain: |of| of.list.iter().filter(|on| **on).count(),
    },
    Question {
        rule: "Unsubscribed is false and Country is not \"US\" and (member of list \"Newsletter 0000\" or Score is at least 55)",
        sql: "not unsubscribed and country <> 'US' and (on_list or score >= 55)",
        polars: "~pl.col('unsubscribed') & (pl.col('country') != 'US') & (pl.col('on_list') | (pl.col('score') >= 55))",
        plain: |of| {
            count(of.score.len(), |at| {
                !of.unsubscribed[at] && of.country[at] != "US" && (of.list[at] || of.score[at] >= 55)
            })
        },
    },
];

/// A filter of whole numbers, and the columns that it asks.
struct Numeric {
    rule: &'static str,
    columns: fn(&Plain) -> Vec<&[i64]>,
    plain: fn(&Plain) -> usize,
}

const NUMERIC: [Numeric; 2] = [
    Numeric { rule: QUESTIONS[0].rule, columns: |of| vec![&of.score], plain: QUESTIONS[0].plain },
    Numeric { rule: QUESTIONS[1].rule, columns: |of| vec![&of.score, &of.employees], plain: QUESTIONS[1].plain },
];

pub(crate) fn measure(options: &Options) {
    for people in options.size(&[1_000_000, 10_000_000][..], &[10_000]) {
        measure_for(*people, options);
    }
}

fn measure_for(people: usize, options: &Options) {
    let shape = Shape { campaigns: 1, ..Shape::RUN };
    let files = book::write(&shape, 4);
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut engine = Engine::new(Rules::from_sources(&texts).compile().expect("the generated rules are sound"));
    engine.start(traffic::START);
    let mut plain = Plain::default();
    // People do not come in the order of their ids.
    for (at, record) in traffic::shuffled(&shape, people, 4).enumerate() {
        engine.load(&record).expect("the generated people are sound");
        plain.add(&record, at % 9 == 0);
        if at % 9 == 0 {
            let list = EventKind::ListAdded { list: "Newsletter 0000".into() };
            engine.load(&Event { kind: list, ..record }).expect("the list is declared");
        }
    }

    let mut table = Table::new(
        format!("select: one filter over {} people", grouped(people as u64)),
        &[
            "filter",
            "found",
            "campanile",
            "a person",
            "plain loop",
            "duckdb",
            "polars",
            "plain/ours",
            "duckdb/ours",
            "polars/ours",
        ],
    );
    let scratch = Scratch::new();
    let file = plain.csv(&scratch);
    let duckdb = peers::ask(Peer::DuckDb, "select", &scratch, &file, &QUESTIONS.map(|question| question.sql));
    let polars = peers::ask(Peer::Polars, "select", &scratch, &file, &QUESTIONS.map(|question| question.polars));
    for (at, question) in QUESTIONS.iter().enumerate() {
        let filter = engine.filter(question.rule).unwrap_or_else(|error| panic!("{}: {error}", question.rule));
        let right = (question.plain)(&plain);
        assert_eq!(engine.select(&filter).len(), right, "{}", question.rule);
        let mut ours = || time(|| black_box(engine.select(&filter).len())).0;
        let mut theirs = || time(|| black_box((question.plain)(black_box(&plain)))).0;
        let samples = take_turns(options.turns, &mut [&mut ours, &mut theirs]);
        let (ours, theirs) = (samples[0].median(), samples[1].median());
        let peer = |answers: &Option<Vec<(Duration, usize)>>| {
            let (took, found) = *answers.as_ref()?.get(at)?;
            assert_eq!(found, right, "a peer disagrees about {}", question.sql);
            Some(took)
        };
        let (duck, polar) = (peer(&duckdb), peer(&polars));
        table.row([
            question.rule.to_owned(),
            grouped(right as u64),
            shown(ours),
            nanos(ours.as_nanos() as f64 / people as f64),
            shown(theirs),
            duck.map_or("not found".to_owned(), shown),
            polar.map_or("not found".to_owned(), shown),
            ratio(theirs, ours),
            duck.map_or(String::new(), |duck| ratio(duck, ours)),
            polar.map_or(String::new(), |polar| ratio(polar, ours)),
        ]);
    }
    table.note("Campanile answers with the sorted ids of the people; the plain loop only counts; DuckDB and Polars put the sorted ids into a table, on one thread.");
    table.print(options);
    scan(people, &mut engine, &plain, options);
}

/// How near numeric tests come to what memory gives: people are counted, so that nothing is done but reading and testing.
fn scan(people: usize, engine: &mut Engine, plain: &Plain, options: &Options) {
    let mut table = Table::new(
        format!("select: numeric scans over {} people", grouped(people as u64)),
        &[
            "filter",
            "found",
            "bytes",
            "campanile, counted",
            "the same numbers added up",
            "of what memory gives",
            "must reach",
        ],
    );
    for question in &NUMERIC {
        let filter = engine.filter(question.rule).unwrap_or_else(|error| panic!("{}: {error}", question.rule));
        let right = (question.plain)(plain);
        assert_eq!(engine.count(&filter), right, "{}", question.rule);
        let columns = (question.columns)(plain);
        let bytes: usize = columns.iter().map(|column| size_of_val(*column)).sum();
        let sum = |column: &&[i64]| black_box(*column).iter().fold(0, |sum: i64, number| sum.wrapping_add(*number));
        let mut ours = || time(|| black_box(engine.count(&filter))).0;
        let mut memory = || time(|| columns.iter().for_each(|column| _ = black_box(sum(column)))).0;
        let samples = take_turns(options.turns, &mut [&mut ours, &mut memory]);
        let (ours, memory) = (samples[0].median(), samples[1].median());
        let speed =
            |took: Duration| format!("{}, {:.1} GB/s", shown(took), bytes as f64 / took.as_secs_f64().max(1e-12) / 1e9);
        table.row([
            question.rule.to_owned(),
            grouped(right as u64),
            grouped(bytes as u64),
            speed(ours),
            speed(memory),
            ratio(memory, ours),
            "0.5×".to_owned(),
        ]);
    }
    table.note("Bytes are those of the numbers, eight each. Adding them up is the least that can be done with what was read; one thread.");
    table.print(options);
}

impl Plain {
    fn add(&mut self, record: &Event<'_>, on_list: bool) {
        let EventKind::Person { fields } = &record.kind else { return };
        let text = |wanted: &str| {
            let found = fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
            match found {
                Some(FactValue::Text(text) | FactValue::Number(text)) => text.to_string(),
                Some(FactValue::Boolean(b)) => b.to_string(),
                Some(FactValue::Null) | None => String::new(),
            }
        };
        self.id.push(record.person.as_deref().unwrap_or_default().to_owned());
        self.country.push(text("Country"));
        self.title.push(text("Job Title"));
        self.score.push(text("Person Score").parse().unwrap_or_default());
        self.employees.push(text("Number of Employees").parse().unwrap_or_default());
        self.unsubscribed.push(text("Unsubscribed") == "true");
        self.list.push(on_list);
    }

    fn csv(&self, scratch: &Scratch) -> std::path::PathBuf {
        let mut text = "person,country,job_title,score,employees,unsubscribed,on_list\n".to_owned();
        for at in 0..self.score.len() {
            text += &format!(
                "{},{},{},{},{},{},{}\n",
                self.id[at],
                self.country[at],
                self.title[at],
                self.score[at],
                self.employees[at],
                self.unsubscribed[at],
                self.list[at]
            );
        }
        scratch.write("people.csv", &text)
    }
}
