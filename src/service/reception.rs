//! From the door to the API: each connection is a task of its own, and the head of a request must arrive in time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::sync::watch;

use super::meters::{Meters, OfRefusal};
use crate::net::Door;

/// Answers whoever comes in, until `closing` becomes true and what is under way is answered.
pub(super) async fn receive(
    mut door: Door,
    router: Router,
    patience: Duration,
    meters: Arc<Meters>,
    mut closing: watch::Receiver<bool>,
) {
    let under_way = GracefulShutdown::new();
    loop {
        let (line, address) = tokio::select! {
            arrival = door.accept() => arrival,
            _ = closing.wait_for(|closing| *closing) => break,
        };
        let api = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(address));
            api.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .serve_connection(TokioIo::new(line), service);
        let connection = under_way.watch(connection);
        let meters = Arc::clone(&meters);
        tokio::spawn(async move {
            meters.connections.inc();
            if connection.await.is_err_and(|error| error.is_timeout()) {
                meters.refusals.get_or_create(&OfRefusal::SILENT).inc();
            }
            meters.connections.dec();
        });
    }
    drop(door);
    under_way.shutdown().await;
}
