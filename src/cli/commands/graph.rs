//! `campanile graph`: the compiled rule book as a drawing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::graph::{Edge, Graph, Node, NodeKind, dot, mermaid, svg};
use crate::cli::rules;
use crate::compile::dag::{Edge as PlanEdge, Node as PlanNode};
use crate::compile::{self, Plan, Wording, interactions};
use crate::diagnostics::help_for_name;
use crate::meaning::{Qualification, Start, Step, StepKind};
use crate::model::{CampaignId, Id};

/// Draw the compiled rule book: how events become steps, or which campaign starts which
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile graph rules > rules.dot
  campanile graph rules --campaign thank-attendees --format mermaid
  campanile graph rules --view interactions --format svg > who-starts-whom.svg")]
pub(crate) struct Args {
    /// Files and folders with rules; together they are one workspace.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to write the drawing.
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
    /// What to draw.
    #[arg(long, value_enum, default_value_t = View::Plan)]
    view: View,
    /// Only what concerns this smart campaign.
    #[arg(long, value_name = "NAME")]
    campaign: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For Graphviz.
    Dot,
    /// For Markdown on code hosts.
    Mermaid,
    /// A picture, made without other programs.
    Svg,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum View {
    /// Event kinds, triggers, filters, qualification and steps.
    Plan,
    /// Which campaign's steps can start which campaign.
    Interactions,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let plan = compile::plan(rules::load(&args.paths)?);
    let only = args.campaign.as_deref().map(|name| find(name, &plan)).transpose()?;
    let graph = match args.view {
        View::Plan => plan_view(&plan, only),
        View::Interactions => interactions_view(&plan, only),
    };
    let text = match args.format {
        Format::Dot => dot(&graph),
        Format::Mermaid => mermaid(&graph),
        Format::Svg => svg(&graph),
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Fine)
}

fn find(name: &str, plan: &Plan) -> Result<CampaignId, Failure> {
    plan.rulebook.campaign(name).ok_or_else(|| {
        let names = plan.rulebook.campaigns.iter().map(|campaign| campaign.name.as_str());
        Failure::with_help(format!("there is no smart campaign `{name}`"), help_for_name(name, "smart campaign", names))
    })
}

/// The graph of the plan: all of it, or a campaign's own nodes and those that lead to them.
fn plan_view(plan: &Plan, only: Option<CampaignId>) -> Graph {
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
    match campaign.qualification {
        Qualification::Once => label.push_str("\nonce"),
        Qualification::EveryTime => label.push_str("\nevery time"),
        Qualification::OnceEvery(millis) => {
            let hours = millis / 3_600_000;
            let (count, unit) = if hours % 24 == 0 { (hours / 24, "day") } else { (hours, "hour") };
            label.push_str(&format!("\nonce every {count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
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
fn interactions_view(plan: &Plan, only: Option<CampaignId>) -> Graph {
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
