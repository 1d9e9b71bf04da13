//! Queries, and what was deleted.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::bulk::QUERY_ROWS_MIN;
use super::{Ask, BATCH_MAX, Salesforce, optional, text};
use crate::model::Timestamp;
use crate::sync::Trouble;
use crate::sync::side::Seconds;
use crate::sync::wire::{Outside, form};

/// Values in one IN list: the address of a query has 16,384 bytes at most.
const IN_MAX: usize = 150;

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its Type.
    pub kind: Option<String>,
    /// Its ActualCost.
    pub actual_cost: Option<Decimal>,
}

/// A member status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRow {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// Whether members with it have responded.
    pub responded: bool,
    /// Whether it is what others are replaced with.
    pub default: bool,
    /// Its place.
    pub sort_order: i64,
}

/// A campaign member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Its id.
    pub id: String,
    /// The campaign.
    pub campaign: String,
    /// The lead; of a converted one beside the contact.
    pub lead: Option<String>,
    /// The contact.
    pub contact: Option<String>,
    /// The status.
    pub status: String,
    /// `SystemModstamp`.
    pub stamp: Seconds,
}

/// A lead or contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonRow {
    /// Its id: 003… for a contact, 00Q… for a lead.
    pub id: String,
    /// E-mail address.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// The company, or the name of the contact's account.
    pub company: Option<String>,
    /// The contact that a converted lead became.
    pub converted_to: Option<String>,
    /// The winner of a merge that took this one.
    pub merged_into: Option<String>,
    /// Whether it is in the recycle bin.
    pub deleted: bool,
}

/// What was deleted between two minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Ids and when.
    pub records: Vec<(String, Seconds)>,
    /// How far back the answer reaches.
    pub earliest: Seconds,
    /// Up to where it is complete: where the next one starts, and the only thing that tells Salesforce's own time.
    pub covered: Seconds,
}

