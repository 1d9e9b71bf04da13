//! Histories: what is told to an evaluator, in order.

use std::borrow::Cow;

use super::filters::Mood;
use super::random::Random;
use super::words::{ATTRIBUTES, COLOURS, FIELDS, PROGRAMS, SFDC_CAMPAIGNS, TEXTS, day, moment};
use super::workspaces::Workspace;
use crate::meaning::{Duration, Unit};
use crate::model::{Event, EventKind, FactValue, FieldType, NOT_IN_PROGRAM, Timestamp};

/// One thing that an evaluator is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// State before.
    Load(Event<'static>),
    /// The clock starts.
    Start(Timestamp),
    /// A fact.
    Event(Event<'static>),
    /// Time passes, up to a moment.
    Advance(Timestamp),
    /// Time passes, as long as a wait would.
    AdvanceBy(Duration),
    /// A campaign is asked to run for everybody.
    RunBatch(String),
}

/// The largest decimal number.
const LARGEST: &str = "79228162514264337593543950335";

const PEOPLE: &[&str] = &["ada", "bob", "Zoe", "é/1 %", "cy"];

const STEPS: &[i64] = &[
    0,
    0,
    1,
    999,
    1_000,
    60_000,
    1_800_000,
    3_600_000,
    7_200_000,
    43_200_000,
    86_399_999,
    86_400_000,
    86_400_001,
    2 * 86_400_000,
    3 * 86_400_000,
    7 * 86_400_000,
    7 * 86_400_000 + 1,
    30 * 86_400_000,
];

/// A history for a workspace.
pub fn history(random: &mut Random, workspace: &Workspace) -> Vec<Input> {
    let mut inputs = Vec::new();
    let start = workspace.start;
    for _ in 0..random.pick(&[0, 0, 3, 6, 10]) {
        inputs.push(load(random, workspace));
    }
    if random.percent(40) {
        inputs.push(Input::Start(start));
    }
    for _ in 0..random.pick(&[0, 0, 0, 2]) {
        inputs.push(load(random, workspace));
    }
    let mut now = start;
    for number in 0..random.between(10, 60) {
        if number > 0 {
            now = now.plus(random.pick(STEPS));
            if random.percent(10) {
                // To the full hour, where days and schedules begin.
                now = Timestamp((now.0.div_euclid(3_600_000) + 1) * 3_600_000);
            }
        }
        let at = match random.below(8) {
            0..=2 => None,
            3 if number > 0 => Some(now.plus(-random.pick(STEPS))),
            _ => Some(now),
        };
        inputs.push(match random.below(30) {
            0 if number > 0 => Input::Advance(now),
            1 if number > 0 => {
                let unit = random.below(Unit::ALL.len());
                let unit = Unit::ALL.get(unit).copied().unwrap_or(Unit::Day);
                let most = match unit {
                    Unit::Minute | Unit::Hour | Unit::Day => 10,
                    Unit::Week | Unit::Month => 2,
                    Unit::Year => usize::from(random.percent(20)),
                };
                let span = Duration { count: u32::try_from(random.between(0, most)).unwrap_or(0), unit };
                now = now.plus(span.fixed_millis());
                Input::AdvanceBy(span)
            }
            2 | 3 if number > 0 => Input::RunBatch(random.pick(&workspace.campaign_names())),
            4 if number > 0 && random.percent(30) => load(random, workspace),
            5 => Input::Event(Event { at: Some(now), id: None, person: None, log: false, kind: EventKind::Clock }),
            _ => {
                let id = random.percent(40).then(|| Cow::Owned(format!("e{}", random.below(30))));
                let person = Some(Cow::Borrowed(random.pick(PEOPLE)));
                Input::Event(Event { at, id, person, log: false, kind: fact(random, workspace, true) })
            }
        });
    }
    inputs
}

fn load(random: &mut Random, workspace: &Workspace) -> Input {
    let at = random.percent(60).then(|| moment(random, workspace.start));
    let mut kind = fact(random, workspace, false);
    if let EventKind::SfdcCampaignAdded { campaign: _, status: _, added } = &mut kind {
        *added = random.percent(40).then(|| moment(random, workspace.start));
    }
    let person = Some(Cow::Borrowed(random.pick(PEOPLE)));
    Input::Load(Event { at, id: None, person, log: random.percent(40), kind })
}

fn fact(random: &mut Random, workspace: &Workspace, bad_values: bool) -> EventKind<'static> {
    match random.below(28) {
        0..=7 => EventKind::Person { fields: fields(random, workspace.start, workspace.mood, bad_values) },
        8..=10 => {
            let (campaign, statuses) = subject(random, SFDC_CAMPAIGNS, "Elsewhere");
            let status = random.percent(70).then(|| Cow::Borrowed(status(random, statuses)));
            EventKind::SfdcCampaignAdded { campaign: campaign.into(), status, added: None }
        }
        11 => EventKind::SfdcCampaignRemoved { campaign: subject(random, SFDC_CAMPAIGNS, "Elsewhere").0.into() },
        12 | 13 => {
            let (campaign, statuses) = subject(random, SFDC_CAMPAIGNS, "Elsewhere");
            EventKind::SfdcCampaignStatusChanged { campaign: campaign.into(), to: status(random, statuses).into() }
        }
        14..=16 => {
            let (program, statuses) = subject(random, PROGRAMS, "Another Program");
            let to = if random.percent(10) { NOT_IN_PROGRAM } else { status(random, statuses) };
            EventKind::ProgramStatusChanged { program: program.into(), to: to.into() }
        }
        17 => EventKind::ProgramRemoved { program: subject(random, PROGRAMS, "Another Program").0.into() },
        18 | 19 => EventKind::ListAdded { list: list(random).into() },
        20 => EventKind::ListRemoved { list: list(random).into() },
        21 => EventKind::CampaignRequested {
            campaign: Cow::Owned(random.pick(&workspace.campaign_names())),
            source: random.percent(30).then_some(Cow::Borrowed("api")),
        },
        22 | 23 => match random.below(6) {
            0 | 1 => EventKind::SfdcSynced,
            2 => EventKind::SfdcConverted,
            _ => EventKind::SfdcDeleted,
        },
        _ => {
            let activity = random.pick(&["Visit", "Visit", "Visit", "Fill Out Form", "Dance"]);
            EventKind::Activity {
                activity: activity.into(),
                attributes: attributes(random, workspace.start, bad_values),
            }
        }
    }
}

