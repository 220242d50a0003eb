//! What does not answer: one fact, however many resources cannot be read because of it.

use std::collections::BTreeMap;

use crate::model::region::Region;
use crate::report::finding::{Finding, Severity, regions_in_a_row};
use crate::report::row::Condition;
use crate::report::{Deployment, Problem, Row, plural};
use crate::terminal::wrap::in_a_row;

/// The services that nobody could read, by region; none is IAM's.
pub(super) struct Silence<'a> {
    deployment: &'a Deployment,
    /// By region and service, the resources that are unknown.
    silent: BTreeMap<(Option<&'a Region>, &'a str), Vec<&'a Row>>,
    /// Regions of which nothing was read.
    away: Vec<&'a Region>,
}

impl<'a> Silence<'a> {
    pub(super) fn new(deployment: &'a Deployment, rows: &'a [Row]) -> Self {
        let mut silent: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            if let Some(problem) = silence(row) {
                let service = problem.action.and_then(|action| action.split(':').next());
                let service = service.unwrap_or_default();
                // IAM is no region's.
                let key = (row.region.as_ref().filter(|_| service != "iam"), service);
                silent.entry(key).or_default().push(row);
            }
        }
        let regions = deployment.regions.iter().map(|row| &row.region);
        let away = regions.filter(|region| is_away(region, rows)).collect();
        Self { deployment, silent, away }
    }

    /// The regions that do not answer at all.
    pub(super) fn regions(&self) -> Vec<&'a Region> {
        self.away.clone()
    }

    /// "us-east-1 (primary) does not answer"; `None` where every region does.
    pub(super) fn words(&self) -> Option<String> {
        let named = |region: &&Region| match self.deployment.role_of(region) {
            Some(role) => format!("{region} ({role})"),
            None => region.to_string(),
        };
        let named: Vec<String> = self.away.iter().map(named).collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        match named.len() {
            0 => None,
            1 => Some(format!("{} does not answer", in_a_row(&named))),
            _ => Some(format!("{} do not answer", in_a_row(&named))),
        }
    }

    /// One for each region that is away, and for each service that is elsewhere.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for region in &self.away {
            let of_region = self.silent.iter().filter(|((of, _), _)| *of == Some(*region));
            let rows: Vec<&Row> = of_region.flat_map(|(_, rows)| rows).copied().collect();
            findings.push(finding(&format!("in {}", regions_in_a_row([*region])), &rows));
        }
        for ((region, service), rows) in &self.silent {
            let place = match region {
                None => "of IAM, which does not answer,".to_owned(),
                Some(region) if self.away.contains(region) => continue,
                Some(region) => format!("in {region}, where {service} does not answer,"),
            };
            findings.push(finding(&place, rows));
        }
        findings
    }
}

/// Whether nothing is known of a region. Its roles are IAM's, which may answer all the same.
fn is_away(region: &Region, rows: &[Row]) -> bool {
    let of_region = rows.iter().filter(|row| row.region.as_ref() == Some(region));
    let mut others = of_region.filter(|row| !row.kind.ends_with(" role")).peekable();
    others.peek().is_some() && others.all(|row| silence(row).is_some())
}

fn finding(place: &str, rows: &[&Row]) -> Finding {
    let are = if rows.len() == 1 { "is" } else { "are" };
    let text = format!("{} {place} {are} unknown", plural(rows.len(), "resource"));
    let problem = rows.iter().find_map(|row| row.error.as_ref());
    let why = problem.map(ToString::to_string).unwrap_or_default();
    let lines: Vec<String> = why.lines().map(|line| line.trim_start().to_owned()).collect();
    Finding::new(Severity::Unread, text).with(lines)
}

/// Whether a row is unknown for that reason, which a finding of its own names.
pub(super) fn is_silent(row: &Row) -> bool {
    silence(row).is_some()
}

/// Why nothing is known of a resource, where that is that nobody answered.
fn silence(row: &Row) -> Option<&Problem> {
    row.error.as_ref().filter(|problem| problem.is_silence && row.is(Condition::Unknown))
}
