//! What may stand at a place of a file, by the tables of keys.

use super::names::{Kind, Thing};
use super::outline::Level;
use crate::language::keys::{self, Key, NameOf, Shape};
use crate::scenario;

/// The shapes that fit at a place; choices among them are taken apart.
pub(super) fn at(path: &[Level], is_scenario: bool) -> Vec<Shape> {
    let file = if is_scenario { scenario::keys::FILE } else { keys::FILE };
    let mut shapes = vec![Shape::Keys(file)];
    for level in path {
        shapes = shapes.iter().flat_map(|shape| inside(shape, level)).flat_map(apart).collect();
    }
    shapes
}

/// The keys of a mapping at a place.
pub(super) fn keys_at(path: &[Level], is_scenario: bool) -> Vec<&'static Key> {
    let tables = at(path, is_scenario).into_iter().flat_map(|shape| match shape {
        Shape::Keys(keys) | Shape::OneKey(keys) => keys,
        Shape::Text
        | Shape::Name(_)
        | Shape::Rule(_)
        | Shape::Boolean
        | Shape::Whole(_)
        | Shape::Words(_)
        | Shape::List(_)
        | Shape::Named(_)
        | Shape::Either(_)
        | Shape::Called(_)
        | Shape::Any => &[],
    });
    let mut all: Vec<&Key> = Vec::new();
    for key in tables {
        if !all.iter().any(|known| known.name == key.name) {
            all.push(key);
        }
    }
    all
}

fn inside(shape: &Shape, level: &Level) -> Vec<Shape> {
    match (shape, level) {
        (Shape::Keys(keys) | Shape::OneKey(keys), Level::Key(name)) => {
            keys.iter().filter(|key| key.name == name).map(|key| key.value).collect()
        }
        (Shape::Named(shape), Level::Key(_)) | (Shape::List(shape), Level::Item) => vec![**shape],
        (
            Shape::Keys(_)
            | Shape::OneKey(_)
            | Shape::Named(_)
            | Shape::List(_)
            | Shape::Text
            | Shape::Name(_)
            | Shape::Rule(_)
            | Shape::Boolean
            | Shape::Whole(_)
            | Shape::Words(_)
            | Shape::Either(_)
            | Shape::Called(_)
            | Shape::Any,
            _,
        ) => Vec::new(),
    }
}

/// The shapes among which one may choose.
fn apart(shape: Shape) -> Vec<Shape> {
    match shape {
        Shape::Either(shapes) => shapes.iter().copied().flat_map(apart).collect(),
        Shape::Called(called) => apart(called.shape()),
        Shape::Text
        | Shape::Name(_)
        | Shape::Rule(_)
        | Shape::Boolean
        | Shape::Whole(_)
        | Shape::Words(_)
        | Shape::List(_)
        | Shape::Named(_)
        | Shape::Keys(_)
        | Shape::OneKey(_)
        | Shape::Any => vec![shape],
    }
}

/// The kind of thing that a name stands for.
pub(super) const fn kind_of(name: NameOf) -> Kind {
    match name {
        NameOf::Channel => Kind::Channel,
        NameOf::Program => Kind::Program,
        NameOf::SfdcCampaign => Kind::SfdcCampaign,
        NameOf::SmartCampaign => Kind::SmartCampaign,
    }
}

/// The way to a place as words, items as `-`.
pub(super) fn words(path: &[Level]) -> Vec<&str> {
    path.iter()
        .map(|level| match level {
            Level::Key(key) => key.as_str(),
            Level::Item => "-",
        })
        .collect()
}

/// What is declared by the key at the end of a way, or by the text in a list there.
pub(super) fn declared(path: &[Level], text: &str) -> Option<Thing> {
    match words(path).as_slice() {
        ["fields", name] => Some(Thing::new(Kind::Field, name)),
        ["activities", name] => Some(Thing::new(Kind::Activity, name)),
        ["activities", activity, name] => Some(Thing::of(Kind::Attribute, activity, name)),
        ["lists", "-"] => Some(Thing::new(Kind::List, text)),
        ["channels", name] => Some(Thing::new(Kind::Channel, name)),
        ["channels", channel, "statuses", name] => Some(Thing::of(Kind::Status, channel, name)),
        ["programs", name] => Some(Thing::new(Kind::Program, name)),
        ["programs", program, "tokens", name] => Some(Thing::of(Kind::Token, program, name)),
        ["sfdc_campaigns", name] => Some(Thing::new(Kind::SfdcCampaign, name)),
        ["sfdc_campaigns", campaign, "statuses", name] => Some(Thing::of(Kind::MemberStatus, campaign, name)),
        ["webhooks", name] => Some(Thing::new(Kind::Webhook, name)),
        ["tokens", name] => Some(Thing::new(Kind::Token, name)),
        ["segments", name] => Some(Thing::new(Kind::Segment, name)),
        ["smart_campaigns", name] => Some(Thing::new(Kind::SmartCampaign, name)),
        [..] => None,
    }
}

/// The kinds of things that keys name in a mapping of a scenario file.
pub(super) fn named_by_keys(path: &[Level]) -> &'static [Kind] {
    match words(path).as_slice() {
        ["scenarios", "-", "given", "sfdc_campaigns"] => &[Kind::SfdcCampaign],
        ["scenarios", "-", "given", "programs"] => &[Kind::Program],
        ["scenarios", "-", "given", "lists"] => &[Kind::List],
        ["scenarios", "-", "given", "people", _]
        | ["scenarios", "-", "given", "log", "-", "fields"]
        | ["scenarios", "-", "timeline", "-", "event", "fields"] => &[Kind::Field],
        ["scenarios", "-", "timeline", "-", "expect_qualified" | "expect_waiting"] => &[Kind::SmartCampaign],
        [..] => &[],
    }
}

/// The kinds of things that a text of a scenario file may name.
pub(super) fn named_by_text(path: &[Level]) -> &'static [Kind] {
    let words = words(path);
    let [.., above, key] = words.as_slice() else { return &[] };
    let in_event = *above == "event" || words.starts_with(&["scenarios", "-", "given", "log", "-"]);
    let in_expected = words.starts_with(&["scenarios", "-", "timeline", "-", "expect_actions"])
        || words.starts_with(&["scenarios", "-", "timeline", "-", "expect_incidents"]);
    match *key {
        "campaign" if in_expected => &[Kind::SmartCampaign],
        "campaign" if in_event => &[Kind::SfdcCampaign, Kind::SmartCampaign],
        "program" if in_event => &[Kind::Program],
        "list" if in_event => &[Kind::List],
        "activity" if in_event => &[Kind::Activity],
        _ => &[],
    }
}
