//! Very many short lists in few allocations.
//!
//! A list is a [`Slot`] of eight bytes; its items lie together in one block of the pool. A block has room for a power of two,
//! the smallest that the list needs (and that the pool has), so a slot need not say how much; blocks that were left are used again.

use super::growth;
use super::near;
use super::pieces::{PIECE, Pieces};

/// Items of many lists.
#[derive(Debug, Clone)]
pub struct Pool<T> {
    items: Pieces<T>,
    /// Blocks that no list uses, by the logarithm of their size.
    free: Vec<Vec<u32>>,
    /// No block is smaller.
    least: usize,
}

/// A list in a [`Pool`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slot {
    start: u32,
    len: u32,
}

impl Slot {
    /// The list without items.
    pub const EMPTY: Self = Self { start: 0, len: 0 };

    /// How many items there are.
    pub const fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { items: Pieces::default(), free: Vec::new(), least: 1 }
    }
}

impl<T> Pool<T> {
    /// A pool for lists that grow: so many items, a power of two, have room from the first on, so that they move less often.
    pub fn with_room_for(least: usize) -> Self {
        Self { least: least.next_power_of_two(), ..Self::default() }
    }
}

impl<T: Copy> Pool<T> {
    /// The items of a list.
    pub fn get(&self, slot: Slot) -> &[T] {
        self.items.get(slot.start, slot.len())
    }

    /// The items of a list, to be changed.
    pub fn get_mut(&mut self, slot: Slot) -> &mut [T] {
        self.items.get_mut(slot.start, slot.len())
    }

    /// Asks for the last item of a list, and for where the next one goes if there is room.
    pub fn bring_end(&self, slot: Slot) {
        let len = slot.len();
        let end = self.items.get(slot.start, if self.is_full(len) { len } else { len + 1 });
        near::bring(end.last());
        near::bring(end.len().checked_sub(2).and_then(|before| end.get(before)));
    }

    /// Whether the block of a list with so many items has no room for one more.
    const fn is_full(&self, len: usize) -> bool {
        len == 0 || len >= self.least && len.is_power_of_two()
    }

    /// Puts an item behind the others.
    pub fn push(&mut self, slot: &mut Slot, item: T) {
        self.make_room(slot, item);
        slot.len += 1;
        if let Some(place) = self.get_mut(*slot).last_mut() {
            *place = item;
        }
    }

    /// Makes sure that the block of a list has room for one more.
    fn make_room(&mut self, slot: &mut Slot, filler: T) {
        let len = slot.len();
        if self.is_full(len) {
            self.move_to_size(slot, (len + 1).next_power_of_two().max(self.least), filler);
        }
    }

    /// Puts an item at a place; those from there on move up by one. A place past the end is the end.
    pub fn insert(&mut self, slot: &mut Slot, at: usize, item: T) {
        self.make_room(slot, item);
        let len = slot.len();
        let at = at.min(len);
        slot.len += 1;
        let items = self.get_mut(*slot);
        if at < len {
            items.copy_within(at..len, at + 1);
        }
        if let Some(place) = items.get_mut(at) {
            *place = item;
        }
    }

    /// Takes an item away; those behind it move down by one. `None`, and nothing happens, past the end.
    pub fn remove(&mut self, slot: &mut Slot, at: usize) -> Option<T> {
        let len = slot.len();
        let items = self.get_mut(*slot);
        let item = *items.get(at)?;
        items.copy_within(at + 1.., at);
        slot.len -= 1;
        if slot.len == 0 {
            self.give_back(slot.start, self.least);
            *slot = Slot::EMPTY;
        } else if slot.len() >= self.least && slot.len().is_power_of_two() {
            self.move_to_size(slot, slot.len(), item);
        }
        debug_assert!(slot.len() + 1 == len);
        Some(item)
    }

    /// Moves the items of a list to a block of another size.
    fn move_to_size(&mut self, slot: &mut Slot, size: usize, filler: T) {
        let class = size.trailing_zeros() as usize;
        let start = match self.free.get_mut(class).and_then(Vec::pop) {
            Some(start) => start,
            None => self.add_block(size, filler),
        };
        if !slot.is_empty() {
            let len = slot.len();
            self.items.copy(slot.start, start, len);
            // The list was full, or has just become as short as half its block.
            self.give_back(slot.start, if size > len { len } else { len * 2 });
        }
        slot.start = start;
    }

    /// A block that nobody had. What is left of the piece before it becomes blocks for shorter lists.
    fn add_block(&mut self, size: usize, filler: T) -> u32 {
        while size <= PIECE
            && self.items.room() < size
            && let Some(class) = self.items.room().checked_ilog2()
        {
            let rest = 1 << class;
            let start = self.items.add(rest, std::iter::repeat_n(filler, rest));
            self.give_back(start, rest);
        }
        self.items.add(size, std::iter::repeat_n(filler, size))
    }

    fn give_back(&mut self, start: u32, size: usize) {
        let class = size.trailing_zeros() as usize;
        if self.free.len() <= class {
            self.free.resize_with(class + 1, Vec::new);
        }
        if let Some(blocks) = self.free.get_mut(class) {
            growth::push(blocks, start);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_may_be_longer_than_a_piece() {
        let mut pool = Pool::with_room_for(4);
        let (mut long, mut short) = (Slot::EMPTY, Slot::EMPTY);
        let count = 3 * u32::try_from(PIECE).unwrap_or(0) + 7;
        for item in 0..count {
            pool.push(&mut long, item);
            if item % 1000 == 0 {
                pool.push(&mut short, item);
            }
        }
        assert!(pool.get(long).iter().copied().eq(0..count));
        assert!(pool.get(short).iter().copied().eq((0..count).step_by(1000)));
        while pool.remove(&mut long, 0).is_some_and(|first| first < 10) {}
        assert!(pool.get(long).iter().copied().eq(11..count));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        /// Lists of a pool are what vectors would be, whatever happens to them in whatever order.
        #[test]
        fn lists_are_vectors(least in 0..3_u32, steps in proptest::collection::vec((0..6_usize, 0..8_usize, 0..40_usize, any::<u16>()), 0..400)) {
            let least = 1 << least;
            let mut pool = Pool::with_room_for(least);
            let mut slots = [Slot::EMPTY; 6];
            let mut vectors: [Vec<u16>; 6] = Default::default();
            for (list, what, at, item) in steps {
                let (slot, vector) = (&mut slots[list], &mut vectors[list]);
                match what {
                    0..=3 => {
                        pool.push(slot, item);
                        vector.push(item);
                    }
                    4 => {
                        pool.insert(slot, at, item);
                        vector.insert(at.min(vector.len()), item);
                    }
                    _ => {
                        let removed = (at < vector.len()).then(|| vector.remove(at));
                        prop_assert_eq!(pool.remove(slot, at), removed);
                    }
                }
                for (slot, vector) in slots.iter().zip(&vectors) {
                    prop_assert_eq!(pool.get(*slot), vector.as_slice());
                }
            }
            let used: usize = vectors.iter().filter(|vector| !vector.is_empty()).map(|vector| vector.len().next_power_of_two().max(least)).sum();
            let free: usize = pool.free.iter().enumerate().map(|(class, blocks)| blocks.len() << class).sum();
            prop_assert_eq!(pool.items.len(), used + free, "a block was lost");
        }
    }
}
