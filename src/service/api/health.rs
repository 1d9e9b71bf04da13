//! Whether we live, whether we are ready, what was counted, and what the API is.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::App;
use crate::service::desk::Refused;
use crate::service::problem::Problem;

/// Liveness
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    security(()),
    responses((status = 200, description = "The process lives", body = Value))
)]
pub(super) async fn healthz() -> Json<Value> {
    Json(json!({"status": "alive"}))
}

/// Readiness
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    security(()),
    responses(
        (status = 200, description = "Requests are answered", body = Value),
        (status = 503, description = "People are being taken up, or the service ends", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn readyz(State(app): State<App>) -> Result<Json<Value>, Problem> {
    if app.desk.news().borrow().is_ready && !*app.closing.borrow() {
        return Ok(Json(json!({"status": "ready"})));
    }
    Err(Refused::Closed.into())
}

/// How far things have come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// The version of the program.
    version: &'static str,
    /// The engine's clock; absent before it was started.
    now: Option<String>,
    /// The number of the last action record that is committed.
    last: u64,
    people: u64,
    campaigns: u64,
    events: u64,
    incidents: u64,
}

/// How far things have come
#[utoipa::path(
    get,
    path = "/v1/status",
    tag = "health",
    responses(
        (status = 200, description = "How far", body = Status),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn status(State(app): State<App>) -> Result<Json<Status>, Problem> {
    let (stats, now) = app.desk.ask(|engine| (engine.stats(), engine.now())).await?;
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        now: now.map(|now| now.to_string()),
        last: app.desk.news().borrow().last,
        people: stats.people,
        campaigns: stats.campaigns,
        events: stats.events,
        incidents: stats.incidents,
    }))
}

/// Metrics for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health",
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"))
)]
pub(super) async fn metrics(State(app): State<App>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    (StatusCode::OK, [(header::CONTENT_TYPE, kind)], app.meters.text()).into_response()
}

/// This API as OpenAPI 3.1
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "health",
    responses((status = 200, description = "The document", body = Value))
)]
pub(super) async fn open_api() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], super::open_api()).into_response()
}
