//! Lowering single texts in tests, with the names of the example workspace.

#![allow(clippy::expect_used, clippy::panic, reason = "tests")]

use std::fmt::Debug;

use smol_str::SmolStr;

use super::{CampaignDef, Lowered, Poisoned, ProgramDef, Scope, Symbols, filters, steps, triggers};
use crate::diagnostics::{Diagnostic, FileId, Sources};
use crate::language::{Scalar, ast, text};
use crate::meaning::{
    Activity, Attribute, Channel, Field, Filter, ProgressionStatus, SfdcCampaign, StepKind, TriggerTest,
};
use crate::model::{ChannelId, FieldType, NOT_IN_PROGRAM, STANDARD_FIELDS, StatusId};

/// What came of a text.
#[derive(Debug)]
pub(crate) struct Tried<M> {
    lowered: Lowered<M>,
    findings: Vec<Diagnostic>,
    sources: Sources,
}

impl<M: PartialEq> PartialEq<Lowered<M>> for Tried<M> {
    fn eq(&self, other: &Lowered<M>) -> bool {
        self.lowered == *other
    }
}

impl<M> Tried<M> {
    /// One line for each finding: code, blamed text, message.
    fn told(&self) -> String {
        let mut findings = self.findings.clone();
        crate::diagnostics::sort(&mut findings);
        let lines: Vec<String> =
            findings.iter().map(|it| format!("{} `{}` {}", it.code, self.sources.text(it.span), it.message)).collect();
        lines.join("\n")
    }
}

/// Asserts that a text was refused, with exactly these findings.
pub(crate) fn refused<M: Debug>(tried: &Tried<M>, findings: &str) {
    assert_eq!(tried.told(), findings);
    assert!(tried.lowered.is_err(), "{tried:?}");
}

/// Asserts that a text was understood, with exactly these warnings.
pub(crate) fn warned<M: Debug>(tried: &Tried<M>, findings: &str) {
    assert_eq!(tried.told(), findings);
    assert!(tried.lowered.is_ok(), "{tried:?}");
}

/// Asserts that some help holds a text.
pub(crate) fn helped<M: Debug>(tried: &Tried<M>, help: &str) {
    assert!(tried.findings.iter().any(|it| it.help.iter().any(|line| line.contains(help))), "{tried:?}");
}

/// Lowers a trigger.
pub(crate) fn trigger(written: &str) -> Tried<TriggerTest> {
    tried(written, text::trigger, |_| {}, triggers::lower)
}

/// Lowers a filter.
pub(crate) fn filter(written: &str) -> Tried<Filter> {
    tried(written, text::filter, |_| {}, filters::lower)
}

/// Lowers a step of a campaign with triggers.
pub(crate) fn step(written: &str) -> Tried<StepKind> {
    tried(written, text::step, |scope| scope.place.has_triggers = true, steps::lower)
}

/// Lowers a step of an executable campaign.
pub(crate) fn executable_step(written: &str) -> Tried<StepKind> {
    tried(written, text::step, |scope| scope.place.executable = true, steps::lower)
}

/// A status of the example workspace.
pub(crate) fn status(name: &str) -> StatusId {
    symbols().statuses.find(name).expect("a status of the example workspace")
}

