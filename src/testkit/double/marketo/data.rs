//! The data file of the Marketo double: what is in the instance before the first call.
//!
//! Unknown keys are refused; a lead's fields are checked against the fields there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The whole document. Everything may be left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// How it behaves; the same document that `PATCH /double/settings` changes.
    pub settings: Settings,
    /// The API users ("LaunchPoint services"). Left out: one that may do everything.
    pub clients: Vec<Client>,
    /// Fields of people that the administrator added: name → type.
    pub custom_fields: BTreeMap<String, FieldType>,
    /// Fields of program members that the administrator added, 20 at most.
    pub program_member_fields: BTreeMap<String, FieldType>,
    /// The channels with their progression statuses.
    pub channels: Vec<Channel>,
    /// Tag types with their values.
    pub tags: BTreeMap<String, Vec<String>>,
    /// The people.
    pub leads: Vec<Lead>,
    /// Static lists: name → refs of people.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The programs with their members.
    pub programs: Vec<Program>,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            clients: vec![Client::default()],
            custom_fields: BTreeMap::new(),
            program_member_fields: BTreeMap::new(),
            channels: Vec::new(),
            tags: BTreeMap::new(),
            leads: Vec::new(),
            lists: BTreeMap::new(),
            programs: Vec::new(),
        }
    }
}

/// An API user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Client {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// Whose calls they are; the `scope` of the token.
    pub user: String,
    /// Beginnings of paths that its role may not call (603), each perhaps with a method before it: `POST /rest/v1/leads`.
    pub denied: Vec<String>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            client_id: "campanile-double".to_owned(),
            client_secret: "double-secret".to_owned(),
            user: "api@example.com".to_owned(),
            denied: Vec::new(),
        }
    }
}

/// Types of added fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    Datetime,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// The kind of program it is for.
    #[serde(rename = "type", default)]
    pub kind: ProgramType,
    /// Its progression statuses, without "Not in Program", which every channel has.
    pub statuses: Vec<Status>,
}

/// A progression status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// Its step; members only move to the same or a higher one.
    pub step: u32,
    /// Whether it is a success.
    #[serde(default)]
    pub success: bool,
    /// Whether it is no longer offered.
    #[serde(default)]
    pub hidden: bool,
}

/// Types of programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramType {
    /// An ordinary one.
    #[default]
    Default,
    /// An event.
    Event,
    /// An event with a webinar provider.
    Webinar,
    /// An email program.
    Email,
    /// An engagement program.
    Engagement,
}

impl ProgramType {
    /// As the API writes it.
    pub(super) fn api_name(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::Event => "Event",
            Self::Webinar => "Event with Webinar",
            Self::Email => "Email",
            Self::Engagement => "Engagement",
        }
    }

    pub(super) fn from_api(name: &str) -> Option<Self> {
        let all = [Self::Default, Self::Event, Self::Webinar, Self::Email, Self::Engagement];
        all.into_iter()
            .find(|kind| kind.api_name().eq_ignore_ascii_case(name))
            .or_else(|| name.eq_ignore_ascii_case("program").then_some(Self::Default))
    }
}

/// A person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lead {
    /// The name by which others point at it.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The fields, under their REST names.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// A program.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its id; without one, the next that is free from 1001 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// Its name.
    pub name: String,
    /// Its channel.
    pub channel: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The folder it is in.
    #[serde(default = "folder")]
    pub folder: String,
    /// The workspace it is in.
    #[serde(default = "workspace")]
    pub workspace: String,
    /// Its period costs.
    #[serde(default)]
    pub costs: Vec<Cost>,
    /// Its tags: type → value.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The Salesforce campaign that Marketo's own sync has linked it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sfdc: Option<Sfdc>,
    /// Its members.
    #[serde(default)]
    pub members: Vec<Member>,
}

fn folder() -> String {
    "Marketing Activities".to_owned()
}

fn workspace() -> String {
    "Default".to_owned()
}

/// A period cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// The first day of the month: `2026-03-01`.
    #[serde(rename = "startDate", alias = "start_date", alias = "month")]
    pub start_date: String,
    /// A whole amount.
    pub cost: i64,
    /// A note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A linked campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sfdc {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A program member.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The `ref` of a person.
    pub person: String,
    /// The status.
    pub status: String,
}

/// How the instance behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Calls in the window (606).
    pub rate_calls: usize,
    /// The window in seconds.
    pub rate_seconds: u64,
    /// Calls at once (615).
    pub concurrent_calls: usize,
    /// Calls a day, which begins at midnight in US Central time (607).
    pub daily_calls: u64,
    /// How long an access token lives.
    pub token_seconds: u64,
    /// How long a call takes; calls overlap only when it is not 0.
    pub call_ms: u64,
    /// Whether the token may stand in the query, as it could until August 2026.
    pub query_token: bool,
    /// Whether the API can be used at all (608).
    pub available: bool,
    /// Activities that one page goes through.
    pub activity_page: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rate_calls: 100,
            rate_seconds: 20,
            concurrent_calls: 10,
            daily_calls: 50_000,
            token_seconds: 3600,
            call_ms: 0,
            query_token: false,
            available: true,
            activity_page: 300,
        }
    }
}
