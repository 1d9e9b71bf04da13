//! From an address to a service that answers, and back down again.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::{oneshot, watch};

use super::access::Tokens;
use super::api::{self, App};
use super::courier::{self, ActionsTo, Couriers, DeadLetters, Secret};
use super::desk::{Behind, Desk, Ended, Opening};
use super::liaison::Liaison;
use super::limits::{Limits, Turnstile};
use super::meters::{Meters, OfRefusal};
use super::outbox::Outbox;
use super::reception;
use crate::config::Config;
use crate::net::{Crowd, Door};

/// Requests that are under way may take so long when the service ends.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Couriers may take so long to end after the desk has.
const LAST_LINES: Duration = Duration::from_secs(2);

/// How the service is reached.
#[derive(Debug)]
pub struct Listening {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// TLS; must be there when others can reach the address.
    pub tls: Option<Tls>,
    /// Who may do what; must be there when others can reach the address.
    pub tokens: Tokens,
    /// What calls of webhooks are signed with.
    pub webhook_secret: Option<Secret>,
    /// Where action records are written as they are committed.
    pub actions: Option<ActionsTo>,
    /// What callers are held to.
    pub limits: Limits,
}

/// Files in PEM.
#[derive(Debug)]
pub struct Tls {
    /// The certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why the service does not start, or ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Others can reach the address, and something is missing that would keep them out.
    #[error("`{address}` can be reached by others: {missing}")]
    Open {
        /// The address.
        address: SocketAddr,
        /// What is missing.
        missing: &'static str,
    },
    /// The address cannot be listened on.
    #[error("`{0}` cannot be listened on: {1}")]
    Listen(SocketAddr, io::Error),
    /// The certificate or its key cannot be used.
    #[error("`{path}` cannot be used: {reason}")]
    Tls {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// Something of the system is not to be had.
    #[error("the service cannot be started: {0}")]
    Start(io::Error),
    /// The desk ended.
    #[error(transparent)]
    Ended(#[from] Ended),
}

/// A service that is starting or running.
pub struct Service {
    url: String,
    desk: Desk,
    behind: Behind,
    close: watch::Sender<bool>,
    server: tokio::task::JoinHandle<()>,
    couriers: Vec<tokio::task::JoinHandle<()>>,
    syncing: Option<std::thread::JoinHandle<()>>,
}

impl Service {
    /// Listens, and takes up people meanwhile. Only within a runtime. `rules` is where the rule files of `opening` are, for
    /// reading them again. With a configuration that says where Salesforce is, the sync runs too.
    ///
    /// # Errors
    ///
    /// When the address cannot be used, or could be reached by others without TLS and tokens.
    pub fn start(
        mut opening: Opening,
        rules: Vec<PathBuf>,
        listening: Listening,
        sync: Option<Config>,
    ) -> Result<Self, ServiceError> {
        let Listening { address, tls, tokens, webhook_secret, actions, limits } = listening;
        let is_loopback = address.ip().is_loopback();
        if !is_loopback && tokens.is_empty() {
            return Err(ServiceError::Open { address, missing: "it needs tokens" });
        }
        if !is_loopback && tls.is_none() {
            return Err(ServiceError::Open { address, missing: "it needs TLS" });
        }
        let tls = tls.as_ref().map(server_config).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind(address).map_err(|error| ServiceError::Listen(address, error))?;
        listener.set_nonblocking(true).map_err(ServiceError::Start)?;
        let address = listener.local_addr().map_err(ServiceError::Start)?;
        let meters = Arc::new(Meters::new());
        let outbox = Outbox::new(opening.state.clone());
        let client = client().map_err(ServiceError::Start)?;
        let letters = DeadLetters::new();
        let state = opening.state.clone();
        let sync = sync.and_then(|config| Some((config.salesforce.clone()?, config)));
        let (second, database) = oneshot::channel();
        opening.second = sync.is_some().then_some(second);
        let opened = Desk::open(opening, letters.clone(), Arc::clone(&meters));
        let (desk, behind) = opened.map_err(ServiceError::Start)?;
        let (close, closing) = watch::channel(false);
        let (mut liaison, mut syncing) = (None, None);
        if let Some((salesforce, config)) = sync {
            let (outbox, meters, closing) = (outbox.clone(), Arc::clone(&meters), closing.clone());
            let started = Liaison::start(config, salesforce, database, state, desk.clone(), outbox, meters, closing);
            let (counter, thread) = started.map_err(ServiceError::Start)?;
            (liaison, syncing) = (Some(counter), Some(thread));
        }
        let couriers = Couriers::follow(desk.clone(), outbox.clone(), letters.clone(), webhook_secret, client);
        let mut couriers = vec![tokio::spawn(couriers)];
        if let Some(actions) = actions {
            let work = courier::carry_to(actions, desk.clone(), outbox.clone());
            couriers.push(tokio::spawn(async move {
                if let Err(error) = work.await {
                    tracing::error!(%error, "action records can no longer be written; they stay in the state");
                }
            }));
        }
        let app = App {
            liaison,
            desk: desk.clone(),
            outbox,
            letters,
            meters: Arc::clone(&meters),
            tokens: Arc::new(tokens),
            turnstile: Arc::new(Turnstile::new(&limits)),
            patience: limits.patience,
            rules: Arc::new(rules),
            is_loopback,
            closing: closing.clone(),
        };
        let full = Arc::clone(&meters);
        let crowd = Crowd::new(limits.connections, move || {
            full.refusals.get_or_create(&OfRefusal::FULL).inc();
        });
        let door = Door::open(listener, tls, Some(crowd)).map_err(ServiceError::Start)?;
        let server = tokio::spawn(reception::receive(door, api::router(app), limits.patience, meters, closing));
        Ok(Self { url: format!("{scheme}://{address}"), desk, behind, close, server, couriers, syncing })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns when people are taken up and questions answered; false when that went wrong, which [`Service::end`] tells.
    pub async fn ready(&self) -> bool {
        let mut news = self.desk.news();
        let news = news.wait_for(|news| news.is_ready || news.has_ended).await;
        news.is_ok_and(|news| news.is_ready)
    }

    /// Returns when the desk has ended by itself: something went wrong, which [`Service::end`] tells.
    pub async fn ended(&self) {
        let _ = self.desk.news().wait_for(|news| news.has_ended).await;
    }

    /// Takes no new requests, answers those that are under way, commits everything and ends.
    ///
    /// # Errors
    ///
    /// What made the desk end before its time, or what could not be committed.
    pub async fn end(self) -> Result<(), ServiceError> {
        let Self { url: _, desk, behind, close, server, couriers, syncing } = self;
        close.send_replace(true);
        if let Some(syncing) = syncing {
            // A pass that is under way is dropped where it is; the next service goes on from there.
            let _ = tokio::task::spawn_blocking(move || syncing.join()).await;
        }
        // Who keeps a connection open for longer is cut off.
        let _ = tokio::time::timeout(LAST_ANSWERS, server).await;
        desk.stop();
        // What was committed last is written by those who write; a call that is under way is made again by the next
        // service, with the same key.
        let result = tokio::task::spawn_blocking(move || behind.join()).await;
        for courier in couriers {
            let abort = courier.abort_handle();
            if tokio::time::timeout(LAST_LINES, courier).await.is_err() {
                abort.abort();
            }
        }
        match result {
            Ok(Ok(result)) => Ok(result?),
            // A panic has ended the program.
            Ok(Err(_)) | Err(_) => Err(ServiceError::Start(io::ErrorKind::Other.into())),
        }
    }
}

/// For calls of webhooks. A redirect could lead them to somebody else.
fn client() -> io::Result<reqwest::Client> {
    // Nobody else may have installed a provider yet; who did may keep theirs.
    let _ = rustls::crypto::CryptoProvider::install_default(rustls::crypto::ring::default_provider());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .user_agent(concat!("campanile/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(io::Error::other)
}

fn server_config(Tls { certificate, key }: &Tls) -> Result<Arc<rustls::ServerConfig>, ServiceError> {
    fn unusable(path: &std::path::Path, reason: impl ToString) -> ServiceError {
        ServiceError::Tls { path: path.display().to_string(), reason: reason.to_string() }
    }
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).map_err(|error| unusable(certificate, error))?.collect();
    let chain = chain.map_err(|error| unusable(certificate, error))?;
    if chain.is_empty() {
        return Err(unusable(certificate, "there is no certificate in it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(certificate, error))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| unusable(key, error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
