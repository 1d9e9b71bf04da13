//! Records to text and back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::model::{EndOutcome, IncidentCode, Reason};
use crate::records::parse_event;

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn outcome(kind: OutcomeKind<'static>) -> Outcome<'static> {
    let run = RunId { campaign: "thanks".into(), person: "ada".into(), number: 1 };
    let run = if matches!(kind, OutcomeKind::Incident { .. }) { None } else { Some(run) };
    Outcome {
        at: moment("2026-03-05T09:00:00.120Z"),
        person: Some("ada".into()),
        campaign: Some("thanks".into()),
        run,
        cause: Some("#12".into()),
        kind,
    }
}

fn json(outcome: &Outcome<'_>) -> String {
    let mut out = Vec::new();
    write_outcome(outcome, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn keys_stand_in_the_order_of_the_contract() {
    let common =
        r##""at":"2026-03-05T09:00:00.120Z","person":"ada","campaign":"thanks","run":"thanks/ada/1","cause":"#12""##;
    let action = |result, implied, from, to, key: Option<[u8; 16]>| OutcomeKind::Action {
        step: "2.1".into(),
        action: "set Score to 5".into(),
        result,
        implied,
        from,
        to,
        key: key.map(Key),
    };
    for (kind, expected) in [
        (
            OutcomeKind::Qualified { trigger: "added to list \"é\"".into() },
            format!(r#"{{"type":"qualified",{common},"trigger":"added to list \"é\""}}"#),
        ),
        (
            action(ActionResult::Done, true, Some(Value::Empty), Some(Value::Integer(5)), Some([0, 255, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 16])),
            format!(
                r#"{{"type":"action",{common},"step":"2.1","action":"set Score to 5","outcome":"done","implied":true,"to":5,"key":"00ff0101010101010101010101010110"}}"#
            ),
        ),
        (
            action(
                ActionResult::Done,
                false,
                crate::model::parse_number("1234567890123456789012345.670").map(Value::Number),
                Some(Value::Boolean(false)),
                None,
            ),
            format!(
                r#"{{"type":"action",{common},"step":"2.1","action":"set Score to 5","outcome":"done","from":1234567890123456789012345.67,"to":false}}"#
            ),
        ),
        (
            action(ActionResult::Skipped(Reason::SameValue), false, None, None, None),
            format!(
                r#"{{"type":"action",{common},"step":"2.1","action":"set Score to 5","outcome":"skipped","reason":"same_value"}}"#
            ),
        ),
        (
            OutcomeKind::Waiting { until: moment("2026-03-06T00:00:00Z") },
            format!(r#"{{"type":"waiting",{common},"until":"2026-03-06T00:00:00Z"}}"#),
        ),
        (
            OutcomeKind::Ended { outcome: EndOutcome::Failed, reason: Some(Reason::NoDate) },
            format!(r#"{{"type":"ended",{common},"outcome":"failed","reason":"no_date"}}"#),
        ),
        (
            OutcomeKind::Incident {
                code: IncidentCode::CascadeLimit,
                message: "too deep".into(),
                path: vec!["a".into(), "b".into()],
                count: Some(32),
            },
            r##"{"type":"incident","at":"2026-03-05T09:00:00.120Z","person":"ada","campaign":"thanks","cause":"#12","code":"cascade_limit","message":"too deep","path":["a","b"],"count":32}"##
                .to_owned(),
        ),
    ] {
        assert_eq!(json(&outcome(kind)), expected);
    }
}

#[test]
fn parts_have_the_text_that_scenarios_write() {
    let outcome = outcome(OutcomeKind::Action {
        step: "1".into(),
        action: "x".into(),
        result: ActionResult::Done,
        implied: false,
        from: crate::model::parse_number("2.50").map(Value::Number),
        to: Some(Value::Date(crate::model::Date::parse("2026-03-05").unwrap())),
        key: None,
    });
    let mut texts = Vec::new();
    each_key(&outcome, |key, part| texts.push((key, part.text().into_owned())));
    assert!(texts.contains(&("from", "2.5".to_owned())) && texts.contains(&("to", "2026-03-05".to_owned())));
    assert_eq!(texts.first(), Some(&("type", "action".to_owned())));
}

fn name() -> impl Strategy<Value = Cow<'static, str>> {
    "[^\u{0}]{1,12}".prop_map(Cow::Owned)
}

fn values() -> impl Strategy<Value = Vec<(Cow<'static, str>, FactValue<'static>)>> {
    let value = prop_oneof![
        Just(FactValue::Null),
        any::<bool>().prop_map(FactValue::Boolean),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?".prop_map(|n| FactValue::Number(Cow::Owned(n))),
        ".{0,12}".prop_map(|text| FactValue::Text(Cow::Owned(text))),
    ];
    prop::collection::btree_map(name(), value, 0..40).prop_map(|map| map.into_iter().collect())
}

fn at() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.0..=Timestamp::MAX.0).prop_map(Timestamp)
}

/// Texts with everything that JSON and run ids treat apart, of all lengths up to some words.
fn text() -> impl Strategy<Value = Cow<'static, str>> {
    "[ -~é/%\"\\\\\u{0}-\u{1f}\u{7f}]{0,20}".prop_map(Cow::Owned)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Empty),
        text().prop_map(|text| Value::text(&text)),
        any::<i64>().prop_map(Value::Integer),
        (any::<i64>(), 0u32..20).prop_map(|(digits, scale)| Value::Number(rust_decimal::Decimal::new(digits, scale))),
        any::<bool>().prop_map(Value::Boolean),
        any::<i32>().prop_map(|day| Value::Date(crate::model::Date(day))),
        (-719_162..=2_932_895).prop_map(|day| Value::Date(crate::model::Date(day))),
        moments().prop_map(Value::DateTime),
    ]
}

