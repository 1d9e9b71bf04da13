//! Triggers, predicates and the parts that follow the words of any phrase.

#![expect(clippy::wildcard_enum_match_arm, reason = "each place of the grammar holds few of its rules")]

use super::super::super::ast::{
    Change, Count, Filter, Names, NamesKind, Operator, OperatorKind, Parts, Phrase, Predicate, PredicateForm, Spanned,
    StepForm, Text, Trigger, TriggerForm,
};
use super::super::errors;
use super::{Leaves, Node, Reader, Rule, range, words};
use crate::diagnostics::{Code, Diagnostic, Span};

/// What stands after `from` and `to`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Changes {
    /// Statuses.
    Statuses,
    /// One status, in a step.
    Status,
    /// A test of a field.
    Test,
    /// A value to set.
    Value,
}

/// The rule that reads the words of each trigger.
pub(in super::super) const TRIGGERS: &[(Rule, TriggerForm)] = &[
    (Rule::added_to_sfdc_campaign, TriggerForm::AddedToSfdcCampaign),
    (Rule::removed_from_sfdc_campaign, TriggerForm::RemovedFromSfdcCampaign),
    (Rule::status_changed_in_sfdc_campaign, TriggerForm::StatusChangedInSfdcCampaign),
    (Rule::added_to_program, TriggerForm::AddedToProgram),
    (Rule::removed_from_program, TriggerForm::RemovedFromProgram),
    (Rule::status_changed_in_program, TriggerForm::StatusChangedInProgram),
    (Rule::success_reached_in_program, TriggerForm::SuccessReachedInProgram),
    (Rule::added_to_list, TriggerForm::AddedToList),
    (Rule::removed_from_list, TriggerForm::RemovedFromList),
    (Rule::enters_segment, TriggerForm::EntersSegment),
    (Rule::leaves_segment, TriggerForm::LeavesSegment),
    (Rule::person_created, TriggerForm::PersonCreated),
    (Rule::person_synced, TriggerForm::PersonSynced),
    (Rule::person_converted, TriggerForm::PersonConverted),
    (Rule::person_deleted, TriggerForm::PersonDeleted),
    (Rule::field_changes, TriggerForm::FieldChanges),
    (Rule::performs, TriggerForm::Performs),
    (Rule::campaign_requested, TriggerForm::CampaignRequested),
];

/// The rule that reads the words of each predicate.
pub(in super::super) const PREDICATES: &[(Rule, PredicateForm)] = &[
    (Rule::field_test, PredicateForm::Field),
    (Rule::member_of_sfdc_campaign, PredicateForm::MemberOfSfdcCampaign),
    (Rule::member_of_program, PredicateForm::MemberOfProgram),
    (Rule::member_of_list, PredicateForm::MemberOfList),
    (Rule::member_of_segment, PredicateForm::MemberOfSegment),
    (Rule::member_of_smart_campaign, PredicateForm::MemberOfSmartCampaign),
    (Rule::random_sample, PredicateForm::RandomSample),
    (Rule::was_added_to_sfdc_campaign, PredicateForm::WasAddedToSfdcCampaign),
    (Rule::was_removed_from_sfdc_campaign, PredicateForm::WasRemovedFromSfdcCampaign),
    (Rule::had_status_changed_in_sfdc_campaign, PredicateForm::HadStatusChangedInSfdcCampaign),
    (Rule::had_status_changed_in_program, PredicateForm::HadStatusChangedInProgram),
    (Rule::was_added_to_list, PredicateForm::WasAddedToList),
    (Rule::was_removed_from_list, PredicateForm::WasRemovedFromList),
    (Rule::had_field_changed, PredicateForm::HadFieldChanged),
    (Rule::performed, PredicateForm::Performed),
];

