//! Gathering what is declared: every name once, with its id, before anything that uses names is looked at.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::diagnostics::{Code, Diagnostic, Sources, Span, closest, help_for_name, in_backticks, one_of};
use crate::language::ast::{self, FieldDecl, Name, SfdcLink, TokenDecl, TriggerForm, Workspace};
use crate::meaning::{
    Activity, Attribute, Backward, Channel, EmptyValues, Field, Link, OnConflict, Program, ProgressionStatus,
    SfdcCampaign, Webhook,
};
use crate::model::{FieldType, Id, NOT_IN_PROGRAM, STANDARD_FIELDS, SfdcCampaignId, StatusId, Zone, fold};
use crate::vocabulary::{CampaignDef, ProgramDef, Symbols, duplicate, unknown_name};

use super::declarations;

/// What declarations give beside the tables of names.
pub(super) struct Declared {
    /// Programs, by id; `None` where one cannot be made.
    pub(super) programs: Vec<Option<Program>>,
    /// Webhooks, by id.
    pub(super) webhooks: Vec<Webhook>,
    /// For each program of the workspace, its Salesforce campaign when that is known by name.
    pub(super) links: Vec<Option<SfdcCampaignId>>,
}

/// Collects everything but segments' and campaigns' contents.
pub(super) fn collect(
    workspace: &Workspace,
    sources: &Sources,
    findings: &mut Vec<Diagnostic>,
    symbols: &mut Symbols,
) -> Declared {
    let mut collector = Collector { sources, findings, symbols };
    collector.settings(&workspace.settings);
    collector.fields(&workspace.fields);
    collector.activities(workspace);
    collector.lists(&workspace.lists);
    collector.symbols.statuses.intern(NOT_IN_PROGRAM);
    collector.channels(workspace);
    collector.sfdc_campaigns(workspace);
    collector.tokens(workspace);
    let webhooks = collector.webhooks(workspace);
    let (programs, links) = collector.programs(workspace);
    collector.segments(workspace);
    collector.campaigns(workspace);
    Declared { programs, webhooks, links }
}

/// The first places of names of one kind.
#[derive(Default)]
struct Seen(FxHashMap<SmolStr, Span>);

struct Collector<'a> {
    sources: &'a Sources,
    findings: &'a mut Vec<Diagnostic>,
    symbols: &'a mut Symbols,
}

