//! How what grows with the number of people grows.
//!
//! A vector that doubles has up to half of its bytes for nobody, and for a moment three times what it holds. Those of
//! millions of items grow by a quarter: at most a fifth is room, and each item is copied four times or so in its life.
//! By an eighth they would be smaller still, and events a seventh slower.

/// Up to this many bytes everything doubles: it is too little to save at, and growing costs more.
const DOUBLES_UP_TO: usize = 1 << 20;

/// How much room to ask for behind the items of a container before `more` come; `None`: they have room.
pub(super) fn step<T>(len: usize, capacity: usize, more: usize) -> Option<usize> {
    if capacity - len >= more {
        return None;
    }
    let share = if capacity.saturating_mul(size_of::<T>()) <= DOUBLES_UP_TO { 1 } else { 4 };
    Some((capacity - len + capacity / share).max(more))
}

/// Makes room for more items.
pub(super) fn make_room<T>(items: &mut Vec<T>, more: usize) {
    if let Some(step) = step::<T>(items.len(), items.capacity(), more) {
        items.reserve_exact(step);
    }
}

/// Puts an item behind the others.
pub(super) fn push<T>(items: &mut Vec<T>, item: T) {
    make_room(items, 1);
    items.push(item);
}

/// Makes a vector longer, unless it is as long already; the new places get `filler`.
pub(super) fn lengthen<T: Clone>(items: &mut Vec<T>, len: usize, filler: T) {
    if let Some(more) = len.checked_sub(items.len()) {
        make_room(items, more);
        items.resize(len, filler);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_doubles_and_what_is_large_grows_by_a_quarter() {
        let mut items = Vec::new();
        let mut last = 0;
        for item in 0..4_000_000_u32 {
            push(&mut items, item);
            if items.capacity() == last {
                continue;
            }
            if item > 8 {
                let by = if last <= DOUBLES_UP_TO / 4 { last } else { last / 4 };
                assert_eq!(items.capacity(), last + by);
            }
            last = items.capacity();
        }
        assert_eq!(items.len(), 4_000_000);
        lengthen(&mut items, 10_000_000, 7);
        lengthen(&mut items, 3, 8);
        assert_eq!((items.len(), items.last()), (10_000_000, Some(&7)));
    }
}
