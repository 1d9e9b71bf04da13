//! Plan and state and one input give new state and outcomes. Pure: no clock, no files, no threads.
//!
//! [`Engine`] is the door. Behind it one `Turn` borrows plan and memory and does the work: facts become changes of
//! state (`intake`, `transitions`), changes start runs (`cycle`), runs do steps (`flow`, `steps`), time starts things by
//! itself (`time`, `calendar`). Tests of people are in `evaluate` and `values`. Outcomes are written down as ids and
//! shown by `records`. The rules for all of it are in semantics.md.

mod calendar;
mod counts;
mod cycle;
mod decisions;
mod evaluate;
mod examine;
mod flow;
mod foresight;
mod heads;
mod intake;
mod listeners;
mod probes;
mod records;
mod seen;
mod selection;
pub mod snapshot;
mod steps;
mod templates;
mod time;
mod transitions;
mod values;
mod why;

pub use counts::CampaignCounts;
pub use foresight::{AHEAD, Foreseen};
pub use seen::{Answers, Seen, SeenBranch, SeenCampaign, clauses};
pub use why::{Clause, Moment, Wait, Why};

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use self::cycle::Candidate;
use self::evaluate::{Memo, View};
use self::flow::Run;
use self::intake::Scratch;
use self::listeners::Dispatch;
use self::probes::Probes;
use self::records::{Record, What, Written, WrittenText};
use self::selection::Query;
use self::snapshot::{Places, Tracked};
use self::time::Schedules;
use self::values::Present;
use crate::compile::{Kind, Names, Plan, PredicateId};
use crate::meaning::{Duration, Filter, Rulebook};
use crate::model::{CampaignId, Date, Event, FactValue, FieldType, Id as _, Outcome, PersonIx, Timestamp, Value};
use crate::state::{Cell, Due, Happening, State};

/// The evaluator with its membership state in memory.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use campanile::{Engine, Rules, records};
///
/// let rules = Rules::from_sources(&[("a.yaml", r#"
/// lists: [Newsletter]
/// smart_campaigns:
///   welcome:
///     triggers: [person is created]
///     flow: [add to list "Newsletter"]
/// "#)]);
/// let mut engine = Engine::new(rules.compile()?);
/// let event = records::parse_event(r#"{"type": "person", "person": "ada", "at": "2026-03-05T09:00:00Z"}"#)?;
/// let records: Vec<String> = engine.handle(&event)?.map(|outcome| outcome.to_string()).collect();
/// assert_eq!(records.len(), 3); // qualified, action, ended
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Engine {
    plan: Arc<Plan>,
    /// The tests of the plan, ready to run.
    probes: Probes,
    core: Core,
}

/// Why a fact was refused. Nothing of it has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Every fact but `clock` is about a person.
    #[error("a `{kind}` record needs a `person`")]
    NoPerson {
        /// The type of the record.
        kind: &'static str,
    },
    /// A value does not fit its field or attribute.
    #[error("`{value}` is not a value of `{name}`, which is of type {type_}")]
    BadValue {
        /// The field or attribute.
        name: String,
        /// Its type.
        type_: FieldType,
        /// The value as it was given.
        value: String,
    },
    /// A `clock` record without a time.
    #[error("a `clock` record needs `at`")]
    NoTime,
}

impl EventError {
    fn bad_value(name: &str, type_: FieldType, value: &FactValue<'_>) -> Self {
        let value = match value {
            FactValue::Null => "null".to_owned(),
            FactValue::Boolean(boolean) => boolean.to_string(),
            FactValue::Number(text) | FactValue::Text(text) => text.to_string(),
        };
        Self::BadValue { name: name.to_owned(), type_, value }
    }
}

/// Something odd in a fact that was accepted all the same; told once per name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the engine counted since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Events handed to [`Engine::handle`], clock records and duplicates included.
    pub events: u64,
    /// Events dropped because their id was handled before.
    pub duplicates: u64,
    /// Events that changed nothing.
    pub no_change: u64,
    /// `qualified` records.
    pub qualified: u64,
    /// `action` records.
    pub actions: u64,
    /// `incident` records.
    pub incidents: u64,
    /// People.
    pub people: u64,
    /// Smart campaigns.
    pub campaigns: u64,
}

/// A run that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// The smart campaign.
    pub campaign: &'a str,
    /// The person.
    pub person: &'a str,
    /// Until then.
    pub until: Timestamp,
}

