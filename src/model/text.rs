//! How texts are compared: by Unicode simple case folding, without normalisation (language.md section 6).

use std::fmt;

/// A text in folded form. Two texts are equal for a rule when their folded forms are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folded(Box<str>);

impl Folded {
    /// Folds a text.
    pub fn new(text: &str) -> Self {
        Self(fold(text).into_boxed_str())
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Unicode simple case folding: `ẞ` and `ß` meet, `Straße` and `STRASSE` do not, `ς` and `Σ` meet, `İ` and `i` do not.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold_char).collect()
}

fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    unicode_case_mapping::case_folded(c).and_then(|folded| char::from_u32(folded.get())).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folding_is_simple_and_per_character() {
        for (a, b, same) in [
            ("ẞ", "ß", true),
            ("Straße", "STRASSE", false),
            ("ς", "Σ", true),
            ("İ", "i", false),
            ("ÄRZTE GmbH", "ärzte gmbh", true),
            ("K", "k", true),
        ] {
            assert_eq!(fold(a) == fold(b), same, "{a} and {b}");
        }
    }
}
