//! Reads scenario files.

use std::borrow::Cow;

use smol_str::SmolStr;

use super::keys;
use crate::diagnostics::{Code, Diagnostic, FileId, Sources, Span, closest, in_backticks, one_of};
use crate::language::ast::{Duration, Name, Spanned};
use crate::language::keys::Key;
use crate::language::{Scalar, text, yaml};
use crate::model::{Event, EventKind, FactValue, Timestamp};
use crate::records::{EventBuilder, Given, plain_value};

/// A scenario file.
#[derive(Debug, Clone)]
pub struct ScenarioFile {
    /// Its scenarios.
    pub(super) scenarios: Vec<Scenario>,
    /// Whether YAML could read the file to its end.
    pub(super) readable: bool,
}

impl ScenarioFile {
    /// The names of its scenarios.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.scenarios.iter().map(|scenario| scenario.name.value.as_str())
    }
}

/// A scenario.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) name: Name,
    pub(super) rules: Option<Vec<String>>,
    pub(super) now: Option<Timestamp>,
    /// The state before, as load records, in the order in which they count; each with its place.
    pub(super) given: Vec<(Span, Event<'static>)>,
    pub(super) timeline: Vec<Entry>,
}

/// An entry of a timeline.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    Event(Span, Event<'static>),
    Expect(Vec<(Name, Scalar)>),
    Advance(Duration),
    RunBatch(Name),
    ExpectActions(Span, Vec<Expected>),
    ExpectIncidents(Span, Vec<Expected>),
    ExpectQualified(Vec<(Name, Vec<Name>)>),
    ExpectWaiting(Vec<(Name, Vec<Name>)>),
}

/// Some keys of a record and what they should be; an empty text is no value.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) span: Span,
    pub(super) keys: Vec<(SmolStr, String)>,
}

/// Reads a file; what is wrong goes to `findings` and is left out.
pub(super) fn read(sources: &Sources, file: FileId, findings: &mut Vec<Diagnostic>) -> ScenarioFile {
    let mut scenarios = Vec::new();
    let before = findings.len();
    let Some(root) = yaml::parse(sources, file, findings) else {
        return ScenarioFile { scenarios, readable: findings.len() == before };
    };
    let mut reader = Reader { findings };
    for (key, value) in reader.entries(&root, "a scenario file", keys::FILE) {
        if key.text() == "scenarios" {
            for item in reader.items(value, "`scenarios`") {
                scenarios.extend(reader.scenario(item));
            }
        }
    }
    ScenarioFile { scenarios, readable: true }
}

