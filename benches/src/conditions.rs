//! Campaigns for the match benchmark, described once so that every contestant can be asked the same question.
//!
//! A [`Campaign`] is a trigger and a condition. This module draws them, writes them as a Campanile rule book and answers
//! them naively; `peers` in the benchmark writes them in the languages of the others. Names of subjects are numbers
//! here; each side spells them as it likes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use campanile::{Event, EventKind, FactValue, Timestamp};

use crate::random::Random;
use crate::traffic::START;

/// A text field: its name in rules, in facts and in peers, and how many values there are.
#[derive(Debug)]
pub struct TextField {
    /// In rules.
    pub rule: &'static str,
    /// In facts.
    pub fact: &'static str,
    /// In the languages of peers.
    pub peer: &'static str,
    /// How many different values people have.
    pub values: usize,
}

const fn text_field(rule: &'static str, fact: &'static str, peer: &'static str, values: usize) -> TextField {
    TextField { rule, fact, peer, values }
}

/// The text fields.
pub const TEXTS: [TextField; 6] = [
    text_field("Country", "Country", "country", 30),
    text_field("Industry", "Industry", "industry", 20),
    text_field("[Job Title]", "Job Title", "job_title", 60),
    text_field("City", "City", "city", 500),
    text_field("[Lead Source]", "Lead Source", "lead_source", 8),
    text_field("Language", "Language", "language", 10),
];
const COUNTRY: usize = 0;
const INDUSTRY: usize = 1;
const JOB_TITLE: usize = 2;
const CITY: usize = 3;
const LEAD_SOURCE: usize = 4;
const LANGUAGE: usize = 5;

/// The fields of whole numbers: in rules, in facts, in peers.
pub const NUMBERS: [(&str, &str, &str); 2] =
    [("Score", "Person Score", "score"), ("[Number of Employees]", "Number of Employees", "employees")];
const SCORE: usize = 0;
const EMPLOYEES: usize = 1;

/// The date fields.
pub const DAYS: [(&str, &str, &str); 2] =
    [("[Last Visit]", "Last Visit", "last_visit"), ("[Event Date]", "Event Date", "event_date")];

/// How many SFDC campaigns, programs and lists conditions name, and how many forms.
pub const SUBJECTS: usize = 300;
/// The statuses of members.
pub const STATUSES: [&str; 3] = ["Sent", "Opened", "Responded"];
const LEVELS: [&str; 3] = ["Executive", "Manager", "Engineer"];
const AREAS: [&str; 5] = ["Sales", "Marketing", "Finance", "Research", "Support"];
const RANKS: [&str; 4] = ["Senior", "Junior", "Lead", "Assistant"];
const PAGES: [&str; 8] =
    ["/pricing", "/pricing/teams", "/docs/start", "/docs/api", "/blog/spring", "/events", "/jobs", "/contact"];

/// A condition about a person.
#[derive(Debug, Clone)]
pub enum Condition {
    /// All hold.
    And(Vec<Condition>),
    /// One holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A text field is one of these.
    TextIs(usize, Vec<String>),
    /// A text field contains this.
    TextContains(usize, String),
    /// A text field starts with this.
    TextStarts(usize, String),
    /// A number is at least this.
    AtLeast(usize, i64),
    /// A number lies between these, both in.
    Between(usize, i64, i64),
    /// The person unsubscribed.
    Unsubscribed,
    /// A date is this or later.
    OnOrAfter(usize, i32),
    /// Member of an SFDC campaign with a status.
    InSfdcCampaign(usize, usize),
    /// Member of a program, with any status.
    InProgram(usize),
    /// On a list.
    OnList(usize),
    /// Filled out a form so many times.
    FilledOut(usize, u32),
    /// Was added to a list in the past so many days.
    AddedToList(usize, i64),
}

