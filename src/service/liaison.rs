//! The sync beside the desk: passes on their interval, what flows did as soon as it is committed, and answers about it.
//!
//! It has a thread of its own and a connection of its own to the state. The desk is told facts, and asked what flows did; a
//! side that cannot be reached is tried again with the next pass. When the service ends, a pass that is under way is dropped:
//! whatever it had begun stands in the ledger.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::desk::{Desk, Refused};
use super::meters::{Meters, OfPass};
use super::outbox::Outbox;
use crate::clock::present;
use crate::config::{Config, Salesforce as SalesforceConfig};
use crate::meaning::Rulebook;
use crate::model::Timestamp;
use crate::store::Database;
use crate::sync::Trouble;
use crate::sync::doctor::{Line, examine};
use crate::sync::evaluator::{self, ActionLine, Evaluator, OwnMember, OwnPerson};
use crate::sync::ledger::{Entries, Fact, Ledger as _, LedgerError, SqliteLedger};
use crate::sync::marketo::Marketo;
use crate::sync::pass::{How, Report, Sync, calls_used, shown_since, status};
use crate::sync::salesforce::{KeptTokens, Salesforce};
use crate::sync::wire::{Http, Outside as _};

/// After the state could not be kept, it is tried again after so long.
const AGAIN: Duration = Duration::from_secs(60);

/// What everybody may know about the sync.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SyncNews {
    /// Whether a pass is under way.
    pub(super) is_running: bool,
    /// When the next one begins.
    pub(super) next: Option<Timestamp>,
    /// Why there is none.
    pub(super) trouble: Option<String>,
}

enum Ask {
    /// A pass is wanted now.
    Pass,
    /// Somebody wants to know why something cannot be seen.
    Doctor(oneshot::Sender<Vec<Line>>),
}

/// The counter of the sync. Clones are of the same.
#[derive(Clone)]
pub(super) struct Liaison {
    asks: mpsc::UnboundedSender<Ask>,
    news: watch::Receiver<SyncNews>,
    state: PathBuf,
}

/// What the thread works with.
struct Work {
    config: Config,
    salesforce: SalesforceConfig,
    state: PathBuf,
    desk: Desk,
    outbox: Outbox,
    meters: Arc<Meters>,
    closing: watch::Receiver<bool>,
    news: watch::Sender<SyncNews>,
}

/// Why a round of passes ended.
enum End {
    /// The rules are others now.
    Rules,
    /// The service ends.
    Closing,
}

impl Liaison {
    /// Starts the sync, which begins with a pass once the desk is open. `database` is its connection to the state.
    #[expect(clippy::too_many_arguments, reason = "everything that a thread of its own needs")]
    pub(super) fn start(
        config: Config,
        salesforce: SalesforceConfig,
        database: oneshot::Receiver<Database>,
        state: PathBuf,
        desk: Desk,
        outbox: Outbox,
        meters: Arc<Meters>,
        closing: watch::Receiver<bool>,
    ) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (asks, mut asked) = mpsc::unbounded_channel();
        let (tell, news) = watch::channel(SyncNews::default());
        let liaison = Self { asks, news, state: state.clone() };
        let work = Work { config, salesforce, state, desk, outbox, meters, closing, news: tell };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("sync".to_owned()).spawn(move || {
            runtime.block_on(async {
                // The desk that has no connection to give has ended.
                if let Ok(database) = database.await {
                    work.go(database, &mut asked).await;
                }
            });
        })?;
        Ok((liaison, thread))
    }

    /// What everybody may know.
    pub(super) fn news(&self) -> SyncNews {
        self.news.borrow().clone()
    }

    /// Asks for a pass now.
    pub(super) fn pass(&self) {
        let _ = self.asks.send(Ask::Pass);
    }

    /// Asks why something cannot be seen; nothing when the sync has ended.
    pub(super) async fn doctor(&self) -> Option<Vec<Line>> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Doctor(reply)).ok()?;
        answer.await.ok()
    }

    /// How the sync stands, as `campanile sync status` shows it.
    pub(super) async fn status(&self) -> Result<Value, LedgerError> {
        let (state, news) = (self.state.clone(), self.news());
        let read = move || -> Result<Value, LedgerError> {
            let database = Database::open_for_reading(&state)?;
            let mut shown = match SqliteLedger::open_for_reading(database)? {
                Some(mut ledger) => {
                    let book = ledger.load()?;
                    let last = ledger.passes("")?.pop();
                    let records = ledger.records(&shown_since(present()))?;
                    status(&book, last.as_deref(), &records)
                }
                None => status(&Default::default(), None, &[]),
            };
            if let Some(map) = shown.as_object_mut() {
                map.insert("enabled".to_owned(), json!(true));
                map.insert("running".to_owned(), json!(news.is_running));
                map.insert("next".to_owned(), json!(news.next.map(|at| at.to_string())));
                if let Some(trouble) = news.trouble {
                    map.insert("trouble".to_owned(), json!(trouble));
                }
            }
            Ok(shown)
        };
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|_| {
            Err(LedgerError { message: "the ledger could not be read".to_owned(), help: Vec::new() })
        })
    }
}