/// The rule that reads the words of each step; `remove from flow` has two.
pub(in super::super) const STEPS: &[(Rule, StepForm)] = &[
    (Rule::add_to_sfdc_campaign, StepForm::AddToSfdcCampaign),
    (Rule::remove_from_sfdc_campaign, StepForm::RemoveFromSfdcCampaign),
    (Rule::change_status_in_sfdc_campaign, StepForm::ChangeStatusInSfdcCampaign),
    (Rule::change_status_in_program, StepForm::ChangeStatusInProgram),
    (Rule::remove_from_program, StepForm::RemoveFromProgram),
    (Rule::add_to_list, StepForm::AddToList),
    (Rule::remove_from_list, StepForm::RemoveFromList),
    (Rule::set_field, StepForm::SetField),
    (Rule::clear_field, StepForm::ClearField),
    (Rule::change_field, StepForm::ChangeField),
    (Rule::sync_person, StepForm::SyncPerson),
    (Rule::wait_for, StepForm::Wait),
    (Rule::wait_until, StepForm::Wait),
    (Rule::wait_until_moment, StepForm::Wait),
    (Rule::wait_until_field, StepForm::Wait),
    (Rule::wait_until_anniversary, StepForm::Wait),
    (Rule::request_campaign, StepForm::RequestCampaign),
    (Rule::execute_campaign, StepForm::ExecuteCampaign),
    (Rule::remove_from_flow_of, StepForm::RemoveFromFlow),
    (Rule::remove_from_flow, StepForm::RemoveFromFlow),
    (Rule::call_webhook, StepForm::CallWebhook),
    (Rule::send_email, StepForm::SendEmail),
    (Rule::send_alert, StepForm::SendAlert),
    (Rule::create_task, StepForm::CreateTask),
    (Rule::create_interesting_moment, StepForm::CreateInterestingMoment),
    (Rule::do_nothing, StepForm::DoNothing),
];

/// The form whose words a rule reads.
pub(super) fn form<F: Copy>(table: &[(Rule, F)], rule: Rule) -> Option<F> {
    table.iter().find(|(of, _)| *of == rule).map(|(_, form)| *form)
}

/// Whether a token is a word that begins no part of a phrase.
fn is_plain_word(token: &str) -> bool {
    const PART_WORDS: &[&str] = &["from", "to", "with", "in", "before", "after", "at", "exactly", "and", "or"];
    token.starts_with(char::is_alphabetic) && !PART_WORDS.contains(&token.to_lowercase().as_str())
}

/// Whether words or a value stand where a status belongs that are no test: `to In`, `to No Show`, `to 5`.
fn unquoted_status(value_test: &Node<'_>) -> bool {
    let mut inside = value_test.clone().into_inner().flatten();
    let is_list = value_test.clone().into_inner().next().is_some_and(|test| test.as_rule() == Rule::test_list);
    let mut rules = inside.clone().map(|node| node.as_rule());
    if inside.any(|node| super::super::labels::is_literal(node.as_rule())) {
        let is_text = |rule| matches!(rule, Rule::string | Rule::curly_string | Rule::unclosed_string);
        return is_list && !rules.any(is_text);
    }
    rules.any(|rule| matches!(rule, Rule::gap | Rule::unquoted | Rule::foreign_boolean))
}

impl<'a> Reader<'a> {
    pub(super) fn trigger(&mut self, node: Node<'a>) -> Option<Trigger> {
        if node.as_rule() != Rule::trigger {
            self.not_this_kind(node, Rule::trigger_text);
            return None;
        }
        let span = self.span(&node);
        let mut children = node.into_inner();
        let head = children.next()?;
        let form = form(TRIGGERS, head.as_rule())?;
        let changes = if form == TriggerForm::FieldChanges { Changes::Test } else { Changes::Statuses };
        self.phrase(form, span, head, children, changes)
    }

    pub(super) fn predicate(&mut self, node: Node<'a>) -> Option<Predicate> {
        let span = self.span(&node);
        let mut children = node.into_inner();
        let head = children.next()?;
        let form = form(PREDICATES, head.as_rule())?;
        if form == PredicateForm::RandomSample {
            return self.random_sample(span, head);
        }
        let changes = if form == PredicateForm::HadFieldChanged { Changes::Test } else { Changes::Statuses };
        self.phrase(form, span, head, children, changes)
    }

