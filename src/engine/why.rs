//! Why a person qualifies for a smart campaign or does not: each clause of its filter with what was found, the qualification
//! rule, and where its runs are.
//!
//! This looks at the present moment. It starts nothing.

use serde::Serialize;

use super::Engine;
use crate::compile::Wording;
use crate::meaning::{CountTest, Filter, HistoryEvent, Predicate, Qualification, Start, Window};
use crate::model::{PersonIx, Timestamp};

/// The answer of [`Engine::why`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The person.
    pub person: String,
    /// The smart campaign.
    pub campaign: String,
    /// Whether an event that fires a trigger, or a batch run, would start a run now.
    pub would_run: bool,
    /// Whether new runs may start at all.
    pub active: bool,
    /// What starts it, in the words of rule files; empty when it is executed by others or run by hand.
    pub starts: Vec<String>,
    /// The filter; absent: everybody passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Clause>,
    /// How often the same person may run, in the words of rule files.
    pub qualify: String,
    /// Whether that rule lets the person in now.
    pub may_qualify: bool,
    /// How often the person qualified so far.
    pub times: u32,
    /// When last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Moment>,
    /// From when on the rule lets the person in again, where it does not now and will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again: Option<Moment>,
    /// Runs that wait.
    pub waiting: Vec<Wait>,
}

/// A part of a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// In the words of rule files.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
    /// What was found: the value of the field, the statuses of the memberships.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

/// A run that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// The step at which it waits: its id or its path.
    pub step: String,
    /// Its text.
    pub action: String,
    /// Until then.
    pub until: Moment,
}

