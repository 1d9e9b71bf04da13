//! What was written, with places, before any name is looked up.
//!
//! Two layers: [`Workspace`] holds the declarations of rule files, and inside them [`Trigger`], [`Filter`], [`Step`] hold
//! the texts of the rule language. A phrase is a *form* (which trigger, filter or step it is) and its *parts* (names,
//! statuses, windows …). The grammar lets any part follow any phrase; which parts a form takes is said once, by its file
//! in the vocabulary, so that `removed from program "P" with status "S"` is answered in plain words.

use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::diagnostics::Span;
use crate::model::{Day, Timeframe};

pub use super::workspace::Workspace;

/// Something with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A thing with its place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A name as a key or plain YAML text.
pub type Name = Spanned<SmolStr>;

// ---------------------------------------------------------------------------------------------------------------------
// Declarations
// ---------------------------------------------------------------------------------------------------------------------

/// `settings`; what is absent has its default.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The key `settings`.
    pub span: Span,
    /// `time_zone`.
    pub time_zone: Option<Name>,
    /// `week_starts_on`.
    pub week_starts_on: Option<Spanned<Day>>,
    /// `empty_values: marketo`.
    pub marketo_empty_values: Option<Spanned<bool>>,
    /// `cascade_limit`, at least 1.
    pub cascade_limit: Option<Spanned<u32>>,
    /// `activity_limit`, at least 1.
    pub activity_limit: Option<Spanned<u32>>,
    /// `max_people`.
    pub max_people: Option<Spanned<u64>>,
}

/// `Favourite Colour: {type: text, values: [Red, Green]}`.
#[derive(Debug, Clone)]
pub struct FieldDecl {
    /// The name.
    pub name: Name,
    /// The word for the type, to be looked up.
    pub type_: Name,
    /// The closed list.
    pub values: Option<Vec<Name>>,
}

/// `Fill Out Form: {Form: text}`; attributes have the same shape as fields.
#[derive(Debug, Clone)]
pub struct ActivityDecl {
    /// The name.
    pub name: Name,
    /// The attributes.
    pub attributes: Vec<FieldDecl>,
}

/// A channel.
#[derive(Debug, Clone)]
pub struct ChannelDecl {
    /// The name.
    pub name: Name,
    /// The progression statuses.
    pub statuses: Vec<ProgressionDecl>,
}

/// `Attended: {step: 30, success: true}`.
#[derive(Debug, Clone)]
pub struct ProgressionDecl {
    /// The status.
    pub name: Name,
    /// Its step.
    pub step: Spanned<i64>,
    /// Whether it means success.
    pub success: bool,
}

/// A program.
#[derive(Debug, Clone)]
pub struct ProgramDecl {
    /// The name.
    pub name: Name,
    /// Its channel.
    pub channel: Name,
    /// `period_costs`.
    pub period_costs: Vec<PeriodCostDecl>,
    /// `sfdc_campaign: NAME` or `{id: …}`.
    pub sfdc_campaign: Option<SfdcLink>,
    /// `on_conflict`, in the words of the sync page.
    pub on_conflict: Option<Name>,
    /// `backward`, in the words of the sync page.
    pub backward: Option<Name>,
    /// Program tokens.
    pub tokens: Vec<TokenDecl>,
}

/// How a program names its campaign.
#[derive(Debug, Clone)]
pub enum SfdcLink {
    /// By name.
    Name(Name),
    /// By Salesforce id.
    Id(Name),
}

/// `{month: 2026-03, amount: 1200, note: catering}`.
#[derive(Debug, Clone)]
pub struct PeriodCostDecl {
    /// The month's text, still to be checked.
    pub month: Name,
    /// The amount's text, still to be checked.
    pub amount: Name,
    /// A note.
    pub note: Option<Name>,
}

/// A Salesforce campaign.
#[derive(Debug, Clone)]
pub struct SfdcCampaignDecl {
    /// The name.
    pub name: Name,
    /// The member statuses.
    pub statuses: Vec<MemberStatusDecl>,
}

