//! What of a plan is drawn.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use super::graph::{Edge, Graph, Node, NodeKind};
use crate::compile::dag::{Edge as PlanEdge, Node as PlanNode};
use crate::compile::{Plan, Wording, interactions};
use crate::meaning::{Start, Step, StepKind};
use crate::model::{CampaignId, Id};

/// The graph of the plan: all of it, or a campaign's own nodes and those that lead to them.
pub fn plan_view(plan: &Plan, only: Option<CampaignId>) -> Graph {
    let graph = &plan.dag.graph;
    let mut kept: BTreeSet<NodeIndex> = graph
        .node_indices()
        .filter(|index| only.is_none_or(|id| owner(graph.node_weight(*index)) == Some(id)))
        .collect();
    let mut todo: Vec<NodeIndex> = kept.iter().copied().collect();
    while let Some(index) = todo.pop() {
        todo.extend(graph.neighbors_directed(index, Direction::Incoming).filter(|before| kept.insert(*before)));
    }
    let wording = Wording::new(&plan.rulebook, &plan.names);
    let steps = steps_by_path(plan);
    let id = |index: NodeIndex| index.index().to_string();
    let nodes = kept.iter().filter_map(|index| {
        let (label, kind) = describe(graph.node_weight(*index)?, plan, &wording, &steps);
        Some(Node { id: id(*index), label, kind })
    });
    let edges = graph.edge_indices().filter_map(|edge| {
        let (from, to) = graph.edge_endpoints(edge)?;
        (kept.contains(&from) && kept.contains(&to)).then(|| Edge {
            from: id(from),
            to: id(to),
            label: graph.edge_weight(edge).map_or_else(String::new, edge_label),
        })
    });
    Graph { nodes: nodes.collect(), edges: edges.collect() }
}

/// The campaign to which a node belongs; predicates, segments and event kinds belong to all.
fn owner(node: Option<&PlanNode>) -> Option<CampaignId> {
    match node? {
        PlanNode::Trigger(id, _) | PlanNode::Qualification(id) | PlanNode::Step(id, _) | PlanNode::End(id) => Some(*id),
        PlanNode::Event(_)
        | PlanNode::Test(_)
        | PlanNode::All
        | PlanNode::Any
        | PlanNode::Not
        | PlanNode::Segment(_) => None,
    }
}

type Steps<'a> = BTreeMap<(CampaignId, &'a str), &'a Step>;

fn steps_by_path(plan: &Plan) -> Steps<'_> {
    fn add<'a>(steps: &'a [Step], campaign: CampaignId, to: &mut Steps<'a>) {
        for step in steps {
            to.insert((campaign, step.path.as_str()), step);
            if let StepKind::Choose(branches) = &step.kind {
                branches.iter().for_each(|branch| add(&branch.steps, campaign, to));
            }
        }
    }
    let mut steps = Steps::new();
    for (index, campaign) in plan.rulebook.campaigns.iter().enumerate() {
        add(&campaign.flow, CampaignId::new(index), &mut steps);
    }
    steps
}

