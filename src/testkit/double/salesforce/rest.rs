//! The calls of the REST API below `/services/data/vNN.0` (facts, 3.3 and 3.4). Start at `Salesforce::rest`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Salesforce;
use super::access::Caller;
use super::error::ApiError;
use super::ids;
use super::rows::convert;
use super::schema::Object;
use super::soql::parse::parse;
use crate::model::Timestamp;
use crate::testkit::double::http::{Request, Response};

/// How long the rest of a query can be fetched.
const CURSOR_MILLIS: i64 = 2 * 24 * 3_600_000;
/// The smallest page that `Sforce-Query-Options` may ask for.
const PAGE_MIN: usize = 200;

/// The records of a query of which some are still to be fetched.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    records: Vec<Value>,
    page: usize,
    until: Timestamp,
    user_id: String,
}

/// The body as a JSON object.
pub(super) fn object_body(request: &Request) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(ApiError::json("The HTTP entity body is required, but this request has no entity body.")),
        Err(error) => {
            Err(ApiError::json(&format!("Unexpected character at [line:{}, column:{}]", error.line(), error.column())))
        }
    }
}

impl Salesforce {
    /// Answers one call; sub-requests of a composite come here too.
    pub(super) fn rest(
        &mut self,
        caller: &Caller,
        request: &Request,
        version: &str,
        path: &[&str],
    ) -> Result<Response, ApiError> {
        let method = request.parameter("_HttpMethod").unwrap_or_else(|| request.method.clone());
        let schema = Arc::clone(&self.schema);
        let object = |name: &str| self.known_object(caller, &schema, name).ok_or_else(ApiError::not_found);
        match (method.as_str(), path) {
            ("GET", []) => Ok(Response::json(200, &self.resources(caller, version))),
            ("GET" | "HEAD", ["limits"]) => self.limits(caller),
            ("GET", ["query"]) => self.query(caller, request, version, false),
            ("GET", ["queryAll"]) => self.query(caller, request, version, true),
            ("GET", ["query" | "queryAll", locator]) => self.more(caller, version, locator),
            ("GET", ["sobjects"]) => Ok(Response::json(200, &self.describe_global(caller, version))),
            ("GET", ["sobjects", name]) => {
                let object = object(name)?;
                let described = self.describe_flags(caller, object, version);
                Ok(Response::json(200, &json!({"objectDescribe": described, "recentItems": []})))
            }
            ("POST", ["sobjects", name]) => {
                let object = object(name)?;
                let id = self.insert(caller, &object.name, &object_body(request)?)?;
                let location = format!("/services/data/{version}/sobjects/{}/{id}", object.name);
                let body = json!({"id": id, "success": true, "errors": []});
                Ok(Response::json(201, &body).header("Location", &location))
            }
            ("GET", ["sobjects", name, "describe"]) => {
                let object = object(name)?;
                Ok(Response::json(200, &self.describe(caller, object, version)))
            }
            ("GET", ["sobjects", name, "deleted"]) => self.get_deleted(caller, object(name)?, request),
            ("GET", ["sobjects", name, "updated"]) => self.get_updated(caller, object(name)?, request),
            ("GET", ["sobjects", name, id]) => self.read(caller, object(name)?, id, request, version),
            ("PATCH", ["sobjects", name, id]) => {
                let object = object(name)?;
                self.update(caller, &object.name, id, &object_body(request)?).map_err(single)?;
                Ok(Response::empty(204))
            }
            ("DELETE", ["sobjects", name, id]) => {
                let object = object(name)?;
                self.delete(caller, &object.name, id).map_err(single)?;
                Ok(Response::empty(204))
            }
            (_, ["sobjects", name, field, value]) => {
                let object = object(name)?;
                self.by_key(caller, object, field, value, &method, request, version)
            }
            (_, ["composite", rest @ ..]) => self.composite(caller, request, &method, version, rest),
            (_, ["jobs", rest @ ..]) => self.jobs(caller, request, &method, version, rest),
            ("GET", ["recent"]) => Ok(Response::json(200, &json!([]))),
            (_, ["sobjects" | "query" | "queryAll" | "limits", ..]) => {
                let message = format!("HTTP Method '{method}' not allowed. Allowed are HEAD,GET,POST,PATCH,DELETE");
                Err(ApiError::new(405, "METHOD_NOT_ALLOWED", message))
            }
            _ => Err(ApiError::not_found()),
        }
    }

