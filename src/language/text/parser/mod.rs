//! From pairs of the grammar to what was written.
//!
//! The grammar (`grammar/campanile.pest`) reads any text; this walk makes the tree and says what is wrong on the way. A
//! part that could not be read is left out, with its finding, and the rest stands, so that names in it are still checked.
//! No type of the grammar library leaves this folder.

mod chain;
mod operator;
mod phrase;
mod repair;
mod step;
mod time;
mod unread;
mod values;

use pest::Parser as _;
use pest::iterators::Pair;

use super::super::Scalar;
use super::super::ast::{Duration, Filter, Qualify, Schedule, Spanned, Step, Trigger};
use super::{errors, labels};
use crate::diagnostics::{Code, Diagnostic, Edit, Span};

/// The generated parser; a module of its own because the generated rules cannot be documented one by one.
mod grammar {
    #![allow(missing_docs, unreachable_pub, reason = "generated from the grammar, whose file documents the rules")]

    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/campanile.pest"]
    pub(in crate::language::text) struct Grammar;
}

use grammar::Grammar;
pub(in crate::language::text) use grammar::Rule;

type Node<'t> = Pair<'t, Rule>;

/// How deep parentheses and negations may nest.
pub(in crate::language::text) const NESTING_MAX: usize = 128;
/// How many numbers a `match` expression may use: each stands for a whole filter.
const MATCH_USES_MAX: usize = 1_000;

/// What the leaves of a chain are.
enum Leaves<'a> {
    /// Predicates about a person.
    Predicates,
    /// Tests of the attributes of an activity.
    Attributes,
    /// Numbers of these filters; `used` says which were.
    Numbers { filters: &'a [Option<Filter>], used: Vec<bool>, uses: usize, unread: bool },
}

/// Reads one text.
struct Reader<'a> {
    scalar: &'a Scalar,
    findings: &'a mut Vec<Diagnostic>,
    leaves: Leaves<'a>,
    /// How many places could not be read at all so far. What follows such a place is not blamed a second time.
    lost: usize,
    /// The word or sign that was last said to stand where something else belongs.
    intruder: Option<(usize, usize)>,
}

