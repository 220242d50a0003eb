//! What is said of many resources, in one line where it is the same.

use std::collections::BTreeMap;

use crate::model::region::Region;
use crate::report::finding::{Finding, Severity, listed, regions_in_a_row};
use crate::report::plural;

/// From so many resources on of which the same is said they are one fact.
const SAME: usize = 3;

/// What is said of a resource in a region, but for their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Statement {
    pub(super) severity: Severity,
    pub(super) word: &'static str,
    /// What stands between the word and the region: "in", "to".
    pub(super) joint: &'static str,
    pub(super) why: String,
    pub(super) details: Vec<String>,
}

/// One finding for each fact, over all regions and resources of which it is true; `limit` of them, and of the names in
/// each. What is not of a region comes without one.
pub(super) fn findings<'a>(
    said: impl Iterator<Item = (Option<&'a Region>, String, Statement)>,
    limit: usize,
) -> Vec<Finding> {
    // By region in the order in which they come, which is the deployment's.
    let mut by_resource: BTreeMap<(String, Statement), Vec<&Region>> = BTreeMap::new();
    for (region, name, statement) in said {
        by_resource.entry((name, statement)).or_default().extend(region);
    }
    let mut by_statement: BTreeMap<(Statement, Vec<&Region>), Vec<String>> = BTreeMap::new();
    for ((name, statement), regions) in by_resource {
        by_statement.entry((statement, regions)).or_default().push(name);
    }
    let facts = by_statement.into_iter();
    let findings =
        facts.flat_map(|((statement, regions), names)| statement.findings(&regions, &names, limit));
    // The worst first, as statements begin with how bad they are.
    let mut findings: Vec<Finding> = findings.collect();
    let left = findings.len().saturating_sub(limit);
    if left > 0 {
        let severity = findings[limit].severity;
        findings.truncate(limit);
        let more = plural(left, "more finding");
        findings.push(Finding::new(severity, format!("{more} of resources: --all shows them")));
    }
    findings
}

impl Statement {
    /// Of each resource, or of all in one where they are many.
    fn findings(&self, regions: &[&Region], names: &[String], limit: usize) -> Vec<Finding> {
        let Self { severity, word, joint, why, details } = self;
        let place = match regions {
            [] => String::new(),
            regions => format!(" {joint} {}", regions_in_a_row(regions.iter().copied())),
        };
        let said = format!("{word}{place}: {why}");
        let finding = |text| Finding::new(*severity, text).with(details.clone());
        if names.len() < SAME || limit == usize::MAX {
            return names.iter().map(|name| finding(format!("{name}: {said}"))).collect();
        }
        let all = finding(format!("{}: {said}", plural(names.len(), "resource")));
        vec![all.with(listed(names.iter().cloned(), names.len(), limit))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(why: &str) -> Statement {
        Statement {
            severity: Severity::Late,
            word: "not copied",
            joint: "to",
            why: why.to_owned(),
            details: Vec::new(),
        }
    }

    #[test]
    fn the_same_of_many_is_one_line_with_the_first_names() {
        let [west, third] = ["us-west-2", "eu-west-1"].map(|name| Region::parse(name).unwrap());
        let mut said = Vec::new();
        for number in 0..42 {
            said.push((Some(&west), format!("vol-{number:02}"), left_out("it is cold")));
            said.push((Some(&third), format!("vol-{number:02}"), left_out("it is cold")));
        }
        said.push((Some(&west), "vol-x".to_owned(), left_out("it is gone")));
        said.push((None, "vol-y".to_owned(), left_out("it is gone")));
        let findings = |limit| findings(said.iter().cloned(), limit);
        let few: Vec<(String, usize)> =
            findings(2).into_iter().map(|finding| (finding.text, finding.details.len())).collect();
        assert_eq!(
            few,
            [
                ("42 resources: not copied to us-west-2 and eu-west-1: it is cold".to_owned(), 3),
                ("vol-y: not copied: it is gone".to_owned(), 0),
                ("1 more finding of resources: --all shows them".to_owned(), 0),
            ]
        );
        assert_eq!(findings(usize::MAX).len(), 44);
    }
}
