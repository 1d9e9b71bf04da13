//! Having become a campaign member, by the activity log.

use super::history;
use crate::language::ast::{self, PredicateForm};
use crate::meaning::{HistoryEvent, Predicate};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::WasAddedToSfdcCampaign,
    syntax: "was added to SFDC campaign NAMES [with status STATUSES] [WINDOW] [COUNT]",
    summary: "Became a member of a Salesforce campaign, by the activity log.",
    doc: "The status is the one with which the membership began. The window is about when it happened, the count \
          about how often in the window; without a count, once is enough. `was not` is the exact complement.",
    examples: &[
        "was added to SFDC campaign \"NL Nurture\" in past 30 days",
        "was not added to SFDC campaign any with status \"Invited\"",
        "was added to SFDC campaign any in last year at least 3 times",
    ],
    takes: &[Part::Names, Part::WithStatus, Part::Window, Part::Count],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let campaigns = scope.names(predicate, Scope::sfdc_campaign);
    let statuses = scope.member_statuses(&campaigns, predicate.parts.with_status.as_ref());
    history(predicate, scope, || {
        Ok(HistoryEvent::AddedToSfdcCampaign { campaigns: campaigns.done()?, statuses: statuses? })
    })
}
