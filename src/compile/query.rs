//! Questions to a rule book that stands: one filter, one step text.

use super::Names;
use super::canonical::Canonical;
use crate::diagnostics::{Diagnostic, FileId};
use crate::language::{Scalar, text as language};
use crate::meaning::{Filter, Rulebook, SmartCampaign, Start, TriggerTest};
use crate::model::NameTable;
use crate::vocabulary::{CampaignDef, Place, ProgramDef, Scope, StatusKnowledge, Symbols, filters};

/// Reads and checks one filter against a rule book. `names` are those known at the moment: a campaign, program, list or
/// status that only a fact brought is known too.
pub fn filter(text: &Scalar, rulebook: &Rulebook, names: &Names) -> Result<Filter, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let written = language::filter(text, &mut findings);
    let mut symbols = symbols(rulebook, Some(names));
    let mut scope = Scope::new(&mut symbols, &mut findings, None);
    scope.place.is_question = true;
    let filter = written.and_then(|filter| filters::lower(&filter, &mut scope).ok());
    match filter {
        Some(filter) if !findings.iter().any(Diagnostic::is_error) => Ok(filter),
        Some(_) | None => {
            findings.retain(Diagnostic::is_error);
            crate::diagnostics::sort(&mut findings);
            Err(findings)
        }
    }
}

/// The canonical text of a step as the rule book would print it; `None` when it cannot be read.
pub fn step_text(text: &str, rulebook: &Rulebook) -> Option<String> {
    let scalar = Scalar::plain(FileId(0), 0, text);
    let mut findings = Vec::new();
    let step = language::step(&scalar, &mut findings).filter(|_| !findings.iter().any(Diagnostic::is_error))?;
    let mut symbols = symbols(rulebook, None);
    let mut scope = Scope::new(&mut symbols, &mut findings, None);
    scope.place = Place { has_triggers: true, ..Place::default() };
    Some(Canonical::new(&scope).step(&step))
}

/// The tables of a rule book, and beside its names those that facts brought.
fn symbols(rulebook: &Rulebook, names: Option<&Names>) -> Symbols {
    let Rulebook {
        settings,
        fields,
        activities,
        lists,
        statuses,
        channels,
        programs,
        sfdc_campaigns,
        declares_sfdc_campaigns,
        webhooks,
        segments,
        campaigns,
        tokens,
        order: _,
    } = rulebook;
    let mut symbols = Symbols {
        settings: settings.clone(),
        activity_defs: activities.clone(),
        lists: names.map_or(lists, |names| &names.lists).clone(),
        statuses: names.map_or(statuses, |names| &names.statuses).clone(),
        channels: table(channels.iter().map(|channel| channel.name.as_str())),
        channel_defs: channels.clone(),
        program_defs: programs
            .iter()
            .map(|program| ProgramDef { channel: Some(program.channel), ..ProgramDef::default() })
            .collect(),
        sfdc_campaign_defs: sfdc_campaigns.clone(),
        declares_sfdc_campaigns: *declares_sfdc_campaigns,
        webhooks: table(webhooks.iter().map(|webhook| webhook.name.as_str())),
        segments: table(segments.iter().map(|segment| segment.name.as_str())),
        campaigns: table(campaigns.iter().map(|campaign| campaign.name.as_str())),
        campaign_defs: campaigns.iter().map(campaign_def).collect(),
        tokens: tokens.iter().cloned().collect(),
        knowledge: StatusKnowledge::Seen,
        ..Symbols::default()
    };
    symbols.activities = match names {
        Some(names) => names.activities.clone(),
        None => table(activities.iter().map(|activity| activity.name.as_str())),
    };
    symbols.programs = match names {
        Some(names) => names.programs.clone(),
        None => table(programs.iter().map(|program| program.name.as_str())),
    };
    symbols.sfdc_campaigns = match names {
        Some(names) => names.sfdc_campaigns.clone(),
        None => table(sfdc_campaigns.iter().map(|campaign| campaign.name.as_str())),
    };
    for field in fields {
        symbols.add_field(field.clone());
    }
    symbols
}

fn table<'n, I: crate::model::Id>(names: impl Iterator<Item = &'n str>) -> NameTable<I> {
    let mut table = NameTable::new();
    for name in names {
        table.intern(name);
    }
    table
}

fn campaign_def(campaign: &SmartCampaign) -> CampaignDef {
    let (requestable, executable) = match &campaign.start {
        Start::Triggers(triggers) => {
            (triggers.iter().any(|trigger| trigger.test == TriggerTest::CampaignRequested), false)
        }
        Start::Batch { .. } => (false, false),
        Start::Executable => (false, true),
    };
    CampaignDef { requestable, executable }
}
