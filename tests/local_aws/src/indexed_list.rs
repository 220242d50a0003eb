//! Many things of one kind in the order of their arrival: found by name at once, and read page by page.

use std::collections::{BTreeMap, HashMap};

/// Things by name. A page's token is the number of the next thing, so that what is taken away between two pages
/// moves nothing.
pub(crate) struct IndexedList<T> {
    next: usize,
    items: BTreeMap<usize, T>,
    numbers: HashMap<String, usize>,
}

/// Some of a list's things, by name.
pub(crate) struct Page<'a, T> {
    pub(crate) items: Vec<&'a T>,
    /// Where the next page starts.
    pub(crate) next: Option<usize>,
}

impl<T> Default for IndexedList<T> {
    fn default() -> Self {
        Self { next: 0, items: BTreeMap::new(), numbers: HashMap::new() }
    }
}

impl<T> IndexedList<T> {
    /// Adds a thing, or puts it in the place of the one that had its name.
    pub(crate) fn put(&mut self, name: &str, item: T) {
        let number = *self.numbers.entry(name.to_owned()).or_insert(self.next);
        self.next = self.next.max(number + 1);
        self.items.insert(number, item);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.items.get(self.numbers.get(name)?)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.items.get_mut(self.numbers.get(name)?)
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<T> {
        let number = self.numbers.remove(name)?;
        self.items.remove(&number)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.values_mut()
    }

    /// The first things from this number on that are wanted.
    pub(crate) fn page(
        &self,
        start: usize,
        limit: usize,
        wanted: impl Fn(&T) -> bool,
    ) -> Page<'_, T> {
        let mut rest = self.items.range(start..).filter(|(_, item)| wanted(item));
        let items = rest.by_ref().take(limit).map(|(_, item)| item).collect();
        Page { items, next: rest.next().map(|(number, _)| *number) }
    }
}
