//! What changes something: the status of members, their removal, new people; up to 300 records in one call.

use serde_json::{Map, Value, json};

use super::read::id_of;
use super::{BATCH_MAX, Marketo};
use crate::sync::Trouble;
use crate::sync::wire::Outside;

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It was done; the id of the person.
    Done(String),
    /// It was left out.
    Skipped {
        /// Marketo's code.
        code: String,
        /// What Marketo says, verbatim.
        message: String,
    },
    /// Nobody knows.
    Unknown(String),
}

impl<O: Outside> Marketo<'_, O> {
    /// Gives people a status of a program; who is no member becomes one. Steps only go up: lower ones are left out (1037).
    pub async fn set_status(&self, program: &str, status: &str, leads: &[String]) -> Result<Vec<Written>, Trouble> {
        let path = format!("/rest/v1/programs/{program}/members/status.json");
        self.each(&path, leads, |input| json!({"statusName": status, "input": input})).await
    }

    /// Takes people out of a program; what the program knew of them is lost.
    pub async fn remove(&self, program: &str, leads: &[String]) -> Result<Vec<Written>, Trouble> {
        let path = format!("/rest/v1/programs/{program}/members/delete.json");
        self.each(&path, leads, |input| json!({"input": input})).await
    }

    async fn each(&self, path: &str, leads: &[String], body: impl Fn(Value) -> Value) -> Result<Vec<Written>, Trouble> {
        let mut written = Vec::new();
        for some in leads.chunks(BATCH_MAX) {
            let input: Vec<Value> = some.iter().map(|lead| json!({"leadId": lead.parse::<u64>().ok()})).collect();
            written.extend(self.results(path, &body(json!(input)), some.len()).await?);
        }
        Ok(written)
    }

    /// Makes people. Who has an e-mail address that exists is left out (1005); who has none is made in any case, and one by
    /// one: of several whose making nobody answered for it could not be said who is who.
    pub async fn create(&self, people: &[Map<String, Value>]) -> Result<Vec<Written>, Trouble> {
        let mut written = Vec::new();
        let has_email = |person: &Map<String, Value>| person.contains_key("email");
        for some in people.chunk_by(|a, b| has_email(a) && has_email(b)) {
            let action = if some.iter().all(has_email) { "createOnly" } else { "createDuplicate" };
            for some in some.chunks(BATCH_MAX) {
                let body = json!({"action": action, "lookupField": "email", "input": some});
                written.extend(self.results("/rest/v1/leads.json", &body, some.len()).await?);
            }
        }
        Ok(written)
    }

    async fn results(&self, path: &str, body: &Value, count: usize) -> Result<Vec<Written>, Trouble> {
        let answer = match self.post(path, body, true).await {
            Ok(answer) => answer,
            Err(Trouble::Unknown { message }) => return Ok(vec![Written::Unknown(message); count]),
            Err(trouble) => return Err(trouble),
        };
        let rows = answer.get("result").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut written: Vec<Written> = rows.iter().map(result).collect();
        // Results stand in the order of the records; what has none is unknown.
        written.resize(count, Written::Unknown("the answer holds no result for it".to_owned()));
        Ok(written)
    }
}

fn result(row: &Value) -> Written {
    let id = row.get("id").or_else(|| row.get("leadId")).and_then(id_of).unwrap_or_default();
    if matches!(row.get("status").and_then(Value::as_str), Some("created" | "updated" | "deleted")) {
        return Written::Done(id);
    }
    let reason = row.get("reasons").and_then(|reasons| reasons.get(0)).cloned().unwrap_or_default();
    let text = |key: &str| reason.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Written::Skipped { code: text("code"), message: text("message") }
}
