//! Quotas: how many rules, copies, selections, ARNs and conditions.

use crate::lint::catalog::Check;
use crate::lint::model::{Plan, Selection};
use crate::lint::rules::Found;
use crate::model::settings::COPIES_MAX;
use crate::model::settings::table::{
    ARNS_MAX, ARNS_WITH_WILDCARD_MAX, RULES_MAX, SELECT_TAGS_MAX, SELECTIONS_MAX,
};

pub(super) fn check(plan: &Plan, found: &mut Found) {
    let count = plan.rules.len();
    if count > RULES_MAX {
        let text = format!("plan {} has {count} rules, and AWS takes {RULES_MAX}", plan.label);
        found.add(Check::TooManyRules, plan, None, &plan.rules[RULES_MAX].place, text, None);
    }
    for (at, rule) in plan.rules.iter().enumerate() {
        let count = rule.copies.len();
        if count > COPIES_MAX {
            let text = format!("it has {count} copy actions, and AWS takes {COPIES_MAX}");
            let place = &rule.copies[COPIES_MAX].place;
            found.add(Check::TooManyCopies, plan, Some(&rule.label(at)), place, text, None);
        }
    }
    let count = plan.selections.len();
    if count > SELECTIONS_MAX {
        let text =
            format!("plan {} has {count} selections, and AWS takes {SELECTIONS_MAX}", plan.label);
        found.add(Check::TooManySelections, plan, None, &plan.place, text, None);
    }
    for selection in &plan.selections {
        arns(plan, selection, &selection.resources, "Resources", found);
        arns(plan, selection, &selection.not_resources, "NotResources", found);
        for (count, what) in [
            (selection.any_tags.len(), "tags in ListOfTags"),
            (selection.conditions.len(), "conditions"),
        ] {
            if count > SELECT_TAGS_MAX {
                let text = format!("it has {count} {what}, and AWS takes {SELECT_TAGS_MAX}");
                found.add_of_selection(Check::TooManyConditions, plan, selection, text, None);
            }
        }
    }
}

fn arns(plan: &Plan, selection: &Selection, arns: &[String], member: &str, found: &mut Found) {
    let has_wildcard = arns.iter().any(|arn| arn.contains('*') && arn != "*");
    let (most, how) = if has_wildcard {
        (ARNS_WITH_WILDCARD_MAX, "with wildcards")
    } else {
        (ARNS_MAX, "without wildcards")
    };
    if arns.len() > most {
        let text = format!("its {member} has {} ARNs, and AWS takes {most} {how}", arns.len());
        found.add_of_selection(Check::TooManyResources, plan, selection, text, None);
    }
}
