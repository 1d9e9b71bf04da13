//! Timing and tables.
//!
//! What is compared is timed in turns (A B C, A B C, …), so that a neighbour who is busy for a while disturbs all
//! of them; the median of the turns counts, and the table shows how far the turns lay apart. Time is that of the
//! processor in the thread that works, so that waiting for a processor that others use does not count; where the system
//! does not tell it, the clock on the wall stands in.

use std::time::{Duration, Instant};

/// The benchmarks.
pub const NAMES: [&str; 10] =
    ["matching", "run", "durable", "validate", "select", "load", "timers", "reconcile", "lsp", "memory"];

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which benchmarks; all when empty.
    names: Vec<String>,
    /// Small sizes and few turns: a check that the benchmark works, not a measurement.
    pub quick: bool,
    /// Tables in Markdown.
    pub markdown: bool,
    /// Only our own hot loop at a middle size, for a profiler to look at; nothing is printed.
    pub profile: bool,
    /// So many turns.
    pub turns: usize,
}

impl Options {
    /// Reads names of benchmarks, `--quick`, `--markdown`, `--profile` and `--turns N`; `--bench`, which cargo adds, says nothing.
    pub fn from_args() -> Self {
        let mut options = Self { names: Vec::new(), quick: false, markdown: false, profile: false, turns: 0 };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--bench" => {}
                "--quick" => options.quick = true,
                "--markdown" => options.markdown = true,
                "--profile" => options.profile = true,
                "--turns" => match args.next().map(|turns| turns.parse()) {
                    Some(Ok(turns)) => options.turns = turns,
                    Some(Err(_)) | None => usage("`--turns` needs a number"),
                },
                name if NAMES.contains(&name) => options.names.push(arg),
                _ => usage(&format!("there is no option or benchmark `{arg}`")),
            }
        }
        if options.turns == 0 {
            options.turns = if options.quick { 1 } else { 5 };
        }
        options
    }

    /// Whether a benchmark is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    /// One of two sizes.
    pub fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

fn usage(problem: &str) -> ! {
    let names = NAMES.join(" | ");
    eprintln!("{problem}\nusage: cargo bench [-- [{names}]... [--quick] [--markdown] [--profile] [--turns N]]");
    std::process::exit(2)
}

/// What the turns of one contestant took.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// One more turn.
    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The middle one.
    pub fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    /// The slowest as a multiple of the fastest, as text: `1.3×`.
    pub fn spread(&self) -> String {
        let (Some(least), Some(most)) = (self.0.iter().min(), self.0.iter().max()) else { return String::new() };
        ratio(*most, *least)
    }
}

/// How often each contestant runs in [`take_turns`].
pub const fn runs(turns: usize) -> usize {
    if turns > 1 { turns + 1 } else { turns }
}

/// Runs every contestant once a turn, in order; each says what its own timed part took. Of several turns there is one more
/// before the first, which does not count: memory that a virtual machine gives for the first time is slow to come, two
/// seconds a gigabyte where it takes a tenth of that ever after.
pub fn take_turns(turns: usize, contestants: &mut [&mut dyn FnMut() -> Duration]) -> Vec<Samples> {
    let mut samples = vec![Samples::default(); contestants.len()];
    for _ in turns..runs(turns) {
        for contestant in contestants.iter_mut() {
            contestant();
        }
    }
    for _ in 0..turns {
        for (contestant, samples) in contestants.iter_mut().zip(&mut samples) {
            samples.push(contestant());
        }
    }
    samples
}

/// Times one piece of work that this thread does.
pub fn time<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Moment::now();
    let result = work();
    (start.elapsed(), result)
}

/// Times one piece of work by the clock on the wall: for what other processes do.
pub fn time_by_clock<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

#[cfg(unix)]
struct Moment(Duration);

#[cfg(unix)]
impl Moment {
    fn now() -> Self {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Self(Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0)))
    }

    fn elapsed(&self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

#[cfg(not(unix))]
use Instant as Moment;

/// `a` as a multiple of `b`: `12×`, `1.3×`.
pub fn ratio(a: Duration, b: Duration) -> String {
    let ratio = a.as_secs_f64() / b.as_secs_f64().max(1e-12);
    if ratio >= 10.0 { format!("{}×", grouped(ratio.round() as u64)) } else { format!("{ratio:.2}×") }
}

/// A duration in the unit that suits it.
pub fn shown(took: Duration) -> String {
    nanos(took.as_secs_f64() * 1e9)
}

/// Nanoseconds in the unit that suits them.
pub fn nanos(n: f64) -> String {
    match n {
        n if n < 100.0 => format!("{n:.2} ns"),
        n if n < 1e4 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n if n < 1e9 => format!("{:.1} ms", n / 1e6),
        n => format!("{:.2} s", n / 1e9),
    }
}

/// How many a second.
pub fn rate(count: usize, took: Duration) -> String {
    format!("{}/s", grouped((count as f64 / took.as_secs_f64().max(1e-12)) as u64))
}

/// `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A table that grows row by row.
#[derive(Debug)]
pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    /// A table with these columns.
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let header = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { title: title.into(), rows: vec![header], notes: Vec::new() }
    }

    /// One more row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// A sentence below the table.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Prints it.
    pub fn print(&self, options: &Options) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        println!("\n{}{}\n", if options.markdown { "### " } else { "" }, self.title);
        for (index, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = widths
                .iter()
                .enumerate()
                .map(|(column, width)| {
                    let cell = row.get(column).map_or("", String::as_str);
                    let pad = " ".repeat(width - cell.chars().count());
                    // The first column names the row, the others are numbers.
                    if column == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
                })
                .collect();
            let line = if options.markdown { format!("| {} |", cells.join(" | ")) } else { cells.join("  ") };
            println!("{}", line.trim_end());
            if index == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                if options.markdown {
                    let first = rules.first().cloned().unwrap_or_default();
                    let others: String = rules.iter().skip(1).map(|rule| format!(" {rule}:|")).collect();
                    println!("| {first} |{others}");
                } else {
                    println!("{}", rules.join("  "));
                }
            }
        }
        if !self.notes.is_empty() {
            println!();
        }
        for note in &self.notes {
            println!("{note}");
        }
    }
}
