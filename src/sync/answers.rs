//! What an error of Marketo or Salesforce asks for: one table for each.
//!
//! Pure; nothing here retries. Start reading at [`salesforce`] and [`marketo`]. The codes are those of the vendors' error
//! references.

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// Send it again after a pause.
    Retry,
    /// Send the records of this campaign again after a pause, alone.
    RetryCampaign,
    /// Send nothing at all to this side for a while.
    PauseAll,
    /// Get a new token, once, and send it again.
    RefreshToken,
    /// Record it for this one record and go on with the others.
    GiveUpRecord,
    /// End the pass of this side: configuration or a mistake of ours.
    GiveUpPass,
    /// Read the record and compare it with what is intended before anything is sent again.
    LookUp,
}

use Reaction::{GiveUpPass, GiveUpRecord, LookUp, PauseAll, RefreshToken, Retry, RetryCampaign};

/// Salesforce's error codes and what each asks for.
pub const SALESFORCE: &[(&str, Reaction)] = &[
    ("ALL_OR_NONE_OPERATION_ROLLED_BACK", Retry),
    ("API_CURRENTLY_DISABLED", PauseAll),
    ("API_DISABLED_FOR_ORG", PauseAll),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", GiveUpRecord),
    ("CANNOT_UPDATE_CONVERTED_LEAD", LookUp),
    ("CUSTOM_APEX_ERROR", GiveUpRecord),
    ("DUPLICATES_DETECTED", LookUp),
    ("DUPLICATE_VALUE", LookUp),
    ("ENTITY_IS_DELETED", LookUp),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", GiveUpRecord),
    ("FIELD_FILTER_VALIDATION_EXCEPTION", GiveUpRecord),
    ("FIELD_INTEGRITY_EXCEPTION", GiveUpRecord),
    ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", PauseAll),
    ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", GiveUpPass),
    ("INSUFFICIENT_ACCESS_OR_READONLY", GiveUpPass),
    ("INVALID_CROSS_REFERENCE_KEY", LookUp),
    ("INVALID_EMAIL_ADDRESS", GiveUpRecord),
    ("INVALID_FIELD", GiveUpPass),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", GiveUpPass),
    ("INVALID_ID_FIELD", GiveUpPass),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", GiveUpRecord),
    ("INVALID_READ_ONLY_USER_DML", PauseAll),
    ("INVALID_SESSION_ID", RefreshToken),
    ("INVALID_TYPE", GiveUpPass),
    ("JSON_PARSER_ERROR", GiveUpPass),
    ("MALFORMED_ID", GiveUpPass),
    ("MALFORMED_QUERY", GiveUpPass),
    ("NOT_FOUND", LookUp),
    ("NUMBER_OUTSIDE_VALID_RANGE", GiveUpRecord),
    ("PROCESSING_HALTED", Retry),
    ("QUERY_TIMEOUT", Retry),
    ("REQUEST_LIMIT_EXCEEDED", PauseAll),
    ("REQUEST_RUNNING_TOO_LONG", Retry),
    ("REQUIRED_FIELD_MISSING", GiveUpRecord),
    ("SERVER_UNAVAILABLE", Retry),
    ("STORAGE_LIMIT_EXCEEDED", PauseAll),
    ("STRING_TOO_LONG", GiveUpRecord),
    ("UNABLE_TO_LOCK_ROW", RetryCampaign),
];

/// What an error of Salesforce asks for. The text counts where a trigger or flow of the org failed: it holds the inner
/// error, and a lock is worth another try. A code that nobody knows concerns its record.
pub fn salesforce(code: &str, message: &str) -> Reaction {
    let of_the_org = matches!(
        code,
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" | "CUSTOM_APEX_ERROR" | "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    );
    if of_the_org && message.contains("UNABLE_TO_LOCK_ROW") {
        return RetryCampaign;
    }
    let known = SALESFORCE.iter().find(|(known, _)| *known == code);
    known.map_or(GiveUpRecord, |(_, reaction)| *reaction)
}

