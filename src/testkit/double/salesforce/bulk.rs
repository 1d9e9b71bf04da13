//! Bulk API 2.0: ingest and query jobs over CSV (facts, section 4).
//!
//! A job that was uploaded is done when its time has come, which `settings.bulk_ms` says; nothing runs beside the calls.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Salesforce;
use super::access::Caller;
use super::error::ApiError;
use super::rest::object_body;
use super::rows::moment;
use super::soql::parse::parse;
use super::soql::run::at_path;
use crate::model::Timestamp;
use crate::testkit::double::http::{Request, Response};

/// The largest upload.
const UPLOAD_BYTES_MAX: usize = 150_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    UploadComplete,
    JobComplete,
    Failed,
    Aborted,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::UploadComplete => "UploadComplete",
            Self::JobComplete => "JobComplete",
            Self::Failed => "Failed",
            Self::Aborted => "Aborted",
        }
    }
}

/// What a job does.
#[derive(Debug, Clone)]
enum Work {
    Ingest { object: String, operation: String, key: String, table: String },
    Query { query: String, all: bool },
}

/// A job.
#[derive(Debug, Clone)]
pub(super) struct Job {
    caller: Caller,
    version: String,
    work: Work,
    delimiter: (String, u8),
    line_ending: String,
    state: State,
    created: Timestamp,
    changed: Timestamp,
    due: Timestamp,
    error: Option<String>,
    columns: Vec<String>,
    /// Rows that succeeded: id, whether made, the values.
    successes: Vec<(String, bool, Vec<String>)>,
    failures: Vec<(String, String, Vec<String>)>,
    unprocessed: Vec<Vec<String>>,
    /// The rows that a query found.
    found: Vec<Vec<String>>,
}

const DELIMITERS: [(&str, u8); 6] =
    [("COMMA", b','), ("TAB", b'\t'), ("SEMICOLON", b';'), ("PIPE", b'|'), ("CARET", b'^'), ("BACKQUOTE", b'`')];

impl Salesforce {
    pub(super) fn jobs(
        &mut self,
        caller: &Caller,
        request: &Request,
        method: &str,
        version: &str,
        path: &[&str],
    ) -> Result<Response, ApiError> {
        let [kind @ ("ingest" | "query"), path @ ..] = path else { return Err(ApiError::not_found()) };
        let ingest = *kind == "ingest";
        let last = path.last().map(|part| part.to_ascii_lowercase()).unwrap_or_default();
        match (method, path) {
            ("POST", []) if ingest => self.open_ingest(caller, request, version),
            ("POST", []) => self.open_query(caller, request, version),
            ("GET", []) => {
                let own = self.jobs.iter().filter(|(_, job)| matches!(job.work, Work::Ingest { .. }) == ingest);
                let records: Vec<Value> = own.map(|(id, job)| describe(id, job)).collect();
                Ok(Response::json(200, &json!({"done": true, "records": records, "nextRecordsUrl": null})))
            }
            (_, [id, ..]) => {
                let own = self.jobs.get(*id).filter(|job| matches!(job.work, Work::Ingest { .. }) == ingest);
                let job = own.cloned().ok_or_else(ApiError::not_found)?;
                match (method, path.len(), last.as_str()) {
                    ("GET", 1, _) => Ok(Response::json(200, &describe(id, &job))),
                    ("PATCH", 1, _) => self.set_state(caller, id, request),
                    ("DELETE", 1, _) => {
                        self.jobs.remove(*id);
                        Ok(Response::empty(204))
                    }
                    ("PUT", 2, "batches") if ingest => self.upload(id, job, request),
                    ("GET", 2, "successfulresults") if ingest => {
                        let rows =
                            job.successes.iter().map(|(id, made, values)| (vec![id.clone(), made.to_string()], values));
                        Ok(csv_response(&table(&["sf__Id", "sf__Created"], &job, rows)?))
                    }
                    ("GET", 2, "failedresults") if ingest => {
                        let rows =
                            job.failures.iter().map(|(id, error, values)| (vec![id.clone(), error.clone()], values));
                        Ok(csv_response(&table(&["sf__Id", "sf__Error"], &job, rows)?))
                    }
                    ("GET", 2, "unprocessedrecords") if ingest => {
                        let rows = job.unprocessed.iter().map(|values| (Vec::new(), values));
                        Ok(csv_response(&table(&[], &job, rows)?))
                    }
                    ("GET", 2, "results") if !ingest => results(&job, request, version, self.settings.bulk_page_size),
                    _ => Err(ApiError::not_found()),
                }
            }
            _ => Err(ApiError::not_found()),
        }
    }

