//! The backup plan's document: from settings, to AWS's types and back, with AWS's own defaults evened out.

use std::collections::BTreeMap;

use aws_sdk_backup::types::{
    BackupPlan, BackupPlanInput, BackupRule, BackupRuleInput, CopyAction, IndexAction, Lifecycle,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::names::Names;
use crate::model::region::Region;
use crate::model::settings::{self, Settings};
use crate::model::tags::Tags;

/// Defaults that AWS Backup fills in for what a rule leaves out (API reference, `BackupRule`).
const DEFAULT_TIMEZONE: &str = "Etc/UTC";
const DEFAULT_START_WINDOW: i64 = 480;
const DEFAULT_COMPLETION_WINDOW: i64 = 10_080;

/// A backup plan as it is compared: rules by name, copies by destination.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlanDocument {
    pub(super) name: String,
    pub(super) rules: BTreeMap<String, RuleDocument>,
    /// By type of resource; none of ours.
    #[serde(default)]
    advanced_backup_settings: BTreeMap<String, BTreeMap<String, String>>,
    /// By malware scanner, the types of resources; none of ours.
    #[serde(default)]
    scan_settings: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleDocument {
    schedule: String,
    timezone: String,
    start_window_minutes: i64,
    completion_window_minutes: i64,
    vault: String,
    lifecycle: LifecycleDocument,
    continuous: bool,
    /// By the ARN of the destination vault.
    copies: BTreeMap<String, LifecycleDocument>,
    recovery_point_tags: Tags,
    /// What others may put into a rule and ours never has.
    #[serde(default)]
    index_actions: Vec<String>,
    #[serde(default)]
    scan_actions: Vec<String>,
    #[serde(default)]
    air_gapped_vault: Option<String>,
}

/// `null` means for ever.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct LifecycleDocument {
    cold_after_days: Option<i64>,
    delete_after_days: Option<i64>,
    archive: bool,
}

impl PlanDocument {
    /// The plan of this name in the settings; without rules where there is none.
    pub(super) fn from_settings(plan: &str, settings: &Settings, names: &Names) -> Self {
        let rules = settings.plan(plan).map(|plan| plan.rules).unwrap_or_default();
        let rules =
            rules.iter().map(|rule| (rule.name.clone(), rule_of_settings(rule, settings, names)));
        Self { name: names.plan(plan), rules: rules.collect(), ..Self::default() }
    }

    pub(super) fn from_aws(plan: &BackupPlan) -> Self {
        let mut rules = BTreeMap::new();
        for rule in &plan.rules {
            // Two of one name: the second is nobody's, and told from the first by its number.
            let names = (2..).map(|n| format!("{} ({n})", rule.rule_name));
            let mut names = std::iter::once(rule.rule_name.clone()).chain(names);
            let name = names.find(|name| !rules.contains_key(name)).expect("numbers do not end");
            rules.insert(name, rule_of_aws(rule));
        }
        let advanced = plan.advanced_backup_settings().iter().map(|setting| {
            let options = setting.backup_options().cloned().unwrap_or_default();
            (setting.resource_type.clone().unwrap_or_default(), options.into_iter().collect())
        });
        let scans = plan.scan_settings().iter().map(|setting| {
            let scanner = setting.malware_scanner().map_or("", |scanner| scanner.as_str());
            (scanner.to_owned(), setting.resource_types().to_vec())
        });
        Self {
            name: plan.backup_plan_name.clone(),
            rules,
            advanced_backup_settings: advanced.collect(),
            scan_settings: scans.collect(),
        }
    }

    /// The rules as settings: what [`Self::from_settings`] makes of them is this document. A copy to a
    /// vault whose ARN names no region is left out.
    pub(crate) fn rules(&self) -> Vec<settings::Rule> {
        let copy = |(vault, lifecycle): (&String, &LifecycleDocument)| {
            let region = Region::parse_lenient(vault.split(':').nth(3)?).ok()?;
            Some(settings::CopyTo { region, lifecycle: lifecycle.settings() })
        };
        let rule = |(name, rule): (&String, &RuleDocument)| settings::Rule {
            name: name.clone(),
            schedule: rule.schedule.clone(),
            timezone: rule.timezone.clone(),
            start_window_minutes: rule.start_window_minutes,
            completion_window_minutes: rule.completion_window_minutes,
            lifecycle: rule.lifecycle.settings(),
            continuous: rule.continuous,
            archive: rule.lifecycle.archive,
            copies: rule.copies.iter().filter_map(copy).collect(),
            recovery_point_tags: rule.recovery_point_tags.clone(),
        };
        self.rules.iter().map(rule).collect()
    }

