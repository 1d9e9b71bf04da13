//! The plan: the graph frozen into flat arrays, which is what runs.
//!
//! Nothing in it is looked up by name. Predicates are numbered children first, flows are straight code with jumps, and
//! triggers are found by kind and subject (see [`Plan::triggers_for`]).

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::Names;
use super::dag::{self, Dag, Node};
use crate::language::text::print::field_name;
use crate::meaning::{
    AttributeFilter, DateCheck, Filter, HistoryEvent, Moment, Piece, Predicate, Rulebook, Start, Step, StepKind,
    Subjects, Template, TriggerTest, ValueTest,
};
use crate::model::{CampaignId, FieldId, Id, NameTable, SegmentId};

/// A predicate of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PredicateId(pub u32);

/// A node of the predicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PredicateNode {
    /// All of `operands[start..start + len]` hold.
    All {
        /// First operand.
        start: u32,
        /// How many.
        len: u32,
    },
    /// One of `operands[start..start + len]` holds.
    Any {
        /// First operand.
        start: u32,
        /// How many.
        len: u32,
    },
    /// The operand does not hold.
    Not(PredicateId),
    /// The test with this number.
    Test(u32),
}

/// Predicates in a row, children before parents.
#[derive(Debug, Clone, Default)]
pub struct Predicates {
    /// The nodes, by [`PredicateId`].
    pub nodes: Vec<PredicateNode>,
    /// Operands of `All` and `Any`.
    pub operands: Vec<PredicateId>,
    /// The tests.
    pub tests: Vec<Predicate>,
}

/// A trigger of the plan.
#[derive(Debug, Clone)]
pub struct PlanTrigger {
    /// Its campaign.
    pub campaign: CampaignId,
    /// What it fires on.
    pub test: TriggerTest,
    /// Its canonical text.
    pub text: SmolStr,
}

/// The kinds of activity that triggers are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The subject is the SFDC campaign.
    SfdcAdded,
    /// The subject is the SFDC campaign.
    SfdcRemoved,
    /// The subject is the SFDC campaign.
    SfdcStatusChanged,
    /// Any change of progression status; the subject is the program.
    ProgramStatusChanged,
    /// The subject is the list.
    ListAdded,
    /// The subject is the list.
    ListRemoved,
    /// The subject is the segment.
    SegmentEntered,
    /// The subject is the segment.
    SegmentLeft,
    /// No subject.
    Created,
    /// No subject.
    Synced,
    /// No subject.
    Converted,
    /// No subject.
    Deleted,
    /// The subject is the field.
    FieldChanged,
    /// The subject is the activity.
    Performed,
    /// The subject is the smart campaign.
    Requested,
}

/// One instruction of a flow. Targets are places in [`Plan::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Run the step with this number of [`Plan::steps`].
    Step(u32),
    /// Go on when the predicate holds, else at `otherwise`.
    If {
        /// The predicate.
        condition: PredicateId,
        /// Where to go on when it does not hold.
        otherwise: u32,
    },
    /// Go on there.
    Jump(u32),
    /// The flow is over.
    End,
}

/// A smart campaign of the plan.
#[derive(Debug, Clone, Copy)]
pub struct PlanCampaign {
    /// Who may run; everybody when absent.
    pub filter: Option<PredicateId>,
    /// Where its flow begins in [`Plan::code`].
    pub entry: u32,
    /// Its place in campaign order.
    pub rank: u32,
    /// Whether a step uses `{{trigger.…}}`, so that runs must remember what started them.
    pub uses_trigger: bool,
}

/// A segment that some trigger of an active campaign names.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The segment.
    pub segment: SegmentId,
    /// Its filter.
    pub filter: PredicateId,
    /// The tests in it whose answer depends on the time; empty when none does.
    pub timed: Vec<u32>,
}

/// What a change of state can touch, as watched segments see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// A field.
    Field(FieldId),
    /// Membership of SFDC campaigns.
    Sfdc,
    /// Membership of programs.
    Program,
    /// Lists.
    List,
    /// Qualification for smart campaigns.
    Qualified,
    /// The log.
    Log(Kind),
}

