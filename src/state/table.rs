//! What is found by a hash, in a table that a lookup touches at one place.
//!
//! Items lie where their hash says, or as soon behind as there is room. Tables with a part that tells where items are
//! (as the usual ones have) touch memory twice, and in a large state each of those is waited for. Nothing is ever taken out.

/// The bytes of a line of the caches.
const LINE: usize = 64;

/// Slots of the smallest table.
const SLOTS_MIN: usize = 16;

/// What can be kept in a [`Table`].
pub(super) trait Item: Copy + PartialEq {
    /// The slot that is free; no item is like it.
    const FREE: Self;
}

/// Items by hash. The hashes must be of a secret kind, or somebody could make them meet.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    /// A power of two of them, or none.
    slots: Vec<T>,
    used: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), used: 0 }
    }
}

impl<T: Item> Table<T> {
    /// So many slots lie in a line of the caches, where the allocator puts the first at the beginning of one.
    const IN_LINE: usize = LINE / size_of::<T>();

    /// The item with this hash that is the right one.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(T) -> bool) -> Option<T> {
        let mut at = self.start(hash);
        // There is always a free slot.
        while let Some(item) = self.slots.get(at).copied().filter(|item| *item != T::FREE) {
            if is_it(item) {
                return Some(item);
            }
            at = if at + 1 < self.slots.len() { at + 1 } else { 0 };
        }
        None
    }

    /// The slot at which the search for a hash begins.
    pub(super) fn first(&self, hash: u64) -> Option<&T> {
        self.slots.get(self.start(hash))
    }

    /// Adds an item that is not there; `hash_of` tells the hash of any.
    pub(super) fn insert(&mut self, item: T, hash_of: impl Fn(T) -> u64) {
        // Three quarters: fuller ones are searched for long.
        if self.used >= self.slots.len() / 4 * 3 {
            let len = (self.slots.len() * 2).max(SLOTS_MIN);
            let old = std::mem::replace(&mut self.slots, vec![T::FREE; len]);
            old.into_iter().filter(|item| *item != T::FREE).for_each(|item| self.put(item, hash_of(item)));
        }
        self.put(item, hash_of(item));
        self.used += 1;
    }

    /// All items, in no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.slots.iter().copied().filter(|item| *item != T::FREE)
    }

    fn put(&mut self, item: T, hash: u64) {
        let mut at = self.start(hash);
        let len = self.slots.len();
        while let Some(slot) = self.slots.get_mut(at) {
            if *slot == T::FREE {
                *slot = item;
                return;
            }
            at = if at + 1 < len { at + 1 } else { 0 };
        }
    }

    /// Where a line of the caches begins: what is searched for mostly lies in one.
    fn start(&self, hash: u64) -> usize {
        // The upper bits of a product are the ones that all bits of its factors have a part in.
        let at = ((u128::from(hash) * self.slots.len() as u128) >> 64) as usize;
        at & !(Self::IN_LINE - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Item for u32 {
        const FREE: Self = 0;
    }

    /// Whatever the hashes are: those that are all the same, and those that point to the end, are the hardest.
    #[test]
    fn items_are_found_again() {
        for hash_of in
            [|n: u32| u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15), |_| 7, |n| u64::MAX - u64::from(n % 3)]
        {
            let mut table = Table::default();
            for n in 1_u32..500 {
                assert_eq!(table.find(hash_of(n), |item| item == n), None);
                table.insert(n, hash_of);
                assert_eq!(table.find(hash_of(n), |item| item == n), Some(n));
            }
            let mut all: Vec<u32> = table.iter().collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(1..500));
            assert!((1..500).all(|n| table.find(hash_of(n), |item| item == n) == Some(n)));
        }
    }
}
