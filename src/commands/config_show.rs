//! `config show`: every setting with where it came from.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::Caller;
use crate::commands::settings_read::SettingsRead;
use crate::config::file::ConfigFile;
use crate::config::set::written;
use crate::config::subscriber::Protocol;
use crate::config::{Config, Options, SettingSource};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::{CopyTo, RegionRole, Rule, Settings};
use crate::report::{ConfigReport, Setting};

const NONE: &str = "none";
/// What days are where nothing is moved or deleted.
const NEVER: &str = "never";

/// The settings that `up` with the same options would use, each with where it came from.
///
/// # Errors
/// Settings that cannot be meant, and an account that cannot be read.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &Options,
) -> Result<ConfigReport, Failure> {
    let read = SettingsRead::new("config show", config, caller, options, false).await?;
    let below =
        if read.recorded.is_some() { SettingSource::Recorded } else { SettingSource::Default };
    Ok(ConfigReport::new(rows(config, options, &read.settings, below)))
}

/// Where settings come from; `below` is where from when nobody said anything.
struct Origins<'a> {
    options: &'a Options,
    file: Option<&'a ConfigFile>,
    below: SettingSource,
}

impl Origins<'_> {
    /// A row; what `--set` says comes from it, whatever else says it too.
    fn row(&self, path: &[&str], value: String, origin: SettingSource) -> Setting {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        let origin = if self.options.sets.has(&path) { SettingSource::Flag } else { origin };
        Setting::new(&written(&path), value, origin)
    }

    fn in_file(&self, setting: &str) -> SettingSource {
        let said = self.file.is_some_and(|file| file.has(setting));
        if said { SettingSource::File } else { self.below }
    }

    fn option(&self, option: &str, setting: &str) -> SettingSource {
        self.options.origin(option).unwrap_or_else(|| self.in_file(setting))
    }

    fn region(&self, region: &Region, role: RegionRole) -> SettingSource {
        self.options.origin_of_region(region, role).unwrap_or_else(|| self.in_file("regions"))
    }

    fn rule(&self, rule: &Rule, field: &str) -> SettingSource {
        match self.file {
            Some(file) if file.rule_has(&rule.name, field) => SettingSource::File,
            // The rule is the file's, and what it leaves out is the default.
            Some(file) if file.has("rules") => SettingSource::Default,
            _ => self.below,
        }
    }
}

/// One row a setting, also for what is not set.
fn rows(
    config: &Config,
    options: &Options,
    settings: &Settings,
    below: SettingSource,
) -> Vec<Setting> {
    let file = config.file.as_ref();
    // What `--set` says is none of what the file says.
    let unset = file.and_then(ConfigFile::original).or(file);
    let from = Origins { options, file: unset, below };
    let mut rows = guards(config, &from);
    for (region, role) in settings.regions.all() {
        let origin = from.region(&region, role);
        rows.push(from.row(&["regions", role.key()], region.to_string(), origin));
    }
    let boundary = or_none(settings.permissions_boundary.as_deref());
    let origin = from.option("permissions-boundary", "permissions_boundary");
    rows.push(from.row(&["permissions_boundary"], boundary, origin));
    for (table, tags) in [("select_tags", &settings.select_tags), ("tags", &settings.tags)] {
        rows.extend(table_rows(&[table], tags, &from, |_| from.in_file(table)));
    }
    rows.extend(alerts(&from, &options.wanted_addresses(file), settings));
    rows.extend(freshness(&from, settings));
    rows.extend(keys(&["kms_keys"], "kms-key-arn", &settings.kms_keys, &from));
    rows.extend(settings.rules.iter().flat_map(|rule| rule_rows(rule, &from)));
    rows.push(Setting::new("runtime", settings.runtime.clone(), below));
    rows
}

/// What says where to work.
fn guards(config: &Config, from: &Origins<'_>) -> Vec<Setting> {
    let name = config.deployment.to_string();
    let expected = config.guard_file().and_then(ConfigFile::expected_account);
    let origin = if expected.is_some() { SettingSource::File } else { SettingSource::Default };
    vec![
        from.row(&["name"], name, config.deployment_origin),
        from.row(&["expected_account"], or_none(expected), origin),
    ]
}

/// A row for each entry of a table whose keys a person chooses, and one where it is empty.
fn table_rows<K: ToString, V: ToString>(
    table: &[&str],
    entries: &BTreeMap<K, V>,
    from: &Origins<'_>,
    origin: impl Fn(&K) -> SettingSource,
) -> Vec<Setting> {
    if entries.is_empty() {
        let all = table.join(".");
        return vec![from.row(table, NONE.to_owned(), from.in_file(&all))];
    }
    let row = |(key, value): (&K, &V)| {
        from.row(&[table, &[&key.to_string()]].concat(), value.to_string(), origin(key))
    };
    entries.iter().map(row).collect()
}

