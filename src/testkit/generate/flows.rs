//! Flows as texts: YAML lists of steps.

use super::filters::{Mood, Scope, chain, is_colour, writable};
use super::random::Random;
use super::words::{COLOURS, LISTS, PROGRAMS, SFDC_CAMPAIGNS, TEXTS, TIMES, day, moment_literal, quoted};
use crate::model::FieldType;

/// What a flow may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct May<'a> {
    pub(super) scope: Scope<'a>,
    /// Waits and webhooks.
    pub(super) wait: bool,
    /// Tokens of the trigger.
    pub(super) trigger: bool,
    /// Tokens of the program and the workspace are always there; this one needs a program.
    pub(super) requested: &'a [String],
    pub(super) executable: &'a [String],
}

/// A text in single quotes of YAML.
pub(super) fn yaml(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The steps of a flow as a list in block style, indented so far.
pub(super) fn steps(random: &mut Random, may: May<'_>, indent: usize, depth: usize) -> String {
    let count = random.pick(&[1, 1, 2, 2, 3, 4]);
    let mut text = String::new();
    for _ in 0..count {
        text.push_str(&item(random, may, indent, depth));
    }
    text
}

fn item(random: &mut Random, may: May<'_>, indent: usize, depth: usize) -> String {
    let space = " ".repeat(indent);
    if depth > 0 && random.percent(18) {
        let mut text = format!("{space}- choose:\n");
        for _ in 0..random.between(1, 2) {
            let condition = yaml(&chain(random, may.scope, 1));
            text.push_str(&format!("{space}    - if: {condition}\n"));
            text.push_str(&branch(random, may, indent + 6, depth - 1, "then"));
        }
        if random.percent(50) {
            text.push_str(&branch(random, may, indent + 4, depth - 1, "- else"));
        }
        return text;
    }
    let step = step(random, may);
    if random.percent(10) {
        let id = random.below(100_000);
        return format!("{space}- {{id: step-{id}, do: {}}}\n", yaml(&step));
    }
    format!("{space}- {}\n", yaml(&step))
}

fn branch(random: &mut Random, may: May<'_>, indent: usize, depth: usize, word: &str) -> String {
    let space = " ".repeat(indent);
    if random.percent(40) {
        return format!("{space}{word}: {}\n", yaml(&step(random, may)));
    }
    format!("{space}{word}:\n{}", steps(random, may, indent + 4, depth))
}

fn step(random: &mut Random, may: May<'_>) -> String {
    if may.wait && may.scope.mood != Mood::Mixed && random.percent(18) {
        let short = ["wait 1 minute", "wait 1 hour", "wait 1 day"];
        let is_busy = may.scope.mood == Mood::Busy;
        return if is_busy { random.pick(&short).to_owned() } else { wait(random, may) };
    }
    match random.below(30) {
        0..=2 => {
            let (name, statuses) = subject(random, SFDC_CAMPAIGNS);
            let status = if random.percent(60) {
                format!(" with status {}", quoted(random.pick(statuses)))
            } else {
                String::new()
            };
            format!("add to SFDC campaign {}{status}", quoted(name))
        }
        3 => format!("remove from SFDC campaign {}", quoted(subject(random, SFDC_CAMPAIGNS).0)),
        4 | 5 => {
            let (name, statuses) = subject(random, SFDC_CAMPAIGNS);
            format!("change status in SFDC campaign {} to {}", quoted(name), quoted(random.pick(statuses)))
        }
        6 | 7 => {
            let (name, statuses) = subject(random, PROGRAMS);
            format!("change status in program {} to {}", quoted(name), quoted(random.pick(statuses)))
        }
        8 => format!("remove from program {}", quoted(subject(random, PROGRAMS).0)),
        9 | 10 => format!("add to list {}", quoted(random.pick(&["Alpha", "Beta", "Alpha Two", "{{my.Target}}"]))),
        11 => format!("remove from list {}", quoted(random.pick(LISTS))),
        12..=14 => set(random, may),
        15 => format!("clear {}", writable(random).rule),
        16 | 17 => {
            let field = random.pick(&["Score", "Points", "Score", "Points", "Amount", "[Annual Revenue]"]);
            let by = if random.percent(10) && field.len() > 5 && field != "Points" { "+0.5" } else { "" };
            let by = if by.is_empty() { random.pick(&["+1", "+5", "-1", "-5", "+0"]) } else { by };
            if field == "Points" && random.percent(15) {
                return "change Points by +9223372036854775807".to_owned();
            }
            format!("change {field} by {by}")
        }
        18 => "sync person to SFDC".to_owned(),
        19..=21 if may.wait => wait(random, may),
        22 | 23 if !may.requested.is_empty() => format!("request campaign {}", quoted(&random.pick(may.requested))),
        24 | 25 if !may.executable.is_empty() => format!("execute campaign {}", quoted(&random.pick(may.executable))),
        26 if !may.scope.campaigns.is_empty() => {
            format!("remove from flow of {}", quoted(&random.pick(may.scope.campaigns)))
        }
        27 if random.percent(40) => "remove from flow".to_owned(),
        28 => {
            if may.wait && random.percent(30) {
                return "call webhook \"hook\"".to_owned();
            }
            let words = random.pick(&["send email", "send alert", "create task", "create interesting moment"]);
            format!("{words} {}", quoted(&template(random, may)))
        }
        29 => "do nothing".to_owned(),
        _ => {
            let sign = random.pick(&["+1", "-1"]);
            format!("change Score by {sign}")
        }
    }
}

fn subject(
    random: &mut Random,
    from: &'static [(&'static str, &'static [&'static str])],
) -> (&'static str, &'static [&'static str]) {
    let at = random.below(from.len());
    from.get(at).copied().unwrap_or_default()
}

fn set(random: &mut Random, may: May<'_>) -> String {
    let field = writable(random);
    let start = may.scope.start;
    let value = match field.type_ {
        _ if !is_colour(field.rule) && random.percent(30) => quoted(&token(random, may)),
        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
            if is_colour(field.rule) {
                quoted(random.pick(COLOURS))
            } else if random.percent(50) {
                quoted(&template(random, may))
            } else {
                quoted(random.pick(TEXTS))
            }
        }
        FieldType::Integer => random.pick(&["0", "1", "5", "10", "-1", "9223372036854775807"]).to_owned(),
        FieldType::Number => random.pick(&["0", "0.5", "5.50", "-1", "100"]).to_owned(),
        FieldType::Boolean => random.pick(&["true", "false"]).to_owned(),
        FieldType::Date => match random.below(3) {
            0 => "today".to_owned(),
            1 => "now".to_owned(),
            _ => day(random, start).to_string(),
        },
        FieldType::DateTime => match random.below(4) {
            0 => "today".to_owned(),
            1 => "now".to_owned(),
            2 => day(random, start).to_string(),
            _ => moment_literal(random, start),
        },
    };
    format!("set {} to {value}", field.rule)
}

