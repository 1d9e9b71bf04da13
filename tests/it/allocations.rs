//! On the steady path an event allocates nothing: not to be read, not to be judged, not for what it causes.

use std::borrow::Cow;

use campanile::{Engine, Event, EventKind, FactValue, Rules, Timestamp};

const RULES: &str = r#"
settings: {time_zone: Europe/Amsterdam}
fields: {Visits: integer}
activities: {Visit: {Page: text}}
lists: [Hot, Cold]
sfdc_campaigns:
  Nurture: {statuses: {Sent: {default: true}, Opened: {}, Responded: {responded: true}}}
segments:
  keen: Visits is at least 3 and not member of list "Cold"
smart_campaigns:
  counts:
    triggers: ['performs "Visit" where Page contains "pricing"']
    qualify: every time
    flow: [change Visits by +1, add to SFDC campaign "Nurture"]
  answers:
    triggers: [status is changed in SFDC campaign "Nurture" to "Responded"]
    filter: performed "Visit" in past 30 days at least 1 time
    qualify: every time
    flow:
      - choose:
          - if: member of segment "keen"
            then: add to list "Hot"
          - else: remove from list "Hot"
      - remove from SFDC campaign "Nurture"
      - set Visits to 0
  forgets:
    triggers: [added to list "Hot"]
    qualify: every time
    flow: [wait 1 hour, remove from list "Hot"]
  keen-ones:
    triggers: ['enters segment "keen"']
    qualify: every time
    flow: [do nothing]
"#;

const PEOPLE: usize = 50;
const START: i64 = 1_772_438_400_000;

fn event(number: usize) -> Event<'static> {
    let kind = match number / PEOPLE % 6 {
        0 | 1 | 3 => EventKind::Activity {
            activity: Cow::Borrowed("Visit"),
            attributes: vec![(
                Cow::Borrowed("Page"),
                FactValue::Text(Cow::Borrowed(if number.is_multiple_of(3) { "/jobs" } else { "/pricing" })),
            )],
        },
        2 => {
            EventKind::SfdcCampaignStatusChanged { campaign: Cow::Borrowed("Nurture"), to: Cow::Borrowed("Responded") }
        }
        4 => EventKind::Person {
            fields: vec![(Cow::Borrowed("Country"), FactValue::Text(Cow::Borrowed(["NL", "BE", "DE"][number % 3])))],
        },
        _ => EventKind::ListAdded { list: Cow::Borrowed(if number.is_multiple_of(2) { "Hot" } else { "Cold" }) },
    };
    Event {
        at: Some(Timestamp(START + i64::try_from(number).unwrap() * 60_000)),
        id: Some(Cow::Owned(format!("e{number}"))),
        person: Some(Cow::Owned(format!("p{}", number % PEOPLE))),
        log: false,
        kind,
    }
}

#[test]
fn an_event_of_the_steady_path_allocates_nothing() {
    let mut engine = Engine::new(Rules::from_sources(&[("a.yaml", RULES)]).compile().expect("the rules are sound"));
    // Tables and lists grow by doubling: behind a power of two of everything there is room for a while.
    let (warm, measured) = (1 << 15, 1 << 12);
    let events: Vec<Event<'static>> = (0..warm + measured).map(event).collect();
    let (before, after) = events.split_at(warm);
    for event in before {
        assert!(engine.handle(event).is_ok());
    }
    let stats = engine.stats();
    let mut outcomes = 0;
    let counted = allocation_counter::measure(|| {
        for event in after {
            outcomes += engine.handle(event).map_or(0, |outcomes| outcomes.count());
        }
    });
    let caused = engine.stats().actions - stats.actions;
    assert!(caused > measured as u64 && outcomes > measured, "the events hardly do anything: {caused} actions");
    // What still doubles in between is a handful, however many events there are.
    assert!(counted.count_total < measured as u64 / 50, "{} allocations for {measured} events", counted.count_total);
}