/// `Invited: {default: true}`.
#[derive(Debug, Clone)]
pub struct MemberStatusDecl {
    /// The status.
    pub name: Name,
    /// Whether it is the default, with the place that says so.
    pub default: Option<Span>,
    /// Whether it counts as a response.
    pub responded: bool,
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct WebhookDecl {
    /// The name.
    pub name: Name,
    /// Where it goes.
    pub url: Name,
    /// The method; default POST.
    pub method: Option<Name>,
}

/// `{{my.NAME}}` and its value.
#[derive(Debug, Clone)]
pub struct TokenDecl {
    /// The name.
    pub name: Name,
    /// The text it stands for.
    pub value: Name,
}

/// A segment. `filter` is absent when it could not be read (the finding is made).
#[derive(Debug, Clone)]
pub struct SegmentDecl {
    /// The name.
    pub name: Name,
    /// Who is in it.
    pub filter: Option<Filter>,
}

/// A smart campaign. What could not be read is absent and already has its finding, so the checker stays silent about the
/// consequences; `flow_written` tells an absent flow from a broken one.
#[derive(Debug, Clone)]
pub struct CampaignDecl {
    /// The name.
    pub name: Name,
    /// `description`.
    pub description: Option<Name>,
    /// `program`.
    pub program: Option<Name>,
    /// `active`; default true.
    pub active: bool,
    /// `triggers`: the key and what could be read.
    pub triggers: Option<(Span, Vec<Trigger>)>,
    /// `schedule`: the key and what could be read.
    pub schedule: Option<(Span, Option<Schedule>)>,
    /// `executable`: the key and its value.
    pub executable: Option<(Span, bool)>,
    /// `filter`.
    pub filter: Option<Filter>,
    /// Whether `filter` was written but could not be read.
    pub filter_broken: bool,
    /// `qualify`; absent: once.
    pub qualify: Option<Spanned<Qualify>>,
    /// `priority`; absent: medium.
    pub priority: Option<Spanned<Priority>>,
    /// `after`.
    pub after: Vec<Name>,
    /// `max_people`: the key and its value.
    pub max_people: Option<(Span, u64)>,
    /// The steps that could be read.
    pub flow: Vec<StepDecl>,
    /// The value of `flow` as it stands; absent: no such key.
    pub flow_span: Option<Span>,
    /// Whether a step was written that could not be read.
    pub flow_broken: bool,
    /// Whether a key, a trigger or `executable` could not be read: how it is started is not known.
    pub start_broken: bool,
    /// Whether a key is not known, which may be any of those that are absent.
    pub key_unknown: bool,
}

/// Which comes first of campaigns that one event starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Before the others.
    High,
    /// The default.
    Medium,
    /// After the others.
    Low,
}

/// `qualify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qualify {
    /// Once ever.
    Once,
    /// Every time.
    EveryTime,
    /// At least this long after the last time: a count and a unit.
    OnceEvery(u32, Unit),
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// A day.
    Day,
    /// Seven days.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 6] = [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// Its word, singular.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// A number of units: `3 days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Duration {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

/// `schedule` (language.md section 10).
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The whole text.
    pub span: Span,
    /// What recurs.
    pub rule: Recurrence,
    /// The time of day; for `once at` it is part of the moment.
    pub time: Option<Literal>,
    /// `starting DATE`.
    pub starting: Option<Literal>,
    /// `until DATE`.
    pub until: Option<Literal>,
}

/// What recurs.
#[derive(Debug, Clone, PartialEq)]
pub enum Recurrence {
    /// `every day`, `every N days`; N is at least 1.
    Days(u32),
    /// `every weekday`.
    Weekdays,
    /// `every week on DAYS`, `every N weeks on DAYS`.
    Weeks(u32, Vec<Day>),
    /// `every month on day N`; N is 1 to 31.
    MonthDay(u32),
    /// `every month on the 1st|2nd|3rd|4th|last DAYNAME`; 1 to 4, or 0 for the last.
    MonthWeekday(u32, Day),
    /// `once at DATETIME`.
    Once(Literal),
}