impl Collector<'_> {
    fn settings(&mut self, all: &[ast::Settings]) {
        let mut first: Option<Span> = None;
        for settings in all {
            if let Some(first) = first {
                let path = (first.file != settings.span.file).then(|| self.sources.path(first.file));
                let place = path.map_or_else(String::new, |path| format!(", first in `{path}`"));
                self.findings.push(
                    Diagnostic::new(Code::DeclaredTwice, settings.span, format!("`settings` stands twice{place}"))
                        .help("a workspace has one `settings`: keep all of them in one file")
                        .related(first, "first written here"),
                );
                continue;
            }
            first = Some(settings.span);
            let ast::Settings {
                span: _,
                time_zone,
                week_starts_on,
                marketo_empty_values,
                cascade_limit,
                activity_limit,
                max_people,
            } = settings;
            if let Some(name) = time_zone {
                match Zone::find(&name.value) {
                    Some(zone) => self.symbols.settings.zone = zone,
                    None => self.findings.push(unknown_zone(name)),
                }
            }
            let book = &mut self.symbols.settings;
            book.week_starts_on = week_starts_on.as_ref().map_or(book.week_starts_on, |day| day.value);
            if marketo_empty_values.as_ref().is_some_and(|marketo| marketo.value) {
                book.empty_values = EmptyValues::Marketo;
            }
            book.cascade_limit = cascade_limit.as_ref().map_or(book.cascade_limit, |limit| limit.value);
            book.activity_limit = activity_limit.as_ref().map_or(book.activity_limit, |limit| limit.value);
            book.max_people = max_people.as_ref().map_or(book.max_people, |limit| limit.value);
        }
    }

    fn fields(&mut self, fields: &[FieldDecl]) {
        for standard in STANDARD_FIELDS {
            self.symbols.add_field(Field {
                name: SmolStr::new_static(standard.name),
                type_: standard.type_,
                values: None,
                read_only: standard.read_only,
            });
        }
        let mut seen = Seen::default();
        for field in fields {
            if !self.first(&mut seen, "field", &field.name, true) {
                continue;
            }
            if let Some(id) = self.symbols.field(&field.name.value) {
                let standard = self.symbols.fields.get(id.index()).map_or("", |field| field.name.as_str());
                let message = format!("the field `{}` always exists and cannot be declared again", field.name.value);
                self.findings.push(
                    Diagnostic::new(Code::DeclaredTwice, field.name.span, message)
                        .help(format!("`{standard}` is a standard field: leave this out, or choose another name")),
                );
                continue;
            }
            let type_ = declarations::field_type(field, self.findings);
            declarations::values_twice(field, self.findings);
            let id = self.symbols.add_field(Field {
                name: field.name.value.clone(),
                type_: type_.unwrap_or(FieldType::Text),
                values: closed_list(field),
                read_only: false,
            });
            if type_.is_none() {
                self.symbols.untyped_fields.push(id);
            }
        }
    }

    fn activities(&mut self, workspace: &Workspace) {
        let mut seen = Seen::default();
        for activity in &workspace.activities {
            let is_first = self.first(&mut seen, "activity", &activity.name, false);
            let mut names = Seen::default();
            let mut attributes = Vec::new();
            for attribute in &activity.attributes {
                if self.first(&mut names, "attribute", &attribute.name, true) {
                    let type_ = declarations::field_type(attribute, self.findings);
                    declarations::values_twice(attribute, self.findings);
                    if type_.is_none() && is_first {
                        self.symbols.untyped_attributes.push((self.symbols.activity_defs.len(), attributes.len()));
                    }
                    attributes.push(Attribute {
                        name: attribute.name.value.clone(),
                        type_: type_.unwrap_or(FieldType::Text),
                        values: closed_list(attribute),
                    });
                }
            }
            if is_first {
                self.symbols.activities.intern(&activity.name.value);
                self.symbols.activity_defs.push(Activity { name: activity.name.value.clone(), attributes });
            }
        }
    }

    fn lists(&mut self, lists: &[Name]) {
        let mut seen = Seen::default();
        for list in lists {
            if self.first(&mut seen, "list", list, false) {
                self.symbols.lists.intern(&list.value);
            }
        }
    }

    fn channels(&mut self, workspace: &Workspace) {
        let mut seen = Seen::default();
        for channel in &workspace.channels {
            let is_first = self.first(&mut seen, "channel", &channel.name, false);
            let mut names = Seen::default();
            let mut statuses = Vec::new();
            for status in &channel.statuses {
                if status.name.value == NOT_IN_PROGRAM {
                    let message = format!("the status `{NOT_IN_PROGRAM}` always exists and cannot be declared again");
                    self.findings.push(
                        Diagnostic::new(Code::DeclaredTwice, status.name.span, message)
                            .help("every channel has it as its step 0: leave it out"),
                    );
                } else if self.first(&mut names, "status", &status.name, false) {
                    statuses.push(ProgressionStatus {
                        status: self.symbols.statuses.intern(&status.name.value),
                        step: status.step.value,
                        success: status.success,
                    });
                }
            }
            if is_first {
                self.symbols.channels.intern(&channel.name.value);
                self.symbols.channel_defs.push(Channel { name: channel.name.value.clone(), statuses });
            }
        }
    }

    fn sfdc_campaigns(&mut self, workspace: &Workspace) {
        self.symbols.declares_sfdc_campaigns = workspace.declares_sfdc_campaigns;
        let mut seen = Seen::default();
        for campaign in &workspace.sfdc_campaigns {
            let is_first = self.first(&mut seen, "SFDC campaign", &campaign.name, false);
            let mut names = Seen::default();
            let mut statuses: Vec<(StatusId, bool)> = Vec::new();
            let mut default: Option<StatusId> = None;
            for status in &campaign.statuses {
                if !self.first(&mut names, "status", &status.name, false) {
                    continue;
                }
                let id = self.symbols.statuses.intern(&status.name.value);
                statuses.push((id, status.responded));
                if status.default.is_some() {
                    default.get_or_insert(id);
                }
            }
            declarations::member_statuses(campaign, self.findings);
            if is_first {
                let default_status = default
                    .or(statuses.first().map(|(status, _)| *status))
                    .unwrap_or_else(|| self.symbols.statuses.intern("Sent"));
                self.symbols.sfdc_campaigns.intern(&campaign.name.value);
                self.symbols.sfdc_campaign_defs.push(SfdcCampaign {
                    name: campaign.name.value.clone(),
                    statuses,
                    default_status,
                    declared: true,
                });
            }
        }
    }

    fn tokens(&mut self, workspace: &Workspace) {
        self.symbols.tokens = self.token_table(&workspace.tokens);
    }

    fn token_table(&mut self, tokens: &[TokenDecl]) -> BTreeMap<SmolStr, SmolStr> {
        let mut seen = Seen::default();
        let mut table = BTreeMap::new();
        for token in tokens {
            if self.first(&mut seen, "token", &token.name, false) {
                table.insert(token.name.value.clone(), token.value.value.clone());
            }
        }
        table
    }

    fn webhooks(&mut self, workspace: &Workspace) -> Vec<Webhook> {
        let mut seen = Seen::default();
        let mut webhooks = Vec::new();
        for webhook in &workspace.webhooks {
            declarations::webhook_url(webhook, self.findings);
            if self.first(&mut seen, "webhook", &webhook.name, false) {
                self.symbols.webhooks.intern(&webhook.name.value);
                webhooks.push(Webhook {
                    name: webhook.name.value.clone(),
                    url: webhook.url.value.clone(),
                    method: webhook.method.as_ref().map_or(SmolStr::new_static("POST"), |name| name.value.clone()),
                });
            }
        }
        webhooks
    }

    fn programs(&mut self, workspace: &Workspace) -> (Vec<Option<Program>>, Vec<Option<SfdcCampaignId>>) {
        let mut seen = Seen::default();
        let mut programs = Vec::new();
        let mut links = Vec::new();
        for program in &workspace.programs {
            let is_first = self.first(&mut seen, "program", &program.name, false);
            let channel = self.symbols.channels.find(&program.channel.value);
            if channel.is_none() {
                let names = self.symbols.channels.iter().map(|(_, name)| name);
                let channel = &program.channel;
                let finding = unknown_name(Code::UnknownChannel, channel.span, "channel", &channel.value, names);
                self.findings.push(finding);
            }
            let linked = self.linked_campaign(program.sfdc_campaign.as_ref());
            links.push(linked);
            let period_costs = declarations::period_costs(program, self.findings);
            declarations::sync_words(program, self.findings);
            let tokens = self.token_table(&program.tokens);
            if !is_first {
                continue;
            }
            self.symbols.programs.intern(&program.name.value);
            self.symbols.program_defs.push(ProgramDef { channel, tokens });
            let link = match (&program.sfdc_campaign, linked) {
                (None, _) => Some(None),
                (Some(SfdcLink::Id(id)), _) => Some(Some(Link::Id(id.value.clone()))),
                (Some(SfdcLink::Name(_)), Some(campaign)) => Some(Some(Link::Campaign(campaign))),
                (Some(SfdcLink::Name(_)), None) => None,
            };
            programs.push(channel.zip(link).zip(period_costs).map(|((channel, link), period_costs)| Program {
                name: program.name.value.clone(),
                channel,
                period_costs,
                link,
                on_conflict: program.on_conflict.as_ref().and_then(|word| OnConflict::find(&word.value)),
                backward: program.backward.as_ref().and_then(|word| Backward::find(&word.value)),
            }));
        }
        (programs, links)
    }

    fn linked_campaign(&mut self, link: Option<&SfdcLink>) -> Option<SfdcCampaignId> {
        let Some(SfdcLink::Name(name)) = link else { return None };
        if !self.symbols.declares_sfdc_campaigns {
            return Some(self.symbols.undeclared_sfdc_campaign(&name.value, name.span));
        }
        let found = self.symbols.sfdc_campaigns.find(&name.value);
        if found.is_none() {
            let names = self.symbols.sfdc_campaigns.iter().map(|(_, name)| name);
            let finding = unknown_name(Code::UnknownSfdcCampaign, name.span, "SFDC campaign", &name.value, names);
            self.findings.push(finding);
        }
        found
    }

    fn segments(&mut self, workspace: &Workspace) {
        let mut seen = Seen::default();
        for segment in &workspace.segments {
            if self.first(&mut seen, "segment", &segment.name, false) {
                self.symbols.segments.intern(&segment.name.value);
            }
        }
    }

    fn campaigns(&mut self, workspace: &Workspace) {
        let mut seen = Seen::default();
        for campaign in &workspace.campaigns {
            if !self.first(&mut seen, "smart campaign", &campaign.name, false) {
                continue;
            }
            self.symbols.campaigns.intern(&campaign.name.value);
            let requestable = campaign.triggers.as_ref().is_some_and(|(_, triggers)| {
                triggers.iter().any(|trigger| trigger.form == TriggerForm::CampaignRequested)
            });
            let executable = campaign.executable.is_some_and(|(_, executable)| executable);
            // What is missing may be in what could not be read.
            let open = campaign.start_broken;
            self.symbols
                .campaign_defs
                .push(CampaignDef { requestable: requestable || open, executable: executable || open });
        }
    }

    /// Whether a name of its kind comes for the first time; otherwise the finding is made.
    fn first(&mut self, seen: &mut Seen, what: &str, name: &Name, ignore_case: bool) -> bool {
        let key = if ignore_case { SmolStr::new(fold(&name.value)) } else { name.value.clone() };
        let Some(first) = seen.0.get(&key).copied() else {
            seen.0.insert(key, name.span);
            return true;
        };
        let path = (first.file != name.span.file).then(|| self.sources.path(first.file));
        self.findings.push(duplicate(what, &name.value, name.span, first, path));
        false
    }
}

fn closed_list(field: &FieldDecl) -> Option<Vec<SmolStr>> {
    // An empty one was refused, and what would be a value of it is not known.
    field
        .values
        .as_ref()
        .filter(|values| !values.is_empty())
        .map(|values| values.iter().map(|value| value.value.clone()).collect())
}

fn unknown_zone(name: &Name) -> Diagnostic {
    let names = Zone::names();
    let finding = Diagnostic::new(Code::BadEntry, name.span, format!("there is no time zone `{}`", name.value));
    // Cities are what people remember: `Amsterdam` should find `Europe/Amsterdam`.
    let by_city: Vec<String> = names
        .iter()
        .filter(|zone| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&name.value)))
        .map(|zone| in_backticks(zone))
        .collect();
    if !by_city.is_empty() {
        return finding.help(format!("did you mean {}?", one_of(&by_city)));
    }
    if closest(&name.value, names.iter().map(String::as_str)).is_empty() {
        return finding.help("write an IANA name such as `Europe/Amsterdam` or `UTC`");
    }
    finding.helps(help_for_name(&name.value, "time zone", names.iter().map(String::as_str)))
}
