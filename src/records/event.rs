//! From keys and values to an [`Event`], whatever the text around them: JSON lines and scenario files share this.

use std::borrow::Cow;

use crate::diagnostics::{closest, in_backticks, one_of};
use crate::language::keys::{self, Shape};
use crate::model::{Event, EventKind, FactValue, Timestamp};

/// A value as it was given for a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Given<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number in its own spelling.
    Number(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
    /// A word of a YAML file without quotes: what it means depends on the key.
    Plain(Cow<'a, str>),
    /// Names and values.
    Mapping(Vec<(Cow<'a, str>, FactValue<'a>)>),
    /// Something that no key takes; what it is, with its article (`a list`).
    Other(&'static str),
}

/// Why a record is malformed, and where. `P` is what the caller counts places in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem<P> {
    /// The place.
    pub place: P,
    /// What is wrong, in one line.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl<P> Problem<P> {
    /// A problem without help.
    pub fn new(place: P, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), help: None }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

macro_rules! keys {
    ($( $name:ident $word:literal $shape:expr, $doc:literal; )*) => {
        /// The keys of event records, as they are written in YAML.
        pub const EVENT_KEYS: &[keys::Key] = &[$( keys::Key { needed: matches!(Key::$name, Key::Type), ..keys::Key::may($word, $shape, $doc) }, )*];

        /// The keys of event records.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Key { $( $name, )* }

        /// All of them, by number.
        const ALL: &[Key] = &[$( Key::$name, )*];

        impl Key {
            const fn word(self) -> &'static str {
                match self { $( Self::$name => $word, )* }
            }

            fn find(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$name), )* _ => None }
            }
        }
    };
}

keys! {
    Type "type" Shape::Words(KINDS), "What happened.";
    Person "person" Shape::Text, "The id of the person.";
    At "at" Shape::Text, "When, as in `2026-03-05T09:00:00Z`. Without it, now.";
    Id "id" Shape::Text, "Unique for a person: a second record with the same id is dropped.";
    Log "log" Shape::Boolean, "Whether a loaded record goes to the activity log as well.";
    Fields "fields" Shape::Named(&Shape::Any), "Fields with their values; `null` clears one.";
    Campaign "campaign" Shape::Text, "The Salesforce campaign, or the smart campaign that is requested.";
    Status "status" Shape::Text, "The status. Without it, the default of the campaign.";
    Added "added" Shape::Text, "When the person was added.";
    To "to" Shape::Text, "The new status.";
    Program "program" Shape::Text, "The program.";
    List "list" Shape::Text, "The list.";
    Activity "activity" Shape::Text, "The custom activity.";
    Attributes "attributes" Shape::Named(&Shape::Any), "Attributes with their values.";
    Source "source" Shape::Text, "Who asks.";
}

macro_rules! kinds {
    ($( $name:ident $word:literal needs [$($needs:ident),*] may [$($may:ident),*]; )*) => {
        /// The types of event records.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Kind { $( $name, )* }

        const KINDS: &[&str] = &[$( $word, )*];

        impl Kind {
            const fn word(self) -> &'static str {
                match self { $( Self::$name => $word, )* }
            }

            fn find(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$name), )* _ => None }
            }

            /// The keys that must be there beside `type`, and those that may.
            const fn keys(self) -> (&'static [Key], &'static [Key]) {
                match self { $( Self::$name => (&[$( Key::$needs, )*], &[$( Key::$may, )*]), )* }
            }
        }
    };
}

kinds! {
    Person "person" needs [Person] may [Fields, At, Id, Log];
    SfdcCampaignAdded "sfdc_campaign.added" needs [Person, Campaign] may [Status, Added, At, Id, Log];
    SfdcCampaignRemoved "sfdc_campaign.removed" needs [Person, Campaign] may [At, Id, Log];
    SfdcCampaignStatusChanged "sfdc_campaign.status_changed" needs [Person, Campaign, To] may [At, Id, Log];
    ProgramStatusChanged "program.status_changed" needs [Person, Program, To] may [At, Id, Log];
    ProgramRemoved "program.removed" needs [Person, Program] may [At, Id, Log];
    ListAdded "list.added" needs [Person, List] may [At, Id, Log];
    ListRemoved "list.removed" needs [Person, List] may [At, Id, Log];
    Activity "activity" needs [Person, Activity] may [Attributes, At, Id, Log];
    CampaignRequested "campaign.requested" needs [Person, Campaign] may [Source, At, Id, Log];
    SfdcSynced "sfdc.synced" needs [Person] may [At, Id, Log];
    SfdcConverted "sfdc.converted" needs [Person] may [At, Id, Log];
    SfdcDeleted "sfdc.deleted" needs [Person] may [At, Id, Log];
    Clock "clock" needs [At] may [Id];
}

