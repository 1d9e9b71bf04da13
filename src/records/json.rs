//! Event records as JSON: one object a line, read in one pass, borrowed from the line where no escape stands in the way.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::event::{EventBuilder, Given, Problem};
use crate::model::{Event, EventKind, FactValue, fold};

/// Up to so many names in one mapping are compared pair by pair to find one that stands twice; more go through a set.
const NAMES_COMPARED_MAX: usize = 24;

/// Most mappings have no more values: that many find room at once.
const VALUES_MOSTLY: usize = 12;

/// Why a line is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RecordError {
    /// Where in the line, in characters from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// Reads one line.
///
/// ```
/// let event = campanile::records::parse_event(r#"{"type": "list.added", "person": "ada", "list": "News"}"#)?;
/// assert_eq!(event.kind.word(), "list.added");
///
/// let error = campanile::records::parse_event(r#"{"type": "list.added", "persn": "ada"}"#).unwrap_err();
/// assert_eq!((error.column, error.help.as_deref()), (24, Some("did you mean `person`?")));
/// # Ok::<(), campanile::records::RecordError>(())
/// ```
pub fn parse_event(line: &str) -> Result<Event<'_>, RecordError> {
    read(line).map_err(|problem| RecordError {
        column: column(line, problem.place),
        message: problem.message,
        help: problem.help,
    })
}

/// Where in its line the value of a field or attribute of an event stands that was read from that line, in characters
/// from 1. For those who find out later that the value does not fit.
pub fn column_of_value(line: &str, event: &Event<'_>, name: &str) -> Option<u32> {
    let (EventKind::Person { fields: values } | EventKind::Activity { attributes: values, .. }) = &event.kind else {
        return None;
    };
    let folded = fold(name);
    let (name, value) = values.iter().find(|(name, _)| fold(name) == folded)?;
    let place = match (value, name) {
        (FactValue::Text(Cow::Borrowed(text)), _) => place_in(line, text).saturating_sub(1),
        (FactValue::Number(Cow::Borrowed(text)), _) => place_in(line, text),
        (_, Cow::Borrowed(name)) => place_in(line, name).saturating_sub(1),
        (_, Cow::Owned(_)) => return None,
    };
    Some(column(line, place))
}

/// Like [`parse_event`], with places as bytes of the line.
fn read(line: &str) -> Result<Event<'_>, Problem<usize>> {
    let mut problem = None;
    let mut record = EventBuilder::new();
    let mut reader = serde_json::Deserializer::from_str(line);
    let read = reader.deserialize_map(Object { line, record: &mut record, problem: &mut problem });
    let ended = read.and_then(|()| reader.end());
    match (problem, ended) {
        (Some(problem), _) => Err(problem),
        (None, Ok(())) => {
            let start = line.find('{').unwrap_or(0);
            record.finish(start)
        }
        (None, Err(error)) => Err(not_json(line, &error)),
    }
}

/// What is wrong with a line that is no JSON object, without the library's own counting of lines and columns.
fn not_json(line: &str, error: &serde_json::Error) -> Problem<usize> {
    let before: usize = line.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let place = before + error.column().saturating_sub(1);
    if error.is_data() {
        return Problem::new(line.len() - line.trim_start().len(), "a record must be a JSON object")
            .help("write one object a line, as in `{\"type\": \"person\", \"person\": \"ada\", \"fields\": {}}`");
    }
    if error.is_eof() {
        return if line.trim().is_empty() {
            Problem::new(0, "the line is empty")
        } else {
            Problem::new(line.len(), "the record is not complete: its end is missing")
        };
    }
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    // These two only say again that it is none.
    if matches!(reason, "expected ident" | "expected value") {
        return Problem::new(place, "this is not JSON");
    }
    Problem::new(place, format!("this is not JSON: {reason}"))
}

/// A byte of a line as a column, in characters from 1.
fn column(line: &str, byte: usize) -> u32 {
    let byte = byte.min(line.len());
    let before = line.char_indices().take_while(|(at, c)| at + c.len_utf8() <= byte).count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

/// Where a part of the line begins. A text that is not part of it, because it had escapes, is placed at the start.
fn place_in(line: &str, part: &str) -> usize {
    let offset = (part.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize);
    if offset <= line.len() { offset } else { 0 }
}

/// Reads the object around everything.
struct Object<'a, 'p> {
    line: &'a str,
    record: &'p mut EventBuilder<'a, usize>,
    problem: &'p mut Option<Problem<usize>>,
}

impl<'a> Visitor<'a> for Object<'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(key) = map.next_key_seed(Name)? {
            let given = if matches!(&*key, "fields" | "attributes") {
                map.next_value_seed(Mapping { line: self.line, key: &key, problem: &mut *self.problem })?
            } else {
                let raw: &'a RawValue = map.next_value()?;
                match given(raw.get()) {
                    Ok(value) => (place_in(self.line, raw.get()), value),
                    Err(message) => {
                        *self.problem = Some(Problem::new(place_in(self.line, raw.get()), message));
                        return Err(A::Error::custom(""));
                    }
                }
            };
            let (place, value) = given;
            // The place of a key that had escapes is not known; its value's is near.
            let key_place = match &key {
                Cow::Borrowed(key) => place_in(self.line, key).saturating_sub(1),
                Cow::Owned(_) => place,
            };
            if let Err(problem) = self.record.set(&key, key_place, value, place) {
                *self.problem = Some(problem);
                return Err(A::Error::custom(""));
            }
        }
        Ok(())
    }
}

