//! The retention receipt: how long each rule keeps what where, warm and cold. Pure.

use std::fmt;

use serde::Serialize;

use crate::lines::wrapped;
use crate::region::Region;
use crate::settings::{Lifecycle, Rule, Settings};

/// Types with cold storage (AWS Backup developer guide, "Feature availability by resource").
const COLD: &[&str] = &[
    "CloudFormation",
    "DynamoDB with advanced features",
    "EFS",
    "SAP HANA on EC2",
    "Timestream",
    "VMware",
];
/// Types whose points stay warm to their end, whatever the rule says.
const WARM: &[&str] =
    &["Aurora", "DocumentDB", "EC2", "FSx", "Neptune", "RDS", "Redshift", "S3", "Storage Gateway"];

/// How a group of resource types fares under a rule in a region.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Keep {
    rule: String,
    region: Region,
    types: &'static [&'static str],
    warm_days: Option<i64>,
    /// 0 where there is no cold storage; `None` means for ever, as in `warm_days`.
    cold_days: Option<i64>,
}

/// What every rule keeps, in the rules' order.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Receipt(Vec<Keep>);

impl Receipt {
    pub(crate) fn of(settings: &Settings) -> Self {
        let primary = &settings.regions.primary;
        let keeps = settings.rules.iter().flat_map(|rule| {
            let copies = rule.copies.iter().map(|copy| (&copy.region, copy.lifecycle));
            let places = std::iter::once((primary, rule.lifecycle)).chain(copies);
            places.flat_map(|(region, lifecycle)| groups(rule, region, lifecycle))
        });
        Self(keeps.collect())
    }
}

/// EBS goes with the cold types only where its snapshots may be archived.
fn groups(rule: &Rule, region: &Region, lifecycle: Lifecycle) -> [Keep; 3] {
    let keep = |types, cold: bool| {
        let (warm_days, cold_days) = match lifecycle.cold_days.filter(|_| cold) {
            Some(warm) => (Some(warm), lifecycle.delete_days.map(|delete| delete - warm)),
            None => (lifecycle.delete_days, Some(0)),
        };
        Keep { rule: rule.name.clone(), region: region.clone(), types, warm_days, cold_days }
    };
    [keep(COLD, true), keep(&["EBS"], rule.archive), keep(WARM, false)]
}

impl Keep {
    fn words(&self) -> String {
        let days = |days: Option<i64>| {
            days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} d"))
        };
        match self.cold_days {
            Some(0) => format!("{} warm", days(self.warm_days)),
            cold => format!("{} warm, then {} cold", days(self.warm_days), days(cold)),
        }
    }
}

fn words_of(cold: &Keep, ebs: &Keep, warm: &Keep) -> String {
    let mut words = cold.words();
    if ebs.words() != warm.words() {
        words = format!("{words}; EBS {}", ebs.words());
    }
    if warm.words() != cold.words() {
        words = format!("{words}; without cold storage {}", warm.words());
    }
    words
}

impl fmt::Display for Receipt {
    /// A line for each rule and the regions that keep alike, then once what the words mean; in 80
    /// columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|keep| keep.rule.len()).max().unwrap_or_default();
        let mut lines: Vec<(&str, String, String)> = Vec::new();
        for group in self.0.chunks(3) {
            let [cold, ebs, warm] = group else { continue };
            let words = words_of(cold, ebs, warm);
            let region = &cold.region;
            match lines.iter_mut().find(|(rule, _, other)| *rule == cold.rule && *other == words) {
                Some((_, regions, _)) => *regions = format!("{regions}, {region}"),
                None => lines.push((&cold.rule, region.to_string(), words)),
            }
        }
        let mut last = "";
        for (rule, regions, words) in lines {
            let name = if rule == last { "" } else { rule };
            last = rule;
            let indent = " ".repeat(width + 6);
            wrapped(f, &format!("  {name:width$}  "), &indent, &format!("{regions}: {words}"))?;
        }
        let cold = self.0.iter().any(|keep| keep.cold_days != Some(0));
        if !cold {
            return Ok(());
        }
        let explained = format!(
            "Cold storage is for {}; for EBS only with archive = true; never for {}.",
            COLD.join(", "),
            WARM.join(", ")
        );
        wrapped(f, "  ", "  ", &explained)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::regions;

    #[test]
    fn the_defaults_receipt() {
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let text = Receipt::of(&settings).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "  daily   us-east-1, us-west-2: 30 d warm, then 335 d cold; without cold storage",
                "            365 d warm",
                "  weekly  us-east-1, eu-west-1: 90 d warm, then 2465 d cold; without cold",
                "            storage 2555 d warm",
            ]
        );
        assert!(text.contains("\n          us-west-2: 30 d warm, then 335 d cold;"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn archive_moves_ebs_and_for_ever_is_said() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        settings.rules.truncate(1);
        settings.rules[0].archive = true;
        settings.rules[0].copies.clear();
        settings.rules[0].lifecycle = Lifecycle { cold_days: Some(30), delete_days: None };
        let receipt = Receipt::of(&settings);
        assert!(receipt.to_string().contains("EBS 30 d warm, then for ever"), "{receipt}");
        assert!(receipt.to_string().contains("without cold storage for ever warm"), "{receipt}");
    }

    #[test]
    fn without_cold_storage_there_is_one_line_a_place() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        settings.rules.truncate(1);
        settings.rules[0].copies.clear();
        settings.rules[0].lifecycle = Lifecycle { cold_days: None, delete_days: Some(35) };
        assert_eq!(Receipt::of(&settings).to_string(), "  daily  us-east-1: 35 d warm\n");
    }
}