/// A step, or a choice.
#[derive(Debug, Clone)]
pub enum StepDecl {
    /// A step.
    Do {
        /// `id`, which names the step across edits.
        id: Option<Name>,
        /// The step itself.
        step: Box<Step>,
    },
    /// `choose`.
    Choose {
        /// The key `choose`.
        key: Span,
        /// The value, for `[]`.
        span: Span,
        /// The branches that could be read.
        branches: Vec<BranchDecl>,
        /// Whether a branch was written that could not be read.
        broken: bool,
    },
}

/// A branch of a choice.
#[derive(Debug, Clone)]
pub struct BranchDecl {
    /// The key `if` or `else`.
    pub key: Span,
    /// Whether it is `else`.
    pub is_else: bool,
    /// The condition of an `if`; absent when it could not be read.
    pub condition: Option<Filter>,
    /// The steps that could be read.
    pub steps: Vec<StepDecl>,
    /// Whether a condition or step was written that could not be read.
    pub broken: bool,
    /// The value of `then` or `else`.
    pub steps_span: Span,
}

// ---------------------------------------------------------------------------------------------------------------------
// Texts of the rule language
// ---------------------------------------------------------------------------------------------------------------------

/// A filter. Chains are flat: `a and b and c` is one `And` of three.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All hold.
    And(Vec<Filter>, Span),
    /// One holds.
    Or(Vec<Filter>, Span),
    /// It does not hold.
    Not(Box<Filter>, Span),
    /// A predicate.
    Test(Box<Predicate>),
}

impl Filter {
    /// The whole filter.
    pub fn span(&self) -> Span {
        match self {
            Self::And(_, span) | Self::Or(_, span) | Self::Not(_, span) => *span,
            Self::Test(predicate) => predicate.span,
        }
    }
}

/// A trigger.
pub type Trigger = Phrase<TriggerForm>;
/// A predicate of a filter.
pub type Predicate = Phrase<PredicateForm>;
/// A flow step.
pub type Step = Phrase<StepForm>;

/// One phrase of the rule language.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrase<F> {
    /// Which phrase it is.
    pub form: F,
    /// The whole phrase.
    pub span: Span,
    /// Its own words (`status is changed in SFDC campaign`), without the parts.
    pub head: Span,
    /// Whether the phrase itself is negated (`was not added to`, `did not perform`); `not` before it is a [`Filter::Not`].
    pub negated: bool,
    /// What follows.
    pub parts: Parts,
}

/// What may follow the words of a phrase. All absent by default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parts {
    /// What it is about: campaigns, programs, lists, a segment, an activity, the name in a step.
    pub names: Option<Names>,
    /// The field that it is about, and in `wait until FIELD`.
    pub field: Option<FieldRef>,
    /// What is asked of the field.
    pub operator: Option<Operator>,
    /// `with status STATUSES`.
    pub with_status: Option<Spanned<Vec<Text>>>,
    /// `from …`.
    pub from: Option<Spanned<Change>>,
    /// `to …`; in steps the status or value to set.
    pub to: Option<Spanned<Change>>,
    /// `who responded` (true), `who has not responded` (false).
    pub responded: Option<Spanned<bool>>,
    /// `with success` (true), `without success` (false).
    pub success: Option<Spanned<bool>>,
    /// `where ATTR-TESTS`: fields stand for attributes, and only [`PredicateForm::Field`] occurs.
    pub attributes: Option<Spanned<Filter>>,
    /// When.
    pub window: Option<Operator>,
    /// How many times.
    pub count: Option<Spanned<Count>>,
    /// `by +5`, `by -5`.
    pub by: Option<Spanned<Literal>>,
    /// The percentage of a random sample, its spelling.
    pub percent: Option<Spanned<SmolStr>>,
    /// What a `wait` waits for.
    pub wait: Option<Wait>,
}

/// Which names a phrase is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    /// All of them.
    pub span: Span,
    /// Which.
    pub kind: NamesKind,
}

