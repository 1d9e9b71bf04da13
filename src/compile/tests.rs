//! Every check, from YAML to findings: code, blamed text, message.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::{Names, check, filter, step_text};
use crate::diagnostics::{FileId, Sources};
use crate::language::Scalar;
use crate::meaning::{Rulebook, Start, StepKind};
use crate::model::{CampaignId, Id, NameTable};
use crate::vocabulary::EXAMPLE_WORKSPACE;

/// The findings, one a line.
fn told(files: &[(&str, &str)]) -> String {
    let mut sources = Sources::new();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let lines: Vec<String> = check(&sources)
        .findings
        .iter()
        .map(|it| format!("{} `{}` {}", it.code, sources.text(it.span), it.message))
        .collect();
    lines.join("\n")
}

fn finds(text: &str, findings: &str) {
    assert_eq!(told(&[("a.yaml", text)]), findings, "{text}");
}

fn rulebook(text: &str) -> Rulebook {
    let mut sources = Sources::new();
    sources.add("a.yaml", text);
    let checked = check(&sources);
    checked.rulebook.unwrap_or_else(|| panic!("{:?}", checked.findings))
}

fn names(rulebook: &Rulebook) -> Names {
    fn table<'n, I: Id>(names: impl Iterator<Item = &'n str>) -> NameTable<I> {
        let mut table = NameTable::new();
        names.for_each(|name| {
            table.intern(name);
        });
        table
    }
    Names {
        sfdc_campaigns: table(rulebook.sfdc_campaigns.iter().map(|it| it.name.as_str())),
        programs: table(rulebook.programs.iter().map(|it| it.name.as_str())),
        lists: rulebook.lists.clone(),
        statuses: rulebook.statuses.clone(),
        activities: table(rulebook.activities.iter().map(|it| it.name.as_str())),
    }
}

#[test]
fn the_example_workspace_is_fine() {
    finds(EXAMPLE_WORKSPACE, "");
}

#[test]
fn names_declared_twice() {
    finds(
        "fields:\n  Region: text\n  REGION: text\n  country: text\n  Score: integer\nlists: [A, A]\n",
        "E0301 `REGION` field `REGION` is declared twice\n\
         E0301 `country` the field `country` always exists and cannot be declared again\n\
         E0301 `Score` the field `Score` always exists and cannot be declared again\n\
         E0301 `A` list `A` is declared twice",
    );
    let a = "settings: {max_people: 5}\nsegments:\n  S: Country is \"NL\"\n";
    let b = "settings: {max_people: 6}\nsegments:\n  S: Country is \"BE\"\n";
    assert_eq!(
        told(&[("a.yaml", a), ("b.yaml", b)]),
        "E0301 `settings` `settings` stands twice, first in `a.yaml`\n\
         E0301 `S` segment `S` is declared twice, first in `a.yaml`"
    );
}

#[test]
fn declarations() {
    finds(
        "settings: {time_zone: Amsterdam}\nfields:\n  A: string\n  B: {type: integer, values: [1]}\n",
        "E0111 `Amsterdam` there is no time zone `Amsterdam`\n\
         E0111 `string` there is no type `string`\n\
         E0111 `1` a field of type integer has no closed list",
    );
    finds(
        "channels:\n  C: {statuses: {Not in Program: {step: 0}, In: {step: 1}}}\nprograms:\n  P:\n    channel: C\n    \
         on_conflict: newest\n    backward: never\n    period_costs: [{month: 2026-13, amount: 1}, {month: 2026-01, amount: 1.5}]\n",
        "E0301 `Not in Program` the status `Not in Program` always exists and cannot be declared again\n\
         E0111 `newest` `newest` is no value of `on_conflict`\n\
         E0111 `never` `never` is no value of `backward`\n\
         E0404 `2026-13` there is no month `2026-13`\n\
         E0605 `1.5` the period cost `1.5` is not a whole number",
    );
    finds(
        "sfdc_campaigns:\n  A: {statuses: {X: {default: true}, Y: {default: true}}}\n  B: {statuses: {X: {}}}\n",
        "E0602 `default: true` `A` has two default statuses, `X` and `Y`\n\
         W0601 `B` the SFDC campaign `B` has no default status",
    );
}

