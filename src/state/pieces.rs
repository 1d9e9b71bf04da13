//! Items in pieces that never move: what becomes very long grows without being copied.
//!
//! A vector that is full moves. What millions of items lie in would be copied again and again, each time to fresh pages that
//! the system has to empty first; that was an eighth of the time of an event. Here only the first piece grows like a
//! vector, so that little takes little; each of the others is made at once.

use super::growth;

/// Items of a piece.
pub(super) const PIECE: usize = 1 << 15;

/// Items by number. They are added in blocks that lie together.
#[derive(Debug, Clone)]
pub(super) struct Pieces<T> {
    /// Behind a block that is longer than a piece stand empty ones, so that numbers stay what they are.
    pieces: Vec<Vec<T>>,
    /// The piece that is being filled.
    open: usize,
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), open: 0 }
    }
}

impl<T: Copy> Pieces<T> {
    /// The items from a number on; none where they are not. Of a block that is longer than a piece, the number is one of the
    /// first piece of it.
    pub(super) fn get(&self, start: u32, len: usize) -> &[T] {
        let (piece, at) = place(start);
        self.pieces.get(piece).and_then(|items| items.get(at..at + len)).unwrap_or(&[])
    }

    /// The items from a number on, to be changed.
    pub(super) fn get_mut(&mut self, start: u32, len: usize) -> &mut [T] {
        let (piece, at) = place(start);
        self.pieces.get_mut(piece).and_then(|items| items.get_mut(at..at + len)).unwrap_or(&mut [])
    }

    /// The item with a number, as in [`Self::get`].
    pub(super) fn item(&self, number: u32) -> Option<T> {
        let (piece, at) = place(number);
        self.pieces.get(piece)?.get(at).copied()
    }

    /// How many items the piece that is being filled has room for. What is longer goes elsewhere, and then the room is lost.
    pub(super) fn room(&self) -> usize {
        PIECE - self.pieces.get(self.open).map_or(0, Vec::len)
    }

    /// Adds one item and gives its number.
    pub(super) fn push(&mut self, item: T) -> u32 {
        self.add_all(&[item])
    }

    /// Adds items as a block and gives the number of its first.
    pub(super) fn add_all(&mut self, items: &[T]) -> u32 {
        // Mostly there is room.
        if let Some(piece) = self.pieces.get_mut(self.open)
            && piece.len() + items.len() <= piece.capacity().min(PIECE)
        {
            let start = self.open * PIECE + piece.len();
            piece.extend_from_slice(items);
            return u32::try_from(start).unwrap_or(u32::MAX);
        }
        self.add(items.len(), items.iter().copied())
    }

    /// Adds a block of so many items and gives the number of its first.
    pub(super) fn add(&mut self, len: usize, items: impl Iterator<Item = T>) -> u32 {
        let piece = self.piece_for(len);
        let Some(place) = self.pieces.get_mut(piece) else { return u32::MAX };
        let start = piece * PIECE + place.len();
        growth::make_room(place, len);
        place.extend(items.take(len));
        // There is room for 2^32 items; more would be far past the memory of the machine.
        u32::try_from(start).unwrap_or(u32::MAX)
    }

    /// Copies items over others.
    pub(super) fn copy(&mut self, from: u32, to: u32, len: usize) {
        let ((from_piece, from), (to_piece, to)) = (place(from), place(to));
        if from_piece == to_piece {
            if let Some(items) = self.pieces.get_mut(from_piece)
                && from.max(to) + len <= items.len()
            {
                items.copy_within(from..from + len, to);
            }
        } else if let Ok([source, target]) = self.pieces.get_disjoint_mut([from_piece, to_piece])
            && let (Some(source), Some(target)) = (source.get(from..from + len), target.get_mut(to..to + len))
        {
            target.copy_from_slice(source);
        }
    }

    /// The piece that a block goes into, with room for it.
    fn piece_for(&mut self, size: usize) -> usize {
        if self.pieces.is_empty() {
            self.pieces.push(Vec::new());
        }
        let next = self.pieces.len();
        if size > PIECE {
            self.pieces.resize_with(next + size.div_ceil(PIECE), Vec::new);
            return next;
        }
        if self.room() < size {
            self.pieces.push(Vec::with_capacity(PIECE));
            self.open = next;
        }
        self.open
    }

    /// How many items there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }
}

/// In which piece an item lies, and where.
const fn place(number: u32) -> (usize, usize) {
    (number as usize / PIECE, number as usize % PIECE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_all_sizes_stay_where_they_are() {
        let mut pieces = Pieces::default();
        assert_eq!((pieces.get(0, 1), pieces.item(0), pieces.room()), (&[][..], None, PIECE));
        let sizes = [1, PIECE - 2, 2, 3, PIECE, 2 * PIECE + 1, 5, 4 * PIECE, PIECE - 8, 1];
        let starts = sizes.map(|size| pieces.add(size, 0..size));
        for (start, size) in starts.into_iter().zip(sizes) {
            assert!(pieces.get(start, size).iter().copied().eq(0..size), "{size} items from {start} on");
            let last = size.min(PIECE) - 1;
            assert_eq!(pieces.item(start + u32::try_from(last).unwrap_or(0)), Some(last));
        }
        assert_eq!(pieces.len(), sizes.iter().sum::<usize>());
        let [first, .., last_but_one, last] = starts;
        pieces.copy(last_but_one, first, 1);
        pieces.copy(last_but_one + 7, last, 1);
        pieces.copy(last_but_one, last_but_one + 1, 3);
        assert_eq!((pieces.item(first), pieces.item(last)), (Some(0), Some(7)));
        assert_eq!(pieces.get(last_but_one, 5), [0, 0, 1, 2, 4]);
    }
}