/// Reads the values of `fields` and `attributes`.
struct Mapping<'a, 'k> {
    line: &'a str,
    key: &'k str,
    problem: &'k mut Option<Problem<usize>>,
}

impl<'a> DeserializeSeed<'a> for Mapping<'a, '_> {
    type Value = (usize, Given<'a>);

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Mapping<'a, '_> {
    fn other<E: serde::de::Error>(self, what: &str) -> Result<(usize, Given<'a>), E> {
        let after = place_of_value(self.line, self.key);
        let message = format!("`{}` must be a mapping of names and values, and this is {what}", self.key);
        *self.problem = Some(Problem::new(after, message));
        Err(E::custom(""))
    }
}

/// Where the value of a key begins that was borrowed from the line.
fn place_of_value(line: &str, key: &str) -> usize {
    let after_key = place_in(line, key) + key.len() + 1;
    let rest = line.get(after_key..).unwrap_or("");
    after_key + (rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', ':']).len())
}

impl<'a> Visitor<'a> for Mapping<'a, '_> {
    type Value = (usize, Given<'a>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok((place_of_value(self.line, self.key), Given::Null))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
        self.other("true or false")
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
        self.other("a number")
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
        self.other("a number")
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
        self.other("a number")
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
        self.other("a text")
    }

    fn visit_seq<A: serde::de::SeqAccess<'a>>(self, _: A) -> Result<Self::Value, A::Error> {
        self.other("a list")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let place = place_of_value(self.line, self.key);
        let mut values: Vec<(Cow<'a, str>, FactValue<'a>)> = Vec::with_capacity(VALUES_MOSTLY);
        while let Some(name) = map.next_key_seed(Name)? {
            let raw: &'a RawValue = map.next_value()?;
            let at = place_in(self.line, raw.get());
            let problem = match given(raw.get()) {
                Ok(Given::Null) => Ok(FactValue::Null),
                Ok(Given::Boolean(value)) => Ok(FactValue::Boolean(value)),
                Ok(Given::Number(text)) => Ok(FactValue::Number(text)),
                Ok(Given::Text(text) | Given::Plain(text)) => Ok(FactValue::Text(text)),
                Ok(Given::Mapping(_)) => Err("a mapping"),
                Ok(Given::Other(what)) => Err(what),
                Err(message) => {
                    *self.problem = Some(Problem::new(at, message));
                    return Err(A::Error::custom(""));
                }
            };
            match problem {
                Ok(value) => values.push((name, value)),
                Err(what) => {
                    let problem = Problem::new(at, format!("the value of `{name}` is {what}"));
                    *self.problem = Some(problem.help("a value is a text, a number, true, false or null"));
                    return Err(A::Error::custom(""));
                }
            }
        }
        if let Some(name) = name_twice(&values) {
            let at = match name {
                Cow::Borrowed(name) => place_in(self.line, name).saturating_sub(1),
                Cow::Owned(_) => place,
            };
            *self.problem = Some(Problem::new(at, format!("`{name}` stands twice in `{}`", self.key)));
            return Err(A::Error::custom(""));
        }
        Ok((place, Given::Mapping(values)))
    }
}

fn name_twice<'v, 'a>(values: &'v [(Cow<'a, str>, FactValue<'a>)]) -> Option<&'v Cow<'a, str>> {
    if values.len() <= NAMES_COMPARED_MAX {
        let mut rest = values;
        while let [before @ .., (last, _)] = rest {
            if before.iter().any(|(name, _)| name == last) {
                return Some(last);
            }
            rest = before;
        }
        return None;
    }
    let mut seen = HashSet::with_capacity(values.len());
    values.iter().map(|(name, _)| name).find(|name| !seen.insert(&***name))
}

/// A value in the text of the line. The text of strings is checked for what cannot be decoded.
fn given(raw: &str) -> Result<Given<'_>, String> {
    Ok(match raw.as_bytes().first() {
        Some(b'"') => {
            let inside = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
            if !inside.contains('\\') {
                return Ok(Given::Text(Cow::Borrowed(inside)));
            }
            match serde_json::from_str::<String>(raw) {
                Ok(text) => Given::Text(Cow::Owned(text)),
                Err(_) => return Err("this text has an escape that stands for no character".to_owned()),
            }
        }
        Some(b't') => Given::Boolean(true),
        Some(b'f') => Given::Boolean(false),
        Some(b'n') => Given::Null,
        Some(b'{') => Given::Other("a mapping"),
        Some(b'[') => Given::Other("a list"),
        Some(_) | None => Given::Number(Cow::Borrowed(raw)),
    })
}

/// A key, borrowed where it has no escapes.
struct Name;

impl<'a> DeserializeSeed<'a> for Name {
    type Value = Cow<'a, str>;

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Name {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'a str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    fn error(line: &str) -> (u32, String) {
        let error = parse_event(line).unwrap_err();
        (error.column, error.message)
    }