/// Marketo's error codes, first to last of a range, and what each asks for. Below 1000 they concern the whole answer, from
/// there on one record.
pub const MARKETO: &[(u32, u32, Reaction)] = &[
    (413, 414, GiveUpPass),
    (500, 500, Retry),
    (502, 502, Retry),
    (601, 602, RefreshToken),
    (603, 603, GiveUpPass),
    (604, 604, Retry),
    (606, 606, PauseAll),
    (607, 607, PauseAll),
    (608, 608, Retry),
    (609, 610, GiveUpPass),
    (611, 611, Retry),
    (612, 614, GiveUpPass),
    (615, 615, Retry),
    (616, 616, GiveUpPass),
    (701, 701, GiveUpPass),
    (702, 702, LookUp),
    (703, 704, GiveUpPass),
    (709, 712, GiveUpRecord),
    (713, 713, Retry),
    (714, 714, LookUp),
    (718, 718, GiveUpRecord),
    (719, 719, Retry),
    (1001, 1003, GiveUpRecord),
    (1004, 1005, LookUp),
    (1006, 1012, GiveUpRecord),
    (1013, 1013, LookUp),
    (1014, 1014, GiveUpRecord),
    (1015, 1015, LookUp),
    (1016, 1016, Retry),
    (1017, 1017, LookUp),
    (1018, 1018, GiveUpRecord),
    (1019, 1019, Retry),
    (1020, 1022, GiveUpRecord),
    (1025, 1028, GiveUpRecord),
    (1029, 1029, Retry),
    (1035, 1036, GiveUpRecord),
    (1037, 1037, LookUp),
    (1042, 1042, GiveUpRecord),
    (1049, 1049, GiveUpRecord),
    (1076, 1080, GiveUpRecord),
];

/// What an error of Marketo asks for. `write` says whether the call changes something: one that timed out, or that failed
/// inside Marketo, may have done so, and is looked up. A code that nobody knows ends the pass where it concerns the whole
/// answer.
pub fn marketo(code: u32, write: bool) -> Reaction {
    if write && matches!(code, 500 | 502 | 604 | 611) {
        return LookUp;
    }
    let known = MARKETO.iter().find(|(first, last, _)| (*first..=*last).contains(&code));
    known.map_or(if code < 1000 { GiveUpPass } else { GiveUpRecord }, |(_, _, reaction)| *reaction)
}

/// What a bare HTTP status without a code asks for, or no answer at all (`None`). `write` as for [`marketo`].
pub fn http(status: Option<u16>, write: bool) -> Reaction {
    match status {
        None | Some(500 | 502 | 504) if write => LookUp,
        None | Some(406 | 408 | 420 | 429 | 500 | 502 | 503 | 504) => Retry,
        Some(401) => RefreshToken,
        Some(404 | 410 | 412) => LookUp,
        Some(_) => GiveUpPass,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_name_each_code_once() {
        assert!(SALESFORCE.is_sorted_by(|a, b| a.0 < b.0));
        assert!(MARKETO.iter().all(|(first, last, _)| first <= last));
        assert!(MARKETO.is_sorted_by(|a, b| a.1 < b.0));
    }

    #[test]
    fn a_lock_inside_the_orgs_own_code_is_tried_again() {
        let text = "AccountTrigger: execution of AfterUpdate caused by: UNABLE_TO_LOCK_ROW";
        assert_eq!(salesforce("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text), RetryCampaign);
        assert_eq!(salesforce("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "no phone"), GiveUpRecord);
        // In the text of anything else it is a word like any other.
        assert_eq!(salesforce("STRING_TOO_LONG", "UNABLE_TO_LOCK_ROW"), GiveUpRecord);
        assert_eq!(salesforce("SOMETHING_NEW", ""), GiveUpRecord);
    }

    #[test]
    fn a_write_of_unknown_outcome_is_never_sent_again_unseen() {
        assert_eq!((marketo(604, true), marketo(604, false)), (LookUp, Retry));
        assert_eq!((http(None, true), http(None, false)), (LookUp, Retry));
        for status in [500, 502, 504] {
            assert_eq!((http(Some(status), true), http(Some(status), false)), (LookUp, Retry), "{status}");
        }
        assert_eq!((http(Some(503), true), http(Some(429), true)), (Retry, Retry));
    }

    #[test]
    fn limits_pause_tokens_are_renewed_and_unknown_codes_stop_as_little_as_they_may() {
        assert_eq!((marketo(606, true), marketo(607, false)), (PauseAll, PauseAll));
        assert_eq!((marketo(601, true), marketo(602, true)), (RefreshToken, RefreshToken));
        assert_eq!((marketo(1025, true), marketo(1037, true)), (GiveUpRecord, LookUp));
        assert_eq!((marketo(699, false), marketo(1999, false)), (GiveUpPass, GiveUpRecord));
        assert_eq!(salesforce("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), PauseAll);
    }
}
