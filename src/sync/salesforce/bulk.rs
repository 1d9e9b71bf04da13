//! Bulk API 2.0: many records in one job instead of 200 in one call (facts, section 4).
//!
//! Start at [`Salesforce::ingest`] and [`Salesforce::bulk_query`]; `write` and `read` say when. One job runs at a time,
//! and one that ended is left: Salesforce shows it to administrators and takes it away after seven days.
//!
//! A lost answer is never guessed. A job does nothing before it is closed: one whose id or whose rows may not have
//! arrived is left open, where Salesforce drops it after a day, and another one is made. Whether a job was closed is
//! read from its state. What becomes of a job after that and cannot be learned is unknown, record by record.

use serde_json::{Map, Value, json};

use super::table::{Answer, Part, Table, error};
use super::write::{Operation, Written};
use super::{Ask, Call, JSON, SIDE, Salesforce, text};
use crate::sync::Trouble;
use crate::sync::answers::{Reaction, salesforce};
use crate::sync::budget::pause;
use crate::sync::wire::{Outside, Response, path_part};

/// From so many records on a job writes them. A job costs six to ten calls whatever its size, Collections one for 200
/// records: this is where the two meet, and where Salesforce's own advice is to change over.
pub const INGEST_RECORDS_MIN: usize = 2_001;

/// From so many rows on a job reads them: ten pages of 2,000 rows cost more calls than a job.
pub const QUERY_ROWS_MIN: u64 = 20_001;

/// Rows on one page of a query's results.
const PAGE_ROWS: usize = 50_000;

/// So many jobs are made when the upload's answer is lost again and again.
const UPLOADS_MAX: u32 = 4;

/// The pauses between two looks at a job, first and longest, in milliseconds.
const LOOK_FIRST: u64 = 1_000;
const LOOK_MAX: u64 = 30_000;

/// So long is waited for a job, in milliseconds: an hour.
const JOB_WAIT: u64 = 3_600_000;

const CSV: &str = "text/csv";

/// Why nobody knows how a job ended.
enum Lost {
    /// It was never closed, so it did nothing.
    Before(Trouble),
    /// It may have done anything.
    After(Trouble),
}

/// A row of results: what was sent, and what became of it; nothing for a row that was left alone.
type Outcome = (Vec<String>, Option<Written>);