fn tried<A, M>(
    written: &str,
    read: fn(&Scalar, &mut Vec<Diagnostic>) -> Option<A>,
    place: fn(&mut Scope<'_>),
    lower: fn(&A, &mut Scope<'_>) -> Lowered<M>,
) -> Tried<M> {
    let mut sources = Sources::new();
    sources.add("text.yaml", written);
    let mut findings = Vec::new();
    let ast: Option<A> = read(&Scalar::plain(FileId(0), 0, written), &mut findings);
    let mut symbols = symbols();
    let mut scope = Scope::new(&mut symbols, &mut findings, Some(&sources));
    place(&mut scope);
    let lowered = ast.ok_or(Poisoned).and_then(|ast| lower(&ast, &mut scope));
    Tried { lowered, findings, sources }
}

/// The names of the example workspace.
fn symbols() -> Symbols {
    let mut symbols = Symbols { declares_sfdc_campaigns: true, ..Symbols::default() };
    for field in STANDARD_FIELDS {
        let name = SmolStr::new_static(field.name);
        symbols.add_field(Field { name, type_: field.type_, values: None, read_only: field.read_only });
    }
    let colours = ["Red", "Green", "Blue"].map(SmolStr::new_static).to_vec();
    for (name, type_, values) in [
        ("Region", FieldType::Text, None),
        ("Favourite Colour", FieldType::Text, Some(colours)),
        ("Event Date", FieldType::Date, None),
    ] {
        symbols.add_field(Field { name: SmolStr::new_static(name), type_, values, read_only: false });
    }
    symbols.activities.intern("Fill Out Form");
    let attributes = ["Form", "Page"].map(|name| Attribute {
        name: SmolStr::new_static(name),
        type_: FieldType::Text,
        values: None,
    });
    let name = SmolStr::new_static("Fill Out Form");
    symbols.activity_defs.push(Activity { name, attributes: attributes.to_vec() });
    for list in ["Newsletter", "Competitors"] {
        symbols.lists.intern(list);
    }
    symbols.statuses.intern(NOT_IN_PROGRAM);
    let webinar: Vec<StatusId> =
        ["Invited", "Registered", "No Show", "Attended"].map(|name| symbols.statuses.intern(name)).to_vec();
    let nurture: Vec<StatusId> = ["Sent", "Opened"].map(|name| symbols.statuses.intern(name)).to_vec();
    symbols.channels.intern("Webinar");
    let progression =
        |(step, status): (i64, &StatusId)| ProgressionStatus { status: *status, step, success: step == 4 };
    let statuses = (1..).zip(&webinar).map(progression).collect();
    symbols.channel_defs.push(Channel { name: SmolStr::new_static("Webinar"), statuses });
    symbols.programs.intern("Spring Webinar 2026");
    symbols.program_defs.push(ProgramDef { channel: Some(ChannelId(0)), ..ProgramDef::default() });
    for (name, statuses) in [("Spring Webinar 2026", webinar), ("NL Nurture", nurture)] {
        symbols.sfdc_campaigns.intern(name);
        symbols.sfdc_campaign_defs.push(SfdcCampaign {
            name: SmolStr::new_static(name),
            default_status: *statuses.first().expect("a status"),
            statuses: statuses.into_iter().map(|status| (status, false)).collect(),
            declared: true,
        });
    }
    symbols.webhooks.intern("crm-alert");
    symbols.segments.intern("Dutch speakers");
    for (name, requestable, executable) in
        [("thank-attendees", false, false), ("hot-lead", true, false), ("assign-owner", false, true)]
    {
        symbols.campaigns.intern(name);
        symbols.campaign_defs.push(CampaignDef { requestable, executable });
    }
    symbols.tokens.insert(SmolStr::new_static("Nurture Campaign"), SmolStr::new_static("NL Nurture"));
    symbols
}

/// Every example of the three tables is understood without a word.
#[test]
fn examples_are_valid() {
    fn fine<M: Debug>(tried: &Tried<M>, example: &str, words: &str) {
        // Of `any` campaign some lack the status, which is said and meant.
        let missing = crate::diagnostics::Code::StatusMissingSomewhere;
        let others = tried.findings.iter().filter(|finding| finding.code != missing).count();
        assert_eq!(others, 0, "{example}: {}", tried.told());
        assert!(tried.lowered.is_ok(), "{example}");
        assert!(!words.is_empty());
    }
    for entry in triggers::ALL {
        entry.examples.iter().for_each(|example| fine(&trigger(example), example, entry.form.words()));
    }
    for entry in filters::ALL {
        entry.examples.iter().for_each(|example| fine(&filter(example), example, entry.form.words()));
    }
    for entry in steps::ALL {
        entry.examples.iter().for_each(|example| fine(&step(example), example, entry.form.words()));
    }
    for topic in super::windows::ALL.iter().chain(super::counts::ALL) {
        fine(&filter(topic.example), topic.example, topic.syntax);
    }
    for topic in super::waits::ALL {
        fine(&step(topic.example), topic.example, topic.syntax);
    }
    for topic in super::schedules::ALL {
        let schedule = |written: &ast::Schedule, scope: &mut Scope<'_>| scope.schedule(written);
        fine(&tried(topic.example, text::schedule, |_| {}, schedule), topic.example, topic.syntax);
    }
    for topic in super::qualify::ALL {
        let qualify = |written: &ast::Spanned<ast::Qualify>, scope: &mut Scope<'_>| {
            Ok(super::qualify::lower(Some(written), scope))
        };
        fine(&tried(topic.example, text::qualify, |_| {}, qualify), topic.example, topic.syntax);
    }
}

/// Marketo would let empty dates pass some of the examples of operators; nothing else is said about them.
#[test]
fn examples_of_operators_are_valid() {
    for operator in super::operators::ALL {
        let tried = filter(operator.example);
        let others = tried.findings.iter().filter(|it| it.code != crate::diagnostics::Code::ReadsOtherwise).count();
        assert_eq!(others, 0, "{}: {}", operator.example, tried.told());
        assert!(tried.lowered.is_ok(), "{}", operator.example);
    }
}

/// The tables are in the order of the forms, and every form has its entry.
#[test]
fn tables_are_complete() {
    assert!(triggers::ALL.iter().map(|entry| entry.form).eq(ast::TriggerForm::ALL.iter().copied()));
    assert!(filters::ALL.iter().map(|entry| entry.form).eq(ast::PredicateForm::ALL.iter().copied()));
    assert!(steps::ALL.iter().map(|entry| entry.form).eq(ast::StepForm::ALL.iter().copied()));
    for form in ast::TriggerForm::ALL {
        assert_eq!(triggers::entry(*form).form, *form);
    }
    for form in ast::PredicateForm::ALL {
        assert_eq!(filters::entry(*form).form, *form);
    }
    for form in ast::StepForm::ALL {
        assert_eq!(steps::entry(*form).form, *form);
    }
}
