//! What was done: action records, as they were committed.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::IntoParams;

use super::query::{Limit, bad_query, limit_of, within};
use super::{App, ready};
use crate::service::outbox::{self, Numbered};
use crate::service::problem::Problem;
use crate::store::StoreError;

/// So many records are given without a limit.
const LIMIT: usize = 1_000;

/// The most records that are given at once.
const LIMIT_MAX: usize = 10_000;

/// A stream without news says that it is alive after so long.
const ALIVE: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Range {
    /// Only records with greater numbers.
    #[serde(default)]
    #[param(minimum = 0)]
    after: i64,
    /// At most so many.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<usize>,
}

/// Read action records
///
/// One JSON object a line, in the order in which things happened, each with its number `seq`. With
/// `Accept: text/event-stream` the stream goes on as records are committed, and a reader that comes back says in
/// `Last-Event-ID` what it saw last.
#[utoipa::path(
    get,
    path = "/v1/actions",
    tag = "actions",
    params(Range),
    responses(
        (status = 200, description = "Records", content((String = "application/x-ndjson"), (String = "text/event-stream"))),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<App>,
    headers: HeaderMap,
    range: Result<Query<Range>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Range { after, limit }) = range.map_err(|rejection| bad_query(&rejection))?;
    let after = u64::try_from(after)
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "bad_query", "`after` is a number from 0 on"))?;
    ready(&app)?;
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if accepts.contains("text/event-stream") {
        let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
        return Ok(follow(app, seen.unwrap_or(after)).into_response());
    }
    let limit = within(limit, LIMIT, LIMIT_MAX)?;
    let found = app.outbox.after(after, limit).await.map_err(unreadable)?;
    let mut lines = Vec::new();
    found.iter().for_each(|record| outbox::line(record, &mut lines));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from(lines)).into_response())
}

/// Read incidents
///
/// The last incidents, the newest first; at most a thousand are remembered.
#[utoipa::path(
    get,
    path = "/v1/incidents",
    tag = "actions",
    params(Limit),
    responses(
        (status = 200, description = "`{\"incidents\": […]}`: action records of type `incident`", body = serde_json::Value),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn incidents(
    State(app): State<App>,
    limit: Result<Query<Limit>, QueryRejection>,
) -> Result<Response, Problem> {
    let limit = limit_of(limit, 100, 1_000)?;
    ready(&app)?;
    let numbers: Vec<u64> = app.desk.incidents().into_iter().rev().take(limit).collect();
    let found = app.outbox.these(numbers).await.map_err(unreadable)?;
    let records: Vec<Box<RawValue>> = found.iter().filter_map(raw).collect();
    Ok(Json(json!({ "incidents": records })).into_response())
}

fn raw(record: &Numbered) -> Option<Box<RawValue>> {
    let mut line = Vec::new();
    outbox::line(record, &mut line);
    RawValue::from_string(String::from_utf8(line).ok()?).ok()
}

fn unreadable(error: StoreError) -> Problem {
    tracing::error!(%error, "the state cannot be read");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "state", "the state cannot be read")
}

/// Records from a number on, for as long as somebody listens.
fn follow(app: App, after: u64) -> Sse<impl futures_util::Stream<Item = Result<Event, Infallible>>> {
    struct Following {
        app: App,
        after: u64,
        found: std::vec::IntoIter<Numbered>,
    }
    let start = Following { app, after, found: Vec::new().into_iter() };
    let stream = futures_util::stream::unfold(start, |mut it| async {
        let mut news = it.app.desk.news();
        loop {
            if let Some((number, record)) = it.found.next() {
                it.after = number;
                let mut line = Vec::new();
                outbox::line(&(number, record), &mut line);
                let data = String::from_utf8_lossy(&line).trim_end().to_owned();
                return Some((Ok(Event::default().id(number.to_string()).data(data)), it));
            }
            let after = it.after;
            // The desk ends, or the server closes: the reader comes again later.
            tokio::select! {
                changed = news.wait_for(|news| news.last > after || news.has_ended) => {
                    if changed.is_err() || changed.is_ok_and(|news| news.has_ended) {
                        return None;
                    }
                }
                _ = it.app.closing.wait_for(|closing| *closing) => return None,
            }
            it.found = it.app.outbox.after(after, LIMIT).await.ok()?.into_iter();
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE))
}
