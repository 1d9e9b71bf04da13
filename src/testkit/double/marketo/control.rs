//! `/double/…` of the Marketo double: what a marketer does in the product, and what an administrator sets.
//!
//! Not part of Marketo. People are named by id or `@ref`, programs by id or name.

use serde_json::{Map, Value, json};

use super::Marketo;
use super::answer::{Reason, moment};
use super::data::{Channel, Client, Settings};
use crate::model::Timestamp;
use crate::testkit::double::http::{Request, Response};
use crate::testkit::double::merged;

type Outcome = Result<Value, String>;

fn no(what: &str) -> String {
    format!("there is no {what} of that name")
}

impl Marketo {
    pub(super) fn control_call(&mut self, request: &Request, now: Timestamp) -> Option<Response> {
        self.settle(now);
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["double", path @ ..] = segments.as_slice() else { return None };
        let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
        let whole = Value::Object(body.clone());
        let outcome: Outcome = match (request.method.as_str(), path) {
            ("GET", ["settings"]) => Ok(json!(self.settings)),
            ("PATCH", ["settings"]) => match merged::<Settings>(&self.settings, &whole) {
                Ok(settings) => {
                    self.settings = settings;
                    Ok(json!(self.settings))
                }
                Err(error) => Err(error.message),
            },
            ("PATCH", ["clients", client_id]) => self.patch_client(client_id, &whole),
            ("POST", ["tokens", "expire"]) => Ok(self.expire_tokens()),
            ("GET", ["leads"]) => Ok(json!(self.leads.keys().map(|id| self.whole_lead(*id)).collect::<Vec<_>>())),
            ("POST", ["leads"]) => self.make_lead(&body, now),
            ("GET", ["leads", id]) => self.lead_at(id).map(|id| self.whole_lead(id)),
            ("PATCH", ["leads", id]) => self.lead_at(id).and_then(|id| {
                let fields = self.lead_fields(&body).map_err(|reason| reason.1)?;
                self.update_lead(id, fields, now, "Marketo");
                Ok(self.whole_lead(id))
            }),
            ("DELETE", ["leads", id]) => self.lead_at(id).map(|id| json!(self.remove_lead(id, now))),
            ("POST", ["merge", winner]) => self.lead_at(winner).and_then(|winner| {
                let losers = body.get("losers").and_then(Value::as_array).cloned().unwrap_or_default();
                let losers: Vec<u64> =
                    losers.iter().map(|loser| self.lead_at(&super::fields::plain(loser))).collect::<Result<_, _>>()?;
                self.merge(winner, &losers, now);
                Ok(self.whole_lead(winner))
            }),
            ("GET", ["programs"]) => Ok(json!(
                self.programs.iter().map(|(id, program)| with_id(*id, json!(program.data))).collect::<Vec<_>>()
            )),
            ("PATCH", ["programs", name]) => self.patch_program(name, &whole, now),
            ("DELETE", ["programs", name]) => self.program_at(name).map(|id| {
                self.programs.remove(&id);
                self.memberships.retain(|(program, _), _| *program != id);
                Value::Null
            }),
            ("GET", ["programs", name, "members"]) => self.program_at(name).map(|id| self.whole_members(id)),
            ("PUT", ["programs", name, "members", lead]) => self.put_member(name, lead, &body, now),
            ("DELETE", ["programs", name, "members", lead]) => self.program_at(name).and_then(|program| {
                let lead = self.lead_at(lead)?;
                if self.leave_program(program, lead, now, "Marketo") { Ok(Value::Null) } else { Err(no("member")) }
            }),
            ("PUT", ["channels"]) => match serde_json::from_value::<Channel>(whole) {
                Ok(channel) => {
                    self.channels.retain(|own| own.name != channel.name);
                    self.channels.push(channel);
                    Ok(Value::Null)
                }
                Err(error) => Err(error.to_string()),
            },
            _ => return None,
        };
        Some(match outcome {
            Ok(Value::Null) => Response::empty(204),
            Ok(value) => Response::json(200, &value),
            Err(message) => Response::json(400, &json!({"error": message})),
        })
    }

