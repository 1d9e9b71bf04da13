//! The HTTP API (docs/service.md): which request goes where, and what stands around all of them.

#![expect(unused_qualifications, reason = "what describes requests writes their parameters in full")]

mod actions;
mod campaigns;
mod events;
mod guard;
mod health;
mod page;
mod people;
mod query;
mod rules;
mod sync;
mod webhooks;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Tokens;
use super::courier::DeadLetters;
use super::desk::{BadEvent, Desk, LEAP_YEARS_MAX, Refused};
use super::intake::{self, BadBody};
use super::liaison::Liaison;
use super::limits::Turnstile;
use super::meters::Meters;
use super::outbox::Outbox;
use super::problem::{OrphanedRun, Problem};
use guard::Schemes;

/// The largest body of a request.
pub(super) const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What requests work with.
#[derive(Clone)]
pub(super) struct App {
    pub(super) desk: Desk,
    pub(super) outbox: Outbox,
    pub(super) letters: DeadLetters,
    /// The sync, where there is one.
    pub(super) liaison: Option<Liaison>,
    pub(super) meters: Arc<Meters>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) turnstile: Arc<Turnstile>,
    /// How long the body of a request may take to arrive.
    pub(super) patience: Duration,
    /// Where the rule files are.
    pub(super) rules: Arc<Vec<PathBuf>>,
    /// Whether only this machine can reach us: then a request that names another host was led here by somebody else.
    pub(super) is_loopback: bool,
    /// Becomes true when no new requests are to be sent any more.
    pub(super) closing: tokio::sync::watch::Receiver<bool>,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Campanile",
        description = "The service of Campanile, a rules engine for smart campaigns. Errors are `application/problem+json` \
                       with a stable `code`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem)),
    modifiers(&Schemes),
    security(("bearer" = []), ("basic" = []), ())
)]
struct Document;

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(events::take))
        .routes(routes!(actions::read))
        .routes(routes!(actions::incidents))
        .routes(routes!(people::list))
        .routes(routes!(people::one))
        .routes(routes!(people::why))
        .routes(routes!(campaigns::list))
        .routes(routes!(campaigns::graph))
        .routes(routes!(campaigns::waiting))
        .routes(routes!(campaigns::run))
        .routes(routes!(campaigns::request))
        .routes(routes!(sync::status, sync::pass))
        .routes(routes!(sync::doctor))
        .routes(routes!(webhooks::list))
        .routes(routes!(webhooks::retry))
        .routes(routes!(rules::check))
        .routes(routes!(rules::reload))
        .routes(routes!(health::status))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(health::open_api))
}

/// The API as an OpenAPI 3.1 document.
pub fn open_api() -> String {
    described().into_openapi().to_pretty_json().unwrap_or_default()
}

/// Everything that is answered.
pub(super) fn router(app: App) -> Router {
    let (router, _) = described().split_for_parts();
    router
        .merge(page::router())
        .fallback(|| async { Problem::not_found("there is nothing under this path") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path knows other methods only")
        })
        .layer(from_fn_with_state(app.clone(), guard::hurry))
        .layer(from_fn_with_state(app.clone(), guard::admit))
        .layer(from_fn_with_state(app.clone(), guard::account))
        .layer(from_fn(guard::harden))
        .with_state(app)
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", "more waits than can be kept").come_again(1)
            }
            Refused::Closed => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "the service is not ready").come_again(1)
            }
            Refused::Event { place: _, text, bad } => bad_event(place_of(&text, 1, bad)),
            Refused::NoCampaign => Self::not_found("there is no smart campaign of this name"),
            Refused::OtherKind(why) => {
                let title = format!("this smart campaign is no batch campaign: {why}");
                Self::new(StatusCode::CONFLICT, "no_batch_campaign", title)
            }
            Refused::Orphans(orphans) => {
                let mut problem = Self::new(
                    StatusCode::CONFLICT,
                    "orphans",
                    format!("{} at steps that the new rules do not have; nothing was changed", waits(orphans.len())),
                );
                problem.orphans = orphans
                    .into_iter()
                    .take(100)
                    .map(|orphan| OrphanedRun {
                        person: orphan.person.to_string(),
                        campaign: orphan.campaign.to_string(),
                        step: orphan.step.to_string(),
                        action: orphan.text.to_string(),
                    })
                    .collect();
                problem.help([
                    "give the steps back their place and text, or an `id` that stays".to_owned(),
                    "or reload with `?orphans=end`, which ends these runs".to_owned(),
                ])
            }
            Refused::Rules(first) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "rules", first),
        }
    }
}

/// Refuses what is asked before people are taken up.
fn ready(app: &App) -> Result<(), Problem> {
    if app.desk.news().borrow().is_ready { Ok(()) } else { Err(Refused::Closed.into()) }
}

fn waits(number: usize) -> String {
    if number == 1 { "1 run waits".to_owned() } else { format!("{number} runs wait") }
}

/// Where in a body an event stands that begins at this line, and what is wrong with it.
fn place_of(text: &str, line: u64, bad: BadEvent) -> BadBody {
    match bad {
        BadEvent::Engine(error) => intake::refused(text, line, &error),
        BadEvent::Ahead { now } => BadBody {
            line,
            column: 1,
            message: format!("`at` lies in the future: it is {now} now"),
            help: Some("leave `at` out for the present moment".to_owned()),
        },
        BadEvent::Leap { now } => BadBody {
            line,
            column: 1,
            message: format!("`at` lets more than {LEAP_YEARS_MAX} years pass in one request: it is {now} now"),
            help: Some(
                "send what happened before it first, or let time pass with `clock` records in between".to_owned(),
            ),
        },
    }
}

fn bad_event(BadBody { line, column, message, help }: BadBody) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad_event", message).at(line, column).help(help)
}

/// The answer to a request that was refused, whose events begin at these lines.
fn refused_event(refused: Refused, lines: &[u64]) -> Problem {
    match refused {
        Refused::Event { place, text, bad } => bad_event(place_of(&text, lines.get(place).copied().unwrap_or(1), bad)),
        Refused::Busy
        | Refused::Closed
        | Refused::NoCampaign
        | Refused::OtherKind(_)
        | Refused::Orphans(_)
        | Refused::Rules(_) => refused.into(),
    }
}
