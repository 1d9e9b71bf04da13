//! What the grammar could not make sense of: what it may have been meant to be.

#![expect(clippy::wildcard_enum_match_arm, reason = "each place of the grammar holds few of its rules")]

use super::super::super::ast::{PredicateForm, StepForm, TriggerForm};
use super::super::{errors, labels};
use super::phrase::{PREDICATES, STEPS, TRIGGERS, form};
use super::{Leaves, Node, Reader, Rule, range};
use crate::diagnostics::{Code, Diagnostic, closest};

/// The kinds of phrases.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Trigger,
    Filter,
    Step,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Filter => "filter",
            Self::Step => "step",
        }
    }

    /// The words of all phrases of the kind; those that begin with a field are left out.
    fn phrases(self) -> Vec<&'static str> {
        match self {
            Self::Trigger => {
                let forms = TriggerForm::ALL.iter().filter(|form| **form != TriggerForm::FieldChanges);
                forms.map(|form| form.words()).collect()
            }
            Self::Filter => {
                let with_field = [PredicateForm::Field, PredicateForm::HadFieldChanged];
                let forms = PredicateForm::ALL.iter().filter(|form| !with_field.contains(form));
                forms.map(|form| form.words()).collect()
            }
            Self::Step => StepForm::ALL.iter().map(|form| form.words()).collect(),
        }
    }
}

/// Words that follow a field.
const OPERATOR_WORDS: &[&str] = &["is", "contains", "starts", "ends", "does", "isnt"];

impl<'a> Reader<'a> {
    /// Something in the place of an operand.
    pub(super) fn unread(&mut self, node: Node<'a>, connective: Option<&'static str>) {
        if self.broken_token(&node) {
            return;
        }
        let numbers = matches!(self.leaves, Leaves::Numbers { .. });
        let place = range(&node);
        let Some(first) = super::only_child(node.clone()) else { return };
        if numbers {
            let span = self.span(&first);
            let written = self.written(&first);
            let finding = Diagnostic::new(
                Code::BadMatch,
                span,
                format!("{} is not the number of a filter", errors::shown(written)),
            )
            .help("write `all`, `any` or the numbers of the filters, as in `1 and (2 or 3)`");
            self.lose(finding);
            return;
        }
        if let Some(connective) = connective
            && labels::is_literal(first.as_rule())
        {
            let written = self.written(&first);
            let finding = Diagnostic::new(
                Code::Syntax,
                self.span(&first),
                format!("after `{connective}` a whole test was expected, not the value {}", errors::shown(written)),
            )
            .help("several values of one test are separated by commas, as in `Country is \"NL\", \"BE\"`");
            self.lose(finding);
            return;
        }
        self.unknown(Kind::Filter, &node, place);
    }

    /// A text of which nothing was understood, or that is of another kind.
    pub(super) fn not_this_kind(&mut self, node: Node<'a>, root: Rule) {
        if node.as_rule() != Rule::unread_text {
            self.wrong_place(node, root);
            return;
        }
        if self.broken_token(&node) {
            return;
        }
        let place = range(&node);
        match root {
            Rule::trigger_text => self.unknown(Kind::Trigger, &node, place),
            Rule::step_text => self.unknown(Kind::Step, &node, place),
            _ => {
                let (code, what) = match root {
                    Rule::schedule_text => (Code::BadSchedule, "a schedule"),
                    Rule::qualify_text => (Code::BadQualify, "a qualification rule"),
                    _ => (Code::Syntax, "a duration"),
                };
                let written = errors::shown(self.text(place.0, place.1));
                let finding =
                    Diagnostic::new(code, self.scalar.place(place.0, place.1), format!("{written} is not {what}"))
                        .help(remedy(root, self.text(place.0, place.1)));
                self.lose(finding);
            }
        }
    }

    /// A string without an end or a bracket without its partner, in what was not understood.
    fn broken_token(&mut self, node: &Node<'a>) -> bool {
        let mut bracket = None;
        for child in node.clone().into_inner().flatten_once() {
            if child.as_rule() == Rule::unclosed_string {
                let (start, end) = range(&child);
                self.unclosed_string(start, end);
                return true;
            }
            if child.as_rule() == Rule::token_symbol && child.as_str() == "[" && bracket.is_none() {
                bracket = Some(range(&child));
            }
        }
        let Some((start, end)) = bracket else { return false };
        let finding =
            Diagnostic::new(Code::UnclosedParenthesis, self.scalar.place(start, end), "this `[` is never closed")
                .help("write `]` after the name of the field, as in `[Lead Source]`");
        self.lose(finding);
        true
    }