    /// The rules in the form that the watchdog knows: what decides when what is kept where, in an
    /// order and in words that do not depend on the language it is written in.
    pub(super) fn canonical(&self) -> Value {
        let copy = |(vault, lifecycle): (&String, &LifecycleDocument)| {
            json!([vault, lifecycle.cold_after_days, lifecycle.delete_after_days])
        };
        let rule = |(name, rule): (&String, &RuleDocument)| {
            json!({
                "name": name,
                "vault": rule.vault,
                "schedule": rule.schedule,
                "timezone": rule.timezone,
                "start": rule.start_window_minutes,
                "complete": rule.completion_window_minutes,
                "continuous": rule.continuous,
                "archive": rule.lifecycle.archive,
                "cold": rule.lifecycle.cold_after_days,
                "delete": rule.lifecycle.delete_after_days,
                "copies": rule.copies.iter().map(copy).collect::<Vec<_>>(),
            })
        };
        self.rules.iter().map(rule).collect()
    }

    pub(super) fn to_aws(&self) -> BackupPlanInput {
        let rules = self.rules.iter().map(|(name, rule)| rule.to_aws(name)).collect();
        BackupPlanInput::builder()
            .backup_plan_name(&self.name)
            .set_rules(Some(rules))
            .build()
            .expect("name and rules are set")
    }
}

impl RuleDocument {
    fn to_aws(&self, name: &str) -> BackupRuleInput {
        let copies = self.copies.iter().map(|(vault, lifecycle)| {
            CopyAction::builder()
                .destination_backup_vault_arn(vault)
                .lifecycle(lifecycle.to_aws())
                .build()
                .expect("the destination is set")
        });
        BackupRuleInput::builder()
            .rule_name(name)
            .target_backup_vault_name(&self.vault)
            .schedule_expression(&self.schedule)
            .schedule_expression_timezone(&self.timezone)
            .start_window_minutes(self.start_window_minutes)
            .completion_window_minutes(self.completion_window_minutes)
            .lifecycle(self.lifecycle.to_aws())
            // Only where it is wanted: not every partition knows it.
            .set_enable_continuous_backup(self.continuous.then_some(true))
            .set_copy_actions(Some(copies.collect()))
            .set_recovery_point_tags(Some(self.recovery_point_tags.clone().into_iter().collect()))
            .build()
            .expect("name and vault are set")
    }
}

impl LifecycleDocument {
    fn from_settings(lifecycle: settings::Lifecycle, archive: bool) -> Self {
        Self {
            cold_after_days: lifecycle.cold_days,
            delete_after_days: lifecycle.delete_days,
            archive,
        }
    }

    fn settings(&self) -> settings::Lifecycle {
        settings::Lifecycle { cold_days: self.cold_after_days, delete_days: self.delete_after_days }
    }

    /// AWS writes "for ever" as -1 or leaves it out.
    fn from_aws(lifecycle: Option<&Lifecycle>) -> Self {
        let Some(lifecycle) = lifecycle else { return Self::default() };
        Self {
            cold_after_days: lifecycle.move_to_cold_storage_after_days.filter(|days| *days >= 0),
            delete_after_days: lifecycle.delete_after_days.filter(|days| *days >= 0),
            archive: lifecycle.opt_in_to_archive_for_supported_resources.unwrap_or(false),
        }
    }

    fn to_aws(&self) -> Lifecycle {
        Lifecycle::builder()
            .set_move_to_cold_storage_after_days(self.cold_after_days)
            .set_delete_after_days(self.delete_after_days)
            // Where archiving is not known (GovCloud) even `false` is refused.
            .set_opt_in_to_archive_for_supported_resources(self.archive.then_some(true))
            .build()
    }
}

fn rule_of_settings(rule: &settings::Rule, settings: &Settings, names: &Names) -> RuleDocument {
    let copy = |copy: &settings::CopyTo| {
        (
            names.vault_arn(&settings.vault_in(&copy.region)),
            LifecycleDocument::from_settings(copy.lifecycle, rule.archive),
        )
    };
    RuleDocument {
        schedule: rule.schedule.clone(),
        timezone: time_zone(Some(&rule.timezone)),
        start_window_minutes: rule.start_window_minutes,
        completion_window_minutes: rule.completion_window_minutes,
        vault: names.vault(&settings.vault_in(&settings.regions.primary)),
        lifecycle: LifecycleDocument::from_settings(rule.lifecycle, rule.archive),
        continuous: rule.continuous,
        copies: rule.copies.iter().map(copy).collect(),
        recovery_point_tags: rule.recovery_point_tags.clone(),
        index_actions: Vec::new(),
        scan_actions: Vec::new(),
        air_gapped_vault: None,
    }
}

