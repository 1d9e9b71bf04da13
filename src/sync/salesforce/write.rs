//! What changes something: members, leads, campaigns, statuses; up to 200 records in one call.

use serde_json::{Map, Value, json};

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

impl<O: Outside> Salesforce<'_, O> {
    /// Creates records, in order; each with a result of its own.
    pub async fn create(&self, object: &str, records: Vec<Map<String, Value>>) -> Result<Vec<Written>, Trouble> {
        self.collection("POST", object, records).await
    }

    /// Changes records, which carry their `id`.
    pub async fn update(&self, object: &str, records: Vec<Map<String, Value>>) -> Result<Vec<Written>, Trouble> {
        self.collection("PATCH", object, records).await
    }

    async fn collection(
        &self,
        method: &'static str,
        object: &str,
        records: Vec<Map<String, Value>>,
    ) -> Result<Vec<Written>, Trouble> {
        let mut written = Vec::new();
        for some in records.chunks(BATCH_MAX) {
            let typed = some.iter().map(|record| {
                let mut record = record.clone();
                record.insert("attributes".to_owned(), json!({"type": object}));
                Value::Object(record)
            });
            let body = Some(json!({"allOrNone": false, "records": typed.collect::<Vec<_>>()}));
            let ask = Ask { method, path: "/composite/sobjects".to_owned(), body, write: true };
            written.extend(self.results(ask, some.len()).await?);
        }
        Ok(written)
    }

    /// Deletes records.
    pub async fn delete(&self, ids: &[String]) -> Result<Vec<Written>, Trouble> {
        let mut written = Vec::new();
        for some in ids.chunks(BATCH_MAX) {
            let path = format!("/composite/sobjects?ids={}&allOrNone=false", some.join(","));
            written.extend(self.results(Ask { method: "DELETE", path, body: None, write: true }, some.len()).await?);
        }
        Ok(written)
    }

    async fn results(&self, ask: Ask, count: usize) -> Result<Vec<Written>, Trouble> {
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

fn result(row: &Value) -> Written {
    if row.get("success").and_then(Value::as_bool) == Some(true)
        && let Some(id) = optional(row, "id")
    {
        return Written::Done(id);
    }
    let error = row.get("errors").and_then(|errors| errors.get(0)).cloned().unwrap_or_default();
    Written::Refused { code: text(&error, "statusCode"), message: text(&error, "message") }
}
