//! What generated cases exercise: everything of the language must come up, or the comparison proves little.
//!
//! [`rules`], [`input`] and [`outcome`] note what they see by a word; [`check`] holds the words against those of the
//! tables below. The matches have no wildcard: whoever adds a step meets it here.

use std::collections::BTreeSet;

use campanile::meaning::{
    AttributeFilter, Check, CountTest, DateCheck, Filter, HistoryEvent, Moment, NumberCheck, Piece, Predicate,
    Qualification, Recurrence, Rulebook, Source, Start, Step, StepKind, Subjects, Template, TextCheck, TriggerTest,
    ValueTest, Wait, Window,
};
use campanile::model::{ActionResult, EndOutcome, Reason};
use campanile::testkit::generate::Input;
use campanile::{EventKind, Outcome, OutcomeKind};

type Seen = BTreeSet<String>;

/// Every word, by kind.
const EXPECTED: &[(&str, &str)] = &[
    (
        "trigger",
        "added-to-sfdc removed-from-sfdc status-in-sfdc added-to-program removed-from-program status-in-program \
         success-in-program added-to-list removed-from-list enters leaves created synced converted deleted changes \
         performs requested",
    ),
    (
        "filter",
        "and or not field sfdc program list segment smart-campaign sample was-added-to-sfdc was-removed-from-sfdc \
         had-status-in-sfdc had-status-in-program was-added-to-list was-removed-from-list had-changed performed \
         responded not-responded success without-success sfdc-window program-window smart-campaign-window \
         history-window attributes-and attributes-or attributes-not",
    ),
    ("count", "at-least at-most exactly"),
    ("subjects", "any listed starting containing"),
    (
        "test",
        "negated or-empty nothing boolean text-is text-contains text-starts text-ends number-is number-greater \
         number-less number-at-least number-at-most number-between date-is date-before date-after date-on-or-before \
         date-on-or-after date-between date-in-past date-in-past-before date-in-future date-in-future-after date-in",
    ),
    ("moment", "day at today now"),
    (
        "step",
        "add-sfdc remove-sfdc change-sfdc change-program remove-program add-list remove-list set clear change sync \
         wait-for wait-ending wait-until wait-field wait-anniversary request execute remove-from-flow-of \
         remove-from-flow webhook email alert task moment nothing choose else id",
    ),
    ("source", "value today now template"),
    ("token", "person default trigger campaign program date datetime"),
    ("schedule", "days weekdays weeks month-day month-weekday once asked starting until"),
    ("campaign", "triggers batch executable inactive once every-time once-every after implied not-implied"),
    (
        "input",
        "load log start advance batch duplicate-id person sfdc-added sfdc-removed sfdc-status program-status \
         program-removed list-added list-removed activity requested synced converted deleted clock",
    ),
    (
        "reason",
        "already_a_member not_a_member not_in_sfdc already_in_sfdc same_status lower_step already_on_list not_on_list \
         same_value not_in_flow not_qualified inactive invalid_value no_date",
    ),
    (
        "record",
        "qualified batch executed done skipped failed implied waiting finished removed ended-failed cascade_limit \
         activity_limit max_people without-cause segment-by-time",
    ),
];

/// Nothing that the tables name is missing.
pub(super) fn check(seen: &Seen) {
    let mut missing = Vec::new();
    for (kind, words) in EXPECTED {
        let words = words.split_whitespace().map(|word| format!("{kind} {word}"));
        missing.extend(words.filter(|word| !seen.contains(word)));
    }
    assert!(missing.is_empty(), "never generated: {}", missing.join(", "));
}

struct Notes<'a>(&'a mut Seen);

impl Notes<'_> {
    fn see(&mut self, kind: &str, word: &str) {
        assert!(
            EXPECTED.iter().any(|(known, words)| *known == kind && words.split_whitespace().any(|it| it == word)),
            "`{kind} {word}` is in no table"
        );
        self.0.insert(format!("{kind} {word}"));
    }
}

