//! The evaluator against the naive one: the same generated rules and histories must give the same bytes.
//!
//! `CAMPANILE_CASES=n` tries so many seeds, `CAMPANILE_SEED=n` only that one. A failure is made smaller before it is
//! shown: campaigns, segments and inputs that it does not need are taken away.

mod coverage;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use campanile::engine::Outcomes;
use campanile::meaning::Rulebook;
use campanile::model::CampaignId;
use campanile::testkit::generate::{self, Input, Random, Workspace};
use campanile::testkit::naive::Naive;
use campanile::{Engine, Rules, records};

const CASES: u64 = 300;

/// One of so many seeds has a crowd of campaigns on few triggers.
const CROWD_EVERY: u64 = 3;

/// Noted for a case that was not played to its end.
const GIVEN_UP: &str = "given up";

/// So many equal lines are shown before those that differ.
const SHOWN: usize = 5;

/// One generated question.
#[derive(Clone)]
struct Case {
    workspace: Workspace,
    inputs: Vec<Input>,
    filters: Vec<String>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        // Many campaigns on few triggers take another way through the evaluator than a handful.
        let workspace = if seed.is_multiple_of(CROWD_EVERY) {
            generate::crowd(&mut random)
        } else {
            generate::workspace(&mut random)
        };
        let inputs = generate::history(&mut random, &workspace);
        let (segments, campaigns) = (workspace.segment_names(), workspace.campaign_names());
        let mut filters: Vec<String> = segments.iter().map(|name| format!("member of segment \"{name}\"")).collect();
        // Names that no file declares mean something only once a fact has brought them.
        let declared = workspace.declarations.contains("sfdc_campaigns:");
        for _ in 0..if declared { 4 } else { 0 } {
            filters.push(generate::filter(&mut random, workspace.start, &segments, &campaigns));
        }
        if declared {
            filters.extend(generate::memberships(&mut random, workspace.start));
        }
        Self { workspace, inputs, filters }
    }
}

/// A difference, and after how many inputs it shows.
struct Difference {
    after: usize,
    text: String,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn number_of(seeds: &[u64]) -> u64 {
    u64::try_from(seeds.len()).unwrap()
}

#[test]
fn both_evaluators_agree() {
    let seeds: Vec<u64> = match number("CAMPANILE_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("CAMPANILE_CASES").unwrap_or(CASES)).collect(),
    };
    let next = AtomicU64::new(0);
    let seen = Mutex::new(BTreeSet::new());
    let failed = Mutex::new(Vec::new());
    let given_up = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap()) {
                    let case = Case::new(*seed);
                    let mut own = BTreeSet::new();
                    if let Err(difference) = run(&case, &mut own) {
                        failed.lock().unwrap().push((*seed, case, kind_of(&difference.text)));
                    }
                    given_up.fetch_add(u64::from(own.contains(GIVEN_UP)), Ordering::Relaxed);
                    seen.lock().unwrap().extend(own);
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort_by_key(|(seed, ..)| *seed);
    let all: Vec<String> = failed.iter().map(|(seed, _, kind)| format!("{seed} ({kind})")).collect();
    if let Some((seed, case, _)) = failed.into_iter().next() {
        panic!("{} of {} seeds differ: {}\n{}", all.len(), seeds.len(), all.join(", "), report(seed, case));
    }
    if number("CAMPANILE_SEED").is_none() {
        coverage::check(&seen.into_inner().unwrap());
        let given_up = given_up.into_inner();
        assert!(given_up * 50 <= number_of(&seeds), "{given_up} cases were not played to their end");
    }
}

#[test]
fn the_same_seed_gives_the_same_case() {
    let (a, b) = (Case::new(7), Case::new(7));
    assert_eq!(a.workspace.text(), b.workspace.text());
    assert_eq!(a.inputs, b.inputs);
    assert_eq!(a.filters, b.filters);
}

/// Runs a case through both evaluators and compares after every input.
fn run(case: &Case, seen: &mut BTreeSet<String>) -> Result<(), Difference> {
    let mut after = 0;
    let result = catch_unwind(AssertUnwindSafe(|| compare(case, seen, &mut after)));
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(text)) => Err(Difference { after, text }),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(Difference { after, text: format!("a panic: {}", text.unwrap_or_default()) })
        }
    }
}