#[test]
fn what_nobody_means() {
    let flow = "flow: [do nothing]";
    for (text, findings) in [
        ("lists: ['', A]\n", "E0111 `''` in `lists` stands an empty name"),
        ("fields: {'': text}\n", "E0111 `''` in `fields` stands an empty name"),
        ("tokens: {' ': x}\n", "E0111 `' '` in `tokens` stands an empty name"),
        ("segments: {'': Score > 5}\n", "E0111 `''` in `segments` stands an empty name"),
        (&format!("smart_campaigns: {{'': {{{flow}}}}}\n"), "E0111 `''` in `smart_campaigns` stands an empty name"),
        ("smart_campaigns: {a: {flow: [{id: '', do: do nothing}]}}\n", "E0111 `''` in `id` stands an empty name"),
        (
            &format!("smart_campaigns: {{a: {{triggers: [], {flow}}}}}\n"),
            "E0111 `triggers` `triggers` names no trigger, so the campaign would never start",
        ),
        (
            &format!("smart_campaigns:\n  a:\n    triggers:\n    {flow}\n"),
            "E0111 `triggers` `triggers` names no trigger, so the campaign would never start",
        ),
        (
            "fields: {A: {type: text, values: []}}\nsegments: {S: 'A is \"x\"'}\n",
            "E0111 `[]` a closed list without values leaves nothing to write",
        ),
        ("fields: {A: {type: text, values: [S, T, S]}}\n", "E0301 `S` the value `S` stands twice in the list of `A`"),
        (
            "activities: {F: {A: {type: text, values: [S, S]}}}\n",
            "E0301 `S` the value `S` stands twice in the list of `A`",
        ),
        ("channels: {C: {statuses: {}}}\nprograms: {P: {channel: C}}\n", "E0110 `C` the channel `C` needs `statuses`"),
        ("channels: {C: {statuses: {In: {step: 0}}}}\n", "E0111 `0` `0` is not a value of `step`"),
        ("channels: {C: {statuses: {In: {step: 1.5}}}}\n", "E0111 `1.5` `1.5` is not a value of `step`"),
        ("webhooks: {w: {url: not a url}}\n", "E0111 `not a url` `not a url` is not the address of a webhook"),
        ("webhooks: {w: {url: /hook}}\n", "E0111 `/hook` `/hook` is not the address of a webhook"),
        ("webhooks: {w: {url: 'HTTPS://hooks.example.test:8080/a?b=c'}}\n", ""),
        (
            "smart_campaigns:\n  a:\n    flow:\n      - choose:\n          - else: do nothing\n",
            "E0503 `else` this choice has only an `else`, which everybody takes",
        ),
        (
            &format!("smart_campaigns: {{a: {{qualify: once every 0 days, {flow}}}}}\n"),
            "E0213 `0 days` `once every` needs a span, and this is none",
        ),
    ] {
        finds(text, findings);
    }
}

#[test]
fn shapes_of_campaigns() {
    finds(
        "smart_campaigns:\n  a: {executable: true, triggers: [person is created], max_people: 3, flow: [do nothing]}\n  \
         b: {flow: []}\n  c:\n    flow:\n      - choose:\n          - if: Country is \"NL\"\n            then: []\n",
        "E0501 `executable` `a` has both `triggers` and `executable: true`\n\
         E0512 `max_people` only batch campaigns have `max_people`\n\
         E0502 `[]` `b` has no step in its flow\n\
         E0502 `[]` this branch has no steps",
    );
    finds(
        "settings: {time_zone: UTC}\nsmart_campaigns:\n  a: {schedule: every 2 days at 06:00, flow: [do nothing]}\n  b: {schedule: every day at 06:00 starting \
         2026-03-02 until 2026-03-01, flow: [do nothing]}\n  c: {schedule: every day at 25:00, flow: [do nothing]}\n",
        "E0511 `every 2 days at 06:00` this schedule must say from which day it counts\n\
         E0407 `2026-03-01` `2026-03-01` comes before `2026-03-02`: it would never run\n\
         E0404 `25:00` there is no time `25:00`",
    );
}