impl<O: Outside> Salesforce<'_, O> {
    /// All rows of a query, page by page. `all` includes the recycle bin.
    pub(super) async fn query(&self, soql: &str, all: bool) -> Result<Vec<Value>, Trouble> {
        let first = self.first_page(soql, all).await?;
        self.pages_from(first).await
    }

    async fn first_page(&self, soql: &str, all: bool) -> Result<Value, Trouble> {
        let endpoint = if all { "queryAll" } else { "query" };
        Ok(self.ask(Ask::get(format!("/{endpoint}?{}", form([("q", soql)])))).await?.json())
    }

    /// The rows of a page and of those that follow it.
    async fn pages_from(&self, mut page: Value) -> Result<Vec<Value>, Trouble> {
        let mut rows = Vec::new();
        loop {
            if let Some(records) = page.get("records").and_then(Value::as_array) {
                rows.extend(records.iter().cloned());
            }
            match page.get("nextRecordsUrl").and_then(Value::as_str) {
                Some(next) => page = self.ask(Ask::get(next)).await?.json(),
                None => return Ok(rows),
            }
        }
    }

    async fn campaigns(&self, condition: &str) -> Result<Vec<CampaignRow>, Trouble> {
        let soql = format!("SELECT Id, Name, Type, ActualCost FROM Campaign WHERE {condition} ORDER BY Id");
        let rows = self.query(&soql, false).await?;
        let campaign = |row: &Value| CampaignRow {
            id: text(row, "Id"),
            name: text(row, "Name"),
            kind: optional(row, "Type"),
            actual_cost: row.get("ActualCost").and_then(money),
        };
        let mut campaigns: Vec<CampaignRow> = rows.iter().map(campaign).collect();
        campaigns.dedup_by(|a, b| a.id == b.id);
        Ok(campaigns)
    }

    /// The campaigns with exactly this name.
    pub async fn campaigns_named(&self, name: &str) -> Result<Vec<CampaignRow>, Trouble> {
        let found = self.campaigns(&format!("Name = {}", quoted(name))).await?;
        // Salesforce compares without regard to capitals; the rules do not.
        Ok(found.into_iter().filter(|campaign| campaign.name == name).collect())
    }

    /// Ids and names of all campaigns that the user sees.
    pub async fn campaign_names(&self) -> Result<Vec<(String, String)>, Trouble> {
        let all = self.campaigns("Id != null").await?;
        Ok(all.into_iter().map(|campaign| (campaign.id, campaign.name)).collect())
    }

    /// Campaigns by id; those that are gone or cannot be seen are missing.
    pub async fn campaigns_by_id(&self, ids: &[String]) -> Result<Vec<CampaignRow>, Trouble> {
        let mut campaigns = Vec::new();
        for some in ids.chunks(IN_MAX) {
            campaigns.extend(self.campaigns(&format!("Id IN ({})", list(some))).await?);
        }
        Ok(campaigns)
    }

    /// A campaign.
    pub async fn campaign(&self, id: &str) -> Result<Option<CampaignRow>, Trouble> {
        Ok(self.campaigns(&format!("Id = {}", quoted(id))).await?.into_iter().next())
    }

    /// The member statuses of a campaign in their order.
    pub async fn statuses(&self, campaign: &str) -> Result<Vec<StatusRow>, Trouble> {
        let soql = format!(
            "SELECT Id, Label, HasResponded, IsDefault, SortOrder FROM CampaignMemberStatus WHERE CampaignId = {} ORDER BY \
             SortOrder",
            quoted(campaign)
        );
        let rows = self.query(&soql, false).await?;
        let mut statuses: Vec<StatusRow> = rows.iter().map(status).collect();
        statuses.dedup_by(|a, b| a.id == b.id);
        Ok(statuses)
    }

    /// The member statuses of some campaigns, by campaign, in their order.
    pub async fn statuses_of(&self, campaigns: &[String]) -> Result<BTreeMap<String, Vec<StatusRow>>, Trouble> {
        let mut statuses: BTreeMap<String, Vec<StatusRow>> = BTreeMap::new();
        for some in campaigns.chunks(IN_MAX) {
            let soql = format!(
                "SELECT Id, CampaignId, Label, HasResponded, IsDefault, SortOrder FROM CampaignMemberStatus WHERE \
                 CampaignId IN ({}) ORDER BY CampaignId, SortOrder",
                list(some)
            );
            for row in self.query(&soql, false).await? {
                statuses.entry(text(&row, "CampaignId")).or_default().push(status(&row));
            }
        }
        for of_one in statuses.values_mut() {
            of_one.dedup_by(|a, b| a.id == b.id);
        }
        Ok(statuses)
    }

    async fn members(&self, condition: &str) -> Result<Vec<MemberRow>, Trouble> {
        Ok(self.query(&members_in_order(condition), false).await?.iter().filter_map(member).collect())
    }

    /// All members for which the condition holds, in the order of [`Self::members`]: the first page tells how many
    /// there are, and from [`QUERY_ROWS_MIN`] on a Bulk job reads them.
    async fn all_members(&self, condition: &str) -> Result<Vec<MemberRow>, Trouble> {
        let first = self.first_page(&members_in_order(condition), false).await?;
        let total = first.get("totalSize").and_then(Value::as_u64).unwrap_or_default();
        // A job that need not sort is read in pieces.
        let by_job = if total < QUERY_ROWS_MIN {
            None
        } else {
            self.bulk_query(&format!("{MEMBERS} WHERE {condition}")).await?
        };
        let rows = match by_job {
            Some(rows) => rows,
            None => self.pages_from(first).await?,
        };
        let mut members: Vec<MemberRow> = rows.iter().filter_map(member).collect();
        members.sort_by(|a, b| (a.stamp, &a.id).cmp(&(b.stamp, &b.id)));
        Ok(members)
    }

    /// The members of campaigns that were touched at this time or later; all of them without a time.
    pub async fn members_since(&self, campaigns: &[String], since: Option<Seconds>) -> Result<Vec<MemberRow>, Trouble> {
        let mut members = Vec::new();
        for some in campaigns.chunks(IN_MAX) {
            let condition = format!("CampaignId IN ({})", list(some));
            members.extend(match since {
                None => self.all_members(&condition).await?,
                Some(Seconds(since)) => {
                    let at = Timestamp(i64::from(since) * 1000);
                    self.members(&format!("{condition} AND SystemModstamp >= {at}")).await?
                }
            });
        }
        Ok(members)
    }

    /// The rows of some people in one campaign, as they are now.
    pub async fn members_of(&self, campaign: &str, people: &[String]) -> Result<Vec<MemberRow>, Trouble> {
        let mut members = Vec::new();
        for some in people.chunks(IN_MAX) {
            let list = list(some);
            let condition =
                format!("CampaignId = {} AND (LeadId IN ({list}) OR ContactId IN ({list}))", quoted(campaign));
            members.extend(self.members(&condition).await?);
        }
        Ok(members)
    }

    /// Members by their own ids, read past any index that may lag; those that are gone are missing.
    pub async fn members_by_id(&self, ids: &[String]) -> Result<Vec<MemberRow>, Trouble> {
        let mut members = Vec::new();
        for some in ids.chunks(BATCH_MAX) {
            let fields = ["Id", "CampaignId", "LeadId", "ContactId", "Status", "SystemModstamp"];
            let body = Some(json!({"ids": some, "fields": fields}));
            let path = "/composite/sobjects/CampaignMember".to_owned();
            let answer = self.ask(Ask { method: "POST", path, body, write: false }).await?.json();
            members.extend(answer.as_array().into_iter().flatten().filter_map(member));
        }
        Ok(members)
    }

    async fn people(&self, object: &str, field: &str, values: &[String], all: bool) -> Result<Vec<PersonRow>, Trouble> {
        let fields = if object == "Lead" {
            "Id, Email, FirstName, LastName, Company, ConvertedContactId, MasterRecordId, IsDeleted"
        } else {
            "Id, Email, FirstName, LastName, Account.Name, MasterRecordId, IsDeleted"
        };
        let mut people = Vec::new();
        for some in values.chunks(IN_MAX) {
            let soql = format!("SELECT {fields} FROM {object} WHERE {field} IN ({}) ORDER BY Id", list(some));
            people.extend(self.query(&soql, all).await?.iter().map(person));
        }
        people.dedup_by(|a: &mut PersonRow, b| a.id == b.id);
        Ok(people)
    }

    /// Leads and contacts by id, those in the recycle bin too.
    pub async fn people_by_id(&self, ids: &[String]) -> Result<Vec<PersonRow>, Trouble> {
        let (contacts, leads): (Vec<String>, Vec<String>) = ids.iter().cloned().partition(|id| id.starts_with("003"));
        let mut people = self.people("Contact", "Id", &contacts, true).await?;
        people.extend(self.people("Lead", "Id", &leads, true).await?);
        Ok(people)
    }

    /// Leads that were converted, with their contacts, as far as they were touched at this time or later.
    pub async fn converted_since(&self, since: Seconds) -> Result<Vec<(String, String)>, Trouble> {
        let at = Timestamp(i64::from(since.0) * 1000);
        let soql = format!(
            "SELECT Id, ConvertedContactId FROM Lead WHERE IsConverted = true AND SystemModstamp >= {at} ORDER BY Id"
        );
        let rows = self.query(&soql, false).await?;
        Ok(rows.iter().filter_map(|row| Some((optional(row, "Id")?, optional(row, "ConvertedContactId")?))).collect())
    }

    /// The leads that contacts were converted from, whenever that was, each with its contact.
    pub async fn converted_to(&self, contacts: &[String]) -> Result<Vec<(String, String)>, Trouble> {
        let leads = self.people("Lead", "ConvertedContactId", contacts, false).await?;
        Ok(leads.into_iter().filter_map(|row| Some((row.id, row.converted_to?))).collect())
    }

    /// Contacts, then leads, with these addresses, ignoring case.
    pub async fn people_by_email(&self, emails: &[String]) -> Result<Vec<PersonRow>, Trouble> {
        let mut people = self.people("Contact", "Email", emails, false).await?;
        people.extend(self.people("Lead", "Email", emails, false).await?);
        Ok(people)
    }

    /// Leads without an e-mail address that have these names and were made at this time or later.
    pub async fn leads_made_since(&self, last: &str, company: &str, since: Seconds) -> Result<Vec<PersonRow>, Trouble> {
        let soql = format!(
            "SELECT Id, Email, FirstName, LastName, Company, ConvertedContactId, MasterRecordId, IsDeleted FROM Lead WHERE \
             LastName = {} AND Company = {} AND Email = null AND CreatedDate >= {} ORDER BY Id",
            quoted(last),
            quoted(company),
            Timestamp(i64::from(since.0) * 1000)
        );
        Ok(self.query(&soql, false).await?.iter().map(person).collect())
    }

    /// What was deleted of an object from one minute on. `end` is best a minute or more ahead of the server.
    pub async fn deleted(&self, object: &str, start: Seconds, end: Seconds) -> Result<Deleted, Trouble> {
        let at = |seconds: Seconds| Timestamp(i64::from(seconds.0) * 1000).to_string();
        let query = form([("start", at(start).as_str()), ("end", at(end).as_str())]);
        let answer = self.ask(Ask::get(format!("/sobjects/{object}/deleted/?{query}"))).await?.json();
        let seconds = |key: &str| answer.get(key).and_then(Value::as_str).and_then(moment);
        let records = answer.get("deletedRecords").and_then(Value::as_array).into_iter().flatten();
        let records = records
            .filter_map(|record| Some((optional(record, "id")?, moment(record.get("deletedDate")?.as_str()?)?)))
            .collect();
        Ok(Deleted {
            records,
            earliest: seconds("earliestDateAvailable").unwrap_or(start),
            covered: seconds("latestDateCovered").unwrap_or(start),
        })
    }
}

