//! The rule book as one directed acyclic graph: event kinds → triggers → predicates → qualification → steps.
//!
//! Predicates are hash-consed: a test that a hundred campaigns write is one node. The graph is what `campanile graph`
//! draws; what runs is the [`super::Plan`], frozen from it into flat arrays. Children are always added before their
//! parents, so node order is a topological order of the predicates.

use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

use crate::meaning::{Filter, Predicate, Rulebook, Start, Step, StepKind, TriggerTest};
use crate::model::{CampaignId, Id, SegmentId};

/// The graph.
pub type Graph = DiGraph<Node, Edge>;

/// A node of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// A kind of event, with the words of the language page.
    Event(&'static str),
    /// A trigger of a campaign, by its place in the campaign's list.
    Trigger(CampaignId, u32),
    /// A predicate; its operands are the nodes with an [`Edge::Operand`] to it.
    Test(Predicate),
    /// All operands hold.
    All,
    /// One operand holds.
    Any,
    /// The operand does not hold.
    Not,
    /// A segment; its filter is its only operand.
    Segment(SegmentId),
    /// Filter and qualification rule of a campaign: whoever passes gets a run.
    Qualification(CampaignId),
    /// A step of a campaign, by its path.
    Step(CampaignId, String),
    /// The end of a campaign's flow.
    End(CampaignId),
}

/// An edge of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Events of the kind are shown to the trigger.
    Fires,
    /// The trigger starts the campaign.
    Starts,
    /// The first is an operand of the second.
    Operand,
    /// The filter decides about the campaign, or the choice's branch.
    Decides,
    /// The flow goes on here.
    Then,
    /// The branch of a choice with this number, from 1.
    Branch(u32),
    /// No branch of the choice was taken.
    Otherwise,
}

/// The graph with the places of what others look for in it.
#[derive(Debug, Clone)]
pub struct Dag {
    /// The graph itself.
    pub graph: Graph,
    /// The predicate at the root of each segment's filter, by [`SegmentId`].
    pub segments: Vec<NodeIndex>,
    /// The predicate at the root of each campaign's filter, by [`CampaignId`].
    pub filters: Vec<Option<NodeIndex>>,
    /// The conditions of choices: campaign, path of the branch.
    pub conditions: FxHashMap<(CampaignId, String), NodeIndex>,
}

/// What makes two predicate nodes the same.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Test(Predicate),
    All(Vec<NodeIndex>),
    Any(Vec<NodeIndex>),
    Not(NodeIndex),
}

/// Builds the graph of a rule book.
pub(super) fn build(rulebook: &Rulebook) -> Dag {
    let mut builder = Builder::default();
    builder.segments(rulebook);
    let mut filters = Vec::with_capacity(rulebook.campaigns.len());
    for (index, campaign) in rulebook.campaigns.iter().enumerate() {
        let id = CampaignId::new(index);
        let filter = campaign.filter.as_ref().map(|filter| builder.predicate(filter));
        filters.push(filter);
        let qualification = builder.graph.add_node(Node::Qualification(id));
        if let Some(filter) = filter {
            builder.graph.add_edge(filter, qualification, Edge::Decides);
        }
        builder.start(id, &campaign.start, qualification);
        builder.flow(id, &campaign.flow, qualification);
    }
    Dag { graph: builder.graph, segments: builder.segments, filters, conditions: builder.conditions }
}

#[derive(Default)]
struct Builder {
    graph: Graph,
    known: FxHashMap<Key, NodeIndex>,
    events: FxHashMap<&'static str, NodeIndex>,
    segments: Vec<NodeIndex>,
    segment_done: Vec<Option<NodeIndex>>,
    conditions: FxHashMap<(CampaignId, String), NodeIndex>,
    /// Steps of the present flow behind which nothing comes.
    last: Vec<NodeIndex>,
}

impl Builder {
    /// Segments may use each other in any order; the checker made sure that there is no circle.
    fn segments(&mut self, rulebook: &Rulebook) {
        self.segment_done = vec![None; rulebook.segments.len()];
        let filters: Vec<&Filter> = rulebook.segments.iter().map(|segment| &segment.filter).collect();
        for index in 0..filters.len() {
            self.segment(SegmentId::new(index), &filters);
        }
        self.segments = self.segment_done.iter().copied().flatten().collect();
        for (index, root) in self.segments.clone().into_iter().enumerate() {
            let node = self.graph.add_node(Node::Segment(SegmentId::new(index)));
            self.graph.add_edge(root, node, Edge::Operand);
        }
    }