    fn open_ingest(&mut self, caller: &Caller, request: &Request, version: &str) -> Result<Response, ApiError> {
        let body = object_body(request)?;
        let field = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = field("object").ok_or_else(|| invalid_job("object is required"))?;
        let object = self.known_object(caller, &self.schema, &name).map(|object| object.name.clone());
        let object = object.ok_or_else(|| invalid_job(&format!("Unable to find object: {name}")))?;
        let operation = field("operation").unwrap_or_default();
        let key = match operation.as_str() {
            "insert" => String::new(),
            "update" | "delete" | "hardDelete" => "Id".to_owned(),
            "upsert" => field("externalIdFieldName").ok_or_else(|| invalid_job("externalIdFieldName is required"))?,
            _ => return Err(invalid_job("operation is wrong")),
        };
        let work = Work::Ingest { object, operation, key, table: String::new() };
        self.open(caller, version, work, &body, State::Open)
    }

    fn open_query(&mut self, caller: &Caller, request: &Request, version: &str) -> Result<Response, ApiError> {
        let body = object_body(request)?;
        let text = body.get("query").and_then(Value::as_str).unwrap_or_default().to_owned();
        let all = match body.get("operation").and_then(Value::as_str) {
            Some("query") => false,
            Some("queryAll") => true,
            _ => return Err(invalid_job("operation is wrong")),
        };
        let query = parse(&text)?;
        if query.offset.is_some() {
            return Err(invalid_job("OFFSET is not supported in Bulk API 2.0"));
        }
        if query.select.iter().any(|item| !matches!(item, super::soql::Item::Field(_) | super::soql::Item::Fields(_))) {
            return Err(invalid_job("Aggregate Relationships not supported in Bulk Query"));
        }
        // What is wrong with it is said at once.
        self.select(caller, &query, all, version)?;
        self.open(caller, version, Work::Query { query: text, all }, &body, State::UploadComplete)
    }

    fn open(
        &mut self,
        caller: &Caller,
        version: &str,
        work: Work,
        body: &Map<String, Value>,
        state: State,
    ) -> Result<Response, ApiError> {
        let wanted = body.get("columnDelimiter").and_then(Value::as_str).unwrap_or("COMMA");
        let delimiter = DELIMITERS.iter().find(|(name, _)| *name == wanted);
        let delimiter = delimiter.ok_or_else(|| invalid_job("columnDelimiter is wrong"))?;
        let line_ending = body.get("lineEnding").and_then(Value::as_str).unwrap_or("LF");
        let id = self.store.new_id("750");
        let job = Job {
            caller: caller.clone(),
            version: version.to_owned(),
            work,
            delimiter: (delimiter.0.to_owned(), delimiter.1),
            line_ending: line_ending.to_owned(),
            state,
            created: caller.now,
            changed: caller.now,
            due: self.job_due(caller.now),
            error: None,
            columns: Vec::new(),
            successes: Vec::new(),
            failures: Vec::new(),
            unprocessed: Vec::new(),
            found: Vec::new(),
        };
        let answer = describe(&id, &job);
        self.jobs.insert(id, job);
        Ok(Response::json(200, &answer))
    }

    fn job_due(&self, now: Timestamp) -> Timestamp {
        now.plus(i64::try_from(self.settings.bulk_ms).unwrap_or(i64::MAX))
    }

    fn upload(&mut self, id: &str, mut job: Job, request: &Request) -> Result<Response, ApiError> {
        let Work::Ingest { table, .. } = &mut job.work else { return Err(ApiError::not_found()) };
        if job.state != State::Open || !table.is_empty() {
            let message = "Found multiple contents for job, please 'Close' / 'Abort' / 'Delete' the current Job then \
                           create a new Job and make sure you only do 'PUT' once on a given Job.";
            return Err(ApiError::bad("INVALIDJOBSTATE", message));
        }
        if request.body.len() > UPLOAD_BYTES_MAX {
            return Err(ApiError::new(413, "REQUEST_TOO_LARGE", "the upload is too large"));
        }
        *table = request.text();
        self.jobs.insert(id.to_owned(), job);
        Ok(Response::empty(201))
    }

    fn set_state(&mut self, caller: &Caller, id: &str, request: &Request) -> Result<Response, ApiError> {
        let body = object_body(request)?;
        let due = self.job_due(caller.now);
        let Some(job) = self.jobs.get_mut(id) else { return Err(ApiError::not_found()) };
        let state = match body.get("state").and_then(Value::as_str) {
            Some("UploadComplete") if job.state == State::Open => State::UploadComplete,
            Some("Aborted") if matches!(job.state, State::Open | State::UploadComplete) => State::Aborted,
            Some("UploadComplete" | "Aborted") => {
                return Err(ApiError::bad("INVALIDJOBSTATE", "the job is in another state"));
            }
            _ => return Err(invalid_job("state is wrong")),
        };
        job.state = state;
        job.changed = caller.now;
        job.due = due;
        let answer = describe(id, job);
        Ok(Response::json(200, &answer))
    }

