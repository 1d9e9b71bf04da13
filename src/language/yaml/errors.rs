//! What the YAML library refuses, in our own words.

use granit_parser::{ErrorKind, ScanError};

use crate::diagnostics::{Code, Diagnostic, Edit, FileId, Fix, Span};

/// The finding for a file that the YAML library cannot read.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the list is the parser's own and grows; most of it says the same to a reader"
)]
pub(super) fn explain(error: &ScanError, text: &str, file: FileId, at: usize) -> Diagnostic {
    let at = floor(text, at.min(text.len()));
    let span = word_at(text, file, at);
    if let Some(finding) = tab(text, file, at) {
        return finding;
    }
    let (code, message, help) = match error.kind() {
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => (
            Code::NotYaml,
            "a quoted text that begins before this place is never closed",
            "close it with the same quote, and indent its further lines",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            Code::BrokenScalar,
            "the quoted text ends before this place, and more text follows it",
            "put the whole text in single quotes, and double the single quotes inside it",
        ),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => (
            Code::NotYaml,
            "this backslash is followed by something that double quotes do not know",
            "write `\\\\` for a backslash, or put the text in single quotes",
        ),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            (Code::NotYaml, "a bracket or brace is never closed", "close it with `]` or `}`")
        }
        ErrorKind::MismatchedFlowCollectionEnd { .. } | ErrorKind::MisplacedFlowCollectionEnd => (
            Code::NotYaml,
            "this bracket or brace closes nothing that is open",
            "a list is closed with `]`, a mapping in braces with `}`",
        ),
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => (
            Code::NotYaml,
            "a comma or the closing bracket is missing before this",
            "put rule texts with commas, brackets or quotes in a list of their own lines, each after `- `",
        ),
        ErrorKind::MappingKeyNotAllowed | ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            Code::BrokenScalar,
            "`: ` here makes a key of what stands before it",
            "put the whole text in single quotes, or write it as a block after `>-`",
        ),
        ErrorKind::RecursionLimitExceeded => {
            (Code::TooLarge, "this is nested too deep", "nest less; 64 levels are the most")
        }
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry => (
            Code::NotYaml,
            "this line does not fit the lines before it",
            "check its indentation: keys of one mapping and items of one list stand below each other",
        ),
        ErrorKind::InvalidFlowScalarIndent => (
            Code::NotYaml,
            "a list or mapping in brackets goes on here without indentation",
            "indent the lines up to the closing bracket",
        ),
        _ => (
            Code::NotYaml,
            "the file cannot be read from here on",
            "check quotes, brackets, colons and indentation in this line and the one before",
        ),
    };
    let known = [broken_bracket, quoted_beginning, second_colon, token_in_brackets]
        .iter()
        .find_map(|read| read(text, file, at));
    if let Some(finding) = known {
        return finding;
    }
    // A text without quotes goes on in the next line, and is blamed for the tab there.
    let (start, line) = line_of(text, at);
    if code == Code::NotYaml
        && let Some(finding) = tab(text, file, (start + line.len() + 1).min(text.len()))
    {
        return finding;
    }
    Diagnostic::new(code, span, message).help(help)
}

/// A token, `{{…}}`, in a text without quotes, which YAML takes for a mapping.
pub(super) fn torn(token: Span, in_brackets: bool) -> Diagnostic {
    Diagnostic::new(
        Code::BrokenScalar,
        token,
        "YAML takes `{{` here for the beginning of a mapping, so this is no text",
    )
    .help(if in_brackets {
        "put the whole text in single quotes, or the texts in a list of their own lines, each after `- `"
    } else {
        "put the whole text in single quotes, or write it as a block after `>-`"
    })
}

/// `[send email "{{my.Thanks}}"]`: inside brackets a token tears a text without quotes apart, and the quote behind it opens
/// a text that may go on over many lines.
fn token_in_brackets(text: &str, file: FileId, at: usize) -> Option<Diagnostic> {
    let (line_start, line) = line_of(text, at);
    let here = line.find("}}").map(|end| line_start + end);
    let end = here.or_else(|| text.get(..at)?.rfind("}}"))? + 2;
    let (line_start, _) = line_of(text, end);
    let start = text.get(..end)?.rfind("{{").filter(|start| *start >= line_start && *start <= at + 1)?;
    let in_brackets = text.get(line_start..start)?.contains('[');
    let behind = text.get(end..at).unwrap_or("");
    let opens = behind.chars().next().filter(|quote| matches!(quote, '"' | '\''));
    let one_text = opens.is_none_or(|quote| behind.matches(quote).count() <= 2);
    let reaches = here.is_some() || opens.is_some();
    let token = Span::new(file, to_u32(start), to_u32(end));
    (in_brackets && one_text && reaches).then(|| torn(token, true))
}