    fn segment(&mut self, id: SegmentId, filters: &[&Filter]) -> NodeIndex {
        if let Some(done) = self.segment_done.get(id.index()).copied().flatten() {
            return done;
        }
        if let Some(filter) = filters.get(id.index()) {
            for inner in segments_in(filter) {
                if inner != id {
                    self.segment(inner, filters);
                }
            }
            let node = self.predicate(filter);
            if let Some(slot) = self.segment_done.get_mut(id.index()) {
                *slot = Some(node);
            }
            return node;
        }
        self.intern(Key::Any(Vec::new()))
    }

    fn predicate(&mut self, filter: &Filter) -> NodeIndex {
        match filter {
            Filter::And(operands) => {
                let mut nodes = Vec::new();
                self.operands(operands, true, &mut nodes);
                self.chain(nodes, Key::All)
            }
            Filter::Or(operands) => {
                let mut nodes = Vec::new();
                self.operands(operands, false, &mut nodes);
                self.chain(nodes, Key::Any)
            }
            Filter::Not(inner) => match &**inner {
                Filter::Not(twice) => self.predicate(twice),
                Filter::And(_) | Filter::Or(_) | Filter::Test(_) => {
                    let inner = self.predicate(inner);
                    self.intern(Key::Not(inner))
                }
            },
            Filter::Test(Predicate::MemberOfSegment { segment }) => {
                match self.segment_done.get(segment.index()).copied().flatten() {
                    Some(root) => root,
                    None => self.intern(Key::Any(Vec::new())),
                }
            }
            Filter::Test(predicate) => self.intern(Key::Test(predicate.clone())),
        }
    }

    /// `a and (b and c)` has three operands.
    fn operands(&mut self, filters: &[Filter], and: bool, nodes: &mut Vec<NodeIndex>) {
        for filter in filters {
            match filter {
                Filter::And(inner) if and => self.operands(inner, and, nodes),
                Filter::Or(inner) if !and => self.operands(inner, and, nodes),
                Filter::And(_) | Filter::Or(_) | Filter::Not(_) | Filter::Test(_) => nodes.push(self.predicate(filter)),
            }
        }
    }

    /// Order and repetition of operands do not matter to the answer, so they do not matter to the node.
    fn chain(&mut self, mut nodes: Vec<NodeIndex>, key: fn(Vec<NodeIndex>) -> Key) -> NodeIndex {
        nodes.sort_unstable();
        nodes.dedup();
        match nodes.as_slice() {
            [only] => *only,
            [..] => self.intern(key(nodes)),
        }
    }

    fn intern(&mut self, key: Key) -> NodeIndex {
        if let Some(node) = self.known.get(&key) {
            return *node;
        }
        let (node, operands) = match &key {
            Key::Test(predicate) => (Node::Test(predicate.clone()), Vec::new()),
            Key::All(operands) => (Node::All, operands.clone()),
            Key::Any(operands) => (Node::Any, operands.clone()),
            Key::Not(operand) => (Node::Not, vec![*operand]),
        };
        let node = self.graph.add_node(node);
        for operand in operands {
            self.graph.add_edge(operand, node, Edge::Operand);
        }
        self.known.insert(key, node);
        node
    }

