//! The filter of a segment becomes false for a person.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::LeavesSegment,
    syntax: "leaves segment \"S\"",
    summary: "Fires when the filter of a segment becomes false for a person.",
    doc: "Also when only time passed: a segment with `in past 30 days` changes by itself, at the millisecond.",
    examples: &["leaves segment \"Dutch speakers\""],
    takes: &[Part::Name],
    lower,
};

fn lower(trigger: &Trigger, scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    let segment = scope.one_name(trigger).and_then(|text| scope.segment(text));
    Ok(TriggerTest::LeavesSegment { segment: segment? })
}
