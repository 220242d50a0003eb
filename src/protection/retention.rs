//! The retention receipt: how long each rule keeps what where, warm and cold. Pure.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::region::Region;
use crate::model::resource_types::{ColdStorage, RESOURCE_TYPES, ResourceType};
use crate::model::settings::{Lifecycle, Rule, Settings};
use crate::terminal::wrap::wrapped;

/// Amazon EBS user guide, "Archive Amazon EBS snapshots".
const ARCHIVING: &str = "An archived EBS snapshot is a full one whatever it was before, costs at least 90 days in the archive, and can need 72 hours to be restored from it; AWS Backup archives only what a rule makes at most once a month.";

/// Resource types that fare alike.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Group {
    /// Those with cold storage.
    Cold,
    /// Those that are archived where the rule says so.
    Archived,
    /// Those whose points stay warm to their end, whatever the rule says.
    Warm,
}

impl Group {
    fn from_type(kind: &ResourceType) -> Self {
        match kind.cold_storage {
            ColdStorage::Yes | ColdStorage::WithAdvancedFeatures => Self::Cold,
            ColdStorage::EbsArchive => Self::Archived,
            ColdStorage::No => Self::Warm,
        }
    }

    fn types(self) -> Vec<String> {
        let of_it = RESOURCE_TYPES.iter().filter(|kind| Self::from_type(kind) == self);
        of_it.map(ResourceType::name_in_cold_storage).collect()
    }
}

/// How a group of resource types fares under a rule in a region.
#[derive(Debug, PartialEq, JsonSchema, Serialize)]
pub(crate) struct Keep {
    rule: String,
    region: Region,
    #[serde(skip)]
    group: Group,
    types: Vec<String>,
    warm_days: Option<i64>,
    /// 0 where there is no cold storage; `null` never ends, as in `warm_days`.
    cold_days: Option<i64>,
}

/// What every rule keeps, in the rules' order.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(transparent)]
pub(crate) struct Receipt {
    keeps: Vec<Keep>,
    /// How many regions the deployment has.
    #[serde(skip)]
    regions: usize,
    /// What does not do what it seems to say.
    #[serde(skip)]
    warnings: Vec<String>,
}

impl Receipt {
    pub(crate) fn new(settings: &Settings) -> Self {
        let primary = &settings.regions.primary;
        let rules = settings.all_rules();
        let keeps = rules.iter().flat_map(|rule| {
            let copies = rule.copies.iter().map(|copy| (&copy.region, rule.kept(copy)));
            let places = std::iter::once((primary, rule.lifecycle)).chain(copies);
            places.flat_map(|(region, lifecycle)| groups(rule, region, lifecycle))
        });
        let keeps = keeps.collect();
        let vain = rules.iter().filter_map(archive_in_vain);
        let short = rules.iter().filter_map(end_of_source);
        let plans = settings.all_plans();
        let redundant = plans.iter().filter_map(|plan| one_continuous_at_most(&plan.rules));
        let regions = settings.regions.names().len();
        Self { keeps, regions, warnings: vain.chain(short).chain(redundant).collect() }
    }
}

/// Rules whose continuous backups another one takes the place of: AWS Backup makes those of the rule
/// with the longest retention and disregards the other rules (developer guide, "Overlapping continuous
/// backups on the same resource"). All of a plan's rules back up into one vault here.
fn one_continuous_at_most(rules: &[Rule]) -> Option<String> {
    let continuous: Vec<&Rule> = rules.iter().filter(|rule| rule.continuous).collect();
    let longest = continuous.iter().map(|rule| rule.lifecycle.retention_days()).max()?;
    let (made, idle): (Vec<&Rule>, Vec<&Rule>) =
        continuous.iter().partition(|rule| rule.lifecycle.retention_days() == longest);
    let names =
        |rules: &[&Rule]| rules.iter().map(|rule| &*rule.name).collect::<Vec<_>>().join(" and ");
    match (made.len(), &idle[..]) {
        (1, []) => None,
        (1, idle) => Some(format!(
            "AWS Backup makes the continuous backups of {} alone, which keeps longest, and disregards {}: with its copies too, as far as is known. Leave one continuous rule.",
            names(&made),
            names(idle)
        )),
        _ => Some(format!(
            "AWS Backup makes the continuous backups of one rule alone and disregards the others, and between {}, which keep equally long, which of them is unknown. Leave one continuous rule.",
            names(&made)
        )),
    }
}

