//! What the world tells: facts about people, one at a time (interfaces.md section 2).

use std::borrow::Cow;

use super::time::Timestamp;

/// One fact. Names are as the world spells them; whether the rules know them is decided when it is handled.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// When it happened; absent: at the current time.
    pub at: Option<Timestamp>,
    /// Unique per person; a second event with the same id is dropped.
    pub id: Option<Cow<'a, str>>,
    /// Whom it is about; absent only for [`EventKind::Clock`].
    pub person: Option<Cow<'a, str>>,
    /// In loads: whether the fact is put into the activity log as well.
    pub log: bool,
    /// What happened.
    pub kind: EventKind<'a>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind<'a> {
    /// The person has these values now; created if new.
    Person {
        /// Field names and their new values.
        fields: Vec<(Cow<'a, str>, FactValue<'a>)>,
    },
    /// The person became a member of a Salesforce campaign.
    SfdcCampaignAdded {
        /// The campaign.
        campaign: Cow<'a, str>,
        /// The status; absent: the campaign's default.
        status: Option<Cow<'a, str>>,
        /// In loads: when; absent: the record's own time.
        added: Option<Timestamp>,
    },
    /// The person is no longer a member of a Salesforce campaign.
    SfdcCampaignRemoved {
        /// The campaign.
        campaign: Cow<'a, str>,
    },
    /// The member's status in a Salesforce campaign is another.
    SfdcCampaignStatusChanged {
        /// The campaign.
        campaign: Cow<'a, str>,
        /// The new status.
        to: Cow<'a, str>,
    },
    /// The person's progression status in a program is another.
    ProgramStatusChanged {
        /// The program.
        program: Cow<'a, str>,
        /// The new status; "Not in Program" is a removal.
        to: Cow<'a, str>,
    },
    /// The person left a program.
    ProgramRemoved {
        /// The program.
        program: Cow<'a, str>,
    },
    /// The person was put on a list.
    ListAdded {
        /// The list.
        list: Cow<'a, str>,
    },
    /// The person was taken off a list.
    ListRemoved {
        /// The list.
        list: Cow<'a, str>,
    },
    /// The person did something.
    Activity {
        /// The activity.
        activity: Cow<'a, str>,
        /// Its attributes and their values.
        attributes: Vec<(Cow<'a, str>, FactValue<'a>)>,
    },
    /// Somebody asks for a smart campaign to be run for the person.
    CampaignRequested {
        /// The smart campaign.
        campaign: Cow<'a, str>,
        /// Who asks.
        source: Option<Cow<'a, str>>,
    },
    /// The person is in Salesforce now.
    SfdcSynced,
    /// The person's lead was converted to a contact.
    SfdcConverted,
    /// The person's lead or contact was deleted.
    SfdcDeleted,
    /// Time has come this far; about nobody.
    Clock,
}

impl EventKind<'_> {
    /// The word for it in event records.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Person { .. } => "person",
            Self::SfdcCampaignAdded { .. } => "sfdc_campaign.added",
            Self::SfdcCampaignRemoved { .. } => "sfdc_campaign.removed",
            Self::SfdcCampaignStatusChanged { .. } => "sfdc_campaign.status_changed",
            Self::ProgramStatusChanged { .. } => "program.status_changed",
            Self::ProgramRemoved { .. } => "program.removed",
            Self::ListAdded { .. } => "list.added",
            Self::ListRemoved { .. } => "list.removed",
            Self::Activity { .. } => "activity",
            Self::CampaignRequested { .. } => "campaign.requested",
            Self::SfdcSynced => "sfdc.synced",
            Self::SfdcConverted => "sfdc.converted",
            Self::SfdcDeleted => "sfdc.deleted",
            Self::Clock => "clock",
        }
    }
}

/// A value as the world writes it; what it means depends on the type of its field.
#[derive(Debug, Clone, PartialEq)]
pub enum FactValue<'a> {
    /// `null`: empty.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number in its own spelling, so that no digit is lost.
    Number(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
}

fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn own_all(values: Vec<(Cow<'_, str>, FactValue<'_>)>) -> Vec<(Cow<'static, str>, FactValue<'static>)> {
    values.into_iter().map(|(name, value)| (own(name), value.into_owned())).collect()
}

impl Event<'_> {
    /// The event with all its texts copied.
    pub fn into_owned(self) -> Event<'static> {
        Event {
            at: self.at,
            id: self.id.map(own),
            person: self.person.map(own),
            log: self.log,
            kind: self.kind.into_owned(),
        }
    }
}

impl EventKind<'_> {
    fn into_owned(self) -> EventKind<'static> {
        match self {
            Self::Person { fields } => EventKind::Person { fields: own_all(fields) },
            Self::SfdcCampaignAdded { campaign, status, added } => {
                EventKind::SfdcCampaignAdded { campaign: own(campaign), status: status.map(own), added }
            }
            Self::SfdcCampaignRemoved { campaign } => EventKind::SfdcCampaignRemoved { campaign: own(campaign) },
            Self::SfdcCampaignStatusChanged { campaign, to } => {
                EventKind::SfdcCampaignStatusChanged { campaign: own(campaign), to: own(to) }
            }
            Self::ProgramStatusChanged { program, to } => {
                EventKind::ProgramStatusChanged { program: own(program), to: own(to) }
            }
            Self::ProgramRemoved { program } => EventKind::ProgramRemoved { program: own(program) },
            Self::ListAdded { list } => EventKind::ListAdded { list: own(list) },
            Self::ListRemoved { list } => EventKind::ListRemoved { list: own(list) },
            Self::Activity { activity, attributes } => {
                EventKind::Activity { activity: own(activity), attributes: own_all(attributes) }
            }
            Self::CampaignRequested { campaign, source } => {
                EventKind::CampaignRequested { campaign: own(campaign), source: source.map(own) }
            }
            Self::SfdcSynced => EventKind::SfdcSynced,
            Self::SfdcConverted => EventKind::SfdcConverted,
            Self::SfdcDeleted => EventKind::SfdcDeleted,
            Self::Clock => EventKind::Clock,
        }
    }
}

impl FactValue<'_> {
    fn into_owned(self) -> FactValue<'static> {
        match self {
            Self::Null => FactValue::Null,
            Self::Boolean(b) => FactValue::Boolean(b),
            Self::Number(text) => FactValue::Number(own(text)),
            Self::Text(text) => FactValue::Text(own(text)),
        }
    }
}
