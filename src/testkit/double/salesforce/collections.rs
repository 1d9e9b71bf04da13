//! sObject Collections: up to 200 records in one call, each with a result of its own (facts, 3.5).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Salesforce;
use super::access::Caller;
use super::error::ApiError;
use super::ids;
use super::rest::object_body;
use crate::testkit::double::http::{Request, Response};

/// Records in one call.
const RECORDS_MAX: usize = 200;
/// Runs of records of one object in one call.
const CHUNKS_MAX: usize = 10;

/// What is to be done with one record, and what is answered about it.
type Outcome = Result<Written, (Option<String>, ApiError)>;

pub(super) struct Written {
    pub(super) id: String,
    pub(super) created: Option<bool>,
}

impl Salesforce {
    pub(super) fn collections(
        &mut self,
        caller: &Caller,
        request: &Request,
        method: &str,
        version: &str,
        path: &[&str],
    ) -> Result<Response, ApiError> {
        match (method, path) {
            ("POST" | "PATCH", []) => {
                let (records, all_or_none) = records(request)?;
                let insert = method == "POST";
                let work = records.into_iter().map(|record| {
                    move |this: &mut Self| {
                        if insert { this.create_one(caller, &record) } else { this.change_one(caller, &record) }
                    }
                });
                Ok(self.each(work, all_or_none, false))
            }
            ("PATCH", [name, key]) => {
                let (records, all_or_none) = records(request)?;
                let (name, key) = ((*name).to_owned(), (*key).to_owned());
                let work = records.into_iter().map(|record| {
                    let (name, key) = (name.clone(), key.clone());
                    move |this: &mut Self| this.upsert_one(caller, &name, &key, &record)
                });
                Ok(self.each(work, all_or_none, true))
            }
            ("DELETE", []) => {
                let ids = request.parameter("ids").unwrap_or_default();
                let ids: Vec<String> =
                    ids.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
                at_most(ids.len())?;
                let all_or_none = request.parameter("allOrNone").as_deref() == Some("true");
                let work = ids.into_iter().map(|id| move |this: &mut Self| this.delete_one(caller, &id));
                Ok(self.each(work, all_or_none, false))
            }
            ("GET", [name]) => {
                let ids = request.parameter("ids").unwrap_or_default();
                let fields = request.parameter("fields").unwrap_or_default();
                self.read_many(caller, name, &split(&ids), &split(&fields), version)
            }
            ("POST", [name]) => {
                let body = object_body(request)?;
                let list = |key: &str| -> Vec<String> {
                    let values = body.get(key).and_then(Value::as_array).into_iter().flatten();
                    values.filter_map(Value::as_str).map(str::to_owned).collect()
                };
                self.read_many(caller, name, &list("ids"), &list("fields"), version)
            }
            _ => Err(ApiError::not_found()),
        }
    }

    fn each<F>(&mut self, work: impl Iterator<Item = F>, all_or_none: bool, upsert: bool) -> Response
    where
        F: FnOnce(&mut Self) -> Outcome,
    {
        let before = all_or_none.then(|| self.store.clone());
        let mut outcomes: Vec<Outcome> = work.map(|one| one(self)).collect();
        let failed = outcomes.iter().any(Result::is_err);
        if let (Some(before), true) = (before, failed) {
            self.store = before;
            for outcome in &mut outcomes {
                if outcome.is_ok() {
                    let message = "Record rolled back because not all records were valid and the request was using \
                                   AllOrNone header";
                    *outcome = Err((None, ApiError::bad("ALL_OR_NONE_OPERATION_ROLLED_BACK", message)));
                }
            }
        }
        let results: Vec<Value> = outcomes.into_iter().map(|outcome| shown(outcome, upsert)).collect();
        Response::json(200, &json!(results))
    }

    /// Creates the record of which the object stands in its attributes.
    pub(super) fn create_one(&mut self, caller: &Caller, record: &Map<String, Value>) -> Outcome {
        let name = type_of(record).map_err(|error| (None, error))?;
        self.insert(caller, &name, record).map(|id| Written { id, created: None }).map_err(|error| (None, error))
    }

    fn change_one(&mut self, caller: &Caller, record: &Map<String, Value>) -> Outcome {
        let name = type_of(record).map_err(|error| (None, error))?;
        let id = own_id(record)
            .ok_or_else(|| (None, ApiError::bad("MISSING_ARGUMENT", "Id not specified in an update call")))?;
        match self.update(caller, &name, &id, record) {
            Ok(()) => Ok(Written { id: ids::long(&id).unwrap_or(id), created: None }),
            Err(error) => Err((Some(id), error)),
        }
    }

