//! Events come in.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::TooSlow;
use super::{App, BODY_BYTES_MAX, bad_event, refused_event};
use crate::service::desk::Receipt;
use crate::service::intake;
use crate::service::meters::OfRefusal;
use crate::service::problem::Problem;

/// A body of so many bytes is read at once; a larger one beside everything else, so that nobody waits for it.
const READ_AT_ONCE_BYTES: usize = 64 * 1024;

/// Of a body that nobody wants so much is read before the answer, and for so long.
const DISCARDED_BYTES_MAX: usize = 256 * 1024 * 1024;
const DISCARDED_FOR: Duration = Duration::from_secs(10);

/// What became of events.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Accepted {
    /// How many were taken.
    accepted: u64,
    /// How many were there already, by their ids.
    duplicates: u64,
    /// The number of the last action record that was committed with them: what they caused has numbers up to this one.
    last: u64,
}

/// Tell events
///
/// One event record, or one a line. All of a request are taken or none, in order; the answer comes when they are durable.
/// What is sent again after a lost answer is recognised by its ids.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    request_body(
        description = "One record as `application/json`, or one a line as `application/x-ndjson`",
        content((serde_json::Value = "application/json"), (String = "application/x-ndjson"))
    ),
    responses(
        (status = 202, description = "Taken, and durable", body = Accepted),
        (status = 400, description = "A record is malformed; none was taken", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is of another type", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds to wait"))),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn take(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let bytes = announced.unwrap_or(BODY_BYTES_MAX);
    let room = if bytes > BODY_BYTES_MAX { Err(too_large()) } else { app.desk.room(bytes).map_err(Problem::from) };
    let room = match room {
        Ok(room) => room,
        Err(problem) => {
            discard(body).await;
            return Err(problem);
        }
    };
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| why_unread(&app, &error))?;
    let read = if body.len() > READ_AT_ONCE_BYTES {
        let work = move || read(&parts.headers, body);
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(broken()))
    } else {
        read(&parts.headers, body)
    };
    let intake::Body { events, lines } = read.inspect_err(|_| {
        app.meters.refused.inc();
    })?;
    let receipt = app.desk.take(events, room).await.map_err(|refused| {
        app.meters.refused.inc();
        refused_event(refused, &lines)
    })?;
    let Receipt { accepted, duplicates, last } = receipt;
    Ok((StatusCode::ACCEPTED, Json(Accepted { accepted, duplicates, last })).into_response())
}

fn read(headers: &HeaderMap, body: Bytes) -> Result<intake::Body, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    let kind = kind.split(';').next().unwrap_or(kind).trim().to_ascii_lowercase();
    let read = match kind.as_str() {
        "" | "application/json" => intake::one(&body),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => intake::lines(&body),
        _ => {
            let problem = Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "events come as `application/json` (one) or `application/x-ndjson` (one a line)",
            );
            return Err(problem);
        }
    };
    read.map_err(bad_event)
}

/// Reads a body that nobody wants. Many clients look for an answer only when they have sent everything; one whose
/// connection is closed before sees a broken connection and no answer. There is an end to that too.
async fn discard(body: Body) {
    let mut left = DISCARDED_BYTES_MAX;
    let mut pieces = body.into_data_stream();
    let read = async {
        while let Some(Ok(piece)) = pieces.next().await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DISCARDED_FOR, read).await;
}

fn too_large() -> Problem {
    let mebibytes = BODY_BYTES_MAX / 1024 / 1024;
    let title = format!("a body has at most {mebibytes} MiB");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", title)
        .help(["send the events in several requests".to_owned()])
}

fn broken() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "broken", "the body did not arrive")
}

/// Why a body could not be read.
pub(super) fn why_unread(app: &App, error: &(dyn std::error::Error + 'static)) -> Problem {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return too_large();
        }
        if error.is::<TooSlow>() {
            app.meters.refusals.get_or_create(&OfRefusal::SLOW).inc();
            let title = format!("the body did not arrive within {} seconds", app.patience.as_secs());
            return Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", title)
                .help(["send the events in several requests".to_owned()]);
        }
        cause = error.source();
    }
    broken()
}
