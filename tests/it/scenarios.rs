//! Every scenario passes: those of the conformance material, of its sample and of the repository's own rule book.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use campanile::compile::{Plan, check, plan};
use campanile::files::read_sources;
use campanile::language::{is_rule_file, is_scenario_file};
use campanile::scenario::{self, RulesOf};

use crate::documents::root;
use crate::material;
use crate::valid::describe;

/// What fails under a folder, one text a failure, and how many scenarios were played.
fn play(folder: &Path) -> (Vec<String>, usize) {
    let sources = read_sources(&[folder]).unwrap();
    let mut plans = BTreeMap::new();
    let (mut wrong, mut played) = (Vec::new(), 0);
    for (id, file) in sources.iter().filter(|(_, file)| is_scenario_file(&file.path)) {
        let read = match scenario::read_file(&sources, id) {
            Ok(read) => read,
            Err(found) => {
                wrong.extend(found.iter().map(|finding| describe(&sources, finding)));
                continue;
            }
        };
        let beside = Path::new(&file.path).parent().unwrap();
        let mut plan_of = |rules: &RulesOf<'_>| {
            let paths: Vec<PathBuf> = match rules {
                RulesOf::Paths(paths) => paths.iter().map(|path| beside.join(path)).collect(),
                RulesOf::Default => material::entries(beside)
                    .into_iter()
                    .filter(|path| path.is_file() && is_rule_file(&path.to_string_lossy()))
                    .collect(),
            };
            plans.entry(paths).or_insert_with_key(|paths| compiled(paths)).clone()
        };
        let results = scenario::run_file(&sources, &read, None, &mut plan_of, None);
        // To be watched changes nothing.
        let mut watched = 0;
        let mut watching = |_: &Arc<Plan>, _: &campanile::engine::Seen| watched += 1;
        let again = scenario::run_file(&sources, &read, None, &mut plan_of, Some(&mut watching));
        assert_eq!((&results, results.len()), (&again, watched), "{}", file.path);
        for result in results {
            played += 1;
            for failure in result.failures {
                wrong.push(format!(
                    "{}:{}: {}: {}\nexpected\n{}\nactual\n{}",
                    result.file, failure.line, result.name, failure.message, failure.expected, failure.actual
                ));
            }
        }
    }
    (wrong, played)
}

fn compiled(paths: &[PathBuf]) -> Result<Arc<Plan>, String> {
    let sources = read_sources(paths).map_err(|error| error.to_string())?;
    let checked = check(&sources);
    let told = || checked.findings.iter().map(|finding| describe(&sources, finding)).collect::<Vec<_>>().join("\n");
    checked.rulebook.clone().map(|rulebook| Arc::new(plan(rulebook))).ok_or_else(told)
}

fn assert_passes(folders: Vec<PathBuf>, at_least: usize) {
    for folder in folders {
        let (wrong, played) = play(&folder);
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        assert!(played >= at_least, "{} scenarios in {}", played, folder.display());
    }
}

#[test]
fn the_scenarios_of_the_material_pass() {
    assert_passes(material::folders("scenarios"), 130);
}

#[test]
fn the_scenarios_of_the_sample_pass() {
    assert_passes(material::folders("sample"), 4);
}

#[test]
fn the_scenarios_of_the_rule_book_pass() {
    assert_passes(vec![root().join("rules")], 10);
}

#[test]
fn what_was_wrong_once_is_right() {
    assert_passes(vec![root().join("tests/scenarios")], 1);
}