    pub(super) fn upsert_one(
        &mut self,
        caller: &Caller,
        name: &str,
        key: &str,
        record: &Map<String, Value>,
    ) -> Outcome {
        let schema = Arc::clone(&self.schema);
        let fail = |error| (None, error);
        let object = self.known_object(caller, &schema, name).ok_or_else(|| fail(super::dml::unknown_object(name)))?;
        let value = record.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| value);
        let value = match value {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
        };
        let found = match value.filter(|value| !value.is_empty()) {
            Some(value) => self.with_key(object, key, &value).map_err(fail)?,
            None if key.eq_ignore_ascii_case("Id") => Vec::new(),
            None => {
                let message = format!("{key} not specified");
                return Err(fail(ApiError::bad("MISSING_ARGUMENT", message)));
            }
        };
        match found.as_slice() {
            [] => {
                let id = self.insert(caller, &object.name, record).map_err(fail)?;
                Ok(Written { id, created: Some(true) })
            }
            [id] => {
                let mut changes = record.clone();
                changes.retain(|own, _| !own.eq_ignore_ascii_case(key));
                self.update(caller, &object.name, id, &changes).map_err(|error| (Some(id.clone()), error))?;
                Ok(Written { id: id.clone(), created: Some(false) })
            }
            [..] => Err(fail(ApiError::bad("DUPLICATE_EXTERNAL_ID", format!("{key}: more than one record found")))),
        }
    }

    pub(super) fn delete_one(&mut self, caller: &Caller, id: &str) -> Outcome {
        let fail = |error| (Some(id.to_owned()), error);
        let long = ids::long(id).ok_or_else(|| fail(ApiError::bad("MALFORMED_ID", format!("malformed id {id}"))))?;
        let name = self.schema.of_id(&long).map(|object| object.name.clone());
        let name = name.ok_or_else(|| fail(ApiError::bad("MALFORMED_ID", format!("malformed id {id}"))))?;
        self.delete(caller, &name, &long).map_err(fail)?;
        Ok(Written { id: long, created: None })
    }

    fn read_many(
        &self,
        caller: &Caller,
        name: &str,
        wanted: &[String],
        fields: &[String],
        version: &str,
    ) -> Result<Response, ApiError> {
        at_most(wanted.len())?;
        let object = self.known_object(caller, &self.schema, name).ok_or_else(ApiError::not_found)?;
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let mut records = Vec::new();
        for id in wanted {
            let seen = ids::long(id).filter(|id| {
                let row = self.row(&object.name, id);
                row.is_some_and(|row| !row.is("IsDeleted") && self.row_visible(caller, object, row))
            });
            records.push(match seen {
                Some(id) => self.record(caller, object, &id, Some(&fields), version)?,
                None => Value::Null,
            });
        }
        Ok(Response::json(200, &json!(records)))
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn at_most(count: usize) -> Result<(), ApiError> {
    if count > RECORDS_MAX {
        let message = format!("The requested number of records, {count}, exceeds the maximum of {RECORDS_MAX}");
        return Err(ApiError::bad("EXCEEDED_ID_LIMIT", message));
    }
    Ok(())
}

/// The records of an envelope and whether all must succeed.
fn records(request: &Request) -> Result<(Vec<Map<String, Value>>, bool), ApiError> {
    let mut body = object_body(request)?;
    let all_or_none = body.get("allOrNone").and_then(Value::as_bool).unwrap_or(false);
    let Some(Value::Array(records)) = body.remove("records") else {
        return Err(ApiError::bad("INVALID_INPUT", "records is required"));
    };
    at_most(records.len())?;
    let records: Vec<Map<String, Value>> = records
        .into_iter()
        .map(|record| match record {
            Value::Object(map) => Ok(map),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(ApiError::json("Cannot deserialize instance of an sObject"))
            }
        })
        .collect::<Result<_, _>>()?;
    let mut chunks = 0;
    let mut before = String::new();
    for record in &records {
        let own = type_of(record).unwrap_or_default();
        chunks += usize::from(own != before);
        before = own;
    }
    if chunks > CHUNKS_MAX {
        let message = "Cannot have more than 10 chunks in a single operation";
        return Err(ApiError::bad("INVALID_INPUT", message));
    }
    Ok((records, all_or_none))
}

fn type_of(record: &Map<String, Value>) -> Result<String, ApiError> {
    let name = record.get("attributes").and_then(|attributes| attributes.get("type")).and_then(Value::as_str);
    name.map(str::to_owned).ok_or_else(|| ApiError::bad("INVALID_TYPE", "sObject type is missing: attributes.type"))
}

fn own_id(record: &Map<String, Value>) -> Option<String> {
    record.get("id").or_else(|| record.get("Id")).and_then(Value::as_str).map(str::to_owned)
}

fn shown(outcome: Outcome, upsert: bool) -> Value {
    let mut result = Map::new();
    match outcome {
        Ok(Written { id, created }) => {
            result.insert("id".to_owned(), json!(id));
            result.insert("success".to_owned(), json!(true));
            result.insert("errors".to_owned(), json!([]));
            if let Some(created) = created {
                result.insert("created".to_owned(), json!(created));
            }
        }
        Err((id, error)) => {
            if let Some(id) = id {
                result.insert("id".to_owned(), json!(id));
            }
            result.insert("success".to_owned(), json!(false));
            result.insert("errors".to_owned(), json!([error.in_result()]));
            if upsert {
                result.insert("created".to_owned(), json!(false));
            }
        }
    }
    Value::Object(result)
}
