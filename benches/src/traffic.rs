//! People and events for the rule books of [`crate::book`].

use std::borrow::Cow;

use campanile::{Event, EventKind, FactValue, Timestamp};

use crate::book::{self, Shape};
use crate::random::Random;

/// 2026-03-02T08:00:00Z, a Monday.
pub const START: Timestamp = Timestamp(1_772_438_400_000);

/// Names that events borrow. They live as long as the program: a benchmark has no better use for the memory.
#[derive(Debug)]
struct Names {
    people: Vec<&'static str>,
    programs: Vec<&'static str>,
    sfdc_campaigns: Vec<&'static str>,
    lists: Vec<&'static str>,
    forms: Vec<&'static str>,
    emails: Vec<&'static str>,
    numbers: Vec<&'static str>,
    days: Vec<&'static str>,
}

fn leak(names: impl Iterator<Item = String>) -> Vec<&'static str> {
    names.map(|name| &*name.leak()).collect()
}

impl Names {
    fn new(shape: &Shape, people: usize) -> Self {
        Self {
            people: leak((0..people).map(|n| format!("person-{n:07}"))),
            programs: leak((0..shape.programs).map(book::program)),
            sfdc_campaigns: leak((0..shape.sfdc_campaigns).map(book::sfdc_campaign)),
            lists: leak((0..shape.lists).map(book::list)),
            forms: leak((0..book::FORMS).map(book::form)),
            emails: leak((0..book::EMAILS).map(book::email)),
            numbers: leak((0..20_000).map(|n: i32| n.to_string())),
            days: leak((1..=28).map(|day| format!("2026-02-{day:02}"))),
        }
    }
}

const fn text(text: &'static str) -> FactValue<'static> {
    FactValue::Text(Cow::Borrowed(text))
}

const fn number(text: &'static str) -> FactValue<'static> {
    FactValue::Number(Cow::Borrowed(text))
}

type Fields = Vec<(Cow<'static, str>, FactValue<'static>)>;

fn person(names: &Names, random: &mut Random) -> Fields {
    let mut fields: Fields = Vec::with_capacity(10);
    let mut put = |name: &'static str, value| fields.push((Cow::Borrowed(name), value));
    put("Country", text(random.one_of(&book::COUNTRIES)));
    put("Industry", text(random.one_of(&book::INDUSTRIES)));
    put("Job Title", text(random.one_of(&book::TITLES)));
    put("Lead Source", text(random.one_of(&book::SOURCES)));
    put("Lead Status", text(random.one_of(&book::LEAD_STATUSES)));
    put("Person Score", number(names.numbers[random.below(60)]));
    put("Number of Employees", number(names.numbers[random.below(20_000)]));
    put("Unsubscribed", FactValue::Boolean(random.percent(8)));
    if random.percent(70) {
        put("Last Visit", text(random.one_of(&names.days)));
    }
    if random.percent(50) {
        put("SFDC Type", text("Lead"));
    }
    fields
}

/// People to load and events that follow.
#[derive(Debug)]
pub struct Traffic {
    /// One record for each person, then some memberships.
    pub load: Vec<Event<'static>>,
    /// What happens, in order of time.
    pub events: Vec<Event<'static>>,
}

/// Traffic of `events` events about `people` people, spread over 30 days.
pub fn make(shape: &Shape, people: usize, events: usize, seed: u64) -> Traffic {
    let mut random = Random::new(seed);
    let names = Names::new(shape, people);
    let mut load = Vec::with_capacity(people * 2);
    for id in &names.people {
        load.push(Event {
            at: Some(START),
            id: None,
            person: Some(Cow::Borrowed(id)),
            log: false,
            kind: EventKind::Person { fields: person(&names, &mut random) },
        });
    }
    for _ in 0..people {
        let kind = match random.below(3) {
            0 => EventKind::ListAdded { list: Cow::Borrowed(random.one_of(&names.lists)) },
            1 => EventKind::SfdcCampaignAdded {
                campaign: Cow::Borrowed(random.one_of(&names.sfdc_campaigns)),
                status: Some(Cow::Borrowed(random.one_of(&book::SFDC_STATUSES))),
                added: None,
            },
            _ => EventKind::ProgramStatusChanged {
                program: Cow::Borrowed(random.one_of(&names.programs)),
                to: Cow::Borrowed(random.one_of(&book::STATUSES)),
            },
        };
        let person = Some(Cow::Borrowed(random.one_of(&names.people)));
        load.push(Event { at: Some(START), id: None, person, log: false, kind });
    }
    let step = 30 * 86_400_000 / events.max(1) as i64;
    let events = (0..events)
        .map(|n| Event {
            at: Some(Timestamp(START.0 + (n as i64 + 1) * step)),
            id: Some(Cow::Owned(format!("e{n:07}"))),
            person: Some(Cow::Borrowed(random.one_of(&names.people))),
            log: false,
            kind: happening(&names, &mut random),
        })
        .collect();
    Traffic { load, events }
}

/// The people of some traffic by themselves, in no order, one after another.
pub fn shuffled(shape: &Shape, people: usize, seed: u64) -> impl Iterator<Item = Event<'static>> {
    let mut random = Random::new(seed);
    let mut names = Names::new(shape, people);
    let ids = &mut names.people;
    (1..people).rev().for_each(|at| ids.swap(at, random.below(at + 1)));
    (0..people).map(move |at| Event {
        at: Some(START),
        id: None,
        person: Some(Cow::Borrowed(names.people[at])),
        log: false,
        kind: EventKind::Person { fields: person(&names, &mut random) },
    })
}

fn happening(names: &Names, random: &mut Random) -> EventKind<'static> {
    let activity = |activity: &'static str, attributes: &[(&'static str, &'static str)]| EventKind::Activity {
        activity: Cow::Borrowed(activity),
        attributes: attributes.iter().map(|(name, value)| (Cow::Borrowed(*name), text(value))).collect(),
    };
    match random.weighted(&[30, 12, 12, 15, 10, 8, 7, 4, 2]) {
        0 => activity("Visit Web Page", &[("Page", random.one_of(&book::PAGES))]),
        1 => activity("Fill Out Form", &[("Form", random.one_of(&names.forms)), ("Page", random.one_of(&book::PAGES))]),
        2 => activity("Open Email", &[("Email", random.one_of(&names.emails))]),
        3 => {
            let (name, value) = match random.below(5) {
                0 | 1 => ("Person Score", number(names.numbers[random.below(110)])),
                2 => ("Lead Status", text(random.one_of(&book::LEAD_STATUSES))),
                3 => ("Country", text(random.one_of(&book::COUNTRIES))),
                _ => ("Industry", text(random.one_of(&book::INDUSTRIES))),
            };
            EventKind::Person { fields: vec![(Cow::Borrowed(name), value)] }
        }
        4 => EventKind::SfdcCampaignAdded {
            campaign: Cow::Borrowed(random.one_of(&names.sfdc_campaigns)),
            status: None,
            added: None,
        },
        5 => EventKind::SfdcCampaignStatusChanged {
            campaign: Cow::Borrowed(random.one_of(&names.sfdc_campaigns)),
            to: Cow::Borrowed(random.one_of(&book::SFDC_STATUSES)),
        },
        6 => EventKind::ProgramStatusChanged {
            program: Cow::Borrowed(random.one_of(&names.programs)),
            to: Cow::Borrowed(random.one_of(&book::STATUSES)),
        },
        7 => EventKind::ListAdded { list: Cow::Borrowed(random.one_of(&names.lists)) },
        _ => EventKind::ListRemoved { list: Cow::Borrowed(random.one_of(&names.lists)) },
    }
}
