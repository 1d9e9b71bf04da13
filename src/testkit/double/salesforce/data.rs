//! The data file of the Salesforce double: what is in the organisation before the first call.
//!
//! Unknown keys are refused; what stands among the fields of a record is checked against the schema when it is loaded.
//! Records may carry a `ref`, by which others point at them: `"@ada"` stands for the id of the record with `ref: ada`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The whole document. Everything may be left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// The organisation itself.
    pub org: Org,
    /// How it behaves; the same document that `PATCH /double/settings` changes.
    pub settings: Settings,
    /// Its users; the first one stands for "somebody in the product". Left out: an administrator and `sync@example.com`.
    pub users: Vec<User>,
    /// Its connected apps. Left out: one that runs as `sync@example.com`.
    pub apps: Vec<App>,
    /// Fields that the administrator added: object → fields.
    pub custom_fields: BTreeMap<String, Vec<CustomField>>,
    /// Values of picklists: `Campaign.Type` → values.
    pub picklists: BTreeMap<String, Picklist>,
    /// Accounts.
    pub accounts: Vec<Record>,
    /// Contacts.
    pub contacts: Vec<Record>,
    /// Leads.
    pub leads: Vec<Record>,
    /// Campaigns with their statuses and members.
    pub campaigns: Vec<Campaign>,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            org: Org::default(),
            settings: Settings::default(),
            users: vec![
                User { username: "admin@example.com".to_owned(), ..User::default() },
                User { username: SYNC_USER.to_owned(), name: "Campaign Sync".to_owned(), ..User::default() },
            ],
            apps: vec![App::default()],
            custom_fields: BTreeMap::new(),
            picklists: BTreeMap::new(),
            accounts: Vec::new(),
            contacts: Vec::new(),
            leads: Vec::new(),
            campaigns: Vec::new(),
        }
    }
}

/// The user that a connected app of the default data runs as.
pub const SYNC_USER: &str = "sync@example.com";

/// The organisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Org {
    /// Its name.
    pub name: String,
    /// What `Organization.OrganizationType` says.
    pub edition: String,
    /// Whether it is a sandbox.
    pub sandbox: bool,
    /// Its language, which is that of the two statuses of a new campaign: `en_US` or `de`.
    pub language: String,
}

impl Default for Org {
    fn default() -> Self {
        Self {
            name: "Campanile Double".to_owned(),
            edition: "Developer Edition".to_owned(),
            sandbox: false,
            language: "en_US".to_owned(),
        }
    }
}

/// A user: who calls, and what the administrator allows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    /// The user name.
    pub username: String,
    /// For the SOAP login and the password grant.
    pub password: String,
    /// Appended to the password by those who have one.
    pub security_token: String,
    /// The name as shown.
    pub name: String,
    /// "Active".
    pub active: bool,
    /// "Marketing User".
    pub marketing_user: bool,
    /// "API Enabled".
    pub api_enabled: bool,
    /// "View Setup and Configuration", without which the limits are not told.
    pub view_setup: bool,
    /// "View All Data".
    pub view_all_data: bool,
    /// "View and Edit Converted Leads".
    pub edit_converted_leads: bool,
    /// Objects on which this user may not do everything.
    pub permissions: BTreeMap<String, ObjectAccess>,
    /// `Object.Field`s that field-level security hides.
    pub hidden_fields: Vec<String>,
    /// `Object.Field`s that may be read only.
    pub read_only_fields: Vec<String>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            username: String::new(),
            password: "secret".to_owned(),
            security_token: String::new(),
            name: String::new(),
            active: true,
            marketing_user: true,
            api_enabled: true,
            view_setup: true,
            view_all_data: true,
            edit_converted_leads: false,
            permissions: BTreeMap::new(),
            hidden_fields: Vec::new(),
            read_only_fields: Vec::new(),
        }
    }
}

/// What a profile allows on one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ObjectAccess {
    /// Read.
    pub read: bool,
    /// Create.
    pub create: bool,
    /// Edit.
    pub edit: bool,
    /// Delete.
    pub delete: bool,
    /// View All: sharing does not matter.
    pub view_all: bool,
}

impl Default for ObjectAccess {
    fn default() -> Self {
        Self { read: true, create: true, edit: true, delete: true, view_all: true }
    }
}

/// A connected app.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct App {
    /// The consumer key.
    pub client_id: String,
    /// The consumer secret.
    pub client_secret: String,
    /// Whom client credentials and refresh tokens run as.
    pub run_as: String,
    /// Refresh tokens that were given out before.
    pub refresh_tokens: Vec<String>,
    /// The public key of JWT bearer, in PEM (`BEGIN PUBLIC KEY`). Left out: that of the double's own test key.
    pub public_key: Option<String>,
    /// What the administrator allows.
    pub policy: Policy,
}

impl Default for App {
    fn default() -> Self {
        Self {
            client_id: "campanile-double".to_owned(),
            client_secret: "double-secret".to_owned(),
            run_as: SYNC_USER.to_owned(),
            refresh_tokens: vec!["double-refresh-token".to_owned()],
            public_key: None,
            policy: Policy::Open,
        }
    }
}

