//! The peer `zen-expression`: every campaign an expression, compiled once to its byte code.

use std::collections::HashMap;

use campanile_benches::conditions::Workload;
use serde_json::Value;
use zen_expression::expression::Standard;
use zen_expression::vm::VM;
use zen_expression::{Expression, Isolate, Scope, Variable};

use super::Contestant;
use super::speech::{Speech, about, campaign, context, kind, subject};

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
    /// The campaigns by kind and subject of their triggers, as a careful user would keep them beside the engine.
    index: Option<HashMap<(&'static str, String), Vec<usize>>>,
    keys: Vec<(&'static str, String)>,
    scopes: Vec<Scope>,
    vm: VM,
}

impl Zen {
    pub(crate) fn new(workload: &Workload, indexed: bool) -> Self {
        let mut isolate = Isolate::new();
        let compile = |it: &campanile_benches::conditions::Campaign| {
            let text = campaign::<Language>(&it.trigger, &it.condition);
            isolate.compile_standard(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        let campaigns = workload.campaigns.iter().map(compile).collect();
        let index = indexed.then(|| {
            let mut index: HashMap<_, Vec<usize>> = HashMap::new();
            for (n, campaign) in workload.campaigns.iter().enumerate() {
                let subject = subject(&campaign.trigger).unwrap_or_default();
                index.entry((kind(&campaign.trigger), subject)).or_default().push(n);
            }
            index
        });
        let scope = |n| Scope::new(Variable::from(Value::Object(context(workload, n))));
        Self {
            campaigns,
            index,
            keys: workload.facts.iter().map(about).collect(),
            scopes: (0..workload.facts.len()).map(scope).collect(),
            vm: VM::new(),
        }
    }
}

impl Contestant for Zen {
    fn answer(&mut self, fact: usize) -> Vec<usize> {
        let (campaigns, scope, vm) = (&self.campaigns, &self.scopes[fact], &mut self.vm);
        let mut passes = |n: &usize| match campaigns[*n].evaluate_with_scope(scope, vm) {
            Ok(answer) => matches!(answer, Variable::Bool(true)),
            Err(error) => panic!("campaign {n}: {error}"),
        };
        match &self.index {
            Some(index) => index.get(&self.keys[fact]).into_iter().flatten().copied().filter(passes).collect(),
            None => (0..campaigns.len()).filter(|n| passes(n)).collect(),
        }
    }
}