/// Notes what a rule book uses.
pub(super) fn rules(rules: &Rulebook, seen: &mut Seen) {
    let mut notes = Notes(seen);
    for segment in &rules.segments {
        notes.filter(&segment.filter);
    }
    for campaign in &rules.campaigns {
        notes.see("campaign", if campaign.implied_actions { "implied" } else { "not-implied" });
        if !campaign.active {
            notes.see("campaign", "inactive");
        }
        if !campaign.after.is_empty() {
            notes.see("campaign", "after");
        }
        notes.see(
            "campaign",
            match campaign.qualification {
                Qualification::Once => "once",
                Qualification::EveryTime => "every-time",
                Qualification::OnceEvery(_) => "once-every",
            },
        );
        match &campaign.start {
            Start::Triggers(triggers) => {
                notes.see("campaign", "triggers");
                for trigger in triggers {
                    notes.trigger(&trigger.test);
                }
            }
            Start::Batch { schedule, max_people: _ } => {
                notes.see("campaign", "batch");
                let Some(schedule) = schedule else {
                    notes.see("schedule", "asked");
                    continue;
                };
                notes.see(
                    "schedule",
                    match schedule.rule {
                        Recurrence::Days { .. } => "days",
                        Recurrence::Weekdays { .. } => "weekdays",
                        Recurrence::Weeks { .. } => "weeks",
                        Recurrence::MonthDay { .. } => "month-day",
                        Recurrence::MonthWeekday { .. } => "month-weekday",
                        Recurrence::Once { .. } => "once",
                    },
                );
                for (word, bound) in [("starting", schedule.starting), ("until", schedule.until)] {
                    if bound.is_some() {
                        notes.see("schedule", word);
                    }
                }
            }
            Start::Executable => notes.see("campaign", "executable"),
        }
        if let Some(filter) = &campaign.filter {
            notes.filter(filter);
        }
        for step in &campaign.flow {
            notes.step(step);
        }
    }
}

/// Notes what an evaluator is told.
pub(super) fn input(input: &Input, seen: &mut Seen) {
    let mut notes = Notes(seen);
    match input {
        Input::Load(event) => {
            notes.see("input", "load");
            if event.log {
                notes.see("input", "log");
            }
        }
        Input::Start(_) => notes.see("input", "start"),
        Input::Advance(_) | Input::AdvanceBy(_) => notes.see("input", "advance"),
        Input::RunBatch(_) => notes.see("input", "batch"),
        Input::Event(event) => {
            if event.id.is_some() {
                notes.see("input", "duplicate-id");
            }
            notes.see(
                "input",
                match event.kind {
                    EventKind::Person { .. } => "person",
                    EventKind::SfdcCampaignAdded { .. } => "sfdc-added",
                    EventKind::SfdcCampaignRemoved { .. } => "sfdc-removed",
                    EventKind::SfdcCampaignStatusChanged { .. } => "sfdc-status",
                    EventKind::ProgramStatusChanged { .. } => "program-status",
                    EventKind::ProgramRemoved { .. } => "program-removed",
                    EventKind::ListAdded { .. } => "list-added",
                    EventKind::ListRemoved { .. } => "list-removed",
                    EventKind::Activity { .. } => "activity",
                    EventKind::CampaignRequested { .. } => "requested",
                    EventKind::SfdcSynced => "synced",
                    EventKind::SfdcConverted => "converted",
                    EventKind::SfdcDeleted => "deleted",
                    EventKind::Clock => "clock",
                },
            );
        }
    }
}