/// The rule lets EBS snapshots be archived, and says not when.
fn archive_in_vain(rule: &Rule) -> Option<String> {
    let mut copies = rule.copies.iter().map(|copy| copy.lifecycle);
    let never = rule.lifecycle.cold_days.is_none() || copies.any(|copy| copy.cold_days.is_none());
    (rule.archive && never).then(|| {
        format!(
            "archive = true of {} does nothing where cold_after_days is left out: it is cold_after_days that moves a snapshot.",
            rule.name
        )
    })
}

/// A copy is to have no end, and has its source's.
fn end_of_source(rule: &Rule) -> Option<String> {
    let ends = rule.copies.iter().any(|copy| rule.kept(copy) != copy.lifecycle);
    ends.then(|| {
        format!(
            "Copies of {} without delete_after_days end with their source, as AWS Backup has it; delete_after_days = 36500 keeps them for 100 years.",
            rule.name
        )
    })
}

/// EBS goes with the cold types only where its snapshots may be archived.
fn groups(rule: &Rule, region: &Region, lifecycle: Lifecycle) -> [Keep; 3] {
    let keep = |group: Group, cold: bool| {
        let comes = |warm: &i64| cold && lifecycle.delete_days.is_none_or(|end| end > *warm);
        let (warm_days, cold_days) = match lifecycle.cold_days.filter(comes) {
            Some(warm) => (Some(warm), lifecycle.delete_days.map(|delete| delete - warm)),
            None => (lifecycle.delete_days, Some(0)),
        };
        let (rule, region) = (rule.name.clone(), region.clone());
        Keep { rule, region, group, types: group.types(), warm_days, cold_days }
    };
    [keep(Group::Cold, true), keep(Group::Archived, rule.archive), keep(Group::Warm, false)]
}

impl Keep {
    fn words(&self) -> String {
        let days = |days: Option<i64>| {
            days.map_or_else(|| "permanently".to_owned(), |days| format!("{days} d"))
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
        let width = self.keeps.iter().map(|keep| keep.rule.len()).max().unwrap_or_default();
        let mut lines: Vec<(&str, Vec<&str>, String)> = Vec::new();
        for group in self.keeps.chunks(3) {
            let [cold, ebs, warm] = group else { continue };
            let words = words_of(cold, ebs, warm);
            let region = cold.region.as_str();
            match lines.iter_mut().find(|(rule, _, other)| *rule == cold.rule && *other == words) {
                Some((_, regions, _)) => regions.push(region),
                None => lines.push((&cold.rule, vec![region], words)),
            }
        }
        let mut last = "";
        for (rule, regions, words) in lines {
            let name = if rule == last { "" } else { rule };
            last = rule;
            let indent = " ".repeat(width + 6);
            // A rule keeps in a region what it makes there once, so that as many are all of them.
            let regions = match regions.len() {
                all @ 3.. if all == self.regions => format!("all {all} regions"),
                _ => regions.join(", "),
            };
            wrapped(f, &format!("  {name:width$}  "), &indent, &format!("{regions}: {words}"))?;
        }
        for warning in &self.warnings {
            wrapped(f, "! ", "  ", warning)?;
        }
        if self.keeps.iter().all(|keep| keep.cold_days == Some(0)) {
            return Ok(());
        }
        let explained = format!(
            "Cold storage is for {}; for EBS only with archive = true; never for {}.",
            Group::Cold.types().join(", "),
            Group::Warm.types().join(", ")
        );
        wrapped(f, "  ", "  ", &explained)?;
        let archived = |keep: &Keep| keep.group == Group::Archived && keep.cold_days != Some(0);
        if self.keeps.iter().any(archived) { wrapped(f, "  ", "  ", ARCHIVING) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::CopyTo;
    use crate::model::settings::tests::regions;

    #[test]
    fn the_defaults_receipt() {
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let text = Receipt::new(&settings).to_string();
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
    fn regions_that_all_keep_alike_are_counted() {
        let names = ["us-east-1", "us-west-2", "eu-west-1", "ap-south-1", "eu-west-2", "eu-west-3"];
        let mut settings = Settings::defaults(regions(names));
        let days = Lifecycle { cold_days: None, delete_days: Some(90) };
        let copies = names[1..]
            .iter()
            .map(|name| CopyTo { region: Region::parse(name).unwrap(), lifecycle: days });
        let rule = Rule { lifecycle: days, copies: copies.collect(), ..settings.rules[0].clone() };
        let named = |number: usize| Rule { name: format!("rule-{number}"), ..rule.clone() };
        settings.rules = (0..10).map(named).collect();
        settings.rules[9].copies.pop();
        let text = Receipt::new(&settings).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "  rule-0  all 6 regions: 90 d warm");
        assert_eq!(
            lines[9],
            "  rule-9  us-east-1, us-west-2, eu-west-1, ap-south-1, eu-west-2: 90 d warm"
        );
        assert_eq!(lines.len(), 10, "{text}");
    }

    #[test]
    fn archive_moves_ebs_and_for_ever_is_said() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        settings.rules.truncate(1);
        settings.rules[0].archive = true;
        settings.rules[0].copies.clear();
        settings.rules[0].lifecycle = Lifecycle { cold_days: Some(30), delete_days: None };
        let receipt = Receipt::new(&settings).to_string();
        let words = receipt.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("EBS 30 d warm, then permanently"), "{receipt}");
        assert!(words.contains("without cold storage permanently warm"), "{receipt}");
    }

    #[test]
    fn of_several_continuous_rules_one_is_enough() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let warned = |settings: &Settings| one_continuous_at_most(&settings.rules);
        assert_eq!(warned(&settings), None);
        settings.rules[0].continuous = true;
        settings.rules[0].lifecycle = Lifecycle { cold_days: None, delete_days: Some(35) };
        assert_eq!(warned(&settings), None);
        settings.rules[1].continuous = true;
        settings.rules[1].lifecycle = Lifecycle { cold_days: None, delete_days: Some(7) };
        let words = warned(&settings).unwrap();
        assert!(
            words.contains("of daily alone, which keeps longest, and disregards weekly"),
            "{words}"
        );
        settings.rules[1].lifecycle.delete_days = Some(35);
        let words = warned(&settings).unwrap();
        assert!(words.contains("between daily and weekly, which keep equally long"), "{words}");
        let text = Receipt::new(&settings).to_string();
        assert!(
            text.lines().any(|line| line.contains("AWS Backup makes the continuous backups")),
            "{text}"
        );
    }

