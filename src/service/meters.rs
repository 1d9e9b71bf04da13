//! What is counted and measured, in the form that Prometheus reads.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// What action records are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfType {
    r#type: String,
}

/// What requests are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfRequest {
    pub(super) method: String,
    /// The path as the API describes it, so that ids do not become labels.
    pub(super) route: String,
    pub(super) status: u16,
}

/// What callers that were turned away are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfRefusal {
    why: &'static str,
}

impl OfRefusal {
    /// There were too many connections.
    pub(super) const FULL: Self = Self { why: "full" };
    /// A connection on which no whole head of a request came in time; one that nobody uses any more ends so too.
    pub(super) const SILENT: Self = Self { why: "silent" };
    /// A body did not arrive in time.
    pub(super) const SLOW: Self = Self { why: "slow" };
    /// A token asked too often.
    pub(super) const RATE: Self = Self { why: "rate" };
    /// Too many wrong tokens came from one address.
    pub(super) const GUESSES: Self = Self { why: "guesses" };
}

/// What passes of the sync are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfPass {
    outcome: &'static str,
}

impl OfPass {
    /// Everything went well.
    pub(super) const FINE: Self = Self { outcome: "fine" };
    /// Somebody has to look after something.
    pub(super) const FAILURES: Self = Self { outcome: "failures" };
    /// A side could not be reached, or refused.
    pub(super) const BROKEN: Self = Self { outcome: "broken_off" };
}

/// All meters.
#[derive(Debug)]
pub(super) struct Meters {
    registry: Registry,
    /// Events that are in the state now.
    pub(super) accepted: Counter<u64, AtomicU64>,
    /// Events that were there already.
    pub(super) duplicates: Counter<u64, AtomicU64>,
    /// Events that were refused.
    pub(super) refused: Counter<u64, AtomicU64>,
    records: Family<OfType, Counter<u64, AtomicU64>>,
    /// People.
    pub(super) people: Gauge,
    /// Tasks that wait for the desk.
    pub(super) waiting_tasks: Gauge,
    /// How long a commit with action records took.
    pub(super) commit_seconds: Histogram,
    /// HTTP requests.
    pub(super) requests: Family<OfRequest, Counter<u64, AtomicU64>>,
    /// Connections that are open.
    pub(super) connections: Gauge,
    /// Callers that were turned away.
    pub(super) refusals: Family<OfRefusal, Counter<u64, AtomicU64>>,
    /// Passes of the sync.
    pub(super) passes: Family<OfPass, Counter<u64, AtomicU64>>,
    /// What the last pass left for the next one.
    pub(super) backlog: Gauge,
    /// When the last pass ended that was not broken off, in seconds since 1970.
    pub(super) passed: Gauge,
}

impl Meters {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("campanile");
        let (accepted, duplicates, refused) = (Counter::default(), Counter::default(), Counter::default());
        registry.register("events_accepted", "Events taken", accepted.clone());
        registry.register("events_duplicate", "Events that were there already", duplicates.clone());
        registry.register("events_refused", "Events refused", refused.clone());
        let records = Family::default();
        registry.register("action_records", "Action records committed, by type", Family::clone(&records));
        let (people, waiting_tasks) = (Gauge::default(), Gauge::default());
        registry.register("people", "People in the state", people.clone());
        registry.register("tasks_waiting", "Requests that wait for the desk", waiting_tasks.clone());
        // From half a millisecond to some sixteen seconds.
        let commit_seconds = Histogram::new(exponential_buckets(0.0005, 2.0, 16));
        registry.register("commit_seconds", "How long commits take", commit_seconds.clone());
        let requests = Family::default();
        registry.register("http_requests", "HTTP requests, by route and status", Family::clone(&requests));
        let (connections, refusals) = (Gauge::default(), Family::default());
        registry.register("connections", "Connections that are open", connections.clone());
        registry.register("turned_away", "Callers that were turned away, by reason", Family::clone(&refusals));
        let (passes, backlog, passed) =
            (Family::<OfPass, Counter<u64, AtomicU64>>::default(), Gauge::default(), Gauge::default());
        // Outcomes that never were are zero, so that a first one is an increase.
        for of in [OfPass::FINE, OfPass::FAILURES, OfPass::BROKEN] {
            drop(passes.get_or_create(&of));
        }
        registry.register("sync_passes", "Passes of the sync, by outcome", Family::clone(&passes));
        registry.register("sync_backlog", "What the last pass of the sync left for the next one", backlog.clone());
        registry.register(
            "sync_passed_seconds",
            "When the last whole pass of the sync ended, since 1970",
            passed.clone(),
        );
        registry.register("build", "The version", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        Self {
            registry,
            accepted,
            duplicates,
            refused,
            records,
            people,
            waiting_tasks,
            commit_seconds,
            requests,
            connections,
            refusals,
            passes,
            backlog,
            passed,
        }
    }

    /// Counts an action record, given as the line that it is.
    pub(super) fn count_record(&self, line: &[u8]) {
        let begin = line.strip_prefix(br#"{"type":""#).unwrap_or(line);
        let word = begin.split(|byte| *byte == b'"').next().unwrap_or(begin);
        let r#type = String::from_utf8_lossy(word).into_owned();
        self.records.get_or_create(&OfType { r#type }).inc();
    }

    /// All of them as text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // A string takes everything.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}
