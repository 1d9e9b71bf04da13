//! The sync: how it stands, a pass now, and why something cannot be seen.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{App, ready};
use crate::service::liaison::no_status;
use crate::service::problem::Problem;

/// How the sync stands
///
/// The last pass with counts by object, the records of the last five days, what is linked, whether a pass is under way and when
/// the next one begins; `enabled` is false where the service has no sync.
#[utoipa::path(
    get,
    path = "/v1/sync",
    tag = "sync",
    responses(
        (status = 200, description = "How it stands", body = Value),
        (status = 500, description = "The state cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn status(State(app): State<App>) -> Result<Json<Value>, Problem> {
    ready(&app)?;
    let Some(liaison) = &app.liaison else { return Ok(Json(no_status())) };
    let shown = liaison.status().await;
    shown
        .map(Json)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "state", error.message).help(error.help))
}

/// Ask for a pass now
#[utoipa::path(
    post,
    path = "/v1/sync",
    tag = "sync",
    responses(
        (status = 202, description = "It begins as soon as nothing else is under way"),
        (status = 409, description = "There is no sync", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn pass(State(app): State<App>) -> Result<StatusCode, Problem> {
    ready(&app)?;
    app.liaison.as_ref().ok_or_else(no_sync)?.pass();
    Ok(StatusCode::ACCEPTED)
}

fn no_sync() -> Problem {
    let help = ["give the service a configuration with a section `salesforce`: `--config FILE`".to_owned()];
    Problem::new(StatusCode::CONFLICT, "no_sync", "this service has no sync").help(help)
}

/// What was asked, what came back and what to do about it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Examined {
    #[schema(value_type = Vec<Value>)]
    lines: Vec<crate::sync::doctor::Line>,
}

/// Why can't I see my campaigns?
///
/// Salesforce and Marketo are asked, cause by cause, as `campanile doctor` does. It may take a while where a side does not answer.
#[utoipa::path(
    post,
    path = "/v1/sync/doctor",
    tag = "sync",
    responses(
        (status = 200, description = "Cause by cause", body = Examined),
        (status = 409, description = "There is no sync", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn doctor(State(app): State<App>) -> Result<Json<Examined>, Problem> {
    ready(&app)?;
    let lines = app.liaison.as_ref().ok_or_else(no_sync)?.doctor().await;
    let ended = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "the sync has ended");
    Ok(Json(Examined { lines: lines.ok_or_else(ended)? }))
}