const MEMBERS: &str = "SELECT Id, CampaignId, LeadId, ContactId, Status, SystemModstamp FROM CampaignMember";

fn members_in_order(condition: &str) -> String {
    format!("{MEMBERS} WHERE {condition} ORDER BY SystemModstamp, Id")
}

fn member(row: &Value) -> Option<MemberRow> {
    Some(MemberRow {
        id: optional(row, "Id")?,
        campaign: optional(row, "CampaignId")?,
        lead: optional(row, "LeadId"),
        contact: optional(row, "ContactId"),
        status: text(row, "Status"),
        stamp: moment(row.get("SystemModstamp")?.as_str()?)?,
    })
}

pub(super) fn status(row: &Value) -> StatusRow {
    let flag = |key: &str| row.get(key).and_then(Value::as_bool).unwrap_or(false);
    StatusRow {
        id: text(row, "Id"),
        label: text(row, "Label"),
        responded: flag("HasResponded"),
        default: flag("IsDefault"),
        sort_order: row.get("SortOrder").and_then(Value::as_i64).unwrap_or_default(),
    }
}

fn person(row: &Value) -> PersonRow {
    PersonRow {
        id: text(row, "Id"),
        email: optional(row, "Email"),
        first_name: optional(row, "FirstName"),
        last_name: optional(row, "LastName"),
        company: optional(row, "Company").or_else(|| row.get("Account").and_then(|account| optional(account, "Name"))),
        converted_to: optional(row, "ConvertedContactId"),
        merged_into: optional(row, "MasterRecordId"),
        deleted: row.get("IsDeleted").and_then(Value::as_bool).unwrap_or(false),
    }
}

