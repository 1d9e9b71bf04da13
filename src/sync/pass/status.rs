//! How a sync stands: what is linked, the last pass, what is to be looked after.

use serde_json::{Value, json};

use crate::model::{MILLIS_A_DAY, Timestamp};
use crate::sync::ledger::{Book, Record};

/// Records and passes of so many days are shown.
const DAYS_SHOWN: i64 = 5;

/// The moment from which on records and passes are shown, as RFC 3339.
pub fn shown_since(now: Timestamp) -> String {
    now.plus(-DAYS_SHOWN * MILLIS_A_DAY).to_string()
}

/// How many members a link has on both sides.
pub fn members(book: &Book, number: u32) -> (usize, usize) {
    let count = |side: &crate::sync::Side| {
        let own = side.rows().iter().filter(|row| row.pair.link() == number);
        own.filter(|row| row.status.place().is_some()).count()
    };
    (count(&book.program), count(&book.campaign))
}

/// The last pass (its report as it was kept) with the records of some days, and what is linked, as JSON.
pub fn status(book: &Book, last: Option<&str>, records: &[Record]) -> Value {
    let last: Value = last.and_then(|last| serde_json::from_str(last).ok()).unwrap_or_default();
    let of_last = |key: &str| last.get(key).cloned().unwrap_or_default();
    let links: Vec<Value> = book
        .links
        .iter()
        .filter(|(_, link)| link.active)
        .filter_map(|(number, link)| {
            let (program, campaign) = (link.program.as_ref()?, link.campaign.as_ref()?);
            let (in_program, in_campaign) = members(book, *number);
            Some(json!({
                "program": program.name,
                "program_id": program.id,
                "campaign": campaign.name,
                "campaign_id": campaign.id,
                "by_command": link.by_command,
                "first_pass": link.first,
                "program_members": in_program,
                "campaign_members": in_campaign,
            }))
        })
        .collect();
    json!({
        "version": 1,
        "started": of_last("started"),
        "ended": of_last("ended"),
        "passes": last.get("passes").cloned().unwrap_or_else(|| json!([])),
        "trouble": of_last("trouble"),
        "records": records,
        "links": links,
    })
}
