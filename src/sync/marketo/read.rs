//! What is asked: programs with channel and costs, members, people, what happened.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::Value;

use super::{BATCH_MAX, Marketo};
use crate::model::Timestamp;
use crate::sync::Trouble;
use crate::sync::links::{NOT_IN_PROGRAM, ProgramStatus};
use crate::sync::side::Seconds;
use crate::sync::wire::Outside;

/// The activities that matter: new people, changes of progression status, deleted and merged people.
const NEW_LEAD: u64 = 12;
const MERGE: u64 = 32;
const DELETE_LEAD: u64 = 37;
const CHANGE_STATUS: u64 = 104;

/// The fields of a person that the sync looks at.
const LEAD_FIELDS: &str = "id,email,firstName,lastName,company,sfdcLeadId,sfdcContactId";

/// Changes of programs are asked for from so many milliseconds before the last one that was seen.
const CHANGED_OVERLAP_MS: i64 = 600_000;

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of its channel.
    pub channel: String,
    /// Its period costs.
    pub costs: Vec<Decimal>,
}

/// Programs that were changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Their ids.
    pub ids: BTreeSet<String>,
    /// When the last of them was, as RFC 3339.
    pub newest: Option<String>,
}

/// A program at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Its name.
    pub name: String,
    /// The name of its channel.
    pub channel: String,
    /// The name of the SFDC campaign that Marketo has linked it to.
    pub campaign: Option<String>,
}

/// A program member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// The person.
    pub lead: String,
    /// The status.
    pub status: String,
    /// `updatedAt`.
    pub stamp: Seconds,
}

/// A person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadRow {
    /// The id.
    pub id: String,
    /// E-mail address.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// The lead of Salesforce that it names.
    pub sfdc_lead: Option<String>,
    /// The contact of Salesforce that it names.
    pub sfdc_contact: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// The status of a person in a program is another.
    Status {
        /// The program.
        program: String,
        /// The person.
        lead: String,
        /// The status before; nothing for `Not in Program`, or where Marketo does not say.
        old: Option<String>,
        /// The status; nothing for `Not in Program`.
        status: Option<String>,
        /// When.
        at: Seconds,
    },
    /// A person is gone.
    Deleted {
        /// Who.
        lead: String,
        /// When.
        at: Seconds,
    },
    /// Something else happened to a person: a new one, or the winner of a merge.
    Touched {
        /// Who.
        lead: String,
        /// Whom it was merged with; they are gone.
        losers: Vec<String>,
        /// When.
        at: Seconds,
    },
}

impl Happening {
    const fn at(&self) -> Seconds {
        match self {
            Self::Status { at, .. } | Self::Deleted { at, .. } | Self::Touched { at, .. } => *at,
        }
    }
}

/// What happened since a token, and the token to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activities {
    /// In the order in which they happened, each once.
    pub happenings: Vec<Happening>,
    /// Where the next call goes on.
    pub token: String,
}