/// A text that may hold tokens.
fn template(random: &mut Random, may: May<'_>) -> String {
    match random.below(4) {
        0 => "Welcome".to_owned(),
        1 => format!("{{{{my.Greeting}}}} {}", token(random, may)),
        2 => format!("{}/{}", token(random, may), token(random, may)),
        _ => token(random, may),
    }
}

fn token(random: &mut Random, may: May<'_>) -> String {
    const PERSON: &[&str] = &[
        "person.Country",
        "lead.Lead Source:default=none",
        "person.Score",
        "person.Points:default=0",
        "person.Amount",
        "person.Opt In",
        "person.Event Date",
        "person.Last Seen",
        "person.Created At",
        "person.SFDC Type:default=nobody",
    ];
    const TRIGGER: &[&str] =
        &["trigger.campaign", "trigger.status", "trigger.old status:default=new", "trigger.program", "trigger.list"];
    const OTHER: &[&str] = &["campaign.name", "program.name", "system.date", "system.datetime"];
    let name = match random.below(5) {
        0 | 1 if may.trigger => random.pick(TRIGGER),
        2 => random.pick(OTHER),
        _ => random.pick(PERSON),
    };
    format!("{{{{{name}}}}}")
}

fn wait(random: &mut Random, may: May<'_>) -> String {
    let start = may.scope.start;
    let at = if random.percent(50) { format!(" at {}", random.pick(TIMES)) } else { String::new() };
    let field = random.pick(&["[Event Date]", "[Last Seen]", "[Date of Birth]", "[Created At]"]);
    let spans =
        ["1 minute", "2 hours", "24 hours", "1 day", "2 days", "1 week", "1 month", "2 months", "1 year", "0 days"];
    match random.below(8) {
        0 | 1 => format!("wait {}", random.pick(&spans)),
        2 | 3 => {
            let days =
                random.pick(&["weekdays", "any day", "monday", "saturday, sunday", "tuesday to thursday", "sunday"]);
            format!("wait {} ending on {days}{at}", random.pick(&spans))
        }
        4 => {
            if random.percent(50) {
                format!("wait until {}{at}", day(random, start))
            } else {
                format!("wait until {}", moment_literal(random, start))
            }
        }
        5 => format!("wait until {field}{at}"),
        6 => format!("wait until {field} {} {}{at}", random.pick(&["plus", "minus"]), random.pick(&spans)),
        _ => format!("wait until next anniversary of {field}{at}"),
    }
}
