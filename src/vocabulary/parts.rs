//! Which parts a phrase takes: the grammar lets any part follow any phrase, the entries say which are meant.

use super::entry::{Entry, Lowered, Part, Poisoned};
use super::scope::Scope;
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::language::ast::{Parts, Phrase};

/// Lowers a phrase through its entry; a part that the entry does not take is a finding, and the rest is still checked.
pub(super) fn lower<F: Copy, M>(entry: &Entry<F, M>, phrase: &Phrase<F>, scope: &mut Scope<'_>) -> Lowered<M> {
    let mut allowed = true;
    for (span, words, takers) in present(&phrase.parts) {
        if takers.iter().any(|part| entry.takes.contains(part)) {
            continue;
        }
        allowed = false;
        scope.report(
            Diagnostic::new(Code::PartNotAllowed, span, format!("{words} may not stand here"))
                .help(format!("the whole phrase is `{}`", entry.syntax)),
        );
    }
    let lowered = (entry.lower)(phrase, scope);
    if allowed { lowered } else { Err(Poisoned) }
}

/// The parts that are written: where, in which words, and which kinds of part allow them.
fn present(parts: &Parts) -> Vec<(Span, &'static str, &'static [Part])> {
    let Parts {
        names,
        field,
        operator,
        with_status,
        from,
        to,
        responded,
        success,
        attributes,
        window,
        count,
        by,
        percent,
        // A wait has no place of its own: its form alone has one.
        wait: _,
    } = parts;
    let mut present: Vec<(Span, &'static str, &'static [Part])> = Vec::new();
    let mut add = |span: Option<Span>, words, takers| {
        if let Some(span) = span {
            present.push((span, words, takers));
        }
    };
    add(names.as_ref().map(|it| it.span), "a name", &[Part::Name, Part::OptionalName, Part::Names]);
    add(field.as_ref().map(|it| it.span), "a field", &[Part::Field, Part::Wait]);
    add(operator.as_ref().map(|it| it.whole), "a test of a value", &[Part::Operator]);
    add(with_status.as_ref().map(|it| it.span), "`with status`", &[Part::WithStatus]);
    add(from.as_ref().map(|it| it.span), "`from`", &[Part::From]);
    add(to.as_ref().map(|it| it.span), "`to`", &[Part::To]);
    let responded_words = match responded.as_ref().map(|it| it.value) {
        Some(false) => "`who has not responded`",
        Some(true) | None => "`who responded`",
    };
    add(responded.as_ref().map(|it| it.span), responded_words, &[Part::Responded]);
    let success_words = match success.as_ref().map(|it| it.value) {
        Some(false) => "`without success`",
        Some(true) | None => "`with success`",
    };
    add(success.as_ref().map(|it| it.span), success_words, &[Part::Success]);
    add(attributes.as_ref().map(|it| it.span), "`where`", &[Part::Attributes]);
    add(window.as_ref().map(|it| it.whole), "a time", &[Part::Window]);
    add(count.as_ref().map(|it| it.span), "a number of times", &[Part::Count]);
    add(by.as_ref().map(|it| it.span), "`by`", &[Part::By]);
    add(percent.as_ref().map(|it| it.span), "a percentage", &[Part::Percent]);
    present
}
