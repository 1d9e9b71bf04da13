//! Flow steps.

#![expect(clippy::wildcard_enum_match_arm, reason = "each place of the grammar holds few of its rules")]

use super::super::super::ast::{Duration, Literal, Parts, Phrase, Spanned, Step, StepForm, Wait};
use super::super::errors;
use super::phrase::{Changes, STEPS, form};
use super::{Node, Reader, Rule, range, words};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::Day;

impl<'a> Reader<'a> {
    pub(super) fn step(&mut self, node: Node<'a>) -> Option<Step> {
        if node.as_rule() != Rule::step {
            self.not_this_kind(node, Rule::step_text);
            return None;
        }
        let span = self.span(&node);
        let mut children = node.into_inner();
        let head = children.next()?;
        let form = form(STEPS, head.as_rule())?;
        if form == StepForm::Wait {
            return self.wait(head, span, children);
        }
        let changes = match form {
            StepForm::SetField => Changes::Value,
            StepForm::ChangeStatusInSfdcCampaign | StepForm::ChangeStatusInProgram => Changes::Status,
            StepForm::AddToSfdcCampaign
            | StepForm::RemoveFromSfdcCampaign
            | StepForm::RemoveFromProgram
            | StepForm::AddToList
            | StepForm::RemoveFromList
            | StepForm::ClearField
            | StepForm::ChangeField
            | StepForm::SyncPerson
            | StepForm::Wait
            | StepForm::RequestCampaign
            | StepForm::ExecuteCampaign
            | StepForm::RemoveFromFlow
            | StepForm::CallWebhook
            | StepForm::SendEmail
            | StepForm::SendAlert
            | StepForm::CreateTask
            | StepForm::CreateInterestingMoment
            | StepForm::DoNothing => Changes::Statuses,
        };
        let head_place = range(&head);
        let parts: Vec<Node<'a>> = children.collect();
        if form == StepForm::ChangeField
            && (self.change_means_set(&head, &parts) || self.change_of_no_field(&head, &parts))
        {
            return None;
        }
        if form == StepForm::SetField && self.set_without_to(&head, &parts) {
            return None;
        }
        let step = self.phrase(form, span, head, parts.into_iter(), changes)?;
        if changes == Changes::Status && step.parts.to.is_none() {
            let words = errors::one_line(self.text(head_place.0, head_place.1));
            let finding = Diagnostic::new(Code::MissingValue, step.span, format!("`{words}` needs the new status"))
                .help("write `to` and the status after the name, as in `… to \"Attended\"`");
            self.lose(finding);
            return None;
        }
        Some(step)
    }