/// The compiled rule book.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it was compiled from.
    pub rulebook: Rulebook,
    /// The names that the rules know.
    pub names: Names,
    /// The graph it was frozen from.
    pub dag: Dag,
    /// All predicates.
    pub predicates: Predicates,
    /// Campaigns, by [`CampaignId`].
    pub campaigns: Vec<PlanCampaign>,
    /// Triggers of active campaigns, in campaign order, then in order of declaration.
    pub triggers: Vec<PlanTrigger>,
    /// Triggers by kind; each list is in the order of `triggers`.
    by_kind: FxHashMap<Kind, Vec<u32>>,
    /// All flows.
    pub code: Vec<Op>,
    /// The steps that `code` names, choices excluded.
    pub steps: Vec<Step>,
    /// Watched segments, in order of declaration.
    pub watched: Vec<Watched>,
    /// Which of them a touch can change.
    touched: FxHashMap<Touch, Vec<u32>>,
    /// The declared names of fields as rules write them, by [`FieldId`].
    pub field_names: Vec<SmolStr>,
    /// Fields by declared name and by folded name.
    fields: FxHashMap<SmolStr, FieldId>,
}

/// Compiles a rule book into the plan that the engine runs.
pub fn plan(rulebook: Rulebook) -> Plan {
    let names = names_of(&rulebook);
    let dag = dag::build(&rulebook);
    let (predicates, numbers) = freeze(&dag);
    let number = |node: NodeIndex| numbers.get(&node).copied().unwrap_or(PredicateId(0));
    let mut rank = vec![0; rulebook.campaigns.len()];
    for (place, id) in (0..).zip(&rulebook.order) {
        if let Some(slot) = rank.get_mut(id.index()) {
            *slot = place;
        }
    }
    let mut flows = Flows { code: Vec::new(), steps: Vec::new(), dag: &dag, numbers: &numbers };
    let campaigns: Vec<PlanCampaign> = rulebook
        .campaigns
        .iter()
        .enumerate()
        .map(|(index, campaign)| PlanCampaign {
            filter: dag.filters.get(index).copied().flatten().map(number),
            entry: flows.add(CampaignId::new(index), &campaign.flow),
            rank: rank.get(index).copied().unwrap_or(0),
            uses_trigger: campaign.flow.iter().any(uses_trigger),
        })
        .collect();
    let (code, steps) = (flows.code, flows.steps);
    let (triggers, by_kind) = triggers_of(&rulebook);
    let roots: Vec<PredicateId> = dag.segments.iter().map(|node| number(*node)).collect();
    let watched = watched_of(&rulebook, &triggers, &roots, &predicates);
    let touched = touched_of(&watched, &predicates);
    let fields = fields_of(&rulebook);
    let field_names = rulebook.fields.iter().map(|field| SmolStr::new(field_name(&field.name))).collect();
    Plan {
        rulebook,
        names,
        dag,
        predicates,
        campaigns,
        triggers,
        by_kind,
        code,
        steps,
        watched,
        touched,
        field_names,
        fields,
    }
}

impl Plan {
    /// The triggers that listen to activities of a kind about a subject, in campaign order: those that name it, and those
    /// whose names are open (`any`, `starting with`, `containing`) and fit its name.
    pub fn triggers_for(&self, kind: Kind, subject: u32, name: &str) -> Vec<u32> {
        let list = self.by_kind.get(&kind).map_or(&[][..], Vec::as_slice);
        list.iter()
            .copied()
            .filter(|index| self.triggers.get(*index as usize).is_some_and(|it| is_about(it, subject, name)))
            .collect()
    }

    /// The field with this name, ignoring case; `Score` is `Person Score`.
    pub fn field(&self, name: &str) -> Option<FieldId> {
        self.fields.get(name).or_else(|| self.fields.get(crate::model::fold(name).as_str())).copied()
    }

    /// The watched segments that a touch can change.
    pub fn touched_by(&self, touch: Touch) -> &[u32] {
        self.touched.get(&touch).map_or(&[], Vec::as_slice)
    }

    /// A filter that is not part of the rule book, in the form that runs.
    pub fn predicates_of(&self, filter: &Filter) -> (Predicates, PredicateId) {
        let mut predicates = Predicates::default();
        let root = self.add(filter, &mut predicates);
        (predicates, root)
    }

