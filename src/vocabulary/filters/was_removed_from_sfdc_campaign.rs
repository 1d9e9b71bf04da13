//! Having been removed from a campaign, by the activity log.

use super::history;
use crate::language::ast::{self, PredicateForm};
use crate::meaning::{HistoryEvent, Predicate};
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::WasRemovedFromSfdcCampaign,
    syntax: "was removed from SFDC campaign NAMES [WINDOW] [COUNT]",
    summary: "Was removed from a Salesforce campaign, by the activity log.",
    doc: "The window is about when it happened, the count about how often in the window; without a count, once is \
          enough. `was not` is the exact complement.",
    examples: &[
        "was removed from SFDC campaign \"NL Nurture\"",
        "was not removed from SFDC campaign any in past 365 days",
    ],
    takes: &[Part::Names, Part::Window, Part::Count],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let campaigns = scope.names(predicate, Scope::sfdc_campaign);
    history(predicate, scope, || Ok(HistoryEvent::RemovedFromSfdcCampaign { campaigns: campaigns.done()? }))
}