/// Those that can be written, those that cannot, whole seconds.
fn moments() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        at(),
        any::<i64>().prop_map(Timestamp),
        (Timestamp::MIN.0 / 1000..=Timestamp::MAX.0 / 1000).prop_map(|second| Timestamp(second * 1000)),
    ]
}

fn outcome_kind() -> impl Strategy<Value = OutcomeKind<'static>> {
    let result = prop_oneof![
        Just(ActionResult::Done),
        Just(ActionResult::Skipped(Reason::SameStatus)),
        Just(ActionResult::Failed(Reason::InvalidValue)),
        text().prop_map(ActionResult::Refused),
    ];
    let side = || prop::option::of(value());
    let action = (text(), text(), result, any::<bool>(), side(), side(), prop::option::of(any::<[u8; 16]>()));
    prop_oneof![
        text().prop_map(|trigger| OutcomeKind::Qualified { trigger }),
        action.prop_map(|(step, action, result, implied, from, to, key)| OutcomeKind::Action {
            step,
            action,
            result,
            implied,
            from,
            to,
            key: key.map(Key)
        }),
        moments().prop_map(|until| OutcomeKind::Waiting { until }),
        Just(OutcomeKind::Ended { outcome: EndOutcome::Failed, reason: Some(Reason::NoDate) }),
        Just(OutcomeKind::Ended { outcome: EndOutcome::Removed, reason: None }),
        (text(), prop::collection::vec(text(), 0..4), prop::option::of(any::<u64>())).prop_map(
            |(message, path, count)| OutcomeKind::Incident {
                code: IncidentCode::ActivityLimit,
                message: message.into_owned(),
                path,
                count
            }
        ),
    ]
}

