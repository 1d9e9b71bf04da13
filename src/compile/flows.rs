//! Flows: steps and choices, with their places and canonical texts.

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

use super::canonical::Canonical;
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::language::ast::{BranchDecl, CampaignDecl, Name, StepDecl};
use crate::meaning::{Branch, Step, StepKind};
use crate::vocabulary::{Scope, duplicate, filters, steps};

/// The flow of a campaign. `None`: a finding is made.
pub(super) fn flow(declared: &CampaignDecl, scope: &mut Scope<'_>) -> Option<Vec<Step>> {
    let mut ids = Ids::default();
    let flow = steps_of(&declared.flow, "", &mut ids, scope);
    if declared.flow.is_empty() && !declared.flow_broken {
        let place = declared.flow_span.unwrap_or(declared.name.span);
        let message = format!("`{}` has no step in its flow", declared.name.value);
        let finding = Diagnostic::new(Code::EmptyFlow, place, message)
            .help("a flow has at least one step, such as `add to list \"Newsletter\"` or `do nothing`");
        scope.report(finding);
        return None;
    }
    flow.filter(|_| !declared.flow_broken)
}

/// Where the ids of a flow's steps stand.
#[derive(Default)]
struct Ids(FxHashMap<SmolStr, Span>);

impl Ids {
    fn note(&mut self, id: Option<&Name>, scope: &mut Scope<'_>) {
        let Some(id) = id else { return };
        match self.0.get(&id.value).copied() {
            Some(first) => scope.report(duplicate("the step id", &id.value, id.span, first, None)),
            None => {
                self.0.insert(id.value.clone(), id.span);
            }
        }
    }
}

fn steps_of(declared: &[StepDecl], parent: &str, ids: &mut Ids, scope: &mut Scope<'_>) -> Option<Vec<Step>> {
    let lowered: Vec<Option<Step>> = declared
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let path =
                if parent.is_empty() { format_smolstr!("{}", at + 1) } else { format_smolstr!("{parent}.{}", at + 1) };
            lower(step, path, ids, scope)
        })
        .collect();
    lowered.into_iter().collect()
}

fn lower(declared: &StepDecl, path: SmolStr, ids: &mut Ids, scope: &mut Scope<'_>) -> Option<Step> {
    match declared {
        StepDecl::Do { id, step } => {
            ids.note(id.as_ref(), scope);
            let kind = steps::lower(step, scope).ok()?;
            let text = SmolStr::new(Canonical::new(scope).step(step));
            Some(Step { id: id.as_ref().map(|id| id.value.clone()), path, text, span: step.span, kind })
        }
        StepDecl::Choose { key, span, branches, broken } => {
            if branches.is_empty() && !broken {
                let finding = Diagnostic::new(Code::ChoiceWithoutBranches, *span, "this choice has no branches")
                    .help("give it at least one `if` with its `then`");
                scope.report(finding);
                return None;
            }
            if let [only] = branches.as_slice()
                && only.is_else
                && !broken
            {
                let message = "this choice has only an `else`, which everybody takes";
                let finding = Diagnostic::new(Code::ChoiceWithoutBranches, only.key, message)
                    .help("put an `if` with its `then` before it, or write its steps without a choice");
                scope.report(finding);
            }
            else_last(branches, scope);
            let lowered: Vec<Option<Branch>> = branches
                .iter()
                .enumerate()
                .map(|(at, declared)| branch(declared, format_smolstr!("{path}.{}", at + 1), ids, scope))
                .collect();
            let branches = lowered.into_iter().collect::<Option<Vec<Branch>>>().filter(|_| !broken)?;
            let text = SmolStr::new_static("choose");
            Some(Step { id: None, path, text, span: *key, kind: StepKind::Choose(branches) })
        }
    }
}

fn branch(declared: &BranchDecl, path: SmolStr, ids: &mut Ids, scope: &mut Scope<'_>) -> Option<Branch> {
    let condition = declared.condition.as_ref().map(|filter| filters::lower(filter, scope).ok());
    let steps = steps_of(&declared.steps, &path, ids, scope);
    if declared.steps.is_empty() && !declared.broken {
        let finding = Diagnostic::new(Code::EmptyFlow, declared.steps_span, "this branch has no steps")
            .help("write `do nothing` where nothing is to be done");
        scope.report(finding);
        return None;
    }
    let condition = condition.map_or(Some(None), |condition| condition.map(Some))?;
    if declared.broken || (condition.is_none() && !declared.is_else) {
        return None;
    }
    Some(Branch { condition, path, steps: steps? })
}

fn else_last(branches: &[BranchDecl], scope: &mut Scope<'_>) {
    let Some((_, before)) = branches.split_last() else { return };
    if let Some(early) = before.iter().find(|branch| branch.is_else) {
        let finding =
            Diagnostic::new(Code::ElseNotLast, early.key, "`else` must come last: nothing after it is reached")
                .help("move it to the end of the choice");
        scope.report(finding);
    }
}
