//! Filters: who is meant (language.md section 5), one file for each predicate.

mod field;
mod had_field_changed;
mod had_status_changed_in_program;
mod had_status_changed_in_sfdc_campaign;
mod member_of_list;
mod member_of_program;
mod member_of_segment;
mod member_of_sfdc_campaign;
mod member_of_smart_campaign;
mod performed;
mod random_sample;
mod was_added_to_list;
mod was_added_to_sfdc_campaign;
mod was_removed_from_list;
mod was_removed_from_sfdc_campaign;

use super::doubts::Emptiness;
use super::entry::{Entry, Lowered, table};
use super::scope::Scope;
use crate::diagnostics::Span;
use crate::language::ast::{self, Change, NamesKind, PredicateForm, Spanned};
use crate::meaning::{Filter, HistoryEvent, Predicate, ValueTest};
use crate::model::{ActivityId, FieldId};

table! { PredicateForm => Predicate {
    Field field;
    MemberOfSfdcCampaign member_of_sfdc_campaign;
    MemberOfProgram member_of_program;
    MemberOfList member_of_list;
    MemberOfSegment member_of_segment;
    MemberOfSmartCampaign member_of_smart_campaign;
    RandomSample random_sample;
    WasAddedToSfdcCampaign was_added_to_sfdc_campaign;
    WasRemovedFromSfdcCampaign was_removed_from_sfdc_campaign;
    HadStatusChangedInSfdcCampaign had_status_changed_in_sfdc_campaign;
    HadStatusChangedInProgram had_status_changed_in_program;
    WasAddedToList was_added_to_list;
    WasRemovedFromList was_removed_from_list;
    HadFieldChanged had_field_changed;
    Performed performed;
} }

/// What a filter means.
pub(crate) fn lower(filter: &ast::Filter, scope: &mut Scope<'_>) -> Lowered<Filter> {
    scope.emptiness = Emptiness::default();
    part(filter, scope)
}

fn part(filter: &ast::Filter, scope: &mut Scope<'_>) -> Lowered<Filter> {
    match filter {
        ast::Filter::And(filters, _) => chain(filters, true, scope).map(Filter::And),
        ast::Filter::Or(filters, _) => chain(filters, false, scope).map(Filter::Or),
        ast::Filter::Not(filter, span) => {
            let inner = match filter.as_ref() {
                ast::Filter::Test(predicate) => test(predicate, Some(*span), scope)?,
                ast::Filter::And(..) | ast::Filter::Or(..) | ast::Filter::Not(..) => {
                    let around = std::mem::replace(&mut scope.emptiness.inside_not, true);
                    let inner = part(filter, scope);
                    scope.emptiness.inside_not = around;
                    inner?
                }
            };
            Ok(Filter::Not(Box::new(inner)))
        }
        ast::Filter::Test(predicate) => test(predicate, None, scope),
    }
}

/// One test; `not` is the place of a negation before it.
fn test(predicate: &ast::Predicate, not: Option<Span>, scope: &mut Scope<'_>) -> Lowered<Filter> {
    let test = super::parts::lower(entry(predicate.form), predicate, scope)?;
    scope.opposite(&test, not.is_some(), not.unwrap_or(predicate.span));
    let test = Filter::Test(test);
    Ok(if predicate.negated { Filter::Not(Box::new(test)) } else { test })
}

/// The filters of one chain, each beside the others.
fn chain(filters: &[ast::Filter], in_and: bool, scope: &mut Scope<'_>) -> Lowered<Vec<Filter>> {
    let beside: Vec<ActivityId> = filters.iter().flat_map(|filter| activities_tested(filter, scope)).collect();
    let before = scope.activities_beside.len();
    scope.activities_beside.extend(beside);
    let lowered: Vec<Lowered<Filter>> =
        scope.beside(filters, in_and, |scope| filters.iter().map(|filter| part(filter, scope)).collect());
    scope.activities_beside.truncate(before);
    lowered.into_iter().collect()
}

/// The activities of `performed "A" where …`.
fn activities_tested(filter: &ast::Filter, scope: &Scope<'_>) -> Vec<ActivityId> {
    let ast::Filter::Test(predicate) = filter else { return Vec::new() };
    let ast::Parts { names: Some(names), attributes: Some(_), .. } = &predicate.parts else { return Vec::new() };
    let NamesKind::Listed(texts) = &names.kind else { return Vec::new() };
    texts.iter().filter_map(|text| scope.symbols.activities.find(&text.value)).collect()
}

/// A predicate about the activity log.
fn history(
    predicate: &ast::Predicate,
    scope: &mut Scope<'_>,
    event: impl FnOnce() -> Lowered<HistoryEvent>,
) -> Lowered<Predicate> {
    let window = scope.window(predicate.parts.window.as_ref());
    let count = super::counts::lower(predicate.parts.count.as_ref());
    Ok(Predicate::History { event: event()?, window: window?, count })
}

impl Scope<'_> {
    /// `from` or `to` of a field that changed.
    pub(super) fn field_change(
        &mut self,
        field: Lowered<FieldId>,
        change: Option<&Spanned<Change>>,
    ) -> Lowered<Option<ValueTest>> {
        let Some(change) = change else { return Ok(None) };
        let Some(subject) = self.subject(field?) else { return Ok(None) };
        match &change.value {
            Change::Test(operator) => self.value_test(operator, &subject).map(Some),
            Change::Statuses(_) | Change::Value(_) => self.missing(change.span, "a test of the value"),
        }
    }
}
