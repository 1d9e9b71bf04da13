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
use super::watches::Watches;
use crate::language::text::print::field_name;
use crate::meaning::{
    Check, Filter, Piece, Predicate, Qualification, Rulebook, Start, Step, StepKind, Subjects, Template, TextCheck,
    TriggerTest,
};
use crate::model::{CampaignId, FieldId, Id, NameTable};

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
    /// Where its steps begin in [`Plan::steps`].
    pub first_step: u32,
    /// Its place in campaign order.
    pub rank: u32,
    /// How often the same person may run.
    pub qualification: Qualification,
    /// Whether a step uses `{{trigger.…}}`, so that runs must remember what started them.
    pub uses_trigger: bool,
    /// Whether it runs at all.
    pub active: bool,
    /// Whether its steps may sync and add people so that other steps can be done.
    pub implied_actions: bool,
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
    /// Triggers that name what they are about, by kind and subject; each list is in the order of `triggers`.
    by_subject: FxHashMap<(Kind, u32), Vec<u32>>,
    /// Those that are about whatever has a fitting name, by kind.
    open: FxHashMap<Kind, Vec<u32>>,
    /// All flows.
    pub code: Vec<Op>,
    /// The steps that `code` names, choices excluded.
    pub steps: Vec<Step>,
    /// What each of them does, apart from its words: more of it is in the caches.
    pub does: Vec<StepKind>,
    /// Watched segments.
    pub watches: Watches,
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
            first_step: len_u32(&flows.steps),
            entry: flows.add(CampaignId::new(index), &campaign.flow),
            rank: rank.get(index).copied().unwrap_or(0),
            qualification: campaign.qualification,
            uses_trigger: campaign.flow.iter().any(uses_trigger),
            active: campaign.active,
            implied_actions: campaign.implied_actions,
        })
        .collect();
    let (code, steps) = (flows.code, flows.steps);
    let does = steps.iter().map(|step| step.kind.clone()).collect();
    let triggers = triggers_of(&rulebook);
    let mut by_subject: FxHashMap<(Kind, u32), Vec<u32>> = FxHashMap::default();
    let mut open: FxHashMap<Kind, Vec<u32>> = FxHashMap::default();
    for (number, trigger) in (0..).zip(&triggers) {
        let kind = kind_of(&trigger.test);
        match subjects_of(trigger) {
            Some(subjects) => {
                subjects.into_iter().for_each(|it| by_subject.entry((kind, it)).or_default().push(number))
            }
            None => open.entry(kind).or_default().push(number),
        }
    }
    let roots: Vec<PredicateId> = dag.segments.iter().map(|node| number(*node)).collect();
    let watches = Watches::new(&rulebook, &triggers, &roots, &predicates);
    let fields = fields_of(&rulebook);
    let field_names = rulebook.fields.iter().map(|field| SmolStr::new(field_name(&field.name))).collect();
    Plan {
        rulebook,
        names,
        dag,
        predicates,
        campaigns,
        triggers,
        by_subject,
        open,
        code,
        steps,
        does,
        watches,
        field_names,
        fields,
    }
}

impl Plan {
    /// The triggers that listen to activities of a kind about a subject, in campaign order: those that name it, and those
    /// whose names are open (`any`, `starting with`, `containing`) and fit its name.
    pub fn triggers_for(&self, kind: Kind, subject: u32, name: &str) -> Vec<u32> {
        let mut found = self.by_subject.get(&(kind, subject)).cloned().unwrap_or_default();
        let open = self.open.get(&kind).into_iter().flatten().copied();
        found.extend(open.filter(|number| self.triggers.get(*number as usize).is_some_and(|it| fits_name(it, name))));
        found.sort_unstable();
        found
    }

