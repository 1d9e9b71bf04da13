//! The rule book: everything that was declared, resolved.

use std::fmt;

use smol_str::SmolStr;

use super::filter::Filter;
use super::flow::Step;
use super::schedule::Schedule;
use super::sync::{Backward, OnConflict};
use super::trigger::Trigger;
use crate::diagnostics::Span;
use crate::model::{
    ActivityId, AttributeId, CampaignId, ChannelId, Date, Day, FieldId, FieldType, Id, ListId, NameTable, ProgramId,
    SegmentId, SfdcCampaignId, StatusId, WebhookId, Zone,
};

pub use crate::language::ast::Priority;

/// A checked rule book: no name in it is unresolved, no value of the wrong type. Vectors are indexed by their ids.
///
/// Campaigns, programs and lists that rules name although no file declares them (possible when a workspace declares no
/// `sfdc_campaigns` at all) have entries too, with `declared: false`.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// The settings.
    pub settings: Settings,
    /// Person fields, by [`FieldId`]: the standard ones first.
    pub fields: Vec<Field>,
    /// Custom activities, by [`ActivityId`].
    pub activities: Vec<Activity>,
    /// Lists, by [`ListId`].
    pub lists: NameTable<ListId>,
    /// Every status name of channels, campaigns and rules, by [`StatusId`]; 0 is "Not in Program".
    pub statuses: NameTable<StatusId>,
    /// Channels, by [`ChannelId`].
    pub channels: Vec<Channel>,
    /// Programs, by [`ProgramId`].
    pub programs: Vec<Program>,
    /// Salesforce campaigns, by [`SfdcCampaignId`].
    pub sfdc_campaigns: Vec<SfdcCampaign>,
    /// Whether the workspace declares Salesforce campaigns at all.
    pub declares_sfdc_campaigns: bool,
    /// Webhooks, by [`WebhookId`].
    pub webhooks: Vec<Webhook>,
    /// Segments, by [`SegmentId`].
    pub segments: Vec<Segment>,
    /// Smart campaigns, by [`CampaignId`], in order of declaration.
    pub campaigns: Vec<SmartCampaign>,
    /// The workspace's tokens and their values, by name: filters that are asked while rules run may use them.
    pub tokens: Vec<(SmolStr, SmolStr)>,
    /// Campaign order (semantics.md section 3): all campaigns, inactive ones included.
    pub order: Vec<CampaignId>,
}

/// A place of a declaration; for undeclared names the first use.
pub type Where = Span;

/// `settings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The workspace's time zone.
    pub zone: Zone,
    /// The first day of the week.
    pub week_starts_on: Day,
    /// How empty values are treated. Already worked into every [`super::ValueTest`]; kept for those who print it.
    pub empty_values: EmptyValues,
    /// How deep events may cause events.
    pub cascade_limit: u32,
    /// How many activities one outside event may cause.
    pub activity_limit: u32,
    /// How many people a batch campaign may take.
    pub max_people: u64,
}

/// How tests treat empty values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmptyValues {
    /// A positive test of an empty value is false.
    Strict,
    /// As in Marketo.
    Marketo,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: Zone::UTC,
            week_starts_on: Day::Monday,
            empty_values: EmptyValues::Strict,
            cascade_limit: 32,
            activity_limit: 10_000,
            max_people: 100_000,
        }
    }
}

/// A person field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its declared name.
    pub name: SmolStr,
    /// Its type.
    pub type_: FieldType,
    /// The closed list.
    pub values: Option<Vec<SmolStr>>,
    /// Whether rules may only read it.
    pub read_only: bool,
}

/// A custom activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its name.
    pub name: SmolStr,
    /// Its attributes, by [`AttributeId`].
    pub attributes: Vec<Attribute>,
}

impl Activity {
    /// The attribute with this name, ignoring case.
    pub fn attribute(&self, name: &str) -> Option<AttributeId> {
        let folded = crate::model::fold(name);
        self.attributes.iter().position(|attribute| crate::model::fold(&attribute.name) == folded).map(Id::new)
    }
}

/// An attribute of a custom activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub type_: FieldType,
    /// The closed list.
    pub values: Option<Vec<SmolStr>>,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: SmolStr,
    /// Its progression statuses, without "Not in Program".
    pub statuses: Vec<ProgressionStatus>,
}

impl Channel {
    /// The step of a status; 0 for "Not in Program" and for a status that the channel does not know.
    pub fn step(&self, status: StatusId) -> i64 {
        self.statuses.iter().find(|known| known.status == status).map_or(0, |known| known.step)
    }

    /// Whether a status means success.
    pub fn is_success(&self, status: StatusId) -> bool {
        self.statuses.iter().any(|known| known.status == status && known.success)
    }
}

/// A progression status of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressionStatus {
    /// The name.
    pub status: StatusId,
    /// The step.
    pub step: i64,
    /// Whether it means success.
    pub success: bool,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: SmolStr,
    /// Its channel.
    pub channel: ChannelId,
    /// What it cost, month by month.
    pub period_costs: Vec<PeriodCost>,
    /// Its Salesforce campaign.
    pub link: Option<Link>,
    /// What the sync does when both sides changed, where the program says so.
    pub on_conflict: Option<OnConflict>,
    /// What the sync does when the campaign goes to a lower step, where the program says so.
    pub backward: Option<Backward>,
}

