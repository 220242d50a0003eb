//! Names of plans, rules, selections and vaults.

use crate::lint::catalog::Check;
use crate::lint::model::{Field, Place, Plan};
use crate::lint::rules::Found;

pub(super) fn check(plan: &Plan, found: &mut Found) {
    one(plan, None, ("plan", &plan.name), &plan.place, false, found);
    for (at, rule) in plan.rules.iter().enumerate() {
        let label = rule.label(at);
        one(plan, Some(&label), ("rule", &rule.name), &rule.place, false, found);
        one(plan, Some(&label), ("vault", &rule.vault), &rule.place, true, found);
        let name = rule.name.value.get();
        let before =
            plan.rules[..at].iter().any(|other| name.is_some() && other.name.value.get() == name);
        if before {
            let text = format!("two rules have the name {label}");
            found.add(
                Check::DuplicateRule,
                plan,
                Some(&label),
                &rule.place.at(rule.name.line),
                text,
                None,
            );
        }
    }
    for selection in &plan.selections {
        one(plan, None, ("selection", &selection.name), &selection.place, false, found);
    }
}

fn one(
    plan: &Plan,
    rule: Option<&str>,
    (what, name): (&str, &Field<String>),
    place: &Place,
    is_vault: bool,
    found: &mut Found,
) {
    let Some(text) = name.value.get() else { return };
    if text.contains('$') || text.contains("{{") {
        return;
    }
    let marks = if is_vault { "-_" } else { "-_." };
    let allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    let length = if is_vault { 2..=50 } else { 1..=50 };
    if !length.contains(&text.chars().count()) || !text.chars().all(allowed) {
        let least = length.start();
        let text = format!(
            "the name of the {what}, {text:?}, is not {least} to 50 letters, digits and {marks}"
        );
        found.add(Check::InvalidName, plan, rule, &place.at(name.line), text, None);
    }
}
