//! Any text as a rule file: the checker answers, every place lies in the file, and what has no error compiles and runs.
#![no_main]

use campanile::{Engine, Rules, records};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let rules = Rules::from_sources(&[("a.yaml", text)]);
    for finding in rules.findings() {
        let places = std::iter::once(finding.span)
            .chain(finding.related.iter().map(|(span, _)| *span))
            .chain(finding.fixes.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span)));
        for span in places {
            assert!(span.start <= span.end && span.end as usize <= text.len(), "{finding:?}");
            assert!(text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize), "{finding:?}");
        }
    }
    if let Ok(plan) = rules.compile() {
        let mut engine = Engine::new(plan);
        let line = r#"{"type": "person", "person": "ada", "at": "2026-03-05T09:00:00Z", "fields": {"Country": "NL"}}"#;
        if let Ok(event) = records::parse_event(line) {
            engine.handle(&event).map(Iterator::count).unwrap_or_default();
        }
    }
});
