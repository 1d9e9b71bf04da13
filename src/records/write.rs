//! Outcomes and events as JSON, byte for byte the same for the same values.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::text;
use crate::model::{ActionResult, Event, EventKind, FactValue, Key, Outcome, OutcomeKind, RunId, Timestamp, Value};

/// One value of an action record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part<'a> {
    /// A text.
    Text(&'a str),
    /// A run, a text in JSON.
    Run(&'a RunId<'a>),
    /// An idempotency key, a text in JSON.
    Key(&'a Key),
    /// A moment, a text in JSON.
    Moment(Timestamp),
    /// The value of a field or the name of a status.
    Value(&'a Value),
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Count(u64),
    /// Names, a list in JSON.
    Names(&'a [Cow<'a, str>]),
}

impl Part<'_> {
    /// The value as one text, as a scenario would write it; names are joined by commas.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Run(run) => Cow::Owned(run.to_string()),
            Self::Key(key) => Cow::Owned(key.to_string()),
            Self::Moment(at) => Cow::Owned(at.to_string()),
            Self::Value(Value::Text(text)) => Cow::Borrowed(text.as_str()),
            Self::Value(Value::Empty) => Cow::Borrowed(""),
            Self::Value(Value::Integer(number)) => Cow::Owned(number.to_string()),
            Self::Value(Value::Number(number)) => Cow::Owned(number.normalize().to_string()),
            Self::Value(Value::Boolean(flag)) | Self::Boolean(flag) => {
                Cow::Borrowed(if *flag { "true" } else { "false" })
            }
            Self::Value(Value::Date(day)) => Cow::Owned(day.to_string()),
            Self::Value(Value::DateTime(at)) => Cow::Owned(at.to_string()),
            Self::Count(number) => Cow::Owned(number.to_string()),
            Self::Names(names) => Cow::Owned(names.join(", ")),
        }
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Run(run) => serializer.collect_str(run),
            Self::Key(key) => serializer.collect_str(key),
            Self::Moment(at) | Self::Value(Value::DateTime(at)) => serializer.collect_str(at),
            Self::Value(Value::Empty) => serializer.serialize_unit(),
            Self::Value(Value::Text(text)) => serializer.serialize_str(text),
            Self::Value(Value::Integer(number)) => serializer.serialize_i64(*number),
            Self::Value(Value::Number(number)) => number_as_written(number.normalize().to_string(), serializer),
            Self::Value(Value::Boolean(flag)) | Self::Boolean(flag) => serializer.serialize_bool(*flag),
            Self::Value(Value::Date(day)) => serializer.collect_str(day),
            Self::Count(number) => serializer.serialize_u64(*number),
            Self::Names(names) => {
                let mut list = serializer.serialize_seq(Some(names.len()))?;
                for name in *names {
                    list.serialize_element(name)?;
                }
                list.end()
            }
        }
    }
}

/// A number with all its digits, whatever their number.
fn number_as_written<S: Serializer>(spelling: String, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(spelling).map_err(S::Error::custom)?.serialize(serializer)
}

/// Shows every key of an action record with its value, in the order in which they are written.
pub fn each_key<'o>(outcome: &'o Outcome<'o>, mut show: impl FnMut(&'static str, Part<'o>)) {
    show("type", Part::Text(type_word(&outcome.kind)));
    each_key_of_place(outcome, &mut show);
    each_key_of_kind(&outcome.kind, &mut show);
}

const fn type_word(kind: &OutcomeKind<'_>) -> &'static str {
    match kind {
        OutcomeKind::Qualified { .. } => "qualified",
        OutcomeKind::Action { .. } => "action",
        OutcomeKind::Waiting { .. } => "waiting",
        OutcomeKind::Ended { .. } => "ended",
        OutcomeKind::Incident { .. } => "incident",
    }
}

/// When, to whom and in which run something happened: mostly the same as in the record before.
fn each_key_of_place<'o>(outcome: &'o Outcome<'o>, show: &mut impl FnMut(&'static str, Part<'o>)) {
    let Outcome { at, person, campaign, run, cause, kind: _ } = outcome;
    show("at", Part::Moment(*at));
    for (key, name) in [("person", person), ("campaign", campaign)] {
        if let Some(name) = name {
            show(key, Part::Text(name));
        }
    }
    if let Some(run) = run {
        show("run", Part::Run(run));
    }
    if let Some(cause) = cause {
        show("cause", Part::Text(cause));
    }
}

/// Whether [`each_key_of_place`] shows the same of both.
fn is_same_place(a: &Outcome<'_>, b: &Outcome<'_>) -> bool {
    a.at == b.at && a.person == b.person && a.campaign == b.campaign && a.run == b.run && a.cause == b.cause
}

fn each_key_of_kind<'o>(kind: &'o OutcomeKind<'o>, show: &mut impl FnMut(&'static str, Part<'o>)) {
    match kind {
        OutcomeKind::Qualified { trigger } => show("trigger", Part::Text(trigger)),
        OutcomeKind::Action { step, action, result, implied, from, to, key } => {
            show("step", Part::Text(step));
            show("action", Part::Text(action));
            let (result, reason) = match result {
                ActionResult::Done => ("done", None),
                ActionResult::Skipped(reason) => ("skipped", Some(reason.word())),
                ActionResult::Failed(reason) => ("failed", Some(reason.word())),
                ActionResult::Refused(reason) => ("failed", Some(&**reason)),
            };
            show("outcome", Part::Text(result));
            if let Some(reason) = reason {
                show("reason", Part::Text(reason));
            }
            if *implied {
                show("implied", Part::Boolean(true));
            }
            for (key, value) in [("from", from), ("to", to)] {
                if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                    show(key, Part::Value(value));
                }
            }
            if let Some(key) = key {
                show("key", Part::Key(key));
            }
        }
        OutcomeKind::Waiting { until } => show("until", Part::Moment(*until)),
        OutcomeKind::Ended { outcome, reason } => {
            show("outcome", Part::Text(outcome.word()));
            if let Some(reason) = reason {
                show("reason", Part::Text(reason.word()));
            }
        }
        OutcomeKind::Incident { code, message, path, count } => {
            show("code", Part::Text(code.word()));
            show("message", Part::Text(message));
            if !path.is_empty() {
                show("path", Part::Names(path));
            }
            if let Some(count) = count {
                show("count", Part::Count(*count));
            }
        }
    }
}

