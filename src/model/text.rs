//! How texts are compared: by Unicode simple case folding, without normalisation (language.md section 6).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A text in folded form. Two texts are equal for a rule when their folded forms are; how it was written is kept for
/// people who read it again, and compares as nothing.
#[derive(Clone)]
pub struct Folded {
    folded: Box<str>,
    /// Absent where folding changed nothing.
    written: Option<Box<str>>,
}

impl Folded {
    /// Folds a text.
    pub fn new(text: &str) -> Self {
        let folded = fold(text).into_boxed_str();
        let written = (*folded != *text).then(|| Box::from(text));
        Self { folded, written }
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.folded
    }

    /// The text as it was written.
    pub fn written(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.folded)
    }
}

impl PartialEq for Folded {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Folded {}

impl PartialOrd for Folded {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Folded {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Folded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.folded, f)
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