/// Collects the keys of one record, in any order, and makes an [`Event`] of them.
///
/// ```
/// use campanile::records::{EventBuilder, Given};
///
/// let mut record = EventBuilder::new();
/// record.set("type", 1, Given::Text("list.added".into()), 1)?;
/// record.set("person", 2, Given::Text("ada".into()), 2)?;
/// record.set("list", 3, Given::Text("Newsletter".into()), 3)?;
/// let event = record.finish(1)?;
/// assert_eq!(event.person.as_deref(), Some("ada"));
/// # Ok::<(), campanile::records::Problem<i32>>(())
/// ```
#[derive(Debug)]
pub struct EventBuilder<'a, P> {
    slots: [Option<Slot<'a, P>>; ALL.len()],
}

#[derive(Debug)]
struct Slot<'a, P> {
    /// Where the key stands.
    key: P,
    /// Where the value stands.
    place: P,
    value: Given<'a>,
}

impl<P: Copy> Default for EventBuilder<'_, P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, P: Copy> EventBuilder<'a, P> {
    /// A record without keys.
    pub fn new() -> Self {
        Self { slots: [const { None }; ALL.len()] }
    }

    /// Takes one key and its value. A key that no record has, or that was there before, is refused.
    pub fn set(&mut self, key: &str, key_place: P, value: Given<'a>, place: P) -> Result<(), Problem<P>> {
        let Some(known) = Key::find(key) else {
            return Err(unknown_key(key, key_place));
        };
        match self.slots.get_mut(known as usize) {
            Some(slot @ None) => *slot = Some(Slot { key: key_place, place, value }),
            Some(Some(_)) | None => return Err(Problem::new(key_place, format!("the key `{key}` stands here twice"))),
        }
        Ok(())
    }