/// What the engine keeps between inputs.
#[derive(Debug)]
struct Core {
    state: State,
    /// The clock; `None` before it was started.
    now: Option<Timestamp>,
    /// The local day of `now`.
    today: Date,
    /// Until then it is that day without any doubt.
    today_until: Timestamp,
    /// Records that wait for the clock to start.
    pending: Vec<Event<'static>>,
    /// The first `at` of a load record, where the clock starts when no event says otherwise.
    first_load: Option<Timestamp>,
    schedules: Schedules,
    /// Whether changes are made silently.
    mode: Mode,
    /// How often the present input has looked at a person's segments because time passed.
    looks_by_time: FxHashMap<PersonIx, u32>,
    /// People whose watched segments have to be looked at again, silently: after loads, mostly.
    unsettled: Vec<PersonIx>,
    memo: Memo,
    /// Who listens to what.
    dispatch: Dispatch,
    queue: VecDeque<Queued>,
    /// The campaigns that led to activities in the queue, linked towards the first.
    paths: Vec<(CampaignId, Option<u32>)>,
    /// Watched segments that the present transition may have changed.
    touched: Vec<u32>,
    /// The outside event that is at the beginning of what happens now.
    cause: Option<WrittenText>,
    /// What the present input caused, with the texts in it.
    records: Vec<Record>,
    written: Written,
    /// The text that a step works out.
    rendered: String,
    /// Room that is used again and again, so that no event needs its own.
    scratch: Scratch,
    candidates: Vec<Candidate>,
    started: Vec<Run>,
    due: Vec<Due>,
    counted: Stats,
    /// What is to be saved, where somebody saves.
    tracked: Option<Box<Tracked>>,
    /// What the rules were seen to do, where somebody asks.
    seen: Option<Box<Seen>>,
    /// Where waiting runs go on, while people are put back.
    places: Option<Places>,
    warnings: Vec<Warning>,
    warned: FxHashSet<(WarningKind, SmolStr)>,
}

/// Whether a change of state is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// It is logged and may fire triggers.
    Live,
    /// It is state that was there before: nothing fires; logged only when the record says so.
    Load { log: bool },
}

/// What a warning is about; each is told once a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum WarningKind {
    Field,
    ClosedList,
    SfdcCampaign,
    Status,
    Program,
    List,
    Activity,
    Attribute,
    SmartCampaign,
}

/// An activity in a person's queue.
#[derive(Debug, Clone, Copy)]
struct Queued {
    what: Happening,
    /// Its kind and subject, by which triggers are found.
    key: (Kind, u32),
    origin: Origin,
}

/// How deep in a cascade something happens, and which campaigns led there.
#[derive(Debug, Clone, Copy)]
struct Origin {
    depth: u32,
    path: Option<u32>,
}

impl Origin {
    /// What the world outside, a timer, a batch or time itself causes.
    const OUTSIDE: Self = Self { depth: 0, path: None };
}

/// One input being worked on.
struct Turn<'a> {
    plan: &'a Plan,
    probes: &'a Probes,
    core: &'a mut Core,
}

impl Engine {
    /// An engine without people.
    pub fn new(plan: impl Into<Arc<Plan>>) -> Self {
        let plan = plan.into();
        let mut state = State::new(&plan);
        let probes = Probes::of_plan(&plan, &mut state.texts);
        let core = Core {
            state,
            now: None,
            today: Date::MIN,
            today_until: Timestamp(i64::MIN),
            pending: Vec::new(),
            first_load: None,
            schedules: Schedules::default(),
            mode: Mode::Live,
            looks_by_time: FxHashMap::default(),
            unsettled: Vec::new(),
            memo: Memo::default(),
            dispatch: Dispatch::default(),
            queue: VecDeque::new(),
            paths: Vec::new(),
            touched: Vec::new(),
            cause: None,
            records: Vec::new(),
            written: Written::default(),
            rendered: String::new(),
            scratch: Scratch::default(),
            candidates: Vec::new(),
            started: Vec::new(),
            due: Vec::new(),
            counted: Stats::default(),
            tracked: None,
            seen: None,
            places: None,
            warnings: Vec::new(),
            warned: FxHashSet::default(),
        };
        Self { plan, probes, core }
    }

