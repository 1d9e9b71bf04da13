//! The web page, which is part of the program.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::App;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(|| file("text/html; charset=utf-8", include_str!("../page/index.html"))))
        .route("/icon.svg", get(|| file("image/svg+xml", include_str!("../page/icon.svg"))))
        .route("/page.css", get(|| file("text/css; charset=utf-8", include_str!("../page/page.css"))))
        .route("/page.js", get(|| file("text/javascript; charset=utf-8", include_str!("../page/page.js"))))
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}
