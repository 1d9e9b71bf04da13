//! The rule language inside YAML scalars.
//!
//! Each function reads one scalar. What is wrong goes to `findings`; the answer is `None` when nothing useful could be
//! made of the text, and `Some` also after mistakes whose meaning is clear (curly quotes, `==`), so that names in the same
//! text are still checked. [`mod@print`] is the way back, from what was written to its canonical text.

mod errors;
mod labels;
mod parser;
pub mod print;
#[cfg(test)]
mod tests;

use super::Scalar;
use super::ast;
use crate::diagnostics::Diagnostic;

/// Reads a filter. Tests that could not be read are left out of it, each with its finding.
pub fn filter(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<ast::Filter> {
    parser::filter(text, findings)
}

/// Reads a trigger.
pub fn trigger(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<ast::Trigger> {
    parser::trigger(text, findings)
}

/// Reads a step.
pub fn step(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<ast::Step> {
    parser::step(text, findings)
}

/// Reads a schedule.
pub fn schedule(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<ast::Schedule> {
    parser::schedule(text, findings)
}

/// Reads a qualification rule.
pub fn qualify(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<ast::Spanned<ast::Qualify>> {
    parser::qualify(text, findings)
}

/// Reads a duration, `3 days`.
pub fn duration(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<ast::Duration> {
    parser::duration(text, findings)
}

/// Reads the `match` of a numbered filter (`all`, `any`, `1 and (2 or 3)`) and puts the filters in their places. A filter
/// that could not be read is `None`; an expression that uses one gives `None`, silently.
pub fn matching(text: &Scalar, filters: &[Option<ast::Filter>], findings: &mut Vec<Diagnostic>) -> Option<ast::Filter> {
    parser::matching(text, filters, findings)
}
