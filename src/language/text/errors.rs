//! How mistakes in rule texts are worded. Messages say what is wrong, help says what to write instead.

use super::labels;
use super::parser::{NESTING_MAX, Rule};
use crate::diagnostics::{Code, Diagnostic, Span, in_backticks, one_of};

/// A quoted piece of the user's text in a message is cut after this many characters.
const SHOWN_CHARS_MAX: usize = 200;

/// White space as it is in the rule language.
fn is_white(c: char) -> bool {
    c.is_whitespace() || c == '\u{FEFF}'
}

/// Whether a text holds nothing but white space and comments.
pub(super) fn is_blank(text: &str) -> bool {
    text.lines().all(|line| line.split('#').next().is_none_or(|code| code.chars().all(is_white)))
}

/// A text on one line, each run of white space as one space.
pub(super) fn one_line(text: &str) -> String {
    text.split(is_white).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The user's text as a message shows it.
pub(super) fn shown(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((at, _)) => format!("`{}…`", line.get(..at).unwrap_or("")),
        None => in_backticks(&line),
    }
}

pub(super) fn empty_text(span: Span, rule: Rule) -> Diagnostic {
    Diagnostic::new(Code::EmptyText, span, "this text is empty")
        .help(format!("write {}, or leave the key out", labels::expected(rule)))
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(Code::TooDeep, span, format!("parentheses and `not` nest more than {NESTING_MAX} levels deep here"))
        .help("move parts of it into segments and name those with `member of segment`")
}

/// Something is missing: `found` stands in its place, or the text ends.
pub(super) fn missing(span: Span, words: &str, found: Option<&str>, inside: Rule) -> Diagnostic {
    let expected = labels::expected(inside);
    let words = shown(words);
    let message = match (inside, found) {
        (Rule::operator | Rule::value_test | Rule::literals | Rule::from_part | Rule::to_part, Some(found)) => {
            format!("{words} is without its value: here stands {}", shown(found))
        }
        (Rule::operator | Rule::value_test | Rule::literals | Rule::from_part | Rule::to_part, None) => {
            format!("{words} is without its value")
        }
        (_, Some(found)) => format!("{words} must be followed by {expected}, not by {}", shown(found)),
        (_, None) => format!("{words} must be followed by {expected}"),
    };
    Diagnostic::new(Code::MissingValue, span, message).help(format!("after {words} write {expected}"))
}

/// An operand of a chain is missing: `found` stands in its place, or the text ends.
pub(super) fn missing_operand(span: Span, found: Option<&str>, after: Option<&str>, numbers: bool) -> Diagnostic {
    let code = if numbers { Code::BadMatch } else { Code::Syntax };
    let expected = labels::expected(if numbers { Rule::match_number } else { Rule::filter_text });
    let message = match (found, after) {
        (Some(found), _) => format!("here {expected} was expected, not {}", shown(found)),
        (None, Some(after)) => format!("nothing follows `{after}`"),
        (None, None) => format!("here {expected} was expected"),
    };
    Diagnostic::new(code, span, message).help(format!("write {expected}, or remove what joins it to the rest"))
}

/// A sign or word of other languages.
pub(super) fn foreign(span: Span, written: &str, right: &str) -> Diagnostic {
    Diagnostic::new(Code::ForeignOperator, span, format!("{} is not used in rules", shown(written)))
        .help(format!("write `{right}`"))
}

pub(super) fn bare_field(span: Span, name: &str, right: &str) -> Diagnostic {
    Diagnostic::new(Code::BareField, span, format!("the field {} needs square brackets", shown(name)))
        .help(format!("write `{right}`; a text in YAML that begins with `[` needs quotes around it, or a block"))
}

pub(super) fn only_values_here(span: Span, value: bool) -> Diagnostic {
    let what = if value { "a value" } else { "a status" };
    Diagnostic::new(Code::Syntax, span, format!("here {what} was expected, not a test")).help(format!(
        "write {}",
        if value { "one value, as in `to \"NL\"`" } else { "the status in quotes, as in `to \"Attended\"`" }
    ))
}

pub(super) fn one_value_here(span: Span) -> Diagnostic {
    Diagnostic::new(Code::PartNotAllowed, span, "a step sets one value, this is a second one")
        .help("remove it, or write a step of its own for it")
}

/// Something that is no text stands where a status belongs.
pub(super) fn status_in_quotes(span: Span, written: Option<&str>) -> Diagnostic {
    let Some(written) = written else {
        let message = "here a status in quotes was expected";
        return Diagnostic::new(Code::Syntax, span, message).help("write it as in `to \"Attended\"`");
    };
    Diagnostic::new(Code::Syntax, span, format!("a status stands in quotes, {} does not", shown(written)))
        .help(format!("write `\"{}\"`", one_line(written)))
}

pub(super) fn not_an_attribute_test(span: Span) -> Diagnostic {
    Diagnostic::new(Code::Syntax, span, "only tests of the activity's attributes can stand in `where`")
        .help("write tests such as `Form is \"Contact\"` here and put this after the closing parenthesis, with `and`")
}

pub(super) fn unclosed_token(span: Span) -> Diagnostic {
    Diagnostic::new(Code::BadToken, span, "the token that begins with `{{` here is never closed")
        .help("write `}}` where it ends, as in `{{person.First Name}}`")
}

pub(super) fn bad_token(span: Span, written: &str) -> Diagnostic {
    Diagnostic::new(Code::BadToken, span, format!("{} is not a token", shown(written)))
        .help("write what it is about, a dot and a name, as in `{{person.First Name}}` or `{{my.Sender}}`")
}

pub(super) fn no_such_filter(span: Span, written: &str, count: usize) -> Diagnostic {
    let there_are = match count {
        0 => "there are no filters".to_owned(),
        1 => "there is one filter, `1`".to_owned(),
        count => format!("there are filters `1` to `{count}`"),
    };
    Diagnostic::new(Code::BadMatch, span, format!("there is no filter {}", shown(written))).help(there_are)
}

pub(super) fn no_filters(span: Span) -> Diagnostic {
    Diagnostic::new(Code::BadMatch, span, "there are no filters to put together")
        .help("list them after `filters`, each after `- `")
}

pub(super) fn unused_filter(span: Span, number: usize, count: usize) -> Diagnostic {
    Diagnostic::new(Code::BadMatch, span, format!("filter `{number}` of {count} is not used"))
        .help(format!("put `{number}` into the expression, or remove the filter"))
}

pub(super) fn too_many_uses(span: Span, max: usize) -> Diagnostic {
    Diagnostic::new(Code::TooDeep, span, format!("this expression uses more than {max} filters"))
        .help("move parts of it into segments and name those with `member of segment`")
}

/// `did you mean …`, or what there is.
pub(super) fn suggestions(near: &[&str], all: &[&str], what: &str) -> String {
    let backticked = |words: &[&str]| words.iter().map(|words| in_backticks(words)).collect::<Vec<_>>();
    if near.is_empty() {
        format!("{what} is one of {}", one_of(&backticked(all)))
    } else {
        format!("did you mean {}?", one_of(&backticked(near)))
    }
}
