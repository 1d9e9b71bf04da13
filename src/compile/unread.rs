//! What seems to be missing because it could not be read: passed over, so that one mistake is one finding.

use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::Workspace;

/// For each key of rule files, the findings that only say what a mistake under it already said.
const FOLLOW: &[(&str, &[Code])] = &[
    ("fields", &[Code::UnknownField, Code::OutsideClosedList]),
    ("activities", &[Code::UnknownActivity, Code::UnknownAttribute, Code::OutsideClosedList]),
    ("lists", &[Code::UnknownList]),
    ("channels", &[Code::UnknownChannel, Code::UnknownStatus, Code::StatusMissingSomewhere, Code::StatusesDoNotMatch]),
    ("programs", &[Code::UnknownProgram, Code::UnknownToken]),
    (
        "sfdc_campaigns",
        &[
            Code::UnknownSfdcCampaign,
            Code::UnknownStatus,
            Code::StatusMissingSomewhere,
            Code::StatusesDoNotMatch,
            Code::NoDefaultStatus,
            Code::NoSfdcCampaigns,
        ],
    ),
    ("webhooks", &[Code::UnknownWebhook]),
    ("tokens", &[Code::UnknownToken]),
    ("segments", &[Code::UnknownSegment]),
    ("smart_campaigns", &[Code::UnknownSmartCampaign]),
];

/// Drops the findings that follow from what could not be read.
pub(super) fn pass_over(workspace: &Workspace, findings: &mut Vec<Diagnostic>) {
    let follows =
        |code: &Code| FOLLOW.iter().any(|(key, codes)| workspace.unread.contains(key) && codes.contains(code));
    findings.retain(|finding| !follows(&finding.code));
}
