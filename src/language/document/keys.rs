//! The keys of rule files: what each is for and what its value looks like.
//!
//! The checker knows a key by this table, `campanile schema` and the editor show it: there is no second list.

use super::TextKind;

/// A key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in a sentence or two.
    pub doc: &'static str,
    /// What stands behind it.
    pub value: Shape,
    /// Whether it must be there.
    pub needed: bool,
}

impl Key {
    /// A key that may be there.
    pub const fn may(name: &'static str, value: Shape, doc: &'static str) -> Self {
        Self { name, doc, value, needed: false }
    }

    /// A key that must be there.
    pub const fn must(name: &'static str, value: Shape, doc: &'static str) -> Self {
        Self { name, doc, value, needed: true }
    }
}

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A text, a number or a word: whatever YAML writes in one piece.
    Text,
    /// The name of something that is declared elsewhere.
    Name(NameOf),
    /// A text of the rule language.
    Rule(TextKind),
    /// `true` or `false`.
    Boolean,
    /// A whole number of at least so much.
    Whole(u32),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list of such values. Nothing at all is an empty one.
    List(&'static Shape),
    /// Names of the author's with such values. Nothing at all is an empty one.
    Named(&'static Shape),
    /// A mapping with these keys.
    Keys(&'static [Key]),
    /// A mapping with exactly one of these keys.
    OneKey(&'static [Key]),
    /// One of these.
    Either(&'static [Shape]),
    /// A shape that may hold itself.
    Called(Called),
    /// Anything at all.
    Any,
}

/// The shapes that may hold themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// A filter: a text, or a numbered list of texts.
    Filter,
    /// One step or a list of them.
    Steps,
    /// A flow step: a text, a text with an id, or a choice.
    Step,
}

impl Called {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Filter, Self::Steps, Self::Step];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Steps => "steps",
            Self::Step => "step",
        }
    }

    /// What it looks like.
    pub const fn shape(self) -> Shape {
        match self {
            Self::Filter => Shape::Either(&[Shape::Rule(TextKind::Filter), Shape::Keys(NUMBERED)]),
            Self::Steps => Shape::Either(&[Shape::Called(Self::Step), Shape::List(&Shape::Called(Self::Step))]),
            Self::Step => Shape::Either(&[Shape::Rule(TextKind::Step), Shape::Keys(STEP), Shape::Keys(CHOICE)]),
        }
    }
}

/// The kinds of things that have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameOf {
    /// `channels`.
    Channel,
    /// `programs`.
    Program,
    /// `sfdc_campaigns`.
    SfdcCampaign,
    /// `smart_campaigns`.
    SmartCampaign,
}

/// A rule file.
pub const FILE: &[Key] = &[
    Key::may("settings", Shape::Keys(SETTINGS), "Settings of the whole workspace, at most once in all its files."),
    Key::may("fields", FIELDS, "Person fields beyond the standard ones."),
    Key::may("activities", Shape::Named(&FIELDS), "Custom activities with the types of their attributes."),
    Key::may("lists", Shape::List(&Shape::Text), "Static lists."),
    Key::may(
        "channels",
        Shape::Named(&Shape::Keys(CHANNEL)),
        "Kinds of programs. A channel owns the progression statuses; `Not in Program`, step 0, always exists.",
    ),
    Key::may("programs", Shape::Named(&Shape::Keys(PROGRAM)), "What people go through, such as a webinar."),
    Key::may(
        "sfdc_campaigns",
        Shape::Named(&Shape::Keys(SFDC_CAMPAIGN)),
        "The Salesforce campaigns that rules may name.",
    ),
    Key::may("webhooks", Shape::Named(&Shape::Keys(WEBHOOK)), "Where `call webhook` posts to."),
    Key::may("tokens", Shape::Named(&Shape::Text), "Texts for `{{my.NAME}}`."),
    Key::may("segments", Shape::Named(&Shape::Called(Called::Filter)), "Filters with a name (Marketo: smart lists)."),
    Key::may(
        "smart_campaigns",
        Shape::Named(&Shape::Keys(CAMPAIGN)),
        "Triggers or a schedule, a filter, a qualification rule and a flow.",
    ),
];