#[test]
fn circles() {
    finds(
        "segments:\n  A: member of segment \"B\"\n  B: member of segment \"C\"\n  C: member of segment \"A\"\n  \
         D: not member of segment \"D\"\n",
        "E0314 `\"B\"` the segments `A`, `B`, `C` ask for each other\n\
         E0314 `\"D\"` `D` asks for itself",
    );
    finds(
        "smart_campaigns:\n  a: {executable: true, flow: [execute campaign \"b\"]}\n  b: {executable: true, flow: \
         [execute campaign \"a\"]}\n",
        "E0316 `\"b\"` the smart campaigns `a`, `b` execute each other",
    );
}

#[test]
fn links() {
    let channel = "channels:\n  C: {statuses: {In: {step: 1}}}\n";
    finds(
        &format!(
            "{channel}programs:\n  P: {{channel: C, sfdc_campaign: {{id: 7011t000000AbcD}}}}\n  Q: {{channel: C, sfdc_campaign: {{id: 7011t000000AbcDAAE}}}}\n"
        ),
        "E0601 `7011t000000AbcDAAE` the programs `P` and `Q` are both linked to the SFDC campaign `7011t000000AbcDAAE`",
    );
    finds(
        &format!("{channel}programs:\n  P: {{channel: C, sfdc_campaign: X}}\nsfdc_campaigns: {{}}\n"),
        "E0304 `X` there is no SFDC campaign `X`",
    );
}

#[test]
fn without_declared_campaigns_names_are_taken_as_they_are() {
    let text = "smart_campaigns:\n  a:\n    filter: member of SFDC campaign \"X\" with status \"Y\"\n    flow:\n      \
                - add to SFDC campaign \"X\"\n";
    finds(
        text,
        "W0301 `\"X\"` no SFDC campaigns are declared, so the names of campaigns and their statuses are not checked",
    );
    let book = rulebook(text);
    assert!(!book.sfdc_campaigns[0].declared);
    let StepKind::AddToSfdcCampaign { status, .. } = book.campaigns[0].flow[0].kind else { panic!("another step") };
    assert_eq!(book.statuses.name(status), "Sent");
}

#[test]
fn where_marketo_differs() {
    let zone = "settings: {time_zone: UTC}\n";
    let text = "fields: {Due: date, N: integer}\nsegments:\n  A: Due is before 2026-01-01 and N is 0\n  \
                B: Due is before 2026-01-01 and Due is not empty\n  C: '[Created At] is before 2026-01-01'\n  \
                D: Due is not before 2026-01-01 and Due is not empty\n  E: Due is before 2026-01-01 or Due is empty\n";
    finds(
        &format!("{zone}{text}"),
        "W1305 `Due is before 2026-01-01` in Marketo this also holds where `Due` is empty; here it does not\n\
         W1305 `N is 0` in Marketo this also holds where `N` is empty; here it does not"
            .replace("`Due is", "`is")
            .replace("`N is", "`is")
            .as_str(),
    );
    finds(&format!("settings: {{empty_values: marketo, time_zone: UTC}}\n{text}"), "");
}

