//! Segments and smart campaigns: what their texts mean, and whether their shape makes sense.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::canonical::Canonical;
use super::flows;
use crate::diagnostics::{Code, Diagnostic, Sources, Span};
use crate::language::ast::{CampaignDecl, SegmentDecl, Workspace};
use crate::meaning::{Segment, SmartCampaign, Start, Trigger};
use crate::model::{CampaignId, Id, ProgramId, SegmentId};
use crate::vocabulary::{Place, Scope, Symbols, filters, qualify, triggers, unknown_name};

/// What lowering gives: each declaration with what it refers to.
pub(super) struct Lowered {
    /// Segments, by id.
    pub(super) segments: Vec<LoweredSegment>,
    /// Smart campaigns, by id.
    pub(super) campaigns: Vec<LoweredCampaign>,
}

/// A segment.
pub(super) struct LoweredSegment {
    /// Its id.
    pub(super) id: SegmentId,
    /// Absent when something in it could not be understood.
    pub(super) meaning: Option<Segment>,
    /// The segments that it asks for.
    pub(super) uses: Vec<(SegmentId, Span)>,
}

/// A smart campaign.
pub(super) struct LoweredCampaign {
    /// Its id.
    pub(super) id: CampaignId,
    /// Absent when something in it could not be understood.
    pub(super) meaning: Option<SmartCampaign>,
    /// The campaigns that it executes.
    pub(super) executes: Vec<(CampaignId, Span)>,
}

/// Lowers all segments and campaigns. Those declared a second time are checked too, but lead nowhere.
pub(super) fn lower(
    workspace: &Workspace,
    symbols: &mut Symbols,
    sources: &Sources,
    findings: &mut Vec<Diagnostic>,
) -> Lowered {
    let linked: FxHashSet<ProgramId> = workspace
        .programs
        .iter()
        .filter(|program| program.sfdc_campaign.is_some())
        .filter_map(|program| symbols.programs.find(&program.name.value))
        .collect();
    let mut segments: Vec<LoweredSegment> = Vec::with_capacity(workspace.segments.len());
    for declared in &workspace.segments {
        let mut scope = Scope::new(symbols, findings, Some(sources));
        let (meaning, uses) = segment(declared, &mut scope);
        if let Some(id) = symbols.segments.find(&declared.name.value)
            && segments.len() == id.index()
        {
            segments.push(LoweredSegment { id, meaning, uses });
        }
    }
    let mut campaigns: Vec<LoweredCampaign> = Vec::with_capacity(workspace.campaigns.len());
    for declared in &workspace.campaigns {
        let mut scope = Scope::new(symbols, findings, Some(sources));
        let (meaning, executes) = campaign(declared, &linked, &mut scope);
        if let Some(id) = symbols.campaigns.find(&declared.name.value)
            && campaigns.len() == id.index()
        {
            campaigns.push(LoweredCampaign { id, meaning, executes });
        }
    }
    Lowered { segments, campaigns }
}

fn segment(declared: &SegmentDecl, scope: &mut Scope<'_>) -> (Option<Segment>, Vec<(SegmentId, Span)>) {
    scope.place.sample_key = declared.name.value.clone();
    let filter = declared.filter.as_ref().and_then(|filter| filters::lower(filter, scope).ok());
    let text = declared.filter.as_ref().map_or_else(String::new, |filter| Canonical::new(scope).filter(filter));
    let segment =
        filter.map(|filter| Segment { name: declared.name.value.clone(), filter, text, span: declared.name.span });
    (segment, std::mem::take(&mut scope.uses.segments))
}

fn campaign(
    declared: &CampaignDecl,
    linked: &FxHashSet<ProgramId>,
    scope: &mut Scope<'_>,
) -> (Option<SmartCampaign>, Vec<(CampaignId, Span)>) {
    let program = declared.program.as_ref().map(|name| {
        let found = scope.symbols.programs.find(&name.value);
        if found.is_none() {
            let names = scope.symbols.programs.iter().map(|(_, name)| name);
            let finding = unknown_name(Code::UnknownProgram, name.span, "program", &name.value, names);
            scope.report(finding);
        }
        found
    });
    let executable = declared.executable.is_some_and(|(_, executable)| executable);
    scope.place = Place {
        sample_key: declared.name.value.clone(),
        program: program.flatten(),
        program_unknown: program == Some(None) || (program.is_none() && declared.key_unknown),
        has_triggers: declared.triggers.is_some() || declared.start_broken,
        executable,
        is_question: false,
    };
    shape(declared, executable, scope);
    let start = start(declared, executable, scope);
    let filter = declared.filter.as_ref().map(|filter| filters::lower(filter, scope).ok());
    let filter_text = declared.filter.as_ref().map_or_else(String::new, |filter| Canonical::new(scope).filter(filter));
    let after = after(declared, scope);
    let flow = flows::flow(declared, scope);
    let executes = std::mem::take(&mut scope.uses.executes);
    let qualification = qualify::lower(declared.qualify.as_ref(), scope);
    let meaning = (|| {
        Some(SmartCampaign {
            name: declared.name.value.clone(),
            description: declared.description.as_ref().map_or(SmolStr::default(), |text| text.value.clone()),
            program: program.map_or(Some(None), |program| program.map(Some))?,
            active: declared.active,
            start: start?,
            filter: filter.map_or(Some(None), |filter| filter.map(Some))?,
            filter_text,
            qualification,
            priority: declared.priority.as_ref().map_or(crate::meaning::Priority::Medium, |priority| priority.value),
            after: after?,
            flow: flow?,
            implied_actions: !program.flatten().is_some_and(|program| linked.contains(&program)),
            span: declared.name.span,
        })
    })();
    (meaning, executes)
}

