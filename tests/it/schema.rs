//! The JSON Schemas, judged by a validator that knows nothing of Campanile.

use std::path::Path;

use assert_cmd::Command;
use jsonschema::Validator;
use serde_json::Value;

use crate::documents::root;
use crate::fmt::files;

fn schema(of: &str) -> Value {
    let output = Command::cargo_bin("campanile").unwrap().args(["schema", of]).output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn validator(of: &str) -> Validator {
    let schema = schema(of);
    assert!(jsonschema::meta::is_valid(&schema), "not a schema");
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap()
}

/// A file as editors see it. The second reader is the one of other people, on purpose.
fn json(text: &str) -> Option<Value> {
    serde_yaml::from_str(text).ok()
}

fn errors(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_valid_file_fits() {
    let (rules, scenarios) = (validator("rules"), validator("scenario"));
    let mut seen = (0, 0);
    for file in files() {
        let path = file.to_str().unwrap();
        if path.contains("/invalid/") || path.contains("/typo/") || Path::new(path).starts_with(root().join("examples"))
        {
            continue;
        }
        let Some(value) = json(&std::fs::read_to_string(&file).unwrap()) else { continue };
        let is_scenario = path.ends_with(".test.yaml");
        *(if is_scenario { &mut seen.1 } else { &mut seen.0 }) += 1;
        let wrong = errors(if is_scenario { &scenarios } else { &rules }, &value);
        assert!(wrong.is_empty(), "{path}\n{}", wrong.join("\n"));
    }
    assert!(seen.0 > 30 && seen.1 > 20, "only {seen:?} files");
}

#[test]
fn wrong_files_do_not() {
    let (rules, scenarios) = (validator("rules"), validator("scenario"));
    for wrong in [
        "smart_campaign: {}",
        "lists: {A: 1}",
        "settings: {week_starts_on: mon}",
        "settings: {cascade_limit: 0}",
        "fields: {Region: {values: [A]}}",
        "fields: {Region: words}",
        "channels: {W: {statuses: {In: {success: true}}}}",
        "programs: {P: {period_costs: [{month: 2026-03}], channel: W}}",
        "programs: {P: {tokens: {}}}",
        "sfdc_campaigns: {S: {statuses: {In: {default: 1}}}}",
        "webhooks: {w: {method: POST}}",
        "webhooks: {w: {url: x, method: SEND}}",
        "segments: {A: {match: all}}",
        "segments: {A: ''}",
        "smart_campaigns: {a: {filter: Score is 5}}",
        "smart_campaigns: {a: {flow: do nothing, trigers: [x]}}",
        "smart_campaigns: {a: {flow: [{id: x}]}}",
        "smart_campaigns: {a: {flow: [{choose: [{if: Score is 5}]}]}}",
        "smart_campaigns: {a: {flow: [{choose: [{else: do nothing, then: do nothing}]}]}}",
    ] {
        assert!(!rules.is_valid(&json(wrong).unwrap()), "{wrong}");
    }
    for wrong in [
        "scenario: []",
        "scenarios: [{timeline: []}]",
        "scenarios: [{name: a, given: {person: {}}}]",
        "scenarios: [{name: a, given: {programs: {P: {ada: {added: x}}}}}]",
        "scenarios: [{name: a, timeline: [{event: {type: list.add, person: ada}}]}]",
        "scenarios: [{name: a, timeline: [{event: {person: ada}}]}]",
        "scenarios: [{name: a, timeline: [{advance: 1 day, run_batch: x}]}]",
        "scenarios: [{name: a, timeline: [{}]}]",
    ] {
        assert!(!scenarios.is_valid(&json(wrong).unwrap()), "{wrong}");
    }
}

/// Whatever the schema says is wrong, the checker says too: nobody is told off by an editor alone.
#[test]
fn what_does_not_fit_is_wrong() {
    let rules = validator("rules");
    let mut refused = 0;
    for file in files() {
        let path = file.to_str().unwrap();
        if path.ends_with(".test.yaml") || !path.contains("/invalid/") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let Some(value) = json(&text) else { continue };
        if errors(&rules, &value).is_empty() {
            continue;
        }
        refused += 1;
        let checked = campanile::Rules::from_sources(&[("a.yaml", text.as_str())]);
        assert!(checked.rulebook().is_none(), "{path}");
    }
    assert!(refused > 3, "only {refused} refused");
}

#[test]
fn every_key_says_what_it_is_for() {
    fn walk(value: &Value, keys: &mut usize) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                *keys += 1;
                let said = property["description"].as_str().unwrap_or_default();
                assert!(said.ends_with('.') && said.len() > 8, "{name}: {said}");
            }
        }
        match value {
            Value::Object(map) => map.values().for_each(|value| walk(value, keys)),
            Value::Array(items) => items.iter().for_each(|value| walk(value, keys)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    for (of, least) in [("rules", 50), ("scenario", 30)] {
        let mut keys = 0;
        walk(&schema(of), &mut keys);
        assert!(keys > least, "{of}: {keys}");
    }
}