#[test]
fn months_and_years_have_a_fixed_length_outside_waits() {
    let text = "fields: {Due: date}\nactivities: {F: {}}\nsegments:\n  A: Due is in future 3 months\n  B: performed \"F\" in past 1 \
                year\n  C: Due is in past 8 weeks\nsmart_campaigns:\n  w:\n    qualify: once every 2 months\n    flow: [wait 3 months]\n";
    finds(
        text,
        "W1305 `is in future 3 months` `3 months` means 90 days here, whatever the calendar says\n\
         W1305 `in past 1 year` `1 year` means 365 days here, whatever the calendar says\n\
         W1305 `once every 2 months` `2 months` means 60 days here, whatever the calendar says",
    );
}

#[test]
fn without_a_time_zone_the_first_local_time_is_told() {
    let told_first = |text: &str, first: &str| {
        let message = "no time zone is set, so this and every other local time is taken as UTC";
        let expected = if first.is_empty() { String::new() } else { format!("W1305 `{first}` {message}") };
        finds(text, &expected);
        finds(&format!("settings: {{time_zone: Europe/Amsterdam}}\n{text}"), "");
    };
    let campaign =
        |rest: &str| format!("fields: {{Due: date, Due At: datetime}}\nsmart_campaigns:\n  w:\n    {rest}\n");
    for (rest, first) in [
        ("schedule: every day at 06:00\n    flow: [wait 1 day ending on any day at 09:00]", "06:00"),
        ("schedule: once at 2026-04-01 09:00\n    flow: [do nothing]", "2026-04-01 09:00"),
        ("schedule: once at 2026-04-01 09:00Z\n    flow: [do nothing]", ""),
        ("flow: [wait until Due at 09:00]", "09:00"),
        ("flow: [wait 1 day, wait until Due]", ""),
        ("flow: ['set [Due At] to 2026-04-01']", "2026-04-01"),
        ("filter: Due is after 2026-04-01\n    flow: [do nothing]", ""),
        ("filter: Due is after 2026-04-01T09:00Z\n    flow: [do nothing]", "2026-04-01T09:00Z"),
        ("filter: '[Due At] is after 2026-04-01T09:00Z'\n    flow: [do nothing]", ""),
        ("filter: '[Due At] is after 2026-04-01'\n    flow: [do nothing]", "2026-04-01"),
        ("filter: member of smart campaign \"w\" after 2026-04-01\n    flow: [do nothing]", "2026-04-01"),
    ] {
        told_first(&campaign(rest), first);
    }
    // Whatever is wrong with the settings, they may have had a zone.
    let wrong =
        "settings: {time_zon: UTC}\nsmart_campaigns:\n  w: {schedule: every day at 06:00, flow: [do nothing]}\n";
    finds(wrong, "E0103 `time_zon` `settings` has no key `time_zon`");
}

#[test]
fn opposites_also_hold_for_people_without_a_value() {
    for (filter, blamed) in [
        ("Country is not \"NL\"", "Country is not \"NL\""),
        ("not Country is \"NL\"", "not Country is \"NL\""),
        ("Score > 5 and [Job Title] does not contain \"intern\"", "[Job Title] does not contain \"intern\""),
        ("Country is not \"NL\" and Country is not \"BE\"", "Country is not \"NL\""),
        ("Country is not \"NL\" or Country is \"BE\"", "Country is not \"NL\""),
        ("Country is not \"NL\" and Country is not empty", ""),
        ("Country is not \"NL\" or Country is empty", ""),
        ("Score > 5 and (Country is not \"NL\" or Country is empty)", ""),
        ("Country is not empty and (Country is not \"NL\" or Score > 5)", ""),
        ("Score > 5 and Score is not 7", ""),
        ("Country is not \"NL\", empty", ""),
        ("Country is not empty", ""),
        ("not Country is empty", ""),
        ("not Country is not \"NL\"", ""),
        ("not (Country is not \"NL\" or Score > 5)", ""),
        ("not (Country is \"NL\" and Score > 5)", ""),
        ("not Unsubscribed is true", ""),
        ("not member of segment \"S\"", ""),
    ] {
        let name = if filter.contains("Country") { "Country" } else { "Job Title" };
        let told = format!("W1305 `{blamed}` this also holds for people whose `{name}` is empty");
        let text = format!("segments:\n  S: Score > 5\n  T: >-\n    {filter}\n");
        finds(&text, if blamed.is_empty() { "" } else { &told });
    }
    finds(
        "smart_campaigns:\n  w:\n    triggers: [Country changes to not \"NL\"]\n    filter: {match: 1 and not 2, filters: [Score > 5, Country is \
         \"NL\"]}\n    flow:\n      - choose:\n          - if: Country is not \"BE\"\n            then: do nothing\n",
        "W1305 `not 2` this also holds for people whose `Country` is empty\n\
         W1305 `Country is not \"BE\"` this also holds for people whose `Country` is empty",
    );
}

