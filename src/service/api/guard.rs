//! What stands around all requests: who may come in, what is counted, and headers that keep browsers from being used.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use utoipa::Modify;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::App;
use crate::service::access::{Role, is_this_machine};
use crate::service::meters::{OfRefusal, OfRequest};
use crate::service::problem::Problem;

/// How tokens are given.
pub(super) struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        for (name, scheme) in [("bearer", HttpAuthScheme::Bearer), ("basic", HttpAuthScheme::Basic)] {
            let scheme = HttpBuilder::new().scheme(scheme).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// What a request needs; `None` for what everybody may ask.
fn needed(method: &Method, path: &str) -> Option<Role> {
    if matches!(path, "/healthz" | "/readyz") {
        return None;
    }
    if matches!(*method, Method::GET | Method::HEAD) {
        return Some(Role::Read);
    }
    let tells = path == "/v1/events" || (path.starts_with("/v1/campaigns/") && path.ends_with("/requests"));
    Some(if tells { Role::Event } else { Role::Admin })
}

/// Lets in who may come in.
pub(super) async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if let Some(problem) = led_here(&app, headers, request.method()) {
        return problem.into_response();
    }
    let needed = needed(request.method(), request.uri().path());
    if let Some(needed) = needed.filter(|_| !app.tokens.is_empty()) {
        let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        if let Err(problem) = let_in(&app, token(headers), from, needed) {
            return problem.into_response();
        }
    }
    next.run(request).await
}

fn let_in(app: &App, given: Option<String>, from: Option<IpAddr>, needed: Role) -> Result<(), Problem> {
    let Some(given) = given else { return Err(unauthorized()) };
    let found = app.tokens.find(&given);
    let guesses = |seconds: u64| {
        app.meters.refusals.get_or_create(&OfRefusal::GUESSES).inc();
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_wrong_tokens",
            "too many wrong tokens came from your address",
        )
        .come_again(seconds)
    };
    if let Some(from) = from {
        app.turnstile.comes_in(from, found.map(|(number, _)| number)).map_err(guesses)?;
        if found.is_none() {
            app.turnstile.was_wrong(from).map_err(guesses)?;
        }
    }
    let (number, role) = found.ok_or_else(unauthorized)?;
    app.turnstile.asks(number).map_err(|seconds| {
        app.meters.refusals.get_or_create(&OfRefusal::RATE).inc();
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "this token asks too often")
            .come_again(seconds)
    })?;
    if role.allows(needed) {
        return Ok(());
    }
    let title = format!("this token has the role `{}`, and `{}` is needed", role.word(), needed.word());
    Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", title))
}

fn unauthorized() -> Problem {
    // Browsers ask for it then; the name does not matter, the password is the token.
    let ask = HeaderValue::from_static("Basic realm=\"campanile\", charset=\"UTF-8\"");
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "a token is needed")
        .help(["give it as `Authorization: Bearer TOKEN`, or as the password of HTTP Basic".to_owned()])
        .header(header::WWW_AUTHENTICATE, ask)
}

/// A body was not there in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
pub(super) struct TooSlow;

/// Gives the body of a request so much time as a whole: a sender that adds a byte now and then is cut off.
pub(super) async fn hurry(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let deadline = tokio::time::Instant::now() + app.patience;
    let in_time = |body: Body| {
        let pieces = unfold(body.into_data_stream(), move |mut pieces| async move {
            let piece = tokio::time::timeout_at(deadline, pieces.next()).await;
            let piece = piece.unwrap_or_else(|_| Some(Err(axum::Error::new(TooSlow))));
            piece.map(|piece| (piece, pieces))
        });
        Body::from_stream(pieces)
    };
    next.run(request.map(in_time)).await
}

/// Pages of other sites must not make a browser talk to us, neither under their own name nor under ours.
fn led_here(app: &App, headers: &HeaderMap, method: &Method) -> Option<Problem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if app.is_loopback && !host.is_none_or(is_this_machine) {
        let title = "this service answers under the name of this machine only";
        return Some(Problem::new(StatusCode::MISDIRECTED_REQUEST, "host", title));
    }
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or(""));
    let other = origin.is_some_and(|origin| origin.split_once("://").map(|(_, host)| host) != host);
    let is_question = matches!(*method, Method::GET | Method::HEAD);
    (other && !is_question)
        .then(|| Problem::new(StatusCode::FORBIDDEN, "origin", "pages of other sites may not send anything here"))
}

fn token(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = given.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, rest.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    decoded.split_once(':').map(|(_, password)| password.to_owned())
}

/// Counts requests and writes them down; what they carry is not.
pub(super) async fn account(State(app): State<App>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let millis = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    if status < 400 {
        tracing::debug!(method, route, status, millis, "request");
    } else {
        tracing::info!(method, route, status, millis, "request was not answered as asked");
    }
    // A method that somebody made up is no label.
    let method = if matches!(method.as_str(), "GET" | "HEAD" | "POST") { method } else { "other".to_owned() };
    app.meters.requests.get_or_create(&OfRequest { method, route, status }).inc();
    response
}

/// Headers that every answer has.
pub(super) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_requests_need() {
        assert_eq!(needed(&Method::GET, "/healthz"), None);
        assert_eq!(needed(&Method::GET, "/metrics"), Some(Role::Read));
        assert_eq!(needed(&Method::POST, "/v1/events"), Some(Role::Event));
        assert_eq!(needed(&Method::POST, "/v1/campaigns/a b/requests"), Some(Role::Event));
        assert_eq!(needed(&Method::POST, "/v1/campaigns/a/run"), Some(Role::Admin));
        assert_eq!(needed(&Method::POST, "/v1/rules/reload"), Some(Role::Admin));
        assert_eq!(needed(&Method::DELETE, "/v1/anything"), Some(Role::Admin));
    }
}
