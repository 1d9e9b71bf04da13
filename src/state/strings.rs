//! Strings kept once each, one behind the other.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Strings by number, in order of arrival. They come from outside, so they are hashed with a random key; the order of
/// numbers decides nothing that can be seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Strings {
    bytes: String,
    /// Where each string ends in `bytes`; it begins where the one before it ends.
    ends: Vec<u64>,
    places: HashTable<Place>,
    hasher: DefaultHashBuilder,
}

/// A string and where its bytes are: to compare it nothing else need be read.
#[derive(Debug, Clone, Copy)]
struct Place {
    number: u32,
    len: u32,
    start: u64,
}

impl Place {
    fn text(self, bytes: &str) -> &str {
        let start = to_usize(self.start);
        bytes.get(start..start + self.len as usize).unwrap_or("")
    }
}

impl Strings {
    /// The number of a string.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        let is_it = |place: &Place| place.len as usize == text.len() && place.text(&self.bytes) == text;
        self.places.find(hash, is_it).map(|place| place.number)
    }

    /// The number of a string, which is added if it is new, and whether it was. A string of 4 GiB, longer than any input
    /// may be, would not be found again.
    pub(super) fn intern(&mut self, text: &str) -> (u32, bool) {
        let hash = self.hasher.hash_one(text);
        let Self { bytes, ends, places, hasher } = self;
        let is_it = |place: &Place| place.len as usize == text.len() && place.text(bytes) == text;
        if let Some(place) = places.find(hash, is_it) {
            return (place.number, false);
        }
        let number = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        let place = Place { number, len: u32::try_from(text.len()).unwrap_or(u32::MAX), start: bytes.len() as u64 };
        bytes.push_str(text);
        ends.push(bytes.len() as u64);
        places.insert_unique(hash, place, |place| hasher.hash_one(place.text(bytes)));
        (number, true)
    }

    /// The string with this number; empty when there is none.
    pub(super) fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(number).copied().unwrap_or(start);
        self.bytes.get(to_usize(start)..to_usize(end)).unwrap_or("")
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn to_usize(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
