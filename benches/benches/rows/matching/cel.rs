//! The peer `cel`: every campaign a compiled program, the event and the person the variables of a context.

use std::collections::HashMap;

use campanile_benches::conditions::Workload;
use cel::{Context, Program, Value};

use super::Contestant;
use super::speech::{Speech, campaign, context};

struct Language;

impl Speech for Language {
    const AND: &'static str = " && ";
    const OR: &'static str = " || ";
    const NOT: &'static str = "!";

    fn variable(name: &str) -> String {
        name.to_owned()
    }

    fn one_of(text: &str, values: &[String]) -> String {
        format!("{text} in [{}]", values.join(", "))
    }

    fn contains(text: &str, part: &str) -> String {
        format!("{text}.contains(\"{part}\")")
    }

    fn starts_with(text: &str, part: &str) -> String {
        format!("{text}.startsWith(\"{part}\")")
    }

    fn at(map: &str, key: &str, test: &str) -> String {
        format!("(\"{key}\" in {map} && {map}[\"{key}\"]{test})")
    }

    fn has(set: &str, key: &str) -> String {
        format!("\"{key}\" in {set}")
    }
}

pub(crate) struct Cel {
    campaigns: Vec<Program>,
    contexts: Vec<Context<'static, 'static>>,
}

impl Cel {
    pub(crate) fn new(workload: &Workload) -> Self {
        let compile = |it: &campanile_benches::conditions::Campaign| {
            let text = campaign::<Language>(&it.trigger, &it.condition);
            Program::compile(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        let campaigns = workload.campaigns.iter().map(compile).collect();
        let fill = |n| {
            let mut filled = Context::default();
            for (name, value) in context(workload, n) {
                filled.add_variable_from_value(name, of(value));
            }
            filled
        };
        Self { campaigns, contexts: (0..workload.facts.len()).map(fill).collect() }
    }
}

/// A value in the types of the language; whole numbers are `int`.
fn of(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(b),
        serde_json::Value::Number(n) => Value::Int(n.as_i64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(values) => values.into_iter().map(of).collect::<Vec<Value>>().into(),
        serde_json::Value::Object(map) => {
            map.into_iter().map(|(key, value)| (key, of(value))).collect::<HashMap<String, Value>>().into()
        }
    }
}

impl Contestant for Cel {
    fn answer(&mut self, fact: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for (n, campaign) in self.campaigns.iter().enumerate() {
            match campaign.execute(&self.contexts[fact]) {
                Ok(Value::Bool(true)) => found.push(n),
                Ok(_) => {}
                Err(error) => panic!("campaign {n}: {error}"),
            }
        }
        found
    }
}