    fn resources(&self, caller: &Caller, version: &str) -> Value {
        let base = format!("/services/data/{version}");
        let at = |name: &str| json!(format!("{base}/{name}"));
        json!({
            "sobjects": at("sobjects"),
            "query": at("query"),
            "queryAll": at("queryAll"),
            "limits": at("limits"),
            "composite": at("composite"),
            "jobs": at("jobs"),
            "recent": at("recent"),
            "identity": format!("{}/id/{}/{}", self.base_url, self.org_id, caller.user_id),
        })
    }

    fn limits(&self, caller: &Caller) -> Result<Response, ApiError> {
        if caller.user.as_ref().is_some_and(|user| !user.view_setup) {
            return Err(ApiError::new(403, "INSUFFICIENT_ACCESS", "You do not have the level of access necessary"));
        }
        let limit = |max: u64, left: u64| json!({"Max": max, "Remaining": left});
        let calls = self.settings.daily_requests;
        let left = calls.saturating_sub(self.used(caller.now));
        Ok(Response::json(
            200,
            &json!({
                "DailyApiRequests": limit(calls, left),
                "DailyBulkApiBatches": limit(15_000, 15_000),
                "DailyBulkV2QueryJobs": limit(10_000, 10_000),
                "DailyBulkV2QueryFileStorageMB": limit(976_562, 976_562),
                "DailyDeliveredPlatformEvents": limit(10_000, 10_000),
                "HourlyPublishedPlatformEvents": limit(50_000, 50_000),
                "ConcurrentAsyncGetReportInstances": limit(200, 200),
                "DataStorageMB": limit(5, 5),
                "FileStorageMB": limit(20, 20),
            }),
        ))
    }

    fn query(&mut self, caller: &Caller, request: &Request, version: &str, all: bool) -> Result<Response, ApiError> {
        let text = request.parameter("q").ok_or_else(|| ApiError::bad("MALFORMED_QUERY", "SOQL query is missing"))?;
        let query = parse(&text)?;
        let found = self.select(caller, &query, all, version)?;
        if request.parameter("columns").as_deref() == Some("true") {
            return Ok(Response::json(200, &json!({"columnMetadata": self.column_metadata(&found.columns)})));
        }
        let asked = request.header_value("sforce-query-options").and_then(|options| {
            options.split(&[',', ';']).find_map(|option| {
                let (name, value) = option.split_once('=')?;
                name.trim().eq_ignore_ascii_case("batchSize").then(|| value.trim().parse::<usize>().ok())?
            })
        });
        // What is asked for is a hint; a page of the settings may be as small as a test wants it.
        let page =
            asked.map_or(self.settings.page_size, |asked| asked.max(PAGE_MIN).min(self.settings.page_size)).max(1);
        if found.records.len() <= page {
            let body = json!({"totalSize": found.total, "done": true, "records": found.records});
            return Ok(Response::json(200, &body));
        }
        let name = format!("0r8{:015}", self.requests);
        let until = caller.now.plus(CURSOR_MILLIS);
        self.cursors.retain(|_, cursor| cursor.until > caller.now);
        self.cursors
            .insert(name.clone(), Cursor { records: found.records, page, until, user_id: caller.user_id.clone() });
        self.more(caller, version, &format!("{name}-0"))
    }

    fn more(&self, caller: &Caller, version: &str, locator: &str) -> Result<Response, ApiError> {
        let invalid = || ApiError::bad("INVALID_QUERY_LOCATOR", "invalid query locator");
        let (name, from) = locator.rsplit_once('-').ok_or_else(invalid)?;
        let from: usize = from.parse().map_err(|_| invalid())?;
        let cursor =
            self.cursors.get(name).filter(|cursor| cursor.until > caller.now && cursor.user_id == caller.user_id);
        let cursor = cursor.ok_or_else(invalid)?;
        let rest = cursor.records.get(from..).ok_or_else(invalid)?;
        let page: Vec<&Value> = rest.iter().take(cursor.page).collect();
        let next = from + page.len();
        let done = next >= cursor.records.len();
        let mut body = json!({"totalSize": cursor.records.len(), "done": done, "records": page});
        if let (false, Some(map)) = (done, body.as_object_mut()) {
            map.insert("nextRecordsUrl".to_owned(), json!(format!("/services/data/{version}/query/{name}-{next}")));
        }
        Ok(Response::json(200, &body))
    }