/// A moment, written as events have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Engine {
    /// Why a person qualifies for a smart campaign now, or does not; `None` when there is no such person or campaign.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use campanile::{Engine, Rules, records};
    /// let rules = Rules::from_sources(&[("hot.yaml", r#"
    /// smart_campaigns:
    ///   hot:
    ///     triggers: [Score changes]
    ///     filter: Score is at least 50 and Country is "NL"
    ///     flow: [send email "Hello"]
    /// "#)]);
    /// let mut engine = Engine::new(rules.compile()?);
    /// let line = r#"{"type": "person", "person": "ada", "fields": {"Score": 7, "Country": "NL"}}"#;
    /// engine.handle(&records::parse_event(line)?)?;
    ///
    /// let why = engine.why("ada", "hot").ok_or("both are there")?;
    /// let filter = why.filter.ok_or("it has one")?;
    /// assert!(!why.would_run && !filter.holds);
    /// assert_eq!(filter.parts[0].text, "[Person Score] is at least 50");
    /// assert_eq!((filter.parts[0].holds, filter.parts[0].found.join("")), (false, "Person Score is 7".to_owned()));
    /// assert!(filter.parts[1].holds);
    /// # Ok(())
    /// # }
    /// ```
    pub fn why(&mut self, person: &str, campaign: &str) -> Option<Why> {
        self.turn().start_anywhere();
        let ix = self.core.state.people.find(person)?;
        let id = self.plan.rulebook.campaign(campaign)?;
        let about = self.plan.rulebook.get_campaign(id)?.clone();
        let filter = about.filter.as_ref().map(|filter| self.clause(person, ix, filter));
        let before = self.core.state.people.qualified_for(ix, id).map(|row| (row.last, row.times));
        let may_qualify = self.turn().may_qualify(ix, id);
        let again = match (about.qualification, before) {
            (Qualification::OnceEvery(span), Some((last, _))) if !may_qualify => Some(Moment(last.plus(span))),
            (Qualification::OnceEvery(_) | Qualification::Once | Qualification::EveryTime, _) => None,
        };
        let starts = match &about.start {
            Start::Triggers(triggers) => triggers.iter().map(|trigger| trigger.text.clone()).collect(),
            Start::Batch { schedule, .. } => schedule.iter().map(|schedule| schedule.text.clone()).collect(),
            Start::Executable => Vec::new(),
        };
        let runs = self.person(person)?.waiting;
        let waiting = runs.iter().filter(|run| run.campaign == about.name.as_str()).map(|run| Wait {
            step: run.step.unwrap_or(run.path).to_owned(),
            action: run.text.to_owned(),
            until: Moment(run.until),
        });
        Some(Why {
            person: person.to_owned(),
            campaign: about.name.to_string(),
            would_run: about.active && may_qualify && filter.as_ref().is_none_or(|filter| filter.holds),
            active: about.active,
            starts,
            waiting: waiting.collect(),
            filter,
            qualify: about.qualification.to_string(),
            may_qualify,
            times: before.map_or(0, |(_, times)| times),
            last: before.map(|(last, _)| Moment(last)),
            again,
        })
    }

    /// What a filter says about a person now, clause by clause, with what was found; `None` when there is no such person.
    pub fn explain(&mut self, person: &str, filter: &Filter) -> Option<Clause> {
        self.turn().start_anywhere();
        let ix = self.core.state.people.find(person)?;
        Some(self.clause(person, ix, filter))
    }

    fn clause(&mut self, person: &str, ix: PersonIx, filter: &Filter) -> Clause {
        let text = Wording::new(&self.plan.rulebook, &self.core.state.names).filter(filter);
        let holds = self.matches(person, filter).unwrap_or(false);
        let (mut found, mut parts) = (Vec::new(), Vec::new());
        match filter {
            Filter::And(operands) | Filter::Or(operands) => {
                parts.extend(operands.iter().map(|operand| self.clause(person, ix, operand)));
            }
            Filter::Not(inner) => parts.push(self.clause(person, ix, inner)),
            Filter::Test(Predicate::MemberOfSegment { segment }) => {
                let inner = self.plan.rulebook.get_segment(*segment).map(|segment| segment.filter.clone());
                parts.extend(inner.map(|inner| self.clause(person, ix, &inner)));
            }
            Filter::Test(Predicate::History { event, window, count: _ }) => {
                found.push(match self.count_in_log(person, ix, event, window.as_ref()) {
                    1 => "1 such activity".to_owned(),
                    number => format!("{number} such activities"),
                });
            }
            Filter::Test(predicate) => found = self.found(person, ix, predicate),
        }
        Clause { text, holds, found, parts }
    }

    /// What a predicate looks at.
    fn found(&self, person: &str, ix: PersonIx, predicate: &Predicate) -> Vec<String> {
        let (people, names) = (&self.core.state.people, &self.core.state.names);
        match predicate {
            Predicate::Field { field, .. } => {
                let name = self.plan.rulebook.get_field(*field).map_or("", |field| field.name.as_str());
                self.field_text(person, name).map(|(name, value)| format!("{name} is {value}")).into_iter().collect()
            }
            Predicate::MemberOfSfdcCampaign { campaigns, .. } => {
                let rows = people.sfdc(ix).iter().map(|row| (row, names.sfdc_campaigns.name(row.campaign)));
                rows.filter(|(row, name)| campaigns.contains(row.campaign, || name))
                    .map(|(row, name)| format!("{name}: {}, added {}", names.statuses.name(row.status), row.added))
                    .collect()
            }
            Predicate::MemberOfProgram { programs, .. } => {
                let rows = people.programs(ix).iter().map(|row| (row, names.programs.name(row.program)));
                rows.filter(|(row, name)| programs.contains(row.program, || name))
                    .map(|(row, name)| format!("{name}: {}, since {}", names.statuses.name(row.status), row.since))
                    .collect()
            }
            Predicate::MemberOfList { lists } => {
                let on = people.lists(ix).iter().map(|list| (list, names.lists.name(*list)));
                on.filter(|(list, name)| lists.contains(**list, || name)).map(|(_, name)| name.to_owned()).collect()
            }
            Predicate::MemberOfSmartCampaign { campaigns, .. } => {
                let rulebook = &self.plan.rulebook;
                let name = |id| rulebook.get_campaign(id).map_or("", |campaign| campaign.name.as_str());
                let rows = people.qualified(ix).iter().map(|row| (row, name(row.campaign)));
                rows.filter(|(row, name)| campaigns.contains(row.campaign, || name))
                    .map(|(row, name)| format!("{name}: {} times, last {}", row.times, row.last))
                    .collect()
            }
            // What a segment is made of is shown instead, and activities are counted; a sample has nothing to show.
            Predicate::MemberOfSegment { .. } | Predicate::RandomSample { .. } | Predicate::History { .. } => {
                Vec::new()
            }
        }
    }

    /// How many activities of a kind are in the log: the greatest number of which it holds that there are at least so many.
    fn count_in_log(&mut self, person: &str, ix: PersonIx, event: &HistoryEvent, window: Option<&Window>) -> u32 {
        let (mut found, mut most) = (0, u32::try_from(self.core.state.people.log(ix).len()).unwrap_or(u32::MAX));
        while found < most {
            let middle = found + (most - found).div_ceil(2);
            let test =
                Predicate::History { event: event.clone(), window: window.cloned(), count: CountTest::AtLeast(middle) };
            if self.matches(person, &Filter::Test(test)) == Some(true) {
                found = middle;
            } else {
                most = middle - 1;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use crate::{Engine, Rules, records};

    #[test]
    fn everything_that_decides_is_told() {
        let rules = Rules::from_sources(&[(
            "a.yaml",
            r#"
lists: [Hot, Cold]
activities: {Visit: {Page: text}}
channels: {Webinar: {statuses: {Invited: {step: 10}, Attended: {step: 20, success: true}}}}
programs: {P: {channel: Webinar}}
sfdc_campaigns: {Fair: {statuses: {Sent: {default: true}}}}
segments: {dutch: Country is "NL" or Country is "BE"}
smart_campaigns:
  a:
    triggers: [performs "Visit"]
    filter: >-
      member of segment "dutch" and performed "Visit" at least 2 times and not member of list "Cold"
      and (member of program "P" with status "Attended" or member of SFDC campaign "Fair")
    qualify: once every 7 days
    flow: [add to list "Hot", wait 1 day, remove from list "Hot"]
  b:
    active: false
    executable: true
    flow: [do nothing]
"#,
        )]);
        let mut engine = Engine::new(rules.compile().unwrap());
        let tell = |engine: &mut Engine, line: &str| {
            engine.handle(&records::parse_event(line).unwrap()).map(drop).unwrap();
        };
        tell(&mut engine, r#"{"type":"person","person":"ada","at":"2026-03-05T09:00:00Z","fields":{"Country":"NL"}}"#);
        tell(&mut engine, r#"{"type":"program.status_changed","person":"ada","program":"P","to":"Attended"}"#);
        tell(&mut engine, r#"{"type":"activity","person":"ada","activity":"Visit"}"#);
        let why = engine.why("ada", "a").unwrap();
        assert!(!why.would_run && why.may_qualify && why.times == 0 && why.starts == ["performs \"Visit\""], "{why:?}");
        let told: Vec<(bool, &str)> =
            why.filter.as_ref().unwrap().parts.iter().map(|part| (part.holds, part.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (true, "member of segment \"dutch\""),
                (false, "performed \"Visit\" at least 2 times"),
                (true, "not member of list \"Cold\""),
                (true, "member of program \"P\" with status \"Attended\" or member of SFDC campaign \"Fair\""),
            ]
        );
        let parts = why.filter.unwrap().parts;
        assert_eq!(parts[1].found, ["1 such activity"]);
        assert_eq!(parts[0].parts[0].parts[0].found, ["Country is NL"]);
        assert_eq!(parts[3].parts[0].found, ["P: Attended, since 2026-03-05T09:00:00Z"]);
        assert!(parts[3].parts[1].found.is_empty());

        tell(&mut engine, r#"{"type":"activity","person":"ada","activity":"Visit"}"#);
        let why = engine.why("ada", "a").unwrap();
        assert!(why.filter.as_ref().unwrap().holds && !why.would_run && !why.may_qualify && why.times == 1);
        assert_eq!(why.again.unwrap().0.to_string(), "2026-03-12T09:00:00Z");
        assert_eq!((why.waiting[0].step.as_str(), why.waiting[0].action.as_str()), ("2", "wait 1 day"));
        let why = engine.why("ada", "b").unwrap();
        assert!(!why.active && !why.would_run && why.filter.is_none() && why.starts.is_empty());
        assert!(engine.why("bob", "a").is_none() && engine.why("ada", "c").is_none());
    }
}
