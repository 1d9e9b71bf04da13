//! Having qualified for a smart campaign.

use crate::language::ast::{self, PredicateForm};
use crate::meaning::Predicate;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::MemberOfSmartCampaign,
    syntax: "member of smart campaign NAMES [WINDOW]",
    summary: "Has qualified for one of these smart campaigns.",
    doc: "The window is about the last time.",
    examples: &[
        "member of smart campaign \"hot-lead\"",
        "member of smart campaign starting with \"hot\" in past 7 days",
    ],
    takes: &[Part::Names, Part::Window],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let campaigns = scope.names(predicate, Scope::campaign);
    let last = scope.window(predicate.parts.window.as_ref());
    Ok(Predicate::MemberOfSmartCampaign { campaigns: campaigns.done()?, last: last? })
}