fn subject(
    random: &mut Random,
    from: &'static [(&'static str, &'static [&'static str])],
    unknown: &'static str,
) -> (&'static str, &'static [&'static str]) {
    if random.percent(6) {
        return (unknown, &["Invited", "Odd"]);
    }
    let at = random.below(from.len());
    from.get(at).copied().unwrap_or_default()
}

fn status(random: &mut Random, statuses: &[&'static str]) -> &'static str {
    if random.percent(6) { "Odd" } else { random.pick(statuses) }
}

fn list(random: &mut Random) -> &'static str {
    random.pick(&["Alpha", "Alpha", "Alpha Two", "Beta", "Beta", "Gamma"])
}

type Values = Vec<(Cow<'static, str>, FactValue<'static>)>;

fn fields(random: &mut Random, start: Timestamp, mood: Mood, bad_values: bool) -> Values {
    let mut values: Values = Vec::new();
    for _ in 0..random.pick(&[0, 1, 1, 1, 2, 3, 5]) {
        let mut at = random.below(FIELDS.len());
        while mood == Mood::Timely && random.percent(70) && !FIELDS.get(at).is_some_and(|it| it.type_.is_temporal()) {
            at = random.below(FIELDS.len());
        }
        let Some(field) = FIELDS.get(at) else { continue };
        // No two names for one field in one fact.
        if values.iter().any(|(name, _)| {
            crate::model::fold(name).trim_start_matches("person ")
                == crate::model::fold(field.fact).trim_start_matches("person ")
        }) {
            continue;
        }
        let value = match field.fact {
            "Colour" => FactValue::Text(random.pick(&[COLOURS, &["red", "Pink", ""]].concat()).into()),
            "SFDC Type" => random.pick(&["Lead", "Contact", ""]).to_owned_fact(),
            _ => value(random, start, field.type_),
        };
        values.push((field.fact.into(), value));
    }
    if random.percent(4) {
        values.push(("Nonsense".into(), FactValue::Text("x".into())));
    }
    if bad_values && random.percent(3) {
        values.push(("Number of Employees".into(), FactValue::Text("many".into())));
    }
    values
}

fn attributes(random: &mut Random, start: Timestamp, bad_values: bool) -> Values {
    let mut values: Values = Vec::new();
    for (_, name, type_) in ATTRIBUTES {
        if random.percent(40) {
            values.push(((*name).into(), value(random, start, *type_)));
        }
    }
    if random.percent(5) {
        values.push(("Form".into(), FactValue::Text("x".into())));
    }
    if bad_values && random.percent(2) {
        values.retain(|(name, _)| name != "Visits");
        values.push(("Visits".into(), FactValue::Boolean(true)));
    }
    values
}

trait ToFact {
    fn to_owned_fact(self) -> FactValue<'static>;
}

impl ToFact for &'static str {
    fn to_owned_fact(self) -> FactValue<'static> {
        if self.is_empty() { FactValue::Null } else { FactValue::Text(self.into()) }
    }
}

/// A value that fits a type, in one of the spellings that the world uses.
fn value(random: &mut Random, start: Timestamp, type_: FieldType) -> FactValue<'static> {
    if random.percent(10) {
        return if random.percent(50) { FactValue::Null } else { FactValue::Text("".into()) };
    }
    match type_ {
        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
            let odd = ["say \"hi\"", "a\\b", "two\nlines", "{{person.Score}}"];
            FactValue::Text(if random.percent(5) { random.pick(&odd) } else { random.pick(TEXTS) }.into())
        }
        FieldType::Integer => {
            let number = random.pick(&["0", "1", "5", "5", "10", "-1", "100", "10.0", "9223372036854775807"]);
            if random.percent(20) { FactValue::Text(number.into()) } else { FactValue::Number(number.into()) }
        }
        FieldType::Number => {
            FactValue::Number(random.pick(&["0", "0.00", "1", "5", "5.0", "5.5", "-0.1", "1e2", "100", LARGEST]).into())
        }
        FieldType::Boolean => FactValue::Boolean(random.percent(50)),
        FieldType::Date => FactValue::Text(Cow::Owned(day(random, start).to_string())),
        FieldType::DateTime => {
            let text =
                if random.percent(15) { day(random, start).to_string() } else { moment(random, start).to_string() };
            FactValue::Text(Cow::Owned(text))
        }
    }
}