    fn add(&self, filter: &Filter, to: &mut Predicates) -> PredicateId {
        let node = match filter {
            Filter::And(operands) | Filter::Or(operands) => {
                let operands: Vec<PredicateId> = operands.iter().map(|operand| self.add(operand, to)).collect();
                let (start, len) = (len_u32(&to.operands), len_u32(&operands));
                to.operands.extend(operands);
                if matches!(filter, Filter::And(_)) {
                    PredicateNode::All { start, len }
                } else {
                    PredicateNode::Any { start, len }
                }
            }
            Filter::Not(inner) => PredicateNode::Not(self.add(inner, to)),
            Filter::Test(Predicate::MemberOfSegment { segment }) => match self.rulebook.get_segment(*segment) {
                Some(segment) => return self.add(&segment.filter, to),
                None => PredicateNode::Any { start: 0, len: 0 },
            },
            Filter::Test(test) => {
                to.tests.push(test.clone());
                PredicateNode::Test(len_u32(&to.tests) - 1)
            }
        };
        to.nodes.push(node);
        PredicateId(len_u32(&to.nodes) - 1)
    }
}

fn is_about(trigger: &PlanTrigger, subject: u32, name: &str) -> bool {
    fn fits<I: Id>(subjects: &Subjects<I>, subject: u32, name: &str) -> bool {
        subjects.contains(I::new(subject as usize), name)
    }
    match &trigger.test {
        TriggerTest::AddedToSfdcCampaign { campaigns, .. }
        | TriggerTest::RemovedFromSfdcCampaign { campaigns, .. }
        | TriggerTest::StatusChangedInSfdcCampaign { campaigns, .. } => fits(campaigns, subject, name),
        TriggerTest::AddedToProgram { programs, .. }
        | TriggerTest::RemovedFromProgram { programs }
        | TriggerTest::StatusChangedInProgram { programs, .. }
        | TriggerTest::SuccessReachedInProgram { programs } => fits(programs, subject, name),
        TriggerTest::AddedToList { lists } | TriggerTest::RemovedFromList { lists } => fits(lists, subject, name),
        TriggerTest::EntersSegment { segment } | TriggerTest::LeavesSegment { segment } => segment.0 == subject,
        TriggerTest::PersonCreated
        | TriggerTest::PersonSynced
        | TriggerTest::PersonConverted
        | TriggerTest::PersonDeleted => true,
        TriggerTest::FieldChanges { field, .. } => field.0 == subject,
        TriggerTest::Performs { activity, .. } => activity.0 == subject,
        TriggerTest::CampaignRequested => trigger.campaign.0 == subject,
    }
}

/// The kind of activity that a trigger listens to.
pub const fn kind_of(test: &TriggerTest) -> Kind {
    match test {
        TriggerTest::AddedToSfdcCampaign { .. } => Kind::SfdcAdded,
        TriggerTest::RemovedFromSfdcCampaign { .. } => Kind::SfdcRemoved,
        TriggerTest::StatusChangedInSfdcCampaign { .. } => Kind::SfdcStatusChanged,
        TriggerTest::AddedToProgram { .. }
        | TriggerTest::RemovedFromProgram { .. }
        | TriggerTest::StatusChangedInProgram { .. }
        | TriggerTest::SuccessReachedInProgram { .. } => Kind::ProgramStatusChanged,
        TriggerTest::AddedToList { .. } => Kind::ListAdded,
        TriggerTest::RemovedFromList { .. } => Kind::ListRemoved,
        TriggerTest::EntersSegment { .. } => Kind::SegmentEntered,
        TriggerTest::LeavesSegment { .. } => Kind::SegmentLeft,
        TriggerTest::PersonCreated => Kind::Created,
        TriggerTest::PersonSynced => Kind::Synced,
        TriggerTest::PersonConverted => Kind::Converted,
        TriggerTest::PersonDeleted => Kind::Deleted,
        TriggerTest::FieldChanges { .. } => Kind::FieldChanged,
        TriggerTest::Performs { .. } => Kind::Performed,
        TriggerTest::CampaignRequested => Kind::Requested,
    }
}

fn names_of(rulebook: &Rulebook) -> Names {
    let mut names = Names {
        sfdc_campaigns: NameTable::new(),
        programs: NameTable::new(),
        lists: rulebook.lists.clone(),
        statuses: rulebook.statuses.clone(),
        activities: NameTable::new(),
    };
    for campaign in &rulebook.sfdc_campaigns {
        names.sfdc_campaigns.intern(&campaign.name);
    }
    for program in &rulebook.programs {
        names.programs.intern(&program.name);
    }
    for activity in &rulebook.activities {
        names.activities.intern(&activity.name);
    }
    names
}

