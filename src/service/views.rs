//! People and campaigns as the API shows them.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use crate::engine::Engine;
use crate::engine::snapshot::{self, Happened, Kept};
use crate::meaning::Start;
use crate::model::{Id as _, Timestamp};

/// So many entries of a person's log are shown, the newest first.
const LOG_SHOWN: usize = 200;

/// What is known about a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonView {
    /// The id.
    person: String,
    /// Values of fields that have one.
    fields: Map<String, Json>,
    sfdc_campaigns: Vec<SfdcMemberView>,
    programs: Vec<ProgramMemberView>,
    lists: Vec<String>,
    /// Segments of the rules that the person is in now.
    segments: Vec<String>,
    /// Smart campaigns that the person qualified for.
    qualified: Vec<QualifiedView>,
    /// Runs that wait.
    waiting: Vec<WaitingView>,
    /// What happened, the newest first; at most 200 entries.
    log: Vec<LogView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SfdcMemberView {
    campaign: String,
    status: String,
    added: String,
    changed: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_responded: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ProgramMemberView {
    program: String,
    status: String,
    added: String,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct QualifiedView {
    campaign: String,
    last: String,
    times: u32,
}

#[derive(Debug, Serialize, ToSchema)]
struct WaitingView {
    campaign: String,
    /// The step at which it waits.
    step: String,
    /// Its text.
    action: String,
    until: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct LogView {
    at: String,
    /// What it was: `field.changed`, `sfdc_campaign.added`, …
    what: &'static str,
    #[serde(flatten)]
    #[schema(value_type = Object)]
    about: Map<String, Json>,
}

/// A smart campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CampaignView {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    /// Whether new runs may start.
    active: bool,
    /// What starts it: `triggers`, `batch` or `executable`.
    start: &'static str,
    /// Its triggers.
    triggers: Vec<String>,
    /// Its schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    /// Who may run; everybody when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    /// How often the same person may run.
    qualify: String,
    /// How many steps its flow has, on the outermost level.
    steps: usize,
    /// People who qualified at least once.
    people: u64,
    /// How often somebody qualified.
    qualified: u64,
    /// Runs that wait.
    waiting: u64,
}

fn text(at: Timestamp) -> String {
    at.to_string()
}

fn value(kept: &Kept<&str>) -> Json {
    match kept {
        Kept::Empty => Json::Null,
        Kept::Text(text) => json!(text),
        Kept::Integer(number) => json!(number),
        // All its digits.
        Kept::Number(number) => {
            let plain = number.normalize().to_string();
            serde_json::from_str(&plain).unwrap_or(Json::String(plain))
        }
        Kept::Boolean(boolean) => json!(boolean),
        Kept::Date(day) => json!(day.to_string()),
        Kept::DateTime(at) => json!(text(*at)),
    }
}

impl PersonView {
    /// A person as the engine knows it now.
    pub(super) fn of(engine: &mut Engine, id: &str) -> Option<Self> {
        let filters: Vec<_> =
            engine.rulebook().segments.iter().map(|it| (it.name.to_string(), it.filter.clone())).collect();
        let inside = |(name, filter): (String, _)| engine.matches(id, &filter)?.then_some(name);
        let segments = filters.into_iter().filter_map(inside).collect();
        let snapshot::Person { person, fields, sfdc_campaigns, programs, lists, log, qualified, waiting, segments: _ } =
            engine.person(id)?;
        Some(Self {
            person: person.to_owned(),
            fields: fields.iter().map(|(name, kept)| ((*name).to_owned(), value(kept))).collect(),
            sfdc_campaigns: sfdc_campaigns
                .iter()
                .map(|row| SfdcMemberView {
                    campaign: row.campaign.to_owned(),
                    status: row.status.to_owned(),
                    added: text(row.added),
                    changed: text(row.changed),
                    first_responded: row.first_responded.map(text),
                })
                .collect(),
            programs: programs
                .iter()
                .map(|row| ProgramMemberView {
                    program: row.program.to_owned(),
                    status: row.status.to_owned(),
                    added: text(row.added),
                    since: text(row.since),
                    success: row.success.map(text),
                })
                .collect(),
            lists: lists.iter().map(|list| (*list).to_owned()).collect(),
            segments,
            qualified: qualified
                .iter()
                .map(|row| QualifiedView { campaign: row.campaign.to_owned(), last: text(row.last), times: row.times })
                .collect(),
            waiting: waiting
                .iter()
                .map(|run| WaitingView {
                    campaign: run.campaign.to_owned(),
                    step: run.step.unwrap_or(run.path).to_owned(),
                    action: run.text.to_owned(),
                    until: text(run.until),
                })
                .collect(),
            log: log.iter().rev().take(LOG_SHOWN).map(logged).collect(),
        })
    }
}

fn logged(entry: &snapshot::Logged<&str>) -> LogView {
    let (what, about) = match &entry.what {
        Happened::SfdcAdded { campaign, status } => {
            ("sfdc_campaign.added", json!({"campaign": campaign, "status": status}))
        }
        Happened::SfdcRemoved { campaign, status } => {
            ("sfdc_campaign.removed", json!({"campaign": campaign, "status": status}))
        }
        Happened::SfdcStatusChanged { campaign, from, to } => {
            ("sfdc_campaign.status_changed", json!({"campaign": campaign, "from": from, "to": to}))
        }
        Happened::ProgramStatusChanged { program, from, to, success } => {
            ("program.status_changed", json!({"program": program, "from": from, "to": to, "success": success}))
        }
        Happened::ListAdded { list } => ("list.added", json!({"list": list})),
        Happened::ListRemoved { list } => ("list.removed", json!({"list": list})),
        Happened::FieldChanged { field, from, to } => {
            ("field.changed", json!({"field": field, "from": value(from), "to": value(to)}))
        }
        Happened::Performed { activity, attributes } => {
            let attributes: Map<String, Json> =
                attributes.iter().map(|(name, kept)| ((*name).to_owned(), value(kept))).collect();
            ("activity", json!({"activity": activity, "attributes": attributes}))
        }
        Happened::Created => ("person.created", json!({})),
        Happened::Synced => ("sfdc.synced", json!({})),
        Happened::Converted => ("sfdc.converted", json!({})),
        Happened::Deleted => ("sfdc.deleted", json!({})),
        Happened::SegmentEntered { segment } => ("segment.entered", json!({"segment": segment})),
        Happened::SegmentLeft { segment } => ("segment.left", json!({"segment": segment})),
        Happened::Requested { campaign } => ("campaign.requested", json!({"campaign": campaign})),
    };
    let about = if let Json::Object(about) = about { about } else { Map::new() };
    LogView { at: text(entry.at), what, about }
}

impl CampaignView {
    /// All smart campaigns, in the order of the rule book.
    pub(super) fn all(engine: &Engine) -> Vec<Self> {
        let rulebook = engine.rulebook();
        let counts = engine.campaign_counts();
        let of = |(campaign, counts): (&crate::meaning::SmartCampaign, _)| {
            let crate::engine::CampaignCounts { people, qualified, waiting } = counts;
            let (start, triggers, schedule) = match &campaign.start {
                Start::Triggers(triggers) => ("triggers", triggers.iter().map(|it| it.text.clone()).collect(), None),
                Start::Batch { schedule, .. } => ("batch", Vec::new(), schedule.as_ref().map(|it| it.text.clone())),
                Start::Executable => ("executable", Vec::new(), None),
            };
            let program = campaign.program.and_then(|id| rulebook.programs.get(id.index()));
            Self {
                name: campaign.name.to_string(),
                description: campaign.description.to_string(),
                program: program.map(|program| program.name.to_string()),
                active: campaign.active,
                start,
                triggers,
                schedule,
                filter: Some(campaign.filter_text.clone()).filter(|text| !text.is_empty()),
                qualify: campaign.qualification.to_string(),
                steps: campaign.flow.len(),
                people,
                qualified,
                waiting,
            }
        };
        rulebook.campaigns.iter().zip(counts).map(of).collect()
    }
}
