//! The activity log and its paging tokens (facts, 5.5 and 6.4).
//!
//! A page goes through so many activities and gives those that fit: it may hold few or none and still say that there is
//! more. The last token is to be kept: with it the next call goes on where this one ended.

use serde_json::{Value, json};

use super::answer::{Answer, ApiError, moment, read_moment};
use super::{Call, Marketo};
use crate::model::Timestamp;

pub(super) const NEW_LEAD: u32 = 12;
pub(super) const CHANGE_DATA_VALUE: u32 = 13;
pub(super) const ADD_TO_LIST: u32 = 24;
pub(super) const REMOVE_FROM_LIST: u32 = 25;
pub(super) const MERGE_LEADS: u32 = 32;
pub(super) const DELETE_LEAD: u32 = 37;
pub(super) const CHANGE_STATUS: u32 = 104;
pub(super) const PUSH_LEAD: u32 = 145;

const TYPES: [(u32, &str, &str); 14] = [
    (1, "Visit Webpage", "Webpage ID"),
    (2, "Fill Out Form", "Webform ID"),
    (6, "Send Email", "Mailing ID"),
    (10, "Open Email", "Mailing ID"),
    (NEW_LEAD, "New Lead", ""),
    (CHANGE_DATA_VALUE, "Change Data Value", "Attribute Name"),
    (ADD_TO_LIST, "Add to List", "List ID"),
    (REMOVE_FROM_LIST, "Remove from List", "List ID"),
    (MERGE_LEADS, "Merge Leads", "Lead ID"),
    (DELETE_LEAD, "Delete Lead", "Lead ID"),
    (42, "Add to SFDC Campaign", "Campaign ID"),
    (43, "Remove from SFDC Campaign", "Campaign ID"),
    (44, "Change Status in SFDC Campaign", "Campaign ID"),
    (CHANGE_STATUS, "Change Status in Progression", "Program ID"),
];

/// Types of activities in one call.
const TYPES_MAX: usize = 10;
/// People in one call.
const LEADS_MAX: usize = 30;

/// Something that happened to a person.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Activity {
    pub(super) id: u64,
    pub(super) lead: u64,
    pub(super) at: Timestamp,
    pub(super) kind: u32,
    pub(super) primary: Option<(u64, String)>,
    pub(super) attributes: Vec<(&'static str, Value)>,
}

pub(super) fn types() -> Vec<Value> {
    let show = |(id, name, primary): &(u32, &str, &str)| {
        let attributes: &[(&str, &str)] = match *id {
            CHANGE_STATUS => &[
                ("Acquired By", "boolean"),
                ("New Status", "string"),
                ("New Status ID", "integer"),
                ("Old Status", "string"),
                ("Old Status ID", "integer"),
                ("Program Member ID", "integer"),
                ("Reason", "string"),
                ("Success", "boolean"),
            ],
            CHANGE_DATA_VALUE => {
                &[("New Value", "string"), ("Old Value", "string"), ("Reason", "string"), ("Source", "string")]
            }
            _ => &[("Source", "string")],
        };
        let attributes: Vec<Value> =
            attributes.iter().map(|(name, kind)| json!({"name": name, "dataType": kind})).collect();
        let mut shown = json!({"id": id, "name": name, "description": name, "attributes": attributes});
        if let (Some(map), false) = (shown.as_object_mut(), primary.is_empty()) {
            map.insert("primaryAttribute".to_owned(), json!({"name": primary, "dataType": "integer"}));
        }
        shown
    };
    TYPES.iter().map(show).collect()
}

