//! What rule files declare besides smart campaigns. A key that must be there is only missed where nothing else is wrong:
//! it may be the one that was misspelt.

use std::sync::Arc;

use super::keys;
use super::shape::{Shape, name_of};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::language::ast::{
    ActivityDecl, ChannelDecl, FieldDecl, MemberStatusDecl, Name, PeriodCostDecl, ProgramDecl, ProgressionDecl,
    SegmentDecl, Settings, SfdcCampaignDecl, SfdcLink, TokenDecl, WebhookDecl,
};
use crate::language::yaml::Node;
use crate::model::{Day, NOT_IN_PROGRAM};

impl Shape<'_> {
    pub(super) fn settings(&mut self, key: Span, node: &Node) -> Settings {
        let mut settings = Settings {
            span: key,
            time_zone: None,
            week_starts_on: None,
            marketo_empty_values: None,
            cascade_limit: None,
            activity_limit: None,
            max_people: None,
        };
        for (key, value) in self.known_entries(node, "`settings`", &[keys::SETTINGS]) {
            match key.text() {
                "time_zone" => settings.time_zone = self.name(value, "`time_zone`"),
                "week_starts_on" => {
                    let days = Day::ALL.map(|day| (day.word(), day));
                    settings.week_starts_on = self.word(value, "`week_starts_on`", &days);
                }
                "empty_values" => {
                    let words = [("strict", false), ("marketo", true)];
                    settings.marketo_empty_values = self.word(value, "`empty_values`", &words);
                }
                "cascade_limit" => settings.cascade_limit = self.number(value, "`cascade_limit`", 1),
                "activity_limit" => settings.activity_limit = self.number(value, "`activity_limit`", 1),
                "max_people" => settings.max_people = self.number(value, "`max_people`", 0),
                _ => {}
            }
        }
        settings
    }

    /// `NAME: TYPE` or `NAME: {type: TYPE, values: […]}`; attributes have the same shape.
    pub(super) fn fields(&mut self, node: &Node, what: &str) -> Vec<FieldDecl> {
        let mut fields = Vec::new();
        for (name, value) in self.entries(node, what) {
            let name = name_of(name);
            let (mut type_, mut values) = (None, None);
            if let Node::Mapping { .. } = value {
                let before = self.findings.len();
                let mut has_type = false;
                for (key, value) in self.known_entries(value, "a field", &[keys::FIELD]) {
                    match key.text() {
                        "type" => {
                            has_type = true;
                            type_ = self.name(value, "a type");
                        }
                        "values" => values = Some(self.closed_list(value)),
                        _ => {}
                    }
                }
                if !has_type && self.findings.len() == before {
                    let what = format!("the field `{}`", name.value);
                    self.missing(name.span, &what, "type", "give it a type, as in `type: text`");
                }
            } else {
                type_ = self.name(value, "a type");
            }
            if let Some(type_) = type_ {
                fields.push(FieldDecl { name, type_, values });
            }
        }
        fields
    }

    /// The values of a closed list, of which there must be some.
    fn closed_list(&mut self, node: &Node) -> Vec<Name> {
        let before = self.findings.len();
        let values = self.names(node, "`values`");
        if values.is_empty() && self.findings.len() == before {
            let message = "a closed list without values leaves nothing to write";
            let help = "list the values, as in `values: [Red, Green]`, or leave `values` out";
            self.find(Diagnostic::new(Code::BadEntry, node.span(), message).help(help));
        }
        values
    }

    pub(super) fn activities(&mut self, node: &Node, activities: &mut Vec<ActivityDecl>) {
        for (name, value) in self.entries(node, "`activities`") {
            let attributes = self.fields(value, "an activity");
            activities.push(ActivityDecl { name: name_of(name), attributes });
        }
    }

    pub(super) fn channels(&mut self, node: &Node, channels: &mut Vec<ChannelDecl>) {
        for (name, value) in self.entries(node, "`channels`") {
            let name = name_of(name);
            let mut statuses = None;
            let before = self.findings.len();
            for (_, value) in self.known_entries(value, "a channel", &[keys::CHANNEL]) {
                statuses = Some(self.progression(value));
            }
            let without = statuses.as_ref().is_none_or(Vec::is_empty);
            if without && self.findings.len() == before {
                let what = format!("the channel `{}`", name.value);
                self.missing(name.span, &what, "statuses", "list its progression statuses with their steps");
            }
            channels.push(ChannelDecl { name, statuses: statuses.unwrap_or_default() });
        }
    }

    fn progression(&mut self, node: &Node) -> Vec<ProgressionDecl> {
        let mut statuses = Vec::new();
        for (name, value) in self.entries(node, "`statuses`") {
            let name = name_of(name);
            let (mut step, mut success, mut has_step) = (None, false, false);
            let before = self.findings.len();
            for (key, value) in self.known_entries(value, "a progression status", &[keys::PROGRESSION]) {
                match key.text() {
                    "step" => {
                        has_step = true;
                        // That this one is declared at all is told later.
                        let least = if name.value == NOT_IN_PROGRAM { 0 } else { 1 };
                        step = self.number(value, "`step`", least);
                    }
                    "success" => success = self.boolean(value, "`success`").is_some_and(|success| success.value),
                    _ => {}
                }
            }
            if !has_step && self.findings.len() == before {
                let what = format!("the status `{}`", name.value);
                self.missing(name.span, &what, "step", "give it its place in the channel, as in `step: 10`");
            }
            if let Some(step) = step {
                statuses.push(ProgressionDecl { name, step, success });
            }
        }
        statuses
    }

    pub(super) fn programs(&mut self, node: &Node, programs: &mut Vec<ProgramDecl>) {
        for (name, value) in self.entries(node, "`programs`") {
            let name = name_of(name);
            let mut channel = None;
            let mut has_channel = false;
            let before = self.findings.len();
            let mut program = ProgramDecl {
                channel: name.clone(),
                name,
                period_costs: Vec::new(),
                sfdc_campaign: None,
                on_conflict: None,
                backward: None,
                tokens: Vec::new(),
            };
            for (key, value) in self.known_entries(value, "a program", &[keys::PROGRAM]) {
                match key.text() {
                    "channel" => {
                        has_channel = true;
                        channel = self.name(value, "`channel`");
                    }
                    "period_costs" => program.period_costs = self.period_costs(value),
                    "sfdc_campaign" => program.sfdc_campaign = self.link(value),
                    "tokens" => program.tokens = self.tokens(value),
                    "on_conflict" => program.on_conflict = self.name(value, "`on_conflict`"),
                    "backward" => program.backward = self.name(value, "`backward`"),
                    _ => {}
                }
            }
            if !has_channel && self.findings.len() == before {
                let what = format!("the program `{}`", program.name.value);
                self.missing(program.name.span, &what, "channel", "name the channel whose statuses it has");
            }
            if let Some(channel) = channel {
                programs.push(ProgramDecl { channel, ..program });
            }
        }
    }

    fn link(&mut self, node: &Node) -> Option<SfdcLink> {
        if let Node::Mapping { .. } = node {
            let mut id = None;
            for (_, value) in self.known_entries(node, "`sfdc_campaign`", &[keys::LINK]) {
                id = self.name(value, "`id`");
            }
            return id.map(SfdcLink::Id);
        }
        self.name(node, "`sfdc_campaign`").map(SfdcLink::Name)
    }

    fn period_costs(&mut self, node: &Node) -> Vec<PeriodCostDecl> {
        let mut costs = Vec::new();
        for item in self.items(node, "`period_costs`") {
            let (mut month, mut amount, mut note) = (None, None, None);
            let before = self.findings.len();
            for (key, value) in self.known_entries(item, "a period cost", &[keys::PERIOD_COST]) {
                match key.text() {
                    "month" => month = self.name(value, "`month`"),
                    "amount" => amount = self.name(value, "`amount`"),
                    "note" => note = self.name(value, "`note`"),
                    _ => {}
                }
            }
            match (month, amount) {
                (Some(month), Some(amount)) => costs.push(PeriodCostDecl { month, amount, note }),
                (month, _) if self.findings.len() == before => {
                    let key = if month.is_none() { "month" } else { "amount" };
                    let help = "write it as `{month: 2026-03, amount: 1200}`";
                    self.missing(item.span(), "a period cost", key, help);
                }
                (_, _) => {}
            }
        }
        costs
    }

    pub(super) fn sfdc_campaigns(&mut self, node: &Node, campaigns: &mut Vec<SfdcCampaignDecl>) {
        for (name, value) in self.entries(node, "`sfdc_campaigns`") {
            let mut statuses = Vec::new();
            for (_, value) in self.known_entries(value, "an SFDC campaign", &[keys::SFDC_CAMPAIGN]) {
                for (name, value) in self.entries(value, "`statuses`") {
                    let (mut default, mut responded) = (None, false);
                    for (key, value) in self.known_entries(value, "a member status", &[keys::MEMBER_STATUS]) {
                        let Some(answer) = self.boolean(value, &format!("`{}`", key.text())) else { continue };
                        match key.text() {
                            "default" if answer.value => default = Some(key.span().to(answer.span)),
                            "responded" => responded = answer.value,
                            _ => {}
                        }
                    }
                    statuses.push(MemberStatusDecl { name: name_of(name), default, responded });
                }
            }
            campaigns.push(SfdcCampaignDecl { name: name_of(name), statuses });
        }
    }

    pub(super) fn webhooks(&mut self, node: &Node, webhooks: &mut Vec<WebhookDecl>) {
        for (name, value) in self.entries(node, "`webhooks`") {
            let name = name_of(name);
            let (mut url, mut method, mut has_url) = (None, None, false);
            let before = self.findings.len();
            for (key, value) in self.known_entries(value, "a webhook", &[keys::WEBHOOK]) {
                match key.text() {
                    "url" => {
                        has_url = true;
                        url = self.name(value, "`url`");
                    }
                    "method" => {
                        let words: Vec<(&str, ())> = keys::METHODS.iter().map(|word| (*word, ())).collect();
                        method = self.word(value, "`method`", &words).and_then(|_| self.name(value, "`method`"));
                    }
                    _ => {}
                }
            }
            if !has_url && self.findings.len() == before {
                let what = format!("the webhook `{}`", name.value);
                self.missing(name.span, &what, "url", "say where it goes, as in `url: https://…`");
            }
            if let Some(url) = url {
                webhooks.push(WebhookDecl { name, url, method });
            }
        }
    }

    pub(super) fn tokens(&mut self, node: &Node) -> Vec<TokenDecl> {
        let mut tokens = Vec::new();
        for (name, value) in self.entries(node, "`tokens`") {
            if let Some(value) = self.name(value, "the value of a token") {
                tokens.push(TokenDecl { name: name_of(name), value });
            }
        }
        tokens
    }

    pub(super) fn segments(&mut self, node: &Node, segments: &mut Vec<Arc<SegmentDecl>>) {
        for (name, value) in self.entries(node, "`segments`") {
            let filter = self.filter(value);
            segments.push(Arc::new(SegmentDecl { name: name_of(name), filter }));
        }
    }
}
