//! Both doubles behind the connectors' seam: no socket, and a clock that only moves when somebody waits.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use campanile::Timestamp;
use campanile::config::{self, Secret};
use campanile::sync::budget::Millis;
use campanile::sync::ledger::LedgerError;
use campanile::sync::salesforce::Tokens;
use campanile::sync::wire::{Lost, Outside, Request, Response};
use campanile::testkit::double::http::Request as Asked;
use campanile::testkit::double::{Answer, Double, Faults, Marketo, Remote, Salesforce, marketo, read_data, salesforce};
use serde_json::Value;

pub(crate) const SALESFORCE_URL: &str = "https://salesforce.example";
pub(crate) const MARKETO_URL: &str = "https://marketo.example";

/// A call of ours, for somebody who looks on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment<'r> {
    /// It is about to go out.
    Before(&'r Request),
    /// It was made, whatever became of it.
    After(&'r Request),
}

/// Somebody who looks on while we work, and may do something in between.
pub(crate) type Onlooker = Rc<dyn Fn(&World, Moment<'_>)>;

pub(crate) struct World {
    pub(crate) salesforce: RefCell<Double<Salesforce>>,
    pub(crate) marketo: RefCell<Double<Marketo>>,
    now: Cell<i64>,
    /// After so many steps our process ends in the middle of its work.
    fuse: Cell<Option<u32>>,
    onlooker: RefCell<Option<Onlooker>>,
}

impl World {
    pub(crate) fn new(salesforce_data: &str, marketo_data: &str, faults: &Faults) -> Self {
        let start = Timestamp::parse("2026-03-05T09:00:00Z").unwrap();
        let salesforce = Salesforce::new(&read_data(salesforce_data).unwrap(), SALESFORCE_URL, start).unwrap();
        let marketo = Marketo::new(&read_data(marketo_data).unwrap(), start).unwrap();
        Self {
            salesforce: RefCell::new(Double::new(salesforce, faults.clone())),
            marketo: RefCell::new(Double::new(marketo, faults.clone())),
            now: Cell::new(start.0),
            fuse: Cell::new(None),
            onlooker: RefCell::new(None),
        }
    }

    /// The samples of the doubles.
    pub(crate) fn sample(faults: &Faults) -> Self {
        Self::new(salesforce::SAMPLE, marketo::SAMPLE, faults)
    }

    pub(crate) fn at(&self) -> Timestamp {
        Timestamp(self.now.get())
    }

    pub(crate) fn pass_ms(&self, millis: i64) {
        self.now.set(self.now.get() + millis);
    }

    /// What somebody in Salesforce does.
    pub(crate) fn in_salesforce(&self, method: &str, target: &str, body: &Value) -> Value {
        let request = Asked::new(method, target).json(body);
        self.salesforce.borrow_mut().call(&request, self.at()).response().unwrap().value()
    }

    /// What somebody in Marketo does.
    pub(crate) fn in_marketo(&self, method: &str, target: &str, body: &Value) -> Value {
        let request = Asked::new(method, target).json(body);
        self.marketo.borrow_mut().call(&request, self.at()).response().unwrap().value()
    }

    /// Runs something that only ever waits for this world.
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.run_to(None, work).unwrap()
    }

    /// Runs something that ends in the middle after so many steps: its calls and commits, before and after each. Nothing
    /// where it did not come to its end.
    pub(crate) fn run_to<T>(&self, steps: Option<u32>, work: impl Future<Output = T>) -> Option<T> {
        self.fuse.set(steps);
        let done = pin!(work).poll(&mut Context::from_waker(Waker::noop()));
        let ended = self.fuse.replace(None) == Some(0);
        match done {
            Poll::Ready(done) => (!ended).then_some(done),
            Poll::Pending => {
                assert!(ended, "it waits for something else than this world");
                None
            }
        }
    }

    /// Whether our process ends here.
    pub(crate) fn ends_here(&self) -> bool {
        match self.fuse.get() {
            None => false,
            Some(left) => {
                self.fuse.set(Some(left.saturating_sub(1)));
                left <= 1
            }
        }
    }

    /// Our process ends at its next step.
    pub(crate) fn end(&self) {
        self.fuse.set(Some(0));
    }

    /// A place where our process may end.
    pub(crate) async fn step(&self) {
        if self.ends_here() {
            std::future::pending::<()>().await;
        }
    }

    /// Somebody looks on from now on.
    pub(crate) fn show_to(&self, onlooker: Option<Onlooker>) {
        *self.onlooker.borrow_mut() = onlooker;
    }

    fn show(&self, moment: Moment<'_>) {
        let onlooker = self.onlooker.borrow().clone();
        if let Some(onlooker) = onlooker {
            onlooker(self, moment);
        }
    }

    fn ask<R: Remote>(&self, double: &RefCell<Double<R>>, request: Request, base: &str) -> Result<Response, Lost> {
        let mut asked = Asked::new(request.method, request.url.strip_prefix(base).unwrap());
        for (name, value) in &request.headers {
            asked = asked.header(name, value);
        }
        asked.body = request.body;
        match double.borrow_mut().call(&asked, self.at()) {
            Answer::Response { response, after_ms } => {
                self.pass_ms(10 + i64::try_from(after_ms).unwrap());
                Ok(Response { status: response.status, headers: response.headers, body: response.body })
            }
            Answer::Silence => {
                self.pass_ms(i64::try_from(request.timeout_ms).unwrap());
                Err(Lost::Unknown("no answer in time".to_owned()))
            }
            Answer::Cut => Err(Lost::Unknown("the connection broke".to_owned())),
        }
    }
}

impl Outside for World {
    async fn send(&self, request: Request) -> Result<Response, Lost> {
        self.step().await;
        self.show(Moment::Before(&request));
        let answer = if request.url.starts_with(SALESFORCE_URL) {
            self.ask(&self.salesforce, request.clone(), SALESFORCE_URL)
        } else {
            self.ask(&self.marketo, request.clone(), MARKETO_URL)
        };
        self.show(Moment::After(&request));
        self.step().await;
        answer
    }

    async fn sleep(&self, millis: u64) {
        self.pass_ms(i64::try_from(millis).unwrap());
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.now.get()).unwrap())
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Keeps rotated tokens in memory.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) RefCell<Vec<Secret>>);

impl Tokens for Kept {
    fn newest(&self) -> Option<Secret> {
        self.0.borrow().last().cloned()
    }

    fn keep(&self, token: &Secret) -> Result<(), LedgerError> {
        self.0.borrow_mut().push(token.clone());
        Ok(())
    }
}

pub(crate) fn salesforce_config(login_url: &str, auth: config::Auth) -> config::Salesforce {
    config::Salesforce {
        login_url: login_url.to_owned(),
        auth,
        client_id: "campanile-double".to_owned(),
        api_version: "66.0".to_owned(),
        calls_share: 80,
    }
}

pub(crate) fn client_credentials() -> config::Auth {
    config::Auth::ClientCredentials { client_secret: Secret::new("double-secret") }
}

pub(crate) fn marketo_config(base_url: &str) -> config::Marketo {
    config::Marketo {
        base_url: base_url.to_owned(),
        client_id: "campanile-double".to_owned(),
        client_secret: Secret::new("double-secret"),
    }
}
