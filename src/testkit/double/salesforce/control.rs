//! `/double/…` of the Salesforce double: what somebody in the product does, and what an administrator sets.
//!
//! Not part of Salesforce. There are no permissions here; what is written is signed by the first user.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Salesforce;
use super::data::{App, Settings, User};
use super::error::ApiError;
use super::rest::object_body;
use crate::model::Timestamp;
use crate::testkit::double::http::{Request, Response};
use crate::testkit::double::merged;

fn fine(body: &Value) -> Response {
    Response::json(200, body)
}

fn refused(message: impl std::fmt::Display) -> ApiError {
    ApiError::bad("DOUBLE", message.to_string())
}

impl Salesforce {
    /// Answers a call below `/double/` that is not the shell's; nothing when there is none of that name.
    pub(super) fn control_call(&mut self, request: &Request, now: Timestamp) -> Option<Response> {
        self.requests += 1;
        self.settle_jobs(now);
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["double", path @ ..] = segments.as_slice() else { return None };
        let result = match (request.method.as_str(), path) {
            ("GET", ["settings"]) => Ok(fine(&json!(self.settings))),
            ("PATCH", ["settings"]) => self.patch_settings(request),
            ("GET", ["users"]) => Ok(fine(&json!(self.users.values().map(|user| &**user).collect::<Vec<_>>()))),
            ("PATCH", ["users", name]) => self.patch_user(request, name, now),
            ("GET", ["apps"]) => Ok(fine(&json!(self.apps))),
            ("PATCH", ["apps", client_id]) => self.patch_app(request, client_id),
            ("POST", ["tokens", "expire"]) => {
                self.tokens.clear();
                Ok(Response::empty(204))
            }
            ("POST", ["refresh_tokens"]) => self.make_refresh_token(request),
            ("GET", ["records", object]) => self.show_rows(object),
            ("POST", ["records", object]) => self.make_row(request, object, now),
            ("GET", ["records", _, id]) => self.show_row(id),
            ("PATCH", ["records", object, id]) => self.change_row(request, object, id, now),
            ("DELETE", ["records", object, id]) => {
                let caller = self.somebody(now);
                self.real_id(id).and_then(|id| self.delete(&caller, object, &id)).map(|()| Response::empty(204))
            }
            ("POST", ["touch", id]) => self.touch(id, now),
            ("POST", ["convert", lead]) => self.control_convert(request, lead, now),
            ("POST", ["merge", winner]) => self.control_merge(request, winner, now),
            _ => return None,
        };
        Some(result.unwrap_or_else(|error| error.response()))
    }

    fn patch_settings(&mut self, request: &Request) -> Result<Response, ApiError> {
        self.settings = merged::<Settings>(&self.settings, &Value::Object(object_body(request)?)).map_err(refused)?;
        Ok(fine(&json!(self.settings)))
    }

    fn patch_user(&mut self, request: &Request, name: &str, now: Timestamp) -> Result<Response, ApiError> {
        let (id, user) = self.user_named(name).ok_or_else(ApiError::not_found)?;
        let user: User = merged(&*user, &Value::Object(object_body(request)?)).map_err(refused)?;
        let answer = json!(user);
        self.users.insert(id, Arc::new(user));
        self.seat_users(now);
        Ok(fine(&answer))
    }

    fn patch_app(&mut self, request: &Request, client_id: &str) -> Result<Response, ApiError> {
        let changes = Value::Object(object_body(request)?);
        let app = self.apps.iter_mut().find(|app| app.client_id == client_id).ok_or_else(ApiError::not_found)?;
        *app = merged::<App>(app, &changes).map_err(refused)?;
        Ok(fine(&json!(app)))
    }

    fn make_refresh_token(&mut self, request: &Request) -> Result<Response, ApiError> {
        let body = object_body(request).unwrap_or_default();
        let wanted = body.get("client_id").and_then(Value::as_str);
        let app = self.apps.iter().find(|app| wanted.is_none_or(|id| app.client_id == id)).cloned();
        let app = app.ok_or_else(ApiError::not_found)?;
        let (user_id, _) = self.user_named(&app.run_as).ok_or_else(ApiError::not_found)?;
        let token = self.new_refresh_token(&app.client_id, &user_id);
        Ok(fine(&json!({"refresh_token": token})))
    }

    fn show_rows(&self, object: &str) -> Result<Response, ApiError> {
        let object = self.schema.object(object).ok_or_else(ApiError::not_found)?;
        let rows: Vec<Value> = self.store.table(&object.name).map(|(_, row)| json!(row.cells)).collect();
        Ok(fine(&json!(rows)))
    }

    fn show_row(&self, id: &str) -> Result<Response, ApiError> {
        let (_, row) = self.find(id).ok_or_else(ApiError::not_found)?;
        Ok(fine(&json!(row.cells)))
    }

    fn make_row(&mut self, request: &Request, object: &str, now: Timestamp) -> Result<Response, ApiError> {
        let mut fields = self.resolve(&object_body(request)?).map_err(refused)?;
        let reference = fields.remove("ref").and_then(|name| name.as_str().map(str::to_owned));
        let caller = self.somebody(now);
        let id = self.insert(&caller, object, &fields)?;
        if let Some(reference) = reference {
            self.refs.insert(reference, id.clone());
        }
        Ok(Response::json(201, &json!({"id": id})))
    }

    fn change_row(&mut self, request: &Request, object: &str, id: &str, now: Timestamp) -> Result<Response, ApiError> {
        let fields: Map<String, Value> = self.resolve(&object_body(request)?).map_err(refused)?;
        let id = self.real_id(id)?;
        let caller = self.somebody(now);
        self.update(&caller, object, &id, &fields)?;
        Ok(Response::empty(204))
    }

    /// Moves the stamp of a row without changing anything, as formula fields and the like do.
    fn touch(&mut self, id: &str, now: Timestamp) -> Result<Response, ApiError> {
        let id = self.real_id(id)?;
        let (object, row) = self.find(&id).ok_or_else(ApiError::not_found)?;
        let cells = row.cells.clone();
        let caller = self.somebody(now);
        self.write_change(&caller, &object, &id, cells, false);
        Ok(Response::empty(204))
    }

    fn control_convert(&mut self, request: &Request, lead: &str, now: Timestamp) -> Result<Response, ApiError> {
        let body = object_body(request).unwrap_or_default();
        let lead = self.real_id(lead)?;
        let contact = match body.get("contact").and_then(Value::as_str) {
            Some(contact) => Some(self.real_id(contact)?),
            None => None,
        };
        let caller = self.somebody(now);
        let made = self.convert_lead(&caller, &lead, contact.as_deref())?;
        Ok(fine(&json!({"contact": made.contact, "account": made.account})))
    }

    fn control_merge(&mut self, request: &Request, winner: &str, now: Timestamp) -> Result<Response, ApiError> {
        let body = object_body(request)?;
        let winner = self.real_id(winner)?;
        let mut losers = Vec::new();
        for loser in body.get("losers").and_then(Value::as_array).into_iter().flatten() {
            losers.push(self.real_id(loser.as_str().unwrap_or_default())?);
        }
        let caller = self.somebody(now);
        self.merge(&caller, &winner, &losers)?;
        Ok(Response::empty(204))
    }

    /// The id behind `@ref`.
    fn real_id(&self, id: &str) -> Result<String, ApiError> {
        match id.strip_prefix('@') {
            Some(reference) => self.refs.get(reference).cloned().ok_or_else(ApiError::not_found),
            None => Ok(id.to_owned()),
        }
    }
}