/// Keys that do not go together.
fn shape(declared: &CampaignDecl, executable: bool, scope: &mut Scope<'_>) {
    let mut twice = |blamed: Span, other: Span, words: &str, help: &str| {
        let message = format!("`{}` has both {words}", declared.name.value);
        let finding = Diagnostic::new(Code::TriggersAndSchedule, blamed, message).help(help).related(other, "and this");
        scope.report(finding);
    };
    let triggers = declared.triggers.as_ref().map(|(span, _)| *span);
    let schedule = declared.schedule.as_ref().map(|(span, _)| *span);
    let executes = declared.executable.filter(|(_, executable)| *executable).map(|(span, _)| span);
    match (triggers, schedule, executes) {
        (Some(triggers), Some(schedule), _) => twice(
            schedule,
            triggers,
            "`triggers` and a `schedule`",
            "make two smart campaigns of it, or remove one of the two keys",
        ),
        (Some(other), None, Some(executes)) => twice(
            executes,
            other,
            "`triggers` and `executable: true`",
            "an executable campaign is only run by `execute campaign`: remove one of the two keys",
        ),
        (None, Some(other), Some(executes)) => twice(
            executes,
            other,
            "a `schedule` and `executable: true`",
            "an executable campaign is only run by `execute campaign`: remove one of the two keys",
        ),
        (Some(_), None, None) | (None, Some(_), None) | (None, None, Some(_) | None) => {}
    }
    if let Some((key, _)) = declared.max_people
        && (triggers.is_some() || executable)
    {
        let finding = Diagnostic::new(Code::BatchOnlyKey, key, "only batch campaigns have `max_people`")
            .help("remove it, or give the campaign a `schedule`");
        scope.report(finding);
    }
}

fn start(declared: &CampaignDecl, executable: bool, scope: &mut Scope<'_>) -> Option<Start> {
    let schedule = declared.schedule.as_ref().map(|(_, schedule)| {
        let schedule = schedule.as_ref()?;
        let mut lowered = scope.schedule(schedule).ok()?;
        lowered.text = Canonical::schedule(schedule);
        Some(lowered)
    });
    if let Some((_, declared)) = &declared.triggers {
        let lowered: Vec<Option<Trigger>> = declared
            .iter()
            .map(|trigger| {
                let test = triggers::lower(trigger, scope).ok()?;
                let text = Canonical::new(scope).trigger(trigger);
                Some(Trigger { test, text, span: trigger.span })
            })
            .collect();
        return lowered.into_iter().collect::<Option<Vec<_>>>().map(Start::Triggers);
    }
    if executable {
        return Some(Start::Executable);
    }
    let max_people = declared.max_people.map_or(scope.symbols.settings.max_people, |(_, max)| max);
    Some(Start::Batch { schedule: schedule.map_or(Some(None), |schedule| schedule.map(Some))?, max_people })
}

fn after(declared: &CampaignDecl, scope: &mut Scope<'_>) -> Option<Vec<CampaignId>> {
    let found: Vec<Option<CampaignId>> = declared
        .after
        .iter()
        .map(|name| {
            let found = scope.symbols.campaigns.find(&name.value);
            if found.is_none() {
                let names = scope.symbols.campaigns.iter().map(|(_, name)| name);
                let finding = unknown_name(Code::UnknownSmartCampaign, name.span, "smart campaign", &name.value, names);
                scope.report(finding);
            }
            found
        })
        .collect();
    let mut ids = found.into_iter().collect::<Option<Vec<CampaignId>>>()?;
    ids.sort();
    ids.dedup();
    Some(ids)
}