    /// Does the jobs whose time has come.
    pub(super) fn settle_jobs(&mut self, now: Timestamp) {
        let due: Vec<String> = self
            .jobs
            .iter()
            .filter(|(_, job)| job.state == State::UploadComplete && job.due <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            let Some(mut job) = self.jobs.remove(&id) else { continue };
            let result = match job.work.clone() {
                Work::Ingest { object, operation, key, table } => {
                    self.ingest(&mut job, &object, &operation, &key, &table)
                }
                Work::Query { query, all } => self.run_query(&mut job, &query, all),
            };
            job.state = if result.is_ok() { State::JobComplete } else { State::Failed };
            job.error = result.err();
            job.changed = job.due;
            self.jobs.insert(id, job);
        }
    }

    fn run_query(&mut self, job: &mut Job, query: &str, all: bool) -> Result<(), String> {
        let query = parse(query).map_err(|error| error.message)?;
        let caller = Caller { now: job.due, ..job.caller.clone() };
        let found = self.select(&caller, &query, all, &job.version).map_err(|error| error.message)?;
        let rows = found.records.iter();
        job.found =
            rows.map(|record| found.columns.iter().map(|column| cell(&at_path(record, column))).collect()).collect();
        job.columns = found.columns;
        Ok(())
    }

    fn ingest(&mut self, job: &mut Job, name: &str, operation: &str, key: &str, table: &str) -> Result<(), String> {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(job.delimiter.1).flexible(true).from_reader(table.as_bytes());
        let headers = reader.headers().map_err(|error| format!("InvalidBatch : {error}"))?.clone();
        job.columns = headers.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        let schema = Arc::clone(&self.schema);
        let object = schema.object(name).ok_or_else(|| format!("InvalidBatch : no object {name}"))?;
        let is_known = |column: &str| {
            object.field(column).is_some()
                || column.split_once('.').is_some_and(|(parent, _)| super::dml::relationship(object, parent).is_some())
        };
        let has_key = key.is_empty() || job.columns.iter().any(|column| column.eq_ignore_ascii_case(key));
        let unknown = job.columns.iter().find(|column| !is_known(column)).cloned();
        if let Some(column) = unknown.or_else(|| (!has_key).then(|| key.to_owned())) {
            let rows = reader.records().filter_map(Result::ok);
            job.unprocessed = rows.map(|row| row.iter().map(str::to_owned).collect()).collect();
            return Err(format!("InvalidBatch : Field name not found : {column}"));
        }
        self.requests += 1;
        let caller = Caller { now: job.due, request: self.requests, ..job.caller.clone() };
        for (number, row) in (1_usize..).zip(reader.records()) {
            let row = row.map_err(|error| format!("InvalidBatch : {error}"))?;
            let values: Vec<String> = row.iter().map(str::to_owned).collect();
            if values.len() != job.columns.len() {
                let error = "InvalidBatch:the number of columns differs from the header:--".to_owned();
                job.failures.push((String::new(), error, values));
                continue;
            }
            let fields = fields(&job.columns, &values);
            let id = fields.get("Id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let outcome = match operation {
                _ if number.checked_rem(self.settings.bulk_lock_every) == Some(0) => Err(super::locked_row()),
                "insert" => self.insert(&caller, name, &fields).map(|id| (id, true)),
                "update" => self.update(&caller, name, &id, &fields).map(|()| (id.clone(), false)),
                "upsert" => match self.upsert_one(&caller, name, key, &fields) {
                    Ok(written) => Ok((written.id, written.created.unwrap_or_default())),
                    Err((_, error)) => Err(error),
                },
                _ => self.delete(&caller, name, &id).map(|()| (id.clone(), false)),
            };
            match outcome {
                Ok((id, made)) => job.successes.push((super::ids::long(&id).unwrap_or(id), made, values)),
                Err(error) => job.failures.push((id, error.in_table(), values)),
            }
        }
        Ok(())
    }
}

fn invalid_job(message: &str) -> ApiError {
    ApiError::bad("INVALIDJOB", format!("InvalidJob : {message}"))
}