    fn unknown(&mut self, kind: Kind, node: &Node<'a>, whole: (usize, usize)) {
        let mut words: Vec<(usize, usize)> = Vec::new();
        for child in node.clone().into_inner() {
            if !labels::is_word(child.as_rule()) && child.as_rule() != Rule::token_word {
                break;
            }
            words.push(range(&child));
        }
        let (Some(first), Some(last)) = (words.first().copied(), words.last().copied()) else {
            let (start, end) = super::only_child(node.clone()).map_or(whole, |first| range(&first));
            let expected = labels::expected(match kind {
                Kind::Trigger => Rule::trigger_text,
                Kind::Filter => Rule::filter_text,
                Kind::Step => Rule::step_text,
            });
            let written = errors::shown(self.text(start, end));
            let message = format!("here {expected} was expected, not {written}");
            self.lose(
                Diagnostic::new(Code::Syntax, self.scalar.place(start, end), message).help(format!("write {expected}")),
            );
            return;
        };
        let first_word = self.text(first.0, first.1).to_lowercase();
        if kind == Kind::Filter && OPERATOR_WORDS.contains(&first_word.as_str()) {
            let message = format!("before `{}` stands no field", self.text(first.0, first.1));
            let finding = Diagnostic::new(Code::Syntax, self.scalar.place(first.0, first.1), message)
                .help("write which field is tested, as in `Country is \"NL\"`")
                .help("several values of one test are separated by commas, as in `Country is \"NL\", \"BE\"`");
            self.lose(finding);
            return;
        }
        let phrases = kind.phrases();
        let (count, near) = self.nearest(&words, &phrases);
        let end = count.checked_sub(1).and_then(|at| words.get(at)).unwrap_or(&last).1;
        let written = errors::one_line(self.text(first.0, end));
        // A lone word in a filter is most likely a field.
        if kind == Kind::Filter && near.is_empty() && words.len() == 1 {
            self.field_without_operator(&written, (first.0, end), last.1);
            return;
        }
        // Where phrases begin with what is written, one of them was meant and not another that looks like it.
        let begins = format!("{} ", written.to_lowercase());
        let longer: Vec<&str> =
            phrases.iter().copied().filter(|phrase| phrase.to_lowercase().starts_with(&begins)).collect();
        let near = if longer.is_empty() { near } else { longer };
        if near.iter().any(|phrase| phrase.eq_ignore_ascii_case(&written)) {
            let message = format!("after `{written}` stands something else than belongs there");
            let finding = Diagnostic::new(Code::UnknownPhrase, self.scalar.place(first.0, end), message)
                .help(format!("`campanile reference '{}'` shows how it is written", written.to_lowercase()));
            self.lose(finding);
            return;
        }
        let message = format!("there is no {} `{written}`", kind.word());
        let finding = Diagnostic::new(Code::UnknownPhrase, self.scalar.place(first.0, end), message);
        let mut finding = finding.help(errors::suggestions(&near, &phrases, &format!("a {}", kind.word())));
        if kind == Kind::Filter && near.is_empty() {
            finding =
                finding.help("a test of a field looks like `Country is \"NL\"` or `[Lead Source] contains \"web\"`");
        }
        if let [only] = near.as_slice() {
            finding = self.fix(finding, format!("write `{only}`"), false, (first.0, end), only);
        }
        self.lose(finding);
    }

    fn field_without_operator(&mut self, field: &str, place: (usize, usize), from: usize) {
        let found = self.next_token(from);
        let found =
            found.map(|(start, end)| self.text(start, end)).filter(|found| !matches!(*found, ")" | "and" | "or"));
        let message = match found {
            Some(found) => {
                format!("between `{field}` and {} an operator such as `is` is missing", errors::shown(found))
            }
            None => format!("`{field}` is not a test: what is asked of it is missing"),
        };
        let finding = Diagnostic::new(Code::Syntax, self.scalar.place(place.0, place.1), message)
            .help(format!("write what is asked, as in `{field} is \"NL\"` or `{field} is not empty`"));
        self.lose(finding);
    }