fn describe(node: &PlanNode, plan: &Plan, wording: &Wording<'_>, steps: &Steps<'_>) -> (String, NodeKind) {
    match node {
        PlanNode::Event(words) => ((*words).to_owned(), NodeKind::Event),
        PlanNode::Trigger(id, number) => {
            let text = plan.rulebook.get_campaign(*id).and_then(|campaign| match &campaign.start {
                Start::Triggers(triggers) => triggers.get(*number as usize).map(|trigger| trigger.text.clone()),
                Start::Batch { .. } | Start::Executable => None,
            });
            (text.unwrap_or_default(), NodeKind::Trigger)
        }
        PlanNode::Test(predicate) => (wording.predicate(predicate), NodeKind::Filter),
        PlanNode::All => ("all of these".to_owned(), NodeKind::Filter),
        PlanNode::Any => ("any of these".to_owned(), NodeKind::Filter),
        PlanNode::Not => ("not".to_owned(), NodeKind::Filter),
        PlanNode::Segment(id) => {
            let name = plan.rulebook.get_segment(*id).map_or("", |segment| segment.name.as_str());
            (format!("segment \"{name}\""), NodeKind::Segment)
        }
        PlanNode::Qualification(id) => (campaign_label(plan, *id), NodeKind::Campaign),
        PlanNode::Step(id, path) => match steps.get(&(*id, path.as_str())) {
            Some(step) => {
                let kind = match &step.kind {
                    StepKind::Choose(_) => NodeKind::Choice,
                    StepKind::Wait(_) => NodeKind::Wait,
                    StepKind::AddToSfdcCampaign { .. }
                    | StepKind::RemoveFromSfdcCampaign { .. }
                    | StepKind::ChangeStatusInSfdcCampaign { .. }
                    | StepKind::ChangeStatusInProgram { .. }
                    | StepKind::RemoveFromProgram { .. }
                    | StepKind::AddToList { .. }
                    | StepKind::RemoveFromList { .. }
                    | StepKind::Set { .. }
                    | StepKind::Clear { .. }
                    | StepKind::Change { .. }
                    | StepKind::SyncPerson
                    | StepKind::Request { .. }
                    | StepKind::Execute { .. }
                    | StepKind::RemoveFromFlowOf { .. }
                    | StepKind::RemoveFromFlow
                    | StepKind::Remote { .. }
                    | StepKind::DoNothing => NodeKind::Step,
                };
                (step.text.to_string(), kind)
            }
            None => (path.clone(), NodeKind::Step),
        },
        PlanNode::End(_) => ("end".to_owned(), NodeKind::End),
    }
}

/// A campaign's name and what is special about who may run and how often.
fn campaign_label(plan: &Plan, id: CampaignId) -> String {
    let Some(campaign) = plan.rulebook.get_campaign(id) else { return String::new() };
    let mut label = campaign.name.to_string();
    label.push('\n');
    label.push_str(&campaign.qualification.to_string());
    if !campaign.active {
        label.push_str("\ninactive");
    }
    label
}

fn edge_label(edge: &PlanEdge) -> String {
    match edge {
        PlanEdge::Fires | PlanEdge::Starts | PlanEdge::Operand | PlanEdge::Decides | PlanEdge::Then => String::new(),
        PlanEdge::Branch(number) => format!("branch {number}"),
        PlanEdge::Otherwise => "otherwise".to_owned(),
    }
}

/// Who starts whom: all campaigns, or those from which one can be reached or which it can reach.
pub fn interactions_view(plan: &Plan, only: Option<CampaignId>) -> Graph {
    let found = interactions(plan);
    let everybody = (0..plan.rulebook.campaigns.len()).map(CampaignId::new);
    let kept: BTreeSet<CampaignId> = match only {
        None => everybody.collect(),
        Some(id) => {
            let pairs: Vec<(CampaignId, CampaignId)> = found.iter().map(|it| (it.from, it.to)).collect();
            let back: Vec<(CampaignId, CampaignId)> = pairs.iter().map(|(from, to)| (*to, *from)).collect();
            let mut kept = reachable(id, &pairs);
            kept.extend(reachable(id, &back));
            kept
        }
    };
    let mut labels: BTreeMap<(CampaignId, CampaignId), Vec<&str>> = BTreeMap::new();
    for interaction in found.iter().filter(|it| kept.contains(&it.from) && kept.contains(&it.to)) {
        let steps = labels.entry((interaction.from, interaction.to)).or_default();
        if !steps.contains(&interaction.step.as_str()) {
            steps.push(&interaction.step);
        }
    }
    let id = |campaign: CampaignId| campaign.index().to_string();
    Graph {
        nodes: kept
            .iter()
            .map(|campaign| Node {
                id: id(*campaign),
                label: campaign_label(plan, *campaign),
                kind: NodeKind::Campaign,
            })
            .collect(),
        edges: labels
            .into_iter()
            .map(|((from, to), steps)| Edge { from: id(from), to: id(to), label: steps.join("\n") })
            .collect(),
    }
}

/// Everything that can be reached over the pairs, the beginning included.
fn reachable(from: CampaignId, pairs: &[(CampaignId, CampaignId)]) -> BTreeSet<CampaignId> {
    let mut seen = BTreeSet::from([from]);
    let mut todo = vec![from];
    while let Some(here) = todo.pop() {
        todo.extend(pairs.iter().filter(|(from, _)| *from == here).map(|(_, to)| *to).filter(|to| seen.insert(*to)));
    }
    seen
}
