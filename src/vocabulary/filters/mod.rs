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

use super::entry::{Entry, Lowered, table};
use super::scope::Scope;
use crate::language::ast::{
    self, Change, Literal, LiteralKind, NamesKind, Operator, OperatorKind, PredicateForm, Spanned,
};
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
    match filter {
        ast::Filter::And(filters, _) => beside_emptiness(filters, true, scope).map(Filter::And),
        ast::Filter::Or(filters, _) => beside_emptiness(filters, false, scope).map(Filter::Or),
        ast::Filter::Not(filter, _) => lower(filter, scope).map(|filter| Filter::Not(Box::new(filter))),
        ast::Filter::Test(predicate) => {
            let test = super::parts::lower(entry(predicate.form), predicate.as_ref(), scope).map(Filter::Test)?;
            Ok(if predicate.negated { Filter::Not(Box::new(test)) } else { test })
        }
    }
}

/// The filters of one chain. Beside `and FIELD is not empty`, and beside `or FIELD is empty`, what the others say of an
/// empty field makes no difference.
fn beside_emptiness(filters: &[ast::Filter], negated: bool, scope: &mut Scope<'_>) -> Lowered<Vec<Filter>> {
    let before = scope.empty_settled.len();
    let settled: Vec<FieldId> =
        filters.iter().filter_map(|filter| field_of_emptiness(filter, negated, scope)).collect();
    scope.empty_settled.extend(settled);
    let beside: Vec<ActivityId> = filters.iter().flat_map(|filter| activities_tested(filter, scope)).collect();
    let activities = scope.activities_beside.len();
    scope.activities_beside.extend(beside);
    let lowered: Vec<Lowered<Filter>> = filters.iter().map(|filter| lower(filter, scope)).collect();
    scope.empty_settled.truncate(before);
    scope.activities_beside.truncate(activities);
    lowered.into_iter().collect()
}

/// The activities of `performed "A" where …`.
fn activities_tested(filter: &ast::Filter, scope: &Scope<'_>) -> Vec<ActivityId> {
    let ast::Filter::Test(predicate) = filter else { return Vec::new() };
    let ast::Parts { names: Some(names), attributes: Some(_), .. } = &predicate.parts else { return Vec::new() };
    let NamesKind::Listed(texts) = &names.kind else { return Vec::new() };
    texts.iter().filter_map(|text| scope.symbols.activities.find(&text.value)).collect()
}

/// The field of `FIELD is empty`, or with `negated` of `FIELD is not empty`.
fn field_of_emptiness(filter: &ast::Filter, negated: bool, scope: &Scope<'_>) -> Option<FieldId> {
    let ast::Filter::Test(predicate) = filter else { return None };
    let operator = predicate.parts.operator.as_ref().filter(|operator| operator.negated == negated)?;
    let Operator { kind: OperatorKind::Is(values), .. } = operator else { return None };
    let [Literal { kind: LiteralKind::Empty, .. }] = values.as_slice() else { return None };
    scope.symbols.field(&predicate.parts.field.as_ref()?.name)
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
