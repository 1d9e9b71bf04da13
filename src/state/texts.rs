//! The dictionary of texts: each is kept once, and so is its folded form, which is a text like any other.

use super::growth;
use super::strings::Strings;
use crate::model::fold;

/// A text of the dictionary; [`TextId::EMPTY`] is the empty value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u32);

impl TextId {
    /// No text.
    pub const EMPTY: Self = Self(0);
}

/// The dictionary. Two texts are equal for a rule when [`Texts::folded`] gives the same for both.
#[derive(Debug, Clone)]
pub struct Texts {
    strings: Strings,
    /// For each text its folded form.
    folds: Vec<TextId>,
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts = Self { strings: Strings::default(), folds: Vec::new() };
        texts.intern("");
        texts
    }
}

impl Texts {
    /// The id of a text, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> TextId {
        let (number, is_new) = self.strings.intern(text);
        let id = TextId(number);
        if is_new {
            growth::push(&mut self.folds, id);
            let folded = fold(text);
            if folded != text {
                let folded = self.intern(&folded);
                if let Some(slot) = self.folds.get_mut(number as usize) {
                    *slot = folded;
                }
            }
        }
        id
    }

    /// The id of a text that is there.
    pub fn find(&self, text: &str) -> Option<TextId> {
        self.strings.find(text).map(TextId)
    }

    /// How many texts there are, the empty one included; their ids are the numbers below.
    pub fn len(&self) -> usize {
        self.strings.len()
    }

    /// Never: the empty text is always there.
    pub fn is_empty(&self) -> bool {
        self.strings.len() == 0
    }

    /// The text with this id.
    pub fn text(&self, id: TextId) -> &str {
        self.strings.get(id.0)
    }

    /// The folded form of a text.
    pub fn folded(&self, id: TextId) -> TextId {
        self.folds.get(id.0 as usize).copied().unwrap_or(id)
    }

    /// The folded form of a text, as a text.
    pub fn folded_text(&self, id: TextId) -> &str {
        self.text(self.folded(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_once_and_meet_in_their_folded_form() {
        let mut texts = Texts::default();
        let ids = ["Straße", "straße", "STRASSE", "", "Straße"].map(|text| texts.intern(text));
        assert_eq!(ids[0], ids[4]);
        assert_eq!(ids[3], TextId::EMPTY);
        assert_eq!(texts.folded(ids[0]), texts.folded(ids[1]));
        assert_eq!(texts.folded(ids[1]), ids[1]);
        assert_ne!(texts.folded(ids[0]), texts.folded(ids[2]));
        assert_eq!((texts.text(ids[0]), texts.folded_text(ids[2])), ("Straße", "strasse"));
        assert_eq!((texts.find("Straße"), texts.find("x")), (Some(ids[0]), None));
    }
}
