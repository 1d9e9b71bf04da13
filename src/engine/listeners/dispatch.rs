//! From what happens to who listens to it.

use std::num::NonZeroU32;

use super::Listeners;
use crate::compile::Kind;

/// Who listens, by kind and subject of an activity. It is worked out when the first such activity comes, and then known.
#[derive(Debug, Default)]
pub(in crate::engine) struct Dispatch {
    /// By kind, then by subject: one more than a place in `all`.
    places: Vec<Vec<Option<NonZeroU32>>>,
    all: Vec<Listeners>,
}

impl Dispatch {
    /// Where those are who listen to activities of this kind about this subject, if that is known.
    #[inline]
    pub(in crate::engine) fn place(&self, (kind, subject): (Kind, u32)) -> Option<usize> {
        let place = self.places.get(kind as usize)?.get(subject as usize).copied().flatten()?;
        Some(place.get() as usize - 1)
    }

    /// Those who listen to activities of this kind about this subject, if that is known.
    #[inline]
    pub(in crate::engine) fn find(&self, key: (Kind, u32)) -> Option<&Listeners> {
        self.at(self.place(key)?)
    }

    /// Those who are at a place.
    #[inline]
    pub(in crate::engine) fn at(&self, place: usize) -> Option<&Listeners> {
        self.all.get(place)
    }

    /// Notes who listens, and gives their place.
    pub(in crate::engine) fn add(&mut self, (kind, subject): (Kind, u32), listeners: Listeners) -> usize {
        self.all.push(listeners);
        let (kind, subject) = (kind as usize, subject as usize);
        if self.places.len() <= kind {
            self.places.resize_with(kind + 1, Vec::new);
        }
        if let Some(places) = self.places.get_mut(kind) {
            if places.len() <= subject {
                places.resize(subject + 1, None);
            }
            if let Some(slot) = places.get_mut(subject) {
                *slot = u32::try_from(self.all.len()).ok().and_then(NonZeroU32::new);
            }
        }
        self.all.len() - 1
    }
}
