//! Names and their dense ids.

use std::marker::PhantomData;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use smol_str::SmolStr;

use super::ids::Id;

/// The status name that means no membership of a program; every channel has it.
pub const NOT_IN_PROGRAM: &str = "Not in Program";

/// A table of names of one kind. Ids are given in order of arrival and never change.
#[derive(Debug, Clone)]
pub struct NameTable<I> {
    names: IndexSet<SmolStr, FxBuildHasher>,
    id: PhantomData<I>,
}

impl<I> Default for NameTable<I> {
    fn default() -> Self {
        Self { names: IndexSet::default(), id: PhantomData }
    }
}

impl<I: Id> NameTable<I> {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of a name, which is added if it is new.
    pub fn intern(&mut self, name: &str) -> I {
        if let Some(index) = self.names.get_index_of(name) {
            return I::new(index);
        }
        I::new(self.names.insert_full(SmolStr::new(name)).0)
    }

    /// The id of a name.
    pub fn find(&self, name: &str) -> Option<I> {
        self.names.get_index_of(name).map(I::new)
    }

    /// The id of a name, which is most probably this one.
    pub fn find_guessed(&self, name: &str, guess: Option<I>) -> Option<I> {
        guess.filter(|id| self.name(*id) == name).or_else(|| self.find(name))
    }

    /// The name with this id; empty for an id of another table.
    pub fn name(&self, id: I) -> &str {
        self.names.get_index(id.index()).map_or("", SmolStr::as_str)
    }

    /// All names with their ids, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &str)> + '_ {
        self.names.iter().enumerate().map(|(index, name)| (I::new(index), name.as_str()))
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
