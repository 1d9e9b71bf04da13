//! Static lists of people.

use serde_json::{Value, json};

use super::activities::{ADD_TO_LIST, REMOVE_FROM_LIST};
use super::answer::{Answer, ApiError, Reason, moment};
use super::leads::{id_value, number};
use super::{Call, List, Marketo, page};

pub(super) fn shown(id: u64, list: &List) -> Value {
    json!({
        "id": id,
        "name": list.name,
        "workspaceName": "Default",
        "createdAt": moment(list.created),
        "updatedAt": moment(list.created),
    })
}

impl Marketo {
    pub(super) fn list(&self, id: &str) -> Result<(u64, &List), ApiError> {
        let id = number(id)?;
        let list =
            self.lists.get(&id).ok_or_else(|| ApiError::new("1013", format!("List with id '{id}' not found")))?;
        Ok((id, list))
    }

    pub(super) fn all_lists(&self, call: &Call) -> Answer {
        let names = call.values("name");
        let ids = call.values("id");
        let wanted = |id: u64, list: &List| {
            (names.is_empty() || names.contains(&list.name.as_str()))
                && (ids.is_empty() || ids.iter().any(|own| own.parse() == Ok(id)))
        };
        let all =
            self.lists.iter().filter(|(id, list)| wanted(**id, list)).map(|(id, list)| shown(*id, list)).collect();
        page(all, call.offset().unwrap_or(0), call.batch_size().unwrap_or(super::BATCH_MAX))
    }

    pub(super) fn leads_of_list(&self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let (_, list) = self.list(id)?;
        let usual = ["id", "email", "firstName", "lastName", "createdAt", "updatedAt"];
        let fields = self.asked_fields(&call.values("fields"), &usual)?;
        let all = list.leads.iter().map(|lead| Value::Object(self.show_lead(*lead, &fields))).collect();
        Ok(page(all, call.offset()?, call.batch_size()?))
    }

    fn ids(call: &Call) -> Result<Vec<u64>, ApiError> {
        if call.body.get("input").is_some() {
            return Ok(call.input()?.iter().filter_map(|record| record.get("id").and_then(id_value)).collect());
        }
        let ids: Vec<u64> = call.values("id").iter().map(|id| number(id)).collect::<Result<_, _>>()?;
        if ids.is_empty() { Err(ApiError::blank("id")) } else { Ok(ids) }
    }

    pub(super) fn change_list(&mut self, call: &Call, id: &str, add: bool) -> Result<Answer, ApiError> {
        let (id, list) = self.list(id)?;
        let name = list.name.clone();
        let mut result = Vec::new();
        for lead in Self::ids(call)? {
            if !self.leads.contains_key(&lead) {
                result.push(with_id(lead, &Reason::lead_not_found()));
                continue;
            }
            let Some(list) = self.lists.get_mut(&id) else { continue };
            let changed = if add { list.leads.insert(lead) } else { list.leads.remove(&lead) };
            if changed {
                let kind = if add { ADD_TO_LIST } else { REMOVE_FROM_LIST };
                self.log(lead, call.now, kind, Some((id, name.clone())), vec![("Source", json!("Web service API"))]);
                result.push(json!({"id": lead, "status": if add { "added" } else { "removed" }}));
            } else if add {
                result.push(json!({"id": lead, "status": "added"}));
            } else {
                result.push(with_id(lead, &Reason("1015", "Lead not in list".to_owned())));
            }
        }
        Ok(Answer::list(result))
    }

    pub(super) fn in_list(&self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let (_, list) = self.list(id)?;
        let one = |lead: u64| {
            let status = if list.leads.contains(&lead) { "memberof" } else { "notmemberof" };
            json!({"id": lead, "status": status})
        };
        Ok(Answer::list(Self::ids(call)?.into_iter().map(one).collect()))
    }
}

fn with_id(lead: u64, reason: &Reason) -> Value {
    let mut skipped = reason.skipped();
    if let Some(map) = skipped.as_object_mut() {
        map.insert("id".to_owned(), json!(lead));
    }
    skipped
}