    /// The event that the keys make. `whole` is the place that is blamed for what is missing.
    pub fn finish(mut self, whole: P) -> Result<Event<'a>, Problem<P>> {
        let kind = self.kind(whole)?;
        self.check_keys(kind, whole)?;
        let person = if kind == Kind::Clock { None } else { Some(self.text(Key::Person, whole)?) };
        let at = self.moment(Key::At)?;
        let id = self.text_if_any(Key::Id)?;
        let log = self.flag(Key::Log)?;
        let kind = match kind {
            Kind::Person => EventKind::Person { fields: self.mapping(Key::Fields)? },
            Kind::SfdcCampaignAdded => EventKind::SfdcCampaignAdded {
                campaign: self.text(Key::Campaign, whole)?,
                status: self.text_if_any(Key::Status)?,
                added: self.moment(Key::Added)?,
            },
            Kind::SfdcCampaignRemoved => EventKind::SfdcCampaignRemoved { campaign: self.text(Key::Campaign, whole)? },
            Kind::SfdcCampaignStatusChanged => EventKind::SfdcCampaignStatusChanged {
                campaign: self.text(Key::Campaign, whole)?,
                to: self.text(Key::To, whole)?,
            },
            Kind::ProgramStatusChanged => EventKind::ProgramStatusChanged {
                program: self.text(Key::Program, whole)?,
                to: self.text(Key::To, whole)?,
            },
            Kind::ProgramRemoved => EventKind::ProgramRemoved { program: self.text(Key::Program, whole)? },
            Kind::ListAdded => EventKind::ListAdded { list: self.text(Key::List, whole)? },
            Kind::ListRemoved => EventKind::ListRemoved { list: self.text(Key::List, whole)? },
            Kind::Activity => EventKind::Activity {
                activity: self.text(Key::Activity, whole)?,
                attributes: self.mapping(Key::Attributes)?,
            },
            Kind::CampaignRequested => EventKind::CampaignRequested {
                campaign: self.text(Key::Campaign, whole)?,
                source: self.text_if_any(Key::Source)?,
            },
            Kind::SfdcSynced => EventKind::SfdcSynced,
            Kind::SfdcConverted => EventKind::SfdcConverted,
            Kind::SfdcDeleted => EventKind::SfdcDeleted,
            Kind::Clock => EventKind::Clock,
        };
        Ok(Event { at, id, person, log, kind })
    }

    fn kind(&mut self, whole: P) -> Result<Kind, Problem<P>> {
        let place = self.slots.get(Key::Type as usize).and_then(Option::as_ref).map_or(whole, |slot| slot.place);
        let word = match self.text_if_any(Key::Type)? {
            Some(word) => word,
            None => {
                return Err(Problem::new(place, "the key `type` is missing")
                    .help("`type` says what happened, for example `person` or `activity`"));
            }
        };
        Kind::find(&word).ok_or_else(|| {
            let near: Vec<String> = closest(&word, KINDS.iter().copied()).into_iter().map(in_backticks).collect();
            let help = if near.is_empty() {
                let all: Vec<&str> = KINDS.to_vec();
                format!("the types are {}", all.join(", "))
            } else {
                format!("did you mean {}?", one_of(&near))
            };
            Problem::new(place, format!("there is no record of type `{word}`")).help(help)
        })
    }

    /// Every key belongs to this type of record, and none is missing.
    fn check_keys(&self, kind: Kind, whole: P) -> Result<(), Problem<P>> {
        let (needs, may) = kind.keys();
        for (key, slot) in ALL.iter().zip(&self.slots) {
            let Some(slot) = slot else { continue };
            if *key != Key::Type && !needs.contains(key) && !may.contains(key) {
                let word = key.word();
                let keys: Vec<String> = needs.iter().chain(may).map(|key| in_backticks(key.word())).collect();
                return Err(Problem::new(slot.key, format!("a `{}` record has no `{word}`", kind.word()))
                    .help(format!("beside `type` it has {}", keys.join(", "))));
            }
        }
        for key in needs {
            if self.slots.get(*key as usize).is_none_or(Option::is_none) {
                return Err(Problem::new(whole, format!("a `{}` record needs `{}`", kind.word(), key.word())));
            }
        }
        Ok(())
    }

    fn take(&mut self, key: Key) -> Option<Slot<'a, P>> {
        self.slots.get_mut(key as usize).and_then(Option::take)
    }

    /// A text that must be there.
    fn text(&mut self, key: Key, whole: P) -> Result<Cow<'a, str>, Problem<P>> {
        let place = self.slots.get(key as usize).and_then(Option::as_ref).map_or(whole, |slot| slot.place);
        self.text_if_any(key)?.ok_or_else(|| Problem::new(place, format!("`{}` is empty", key.word())))
    }

    /// A text; `null` is as good as no key.
    fn text_if_any(&mut self, key: Key) -> Result<Option<Cow<'a, str>>, Problem<P>> {
        let Some(Slot { place, value, .. }) = self.take(key) else { return Ok(None) };
        let text = match value {
            Given::Null => return Ok(None),
            Given::Text(text) => text,
            Given::Plain(text) if is_null(&text) => return Ok(None),
            Given::Plain(text) => text,
            Given::Number(text) => {
                return Err(
                    wrong_type(key, place, "a text", "a number").help(format!("put it in quotes, `\"{text}\"`"))
                );
            }
            Given::Boolean(_) => return Err(wrong_type(key, place, "a text", "true or false")),
            Given::Mapping(_) => return Err(wrong_type(key, place, "a text", "a mapping")),
            Given::Other(what) => return Err(wrong_type(key, place, "a text", what)),
        };
        if text.is_empty() {
            return Err(Problem::new(place, format!("`{}` is empty", key.word())));
        }
        Ok(Some(text))
    }

    fn moment(&mut self, key: Key) -> Result<Option<Timestamp>, Problem<P>> {
        let place = self.slots.get(key as usize).and_then(Option::as_ref).map(|slot| slot.place);
        let (Some(text), Some(place)) = (self.text_if_any(key)?, place) else { return Ok(None) };
        match Timestamp::parse(&text) {
            Some(moment) => Ok(Some(moment)),
            None => Err(Problem::new(place, format!("`{text}` is not a moment"))
                .help("write the day, the time and the offset, as in `2026-03-05T09:00:00Z`")),
        }
    }

    fn flag(&mut self, key: Key) -> Result<bool, Problem<P>> {
        let Some(Slot { place, value, .. }) = self.take(key) else { return Ok(false) };
        match value {
            Given::Null => Ok(false),
            Given::Boolean(flag) => Ok(flag),
            Given::Plain(word) if word.eq_ignore_ascii_case("true") => Ok(true),
            Given::Plain(word) if word.eq_ignore_ascii_case("false") => Ok(false),
            Given::Plain(_) | Given::Text(_) => Err(wrong_type(key, place, "true or false", "a text")),
            Given::Number(_) => Err(wrong_type(key, place, "true or false", "a number")),
            Given::Mapping(_) => Err(wrong_type(key, place, "true or false", "a mapping")),
            Given::Other(what) => Err(wrong_type(key, place, "true or false", what)),
        }
    }

    fn mapping(&mut self, key: Key) -> Result<Vec<(Cow<'a, str>, FactValue<'a>)>, Problem<P>> {
        let Some(Slot { place, value, .. }) = self.take(key) else { return Ok(Vec::new()) };
        let found = match value {
            Given::Null => return Ok(Vec::new()),
            Given::Plain(word) if is_null(&word) => return Ok(Vec::new()),
            Given::Mapping(values) => return Ok(values),
            Given::Boolean(_) => "true or false",
            Given::Number(_) => "a number",
            Given::Text(_) | Given::Plain(_) => "a text",
            Given::Other(what) => what,
        };
        Err(wrong_type(key, place, "a mapping of names and values", found))
    }
}

