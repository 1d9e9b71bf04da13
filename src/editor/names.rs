//! Everything that a workspace declares, by kind and name, with what is worth knowing about it.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::book::Book;
use crate::diagnostics::{Sources, Span};
use crate::language::Workspace;
use crate::language::ast::{FieldDecl, Name, SfdcLink, TokenDecl};
use crate::model::{FieldType, NOT_IN_PROGRAM, STANDARD_FIELDS, fold};

/// The kinds of things that have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A person field.
    Field,
    /// A custom activity.
    Activity,
    /// An attribute of one.
    Attribute,
    /// A list.
    List,
    /// A channel.
    Channel,
    /// A progression status of a channel.
    Status,
    /// A program.
    Program,
    /// A Salesforce campaign.
    SfdcCampaign,
    /// A member status of one.
    MemberStatus,
    /// A webhook.
    Webhook,
    /// A token of the workspace or of a program.
    Token,
    /// A segment.
    Segment,
    /// A smart campaign.
    SmartCampaign,
}

impl Kind {
    /// Its name in messages, as the checker says it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Activity => "activity",
            Self::Attribute => "attribute",
            Self::List => "list",
            Self::Channel => "channel",
            Self::Status | Self::MemberStatus => "status",
            Self::Program => "program",
            Self::SfdcCampaign => "SFDC campaign",
            Self::Webhook => "webhook",
            Self::Token => "token",
            Self::Segment => "segment",
            Self::SmartCampaign => "smart campaign",
        }
    }

    /// Whether names of this kind are the same in other capitals.
    pub const fn ignores_case(self) -> bool {
        matches!(self, Self::Field | Self::Attribute)
    }
}

/// A thing that has a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thing {
    /// What it is.
    pub kind: Kind,
    /// What it belongs to: the activity of an attribute, the channel or campaign of a status, the program of a token;
    /// empty for everything else.
    pub owner: SmolStr,
    /// Its name.
    pub name: SmolStr,
}

impl Thing {
    /// Something that belongs to nothing.
    pub fn new(kind: Kind, name: impl AsRef<str>) -> Self {
        Self::of(kind, "", name)
    }

    /// Something that belongs to something.
    pub fn of(kind: Kind, owner: impl AsRef<str>, name: impl AsRef<str>) -> Self {
        Self { kind, owner: SmolStr::new(owner), name: SmolStr::new(name) }
    }

    /// The same thing in the form that all spellings of its name share. `Score` is `Person Score`.
    #[must_use]
    pub fn canonical(&self) -> Self {
        if !self.kind.ignores_case() {
            return self.clone();
        }
        let folded = fold(&self.name);
        let is_score = self.kind == Kind::Field && folded == "score";
        Self { name: if is_score { SmolStr::new_static("person score") } else { SmolStr::new(folded) }, ..self.clone() }
    }

    /// Whether both are the same thing.
    pub fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.owner == other.owner && self.canonical().name == other.canonical().name
    }
}

/// A declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What is declared.
    pub thing: Thing,
    /// Where its name stands; what always exists stands nowhere.
    pub span: Option<Span>,
    /// What it is, in a few words: its type, its statuses, its value.
    pub detail: String,
    /// What its author says about it.
    pub description: String,
    /// The type of a field or attribute.
    pub type_: Option<FieldType>,
    /// The values of a closed list.
    pub values: Vec<SmolStr>,
    /// The channel of a program, the program of a smart campaign.
    pub above: Option<SmolStr>,
    /// The Salesforce campaign that a program is linked to by name.
    pub link: Option<SmolStr>,
}

/// So much of a text is shown, in characters.
const SHOWN_CHARS_MAX: usize = 300;

/// Everything that is declared, or always exists.
#[derive(Debug, Clone, Default)]
pub struct Names {
    all: Vec<Declared>,
    /// The place in `all` of the first declaration of each thing, by the form that all its spellings share.
    places: FxHashMap<Thing, usize>,
}

