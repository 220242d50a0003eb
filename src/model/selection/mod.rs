//! What a selection of the plan selects, and whether a resource is among it: pure.
//!
//! The watchdog judges by the same conditions in Python: `tests/selections/cases.json` holds both to one table.

mod arn;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::region::Partition;
use crate::model::resource_types;
use crate::model::tags::Tags;

pub(crate) use arn::{is_wildcard, matches, wildcard_fault};
pub(crate) use parts::{CONDITION, Part};

/// The name of the selection that the setting `select_tags` makes.
pub(crate) const SIMPLE: &str = "tagged-resources";

/// A selection: a resource is in it when every member that is not empty takes it.
///
/// AWS's `Resources` and `ListOfTags` together select what either takes (developer guide, "Assign resources with AWS
/// CLI"): no selection of this form does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Selection {
    pub(crate) name: String,
    /// It has all of these.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: Tags,
    /// It has one of these keys with one of its values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) any_tags: BTreeMap<String, BTreeSet<String>>,
    /// It has none of these keys with one of its values. What lacks the key is selected: AWS documents its arithmetic as
    /// "similar to that in IAM policies", where a negated condition holds for a key that is not there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) not_tags: BTreeMap<String, BTreeSet<String>>,
    /// It has all of these keys with a value like this one; `*` stands for any characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) like: Tags,
    /// ARNs of which its own is one; `*` stands for any characters.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) resources: BTreeSet<String>,
    /// ARNs of which its own is none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) not_resources: BTreeSet<String>,
    /// AWS Backup's names of types of which it is one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) types: BTreeSet<String>,
}

impl Selection {
    /// The selection of what has all of these tags.
    pub(crate) fn tagged(tags: Tags) -> Self {
        Self { name: SIMPLE.to_owned(), tags, ..Self::default() }
    }

    /// Whether it takes a resource with this ARN and these tags.
    pub(crate) fn takes(&self, arn: &str, tags: &Tags) -> bool {
        self.takes_arn(arn) && self.takes_tags(tags)
    }

    /// Whether it takes the ARN, whatever the tags are.
    pub(crate) fn takes_arn(&self, arn: &str) -> bool {
        let is_of_type = || {
            let kinds = resource_types::of_arn(arn);
            kinds.is_some_and(|kind| self.types.contains(kind))
        };
        let fits = |patterns: &BTreeSet<String>| patterns.iter().any(|one| matches(one, arn));
        (self.resources.is_empty() || fits(&self.resources))
            && (self.types.is_empty() || is_of_type())
            && !fits(&self.not_resources)
    }

    /// Whether it takes the tags, whatever the resource is.
    pub(crate) fn takes_tags(&self, tags: &Tags) -> bool {
        let has_one = |(key, values): (&String, &BTreeSet<String>)| {
            tags.get(key).is_some_and(|value| values.contains(value))
        };
        let like = |(key, pattern): (&String, &String)| {
            tags.get(key).is_some_and(|value| matches(pattern, value))
        };
        self.tags.iter().all(|(key, value)| tags.get(key) == Some(value))
            && (self.any_tags.is_empty() || self.any_tags.iter().any(has_one))
            && !self.not_tags.iter().any(has_one)
            && self.like.iter().all(like)
    }

    /// Whether only what has certain tags is in it.
    pub(crate) fn needs_tags(&self) -> bool {
        !(self.tags.is_empty() && self.any_tags.is_empty() && self.like.is_empty())
    }

    /// Whether it is told by `tags` alone, as `select_tags` tells it.
    pub(crate) fn is_by_tags_alone(&self) -> bool {
        let plain = Self { name: self.name.clone(), tags: self.tags.clone(), ..Self::default() };
        !self.tags.is_empty() && *self == plain
    }