/// What a campaign waits for. The subjects are others than those of conditions.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// Added to this SFDC campaign, with this status if any.
    SfdcAdded(usize, Option<usize>),
    /// The status in this program is changed to this one.
    ProgramChanged(usize, usize),
    /// Added to this list.
    ListAdded(usize),
    /// The score changes, to at least this if any.
    ScoreChanges(Option<i64>),
    /// The country changes.
    CountryChanges,
    /// A page is visited, of which the path contains this if any.
    Visits(Option<&'static str>),
}

/// A trigger and a condition.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// What it waits for.
    pub trigger: Trigger,
    /// Who may pass.
    pub condition: Condition,
}

/// What happens to a person.
#[derive(Debug, Clone)]
pub enum Fact {
    /// Added to this SFDC campaign with this status.
    SfdcAdded(usize, usize),
    /// This program status is reached.
    ProgramChanged(usize, usize),
    /// Added to this list.
    ListAdded(usize),
    /// The new score.
    Score(i64),
    /// The new country.
    Country(String),
    /// The page that is visited.
    Visit(&'static str),
}

/// A person, as plain as can be.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// By place in [`TEXTS`]; may be empty.
    pub texts: Vec<String>,
    /// By place in [`NUMBERS`].
    pub numbers: Vec<i64>,
    /// By place in [`DAYS`]; days since 1970.
    pub days: Vec<i32>,
    /// Whether the person unsubscribed.
    pub unsubscribed: bool,
    /// SFDC campaigns and statuses.
    pub sfdc: BTreeMap<usize, usize>,
    /// Programs.
    pub programs: BTreeSet<usize>,
    /// Lists, with the moment of the addition.
    pub lists: BTreeMap<usize, i64>,
    /// Forms and how often they were filled out.
    pub forms: BTreeMap<usize, u32>,
}

/// The two families.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Every trigger names one of many subjects.
    Anchored,
    /// No trigger names a subject; every campaign could be hit.
    SegmentLike,
}

/// Everything that one table row of the match benchmark needs.
#[derive(Debug)]
pub struct Workload {
    /// How many subjects of each kind triggers name.
    pub anchors: usize,
    /// The campaigns.
    pub campaigns: Vec<Campaign>,
    /// People before anything happens.
    pub people: Vec<Person>,
    /// One fact for each person.
    pub facts: Vec<Fact>,
}

fn value(field: usize, n: usize) -> String {
    match field {
        COUNTRY => format!("Country {n:02}"),
        INDUSTRY => format!("Industry {n:02}"),
        JOB_TITLE => format!("{} {} {}", RANKS[n % 4], AREAS[n / 4 % 5], LEVELS[n / 20 % 3]),
        CITY => format!("City {n:03}"),
        LEAD_SOURCE => format!("Source {n}"),
        _ => format!("Language {n}"),
    }
}

fn any_value(field: usize, random: &mut Random) -> String {
    value(field, random.below(TEXTS[field].values))
}

const TODAY: i32 = (START.0 / 86_400_000) as i32;

impl Workload {
    /// `n` campaigns and so many people, each with a fact.
    pub fn new(family: Family, n: usize, people: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let anchors = (n / 15).max(2);
        let campaigns = (0..n)
            .map(|_| Campaign {
                trigger: match family {
                    Family::Anchored => anchored_trigger(anchors, &mut random),
                    Family::SegmentLike => open_trigger(&mut random),
                },
                condition: match family {
                    Family::Anchored => mild(&mut random),
                    Family::SegmentLike => strict(&mut random),
                },
            })
            .collect();
        let people: Vec<Person> = (0..people).map(|_| person(&mut random)).collect();
        let facts = people.iter().map(|person| fact(family, anchors, person, &mut random)).collect();
        Self { anchors, campaigns, people, facts }
    }

