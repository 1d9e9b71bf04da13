//! Strings kept once each, one behind the other.

use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;

use super::growth;
use super::near;
use super::table::{Item, Table};

/// Strings by number, in order of arrival. They come from outside, so they are hashed with a random key; the order of
/// numbers decides nothing that can be seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Strings {
    bytes: String,
    /// Where each string ends in `bytes`; it begins where the one before it ends.
    ends: Ends,
    places: Table<Place>,
    hasher: DefaultHashBuilder,
}

/// A string as it is found: with its hash, so that hardly another string is read to compare it, and none when the table
/// grows.
///
/// It is one number: above the hash, below one more than the number of the string, so that nothing is a free place.
type Place = u64;

impl Item for Place {
    const FREE: Self = 0;
}

fn place_of(hash: u32, number: u32) -> Place {
    spread(hash) | (u64::from(number) + 1) & u64::from(u32::MAX)
}

fn number_of(place: Place) -> u32 {
    (place as u32).wrapping_sub(1)
}

fn has_hash(place: Place, hash: u32) -> bool {
    place >> 32 == u64::from(hash)
}

/// The table goes by the upper bits first.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32
}

impl Strings {
    pub(super) fn hash(&self, text: &str) -> u32 {
        // Half of the bits are enough: two strings in four billion meet, and are compared.
        (self.hasher.hash_one(text) >> 32) as u32
    }

    /// The number of a string.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.find_hashed(self.hash(text), text)
    }

    /// Asks for the place at which a string with this hash is looked for.
    pub(super) fn bring_place(&self, hash: u32) {
        near::bring(self.places.first(spread(hash)));
    }

    /// The number of a string with this hash, most probably the one that is meant. Asks for where it begins and ends.
    pub(super) fn guess(&self, hash: u32) -> Option<u32> {
        let number = number_of(self.places.find(spread(hash), |place| has_hash(place, hash))?);
        near::bring(self.ends.low.get(number as usize));
        Some(number)
    }

    /// Asks for the string with this number.
    pub(super) fn bring(&self, number: u32) {
        let (start, end) = self.ends.of(number as usize);
        // As bytes: slices of a text are looked at for where its characters begin.
        near::bring_ends(self.bytes.as_bytes().get(to_usize(start)..to_usize(end)).unwrap_or(&[]));
    }

    fn find_hashed(&self, hash: u32, text: &str) -> Option<u32> {
        let is_it = |place| has_hash(place, hash) && self.is(number_of(place), text);
        self.places.find(spread(hash), is_it).map(number_of)
    }

    /// The number of a string, which is added if it is new, and whether it was.
    pub(super) fn intern(&mut self, text: &str) -> (u32, bool) {
        let hash = self.hash(text);
        if let Some(number) = self.find_hashed(hash, text) {
            return (number, false);
        }
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        if let Some(step) = growth::step::<u8>(self.bytes.len(), self.bytes.capacity(), text.len()) {
            self.bytes.reserve_exact(step);
        }
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u64);
        // The hash that is kept is all that the table goes by.
        self.places.insert(place_of(hash, number), |place| place & !u64::from(u32::MAX));
        (number, true)
    }

    /// The string with this number; empty when there is none.
    pub(super) fn get(&self, number: u32) -> &str {
        let (start, end) = self.ends.of(number as usize);
        self.bytes.get(to_usize(start)..to_usize(end)).unwrap_or("")
    }

    /// Whether the string with this number is a text.
    pub(super) fn is(&self, number: u32, text: &str) -> bool {
        let (start, end) = self.ends.of(number as usize);
        self.bytes.as_bytes().get(to_usize(start)..to_usize(end)) == Some(text.as_bytes())
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Numbers that never fall, in four bytes each: what is above is the same for very many of them.
#[derive(Debug, Clone, Default)]
struct Ends {
    low: Vec<u32>,
    /// From which place on the upper half is one more. Empty up to 4 GiB of strings.
    turns: Vec<usize>,
}

impl Ends {
    fn push(&mut self, end: u64) {
        while (self.turns.len() as u64) < end >> 32 {
            self.turns.push(self.low.len());
        }
        growth::push(&mut self.low, end as u32);
    }

    fn get(&self, at: usize) -> Option<u64> {
        let low = u64::from(*self.low.get(at)?);
        let turns = if self.turns.is_empty() { 0 } else { self.turns.partition_point(|first| *first <= at) };
        Some((turns as u64) << 32 | low)
    }

    /// Where the string at a place begins and ends.
    fn of(&self, at: usize) -> (u64, u64) {
        let start = at.checked_sub(1).and_then(|before| self.get(before)).unwrap_or(0);
        (start, self.get(at).unwrap_or(start))
    }

    fn len(&self) -> usize {
        self.low.len()
    }
}

fn to_usize(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_numbers_in_order_of_arrival_and_are_found() {
        let mut strings = Strings::default();
        let texts: Vec<String> = (0..10_000).map(|n| format!("{n:b}")).collect();
        for (number, text) in (0..).zip(&texts) {
            assert_eq!(strings.find(text), None);
            assert_eq!((strings.intern(text), strings.intern(text)), ((number, true), (number, false)));
        }
        for (number, text) in (0..).zip(&texts) {
            assert_eq!((strings.find(text), strings.get(number)), (Some(number), text.as_str()));
        }
        assert_eq!((strings.len(), strings.get(10_000)), (10_000, ""));
    }

    #[test]
    fn strings_may_end_behind_four_gibibytes() {
        const GIB: u64 = 1 << 30;
        let ends = [1, 3 * GIB, 4 * GIB - 1, 4 * GIB, 5 * GIB, 5 * GIB, 13 * GIB, 16 * GIB + 7];
        let mut kept = Ends::default();
        ends.iter().for_each(|end| kept.push(*end));
        let starts = [0].into_iter().chain(ends);
        let expected: Vec<(u64, u64)> = starts.zip(ends).collect();
        assert_eq!((0..ends.len()).map(|at| kept.of(at)).collect::<Vec<_>>(), expected);
        assert_eq!((kept.turns.as_slice(), kept.len()), (&[3, 6, 6, 7][..], 8));
    }
}