fn fields_of(rulebook: &Rulebook) -> FxHashMap<SmolStr, FieldId> {
    let mut fields = FxHashMap::default();
    for (index, field) in rulebook.fields.iter().enumerate() {
        fields.insert(field.name.clone(), FieldId::new(index));
        fields.insert(SmolStr::new(crate::model::fold(&field.name)), FieldId::new(index));
    }
    fields.insert(SmolStr::new_static("score"), crate::model::StandardField::PERSON_SCORE);
    fields
}

/// Numbers the predicate nodes of the graph, children first.
fn freeze(dag: &Dag) -> (Predicates, FxHashMap<NodeIndex, PredicateId>) {
    let mut predicates = Predicates::default();
    let mut numbers: FxHashMap<NodeIndex, PredicateId> = FxHashMap::default();
    for node in dag.graph.node_indices() {
        let mut operands: Vec<PredicateId> = dag
            .graph
            .neighbors_directed(node, Direction::Incoming)
            .filter_map(|operand| numbers.get(&operand).copied())
            .collect();
        // Cheap tests were written first more often than not; the order of ids keeps what authors wrote first in front.
        operands.sort_unstable();
        let frozen = match dag.graph.node_weight(node) {
            Some(Node::Test(test)) => {
                predicates.tests.push(test.clone());
                PredicateNode::Test(len_u32(&predicates.tests) - 1)
            }
            Some(it @ (Node::All | Node::Any)) => {
                let (start, len) = (len_u32(&predicates.operands), len_u32(&operands));
                predicates.operands.extend(operands);
                if *it == Node::All { PredicateNode::All { start, len } } else { PredicateNode::Any { start, len } }
            }
            Some(Node::Not) => match operands.first() {
                Some(operand) => PredicateNode::Not(*operand),
                None => continue,
            },
            Some(
                Node::Event(_)
                | Node::Trigger(..)
                | Node::Segment(_)
                | Node::Qualification(_)
                | Node::Step(..)
                | Node::End(_),
            )
            | None => continue,
        };
        predicates.nodes.push(frozen);
        numbers.insert(node, PredicateId(len_u32(&predicates.nodes) - 1));
    }
    (predicates, numbers)
}

struct Flows<'a> {
    code: Vec<Op>,
    steps: Vec<Step>,
    dag: &'a Dag,
    numbers: &'a FxHashMap<NodeIndex, PredicateId>,
}

impl Flows<'_> {
    fn add(&mut self, id: CampaignId, flow: &[Step]) -> u32 {
        let entry = len_u32(&self.code);
        self.steps_of(id, flow);
        self.code.push(Op::End);
        entry
    }

    fn steps_of(&mut self, id: CampaignId, steps: &[Step]) {
        for step in steps {
            let StepKind::Choose(branches) = &step.kind else {
                self.steps.push(step.clone());
                self.code.push(Op::Step(len_u32(&self.steps) - 1));
                continue;
            };
            let mut to_end = Vec::new();
            for branch in branches {
                let key = (id, branch.path.to_string());
                let condition = self.dag.conditions.get(&key).and_then(|node| self.numbers.get(node)).copied();
                // Where the branch is passed over; an `else` is not, and may itself begin with a choice.
                let test = condition.map(|condition| {
                    self.code.push(Op::If { condition, otherwise: 0 });
                    self.code.len() - 1
                });
                self.steps_of(id, &branch.steps);
                to_end.push(self.code.len());
                self.code.push(Op::Jump(0));
                let here = len_u32(&self.code);
                if let Some(Op::If { otherwise, .. }) = test.and_then(|test| self.code.get_mut(test)) {
                    *otherwise = here;
                }
            }
            let end = len_u32(&self.code);
            for place in to_end {
                if let Some(Op::Jump(target)) = self.code.get_mut(place) {
                    *target = end;
                }
            }
        }
    }
}

