//! Rule and scenario files as JSON Schema, for editors.
//!
//! Made of the tables by which the checker knows keys (`language::keys`) and phrases (`vocabulary`).

use serde_json::{Map, Value, json};

use crate::language::TextKind;
use crate::language::keys::{Called, Key, Shape};
use crate::vocabulary::{filters, qualify, schedules, steps, triggers};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a file whose root has these keys.
pub fn schema(title: &str, keys: &[Key]) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!(DIALECT));
    schema.insert("title".to_owned(), json!(title));
    schema.extend(object(keys));
    let called = Called::ALL.map(|called| (called.name().to_owned(), Value::Object(shape(called.shape()))));
    schema.insert("$defs".to_owned(), Value::Object(called.into_iter().collect()));
    Value::Object(schema)
}

fn shape(shape_of: Shape) -> Map<String, Value> {
    let value = match shape_of {
        // YAML makes numbers and truth values of texts without quotes.
        Shape::Text | Shape::Name(_) => json!({"type": ["string", "number", "boolean"]}),
        Shape::Rule(kind) => rule(kind),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Whole(least) => json!({"type": "integer", "minimum": least}),
        Shape::Words(words) => json!({"enum": words}),
        Shape::List(items) => json!({"type": ["array", "null"], "items": shape(*items)}),
        Shape::Named(values) => json!({"type": ["object", "null"], "additionalProperties": shape(*values)}),
        Shape::Keys(keys) => return object(keys),
        Shape::OneKey(keys) => {
            let mut object = object(keys);
            object.insert("type".to_owned(), json!("object"));
            object.insert("minProperties".to_owned(), json!(1));
            object.insert("maxProperties".to_owned(), json!(1));
            return object;
        }
        Shape::Either(shapes) => json!({"anyOf": shapes.iter().map(|one| shape(*one)).collect::<Vec<_>>()}),
        Shape::Called(called) => json!({"$ref": format!("#/$defs/{}", called.name())}),
        Shape::Any => json!({}),
    };
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

fn object(keys: &[Key]) -> Map<String, Value> {
    let mut properties = Map::new();
    for Key { name, doc, value, needed: _ } in keys {
        let mut property = Map::new();
        property.insert("description".to_owned(), json!(doc));
        property.extend(shape(*value));
        properties.insert((*name).to_owned(), Value::Object(property));
    }
    let needed: Vec<&str> = keys.iter().filter(|key| key.needed).map(|key| key.name).collect();
    let mut object = Map::new();
    // Nothing at all is an empty mapping, where nothing is needed.
    object.insert("type".to_owned(), if needed.is_empty() { json!(["object", "null"]) } else { json!("object") });
    object.insert("properties".to_owned(), Value::Object(properties));
    object.insert("additionalProperties".to_owned(), json!(false));
    if !needed.is_empty() {
        object.insert("required".to_owned(), json!(needed));
    }
    object
}

/// A text of the rule language: its examples are those of the vocabulary. Whether a text is right is for the checker to
/// say.
fn rule(kind: TextKind) -> Value {
    let (title, examples): (&str, Vec<&str>) = match kind {
        TextKind::Trigger => ("a trigger", triggers::ALL.iter().flat_map(|entry| entry.examples).copied().collect()),
        TextKind::Filter => ("a filter", filters::ALL.iter().flat_map(|entry| entry.examples).copied().collect()),
        TextKind::Step => ("a step", steps::ALL.iter().flat_map(|entry| entry.examples).copied().collect()),
        TextKind::Schedule => ("a schedule", schedules::ALL.iter().map(|topic| topic.example).collect()),
        TextKind::Qualify => ("a qualification rule", qualify::ALL.iter().map(|topic| topic.example).collect()),
        // One number is an expression, too.
        TextKind::Match => {
            return json!({
                "title": "an expression over the numbers",
                "anyOf": [{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 1}],
                "examples": ["all", "any", "1 and (2 or 3)"],
            });
        }
        TextKind::Duration => ("a span of time", vec!["3 days", "4 hours"]),
    };
    json!({"title": title, "type": "string", "minLength": 1, "examples": examples})
}
