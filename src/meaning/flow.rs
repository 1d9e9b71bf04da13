//! Flows: what happens to a person.

use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::filter::Filter;
use super::values::{Moment, Source, Template};
use crate::diagnostics::Span;
use crate::model::{CampaignId, Clock, Day, FieldId, ListId, ProgramId, SfdcCampaignId, StatusId};

/// A step of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The id that the author gave it.
    pub id: Option<SmolStr>,
    /// Its path in the flow: `2`, `2.1` for a branch, `2.1.3`.
    pub path: SmolStr,
    /// Its canonical text. Tokens stand as they were written; for `choose` it is `choose`.
    pub text: SmolStr,
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub kind: StepKind,
}

impl Step {
    /// How records name the step: its id, else its path.
    pub fn label(&self) -> &str {
        self.id.as_ref().unwrap_or(&self.path)
    }
}

/// What a step does (language.md section 8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Make the person a member.
    AddToSfdcCampaign {
        /// Of this campaign.
        campaign: SfdcCampaignId,
        /// With this status; the campaign's default where none was written.
        status: StatusId,
    },
    /// End the membership.
    RemoveFromSfdcCampaign {
        /// In this campaign.
        campaign: SfdcCampaignId,
    },
    /// Give the member another status.
    ChangeStatusInSfdcCampaign {
        /// In this campaign.
        campaign: SfdcCampaignId,
        /// This one.
        status: StatusId,
    },
    /// Give the person a progression status.
    ChangeStatusInProgram {
        /// In this program.
        program: ProgramId,
        /// This one.
        status: StatusId,
    },
    /// Make it "Not in Program".
    RemoveFromProgram {
        /// In this program.
        program: ProgramId,
    },
    /// Put the person on a list.
    AddToList {
        /// This one.
        list: ListId,
    },
    /// Take the person off a list.
    RemoveFromList {
        /// This one.
        list: ListId,
    },
    /// Give a field a value.
    Set {
        /// The field.
        field: FieldId,
        /// The value.
        value: Source,
    },
    /// Empty a field.
    Clear {
        /// The field.
        field: FieldId,
    },
    /// Add to a number.
    Change {
        /// The field.
        field: FieldId,
        /// So much; for an integer field a whole number.
        by: Decimal,
    },
    /// Make the person a lead in Salesforce.
    SyncPerson,
    /// Go on later.
    Wait(Wait),
    /// Start another campaign on its own.
    Request {
        /// This one.
        campaign: CampaignId,
    },
    /// Run an executable campaign inside this run.
    Execute {
        /// This one.
        campaign: CampaignId,
    },
    /// End the person's waiting runs of a campaign.
    RemoveFromFlowOf {
        /// This one.
        campaign: CampaignId,
    },
    /// End this run.
    RemoveFromFlow,
    /// Hand something to another system.
    Remote {
        /// What.
        kind: RemoteKind,
        /// Its name.
        name: Template,
    },
    /// Nothing.
    DoNothing,
    /// The first branch whose condition holds.
    Choose(Vec<Branch>),
}

/// What is handed to another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemoteKind {
    /// `call webhook`.
    Webhook,
    /// `send email`.
    Email,
    /// `send alert`.
    Alert,
    /// `create task`.
    Task,
    /// `create interesting moment`.
    InterestingMoment,
}

impl RemoteKind {
    /// The words of the step.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Webhook => "call webhook",
            Self::Email => "send email",
            Self::Alert => "send alert",
            Self::Task => "create task",
            Self::InterestingMoment => "create interesting moment",
        }
    }
}

/// A branch of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// When it is taken; `None` is `else`.
    pub condition: Option<Filter>,
    /// Its path: `2.1`.
    pub path: SmolStr,
    /// What happens then.
    pub steps: Vec<Step>,
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wait {
    /// A span from now, moved to the first allowed day and time at or after its end.
    For {
        /// The span.
        duration: Duration,
        /// The days on which it may end; `None`: it is not moved.
        ending: Option<(Days, Option<Clock>)>,
    },
    /// A moment. [`Moment::Day`] and [`Moment::Today`] are the start of the day, or `at` on it.
    Until {
        /// The moment.
        moment: Moment,
        /// The time of day, set on the local day of the moment.
        at: Option<Clock>,
    },
    /// The value of a date or datetime field.
    UntilField {
        /// The field.
        field: FieldId,
        /// Added first; true for `minus`.
        shift: Option<(bool, Duration)>,
        /// Then the time of day, set on the local day.
        at: Option<Clock>,
    },
    /// The first anniversary of the field's day at or after now; 29 February counts as the 28th in other years.
    UntilAnniversary {
        /// The field.
        field: FieldId,
        /// The time of day; default midnight for a date, the field's own time of day for a datetime.
        at: Option<Clock>,
    },
}

/// A set of days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(pub u8);

impl Days {
    /// All seven.
    pub const ANY: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WEEKDAYS: Self = Self(0b001_1111);

    /// These days.
    pub fn of(days: &[Day]) -> Self {
        Self(days.iter().fold(0, |set, day| set | 1 << day.from_monday_index()))
    }

    /// Whether the day is one of them.
    pub const fn contains(self, day: Day) -> bool {
        self.0 & (1 << day.from_monday_index()) != 0
    }
}

/// A span of time in a wait: minutes and hours are exact, the others are calendar spans that keep the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

pub use crate::language::ast::Unit;

impl Duration {
    /// The span in milliseconds where it is a fixed length (in windows and relative tests): a week is 7 days, a month 30
    /// days, a year 365 days.
    pub fn fixed_millis(self) -> i64 {
        let unit: i64 = match self.unit {
            Unit::Minute => 60_000,
            Unit::Hour => 3_600_000,
            Unit::Day => 86_400_000,
            Unit::Week => 7 * 86_400_000,
            Unit::Month => 30 * 86_400_000,
            Unit::Year => 365 * 86_400_000,
        };
        unit.saturating_mul(i64::from(self.count))
    }
}
