//! Completion, hover and definitions in documents that somebody is writing.

use serde_json::{Value, json};

use super::documents::edited;
use super::{Editor, cursor};

/// What the documents of these tests may name.
const DECLARED: &str = r#"
fields:
  Region: text
  Favourite Colour: {type: text, values: [Red, "Dark \"blue\""]}
  Event Date: date
activities:
  Fill Out Form: {Form: text, Page: text}
lists: [Newsletter]
channels:
  Webinar:
    statuses: {Invited: {step: 10}, Attended: {step: 30, success: true}}
programs:
  Spring: {channel: Webinar, sfdc_campaign: Fair, tokens: {Sender: Ada}}
sfdc_campaigns:
  Fair:
    statuses: {Invited: {default: true}, Attended: {responded: true}}
  "Nurture: NL":
    statuses: {Sent: {default: true}, "Öpened 🚀": {responded: true}}
webhooks:
  alert: {url: "https://hooks.example.test/crm"}
tokens: {Campaign: Fair}
segments:
  Dutch: Country is "NL"
smart_campaigns:
  thank:
    description: Thanks everyone.
    triggers: [status is changed in SFDC campaign "Fair" to "Attended"]
    flow: [do nothing]
"#;

fn editor(text: &str) -> (Editor, String, Value) {
    let (text, place) = cursor(text);
    let capabilities = json!({"textDocument": {"completion": {"completionItem": {"snippetSupport": true}}}});
    let mut editor = Editor::with(&[("declared.yaml", DECLARED), ("w.yaml", "")], capabilities, |_| {});
    editor.edit("w.yaml", &text);
    (editor, text, place)
}

/// The completions at a cursor, best first, and the server to ask more.
fn completions(text: &str) -> (Vec<Value>, String) {
    let (mut editor, text, place) = editor(text);
    let uri = editor.uri("w.yaml");
    let answer = editor.request("textDocument/completion", json!({"textDocument": {"uri": uri}, "position": place}));
    let mut items = answer["items"].as_array().unwrap().clone();
    items.sort_by_key(|item| item["sortText"].as_str().unwrap().to_owned());
    editor.close();
    (items, text)
}

fn labels(text: &str) -> Vec<String> {
    completions(text).0.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

/// The document after a completion was chosen; `$0` shows where the cursor is then, if not at its end.
fn chosen(text: &str, label: &str) -> String {
    let (items, text) = completions(text);
    let item = items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("no {label} in {items:#?}"));
    edited(&text, &json!([item["textEdit"]]))
}

#[test]
fn the_statuses_of_that_campaign_are_offered_and_no_others() {
    let start = "smart_campaigns:\n  🚀:\n    triggers:\n      - ";
    for (text, offered) in [
        ("status is changed in SFDC campaign \"Fair\" to \"|", ["Invited", "Attended"]),
        ("status is changed in SFDC campaign \"Fair\" from \"Invited\" to |", ["Invited", "Attended"]),
        ("status is changed in salesforce campaign \"{{my.Campaign}}\" to \"|\"", ["Invited", "Attended"]),
        ("'added to SFDC campaign \"Nurture: NL\" with status \"S|", ["Sent", "Öpened 🚀"]),
        // Both of them.
        ("'added to SFDC campaign \"Fair\", \"Nurture: NL\" with status \"Sent\", \"|", ["Invited", "Attended"]),
    ] {
        let labels = labels(&format!("{start}{text}\n"));
        assert!(offered.iter().all(|status| labels.iter().any(|label| label == status)), "{text}: {labels:?}");
        let other = if offered[0] == "Sent" { "Attended" } else { "Newsletter" };
        assert!(!labels.iter().any(|label| label == other), "{text}: {labels:?}");
    }
    // Also where the rest of the file cannot be read: an open quote, an open bracket, a tab.
    for rest in ["\n    flow: [add to list \"A\n", "\n\tflow: x\n", "\n  b: {flow: [\n", "\n  - \"oops\n"] {
        let text = format!("{start}status is changed in SFDC campaign \"Fair\" to \"|{rest}");
        let labels = labels(&text);
        assert!(labels.starts_with(&["Invited".to_owned(), "Attended".to_owned()]), "{rest:?}: {labels:?}");
    }
    // In a program they are those of its channel; a step cannot set `Not in Program`.
    let filter = |text: &str| labels(&format!("segments:\n  A: {text}\n"));
    assert_eq!(filter("member of program \"Spring\" with status \"|"), ["Not in Program", "Invited", "Attended"]);
    let step = "smart_campaigns: {a: {flow: ['change status in program \"Spring\" to \"|']}}\n";
    assert_eq!(labels(step), ["Invited", "Attended"]);
}

