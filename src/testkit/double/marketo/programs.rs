//! Programs, channels and tags: the asset API (facts, 1.5 and 6.3).

use serde_json::{Value, json};

use super::answer::{Answer, ApiError, asset_moment, read_moment};
use super::data::{self, Channel, Cost, ProgramType};
use super::leads::number;
use super::members::NOT_IN_PROGRAM;
use super::{ASSETS_MAX, Call, Marketo, Program};
use crate::model::Timestamp;

/// Assets on a page when nobody says how many.
const USUAL_PAGE: usize = 20;
/// The largest period cost.
const COST_MAX: i64 = 99_999_999;

impl Marketo {
    pub(super) fn assets(&mut self, call: &Call, method: &str, path: &[&str]) -> Result<Answer, ApiError> {
        match (method, path) {
            ("GET", ["programs"]) => self.browse(call),
            ("POST", ["programs"]) => self.create_program(call),
            ("GET", ["program", "byName"]) => {
                let name = call.parameter("name").ok_or_else(|| ApiError::blank("name"))?;
                let found = self.program_named(name);
                // Here the details come only when they are asked for.
                let shown =
                    found.and_then(|id| self.show_program(id, call.flag("includeTags"), call.flag("includeCosts")));
                Ok(Answer::assets(shown.into_iter().collect()))
            }
            ("GET", ["program", "byTag"]) => {
                let kind = call.parameter("tagType").ok_or_else(|| ApiError::blank("tagType"))?;
                let value = call.parameter("tagValue").ok_or_else(|| ApiError::blank("tagValue"))?;
                let fits = |program: &Program| program.data.tags.get(kind).is_some_and(|own| own == value);
                let ids: Vec<u64> =
                    self.programs.iter().filter(|(_, program)| fits(program)).map(|(id, _)| *id).collect();
                self.some(call, &ids)
            }
            ("GET", ["program", id]) => {
                let shown = self.show_program(number(id)?, true, true);
                Ok(Answer::assets(shown.into_iter().collect()))
            }
            ("POST", ["program", id]) => self.change_program(call, id),
            ("POST", ["program", id, "delete"]) => {
                let id = number(id)?;
                self.programs.remove(&id).ok_or_else(|| ApiError::new("702", "Program not found"))?;
                self.memberships.retain(|(program, _), _| *program != id);
                Ok(Answer::list(vec![json!({"id": id})]))
            }
            ("GET", ["channels"]) => {
                let (from, size) = asset_page(call)?;
                let all = (1_u64..).zip(&self.channels).map(|(id, channel)| show_channel(id, channel));
                Ok(Answer::assets(all.skip(from).take(size).collect()))
            }
            ("GET", ["channel", "byName"]) => {
                let name = call.parameter("name").ok_or_else(|| ApiError::blank("name"))?;
                let found = (1_u64..).zip(&self.channels).find(|(_, channel)| channel.name == name);
                Ok(Answer::assets(found.map(|(id, channel)| show_channel(id, channel)).into_iter().collect()))
            }
            ("GET", ["tagTypes"]) => {
                let all = self
                    .tags
                    .keys()
                    .map(|name| json!({"tagType": name, "applicableProgramTypes": "program", "required": false}));
                Ok(Answer::assets(all.collect()))
            }
            ("GET", ["tagType", "byName"]) => {
                let name = call.parameter("name").ok_or_else(|| ApiError::blank("name"))?;
                let shown = self.tags.get(name).map(|values| {
                    json!({"tagType": name, "allowableValues": format!("[{}]", values.join(", ")), "required": false})
                });
                Ok(Answer::assets(shown.into_iter().collect()))
            }
            _ => Err(ApiError::not_found()),
        }
    }

    pub(super) fn program_named(&self, name: &str) -> Option<u64> {
        self.programs.iter().find(|(_, program)| program.data.name == name).map(|(id, _)| *id)
    }

    fn some(&self, call: &Call, ids: &[u64]) -> Result<Answer, ApiError> {
        let (from, size) = asset_page(call)?;
        let shown = ids.iter().skip(from).take(size).filter_map(|id| self.show_program(*id, false, false));
        Ok(Answer::assets(shown.collect()))
    }