    /// `change Score to 5`, which is `set`.
    fn change_means_set(&mut self, head: &Node<'a>, parts: &[Node<'a>]) -> bool {
        if parts.first().is_none_or(|part| part.as_rule() != Rule::gap) {
            return false;
        }
        let Some(to) = parts.get(1).filter(|part| part.as_rule() == Rule::to_part) else { return false };
        let Some(field) = head.clone().into_inner().nth(1) else { return false };
        let field = errors::one_line(self.written(&field));
        let (start, end) = words(to).unwrap_or_else(|| range(to));
        let finding = Diagnostic::new(
            Code::Syntax,
            self.scalar.place(start, end),
            "`change` adds to a number with `by`, it does not take `to`",
        )
        .help(format!("to give the field a value write `set {field} to …`"))
        .help(format!("to add to it write `change {field} by +5`"));
        self.lose(finding);
        true
    }

    /// `change status in "P" to "S"`.
    fn change_status_in_nothing(&mut self, head: &Node<'a>) -> bool {
        let (start, end) = range(head);
        let words = errors::one_line(self.text(start, end)).to_lowercase();
        if words != "change status" {
            return false;
        }
        let next = self.next_token(end).filter(|(start, end)| self.text(*start, *end).eq_ignore_ascii_case("in"));
        let end = next.map_or(end, |(_, end)| end);
        let words = errors::shown(self.text(start, end));
        let finding =
            Diagnostic::new(Code::UnknownPhrase, self.scalar.place(start, end), format!("there is no step {words}"))
                .help("did you mean `change status in SFDC campaign` or `change status in program`?");
        self.lose(finding);
        true
    }

    /// `set Country too "NL"`: the word before the value was meant to be `to`.
    fn set_without_to(&mut self, head: &Node<'a>, parts: &[Node<'a>]) -> bool {
        let is_gap = parts.first().is_some_and(|part| part.as_rule() == Rule::gap);
        let field = head.clone().into_inner().nth(1).filter(|field| field.as_rule() == Rule::wrong_field);
        let (true, Some((start, end))) = (is_gap, field.map(|field| range(&field))) else { return false };
        let words = self.text(start, end);
        let Some(at) = words.rfind(char::is_whitespace) else { return false };
        let last = words.get(at..).unwrap_or("").trim_start();
        let field = super::super::print::field_name(&errors::one_line(words.get(..at).unwrap_or(""))).into_owned();
        let place = self.scalar.place(end - last.len(), end);
        let message = format!("`set {field}` must be followed by `to` and a value, not by `{last}`");
        self.lose(
            Diagnostic::new(Code::MissingValue, place, message).help(format!("write `set {field} to` and the value")),
        );
        true
    }

    /// `change status SFDC campaign …` and `change Score by five`: what seems to be a field of several words is none.
    fn change_of_no_field(&mut self, head: &Node<'a>, parts: &[Node<'a>]) -> bool {
        let is_gap = parts.first().is_some_and(|part| part.as_rule() == Rule::gap);
        if is_gap && self.change_status_in_nothing(head) {
            return true;
        }
        let field = head.clone().into_inner().nth(1).filter(|field| field.as_rule() == Rule::wrong_field);
        let (true, Some(field)) = (is_gap, field) else { return false };
        let place = range(&field);
        let written = errors::one_line(self.text(place.0, place.1));
        let lower = written.to_ascii_lowercase();
        let by = lower.find(" by ").and_then(|at| Some((written.get(..at)?, written.get(at + 4..)?)));
        let finding = if lower.starts_with("status ") {
            let (start, end) = range(head);
            let words = errors::shown(self.text(start, end));
            Diagnostic::new(Code::UnknownPhrase, self.scalar.place(start, end), format!("there is no step {words}"))
                .help("did you mean `change status in SFDC campaign` or `change status in program`?")
        } else if let Some((field, by)) = by {
            let message = format!("`by` must be followed by a number, as in `by +5`, not by `{by}`");
            Diagnostic::new(Code::MissingValue, self.scalar.place(place.0, place.1), message)
                .help(format!("write `change {field} by +5`"))
        } else {
            // `change Lead Score`: with the brackets there, what is missing is plain to see.
            self.field(field);
            self.lost += 1;
            return true;
        };
        self.lose(finding);
        true
    }

    fn wait(
        &mut self,
        head: Node<'a>,
        span: crate::diagnostics::Span,
        parts: impl Iterator<Item = Node<'a>>,
    ) -> Option<Step> {
        let lost = self.lost;
        let rule = head.as_rule();
        let mut at_words = range(&head);
        let mut parsed = Parts::default();
        let (mut duration, mut moment, mut at) = (None, None, None);
        let (mut shift, mut ending_on) = (None, None);
        for child in head.into_inner() {
            match child.as_rule() {
                Rule::wait_words | Rule::wait_until_words => at_words = range(&child),
                Rule::k_next | Rule::k_anniversary | Rule::k_of => at_words.1 = range(&child).1,
                Rule::gap => self.missing(&child, at_words, rule),
                Rule::duration => duration = self.duration(child),
                Rule::date | Rule::datetime | Rule::wrong_date => moment = self.literal(child),
                Rule::shift => shift = self.shift(child),
                Rule::at_time => {
                    let before = self.findings.len();
                    at = self.at_time(child);
                    // That the time may not stand here at all is told once it can be read.
                    if rule == Rule::wait_for && self.findings.len() > before {
                        self.lost += 1;
                    }
                }
                Rule::ending => (ending_on, at) = self.ending(child),
                _ => parsed.field = self.field(child),
            }
        }
        for part in parts {
            let place = words(&part).unwrap_or_else(|| range(&part));
            let written = errors::one_line(self.text(place.0, place.1));
            self.lose(
                Diagnostic::new(
                    Code::Syntax,
                    self.scalar.place(place.0, place.1),
                    format!("`{written}` cannot follow `wait`"),
                )
                .help(
                    "a wait looks like `wait 3 days ending on weekdays at 09:00` or `wait until 2026-03-05 at 09:00`",
                ),
            );
        }
        if self.lost != lost {
            return None;
        }
        parsed.wait = Some(match rule {
            Rule::wait_for => Wait::For { duration: duration?, ending_on, at },
            Rule::wait_until_moment => Wait::UntilMoment { moment: moment?, at },
            Rule::wait_until_field => Wait::UntilField { shift, at },
            _ => Wait::UntilAnniversary { at },
        });
        let head = self.scalar.place(at_words.0, at_words.1);
        Some(Phrase { form: StepForm::Wait, span, head, negated: false, parts: parsed })
    }

    fn shift(&mut self, node: Node<'a>) -> Option<(bool, Spanned<Duration>)> {
        let at = words(&node)?;
        let mut minus = false;
        let mut duration = None;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::k_minus => minus = true,
                Rule::duration => duration = self.duration(child),
                Rule::gap => self.missing(&child, at, Rule::shift),
                _ => {}
            }
        }
        duration.map(|duration| (minus, duration))
    }

    fn ending(&mut self, node: Node<'a>) -> (Option<Vec<Day>>, Option<Literal>) {
        let (mut days, mut at) = (None, None);
        let mut words = range(&node);
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::k_ending => words = range(&child),
                Rule::k_on => words.1 = range(&child).1,
                Rule::days => days = self.days(child),
                Rule::at_time => at = self.at_time(child),
                Rule::gap => self.missing(&child, words, Rule::ending),
                _ => {}
            }
        }
        (days, at)
    }
}
