//! Everything that rule files declare, together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ast::{
    ActivityDecl, CampaignDecl, ChannelDecl, FieldDecl, Name, ProgramDecl, SegmentDecl, Settings, SfdcCampaignDecl,
    TokenDecl, WebhookDecl,
};

/// All rule files of a workspace, in byte order of their paths; declarations in the order in which they were written.
/// Shapes are right (E01xx found nothing here); names may be unknown or declared twice.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// `settings`, one a file at most; a second one is for the checker to refuse.
    pub settings: Vec<Settings>,
    /// `fields`.
    pub fields: Vec<FieldDecl>,
    /// `activities`.
    pub activities: Vec<ActivityDecl>,
    /// `lists`.
    pub lists: Vec<Name>,
    /// `channels`.
    pub channels: Vec<ChannelDecl>,
    /// `programs`.
    pub programs: Vec<ProgramDecl>,
    /// `sfdc_campaigns`.
    pub sfdc_campaigns: Vec<SfdcCampaignDecl>,
    /// Whether some file has the key `sfdc_campaigns` at all, even an empty one.
    pub declares_sfdc_campaigns: bool,
    /// `webhooks`.
    pub webhooks: Vec<WebhookDecl>,
    /// `tokens`: name and value.
    pub tokens: Vec<TokenDecl>,
    /// `segments`. These and campaigns are shared: an editor puts the workspace together anew at every edit.
    pub segments: Vec<Arc<SegmentDecl>>,
    /// `smart_campaigns`.
    pub campaigns: Vec<Arc<CampaignDecl>>,
    /// The keys of rule files under which something could not be read: what seems to be missing may stand there.
    pub unread: BTreeSet<&'static str>,
}

impl Workspace {
    /// Puts what other files declare behind what these do.
    pub(crate) fn append(&mut self, other: Self) {
        let Self {
            settings,
            fields,
            activities,
            lists,
            channels,
            programs,
            sfdc_campaigns,
            declares_sfdc_campaigns,
            webhooks,
            tokens,
            segments,
            campaigns,
            unread,
        } = other;
        self.settings.extend(settings);
        self.fields.extend(fields);
        self.activities.extend(activities);
        self.lists.extend(lists);
        self.channels.extend(channels);
        self.programs.extend(programs);
        self.sfdc_campaigns.extend(sfdc_campaigns);
        self.declares_sfdc_campaigns |= declares_sfdc_campaigns;
        self.webhooks.extend(webhooks);
        self.tokens.extend(tokens);
        self.segments.extend(segments);
        self.campaigns.extend(campaigns);
        self.unread.extend(unread);
    }
}