/// `2026-05-06T11:27:34.000+0000`.
fn moment(text: &str) -> Option<Seconds> {
    let at = match text.strip_suffix("+0000") {
        Some(head) => Timestamp::parse(&format!("{head}Z")),
        None => Timestamp::parse(text),
    };
    u32::try_from(at?.0.div_euclid(1000)).ok().map(Seconds)
}

fn money(value: &Value) -> Option<Decimal> {
    value.as_number().and_then(|number| number.to_string().parse().ok()).map(|cost: Decimal| cost.normalize())
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    values.join(", ")
}

/// A text of SOQL.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for sign in text.chars() {
        match sign {
            '\'' | '\\' => out.extend(['\\', sign]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(sign),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_quotes() {
        assert_eq!(quoted(r"a' OR Name != '\"), r"'a\' OR Name != \'\\'");
        assert_eq!(quoted("a\nb"), r"'a\nb'");
    }

    #[test]
    fn times_and_money_as_salesforce_writes_them() {
        assert_eq!(moment("1970-01-01T00:01:00.999+0000"), Some(Seconds(60)));
        assert_eq!(moment("yesterday"), None);
        assert_eq!(money(&json!(2000.0)), Some(Decimal::from(2000)));
        assert_eq!(money(&json!(null)), None);
    }
}