#[test]
fn what_is_declared_in_the_file_itself_stays_known_while_it_is_broken() {
    let text = "sfdc_campaigns:\n  Own: {statuses: {New: {default: true}}}\nsegments:\n  \
                A: \"member of SFDC campaign \\\"Own\\\" with status \\\"|\n";
    assert_eq!(labels(text), ["New"]);
}

#[test]
fn names_and_words_are_offered_where_they_may_stand() {
    assert_eq!(labels("segments:\n  A: member of list \"|\n"), ["Newsletter"]);
    assert_eq!(
        labels("segments:\n  A: member of |\n"),
        ["SFDC campaign", "program", "list", "segment", "smart list", "smart campaign"]
    );
    assert_eq!(labels("segments:\n  A: not (Country is \"NL\" and member of smart c|\n"), ["list", "campaign"]);
    assert_eq!(labels("smart_campaigns:\n  a:\n    flow:\n      - execute campaign \"|\"\n"), ["thank", "a"]);
    assert_eq!(labels("smart_campaigns:\n  a:\n    flow:\n      - call webhook |\n"), ["alert"]);
    assert_eq!(labels("smart_campaigns:\n  a:\n    program: |\n"), ["Spring"]);
    assert_eq!(labels("programs:\n  A: {channel: W|}\n"), ["Webinar"]);
    assert_eq!(labels("smart_campaigns:\n  a:\n    priority: |\n"), ["high", "medium", "low"]);
    assert_eq!(labels("smart_campaigns:\n  a:\n    qualify: once |\n"), ["every"]);
    assert_eq!(labels("segments:\n  A: performed \"Fill Out Form\" where |\n"), ["Form", "Page", "not"]);
    let fields = labels("segments:\n  A: Country is \"NL\" and |\n");
    for label in ["Region", "Event Date", "Person Score", "member of list", "not"] {
        assert!(fields.iter().any(|known| known == label), "{label} in {fields:?}");
    }
    assert_eq!(labels("segments:\n  A: '[Favourite Colour] is \"|'\n"), ["Red", "Dark \"blue\""]);
    let dates = labels("segments:\n  A: '[Event Date] is in p|'\n");
    assert!(dates.contains(&"past before".to_owned()) && !dates.contains(&"at least".to_owned()), "{dates:?}");
    assert_eq!(labels("segments:\n  A: Country is \"NL\" # member of |\n"), [""; 0]);
    // Scenario files name things as well.
    let (mut editor, _, _) = editor("|");
    let (text, place) = cursor("scenarios:\n  - name: x\n    given:\n      lists:\n        |\n");
    editor.edit("a.test.yaml", &text);
    let uri = editor.uri("a.test.yaml");
    let answer = editor.request("textDocument/completion", json!({"textDocument": {"uri": uri}, "position": place}));
    assert_eq!(answer["items"][0]["label"], "Newsletter");
    editor.close();
}

#[test]
fn keys_are_offered_that_are_not_there_yet() {
    let top = labels("lists: []\n|\n");
    assert!(top.contains(&"smart_campaigns".to_owned()) && !top.contains(&"lists".to_owned()), "{top:?}");
    let keys = labels("smart_campaigns:\n  a:\n    filter: Country is \"NL\"\n    tri|\n    flow: []\n");
    assert!(keys.contains(&"triggers".to_owned()) && !keys.contains(&"filter".to_owned()), "{keys:?}");
    assert_eq!(labels("channels: {A: {statuses: {In: {step: 1, |}}}}\n"), ["success"]);
    assert_eq!(chosen("smart_campaigns:\n  a:\n    tri|\n", "triggers"), "smart_campaigns:\n  a:\n    triggers:\n");
    assert_eq!(chosen("smart_campaigns:\n  a:\n    fil|: x\n", "filter"), "smart_campaigns:\n  a:\n    filter: x\n");
}

