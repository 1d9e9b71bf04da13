//! New rules without a restart.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::query::bad_query;
use crate::diagnostics::{Diagnostic, Sources};
use crate::meaning::Rulebook;
use crate::service::problem::{Finding, Problem};
use crate::store::RuleFiles;
use crate::{compile, files};

/// So many findings are told.
const FINDINGS_MAX: usize = 100;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Choice {
    /// What happens to runs that wait at steps that the new rules do not have: `end` ends them; without it, nothing is
    /// changed when there are some.
    #[param(inline)]
    orphans: Option<Orphans>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Orphans {
    End,
}

/// What runs now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reloaded {
    /// How many rule files.
    files: usize,
    /// How many smart campaigns.
    campaigns: usize,
    /// How many warnings there are about them.
    warnings: usize,
}

/// Read the rule files again
///
/// They are checked first: rules with errors change nothing. Runs that wait move over by the id or the place and text of their step.
#[utoipa::path(
    post,
    path = "/v1/rules/reload",
    tag = "rules",
    params(Choice),
    responses(
        (status = 200, description = "The new rules run", body = Reloaded),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Runs wait at steps that are gone; nothing was changed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The rules have errors; nothing was changed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too much waits already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reload(
    State(app): State<App>,
    choice: Result<Query<Choice>, QueryRejection>,
) -> Result<Json<Reloaded>, Problem> {
    let Query(Choice { orphans }) = choice.map_err(|rejection| bad_query(&rejection))?;
    let (sources, rulebook, findings) = read(&app).await?;
    let campaigns = match rulebook {
        Some(rulebook) if !findings.iter().any(Diagnostic::is_error) => rulebook.campaigns.len(),
        Some(_) | None => return Err(refused(&sources, &findings)),
    };
    app.desk.change_rules(RuleFiles::new(&sources), orphans == Some(Orphans::End)).await?;
    Ok(Json(Reloaded { files: sources.len(), campaigns, warnings: findings.len() }))
}

/// What the checker says about the rule files as they are now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Checked {
    /// How many rule files there are.
    files: usize,
    /// Errors and warnings; at most 100.
    findings: Vec<Finding>,
}

/// Check the rule files
///
/// As they are on the disk now, which may be other than what runs.
#[utoipa::path(
    get,
    path = "/v1/rules",
    tag = "rules",
    responses(
        (status = 200, description = "What the checker says", body = Checked),
        (status = 422, description = "They cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn check(State(app): State<App>) -> Result<Json<Checked>, Problem> {
    let (sources, _, findings) = read(&app).await?;
    let told = findings.iter().take(FINDINGS_MAX).map(|finding| Finding::of(finding, &sources));
    Ok(Json(Checked { files: sources.len(), findings: told.collect() }))
}

type Read = (Sources, Option<Rulebook>, Vec<Diagnostic>);

/// Reads and checks the rule files. They are small, but the disk may be slow.
async fn read(app: &App) -> Result<Read, Problem> {
    let paths = app.rules.clone();
    let work = move || {
        let files::Files { sources, mut findings } = files::read_files(&paths)?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let checked = compile::check_on(&sources, processors);
        findings.extend(checked.findings);
        Ok::<Read, files::FilesError>((sources, checked.rulebook, findings))
    };
    let unreadable = |reason: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "rules", reason);
    match tokio::task::spawn_blocking(work).await {
        Ok(read) => read.map_err(|error| unreadable(error.to_string())),
        Err(_) => Err(unreadable("the rules could not be read".to_owned())),
    }
}

fn refused(sources: &Sources, findings: &[Diagnostic]) -> Problem {
    let errors: Vec<&Diagnostic> = findings.iter().filter(|finding| finding.is_error()).collect();
    let many = errors.len();
    let title = format!("{many} {} in the rules: nothing was changed", if many == 1 { "error" } else { "errors" });
    let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "rules", title);
    let told = errors.into_iter().take(FINDINGS_MAX);
    problem.findings = told.map(|finding| Finding::of(finding, sources)).collect();
    problem
}