/// `settings`.
pub const SETTINGS: &[Key] = &[
    Key::may(
        "time_zone",
        Shape::Text,
        "The time zone of dates and times without one, such as `Europe/Amsterdam`. Without it, UTC.",
    ),
    Key::may("week_starts_on", Shape::Words(DAYS), "The first day of `this week`. Without it, `monday`."),
    Key::may(
        "empty_values",
        Shape::Words(&["strict", "marketo"]),
        "How empty values are tested. Without it, `strict`: every positive test of an empty value is false.",
    ),
    Key::may("cascade_limit", Shape::Whole(1), "How deep events may cause events. Without it, 32."),
    Key::may("activity_limit", Shape::Whole(1), "How many activities one outside event may cause. Without it, 10000."),
    Key::may(
        "max_people",
        Shape::Whole(0),
        "How many people a batch may run for, unless the campaign says otherwise. Without it, 100000.",
    ),
];

const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// `fields`, and the attributes of an activity.
pub const FIELDS: Shape = Shape::Named(&Shape::Either(&[Shape::Words(TYPES), Shape::Keys(FIELD)]));

/// The types of fields.
pub const TYPES: &[&str] = &["text", "integer", "number", "boolean", "date", "datetime", "email", "phone", "url"];

/// A field with more than a type.
pub const FIELD: &[Key] = &[
    Key::must("type", Shape::Words(TYPES), "The type of its values."),
    Key::may(
        "values",
        Shape::List(&Shape::Text),
        "The only values that it may have: a closed list. Only text fields have one.",
    ),
];

/// A channel.
pub const CHANNEL: &[Key] =
    &[Key::must("statuses", Shape::Named(&Shape::Keys(PROGRESSION)), "Its progression statuses.")];

/// A progression status.
pub const PROGRESSION: &[Key] = &[
    Key::must("step", Shape::Whole(0), "Its place in the channel: a status never goes to a lower step."),
    Key::may("success", Shape::Boolean, "Whether reaching it is success."),
];

/// A program.
pub const PROGRAM: &[Key] = &[
    Key::must("channel", Shape::Name(NameOf::Channel), "The channel whose statuses it has."),
    Key::may("period_costs", Shape::List(&Shape::Keys(PERIOD_COST)), "What it costs, by month."),
    Key::may(
        "sfdc_campaign",
        Shape::Either(&[Shape::Name(NameOf::SfdcCampaign), Shape::Keys(LINK)]),
        "The Salesforce campaign that it is linked to, one to one.",
    ),
    Key::may(
        "tokens",
        Shape::Named(&Shape::Text),
        "Texts for `{{my.NAME}}` in its campaigns; they come before those of the workspace.",
    ),
    Key::may(
        "on_conflict",
        Shape::Words(ON_CONFLICT),
        "Which side wins when both changed a status. Without it, what the sync is told.",
    ),
    Key::may(
        "backward",
        Shape::Words(BACKWARD),
        "What becomes of a status in Salesforce that goes to a lower step. Without it, what the sync is told.",
    ),
];

/// The values of `on_conflict`.
pub const ON_CONFLICT: &[&str] = &["latest", "program", "campaign"];
/// The values of `backward`.
pub const BACKWARD: &[&str] = &["accept", "refuse", "restore"];

/// A Salesforce campaign named by its id.
pub const LINK: &[Key] = &[Key::must("id", Shape::Text, "The id of the campaign in Salesforce.")];

/// A period cost.
pub const PERIOD_COST: &[Key] = &[
    Key::must("month", Shape::Text, "The month, as in `2026-03`."),
    Key::must("amount", Shape::Text, "A whole number, not negative."),
    Key::may("note", Shape::Text, "For people."),
];

/// A Salesforce campaign.
pub const SFDC_CAMPAIGN: &[Key] =
    &[Key::may("statuses", Shape::Named(&Shape::Keys(MEMBER_STATUS)), "Its member statuses.")];