/// Which names.
#[derive(Debug, Clone, PartialEq)]
pub enum NamesKind {
    /// `"A", "B"`.
    Listed(Vec<Text>),
    /// `any`.
    Any,
    /// `starting with "x"`.
    StartingWith(Text),
    /// `containing "x"`.
    Containing(Text),
}

/// A quoted string.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// With its quotes.
    pub span: Span,
    /// The text, escapes resolved, tokens as they stand.
    pub value: SmolStr,
    /// The tokens in it, in order; absent for nearly all strings.
    pub tokens: Vec<Token>,
}

/// `{{person.First Name:default=there}}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// The token with its braces, in the file.
    pub span: Span,
    /// Where the token stands in [`Text::value`], braces included: byte range.
    pub range: (usize, usize),
    /// Before the first dot: `person`, `my` …; empty when there is no dot.
    pub namespace: SmolStr,
    /// After it: `First Name`.
    pub name: SmolStr,
    /// After `:default=`.
    pub default: Option<SmolStr>,
}

/// `Country` or `[Lead Source]`.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldRef {
    /// With its brackets.
    pub span: Span,
    /// The name between them.
    pub name: SmolStr,
}

/// What is asked of a value; also a window, whose subject is a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// The words, `is` included, values not.
    pub span: Span,
    /// Words and values.
    pub whole: Span,
    /// Whether it asks the opposite (`is not`, `does not contain`, `not` before a list).
    pub negated: bool,
    /// Which operator.
    pub kind: OperatorKind,
}

/// Which operator, with its values.
#[derive(Debug, Clone, PartialEq)]
pub enum OperatorKind {
    /// `is V` or a value list; `empty` may stand among the values of a VALUE-TEST, and `is empty` is this with `empty`.
    Is(Vec<Literal>),
    /// `contains V`.
    Contains(Vec<Literal>),
    /// `starts with V`.
    StartsWith(Vec<Literal>),
    /// `ends with V`.
    EndsWith(Vec<Literal>),
    /// `is greater than N`, `> N`.
    GreaterThan(Literal),
    /// `is less than N`, `< N`.
    LessThan(Literal),
    /// `is at least N`, `>= N`.
    AtLeast(Literal),
    /// `is at most N`, `<= N`.
    AtMost(Literal),
    /// `is between A and B`.
    Between(Literal, Literal),
    /// `is before D`.
    Before(Literal),
    /// `is after D`.
    After(Literal),
    /// `is on or before D`.
    OnOrBefore(Literal),
    /// `is on or after D`.
    OnOrAfter(Literal),
    /// `is in past N unit`.
    InPast(Duration),
    /// `is in past before N unit`.
    InPastBefore(Duration),
    /// `is in future N unit`.
    InFuture(Duration),
    /// `is in future after N unit`.
    InFutureAfter(Duration),
    /// `is in TIMEFRAME`; `is today` is [`OperatorKind::Is`] with [`LiteralKind::Today`], other frames after a bare `is`
    /// are this.
    In(Timeframe),
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: LiteralKind,
}

/// What kind of value was written. Dates and times keep their spelling: whether they exist is for the checker to say.
#[derive(Debug, Clone, PartialEq)]
pub enum LiteralKind {
    /// A quoted string.
    Text(Text),
    /// A number.
    Number(Decimal),
    /// A number that is too large or has too many digits.
    NumberTooLarge,
    /// `2026-03-05`.
    Date(SmolStr),
    /// `2026-03-05 09:00`, with or without an offset.
    DateTime(SmolStr),
    /// `09:00`.
    Time(SmolStr),
    /// `true`, `false`.
    Boolean(bool),
    /// `empty`.
    Empty,
    /// `today`.
    Today,
    /// `now`.
    Now,
}

/// What stands after `from` or `to`.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Statuses, `"A", "B"`. Steps have one.
    Statuses(Vec<Text>),
    /// A VALUE-TEST of a field.
    Test(Operator),
    /// A value to set.
    Value(Literal),
}

/// How many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// `at least N times`.
    AtLeast(u32),
    /// `at most N times`.
    AtMost(u32),
    /// `exactly N times`.
    Exactly(u32),
}

