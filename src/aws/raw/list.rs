//! A list in an answer in XML: its members have a name of their own (`item`, `DBInstance`), which says nothing more.

use serde::Deserialize;

/// The members of a list; none where the element is empty or not there.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct List<T> {
    #[serde(rename = "$value", default = "Vec::new")]
    pub(crate) items: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}
