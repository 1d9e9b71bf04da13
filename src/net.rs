//! The door of a server: connections come in, over TLS where that is asked for.
//!
//! Each connection shakes hands on its own, so that a slow one holds nobody up. What is said on a connection is none of
//! this room's business.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Connections that wait to be taken up.
const WAITING_MAX: usize = 128;

/// How long shaking hands may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How many connections may be open at once.
pub struct Crowd {
    places: Arc<Semaphore>,
    turned_away: Box<dyn Fn() + Send>,
}

impl Crowd {
    /// At most so many. Who comes when there is no place is cut off at once, and `turned_away` is told.
    pub fn new(most: usize, turned_away: impl Fn() + Send + 'static) -> Self {
        let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { places, turned_away: Box::new(turned_away) }
    }
}

/// A door that stands open until the value is dropped.
#[derive(Debug)]
pub struct Door {
    arrivals: mpsc::Receiver<(Line, SocketAddr)>,
    address: SocketAddr,
    porter: JoinHandle<()>,
}

impl Door {
    /// Takes connections in from a listener that does not block: as many as come, unless `crowd` says how many. Only
    /// within a runtime.
    ///
    /// # Errors
    ///
    /// When the runtime does not take the listener.
    pub fn open(
        listener: StdListener,
        tls: Option<Arc<rustls::ServerConfig>>,
        crowd: Option<Crowd>,
    ) -> io::Result<Self> {
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let (lines, arrivals) = mpsc::channel(WAITING_MAX);
        let porter = tokio::spawn(admit(listener, tls.map(TlsAcceptor::from), lines, crowd));
        Ok(Self { arrivals, address, porter })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.porter.abort();
    }
}

async fn admit(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    lines: mpsc::Sender<(Line, SocketAddr)>,
    crowd: Option<Crowd>,
) {
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // Out of file handles, say: better a moment later than in a hot loop.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let place = crowd.as_ref().map(|crowd| Arc::clone(&crowd.places).try_acquire_owned().ok());
        if let (Some(crowd), Some(None)) = (&crowd, &place) {
            (crowd.turned_away)();
            continue;
        }
        let place = place.flatten();
        let _ = stream.set_nodelay(true);
        match &acceptor {
            None => {
                let _ = lines.send((Line { stream: Box::new(stream), _place: place }, address)).await;
            }
            Some(acceptor) => {
                let (acceptor, lines) = (acceptor.clone(), lines.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        let _ = lines.send((Line { stream: Box::new(stream), _place: place }, address)).await;
                    }
                });
            }
        }
    }
}

impl Listener for Door {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.arrivals.recv().await {
            Some(arrival) => arrival,
            // The door is shut: nobody comes any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection.
pub struct Line {
    stream: Box<dyn Stream>,
    /// Somebody else may have it when this one ends.
    _place: Option<OwnedSemaphorePermit>,
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