fn unknown_key<P>(key: &str, place: P) -> Problem<P> {
    let near: Vec<String> = closest(key, ALL.iter().map(|key| key.word())).into_iter().map(in_backticks).collect();
    let problem = Problem::new(place, format!("there is no key `{key}` in event records"));
    if near.is_empty() { problem } else { problem.help(format!("did you mean {}?", one_of(&near))) }
}

fn wrong_type<P>(key: Key, place: P, wanted: &str, found: &str) -> Problem<P> {
    Problem::new(place, format!("`{}` must be {wanted}, and this is {found}", key.word()))
}

/// What a word without quotes means as the value of a field or attribute in a YAML file: `null`, `~` and nothing at all
/// are empty, `true` and `false` are booleans, what looks like a number keeps its spelling, the rest is text.
///
/// ```
/// use campanile::model::FactValue;
/// use campanile::records::plain_value;
///
/// assert_eq!(plain_value("01234".into()), FactValue::Number("01234".into()));
/// assert_eq!(plain_value("NO".into()), FactValue::Text("NO".into()));
/// ```
pub fn plain_value(word: Cow<'_, str>) -> FactValue<'_> {
    if is_null(&word) {
        FactValue::Null
    } else if matches!(&*word, "true" | "True" | "TRUE") {
        FactValue::Boolean(true)
    } else if matches!(&*word, "false" | "False" | "FALSE") {
        FactValue::Boolean(false)
    } else if is_number(&word) {
        FactValue::Number(word)
    } else {
        FactValue::Text(word)
    }
}

fn is_null(word: &str) -> bool {
    matches!(word, "" | "~" | "null" | "Null" | "NULL")
}

/// Decimal numbers as YAML 1.2 writes them: `12`, `-3.5`, `.5`, `1e3`.
fn is_number(word: &str) -> bool {
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    (!whole.is_empty() || !fraction.is_empty())
        && digits(whole)
        && digits(fraction)
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn the_types_are_those_of_the_model() {
        for word in KINDS {
            let kind = Kind::find(word).unwrap();
            let mut record = EventBuilder::new();
            record.set("type", (), Given::Text((*word).into()), ()).unwrap();
            for key in kind.keys().0 {
                let text = if *key == Key::At { "2026-03-05T09:00:00Z" } else { "x" };
                record.set(key.word(), (), Given::Text(text.into()), ()).unwrap();
            }
            assert_eq!(record.finish(()).unwrap().kind.word(), *word);
        }
    }

    #[test]
    fn words_of_yaml_mean_what_yaml_says() {
        for (word, value) in [
            ("~", FactValue::Null),
            ("true", FactValue::Boolean(true)),
            ("-3.50", FactValue::Number("-3.50".into())),
            ("1e3", FactValue::Number("1e3".into())),
            (".", FactValue::Text(".".into())),
            ("2026-03-05", FactValue::Text("2026-03-05".into())),
            ("e5", FactValue::Text("e5".into())),
        ] {
            assert_eq!(plain_value(word.into()), value, "{word}");
        }
    }

    #[test]
    fn words_without_quotes_are_texts_where_texts_belong() {
        let mut record = EventBuilder::new();
        for (key, word) in [("type", "list.added"), ("person", "12"), ("list", "true"), ("log", "true")] {
            record.set(key, key, Given::Plain(word.into()), key).unwrap();
        }
        let event = record.finish("whole").unwrap();
        assert_eq!((event.person.as_deref(), event.log), (Some("12"), true));
        assert_eq!(event.kind, EventKind::ListAdded { list: "true".into() });
    }
}