/// A row as fields: `#N/A` is null, an empty cell says nothing, `Campaign.Key__c` names a parent.
fn fields(columns: &[String], values: &[String]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (column, value) in columns.iter().zip(values) {
        let value = match value.as_str() {
            "" => continue,
            "#N/A" => Value::Null,
            text => json!(text),
        };
        match column.split_once('.') {
            Some((parent, key)) => fields.insert(parent.to_owned(), json!({ key: value })),
            None if column.eq_ignore_ascii_case("id") => fields.insert("Id".to_owned(), value),
            None => fields.insert(column.clone(), value),
        };
    }
    fields
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn describe(id: &str, job: &Job) -> Value {
    let mut body = json!({
        "id": id,
        "createdById": job.caller.user_id,
        "createdDate": moment(job.created),
        "systemModstamp": moment(job.changed),
        "state": job.state.name(),
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": job.version.trim_start_matches('v').parse::<f64>().unwrap_or_default(),
        "lineEnding": job.line_ending,
        "columnDelimiter": job.delimiter.0,
        "retries": 0,
        "totalProcessingTime": 0,
    });
    let Some(map) = body.as_object_mut() else { return body };
    match &job.work {
        Work::Ingest { object, operation, key, .. } => {
            map.insert("object".to_owned(), json!(object));
            map.insert("operation".to_owned(), json!(operation));
            map.insert("jobType".to_owned(), json!("V2Ingest"));
            map.insert(
                "contentUrl".to_owned(),
                json!(format!("services/data/{}/jobs/ingest/{id}/batches", job.version)),
            );
            map.insert("numberRecordsProcessed".to_owned(), json!(job.successes.len() + job.failures.len()));
            map.insert("numberRecordsFailed".to_owned(), json!(job.failures.len()));
            map.insert("apiActiveProcessingTime".to_owned(), json!(0));
            map.insert("apexProcessingTime".to_owned(), json!(0));
            if operation == "upsert" {
                map.insert("externalIdFieldName".to_owned(), json!(key));
            }
        }
        Work::Query { all, .. } => {
            map.insert("operation".to_owned(), json!(if *all { "queryAll" } else { "query" }));
            map.insert("jobType".to_owned(), json!("V2Query"));
            map.insert("numberRecordsProcessed".to_owned(), json!(job.found.len()));
        }
    }
    if let Some(error) = &job.error {
        map.insert("errorMessage".to_owned(), json!(error));
    }
    body
}

fn csv_response(text: &str) -> Response {
    Response::text(200, "text/csv;charset=UTF-8", text)
}

fn writer(job: &Job) -> csv::Writer<Vec<u8>> {
    let ending = if job.line_ending == "CRLF" { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    csv::WriterBuilder::new()
        .delimiter(job.delimiter.1)
        .terminator(ending)
        .quote_style(csv::QuoteStyle::Always)
        .flexible(true)
        .from_writer(Vec::new())
}

fn finish(writer: csv::Writer<Vec<u8>>) -> Result<String, ApiError> {
    let bytes = writer.into_inner().map_err(|error| ApiError::new(500, "UNKNOWN_EXCEPTION", error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn table<'a>(
    first: &[&str],
    job: &'a Job,
    rows: impl Iterator<Item = (Vec<String>, &'a Vec<String>)>,
) -> Result<String, ApiError> {
    let mut out = writer(job);
    let failed = |error: csv::Error| ApiError::new(500, "UNKNOWN_EXCEPTION", error.to_string());
    let header = first.iter().copied().chain(job.columns.iter().map(String::as_str));
    out.write_record(header).map_err(failed)?;
    for (own, values) in rows {
        out.write_record(own.iter().chain(values)).map_err(failed)?;
    }
    finish(out)
}

fn results(job: &Job, request: &Request, version: &str, page_size: usize) -> Result<Response, ApiError> {
    if job.version != version {
        let message = "the job was made with another API version";
        return Err(ApiError::new(409, "INVALIDVERSION", message));
    }
    if job.state != State::JobComplete {
        return Err(ApiError::bad("INVALIDJOBSTATE", "the job is not complete"));
    }
    let from: usize = match request.parameter("locator") {
        Some(locator) if !locator.is_empty() => {
            locator.parse().map_err(|_| ApiError::bad("INVALIDLOCATOR", "the locator is wrong"))?
        }
        Some(_) | None => 0,
    };
    let most = request.parameter("maxRecords").and_then(|most| most.parse().ok()).unwrap_or(page_size);
    let most = most.clamp(1, page_size.max(1));
    let rows: Vec<&Vec<String>> = job.found.iter().skip(from).take(most).collect();
    let next = from + rows.len();
    let locator = if next < job.found.len() { next.to_string() } else { "null".to_owned() };
    let mut out = writer(job);
    let failed = |error: csv::Error| ApiError::new(500, "UNKNOWN_EXCEPTION", error.to_string());
    out.write_record(&job.columns).map_err(failed)?;
    for row in &rows {
        out.write_record(*row).map_err(failed)?;
    }
    Ok(csv_response(&finish(out)?)
        .header("Sforce-NumberOfRecords", &rows.len().to_string())
        .header("Sforce-Locator", &locator))
}