/// Notes what was answered.
pub(super) fn outcome(outcome: &Outcome<'_>, seen: &mut Seen) {
    let mut notes = Notes(seen);
    if outcome.cause.is_none() {
        notes.see("record", "without-cause");
    }
    match &outcome.kind {
        OutcomeKind::Qualified { trigger } => {
            notes.see("record", "qualified");
            if **trigger == *"batch" || **trigger == *"executed" {
                notes.see("record", trigger);
            }
            if outcome.cause.is_none() && trigger.contains(" segment ") {
                notes.see("record", "segment-by-time");
            }
        }
        OutcomeKind::Action { result, implied, .. } => {
            if *implied {
                notes.see("record", "implied");
            }
            match result {
                ActionResult::Done => notes.see("record", "done"),
                ActionResult::Skipped(reason) => {
                    notes.see("record", "skipped");
                    notes.reason(*reason);
                }
                ActionResult::Failed(reason) => {
                    notes.see("record", "failed");
                    notes.reason(*reason);
                }
                ActionResult::Refused(reason) => panic!("no remote system is here to refuse `{reason}`"),
            }
        }
        OutcomeKind::Waiting { until: _ } => notes.see("record", "waiting"),
        OutcomeKind::Ended { outcome, reason } => {
            notes.see(
                "record",
                match outcome {
                    EndOutcome::Finished => "finished",
                    EndOutcome::Removed => "removed",
                    EndOutcome::Failed => "ended-failed",
                },
            );
            if let Some(reason) = reason {
                notes.reason(*reason);
            }
        }
        OutcomeKind::Incident { code, .. } => notes.see("record", code.word()),
    }
}