#[test]
fn what_is_chosen_is_written_as_the_text_around_it_needs() {
    // A quote that the editor closed by itself is not doubled, in any kind of quotes.
    for (before, after) in [
        ("A: member of list \"|\"", "A: member of list \"Newsletter\""),
        ("A: member of list \"News|", "A: member of list \"Newsletter\""),
        ("A: member of list |", "A: member of list \"Newsletter\""),
        ("A: \"member of list |\"", "A: \"member of list 'Newsletter'\""),
        ("A: \"🚀 member of list \\\"N|\\\"\"", "A: \"🚀 member of list \\\"N\\\"\""),
        ("A: 'member of list ''N|'", "A: 'member of list ''Newsletter'''"),
        ("A: >-\n    member of list \"N|\n  B: x", "A: >-\n    member of list \"Newsletter\"\n  B: x"),
    ] {
        let start = "segments:\n  ";
        if before.contains('🚀') {
            // What cannot be read before it is no reason to guess.
            assert_eq!(labels(&format!("{start}{before}\n")), [""; 0]);
            continue;
        }
        assert_eq!(chosen(&format!("{start}{before}\n"), "Newsletter"), format!("{start}{after}\n"));
    }
    let value = "segments:\n  A: '[Favourite Colour] is \"D|'\n";
    let escaped = "segments:\n  A: '[Favourite Colour] is \"Dark \\\"blue\\\"\"'\n";
    assert_eq!(chosen(value, "Dark \"blue\""), escaped);
    // Fields get brackets where they need them, and the text around a bracket at its start gets quotes.
    assert_eq!(
        chosen("segments:\n  A: Country is \"NL\" and Ev|\n", "Event Date"),
        "segments:\n  A: Country is \"NL\" and [Event Date]\n"
    );
    assert_eq!(chosen("segments:\n  A: |\n", "Event Date"), "segments:\n  A: '[Event Date] $0'\n");
    assert_eq!(chosen("segments:\n  A: not [Ev|]\n", "Event Date"), "segments:\n  A: not [Event Date]\n");
    // A name that cannot stand there without quotes is not offered there; a key or value gets them.
    assert_eq!(labels("segments:\n  A: member of SFDC campaign \"|\n"), ["Fair"]);
    assert_eq!(labels("segments:\n  A: 'member of SFDC campaign \"|'\n"), ["Fair", "Nurture: NL"]);
    assert_eq!(
        chosen("programs:\n  A:\n    sfdc_campaign: |\n", "Nurture: NL"),
        "programs:\n  A:\n    sfdc_campaign: 'Nurture: NL'\n"
    );
    // Tokens: those of the program come first, others only where they may stand.
    let step = |text: &str| format!("smart_campaigns:\n  a:\n    program: Spring\n    flow:\n      - {text}\n");
    assert_eq!(labels(&step("add to list \"{{|")), ["Sender", "Campaign"]);
    assert_eq!(chosen(&step("add to list \"{{|}}\""), "Sender"), step("add to list \"{{my.Sender}}\""));
    assert!(labels(&step("set Region to \"{{|")).contains(&"Event Date".to_owned()));
}

fn asked(method: &str, text: &str) -> (Value, Editor) {
    let (mut editor, _, place) = editor(text);
    let uri = editor.uri("w.yaml");
    let answer = editor.request(method, json!({"textDocument": {"uri": uri}, "position": place}));
    (answer, editor)
}

fn hover(text: &str) -> String {
    let (answer, editor) = asked("textDocument/hover", text);
    editor.close();
    answer["contents"]["value"].as_str().unwrap_or("").to_owned()
}

