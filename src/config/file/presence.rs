//! What the file says, and what it leaves to the defaults.

use crate::config::file::{ConfigFile, Content};

impl ConfigFile {
    /// Whether the file says anything of a setting.
    pub(crate) fn has(&self, setting: &str) -> bool {
        let Content {
            name, regions, select_tags, tags, alerts, freshness, kms_keys, rules, ..
        } = &self.content;
        match setting {
            "tags" => tags.as_ref().is_some_and(|tags| !tags.get_ref().is_empty()),
            "permissions_boundary" => self.content.permissions_boundary.is_some(),
            "name" => name.is_some(),
            "regions" => regions.is_some(),
            "select_tags" => select_tags.is_some(),
            "alerts.email" => !alerts.email.is_empty(),
            "alerts.notify" => !alerts.notify.is_empty(),
            "alerts.required" => alerts.required.is_some(),
            "alerts.watchdog_minutes" => alerts.watchdog_minutes.is_some(),
            "alerts.recovery_alarms" => !alerts.recovery_alarms.is_empty(),
            "alerts.kms_keys" => !alerts.kms_keys.is_empty(),
            "alerts.log_retention_days" => alerts.log_retention_days.is_some(),
            "freshness.allowance_hours" => freshness.allowance_hours.is_some(),
            "freshness.allowance_hours_by_type" => !freshness.allowance_hours_by_type.is_empty(),
            "kms_keys" => !kms_keys.is_empty(),
            "rules" => rules.is_some(),
            _ => false,
        }
    }

    /// Whether the file says anything of a field of a rule.
    pub(crate) fn rule_has(&self, rule: &str, field: &str) -> bool {
        let rules = self.content.rules.iter().flat_map(toml::Spanned::get_ref);
        let mut rules = rules.map(toml::Spanned::get_ref);
        rules.any(|table| table.is_called(rule) && table.has(field))
    }
}
