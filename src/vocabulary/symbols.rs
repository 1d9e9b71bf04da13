//! The tables in which names are looked up: everything that is declared, with its id.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::diagnostics::Span;
use crate::meaning::{Activity, Channel, Field, Settings, SfdcCampaign};
use crate::model::{
    ActivityId, CampaignId, ChannelId, FieldId, Id, ListId, NameTable, ProgramId, SegmentId, SfdcCampaignId,
    StandardField, StatusId, WebhookId, fold,
};

/// Everything that has a name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Symbols {
    /// The settings.
    pub(crate) settings: Settings,
    /// Person fields.
    pub(crate) fields: Vec<Field>,
    /// Their places, by folded name.
    pub(crate) field_names: FxHashMap<String, FieldId>,
    /// Those whose type could not be understood.
    pub(crate) untyped_fields: Vec<FieldId>,
    /// Attributes whose type could not be understood: the place of the activity and that of the attribute in it.
    pub(crate) untyped_attributes: Vec<(usize, usize)>,
    /// Names of custom activities.
    pub(crate) activities: NameTable<ActivityId>,
    /// What they are; shorter than the names when facts brought some.
    pub(crate) activity_defs: Vec<Activity>,
    /// Lists.
    pub(crate) lists: NameTable<ListId>,
    /// Statuses of every kind.
    pub(crate) statuses: NameTable<StatusId>,
    /// Names of channels.
    pub(crate) channels: NameTable<ChannelId>,
    /// What they are.
    pub(crate) channel_defs: Vec<Channel>,
    /// Names of programs.
    pub(crate) programs: NameTable<ProgramId>,
    /// What they are; shorter than the names when facts brought some.
    pub(crate) program_defs: Vec<ProgramDef>,
    /// Names of Salesforce campaigns.
    pub(crate) sfdc_campaigns: NameTable<SfdcCampaignId>,
    /// What they are; shorter than the names when facts brought some.
    pub(crate) sfdc_campaign_defs: Vec<SfdcCampaign>,
    /// Whether Salesforce campaigns are declared at all.
    pub(crate) declares_sfdc_campaigns: bool,
    /// The first use of a Salesforce campaign that could not be checked because none is declared.
    pub(crate) unchecked_sfdc_campaign: Option<Span>,
    /// The first place whose meaning depends on the time zone.
    pub(crate) first_local_time: Option<Span>,
    /// Webhooks.
    pub(crate) webhooks: NameTable<WebhookId>,
    /// Segments.
    pub(crate) segments: NameTable<SegmentId>,
    /// Names of smart campaigns.
    pub(crate) campaigns: NameTable<CampaignId>,
    /// What others must know about them.
    pub(crate) campaign_defs: Vec<CampaignDef>,
    /// The workspace's tokens.
    pub(crate) tokens: BTreeMap<SmolStr, SmolStr>,
    /// How statuses that no declaration knows are treated.
    pub(crate) knowledge: StatusKnowledge,
}

/// How statuses that a campaign or program does not declare are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum StatusKnowledge {
    /// As mistakes: rules are checked.
    #[default]
    Declared,
    /// As known when any fact or rule has named them: questions are asked while rules run.
    Seen,
}

/// What phrases must know about a program.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProgramDef {
    /// Its channel; `None` when that is unknown.
    pub(crate) channel: Option<ChannelId>,
    /// Its tokens.
    pub(crate) tokens: BTreeMap<SmolStr, SmolStr>,
}

/// What phrases must know about a smart campaign.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CampaignDef {
    /// Whether it has the trigger `campaign is requested`; true also when how it is started could not all be read.
    pub(crate) requestable: bool,
    /// Whether only `execute campaign` runs it; true also when how it is started could not all be read.
    pub(crate) executable: bool,
}

impl Symbols {
    /// Adds a field under its name.
    pub(crate) fn add_field(&mut self, field: Field) -> FieldId {
        let id = FieldId::new(self.fields.len());
        self.field_names.entry(fold(&field.name)).or_insert(id);
        self.fields.push(field);
        id
    }

    /// The field with this name, ignoring case; `Score` is `Person Score`.
    pub(crate) fn field(&self, name: &str) -> Option<FieldId> {
        let folded = fold(name);
        if folded == "score" {
            return Some(StandardField::PERSON_SCORE);
        }
        self.field_names.get(&folded).copied()
    }

    /// The campaign with this name where campaigns need no declaration; it comes into being.
    pub(crate) fn undeclared_sfdc_campaign(&mut self, name: &str, place: Span) -> SfdcCampaignId {
        self.unchecked_sfdc_campaign.get_or_insert(place);
        let id = self.sfdc_campaigns.intern(name);
        if self.sfdc_campaign_defs.len() < self.sfdc_campaigns.len() {
            let default_status = self.statuses.intern("Sent");
            self.sfdc_campaign_defs.push(SfdcCampaign {
                name: SmolStr::new(name),
                statuses: Vec::new(),
                default_status,
                declared: false,
            });
        }
        id
    }

    /// The channel of a program, when both are known.
    pub(crate) fn channel_of(&self, program: ProgramId) -> Option<&Channel> {
        let channel = self.program_defs.get(program.index())?.channel?;
        self.channel_defs.get(channel.index())
    }
}