    /// A record with all fields that the caller may see, or with those asked for.
    pub(super) fn read(
        &self,
        caller: &Caller,
        object: &Object,
        id: &str,
        request: &Request,
        version: &str,
    ) -> Result<Response, ApiError> {
        let long = ids::long(id).filter(|long| long.starts_with(&object.prefix)).ok_or_else(ApiError::not_found)?;
        let row = self.row(&object.name, &long).ok_or_else(ApiError::not_found)?;
        if row.is("IsDeleted") {
            return Err(ApiError::deleted());
        }
        if !self.row_visible(caller, object, row) {
            return Err(ApiError::not_found());
        }
        let asked = request.parameter("fields");
        let names: Option<Vec<&str>> = asked.as_ref().map(|fields| fields.split(',').map(str::trim).collect());
        Ok(Response::json(200, &self.record(caller, object, &long, names.as_deref(), version)?))
    }

    pub(super) fn record(
        &self,
        caller: &Caller,
        object: &Object,
        id: &str,
        names: Option<&[&str]>,
        version: &str,
    ) -> Result<Value, ApiError> {
        let row = self.row(&object.name, id).ok_or_else(ApiError::not_found)?;
        let mut record = Map::new();
        record.insert(
            "attributes".to_owned(),
            json!({"type": object.name, "url": format!("/services/data/{version}/sobjects/{}/{id}", object.name)}),
        );
        match names {
            None => {
                for field in object.fields.iter().filter(|field| Self::field_visible(caller, object, field)) {
                    record.insert(field.name.clone(), self.value(object, &row.cells, &field.name));
                }
            }
            Some(names) => {
                for name in names {
                    let field = object.field(name).filter(|field| Self::field_visible(caller, object, field));
                    let field = field.ok_or_else(|| {
                        let message = format!("No such column '{name}' on sobject of type {}", object.name);
                        ApiError::bad("INVALID_FIELD", message)
                    })?;
                    record.insert(field.name.clone(), self.value(object, &row.cells, &field.name));
                }
                record.insert("Id".to_owned(), json!(id));
            }
        }
        Ok(Value::Object(record))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one call")]
    fn by_key(
        &mut self,
        caller: &Caller,
        object: &Object,
        field: &str,
        value: &str,
        method: &str,
        request: &Request,
        version: &str,
    ) -> Result<Response, ApiError> {
        let found = self.with_key(object, field, value)?;
        if found.len() > 1 {
            let urls: Vec<String> =
                found.iter().map(|id| format!("/services/data/{version}/sobjects/{}/{id}", object.name)).collect();
            return Ok(Response::json(300, &json!(urls)));
        }
        match (method, found.first()) {
            ("PATCH", found) => {
                let (id, created) = match found {
                    Some(id) => {
                        self.update(caller, &object.name, id, &object_body(request)?)?;
                        (id.clone(), false)
                    }
                    None => {
                        let mut fields = object_body(request)?;
                        if !field.eq_ignore_ascii_case("Id") {
                            fields.insert(field.to_owned(), json!(value));
                        }
                        (self.insert(caller, &object.name, &fields)?, true)
                    }
                };
                let body = json!({"id": id, "success": true, "errors": [], "created": created});
                Ok(Response::json(if created { 201 } else { 200 }, &body))
            }
            ("GET", Some(id)) => self.read(caller, object, id, request, version),
            ("DELETE", Some(id)) => {
                self.delete(caller, &object.name, id).map_err(single)?;
                Ok(Response::empty(204))
            }
            _ => Err(ApiError::not_found()),
        }
    }

    /// The rows with that value in an external id, or in `Id` itself.
    pub(super) fn with_key(&self, object: &Object, field: &str, value: &str) -> Result<Vec<String>, ApiError> {
        let field = object.field(field).filter(|field| field.external_id || field.name == "Id").ok_or_else(|| {
            ApiError::new(
                404,
                "NOT_FOUND",
                format!("Provided external ID field does not exist or is not accessible: {field}"),
            )
        })?;
        let wanted = convert(object, field, &json!(value))?;
        Ok(self
            .store
            .table(&object.name)
            .filter(|(_, row)| !row.is("IsDeleted") && *row.get(&field.name) == wanted)
            .map(|(id, _)| id.clone())
            .collect())
    }
}

/// In a call about one record, a record that is not there is a page that is not there.
fn single(error: ApiError) -> ApiError {
    match error.code.as_str() {
        "INVALID_CROSS_REFERENCE_KEY" if error.fields.is_empty() => ApiError::not_found(),
        "MALFORMED_ID" if error.message.starts_with("malformed id") || error.fields == ["Id"] => ApiError::not_found(),
        _ => error,
    }
}
