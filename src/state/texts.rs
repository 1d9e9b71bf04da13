//! The dictionary of texts: each text is kept once, and its folded form once.

use std::hash::RandomState;

use indexmap::IndexSet;
use smol_str::SmolStr;

use crate::model::fold;

/// A text of the dictionary; [`TextId::EMPTY`] is the empty value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u32);

impl TextId {
    /// No text.
    pub const EMPTY: Self = Self(0);
}

/// The dictionary. Texts come from outside, so they are hashed with a random key; the order of ids is that of arrival and
/// decides nothing that can be seen.
#[derive(Debug, Clone)]
pub struct Texts {
    texts: IndexSet<SmolStr, RandomState>,
    /// For each text the place of its folded form in `folded`.
    folds: Vec<u32>,
    folded: IndexSet<SmolStr, RandomState>,
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts = Self { texts: IndexSet::default(), folds: Vec::new(), folded: IndexSet::default() };
        texts.intern("");
        texts
    }
}

impl Texts {
    /// The id of a text, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> TextId {
        if let Some(index) = self.texts.get_index_of(text) {
            return TextId(to_u32(index));
        }
        let folded = self.folded.insert_full(SmolStr::new(fold(text))).0;
        self.folds.push(to_u32(folded));
        TextId(to_u32(self.texts.insert_full(SmolStr::new(text)).0))
    }

    /// The text with this id.
    pub fn text(&self, id: TextId) -> &SmolStr {
        static EMPTY: SmolStr = SmolStr::new_static("");
        self.texts.get_index(id.0 as usize).unwrap_or(&EMPTY)
    }

    /// The folded form of a text.
    pub fn folded(&self, id: TextId) -> &str {
        let place = self.folds.get(id.0 as usize).copied().unwrap_or(0);
        self.folded.get_index(place as usize).map_or("", SmolStr::as_str)
    }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