impl<O: Outside> Salesforce<'_, O> {
    /// Writes records by jobs, with the same results in the same order as [`Self::collections`]. What a job leaves
    /// alone, what it cannot carry, and rows whose campaign was locked go through Collections.
    pub(super) async fn ingest(
        &self,
        operation: Operation,
        object: &str,
        records: &[Map<String, Value>],
    ) -> Result<Vec<Written>, Trouble> {
        let mut results: Vec<Option<Written>> = vec![None; records.len()];
        let table = Table::new(records);
        for part in table.parts() {
            match self.job(operation, object, &part).await {
                Ok(found) => put(&mut results, found),
                // Not for this object, this user, this edition: Collections say for each record what is wrong with it.
                Err(Trouble::Refused { .. }) => break,
                Err(trouble) => return unless_begun(results, trouble),
            }
        }
        let mut again: Vec<usize> =
            (0..).zip(&results).filter(|(_, result)| result.as_ref().is_none_or(is_locked)).map(|(at, _)| at).collect();
        if again.is_empty() {
            return Ok(results.into_iter().flatten().collect());
        }
        if results.iter().flatten().any(is_locked) {
            let outside = self.caller.outside();
            outside.sleep(pause(1, outside.chance(), None)).await;
        }
        let of = |at: &usize| records.get(*at);
        let campaign = |at: &usize| of(at).and_then(|record| record.get("CampaignId")?.as_str());
        again.sort_by(|a, b| campaign(a).cmp(&campaign(b)));
        let some: Vec<Map<String, Value>> = again.iter().filter_map(of).cloned().collect();
        match self.collections(operation, object, &some).await {
            Ok(written) => {
                put(&mut results, again.into_iter().zip(written.into_iter().map(Some)));
                unless_begun(results, Trouble::Unknown { message: "there is no result for it".to_owned() })
            }
            Err(trouble) => unless_begun(results, trouble),
        }
    }

    /// What became of the rows of one upload, record by record. An error means that nothing was done.
    async fn job(
        &self,
        operation: Operation,
        object: &str,
        part: &Part<'_>,
    ) -> Result<Vec<(usize, Option<Written>)>, Trouble> {
        let path = self.filled(operation, object, part).await?;
        let ended = match self.end_of(&path, true).await {
            Ok(job) => self.outcomes(&path, &job, part).await,
            Err(Lost::Before(trouble)) => return Err(trouble),
            Err(Lost::After(trouble)) => Err(trouble),
        };
        let (outcomes, message) = match ended {
            Ok(outcomes) => (outcomes, "it does not tell of this record".to_owned()),
            Err(trouble) => (Vec::new(), trouble.to_string()),
        };
        let id = path.rsplit('/').next().unwrap_or_default();
        let unknown = Written::Unknown(format!("Bulk job {id}: {message}"));
        let (rows, told): (Vec<Vec<String>>, Vec<Option<Written>>) = outcomes.into_iter().unzip();
        let told = part.owners(&rows).into_iter().zip(told).filter_map(|(record, told)| Some((record?, told)));
        Ok(part.records().map(|record| (record, Some(unknown.clone()))).chain(told).collect())
    }

    /// A job that holds the rows and is not closed yet: its path.
    async fn filled(&self, operation: Operation, object: &str, part: &Part<'_>) -> Result<String, Trouble> {
        let body = part.bytes().map_err(|error| refused("CSV", error.to_string()))?;
        let about = json!({
            "object": object,
            "operation": operation.word(),
            "contentType": "CSV",
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        });
        let mut last = Trouble::Unreachable { side: SIDE, message: String::new() };
        for _ in 0..UPLOADS_MAX {
            let path = self.open("/jobs/ingest", about.clone()).await?;
            let upload = Call {
                method: "PUT",
                path: format!("{path}/batches"),
                body: body.clone(),
                content_type: Some(CSV),
                accept: JSON,
                write: true,
            };
            match self.call(upload).await {
                Ok(_) => return Ok(path),
                // A job takes one upload, and whether it has one cannot be asked.
                Err(trouble @ Trouble::Unknown { .. }) => last = trouble.known(SIDE),
                Err(trouble) => return Err(trouble),
            }
        }
        Err(last)
    }

    /// Makes a job: its path. One more of them does no harm, so a lost answer is asked for again.
    async fn open(&self, path: &str, about: Value) -> Result<String, Trouble> {
        let ask = Ask { method: "POST", path: path.to_owned(), body: Some(about), write: false };
        let job = self.ask(ask).await?.json();
        match text(&job, "id") {
            id if id.is_empty() => Err(refused("RESULTS", "a job was made and has no id".to_owned())),
            id => Ok(format!("{path}/{id}")),
        }
    }

    /// Closes an ingest job, and waits for the end of any.
    async fn end_of(&self, path: &str, ingest: bool) -> Result<Value, Lost> {
        let outside = self.caller.outside();
        let begin = outside.now().0;
        let mut wait = LOOK_FIRST;
        let mut is_open = ingest;
        let mut may_run = false;
        loop {
            if is_open {
                match self.set_state(path, "UploadComplete").await {
                    Ok(_) | Err(Trouble::Unknown { .. }) => may_run = true,
                    // The call before it may have arrived meanwhile: its state tells.
                    Err(_) if may_run => {}
                    Err(trouble) => return Err(Lost::Before(trouble)),
                }
            }
            outside.sleep(wait).await;
            wait = wait.saturating_mul(2).min(LOOK_MAX);
            let job = self.ask(Ask::get(path)).await.map_err(Lost::After)?.json();
            let state = text(&job, "state");
            if matches!(state.as_str(), "JobComplete" | "Failed" | "Aborted") {
                return Ok(job);
            }
            is_open = ingest && state == "Open";
            if outside.now().0.saturating_sub(begin) > JOB_WAIT {
                // Whether or not it heeds that: who reads the records afterwards sees what it did.
                let _ = self.set_state(path, "Aborted").await;
                let message = format!("it is still `{state}` after an hour, and was told to stop");
                return Err(Lost::After(Trouble::Unknown { message }));
            }
        }
    }

    async fn set_state(&self, path: &str, state: &str) -> Result<Response, Trouble> {
        let body = Some(json!({"state": state}));
        self.ask(Ask { method: "PATCH", path: path.to_owned(), body, write: true }).await
    }

    /// What an ingest job that ended tells of its rows.
    async fn outcomes(&self, path: &str, job: &Value, part: &Part<'_>) -> Result<Vec<Outcome>, Trouble> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        let done = self.results(&format!("{path}/successfulResults")).await?;
        outcomes.extend(done.rows.iter().filter_map(|row| {
            let id = Some(done.get(row, "sf__Id")).filter(|id| !id.is_empty())?;
            Some((part.sent(&done, row), Some(Written::Done(id.to_owned()))))
        }));
        if job.get("numberRecordsFailed").and_then(Value::as_u64) != Some(0) {
            let failed = self.results(&format!("{path}/failedResults")).await?;
            outcomes.extend(failed.rows.iter().map(|row| {
                let (code, message) = error(failed.get(row, "sf__Error"));
                (part.sent(&failed, row), Some(Written::Refused { code, message }))
            }));
        }
        // Of a job that somebody stopped more may have been done than it tells yet.
        if outcomes.len() < part.records().count() && text(job, "state") != "Aborted" {
            let left = self.results(&format!("{path}/unprocessedrecords")).await?;
            outcomes.extend(left.rows.iter().map(|row| (part.sent(&left, row), None)));
        }
        Ok(outcomes)
    }

    async fn results(&self, path: &str) -> Result<Answer, Trouble> {
        read(&self.csv(path.to_owned()).await?)
    }

    async fn csv(&self, path: String) -> Result<Response, Trouble> {
        let (body, content_type) = (Vec::new(), None);
        self.call(Call { method: "GET", path, body, content_type, accept: CSV, write: false }).await
    }

    /// All rows of a query, by a job; nothing where a job is not to be had or does not tell everything, and pages are
    /// to be read. Whoever takes a row that is missing for a deletion must not get fewer than there are.
    pub(super) async fn bulk_query(&self, soql: &str) -> Result<Option<Vec<Value>>, Trouble> {
        match self.query_job(soql).await {
            Ok(rows) => Ok(Some(rows)),
            Err(Trouble::Refused { .. } | Trouble::Unknown { .. }) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    async fn query_job(&self, soql: &str) -> Result<Vec<Value>, Trouble> {
        let path = self.open("/jobs/query", json!({"operation": "query", "query": soql})).await?;
        let job = match self.end_of(&path, false).await {
            Ok(job) => job,
            Err(Lost::Before(trouble) | Lost::After(trouble)) => return Err(trouble),
        };
        if text(&job, "state") != "JobComplete" {
            return Err(refused("JOB", text(&job, "errorMessage")));
        }
        let mut rows = Vec::new();
        let mut locator = String::new();
        loop {
            let answer = self.csv(format!("{path}/results?maxRecords={PAGE_ROWS}{locator}")).await?;
            let page = read(&answer)?;
            rows.extend(page.objects());
            let told = answer.header("sforce-numberofrecords").and_then(|count| count.trim().parse().ok());
            if told.is_some_and(|count: usize| count != page.rows.len()) {
                return Err(refused("RESULTS", "a page has fewer rows than it says".to_owned()));
            }
            match answer.header("sforce-locator") {
                None | Some("" | "null") => break,
                Some(next) => locator = format!("&locator={}", path_part(next)),
            }
        }
        let processed = job.get("numberRecordsProcessed").and_then(Value::as_u64);
        if processed.is_some_and(|count| usize::try_from(count) != Ok(rows.len())) {
            return Err(refused("RESULTS", "the pages have fewer rows than the job found".to_owned()));
        }
        Ok(rows)
    }
}

fn read(answer: &Response) -> Result<Answer, Trouble> {
    Answer::read(&answer.body).map_err(|error| refused("CSV", error.to_string()))
}

fn refused(code: &str, message: String) -> Trouble {
    Trouble::Refused { side: SIDE, code: code.to_owned(), message }
}

fn is_locked(written: &Written) -> bool {
    match written {
        Written::Refused { code, message } => salesforce(code, message) == Reaction::RetryCampaign,
        Written::Done(_) | Written::Unknown(_) => false,
    }
}

fn put(results: &mut [Option<Written>], found: impl IntoIterator<Item = (usize, Option<Written>)>) {
    for (at, written) in found {
        if let Some(result) = results.get_mut(at) {
            *result = written;
        }
    }
}

/// The results, with those that are missing unknown; the trouble itself where nothing at all was begun.
fn unless_begun(results: Vec<Option<Written>>, trouble: Trouble) -> Result<Vec<Written>, Trouble> {
    if results.iter().all(Option::is_none) {
        return Err(trouble);
    }
    let message = trouble.to_string();
    Ok(results.into_iter().map(|result| result.unwrap_or_else(|| Written::Unknown(message.clone()))).collect())
}
