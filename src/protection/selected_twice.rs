//! Deployments that back up the same resources: each with backups and copies of its own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::region::Region;
use crate::model::selection::Selection;

/// What a deployment selects.
#[derive(Clone, Debug)]
pub(crate) struct Selecting<'a> {
    pub(crate) deployment: &'a str,
    pub(crate) primary: &'a Region,
    pub(crate) selections: Vec<Selection>,
}

/// Two deployments that both select the same resources.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct SelectedTwice {
    pub(crate) deployments: [String; 2],
    pub(crate) region: Region,
    /// All that a resource has to have so that both select it; empty where tags alone do not tell.
    pub(crate) select_tags: BTreeMap<String, String>,
    /// What both select, to stand behind "resources".
    #[serde(rename = "selected")]
    pub(crate) phrase: String,
}

/// The pairs of which one selects nothing but what the other selects too. Others may meet in a resource
/// that has the tags of both, which its owner has given it on purpose.
pub(crate) fn selected_twice(all: &[Selecting<'_>]) -> Vec<SelectedTwice> {
    let pairs = all
        .iter()
        .enumerate()
        .flat_map(|(index, one)| all[index + 1..].iter().map(move |other| (one, other)));
    let same =
        pairs.filter(|(one, other)| one.primary == other.primary).flat_map(|(one, other)| {
            let both = |(a, b): (&Selection, &Selection)| match (a.is_within(b), b.is_within(a)) {
                (true, _) => Some(a.clone()),
                (false, true) => Some(b.clone()),
                (false, false) => None,
            };
            let selections =
                one.selections.iter().flat_map(|a| other.selections.iter().map(move |b| (a, b)));
            selections
                .filter_map(both)
                .map(|narrow| SelectedTwice {
                    deployments: [one.deployment.to_owned(), other.deployment.to_owned()],
                    region: one.primary.clone(),
                    phrase: narrow.phrase(),
                    select_tags: if narrow.is_by_tags_alone() {
                        narrow.tags
                    } else {
                        BTreeMap::new()
                    },
                })
                .collect::<Vec<_>>()
        });
    same.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
        tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_pair_is_one_within_the_other_in_one_region() {
        let east = Region::parse("us-east-1").unwrap();
        let west = Region::parse("us-west-2").unwrap();
        let (backup, production) = (("Backup", "true"), ("Environment", "Production"));
        let (wide, narrow) = (tags(&[backup]), tags(&[backup, production]));
        let other = tags(&[("Backup", "True")]);
        let same = std::slice::from_ref(&narrow);
        let of = |cases: [(&Region, &BTreeMap<String, String>); 2]| {
            let names = ["default", "staging"].iter().zip(cases);
            let all: Vec<Selecting<'_>> = names
                .map(|(deployment, (primary, select_tags))| Selecting {
                    deployment,
                    primary,
                    selections: vec![Selection::tagged(select_tags.clone())],
                })
                .collect();
            selected_twice(&all).into_iter().map(|twice| twice.select_tags).collect::<Vec<_>>()
        };
        assert_eq!(of([(&east, &narrow), (&east, &narrow)]), same);
        assert_eq!(of([(&east, &wide), (&east, &narrow)]), same);
        assert_eq!(of([(&east, &narrow), (&east, &wide)]), same);
        assert_eq!(of([(&east, &narrow), (&west, &narrow)]), []);
        assert_eq!(of([(&east, &other), (&east, &wide)]), []);
    }
}