    /// A phrase: its words, with the field among them, and its parts. `None` when a part could not be read.
    pub(super) fn phrase<F>(
        &mut self,
        form: F,
        span: Span,
        head: Node<'a>,
        parts: impl Iterator<Item = Node<'a>>,
        changes: Changes,
    ) -> Option<Phrase<F>> {
        let lost = self.lost;
        let head_range = range(&head);
        let inside = head.as_rule();
        let mut phrase = Phrase { form, span, head: self.span(&head), negated: false, parts: Parts::default() };
        for word in head.into_inner() {
            match word.as_rule() {
                Rule::k_not | Rule::k_no | Rule::k_did => phrase.negated = true,
                Rule::field_bare
                | Rule::field_in_brackets
                | Rule::wrong_field
                | Rule::wrong_field_with_is
                | Rule::keyword_field => phrase.parts.field = self.field(word),
                Rule::foreign_member_of => {
                    phrase.negated = self.foreign_member_of(&word);
                }
                Rule::foreign_not_performed => {
                    phrase.negated = true;
                    let finding = errors::foreign(self.span(&word), self.written(&word), "did not perform");
                    let finding =
                        self.fix(finding, "write `did not perform`".to_owned(), true, range(&word), "did not perform");
                    self.report(finding);
                }
                Rule::missing_of => {
                    let message = "between `remove from flow` and a name `of` is missing";
                    let place = range(&word);
                    let finding = Diagnostic::new(Code::Syntax, self.next_place(place.0), message)
                        .help("write `remove from flow of` and the name, or `remove from flow` alone to end this run");
                    let finding = self.fix(finding, "write `of`".to_owned(), false, (place.0, place.0), "of ");
                    self.report(finding);
                }
                _ => {}
            }
        }
        for part in parts {
            if part.as_rule() == Rule::gap {
                self.missing(&part, head_range, inside);
                // What stands there instead of the name is not what it seems to be.
                break;
            }
            self.part(part, &mut phrase.parts, changes);
        }
        (self.lost == lost).then_some(phrase)
    }

    /// `in list "A"`, which is `member of list "A"`; whether it says the opposite.
    fn foreign_member_of(&mut self, node: &Node<'a>) -> bool {
        let written = self.written(node).to_lowercase();
        let negated = written.split_whitespace().any(|word| word == "not");
        let right = if negated { "not member of" } else { "member of" };
        let finding = errors::foreign(self.span(node), self.written(node), right);
        let finding = self.fix(finding, format!("write `{right}`"), true, range(node), right);
        self.report(finding);
        negated
    }

    fn part(&mut self, node: Node<'a>, parts: &mut Parts, changes: Changes) {
        let span = self.span(&node);
        let place = range(&node);
        let at = words(&node).unwrap_or(place);
        match node.as_rule() {
            Rule::names => {
                let names = self.names(node);
                self.once(&mut parts.names, names, at);
            }
            Rule::with_status => {
                let statuses = self.texts_after(node).map(|texts| Spanned::new(texts, span));
                self.once(&mut parts.with_status, statuses, at);
            }
            Rule::with_success => self.once(&mut parts.success, Some(Spanned::new(true, span)), at),
            Rule::without_success => self.once(&mut parts.success, Some(Spanned::new(false, span)), at),
            Rule::who_responded => self.once(&mut parts.responded, Some(Spanned::new(true, span)), at),
            Rule::who_has_not_responded => self.once(&mut parts.responded, Some(Spanned::new(false, span)), at),
            Rule::from_part => {
                // Only `to` sets anything.
                let changes = if changes == Changes::Status { Changes::Statuses } else { changes };
                let change = self.change(node, changes).map(|change| Spanned::new(change, span));
                self.once(&mut parts.from, change, at);
            }
            Rule::to_part => {
                let change = self.change(node, changes).map(|change| Spanned::new(change, span));
                self.once(&mut parts.to, change, at);
            }
            Rule::by_part => {
                let mut by = None;
                for child in node.into_inner() {
                    match child.as_rule() {
                        Rule::number => by = self.literal(child).map(|literal| Spanned::new(literal, span)),
                        Rule::gap => self.missing(&child, at, Rule::by_part),
                        _ => {}
                    }
                }
                self.once(&mut parts.by, by, at);
            }
            Rule::where_part => {
                let tests = self.attribute_tests(node, at).map(|tests| Spanned::new(tests, span));
                self.once(&mut parts.attributes, tests, at);
            }
            Rule::count => {
                let count = self.count(node).map(|count| Spanned::new(count, span));
                self.once(&mut parts.count, count, at);
            }
            Rule::window => {
                let window = self.window(node);
                self.once(&mut parts.window, window, at);
            }
            _ => {}
        }
    }

