//! Fixes: each settles its finding, makes no other, and leaves everything outside it as it is.
//!
//! The files are those of `tests/conformance/invalid` and the machine-made slips of `mutations`.

use std::collections::BTreeMap;

use campanile::compile::check;
use campanile::diagnostics::fixes::{self, Allowed};
use campanile::diagnostics::{Code, Diagnostic, Fix, Sources};

use crate::valid::describe;
use crate::{material, mutations};

/// How often each code and message is found, errors only where the other has errors.
fn counted(findings: &[Diagnostic]) -> BTreeMap<(Code, &str), usize> {
    let mut counted = BTreeMap::new();
    for finding in findings {
        *counted.entry((finding.code, finding.message.as_str())).or_default() += 1;
    }
    counted
}

/// Whether a finding hides others: nothing behind it was read.
fn hides(finding: &Diagnostic) -> bool {
    finding.code.id().starts_with("E01") || matches!(finding.code, Code::UnclosedString | Code::UnclosedParenthesis)
}

/// What is wrong with one fix of one finding; nothing when it is right.
fn wrong(sources: &Sources, before: &[Diagnostic], finding: &Diagnostic, fix: &Fix) -> Option<String> {
    let fixed = fixes::apply(sources, fix.edits.iter().collect());
    let after = check(&fixed).findings;
    let (was, is) = (counted(before), counted(&after));
    let of = |counted: &BTreeMap<(Code, &str), usize>| {
        counted.get(&(finding.code, finding.message.as_str())).copied().unwrap_or(0)
    };
    let mut told = Vec::new();
    if of(&is) >= of(&was) {
        told.push("stays".to_owned());
    }
    // What was hidden by a broken text comes to light when it is mended; it was wrong before.
    if !hides(finding) && finding.is_error() {
        let new = after.iter().filter(|finding| {
            let key = (finding.code, finding.message.as_str());
            finding.is_error() && is.get(&key) > was.get(&key)
        });
        told.extend(new.map(|finding| format!("new: {}", describe(&fixed, finding))));
    }
    let text = |sources: &Sources| sources.get(finding.span.file).unwrap().text.clone();
    let shown: Vec<String> = text(&fixed)
        .lines()
        .zip(text(sources).lines())
        .filter(|(new, old)| new != old)
        .map(|(new, old)| format!("    {old}\n    {new}"))
        .collect();
    let (title, finding) = (&fix.title, describe(sources, finding));
    (!told.is_empty()).then(|| format!("{finding}\n  {title}: {}\n{}", told.join("\n  "), shown.join("\n")))
}

/// All fixes of all findings; how many there are.
fn every_fix(sources: &Sources, told: &mut Vec<String>) -> usize {
    let findings = check(sources).findings;
    let mut tried = 0;
    for finding in &findings {
        for fix in &finding.fixes {
            tried += 1;
            told.extend(wrong(sources, &findings, finding, fix));
        }
    }
    tried
}

