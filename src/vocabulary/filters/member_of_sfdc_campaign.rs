//! Membership of a Salesforce campaign.

use crate::language::ast::{self, PredicateForm};
use crate::meaning::Predicate;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<PredicateForm, Predicate> = Entry {
    form: PredicateForm::MemberOfSfdcCampaign,
    syntax: "member of SFDC campaign NAMES [with status STATUSES] [who responded | who has not responded] [WINDOW]",
    summary: "Is a member of a Salesforce campaign now.",
    doc: "All constraints hold for the same membership. `who responded` means that the current status is `responded: \
          true`; the window is about when the person was added.",
    examples: &[
        "member of SFDC campaign \"Spring Webinar 2026\"",
        "member of SFDC campaign any with status \"Invited\" in past 30 days",
        "member of SFDC campaign \"Spring Webinar 2026\" who has not responded",
        "not member of SFDC campaign \"NL Nurture\"",
    ],
    takes: &[Part::Names, Part::WithStatus, Part::Responded, Part::Window],
    lower,
};

fn lower(predicate: &ast::Predicate, scope: &mut Scope<'_>) -> Lowered<Predicate> {
    let campaigns = scope.names(predicate, Scope::sfdc_campaign);
    let statuses = scope.member_statuses(&campaigns, predicate.parts.with_status.as_ref());
    let added = scope.window(predicate.parts.window.as_ref());
    Ok(Predicate::MemberOfSfdcCampaign {
        campaigns: campaigns.done()?,
        statuses: statuses?,
        responded: predicate.parts.responded.as_ref().map(|responded| responded.value),
        added: added?,
    })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn success_is_for_programs() {
        testing::refused(
            &testing::filter("member of SFDC campaign \"NL Nurture\" with success"),
            "E0211 `with success` `with success` may not stand here",
        );
    }

    #[test]
    fn a_status_that_only_some_have_is_a_warning() {
        testing::warned(
            &testing::filter("member of SFDC campaign \"NL Nurture\", \"Spring Webinar 2026\" with status \"Sent\""),
            "W0302 `\"Sent\"` the SFDC campaign `Spring Webinar 2026` cannot match: no status `Sent` there",
        );
    }
}