    fn turn(&mut self) -> Turn<'_> {
        Turn { plan: &self.plan, probes: &self.probes, core: &mut self.core }
    }

    /// Begins an input: what the last one caused is forgotten.
    fn begin(&mut self) -> Turn<'_> {
        self.core.records.clear();
        self.core.written.clear();
        self.turn()
    }

    fn outcomes(&self) -> Outcomes<'_> {
        Outcomes { engine: self, next: 0 }
    }

    /// Starts the clock. Does nothing when it runs already. Loads may come before or after.
    pub fn start(&mut self, at: Timestamp) {
        self.turn().start(at);
    }

    /// The current time; `None` before the clock was started.
    pub fn now(&self) -> Option<Timestamp> {
        self.core.now
    }

    /// Sets state silently (interfaces.md section 2, loads). Before the clock is started, records wait for it.
    pub fn load(&mut self, record: &Event<'_>) -> Result<(), EventError> {
        self.turn().load(record)
    }

    /// Handles one event, foreseen ([`Engine::foresee`]) or not, and everything that follows from it. An error means that
    /// nothing of it has happened; it is counted all the same.
    pub fn handle<'e>(&mut self, event: impl Into<Foreseen<'e>>) -> Result<Outcomes<'_>, EventError> {
        self.begin().handle(event.into())?;
        Ok(self.outcomes())
    }

    /// Counts an event of the input that could not even be read, so that the numbers in `cause` stay those of the input.
    pub fn pass_over(&mut self) {
        self.core.counted.events += 1;
    }

    /// Lets time pass: every timer and schedule due at or before `to` fires.
    pub fn advance(&mut self, to: Timestamp) -> Outcomes<'_> {
        self.begin().advance(to);
        self.outcomes()
    }

    /// When time alone changes something next: the first moment at which a timer or a schedule is due. Nothing happens before
    /// it unless it is told. `None` when nothing waits; a clock that did not start yet has no schedules.
    pub fn next_due(&self) -> Option<Timestamp> {
        let timer = self.core.state.timers.next();
        let schedule = self.core.schedules.next().map(|(_, at)| at);
        timer.into_iter().chain(schedule).min()
    }

    /// Lets a span pass, as a wait would: minutes and hours are exact, days and longer keep the wall clock.
    pub fn advance_by(&mut self, span: Duration) -> Outcomes<'_> {
        self.turn().start_anywhere();
        let now = self.core.now.unwrap_or(Timestamp::EPOCH);
        let to = calendar::shift(now, span, false, &self.plan.rulebook.settings.zone);
        self.advance(to)
    }

    /// The declared name of a field and its value for a person, as it stands in a text; `empty` where there is none.
    pub fn field_text(&self, person: &str, field: &str) -> Option<(&str, String)> {
        let person = self.core.state.people.find(person)?;
        let id = self.plan.field(field)?;
        let name = self.plan.rulebook.get_field(id)?.name.as_str();
        let cell = self.core.state.columns.get(id, person);
        let mut text = String::new();
        if cell == Cell::Empty {
            text.push_str("empty");
        }
        cell.write(&self.core.state.texts, &self.plan.rulebook.settings.zone, &mut text);
        Some((name, text))
    }

    /// The value of a field for a person; nothing where one of them is unknown.
    pub fn value(&self, person: &str, field: &str) -> Option<Value> {
        let person = self.core.state.people.find(person)?;
        let cell = self.core.state.columns.get(self.plan.field(field)?, person);
        Some(cell.value(&self.core.state.texts))
    }

    /// The ids of everybody, in no particular order.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        (0..self.core.state.people.len()).map(|at| self.core.state.people.id(PersonIx::new(at)))
    }

    /// Who is in a program, in no particular order: the person, the status, and since when it is this.
    pub fn program_members(&self, program: &str) -> impl Iterator<Item = (&str, &str, Timestamp)> {
        let State { people, names, .. } = &self.core.state;
        let program = names.programs.find(program);
        (0..people.len()).map(PersonIx::new).filter_map(move |person| {
            let row = people.program_in(person, program?)?;
            Some((people.id(person), names.statuses.name(row.status), row.since))
        })
    }

    /// Runs a batch campaign now. An inactive one, or one that is no batch campaign, does not run.
    pub fn run_batch(&mut self, campaign: CampaignId) -> Outcomes<'_> {
        let mut turn = self.begin();
        turn.start_anywhere();
        turn.run_batch(campaign);
        self.outcomes()
    }

    /// Who passes a filter now: ids in byte order.
    pub fn select(&mut self, filter: &Filter) -> Vec<&str> {
        self.turn().start_anywhere();
        let query = Query::new(filter, &self.plan, &self.core.state);
        let present = present(&self.core, &self.plan.rulebook);
        let passing = query.passing(&self.plan.rulebook, &self.core.state, &present);
        let order = passing.in_order(&mut self.core.state.people);
        order.into_iter().map(|person| self.core.state.people.id(person)).collect()
    }

    /// How many people pass a filter now.
    pub fn count(&mut self, filter: &Filter) -> usize {
        self.turn().start_anywhere();
        let query = Query::new(filter, &self.plan, &self.core.state);
        query.passing(&self.plan.rulebook, &self.core.state, &present(&self.core, &self.plan.rulebook)).len()
    }

    /// Whether a person passes a filter now; `None` when there is no such person.
    pub fn matches(&mut self, person: &str, filter: &Filter) -> Option<bool> {
        self.turn().start_anywhere();
        let person = self.core.state.people.find(person)?;
        let query = Query::new(filter, &self.plan, &self.core.state);
        let present = present(&self.core, &self.plan.rulebook);
        Some(query.passes(person, &self.plan.rulebook, &self.core.state, &present))
    }

    /// Every waiting run, by person in byte order, then in the order in which the waits began.
    pub fn waiting(&self) -> Vec<Waiting<'_>> {
        let people = &self.core.state.people;
        let of = |person: PersonIx| {
            people.waiting(person).map(move |run| Waiting {
                campaign: self.plan.rulebook.get_campaign(run.campaign).map_or("", |campaign| campaign.name.as_str()),
                person: people.id(person),
                until: run.until,
            })
        };
        let waiting = (0..people.len()).map(PersonIx::new).filter(|person| people.is_waiting(*person));
        people.in_order(waiting).into_iter().flat_map(of).collect()
    }

    /// What was counted so far.
    pub fn stats(&self) -> Stats {
        Stats {
            people: self.core.state.people.len() as u64,
            campaigns: self.plan.rulebook.campaigns.len() as u64,
            ..self.core.counted
        }
    }

    /// Warnings since the last call.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.core.warnings)
    }

    /// The plan that runs.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The rule book that runs.
    pub fn rulebook(&self) -> &Rulebook {
        &self.plan.rulebook
    }

    /// The names known at the moment, for reading filters.
    pub fn names(&self) -> &Names {
        &self.core.state.names
    }
}