/// A tab where the line is indented.
fn tab(text: &str, file: FileId, at: usize) -> Option<Diagnostic> {
    let (start, line) = line_of(text, at);
    let tab = indentation(line).find('\t')?;
    let place = start + tab;
    let span = Span::new(file, to_u32(place), to_u32(place + 1));
    let finding = Diagnostic::new(Code::TabIndentation, span, "this line is indented with a tab")
        .help("indent with spaces, two for each level");
    let (title, safe, edits) = without_tabs(text, file, start)?;
    Some(Diagnostic { fixes: vec![Fix { title: title.to_owned(), safe, edits }], ..finding })
}

/// The change that indents with spaces. Where the whole file is indented with tabs, each tab is a level, and nothing else
/// can be meant. Where tabs and spaces are mixed, the line is put under the one before it, which is a guess.
fn without_tabs(text: &str, file: FileId, line_start: usize) -> Option<(&'static str, bool, Vec<Edit>)> {
    let replace = |start: usize, old: &str, new: String| {
        let start = to_u32(start);
        Edit { span: Span::new(file, start, start + to_u32(old.len())), text: new }
    };
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        lines.push((start, line));
        start += line.len();
    }
    let indented = || lines.iter().filter(|(_, line)| !line.trim().is_empty() && !indentation(line).is_empty());
    if indented().all(|(_, line)| !indentation(line).contains(' ')) {
        let edits =
            indented().map(|(start, line)| replace(*start, indentation(line), "  ".repeat(indentation(line).len())));
        return Some(("replace each tab by two spaces", true, edits.collect()));
    }
    let is_text = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let here = lines.iter().position(|(start, _)| *start == line_start)?;
    let (_, line) = lines.get(here)?;
    let before = lines.get(..here)?.iter().rev().map(|(_, line)| *line).find(is_text)?;
    let after = lines.get(here + 1..)?.iter().map(|(_, line)| *line).find(is_text);
    let above = indentation(before).len();
    let width = if before.trim_end().ends_with(':') {
        let below = after.map(indentation).filter(|after| !after.contains('\t') && after.len() > above);
        below.map_or(above + 2, str::len)
    } else {
        above
    };
    Some(("indent the line with spaces", false, vec![replace(line_start, indentation(line), " ".repeat(width))]))
}

/// The white space at the beginning of a line.
fn indentation(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or("")
}

/// `filter: [Lead Source] is "Web"`: a rule text that begins with a bracket is read as a list with something behind it.
fn broken_bracket(text: &str, file: FileId, at: usize) -> Option<Diagnostic> {
    let (start, line) = line_of(text, at);
    let value_at = line.find(": [").map(|at| at + 2).or_else(|| line.find("- [").map(|at| at + 2))?;
    let value = without_comment(line.get(value_at..)?);
    let closing = value.find(']')?;
    let rest = value.get(closing + 1..)?.trim_start();
    // `[[Lead Source] changes, …]` and `[a] b: …` are other mistakes.
    let inside = value.get(1..closing)?;
    let others = inside.contains(['[', ',', ':']) || rest.starts_with([',', ']', '}', '#']) || closes_more(rest);
    if rest.is_empty() || others || start + value_at > at {
        return None;
    }
    let finding = |quoted: &str| {
        let place = Span::new(file, to_u32(start + value_at), to_u32(start + value_at + value.len()));
        Diagnostic::new(Code::BrokenScalar, place, "a rule text that begins with `[` must be quoted")
            .help(format!("write {quoted}"))
    };
    Some(in_single_quotes(text, file, (start, value_at), value, true, finding))
}

