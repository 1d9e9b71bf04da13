//! Who is there, and what is known about one.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::query::{bad_query, within};
use crate::compile;
use crate::diagnostics::Sources;
use crate::engine::{Engine, Why};
use crate::language::Scalar;
use crate::meaning::Filter;
use crate::service::problem::{Finding, Problem};
use crate::service::views::PersonView;

/// People are given in byte order of their ids; so many without a limit.
const LIMIT: usize = 100;

/// The most people that are given at once.
const LIMIT_MAX: usize = 10_000;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Question {
    /// A filter in the language of rule files, as `Score >= 50`; everybody without it.
    filter: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<usize>,
}

/// Who matches.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct People {
    /// How many match.
    count: usize,
    /// Ids in byte order, the first of them.
    people: Vec<String>,
}

/// Find people
#[utoipa::path(
    get,
    path = "/v1/people",
    tag = "people",
    params(Question),
    responses(
        (status = 200, description = "Who matches", body = People),
        (status = 400, description = "The filter or a parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    question: Result<Query<Question>, QueryRejection>,
) -> Result<Json<People>, Problem> {
    let Query(Question { filter, limit }) = question.map_err(|rejection| bad_query(&rejection))?;
    let limit = within(limit, LIMIT, LIMIT_MAX)?;
    let filter = filter.filter(|text| !text.trim().is_empty());
    app.desk.ask(move |engine| matching(engine, filter.as_deref(), limit)).await?.map(Json)
}

fn matching(engine: &mut Engine, text: Option<&str>, limit: usize) -> Result<People, Problem> {
    let filter = text.map_or_else(|| Ok(Filter::everybody()), |text| read(engine, text))?;
    let found = engine.select(&filter);
    Ok(People { count: found.len(), people: found.into_iter().take(limit).map(str::to_owned).collect() })
}

fn read(engine: &Engine, text: &str) -> Result<Filter, Problem> {
    let mut sources = Sources::new();
    let file = sources.add("filter", text);
    let filter = compile::filter(&Scalar::plain(file, 0, text), engine.rulebook(), engine.names());
    filter.map_err(|findings| {
        let title = findings.first().map_or_else(String::new, |finding| finding.message.to_string());
        let mut problem = Problem::new(StatusCode::BAD_REQUEST, "bad_filter", title);
        problem.findings = findings.iter().map(|finding| Finding::of(finding, &sources)).collect();
        problem
    })
}

/// Look at one person
#[utoipa::path(
    get,
    path = "/v1/people/{id}",
    tag = "people",
    params(("id" = String, Path, description = "The person")),
    responses(
        (status = 200, description = "What is known", body = PersonView),
        (status = 404, description = "Nobody has this id", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Json<PersonView>, Problem> {
    let found = app.desk.ask(move |engine| PersonView::of(engine, &id)).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("nobody has this id"))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct About {
    /// The smart campaign.
    campaign: String,
}

/// Why a person qualifies or does not
///
/// Each clause of the smart campaign's filter with what was found, the qualification rule, and where the person's runs are, at
/// the present moment.
#[utoipa::path(
    get,
    path = "/v1/people/{id}/why",
    tag = "people",
    params(("id" = String, Path, description = "The person"), About),
    responses(
        (status = 200, description = "Why", body = serde_json::Value),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such person or campaign", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn why(
    State(app): State<App>,
    Path(id): Path<String>,
    about: Result<Query<About>, QueryRejection>,
) -> Result<Json<Why>, Problem> {
    let Query(About { campaign }) = about.map_err(|rejection| bad_query(&rejection))?;
    let answer = app.desk.ask(move |engine| {
        let is_campaign = engine.rulebook().campaign(&campaign).is_some();
        (engine.why(&id, &campaign), is_campaign)
    });
    match answer.await? {
        (Some(why), _) => Ok(Json(why)),
        (None, true) => Err(Problem::not_found("nobody has this id")),
        (None, false) => Err(Problem::not_found("there is no smart campaign of this name")),
    }
}