/// The policy of a connected app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Everything works.
    Open,
    /// Tokens are given, then every call is refused: "This session is not valid for use with the REST API".
    Restricted,
    /// Tokens are given, then every call is refused: "Connected app is not attached to Agent".
    NotAttached,
    /// No token: "user hasn't approved this consumer".
    NotApproved,
    /// No token: the address is not in the trusted range.
    IpRestricted,
}

/// A field that the administrator added.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// Its API name, ending in `__c`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type", default)]
    pub kind: CustomKind,
    /// Whether it is an external id, by which rows can be upserted.
    #[serde(default)]
    pub external_id: bool,
}

/// Types of custom fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomKind {
    /// Text of at most 255 signs.
    #[default]
    Text,
    /// A check box.
    Checkbox,
    /// A number.
    Number,
    /// A day.
    Date,
    /// A moment.
    DateTime,
}

/// The values of a picklist.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picklist {
    /// The values.
    pub values: Vec<String>,
    /// Whether others are refused (`INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST`).
    #[serde(default)]
    pub restricted: bool,
}

/// A record: its fields under their API names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The name by which others point at it.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The fields.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// A campaign.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Campaign {
    /// The name by which others point at it.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its member statuses in order. Left out: those that Salesforce gives to every new campaign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<Status>,
    /// Its members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Its fields.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// A campaign member status.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Its label.
    pub label: String,
    /// Whether members with it have responded.
    #[serde(default)]
    pub responded: bool,
    /// Whether it is what others are replaced with. The first one is when none says so.
    #[serde(default)]
    pub default: bool,
}

/// A campaign member.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The `ref` of a lead or contact.
    pub person: String,
    /// The status; left out, the campaign's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// How the organisation behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether the edition has campaigns at all.
    pub campaigns: bool,
    /// Whether the organisation may use the API.
    pub api_enabled: bool,
    /// API calls in 24 hours.
    pub daily_requests: u64,
    /// How long an access token lives.
    pub token_minutes: u64,
    /// After how many calls an access token is worth nothing.
    pub token_calls: Option<u64>,
    /// Whether a refresh token is good for one use only and each answer brings a new one.
    pub rotate_refresh_tokens: bool,
    /// Records on one page of a query.
    pub page_size: usize,
    /// How the text of a member's status is compared with the labels.
    pub status_match: StatusMatch,
    /// Organisation-wide defaults, where they are not public.
    pub sharing: BTreeMap<String, Sharing>,
    /// How long a write holds the campaign's lock, and how late it is answered. Overlapping ones get `UNABLE_TO_LOCK_ROW`.
    pub write_ms: u64,
    /// How long a written row keeps its old self in queries: rows that show later than their stamp.
    pub lag_ms: u64,
    /// How many minutes the delete log reaches back; at most 15 days.
    pub delete_log_minutes: u64,
    /// Whether an insert of a lead or contact whose e-mail address exists is refused (`DUPLICATES_DETECTED`).
    pub duplicate_rule: bool,
    /// How long a Bulk job takes.
    pub bulk_ms: u64,
    /// Every so-manieth row of an ingest job meets the lock of another row, which is worked on beside it; 0 is none.
    pub bulk_lock_every: usize,
    /// Rows on one page of a query job's results, whatever is asked for.
    pub bulk_page_size: usize,
    /// What validation rules refuse.
    pub validation_rules: Vec<ValidationRule>,
    /// What flows and triggers of the customer do to members.
    pub automation: Vec<Automation>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            campaigns: true,
            api_enabled: true,
            daily_requests: 100_000,
            token_minutes: 120,
            token_calls: None,
            rotate_refresh_tokens: false,
            page_size: 2000,
            status_match: StatusMatch::IgnoreCase,
            sharing: BTreeMap::new(),
            write_ms: 0,
            lag_ms: 0,
            delete_log_minutes: 15 * 24 * 60,
            duplicate_rule: false,
            bulk_ms: 0,
            bulk_lock_every: 0,
            bulk_page_size: 50_000,
            validation_rules: Vec::new(),
            automation: Vec::new(),
        }
    }
}

/// How a status is compared with the labels; which of both Salesforce does is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusMatch {
    /// Capitals do not matter; the label is what is stored.
    IgnoreCase,
    /// To the letter.
    Exact,
}

/// What users see of rows that others own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// Nothing.
    Private,
    /// They may read them.
    Read,
    /// They may change them too.
    ReadWrite,
}

/// A validation rule: rows in which the field has this value are refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationRule {
    /// The object.
    pub object: String,
    /// The field.
    pub field: String,
    /// The value.
    pub value: Value,
    /// What the person who made the rule wants to be read.
    pub message: String,
    /// The status code of the refusal.
    #[serde(default = "validation_code")]
    pub code: String,
}

fn validation_code() -> String {
    "FIELD_CUSTOM_VALIDATION_EXCEPTION".to_owned()
}

/// An automation: a member that gets one status is given another in the same transaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automation {
    /// The status that is written.
    pub when_status: String,
    /// The status that stays.
    pub set_status: String,
}
