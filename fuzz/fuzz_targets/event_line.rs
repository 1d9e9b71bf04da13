//! Any text as an event line: an event or an error with a column inside the line; an event writes and reads back as
//! itself, and the evaluator takes it or says why not.
#![no_main]

use std::sync::LazyLock;

use campanile::compile::Plan;
use campanile::{Engine, Rules, records};
use libfuzzer_sys::fuzz_target;

static PLAN: LazyLock<std::sync::Arc<Plan>> = LazyLock::new(|| {
    let rules = "lists: [L]\nactivities: {A: {N: integer}}\nsmart_campaigns:\n  c:\n    triggers: [person is created, performs \"A\"]\n    flow: [add to list \"L\"]\n";
    std::sync::Arc::new(Rules::from_sources(&[("a.yaml", rules)]).compile().expect("the rules are right"))
});

fuzz_target!(|line: &str| {
    match records::parse_event(line) {
        Ok(event) => {
            let mut written = Vec::new();
            records::write_event(&event, &mut written);
            let written = String::from_utf8(written).expect("JSON is text");
            assert_eq!(records::parse_event(&written).expect("what is written can be read"), event);
            let mut engine = Engine::new(std::sync::Arc::clone(&PLAN));
            let _ = engine.load(&event);
            if let Ok(outcomes) = engine.handle(&event) {
                for outcome in outcomes {
                    let mut json = Vec::new();
                    records::write_outcome(&outcome, &mut json);
                    assert!(serde_json_is_valid(&json));
                }
            }
        }
        Err(error) => assert!(error.column >= 1 && error.column as usize <= line.chars().count() + 1, "{error:?}"),
    }
});

fn serde_json_is_valid(json: &[u8]) -> bool {
    std::str::from_utf8(json).is_ok_and(|json| json.starts_with('{') && json.trim_end().ends_with('}'))
}
