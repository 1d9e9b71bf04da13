//! A past change of member status.

use super::history;
use crate::language::ast::{self, PredicateForm};
use crate::meaning::{HistoryEvent, Predicate};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::HadStatusChangedInSfdcCampaign,
    syntax: "had status changed in SFDC campaign NAMES [from STATUSES] [to STATUSES] [WINDOW] [COUNT]",
    summary: "A member status changed, by the activity log.",
    doc: "Both statuses are those of the same change. The window is about when it happened, the count about how \
          often in the window; without a count, once is enough. `had no status changed` is the exact complement.",
    examples: &[
        "had status changed in SFDC campaign \"Spring Webinar 2026\" to \"Attended\"",
        "had no status changed in SFDC campaign any in past 90 days",
    ],
    takes: &[Part::Names, Part::From, Part::To, Part::Window, Part::Count],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let campaigns = scope.names(predicate, Scope::sfdc_campaign);
    let from = scope.member_change(&campaigns, predicate.parts.from.as_ref());
    let to = scope.member_change(&campaigns, predicate.parts.to.as_ref());
    history(predicate, scope, || {
        Ok(HistoryEvent::StatusChangedInSfdcCampaign { campaigns: campaigns.done()?, from: from?, to: to? })
    })
}
