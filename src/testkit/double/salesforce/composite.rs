//! Several calls in one: composite, batch, graph and tree (facts, 3.6).

use serde_json::{Map, Value, json};

use super::Salesforce;
use super::access::Caller;
use super::error::ApiError;
use super::rest::object_body;
use crate::testkit::double::http::{Request, Response};

/// Sub-requests in a composite or batch.
const SUBREQUESTS_MAX: usize = 25;
/// Sub-requests in all graphs of a call.
const NODES_MAX: usize = 500;
/// Graphs in a call.
const GRAPHS_MAX: usize = 75;
/// Records in a tree.
const TREE_MAX: usize = 200;

/// The answer to a sub-request.
struct Part {
    id: String,
    status: u16,
    headers: Map<String, Value>,
    body: Value,
}

impl Salesforce {
    pub(super) fn composite(
        &mut self,
        caller: &Caller,
        request: &Request,
        method: &str,
        version: &str,
        path: &[&str],
    ) -> Result<Response, ApiError> {
        match (method, path) {
            (_, ["sobjects", rest @ ..]) => self.collections(caller, request, method, version, rest),
            ("GET", []) => Ok(Response::json(
                200,
                &json!({
                    "batch": format!("/services/data/{version}/composite/batch"),
                    "graph": format!("/services/data/{version}/composite/graph"),
                    "sobjects": format!("/services/data/{version}/composite/sobjects"),
                    "tree": format!("/services/data/{version}/composite/tree"),
                }),
            )),
            ("POST", []) => {
                let body = object_body(request)?;
                let all_or_none = body.get("allOrNone").and_then(Value::as_bool).unwrap_or(false);
                let parts = subrequests(body.get("compositeRequest"), SUBREQUESTS_MAX)?;
                let (parts, _) = self.sequence(caller, version, &parts, all_or_none);
                Ok(Response::json(200, &json!({"compositeResponse": shown(parts)})))
            }
            ("POST", ["graph"]) => self.graph(caller, request, version),
            ("POST", ["batch"]) => self.batch(caller, request, version),
            ("POST", ["tree", name]) => self.tree(caller, request, name),
            _ => Err(ApiError::not_found()),
        }
    }

    fn graph(&mut self, caller: &Caller, request: &Request, version: &str) -> Result<Response, ApiError> {
        let body = object_body(request)?;
        let graphs = body.get("graphs").and_then(Value::as_array).cloned().unwrap_or_default();
        if graphs.len() > GRAPHS_MAX {
            return Err(ApiError::bad("LIMIT_EXCEEDED", "The number of graphs exceeds 75"));
        }
        let mut answers = Vec::new();
        let mut nodes = 0;
        for graph in &graphs {
            let parts = subrequests(graph.get("compositeRequest"), NODES_MAX)?;
            nodes += parts.len();
            if nodes > NODES_MAX {
                return Err(ApiError::bad("LIMIT_EXCEEDED", "The number of nodes exceeds 500"));
            }
            let (parts, fine) = self.sequence(caller, version, &parts, true);
            answers.push(json!({
                "graphId": graph.get("graphId"),
                "graphResponse": {"compositeResponse": shown(parts)},
                "isSuccessful": fine,
            }));
        }
        Ok(Response::json(200, &json!({"graphs": answers})))
    }

    /// Does sub-requests one after the other. With `all_or_none` the first failure takes everything back.
    fn sequence(
        &mut self,
        caller: &Caller,
        version: &str,
        requests: &[Map<String, Value>],
        all_or_none: bool,
    ) -> (Vec<Part>, bool) {
        let before = all_or_none.then(|| self.store.clone());
        let mut parts: Vec<Part> = Vec::new();
        for request in requests {
            let id = text(request, "referenceId");
            let part = match fill(&Value::Object(request.clone()), &parts) {
                Some(filled) => self.part(caller, version, id, &filled),
                None => failed(
                    id,
                    &ApiError::bad("PROCESSING_HALTED", "Invalid reference specified. No value for a reference found."),
                ),
            };
            let stop = all_or_none && part.status >= 400;
            parts.push(part);
            if stop {
                break;
            }
        }
        let fine = parts.iter().all(|part| part.status < 400);
        if let (Some(before), false) = (before, fine) {
            self.store = before;
            let rolled_back = ApiError::bad(
                "PROCESSING_HALTED",
                "The transaction was rolled back since another operation in the same transaction failed.",
            );
            for part in parts.iter_mut().filter(|part| part.status < 400) {
                *part = failed(part.id.clone(), &rolled_back);
            }
            for request in requests.iter().skip(parts.len()) {
                parts.push(failed(text(request, "referenceId"), &rolled_back));
            }
        }
        (parts, fine)
    }

    fn part(&mut self, caller: &Caller, version: &str, id: String, request: &Value) -> Part {
        let url = request.get("url").and_then(Value::as_str).unwrap_or_default();
        let method = request.get("method").and_then(Value::as_str).unwrap_or("GET");
        let response = self.inner(caller, version, method, url, request.get("body"));
        let headers = response.headers.iter().filter(|(name, _)| name == "Location");
        Part {
            id,
            status: response.status,
            headers: headers.map(|(name, value)| (name.clone(), json!(value))).collect(),
            body: response.value(),
        }
    }