struct Reader<'a> {
    findings: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn refuse(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.findings.push(Diagnostic::new(Code::BadScenario, span, message).helps(help));
    }

    /// The entries of a mapping with known keys. Nothing counts as an empty mapping.
    fn entries<'n>(&mut self, node: &'n yaml::Node, what: &str, keys: &[Key]) -> Vec<(&'n Scalar, &'n yaml::Node)> {
        let keys: Vec<&str> = keys.iter().map(|key| key.name).collect();
        let all = self.any_entries(node, what);
        for (key, _) in &all {
            if !keys.contains(&key.text()) {
                let near: Vec<String> =
                    closest(key.text(), keys.iter().copied()).into_iter().map(in_backticks).collect();
                let help = if near.is_empty() {
                    format!("{what} has {}", one_of(&keys.iter().map(|key| in_backticks(key)).collect::<Vec<_>>()))
                } else {
                    format!("did you mean {}?", one_of(&near))
                };
                self.refuse(key.span(), format!("there is no key `{}` here", key.text()), Some(help));
            }
        }
        all
    }

    fn any_entries<'n>(&mut self, node: &'n yaml::Node, what: &str) -> Vec<(&'n Scalar, &'n yaml::Node)> {
        match node {
            yaml::Node::Mapping { entries, .. } => entries.iter().map(|(key, value)| (key, value)).collect(),
            yaml::Node::Scalar { scalar, plain: true } if is_nothing(scalar) => Vec::new(),
            yaml::Node::Poisoned(_) => Vec::new(),
            yaml::Node::Scalar { .. } | yaml::Node::Sequence { .. } => {
                self.refuse(node.span(), format!("{what} must be a mapping, keys with their values"), None);
                Vec::new()
            }
        }
    }

    fn items<'n>(&mut self, node: &'n yaml::Node, what: &str) -> &'n [yaml::Node] {
        match node {
            yaml::Node::Sequence { items, .. } => items,
            yaml::Node::Scalar { scalar, plain: true } if is_nothing(scalar) => &[],
            yaml::Node::Poisoned(_) => &[],
            yaml::Node::Scalar { .. } | yaml::Node::Mapping { .. } => {
                self.refuse(node.span(), format!("{what} must be a list"), None);
                &[]
            }
        }
    }

    fn scalar<'n>(&mut self, node: &'n yaml::Node, what: &str) -> Option<&'n Scalar> {
        match node {
            yaml::Node::Scalar { scalar, plain } if !(*plain && is_nothing(scalar)) => Some(scalar),
            yaml::Node::Poisoned(_) => None,
            yaml::Node::Scalar { .. } | yaml::Node::Sequence { .. } | yaml::Node::Mapping { .. } => {
                self.refuse(node.span(), format!("{what} must be a text"), None);
                None
            }
        }
    }

    fn name(&mut self, node: &yaml::Node, what: &str) -> Option<Name> {
        self.scalar(node, what).map(|scalar| Spanned::new(SmolStr::new(scalar.text()), scalar.span()))
    }

    fn names(&mut self, node: &yaml::Node, what: &str) -> Vec<Name> {
        self.items(node, what).iter().filter_map(|item| self.name(item, "a name")).collect()
    }

    fn moment(&mut self, node: &yaml::Node, what: &str) -> Option<Timestamp> {
        let scalar = self.scalar(node, what)?;
        let moment = Timestamp::parse(scalar.text());
        if moment.is_none() {
            let help = "write the day, the time and the offset, as in `2026-03-05T09:00:00Z`".to_owned();
            self.refuse(scalar.span(), format!("`{}` is not a moment", scalar.text()), Some(help));
        }
        moment
    }

    fn scenario(&mut self, node: &yaml::Node) -> Option<Scenario> {
        let mut name = None;
        let (mut rules, mut now, mut given, mut timeline) = (None, None, Vec::new(), Vec::new());
        for (key, value) in self.entries(node, "a scenario", keys::SCENARIO) {
            match key.text() {
                "name" => name = self.name(value, "the name of a scenario"),
                "rules" => {
                    let paths = self.names(value, "`rules`");
                    rules = Some(paths.into_iter().map(|path| path.value.to_string()).collect());
                }
                "given" => (now, given) = self.given(value),
                "timeline" => {
                    for item in self.items(value, "`timeline`") {
                        timeline.extend(self.entry(item));
                    }
                }
                _ => {}
            }
        }
        if name.is_none() && !matches!(node, yaml::Node::Poisoned(_)) {
            self.refuse(node.span(), "a scenario needs a name", Some("begin it with `name: what it shows`".to_owned()));
        }
        Some(Scenario { name: name?, rules, now, given, timeline })
    }

    /// People come first, then the log in order, then everything else on top.
    fn given(&mut self, node: &yaml::Node) -> (Option<Timestamp>, Vec<(Span, Event<'static>)>) {
        let mut now = None;
        let (mut people, mut log, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for (key, value) in self.entries(node, "`given`", keys::GIVEN) {
            match key.text() {
                "now" => now = self.moment(value, "`now`"),
                "people" => {
                    for (person, fields) in self.any_entries(value, "`people`") {
                        let fields = self.values(fields, "the fields of a person");
                        people.push((person.span(), event(person.text(), None, EventKind::Person { fields })));
                    }
                }
                "log" => {
                    for item in self.items(value, "`log`") {
                        if let Some((span, event)) = self.event(item) {
                            log.push((span, Event { log: true, ..event }));
                        }
                    }
                }
                "sfdc_campaigns" => self.memberships(value, "`sfdc_campaigns`", &mut rest, sfdc_membership),
                "programs" => self.memberships(value, "`programs`", &mut rest, program_membership),
                "lists" => {
                    for (list, members) in self.any_entries(value, "`lists`") {
                        for person in self.names(members, "the people on a list") {
                            let kind = EventKind::ListAdded { list: owned(list.text()) };
                            rest.push((person.span, event(&person.value, None, kind)));
                        }
                    }
                }
                _ => {}
            }
        }
        people.extend(log);
        people.extend(rest);
        (now, people)
    }

    /// `CAMPAIGN: {PERSON: STATUS}` or `CAMPAIGN: {PERSON: {status: …, added: …}}`.
    fn memberships(
        &mut self,
        node: &yaml::Node,
        what: &str,
        records: &mut Vec<(Span, Event<'static>)>,
        of: fn(&str, &str, SmolStr, Option<Timestamp>) -> [Event<'static>; 2],
    ) {
        for (name, members) in self.any_entries(node, what) {
            for (person, value) in self.any_entries(members, "the members of a campaign or program") {
                let (mut status, mut added) = (None, None);
                if let yaml::Node::Mapping { .. } = value {
                    for (key, value) in self.entries(value, "a membership", keys::MEMBERSHIP) {
                        match key.text() {
                            "status" => status = self.name(value, "`status`"),
                            "added" => added = self.moment(value, "`added`"),
                            _ => {}
                        }
                    }
                    if status.is_none() {
                        self.refuse(value.span(), "a membership needs a `status`", None);
                    }
                } else {
                    status = self.name(value, "a status");
                }
                if let Some(status) = status {
                    let both = of(name.text(), person.text(), status.value, added);
                    records.extend(both.map(|record| (status.span, record)));
                }
            }
        }
    }

    fn entry(&mut self, node: &yaml::Node) -> Option<Entry> {
        let entries = self.entries(node, "an entry of the timeline", keys::ENTRY);
        if entries.len() > 1 {
            let help = "begin each of them with its own `- `".to_owned();
            self.refuse(node.span(), "an entry of the timeline has one key, and this has several", Some(help));
        }
        let (key, value) = entries.first()?;
        match key.text() {
            "event" => self.event(value).map(|(span, event)| Entry::Event(span, event)),
            "expect" => {
                let people = self.any_entries(value, "`expect`");
                let checks = people.into_iter().filter_map(|(person, filter)| {
                    let filter = self.scalar(filter, "what is expected of a person")?.clone();
                    text::filter(&filter, self.findings)?;
                    Some((Spanned::new(SmolStr::new(person.text()), person.span()), filter))
                });
                Some(Entry::Expect(checks.collect()))
            }
            "advance" => {
                let scalar = self.scalar(value, "`advance`")?;
                text::duration(scalar, self.findings).map(Entry::Advance)
            }
            "run_batch" => self.name(value, "`run_batch`").map(Entry::RunBatch),
            "expect_actions" => Some(Entry::ExpectActions(key.span(), self.expected(value, "`expect_actions`"))),
            "expect_incidents" => Some(Entry::ExpectIncidents(key.span(), self.expected(value, "`expect_incidents`"))),
            "expect_qualified" => Some(Entry::ExpectQualified(self.people_of(value, "`expect_qualified`"))),
            "expect_waiting" => Some(Entry::ExpectWaiting(self.people_of(value, "`expect_waiting`"))),
            _ => None,
        }
    }

    fn people_of(&mut self, node: &yaml::Node, what: &str) -> Vec<(Name, Vec<Name>)> {
        let campaigns = self.any_entries(node, what).into_iter();
        campaigns
            .map(|(campaign, people)| {
                let campaign = Spanned::new(SmolStr::new(campaign.text()), campaign.span());
                (campaign, self.names(people, "the people of a campaign"))
            })
            .collect()
    }

    fn expected(&mut self, node: &yaml::Node, what: &str) -> Vec<Expected> {
        let mut expected = Vec::new();
        for item in self.items(node, what) {
            let mut keys = Vec::new();
            for (key, value) in self.any_entries(item, "an expected record") {
                match value {
                    yaml::Node::Scalar { scalar, plain } => {
                        let text = if *plain && is_nothing(scalar) { "" } else { scalar.text() };
                        keys.push((SmolStr::new(key.text()), text.to_owned()));
                    }
                    yaml::Node::Sequence { .. } => {
                        let names: Vec<String> =
                            self.names(value, "a list of names").iter().map(|name| name.value.to_string()).collect();
                        keys.push((SmolStr::new(key.text()), names.join(", ")));
                    }
                    yaml::Node::Mapping { .. } => self.refuse(value.span(), "this must be a text or a list", None),
                    yaml::Node::Poisoned(_) => {}
                }
            }
            expected.push(Expected { span: item.span(), keys });
        }
        expected
    }

    /// An event record in YAML.
    fn event(&mut self, node: &yaml::Node) -> Option<(Span, Event<'static>)> {
        let mut builder = EventBuilder::new();
        let whole = node.span();
        for (key, value) in self.any_entries(node, "an event") {
            let given = match value {
                yaml::Node::Scalar { scalar, plain: true } => Given::Plain(owned(scalar.text())),
                yaml::Node::Scalar { scalar, plain: false } => Given::Text(owned(scalar.text())),
                yaml::Node::Mapping { .. } => Given::Mapping(self.values(value, "this")),
                yaml::Node::Sequence { .. } => Given::Other("a list"),
                yaml::Node::Poisoned(_) => return None,
            };
            if let Err(problem) = builder.set(key.text(), key.span(), given, value.span()) {
                self.refuse(problem.place, problem.message, problem.help);
                return None;
            }
        }
        match builder.finish(whole) {
            Ok(event) => Some((whole, event)),
            Err(problem) => {
                self.refuse(problem.place, problem.message, problem.help);
                None
            }
        }
    }

    /// Names and values, as fields and attributes have them.
    fn values(&mut self, node: &yaml::Node, what: &str) -> Vec<(Cow<'static, str>, FactValue<'static>)> {
        let mut values = Vec::new();
        for (name, value) in self.any_entries(node, what) {
            let value = match value {
                yaml::Node::Scalar { scalar, plain: true } => plain_value(owned(scalar.text())),
                yaml::Node::Scalar { scalar, plain: false } => FactValue::Text(owned(scalar.text())),
                yaml::Node::Poisoned(_) => continue,
                yaml::Node::Sequence { .. } | yaml::Node::Mapping { .. } => {
                    self.refuse(value.span(), format!("the value of `{}` must be a single value", name.text()), None);
                    continue;
                }
            };
            values.push((owned(name.text()), value));
        }
        values
    }
}

/// The membership as it is now, whatever the log said before.
fn sfdc_membership(campaign: &str, person: &str, status: SmolStr, added: Option<Timestamp>) -> [Event<'static>; 2] {
    let removed = EventKind::SfdcCampaignRemoved { campaign: owned(campaign) };
    let kind = EventKind::SfdcCampaignAdded { campaign: owned(campaign), status: Some(owned(&status)), added };
    [event(person, None, removed), event(person, None, kind)]
}

/// The membership as it is now, whatever the log said before.
fn program_membership(program: &str, person: &str, status: SmolStr, added: Option<Timestamp>) -> [Event<'static>; 2] {
    let removed = EventKind::ProgramRemoved { program: owned(program) };
    let kind = EventKind::ProgramStatusChanged { program: owned(program), to: owned(&status) };
    [event(person, None, removed), event(person, added, kind)]
}

fn event(person: &str, at: Option<Timestamp>, kind: EventKind<'static>) -> Event<'static> {
    Event { at, id: None, person: Some(owned(person)), log: false, kind }
}

fn owned(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.to_owned())
}

/// `null`, `~` or nothing at all.
fn is_nothing(scalar: &Scalar) -> bool {
    matches!(scalar.text(), "" | "~" | "null" | "Null" | "NULL")
}
