//! The table of codes. A code is for ever: it is never given a second meaning and never reused.

use std::fmt;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The rule book does not run.
    Error,
    /// It runs, but perhaps not as meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($( $name:ident $id:literal $title:literal; )*) => {
        /// The stable code of a finding. `campanile explain CODE` shows its page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $( #[doc = $title] $name, )*
        }

        /// Every code, in order.
        pub const ALL: &[Code] = &[$( Code::$name, )*];

        impl Code {
            /// The code as it is printed, `E0301`.
            pub const fn id(self) -> &'static str {
                match self { $( Self::$name => $id, )* }
            }

            /// What it is about, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )* }
            }

            /// The page that `campanile explain` shows, Markdown.
            pub const fn page(self) -> &'static str {
                match self { $( Self::$name => include_str!(concat!("../../docs/codes/", $id, ".md")), )* }
            }
        }
    };
}

codes! {
    // E01xx: YAML and the shape of files.
    NotYaml "E0101" "the file is not YAML";
    DuplicateKey "E0102" "a key stands twice in one mapping";
    UnknownKey "E0103" "a key that is not known here";
    AnchorOrAlias "E0104" "an anchor or an alias";
    Tag "E0105" "a YAML tag";
    SeveralDocuments "E0106" "more than one document in a file";
    WrongShape "E0107" "a mapping, list or text where something else belongs";
    TabIndentation "E0108" "a tab where spaces belong";
    TooLarge "E0109" "a file, nesting or text over its limit";
    MissingKey "E0110" "a key that must be there is missing";
    BadEntry "E0111" "a setting or declaration with a value it cannot have";
    BrokenScalar "E0112" "a rule text that YAML cuts short";
    NotUtf8 "E0113" "a file that is not UTF-8 text";
    // E02xx: the texts of the rule language.
    Syntax "E0201" "a rule text that cannot be read";
    CurlyQuotes "E0202" "curly quotes";
    UnclosedString "E0203" "a string that is never closed";
    UnclosedParenthesis "E0204" "parentheses that do not match";
    MixedAndOr "E0205" "and mixed with or";
    ForeignOperator "E0206" "an operator of another language";
    BareField "E0207" "a field of several words without brackets";
    BadUnit "E0208" "a unit of time that is not known";
    MissingValue "E0209" "an operator without its value";
    UnknownPhrase "E0210" "a trigger, filter or step that does not exist";
    PartNotAllowed "E0211" "a part that this phrase does not take";
    BadSchedule "E0212" "a schedule that cannot be read";
    BadQualify "E0213" "a qualification rule that cannot be read";
    BadMatch "E0214" "a match expression that cannot be read";
    EmptyText "E0215" "a rule text with nothing in it";
    BadToken "E0216" "a token that cannot be read or may not stand here";
    TooDeep "E0217" "an expression that is too long or nested too deep";
    // E03xx: names.
    DeclaredTwice "E0301" "the same name declared twice";
    UnknownField "E0302" "an unknown field";
    UnknownStatus "E0303" "a status that the campaign or program does not have";
    UnknownSfdcCampaign "E0304" "an unknown SFDC campaign";
    UnknownProgram "E0305" "an unknown program";
    UnknownChannel "E0306" "an unknown channel";
    UnknownList "E0307" "an unknown list";
    UnknownSegment "E0308" "an unknown segment";
    UnknownActivity "E0309" "an unknown activity";
    UnknownAttribute "E0310" "an attribute that the activity does not have";
    UnknownSmartCampaign "E0311" "an unknown smart campaign";
    UnknownToken "E0312" "an unknown token";
    UnknownWebhook "E0313" "an unknown webhook";
    SegmentCycle "E0314" "segments that contain each other";
    AfterCycle "E0315" "campaigns that each wait for the other";
    ExecuteCycle "E0316" "campaigns that execute each other in a circle";
    // E04xx: types and values.
    OperatorNotForType "E0401" "an operator that the type does not have";
    ValueNotForType "E0402" "a value of the wrong type";
    OutsideClosedList "E0403" "a value outside a closed list";
    NoSuchDate "E0404" "a date or time that does not exist";
    PercentOutOfRange "E0405" "a percentage outside 0 to 100";
    ReadOnlyField "E0406" "a read-only field";
    BetweenReversed "E0407" "a range with its ends the wrong way round";
    NumberOutOfRange "E0408" "a number that is too large or not whole";
    // E05xx: the shape of campaigns.
    TriggersAndSchedule "E0501" "a campaign that is started in two ways";
    EmptyFlow "E0502" "a flow without steps";
    ChoiceWithoutBranches "E0503" "a choice without branches";
    ElseNotLast "E0504" "an else that is not last";
    NotInExecutable "E0505" "a step that an executable campaign cannot have";
    ExecuteTooDeep "E0506" "campaigns executed more than 3 levels deep";
    TriggerTokenWithoutTrigger "E0507" "a trigger token in a campaign without triggers";
    NotRequestable "E0508" "a request for a campaign that cannot be requested";
    WaitOnNonDate "E0509" "a wait for a field that is no date";
    NotExecutable "E0510" "executing a campaign that is not executable";
    StartingRequired "E0511" "a schedule that needs a first day";
    BatchOnlyKey "E0512" "a key that only batch campaigns have";
    RemoveFromProgramInstead "E0513" "Not in Program as a status to set";
    // E06xx: the sync.
    TwoProgramsOneCampaign "E0601" "two programs linked to one SFDC campaign";
    TwoDefaultStatuses "E0602" "two default statuses in one SFDC campaign";
    StatusesDoNotMatch "E0603" "statuses that do not match between program and SFDC campaign";
    StatusTooLong "E0604" "a status of more than 40 characters";
    BadPeriodCost "E0605" "a period cost that is negative or not whole";
    // E07xx: scenario files.
    BadScenario "E0701" "a scenario that cannot be run";
    // W: it runs, but perhaps not as meant.
    NoSfdcCampaigns "W0301" "no SFDC campaigns declared";
    StatusMissingSomewhere "W0302" "a status that some of the campaigns do not have";
    NoDefaultStatus "W0601" "an SFDC campaign without a default status";
    ReadsOtherwise "W1305" "a rule that may mean something else than it seems";
}

impl Code {
    /// Errors begin with `E`, warnings with `W`.
    pub fn severity(self) -> Severity {
        if self.id().starts_with('W') { Severity::Warning } else { Severity::Error }
    }

    /// The code with this id, ignoring case.
    pub fn find(id: &str) -> Option<Self> {
        ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
