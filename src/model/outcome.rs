//! What the evaluator answers: typed records in the order in which things happened (interfaces.md section 3).

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::time::Timestamp;
use super::value::Value;

/// One record. Names are borrowed from the engine where they can be.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome<'a> {
    /// When.
    pub at: Timestamp,
    /// To whom; absent only for an incident about nobody in particular.
    pub person: Option<Cow<'a, str>>,
    /// In which smart campaign; absent only for an incident about none in particular.
    pub campaign: Option<Cow<'a, str>>,
    /// In which run. Absent for incidents.
    pub run: Option<RunId<'a>>,
    /// The outside event that started it all: its id, or `#12`, its number in the input. Absent for what a schedule, a
    /// batch or time itself started.
    pub cause: Option<Cow<'a, str>>,
    /// What happened.
    pub kind: OutcomeKind<'a>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum OutcomeKind<'a> {
    /// The person qualified and a run started.
    Qualified {
        /// The canonical text of the trigger that fired; `batch` or `executed` where none did.
        trigger: Cow<'a, str>,
    },
    /// A step acted.
    Action {
        /// The step: its id, else its path in the flow.
        step: Cow<'a, str>,
        /// Its canonical text.
        action: Cow<'a, str>,
        /// How it went.
        result: ActionResult<'a>,
        /// Whether the rules imply it rather than say it (implied sync, implied add).
        implied: bool,
        /// On `done` steps that change a status or field: the value before.
        from: Option<Value>,
        /// On `done` steps that change a status or field: the value after.
        to: Option<Value>,
        /// On `done` steps with an effect outside: the idempotency key.
        key: Option<Key>,
    },
    /// The run waits.
    Waiting {
        /// Until then.
        until: Timestamp,
    },
    /// The run is over.
    Ended {
        /// How.
        outcome: EndOutcome,
        /// Why it failed.
        reason: Option<Reason>,
    },
    /// Something that a person should look at.
    Incident {
        /// Which.
        code: IncidentCode,
        /// In plain words.
        message: String,
        /// The smart campaigns that led there, first to last.
        path: Vec<Cow<'a, str>>,
        /// How many, where it is about a number.
        count: Option<u64>,
    },
}

/// A run: the n-th time that a person qualified for a smart campaign.
///
/// ```
/// use campanile::model::RunId;
/// let run = RunId { campaign: "50%/50".into(), person: "ada".into(), number: 2 };
/// assert_eq!(run.to_string(), "50%25%2F50/ada/2");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunId<'a> {
    /// The smart campaign.
    pub campaign: Cow<'a, str>,
    /// The person.
    pub person: Cow<'a, str>,
    /// Which of the person's runs of the campaign, from 1.
    pub number: u32,
}

/// `campaign/person/n`, with `%` and `/` in names encoded so that it can be read in one way only.
impl fmt::Display for RunId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in [&self.campaign, &self.person] {
            let mut rest: &str = name;
            while let Some(at) = rest.find(['%', '/']) {
                let (plain, special) = rest.split_at(at);
                f.write_str(plain)?;
                f.write_str(if special.starts_with('%') { "%25" } else { "%2F" })?;
                rest = special.get(1..).unwrap_or("");
            }
            f.write_str(rest)?;
            f.write_char('/')?;
        }
        write!(f, "{}", self.number)
    }
}

/// An idempotency key, shown as 32 hexadecimal digits: the same effect has the same key whenever it is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub [u8; 16]);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// How an action went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionResult<'a> {
    /// It was done.
    Done,
    /// Nothing was to be done.
    Skipped(Reason),
    /// It could not be done.
    Failed(Reason),
    /// A remote system refused it; in its words.
    Refused(Cow<'a, str>),
}

/// Why an action was skipped or failed (semantics.md section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Adding a member.
    AlreadyAMember,
    /// Changing or removing somebody who is no member.
    NotAMember,
    /// Not in Salesforce, and implied actions are off.
    NotInSfdc,
    /// Syncing somebody who is in Salesforce.
    AlreadyInSfdc,
    /// The status it already is.
    SameStatus,
    /// A lower step of the channel.
    LowerStep,
    /// Adding to a list twice.
    AlreadyOnList,
    /// Removing from a list without being on it.
    NotOnList,
    /// The value it already is.
    SameValue,
    /// Nobody waits there.
    NotInFlow,
    /// The executed campaign's filter or qualification rule says no.
    NotQualified,
    /// The campaign is not active.
    Inactive,
    /// A computed value does not fit the field.
    InvalidValue,
    /// An empty date to wait for.
    NoDate,
}

impl Reason {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AlreadyAMember => "already_a_member",
            Self::NotAMember => "not_a_member",
            Self::NotInSfdc => "not_in_sfdc",
            Self::AlreadyInSfdc => "already_in_sfdc",
            Self::SameStatus => "same_status",
            Self::LowerStep => "lower_step",
            Self::AlreadyOnList => "already_on_list",
            Self::NotOnList => "not_on_list",
            Self::SameValue => "same_value",
            Self::NotInFlow => "not_in_flow",
            Self::NotQualified => "not_qualified",
            Self::Inactive => "inactive",
            Self::InvalidValue => "invalid_value",
            Self::NoDate => "no_date",
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndOutcome {
    /// After its last step.
    Finished,
    /// By `remove from flow`.
    Removed,
    /// It could not go on.
    Failed,
}

impl EndOutcome {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Removed => "removed",
            Self::Failed => "failed",
        }
    }
}

/// Which incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IncidentCode {
    /// Events caused events too deep.
    CascadeLimit,
    /// One outside event caused too many activities.
    ActivityLimit,
    /// A batch would have taken too many people.
    MaxPeople,
}

impl IncidentCode {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CascadeLimit => "cascade_limit",
            Self::ActivityLimit => "activity_limit",
            Self::MaxPeople => "max_people",
        }
    }
}

fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

impl Outcome<'_> {
    /// The record with all its texts copied.
    pub fn into_owned(self) -> Outcome<'static> {
        Outcome {
            at: self.at,
            person: self.person.map(own),
            campaign: self.campaign.map(own),
            run: self.run.map(|RunId { campaign, person, number }| RunId {
                campaign: own(campaign),
                person: own(person),
                number,
            }),
            cause: self.cause.map(own),
            kind: self.kind.into_owned(),
        }
    }
}

impl OutcomeKind<'_> {
    fn into_owned(self) -> OutcomeKind<'static> {
        match self {
            Self::Qualified { trigger } => OutcomeKind::Qualified { trigger: own(trigger) },
            Self::Action { step, action, result, implied, from, to, key } => OutcomeKind::Action {
                step: own(step),
                action: own(action),
                result: match result {
                    ActionResult::Done => ActionResult::Done,
                    ActionResult::Skipped(reason) => ActionResult::Skipped(reason),
                    ActionResult::Failed(reason) => ActionResult::Failed(reason),
                    ActionResult::Refused(reason) => ActionResult::Refused(own(reason)),
                },
                implied,
                from,
                to,
                key,
            },
            Self::Waiting { until } => OutcomeKind::Waiting { until },
            Self::Ended { outcome, reason } => OutcomeKind::Ended { outcome, reason },
            Self::Incident { code, message, path, count } => {
                OutcomeKind::Incident { code, message, path: path.into_iter().map(own).collect(), count }
            }
        }
    }
}
