//! Links between programs and Salesforce campaigns: one to one, with the same statuses on both sides.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::diagnostics::{Code, Diagnostic, Span, closest, in_backticks};
use crate::language::ast::{ProgramDecl, SfdcLink, Workspace};
use crate::model::{Id, SfdcCampaignId};
use crate::vocabulary::Symbols;

/// The first characters of a Salesforce id, which both its short and its long form share.
const ID_CHARS: usize = 15;

/// Checks every link; `links` are the campaigns of the programs, where they are known by name.
pub(super) fn check(
    workspace: &Workspace,
    links: &[Option<SfdcCampaignId>],
    symbols: &Symbols,
    findings: &mut Vec<Diagnostic>,
) {
    let mut first: FxHashMap<SmolStr, (&ProgramDecl, Span)> = FxHashMap::default();
    let mut names: FxHashMap<&str, ()> = FxHashMap::default();
    for (program, linked) in workspace.programs.iter().zip(links) {
        if names.insert(&program.name.value, ()).is_some() {
            continue;
        }
        let (key, place) = match &program.sfdc_campaign {
            None => continue,
            Some(SfdcLink::Name(name)) => (SmolStr::new(format!("name {}", name.value)), name),
            Some(SfdcLink::Id(id)) => {
                let short: String = id.value.chars().take(ID_CHARS).collect();
                (SmolStr::new(format!("id {short}")), id)
            }
        };
        if let Some((other, other_place)) = first.get(&key) {
            findings.push(
                Diagnostic::new(
                    Code::TwoProgramsOneCampaign,
                    place.span,
                    format!(
                        "the programs `{}` and `{}` are both linked to the SFDC campaign `{}`",
                        other.name.value, program.name.value, place.value
                    ),
                )
                .help("a campaign belongs to one program: remove one of the two links")
                .related(*other_place, format!("linked to `{}` here", other.name.value)),
            );
            continue;
        }
        first.insert(key, (program, place.span));
        if let Some(campaign) = linked {
            statuses(program, place.span, *campaign, symbols, findings);
        }
    }
}

/// Compares the statuses of both sides; every offender is named in one finding.
fn statuses(
    program: &ProgramDecl,
    place: Span,
    campaign: SfdcCampaignId,
    symbols: &Symbols,
    findings: &mut Vec<Diagnostic>,
) {
    let channel = symbols.channels.find(&program.channel.value).and_then(|id| symbols.channel_defs.get(id.index()));
    let campaign = symbols.sfdc_campaign_defs.get(campaign.index()).filter(|campaign| campaign.declared);
    let (Some(channel), Some(campaign)) = (channel, campaign) else { return };
    let ours: Vec<&str> = channel.statuses.iter().map(|known| symbols.statuses.name(known.status)).collect();
    let theirs: Vec<&str> = campaign.statuses.iter().map(|(status, _)| symbols.statuses.name(*status)).collect();
    let only_ours: Vec<&str> = ours.iter().copied().filter(|status| !theirs.contains(status)).collect();
    let only_theirs: Vec<&str> = theirs.iter().copied().filter(|status| !ours.contains(status)).collect();
    if only_ours.is_empty() && only_theirs.is_empty() {
        return;
    }
    let mut finding = Diagnostic::new(
        Code::StatusesDoNotMatch,
        place,
        format!("the statuses of program `{}` and SFDC campaign `{}` do not match", program.name.value, campaign.name),
    );
    if !only_ours.is_empty() {
        finding = finding.help(format!(
            "only channel `{}` has {}: add it to the campaign in Salesforce, or rename it in the channel",
            channel.name,
            listed(&only_ours, &only_theirs)
        ));
    }
    if !only_theirs.is_empty() {
        finding = finding.help(format!(
            "only the campaign has {}: add it to channel `{}`, or rename it in Salesforce",
            listed(&only_theirs, &only_ours),
            channel.name
        ));
    }
    findings.push(finding);
}

/// The offenders of one side, each with the nearest of the other.
fn listed(names: &[&str], others: &[&str]) -> String {
    let all: Vec<String> = names
        .iter()
        .map(|name| match closest(name, others.iter().copied()).first() {
            Some(near) => format!("{} (there it is {}?)", in_backticks(name), in_backticks(near)),
            None => in_backticks(name),
        })
        .collect();
    all.join(", ")
}
