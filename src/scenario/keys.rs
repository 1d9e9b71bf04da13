//! The keys of scenario files: what each is for and what its value looks like.

use crate::language::TextKind;
use crate::language::keys::{Key, NameOf, Shape};

/// A scenario file.
pub const FILE: &[Key] = &[Key::may(
    "scenarios",
    Shape::List(&Shape::Keys(SCENARIO)),
    "Short stories of people and events, and what is expected of the rules.",
)];

/// A scenario.
pub const SCENARIO: &[Key] = &[
    Key::must("name", Shape::Text, "What it shows."),
    Key::may(
        "rules",
        Shape::List(&Shape::Text),
        "The rule files, relative to this file. Without it, those given with `--rules`, else those in the same folder.",
    ),
    Key::may(
        "given",
        Shape::Keys(GIVEN),
        "The state before. It starts nothing: people come first, then the log in order, then everything else on top.",
    ),
    Key::may("timeline", Shape::List(&Shape::OneKey(ENTRY)), "What happens and what is expected, one thing an entry."),
];

/// `given`.
pub const GIVEN: &[Key] = &[
    Key::may("now", Shape::Text, "The moment at which the scenario begins, as in `2026-03-05T09:00:00Z`."),
    Key::may("people", Shape::Named(&Shape::Named(&Shape::Any)), "People with their fields."),
    Key::may("log", Shape::List(&Shape::Keys(crate::records::EVENT_KEYS)), "Past activities, in order."),
    Key::may("sfdc_campaigns", MEMBERS, "Members of Salesforce campaigns with their statuses."),
    Key::may("programs", MEMBERS, "Members of programs with their statuses."),
    Key::may("lists", Shape::Named(&Shape::List(&Shape::Text)), "The people on lists."),
];

const MEMBERS: Shape = Shape::Named(&Shape::Named(&Shape::Either(&[Shape::Text, Shape::Keys(MEMBERSHIP)])));

/// A membership with a time.
pub const MEMBERSHIP: &[Key] = &[
    Key::must("status", Shape::Text, "The status."),
    Key::may("added", Shape::Text, "When the person was added. Without it, `given.now`."),
];

/// An entry of a timeline.
pub const ENTRY: &[Key] = &[
    Key::may("event", Shape::Keys(crate::records::EVENT_KEYS), "Something that happens, as an event record."),
    Key::may("expect", Shape::Named(&Shape::Rule(TextKind::Filter)), "Filters that people must pass."),
    Key::may("advance", Shape::Rule(TextKind::Duration), "Time that passes, as in `3 days`."),
    Key::may("run_batch", Shape::Name(NameOf::SmartCampaign), "A batch campaign that runs now."),
    Key::may(
        "expect_actions",
        RECORDS,
        "Every action since the start or the last such check, in order; of each the keys that matter.",
    ),
    Key::may("expect_qualified", PEOPLE, "Who qualified since the last such check, once for each time."),
    Key::may("expect_waiting", PEOPLE, "Who waits in a campaign now."),
    Key::may("expect_incidents", RECORDS, "Every incident since the last such check."),
];

const RECORDS: Shape = Shape::List(&Shape::Named(&Shape::Any));
const PEOPLE: Shape = Shape::Named(&Shape::List(&Shape::Text));
