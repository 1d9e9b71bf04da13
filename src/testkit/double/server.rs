//! HTTP, and TLS where it is asked for, around a [`Double`].
//!
//! Loopback only. A call is handled under one lock, as the doubles are plain state; waiting happens outside of it. Start
//! at [`Server::start`].

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::Response as HttpResponse;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

use super::http::{Request, Response};
use super::tls::{Identity, identity};
use super::{Answer, Double, Remote};
use crate::clock::present;
use crate::net::{Door, Line};

/// The largest body.
const BODY_BYTES_MAX: usize = 160 * 1024 * 1024;
/// How long a caller that gets no answer is kept waiting.
const SILENCE: Duration = Duration::from_secs(600);
/// How long answers that are under way may take when the server stops.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is not one of this machine alone.
    #[error("`{0}` is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("`{0}` cannot be listened on: {1}")]
    Listen(SocketAddr, io::Error),
    /// The runtime or its thread cannot be made.
    #[error("the server cannot be started: {0}")]
    Start(io::Error),
    /// No certificate could be made.
    #[error("no certificate could be made: {0}")]
    Certificate(Box<dyn std::error::Error + Send + Sync>),
}

/// A running double. It stops when it is dropped.
#[derive(Debug)]
pub struct Server<R> {
    url: String,
    authority: Option<String>,
    double: Arc<Mutex<Double<R>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl<R: Remote + Send + 'static> Server<R> {
    /// Starts serving on a loopback address (port 0: any that is free) from a thread of its own.
    pub fn start(mut double: Double<R>, address: SocketAddr, tls: bool) -> Result<Self, ServerError> {
        if !address.ip().is_loopback() {
            return Err(ServerError::NotLoopback(address));
        }
        let listener = StdListener::bind(address).map_err(|error| ServerError::Listen(address, error))?;
        listener.set_nonblocking(true).map_err(ServerError::Start)?;
        let address = listener.local_addr().map_err(ServerError::Start)?;
        let identity = if tls { Some(identity(address.ip()).map_err(ServerError::Certificate)?) } else { None };
        let url = format!("{}://{address}", if tls { "https" } else { "http" });
        double.remote.set_base_url(&url);
        let authority = identity.as_ref().map(|identity| identity.authority.clone());
        let double = Arc::new(Mutex::new(double));
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServerError::Start)?;
        let state = Arc::clone(&double);
        let thread = std::thread::Builder::new()
            .name("double".to_owned())
            .spawn(move || runtime.block_on(serve(state, listener, identity, stopped)))
            .map_err(ServerError::Start)?;
        Ok(Self { url, authority, double, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate to trust, in PEM, when it speaks TLS.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The double itself. Calls wait as long as this is held.
    pub fn double(&self) -> MutexGuard<'_, Double<R>> {
        self.double.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> Drop for Server<R> {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Gone already when the server failed.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve<R: Remote + Send + 'static>(
    double: Arc<Mutex<Double<R>>>,
    listener: StdListener,
    identity: Option<Identity>,
    stopped: oneshot::Receiver<()>,
) {
    let Ok(door) = Door::open(listener, identity.map(|identity| identity.config), None) else { return };
    let app = Router::new().fallback(answer::<R>).with_state(double);
    let (halt, halted) = oneshot::channel::<()>();
    let server =
        axum::serve(Cuttable(door), app.into_make_service_with_connect_info::<Cut>()).with_graceful_shutdown(async {
            let _ = halted.await;
        });
    let server = tokio::spawn(server.into_future());
    let _ = stopped.await;
    let _ = halt.send(());
    let _ = tokio::time::timeout(LAST_ANSWERS, server).await;
}

async fn answer<R: Remote + Send + 'static>(
    State(double): State<Arc<Mutex<Double<R>>>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: HttpRequest,
) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return http(Response::empty(StatusCode::PAYLOAD_TOO_LARGE.as_u16()));
    };
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.as_str().to_ascii_lowercase(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let answer = double.lock().unwrap_or_else(PoisonError::into_inner).call(&request, present());
    match answer {
        Answer::Response { response, after_ms } => {
            if after_ms > 0 {
                tokio::time::sleep(Duration::from_millis(after_ms)).await;
            }
            http(response)
        }
        Answer::Silence => {
            tokio::time::sleep(SILENCE).await;
            cut.now()
        }
        Answer::Cut => cut.now(),
    }
}

fn http(response: Response) -> HttpResponse {
    let mut builder = HttpResponse::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    builder.body(Body::from(response.body)).unwrap_or_default()
}

/// Breaks a connection.
#[derive(Debug, Clone)]
struct Cut(Arc<AtomicBool>);

impl Cut {
    /// From here on nothing can be written; what is returned is never seen.
    fn now(&self) -> HttpResponse {
        self.0.store(true, Ordering::Release);
        HttpResponse::default()
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        stream.io().cut.clone()
    }
}

/// A door whose connections can be cut.
struct Cuttable(Door);

impl Listener for Cuttable {
    type Io = CuttableLine;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (line, address) = self.0.accept().await;
        (CuttableLine { line, cut: Cut(Arc::new(AtomicBool::new(false))) }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection that can be cut.
struct CuttableLine {
    line: Line,
    cut: Cut,
}

impl CuttableLine {
    fn broken(&self) -> Option<io::Error> {
        self.cut.0.load(Ordering::Acquire).then(|| io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for CuttableLine {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(error) = self.broken() {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.line).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableLine {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(error) = self.broken() {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.line).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.broken() {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.line).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(context)
    }
}