/// The present of a core.
fn present<'a>(core: &Core, rulebook: &'a Rulebook) -> Present<'a> {
    Present {
        at: core.now.unwrap_or(Timestamp::EPOCH),
        today: core.today,
        zone: &rulebook.settings.zone,
        week_starts_on: rulebook.settings.week_starts_on,
    }
}

impl<'a> Turn<'a> {
    /// A person as it is now, and the answers about it that are known.
    fn look<'b>(&'b mut self, person: PersonIx, present: &'b Present<'b>) -> (View<'b>, &'b mut Memo) {
        let Core { state, memo, .. } = &mut *self.core;
        let (rulebook, predicates) = (&self.plan.rulebook, &self.plan.predicates);
        (View { rulebook, predicates, probes: self.probes, state, person, present }, memo)
    }

    /// Whether a person passes a predicate now, whatever was known before.
    fn passes(&mut self, person: PersonIx, predicate: PredicateId) -> bool {
        let present = self.present();
        self.core.memo.clear(self.plan.predicates.nodes.len());
        let (view, memo) = self.look(person, &present);
        view.holds(predicate, memo)
    }

    fn present(&self) -> Present<'a> {
        present(self.core, &self.plan.rulebook)
    }

    fn now(&self) -> Timestamp {
        self.core.now.unwrap_or(Timestamp::EPOCH)
    }

    fn warn(&mut self, kind: WarningKind, name: &str, message: impl FnOnce() -> String) {
        if self.core.warned.insert((kind, SmolStr::new(name))) {
            self.core.warnings.push(Warning(message()));
        }
    }
}

/// What one input caused, in order.
#[derive(Debug, Clone)]
pub struct Outcomes<'a> {
    engine: &'a Engine,
    next: usize,
}

impl<'a> Outcomes<'a> {
    /// Who qualified for what, person and smart campaign, in order; of those not yet taken. It costs less than to look at every
    /// outcome, for whoever wants to know no more.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use campanile::{Engine, Rules, records};
    /// # let rules = Rules::from_sources(&[("a.yaml", "smart_campaigns: {welcome: {triggers: [person is created], flow: do nothing}}")]);
    /// # let mut engine = Engine::new(rules.compile()?);
    /// let event = records::parse_event(r#"{"type": "person", "person": "ada"}"#)?;
    /// let outcomes = engine.handle(&event)?;
    /// assert_eq!(outcomes.qualified().collect::<Vec<_>>(), [("ada", "welcome")]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn qualified(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let Engine { plan, core, .. } = self.engine;
        let left = core.records.get(self.next..).unwrap_or(&[]);
        left.iter().filter(|record| matches!(record.what, What::Qualified(_))).filter_map(|record| {
            let campaign = plan.rulebook.get_campaign(record.campaign?)?;
            Some((core.state.people.id(record.person?), campaign.name.as_str()))
        })
    }
}

impl<'a> Iterator for Outcomes<'a> {
    type Item = Outcome<'a>;

    fn next(&mut self) -> Option<Outcome<'a>> {
        let record = self.engine.core.records.get(self.next)?;
        self.next += 1;
        Some(records::show(record, &self.engine.plan, &self.engine.core.state, &self.engine.core.written))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.engine.core.records.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Outcomes<'_> {}