/// The zone under the one name that is compared: AWS gives its default back under either of two.
fn time_zone(name: Option<&str>) -> String {
    let name = name.filter(|name| *name != "UTC").unwrap_or(DEFAULT_TIMEZONE);
    name.to_owned()
}

fn rule_of_aws(rule: &BackupRule) -> RuleDocument {
    let copy = |copy: &CopyAction| {
        let lifecycle = LifecycleDocument::from_aws(copy.lifecycle());
        (copy.destination_backup_vault_arn.clone(), lifecycle)
    };
    let index = rule.index_actions().iter().flat_map(IndexAction::resource_types);
    let scans = rule.scan_actions().iter().map(|action| {
        let scanner = action.malware_scanner().map_or("", |scanner| scanner.as_str());
        format!("{scanner} {}", action.scan_mode().map_or("", |mode| mode.as_str()))
    });
    RuleDocument {
        schedule: rule.schedule_expression().unwrap_or_default().to_owned(),
        timezone: time_zone(rule.schedule_expression_timezone()),
        start_window_minutes: rule.start_window_minutes.unwrap_or(DEFAULT_START_WINDOW),
        completion_window_minutes: rule
            .completion_window_minutes
            .unwrap_or(DEFAULT_COMPLETION_WINDOW),
        vault: rule.target_backup_vault_name.clone(),
        lifecycle: LifecycleDocument::from_aws(rule.lifecycle()),
        continuous: rule.enable_continuous_backup.unwrap_or(false),
        copies: rule.copy_actions().iter().map(copy).collect(),
        recovery_point_tags: rule
            .recovery_point_tags
            .clone()
            .unwrap_or_default()
            .into_iter()
            .collect(),
        index_actions: index.map(ToOwned::to_owned).collect(),
        scan_actions: scans.collect(),
        air_gapped_vault: rule.target_logically_air_gapped_backup_vault_arn.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::MAIN;
    use crate::model::settings::tests::regions;

    fn wanted() -> PlanDocument {
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        PlanDocument::from_settings(MAIN, &settings, &crate::model::names::tests::names())
    }

    /// A plan as AWS gives it back: with rule ids, in another order, defaults filled in.
    fn as_returned(input: &BackupPlanInput) -> BackupPlan {
        let rules = input.rules.iter().rev().map(|rule| {
            BackupRule::builder()
                .rule_id("a-rule-id")
                .rule_name(&rule.rule_name)
                .target_backup_vault_name(&rule.target_backup_vault_name)
                .set_schedule_expression(rule.schedule_expression.clone())
                .set_start_window_minutes(rule.start_window_minutes)
                .set_completion_window_minutes(rule.completion_window_minutes)
                .set_lifecycle(rule.lifecycle.clone())
                .set_copy_actions(rule.copy_actions.clone())
                .set_recovery_point_tags(rule.recovery_point_tags.clone())
                .schedule_expression_timezone("UTC")
                .build()
                .unwrap()
        });
        BackupPlan::builder()
            .backup_plan_name(&input.backup_plan_name)
            .set_rules(Some(rules.collect()))
            .build()
            .unwrap()
    }

    #[test]
    fn what_aws_gives_back_equals_what_was_sent() {
        assert_eq!(PlanDocument::from_aws(&as_returned(&wanted().to_aws())), wanted());
    }

    #[test]
    fn the_rules_are_found_again_in_a_document() {
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let sorted = |mut rules: Vec<settings::Rule>| {
            let by_region = |copy: &settings::CopyTo| copy.region.clone();
            for rule in &mut rules {
                rule.copies.sort_by_key(by_region);
            }
            rules
        };
        assert_eq!(sorted(wanted().rules()), sorted(settings.rules));
    }

    #[test]
    fn both_names_of_utc_are_one_zone() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        settings.rules.iter_mut().for_each(|rule| rule.timezone = "UTC".to_owned());
        let document =
            PlanDocument::from_settings(MAIN, &settings, &crate::model::names::tests::names());
        assert_eq!(document, wanted());
        assert_eq!(document.canonical(), wanted().canonical());
    }

    #[test]
    fn archive_opt_in_is_not_sent_where_it_is_off() {
        let plan = wanted().to_aws();
        let lifecycle = plan.rules[0].lifecycle().unwrap();
        assert_eq!(lifecycle.opt_in_to_archive_for_supported_resources, None);
    }

    #[test]
    fn for_ever_is_one_value() {
        let minus_one =
            Lifecycle::builder().delete_after_days(-1).move_to_cold_storage_after_days(-1).build();
        assert_eq!(
            LifecycleDocument::from_aws(Some(&minus_one)),
            LifecycleDocument::from_aws(None)
        );
    }
}
