//! What changes something: members, leads, campaigns, statuses; up to 200 records in one call, or many in a Bulk job.

use serde_json::{Map, Value, json};

use super::bulk::INGEST_RECORDS_MIN;
use super::{Ask, BATCH_MAX, SIDE, Salesforce, optional, text};
use crate::sync::Trouble;
use crate::sync::wire::Outside;

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It was done; the id of the record.
    Done(String),
    /// It was refused.
    Refused {
        /// Salesforce's code.
        code: String,
        /// What Salesforce says, verbatim.
        message: String,
    },
    /// Nobody knows.
    Unknown(String),
}

/// What is done with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Insert,
    Update,
    Delete,
}

impl Operation {
    /// As Bulk jobs call it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// What the first three characters of an id say, for what is deleted here.
const PREFIXES: &[(&str, &str)] = &[
    ("003", "Contact"),
    ("00Q", "Lead"),
    ("00v", "CampaignMember"),
    ("01Y", "CampaignMemberStatus"),
    ("701", "Campaign"),
];

impl<O: Outside> Salesforce<'_, O> {
    /// Creates records; each has a result of its own, in their order. From [`INGEST_RECORDS_MIN`] on a Bulk job does
    /// it.
    pub async fn create(&self, object: &str, records: Vec<Map<String, Value>>) -> Result<Vec<Written>, Trouble> {
        self.write(Operation::Insert, object, &records).await
    }

    /// Changes records, which carry their `id`. As with [`Self::create`]. Give the members of one campaign together.
    pub async fn update(&self, object: &str, records: Vec<Map<String, Value>>) -> Result<Vec<Written>, Trouble> {
        self.write(Operation::Update, object, &records).await
    }

    /// Deletes records. As with [`Self::update`].
    pub async fn delete(&self, ids: &[String]) -> Result<Vec<Written>, Trouble> {
        let records: Vec<Map<String, Value>> =
            ids.iter().map(|id| Map::from_iter([("id".to_owned(), json!(id))])).collect();
        // A job is for one object; Collections delete whatever it is.
        let object =
            |id: &String| PREFIXES.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, object)| *object);
        match ids.first().and_then(object) {
            Some(first) if ids.iter().all(|id| object(id) == Some(first)) => {
                self.write(Operation::Delete, first, &records).await
            }
            Some(_) | None => self.collections(Operation::Delete, "", &records).await,
        }
    }

    async fn write(
        &self,
        operation: Operation,
        object: &str,
        records: &[Map<String, Value>],
    ) -> Result<Vec<Written>, Trouble> {
        if records.len() < INGEST_RECORDS_MIN {
            self.collections(operation, object, records).await
        } else {
            self.ingest(operation, object, records).await
        }
    }

    /// Writes 200 records in a call.
    pub(super) async fn collections(
        &self,
        operation: Operation,
        object: &str,
        records: &[Map<String, Value>],
    ) -> Result<Vec<Written>, Trouble> {
        let mut written = Vec::new();
        for some in records.chunks(BATCH_MAX) {
            let ask = match operation {
                Operation::Insert => typed("POST", object, some),
                Operation::Update => typed("PATCH", object, some),
                Operation::Delete => {
                    let ids: Vec<&str> = some
                        .iter()
                        .map(|record| record.get("id").and_then(Value::as_str).unwrap_or_default())
                        .collect();
                    let path = format!("/composite/sobjects?ids={}&allOrNone=false", ids.join(","));
                    Ask { method: "DELETE", path, body: None, write: true }
                }
            };
            written.extend(self.results_of(ask, some.len()).await?);
        }
        Ok(written)
    }

    async fn results_of(&self, ask: Ask, count: usize) -> Result<Vec<Written>, Trouble> {
        let answer = match self.ask(ask).await {
            Ok(answer) => answer.json(),
            Err(Trouble::Unknown { message }) => return Ok(vec![Written::Unknown(message); count]),
            Err(trouble) => return Err(trouble),
        };
        let results: Vec<Written> = answer.as_array().into_iter().flatten().map(result).collect();
        if results.len() == count {
            return Ok(results);
        }
        let message = format!("{count} records were sent and {} results came back", results.len());
        Err(Trouble::Refused { side: SIDE, code: "RESULTS".to_owned(), message })
    }

    /// Changes fields of a campaign: the same once more does no harm.
    pub async fn change_campaign(&self, id: &str, fields: Map<String, Value>) -> Result<(), Trouble> {
        let (path, body) = (format!("/sobjects/Campaign/{id}"), Some(Value::Object(fields)));
        self.ask(Ask { method: "PATCH", path, body, write: false }).await.map(drop)
    }
}

fn typed(method: &'static str, object: &str, records: &[Map<String, Value>]) -> Ask {
    let typed = records.iter().map(|record| {
        let mut record = record.clone();
        record.insert("attributes".to_owned(), json!({"type": object}));
        Value::Object(record)
    });
    let body = Some(json!({"allOrNone": false, "records": typed.collect::<Vec<_>>()}));
    Ask { method, path: "/composite/sobjects".to_owned(), body, write: true }
}

fn result(row: &Value) -> Written {
    if row.get("success").and_then(Value::as_bool) == Some(true)
        && let Some(id) = optional(row, "id")
    {
        return Written::Done(id);
    }
    let error = row.get("errors").and_then(|errors| errors.get(0)).cloned().unwrap_or_default();
    Written::Refused { code: text(&error, "statusCode"), message: text(&error, "message") }
}
