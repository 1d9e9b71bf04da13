//! References to names, and other names for things.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::documents::edited;
use super::{Editor, cursor, position};

const DECLARED: &str = "\
fields:
  Region: text
activities:
  Fill Out Form: {Form: text}
lists: [News, 'Old 🚀']
channels:
  Webinar:
    statuses: {Invited: {step: 10}, Attended: {step: 30, success: true}}
programs:
  Spring: {channel: Webinar, sfdc_campaign: Fair, tokens: {Target: Fair}}
sfdc_campaigns:
  Fair:
    statuses: {Invited: {default: true}, Attended: {responded: true}}
  Other:
    statuses: {Sent: {default: true}, Attended: {}}
webhooks:
  alert: {url: 'https://hooks.example.test/crm'}
tokens: {Sender: Ada}
segments:
  Dutch: Country is \"NL\" and Region is not empty
";

const USES: &str = "\
segments:
  X: |-
    member of list \"News\"  # News
    and [region] is \"x\" and not member of segment 'Dutch'
  Y: \"🚀 is \\\"x\\\"\"
smart_campaigns:
  one:
    program: Spring
    triggers:
      - performs \"Fill Out Form\" where Form is \"Contact\"
      - 'status is changed in SFDC campaign \"Fair\" to \"Attended\"'
    filter: member of program \"Spring\" with status \"Attended\"
    flow:
      - add to list \"News\"
      - {id: a, do: 'add to SFDC campaign \"{{my.Target}}\" with status \"Invited\"'}
      - set Region to \"{{trigger.Form}} {{person.Region:default=none}} {{my.Sender}}\"
      - choose:
          - if: member of SFDC campaign any with status \"Attended\"
            then: [request campaign \"two\", call webhook \"alert\"]
  two:
    after: [one]
    triggers: [campaign is requested, added to list \"News\"]
    flow: ['clear Region']
";

const SCENARIO: &str = "\
scenarios:
  - name: News
    given:
      lists: {News: [ada]}
      sfdc_campaigns: {Fair: {ada: Invited, bob: {status: Attended}}}
      programs: {Spring: {ada: Attended}}
    timeline:
      - event: {type: sfdc_campaign.status_changed, person: ada, campaign: Fair, to: Attended}
      - expect: {ada: member of list \"News\"}
      - expect_actions: [{campaign: one, action: 'add to list \"News\"'}]
      - expect_qualified: {one: [ada]}
";

fn files() -> Vec<(&'static str, String)> {
    // The field of another plane is taken out: it is no field.
    let uses = USES.replace("  Y: \"🚀 is \\\"x\\\"\"\n", "");
    vec![("a.yaml", DECLARED.to_owned()), ("b.yaml", uses), ("c.test.yaml", SCENARIO.to_owned())]
}

fn open() -> Editor {
    let files = files();
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let mut editor = Editor::open(&texts);
    for (name, text) in &texts {
        editor.edit(name, text);
    }
    for (name, _) in &texts {
        assert_eq!(editor.shown(name), [""; 0], "{name}");
    }
    editor
}

/// Where a part of a file stands, by the text around it with a cursor in it.
fn at(name: &str, around: &str) -> Value {
    let (plain, _) = cursor(around);
    let text = files().into_iter().find(|(known, _)| *known == name).unwrap().1;
    let start = text.find(&plain).unwrap_or_else(|| panic!("no {plain}"));
    let before = around.split('|').next().unwrap();
    position(&format!("{}{before}", &text[..start]))
}

fn references(editor: &mut Editor, name: &str, around: &str) -> Vec<String> {
    let uri = editor.uri(name);
    let params =
        json!({"textDocument": {"uri": uri}, "position": at(name, around), "context": {"includeDeclaration": true}});
    let found = editor.request("textDocument/references", params);
    let line = |found: &Value| {
        let file = found["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        format!("{file}:{}", found["range"]["start"]["line"].as_u64().unwrap() + 1)
    };
    found.as_array().unwrap().iter().map(line).collect()
}

/// Renames; the files afterwards, and the server, which finds nothing wrong in them.
fn renamed(name: &str, around: &str, new: &str) -> Result<BTreeMap<&'static str, String>, String> {
    let mut editor = open();
    let uri = editor.uri(name);
    let params = json!({"textDocument": {"uri": uri}, "position": at(name, around), "newName": new});
    let id = editor.ask("textDocument/rename", params);
    let response = editor.response(id);
    if let Some(message) = response["error"]["message"].as_str() {
        editor.close();
        return Err(message.to_owned());
    }
    let mut after = BTreeMap::new();
    for (file, text) in files() {
        let edits = &response["result"]["changes"][editor.uri(file)];
        let text = if edits.is_null() { text } else { edited(&text, edits) };
        editor.change(file, 2, json!([{"text": text}]));
        after.insert(file, text);
    }
    for (file, _) in files() {
        assert_eq!(editor.shown(file), [""; 0], "{file}:\n{}", after[file]);
    }
    editor.close();
    Ok(after)
}

#[test]
fn every_mention_is_found() {
    let mut editor = open();
    let news = ["a.yaml:5", "b.yaml:3", "b.yaml:13", "b.yaml:21", "c.test.yaml:4", "c.test.yaml:9", "c.test.yaml:10"];
    assert_eq!(references(&mut editor, "a.yaml", "lists: [Ne|ws"), news);
    assert_eq!(references(&mut editor, "b.yaml", "added to list \"|News"), news);
    assert_eq!(references(&mut editor, "c.test.yaml", "lists: {N|ews"), news);
    assert_eq!(
        references(&mut editor, "a.yaml", "Reg|ion: text"),
        ["a.yaml:2", "a.yaml:20", "b.yaml:4", "b.yaml:15", "b.yaml:15", "b.yaml:22"]
    );
    assert_eq!(references(&mut editor, "a.yaml", "{For|m: text"), ["a.yaml:4", "b.yaml:9", "b.yaml:15"]);
    assert_eq!(references(&mut editor, "b.yaml", "segment 'Du|tch'"), ["a.yaml:20", "b.yaml:4"]);
    assert_eq!(
        references(&mut editor, "b.yaml", "after: [o|ne]"),
        ["b.yaml:6", "b.yaml:20", "c.test.yaml:10", "c.test.yaml:11"]
    );
    assert_eq!(
        references(&mut editor, "a.yaml", "  Fa|ir:\n"),
        ["a.yaml:10", "a.yaml:12", "b.yaml:10", "b.yaml:14", "c.test.yaml:5", "c.test.yaml:8"]
    );
    assert_eq!(references(&mut editor, "b.yaml", "{{my.Sen|der}}"), ["a.yaml:18", "b.yaml:15"]);
    assert_eq!(references(&mut editor, "a.yaml", "is not emp|ty").len(), 0);
    // In one document.
    let uri = editor.uri("b.yaml");
    let params = json!({"textDocument": {"uri": uri}, "position": at("b.yaml", "add to list \"Ne|ws\"")});
    assert_eq!(editor.request("textDocument/documentHighlight", params).as_array().unwrap().len(), 3);
    editor.close();
}

#[test]
fn a_new_name_is_written_everywhere_as_it_must_be_written_there() {
    let after = renamed("b.yaml", "add to list \"Ne|ws\"", "News: \"all\", 🚀").unwrap();
    assert!(after["a.yaml"].contains("lists: ['News: \"all\", 🚀', 'Old 🚀']"), "{}", after["a.yaml"]);
    assert!(after["b.yaml"].contains("    member of list \"News: \\\"all\\\", 🚀\"  # News\n"), "{}", after["b.yaml"]);
    assert!(after["b.yaml"].contains("- 'add to list \"News: \\\"all\\\", 🚀\"'\n"), "{}", after["b.yaml"]);
    assert!(after["b.yaml"].contains(", 'added to list \"News: \\\"all\\\", 🚀\"']"), "{}", after["b.yaml"]);
    assert!(after["c.test.yaml"].contains("lists: {'News: \"all\", 🚀': [ada]}"), "{}", after["c.test.yaml"]);
    assert!(after["c.test.yaml"].contains("- name: News\n"), "{}", after["c.test.yaml"]);
    // Fields get brackets, and the text around one at its start gets quotes.
    let after = renamed("a.yaml", "Reg|ion: text", "Sales Region").unwrap();
    assert!(after["a.yaml"].contains("and [Sales Region] is not empty"), "{}", after["a.yaml"]);
    assert!(
        after["b.yaml"]
            .contains("set [Sales Region] to \"{{trigger.Form}} {{person.Sales Region:default=none}} {{my.Sender}}\"")
    );
    assert!(after["b.yaml"].contains("['clear [Sales Region]']"), "{}", after["b.yaml"]);
    for (name, around, new) in [
        ("a.yaml", "Fill O|ut Form:", "Form \\ filled"),
        ("a.yaml", "{For|m: text", "The Form"),
        ("a.yaml", "Web|inar:", "Web's"),
        ("b.yaml", "program: Spr|ing", "Spring, 2027"),
        ("b.yaml", "webhook \"al|ert", "true"),
        ("b.yaml", "{{my.Sen|der}}", "From: us"),
        ("b.yaml", "segment 'Du|tch'", "It's Dutch"),
        ("b.yaml", "  o|ne:", "#1"),
        ("c.test.yaml", "expect_qualified: {on|e", "no"),
    ] {
        renamed(name, around, new).unwrap_or_else(|why| panic!("{around}: {why}"));
    }
}

#[test]
fn statuses_that_rules_name_together_are_renamed_together() {
    // `any` means those of Fair and Other; Fair is linked to Spring, whose channel must have the same.
    let after = renamed("b.yaml", "Spring\" with status \"Att|ended\"", "Was there").unwrap();
    assert!(after["a.yaml"].contains("statuses: {Invited: {step: 10}, Was there: {step: 30, success: true}}"));
    assert_eq!(after["a.yaml"].matches("Attended").count(), 0, "{}", after["a.yaml"]);
    assert_eq!(after["b.yaml"].matches("\"Was there\"").count(), 3, "{}", after["b.yaml"]);
    assert_eq!(after["c.test.yaml"].matches("Was there").count(), 3, "{}", after["c.test.yaml"]);
    // One that is named for itself alone leaves the others as they are.
    let after = renamed("a.yaml", "{Se|nt: {default", "Mailed").unwrap();
    assert_eq!((after["a.yaml"].matches("Attended").count(), after["a.yaml"].matches("Mailed").count()), (3, 1));
}

#[test]
fn a_name_behind_a_token_is_renamed_in_its_value() {
    let after = renamed("a.yaml", "  Fa|ir:\n", "Fair 2027").unwrap();
    assert!(after["a.yaml"].contains("sfdc_campaign: Fair 2027, tokens: {Target: Fair 2027}"), "{}", after["a.yaml"]);
    assert!(after["b.yaml"].contains("\"{{my.Target}}\""));
}

#[test]
fn what_cannot_be_is_refused_in_a_sentence() {
    for (name, around, new, why) in [
        ("a.yaml", "lists: [Ne|ws", "Old 🚀", "there is a list `Old 🚀` already"),
        ("a.yaml", "Reg|ion: text", "country", "there is a field `country` already"),
        ("a.yaml", "{Se|nt: {default", "Attended", "there is a status `Attended` of `Other` already"),
        ("a.yaml", "lists: [Ne|ws", " ", "a name has at least one letter"),
        ("a.yaml", "lists: [Ne|ws", "x ", "a name neither begins nor ends with a space"),
        ("a.yaml", "lists: [Ne|ws", "a\nb", "a name stands on one line"),
        ("a.yaml", "Reg|ion: text", "A]", "`]` cannot stand in the name of a field: it ends a field or a token"),
        ("b.yaml", "segment 'Du|tch'", "{{my.x}}", "`{{` cannot stand in the name of a segment: it begins a token"),
        ("a.yaml", "Dutch: Coun|try", "Land", "the field `Country` always exists under this name"),
        ("b.yaml", "if: mem|ber", "x", "here stands no name that could be changed"),
        (
            "a.yaml",
            "{Se|nt: {default",
            "a status with a name of more than forty characters",
            "with this name something would be wrong in `a.yaml:15`",
        ),
    ] {
        let refusal = renamed(name, around, new).unwrap_err();
        assert!(refusal.starts_with(why), "{around} → {new}: {refusal}");
    }
    // While a file cannot be read not every place is known.
    let mut editor = open();
    editor.change("b.yaml", 2, json!([{"text": "segments: {X: \"half"}]));
    let uri = editor.uri("a.yaml");
    let params = json!({"textDocument": {"uri": uri}, "position": at("a.yaml", "lists: [Ne|ws"), "newName": "x"});
    let id = editor.ask("textDocument/rename", params);
    let message = editor.response(id)["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("`b.yaml` cannot be read at the moment"), "{message}");
    editor.close();
}

#[test]
fn what_would_be_renamed_is_told_before() {
    let mut editor = open();
    let uri = editor.uri("b.yaml");
    let ask = |around: &str| json!({"textDocument": {"uri": uri}, "position": at("b.yaml", around)});
    let answer = editor.request("textDocument/prepareRename", ask("add to list \"Ne|ws\""));
    assert_eq!(answer["placeholder"], "News");
    let id = editor.ask("textDocument/prepareRename", ask("if: mem|ber"));
    assert_eq!(editor.response(id)["error"]["message"], "here stands no name that could be changed");
    editor.close();
}