fn kind() -> impl Strategy<Value = EventKind<'static>> {
    prop_oneof![
        values().prop_map(|fields| EventKind::Person { fields }),
        (name(), prop::option::of(name()), prop::option::of(at()))
            .prop_map(|(campaign, status, added)| EventKind::SfdcCampaignAdded { campaign, status, added }),
        name().prop_map(|campaign| EventKind::SfdcCampaignRemoved { campaign }),
        (name(), name()).prop_map(|(campaign, to)| EventKind::SfdcCampaignStatusChanged { campaign, to }),
        (name(), name()).prop_map(|(program, to)| EventKind::ProgramStatusChanged { program, to }),
        name().prop_map(|program| EventKind::ProgramRemoved { program }),
        name().prop_map(|list| EventKind::ListAdded { list }),
        name().prop_map(|list| EventKind::ListRemoved { list }),
        (name(), values()).prop_map(|(activity, attributes)| EventKind::Activity { activity, attributes }),
        (name(), prop::option::of(name()))
            .prop_map(|(campaign, source)| EventKind::CampaignRequested { campaign, source }),
        Just(EventKind::SfdcSynced),
        Just(EventKind::SfdcConverted),
        Just(EventKind::SfdcDeleted),
    ]
}

proptest! {
    #[test]
    fn what_is_put_together_is_what_serde_writes(
        at in moments(), person in prop::option::of(text()), campaign in prop::option::of(text()),
        run in prop::option::of((text(), text(), any::<u32>())), cause in prop::option::of(text()), kind in outcome_kind(),
    ) {
        let run = run.map(|(campaign, person, number)| RunId { campaign, person, number });
        let outcome = Outcome { at, person, campaign, run, cause, kind };
        prop_assert_eq!(json(&outcome), serde_json::to_string(&Record(&outcome)).unwrap());
    }

    #[test]
    fn lines_are_what_is_written_one_by_one(
        outcomes in prop::collection::vec((moments(), text(), text(), text()), 1..4),
        kinds in prop::collection::vec((any::<prop::sample::Index>(), 1u32..3, outcome_kind()), 0..12),
    ) {
        let outcomes: Vec<Outcome<'_>> = kinds.into_iter().map(|(place, number, kind)| {
            let (at, person, campaign, cause) = place.get(&outcomes);
            let run = RunId { campaign: campaign.clone(), person: person.clone(), number };
            let (person, campaign, cause) = (person.clone(), campaign.clone(), Some(cause.clone()));
            Outcome { at: *at, person: Some(person), campaign: Some(campaign), run: Some(run), cause, kind }
        }).collect();
        let mut lines = Vec::new();
        prop_assert_eq!(write_outcomes(outcomes.iter().cloned(), &mut lines), outcomes.len() as u64);
        let expected: String = outcomes.iter().map(|outcome| json(outcome) + "\n").collect();
        prop_assert_eq!(String::from_utf8(lines).unwrap(), expected);
    }

    #[test]
    fn what_is_written_is_read_back(
        at in prop::option::of(at()), id in prop::option::of(name()), person in name(), log: bool, kind in kind(),
    ) {
        let event = Event { at, id, person: Some(person), log, kind };
        let mut line = Vec::new();
        write_event(&event, &mut line);
        let line = String::from_utf8(line).unwrap();
        prop_assert_eq!(parse_event(&line).unwrap(), event);
    }

    #[test]
    fn nothing_crashes_the_reader(line in ".{0,200}") {
        let _ = parse_event(&line);
    }

    #[test]
    fn nothing_close_to_a_record_crashes_the_reader(
        event in kind(), cut in 0usize..400, put in "[\\]\\[{}\",:\\\\u0-9a-f\u{e9} ]{0,4}",
    ) {
        let mut line = Vec::new();
        write_event(&Event { at: None, id: None, person: Some("ada".into()), log: false, kind: event }, &mut line);
        let mut line = String::from_utf8(line).unwrap();
        let cut = (0..=cut.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
        line.insert_str(cut, &put);
        if let Err(error) = parse_event(&line) {
            let columns = u32::try_from(line.chars().count()).unwrap() + 1;
            prop_assert!((1..=columns).contains(&error.column), "{:?}", error);
        }
    }
}