    #[test]
    fn names_are_borrowed_and_numbers_keep_their_spelling() {
        let event = parse_event(
            r#" {"id":"e1","at":"2026-03-05T09:00:00Z","person":"ada","type":"person","fields":{"A":1.50,"B":"caf\u00e9","C":null,"D":true,"E":1e400}} "#,
        )
        .unwrap();
        let EventKind::Person { fields } = &event.kind else { panic!("{event:?}") };
        assert!(matches!(event.person, Some(Cow::Borrowed("ada"))));
        assert_eq!(
            fields,
            &vec![
                ("A".into(), FactValue::Number("1.50".into())),
                ("B".into(), FactValue::Text("café".into())),
                ("C".into(), FactValue::Null),
                ("D".into(), FactValue::Boolean(true)),
                ("E".into(), FactValue::Number("1e400".into())),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_where_it_stands() {
        for (line, column, message) in [
            ("", 1, "the line is empty"),
            ("[1]", 1, "a record must be a JSON object"),
            (" 12", 2, "a record must be a JSON object"),
            ("{", 2, "the record is not complete: its end is missing"),
            ("{}", 1, "the key `type` is missing"),
            (r#"{"é":1}"#, 2, "there is no key `é` in event records"),
            (r#"{"type":"persom"}"#, 9, "there is no record of type `persom`"),
            (r#"{"type":"person","type":"person"}"#, 18, "the key `type` stands here twice"),
            (r#"{"type":"person","person":12}"#, 27, "`person` must be a text, and this is a number"),
            (r#"{"type":"person","person":""}"#, 27, "`person` is empty"),
            (r#"{"type":"person","person":null}"#, 27, "`person` is empty"),
            (r#"{"type":"person"}"#, 1, "a `person` record needs `person`"),
            (r#"{"type":"clock"}"#, 1, "a `clock` record needs `at`"),
            (r#"{"type":"clock","at":"2026-03-05","x":1}"#, 35, "there is no key `x` in event records"),
            (r#"{"type":"clock","at":"2026-03-05"}"#, 22, "`2026-03-05` is not a moment"),
            (r#"{"type":"sfdc.synced","person":"é","to":"x"}"#, 36, "a `sfdc.synced` record has no `to`"),
            (
                r#"{"type":"person","person":"a","fields":[1]}"#,
                40,
                "`fields` must be a mapping of names and values, and this is a list",
            ),
            (
                r#"{"type":"person","person":"a","fields": 1 }"#,
                41,
                "`fields` must be a mapping of names and values, and this is a number",
            ),
            (r#"{"type":"person","person":"a","fields":{"A":[1]}}"#, 45, "the value of `A` is a list"),
            (r#"{"type":"person","person":"a","fields":{"A":1,"A":2}}"#, 47, "`A` stands twice in `fields`"),
            (r#"{"type":"person","person":"\ud800"}"#, 27, "this text has an escape that stands for no character"),
            (r#"{"type":"person" "person":"a"}"#, 18, "this is not JSON: expected `,` or `}`"),
            (r#"{"type":"sfdc.synced","person":"a"} x"#, 37, "this is not JSON: trailing characters"),
        ] {
            assert_eq!(error(line), (column, message.to_owned()), "{line}");
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_found_among_many() {
        let mut names: Vec<String> = (0..100).map(|n| format!("\"f{n}\":1")).collect();
        let line =
            |names: &[String]| format!("{{\"type\":\"person\",\"person\":\"a\",\"fields\":{{{}}}}}", names.join(","));
        assert!(parse_event(&line(&names)).is_ok());
        names.push("\"f50\":2".to_owned());
        assert_eq!(error(&line(&names)).1, "`f50` stands twice in `fields`");
    }
}
