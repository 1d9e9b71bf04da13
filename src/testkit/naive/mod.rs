//! The evaluator once more, written from the contract alone: slow, plain, and meant to be obviously right.
//!
//! Nothing here is shared with the real evaluator and nothing is remembered that could be looked up again: every campaign
//! is asked about every activity, every line of the log is read for every question, the next timer is the smallest of a
//! list, and when a segment changes by time is found by asking at every moment that could matter. Start at
//! [`Naive::handle`]; `facts` applies what the world tells, `dispatch` works the queue, `flow` and `steps` run flows,
//! `timers` lets time pass, `judge` answers filters, `calendar` asks `jiff`.

mod calendar;
mod dispatch;
mod facts;
mod flow;
mod judge;
mod state;
mod steps;
mod timers;
mod write;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use self::calendar::Calendar;
use self::flow::Wait;
use self::judge::Judge;
use self::state::{Happened, Person};
use crate::meaning::{Duration, Filter, Rulebook};
use crate::model::{CampaignId, Event, EventKind, Id, Timestamp};

/// A fact that cannot be used: about nobody, with a value that does not fit, or a `clock` without a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Events handed in.
    pub events: u64,
    /// Events dropped because their id was handled before.
    pub duplicates: u64,
    /// Records of people qualifying.
    pub qualified: u64,
    /// Records of actions.
    pub actions: u64,
    /// Records of incidents.
    pub incidents: u64,
    /// People.
    pub people: u64,
}

/// The naive evaluator.
#[derive(Debug, Clone)]
pub struct Naive {
    rules: std::sync::Arc<Rulebook>,
    calendar: Calendar,
    now: Option<Timestamp>,
    /// Load records that wait for the clock to start.
    pending: Vec<Event<'static>>,
    people: BTreeMap<String, Person>,
    /// Person and id of events that were handled.
    handled: BTreeSet<(String, String)>,
    counted: Counted,
    /// Waiting runs, in the order in which the waits began.
    waits: Vec<Wait>,
    /// When each campaign's schedule runs next, by place of the campaign.
    schedules: Vec<Option<Timestamp>>,
    /// The next moment at which time alone changes a watched segment of a person: looked for up to the first, found the
    /// second. Forgotten whenever the person changes.
    changes_ahead: BTreeMap<String, (Timestamp, Option<Timestamp>)>,
    queue: VecDeque<Queued>,
    /// Activities of depth 1 or more taken from the queue since the outside event.
    taken: u64,
    /// Whether the incident about too many of them was written.
    told_too_many: bool,
    /// Whether time passing came to no end.
    given_up: bool,
    /// While loading: whether the record is logged.
    silent: Option<bool>,
    out: Vec<String>,
}

/// An activity in the queue of the person that is being worked on.
#[derive(Debug, Clone)]
struct Queued {
    what: Happened,
    cause: Cause,
}

/// What led to something.
#[derive(Debug, Clone, Default)]
struct Cause {
    /// The outside event as records name it.
    event: Option<String>,
    /// The depth of the activities that it leads to.
    depth: u32,
    /// The campaigns that led there.
    path: Vec<String>,
}

impl Naive {
    /// An evaluator without people. The zone is the workspace's, by its name.
    pub fn new(rules: Rulebook, zone: &str) -> Self {
        let calendar = Calendar::new(zone, rules.settings.week_starts_on);
        let schedules = vec![None; rules.campaigns.len()];
        Self {
            rules: std::sync::Arc::new(rules),
            calendar,
            now: None,
            pending: Vec::new(),
            people: BTreeMap::new(),
            handled: BTreeSet::new(),
            counted: Counted::default(),
            waits: Vec::new(),
            schedules,
            changes_ahead: BTreeMap::new(),
            queue: VecDeque::new(),
            taken: 0,
            told_too_many: false,
            given_up: false,
            silent: None,
            out: Vec::new(),
        }
    }

    /// Starts the clock, if it does not run.
    pub fn start(&mut self, at: Timestamp) {
        if self.now.is_some() {
            return;
        }
        self.now = Some(at);
        for record in std::mem::take(&mut self.pending) {
            self.load_now(&record);
        }
        self.first_schedules(at);
    }

    /// Starts the clock where nothing says when: at the first load record that has a time.
    fn start_somewhere(&mut self, at: Option<Timestamp>) {
        let first_load = self.pending.iter().find_map(|record| record.at);
        self.start(at.or(first_load).unwrap_or(Timestamp::EPOCH));
    }

    fn now(&self) -> Timestamp {
        self.now.unwrap_or(Timestamp::EPOCH)
    }

    /// Sets state silently.
    ///
    /// # Errors
    ///
    /// When the record cannot be used.
    pub fn load(&mut self, record: &Event<'_>) -> Result<(), Refused> {
        if !self.is_usable(record) {
            return Err(Refused);
        }
        if self.now.is_some() {
            self.load_now(record);
        } else {
            self.pending.push(record.clone().into_owned());
        }
        Ok(())
    }

    fn load_now(&mut self, record: &Event<'_>) {
        if let Some(person) = &record.person {
            self.silent = Some(record.log);
            self.fact(person, &record.kind, record.at.unwrap_or(self.now()), &Cause::default());
            self.silent = None;
        }
    }