    /// Puts a part in its place, which must be free.
    fn once<T>(&mut self, slot: &mut Option<T>, part: Option<T>, words: (usize, usize)) {
        let Some(part) = part else { return };
        if slot.is_some() {
            let written = errors::one_line(self.text(words.0, words.1));
            let finding = Diagnostic::new(
                Code::Syntax,
                self.scalar.place(words.0, words.1),
                format!("`{written}` begins a part that this phrase already has"),
            )
            .help("write each part of a phrase once; several names or values are separated by commas");
            self.report(finding);
            return;
        }
        *slot = Some(part);
    }

    /// What stands after `from` or `to`, for a phrase of this kind.
    fn change(&mut self, node: Node<'a>, changes: Changes) -> Option<Change> {
        let inside = node.as_rule();
        let at = words(&node)?;
        let mut operator = None;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::value_test
                    if matches!(changes, Changes::Statuses | Changes::Status) && unquoted_status(&child) =>
                {
                    let (start, end) = self.plain_words(range(&child));
                    let finding = errors::status_in_quotes(self.scalar.place(start, end), Some(self.text(start, end)));
                    self.lose(finding);
                }
                Rule::value_test => operator = self.operator(child),
                Rule::gap if matches!(changes, Changes::Statuses | Changes::Status) => {
                    let from = child.as_span().start();
                    let word = self.next_token(from).filter(|(start, end)| is_plain_word(self.text(*start, *end)));
                    match word {
                        Some(word) => {
                            let (start, end) = self.plain_words(word);
                            let written = Some(self.text(start, end));
                            let finding = errors::status_in_quotes(self.scalar.place(start, end), written);
                            self.lose(finding);
                        }
                        None => self.missing(&child, at, Rule::with_status),
                    }
                }
                Rule::gap => self.missing(&child, at, inside),
                _ => {}
            }
        }
        let operator = operator?;
        if changes == Changes::Test {
            return Some(Change::Test(operator));
        }
        let Operator { whole, negated, kind, .. } = operator;
        let OperatorKind::Is(values) = kind else {
            self.lose(errors::only_values_here(whole, changes == Changes::Value));
            return None;
        };
        if negated {
            self.lose(errors::only_values_here(whole, changes == Changes::Value));
            return None;
        }
        if changes == Changes::Value {
            if let Some(second) = values.get(1) {
                self.lose(errors::one_value_here(second.span));
                return None;
            }
            return values.into_iter().next().map(Change::Value);
        }
        let mut statuses: Vec<Text> = Vec::new();
        for value in values {
            match value.kind {
                super::super::super::ast::LiteralKind::Text(text) => statuses.push(text),
                _ => {
                    self.lose(errors::status_in_quotes(value.span, None));
                    return None;
                }
            }
        }
        Some(Change::Statuses(statuses))
    }

    /// From these words on, all words up to one that begins a part.
    fn plain_words(&self, (start, mut end): (usize, usize)) -> (usize, usize) {
        while let Some((_, to)) = self.next_token(end).filter(|(from, to)| is_plain_word(self.text(*from, *to))) {
            end = to;
        }
        (start, end)
    }

    pub(super) fn names(&mut self, node: Node<'a>) -> Option<Names> {
        let span = self.span(&node);
        let child = super::only_child(node)?;
        let rule = child.as_rule();
        let kind = match rule {
            Rule::names_any => NamesKind::Any,
            Rule::names_starting => NamesKind::StartingWith(self.texts_after(child)?.into_iter().next()?),
            Rule::names_containing => NamesKind::Containing(self.texts_after(child)?.into_iter().next()?),
            Rule::texts => NamesKind::Listed(self.texts(child)?),
            _ => {
                self.unquoted(&child, "a name");
                return None;
            }
        };
        Some(Names { span, kind })
    }

    /// The strings after the words of a part.
    fn texts_after(&mut self, node: Node<'a>) -> Option<Vec<Text>> {
        let at = words(&node)?;
        let inside = node.as_rule();
        let mut texts = None;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::texts => texts = self.texts(child),
                Rule::string | Rule::curly_string | Rule::unclosed_string => {
                    texts = self.string(&child).map(|text| vec![text]);
                }
                Rule::unquoted => self.unquoted(&child, "a name"),
                Rule::gap => self.missing(&child, at, inside),
                _ => {}
            }
        }
        texts
    }

    fn attribute_tests(&mut self, node: Node<'a>, at: (usize, usize)) -> Option<Filter> {
        let mut tests = None;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::where_test => {
                    tests = self.with_leaves(Leaves::Attributes, |reader| reader.unary(child, None));
                }
                Rule::gap => self.missing(&child, at, Rule::where_part),
                _ => {}
            }
        }
        tests
    }

    fn count(&mut self, node: Node<'a>) -> Option<Count> {
        let child = super::only_child(node)?;
        let rule = child.as_rule();
        let (mut at, mut gap) = (words(&child)?, rule);
        let mut number = None;
        for part in child.into_inner() {
            match part.as_rule() {
                Rule::whole => {
                    at.1 = range(&part).1;
                    gap = Rule::k_times;
                    number = self.whole(&part);
                }
                Rule::gap => self.missing(&part, at, gap),
                _ => {}
            }
        }
        let number = number?;
        Some(match rule {
            Rule::count_at_least => Count::AtLeast(number),
            Rule::count_at_most => Count::AtMost(number),
            _ => Count::Exactly(number),
        })
    }

    pub(super) fn field_test(&mut self, node: Node<'a>) -> Option<Predicate> {
        let lost = self.lost;
        let span = self.span(&node);
        let mut children = node.into_inner();
        let field = self.field(children.next()?);
        let operator = self.operator(children.next()?);
        if self.lost != lost {
            return None;
        }
        let operator = operator?;
        let head = operator.span;
        let parts = Parts { field: Some(field?), operator: Some(operator), ..Parts::default() };
        Some(Phrase { form: PredicateForm::Field, span, head, negated: false, parts })
    }

    fn random_sample(&mut self, span: Span, node: Node<'a>) -> Option<Predicate> {
        let lost = self.lost;
        let (mut head, mut percent) = ((0, 0), None);
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::random_sample_words => head = range(&child),
                Rule::number => percent = Some((range(&child), self.written(&child))),
                Rule::gap => match percent {
                    Some((place, _)) => self.missing(&child, place, Rule::percent),
                    None => self.missing(&child, head, Rule::random_sample),
                },
                Rule::percent => {
                    if let Some(((start, _), _)) = percent {
                        percent = percent.map(|(_, written)| ((start, range(&child).1), written));
                    }
                }
                _ => {}
            }
        }
        let ((start, end), written) = percent?;
        if self.lost != lost {
            return None;
        }
        let percent = Spanned::new(written.trim_start_matches('+').into(), self.scalar.place(start, end));
        let parts = Parts { percent: Some(percent), ..Parts::default() };
        let head = self.scalar.place(head.0, head.1);
        Some(Phrase { form: PredicateForm::RandomSample, span, head, negated: false, parts })
    }
}