#[test]
fn what_cannot_be_read_has_no_consequences() {
    for text in ["(Country is \"NL\" or Score > 5 and Score < 9", "Country is \"NL\" or Score > 5) and Score < 9"] {
        let told = told(&[("a.yaml", &format!("segments:\n  S: {text}\n"))]);
        assert!(told.starts_with("E0204 ") && !told.contains('\n'), "{told}");
    }
    finds("lists:\n  - *VIP* people\n", "E0104 `*VIP*` `*VIP*` is an alias, and rule files have none");
    finds(
        "smart_campaigns:\n  a:\n    triggers: [campaign is reqested]\n    flow: [do nothing]\n  b:\n    flow:\n      \
         - request campaign \"a\"\n",
        "E0210 `campaign is reqested` there is no trigger `campaign is reqested`",
    );
}

#[test]
fn one_mistake_is_one_finding() {
    let uses = "smart_campaigns:\n  w: {flow: [add to list \"L\"]}\n";
    let in_flow = |step: &str| format!("smart_campaigns:\n  w:\n    flow:\n      - {step}\n");
    let other = "smart_campaigns:\n  v: {flow: [request campaign \"w\", execute campaign \"w\"]}\n  w: ";
    for (text, finding) in [
        (format!("list: [L]\n{uses}"), "E0103 `list`"),
        (format!("lists: L\n{uses}"), "E0107 `L`"),
        (format!("lists: []\nlists: [L]\n{uses}"), "E0102 `lists`"),
        (format!("{uses}---\nlists: [L]\n"), "E0106 `---`"),
        ("fields: {A: string}\nsegments:\n  S: A is at least 5\n".to_owned(), "E0111 `string`"),
        ("channels: {C: {status: {In: {step: 1}}}}\n".to_owned(), "E0103 `status`"),
        ("webhooks: {W: {method: POST}}\nsmart_campaigns:\n  w: {flow: [call webhook \"W\"]}\n".to_owned(), "E0110 `W`"),
        ("sfdc_campaigns: {S: {status: {In: {default: true}}}}\nsegments:\n  S: member of SFDC campaign \"S\" with status \"In\"\n".to_owned(), "E0103 `status`"),
        (format!("{other}{{trigers: [campaign is requested], flow: [do nothing]}}\n"), "E0103 `trigers`"),
        (format!("{other}{{executable: yes, flow: [do nothing]}}\n"), "E0111 `yes`"),
        ("smart_campaigns:\n  w: {program: P, flow: ['send email \"{{my.X}}\"']}\n".to_owned(), "E0305 `P`"),
        ("segments:\n  S: {mach: all, filters: [Score > 5]}\n".to_owned(), "E0103 `mach`"),
        ("segments:\n  S: {match: all, filters: Score > 5}\n".to_owned(), "E0107 `Score > 5`"),
        ("segments:\n  S: {match: any, filters: []}\n".to_owned(), "E0214 `any`"),
        ("segments:\n  S: member of list \"L and Country is \"NL\"\n".to_owned(), "E0203 `\"`"),
        ("segments:\n  S: Country is one of \"NL\", \"BE\"\n".to_owned(), "E0206 `one of`"),
        ("segments:\n  S: Score is more than 5\n".to_owned(), "E0206 `more than`"),
        ("segments:\n  S: Country is not null\n".to_owned(), "E0206 `null`"),
        (in_flow("chose: []"), "E0103 `chose`"),
        (in_flow("change status SFDC campaign \"S\" to \"In\""), "E0210 `change status SFDC campaign`"),
        (in_flow("change Score by five"), "E0209 `Score by five`"),
    ] {
        let told = told(&[("a.yaml", &text)]);
        assert!(told.starts_with(finding) && !told.contains('\n'), "{text}\n{told}");
    }
    let told = told(&[("a.yaml", "lists: [L\n"), ("b.yaml", uses)]);
    assert!(told.starts_with("E0101 ") && !told.contains('\n'), "{told}");
}