/// Of a service without a sync.
pub(super) fn no_status() -> Value {
    let mut shown = status(&Default::default(), None, &[]);
    if let Some(map) = shown.as_object_mut() {
        map.insert("enabled".to_owned(), json!(false));
    }
    shown
}

impl Work {
    async fn go(self, database: Database, asked: &mut mpsc::UnboundedReceiver<Ask>) {
        let mut desk = self.desk.news();
        if desk.wait_for(|news| news.is_ready || news.has_ended).await.is_err() {
            return;
        }
        let mut ledger = match SqliteLedger::open(database) {
            Ok(ledger) => ledger,
            Err(error) => return self.cannot(&error.to_string()),
        };
        let tokens = match KeptTokens::open(&self.salesforce, Some(&self.state)) {
            Ok(tokens) => tokens,
            Err(error) => return self.cannot(&error.message),
        };
        let http = match Http::new() {
            Ok(http) => http,
            Err(why) => return self.cannot(&why),
        };
        let mut next = Instant::now();
        loop {
            match self.passes(&mut ledger, &tokens, &http, asked, &mut next).await {
                Ok(End::Rules) => {}
                Ok(End::Closing) => return,
                Err(_) if *self.closing.borrow() || self.desk.news().borrow().has_ended => return,
                Err(trouble) => {
                    tracing::error!(%trouble, "the sync cannot go on; it is begun anew in a minute");
                    self.news.send_modify(|news| (news.is_running, news.trouble) = (false, Some(trouble.to_string())));
                    let mut closing = self.closing.clone();
                    tokio::select! {
                        () = tokio::time::sleep(AGAIN) => {}
                        _ = closing.wait_for(|closing| *closing) => return,
                    }
                }
            }
        }
    }

    fn cannot(&self, why: &str) {
        tracing::error!(why, "there is no sync");
        self.news.send_modify(|news| news.trouble = Some(why.to_owned()));
    }

    /// Passes under the rules as they are now, until they change.
    async fn passes(
        &self,
        ledger: &mut SqliteLedger,
        tokens: &KeptTokens,
        http: &Http,
        asked: &mut mpsc::UnboundedReceiver<Ask>,
        next: &mut Instant,
    ) -> Result<End, Trouble> {
        let mut addresses = self.desk.addresses();
        addresses.borrow_and_update();
        let rules: Rulebook = self.desk.ask(|engine| engine.rulebook().clone()).await.map_err(closed)?;
        let entries = Entries::open(Box::new(ledger))?;
        let day = crate::sync::budget::day(http.now());
        let marketo = self.config.marketo.clone().map(|it| Marketo::new(http, it, calls_used(&entries, day)));
        let salesforce = Salesforce::new(http, self.salesforce.clone(), tokens);
        let at_desk = AtDesk { desk: self.desk.clone(), outbox: self.outbox.clone() };
        let policy = &self.config.sync;
        let mut sync = Sync::new(http, &salesforce, marketo.as_ref(), policy, &rules, at_desk, entries);
        let (mut news, mut closing) = (self.desk.news(), self.closing.clone());
        let pause = Duration::from_secs(policy.every_seconds);
        let mut seen = news.borrow_and_update().last;
        loop {
            let due = next.saturating_duration_since(Instant::now());
            let at = present().plus(i64::try_from(due.as_millis()).unwrap_or(i64::MAX));
            self.news.send_modify(|news| (news.is_running, news.next, news.trouble) = (false, Some(at), None));
            tokio::select! {
                _ = closing.wait_for(|closing| *closing) => return Ok(End::Closing),
                changed = addresses.changed() => return Ok(if changed.is_ok() { End::Rules } else { End::Closing }),
                ask = asked.recv() => match ask {
                    None => return Ok(End::Closing),
                    Some(Ask::Pass) => *next = Instant::now(),
                    Some(Ask::Doctor(reply)) => {
                        let lines = examine(&self.config, Some(&salesforce), marketo.as_ref(), &rules).await;
                        // Whoever asked may have gone.
                        let _ = reply.send(lines);
                    }
                },
                () = tokio::time::sleep_until(*next) => {
                    self.news.send_modify(|news| (news.is_running, news.next) = (true, None));
                    let mut closing = self.closing.clone();
                    let (report, outcome) = tokio::select! {
                        passed = sync.pass(How::default()) => passed,
                        _ = closing.wait_for(|closing| *closing) => return Ok(End::Closing),
                    };
                    *next = Instant::now() + pause;
                    self.count(&report, &outcome);
                    if let Err(Trouble::Ledger(error)) = outcome {
                        return Err(error.into());
                    }
                }
                changed = news.changed() => {
                    if changed.is_err() || news.borrow().has_ended {
                        return Ok(End::Closing);
                    }
                }
            }
            // What came while flows were last asked is news too.
            loop {
                let last = news.borrow_and_update().last;
                if std::mem::replace(&mut seen, last) == last {
                    break;
                }
                self.hand_out(&mut sync).await?;
                if !sync.is_exhausted() {
                    seen = news.borrow_and_update().last;
                    break;
                }
            }
        }
    }

