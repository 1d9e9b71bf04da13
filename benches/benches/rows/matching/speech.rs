//! One way to write conditions and facts for languages that differ in little.
//!
//! Texts are in lower case on both sides, which is the cheapest way to ignore case. Dates are day numbers, moments
//! milliseconds. What Campanile looks up in its activity log is a counter or a moment here, ready to compare.

use campanile_benches::conditions::{Condition, DAYS, Fact, NUMBERS, Person, STATUSES, TEXTS, Trigger, Workload};
use campanile_benches::traffic::START;
use serde_json::{Map, Value, json};

/// What differs from language to language.
pub(crate) trait Speech {
    /// The word between all that must hold.
    const AND: &'static str;
    /// The word between those of which one must hold.
    const OR: &'static str;
    /// The word before what must not hold.
    const NOT: &'static str;

    /// A variable.
    fn variable(name: &str) -> String;
    /// A text is one of these quoted texts.
    fn one_of(text: &str, values: &[String]) -> String;
    /// A text contains a part.
    fn contains(text: &str, part: &str) -> String;
    /// A text starts with a part.
    fn starts_with(text: &str, part: &str) -> String;
    /// The map has the key and its value passes `test` (` == "x"`, ` >= 2`).
    fn at(map: &str, key: &str, test: &str) -> String;
    /// The set has the key.
    fn has(set: &str, key: &str) -> String;
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.to_lowercase())
}

/// A condition as an expression.
pub(crate) fn condition<S: Speech>(of: &Condition) -> String {
    let joined = |all: &[Condition], word: &str| {
        let parts: Vec<String> = all.iter().map(|part| condition::<S>(part)).collect();
        format!("({})", parts.join(word))
    };
    match of {
        Condition::And(all) => joined(all, S::AND),
        Condition::Or(any) => joined(any, S::OR),
        Condition::Not(inner) => format!("{}({})", S::NOT, condition::<S>(inner)),
        Condition::TextIs(field, values) => {
            let text = S::variable(TEXTS[*field].peer);
            match &values[..] {
                [value] => format!("{text} == {}", quoted(value)),
                values => {
                    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                    S::one_of(&text, &values)
                }
            }
        }
        Condition::TextContains(field, part) => S::contains(&S::variable(TEXTS[*field].peer), &part.to_lowercase()),
        Condition::TextStarts(field, part) => S::starts_with(&S::variable(TEXTS[*field].peer), &part.to_lowercase()),
        Condition::AtLeast(field, least) => format!("{} >= {least}", S::variable(NUMBERS[*field].2)),
        Condition::Between(field, first, last) => {
            let number = S::variable(NUMBERS[*field].2);
            format!("({number} >= {first}{}{number} <= {last})", S::AND)
        }
        Condition::Unsubscribed => S::variable("unsubscribed"),
        Condition::OnOrAfter(field, day) => format!("{} >= {day}", S::variable(DAYS[*field].2)),
        Condition::InSfdcCampaign(campaign, status) => {
            S::at(&S::variable("sfdc"), &format!("s{campaign}"), &format!(" == {}", quoted(STATUSES[*status])))
        }
        Condition::InProgram(program) => S::has(&S::variable("programs"), &format!("p{program}")),
        Condition::OnList(list) => S::has(&S::variable("lists"), &format!("l{list}")),
        Condition::FilledOut(form, times) => S::at(&S::variable("forms"), &format!("f{form}"), &format!(" >= {times}")),
        Condition::AddedToList(list, days) => {
            let since = format!(" >= {} - {}", S::variable("now"), days * 86_400_000);
            S::at(&S::variable("list_added"), &format!("l{list}"), &since)
        }
    }
}

/// The kind of fact that a trigger waits for.
pub(crate) const fn kind(of: &Trigger) -> &'static str {
    match of {
        Trigger::SfdcAdded(..) => "sfdc_added",
        Trigger::ProgramChanged(..) => "program_changed",
        Trigger::ListAdded(_) => "list_added",
        Trigger::ScoreChanges(_) => "score_changed",
        Trigger::CountryChanges => "country_changed",
        Trigger::Visits(_) => "visited",
    }
}