fn uses_trigger(step: &Step) -> bool {
    let in_template = |template: &Template| template.0.iter().any(|piece| matches!(piece, Piece::Trigger(..)));
    match &step.kind {
        StepKind::Set { value: crate::meaning::Source::Template(template), .. } => in_template(template),
        StepKind::Remote { name, .. } => in_template(name),
        StepKind::Choose(branches) => branches.iter().flat_map(|branch| &branch.steps).any(uses_trigger),
        StepKind::Set { .. }
        | StepKind::AddToSfdcCampaign { .. }
        | StepKind::RemoveFromSfdcCampaign { .. }
        | StepKind::ChangeStatusInSfdcCampaign { .. }
        | StepKind::ChangeStatusInProgram { .. }
        | StepKind::RemoveFromProgram { .. }
        | StepKind::AddToList { .. }
        | StepKind::RemoveFromList { .. }
        | StepKind::Clear { .. }
        | StepKind::Change { .. }
        | StepKind::SyncPerson
        | StepKind::Wait(_)
        | StepKind::Request { .. }
        | StepKind::Execute { .. }
        | StepKind::RemoveFromFlowOf { .. }
        | StepKind::RemoveFromFlow
        | StepKind::DoNothing => false,
    }
}

fn triggers_of(rulebook: &Rulebook) -> (Vec<PlanTrigger>, FxHashMap<Kind, Vec<u32>>) {
    let mut triggers = Vec::new();
    let mut by_kind: FxHashMap<Kind, Vec<u32>> = FxHashMap::default();
    for id in &rulebook.order {
        let Some(campaign) = rulebook.get_campaign(*id).filter(|campaign| campaign.active) else { continue };
        let Start::Triggers(list) = &campaign.start else { continue };
        for trigger in list {
            by_kind.entry(kind_of(&trigger.test)).or_default().push(len_u32(&triggers));
            triggers.push(PlanTrigger { campaign: *id, test: trigger.test.clone(), text: SmolStr::new(&trigger.text) });
        }
    }
    (triggers, by_kind)
}

