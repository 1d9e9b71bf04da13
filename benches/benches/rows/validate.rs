//! Row 6: 1,000 rule files, cold.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use campanile::Rules;
use campanile::diagnostics::{Severity, Sources};
use campanile_benches::book::{self, Shape};
use campanile_benches::harness::{Options, Table, grouped, shown, take_turns, time, time_by_clock};
use campanile_benches::peers::Scratch;

pub(crate) fn measure(options: &Options) {
    let shape = options.size(Shape::VALIDATE, Shape { programs: 20, campaigns: 60, ..Shape::VALIDATE });
    let files = book::write(&shape, 6);
    assert_eq!(files.len(), shape.files());
    let scratch = Scratch::new();
    files.iter().for_each(|(path, text)| drop(scratch.write(path, text)));
    let folder = scratch.path();

    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let rules = Rules::from_sources(&texts);
    let errors = rules.findings().iter().filter(|finding| finding.code.severity() == Severity::Error).count();
    for finding in rules.findings().iter().filter(|finding| finding.code.severity() == Severity::Error).take(5) {
        let at = rules.sources().position(finding.span.file, finding.span.start);
        eprintln!("{}:{}: {}", rules.sources().path(finding.span.file), at.line, finding.message);
    }
    assert_eq!(errors, 0, "the generated rules are sound");
    let campaigns = rules.rulebook().map_or(0, |rulebook| rulebook.campaigns.len());
    assert_eq!(campaigns, shape.campaigns, "every campaign was read");

    if options.profile {
        return;
    }
    let binary = binary();
    let mut read = || time(|| campanile::files::read_sources(&[folder]).expect("the folder is there")).0;
    let mut parse = || {
        let sources = sources(&files);
        time(|| campanile::language::read(&sources, &mut Vec::new(), 1)).0
    };
    let mut check = || {
        let sources = sources(&files);
        time(|| Rules::from_read(sources)).0
    };
    let mut compile = || time(|| rules.compile().expect("the rules are sound")).0;
    let mut whole = || {
        let work = || Rules::from_dir(folder).expect("the folder is there").compile().expect("the rules are sound");
        time_by_clock(work).0
    };
    let mut process =
        || binary.as_deref().map(|binary| time_by_clock(|| validate(binary, folder)).0).unwrap_or_default();
    let samples = take_turns(
        options.turns.max(options.size(9, 1)),
        &mut [&mut read, &mut parse, &mut check, &mut compile, &mut whole, &mut process],
    );

    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    let title = format!(
        "validate: {} files, {} lines, {} bytes, {} smart campaigns, {} findings",
        grouped(files.len() as u64),
        grouped(lines as u64),
        grouped(bytes as u64),
        grouped(campaigns as u64),
        rules.findings().len()
    );
    let mut table = Table::new(title, &["work", "median", "a file", "slowest/fastest", "must reach"]);
    let names = [
        "read the folder",
        "texts to syntax",
        "texts to checked rule book, on one thread",
        "rule book to plan",
        "folder to plan, in the process, on all processors, by the clock",
        "`campanile validate FOLDER`, by the clock",
    ];
    for (at, (name, samples)) in names.iter().zip(&samples).enumerate() {
        if at == 5 && binary.is_none() {
            table.row([*name, "not built", "", "", "100 ms"]);
            continue;
        }
        let median = samples.median();
        let goal = if at >= 4 { "100 ms" } else { "" };
        table.row([
            (*name).to_owned(),
            shown(median),
            shown(median / files.len() as u32),
            samples.spread(),
            goal.to_owned(),
        ]);
    }
    if binary.is_none() {
        table.note("The program was not found: `cargo build --release` makes it.");
    }
    table.note("After an edit in an editor: see `lsp`.");
    table.print(options);
}

fn sources(files: &[(String, String)]) -> Sources {
    let mut sources = Sources::new();
    for (path, text) in files {
        sources.add(path.as_str(), text.as_str());
    }
    sources
}

/// `campanile`, built with `cargo build --release`, lies beside the folder of this program.
fn binary() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let binary = here.parent()?.parent()?.join("campanile");
    binary.is_file().then_some(binary)
}

fn validate(binary: &Path, folder: &Path) {
    let status = Command::new(binary).arg("validate").arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "the generated rules are sound");
}