#[test]
fn every_fix_of_the_broken_files_settles_its_finding() {
    let (mut told, mut tried) = (Vec::new(), 0);
    for folder in material::folders("invalid") {
        for path in material::entries(&folder) {
            tried += every_fix(&material::sources(&path), &mut told);
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert!(tried > 30, "only {tried} fixes");
}

#[test]
fn every_fix_of_a_slip_settles_its_finding() {
    let (mut told, mut tried) = (Vec::new(), 0);
    mutations::each_slip(|sources| tried += every_fix(sources, &mut told));
    assert!(told.is_empty(), "{} of {tried}:\n{}", told.len(), told.join("\n"));
    assert!(tried > 100, "only {tried} fixes");
}

/// After fixing, nothing is left that could be fixed.
#[test]
fn fixing_settles_all_that_it_may() {
    let (mut changed, mut left) = (0, Vec::new());
    for folder in material::folders("invalid") {
        for path in material::entries(&folder) {
            for allowed in [Allowed::Safe, Allowed::Unsafe] {
                let sources = material::sources(&path);
                let settled = fixes::settle(sources, allowed, |sources| check(sources).findings);
                changed += settled.changed.len();
                let fixable = settled.left.iter().filter(|finding| fixes::remedy(finding, allowed).is_some());
                left.extend(fixable.map(|finding| describe(&settled.sources, finding)));
            }
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
    assert!(changed > 20, "only {changed} files changed");
}

/// Texts in every kind of quotes, as a safe fix must leave them.
#[test]
fn fixes_fit_into_the_quotes_around_them() {
    for (before, after) in [
        // Quotes of YAML.
        ("filter: Country is “NL”", "filter: Country is \"NL\""),
        ("filter: \"Country is “NL”\"", "filter: \"Country is \\\"NL\\\"\""),
        ("filter: 'Country is ‘NL’'", "filter: 'Country is ''NL'''"),
        ("filter: >\n      Country\n      is “NL”  ", "filter: >\n      Country\n      is \"NL\"  "),
        ("filter: \"Country is “a\\\\b”\"", "filter: \"Country is \\\"a\\\\\\\\b\\\"\""),
        // A text that cannot begin with a bracket, and one that cannot hold one.
        ("filter: Lead Source is \"Web\"   # why", "filter: '[Lead Source] is \"Web\"'   # why"),
        (
            "filter: Country is \"NL\" and Lead Source is \"Web\"",
            "filter: Country is \"NL\" and [Lead Source] is \"Web\"",
        ),
        (
            "filter: {match: all, filters: [Country is \"NL\" and Lead Source is 'Web']}",
            "filter: {match: all, filters: ['Country is \"NL\" and [Lead Source] is ''Web''']}",
        ),
        // A comment behind a text that begins with a bracket, and one that only seems to be one.
        ("filter: [Lead Source] is \"Web\" # why", "filter: '[Lead Source] is \"Web\"' # why"),
        ("filter: [Lead Source] is \"Web #1\" # why", "filter: '[Lead Source] is \"Web #1\"' # why"),
        ("filter: [Lead Source] is 'its' # why", "filter: '[Lead Source] is ''its''' # why"),
        // Where the text goes on it ends elsewhere; a comment inside would be lost.
        ("filter: [Lead Source] is \"Web\"\n      and Country is \"NL\"", ""),
        ("filter: |\n      Lead # the field\n      Source is \"Web\"", ""),
        ("filter: a == 1 && Country = “x”", ""),
        ("filter: Country == \"x\" && Country != “y”", "filter: Country is \"x\" and Country != \"y\""),
    ] {
        let rules = |line: &str| format!("smart_campaigns:\n  a:\n    {line}\n    flow: do nothing\n");
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", rules(before));
        let settled = fixes::settle(sources, Allowed::Safe, |sources| check(sources).findings);
        let text = &settled.sources.get(file).unwrap().text;
        if after.is_empty() {
            assert!(settled.left.iter().any(Diagnostic::is_error), "{before} became {text}");
            continue;
        }
        let left: Vec<String> = settled.left.iter().map(|finding| describe(&settled.sources, finding)).collect();
        assert_eq!((text, left), (&rules(after), Vec::new()));
    }
}

#[test]
fn tabs_become_spaces_where_they_can_mean_one_thing() {
    let settle = |text: &str, allowed| {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        let settled = fixes::settle(sources, allowed, |sources| check(sources).findings);
        (settled.sources.get(file).unwrap().text.clone(), settled.left.len())
    };
    let tabs = "lists:\n\t- A\nsegments:\n\tAll:\n\t\tmatch: all\n\t\tfilters:\n\t\t\t- Score is 5\n";
    let spaces = "lists:\n  - A\nsegments:\n  All:\n    match: all\n    filters:\n      - Score is 5\n";
    assert_eq!(settle(tabs, Allowed::Safe), (spaces.to_owned(), 0));
    let mixed =
        "smart_campaigns:\n    a:\n\tflow: do nothing\n    b:\n        flow: do nothing\n\tfilter: Score is 5\n";
    let guessed = "smart_campaigns:\n    a:\n      flow: do nothing\n    b:\n        flow: do nothing\n        filter: Score is 5\n";
    assert_eq!(settle(mixed, Allowed::Safe), (mixed.to_owned(), 1));
    assert_eq!(settle(mixed, Allowed::Unsafe), (guessed.to_owned(), 0));
}
