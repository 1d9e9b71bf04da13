//! What refers to what: circles of segments, of `after` and of `execute campaign`, and executing too deep.

use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashSet;

use super::campaigns::Lowered;
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::language::ast::Workspace;
use crate::model::Id;
use crate::vocabulary::Symbols;

/// How many levels below the first campaign may be executed.
const EXECUTE_DEPTH_MAX: u32 = 3;

/// Who refers to whom, and where that is written.
type Graph = DiGraph<(), Span>;

/// How the circles of one kind are told.
struct Words {
    code: Code,
    /// What the members are.
    what: &'static str,
    /// What they do to each other.
    does: &'static str,
    /// What one does to itself.
    alone: &'static str,
    help: &'static str,
}

/// Checks all three graphs.
pub(super) fn check(workspace: &Workspace, lowered: &Lowered, symbols: &Symbols, findings: &mut Vec<Diagnostic>) {
    let segments = lowered.segments.iter().map(|segment| {
        (segment.id.index(), segment.uses.iter().map(|(id, span)| (id.index(), *span)).collect::<Vec<_>>())
    });
    let segments = graph(symbols.segments.len(), segments);
    circles(
        &segments,
        &|at| symbols.segments.name(Id::new(at)),
        &Words {
            code: Code::SegmentCycle,
            what: "segments",
            does: "ask for each other",
            alone: "asks for itself",
            help: "one of them must do without the other: write its filter out there",
        },
        findings,
    );
    let after = workspace.campaigns.iter().filter_map(|campaign| {
        let targets = campaign
            .after
            .iter()
            .filter_map(|name| Some((symbols.campaigns.find(&name.value)?.index(), name.span)))
            .collect::<Vec<_>>();
        Some((symbols.campaigns.find(&campaign.name.value)?.index(), targets))
    });
    let after = graph(symbols.campaigns.len(), after);
    let campaign_name = |at| symbols.campaigns.name(Id::new(at));
    circles(
        &after,
        &campaign_name,
        &Words {
            code: Code::AfterCycle,
            what: "smart campaigns",
            does: "each come after the other",
            alone: "comes after itself",
            help: "take one of the names out of its `after`",
        },
        findings,
    );
    let executes = lowered.campaigns.iter().map(|campaign| {
        (campaign.id.index(), campaign.executes.iter().map(|(id, span)| (id.index(), *span)).collect::<Vec<_>>())
    });
    let executes = graph(symbols.campaigns.len(), executes);
    circles(
        &executes,
        &campaign_name,
        &Words {
            code: Code::ExecuteCycle,
            what: "smart campaigns",
            does: "execute each other",
            alone: "executes itself",
            help: "start one of them with `request campaign` instead",
        },
        findings,
    );
    too_deep(&executes, &campaign_name, findings);
}

fn graph(nodes: usize, edges: impl Iterator<Item = (usize, Vec<(usize, Span)>)>) -> Graph {
    let mut graph = Graph::with_capacity(nodes, nodes);
    for _ in 0..nodes {
        graph.add_node(());
    }
    for (from, targets) in edges {
        for (to, span) in targets {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), span);
        }
    }
    graph
}

/// One finding for each knot of circles: the shortest way round from the member that is declared first.
fn circles<'n>(graph: &Graph, name: &dyn Fn(usize) -> &'n str, words: &Words, findings: &mut Vec<Diagnostic>) {
    for knot in tarjan_scc(graph) {
        let members: FxHashSet<NodeIndex> = knot.iter().copied().collect();
        let Some(start) = members.iter().min().copied() else { continue };
        let Some(round) = way_round(graph, start, &members) else { continue };
        let Some((first, _)) = round.first() else { continue };
        let mut path: Vec<String> = vec![format!("`{}`", name(start.index()))];
        path.extend(round.iter().map(|(_, to)| format!("`{}`", name(to.index()))));
        let message = match round.as_slice() {
            [_] => format!("`{}` {}", name(start.index()), words.alone),
            [..] => {
                let members: Vec<String> = path.iter().take(round.len()).cloned().collect();
                format!("the {} {} {}", words.what, members.join(", "), words.does)
            }
        };
        let mut finding = Diagnostic::new(words.code, *first, message);
        if round.len() > 1 {
            finding = finding.help(format!("the way round is {}", path.join(" → ")));
        }
        finding = finding.help(words.help);
        for (span, to) in round.iter().skip(1) {
            finding = finding.related(*span, format!("and here `{}`", name(to.index())));
        }
        findings.push(finding);
    }
}

/// The shortest way from a node back to itself within its knot: each edge's place and target. `None`: no circle.
fn way_round(graph: &Graph, start: NodeIndex, members: &FxHashSet<NodeIndex>) -> Option<Vec<(Span, NodeIndex)>> {
    let mut came: Vec<(NodeIndex, NodeIndex, Span)> = Vec::new();
    let mut seen: FxHashSet<NodeIndex> = FxHashSet::default();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let mut edges: Vec<(Span, NodeIndex)> = graph.edges(node).map(|edge| (*edge.weight(), edge.target())).collect();
        edges.sort();
        for (span, target) in edges {
            if !members.contains(&target) || !seen.insert(target) {
                continue;
            }
            came.push((node, target, span));
            if target == start {
                return Some(back(&came, start));
            }
            queue.push_back(target);
        }
    }
    None
}

/// The edges that led back to `start`, first to last.
fn back(came: &[(NodeIndex, NodeIndex, Span)], start: NodeIndex) -> Vec<(Span, NodeIndex)> {
    let mut path = Vec::new();
    let mut at = start;
    for (from, to, span) in came.iter().rev() {
        if *to == at {
            path.push((*span, *to));
            at = *from;
            if at == start {
                break;
            }
        }
    }
    path.reverse();
    path
}

/// Executing more than three levels below the first: the step with which it becomes too much.
fn too_deep<'n>(graph: &Graph, name: &dyn Fn(usize) -> &'n str, findings: &mut Vec<Diagnostic>) {
    // In a circle there is no depth; the circle is a finding of its own.
    let Ok(sorted) = toposort(graph, None) else { return };
    let mut above: Vec<(u32, Option<NodeIndex>)> = vec![(0, None); graph.node_count()];
    for node in &sorted {
        let (depth, _) = above.get(node.index()).copied().unwrap_or_default();
        for edge in graph.edges(*node) {
            if let Some(known) = above.get_mut(edge.target().index())
                && known.0 < depth + 1
            {
                *known = (depth + 1, Some(*node));
            }
        }
    }
    let depth = |node: NodeIndex| above.get(node.index()).copied().unwrap_or_default();
    for node in graph.node_indices().filter(|node| depth(*node).0 == EXECUTE_DEPTH_MAX) {
        for edge in graph.edges(node) {
            let mut path = vec![format!("`{}`", name(edge.target().index()))];
            let mut at = Some(node);
            while let Some(node) = at {
                path.push(format!("`{}`", name(node.index())));
                at = depth(node).1;
            }
            path.reverse();
            findings.push(
                Diagnostic::new(
                    Code::ExecuteTooDeep,
                    *edge.weight(),
                    format!("campaigns are executed more than {EXECUTE_DEPTH_MAX} levels deep"),
                )
                .help(format!("the levels are {}", path.join(" → ")))
                .help("start one of them with `request campaign` instead, or write its steps out"),
            );
        }
    }
}
