//! The checks of a plan, all of them on each: what is wrong does not hide what else is.

mod calendar;
mod copies;
mod counts;
mod lifecycle;
mod locks;
mod names;
mod schedule;
mod selections;
mod types;
#[cfg(test)]
mod walk;
mod windows;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::lint::catalog::{Check, entry};
use crate::lint::finding::{Finding, LostCopies};
use crate::lint::model::{Content, Note, Place, Plan, Rule, Selection};
use crate::lint::severity::Severity;
use crate::model::region::Region;

/// What was found in a document, and what could not be checked.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<Note>,
}

/// Checks all plans of a document.
///
/// `regions` are where plans are made of which the document does not name the region.
pub(crate) fn check(content: &Content, regions: &[Region], now: Timestamp) -> Found {
    let mut found = Found { findings: Vec::new(), notes: content.notes.clone() };
    let mut cases: BTreeMap<&Place, usize> = BTreeMap::new();
    for plan in &content.plans {
        *cases.entry(&plan.place).or_default() += 1;
    }
    for plan in &content.plans {
        let mut plan = plan.clone();
        if plan.regions.is_empty() {
            plan.regions = regions.to_vec();
        }
        let before = found.findings.len();
        check_plan(&plan, content, now, &mut found);
        let cases = cases.get(&plan.place).copied().unwrap_or(1);
        merge(&mut found.findings, before, plan.given.as_deref(), cases);
    }
    found.findings.dedup();
    found.notes.sort();
    found.notes.dedup();
    found
}

fn check_plan(plan: &Plan, content: &Content, now: Timestamp, found: &mut Found) {
    names::check(plan, found);
    counts::check(plan, found);
    for (at, rule) in plan.rules.iter().enumerate() {
        let rule = Of { plan, rule, label: rule.label(at) };
        windows::check(&rule, found);
        lifecycle::check(&rule, found);
        schedule::check(&rule, now, found);
        copies::check(&rule, found);
        locks::check(&rule, content, found);
    }
    calendar::check(plan, now, found);
    types::check(plan, found);
    for selection in &plan.selections {
        selections::check(plan, selection, found);
    }
    if plan.has_all_selections && plan.selections.is_empty() {
        let text = format!("plan {} has no selection: it backs nothing up", plan.label);
        found.add(Check::NothingSelected, plan, None, &plan.place, text, None);
    }
}

/// A finding of several cases of a template is one, and of all cases no case's.
fn merge(findings: &mut Vec<Finding>, before: usize, given: Option<&str>, cases: usize) {
    let new = findings.split_off(before);
    for mut finding in new {
        let is_same = |other: &&mut Finding| {
            (other.check, &other.place, &other.text)
                == (finding.check, &finding.place, &finding.text)
        };
        if let Some(other) = findings.iter_mut().find(is_same) {
            let all = match (&other.given, given) {
                (Some(one), Some(given)) => Some(format!("{one}, or {given}")),
                _ => None,
            };
            let count = all.as_ref().map_or(0, |all| all.matches(", or ").count() + 1);
            other.given = all.filter(|_| count < cases);
        } else {
            finding.given = given.map(str::to_owned).filter(|_| cases > 1);
            findings.push(finding);
        }
    }
}

/// A rule with its plan.
struct Of<'a> {
    plan: &'a Plan,
    rule: &'a Rule,
    label: String,
}

impl Of<'_> {
    fn add(
        &self,
        found: &mut Found,
        check: Check,
        line: Option<usize>,
        text: String,
        fix: Option<String>,
    ) {
        found.add(check, self.plan, Some(&self.label), &self.rule.place.at(line), text, fix);
    }
}

impl Found {
    fn add(
        &mut self,
        check: Check,
        plan: &Plan,
        rule: Option<&str>,
        place: &Place,
        text: String,
        fix: Option<String>,
    ) -> &mut Finding {
        let severity = entry(check).severity;
        self.findings.push(Finding {
            check,
            severity,
            place: place.clone(),
            plan: plan.label.clone(),
            rule: rule.map(str::to_owned),
            selection: None,
            text,
            fix: fix.unwrap_or_else(|| lowered(entry(check).fix)),
            lost: None,
            given: None,
        });
        self.findings.last_mut().expect("it was just added")
    }

    fn add_lost(
        &mut self,
        plan: &Plan,
        (rule, place): (&str, &Place),
        (text, fix): (String, String),
        lost: LostCopies,
        severity: Severity,
    ) {
        let finding = self.add(Check::LostCopies, plan, Some(rule), place, text, Some(fix));
        finding.lost = Some(lost);
        finding.severity = severity;
    }

    fn add_of_selection(
        &mut self,
        check: Check,
        plan: &Plan,
        selection: &Selection,
        text: String,
        fix: Option<String>,
    ) {
        let label = selection.label.clone();
        self.add(check, plan, None, &selection.place, text, fix).selection = Some(label);
    }

    fn note(&mut self, place: &Place, text: String) {
        self.notes.push(Note { place: place.clone(), text });
    }
}

/// The sentence as it stands behind a colon.
fn lowered(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
    format!("{first}{}", letters.as_str())
}

/// Findings that AWS alone can tell of: what is not there.
pub(crate) fn missing(
    check: Check,
    plan: &Plan,
    rule: Option<&str>,
    text: String,
    fix: Option<String>,
) -> Finding {
    let mut found = Found::default();
    found.add(check, plan, rule, &plan.place, text, fix).clone()
}
