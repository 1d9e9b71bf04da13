//! Plays one scenario.

use std::sync::Arc;

use super::compare;
use super::file::{Entry, Scenario};
use super::{Failure, PlanOf, RulesOf, ScenarioResult, Watching};
use crate::compile::{self, Plan};
use crate::diagnostics::{Sources, Span};
use crate::engine::{Engine, EventError, Outcomes};
use crate::language::Scalar;
use crate::meaning;
use crate::model::Outcome;

/// Plays a scenario from its state before to the end of its timeline; a check that fails does not end it.
pub(super) fn play(
    sources: &Sources,
    scenario: &Scenario,
    plan_of: &mut PlanOf<'_>,
    watching: Option<&mut Watching<'_>>,
) -> ScenarioResult {
    let mut failures = Vec::new();
    let rules = match &scenario.rules {
        Some(paths) => RulesOf::Paths(paths),
        None => RulesOf::Default,
    };
    match plan_of(&rules) {
        Ok(plan) => {
            let mut player = Player::new(sources, Arc::clone(&plan));
            if watching.is_some() {
                player.engine.observe();
            }
            player.given(scenario);
            for entry in &scenario.timeline {
                player.entry(entry);
            }
            if let (Some(watching), Some(seen)) = (watching, player.engine.seen()) {
                watching(&plan, seen);
            }
            failures = player.failures;
        }
        Err(reason) => failures.push(Failure {
            line: sources.position(scenario.name.span.file, scenario.name.span.start).line,
            message: "the rules cannot be used".to_owned(),
            expected: "rules without errors".to_owned(),
            actual: reason,
        }),
    }
    ScenarioResult {
        file: sources.path(scenario.name.span.file).to_owned(),
        name: scenario.name.value.to_string(),
        passed: failures.is_empty(),
        failures,
    }
}

/// Records that were not yet looked at, as each kind of check counts them.
#[derive(Default)]
struct Unseen {
    actions: Vec<Outcome<'static>>,
    qualified: Vec<(String, String)>,
    incidents: Vec<Outcome<'static>>,
}

struct Player<'a> {
    sources: &'a Sources,
    engine: Engine,
    unseen: Unseen,
    failures: Vec<Failure>,
}

impl<'a> Player<'a> {
    fn new(sources: &'a Sources, plan: Arc<Plan>) -> Self {
        Self { sources, engine: Engine::new(plan), unseen: Unseen::default(), failures: Vec::new() }
    }

    fn fail(&mut self, span: Span, message: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) {
        self.failures.push(Failure {
            line: self.sources.position(span.file, span.start).line,
            message: message.into(),
            expected: expected.into(),
            actual: actual.into(),
        });
    }

    fn refused(&mut self, span: Span, error: &EventError) {
        self.fail(span, "the fact cannot be used", "a fact that fits the fields of the rules", error.to_string());
    }

    fn given(&mut self, scenario: &Scenario) {
        if let Some(now) = scenario.now {
            self.engine.start(now);
        }
        for (span, record) in &scenario.given {
            if let Err(error) = self.engine.load(record) {
                self.refused(*span, &error);
            }
        }
    }

    fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Event(span, event) => match self.engine.handle(event) {
                Ok(outcomes) => self.unseen.take(outcomes),
                Err(error) => self.refused(*span, &error),
            },
            Entry::Advance(duration) => {
                let span = meaning::Duration { count: duration.count, unit: duration.unit };
                self.unseen.take(self.engine.advance_by(span));
            }
            Entry::RunBatch(name) => match self.engine.rulebook().campaign(&name.value) {
                Some(campaign) => self.unseen.take(self.engine.run_batch(campaign)),
                None => {
                    let actual = "there is no such smart campaign";
                    self.fail(name.span, "the batch cannot run", format!("a smart campaign `{}`", name.value), actual);
                }
            },
            Entry::Expect(checks) => {
                for (person, filter) in checks {
                    self.expect(person.span, &person.value, filter);
                }
            }
            Entry::ExpectActions(span, expected) => {
                let happened = std::mem::take(&mut self.unseen.actions);
                let rulebook = self.engine.rulebook();
                if let Some(difference) = compare::records(expected, &happened, rulebook) {
                    self.differs(*span, "other actions happened", difference);
                }
            }
            Entry::ExpectIncidents(span, expected) => {
                let happened = std::mem::take(&mut self.unseen.incidents);
                let rulebook = self.engine.rulebook();
                if let Some(difference) = compare::records(expected, &happened, rulebook) {
                    self.differs(*span, "other incidents happened", difference);
                }
            }
            Entry::ExpectQualified(expected) => {
                let happened = std::mem::take(&mut self.unseen.qualified);
                for (campaign, people) in expected {
                    let actual = happened.iter().filter(|(name, _)| *name == campaign.value);
                    let mut actual: Vec<&str> = actual.map(|(_, person)| person.as_str()).collect();
                    let mut wanted: Vec<&str> = people.iter().map(|person| person.value.as_str()).collect();
                    actual.sort_unstable();
                    wanted.sort_unstable();
                    self.compare_people(campaign.span, &campaign.value, "other people qualified for", &wanted, &actual);
                }
            }
            Entry::ExpectWaiting(expected) => {
                for (campaign, people) in expected {
                    let waiting = self.engine.waiting();
                    let waiting = waiting.iter().filter(|run| run.campaign == campaign.value);
                    let mut actual: Vec<String> = waiting.map(|run| run.person.to_owned()).collect();
                    actual.sort_unstable();
                    actual.dedup();
                    let actual: Vec<&str> = actual.iter().map(String::as_str).collect();
                    let mut wanted: Vec<&str> = people.iter().map(|person| person.value.as_str()).collect();
                    wanted.sort_unstable();
                    self.compare_people(campaign.span, &campaign.value, "other people wait in", &wanted, &actual);
                }
            }
        }
    }

    fn differs(&mut self, span: Span, message: &str, difference: compare::Difference) {
        let span = difference.span.unwrap_or(span);
        self.fail(span, message, difference.expected, difference.actual);
    }

    fn compare_people(&mut self, span: Span, campaign: &str, what: &str, wanted: &[&str], actual: &[&str]) {
        if self.engine.rulebook().campaign(campaign).is_none() {
            let message = format!("`{campaign}` is not a smart campaign of these rules");
            return self.fail(span, message, campaign, "there is no such smart campaign");
        }
        if wanted != actual {
            let show = |people: &[&str]| if people.is_empty() { "nobody".to_owned() } else { people.join(", ") };
            self.fail(span, format!("{what} `{campaign}`"), show(wanted), show(actual));
        }
    }

    /// Expects a person to pass a filter. A failure names the clauses that do not hold and the values they saw.
    fn expect(&mut self, span: Span, person: &str, text: &Scalar) {
        let filter = match compile::filter(text, self.engine.rulebook(), self.engine.names()) {
            Ok(filter) => filter,
            Err(findings) => {
                for finding in findings {
                    let message = format!("what is expected cannot be read: {}", finding.message);
                    self.fail(finding.span, message, self.sources.text(finding.span), finding.help.join("; "));
                }
                return;
            }
        };
        match self.engine.matches(person, &filter) {
            Some(true) => {}
            None => self.fail(span, format!("there is no person `{person}`"), text.text(), "nobody"),
            Some(false) => {
                let actual = compare::why_not(self.sources, &mut self.engine, person, text);
                self.fail(span, format!("`{person}` is not as expected"), text.text().trim(), actual);
            }
        }
    }
}

impl Unseen {
    fn take(&mut self, outcomes: Outcomes<'_>) {
        for outcome in outcomes {
            match &outcome.kind {
                crate::model::OutcomeKind::Qualified { .. } => {
                    let name = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or("").to_owned();
                    self.qualified.push((name(&outcome.campaign), name(&outcome.person)));
                }
                crate::model::OutcomeKind::Action { .. } => self.actions.push(outcome.into_owned()),
                crate::model::OutcomeKind::Incident { .. } => self.incidents.push(outcome.into_owned()),
                crate::model::OutcomeKind::Waiting { .. } | crate::model::OutcomeKind::Ended { .. } => {}
            }
        }
    }
}
