//! Which name each selection has: pure.
//!
//! A name carries a hash of what is wanted, because AWS Backup cannot update a selection. Where that
//! name is taken by something else (a selection that somebody altered, or one that is not ours) the
//! next one of its family is used: the wanted selection has to be there before the other goes.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Fact;

/// The selections of a region's plan; not told where they could not be read.
pub(crate) const SELECTIONS: Fact<SelectionNames> = Fact::new("the selections of the plan");

/// The names of the selections that the watchdog was told of, in the order of the settings.
pub(super) const WATCHED: Fact<Vec<String>> = Fact::new("the selections that the watchdog knows");

/// The selections of a plan, as far as their names decide the name of the wanted one.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectionNames {
    /// Ids of ours.
    pub(crate) ids: BTreeSet<String>,
    /// When the first of ours was made, in seconds since 1970.
    pub(crate) since: Option<i64>,
    /// Of ours that select what is wanted, each with the number of the wanted one that it is.
    pub(super) right: BTreeMap<String, usize>,
    pub(super) ours: BTreeSet<String>,
    /// Of others.
    pub(super) foreign: BTreeSet<String>,
}

/// The wanted name of the family of `base`: of one that is there and right, or else a free one.
/// `told` is the name that the watchdog was told of last, and `found` is `None` where the
/// selections could not be read.
pub(crate) fn choose(base: &str, told: Option<&str>, found: Option<&SelectionNames>) -> String {
    let told = told.filter(|name| is_of_family(base, name));
    let Some(found) = found else { return told.unwrap_or(base).to_owned() };
    let right = |name: &&str| found.right.contains_key(*name);
    let mut there = found.right.keys().filter(|name| is_of_family(base, name));
    if let Some(name) = told.filter(right).or_else(|| there.next().map(String::as_str)) {
        return name.to_owned();
    }
    let family = (2..).map(|n| format!("{base}-{n}"));
    let mut family = told.map(str::to_owned).into_iter().chain([base.to_owned()]).chain(family);
    let is_free = |name: &String| !found.ours.contains(name) && !found.foreign.contains(name);
    family.find(is_free).expect("there are more names than selections")
}

/// Whether the name is `base` itself, or that with a number.
fn is_of_family(base: &str, name: &str) -> bool {
    let number = |rest: &str| rest.strip_prefix('-').is_some_and(|n| n.parse::<u32>().is_ok());
    name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || number(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(right: &[&str], taken: &[&str]) -> SelectionNames {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (ours, foreign) = taken.split_at(right.len());
        let right = right.iter().map(|name| ((*name).to_owned(), 0)).collect();
        let (ours, foreign) = (set(ours), set(foreign));
        SelectionNames { right, ours, foreign, ..SelectionNames::default() }
    }

    #[test]
    fn a_right_one_keeps_its_name_and_a_taken_name_is_passed_over() {
        for (right, taken, told, expected) in [
            (&[][..], &[][..], None, "s"),
            (&["s"], &["s"], None, "s"),
            (&[], &["s"], None, "s-2"),
            (&[], &["s", "s-2"], None, "s-3"),
            (&["s-2"], &["s-2", "s"], None, "s-2"),
            (&["s-2"], &["s-2"], Some("s-2"), "s-2"),
            (&["s", "s-2"], &["s", "s-2"], Some("s-2"), "s-2"),
            // Deleted by hand: the watchdog waits for the name that it was told of.
            (&[], &[], Some("s-2"), "s-2"),
            (&[], &["s-2"], Some("s-2"), "s"),
            // Of other content, or of another role.
            (&["t"], &["t"], Some("t"), "s"),
        ] {
            let found = names(right, taken);
            assert_eq!(choose("s", told, Some(&found)), expected, "{right:?} {taken:?} {told:?}");
        }
    }

    #[test]
    fn unread_it_is_what_the_watchdog_knows() {
        assert_eq!(choose("s", Some("s-2"), None), "s-2");
        assert_eq!(choose("s", Some("t"), None), "s");
        assert_eq!(choose("s", None, None), "s");
    }
}