impl Names {
    /// Everything that a book declares, and the standard fields.
    pub fn of(book: &Book) -> Self {
        let mut names = Self::default();
        for field in STANDARD_FIELDS {
            let detail = if field.read_only { format!("{}, read-only", field.type_.word()) } else { word(field.type_) };
            names.add(Thing::new(Kind::Field, field.name), None, detail).type_ = Some(field.type_);
        }
        for (_, declared) in book.declared() {
            names.workspace(declared, book.sources());
        }
        names
    }

    /// All of a kind, in the order of declaration.
    pub fn each(&self, kind: Kind) -> impl Iterator<Item = &Declared> {
        self.all.iter().filter(move |declared| declared.thing.kind == kind)
    }

    /// All of a kind that belong to one thing.
    pub fn each_of(&self, kind: Kind, owner: &str) -> impl Iterator<Item = &Declared> {
        self.each(kind).filter(move |declared| declared.thing.owner == owner)
    }

    /// The declaration of a thing; the first, where there are several.
    pub fn find(&self, thing: &Thing) -> Option<&Declared> {
        self.places.get(&thing.canonical()).and_then(|at| self.all.get(*at))
    }

    /// The things whose statuses are meant where something of this kind is named.
    pub fn owners_of_statuses(&self, kind: Kind, named: &str) -> Vec<Thing> {
        match kind {
            Kind::SfdcCampaign => vec![Thing::new(Kind::SfdcCampaign, named)],
            Kind::Program => {
                let program = self.find(&Thing::new(Kind::Program, named));
                let channel = program.and_then(|program| program.above.clone());
                channel.into_iter().map(|channel| Thing::new(Kind::Channel, channel)).collect()
            }
            Kind::Field
            | Kind::Activity
            | Kind::Attribute
            | Kind::List
            | Kind::Channel
            | Kind::Status
            | Kind::MemberStatus
            | Kind::Webhook
            | Kind::Token
            | Kind::Segment
            | Kind::SmartCampaign => Vec::new(),
        }
    }

    /// The statuses of a channel or a Salesforce campaign.
    pub fn statuses(&self, owner: &Thing) -> impl Iterator<Item = &Declared> {
        let kind = if owner.kind == Kind::Channel { Kind::Status } else { Kind::MemberStatus };
        self.all.iter().filter(move |declared| declared.thing.kind == kind && declared.thing.owner == owner.name)
    }

