//! What the rules were seen to do: which triggers fired, which clauses were true and false, which branches were taken.
//!
//! Nobody pays for it who does not ask ([`Engine::observe`]): then filters are looked at clause by clause wherever they are
//! judged, and triggers whose filter cannot hold are not passed over. What happens to people is the same.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::selection::Query;
use super::{Engine, Turn, present};
use crate::compile::{Op, Plan};
use crate::meaning::{Branch, Filter, Predicate, Step, StepKind};
use crate::model::{CampaignId, Id as _, PersonIx};

/// Which answers a question got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// It was true once.
    pub yes: bool,
    /// It was false once.
    pub no: bool,
}

impl Answers {
    fn add(&mut self, answer: bool) {
        self.yes |= answer;
        self.no |= !answer;
    }
}

/// What was seen of one smart campaign.
#[derive(Debug, Clone, Default)]
pub struct SeenCampaign {
    /// The triggers that fired, by their place in the campaign, from 0.
    pub triggers: BTreeSet<usize>,
    /// The clauses of the filter, in the order of [`clauses`].
    pub filter: Vec<Answers>,
    /// Branches by their path.
    pub branches: BTreeMap<SmolStr, SeenBranch>,
    /// Whether the qualification rule let people in who passed the filter.
    pub qualification: Answers,
}

/// What was seen of one branch of a choice.
#[derive(Debug, Clone, Default)]
pub struct SeenBranch {
    /// Whether it was taken.
    pub taken: bool,
    /// The clauses of its condition, in the order of [`clauses`].
    pub clauses: Vec<Answers>,
}

/// What was seen of a rule book.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    campaigns: BTreeMap<CampaignId, SeenCampaign>,
}

impl Seen {
    /// What was seen of a campaign, if anything was.
    pub fn campaign(&self, id: CampaignId) -> Option<&SeenCampaign> {
        self.campaigns.get(&id)
    }

    /// Adds what was seen of the same rule book elsewhere.
    pub fn merge(&mut self, other: &Self) {
        let join = |into: &mut Vec<Answers>, from: &[Answers]| {
            into.resize(into.len().max(from.len()), Answers::default());
            for (into, from) in into.iter_mut().zip(from) {
                into.yes |= from.yes;
                into.no |= from.no;
            }
        };
        for (id, SeenCampaign { triggers, filter, branches, qualification }) in &other.campaigns {
            let own = self.campaigns.entry(*id).or_default();
            own.triggers.extend(triggers);
            join(&mut own.filter, filter);
            own.qualification.yes |= qualification.yes;
            own.qualification.no |= qualification.no;
            for (path, SeenBranch { taken, clauses }) in branches {
                let own = own.branches.entry(path.clone()).or_default();
                own.taken |= taken;
                join(&mut own.clauses, clauses);
            }
        }
    }
}

/// The tests that a filter is made of, in the order in which they are written.
pub fn clauses(filter: &Filter) -> Vec<&Predicate> {
    match filter {
        Filter::And(operands) | Filter::Or(operands) => operands.iter().flat_map(clauses).collect(),
        Filter::Not(operand) => clauses(operand),
        Filter::Test(predicate) => vec![predicate],
    }
}

impl Engine {
    /// From now on, notes what the rules do.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use campanile::{Engine, Rules, records};
    /// let rules = Rules::from_sources(&[("hot.yaml", "smart_campaigns: {hot: {triggers: [Score changes], filter: Score is 7, flow: do nothing}}")]);
    /// let mut engine = Engine::new(rules.compile()?);
    /// engine.observe();
    /// engine.handle(&records::parse_event(r#"{"type": "person", "person": "ada", "fields": {}}"#)?)?;
    /// engine.handle(&records::parse_event(r#"{"type": "person", "person": "ada", "fields": {"Score": 5}}"#)?)?;
    /// let hot = engine.rulebook().campaign("hot").ok_or("it is there")?;
    /// let seen = engine.seen().and_then(|seen| seen.campaign(hot)).ok_or("its trigger fired")?;
    /// assert!(seen.triggers.contains(&0));
    /// assert!(seen.filter[0].no && !seen.filter[0].yes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn observe(&mut self) {
        self.core.seen.get_or_insert_default();
    }

    /// What was noted since [`Engine::observe`].
    pub fn seen(&self) -> Option<&Seen> {
        self.core.seen.as_deref()
    }
}