impl<O: Outside> Marketo<'_, O> {
    /// The program with exactly this name.
    pub async fn program_named(&self, name: &str) -> Result<Option<ProgramRow>, Trouble> {
        let found = self.get("/rest/asset/v1/program/byName.json", &[("name", name), ("includeCosts", "true")]).await?;
        Ok(results(&found).filter_map(program).find(|program| program.name == name))
    }

    /// A program by id.
    pub async fn program(&self, id: &str) -> Result<Option<ProgramRow>, Trouble> {
        let found = self.get(&format!("/rest/asset/v1/program/{id}.json"), &[]).await?;
        Ok(results(&found).find_map(program))
    }

    /// Ids and names of all programs.
    pub async fn program_names(&self) -> Result<Vec<(String, String)>, Trouble> {
        let rows = self.all_programs().await?;
        let mut names: Vec<_> =
            rows.iter().filter_map(|row| Some((id_of(row.get("id")?)?, some(row, "name")?))).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// All programs at a glance.
    pub async fn programs(&self) -> Result<Vec<Overview>, Trouble> {
        let rows = self.all_programs().await?;
        let overview = |row: &Value| {
            Some(Overview { name: some(row, "name")?, channel: some(row, "channel")?, campaign: some(row, "sfdcName") })
        };
        Ok(rows.iter().filter_map(overview).collect())
    }

    /// The programs that were changed since shortly before a time, which is the `newest` of the last answer; all of them
    /// without one.
    pub async fn programs_changed_since(&self, since: Option<&str>) -> Result<Changed, Trouble> {
        let from = since.and_then(Timestamp::parse).map(|at| at.plus(-CHANGED_OVERLAP_MS).to_string());
        let rows = self.programs_page_by_page(from.as_deref()).await?;
        let moment = |row: &Value| {
            // `2026-03-05T09:00:00Z+0000`: the time zone is told twice.
            let text = some(row, "updatedAt")?;
            Timestamp::parse(text.strip_suffix("+0000").unwrap_or(&text))
        };
        let newest = rows.iter().filter_map(moment).max().map(|at| at.to_string());
        let ids = rows.iter().filter_map(|row| id_of(row.get("id")?)).collect();
        Ok(Changed { ids, newest: newest.or_else(|| since.map(str::to_owned)) })
    }

    async fn all_programs(&self) -> Result<Vec<Value>, Trouble> {
        self.programs_page_by_page(None).await
    }

    async fn programs_page_by_page(&self, since: Option<&str>) -> Result<Vec<Value>, Trouble> {
        let mut rows = Vec::new();
        loop {
            let offset = rows.len().to_string();
            let mut query = vec![("maxReturn", "200"), ("offset", offset.as_str())];
            query.extend(since.map(|since| ("earliestUpdatedAt", since)));
            let page = self.get("/rest/asset/v1/programs.json", &query).await?;
            let before = rows.len();
            rows.extend(results(&page).cloned());
            if rows.len() == before {
                return Ok(rows);
            }
        }
    }

    /// The progression statuses of a channel, without `Not in Program`.
    pub async fn channel(&self, name: &str) -> Result<Vec<ProgramStatus>, Trouble> {
        let found = self.get("/rest/asset/v1/channel/byName.json", &[("name", name)]).await?;
        let rows = results(&found).filter_map(|row| row.get("progressionStatuses")?.as_array()).flatten();
        let flag = |row: &Value, key: &str| row.get(key).and_then(Value::as_bool).unwrap_or(false);
        let statuses = rows.filter(|row| !flag(row, "hidden")).filter_map(|row| {
            let step = i32::try_from(row.get("step")?.as_i64()?).ok()?;
            Some(ProgramStatus { name: some(row, "name")?, step, success: flag(row, "success") })
        });
        let mut statuses: Vec<ProgramStatus> = statuses.filter(|status| status.name != NOT_IN_PROGRAM).collect();
        statuses.dedup_by(|a, b| a.name == b.name);
        Ok(statuses)
    }

    /// All pages of a list.
    async fn pages(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, Trouble> {
        let mut token = String::new();
        let mut rows = Vec::new();
        loop {
            let mut query = query.to_vec();
            if !token.is_empty() {
                query.push(("nextPageToken", &token));
            }
            let page = self.get(path, &query).await?;
            rows.extend(results(&page).cloned());
            match some(&page, "nextPageToken") {
                Some(next) => token = next,
                None => return Ok(rows),
            }
        }
    }

    /// The statuses that members of a program have, listed in the channel or not.
    pub async fn used_statuses(&self, program: &str) -> Result<Vec<String>, Trouble> {
        let path = format!("/rest/v1/leads/programs/{program}.json");
        let rows = self.pages(&path, &[("batchSize", "300"), ("fields", "id")]).await?;
        let used = rows.iter().filter_map(|row| some(row.get("membership")?, "progressionStatus"));
        let mut used: Vec<String> = used.filter(|status| status != NOT_IN_PROGRAM).collect();
        used.sort();
        used.dedup();
        Ok(used)
    }

    async fn members(&self, program: &str, filter: &str, values: &[String]) -> Result<Vec<MemberRow>, Trouble> {
        let path = format!("/rest/v1/programs/{program}/members.json");
        let mut members = BTreeMap::new();
        for some_values in values.chunks(BATCH_MAX) {
            let values = some_values.join(",");
            let query = [
                ("filterType", filter),
                ("filterValues", values.as_str()),
                ("fields", "leadId,statusName,updatedAt"),
                ("batchSize", "300"),
            ];
            for row in self.pages(&path, &query).await? {
                let lead = row.get("leadId").and_then(id_of);
                let stamp = some(&row, "updatedAt").and_then(|text| moment(&text));
                if let (Some(lead), Some(status), Some(stamp)) = (lead, some(&row, "statusName"), stamp) {
                    members.insert(lead.clone(), MemberRow { lead, status, stamp });
                }
            }
        }
        Ok(members.into_values().filter(|member| member.status != NOT_IN_PROGRAM).collect())
    }

    /// The members that have one of these statuses.
    pub async fn members_with(&self, program: &str, statuses: &[String]) -> Result<Vec<MemberRow>, Trouble> {
        self.members(program, "statusName", statuses).await
    }

    /// The memberships of some people, as they are now.
    pub async fn members_of(&self, program: &str, leads: &[String]) -> Result<Vec<MemberRow>, Trouble> {
        self.members(program, "leadId", leads).await
    }

    /// People by a field: `id`, `email`, `sfdcLeadId`, `sfdcContactId`.
    pub async fn leads(&self, field: &str, values: &[String]) -> Result<Vec<LeadRow>, Trouble> {
        let mut leads = BTreeMap::new();
        for some_values in values.chunks(BATCH_MAX) {
            let values = some_values.join(",");
            let query = [("filterType", field), ("filterValues", values.as_str()), ("fields", LEAD_FIELDS)];
            for row in self.pages("/rest/v1/leads.json", &query).await? {
                if let Some(id) = row.get("id").and_then(id_of) {
                    let lead = LeadRow {
                        email: some(&row, "email"),
                        first_name: some(&row, "firstName"),
                        last_name: some(&row, "lastName"),
                        company: some(&row, "company"),
                        sfdc_lead: some(&row, "sfdcLeadId"),
                        sfdc_contact: some(&row, "sfdcContactId"),
                        id: id.clone(),
                    };
                    leads.insert(id, lead);
                }
            }
        }
        Ok(leads.into_values().collect())
    }

    /// Where the log of activities stood at a time.
    pub async fn token_since(&self, since: Seconds) -> Result<String, Trouble> {
        let since = Timestamp(i64::from(since.0) * 1000).to_string();
        let answer = self.get("/rest/v1/activities/pagingtoken.json", &[("sinceDatetime", &since)]).await?;
        Ok(some(&answer, "nextPageToken").unwrap_or_default())
    }

    /// What happened since a token: changes of status, deleted and merged people; new ones too where they are asked for.
    pub async fn activities(&self, token: &str, new_leads: bool) -> Result<Activities, Trouble> {
        let mut token = token.to_owned();
        // By time, and within one second as they were written down; a page may hold one twice, or be in any order.
        let mut happenings: BTreeMap<(Seconds, u64, String), Happening> = BTreeMap::new();
        let kinds = format!("{MERGE},{DELETE_LEAD},{CHANGE_STATUS}{}", if new_leads { ",12" } else { "" });
        loop {
            let query = [("activityTypeIds", kinds.as_str()), ("nextPageToken", &token)];
            let page = self.get("/rest/v1/activities.json", &query).await?;
            happenings.extend(results(&page).filter_map(|row| {
                let number = row.get("id").and_then(id_of).and_then(|id| id.parse().ok()).unwrap_or(0);
                let happening = happening(row)?;
                Some(((happening.at(), number, some(row, "marketoGUID").unwrap_or_default()), happening))
            }));
            if let Some(next) = some(&page, "nextPageToken") {
                token = next;
            }
            // A page may be empty and not the last.
            if page.get("moreResult").and_then(Value::as_bool) != Some(true) {
                return Ok(Activities { happenings: happenings.into_values().collect(), token });
            }
        }
    }
}

fn happening(row: &Value) -> Option<Happening> {
    let lead = row.get("leadId").and_then(id_of)?;
    let at = some(row, "activityDate").and_then(|text| moment(&text))?;
    match row.get("activityTypeId")?.as_u64()? {
        CHANGE_STATUS => {
            let attributes = row.get("attributes")?.as_array()?;
            let named = |name: &str| attributes.iter().find(|own| some(own, "name").as_deref() == Some(name));
            let value = |own: &Value| some(own, "value").filter(|status| status != NOT_IN_PROGRAM);
            let status = value(named("New Status")?);
            let old = named("Old Status").and_then(value);
            let program = row.get("primaryAttributeValueId").and_then(id_of)?;
            Some(Happening::Status { program, lead, old, status, at })
        }
        DELETE_LEAD => Some(Happening::Deleted { lead, at }),
        NEW_LEAD => Some(Happening::Touched { lead, losers: Vec::new(), at }),
        MERGE => {
            let attributes = row.get("attributes").and_then(Value::as_array).into_iter().flatten();
            let mut merged = attributes.filter(|own| some(own, "name").as_deref() == Some("Merge IDs"));
            let losers = merged.next().and_then(|own| own.get("value")).map(ids_in).unwrap_or_default();
            Some(Happening::Touched { lead, losers, at })
        }
        _ => None,
    }
}

/// The ids in a value: a list, or a text of one.
fn ids_in(value: &Value) -> Vec<String> {
    match value {
        Value::Array(all) => all.iter().filter_map(id_of).collect(),
        Value::String(text) => {
            let numbers = text.split(|sign: char| !sign.is_ascii_digit()).filter(|number| !number.is_empty());
            numbers.map(str::to_owned).collect()
        }
        Value::Number(_) => id_of(value).into_iter().collect(),
        Value::Null | Value::Bool(_) | Value::Object(_) => Vec::new(),
    }
}

fn program(row: &Value) -> Option<ProgramRow> {
    let costs = row.get("costs").and_then(Value::as_array).into_iter().flatten();
    let costs = costs.filter_map(|cost| cost.get("cost")?.as_i64()).map(Decimal::from).collect();
    Some(ProgramRow { id: id_of(row.get("id")?)?, name: some(row, "name")?, channel: some(row, "channel")?, costs })
}

fn results(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.get("result").and_then(Value::as_array).into_iter().flatten()
}

fn some(row: &Value, key: &str) -> Option<String> {
    row.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An id, which may be written as a number or as text.
pub(super) fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn moment(text: &str) -> Option<Seconds> {
    let at = Timestamp::parse(text)?;
    u32::try_from(at.0.div_euclid(1000)).ok().map(Seconds)
}
