//! The peer `cedar-policy`: every campaign a policy. The kind of event is the action, its subject the resource, and the
//! answer is the set of policies that decided. This is how its users would lay it out; the scope is what it is good at.

use campanile_benches::conditions::Workload;
use cedar_policy::{Authorizer, Context, Entities, EntityUid, Policy, PolicyId, PolicySet, Request};
use serde_json::Value;

use super::Contestant;
use super::speech::{Speech, about, condition, context, details, kind, subject};

struct Language;

impl Speech for Language {
    const AND: &'static str = " && ";
    const OR: &'static str = " || ";
    const NOT: &'static str = "!";

    fn variable(name: &str) -> String {
        format!("context.{name}")
    }

    fn one_of(text: &str, values: &[String]) -> String {
        format!("[{}].contains({text})", values.join(", "))
    }

    fn contains(text: &str, part: &str) -> String {
        format!("{text} like \"*{part}*\"")
    }

    fn starts_with(text: &str, part: &str) -> String {
        format!("{text} like \"{part}*\"")
    }

    fn at(map: &str, key: &str, test: &str) -> String {
        format!("({map} has {key} && {map}.{key}{test})")
    }

    fn has(set: &str, key: &str) -> String {
        format!("{set}.contains(\"{key}\")")
    }
}

pub(crate) struct Cedar {
    policies: PolicySet,
    requests: Vec<Request>,
    entities: Entities,
    authorizer: Authorizer,
}

impl Cedar {
    pub(crate) fn new(workload: &Workload) -> Self {
        let mut policies = PolicySet::new();
        for (n, campaign) in workload.campaigns.iter().enumerate() {
            let mut when: Vec<String> = details::<Language>(&campaign.trigger).into_iter().collect();
            when.push(condition::<Language>(&campaign.condition));
            let resource =
                subject(&campaign.trigger).map(|subject| format!(" == Subject::\"{subject}\"")).unwrap_or_default();
            let text = format!(
                "permit(principal, action == Action::\"{}\", resource{resource}) when {{ {} }};",
                kind(&campaign.trigger),
                when.join(" && ")
            );
            let policy = Policy::parse(Some(PolicyId::new(n.to_string())), &text)
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            policies.add(policy).expect("numbers are unique");
        }
        let request = |n: usize| {
            let (kind, subject) = about(&workload.facts[n]);
            let uid = |text: String| text.parse::<EntityUid>().expect("names are plain");
            let context = Context::from_json_value(Value::Object(context(workload, n)), None)
                .expect("the context holds plain values");
            Request::new(
                uid(format!("Person::\"p{n}\"")),
                uid(format!("Action::\"{kind}\"")),
                uid(format!("Subject::\"{subject}\"")),
                context,
                None,
            )
            .expect("there is no schema to offend")
        };
        Self {
            policies,
            requests: (0..workload.facts.len()).map(request).collect(),
            entities: Entities::empty(),
            authorizer: Authorizer::new(),
        }
    }
}

impl Contestant for Cedar {
    fn answer(&mut self, fact: usize) -> Vec<usize> {
        let response = self.authorizer.is_authorized(&self.requests[fact], &self.policies, &self.entities);
        assert_eq!(response.diagnostics().errors().count(), 0, "no policy fails");
        let reasons = response.diagnostics().reason();
        let mut found: Vec<usize> = reasons.filter_map(|id| id.to_string().parse().ok()).collect();
        found.sort_unstable();
        found
    }
}