pub(super) fn filter(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<Filter> {
    repair::with_remedies(text, findings, &|text, findings| {
        let before = findings.len();
        let (mut reader, root) = Reader::start(text, findings, Rule::filter_text)?;
        let filter = reader.chain(root);
        consequences(text, findings, before);
        only_unclosed(filter, findings, before)
    })
}

pub(super) fn trigger(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<Trigger> {
    repair::with_remedies(text, findings, &|text, findings| {
        let before = findings.len();
        let (mut reader, root) = Reader::start(text, findings, Rule::trigger_text)?;
        let trigger = reader.only(root, Reader::trigger);
        consequences(text, findings, before);
        only_unclosed(trigger, findings, before)
    })
}

pub(super) fn step(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<Step> {
    repair::with_remedies(text, findings, &|text, findings| {
        let before = findings.len();
        let (mut reader, root) = Reader::start(text, findings, Rule::step_text)?;
        let step = reader.only(root, Reader::step);
        consequences(text, findings, before);
        only_unclosed(step, findings, before)
    })
}

pub(super) fn schedule(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<Schedule> {
    repair::with_remedies(text, findings, &|text, findings| {
        let before = findings.len();
        let (mut reader, root) = Reader::start(text, findings, Rule::schedule_text)?;
        let schedule = reader.only(root, Reader::schedule);
        consequences(text, findings, before);
        of_kind(Code::BadSchedule, findings, before);
        schedule
    })
}

pub(super) fn qualify(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<Spanned<Qualify>> {
    repair::with_remedies(text, findings, &|text, findings| {
        let before = findings.len();
        let (mut reader, root) = Reader::start(text, findings, Rule::qualify_text)?;
        let qualify = reader.only(root, Reader::qualify);
        of_kind(Code::BadQualify, findings, before);
        qualify
    })
}

pub(super) fn duration(text: &Scalar, findings: &mut Vec<Diagnostic>) -> Option<Duration> {
    repair::with_remedies(text, findings, &|text, findings| {
        let (mut reader, root) = Reader::start(text, findings, Rule::duration_text)?;
        reader.only(root, Reader::whole_duration).map(|duration| duration.value)
    })
}

pub(super) fn matching(text: &Scalar, filters: &[Option<Filter>], findings: &mut Vec<Diagnostic>) -> Option<Filter> {
    repair::with_remedies(text, findings, &|text, findings| {
        let before = findings.len();
        let (mut reader, root) = Reader::start(text, findings, Rule::match_text)?;
        reader.leaves = Leaves::Numbers { filters, used: vec![false; filters.len()], uses: 0, unread: false };
        let matching = reader.matching(root);
        consequences(text, findings, before);
        matching
    })
}

/// Passes over findings that stand at most one word after another one and only say that something else was expected:
/// two words that are swapped make the reader stumble twice. Findings that know what was meant stay.
fn consequences(text: &Scalar, findings: &mut Vec<Diagnostic>, before: usize) {
    let mut of_text = findings.split_off(before.min(findings.len()));
    of_text.sort_by_key(|finding| (finding.span.start, finding.span.end));
    let mut last: Option<usize> = None;
    for finding in of_text {
        let (start, end) = (text.offset(finding.span.start), text.offset(finding.span.end));
        let follows =
            last.is_some_and(|last| start < last || at_most_one_word(text.text().get(last..start).unwrap_or("")));
        let stumbles = matches!(
            finding.code,
            Code::Syntax | Code::MissingValue | Code::UnknownPhrase | Code::BadMatch | Code::UnclosedParenthesis
        );
        last = Some(last.map_or(end, |last| last.max(end)));
        if !(follows && stumbles) {
            findings.push(finding);
        }
    }
}

/// Whether between two places stands one word, string or sign, or none; `not` does not count.
fn at_most_one_word(between: &str) -> bool {
    let mut rest = between.trim_start();
    for _ in 0..2 {
        while let Some(after) =
            rest.get(..3).filter(|word| word.eq_ignore_ascii_case("not")).and_then(|_| rest.get(3..))
            && !after.starts_with(char::is_alphanumeric)
        {
            rest = after.trim_start();
        }
        if rest.is_empty() {
            return true;
        }
        let end = Grammar::parse(Rule::token, rest).ok().and_then(|mut read| read.next()).map(|token| range(&token).1);
        rest = rest.get(end.unwrap_or(rest.len())..).unwrap_or("").trim_start();
    }
    false
}

/// What is written wrongly in a schedule or qualification rule has the code of its kind, whichever part it is in.
fn of_kind(code: Code, findings: &mut [Diagnostic], before: usize) {
    let general = |finding: &&mut Diagnostic| matches!(finding.code, Code::Syntax | Code::MissingValue);
    findings.iter_mut().skip(before).filter(general).for_each(|finding| finding.code = code);
}

/// Where a quote is missing, everything after it is taken for the wrong thing: names for words and words for names. Then
/// the quote is all that is said about the text, and nothing in it is looked up.
fn only_unclosed<T>(read: Option<T>, findings: &mut Vec<Diagnostic>, before: usize) -> Option<T> {
    let of_text = findings.split_off(before.min(findings.len()));
    if !of_text.iter().any(|finding| finding.code == Code::UnclosedString) {
        findings.extend(of_text);
        return read;
    }
    findings.extend(of_text.into_iter().find(|finding| finding.code == Code::UnclosedString));
    None
}

impl<'a> Reader<'a> {
    /// Parses the text by a rule that reads any text. `None`, with its finding, for an empty or too deeply nested one.
    fn start(scalar: &'a Scalar, findings: &'a mut Vec<Diagnostic>, rule: Rule) -> Option<(Self, Node<'a>)> {
        let reader = Self { scalar, findings, leaves: Leaves::Predicates, lost: 0, intruder: None };
        let text = scalar.text();
        if errors::is_blank(text) {
            reader.findings.push(errors::empty_text(scalar.span(), rule));
            return None;
        }
        if let Some((start, end)) = too_deep(text) {
            reader.findings.push(errors::too_deep(scalar.place(start, end)));
            return None;
        }
        match Grammar::parse(rule, text) {
            Ok(mut pairs) => pairs.next().map(|root| (reader, root)),
            // Every text rule reads any text, so this is only reached when the machine's stack is nearly used up.
            Err(_) => {
                reader.findings.push(errors::too_deep(scalar.span()));
                None
            }
        }
    }

    /// The one thing of a text, and what is left over after it.
    fn only<T>(&mut self, root: Node<'a>, read: impl FnOnce(&mut Self, Node<'a>) -> Option<T>) -> Option<T> {
        let of = root.as_rule();
        let mut read = Some(read);
        let mut thing = None;
        for node in root.into_inner() {
            if node.as_rule() == Rule::leftover_text {
                if self.lost == 0 {
                    self.leftover(node, of);
                }
            } else if node.as_rule() != Rule::EOI
                && let Some(read) = read.take()
            {
                thing = read(self, node);
            }
        }
        thing
    }

    /// The place of a node, without the white space that may follow it inside.
    fn span(&self, node: &Node<'_>) -> Span {
        let (start, end) = range(node);
        self.scalar.place(start, end)
    }

    fn text(&self, start: usize, end: usize) -> &'a str {
        self.scalar.text().get(start..end).unwrap_or("")
    }

    /// What stands there.
    fn written(&self, node: &Node<'_>) -> &'a str {
        let (start, end) = range(node);
        self.text(start, end)
    }

    fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Reports something that could not be read, whose consequences are passed over.
    fn lose(&mut self, finding: Diagnostic) {
        self.lost += 1;
        self.findings.push(finding);
    }

    /// Adds a fix that puts `text` in the place of `start..end`, where the scalar can hold it.
    fn fix(
        &self,
        finding: Diagnostic,
        title: String,
        safe: bool,
        (start, end): (usize, usize),
        text: &str,
    ) -> Diagnostic {
        match self.scalar.replacement(start, end, text) {
            Some(Edit { span, text }) => finding.fix(title, safe, span, text),
            None => finding,
        }
    }

    /// The first word, string or sign at or after a place.
    fn next_token(&self, at: usize) -> Option<(usize, usize)> {
        let rest = self.scalar.text().get(at..)?;
        let at = at + rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let token = Grammar::parse(Rule::token, rest).ok()?.next()?;
        let (start, end) = range(&token);
        (end > start).then_some((at + start, at + end))
    }

    /// The place of the first word, string or sign at or after a place.
    fn next_place(&self, at: usize) -> Span {
        let (start, end) = self.next_token(at).unwrap_or((at, at));
        self.scalar.place(start, end)
    }

    /// Something is missing: blames what stands in its place, or at the end of the text the words before it.
    fn missing(&mut self, gap: &Node<'_>, after: (usize, usize), inside: Rule) {
        let at = gap.as_span().start();
        let found = self.next_token(at);
        let span = match found {
            Some((start, end)) => self.scalar.place(start, end),
            None => self.scalar.place(after.0, after.1),
        };
        self.intruder = found;
        let words = self.text(after.0, after.1);
        let found = found.map(|(start, end)| self.text(start, end));
        self.lose(errors::missing(span, words, found, inside));
    }
}

/// From the first to the last byte of a node. The grammar library counts the white space before an absent last part to
/// the node; the end is therefore that of the last thing inside.
fn range(node: &Node<'_>) -> (usize, usize) {
    (node.as_span().start(), end(node))
}

fn end(node: &Node<'_>) -> usize {
    let mut last = node.clone();
    loop {
        let inside = last.clone().into_inner().rev().find(|node| !node.as_str().is_empty());
        match inside {
            Some(inside) => last = inside,
            None => return last.as_span().end(),
        }
    }
}

/// A node's own keywords: those before the first value.
fn words(node: &Node<'_>) -> Option<(usize, usize)> {
    let mut words: Option<(usize, usize)> = None;
    for child in node.clone().into_inner() {
        if !labels::is_word(child.as_rule()) {
            break;
        }
        let (start, end) = range(&child);
        words = Some((words.map_or(start, |(start, _)| start), end));
    }
    words
}

/// The first place that is nested too deep, found without recursion. Most texts have too few parentheses and negations
/// to be looked at.
fn too_deep(text: &str) -> Option<(usize, usize)> {
    let candidates = text.bytes().filter(|byte| matches!(byte, b'(' | b'!' | b'n' | b'N')).count();
    if candidates <= NESTING_MAX {
        return None;
    }
    let outline = Grammar::parse(Rule::outline_text, text).ok()?.next()?;
    // For each open parenthesis, how many negations stand before it; the negations before what comes next.
    let (mut levels, mut depth, mut negations) = (Vec::new(), 0_usize, 0_usize);
    for node in outline.into_inner() {
        let rule = node.as_rule();
        if rule == Rule::open {
            levels.push(negations + 1);
            depth += negations + 1;
            negations = 0;
        } else if rule == Rule::close {
            depth -= levels.pop().unwrap_or(0).min(depth);
            negations = 0;
        } else if matches!(rule, Rule::k_not | Rule::foreign_not) {
            negations += 1;
        } else {
            negations = 0;
        }
        if depth + negations > NESTING_MAX {
            return Some(range(&node));
        }
    }
    None
}

/// The one rule inside a rule that is a choice of others.
fn only_child(node: Node<'_>) -> Option<Node<'_>> {
    node.into_inner().next()
}

/// Reads a part with the leaves that it has, and goes back to those of the text.
impl<'a> Reader<'a> {
    fn with_leaves<T>(&mut self, leaves: Leaves<'a>, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.leaves, leaves);
        let result = read(self);
        self.leaves = outer;
        result
    }
}

/// Whether a field's name can be written without brackets.
pub(super) fn is_bare_field(name: &str) -> bool {
    Grammar::parse(Rule::field_bare, name).is_ok_and(|read| read.as_str().len() == name.len())
}
