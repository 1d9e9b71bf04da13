//! Any text as a filter, trigger, step, schedule: an answer, in places of the text; what was read prints and reads again
//! as the same.
#![no_main]

use campanile::diagnostics::Sources;
use campanile::language::{Scalar, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let mut sources = Sources::new();
    let file = sources.add("a", input);
    let scalar = Scalar::plain(file, 0, input);
    let mut findings = Vec::new();
    text::filter(&scalar, &mut findings);
    text::trigger(&scalar, &mut findings);
    text::step(&scalar, &mut findings);
    text::schedule(&scalar, &mut findings);
    text::qualify(&scalar, &mut findings);
    text::duration(&scalar, &mut findings);
    text::matching(&scalar, &[None, None], &mut findings);
    for finding in findings {
        assert!(finding.span.start <= finding.span.end && finding.span.end as usize <= input.len(), "{finding:?}");
    }
});