    fn add(&mut self, thing: Thing, span: Option<Span>, detail: String) -> &mut Declared {
        self.places.entry(thing.canonical()).or_insert(self.all.len());
        self.all.push(Declared {
            thing,
            span,
            detail,
            description: String::new(),
            type_: None,
            values: Vec::new(),
            above: None,
            link: None,
        });
        let last = self.all.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "it was just added")]
        &mut self.all[last]
    }

    fn named(&mut self, kind: Kind, name: &Name, detail: String) -> &mut Declared {
        self.add(Thing::new(kind, &name.value), Some(name.span), detail)
    }

    fn workspace(&mut self, declared: &Workspace, sources: &Sources) {
        let Workspace {
            settings: _,
            fields,
            activities,
            lists,
            channels,
            programs,
            sfdc_campaigns,
            declares_sfdc_campaigns: _,
            webhooks,
            tokens,
            segments,
            campaigns,
            unread: _,
        } = declared;
        for field in fields {
            self.field(Thing::new(Kind::Field, &field.name.value), field);
        }
        for activity in activities {
            let attributes = joined(activity.attributes.iter().map(|attribute| &attribute.name));
            self.named(Kind::Activity, &activity.name, format!("attributes: {attributes}"));
            for attribute in &activity.attributes {
                let thing = Thing::of(Kind::Attribute, &activity.name.value, &attribute.name.value);
                self.field(thing, attribute);
            }
        }
        for list in lists {
            self.named(Kind::List, list, String::new());
        }
        for channel in channels {
            let statuses = joined(channel.statuses.iter().map(|status| &status.name));
            self.named(Kind::Channel, &channel.name, format!("statuses: {statuses}"));
            let owner = &channel.name.value;
            self.add(Thing::of(Kind::Status, owner, NOT_IN_PROGRAM), None, "step 0".to_owned());
            for status in &channel.statuses {
                let success = if status.success { ", success" } else { "" };
                let detail = format!("step {}{success}", status.step.value);
                self.add(Thing::of(Kind::Status, owner, &status.name.value), Some(status.name.span), detail);
            }
        }
        for program in programs {
            let link = match &program.sfdc_campaign {
                Some(SfdcLink::Name(name)) => Some(name.value.clone()),
                Some(SfdcLink::Id(_)) | None => None,
            };
            let linked = link.as_ref().map_or_else(String::new, |link| format!(", SFDC campaign {link}"));
            let added = self.named(Kind::Program, &program.name, format!("channel {}{linked}", program.channel.value));
            added.above = Some(program.channel.value.clone());
            added.link = link;
            for token in &program.tokens {
                self.token(&program.name.value, token);
            }
        }
        for campaign in sfdc_campaigns {
            let statuses = joined(campaign.statuses.iter().map(|status| &status.name));
            self.named(Kind::SfdcCampaign, &campaign.name, format!("statuses: {statuses}"));
            for status in &campaign.statuses {
                let default = status.default.is_some().then_some("default");
                let responded = status.responded.then_some("responded");
                let detail = default.into_iter().chain(responded).collect::<Vec<_>>().join(", ");
                let thing = Thing::of(Kind::MemberStatus, &campaign.name.value, &status.name.value);
                self.add(thing, Some(status.name.span), detail);
            }
        }
        for webhook in webhooks {
            let method = webhook.method.as_ref().map_or("POST", |method| method.value.as_str());
            self.named(Kind::Webhook, &webhook.name, format!("{method} {}", webhook.url.value));
        }
        for token in tokens {
            self.token("", token);
        }
        for segment in segments {
            let filter = segment.filter.as_ref().map_or("", |filter| sources.text(filter.span()));
            self.named(Kind::Segment, &segment.name, one_line(filter));
        }
        for campaign in campaigns {
            let starts = campaign.triggers.iter().flat_map(|(_, triggers)| triggers);
            let starts: Vec<String> = starts.map(|trigger| one_line(sources.text(trigger.span))).collect();
            let schedule = campaign.schedule.iter().filter_map(|(_, schedule)| schedule.as_ref());
            let schedule: Vec<String> = schedule.map(|schedule| one_line(sources.text(schedule.span))).collect();
            let detail = match (starts.is_empty(), schedule.as_slice()) {
                (false, _) => starts.join(" or "),
                (true, [schedule, ..]) => schedule.clone(),
                (true, []) if campaign.executable.is_some_and(|(_, is)| is) => "executable".to_owned(),
                (true, []) => "batch, run when asked to".to_owned(),
            };
            let added = self.named(Kind::SmartCampaign, &campaign.name, detail);
            added.above = campaign.program.as_ref().map(|program| program.value.clone());
            added.description = campaign.description.as_ref().map_or_else(String::new, |text| text.value.to_string());
        }
    }

    fn field(&mut self, thing: Thing, field: &FieldDecl) {
        let values: Vec<SmolStr> = field.values.iter().flatten().map(|value| value.value.clone()).collect();
        let listed = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
        let added = self.add(thing, Some(field.name.span), format!("{}{listed}", field.type_.value));
        added.type_ = FieldType::find(&field.type_.value);
        added.values = values;
    }

    fn token(&mut self, program: &str, token: &TokenDecl) {
        let thing = Thing::of(Kind::Token, program, &token.name.value);
        self.add(thing, Some(token.name.span), token.value.value.to_string());
    }
}

fn word(type_: FieldType) -> String {
    type_.word().to_owned()
}

fn joined<'n>(names: impl Iterator<Item = &'n Name>) -> String {
    names.map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ")
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or("")),
        None => line,
    }
}