    fn start(&mut self, id: CampaignId, start: &Start, qualification: NodeIndex) {
        let event = |builder: &mut Self, words: &'static str| {
            *builder.events.entry(words).or_insert_with(|| builder.graph.add_node(Node::Event(words)))
        };
        match start {
            Start::Triggers(triggers) => {
                for (index, trigger) in triggers.iter().enumerate() {
                    let kind = event(self, event_words(&trigger.test));
                    let node = self.graph.add_node(Node::Trigger(id, u32::try_from(index).unwrap_or(u32::MAX)));
                    self.graph.add_edge(kind, node, Edge::Fires);
                    self.graph.add_edge(node, qualification, Edge::Starts);
                }
            }
            Start::Batch { schedule, .. } => {
                let kind = event(self, if schedule.is_some() { "schedule" } else { "batch run" });
                self.graph.add_edge(kind, qualification, Edge::Starts);
            }
            Start::Executable => {
                let kind = event(self, "execute campaign");
                self.graph.add_edge(kind, qualification, Edge::Starts);
            }
        }
    }

    fn flow(&mut self, id: CampaignId, flow: &[Step], qualification: NodeIndex) {
        let loose = self.steps(id, flow, vec![(qualification, Edge::Then)]);
        let end = self.graph.add_node(Node::End(id));
        let last = std::mem::take(&mut self.last).into_iter().map(|step| (step, Edge::Then));
        for (from, edge) in last.chain(loose) {
            self.graph.add_edge(from, end, edge);
        }
    }

    /// Adds steps one after another behind the loose ends, and gives the loose ends behind the last.
    fn steps(&mut self, id: CampaignId, steps: &[Step], mut loose: Vec<(NodeIndex, Edge)>) -> Vec<(NodeIndex, Edge)> {
        for step in steps {
            let node = self.graph.add_node(Node::Step(id, step.path.to_string()));
            for (from, edge) in loose.drain(..) {
                self.graph.add_edge(from, node, edge);
            }
            if let StepKind::Choose(branches) = &step.kind {
                let mut has_else = false;
                for (number, branch) in (1..).zip(branches) {
                    if let Some(condition) = &branch.condition {
                        let condition = self.predicate(condition);
                        self.conditions.insert((id, branch.path.to_string()), condition);
                        self.graph.add_edge(condition, node, Edge::Decides);
                    } else {
                        has_else = true;
                    }
                    loose.extend(self.steps(id, &branch.steps, vec![(node, Edge::Branch(number))]));
                }
                if !has_else {
                    loose.push((node, Edge::Otherwise));
                }
            } else if step.kind == StepKind::RemoveFromFlow {
                self.last.push(node);
            } else {
                loose.push((node, Edge::Then));
            }
        }
        loose
    }
}

fn segments_in(filter: &Filter) -> Vec<SegmentId> {
    match filter {
        Filter::And(operands) | Filter::Or(operands) => operands.iter().flat_map(segments_in).collect(),
        Filter::Not(inner) => segments_in(inner),
        Filter::Test(Predicate::MemberOfSegment { segment }) => vec![*segment],
        Filter::Test(_) => Vec::new(),
    }
}

/// The kind of event that a trigger listens to.
pub fn event_words(test: &TriggerTest) -> &'static str {
    use crate::language::ast::TriggerForm;
    let form = match test {
        TriggerTest::AddedToSfdcCampaign { .. } => TriggerForm::AddedToSfdcCampaign,
        TriggerTest::RemovedFromSfdcCampaign { .. } => TriggerForm::RemovedFromSfdcCampaign,
        TriggerTest::StatusChangedInSfdcCampaign { .. } => TriggerForm::StatusChangedInSfdcCampaign,
        // A program status change is one activity, whatever the trigger calls it.
        TriggerTest::AddedToProgram { .. }
        | TriggerTest::RemovedFromProgram { .. }
        | TriggerTest::StatusChangedInProgram { .. }
        | TriggerTest::SuccessReachedInProgram { .. } => TriggerForm::StatusChangedInProgram,
        TriggerTest::AddedToList { .. } => TriggerForm::AddedToList,
        TriggerTest::RemovedFromList { .. } => TriggerForm::RemovedFromList,
        TriggerTest::EntersSegment { .. } => TriggerForm::EntersSegment,
        TriggerTest::LeavesSegment { .. } => TriggerForm::LeavesSegment,
        TriggerTest::PersonCreated => TriggerForm::PersonCreated,
        TriggerTest::PersonSynced => TriggerForm::PersonSynced,
        TriggerTest::PersonConverted => TriggerForm::PersonConverted,
        TriggerTest::PersonDeleted => TriggerForm::PersonDeleted,
        TriggerTest::FieldChanges { .. } => return "field changes",
        TriggerTest::Performs { .. } => TriggerForm::Performs,
        TriggerTest::CampaignRequested => TriggerForm::CampaignRequested,
    };
    form.words()
}
