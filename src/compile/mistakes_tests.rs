//! One mistake is one finding: its code, the blamed text and what is written instead.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::check;
use crate::diagnostics::{Diagnostic, Sources};

/// The names that the texts use.
const NAMES: &str = "settings: {time_zone: Europe/Amsterdam}\nfields: {Due: date, or: text}\nactivities: {F: {Form: text, N: integer}}\n\
                     lists: [A, B]\nsfdc_campaigns: {S: {statuses: {In: {default: true}, No Show: {}}}}\n";

/// The only finding about a text, as ``CODE `blamed` ``, with its help.
fn only(text: &str) -> (String, String) {
    let mut sources = Sources::new();
    sources.add("a.yaml", text);
    // A negated test that is read is doubted as well.
    let mut findings = check(&sources).findings;
    findings.retain(Diagnostic::is_error);
    let [finding] = findings.as_slice() else { panic!("{} findings about\n{text}\n{findings:#?}", findings.len()) };
    (format!("{} `{}`", finding.code, sources.text(finding.span)), finding.help.join("; "))
}

fn told(text: &str, finding: &str, help: &str) {
    let (only, helped) = only(text);
    assert_eq!(only, finding, "{text}");
    assert!(helped.contains(help), "{text}\n{helped}");
}

fn filter(text: &str, finding: &str, help: &str) {
    told(&format!("{NAMES}segments:\n  S: >-\n    {text}\n"), finding, help);
}

fn trigger(text: &str, finding: &str, help: &str) {
    told(
        &format!("{NAMES}smart_campaigns:\n  w:\n    triggers:\n      - >-\n        {text}\n    flow: [do nothing]\n"),
        finding,
        help,
    );
}

fn step(text: &str, finding: &str, help: &str) {
    told(&format!("{NAMES}smart_campaigns:\n  w:\n    flow:\n      - >-\n        {text}\n"), finding, help);
}

fn schedule(text: &str, finding: &str, help: &str) {
    told(
        &format!("{NAMES}smart_campaigns:\n  w:\n    schedule: >-\n      {text}\n    flow: [do nothing]\n"),
        finding,
        help,
    );
}