impl Turn<'_> {
    /// Whether somebody asked to know what the rules do.
    pub(super) fn observes(&self) -> bool {
        self.core.seen.is_some()
    }

    /// Notes that a trigger of the plan fired.
    pub(super) fn see_trigger(&mut self, number: u32) {
        let Some(seen) = &mut self.core.seen else { return };
        let Some(trigger) = self.plan.triggers.get(number as usize) else { return };
        let before = self.plan.triggers.iter().take(number as usize);
        let place = before.filter(|other| other.campaign == trigger.campaign).count();
        seen.campaigns.entry(trigger.campaign).or_default().triggers.insert(place);
    }

    /// Notes what the clauses of a campaign's filter say about a person, and, if they pass, its qualification rule.
    pub(super) fn see_filter(&mut self, person: PersonIx, id: CampaignId) {
        let Some(campaign) = self.plan.rulebook.get_campaign(id).filter(|_| self.observes()) else { return };
        let mut passes = true;
        let mut found = Vec::new();
        if let Some(filter) = &campaign.filter {
            passes = self.judge(person, filter);
            found = self.judge_clauses(person, filter);
        }
        let may = passes.then(|| self.may_qualify(person, id));
        let Some(seen) = &mut self.core.seen else { return };
        let own = seen.campaigns.entry(id).or_default();
        note(&mut own.filter, &found);
        if let Some(may) = may {
            own.qualification.add(may);
        }
    }

    /// Notes what the condition at a place of the code says about a person, and where the run goes.
    pub(super) fn see_branch(&mut self, person: PersonIx, id: CampaignId, at: u32, holds: bool) {
        if !self.observes() {
            return;
        }
        let Some((branch, next)) = branch_at(self.plan, id, at) else { return };
        let found = branch.condition.as_ref().map_or_else(Vec::new, |filter| self.judge_clauses(person, filter));
        let Some(seen) = &mut self.core.seen else { return };
        let branches = &mut seen.campaigns.entry(id).or_default().branches;
        let own = branches.entry(branch.path.clone()).or_default();
        own.taken |= holds;
        note(&mut own.clauses, &found);
        if let Some(otherwise) = next.filter(|next| !holds && next.condition.is_none()) {
            branches.entry(otherwise.path.clone()).or_default().taken = true;
        }
    }

    fn judge(&self, person: PersonIx, filter: &Filter) -> bool {
        let now = present(self.core, &self.plan.rulebook);
        Query::new(filter, self.plan, &self.core.state).passes(person, &self.plan.rulebook, &self.core.state, &now)
    }

    fn judge_clauses(&self, person: PersonIx, filter: &Filter) -> Vec<bool> {
        clauses(filter).into_iter().map(|clause| self.judge(person, &Filter::Test(clause.clone()))).collect()
    }
}

fn note(answers: &mut Vec<Answers>, found: &[bool]) {
    answers.resize(answers.len().max(found.len()), Answers::default());
    for (answers, found) in answers.iter_mut().zip(found) {
        answers.add(*found);
    }
}

/// The branch whose condition stands at a place of the code, and the one after it in the same choice. Conditions stand in
/// the code in the order of the flow.
fn branch_at(plan: &Plan, id: CampaignId, at: u32) -> Option<(&Branch, Option<&Branch>)> {
    let entry = plan.campaigns.get(id.index())?.entry;
    let before = plan.code.get(entry as usize..at as usize)?;
    let number = before.iter().filter(|op| matches!(op, Op::If { .. })).count();
    let mut found = Vec::new();
    conditions(&plan.rulebook.get_campaign(id)?.flow, &mut found);
    found.into_iter().nth(number)
}

fn conditions<'p>(steps: &'p [Step], found: &mut Vec<(&'p Branch, Option<&'p Branch>)>) {
    for step in steps {
        let StepKind::Choose(branches) = &step.kind else { continue };
        for (at, branch) in branches.iter().enumerate() {
            if branch.condition.is_some() {
                found.push((branch, branches.get(at + 1)));
            }
            conditions(&branch.steps, found);
        }
    }
}