    #[test]
    fn archiving_is_explained_and_in_vain_without_a_day() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        assert!(!Receipt::new(&settings).to_string().contains("archived"));
        settings.rules[1].archive = true;
        let text = Receipt::new(&settings).to_string();
        assert!(text.contains("can need 72 hours"), "{text}");
        assert!(!text.contains("does nothing"), "{text}");
        settings.rules[1].lifecycle.cold_days = None;
        let text = Receipt::new(&settings).to_string();
        assert_eq!(text.matches("! archive = true of weekly does nothing").count(), 1, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn a_copy_without_an_end_ends_with_its_source() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        settings.rules.truncate(1);
        settings.rules[0].copies[0].lifecycle.delete_days = None;
        let text = Receipt::new(&settings).to_string();
        assert!(text.contains("us-east-1, us-west-2: 30 d warm, then 335 d cold"), "{text}");
        assert!(text.contains("! Copies of daily without delete_after_days end with"), "{text}");
        settings.rules[0].copies[0].lifecycle.cold_days = Some(400);
        assert!(Receipt::new(&settings).to_string().contains("us-west-2: 365 d warm"));
        settings.rules[0].lifecycle.delete_days = None;
        let text = Receipt::new(&settings).to_string();
        assert!(text.contains("then permanently cold"), "{text}");
        assert!(!text.contains("Copies of daily"), "{text}");
    }

    #[test]
    fn every_type_is_in_one_group() {
        let cold = [
            "Aurora DSQL",
            "CloudFormation",
            "DynamoDB with advanced features",
            "EFS",
            "SAP HANA on EC2",
            "Timestream",
            "VMware",
        ];
        let warm = [
            "Aurora",
            "DocumentDB",
            "EC2",
            "EKS",
            "FSx",
            "Neptune",
            "RDS",
            "Redshift",
            "Redshift Serverless",
            "S3",
            "Storage Gateway",
        ];
        assert_eq!(Group::Cold.types(), cold);
        assert_eq!(Group::Archived.types(), ["EBS"]);
        assert_eq!(Group::Warm.types(), warm);
        assert_eq!(cold.len() + 1 + warm.len(), RESOURCE_TYPES.len());
    }

    #[test]
    fn without_cold_storage_there_is_one_line_a_place() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        settings.rules.truncate(1);
        settings.rules[0].copies.clear();
        settings.rules[0].lifecycle = Lifecycle { cold_days: None, delete_days: Some(35) };
        assert_eq!(Receipt::new(&settings).to_string(), "  daily  us-east-1: 35 d warm\n");
    }
}
