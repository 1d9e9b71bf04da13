//! Webhooks: how far they were served, and what they did not take.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{App, ready};
use crate::service::courier::DeadLetter;
use crate::service::problem::Problem;

/// All webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Webhooks {
    webhooks: Vec<WebhookView>,
    /// Calls that were put aside, the newest first.
    dead_letters: Vec<DeadLetter>,
}

/// A webhook that the rules declare.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookView {
    name: String,
    url: String,
    method: String,
    /// The number of the last action record that it was served.
    carried: u64,
}

/// List webhooks
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = "webhooks",
    responses(
        (status = 200, description = "Webhooks, and calls that they did not take", body = Webhooks),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Webhooks>, Problem> {
    ready(&app)?;
    let addresses = app.desk.addresses().borrow().clone();
    let carried = app.letters.carried();
    let webhooks = addresses.into_iter().map(|(name, address)| WebhookView {
        carried: carried.get(&name).copied().unwrap_or(address.carried),
        name,
        url: address.webhook.url,
        method: address.webhook.method,
    });
    Ok(Json(Webhooks { webhooks: webhooks.collect(), dead_letters: app.letters.all() }))
}

/// Try calls again that were put aside
#[utoipa::path(
    post,
    path = "/v1/webhooks/retry",
    tag = "webhooks",
    responses(
        (status = 202, description = "They are tried again"),
        (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn retry(State(app): State<App>) -> Result<StatusCode, Problem> {
    ready(&app)?;
    app.letters.try_again();
    Ok(StatusCode::ACCEPTED)
}
