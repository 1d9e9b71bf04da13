//! The evaluator inside another program: no files, no clock, no network, no threads.
//!
//! ```text
//! cargo run --example embed --no-default-features
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that shows what it does")]

use std::borrow::Cow;
use std::error::Error;

use campanile::model::ActionResult;
use campanile::{Engine, Event, EventKind, FactValue, Outcome, OutcomeKind, Rules, Timestamp};

/// The rules; where they come from is the program's own business.
const RULES: &str = include_str!("../docs/tour/fixed/thanks.yaml");

/// A fact about a person. Facts borrow their texts, so a program that has its own records copies nothing.
fn fact<'a>(at: Option<Timestamp>, person: &'a str, kind: EventKind<'a>) -> Event<'a> {
    Event { at, id: None, person: Some(Cow::Borrowed(person)), log: false, kind }
}

/// Outcomes are typed; shown as a text, one is the action record that the command line writes.
fn take(outcome: Outcome<'_>, to_do: &mut Vec<String>) {
    println!("{outcome}");
    if let OutcomeKind::Action { action, result: ActionResult::Done, .. } = outcome.kind {
        to_do.push(action.into_owned());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let rules = Rules::from_sources(&[("thanks.yaml", RULES)]);
    for finding in rules.findings() {
        eprintln!("{}: {}", finding.code, finding.message);
    }
    let mut engine = Engine::new(rules.compile()?);

    // State that was there before is loaded: it starts nothing.
    let fields = vec![
        (Cow::Borrowed("First Name"), FactValue::Text(Cow::Borrowed("Ada"))),
        (Cow::Borrowed("Country"), FactValue::Text(Cow::Borrowed("NL"))),
    ];
    engine.load(&fact(None, "ada", EventKind::Person { fields }))?;

    // The engine has no clock of its own. It learns the time from its facts, and from `advance`.
    let five_past_five = Timestamp::parse("2026-03-19T17:05:00Z").ok_or("a moment")?;
    let added = EventKind::SfdcCampaignAdded {
        campaign: Cow::Borrowed("Spring Webinar"),
        status: Some(Cow::Borrowed("Registered")),
        added: None,
    };
    engine.load(&fact(None, "ada", added))?;
    let attended = EventKind::SfdcCampaignStatusChanged {
        campaign: Cow::Borrowed("Spring Webinar"),
        to: Cow::Borrowed("Attended"),
    };

    let mut to_do: Vec<String> = Vec::new();
    for outcome in engine.handle(&fact(Some(five_past_five), "ada", attended))? {
        take(outcome, &mut to_do);
    }
    // A program that embeds the engine looks after time as well: here a day passes at once.
    let next_day = five_past_five.plus(24 * 60 * 60 * 1000);
    for outcome in engine.advance(next_day) {
        take(outcome, &mut to_do);
    }

    // Filters of the rule language ask about the people in memory.
    let filter = engine.filter(r#"member of list "Thanked" and Country is "NL", "BE""#)?;
    println!("thanked: {:?}", engine.select(&filter));
    println!("done: {to_do:?}");
    assert_eq!(to_do, [r#"add to list "Thanked""#, r#"send email "Thank you, Ada""#]);
    Ok(())
}

#[test]
fn it_runs() {
    assert!(main().is_ok());
}