fn compare(case: &Case, seen: &mut BTreeSet<String>, after: &mut usize) -> Result<(), String> {
    let text = case.workspace.text();
    let rules = Rules::from_sources(&[("rules.yaml", &text)]);
    let plan = rules.compile().map_err(|error| format!("the generated rules are not valid: {error}"))?;
    let rulebook = rules.rulebook().expect("it was compiled").clone();
    coverage::rules(&rulebook, seen);
    let mut engine = Engine::new(plan);
    let mut naive = Naive::new(rulebook.clone(), &case.workspace.zone);
    for input in &case.inputs {
        *after += 1;
        coverage::input(input, seen);
        let Some(plain) = ask_naive(&mut naive, &rulebook, input) else {
            seen.insert(GIVEN_UP.to_owned());
            return Ok(());
        };
        let real = ask(&mut engine, input, seen);
        same("records", &real, &plain)?;
        let real: Vec<String> =
            engine.waiting().iter().map(|it| format!("{} in {} until {}", it.person, it.campaign, it.until)).collect();
        let plain: Vec<String> = naive
            .waiting()
            .iter()
            .map(|(person, campaign, until)| format!("{person} in {campaign} until {until}"))
            .collect();
        same("waiting runs", &real, &plain)?;
    }
    for filter in &case.filters {
        let read = engine.filter(filter).map_err(|error| format!("the filter `{filter}` is not valid: {error}"))?;
        let real: Vec<String> = engine.select(&read).into_iter().map(str::to_owned).collect();
        same(&format!("people with {filter}"), &real, &naive.select(&read))?;
    }
    let mut real = Vec::new();
    let mut plain = Vec::new();
    for person in naive.people() {
        for field in &rulebook.fields {
            let text = engine.field_text(&person, &field.name).map(|(_, text)| text);
            real.push(format!("{person}: {} is {}", field.name, text.unwrap_or_default()));
            let text = naive.field_text(&person, &field.name);
            plain.push(format!("{person}: {} is {}", field.name, text.unwrap_or_default()));
        }
    }
    same("field values", &real, &plain)?;
    let (real, plain) = (engine.stats(), naive.counted());
    let real = [real.events, real.duplicates, real.qualified, real.actions, real.incidents, real.people];
    let plain = [plain.events, plain.duplicates, plain.qualified, plain.actions, plain.incidents, plain.people];
    same("counts", &real.map(|count| count.to_string()), &plain.map(|count| count.to_string()))
}

/// Tells the naive evaluator something. `None`: rules and time keep each other going; nobody waits for the end of that.
fn ask_naive(naive: &mut Naive, rulebook: &Rulebook, input: &Input) -> Option<Vec<String>> {
    let refused = |_| vec!["refused".to_owned()];
    let answer = match input {
        Input::Load(record) => naive.load(record).map_or_else(refused, |()| Vec::new()),
        Input::Start(at) => {
            naive.start(*at);
            Vec::new()
        }
        Input::Event(event) => naive.handle(event).unwrap_or_else(refused),
        Input::Advance(to) => naive.advance(*to),
        Input::AdvanceBy(span) => naive.advance_by(*span),
        Input::RunBatch(name) => rulebook.campaign(name).map_or_else(Vec::new, |campaign| naive.run_batch(campaign)),
    };
    (!naive.has_given_up()).then_some(answer)
}

/// Tells the evaluator the same.
fn ask(engine: &mut Engine, input: &Input, seen: &mut BTreeSet<String>) -> Vec<String> {
    let mut lines = |outcomes: Outcomes<'_>| -> Vec<String> {
        let mut all = Vec::new();
        for outcome in outcomes {
            coverage::outcome(&outcome, seen);
            let mut line = Vec::new();
            records::write_outcome(&outcome, &mut line);
            all.push(String::from_utf8(line).expect("UTF-8"));
        }
        all
    };
    let refused = |_| vec!["refused".to_owned()];
    match input {
        Input::Load(record) => engine.load(record).map_or_else(refused, |()| Vec::new()),
        Input::Start(at) => {
            engine.start(*at);
            Vec::new()
        }
        Input::Event(event) => engine.handle(event).map_or_else(refused, lines),
        Input::Advance(to) => lines(engine.advance(*to)),
        Input::AdvanceBy(span) => lines(engine.advance_by(*span)),
        Input::RunBatch(name) => {
            let campaign: Option<CampaignId> = engine.rulebook().campaign(name);
            campaign.map_or_else(Vec::new, |campaign| lines(engine.run_batch(campaign)))
        }
    }
}