/// The subject that a trigger names.
pub(crate) fn subject(of: &Trigger) -> Option<String> {
    match of {
        Trigger::SfdcAdded(n, _) | Trigger::ProgramChanged(n, _) | Trigger::ListAdded(n) => Some(format!("n{n}")),
        Trigger::ScoreChanges(_) | Trigger::CountryChanges | Trigger::Visits(_) => None,
    }
}

/// What a trigger asks for besides kind and subject.
pub(crate) fn details<S: Speech>(of: &Trigger) -> Option<String> {
    match of {
        Trigger::SfdcAdded(_, Some(status)) | Trigger::ProgramChanged(_, status) => {
            Some(format!("{} == {}", S::variable("status"), quoted(STATUSES[*status])))
        }
        Trigger::ScoreChanges(Some(least)) => Some(format!("{} >= {least}", S::variable("score"))),
        Trigger::Visits(Some(part)) => Some(S::contains(&S::variable("page"), part)),
        Trigger::SfdcAdded(_, None)
        | Trigger::ListAdded(_)
        | Trigger::ScoreChanges(None)
        | Trigger::CountryChanges
        | Trigger::Visits(None) => None,
    }
}

/// A whole campaign as one expression; what decides most stands first.
pub(crate) fn campaign<S: Speech>(trigger: &Trigger, then: &Condition) -> String {
    let mut parts = vec![format!("{} == \"{}\"", S::variable("kind"), kind(trigger))];
    parts.extend(subject(trigger).map(|subject| format!("{} == \"{subject}\"", S::variable("subject"))));
    parts.extend(details::<S>(trigger));
    parts.push(condition::<S>(then));
    parts.join(S::AND)
}

/// The kind of a fact and its subject.
pub(crate) fn about(fact: &Fact) -> (&'static str, String) {
    match fact {
        Fact::SfdcAdded(n, _) => ("sfdc_added", format!("n{n}")),
        Fact::ProgramChanged(n, _) => ("program_changed", format!("n{n}")),
        Fact::ListAdded(n) => ("list_added", format!("n{n}")),
        Fact::Score(_) => ("score_changed", String::new()),
        Fact::Country(_) => ("country_changed", String::new()),
        Fact::Visit(_) => ("visited", String::new()),
    }
}

/// The fact and the person once it has happened, as one object.
pub(crate) fn context(workload: &Workload, n: usize) -> Map<String, Value> {
    let fact = &workload.facts[n];
    let person: Person = workload.people[n].after(fact);
    let (kind, subject) = about(fact);
    let status = match fact {
        Fact::SfdcAdded(_, status) | Fact::ProgramChanged(_, status) => STATUSES[*status].to_lowercase(),
        Fact::ListAdded(_) | Fact::Score(_) | Fact::Country(_) | Fact::Visit(_) => String::new(),
    };
    let page = match fact {
        Fact::Visit(page) => page,
        _ => "",
    };
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("kind", json!(kind));
    put("subject", json!(subject));
    put("status", json!(status));
    put("page", json!(page));
    put("now", json!(START.0));
    for (field, value) in TEXTS.iter().zip(&person.texts) {
        put(field.peer, json!(value.to_lowercase()));
    }
    for ((_, _, name), value) in NUMBERS.iter().zip(&person.numbers) {
        put(name, json!(value));
    }
    for ((_, _, name), day) in DAYS.iter().zip(&person.days) {
        put(name, json!(day));
    }
    put("unsubscribed", json!(person.unsubscribed));
    let sfdc = person.sfdc.iter().map(|(n, status)| (format!("s{n}"), json!(STATUSES[*status].to_lowercase())));
    put("sfdc", Value::Object(sfdc.collect()));
    let forms = person.forms.iter().map(|(n, times)| (format!("f{n}"), json!(times)));
    put("forms", Value::Object(forms.collect()));
    let added = person.lists.iter().map(|(n, at)| (format!("l{n}"), json!(at)));
    put("list_added", Value::Object(added.collect()));
    put("lists", Value::Array(person.lists.keys().map(|n| json!(format!("l{n}"))).collect()));
    put("programs", Value::Array(person.programs.iter().map(|n| json!(format!("p{n}"))).collect()));
    object
}
