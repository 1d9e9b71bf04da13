//! The canonical layout: formatting twice is formatting once, and nothing changes its meaning.

use std::path::{Path, PathBuf};

use campanile::compile::check;
use campanile::diagnostics::Sources;
use campanile::language::{Unformatted, format, is_scenario_file, yaml};

use crate::documents::root;
use crate::material;

/// Every rule and scenario file that lies around.
pub(crate) fn files() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for path in material::entries(folder) {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["rules", "docs", "examples", "tests/conformance", "tests/scenarios"] {
        walk(&root().join(folder), &mut found);
    }
    assert!(found.len() > 120, "only {} files", found.len());
    found
}

/// What a rule file means, without the places where things stand in it.
fn meaning(path: &str, text: &str) -> String {
    let mut sources = Sources::new();
    sources.add(path, text);
    let checked = check(&sources);
    // A message may cite a text with a mistake in it, and the rest of the file has another layout.
    let mut told: Vec<&str> = checked.findings.iter().map(|finding| finding.code.id()).collect();
    told.sort_unstable();
    let debug = format!("{:?}\n{told:?}", checked.rulebook);
    without_places(&debug)
}

/// Debug output without spans.
fn without_places(debug: &str) -> String {
    let mut parts = debug.split("Span { ");
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        out.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}

/// Lays a text out and sees that it is right; `None` when it cannot be read.
fn laid_out(path: &str, text: &str) -> Option<String> {
    match format(path, text) {
        Ok(once) => {
            let twice = format(path, &once).unwrap_or_else(|error| panic!("{path}: {error:?}\n{once}"));
            assert_eq!(once, twice, "{path} changes again");
            Some(once)
        }
        Err(Unformatted::Mistakes(_)) => None,
        Err(error) => panic!("{path}: {error:?}\n{text}"),
    }
}

#[test]
fn the_layout_of_every_file_is_stable_and_means_the_same() {
    let mut laid = 0;
    for file in files() {
        let path = file.to_str().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let Some(after) = laid_out(path, &text) else { continue };
        laid += 1;
        if !is_scenario_file(path) {
            assert_eq!(meaning(path, &text), meaning(path, &after), "{path}\n{after}");
        }
    }
    assert!(laid > 110, "only {laid} files could be read");
}

#[test]
fn the_sample_is_laid_out() {
    for file in material::entries(&root().join("rules")) {
        if file.extension().is_some_and(|end| end == "yaml") {
            let text = std::fs::read_to_string(&file).unwrap();
            assert_eq!(laid_out(file.to_str().unwrap(), &text), Some(text), "`campanile fmt rules` lays it out");
        }
    }
}

