//! What is shown: siblings over plain data, each for another reader.

pub mod coverage;
pub mod github;
pub mod human;
pub mod json;
pub mod markdown;
pub mod passes;
pub mod sarif;
pub mod scenarios;
pub mod schema;

use unicode_width::UnicodeWidthStr as _;

/// How many columns a text takes on a terminal: none for combining signs, two for wide ones.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// A text with spaces behind it, so many columns wide.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// `1 error`, `2 errors`, `1,204 errors`.
pub fn count(number: usize, what: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_combining_signs_are_padded_to_the_same_column() {
        for text in ["abc", "東", "e\u{301}", "", "🚀x"] {
            assert_eq!(columns(&padded(text, 4)), 4, "{text}");
        }
    }
}
