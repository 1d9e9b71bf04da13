//! Smart campaigns: what there is, and starting them.

use std::borrow::Cow;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::events::why_unread;
use super::query::{Limit, limit_of};
use crate::drawing::{plan_view, svg};
use crate::engine::Waiting;
use crate::model::{Event, EventKind};
use crate::records::{self, LINE_BYTES_MAX};
use crate::service::desk::Receipt;
use crate::service::problem::Problem;
use crate::service::views::CampaignView;

/// All smart campaigns.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Campaigns {
    campaigns: Vec<CampaignView>,
}

/// List smart campaigns
#[utoipa::path(
    get,
    path = "/v1/campaigns",
    tag = "campaigns",
    responses(
        (status = 200, description = "All, in the order of the rule book", body = Campaigns),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Campaigns>, Problem> {
    let campaigns = app.desk.ask(|engine| CampaignView::all(engine)).await?;
    Ok(Json(Campaigns { campaigns }))
}

/// Draw a smart campaign
#[utoipa::path(
    get,
    path = "/v1/campaigns/{name}/graph",
    tag = "campaigns",
    params(("name" = String, Path, description = "The smart campaign")),
    responses(
        (status = 200, description = "Its events, triggers, filter and steps", body = String, content_type = "image/svg+xml"),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn graph(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Problem> {
    let drawn = app.desk.ask(move |engine| {
        let id = engine.rulebook().campaign(&name)?;
        Some(plan_view(engine.plan(), Some(id)))
    });
    let graph = drawn.await?.ok_or_else(|| Problem::not_found("there is no smart campaign of this name"))?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg(&graph)).into_response())
}

/// Runs that wait.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WaitingRuns {
    /// How many there are.
    count: usize,
    /// Those that wait for the nearest moments.
    waiting: Vec<WaitingRun>,
}

/// A run that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WaitingRun {
    person: String,
    campaign: String,
    until: String,
}

/// List waiting runs
#[utoipa::path(
    get,
    path = "/v1/waiting",
    tag = "campaigns",
    params(Limit),
    responses(
        (status = 200, description = "The next ones", body = WaitingRuns),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn waiting(
    State(app): State<App>,
    limit: Result<Query<Limit>, QueryRejection>,
) -> Result<Json<WaitingRuns>, Problem> {
    let limit = limit_of(limit, 100, 1_000)?;
    let found = app.desk.ask(move |engine| {
        let mut waiting = engine.waiting();
        waiting.sort_by_key(|run| run.until);
        let count = waiting.len();
        let shown = waiting.into_iter().take(limit).map(|Waiting { campaign, person, until }| WaitingRun {
            person: person.to_owned(),
            campaign: campaign.to_owned(),
            until: until.to_string(),
        });
        WaitingRuns { count, waiting: shown.collect() }
    });
    Ok(Json(found.await?))
}

/// How far things have come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Done {
    /// The number of the last action record that was committed with it.
    last: u64,
}

/// Run a batch campaign now
#[utoipa::path(
    post,
    path = "/v1/campaigns/{name}/run",
    tag = "campaigns",
    params(("name" = String, Path, description = "The smart campaign")),
    responses(
        (status = 202, description = "It ran, and what it did is durable", body = Done),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is no batch campaign", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn run(State(app): State<App>, Path(name): Path<String>) -> Result<(StatusCode, Json<Done>), Problem> {
    let last = app.desk.run_batch(name).await?;
    Ok((StatusCode::ACCEPTED, Json(Done { last })))
}

/// For whom a smart campaign is requested.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Requested {
    /// The person.
    #[schema(min_length = 1)]
    person: String,
}

/// Request a smart campaign for a person
///
/// The same as the event `campaign.requested`.
#[utoipa::path(
    post,
    path = "/v1/campaigns/{name}/requests",
    tag = "campaigns",
    params(("name" = String, Path, description = "The smart campaign")),
    request_body(content = Requested, content_type = "application/json"),
    responses(
        (status = 202, description = "Taken, and durable", body = Done),
        (status = 400, description = "The body is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn request(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<Done>), Problem> {
    let body = to_bytes(request.into_body(), LINE_BYTES_MAX).await;
    let body = body.map_err(|error| why_unread(&app, &error))?;
    let Requested { person } = serde_json::from_slice(&body).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "bad_request", "the body is not `{\"person\": ID}`")
            .at(error.line() as u64, u32::try_from(error.column()).unwrap_or(u32::MAX))
    })?;
    let asked = name.clone();
    let known = app.desk.ask(move |engine| engine.rulebook().campaign(&asked).is_some()).await?;
    if !known {
        return Err(Problem::not_found("there is no smart campaign of this name"));
    }
    let event = Event {
        at: None,
        id: None,
        person: Some(Cow::Owned(person)),
        log: false,
        kind: EventKind::CampaignRequested { campaign: Cow::Owned(name), source: None },
    };
    let mut text = Vec::new();
    records::write_event(&event, &mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    // It is read as any other event is, so that what a record may hold is said in one place.
    let told = records::parse_event(&text)
        .map(Event::into_owned)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "bad_request", error.message))?;
    let Receipt { last, .. } = app.desk.take(vec![(told, text)], app.desk.room(body.len())?).await?;
    Ok((StatusCode::ACCEPTED, Json(Done { last })))
}