/// What a `wait` waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// `wait D [ending on DAYS [at TIME]]`.
    For {
        /// How long.
        duration: Spanned<Duration>,
        /// On which days it may end; all seven for `any day`.
        ending_on: Option<Vec<Day>>,
        /// At what time of day.
        at: Option<Literal>,
    },
    /// `wait until DATE [at TIME]`, `wait until DATETIME`.
    UntilMoment {
        /// The date or moment.
        moment: Literal,
        /// At what time of day.
        at: Option<Literal>,
    },
    /// `wait until FIELD [plus D | minus D] [at TIME]`; the field is in [`Parts::field`].
    UntilField {
        /// Added first; true for `minus`.
        shift: Option<(bool, Spanned<Duration>)>,
        /// At what time of day.
        at: Option<Literal>,
    },
    /// `wait until next anniversary of FIELD [at TIME]`; the field is in [`Parts::field`].
    UntilAnniversary {
        /// At what time of day.
        at: Option<Literal>,
    },
}

macro_rules! forms {
    ($(#[$doc:meta])* $name:ident { $( $variant:ident $words:literal; )* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( #[doc = concat!("`", $words, "`")] $variant, )*
        }

        impl $name {
            /// Every form, in the order of the language page.
            pub const ALL: &[Self] = &[$( Self::$variant, )*];

            /// Its own words, canonical.
            pub const fn words(self) -> &'static str {
                match self { $( Self::$variant => $words, )* }
            }
        }
    };
}

forms! {
    /// Which trigger.
    TriggerForm {
        AddedToSfdcCampaign "added to SFDC campaign";
        RemovedFromSfdcCampaign "removed from SFDC campaign";
        StatusChangedInSfdcCampaign "status is changed in SFDC campaign";
        AddedToProgram "added to program";
        RemovedFromProgram "removed from program";
        StatusChangedInProgram "status is changed in program";
        SuccessReachedInProgram "success is reached in program";
        AddedToList "added to list";
        RemovedFromList "removed from list";
        EntersSegment "enters segment";
        LeavesSegment "leaves segment";
        PersonCreated "person is created";
        PersonSynced "person is synced to SFDC";
        PersonConverted "person is converted in SFDC";
        PersonDeleted "person is deleted from SFDC";
        FieldChanges "changes";
        Performs "performs";
        CampaignRequested "campaign is requested";
    }
}

forms! {
    /// Which predicate.
    PredicateForm {
        Field "is";
        MemberOfSfdcCampaign "member of SFDC campaign";
        MemberOfProgram "member of program";
        MemberOfList "member of list";
        MemberOfSegment "member of segment";
        MemberOfSmartCampaign "member of smart campaign";
        RandomSample "random sample of";
        WasAddedToSfdcCampaign "was added to SFDC campaign";
        WasRemovedFromSfdcCampaign "was removed from SFDC campaign";
        HadStatusChangedInSfdcCampaign "had status changed in SFDC campaign";
        HadStatusChangedInProgram "had status changed in program";
        WasAddedToList "was added to list";
        WasRemovedFromList "was removed from list";
        HadFieldChanged "had changed";
        Performed "performed";
    }
}

forms! {
    /// Which step.
    StepForm {
        AddToSfdcCampaign "add to SFDC campaign";
        RemoveFromSfdcCampaign "remove from SFDC campaign";
        ChangeStatusInSfdcCampaign "change status in SFDC campaign";
        ChangeStatusInProgram "change status in program";
        RemoveFromProgram "remove from program";
        AddToList "add to list";
        RemoveFromList "remove from list";
        SetField "set";
        ClearField "clear";
        ChangeField "change";
        SyncPerson "sync person to SFDC";
        Wait "wait";
        RequestCampaign "request campaign";
        ExecuteCampaign "execute campaign";
        RemoveFromFlow "remove from flow";
        CallWebhook "call webhook";
        SendEmail "send email";
        SendAlert "send alert";
        CreateTask "create task";
        CreateInterestingMoment "create interesting moment";
        DoNothing "do nothing";
    }
}