    /// A call inside a call. The version of its own URL counts for nothing but form.
    fn inner(&mut self, caller: &Caller, version: &str, method: &str, url: &str, body: Option<&Value>) -> Response {
        let mut inner = Request::new(method, url);
        if let Some(body) = body.filter(|body| !body.is_null()) {
            inner = inner.json(body);
        }
        let segments = inner.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let path = match segments.as_slice() {
            ["services", "data", _, rest @ ..] => rest,
            [first, rest @ ..] if first.starts_with('v') && first.contains('.') => rest,
            _ => return ApiError::not_found().response(),
        };
        if matches!(path, ["composite", next, ..] if *next != "sobjects") || path == ["composite"] {
            return ApiError::bad("INVALID_INPUT", "A composite request cannot contain another one").response();
        }
        self.rest(caller, &inner, version, path).unwrap_or_else(|error| error.response())
    }

    fn batch(&mut self, caller: &Caller, request: &Request, version: &str) -> Result<Response, ApiError> {
        let body = object_body(request)?;
        let halt = body.get("haltOnError").and_then(Value::as_bool).unwrap_or(false);
        let requests = subrequests(body.get("batchRequests"), SUBREQUESTS_MAX)?;
        let mut results: Vec<Value> = Vec::new();
        let mut errors = false;
        for request in &requests {
            if halt && errors {
                let error =
                    ApiError::new(412, "BATCH_PROCESSING_HALTED", "Batch processing halted due to a prior error");
                results.push(json!({"statusCode": 412, "result": error.body()}));
                continue;
            }
            let url = text(request, "url");
            let url = if url.starts_with('/') { url } else { format!("/services/data/{url}") };
            let method = text(request, "method");
            let response = self.inner(caller, version, &method, &url, request.get("richInput"));
            errors |= response.status >= 400;
            results.push(json!({"statusCode": response.status, "result": response.value()}));
        }
        Ok(Response::json(200, &json!({"hasErrors": errors, "results": results})))
    }

    /// Records of one object, all or none. Nested children are not part of the double.
    fn tree(&mut self, caller: &Caller, request: &Request, name: &str) -> Result<Response, ApiError> {
        let body = object_body(request)?;
        let records = body.get("records").and_then(Value::as_array).cloned().unwrap_or_default();
        if records.len() > TREE_MAX {
            return Err(ApiError::bad("LIMIT_EXCEEDED", "The number of records exceeds 200"));
        }
        let before = self.store.clone();
        let (mut fine, mut wrong) = (Vec::new(), Vec::new());
        for record in &records {
            let reference = record.pointer("/attributes/referenceId").cloned().unwrap_or(Value::Null);
            let fields = record.as_object().cloned().unwrap_or_default();
            match self.insert(caller, name, &fields) {
                Ok(id) => fine.push(json!({"referenceId": reference, "id": id})),
                Err(error) => wrong.push(json!({"referenceId": reference, "errors": [error.in_result()]})),
            }
        }
        if wrong.is_empty() {
            return Ok(Response::json(201, &json!({"hasErrors": false, "results": fine})));
        }
        self.store = before;
        Ok(Response::json(400, &json!({"hasErrors": true, "results": wrong})))
    }
}

fn subrequests(value: Option<&Value>, max: usize) -> Result<Vec<Map<String, Value>>, ApiError> {
    let list = value.and_then(Value::as_array).ok_or_else(|| ApiError::json("a list of requests is required"))?;
    if list.len() > max {
        let message = format!("The number of subrequests exceeds the maximum of {max}");
        return Err(ApiError::bad("LIMIT_EXCEEDED", message));
    }
    let requests = list.iter().map(|request| request.as_object().cloned());
    requests.collect::<Option<Vec<_>>>().ok_or_else(|| ApiError::json("a request is not an object"))
}

fn text(request: &Map<String, Value>, key: &str) -> String {
    request.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn failed(id: String, error: &ApiError) -> Part {
    Part { id, status: error.status, headers: Map::new(), body: error.body() }
}

fn shown(parts: Vec<Part>) -> Vec<Value> {
    let show = |part: Part| {
        json!({
            "body": part.body,
            "httpHeaders": part.headers,
            "httpStatusCode": part.status,
            "referenceId": part.id,
        })
    };
    parts.into_iter().map(show).collect()
}

/// Replaces `@{ref.path}` by what earlier parts answered; nothing when one of them failed or has no such value.
fn fill(value: &Value, parts: &[Part]) -> Option<Value> {
    Some(match value {
        Value::String(text) => {
            let mut filled = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("@{") {
                let (path, after) = after.split_once('}')?;
                let found = look_up(path, parts)?;
                if before.is_empty() && after.is_empty() && filled.is_empty() {
                    return Some(found);
                }
                filled.push_str(before);
                filled.push_str(&found.as_str().map_or_else(|| found.to_string(), str::to_owned));
                rest = after;
            }
            filled.push_str(rest);
            Value::String(filled)
        }
        Value::Array(list) => Value::Array(list.iter().map(|value| fill(value, parts)).collect::<Option<_>>()?),
        Value::Object(map) => Value::Object(
            map.iter().map(|(key, value)| Some((key.clone(), fill(value, parts)?))).collect::<Option<_>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

/// `ref.records[0].Id` in the body of the part of that name.
fn look_up(path: &str, parts: &[Part]) -> Option<Value> {
    let (name, path) = path.split_once('.')?;
    let part = parts.iter().find(|part| part.id == name && part.status < 400)?;
    let mut value = &part.body;
    for step in path.split('.') {
        let (key, index) = match step.split_once('[') {
            Some((key, index)) => (key, Some(index.strip_suffix(']')?.parse::<usize>().ok()?)),
            None => (step, None),
        };
        if !key.is_empty() {
            value = value.get(key)?;
        }
        if let Some(index) = index {
            value = value.get(index)?;
        }
    }
    Some(value.clone())
}
