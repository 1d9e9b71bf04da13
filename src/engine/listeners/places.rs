//! Nodes by value, in a table that a lookup touches at one place, which can be asked for ahead.
//!
//! The table of the state (`state::table`) is alike, but grows and holds numbers; here the nodes themselves lie in it, so that
//! none is waited for behind its number.

use super::Node;
use crate::state::bring;

/// Nodes by value.
#[derive(Debug)]
pub(super) struct Places {
    /// A power of two of them, more than there are nodes: the node of a value lies where the value says, or behind.
    slots: Box<[Option<(u32, Node)>]>,
}

impl Places {
    /// For nodes of different values.
    pub(super) fn new(nodes: Vec<(u32, Node)>) -> Self {
        let mut slots: Vec<Option<(u32, Node)>> = Vec::new();
        slots.resize_with((nodes.len() * 2).next_power_of_two(), || None);
        for (value, node) in nodes {
            let mut at = start(value, slots.len());
            while let Some(Some(_)) = slots.get(at) {
                at = (at + 1) & (slots.len() - 1);
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = Some((value, node));
            }
        }
        Self { slots: slots.into() }
    }

    /// The node of a value.
    #[inline]
    pub(super) fn get(&self, value: u32) -> Option<&Node> {
        let mut at = start(value, self.slots.len());
        // There is always a free slot.
        while let Some(Some((there, node))) = self.slots.get(at) {
            if *there == value {
                return Some(node);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }

    /// Asks for where the node of a value lies.
    pub(super) fn bring(&self, value: u32) {
        let at = start(value, self.slots.len());
        bring(self.slots.get(at));
        bring(self.slots.get(at + 1));
    }
}

/// Where the search for a value begins. Values are numbers of things in order of arrival: the upper bits of a product are the
/// ones that all of them have a part in.
const fn start(value: u32, slots: usize) -> usize {
    let spread = value.wrapping_mul(0x9e37_79b9);
    ((spread as u64 * slots as u64) >> u32::BITS) as usize
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;
    use crate::engine::listeners::{Branch, Source};

    /// A node that is told from others by how many branches it has.
    fn node(branches: usize) -> Node {
        Node {
            here: Box::default(),
            branches: (0..branches).map(|_| Branch::Number(Source::Lists, Box::default(), Box::default())).collect(),
        }
    }

    proptest! {
        #[test]
        fn the_node_of_each_value_is_found_and_no_other(values in btree_set(0..200_u32, 0..60), other in 0..300_u32) {
            let places = Places::new(values.iter().enumerate().map(|(at, value)| (*value, node(at))).collect());
            for (at, value) in values.iter().enumerate() {
                prop_assert_eq!(places.get(*value).map(|node| node.branches.len()), Some(at));
            }
            prop_assert_eq!(places.get(other).is_some(), values.contains(&other));
        }
    }
}
