//! The parts of a selection that AWS takes each as a selection of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::region::Partition;
use crate::model::selection::Selection;

/// What the key of a condition on a tag begins with.
pub(crate) const CONDITION: &str = "aws:ResourceTag/";

/// A selection as AWS has it: ARNs of which any fits, and conditions of which all hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    pub(crate) resources: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_resources: Vec<String>,
    /// By operator, then by condition key.
    #[serde(flatten)]
    pub(crate) conditions: BTreeMap<&'static str, BTreeMap<String, BTreeSet<String>>>,
}

impl Selection {
    /// The parts of which it is made. AWS joins conditions by AND alone: each tag of `any_tags` makes a part.
    pub(crate) fn parts(&self, partition: Partition) -> Vec<Part> {
        let any = self
            .any_tags
            .iter()
            .flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
        let any: Vec<_> = any.collect();
        if any.is_empty() {
            return vec![self.part(None, partition)];
        }
        any.into_iter().map(|tag| self.part(Some(tag), partition)).collect()
    }

    fn part(&self, any: Option<(&String, &String)>, partition: Partition) -> Part {
        let one = |value: &String| BTreeSet::from([value.clone()]);
        let condition = |key: &String| format!("{CONDITION}{key}");
        let mut equals: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (key, value) in self.tags.iter().chain(any) {
            equals.entry(condition(key)).or_default().insert(value.clone());
        }
        let like = self.like.iter().map(|(key, value)| (condition(key), one(value)));
        let unequal = self.not_tags.iter().map(|(key, values)| (condition(key), values.clone()));
        let mut conditions = BTreeMap::from([
            ("StringEquals", equals),
            ("StringLike", like.collect()),
            ("StringNotEquals", unequal.collect()),
        ]);
        conditions.retain(|_, conditions| !conditions.is_empty());
        Part {
            resources: self.arns(partition),
            not_resources: self.not_resources.iter().cloned().collect(),
            conditions,
        }
    }
}