/// An outcome as the action record of interfaces: `serde` writes it with its keys in their fixed order.
#[derive(Debug, Clone, Copy)]
pub struct Record<'o>(pub &'o Outcome<'o>);

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut result = Ok(());
        each_key(self.0, |key, part| {
            if result.is_ok() {
                result = map.serialize_entry(key, &part);
            }
        });
        result?;
        map.end()
    }
}

/// Appends an outcome as one JSON object, without a line break: the bytes of [`Record`], put together without `serde`.
pub fn write_outcome(outcome: &Outcome<'_>, out: &mut Vec<u8>) {
    open(outcome, out);
    each_key_of_place(outcome, &mut |key, part| text::put_entry(key, part, out));
    each_key_of_kind(&outcome.kind, &mut |key, part| text::put_entry(key, part, out));
    out.push(b'}');
}

/// Appends outcomes, each as a line: what [`write_outcome`] writes and a line break. How many there were. What a line has in
/// common with the one before is copied from there.
pub fn write_outcomes<'o>(outcomes: impl Iterator<Item = Outcome<'o>>, out: &mut Vec<u8>) -> u64 {
    let mut count = 0;
    let mut before: Option<(Outcome<'o>, Range<usize>)> = None;
    for outcome in outcomes {
        open(&outcome, out);
        let start = out.len();
        match &before {
            // The range lies before what is being written.
            Some((other, place)) if is_same_place(other, &outcome) => out.extend_from_within(place.clone()),
            Some(_) | None => each_key_of_place(&outcome, &mut |key, part| text::put_entry(key, part, out)),
        }
        let place = start..out.len();
        each_key_of_kind(&outcome.kind, &mut |key, part| text::put_entry(key, part, out));
        out.extend_from_slice(b"}\n");
        count += 1;
        before = Some((outcome, place));
    }
    count
}

/// The first key and its value.
fn open(outcome: &Outcome<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(type_word(&outcome.kind).as_bytes());
    out.push(b'"');
}

/// The record as one line of JSON.
impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&Record(self)).map_err(|_| fmt::Error)?)
    }
}

/// Appends an event as one JSON object, without a line break: what [`super::parse_event`] reads.
pub fn write_event(event: &Event<'_>, out: &mut Vec<u8>) {
    append(&Fact(event), out);
}

fn append(value: &impl Serialize, out: &mut Vec<u8>) {
    let before = out.len();
    // A vector takes every byte, and no value here refuses to be written except a number that is none.
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        out.extend_from_slice(b"{}");
    }
}

struct Fact<'e>(&'e Event<'e>);

impl Serialize for Fact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Event { at, id, person, log, kind } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", kind.word())?;
        if let Some(person) = person {
            map.serialize_entry("person", person)?;
        }
        if let Some(at) = at {
            map.serialize_entry("at", &Shown(at))?;
        }
        if let Some(id) = id {
            map.serialize_entry("id", id)?;
        }
        if *log {
            map.serialize_entry("log", &true)?;
        }
        match kind {
            EventKind::Person { fields } => map.serialize_entry("fields", &Values(fields))?,
            EventKind::SfdcCampaignAdded { campaign, status, added } => {
                map.serialize_entry("campaign", campaign)?;
                if let Some(status) = status {
                    map.serialize_entry("status", status)?;
                }
                if let Some(added) = added {
                    map.serialize_entry("added", &Shown(added))?;
                }
            }
            EventKind::SfdcCampaignRemoved { campaign } => map.serialize_entry("campaign", campaign)?,
            EventKind::SfdcCampaignStatusChanged { campaign, to } => {
                map.serialize_entry("campaign", campaign)?;
                map.serialize_entry("to", to)?;
            }
            EventKind::ProgramStatusChanged { program, to } => {
                map.serialize_entry("program", program)?;
                map.serialize_entry("to", to)?;
            }
            EventKind::ProgramRemoved { program } => map.serialize_entry("program", program)?,
            EventKind::ListAdded { list } | EventKind::ListRemoved { list } => map.serialize_entry("list", list)?,
            EventKind::Activity { activity, attributes } => {
                map.serialize_entry("activity", activity)?;
                map.serialize_entry("attributes", &Values(attributes))?;
            }
            EventKind::CampaignRequested { campaign, source } => {
                map.serialize_entry("campaign", campaign)?;
                if let Some(source) = source {
                    map.serialize_entry("source", source)?;
                }
            }
            EventKind::SfdcSynced | EventKind::SfdcConverted | EventKind::SfdcDeleted | EventKind::Clock => {}
        }
        map.end()
    }
}

struct Values<'e>(&'e [(Cow<'e, str>, FactValue<'e>)]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, OneValue(value))))
    }
}

struct OneValue<'e>(&'e FactValue<'e>);

impl Serialize for OneValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            FactValue::Null => serializer.serialize_unit(),
            FactValue::Boolean(flag) => serializer.serialize_bool(*flag),
            FactValue::Number(number) => number_as_written(number.to_string(), serializer),
            FactValue::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// Something that is written as the text that it shows.
struct Shown<'a, T>(&'a T);

impl<T: fmt::Display> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