    fn lead_at(&self, name: &str) -> Result<u64, String> {
        let id = match name.strip_prefix('@') {
            Some(reference) => self.refs.get(reference).copied(),
            None => name.parse().ok(),
        };
        id.filter(|id| self.leads.contains_key(id)).ok_or_else(|| no("person"))
    }

    fn program_at(&self, name: &str) -> Result<u64, String> {
        let id = name.parse().ok().filter(|id| self.programs.contains_key(id));
        id.or_else(|| self.program_named(name)).ok_or_else(|| no("program"))
    }

    fn whole_lead(&self, id: u64) -> Value {
        let names: Vec<String> = self.fields.iter().map(|field| field.name.clone()).collect();
        let mut shown = self.show_lead(id, &names);
        shown.retain(|_, value| !value.is_null());
        Value::Object(shown)
    }

    fn make_lead(&mut self, body: &Map<String, Value>, now: Timestamp) -> Outcome {
        let mut body = body.clone();
        let reference = body.remove("ref").and_then(|name| name.as_str().map(str::to_owned));
        let fields = self.lead_fields(&body).map_err(|reason| reason.1)?;
        let id = self.create_lead(fields, now, "Marketo");
        if let Some(reference) = reference {
            self.refs.insert(reference, id);
        }
        Ok(self.whole_lead(id))
    }

    fn patch_client(&mut self, client_id: &str, changes: &Value) -> Outcome {
        let client =
            self.clients.iter_mut().find(|client| client.client_id == client_id).ok_or_else(|| no("client"))?;
        *client = merged::<Client>(client, changes).map_err(|error| error.message)?;
        Ok(json!(client))
    }

    fn patch_program(&mut self, name: &str, changes: &Value, now: Timestamp) -> Outcome {
        let id = self.program_at(name)?;
        let program = self.programs.get(&id).ok_or_else(|| no("program"))?;
        let data = merged(&program.data, changes).map_err(|error: crate::testkit::double::DataError| error.message)?;
        let channel = self.channels.iter().find(|channel| channel.name == data.channel);
        let kind = channel.map(|channel| channel.kind).ok_or_else(|| no("channel"))?;
        let answer = with_id(id, json!(data));
        if let Some(program) = self.programs.get_mut(&id) {
            program.data = data;
            program.kind = kind;
            program.updated = now;
        }
        Ok(answer)
    }

    fn whole_members(&self, program: u64) -> Value {
        let own = self.memberships.range((program, 0)..=(program, u64::MAX));
        let shown = own.map(|((_, lead), member)| {
            json!({
                "leadId": lead,
                "email": self.lead_value(*lead, "email"),
                "status": member.status,
                "reachedSuccess": member.success.is_some(),
                "updatedAt": moment(member.updated),
                "fields": member.fields,
            })
        });
        json!(shown.collect::<Vec<_>>())
    }

    /// What a marketer does by hand: the same rules, unless `force` says otherwise.
    fn put_member(&mut self, program: &str, lead: &str, body: &Map<String, Value>, now: Timestamp) -> Outcome {
        let (program, lead) = (self.program_at(program)?, self.lead_at(lead)?);
        let name = body.get("status").and_then(Value::as_str).ok_or("`status` is missing")?;
        let force = body.get("force").and_then(Value::as_bool).unwrap_or_default();
        if force {
            let status = self.statuses(program).iter().find(|status| status.name == name).cloned();
            let status = status.ok_or_else(|| no("status"))?;
            self.set_status(program, lead, &status, now, "Marketo");
        } else {
            self.change_status(program, lead, name, now, "Marketo").map_err(|Reason(_, message)| message)?;
        }
        Ok(Value::Null)
    }
}

fn with_id(id: u64, mut value: Value) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.insert("id".to_owned(), json!(id));
    }
    value
}