    fn browse(&self, call: &Call) -> Result<Answer, ApiError> {
        let at = |name: &str| match call.parameter(name) {
            None => Ok(None),
            Some(text) => read_moment(text).map(Some).ok_or_else(|| ApiError::new("704", "Invalid date specified")),
        };
        let (earliest, latest) = (at("earliestUpdatedAt")?, at("latestUpdatedAt")?);
        let filter = call.parameter("filterType");
        let values = call.values("filterValues");
        let ids: Vec<u64> = self
            .programs
            .iter()
            .filter(|(id, program)| {
                earliest.is_none_or(|at| at <= program.updated)
                    && latest.is_none_or(|at| program.updated <= at.plus(999))
                    && match filter {
                        Some("id" | "programId") => values.iter().any(|value| value.parse() == Ok(**id)),
                        Some("sfdcId") => {
                            program.data.sfdc.as_ref().is_some_and(|sfdc| values.contains(&sfdc.id.as_str()))
                        }
                        Some(_) | None => true,
                    }
            })
            .map(|(id, _)| *id)
            .collect();
        self.some(call, &ids)
    }

    fn show_program(&self, id: u64, tags: bool, costs: bool) -> Option<Value> {
        let program = self.programs.get(&id)?;
        let data = &program.data;
        let mut shown = json!({
            "id": id,
            "name": data.name,
            "description": data.description,
            "createdAt": asset_moment(program.created),
            "updatedAt": asset_moment(program.updated),
            "url": format!("{}/#PG{id}A1", self.base_url),
            "type": program.kind.api_name(),
            "channel": data.channel,
            "folder": {"type": "Folder", "value": 7, "folderName": data.folder},
            "status": if program.kind == ProgramType::Engagement { "on" } else { "" },
            "workspace": data.workspace,
            "headStart": false,
        });
        let Some(map) = shown.as_object_mut() else { return Some(shown) };
        if tags {
            let tags: Vec<Value> =
                data.tags.iter().map(|(kind, value)| json!({"tagType": kind, "tagValue": value})).collect();
            map.insert("tags".to_owned(), json!(tags));
        }
        if costs {
            map.insert("costs".to_owned(), json!(data.costs));
        }
        if let Some(start) = &program.start {
            map.insert("startDate".to_owned(), json!(start));
        }
        if let Some(end) = &program.end {
            map.insert("endDate".to_owned(), json!(end));
        }
        if let Some(sfdc) = &data.sfdc {
            map.insert("sfdcId".to_owned(), json!(sfdc.id));
            map.insert("sfdcName".to_owned(), json!(sfdc.name));
        }
        Some(shown)
    }

    fn create_program(&mut self, call: &Call) -> Result<Answer, ApiError> {
        let need = |name: &str| call.parameter(name).map(str::to_owned).ok_or_else(|| ApiError::blank(name));
        let (folder, name, channel, kind) = (need("folder")?, need("name")?, need("channel")?, need("type")?);
        loose(&folder).filter(Value::is_object).ok_or_else(|| ApiError::new("711", "Invalid folder"))?;
        if self.program_named(&name).is_some() {
            return Err(ApiError::new("709", "Program name already exists"));
        }
        let own = self.channels.iter().find(|own| own.name == channel);
        let own = own.ok_or_else(|| ApiError::new("709", format!("Channel '{channel}' not found")))?;
        let kind = ProgramType::from_api(&kind).filter(|kind| *kind == own.kind);
        let kind = kind.ok_or_else(|| ApiError::new("709", "Program type and channel do not fit"))?;
        let data = data::Program {
            id: None,
            name,
            channel,
            description: call.parameter("description").unwrap_or_default().to_owned(),
            folder: "Marketing Activities".to_owned(),
            workspace: "Default".to_owned(),
            costs: Vec::new(),
            tags: std::collections::BTreeMap::new(),
            sfdc: None,
            members: Vec::new(),
        };
        let mut program = Program { data, kind, created: call.now, updated: call.now, start: None, end: None };
        self.apply(call, &mut program)?;
        let id = self.add_program(program);
        Ok(Answer::list(self.show_program(id, true, true).into_iter().collect()))
    }

    pub(super) fn add_program(&mut self, program: Program) -> u64 {
        let mut id = program.data.id.unwrap_or_else(|| self.next("program", 1001));
        while program.data.id.is_none() && self.programs.contains_key(&id) {
            id = self.next("program", 1001);
        }
        self.programs.insert(id, program);
        id
    }