fn watched_of(
    rulebook: &Rulebook,
    triggers: &[PlanTrigger],
    roots: &[PredicateId],
    predicates: &Predicates,
) -> Vec<Watched> {
    let mut named: Vec<SegmentId> = triggers
        .iter()
        .filter_map(|trigger| {
            if let TriggerTest::EntersSegment { segment } | TriggerTest::LeavesSegment { segment } = &trigger.test {
                Some(*segment)
            } else {
                None
            }
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    named
        .into_iter()
        .filter_map(|segment| {
            let filter = roots.get(segment.index()).copied()?;
            let timed = tests_in(filter, predicates)
                .into_iter()
                .filter(|test| predicates.tests.get(*test as usize).is_some_and(|test| depends_on_time(test, rulebook)))
                .collect();
            Some(Watched { segment, filter, timed })
        })
        .collect()
}

/// The tests below a predicate, each once.
fn tests_in(root: PredicateId, predicates: &Predicates) -> Vec<u32> {
    let (mut todo, mut seen, mut tests) = (vec![root], vec![root], Vec::new());
    while let Some(id) = todo.pop() {
        let operands = match predicates.nodes.get(id.0 as usize) {
            Some(PredicateNode::All { start, len } | PredicateNode::Any { start, len }) => {
                let (start, end) = (*start as usize, (*start + *len) as usize);
                predicates.operands.get(start..end).unwrap_or(&[]).to_vec()
            }
            Some(PredicateNode::Not(operand)) => vec![*operand],
            Some(PredicateNode::Test(test)) => {
                tests.push(*test);
                Vec::new()
            }
            None => Vec::new(),
        };
        for operand in operands {
            if !seen.contains(&operand) {
                seen.push(operand);
                todo.push(operand);
            }
        }
    }
    tests.sort_unstable();
    tests.dedup();
    tests
}

fn depends_on_time(test: &Predicate, rulebook: &Rulebook) -> bool {
    match test {
        Predicate::Field { field, test } => {
            rulebook.get_field(*field).is_some_and(|field| field.type_.is_temporal()) && value_depends_on_time(test)
        }
        Predicate::MemberOfSfdcCampaign { added: window, .. }
        | Predicate::MemberOfProgram { added: window, .. }
        | Predicate::MemberOfSmartCampaign { last: window, .. } => window.as_ref().is_some_and(date_depends_on_time),
        Predicate::History { event, window, .. } => {
            window.as_ref().is_some_and(date_depends_on_time) || event_depends_on_time(event)
        }
        Predicate::MemberOfList { .. } | Predicate::MemberOfSegment { .. } | Predicate::RandomSample { .. } => false,
    }
}

/// Whether the tests of old and new values, or of attributes, do.
fn event_depends_on_time(event: &HistoryEvent) -> bool {
    match event {
        HistoryEvent::FieldChanged { from, to, .. } => [from, to].into_iter().flatten().any(value_depends_on_time),
        HistoryEvent::Performed { attributes, .. } => attributes.as_ref().is_some_and(attributes_depend_on_time),
        HistoryEvent::AddedToSfdcCampaign { .. }
        | HistoryEvent::RemovedFromSfdcCampaign { .. }
        | HistoryEvent::StatusChangedInSfdcCampaign { .. }
        | HistoryEvent::StatusChangedInProgram { .. }
        | HistoryEvent::AddedToList { .. }
        | HistoryEvent::RemovedFromList { .. } => false,
    }
}

fn attributes_depend_on_time(filter: &AttributeFilter) -> bool {
    match filter {
        AttributeFilter::And(operands) | AttributeFilter::Or(operands) => {
            operands.iter().any(attributes_depend_on_time)
        }
        AttributeFilter::Not(operand) => attributes_depend_on_time(operand),
        AttributeFilter::Test(_, test) => value_depends_on_time(test),
    }
}

fn value_depends_on_time(test: &ValueTest) -> bool {
    match &test.check {
        crate::meaning::Check::Date(check) => date_depends_on_time(check),
        crate::meaning::Check::Nothing
        | crate::meaning::Check::Text(_)
        | crate::meaning::Check::Number(_)
        | crate::meaning::Check::Boolean(_) => false,
    }
}

fn date_depends_on_time(check: &DateCheck) -> bool {
    let moves = |moment: &Moment| matches!(moment, Moment::Today | Moment::Now);
    match check {
        DateCheck::Is(moments) => moments.iter().any(moves),
        DateCheck::Before(moment)
        | DateCheck::After(moment)
        | DateCheck::OnOrBefore(moment)
        | DateCheck::OnOrAfter(moment) => moves(moment),
        DateCheck::Between(from, to) => moves(from) || moves(to),
        DateCheck::InPast(_)
        | DateCheck::InPastBefore(_)
        | DateCheck::InFuture(_)
        | DateCheck::InFutureAfter(_)
        | DateCheck::In(_) => true,
    }
}

fn touched_of(watched: &[Watched], predicates: &Predicates) -> FxHashMap<Touch, Vec<u32>> {
    let mut touched: FxHashMap<Touch, Vec<u32>> = FxHashMap::default();
    for (index, watched) in (0..).zip(watched) {
        for test in tests_in(watched.filter, predicates) {
            let Some(touch) = predicates.tests.get(test as usize).and_then(touch_of) else { continue };
            let list = touched.entry(touch).or_default();
            if list.last() != Some(&index) {
                list.push(index);
            }
        }
    }
    touched
}

/// Which change of state can change the answer of a test; `None` when none can.
fn touch_of(test: &Predicate) -> Option<Touch> {
    Some(match test {
        Predicate::Field { field, .. } => Touch::Field(*field),
        Predicate::MemberOfSfdcCampaign { .. } => Touch::Sfdc,
        Predicate::MemberOfProgram { .. } => Touch::Program,
        Predicate::MemberOfList { .. } => Touch::List,
        Predicate::MemberOfSmartCampaign { .. } => Touch::Qualified,
        Predicate::History { event, .. } => Touch::Log(match event {
            HistoryEvent::AddedToSfdcCampaign { .. } => Kind::SfdcAdded,
            HistoryEvent::RemovedFromSfdcCampaign { .. } => Kind::SfdcRemoved,
            HistoryEvent::StatusChangedInSfdcCampaign { .. } => Kind::SfdcStatusChanged,
            HistoryEvent::StatusChangedInProgram { .. } => Kind::ProgramStatusChanged,
            HistoryEvent::AddedToList { .. } => Kind::ListAdded,
            HistoryEvent::RemovedFromList { .. } => Kind::ListRemoved,
            HistoryEvent::FieldChanged { .. } => Kind::FieldChanged,
            HistoryEvent::Performed { .. } => Kind::Performed,
        }),
        Predicate::MemberOfSegment { .. } | Predicate::RandomSample { .. } => return None,
    })
}

fn len_u32<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
