//! Strings kept once each, one behind the other.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

/// Strings by number, in order of arrival. They come from outside, so they are hashed with a random key; the order of
/// numbers decides nothing that can be seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Strings {
    bytes: String,
    /// Where each string ends in `bytes`; it begins where the one before it ends.
    ends: Vec<u64>,
    places: HashTable<u32>,
    hasher: RandomState,
}

impl Strings {
    /// The number of a string.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        self.places.find(hash, |number| self.get(*number) == text).copied()
    }

    /// The number of a string, which is added if it is new, and whether it was.
    pub(super) fn intern(&mut self, text: &str) -> (u32, bool) {
        let hash = self.hasher.hash_one(text);
        let Self { bytes, ends, places, hasher } = self;
        if let Some(number) = places.find(hash, |number| nth(bytes, ends, *number) == text) {
            return (*number, false);
        }
        let number = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        bytes.push_str(text);
        ends.push(bytes.len() as u64);
        places.insert_unique(hash, number, |number| hasher.hash_one(nth(bytes, ends, *number)));
        (number, true)
    }

    /// The string with this number; empty when there is none.
    pub(super) fn get(&self, number: u32) -> &str {
        nth(&self.bytes, &self.ends, number)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn nth<'a>(bytes: &'a str, ends: &[u64], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(number).copied().unwrap_or(start);
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    bytes.get(place(start)..place(end)).unwrap_or("")
}
