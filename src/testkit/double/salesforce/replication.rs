//! `getDeleted` and `getUpdated`: what happened between two minutes (facts, 3.7).
//!
//! Seconds are ignored, and of the minute that is still running nothing is told yet: it comes with the next call that
//! starts where this one says that it ended.

use serde_json::json;

use super::Salesforce;
use super::access::Caller;
use super::error::ApiError;
use super::rows::{moment, read_moment};
use super::schema::Object;
use crate::model::{MILLIS_A_DAY, Timestamp};
use crate::testkit::double::http::{Request, Response};

const DELETED_DAYS_MAX: i64 = 15;
const UPDATED_DAYS_MAX: i64 = 30;

fn minute(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(60_000) * 60_000)
}

/// The window of a call, in whole minutes.
fn window(request: &Request, now: Timestamp, days_max: i64) -> Result<(Timestamp, Timestamp), ApiError> {
    let read = |name: &str| {
        let text = request.parameter(name).unwrap_or_default();
        // A plus that nobody encoded arrives as a space.
        let at = read_moment(&text.replace(' ', "+"));
        at.map(minute)
            .ok_or_else(|| ApiError::bad("INVALID_REPLICATION_DATE", format!("{name}Date is missing or wrong")))
    };
    let (start, end) = (read("start")?, read("end")?);
    if start >= end {
        return Err(ApiError::bad("INVALID_REPLICATION_DATE", "startDate must be before endDate"));
    }
    if start < minute(now.plus(-days_max * MILLIS_A_DAY)) {
        let message = format!("startDate cannot be more than {days_max} days ago");
        return Err(ApiError::bad("INVALID_REPLICATION_DATE", message));
    }
    Ok((start, end))
}

impl Salesforce {
    pub(super) fn get_deleted(
        &self,
        caller: &Caller,
        object: &Object,
        request: &Request,
    ) -> Result<Response, ApiError> {
        replicateable(object)?;
        let (start, end) = window(request, caller.now, DELETED_DAYS_MAX)?;
        let covered = end.min(minute(caller.now));
        let kept = i64::try_from(self.settings.delete_log_minutes).unwrap_or(i64::MAX / 60_000).saturating_mul(60_000);
        let earliest = minute(caller.now.plus(-kept.min(DELETED_DAYS_MAX * MILLIS_A_DAY)));
        let from = start.max(earliest);
        let records: Vec<_> = self
            .store
            .deletions
            .iter()
            .filter(|deletion| deletion.object == object.name && from <= deletion.at && deletion.at < covered)
            .map(|deletion| json!({"id": deletion.id, "deletedDate": moment(deletion.at)}))
            .collect();
        Ok(Response::json(
            200,
            &json!({
                "deletedRecords": records,
                "earliestDateAvailable": moment(earliest),
                "latestDateCovered": moment(covered),
            }),
        ))
    }

    pub(super) fn get_updated(
        &self,
        caller: &Caller,
        object: &Object,
        request: &Request,
    ) -> Result<Response, ApiError> {
        replicateable(object)?;
        let (start, end) = window(request, caller.now, UPDATED_DAYS_MAX)?;
        let covered = end.min(minute(caller.now));
        let (from, to) = (moment(start), moment(covered));
        let ids: Vec<&String> = self
            .store
            .table(&object.name)
            .filter(|(_, row)| {
                let stamp = row.text("SystemModstamp");
                !row.is("IsDeleted")
                    && from.as_str() <= stamp
                    && stamp < to.as_str()
                    && self.row_visible(caller, object, row)
            })
            .map(|(id, _)| id)
            .collect();
        Ok(Response::json(200, &json!({"ids": ids, "latestDateCovered": moment(covered)})))
    }
}

fn replicateable(object: &Object) -> Result<(), ApiError> {
    if object.replicateable {
        Ok(())
    } else {
        Err(ApiError::bad("INVALID_TYPE", format!("sObject type '{}' is not replicateable", object.name)))
    }
}