/// Both lists line by line, where they differ.
fn same(what: &str, real: &[String], plain: &[String]) -> Result<(), String> {
    if real == plain {
        return Ok(());
    }
    let common = real.iter().zip(plain).take_while(|(a, b)| a == b).count();
    let mut text = format!("the {what} differ:\n");
    if common > SHOWN {
        let _ = writeln!(text, "    both   … {} more", common - SHOWN);
    }
    for line in real.iter().take(common).skip(common.saturating_sub(SHOWN)) {
        let _ = writeln!(text, "    both   {line}");
    }
    for line in real.iter().skip(common) {
        let _ = writeln!(text, "    engine {line}");
    }
    for line in plain.iter().skip(common) {
        let _ = writeln!(text, "    naive  {line}");
    }
    Err(text)
}

/// Takes away what a failure does not need and shows the rest.
fn report(seed: u64, mut case: Case) -> String {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let Err(Difference { after, text }) = run(&case, &mut BTreeSet::new()) else {
        return "it came and went".to_owned();
    };
    let kind = kind_of(&text);
    case.inputs.truncate(after);
    let fails = |case: &Case| {
        let failed = run(case, &mut BTreeSet::new());
        failed.is_err_and(|difference| kind_of(&difference.text) == kind)
    };
    loop {
        let before =
            (case.inputs.len(), case.workspace.campaigns.len(), case.workspace.segments.len(), case.filters.len());
        for at in (0..case.inputs.len()).rev() {
            let mut smaller = case.clone();
            smaller.inputs.remove(at);
            if fails(&smaller) {
                case = smaller;
            }
        }
        for at in (0..case.filters.len()).rev() {
            let mut smaller = case.clone();
            smaller.filters.remove(at);
            if fails(&smaller) {
                case = smaller;
            }
        }
        for at in (0..case.workspace.campaigns.len()).rev() {
            let mut smaller = case.clone();
            smaller.workspace.campaigns.remove(at);
            if fails(&smaller) {
                case = smaller;
            }
        }
        for at in (0..case.workspace.segments.len()).rev() {
            let mut smaller = case.clone();
            smaller.workspace.segments.remove(at);
            if fails(&smaller) {
                case = smaller;
            }
        }
        if before
            == (case.inputs.len(), case.workspace.campaigns.len(), case.workspace.segments.len(), case.filters.len())
        {
            break;
        }
    }
    std::panic::set_hook(hook);
    let text = run(&case, &mut BTreeSet::new()).map_or_else(|it| it.text, |()| "it came and went".to_owned());
    let mut report = format!("seed {seed}\n\n{}\n", case.workspace.text());
    for input in &case.inputs {
        let _ = writeln!(report, "{}", show(input));
    }
    format!("{report}\n{text}")
}

/// What is left of a difference when names and numbers are taken away: smaller cases must fail in the same way.
fn kind_of(text: &str) -> String {
    let words = if text.starts_with("the generated rules") { 6 } else { 3 };
    let first: Vec<&str> = text.split(' ').take(words).collect();
    let code = text.split(": E").nth(1).and_then(|rest| rest.get(..4));
    format!("{} {}", first.join(" "), code.unwrap_or_default())
}

fn show(input: &Input) -> String {
    match input {
        Input::Load(event) | Input::Event(event) => {
            let mut line = Vec::new();
            records::write_event(event, &mut line);
            let word = if matches!(input, Input::Load(_)) { "load " } else { "event" };
            format!("{word} {}", String::from_utf8_lossy(&line))
        }
        Input::Start(at) => format!("start {at}"),
        Input::Advance(to) => format!("advance {to}"),
        Input::AdvanceBy(span) => format!("advance by {} {:?}", span.count, span.unit),
        Input::RunBatch(name) => format!("run_batch {name}"),
    }
}