    /// Whether everything that this one takes is taken by another: as far as that shows without looking at resources.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let unnamed = |one: &Self| Self { name: String::new(), ..one.clone() };
        let fewer =
            |one: &Tags, of: &Tags| one.iter().all(|(key, value)| of.get(key) == Some(value));
        unnamed(self) == unnamed(other)
            || other.is_by_tags_alone() && fewer(&other.tags, &self.tags)
    }

    /// Whether a tag is one by which it selects.
    pub(crate) fn selects_by(&self, key: &str, value: &str) -> bool {
        self.tags.get(key).is_some_and(|own| own == value)
            || self.any_tags.get(key).is_some_and(|values| values.contains(value))
            || self.like.get(key).is_some_and(|pattern| matches(pattern, value))
    }

    /// The same by one of several.
    pub(crate) fn is_within_any(&self, others: &[Self]) -> bool {
        others.iter().any(|other| self.is_within(other))
    }

    /// The keys of tags by which it selects.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.tags.keys().chain(self.any_tags.keys()).chain(self.like.keys())
    }

    /// Tags with which it selects a resource that it can select at all: of `any_tags` the first. `None` where it selects by
    /// none, or by a value that only a person can choose.
    pub(crate) fn tags_to_put(&self) -> Option<Tags> {
        let mut tags = self.tags.clone();
        if let Some((key, values)) = self.any_tags.first_key_value() {
            tags.insert(key.clone(), values.first()?.clone());
        }
        (self.like.is_empty() && !tags.is_empty()).then_some(tags)
    }

    /// The same, to stand behind "resources": `with Environment=Production`, `of type S3`.
    pub(crate) fn phrase(&self) -> String {
        let words = self.words();
        if self.types.is_empty() && self.resources.is_empty() {
            format!("with {words}")
        } else {
            words
        }
    }

    /// Whether it can take resources that no list of AWS shows: the tagging API lists none that never had a tag.
    pub(crate) fn takes_unlisted(&self) -> bool {
        let all_named = self.types.is_empty() && !self.resources.iter().any(|arn| is_wildcard(arn));
        !self.needs_tags() && !all_named
    }

    /// The exact ARNs that it names, which it selects whether or not a list shows them. None where tags decide too.
    pub(crate) fn named(&self) -> impl Iterator<Item = &String> {
        let by_arn_alone = !self.needs_tags() && self.not_tags.is_empty();
        let named = self.resources.iter().filter(move |_| by_arn_alone);
        named.filter(|arn| !is_wildcard(arn) && self.takes_arn(arn))
    }

    /// The ARNs as AWS takes them: those that it names, or the pattern of each type; `*` where it has neither.
    pub(crate) fn arns(&self, partition: Partition) -> Vec<String> {
        let of_types =
            self.types.iter().flat_map(|kind| resource_types::selection_arns(kind, partition));
        let arns: Vec<String> = self.resources.iter().cloned().chain(of_types).collect();
        if arns.is_empty() { vec!["*".to_owned()] } else { arns }
    }

    /// What it selects, in a few words: `Environment=Production and BackupEnabled=true`.
    pub(crate) fn words(&self) -> String {
        let pairs = |tags: &Tags| {
            tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
        };
        let either = |tags: &BTreeMap<String, BTreeSet<String>>| {
            let pairs = tags
                .iter()
                .flat_map(|(key, values)| values.iter().map(move |value| format!("{key}={value}")));
            pairs.collect::<Vec<_>>().join(" or ")
        };
        let mut parts = pairs(&self.tags);
        parts.extend(pairs(&self.like));
        parts.extend((!self.any_tags.is_empty()).then(|| either(&self.any_tags)));
        parts
            .extend((!self.not_tags.is_empty()).then(|| format!("not {}", either(&self.not_tags))));
        let tags = parts.join(" and ");
        let types = self.types.iter().cloned().collect::<Vec<_>>().join(", ");
        let what = match (self.resources.len(), types.is_empty()) {
            (0, true) => String::new(),
            (0, false) => format!("of type {types}"),
            (1, _) => self.resources.iter().next().cloned().unwrap_or_default(),
            (count, _) => format!("among {count} ARNs"),
        };
        match (what.is_empty(), tags.is_empty()) {
            (true, _) => tags,
            (false, true) => what,
            (false, false) => format!("{what} with {tags}"),
        }
    }
}

/// Whether one of these selections takes a resource.
pub(crate) fn any_takes(selections: &[Selection], arn: &str, tags: &Tags) -> bool {
    selections.iter().any(|selection| selection.takes(arn, tags))
}

#[cfg(test)]
mod tests;
