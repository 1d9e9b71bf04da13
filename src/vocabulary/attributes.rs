//! `where`: tests of the attributes of a custom activity.

use super::entry::{Lowered, Poisoned};
use super::scope::Scope;
use super::values::Subject;
use crate::diagnostics::{Code, Diagnostic, closest, help_for_name};
use crate::language::ast::{self, PredicateForm, Spanned};
use crate::meaning::{Attribute, AttributeFilter};
use crate::model::{ActivityId, AttributeId, Id};

impl Scope<'_> {
    /// The attribute tests of a phrase about an activity.
    pub(crate) fn attributes(
        &mut self,
        activity: Lowered<ActivityId>,
        attributes: Option<&Spanned<ast::Filter>>,
    ) -> Lowered<Option<AttributeFilter>> {
        let Some(attributes) = attributes else { return Ok(None) };
        // What cannot be known about an unknown activity is no second mistake.
        self.attribute_filter(activity?, &attributes.value).map(Some)
    }

    fn attribute_filter(&mut self, activity: ActivityId, filter: &ast::Filter) -> Lowered<AttributeFilter> {
        let all = |scope: &mut Self, filters: &[ast::Filter]| {
            let lowered: Vec<Lowered<AttributeFilter>> =
                filters.iter().map(|filter| scope.attribute_filter(activity, filter)).collect();
            lowered.into_iter().collect::<Lowered<Vec<AttributeFilter>>>()
        };
        match filter {
            ast::Filter::And(filters, _) => all(self, filters).map(AttributeFilter::And),
            ast::Filter::Or(filters, _) => all(self, filters).map(AttributeFilter::Or),
            ast::Filter::Not(filter, _) => {
                self.attribute_filter(activity, filter).map(|filter| AttributeFilter::Not(Box::new(filter)))
            }
            ast::Filter::Test(predicate) => self.attribute_test(activity, predicate),
        }
    }

    fn attribute_test(&mut self, activity: ActivityId, predicate: &ast::Predicate) -> Lowered<AttributeFilter> {
        let (PredicateForm::Field, Some(field), Some(operator)) =
            (predicate.form, &predicate.parts.field, &predicate.parts.operator)
        else {
            let finding = Diagnostic::new(
                Code::PartNotAllowed,
                predicate.span,
                "after `where` only attributes of the activity can be tested",
            )
            .help("test anything else beside it, with `and`");
            return self.refuse(finding);
        };
        let folded = crate::model::fold(&field.name);
        let declared: &[Attribute] = self.symbols.activity_defs.get(activity.index()).map_or(&[], |it| &it.attributes);
        let found = declared.iter().position(|attribute| crate::model::fold(&attribute.name) == folded);
        let Some((at, attribute)) = found.and_then(|at| Some((at, declared.get(at)?))) else {
            // That the words need brackets is of no use where they are no attribute.
            self.findings.retain(|finding| finding.code != Code::BareField || finding.span != field.span);
            let names: Vec<&str> = declared.iter().map(|attribute| attribute.name.as_str()).collect();
            let what = self.symbols.activities.name(activity);
            let message = format!("activity `{what}` has no attribute `{}`", field.name);
            let near = closest(&field.name, names.iter().copied());
            let finding = Diagnostic::new(Code::UnknownAttribute, field.span, message).helps(help_for_name(
                &field.name,
                "attribute",
                names.iter().copied(),
            ));
            let finding = match near.as_slice() {
                [one] => self.respelled(finding, field.span, &field.name, one, false),
                [..] => finding,
            };
            return self.refuse(finding);
        };
        // What may be asked of it is not known, and why was said where it is declared.
        if self.symbols.untyped_attributes.contains(&(activity.index(), at)) {
            return Err(Poisoned);
        }
        let subject = Subject {
            name: attribute.name.clone(),
            type_: attribute.type_,
            values: attribute.values.clone(),
            field: None,
        };
        let test = self.value_test(operator, &subject)?;
        let filter = AttributeFilter::Test(AttributeId::new(at), test);
        if predicate.negated { Ok(AttributeFilter::Not(Box::new(filter))) } else { Ok(filter) }
    }
}
