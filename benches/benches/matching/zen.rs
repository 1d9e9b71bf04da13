//! The peer `zen-expression`: every campaign an expression, compiled once to its byte code.

use campanile_benches::conditions::Workload;
use serde_json::Value;
use zen_expression::expression::Standard;
use zen_expression::vm::VM;
use zen_expression::{Expression, Isolate, Scope, Variable};

use super::Contestant;
use super::speech::{Speech, campaign, context};

struct Language;

impl Speech for Language {
    const AND: &'static str = " and ";
    const OR: &'static str = " or ";
    const NOT: &'static str = "not ";

    fn variable(name: &str) -> String {
        name.to_owned()
    }

    fn one_of(text: &str, values: &[String]) -> String {
        format!("({text} in [{}])", values.join(", "))
    }

    fn contains(text: &str, part: &str) -> String {
        format!("contains({text}, \"{part}\")")
    }

    fn starts_with(text: &str, part: &str) -> String {
        format!("startsWith({text}, \"{part}\")")
    }

    fn at(map: &str, key: &str, test: &str) -> String {
        format!("({map}.{key} != null and {map}.{key}{test})")
    }

    fn has(set: &str, key: &str) -> String {
        format!("(\"{key}\" in {set})")
    }
}

pub(crate) struct Zen {
    campaigns: Vec<Expression<Standard>>,
    scopes: Vec<Scope>,
    vm: VM,
}

impl Zen {
    pub(crate) fn new(workload: &Workload) -> Self {
        let mut isolate = Isolate::new();
        let compile = |it: &campanile_benches::conditions::Campaign| {
            let text = campaign::<Language>(&it.trigger, &it.condition);
            isolate.compile_standard(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        let campaigns = workload.campaigns.iter().map(compile).collect();
        let scope = |n| Scope::new(Variable::from(Value::Object(context(workload, n))));
        Self { campaigns, scopes: (0..workload.facts.len()).map(scope).collect(), vm: VM::new() }
    }
}

impl Contestant for Zen {
    fn answer(&mut self, fact: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for (n, campaign) in self.campaigns.iter().enumerate() {
            match campaign.evaluate_with_scope(&self.scopes[fact], &mut self.vm) {
                Ok(Variable::Bool(true)) => found.push(n),
                Ok(_) => {}
                Err(error) => panic!("campaign {n}: {error}"),
            }
        }
        found
    }
}