#[test]
fn hovering_tells_docs_and_types() {
    for (text, told) in [
        ("segments:\n  A: Cou|ntry is \"NL\"\n", "**field** `Country`\n\ntext\n\nalways exists"),
        (
            "segments:\n  A: not [Favourite| Colour] is \"Red\"\n",
            "text: Red, Dark \"blue\"\n\ndeclared in declared.yaml:4",
        ),
        ("segments:\n  A: Sco|re is 5\n", "**field** `Person Score`\n\ninteger"),
        ("segments:\n  A: Country sta|rts with \"N\"\n", "`starts with V`\n\nThe text begins"),
        ("segments:\n  A: Score is at le|ast 5 and\n", "`is at least N`"),
        ("segments:\n  A: member of SFDC camp|aign \"Fair\"\n", "Is a member of a Salesforce campaign now."),
        (
            "segments:\n  A: member of SFDC campaign \"Fa|ir\"\n",
            "**SFDC campaign** `Fair`\n\nstatuses: Invited, Attended",
        ),
        (
            "segments:\n  A: member of SFDC campaign \"Fair\" with status \"Att|ended\"\n",
            "**status** `Attended` of `Fair`\n\nresponded",
        ),
        ("segments:\n  A: member of segment \"Du|tch\"\n", "Country is \"NL\""),
        ("segments:\n  A: performed \"Fill Out Form\" in pa|st 3 days\n", "`in past D`"),
        (
            "segments:\n  A: performed \"Fill Out Form\" where Pa|ge is \"x\"\n",
            "**attribute** `Page` of `Fill Out Form`\n\ntext",
        ),
        ("segments:\n  A: Score is 5 a|nd Score is 6\n", "Both must hold."),
        (
            "smart_campaigns:\n  a:\n    flow:\n      - execute campaign \"tha|nk\"\n",
            "Thanks everyone.\n\nstatus is changed in",
        ),
        (
            "smart_campaigns:\n  a:\n    flow:\n      - add to SFDC campaign \"{{my.Camp|aign}}\"\n",
            "**token** `Campaign`\n\nFair",
        ),
        ("smart_campaigns:\n  a:\n    prio|rity: high\n", "Which campaign comes first"),
        ("smart_campaigns:\n  a:\n    program: Spri|ng\n", "channel Webinar, SFDC campaign Fair"),
        // In what is half written.
        ("smart_campaigns:\n  🚀:\n    filter: \"Cou|ntry is \\\"NL\n    flow: [x\n", "**field** `Country`"),
        ("segments:\n  A: # Cou|ntry\n", ""),
        ("segments:\n  A: Country is \"N|L\"\n", "`is V`"),
    ] {
        let hover = hover(text);
        assert!(hover.contains(told) && told.is_empty() == hover.is_empty(), "{text}\n{hover}");
    }
}

#[test]
fn definitions_are_found_in_other_files() {
    for (text, place) in [
        ("segments:\n  A: 🚀 and member of list \"News|letter\"\n", (7, 8)),
        ("segments:\n  A: member of SFDC campaign \"Fair\" with status \"Attended|\"\n", (15, 41)),
        ("segments:\n  A: member of program \"Spring\" with status \"Attended|\"\n", (10, 36)),
        ("smart_campaigns:\n  a: {program: Spr|ing}\n", (12, 2)),
        ("smart_campaigns:\n  a: {after: [tha|nk]}\n", (24, 2)),
        ("smart_campaigns:\n  a: {flow: ['set Reg|ion to \"x\n", (2, 2)),
    ] {
        let (answer, editor) = asked("textDocument/definition", text);
        assert_eq!(answer[0]["uri"], editor.uri("declared.yaml"), "{text}");
        let start = &answer[0]["range"]["start"];
        assert_eq!((start["line"].as_u64().unwrap(), start["character"].as_u64().unwrap()), place, "{text}");
        editor.close();
    }
    let (answer, editor) = asked("textDocument/definition", "segments:\n  A: Coun|try is \"NL\"\n");
    assert_eq!(answer, json!([]), "standard fields are declared nowhere");
    editor.close();
}