    /// Handles one event and what follows from it: the records as lines.
    ///
    /// # Errors
    ///
    /// When the event cannot be used; then nothing of it has happened.
    pub fn handle(&mut self, event: &Event<'_>) -> Result<Vec<String>, Refused> {
        self.counted.events += 1;
        if let (Some(person), Some(id)) = (&event.person, &event.id)
            && self.handled.contains(&(person.to_string(), id.to_string()))
        {
            self.counted.duplicates += 1;
            return Ok(Vec::new());
        }
        if !self.is_usable(event) {
            return Err(Refused);
        }
        self.start_somewhere(event.at);
        self.pass_time(event.at.unwrap_or(self.now()));
        if let Some(person) = &event.person {
            if let Some(id) = &event.id {
                self.handled.insert((person.to_string(), id.to_string()));
            }
            let name = event.id.as_ref().map_or_else(|| format!("#{}", self.counted.events), ToString::to_string);
            let cause = Cause { event: Some(name), depth: 0, path: Vec::new() };
            self.fact(person, &event.kind, event.at.unwrap_or(self.now()), &cause);
            self.work(person);
        }
        Ok(self.answer())
    }

    /// Whether a fact says whom it is about and its values fit.
    fn is_usable(&self, event: &Event<'_>) -> bool {
        match &event.kind {
            EventKind::Clock => event.at.is_some(),
            EventKind::Person { fields } => {
                event.person.is_some()
                    && fields.iter().all(|(name, value)| {
                        let field = self.rules.field(name).and_then(|field| self.rules.get_field(field));
                        field.is_none_or(|field| value.read(field.type_, &self.rules.settings.zone).is_some())
                    })
            }
            EventKind::Activity { activity, attributes } => {
                let declared = self.rules.activities.iter().find(|it| it.name == **activity);
                event.person.is_some()
                    && attributes.iter().all(|(name, value)| {
                        let attribute = declared.and_then(|it| it.attributes.get(it.attribute(name)?.index()));
                        attribute.is_none_or(|it| value.read(it.type_, &self.rules.settings.zone).is_some())
                    })
            }
            EventKind::SfdcCampaignAdded { .. }
            | EventKind::SfdcCampaignRemoved { .. }
            | EventKind::SfdcCampaignStatusChanged { .. }
            | EventKind::ProgramStatusChanged { .. }
            | EventKind::ProgramRemoved { .. }
            | EventKind::ListAdded { .. }
            | EventKind::ListRemoved { .. }
            | EventKind::CampaignRequested { .. }
            | EventKind::SfdcSynced
            | EventKind::SfdcConverted
            | EventKind::SfdcDeleted => event.person.is_some(),
        }
    }

    /// Lets time pass. A clock that does not run yet starts there.
    pub fn advance(&mut self, to: Timestamp) -> Vec<String> {
        self.start_somewhere(Some(to));
        self.pass_time(to);
        self.answer()
    }

    /// Lets a span pass, as a wait would.
    pub fn advance_by(&mut self, span: Duration) -> Vec<String> {
        self.start_somewhere(None);
        self.pass_time(self.calendar.shift(self.now(), span, false));
        self.answer()
    }

    /// Runs a batch campaign now.
    pub fn run_batch(&mut self, campaign: CampaignId) -> Vec<String> {
        self.start_somewhere(None);
        self.batch(campaign.index());
        self.answer()
    }

    /// Who passes a filter now.
    pub fn select(&mut self, filter: &Filter) -> Vec<String> {
        self.start_somewhere(None);
        let people = self.people.iter();
        let chosen = people.filter(|(id, person)| self.judge(id, person, self.now()).passes(filter));
        chosen.map(|(id, _)| id.clone()).collect()
    }

    /// Every waiting run: person, campaign, until when. By person, then in the order in which the waits began.
    pub fn waiting(&self) -> Vec<(String, String, Timestamp)> {
        let mut all: Vec<&Wait> = self.waits.iter().collect();
        all.sort_by(|a, b| a.run.person.cmp(&b.run.person));
        all.iter().map(|wait| (wait.run.person.clone(), self.campaign_name(wait.run.campaign), wait.until)).collect()
    }

    /// Whether rules and time kept each other going so long (a segment of `before now` that a campaign leaves and enters
    /// every millisecond) that the evaluator stopped in the middle of an input.
    pub fn has_given_up(&self) -> bool {
        self.given_up
    }

    /// Everybody's ids, in byte order.
    pub fn people(&self) -> Vec<String> {
        self.people.keys().cloned().collect()
    }

    /// The value of a person's field as it stands in a text; `empty` where there is none.
    pub fn field_text(&self, person: &str, field: &str) -> Option<String> {
        let value = self.people.get(person)?.value(self.rules.field(field)?);
        Some(if value.is_empty() { "empty".to_owned() } else { self.in_text(&value) })
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        Counted { people: self.people.len() as u64, ..self.counted }
    }

    fn answer(&mut self) -> Vec<String> {
        std::mem::take(&mut self.out)
    }

    fn judge<'a>(&'a self, id: &'a str, person: &'a Person, now: Timestamp) -> Judge<'a> {
        Judge { rules: &self.rules, calendar: &self.calendar, now, id, person }
    }

    /// Whether a person passes a filter now; nobody unknown does.
    fn passes(&self, id: &str, filter: Option<&Filter>) -> bool {
        let person = self.people.get(id);
        person.is_some_and(|person| filter.is_none_or(|filter| self.judge(id, person, self.now()).passes(filter)))
    }

    fn campaign_name(&self, campaign: usize) -> String {
        self.rules.campaigns.get(campaign).map_or_else(String::new, |it| it.name.to_string())
    }
}