    /// Who qualifies when the fact with this number happens: the numbers of campaigns, by asking each of them.
    pub fn naive(&self, fact: usize) -> Vec<usize> {
        let (person, fact) = (self.people[fact].after(&self.facts[fact]), &self.facts[fact]);
        let passes = |campaign: &Campaign| campaign.trigger.fires(fact) && campaign.condition.holds(&person);
        self.campaigns.iter().enumerate().filter(|(_, campaign)| passes(campaign)).map(|(at, _)| at).collect()
    }
}

fn anchored_trigger(anchors: usize, random: &mut Random) -> Trigger {
    let anchor = random.below(anchors);
    match random.below(3) {
        0 => Trigger::SfdcAdded(anchor, random.percent(30).then(|| random.below(3))),
        1 => Trigger::ProgramChanged(anchor, random.below(3)),
        _ => Trigger::ListAdded(anchor),
    }
}

fn open_trigger(random: &mut Random) -> Trigger {
    match random.below(10) {
        0..3 => Trigger::ScoreChanges(None),
        3..5 => Trigger::ScoreChanges(Some(random.between(100, 900))),
        5..7 => Trigger::CountryChanges,
        7..9 => Trigger::Visits(None),
        _ => Trigger::Visits(Some(["/pricing", "/docs", "/blog"][random.below(3)])),
    }
}

