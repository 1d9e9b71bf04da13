//! Any text as a filter, trigger, step, schedule: an answer, in places of the text; what was read prints and reads again
//! as the same.
#![no_main]

use campanile::diagnostics::Sources;
use campanile::language::text::print::{self, Plain};
use campanile::language::{Scalar, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let mut sources = Sources::new();
    let file = sources.add("a", input);
    let scalar = Scalar::plain(file, 0, input);
    let mut findings = Vec::new();
    let filter = text::filter(&scalar, &mut findings);
    if let (Some(filter), true) = (filter, findings.is_empty()) {
        let printed = print::filter(&filter, &Plain);
        let again = text::filter(&Scalar::plain(file, 0, printed.as_str()), &mut findings);
        assert!(findings.is_empty(), "{printed}: {findings:?}");
        assert_eq!(again.map(|again| print::filter(&again, &Plain)), Some(printed));
    }
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