#[test]
fn words_of_other_tools_have_their_answer() {
    for (text, finding, help) in [
        (r#"Country in ("NL", "BE")"#, "E0206 `in`", r#"write `is "NL", "BE"`"#),
        (r#"Country in "NL""#, "E0206 `in`", r#"write `is "NL"`"#),
        (r#"Country is ("NL", "BE")"#, "E0206 `(\"NL\", \"BE\")`", r#"write `"NL", "BE"`"#),
        (r#"Country begins with "N""#, "E0206 `begins with`", "write `starts with`"),
        (r#"Country starts "N""#, "E0206 `starts`", "write `starts with`"),
        (r#"Country ends "N""#, "E0206 `ends`", "write `ends with`"),
        (r#"Country isnt "NL""#, "E0206 `isnt`", "write `is not`"),
        (r#"Country isn't "NL""#, "E0206 `isn't`", "write `is not`"),
        (r#"Country does not equal "NL""#, "E0206 `does not equal`", "write `is not`"),
        (r#"Country doesn’t contain "NL""#, "E0206 `doesn’t contain`", "write `does not contain`"),
        (r#"in list "A""#, "E0206 `in`", "write `member of`"),
        (r#"is not in list "A""#, "E0206 `is not in`", "write `not member of`"),
        (r#"Country is in list "A""#, "E0206 `in list`", "write `member of list`"),
        ("[Date of Birth] is tomorrow", "E0206 `tomorrow`", "write `is in future 1 day`"),
        ("Unsubscribed is yes", "E0206 `yes`", "write `true`"),
        ("Unsubscribed is no", "E0206 `no`", "write `false`"),
        ("Unsubscribed is \"yes\"", "E0402 `\"yes\"`", "write `true`"),
        (r#"Country not "NL""#, "E0201 `not \"NL\"`", "write `is not`"),
        (r#"Country not contains "NL""#, "E0201 `not contains \"NL\"`", "write `does not contain`"),
    ] {
        filter(text, finding, help);
    }
}

#[test]
fn what_follows_from_a_mistake_is_passed_over() {
    for (text, finding, help) in [
        ("and", "E0201 `and`", "write a test"),
        (")", "E0204 `)`", "remove it"),
        ("Language is and", "E0209 `and`", "after `is` write a value"),
        ("Score x is 5", "E0302 `Score x`", "did you mean `Score`?"),
        ("Lead Sourc is \"Web\"", "E0302 `Lead Sourc`", "`[Lead Source]`"),
        ("( is \"NL\"", "E0201 `is`", "write which field is tested"),
        ("Country is \"NL\" and is \"BE\"", "E0201 `is`", "separated by commas"),
        ("or is \"x\"", "E0207 `or`", "write `[or]`"),
        ("any is \"x\"", "E0302 `any`", "declared under `fields`"),
        ("performed \"F\" where Form is \"x\" and N > 3", "E0302 `N`", "`N` is an attribute of `F`"),
    ] {
        filter(text, finding, help);
    }
    for (text, finding, help) in [
        ("segments:\n  S: {match: and, filters: [Country is \"NL\"]}\n", "E0214 `and`", "write `all`"),
        ("fields: {Customer: {{my.x}}}\nsegments:\n  S: Customer is \"x\"\n", "E0112 `{{my.x}}`", "quotes"),
        (
            "smart_campaigns:\n  w:\n    progam: P\n    flow:\n      - send email \"{{my.X}}\"\n",
            "E0103 `progam`",
            "`program`",
        ),
        (
            "activities: {F: {Size: {type: integer, values: [1, 2]}}}\nsegments:\n  S: performed \"F\" where Size is 3\n",
            "E0111 `1`",
            "only text fields",
        ),
    ] {
        told(text, finding, help);
    }
}

#[test]
fn steps_triggers_and_schedules_say_what_to_write() {
    for (text, finding, help) in [
        ("change Lead Score", "E0207 `Lead Score`", "write `[Lead Score]`"),
        ("change Lead Score by +5", "E0302 `Lead Score`", "square brackets"),
        ("remove from flow \"w\"", "E0201 `\"w\"`", "write `remove from flow of`"),
        ("wait 3 days at 09:00", "E0211 `09:00`", "`ending on any day at 09:00`"),
        ("wait 3 days at 9", "E0201 `9`", "write `09:00`"),
        ("set Country to \"NL\" or \"BE\"", "E0201 `or`", "write `, \"BE\"`"),
        ("set Country to \"NL\", \"BE\"", "E0211 `\"BE\"`", "a step of its own"),
        ("change status in SFDC campaign \"S\" to In", "E0201 `In`", "write `\"In\"`"),
        ("change status in SFDC campaign \"S\" to \"In\", \"No Show\"", "E0211 `\"No Show\"`", "keep the status"),
        ("add to SFDC campaign \"S\" with status \"In\", \"No Show\"", "E0211 `\"No Show\"`", "keep the status"),
    ] {
        step(text, finding, help);
    }
    for (text, finding, help) in [
        ("Country changes to \"NL\" or \"BE\"", "E0201 `or`", "write `, \"BE\"`"),
        ("added to list \"A\" or \"B\"", "E0201 `or`", "write `, \"B\"`"),
        ("status is changed in SFDC campaign \"S\" to In", "E0201 `In`", "write `\"In\"`"),
        ("status is changed in SFDC campaign \"S\" to No Show", "E0201 `No Show`", "write `\"No Show\"`"),
        ("status is changed in SFDC campaign \"S\" to 5", "E0201 `5`", "write `\"5\"`"),
        ("status is changed in SFDC campaign \"S\" to", "E0209 `to`", "a status in quotes"),
    ] {
        trigger(text, finding, help);
    }
    for (text, finding, help) in [
        ("every day at 6", "E0212 `6`", "write `06:00`"),
        ("every day at 6am", "E0212 `6am`", "write `06:00`"),
        ("every day", "E0212 `every day`", "`at` and a time"),
        ("every 2 days at 06:00 starting 3/5/2026", "E0212 `3/5/2026`", "year, month and day"),
    ] {
        schedule(text, finding, help);
    }
}

#[test]
fn traps_of_yaml_inside_texts() {
    let flow = "smart_campaigns:\n  w:\n    flow:\n      - choose:\n          - if: Country is \"NL\"\n            then: do nothing\n          ";
    told(
        &format!("{flow}- else: send email \"Part 3: more\"\n"),
        "E0112 `send email \"Part 3: more\"`",
        "in single quotes",
    );
    told(
        "smart_campaigns:\n  w:\n    flow: [do nothing, set Country to \"{{person.City}}\"]\n",
        "E0112 `{{person.City}}`",
        "a list of their own lines",
    );
}

#[test]
fn swapped_and_misspelt_words_are_told_once() {
    for (text, finding, help) in [
        ("member of list and \"A\"", "E0209 `and`", "a name in quotes"),
        ("Country is or \"NL\"", "E0209 `or`", "write a value"),
        ("Country ends wtih \"N\"", "E0206 `ends wtih`", "write `ends with`"),
        ("Country starts \"N\" with", "E0206 `starts`", "write `starts with`"),
        ("Score ix at least 50", "E0302 `Score ix`", "if `Score` is the field, `ix` is no word that can follow it"),
        ("not perform \"F\"", "E0206 `not perform`", "write `did not perform`"),
        ("performed \"F\" where Form Form is \"x\"", "E0201 `Form`", "remove one of them"),
        ("performed in \"F\" past 3 days", "E0209 `in`", "a name in quotes"),
    ] {
        filter(text, finding, help);
    }
    for (text, finding, help) in [
        ("set Country too \"NL\"", "E0209 `too`", "write `set Country to` and the value"),
        ("change status in \"P\" to \"In\"", "E0210 `change status in`", "`change status in program`"),
        ("wait 3 days ending on at monday 09:00", "E0209 `at`", "days such as"),
    ] {
        step(text, finding, help);
    }
    for (text, finding, help) in [
        (
            "status is changed SFDC campaign \"S\"",
            "E0210 `status is changed SFDC campaign`",
            "did you mean `status is changed in SFDC campaign`",
        ),
        ("status is changed in in SFDC campaign \"S\"", "E0201 `in`", "remove one of them"),
        ("performs where \"F\" Form is \"x\"", "E0209 `where`", "a name in quotes"),
    ] {
        trigger(text, finding, help);
    }
    for (text, finding, help) in [
        ("segments:\n  S: \"Web\" is Country\n", "E0112 `\"Web\" is Country`", "in single quotes"),
        (
            "smart_campaigns:\n  w:\n    flow:\n      - choose:\n          - fi: Score > 5\n            then: do nothing\n",
            "E0103 `fi`",
            "did you mean `if`?",
        ),
    ] {
        told(text, finding, help);
    }
}

/// What stands further apart, or what the reader knows the meaning of, is told each for itself.
#[test]
fn several_mistakes_are_several_findings() {
    for (text, codes) in [
        ("Country is Holland and Score is fifty", &["E0201", "E0201"][..]),
        ("Country == “NL”", &["E0202", "E0206"]),
        ("Score >= fifty && Country == \"NL\"", &["E0206", "E0206", "E0209"]),
        ("Country is \"NL\" and Contry is \"BE\" and Scor > 5", &["E0302", "E0302"]),
    ] {
        let mut sources = Sources::new();
        sources.add("a.yaml", format!("segments:\n  S: >-\n    {text}\n"));
        let mut found: Vec<&str> = check(&sources).findings.iter().map(|finding| finding.code.id()).collect();
        found.sort_unstable();
        assert_eq!(found, codes, "{text}");
    }
}