fn is(field: usize, values: usize, random: &mut Random) -> Condition {
    let mut values: Vec<String> = (0..values).map(|_| any_value(field, random)).collect();
    values.sort_unstable();
    values.dedup();
    Condition::TextIs(field, values)
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

/// One test of any sort.
fn any(random: &mut Random) -> Condition {
    match random.below(13) {
        0 => is(COUNTRY, 3, random),
        1 => not(is(INDUSTRY, 1, random)),
        2 => Condition::TextContains(JOB_TITLE, random.one_of(&AREAS).to_owned()),
        3 => Condition::TextStarts(JOB_TITLE, random.one_of(&RANKS).to_owned()),
        4 => Condition::AtLeast(SCORE, random.between(100, 900)),
        5 => Condition::Between(EMPLOYEES, random.between(1, 4000), random.between(4001, 10_000)),
        6 => not(Condition::Unsubscribed),
        7 => Condition::OnOrAfter(random.below(2), TODAY - random.between(1, 365) as i32),
        8 => Condition::InSfdcCampaign(random.below(SUBJECTS), random.below(3)),
        9 => not(Condition::InProgram(random.below(SUBJECTS))),
        10 => not(Condition::OnList(random.below(SUBJECTS))),
        11 => is(LANGUAGE, 2, random),
        _ => not(is(LEAD_SOURCE, 2, random)),
    }
}

/// A condition that about half of the people pass.
fn mild(random: &mut Random) -> Condition {
    match random.below(4) {
        0 => any(random),
        1 => Condition::Or(vec![any(random), any(random)]),
        2 => Condition::And(vec![any(random), not(Condition::And(vec![any(random), any(random)]))]),
        _ => Condition::And(vec![any(random), Condition::Or(vec![any(random), any(random), any(random)])]),
    }
}

/// A condition that very few people pass: one sharp test, one that halves or more, and one of any sort.
fn strict(random: &mut Random) -> Condition {
    let sharp = match random.below(7) {
        0 => is(CITY, 1, random),
        1 => {
            let from = random.between(0, 990);
            let title = Condition::TextContains(JOB_TITLE, random.one_of(&AREAS).to_owned());
            Condition::And(vec![title, Condition::Between(SCORE, from, from + 10)])
        }
        2 => Condition::Or(vec![is(CITY, 2, random), Condition::OnList(random.below(SUBJECTS))]),
        3 => Condition::FilledOut(random.below(SUBJECTS), random.between(1, 3) as u32),
        4 => Condition::InSfdcCampaign(random.below(SUBJECTS), random.below(3)),
        5 => Condition::AddedToList(random.below(SUBJECTS), random.between(10, 60)),
        _ => Condition::InProgram(random.below(SUBJECTS)),
    };
    let halving = match random.below(3) {
        0 => is(COUNTRY, 2, random),
        1 => Condition::And(vec![is(INDUSTRY, 1, random), any(random)]),
        _ => Condition::And(vec![is(LANGUAGE, 1, random), not(Condition::AtLeast(SCORE, random.between(300, 700)))]),
    };
    let third = any(random);
    // People write their tests in any order.
    let mut parts = vec![sharp, halving, third];
    let turn = random.below(3);
    parts.rotate_left(turn);
    Condition::And(parts)
}

fn person(random: &mut Random) -> Person {
    let mut person = Person {
        texts: (0..TEXTS.len())
            .map(|field| if random.percent(5) { String::new() } else { any_value(field, random) })
            .collect(),
        numbers: vec![random.between(0, 1000), random.between(1, 10_000)],
        days: vec![TODAY - random.between(0, 365) as i32, TODAY + random.between(-180, 180) as i32],
        unsubscribed: random.percent(10),
        ..Person::default()
    };
    for _ in 0..2 {
        person.sfdc.insert(random.below(SUBJECTS), random.below(3));
        person.programs.insert(random.below(SUBJECTS));
        person.lists.insert(random.below(SUBJECTS), START.0 - random.between(0, 90) * 86_400_000 - 1);
        person.forms.insert(random.below(SUBJECTS), random.between(1, 3) as u32);
    }
    person
}

fn fact(family: Family, anchors: usize, person: &Person, random: &mut Random) -> Fact {
    match family {
        Family::Anchored => match random.below(3) {
            0 => Fact::SfdcAdded(random.below(anchors), random.below(3)),
            1 => Fact::ProgramChanged(random.below(anchors), random.below(3)),
            _ => Fact::ListAdded(random.below(anchors)),
        },
        Family::SegmentLike => match random.below(4) {
            0 | 1 => Fact::Score((person.numbers[SCORE] + random.between(1, 1000)) % 1001),
            2 => loop {
                let country = any_value(COUNTRY, random);
                if country != person.texts[COUNTRY] {
                    break Fact::Country(country);
                }
            },
            _ => Fact::Visit(random.one_of(&PAGES)),
        },
    }
}

impl Person {
    /// The person once the fact has happened, as far as conditions can tell.
    pub fn after(&self, fact: &Fact) -> Self {
        let mut person = self.clone();
        match fact {
            Fact::Score(score) => person.numbers[SCORE] = *score,
            Fact::Country(country) => person.texts[COUNTRY].clone_from(country),
            Fact::SfdcAdded(..) | Fact::ProgramChanged(..) | Fact::ListAdded(_) | Fact::Visit(_) => {}
        }
        person
    }
}

impl Trigger {
    /// Whether a fact is what it waits for. The score and the country of facts are always new.
    pub fn fires(&self, fact: &Fact) -> bool {
        match (self, fact) {
            (Self::SfdcAdded(wanted, status), Fact::SfdcAdded(campaign, got)) => {
                wanted == campaign && status.is_none_or(|status| status == *got)
            }
            (Self::ProgramChanged(wanted, status), Fact::ProgramChanged(program, got)) => {
                wanted == program && status == got
            }
            (Self::ListAdded(wanted), Fact::ListAdded(list)) => wanted == list,
            (Self::ScoreChanges(least), Fact::Score(score)) => least.is_none_or(|least| *score >= least),
            (Self::CountryChanges, Fact::Country(_)) => true,
            (Self::Visits(part), Fact::Visit(page)) => part.is_none_or(|part| page.contains(part)),
            _ => false,
        }
    }
}

impl Condition {
    /// Whether it holds for a person. No value has letters that need more than ASCII case folding, and all are spelled
    /// alike, so plain comparison is the language's comparison.
    pub fn holds(&self, person: &Person) -> bool {
        match self {
            Self::And(all) => all.iter().all(|condition| condition.holds(person)),
            Self::Or(any) => any.iter().any(|condition| condition.holds(person)),
            Self::Not(condition) => !condition.holds(person),
            Self::TextIs(field, values) => values.contains(&person.texts[*field]),
            Self::TextContains(field, part) => person.texts[*field].contains(part.as_str()),
            Self::TextStarts(field, part) => person.texts[*field].starts_with(part.as_str()),
            Self::AtLeast(field, least) => person.numbers[*field] >= *least,
            Self::Between(field, first, last) => (*first..=*last).contains(&person.numbers[*field]),
            Self::Unsubscribed => person.unsubscribed,
            Self::OnOrAfter(field, day) => person.days[*field] >= *day,
            Self::InSfdcCampaign(campaign, status) => person.sfdc.get(campaign) == Some(status),
            Self::InProgram(program) => person.programs.contains(program),
            Self::OnList(list) => person.lists.contains_key(list),
            Self::FilledOut(form, times) => person.forms.get(form).is_some_and(|count| count >= times),
            Self::AddedToList(list, days) => {
                person.lists.get(list).is_some_and(|at| *at >= START.0 - days * 86_400_000)
            }
        }
    }

    /// The condition in the rule language.
    pub fn rule(&self) -> String {
        let joined = |all: &[Self], word: &str| {
            let parts: Vec<String> = all
                .iter()
                .map(|part| match part {
                    Self::And(_) | Self::Or(_) => format!("({})", part.rule()),
                    _ => part.rule(),
                })
                .collect();
            parts.join(word)
        };
        let quoted =
            |values: &[String]| values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ");
        match self {
            Self::And(all) => joined(all, " and "),
            Self::Or(any) => joined(any, " or "),
            Self::Not(inner) => match &**inner {
                Self::TextIs(field, values) => format!("{} is not {}", TEXTS[*field].rule, quoted(values)),
                Self::Unsubscribed => "Unsubscribed is false".to_owned(),
                Self::And(_) | Self::Or(_) => format!("not ({})", inner.rule()),
                _ => format!("not {}", inner.rule()),
            },
            Self::TextIs(field, values) => format!("{} is {}", TEXTS[*field].rule, quoted(values)),
            Self::TextContains(field, part) => format!("{} contains \"{part}\"", TEXTS[*field].rule),
            Self::TextStarts(field, part) => format!("{} starts with \"{part}\"", TEXTS[*field].rule),
            Self::AtLeast(field, least) => format!("{} is at least {least}", NUMBERS[*field].0),
            Self::Between(field, first, last) => format!("{} is between {first} and {last}", NUMBERS[*field].0),
            Self::Unsubscribed => "Unsubscribed is true".to_owned(),
            Self::OnOrAfter(field, day) => {
                format!("{} is on or after {}", DAYS[*field].0, campanile::model::Date(*day))
            }
            Self::InSfdcCampaign(campaign, status) => {
                format!("member of SFDC campaign \"Track {campaign}\" with status \"{}\"", STATUSES[*status])
            }
            Self::InProgram(program) => format!("member of program \"Course {program}\""),
            Self::OnList(list) => format!("member of list \"Audience {list}\""),
            Self::FilledOut(form, times) => {
                format!("performed \"Fill Out Form\" where Form is \"Form {form}\" at least {times} times")
            }
            Self::AddedToList(list, days) => format!("was added to list \"Audience {list}\" in past {days} days"),
        }
    }
}

impl Trigger {
    /// The trigger in the rule language.
    pub fn rule(&self) -> String {
        match self {
            Self::SfdcAdded(campaign, None) => format!("added to SFDC campaign \"Campaign {campaign}\""),
            Self::SfdcAdded(campaign, Some(status)) => {
                format!("added to SFDC campaign \"Campaign {campaign}\" with status \"{}\"", STATUSES[*status])
            }
            Self::ProgramChanged(program, status) => {
                format!("status is changed in program \"Program {program}\" to \"{}\"", STATUSES[*status])
            }
            Self::ListAdded(list) => format!("added to list \"List {list}\""),
            Self::ScoreChanges(None) => "Score changes".to_owned(),
            Self::ScoreChanges(Some(least)) => format!("Score changes to at least {least}"),
            Self::CountryChanges => "Country changes".to_owned(),
            Self::Visits(None) => "performs \"Visit Web Page\"".to_owned(),
            Self::Visits(Some(part)) => format!("performs \"Visit Web Page\" where Page contains \"{part}\""),
        }
    }
}

/// The rule book of a workload, 500 campaigns to a file. Campaign `c0000012` is number 12.
pub fn rules(workload: &Workload) -> Vec<(String, String)> {
    let mut text = "\
fields: {Last Visit: date, Event Date: date}
activities:
  Fill Out Form: {Form: text}
  Visit Web Page: {Page: text}
channels:
  Mail:
    statuses: {Sent: {step: 10}, Opened: {step: 20}, Responded: {step: 30, success: true}}
lists:
"
    .to_owned();
    let mut names: Vec<(&str, &str, &str, usize)> = vec![("Audience", "Course", "Track", SUBJECTS)];
    names.push(("List", "Program", "Campaign", workload.anchors));
    for (list, _, _, count) in &names {
        (0..*count).for_each(|n| {
            let _ = writeln!(text, "  - {list} {n}");
        });
    }
    let mut files = vec![("0-lists.yaml".to_owned(), text)];
    let mut declare = |file: String, head: &str, lines: Vec<String>| {
        for (at, lines) in lines.chunks(4000).enumerate() {
            files.push((format!("{file}-{at}.yaml"), format!("{head}{}", lines.concat())));
        }
    };
    let all = |pick: fn(&(&'static str, &'static str, &'static str, usize)) -> &'static str| {
        names.iter().flat_map(move |of| (0..of.3).map(move |n| format!("{} {n}", pick(of)))).collect::<Vec<String>>()
    };
    let programs = all(|of| of.1).iter().map(|name| format!("  {name}: {{channel: Mail}}\n")).collect();
    declare("1-programs".to_owned(), "programs:\n", programs);
    let statuses = "{statuses: {Sent: {default: true}, Opened: {}, Responded: {responded: true}}}";
    let campaigns = all(|of| of.2).iter().map(|name| format!("  {name}: {statuses}\n")).collect();
    declare("2-salesforce".to_owned(), "sfdc_campaigns:\n", campaigns);
    for (at, campaigns) in workload.campaigns.chunks(500).enumerate() {
        let mut text = "smart_campaigns:\n".to_owned();
        for (n, campaign) in campaigns.iter().enumerate() {
            let _ = write!(
                text,
                "  c{:07}:\n    triggers: ['{}']\n    filter: >-\n      {}\n    qualify: every time\n    flow: [do \
                 nothing]\n",
                at * 500 + n,
                campaign.trigger.rule(),
                campaign.condition.rule()
            );
        }
        files.push((format!("3-campaigns-{at:04}.yaml"), text));
    }
    files
}

/// The id of the person with this number.
pub fn person_id(n: usize) -> String {
    format!("p{n:06}")
}

fn about(n: usize, at: Option<i64>, log: bool, kind: EventKind<'static>) -> Event<'static> {
    Event { at: at.map(Timestamp), id: None, person: Some(Cow::Owned(person_id(n))), log, kind }
}

fn own(text: impl Into<String>) -> Cow<'static, str> {
    Cow::Owned(text.into())
}

fn visit(page: &str) -> EventKind<'static> {
    EventKind::Activity { activity: own("Visit Web Page"), attributes: vec![(own("Page"), FactValue::Text(own(page)))] }
}

fn field(name: &str, value: FactValue<'static>) -> EventKind<'static> {
    EventKind::Person { fields: vec![(own(name), value)] }
}

impl Workload {
    /// The records that bring the people in.
    pub fn load(&self) -> Vec<Event<'static>> {
        let mut records = Vec::new();
        for (n, person) in self.people.iter().enumerate() {
            let mut fields: Vec<(Cow<'static, str>, FactValue<'static>)> = Vec::new();
            for (field, value) in TEXTS.iter().zip(&person.texts) {
                if !value.is_empty() {
                    fields.push((own(field.fact), FactValue::Text(own(value))));
                }
            }
            for ((_, name, _), value) in NUMBERS.iter().zip(&person.numbers) {
                fields.push((own(*name), FactValue::Number(own(value.to_string()))));
            }
            for ((_, name, _), day) in DAYS.iter().zip(&person.days) {
                fields.push((own(*name), FactValue::Text(own(campanile::model::Date(*day).to_string()))));
            }
            fields.push((own("Unsubscribed"), FactValue::Boolean(person.unsubscribed)));
            records.push(about(n, Some(START.0), false, EventKind::Person { fields }));
            for (campaign, status) in &person.sfdc {
                let kind = EventKind::SfdcCampaignAdded {
                    campaign: own(format!("Track {campaign}")),
                    status: Some(own(STATUSES[*status])),
                    added: None,
                };
                records.push(about(n, Some(START.0), false, kind));
            }
            for program in &person.programs {
                let kind =
                    EventKind::ProgramStatusChanged { program: own(format!("Course {program}")), to: own("Sent") };
                records.push(about(n, Some(START.0), false, kind));
            }
            for (list, at) in &person.lists {
                records.push(about(n, Some(*at), true, EventKind::ListAdded { list: own(format!("Audience {list}")) }));
            }
            for (form, times) in &person.forms {
                for _ in 0..*times {
                    let kind = EventKind::Activity {
                        activity: own("Fill Out Form"),
                        attributes: vec![(own("Form"), FactValue::Text(own(format!("Form {form}"))))],
                    };
                    records.push(about(n, Some(START.0 - 86_400_000), true, kind));
                }
            }
        }
        records
    }

    /// The fact with this number, as an event.
    pub fn event(&self, n: usize) -> Event<'static> {
        let kind = match &self.facts[n] {
            Fact::SfdcAdded(campaign, status) => EventKind::SfdcCampaignAdded {
                campaign: own(format!("Campaign {campaign}")),
                status: Some(own(STATUSES[*status])),
                added: None,
            },
            Fact::ProgramChanged(program, status) => EventKind::ProgramStatusChanged {
                program: own(format!("Program {program}")),
                to: own(STATUSES[*status]),
            },
            Fact::ListAdded(list) => EventKind::ListAdded { list: own(format!("List {list}")) },
            Fact::Score(score) => field("Person Score", FactValue::Number(own(score.to_string()))),
            Fact::Country(country) => field("Country", FactValue::Text(own(country))),
            Fact::Visit(page) => visit(page),
        };
        about(n, None, false, kind)
    }

    /// The event that undoes it, so that it can happen again.
    pub fn undoing(&self, n: usize) -> Option<Event<'static>> {
        let before = &self.people[n];
        let kind = match &self.facts[n] {
            Fact::SfdcAdded(campaign, _) => {
                EventKind::SfdcCampaignRemoved { campaign: own(format!("Campaign {campaign}")) }
            }
            Fact::ProgramChanged(program, _) => {
                EventKind::ProgramRemoved { program: own(format!("Program {program}")) }
            }
            Fact::ListAdded(list) => EventKind::ListRemoved { list: own(format!("List {list}")) },
            Fact::Score(_) => field("Person Score", FactValue::Number(own(before.numbers[SCORE].to_string()))),
            Fact::Country(_) if before.texts[COUNTRY].is_empty() => field("Country", FactValue::Null),
            Fact::Country(_) => field("Country", FactValue::Text(own(&before.texts[COUNTRY]))),
            Fact::Visit(_) => return None,
        };
        Some(about(n, None, false, kind))
    }
}
