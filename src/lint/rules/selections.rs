//! What a selection selects, where that is easily misread or refused.

use crate::lint::catalog::Check;
use crate::lint::model::{AnyTag, Plan, Selection};
use crate::lint::rules::Found;
use crate::terminal::wrap::in_a_row;

pub(super) fn check(plan: &Plan, selection: &Selection, found: &mut Found) {
    if !selection.is_known {
        return;
    }
    let Selection { resources, not_resources, any_tags, conditions, .. } = selection;
    if resources.is_empty() && any_tags.is_empty() {
        let what = match (conditions.len(), not_resources.len()) {
            (0, 0) => "it has neither Resources nor ListOfTags",
            (0, _) => "it has NotResources alone, without Resources or ListOfTags",
            _ => "it has Conditions alone, without Resources or ListOfTags",
        };
        found.add_of_selection(Check::ConditionsAlone, plan, selection, what.to_owned(), None);
        return;
    }
    if any_tags.len() > 1 {
        let tags: Vec<String> = any_tags.iter().map(AnyTag::words).collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let text = format!(
            "it has {} tags in ListOfTags, and a resource with any one of them is backed up: {}",
            tags.len(),
            in_a_row(&tags)
        );
        found.add_of_selection(Check::TagsAreAlternatives, plan, selection, text, None);
    }
    if !resources.is_empty() && !any_tags.is_empty() {
        let text = if resources.iter().any(|arn| arn == "*") {
            "it has the resource * and tags in ListOfTags: the tags narrow nothing, and every resource is backed up".to_owned()
        } else {
            format!(
                "it has {} and {}: what is named and what has a tag are both backed up, not what is both",
                count(resources.len(), "resource"),
                count(any_tags.len(), "tag")
            )
        };
        found.add_of_selection(Check::ResourcesOrTags, plan, selection, text, None);
    }
}

fn count(count: usize, noun: &str) -> String {
    crate::terminal::wrap::plural(count, noun)
}
