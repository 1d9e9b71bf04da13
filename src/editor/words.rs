//! The words of a rule text, up to wherever it goes on.

use std::ops::Range;

use super::outline::Piece;
use crate::language::Quoting;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A keyword, or a field of one word.
    Word,
    /// A text in quotes.
    Text,
    /// A field in brackets.
    Field,
    /// A number.
    Number,
    /// A date, or a date and a time.
    Date,
    /// A time of day.
    Time,
    /// A sign: a comma, a parenthesis, part of an operator.
    Sign,
}

/// A token of the rule language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// The text that it stands for: without quotes or brackets, escapes resolved.
    pub(super) text: String,
    /// Its bytes in the file, quotes included.
    pub(super) range: Range<usize>,
    /// Whether quotes or brackets are closed.
    pub(super) closed: bool,
}

/// A letter of the decoded text with the bytes of the file that it stands in.
type Letter = (char, Range<usize>);

/// The tokens of a piece of a file.
pub(super) fn tokens(file: &str, piece: &Piece) -> Vec<Token> {
    let letters = letters(file, piece);
    let is_block = piece.quoting == Quoting::Block;
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some((sign, _)) = letters.get(at) {
        let start = at;
        let (kind, text, closed) = match sign {
            _ if sign.is_whitespace() || *sign == '\u{feff}' => {
                at += 1;
                continue;
            }
            '#' if is_block => {
                while letters.get(at).is_some_and(|(sign, _)| *sign != '\n') {
                    at += 1;
                }
                continue;
            }
            '"' | '\'' => quoted(&letters, &mut at),
            '[' => bracketed(&letters, &mut at),
            _ if sign.is_ascii_digit() || (matches!(sign, '+' | '-') && is_digit(&letters, at + 1)) => {
                number(&letters, &mut at)
            }
            _ if sign.is_alphabetic() || *sign == '_' => {
                let text = word(&letters, &mut at);
                (TokenKind::Word, text, true)
            }
            _ => {
                at += 1;
                (TokenKind::Sign, sign.to_string(), true)
            }
        };
        let first = letters.get(start).map_or(piece.range.start, |(_, range)| range.start);
        let last = at.checked_sub(1).and_then(|last| letters.get(last)).map_or(first, |(_, range)| range.end);
        tokens.push(Token { kind, text, range: first..last, closed });
    }
    tokens
}

/// A text as it is written between the quotes of a file.
pub(super) fn encoded(text: &str, quoting: Quoting) -> String {
    match quoting {
        Quoting::Bare | Quoting::Plain | Quoting::PlainInBrackets | Quoting::Block => text.to_owned(),
        Quoting::Single => text.replace('\'', "''"),
        Quoting::Double => text.replace('\\', "\\\\").replace('"', "\\\""),
    }
}

/// A name as a string of the rule language.
pub(super) fn in_quotes(name: &str, quote: char) -> String {
    let mut text = String::from(quote);
    for sign in name.chars() {
        match sign {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            _ if sign == quote => {
                text.push('\\');
                text.push(sign);
            }
            _ => text.push(sign),
        }
    }
    text.push(quote);
    text
}

fn letters(file: &str, piece: &Piece) -> Vec<Letter> {
    let raw = file.get(piece.range.clone()).unwrap_or("");
    let mut letters = Vec::with_capacity(raw.len());
    let mut signs = raw.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        let start = piece.range.start + at;
        let mut end = start + sign.len_utf8();
        let mut letter = sign;
        let next = signs.peek().copied();
        match (piece.quoting, sign, next) {
            (Quoting::Double, '\\', Some((_, escaped))) => {
                signs.next();
                end += escaped.len_utf8();
                letter = match escaped {
                    'n' | '\n' => '\n',
                    't' => '\t',
                    other => other,
                };
            }
            (Quoting::Single, '\'', Some((_, '\''))) => {
                signs.next();
                end += 1;
            }
            _ => {}
        }
        letters.push((letter, start..end));
    }
    letters
}

fn is_digit(letters: &[Letter], at: usize) -> bool {
    letters.get(at).is_some_and(|(sign, _)| sign.is_ascii_digit())
}

