//! How much of a rule book scenarios show: each trigger fired, each clause seen true and seen false, each branch of a choice
//! taken, each qualification rule asked.
//!
//! A clause is one test of a filter or of the condition of a branch; `not` and parentheses are not counted. Segments are
//! clauses where they are used. Inactive campaigns are left out: they start nothing.

use crate::compile::{Plan, Wording};
use crate::diagnostics::Sources;
use crate::engine::{Answers, Seen, SeenBranch, SeenCampaign, clauses};
use crate::meaning::{Branch, Filter, Qualification, SmartCampaign, Start, Step, StepKind};
use crate::model::Id as _;

/// What is known about the campaigns of a rule book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Active campaigns, in order of declaration.
    pub campaigns: Vec<Campaign>,
}

/// What is known about one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its name.
    pub name: String,
    /// The path of its file.
    pub file: String,
    /// The line of its name, from 1.
    pub line: u32,
    /// What could be seen of it.
    pub points: Vec<Point>,
}

/// Something that a scenario can show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// What it is.
    pub kind: Kind,
    /// Where it stands: `filter`, or the path of a branch; empty for the campaign itself.
    pub place: String,
    /// In the words of rule files.
    pub text: String,
    /// Whether it was seen.
    pub seen: bool,
}

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A trigger fired.
    Fired,
    /// A clause was true.
    True,
    /// A clause was false.
    False,
    /// A branch was taken.
    Taken,
    /// The qualification rule let somebody in.
    LetIn,
    /// The qualification rule kept somebody out who passed the filter.
    KeptOut,
}

impl Kind {
    /// What is missing where it was not seen.
    pub const fn missing(self) -> &'static str {
        match self {
            Self::Fired => "never fired",
            Self::True => "never true",
            Self::False => "never false",
            Self::Taken => "never taken",
            Self::LetIn => "nobody qualified",
            Self::KeptOut => "kept nobody out",
        }
    }

    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::True => "true",
            Self::False => "false",
            Self::Taken => "taken",
            Self::LetIn => "let_in",
            Self::KeptOut => "kept_out",
        }
    }
}

impl Campaign {
    /// How many of its points were seen.
    pub fn seen(&self) -> usize {
        self.points.iter().filter(|point| point.seen).count()
    }
}

impl Coverage {
    /// How many points were seen, and how many there are.
    pub fn total(&self) -> (usize, usize) {
        self.campaigns
            .iter()
            .fold((0, 0), |(seen, all), campaign| (seen + campaign.seen(), all + campaign.points.len()))
    }
}

/// Holds what was seen against what there is. `sources` are the files that the plan was made of.
pub fn coverage(plan: &Plan, sources: &Sources, seen: &Seen) -> Coverage {
    let nothing = SeenCampaign::default();
    let active = plan.rulebook.campaigns.iter().enumerate().filter(|(_, campaign)| campaign.active);
    let campaigns = active.map(|(at, campaign)| {
        let own = seen.campaign(crate::model::CampaignId::new(at)).unwrap_or(&nothing);
        Campaign {
            name: campaign.name.to_string(),
            file: sources.path(campaign.span.file).to_owned(),
            line: sources.position(campaign.span.file, campaign.span.start).line,
            points: Points { plan, points: Vec::new() }.of(campaign, own),
        }
    });
    Coverage { campaigns: campaigns.collect() }
}

struct Points<'a> {
    plan: &'a Plan,
    points: Vec<Point>,
}

impl Points<'_> {
    fn of(mut self, campaign: &SmartCampaign, seen: &SeenCampaign) -> Vec<Point> {
        if let Start::Triggers(triggers) = &campaign.start {
            for (at, trigger) in triggers.iter().enumerate() {
                self.add(Kind::Fired, "", trigger.text.clone(), seen.triggers.contains(&at));
            }
        }
        if let Some(filter) = &campaign.filter {
            self.clauses("filter", filter, &seen.filter);
        }
        let rule = campaign.qualification;
        self.add(Kind::LetIn, "", rule.to_string(), seen.qualification.yes);
        // A rule that lets everybody in cannot keep anybody out.
        if rule != Qualification::EveryTime {
            self.add(Kind::KeptOut, "", rule.to_string(), seen.qualification.no);
        }
        self.steps(&campaign.flow, seen);
        self.points
    }

    fn add(&mut self, kind: Kind, place: &str, text: String, seen: bool) {
        self.points.push(Point { kind, place: place.to_owned(), text, seen });
    }

    fn clauses(&mut self, place: &str, filter: &Filter, answers: &[Answers]) {
        let wording = Wording::new(&self.plan.rulebook, &self.plan.names);
        let texts: Vec<String> = clauses(filter).into_iter().map(|clause| wording.predicate(clause)).collect();
        for (at, text) in texts.into_iter().enumerate() {
            let Answers { yes, no } = answers.get(at).copied().unwrap_or_default();
            self.add(Kind::True, place, text.clone(), yes);
            self.add(Kind::False, place, text, no);
        }
    }

    fn steps(&mut self, steps: &[Step], seen: &SeenCampaign) {
        for step in steps {
            let StepKind::Choose(branches) = &step.kind else { continue };
            for Branch { condition, path, steps } in branches {
                let nothing = SeenBranch::default();
                let own = seen.branches.get(path).unwrap_or(&nothing);
                let wording = Wording::new(&self.plan.rulebook, &self.plan.names);
                let text =
                    condition.as_ref().map_or("else".to_owned(), |filter| format!("if {}", wording.filter(filter)));
                self.add(Kind::Taken, path, text, own.taken);
                if let Some(filter) = condition {
                    self.clauses(path, filter, &own.clauses);
                }
                self.steps(steps, seen);
            }
        }
    }
}