    /// What flows did does not wait for the pass.
    async fn hand_out(&self, sync: &mut Sync<'_, Http, AtDesk>) -> Result<(), Trouble> {
        let mut closing = self.closing.clone();
        let handed = tokio::select! {
            handed = sync.hand_out() => handed,
            _ = closing.wait_for(|closing| *closing) => return Ok(()),
        };
        match handed {
            Ok(report) if report.is_quiet() => Ok(()),
            Ok(report) => {
                tracing::info!(report = report.json(), "what flows did was passed on");
                Ok(())
            }
            Err(Trouble::Ledger(error)) => Err(error.into()),
            Err(trouble) => {
                tracing::warn!(%trouble, "what flows did waits for the next pass");
                Ok(())
            }
        }
    }

    fn count(&self, report: &Report, outcome: &Result<(), Trouble>) {
        let of = match outcome {
            Err(_) => OfPass::BROKEN,
            Ok(()) if report.has_failures() => OfPass::FAILURES,
            Ok(()) => OfPass::FINE,
        };
        self.meters.passes.get_or_create(&of).inc();
        let backlog = report.counts().map(|(_, counts)| counts.backlog).sum::<u64>();
        self.meters.backlog.set(i64::try_from(backlog).unwrap_or(i64::MAX));
        match outcome {
            Ok(()) => {
                self.meters.passed.set(present().0.div_euclid(1000));
                if !report.is_quiet() {
                    tracing::info!(report = report.json(), "a pass of the sync");
                }
            }
            Err(trouble) => tracing::warn!(%trouble, "a pass of the sync was broken off"),
        }
    }
}

/// The rules behind the desk.
struct AtDesk {
    desk: Desk,
    outbox: Outbox,
}

fn closed(_: Refused) -> Trouble {
    Trouble::Ledger(LedgerError { message: "the service ends".to_owned(), help: Vec::new() })
}

impl AtDesk {
    async fn ask<T: Send + 'static>(
        &self,
        question: impl Fn(&mut crate::engine::Engine) -> T + Clone + Send + 'static,
    ) -> Result<T, Trouble> {
        loop {
            match self.desk.ask(question.clone()).await {
                Err(Refused::Busy) => tokio::time::sleep(super::desk::BUSY_PAUSE).await,
                answer => return answer.map_err(closed),
            }
        }
    }
}

impl Evaluator for AtDesk {
    async fn tell(&mut self, facts: &[(u64, Fact)]) -> Result<(), Trouble> {
        self.desk.tell(facts).await.map_err(closed)
    }

    async fn actions(&mut self, after: u64, limit: usize) -> Result<Vec<ActionLine>, Trouble> {
        let found = self.outbox.after(after, limit).await;
        let found = found.map_err(|error| Trouble::Ledger(LedgerError::from(error)))?;
        Ok(found.into_iter().map(|(number, text)| ActionLine { number, text }).collect())
    }

    async fn members(&mut self, program: &str) -> Result<Vec<OwnMember>, Trouble> {
        let program = program.to_owned();
        self.ask(move |engine| evaluator::members(engine, &program)).await
    }

    async fn people(&mut self, ids: &[String]) -> Result<Vec<OwnPerson>, Trouble> {
        let ids = ids.to_vec();
        self.ask(move |engine| ids.iter().filter_map(|id| evaluator::person(engine, id)).collect()).await
    }

    async fn people_by_email(&mut self, emails: &[String]) -> Result<Vec<OwnPerson>, Trouble> {
        let emails = emails.to_vec();
        self.ask(move |engine| evaluator::people_by_email(engine, &emails)).await
    }
}