    /// The field with this name, ignoring case; `Score` is `Person Score`.
    pub fn field(&self, name: &str) -> Option<FieldId> {
        self.fields.get(name).or_else(|| self.fields.get(crate::model::fold(name).as_str())).copied()
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
                let mut operands: Vec<PredicateId> = operands.iter().map(|operand| self.add(operand, to)).collect();
                // What costs little is asked first.
                operands.sort_by_cached_key(|operand| to.cost(*operand));
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

/// The subjects that a trigger names; `None` when it goes by their names.
fn subjects_of(trigger: &PlanTrigger) -> Option<Vec<u32>> {
    fn listed<I: Id>(subjects: &Subjects<I>) -> Option<Vec<u32>> {
        match subjects {
            Subjects::Listed(ids) => Some(ids.iter().filter_map(|id| u32::try_from(id.index()).ok()).collect()),
            Subjects::Any | Subjects::StartingWith(_) | Subjects::Containing(_) => None,
        }
    }
    match &trigger.test {
        TriggerTest::AddedToSfdcCampaign { campaigns, .. }
        | TriggerTest::RemovedFromSfdcCampaign { campaigns, .. }
        | TriggerTest::StatusChangedInSfdcCampaign { campaigns, .. } => listed(campaigns),
        TriggerTest::AddedToProgram { programs, .. }
        | TriggerTest::RemovedFromProgram { programs }
        | TriggerTest::StatusChangedInProgram { programs, .. }
        | TriggerTest::SuccessReachedInProgram { programs } => listed(programs),
        TriggerTest::AddedToList { lists } | TriggerTest::RemovedFromList { lists } => listed(lists),
        TriggerTest::EntersSegment { segment } | TriggerTest::LeavesSegment { segment } => Some(vec![segment.0]),
        TriggerTest::PersonCreated
        | TriggerTest::PersonSynced
        | TriggerTest::PersonConverted
        | TriggerTest::PersonDeleted => Some(vec![0]),
        TriggerTest::FieldChanges { field, .. } => Some(vec![field.0]),
        TriggerTest::Performs { activity, .. } => Some(vec![activity.0]),
        TriggerTest::CampaignRequested => Some(vec![trigger.campaign.0]),
    }
}

/// Whether a trigger that goes by names is about something with this one.
fn fits_name(trigger: &PlanTrigger, name: &str) -> bool {
    fn fits<I>(subjects: &Subjects<I>, name: &str) -> bool {
        match subjects {
            Subjects::Any => true,
            Subjects::Listed(_) => false,
            Subjects::StartingWith(start) => name.starts_with(start.as_str()),
            Subjects::Containing(part) => name.contains(part.as_str()),
        }
    }
    match &trigger.test {
        TriggerTest::AddedToSfdcCampaign { campaigns, .. }
        | TriggerTest::RemovedFromSfdcCampaign { campaigns, .. }
        | TriggerTest::StatusChangedInSfdcCampaign { campaigns, .. } => fits(campaigns, name),
        TriggerTest::AddedToProgram { programs, .. }
        | TriggerTest::RemovedFromProgram { programs }
        | TriggerTest::StatusChangedInProgram { programs, .. }
        | TriggerTest::SuccessReachedInProgram { programs } => fits(programs, name),
        TriggerTest::AddedToList { lists } | TriggerTest::RemovedFromList { lists } => fits(lists, name),
        TriggerTest::EntersSegment { .. }
        | TriggerTest::LeavesSegment { .. }
        | TriggerTest::PersonCreated
        | TriggerTest::PersonSynced
        | TriggerTest::PersonConverted
        | TriggerTest::PersonDeleted
        | TriggerTest::FieldChanges { .. }
        | TriggerTest::Performs { .. }
        | TriggerTest::CampaignRequested => false,
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
    let mut costs: Vec<u64> = Vec::new();
    for node in dag.graph.node_indices() {
        let mut operands: Vec<PredicateId> = dag
            .graph
            .neighbors_directed(node, Direction::Incoming)
            .filter_map(|operand| numbers.get(&operand).copied())
            .collect();
        // What costs little is asked first, and of equals what authors wrote first.
        operands.sort_unstable_by_key(|operand| (costs.get(operand.0 as usize).copied().unwrap_or(0), *operand));
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
        let id = PredicateId(len_u32(&predicates.nodes) - 1);
        // Each is worked out once, from its operands' own.
        costs.push(predicates.cost_from(id, |operand| costs.get(operand.0 as usize).copied().unwrap_or(0)));
        numbers.insert(node, id);
    }
    (predicates, numbers)
}

impl Predicates {
    /// So many operands from a place on.
    pub fn operands_at(&self, start: u32, len: u32) -> &[PredicateId] {
        self.operands.get(start as usize..start as usize + len as usize).unwrap_or(&[])
    }

    /// What asking a predicate costs, about, in looks into a column.
    fn cost(&self, id: PredicateId) -> u64 {
        self.cost_from(id, |operand| self.cost(operand))
    }

    fn cost_from(&self, id: PredicateId, cost: impl Fn(PredicateId) -> u64) -> u64 {
        match self.nodes.get(id.0 as usize) {
            Some(PredicateNode::Test(test)) => self.tests.get(*test as usize).map_or(0, cost_of),
            Some(PredicateNode::Not(operand)) => cost(*operand),
            Some(PredicateNode::All { start, len } | PredicateNode::Any { start, len }) => {
                let operands = self.operands_at(*start, *len);
                operands.iter().map(|operand| cost(*operand)).fold(0, u64::saturating_add)
            }
            None => 0,
        }
    }
}

/// What asking a test costs, about, beside a look into a column.
fn cost_of(test: &Predicate) -> u64 {
    match test {
        Predicate::Field { test, .. } => match &test.check {
            Check::Nothing | Check::Boolean(_) | Check::Number(_) | Check::Text(TextCheck::Is(_)) => 1,
            Check::Text(TextCheck::Contains(_) | TextCheck::StartsWith(_) | TextCheck::EndsWith(_)) => 2,
            Check::Date(_) => 3,
        },
        Predicate::MemberOfSfdcCampaign { .. }
        | Predicate::MemberOfProgram { .. }
        | Predicate::MemberOfList { .. }
        | Predicate::MemberOfSegment { .. }
        | Predicate::MemberOfSmartCampaign { .. }
        | Predicate::RandomSample { .. } => 4,
        Predicate::History { .. } => 40,
    }
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

fn triggers_of(rulebook: &Rulebook) -> Vec<PlanTrigger> {
    let mut triggers = Vec::new();
    for id in &rulebook.order {
        let Some(campaign) = rulebook.get_campaign(*id).filter(|campaign| campaign.active) else { continue };
        let Start::Triggers(list) = &campaign.start else { continue };
        for trigger in list {
            triggers.push(PlanTrigger { campaign: *id, test: trigger.test.clone(), text: SmolStr::new(&trigger.text) });
        }
    }
    triggers
}

fn len_u32<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