impl Marketo {
    pub(super) fn log(
        &mut self,
        lead: u64,
        at: Timestamp,
        kind: u32,
        primary: Option<(u64, String)>,
        attributes: Vec<(&'static str, Value)>,
    ) {
        let id = self.next("activity", 1001);
        let activity = Activity { id, lead, at, kind, primary, attributes };
        if self.lag_once_ms == 0 {
            self.activities.push(activity);
        } else {
            let shows = at.plus(i64::try_from(self.lag_once_ms).unwrap_or(i64::MAX));
            self.coming.push((shows, activity));
        }
    }

    pub(super) fn paging_token(&self, call: &Call) -> Result<Answer, ApiError> {
        let since = call.parameter("sinceDatetime").ok_or_else(|| ApiError::blank("sinceDatetime"))?;
        let since = read_moment(since).ok_or_else(|| ApiError::new("704", "Invalid date specified"))?;
        Ok(Answer::default().with("nextPageToken", token(since, 0)))
    }

    /// The activities behind the token that fit, at most a page of them, and the answer's token and more.
    fn after(&self, call: &Call, fits: impl Fn(&Activity) -> bool) -> Result<(Vec<&Activity>, String, bool), ApiError> {
        let given = call.parameter("nextPageToken").ok_or_else(|| ApiError::blank("nextPageToken"))?;
        let (since, from) = read_token(given).ok_or_else(|| ApiError::invalid("Invalid nextPageToken"))?;
        let size = call.batch_size()?;
        let mut found = Vec::new();
        let mut at = from;
        let end = from.saturating_add(self.settings.activity_page.max(1)).min(self.activities.len());
        while at < end && found.len() < size {
            if let Some(activity) = self.activities.get(at)
                && activity.at >= since
                && fits(activity)
            {
                found.push(activity);
            }
            at += 1;
        }
        Ok((found, token(since, at.max(from)), at < self.activities.len()))
    }

    pub(super) fn list_activities(&self, call: &Call) -> Result<Answer, ApiError> {
        let kinds = call.values("activityTypeIds");
        if kinds.is_empty() {
            return Err(ApiError::blank("activityTypeIds"));
        }
        if kinds.len() > TYPES_MAX {
            return Err(ApiError::invalid(format!("Max allowed activityTypeIds {TYPES_MAX} exceeded")));
        }
        let kinds: Vec<u32> = kinds
            .iter()
            .map(|kind| {
                kind.parse()
                    .map_err(|_| ApiError::new("1001", format!("Invalid value '{kind}'. Required of type 'Integer'")))
            })
            .collect::<Result<_, _>>()?;
        let leads: Vec<u64> = call.values("leadIds").iter().filter_map(|id| id.parse().ok()).collect();
        if leads.len() > LEADS_MAX {
            return Err(ApiError::invalid(format!("Max allowed leadIds {LEADS_MAX} exceeded")));
        }
        let list = match call.parameter("listId") {
            Some(id) => Some(self.list(id)?.1),
            None => None,
        };
        let (found, token, more) = self.after(call, |activity| {
            kinds.contains(&activity.kind)
                && (leads.is_empty() || leads.contains(&activity.lead))
                && list.is_none_or(|list| list.leads.contains(&activity.lead))
        })?;
        Ok(paged(found.into_iter().map(shown).collect(), token, more))
    }

    pub(super) fn lead_changes(&self, call: &Call) -> Result<Answer, ApiError> {
        let fields = call.values("fields");
        if fields.is_empty() {
            return Err(ApiError::blank("fields"));
        }
        let fields = self.asked_fields(&fields, &[])?;
        let (found, token, more) = self.after(call, |activity| match activity.kind {
            CHANGE_DATA_VALUE => activity.primary.as_ref().is_some_and(|(_, name)| fields.contains(name)),
            NEW_LEAD => true,
            _ => false,
        })?;
        let show = |activity: &Activity| {
            let value = |name: &str| activity.attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| value);
            let changed: Vec<Value> = activity
                .primary
                .iter()
                .map(|(id, name)| {
                    json!({"id": id, "name": name, "newValue": value("New Value"), "oldValue": value("Old Value")})
                })
                .collect();
            json!({
                "id": activity.id,
                "marketoGUID": activity.id.to_string(),
                "leadId": activity.lead,
                "activityDate": moment(activity.at),
                "activityTypeId": activity.kind,
                "fields": changed,
                "attributes": [],
            })
        };
        Ok(paged(found.into_iter().map(show).collect(), token, more))
    }

    pub(super) fn deleted_leads(&self, call: &Call) -> Result<Answer, ApiError> {
        let (found, token, more) = self.after(call, |activity| activity.kind == DELETE_LEAD)?;
        Ok(paged(found.into_iter().map(shown).collect(), token, more))
    }
}

fn paged(result: Vec<Value>, token: String, more: bool) -> Answer {
    let answer = if result.is_empty() { Answer::default() } else { Answer::list(result) };
    answer.with("nextPageToken", token).with("moreResult", more)
}

fn shown(activity: &Activity) -> Value {
    let attributes: Vec<Value> = activity
        .attributes
        .iter()
        // What is empty is left out.
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let mut shown = json!({
        "id": activity.id,
        "marketoGUID": activity.id.to_string(),
        "leadId": activity.lead,
        "activityDate": moment(activity.at),
        "activityTypeId": activity.kind,
        "attributes": attributes,
    });
    if let (Some(map), Some((id, name))) = (shown.as_object_mut(), &activity.primary) {
        map.insert("primaryAttributeValueId".to_owned(), json!(id));
        map.insert("primaryAttributeValue".to_owned(), json!(name));
    }
    shown
}

/// A token: since when, and how many activities of the log are behind it.
fn token(since: Timestamp, from: usize) -> String {
    format!("DBL{:015X}{from:09X}====", since.0.unsigned_abs())
}

fn read_token(token: &str) -> Option<(Timestamp, usize)> {
    let digits = token.strip_prefix("DBL")?.trim_end_matches('=');
    let (since, from) = digits.split_at_checked(15)?;
    let since = i64::from_str_radix(since, 16).ok()?;
    Some((Timestamp(since), usize::from_str_radix(from, 16).ok()?))
}