impl Notes<'_> {
    fn reason(&mut self, reason: Reason) {
        self.see("reason", reason.word());
    }

    fn subjects<I>(&mut self, subjects: &Subjects<I>) {
        self.see(
            "subjects",
            match subjects {
                Subjects::Any => "any",
                Subjects::Listed(_) => "listed",
                Subjects::StartingWith(_) => "starting",
                Subjects::Containing(_) => "containing",
            },
        );
    }

    fn trigger(&mut self, test: &TriggerTest) {
        let word = match test {
            TriggerTest::AddedToSfdcCampaign { campaigns, statuses: _ } => {
                self.subjects(campaigns);
                "added-to-sfdc"
            }
            TriggerTest::RemovedFromSfdcCampaign { .. } => "removed-from-sfdc",
            TriggerTest::StatusChangedInSfdcCampaign { .. } => "status-in-sfdc",
            TriggerTest::AddedToProgram { .. } => "added-to-program",
            TriggerTest::RemovedFromProgram { .. } => "removed-from-program",
            TriggerTest::StatusChangedInProgram { .. } => "status-in-program",
            TriggerTest::SuccessReachedInProgram { .. } => "success-in-program",
            TriggerTest::AddedToList { .. } => "added-to-list",
            TriggerTest::RemovedFromList { .. } => "removed-from-list",
            TriggerTest::EntersSegment { .. } => "enters",
            TriggerTest::LeavesSegment { .. } => "leaves",
            TriggerTest::PersonCreated => "created",
            TriggerTest::PersonSynced => "synced",
            TriggerTest::PersonConverted => "converted",
            TriggerTest::PersonDeleted => "deleted",
            TriggerTest::FieldChanges { field: _, from, to } => {
                for test in [from, to].into_iter().flatten() {
                    self.test(test);
                }
                "changes"
            }
            TriggerTest::Performs { activity: _, attributes } => {
                if let Some(attributes) = attributes {
                    self.attributes(attributes);
                }
                "performs"
            }
            TriggerTest::CampaignRequested => "requested",
        };
        self.see("trigger", word);
    }

    fn filter(&mut self, filter: &Filter) {
        match filter {
            Filter::And(all) => {
                self.see("filter", "and");
                all.iter().for_each(|filter| self.filter(filter));
            }
            Filter::Or(any) => {
                self.see("filter", "or");
                any.iter().for_each(|filter| self.filter(filter));
            }
            Filter::Not(filter) => {
                self.see("filter", "not");
                self.filter(filter);
            }
            Filter::Test(predicate) => self.predicate(predicate),
        }
    }

    fn window(&mut self, window: Option<&Window>, word: &str) {
        if let Some(check) = window {
            self.see("filter", word);
            self.date(check);
        }
    }

    fn predicate(&mut self, predicate: &Predicate) {
        let word = match predicate {
            Predicate::Field { field: _, test } => {
                self.test(test);
                "field"
            }
            Predicate::MemberOfSfdcCampaign { campaigns, statuses: _, responded, added } => {
                self.subjects(campaigns);
                if let Some(responded) = responded {
                    self.see("filter", if *responded { "responded" } else { "not-responded" });
                }
                self.window(added.as_ref(), "sfdc-window");
                "sfdc"
            }
            Predicate::MemberOfProgram { programs, statuses: _, success, added } => {
                self.subjects(programs);
                if let Some(success) = success {
                    self.see("filter", if *success { "success" } else { "without-success" });
                }
                self.window(added.as_ref(), "program-window");
                "program"
            }
            Predicate::MemberOfList { lists } => {
                self.subjects(lists);
                "list"
            }
            Predicate::MemberOfSegment { segment: _ } => "segment",
            Predicate::MemberOfSmartCampaign { campaigns: _, last } => {
                self.window(last.as_ref(), "smart-campaign-window");
                "smart-campaign"
            }
            Predicate::RandomSample { key: _, parts: _ } => "sample",
            Predicate::History { event, window, count } => {
                self.window(window.as_ref(), "history-window");
                let word = match count {
                    CountTest::AtLeast(_) => "at-least",
                    CountTest::AtMost(_) => "at-most",
                    CountTest::Exactly(_) => "exactly",
                };
                self.see("count", word);
                self.history(event)
            }
        };
        self.see("filter", word);
    }

    fn history(&mut self, event: &HistoryEvent) -> &'static str {
        match event {
            HistoryEvent::AddedToSfdcCampaign { .. } => "was-added-to-sfdc",
            HistoryEvent::RemovedFromSfdcCampaign { .. } => "was-removed-from-sfdc",
            HistoryEvent::StatusChangedInSfdcCampaign { .. } => "had-status-in-sfdc",
            HistoryEvent::StatusChangedInProgram { .. } => "had-status-in-program",
            HistoryEvent::AddedToList { .. } => "was-added-to-list",
            HistoryEvent::RemovedFromList { .. } => "was-removed-from-list",
            HistoryEvent::FieldChanged { field: _, from, to } => {
                for test in [from, to].into_iter().flatten() {
                    self.test(test);
                }
                "had-changed"
            }
            HistoryEvent::Performed { activity: _, attributes } => {
                if let Some(attributes) = attributes {
                    self.attributes(attributes);
                }
                "performed"
            }
        }
    }

    fn attributes(&mut self, filter: &AttributeFilter) {
        match filter {
            AttributeFilter::And(all) => {
                self.see("filter", "attributes-and");
                all.iter().for_each(|filter| self.attributes(filter));
            }
            AttributeFilter::Or(any) => {
                self.see("filter", "attributes-or");
                any.iter().for_each(|filter| self.attributes(filter));
            }
            AttributeFilter::Not(filter) => {
                self.see("filter", "attributes-not");
                self.attributes(filter);
            }
            AttributeFilter::Test(_, test) => self.test(test),
        }
    }

    fn test(&mut self, test: &ValueTest) {
        if test.negated {
            self.see("test", "negated");
        }
        if test.empty {
            self.see("test", "or-empty");
        }
        let word = match &test.check {
            Check::Nothing => "nothing",
            Check::Text(TextCheck::Is(_)) => "text-is",
            Check::Text(TextCheck::Contains(_)) => "text-contains",
            Check::Text(TextCheck::StartsWith(_)) => "text-starts",
            Check::Text(TextCheck::EndsWith(_)) => "text-ends",
            Check::Number(NumberCheck::Is(_)) => "number-is",
            Check::Number(NumberCheck::GreaterThan(_)) => "number-greater",
            Check::Number(NumberCheck::LessThan(_)) => "number-less",
            Check::Number(NumberCheck::AtLeast(_)) => "number-at-least",
            Check::Number(NumberCheck::AtMost(_)) => "number-at-most",
            Check::Number(NumberCheck::Between(..)) => "number-between",
            Check::Boolean(_) => "boolean",
            Check::Date(check) => return self.date(check),
        };
        self.see("test", word);
    }

    fn date(&mut self, check: &DateCheck) {
        let (word, moments) = match check {
            DateCheck::Is(moments) => ("date-is", moments.clone()),
            DateCheck::Before(moment) => ("date-before", vec![*moment]),
            DateCheck::After(moment) => ("date-after", vec![*moment]),
            DateCheck::OnOrBefore(moment) => ("date-on-or-before", vec![*moment]),
            DateCheck::OnOrAfter(moment) => ("date-on-or-after", vec![*moment]),
            DateCheck::Between(first, last) => ("date-between", vec![*first, *last]),
            DateCheck::InPast(_) => ("date-in-past", Vec::new()),
            DateCheck::InPastBefore(_) => ("date-in-past-before", Vec::new()),
            DateCheck::InFuture(_) => ("date-in-future", Vec::new()),
            DateCheck::InFutureAfter(_) => ("date-in-future-after", Vec::new()),
            DateCheck::In(_) => ("date-in", Vec::new()),
        };
        self.see("test", word);
        for moment in moments {
            let word = match moment {
                Moment::Day(_) => "day",
                Moment::At(_) => "at",
                Moment::Today => "today",
                Moment::Now => "now",
            };
            self.see("moment", word);
        }
    }

    fn step(&mut self, step: &Step) {
        if step.id.is_some() {
            self.see("step", "id");
        }
        let word = match &step.kind {
            StepKind::AddToSfdcCampaign { .. } => "add-sfdc",
            StepKind::RemoveFromSfdcCampaign { .. } => "remove-sfdc",
            StepKind::ChangeStatusInSfdcCampaign { .. } => "change-sfdc",
            StepKind::ChangeStatusInProgram { .. } => "change-program",
            StepKind::RemoveFromProgram { .. } => "remove-program",
            StepKind::AddToList { .. } => "add-list",
            StepKind::RemoveFromList { .. } => "remove-list",
            StepKind::Set { field: _, value } => {
                let word = match value {
                    Source::Value(_) => "value",
                    Source::Today => "today",
                    Source::Now => "now",
                    Source::Template(template) => {
                        self.template(template);
                        "template"
                    }
                };
                self.see("source", word);
                "set"
            }
            StepKind::Clear { .. } => "clear",
            StepKind::Change { .. } => "change",
            StepKind::SyncPerson => "sync",
            StepKind::Wait(Wait::For { duration: _, ending: None }) => "wait-for",
            StepKind::Wait(Wait::For { duration: _, ending: Some(_) }) => "wait-ending",
            StepKind::Wait(Wait::Until { .. }) => "wait-until",
            StepKind::Wait(Wait::UntilField { .. }) => "wait-field",
            StepKind::Wait(Wait::UntilAnniversary { .. }) => "wait-anniversary",
            StepKind::Request { .. } => "request",
            StepKind::Execute { .. } => "execute",
            StepKind::RemoveFromFlowOf { .. } => "remove-from-flow-of",
            StepKind::RemoveFromFlow => "remove-from-flow",
            StepKind::Remote { kind, name } => {
                self.template(name);
                kind.words().split(' ').next_back().unwrap_or_default()
            }
            StepKind::DoNothing => "nothing",
            StepKind::Choose(branches) => {
                for branch in branches {
                    match &branch.condition {
                        Some(condition) => self.filter(condition),
                        None => self.see("step", "else"),
                    }
                    branch.steps.iter().for_each(|step| self.step(step));
                }
                "choose"
            }
        };
        self.see("step", word);
    }

    fn template(&mut self, template: &Template) {
        for piece in &template.0 {
            let (word, default) = match piece {
                Piece::Text(_) => continue,
                Piece::Person(_, default) => ("person", default.is_some()),
                Piece::Trigger(_, default) => ("trigger", default.is_some()),
                Piece::CampaignName => ("campaign", false),
                Piece::ProgramName => ("program", false),
                Piece::SystemDate => ("date", false),
                Piece::SystemDateTime => ("datetime", false),
            };
            self.see("token", word);
            if default {
                self.see("token", "default");
            }
        }
    }
}