/// `- "Open Email" where …`: a rule text that begins with a quoted name is taken for a quoted text with something behind it.
fn quoted_beginning(text: &str, file: FileId, at: usize) -> Option<Diagnostic> {
    let (start, line) = line_of(text, at);
    let found = [": \"", ": '", "- \"", "- '"].iter().filter_map(|before| line.find(before)).min()?;
    let value_at = found + 2;
    let value = without_comment(line.get(value_at..)?);
    let mut signs = value.char_indices();
    let (_, quote) = signs.next()?;
    let closing = signs.find(|(_, sign)| *sign == quote)?.0;
    let rest = value.get(closing + 1..)?.trim_start();
    if rest.is_empty() || rest.starts_with([',', ']', '}', '#', ':', quote]) || start + value_at + closing > at {
        return None;
    }
    let finding = |quoted: &str| {
        let place = Span::new(file, to_u32(start + value_at), to_u32(start + value_at + value.len()));
        Diagnostic::new(Code::BrokenScalar, place, "the quoted text at the beginning ends, and more text follows it")
            .help(format!("put the whole text in single quotes, and double the single quotes inside it: {quoted}"))
    };
    Some(in_single_quotes(text, file, (start, value_at), value, false, finding))
}

/// `then: send email "Part 3: more"`: after the key the value must not hold another `: `.
fn second_colon(text: &str, file: FileId, at: usize) -> Option<Diagnostic> {
    let (start, line) = line_of(text, at);
    let value_at = line.find(": ").map(|at| at + 2)?;
    let value = without_comment(line.get(value_at..)?);
    let colon = value.find(": ")?;
    // The colon may stand inside the quotes of a name, not inside those of YAML.
    if value.starts_with(['"', '\'', '[', '{', '|', '>']) || start + value_at + colon > at + 1 {
        return None;
    }
    let finding = |quoted: &str| {
        let place = Span::new(file, to_u32(start + value_at), to_u32(start + value_at + value.len()));
        Diagnostic::new(Code::BrokenScalar, place, "YAML takes `: ` for the end of a key, so this is no text")
            .help(format!("put the whole text in single quotes, {quoted}, or write it as a block after `>-`"))
    };
    Some(in_single_quotes(text, file, (start, value_at), value, false, finding))
}

/// A finding whose remedy is single quotes around a value. Where the value goes on in the next line or stands in brackets,
/// it ends elsewhere: then the remedy is told and not made.
fn in_single_quotes(
    text: &str,
    file: FileId,
    (line_start, value_at): (usize, usize),
    value: &str,
    safe: bool,
    finding: impl Fn(&str) -> Diagnostic,
) -> Diagnostic {
    let quoted = crate::language::scalar::single_quoted(value);
    let finding = finding(&quoted);
    let (_, line) = line_of(text, line_start);
    let rest = text.get(line_start + line.len()..).unwrap_or("");
    let next = rest.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    // What belongs to the value stands further to the right than its key or its `-`.
    let before = line.get(..value_at).unwrap_or("").trim_end();
    let key = match before.strip_suffix('-') {
        Some(before) => before.len(),
        None => line.len() - line.trim_start_matches([' ', '-']).len(),
    };
    let goes_on = next.len() - next.trim_start().len() > key || closes_more(value);
    let in_brackets = before.contains(['[', '{']);
    if goes_on || in_brackets {
        return finding;
    }
    let start = to_u32(line_start + value_at);
    finding.fix("put the text in single quotes", safe, Span::new(file, start, start + to_u32(value.len())), quoted)
}

/// A value without the comment behind it. A `#` in the quotes of a name begins none.
fn without_comment(value: &str) -> &str {
    let mut open = None;
    let mut before = ' ';
    for (at, sign) in value.char_indices() {
        match sign {
            '"' | '\'' if open == Some(sign) => open = None,
            '"' | '\'' if open.is_none() && !before.is_alphanumeric() => open = Some(sign),
            '#' if open.is_none() && before.is_whitespace() => return value.get(..at).unwrap_or("").trim_end(),
            _ => {}
        }
        before = sign;
    }
    value.trim_end()
}

/// Whether brackets or braces are closed that were not opened in the same text.
fn closes_more(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().any(|sign| {
        depth += i32::from(matches!(sign, '[' | '{')) - i32::from(matches!(sign, ']' | '}'));
        depth < 0
    })
}

fn line_of(text: &str, at: usize) -> (usize, &str) {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..).unwrap_or("");
    (start, line.split('\n').next().unwrap_or("").trim_end_matches('\r'))
}

/// The word or sign at a place; at the end of a line the empty span there.
fn word_at(text: &str, file: FileId, at: usize) -> Span {
    let rest = text.get(at..).unwrap_or("");
    let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
    Span::new(file, to_u32(at), to_u32(at + word))
}

fn floor(text: &str, mut at: usize) -> usize {
    while at > 0 && !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