#[test]
fn scenarios_play_the_same_after_it() {
    for topic in material::entries(&material::folder("scenarios")).into_iter().step_by(3) {
        let folder = tempfile::tempdir().unwrap();
        for file in material::entries(&topic) {
            let text = std::fs::read_to_string(&file).unwrap();
            let name = file.file_name().unwrap();
            let text = laid_out(file.to_str().unwrap(), &text).unwrap_or(text);
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let output =
            assert_cmd::Command::cargo_bin("campanile").unwrap().arg("test").arg(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}: {}", topic.display(), String::from_utf8_lossy(&output.stdout));
    }
}

fn dice(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

/// The lines of a text that lie inside a scalar over several lines: nothing may be put between them.
fn inner_lines(text: &str) -> Vec<bool> {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text);
    let root = yaml::parse(&sources, file, &mut Vec::new()).unwrap();
    let mut inner = vec![false; text.lines().count() + 1];
    let mut mark = |span: campanile::diagnostics::Span| {
        let line = |byte: u32| sources.position(file, byte).line as usize;
        for at in line(span.start)..=line(span.end.max(span.start + 1) - 1) {
            // A block begins behind its header, and what stands in brackets goes on.
            inner[at - 1] = true;
        }
    };
    fn walk(node: &yaml::Node, text: &str, mark: &mut dyn FnMut(campanile::diagnostics::Span)) {
        let slice = |node: &yaml::Node| &text[node.span().start as usize..node.span().end as usize];
        match node {
            yaml::Node::Scalar { scalar, .. } => {
                if slice(node).contains('\n') || scalar.quoting() == campanile::language::Quoting::Block {
                    mark(node.span());
                }
            }
            yaml::Node::Sequence { items, .. } => {
                if slice(node).starts_with('[') && slice(node).contains('\n') {
                    mark(node.span());
                }
                items.iter().for_each(|item| walk(item, text, mark));
            }
            yaml::Node::Mapping { entries, .. } => {
                if slice(node).starts_with('{') && slice(node).contains('\n') {
                    mark(node.span());
                }
                entries.iter().for_each(|(_, value)| walk(value, text, mark));
            }
            yaml::Node::Poisoned(_) => {}
        }
    }
    walk(&root, text, &mut mark);
    inner
}

/// The text with other indentation, white space at line ends and, if asked for, comments; it says the same.
fn shaken(text: &str, seed: &mut u64, comments: bool) -> String {
    let inner = inner_lines(text);
    let factor = usize::try_from(dice(seed, 3)).unwrap() + 1;
    let mut out = String::new();
    for (line, inner) in text.lines().zip(inner) {
        let content = line.trim_start_matches(' ');
        let indent = (line.len() - content.len()) * factor;
        if !inner && comments && dice(seed, 5) == 0 {
            let column = usize::try_from(dice(seed, 9)).unwrap();
            out.push_str(&format!("{}# number {}\n", " ".repeat(column), dice(seed, 1000)));
        }
        if !content.is_empty() {
            out.push_str(&" ".repeat(indent));
        }
        let content = if inner {
            content.to_owned()
        } else {
            content.replacen(
                "- ",
                &format!("-{}", " ".repeat(1 + factor)),
                usize::from(content.starts_with("- ") && factor == 2),
            )
        };
        out.push_str(&content);
        if !inner && dice(seed, 7) == 0 {
            out.push_str("   ");
        }
        out.push('\n');
    }
    out
}

#[test]
fn shaken_files_come_back_to_their_layout() {
    let (mut seed, mut tried) = (20_261_126, 0);
    for file in files() {
        let path = file.to_str().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let Some(laid) = laid_out(path, &text) else { continue };
        if path.ends_with("0007-not-a-mapping.yaml") {
            // No rule file at all: it is left as it is.
            continue;
        }
        for round in 0..4 {
            let shaken = shaken(&laid, &mut seed, round > 1);
            let Some(again) = laid_out(path, &shaken) else { continue };
            tried += 1;
            if round <= 1 {
                assert_eq!(again, laid, "{path}\n{shaken}");
            } else if !is_scenario_file(path) {
                assert_eq!(meaning(path, &again), meaning(path, &laid), "{path}\n{shaken}");
            }
        }
    }
    assert!(tried > 300, "only {tried} shaken files could be read");
}

#[cfg(feature = "testkit")]
#[test]
fn generated_workspaces_mean_the_same_after_it() {
    use campanile::testkit::generate::{self, Random};
    for seed in 0..150 {
        let text = generate::workspace(&mut Random::new(seed)).text();
        let after = laid_out("a.yaml", &text).unwrap_or_else(|| panic!("cannot be read:\n{text}"));
        assert_eq!(meaning("a.yaml", &text), meaning("a.yaml", &after), "{text}\n{after}");
    }
}

/// One sign left out, doubled or put in somewhere: whatever is still YAML is laid out, stays so, and says the same, which
/// the formatter sees for itself and would refuse to break.
#[test]
fn files_with_slips_are_never_damaged() {
    const SIGNS: &[u8] = b" \n\t:-#'\"[]{},|>&*!%@`?\\a0~";
    let (mut seed, mut laid, mut unusual) = (20_261_127, 0, 0);
    for file in files() {
        let path = file.to_str().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let pick = |seed: &mut u64, below: usize| usize::try_from(dice(seed, below as u64)).unwrap();
        for _ in 0..slips_a_file() {
            let mut slipped = text.clone();
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let at = places[pick(&mut seed, places.len())];
            match dice(&mut seed, 3) {
                0 => drop(slipped.remove(at)),
                1 => slipped.insert(at, char::from(SIGNS[pick(&mut seed, SIGNS.len())])),
                _ => slipped.insert_str(at, "\n  "),
            }
            match format(path, &slipped) {
                Ok(once) => {
                    laid += 1;
                    assert_eq!(format(path, &once), Ok(once.clone()), "{path} changes again:\n{slipped}");
                }
                Err(Unformatted::Mistakes(_)) => {}
                Err(Unformatted::Unusual(_)) => unusual += 1,
                Err(Unformatted::Differs) => panic!("{path} would be damaged:\n{slipped}"),
            }
        }
    }
    assert!(laid > 250 && unusual < laid / 20, "{laid} laid out, {unusual} unusual");
}

/// How many slips are made in each file; more when somebody asks for more cases.
fn slips_a_file() -> u64 {
    std::env::var("CAMPANILE_CASES").ok().and_then(|cases| cases.parse().ok()).map_or(6, |cases: u64| cases / 100 + 6)
}