#[test]
fn campaigns_have_one_order() {
    let book = rulebook(
        "smart_campaigns:\n  low: {priority: low, flow: [do nothing]}\n  after-low: {priority: high, after: [low], flow: [do \
         nothing]}\n  one: {flow: [do nothing]}\n  two: {flow: [do nothing]}\n  high: {priority: high, flow: [do nothing]}\n",
    );
    let names: Vec<&str> =
        book.order.iter().filter_map(|id: &CampaignId| book.get_campaign(*id)).map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["high", "one", "two", "low", "after-low"]);
}

#[test]
fn steps_have_places_and_texts() {
    let book = rulebook(
        "fields: {Lead Kind: text}\ntokens: {L: News}\nlists: [News]\nsfdc_campaigns:\n  S: {statuses: {Sent: {default: true}}}\nsmart_campaigns:\n  \
         a:\n    triggers: [country changes to 'NL']\n    flow:\n      - ADD to  list \"{{my.L}}\"\n      - choose:\n          - if: \
         score > 5\n            then: set [lead kind] to 'x'\n          - else: {id: last, do: Add to Salesforce campaign \"S\"}\n",
    );
    let campaign = &book.campaigns[0];
    let Start::Triggers(triggers) = &campaign.start else { panic!("no triggers") };
    assert_eq!(triggers[0].text, "Country changes to \"NL\"");
    assert_eq!((campaign.flow[0].path.as_str(), campaign.flow[0].text.as_str()), ("1", "add to list \"News\""));
    let StepKind::Choose(branches) = &campaign.flow[1].kind else { panic!("no choice") };
    let first = &branches[0].steps[0];
    assert_eq!((first.path.as_str(), first.text.as_str()), ("2.1.1", "set [Lead Kind] to \"x\""));
    let last = &branches[1].steps[0];
    assert_eq!((last.label(), last.text.as_str()), ("last", "add to SFDC campaign \"S\" with status \"Sent\""));
    assert_eq!(
        step_text("add TO sfdc campaign 'S'", &book).as_deref(),
        Some("add to SFDC campaign \"S\" with status \"Sent\"")
    );
}

#[test]
fn questions_know_what_facts_brought() {
    let book = rulebook(EXAMPLE_WORKSPACE);
    let mut names = names(&book);
    let ask = |text: &str, names: &Names| {
        filter(&Scalar::plain(FileId(0), 0, text), &book, names)
            .map_err(|findings| findings.iter().map(|it| it.code.id()).collect::<Vec<_>>())
    };
    let text = "member of SFDC campaign \"Autumn Fair\" with status \"Came\" and member of list \"VIP\"";
    assert_eq!(ask(text, &names).err(), Some(vec!["E0304", "E0303", "E0307"]));
    names.sfdc_campaigns.intern("Autumn Fair");
    names.statuses.intern("Came");
    names.lists.intern("VIP");
    assert!(ask(text, &names).is_ok());
    assert!(ask("member of SFDC campaign \"{{my.Nurture Campaign}}\"", &names).is_ok());
    assert_eq!(ask("member of SFDC campaign \"NL Nurture\" with status \"Snt\"", &names).err(), Some(vec!["E0303"]));
}
