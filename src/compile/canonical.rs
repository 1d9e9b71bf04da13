//! Canonical texts, as records and reports show them: declared names of fields, tokens replaced, the status that was used.

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::language::ast::{FieldRef, Filter, Schedule, Step, Text, Trigger};
use crate::language::text::print::{self, Hooks};
use crate::model::{Id, fold};
use crate::vocabulary::Scope;

/// Prints phrases against the tables of a scope.
pub(super) struct Canonical<'s, 'a> {
    scope: &'s Scope<'a>,
}

impl<'s, 'a> Canonical<'s, 'a> {
    /// A printer for phrases that stand where the scope stands.
    pub(super) const fn new(scope: &'s Scope<'a>) -> Self {
        Self { scope }
    }

    /// A filter.
    pub(super) fn filter(&self, filter: &Filter) -> String {
        print::filter(filter, self)
    }

    /// A trigger.
    pub(super) fn trigger(&self, trigger: &Trigger) -> String {
        print::trigger(trigger, self)
    }

    /// A step.
    pub(super) fn step(&self, step: &Step) -> String {
        print::step(step, self)
    }

    /// A schedule.
    pub(super) fn schedule(schedule: &Schedule) -> String {
        print::schedule(schedule)
    }

    /// What a token of the workspace or program stands for.
    fn token(&self, name: &str) -> Option<&SmolStr> {
        let symbols = &self.scope.symbols;
        let program = self.scope.place.program.and_then(|program| symbols.program_defs.get(program.index()));
        program.and_then(|program| program.tokens.get(name)).or_else(|| symbols.tokens.get(name))
    }
}

impl Hooks for Canonical<'_, '_> {
    fn field<'a>(&'a self, field: &'a FieldRef) -> Cow<'a, str> {
        let symbols = &self.scope.symbols;
        let declared = symbols.field(&field.name).and_then(|id| symbols.fields.get(id.index()));
        Cow::Borrowed(declared.map_or(field.name.as_str(), |declared| declared.name.as_str()))
    }

    fn attribute<'a>(&'a self, attribute: &'a FieldRef) -> Cow<'a, str> {
        let folded = fold(&attribute.name);
        let all = self.scope.symbols.activity_defs.iter().flat_map(|activity| &activity.attributes);
        let declared = all.map(|declared| declared.name.as_str()).find(|declared| fold(declared) == folded);
        Cow::Borrowed(declared.unwrap_or(attribute.name.as_str()))
    }

    fn text<'a>(&'a self, text: &'a Text) -> Cow<'a, str> {
        if text.tokens.is_empty() {
            return Cow::Borrowed(&text.value);
        }
        let (mut out, mut at) = (String::new(), 0);
        for token in &text.tokens {
            out.push_str(text.value.get(at..token.range.0).unwrap_or(""));
            let written = text.value.get(token.range.0..token.range.1).unwrap_or("");
            let replaced = if token.namespace == "my" { self.token(&token.name) } else { None };
            out.push_str(replaced.map_or(written, SmolStr::as_str));
            at = token.range.1;
        }
        out.push_str(text.value.get(at..).unwrap_or(""));
        Cow::Owned(out)
    }

    fn default_status(&self, campaign: &str) -> Option<SmolStr> {
        let symbols = &self.scope.symbols;
        let id = symbols.sfdc_campaigns.find(campaign)?;
        let status = symbols.sfdc_campaign_defs.get(id.index())?.default_status;
        Some(SmolStr::new(symbols.statuses.name(status)))
    }
}