fn alerts(from: &Origins<'_>, known: &BTreeSet<String>, settings: &Settings) -> Vec<Setting> {
    let row = |setting: &str, value: String, origin| from.row(&["alerts", setting], value, origin);
    let mut rows = subscribers(from, known, settings);
    let required = (!settings.without_alerts).to_string();
    rows.push(row("required", required, from.option("alerts", "alerts.required")));
    for (setting, value) in [
        ("log_retention_days", settings.log_retention_days),
        ("watchdog_minutes", settings.watchdog_minutes),
    ] {
        let origin = from.in_file(&format!("alerts.{setting}"));
        rows.push(row(setting, value.to_string(), origin));
    }
    let alarmed = "recovery_alarms";
    let below = from.in_file("alerts.recovery_alarms");
    if settings.recovery_alarms.is_empty() {
        rows.push(row(alarmed, NONE.to_owned(), below));
    }
    rows.extend(settings.recovery_alarms.iter().map(|region| {
        let origin = from.options.origin_of_recovery_alarms(region).unwrap_or(below);
        row(alarmed, region.to_string(), origin)
    }));
    rows.extend(keys(&["alerts", "kms_keys"], "topic-key-arn", &settings.topic_keys, from));
    rows
}

/// The subscribers by the list of the file that takes them. The record has no address; only the topic
/// knows it, and `alerts.notify` takes every kind.
fn subscribers(from: &Origins<'_>, known: &BTreeSet<String>, settings: &Settings) -> Vec<Setting> {
    let recorded = settings.subscribers.len().saturating_sub(known.len());
    let (email, notify): (Vec<&String>, Vec<&String>) =
        known.iter().partition(|address| Protocol::from_endpoint(address) == Protocol::Email);
    let mut rows = Vec::new();
    for (list, addresses) in [("email", email), ("notify", notify)] {
        let row = |value, origin| from.row(&["alerts", list], value, origin);
        let unknown = recorded > 0 && list == "notify";
        if addresses.is_empty() && !unknown {
            rows.push(row(NONE.to_owned(), from.in_file(&format!("alerts.{list}"))));
        }
        rows.extend(addresses.into_iter().map(|address| {
            let origin = from.options.origin_of_subscriber(address).unwrap_or(SettingSource::File);
            row(address.clone(), origin)
        }));
        if unknown {
            rows.push(row(format!("{recorded} whose address only the topic knows"), from.below));
        }
    }
    rows
}

fn freshness(from: &Origins<'_>, settings: &Settings) -> Vec<Setting> {
    let by_type = "freshness.allowance_hours_by_type";
    let hours = settings.allowance_hours.to_string();
    let origin = from.in_file("freshness.allowance_hours");
    let mut rows = vec![from.row(&["freshness", "allowance_hours"], hours, origin)];
    let table = ["freshness", "allowance_hours_by_type"];
    let types = &settings.allowance_hours_by_type;
    rows.extend(table_rows(&table, types, from, |_| from.in_file(by_type)));
    rows
}

fn keys(
    table: &[&str],
    option: &str,
    keys: &BTreeMap<Region, String>,
    from: &Origins<'_>,
) -> Vec<Setting> {
    let setting = table.join(".");
    table_rows(table, keys, from, |region| {
        let origin = from.options.origin_of_key(option, region);
        origin.unwrap_or_else(|| from.in_file(&setting))
    })
}

fn rule_rows(rule: &Rule, from: &Origins<'_>) -> Vec<Setting> {
    let days = |days: Option<i64>| days.map_or_else(|| NEVER.to_owned(), |days| days.to_string());
    let row = |field: &[&str], value: String| {
        let path = [&["rules", rule.name.as_str()], field].concat();
        from.row(&path, value, from.rule(rule, &field.join(".")))
    };
    let mut rows = vec![
        row(&["schedule"], rule.schedule.clone()),
        row(&["timezone"], rule.timezone.clone()),
        row(&["start_window_minutes"], rule.start_window_minutes.to_string()),
        row(&["completion_window_minutes"], rule.completion_window_minutes.to_string()),
        row(&["cold_after_days"], days(rule.lifecycle.cold_days)),
        row(&["delete_after_days"], days(rule.lifecycle.delete_days)),
        row(&["continuous"], rule.continuous.to_string()),
        row(&["archive"], rule.archive.to_string()),
    ];
    let tags = "recovery_point_tags";
    if rule.recovery_point_tags.is_empty() {
        rows.push(row(&[tags], NONE.to_owned()));
    }
    let pairs = rule.recovery_point_tags.iter();
    rows.extend(pairs.map(|(key, value)| {
        let path = ["rules", rule.name.as_str(), tags, key.as_str()];
        from.row(&path, value.clone(), from.rule(rule, tags))
    }));
    for CopyTo { region, lifecycle } in &rule.copies {
        let field = |name| ["copies", region.as_str(), name];
        rows.push(row(&field("cold_after_days"), days(lifecycle.cold_days)));
        rows.push(row(&field("delete_after_days"), days(lifecycle.delete_days)));
    }
    rows
}

fn or_none(value: Option<&str>) -> String {
    value.unwrap_or(NONE).to_owned()
}