fn quoted(letters: &[Letter], at: &mut usize) -> (TokenKind, String, bool) {
    let quote = letters.get(*at).map_or('"', |(sign, _)| *sign);
    let mut text = String::new();
    *at += 1;
    while let Some((sign, _)) = letters.get(*at) {
        *at += 1;
        if *sign == quote {
            return (TokenKind::Text, text, true);
        }
        if *sign == '\\' {
            let escaped = letters.get(*at).map(|(sign, _)| *sign);
            *at += usize::from(escaped.is_some());
            text.extend(escaped.map(|sign| if sign == 'n' { '\n' } else { sign }));
        } else {
            text.push(*sign);
        }
    }
    (TokenKind::Text, text, false)
}

fn bracketed(letters: &[Letter], at: &mut usize) -> (TokenKind, String, bool) {
    let mut text = String::new();
    *at += 1;
    while let Some((sign, _)) = letters.get(*at) {
        match sign {
            ']' => {
                *at += 1;
                return (TokenKind::Field, text.trim().to_owned(), true);
            }
            '[' | '\n' => break,
            sign => text.push(*sign),
        }
        *at += 1;
    }
    (TokenKind::Field, text.trim_start().to_owned(), false)
}

fn word(letters: &[Letter], at: &mut usize) -> String {
    let mut text = String::new();
    while let Some((sign, _)) = letters.get(*at) {
        let joins = *sign == '-' && letters.get(*at + 1).is_some_and(|(next, _)| next.is_alphanumeric());
        if !(sign.is_alphanumeric() || *sign == '_' || joins || is_mark(*sign)) {
            break;
        }
        text.push(*sign);
        *at += 1;
    }
    text
}

/// Combining signs belong to the letter before them.
fn is_mark(sign: char) -> bool {
    matches!(sign, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}')
}

/// Numbers, dates and times; and words that begin with a digit, such as `1st`.
fn number(letters: &[Letter], at: &mut usize) -> (TokenKind, String, bool) {
    let mut text = String::new();
    while let Some((sign, _)) = letters.get(*at) {
        let inside = match sign {
            '+' | '-' => text.is_empty() || is_digit(letters, *at + 1),
            '.' | ':' => is_digit(letters, *at + 1),
            _ => sign.is_alphanumeric(),
        };
        if !inside {
            break;
        }
        text.push(*sign);
        *at += 1;
    }
    let bytes = text.as_bytes();
    let kind = if bytes.get(4) == Some(&b'-') && bytes.iter().take(4).all(u8::is_ascii_digit) {
        TokenKind::Date
    } else if text.contains(':') {
        TokenKind::Time
    } else if text.ends_with(char::is_alphabetic) {
        TokenKind::Word
    } else {
        TokenKind::Number
    };
    (kind, text, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(raw: &str, quoting: Quoting) -> Vec<String> {
        let piece = Piece { range: 0..raw.len(), quoting, may_be_key: false };
        let line = |token: Token| {
            let open = if token.closed { "" } else { "…" };
            format!("{:?} {}{open} {}-{}", token.kind, token.text, token.range.start, token.range.end)
        };
        tokens(raw, &piece).into_iter().map(line).collect()
    }

    #[test]
    fn words_and_values() {
        assert_eq!(
            told("wait 3 days at 09:00, [Lead Source] >= -1.5 on 2026-03-05T09:00Z 1st no-show", Quoting::Plain)
                .join("; "),
            "Word wait 0-4; Number 3 5-6; Word days 7-11; Word at 12-14; Time 09:00 15-20; Sign , 20-21; \
             Field Lead Source 22-35; Sign > 36-37; Sign = 37-38; Number -1.5 39-43; Word on 44-46; \
             Date 2026-03-05T09:00Z 47-64; Word 1st 65-68; Word no-show 69-76"
        );
    }

    #[test]
    fn quotes_inside_quotes() {
        assert_eq!(
            told(r#"list \"A \\\" B\" x"#, Quoting::Double),
            ["Word list 0-4", "Text A \" B 5-17", "Word x 18-19"]
        );
        assert_eq!(told("is ''it''", Quoting::Single), ["Word is 0-2", "Text it 3-9"]);
        assert_eq!(told("is \"🚀", Quoting::Plain), ["Word is 0-2", "Text 🚀… 3-8"]);
        assert_eq!(told("[Lead S", Quoting::Plain), ["Field Lead S… 0-7"]);
        assert_eq!(told("a # \"\n b", Quoting::Block), ["Word a 0-1", "Word b 7-8"]);
    }
}
