//! Parameters of requests.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::service::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Limit {
    /// At most so many.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// The limit that a request asks for.
pub(super) fn limit_of(
    limit: Result<Query<Limit>, QueryRejection>,
    default: usize,
    most: usize,
) -> Result<usize, Problem> {
    let Query(Limit { limit }) = limit.map_err(|rejection| bad_query(&rejection))?;
    within(limit, default, most)
}

/// A limit that somebody asks for.
pub(super) fn within(limit: Option<usize>, default: usize, most: usize) -> Result<usize, Problem> {
    match limit {
        None => Ok(default),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => {
            let title = format!("`limit` is a number from 1 to {most}");
            Err(Problem::new(StatusCode::BAD_REQUEST, "bad_query", title))
        }
    }
}

pub(super) fn bad_query(rejection: &QueryRejection) -> Problem {
    let text = rejection.body_text();
    let reason = text.rsplit_once(": ").map_or(text.as_str(), |(_, reason)| reason);
    Problem::new(StatusCode::BAD_REQUEST, "bad_query", format!("a parameter is wrong: {reason}"))
}