/// How a program names its Salesforce campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// By name.
    Campaign(SfdcCampaignId),
    /// By Salesforce id.
    Id(SmolStr),
}

/// What a program cost in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodCost {
    /// The first day of the month.
    pub month: Date,
    /// Whole units of money, not negative.
    pub amount: u64,
    /// A note.
    pub note: Option<SmolStr>,
}

/// A Salesforce campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SfdcCampaign {
    /// Its name.
    pub name: SmolStr,
    /// Its statuses and whether each counts as a response, in order of declaration.
    pub statuses: Vec<(StatusId, bool)>,
    /// The status of members that are added without one: the default, else the first, else `Sent`.
    pub default_status: StatusId,
    /// Whether a file declares it.
    pub declared: bool,
}

impl SfdcCampaign {
    /// Whether a status counts as a response.
    pub fn is_responded(&self, status: StatusId) -> bool {
        self.statuses.iter().any(|(known, responded)| *known == status && *responded)
    }
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its name.
    pub name: SmolStr,
    /// Where it goes.
    pub url: SmolStr,
    /// The HTTP method.
    pub method: SmolStr,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its name.
    pub name: SmolStr,
    /// Who is in it.
    pub filter: Filter,
    /// Its canonical text.
    pub text: String,
    /// Where its name stands.
    pub span: Where,
}

/// A smart campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmartCampaign {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub description: SmolStr,
    /// The program it lives in.
    pub program: Option<ProgramId>,
    /// Whether new runs may start.
    pub active: bool,
    /// What starts it.
    pub start: Start,
    /// Who may run; everybody when absent.
    pub filter: Option<Filter>,
    /// The filter's canonical text; empty when absent.
    pub filter_text: String,
    /// How often the same person may run.
    pub qualification: Qualification,
    /// Its priority.
    pub priority: Priority,
    /// Campaigns that run before it when one event starts both.
    pub after: Vec<CampaignId>,
    /// What it does.
    pub flow: Vec<Step>,
    /// Whether the three SFDC actions create what is missing: not in a program that is linked.
    pub implied_actions: bool,
    /// Where its name stands.
    pub span: Where,
}

/// What starts a smart campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Any of these, by the first declared that fits.
    Triggers(Vec<Trigger>),
    /// A run for everybody who passes, on a schedule or when asked.
    Batch {
        /// When; `None`: when asked.
        schedule: Option<Schedule>,
        /// The most people it may take.
        max_people: u64,
    },
    /// Only `execute campaign`.
    Executable,
}

/// How often the same person may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qualification {
    /// Once ever.
    Once,
    /// Every time.
    EveryTime,
    /// At least so many milliseconds after the last time (a day is 24 hours, a month 30 days).
    OnceEvery(i64),
}

/// As a rule file says it, in the largest unit that fits.
impl fmt::Display for Qualification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = match self {
            Self::Once => return f.write_str("once"),
            Self::EveryTime => return f.write_str("every time"),
            Self::OnceEvery(millis) => *millis,
        };
        let units = [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute")];
        let (unit, word) = units.into_iter().find(|(unit, _)| millis % unit == 0).unwrap_or((60_000, "minute"));
        let count = millis / unit;
        write!(f, "once every {count} {word}{}", if count == 1 { "" } else { "s" })
    }
}

impl Rulebook {
    /// The field with this name, ignoring case; `Score` is `Person Score`.
    pub fn field(&self, name: &str) -> Option<FieldId> {
        let folded = crate::model::fold(name);
        if folded == "score" {
            return Some(crate::model::StandardField::PERSON_SCORE);
        }
        self.fields.iter().position(|field| crate::model::fold(&field.name) == folded).map(Id::new)
    }

    /// The smart campaign with this name.
    pub fn campaign(&self, name: &str) -> Option<CampaignId> {
        self.campaigns.iter().position(|campaign| campaign.name == name).map(Id::new)
    }

    /// The segment with this name.
    pub fn segment(&self, name: &str) -> Option<SegmentId> {
        self.segments.iter().position(|segment| segment.name == name).map(Id::new)
    }

    /// The activity with this name.
    pub fn activity(&self, name: &str) -> Option<ActivityId> {
        self.activities.iter().position(|activity| activity.name == name).map(Id::new)
    }

    /// The program with this name.
    pub fn program(&self, name: &str) -> Option<ProgramId> {
        self.programs.iter().position(|program| program.name == name).map(Id::new)
    }

    /// The Salesforce campaign with this name.
    pub fn sfdc_campaign(&self, name: &str) -> Option<SfdcCampaignId> {
        self.sfdc_campaigns.iter().position(|campaign| campaign.name == name).map(Id::new)
    }

    /// The webhook with this name.
    pub fn webhook(&self, name: &str) -> Option<WebhookId> {
        self.webhooks.iter().position(|webhook| webhook.name == name).map(Id::new)
    }

    /// The definition behind an id. `None` for an id of another rule book.
    pub fn get_campaign(&self, id: CampaignId) -> Option<&SmartCampaign> {
        self.campaigns.get(id.index())
    }

    /// The definition behind an id. `None` for an id of another rule book.
    pub fn get_segment(&self, id: SegmentId) -> Option<&Segment> {
        self.segments.get(id.index())
    }

    /// The definition behind an id. `None` for an id of another rule book.
    pub fn get_field(&self, id: FieldId) -> Option<&Field> {
        self.fields.get(id.index())
    }
}
