//! What the commands that serve have in common: where to listen, and when to end.

use std::net::{SocketAddr, ToSocketAddrs as _};

use super::exit::Failure;

/// The address under `--listen`.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, Failure> {
    let found = text.to_socket_addrs().ok().and_then(|mut found| found.next());
    found.ok_or_else(|| {
        let help = "an address and a port, as in `127.0.0.1:8090`".to_owned();
        Failure::with_help(format!("`{text}` under --listen is no address"), vec![help])
    })
}

/// Gives a future that returns at Ctrl-C, and where there are such signals at SIGTERM. Signals are caught from now on.
pub(super) fn asked_to_end() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("signals cannot be waited for: {error}"));
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async move {
        let _ = tokio::signal::ctrl_c().await;
    })
}
