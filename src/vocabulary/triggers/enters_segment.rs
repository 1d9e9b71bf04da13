//! The filter of a segment becomes true for a person.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::EntersSegment,
    syntax: "enters segment \"S\"",
    summary: "Fires when the filter of a segment becomes true for a person.",
    doc: "Also when only time passed: a segment with `in past 30 days` changes by itself, at the millisecond. A new \
          person that matches enters.",
    examples: &["enters segment \"Dutch speakers\""],
    takes: &[Part::Name],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let segment = scope.one_name(trigger).and_then(|text| scope.segment(text));
    Ok(TriggerTest::EntersSegment { segment: segment? })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn one_segment_by_name() {
        testing::refused(
            &testing::trigger("enters segment \"Dutch speaker\""),
            "E0308 `\"Dutch speaker\"` there is no segment `Dutch speaker`",
        );
    }
}