    /// The phrases nearest to the first words, and how many of the words they stand for; 0 when none is near.
    fn nearest(&self, words: &[(usize, usize)], phrases: &[&'static str]) -> (usize, Vec<&'static str>) {
        let mut best: Option<(usize, usize, &'static str)> = None;
        let mut near: Vec<&'static str> = Vec::new();
        for phrase in phrases {
            let length = phrase.split(' ').count().min(words.len());
            let (Some(first), Some(last)) = (words.first(), words.get(length - 1)) else { continue };
            let written = errors::one_line(self.text(first.0, last.1)).to_lowercase();
            if closest(&written, [*phrase]).is_empty() {
                continue;
            }
            let distance = strsim::osa_distance(&written, &phrase.to_lowercase());
            if best.is_none_or(|(of_best, _, _)| distance < of_best) {
                best = Some((distance, length, phrase));
                near = vec![phrase];
            } else if best.is_some_and(|(of_best, _, _)| distance == of_best) && near.len() < 3 {
                near.push(phrase);
            }
        }
        if let Some((_, length, _)) = best {
            return (length, near);
        }
        // The first word alone may be right: `add to campaign`.
        let Some((start, end)) = words.first() else { return (0, near) };
        let first = self.text(*start, *end).to_lowercase();
        let same = phrases.iter().filter(|phrase| phrase.split(' ').next() == Some(first.as_str()));
        near.extend(same.take(3));
        (0, near)
    }

    /// A phrase that is right elsewhere.
    pub(super) fn wrong_place(&mut self, node: Node<'a>, root: Rule) {
        let (kind, remedy) = match (node.as_rule(), root) {
            (Rule::trigger_in_filter, _) => (
                Kind::Trigger,
                "a filter asks about now or about the past, as in `member of list \"A\"`, `was added to list \"A\"`, \
                 `had Score changed` or `performed \"A\"`",
            ),
            (Rule::step_in_filter, _) => (Kind::Step, "steps stand under `flow`"),
            (Rule::predicate_in_trigger, _) => (
                Kind::Filter,
                "conditions stand under `filter`; a trigger is something that happens, as in `added to list \"A\"`",
            ),
            (Rule::step_in_trigger, _) => (
                Kind::Step,
                "steps stand under `flow`; a trigger is something that happens, as in `added to list \"A\"`",
            ),
            (Rule::trigger_in_step, _) => {
                (Kind::Trigger, "triggers stand under `triggers`; a step is something to do, as in `add to list \"A\"`")
            }
            _ => (
                Kind::Filter,
                "conditions stand under `filter`, or in the `if` of a `choose`; a step is something to do",
            ),
        };
        if root == Rule::trigger_text && self.meant_a_trigger(&node) {
            return;
        }
        let place = node
            .clone()
            .into_inner()
            .find(|child| {
                let rule = child.as_rule();
                form(TRIGGERS, rule).is_some()
                    || form(PREDICATES, rule).is_some()
                    || form(STEPS, rule).is_some()
                    || matches!(rule, Rule::random_sample_words | Rule::wait_words | Rule::wait_until_words)
            })
            .map_or_else(|| range(&node), |head| range(&head));
        let here = match root {
            Rule::trigger_text => Kind::Trigger,
            Rule::step_text => Kind::Step,
            _ => Kind::Filter,
        };
        let written = errors::shown(self.text(place.0, place.1));
        let message = format!("{written} is a {}, and here a {} belongs", kind.word(), here.word());
        let mut finding = Diagnostic::new(Code::UnknownPhrase, self.scalar.place(place.0, place.1), message);
        let words = errors::one_line(self.text(place.0, place.1)).to_lowercase();
        let near = closest(&words, here.phrases());
        if !near.is_empty() {
            finding = finding.help(errors::suggestions(&near, &[], here.word()));
        }
        self.lose(finding.help(remedy));
    }

    /// `status is changed SFDC campaign "S"`, which only looks like a test of a field.
    fn meant_a_trigger(&mut self, node: &Node<'a>) -> bool {
        if node.as_rule() != Rule::predicate_in_trigger {
            return false;
        }
        let mut words = Vec::new();
        let mut at = node.as_span().start();
        while let Some((start, end)) = self
            .next_token(at)
            .filter(|(start, _)| self.text(*start, self.scalar.text().len()).starts_with(char::is_alphabetic))
        {
            words.push((start, end));
            at = end;
        }
        let phrases: Vec<&str> =
            Kind::Trigger.phrases().into_iter().filter(|phrase| phrase.contains(" is ") && words.len() > 1).collect();
        let (mut count, mut near) = self.nearest(&words, &phrases);
        if count == 0 {
            (count, near) = self.first_other_word(&words, &phrases);
        }
        let (Some(first), Some(last)) = (words.first(), count.checked_sub(1).and_then(|at| words.get(at))) else {
            return false;
        };
        let written = errors::shown(self.text(first.0, last.1));
        let finding = Diagnostic::new(
            Code::UnknownPhrase,
            self.scalar.place(first.0, last.1),
            format!("there is no trigger {written}"),
        )
        .help(errors::suggestions(&near, &[], "a trigger"));
        let finding = match near.as_slice() {
            [only] => self.fix(finding, format!("write `{only}`"), false, (first.0, last.1), only),
            _ => finding,
        };
        self.lose(finding);
        true
    }

    /// The phrases that begin like these words for longest, at least two, and how many words there are up to the first that
    /// is another one; 0 when there is none.
    fn first_other_word(&self, words: &[(usize, usize)], phrases: &[&'static str]) -> (usize, Vec<&'static str>) {
        let alike = |phrase: &str| {
            let same =
                |(word, (start, end)): &(&str, &(usize, usize))| word.eq_ignore_ascii_case(self.text(*start, *end));
            phrase.split(' ').zip(words).take_while(same).count()
        };
        let most = phrases.iter().map(|phrase| alike(phrase)).max().unwrap_or(0);
        if most < 2 || most >= words.len() {
            return (0, Vec::new());
        }
        (most + 1, phrases.iter().copied().filter(|phrase| alike(phrase) == most).take(3).collect())
    }

    /// What stands after a phrase that was read to its end.
    pub(super) fn leftover(&mut self, node: Node<'a>, root: Rule) {
        if self.broken_token(&node) {
            return;
        }
        let Some(first) = super::only_child(node) else { return };
        let span = self.span(&first);
        let written = self.written(&first);
        let connective = ["and", "or", "&&", "||"].iter().any(|word| written.eq_ignore_ascii_case(word));
        let shown = errors::shown(written);
        let numbers = matches!(self.leaves, Leaves::Numbers { .. });
        let next = self.next_token(range(&first).1).map_or("", |(start, end)| self.text(start, end));
        if connective
            && !numbers
            && matches!(root, Rule::trigger_text | Rule::step_text)
            && next.starts_with(['"', '\''])
        {
            let finding = Diagnostic::new(Code::Syntax, span, format!("between values stands a comma, not {shown}"))
                .help(format!("write `, {next}`"));
            let finding = self.fix(finding, "write a comma".to_owned(), false, range(&first), ",");
            self.lose(finding);
            return;
        }
        let (code, message, help) = match root {
            Rule::trigger_text if connective => (
                Code::Syntax,
                format!("a trigger is one thing that happens, {shown} cannot follow it"),
                "write each trigger as an item of its own, conditions under `filter`, and several tests after `where` in \
                 parentheses",
            ),
            Rule::step_text if connective => (
                Code::Syntax,
                format!("a step does one thing, {shown} cannot follow it"),
                "write each step as an item of its own",
            ),
            Rule::trigger_text | Rule::step_text => (
                Code::Syntax,
                format!("here the end was expected, not {shown}"),
                "remove it, or write it as an item of its own",
            ),
            Rule::schedule_text => (
                Code::BadSchedule,
                format!("here the end of the schedule was expected, not {shown}"),
                "after the time only `starting` and `until` with a date may follow",
            ),
            Rule::qualify_text => (
                Code::BadQualify,
                format!("here the end was expected, not {shown}"),
                "write `once`, `every time` or `once every 7 days`",
            ),
            Rule::duration_text => {
                (Code::Syntax, format!("here the end was expected, not {shown}"), "write one number and one unit")
            }
            _ if numbers => (
                Code::BadMatch,
                format!("here `and`, `or` or the end was expected, not {shown}"),
                "write the numbers of the filters with `and` or `or` between them, as in `1 and (2 or 3)`",
            ),
            _ => (
                Code::Syntax,
                format!("here `and`, `or` or the end was expected, not {shown}"),
                "join tests with `and` or `or`, and separate several values with commas",
            ),
        };
        self.lose(Diagnostic::new(code, span, message).help(help));
    }
}

/// What to write instead of a text that is no schedule, qualification rule or duration.
fn remedy(root: Rule, written: &str) -> String {
    match root {
        Rule::schedule_text => {
            let day = written.split_whitespace().nth(1).and_then(crate::model::Day::find);
            match day {
                Some(day) => format!("write `every week on {} at 09:00`", day.word()),
                None => "write a schedule such as `every day at 06:00`, `every weekday at 06:00`, `every week on monday at \
                         06:00`, `every month on day 1 at 06:00`, `every month on the last friday at 06:00` or `once at \
                         2026-03-05 09:00`"
                    .to_owned(),
            }
        }
        Rule::qualify_text => "write `once`, `every time` or `once every 7 days`".to_owned(),
        _ => "write a number and a unit, as in `3 days`".to_owned(),
    }
}

/// Children, and the children of parentheses among them, without recursion.
trait FlattenOnce<'t> {
    fn flatten_once(self) -> Vec<Node<'t>>;
}

impl<'t> FlattenOnce<'t> for pest::iterators::Pairs<'t, Rule> {
    fn flatten_once(self) -> Vec<Node<'t>> {
        self.flatten().collect()
    }
}