/// A member status.
pub const MEMBER_STATUS: &[Key] = &[
    Key::may("default", Shape::Boolean, "Whether new members get it when no status is said; one a campaign."),
    Key::may("responded", Shape::Boolean, "Whether Salesforce counts it as an answer."),
];

/// A webhook.
pub const WEBHOOK: &[Key] = &[
    Key::must("url", Shape::Text, "Where it goes."),
    Key::may("method", Shape::Words(METHODS), "The method of the request. Without it, `POST`."),
];

/// The methods of webhooks.
pub const METHODS: &[&str] = &["POST", "PUT", "PATCH", "GET", "DELETE"];

/// A smart campaign.
pub const CAMPAIGN: &[Key] = &[
    Key::may("description", Shape::Text, "For people."),
    Key::may(
        "program",
        Shape::Name(NameOf::Program),
        "The program that the campaign lives in: its tokens, and whether implied actions are off.",
    ),
    Key::may(
        "active",
        Shape::Boolean,
        "An inactive campaign starts no runs; those that wait go on. Without it, `true`.",
    ),
    Key::may(
        "triggers",
        Shape::List(&Shape::Rule(TextKind::Trigger)),
        "What starts it; one is enough. Not beside `schedule` or `executable`.",
    ),
    Key::may(
        "schedule",
        Shape::Rule(TextKind::Schedule),
        "When it runs for everybody who matches. Not beside `triggers` or `executable`.",
    ),
    Key::may("executable", Shape::Boolean, "`true`: only `execute campaign` runs it."),
    Key::may("filter", Shape::Called(Called::Filter), "Who may run. Without it, everybody."),
    Key::may(
        "qualify",
        Shape::Rule(TextKind::Qualify),
        "How often a person may run: `once` (without it), `every time`, `once every 7 days`.",
    ),
    Key::may(
        "priority",
        Shape::Words(&["high", "medium", "low"]),
        "Which campaign comes first when one event starts several. Without it, `medium`.",
    ),
    Key::may(
        "after",
        Shape::List(&Shape::Name(NameOf::SmartCampaign)),
        "Campaigns that come first when one event starts several.",
    ),
    Key::may(
        "max_people",
        Shape::Whole(0),
        "For batches: if more people qualify, nobody runs and an incident tells how many.",
    ),
    Key::must("flow", Shape::Called(Called::Steps), "What happens, step by step; at least one."),
];

/// A numbered filter.
pub const NUMBERED: &[Key] = &[
    Key::must(
        "match",
        Shape::Rule(TextKind::Match),
        "`all`, `any`, or an expression over the numbers such as `1 and (2 or 3)`.",
    ),
    Key::must("filters", Shape::List(&Shape::Rule(TextKind::Filter)), "The filters, counted from 1."),
];

/// A step with an id.
pub const STEP: &[Key] = &[
    Key::may("id", Shape::Text, "Names the step across edits and in records; unique within the flow."),
    Key::must("do", Shape::Rule(TextKind::Step), "The step."),
];

/// A choice.
pub const CHOICE: &[Key] = &[Key::must(
    "choose",
    Shape::List(&Shape::Either(&[Shape::Keys(BRANCH), Shape::Keys(OTHERWISE)])),
    "Branches: the first whose `if` holds when the step is reached is taken.",
)];

/// A branch with a condition.
pub const BRANCH: &[Key] = &[
    Key::must("if", Shape::Called(Called::Filter), "When the branch is taken."),
    Key::must("then", Shape::Called(Called::Steps), "What happens then: a step or a list of steps."),
];

/// The branch for everybody else.
pub const OTHERWISE: &[Key] =
    &[Key::must("else", Shape::Called(Called::Steps), "What happens when no `if` holds; the last branch.")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Day, FieldType};

    #[test]
    fn words_are_those_of_the_model() {
        assert_eq!(DAYS, Day::ALL.map(Day::word));
        for word in TYPES {
            assert_eq!(FieldType::find(word).map(FieldType::word), Some(*word));
        }
    }
}