    fn change_program(&mut self, call: &Call, id: &str) -> Result<Answer, ApiError> {
        let id = number(id)?;
        let mut program = self.programs.get(&id).cloned().ok_or_else(|| ApiError::new("702", "Program not found"))?;
        if let Some(name) = call.parameter("name") {
            if self.program_named(name).is_some_and(|other| other != id) {
                return Err(ApiError::new("709", "Program name already exists"));
            }
            name.clone_into(&mut program.data.name);
        }
        if let Some(description) = call.parameter("description") {
            description.clone_into(&mut program.data.description);
        }
        self.apply(call, &mut program)?;
        program.updated = call.now;
        self.programs.insert(id, program);
        Ok(Answer::list(self.show_program(id, true, true).into_iter().collect()))
    }

    /// Tags, costs and days of a create or update.
    fn apply(&self, call: &Call, program: &mut Program) -> Result<(), ApiError> {
        if let Some(tags) = call.parameter("tags") {
            let tags = loose(tags).ok_or_else(|| ApiError::new("609", "Invalid JSON"))?;
            for tag in tags.as_array().into_iter().flatten() {
                let text = |key: &str| tag.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                let (kind, value) = (text("tagType"), text("tagValue"));
                let known = self.tags.get(&kind).is_some_and(|values| values.contains(&value));
                if !known {
                    return Err(ApiError::new("709", format!("Tag '{kind}' with value '{value}' not found")));
                }
                program.data.tags.insert(kind, value);
            }
        }
        if call.flag("costsDestructiveUpdate") {
            program.data.costs.clear();
        }
        if let Some(costs) = call.parameter("costs") {
            let costs = loose(costs).and_then(|costs| serde_json::from_value::<Vec<Cost>>(costs).ok());
            let costs = costs.ok_or_else(|| ApiError::new("709", "Invalid costs"))?;
            for mut cost in costs {
                let day =
                    read_moment(&cost.start_date).ok_or_else(|| ApiError::new("704", "Invalid date specified"))?;
                if !(0..=COST_MAX).contains(&cost.cost) {
                    return Err(ApiError::new("709", "Invalid cost"));
                }
                cost.start_date = day_of(day);
                program.data.costs.push(cost);
            }
        }
        for (name, slot) in [("startDate", &mut program.start), ("endDate", &mut program.end)] {
            if let Some(day) = call.parameter(name) {
                let at = read_moment(day).ok_or_else(|| ApiError::new("704", "Invalid date specified"))?;
                *slot = Some(asset_moment(at));
            }
        }
        Ok(())
    }
}

fn day_of(at: Timestamp) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}

fn asset_page(call: &Call) -> Result<(usize, usize), ApiError> {
    let size = match call.parameter("maxReturn") {
        None => USUAL_PAGE,
        Some(size) => size
            .parse()
            .ok()
            .filter(|size| (1..=ASSETS_MAX).contains(size))
            .ok_or_else(|| ApiError::new("701", format!("maxReturn must be between 1 and {ASSETS_MAX}")))?,
    };
    let from = call.parameter("offset").map_or(Ok(0), str::parse);
    Ok((from.map_err(|_| ApiError::new("701", "offset is wrong"))?, size))
}

/// JSON as callers write it into forms, with single quotes and bare words too.
fn loose(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| serde_yaml::from_str(text).ok())
}

fn show_channel(id: u64, channel: &Channel) -> Value {
    let mut statuses = vec![
        json!({"name": NOT_IN_PROGRAM, "description": "Not in Program", "hidden": true, "type": null, "step": 0, "success": false}),
    ];
    statuses.extend(channel.statuses.iter().map(|status| {
        json!({
            "name": status.name,
            "description": "",
            "hidden": status.hidden,
            "type": null,
            "step": status.step,
            "success": status.success,
        })
    }));
    json!({
        "id": id,
        "name": channel.name,
        "description": "",
        "applicableProgramType": channel.kind.api_name().to_ascii_lowercase(),
        "createdAt": "2020-01-01T00:00:00Z+0000",
        "updatedAt": "2020-01-01T00:00:00Z+0000",
        "progressionStatuses": statuses,
    })
}
