//! From what was written to what is meant, and from there to the plan.
//!
//! [`check`] makes a [`Rulebook`] or says everything that is wrong; [`filter`] does the same for one filter text against
//! a rule book that stands. The order of the work is that of this file's modules: `collect` gathers names, `campaigns` and
//! `flows` lower what uses them through the vocabulary, `sync` compares both sides of links, `circles` looks at what refers
//! to what, `order` puts campaigns in their order. What failed is poisoned on the way: one mistake is one finding.

mod campaigns;
mod canonical;
mod circles;
mod collect;
pub mod dag;
mod declarations;
mod flows;
mod interactions;
mod misspelt;
#[cfg(test)]
mod mistakes_tests;
mod order;
mod plan;
mod query;
mod sync;
#[cfg(test)]
mod tests;
mod unread;
mod watches;
mod wording;

pub use interactions::{Interaction, interactions};
pub use plan::{Kind, Op, Plan, PlanCampaign, PlanTrigger, PredicateId, PredicateNode, Predicates, kind_of, plan};
pub use watches::{Touch, Watched, Watches};

use crate::diagnostics::{self, Code, Diagnostic, Sources, Span};
use crate::language::{self, ast};
use crate::meaning::Rulebook;
use crate::model::{ActivityId, ListId, NameTable, ProgramId, SfdcCampaignId, StatusId};
use crate::vocabulary::{Symbols, without_zone};

pub use query::{filter, step_text};
pub use wording::Wording;

/// What checking rule files gives.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The rule book; absent when a finding is an error.
    pub rulebook: Option<Rulebook>,
    /// All findings, sorted by place.
    pub findings: Vec<Diagnostic>,
}

/// Checks all rule files of `sources` (scenario files among them are passed over).
pub fn check(sources: &Sources) -> Checked {
    check_on(sources, 1)
}

/// The same, with files read on so many threads at most.
pub fn check_on(sources: &Sources, threads: usize) -> Checked {
    let mut findings = Vec::new();
    let workspace = language::read(sources, &mut findings, threads);
    check_read(&workspace, sources, findings)
}

/// The same for files that were read; `findings` are those of reading them, in the order of the files.
pub fn check_read(workspace: &ast::Workspace, sources: &Sources, mut findings: Vec<Diagnostic>) -> Checked {
    let rulebook = resolve(workspace, sources, &mut findings);
    let rulebook = rulebook.filter(|_| !findings.iter().any(Diagnostic::is_error));
    unread::pass_over(workspace, &mut findings);
    misspelt::put_together(sources, &mut findings);
    diagnostics::sort(&mut findings);
    Checked { rulebook, findings }
}

/// Everything after reading.
fn resolve(workspace: &ast::Workspace, sources: &Sources, findings: &mut Vec<Diagnostic>) -> Option<Rulebook> {
    let mut symbols = Symbols::default();
    let declared = collect::collect(workspace, sources, findings, &mut symbols);
    sync::check(workspace, &declared.links, &symbols, findings);
    let lowered = campaigns::lower(workspace, &mut symbols, sources, findings);
    circles::check(workspace, &lowered, &symbols, findings);
    if let Some(place) = symbols.unchecked_sfdc_campaign {
        findings.push(unchecked(place));
    }
    let sets_zone = workspace.settings.iter().any(|settings| settings.time_zone.is_some());
    if let Some(place) = symbols.first_local_time.filter(|_| !sets_zone && !workspace.unread.contains("settings")) {
        findings.push(without_zone(place));
    }
    let campaigns = lowered.campaigns.into_iter().map(|campaign| campaign.meaning).collect::<Option<Vec<_>>>()?;
    let segments = lowered.segments.into_iter().map(|segment| segment.meaning).collect::<Option<Vec<_>>>()?;
    if findings.iter().any(Diagnostic::is_error) {
        // What is wrong with declarations is not always missing from the tables; nothing half right leaves this room.
        return None;
    }
    let order = order::order(&campaigns);
    let Symbols { settings, fields, activity_defs, lists, statuses, channel_defs, sfdc_campaign_defs, tokens, .. } =
        symbols;
    Some(Rulebook {
        settings,
        fields,
        activities: activity_defs,
        lists,
        statuses,
        channels: channel_defs,
        programs: declared.programs.into_iter().collect::<Option<Vec<_>>>()?,
        sfdc_campaigns: sfdc_campaign_defs,
        declares_sfdc_campaigns: workspace.declares_sfdc_campaigns,
        webhooks: declared.webhooks,
        segments,
        campaigns,
        tokens: tokens.into_iter().collect(),
        order,
    })
}

fn unchecked(place: Span) -> Diagnostic {
    Diagnostic::new(
        Code::NoSfdcCampaigns,
        place,
        "no SFDC campaigns are declared, so the names of campaigns and their statuses are not checked",
    )
    .help("declare them under `sfdc_campaigns`, by hand or with `campanile pull`")
}

/// The names that are known while rules run: those of the rule book, with the same ids, and after them those that facts
/// brought.
#[derive(Debug, Clone)]
pub struct Names {
    /// Salesforce campaigns.
    pub sfdc_campaigns: NameTable<SfdcCampaignId>,
    /// Programs.
    pub programs: NameTable<ProgramId>,
    /// Lists.
    pub lists: NameTable<ListId>,
    /// Statuses.
    pub statuses: NameTable<StatusId>,
    /// Custom activities.
    pub activities: NameTable<ActivityId>,
}
