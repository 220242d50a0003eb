//! `config show`: every setting with where it came from.

use std::collections::BTreeMap;

use crate::aws::Caller;
use crate::config::file::ConfigFile;
use crate::config::{Config, Options, SettingSource};
use crate::deployment::introduction::Introduction;
use crate::deployment::record::Record;
use crate::deployment::session::Session;
use crate::failure::Failure;
use crate::model::manifest::random_hex;
use crate::model::region::Region;
use crate::model::settings::{CopyTo, RegionRole, Rule, Settings};
use crate::report::{ConfigReport, Setting};

const NONE: &str = "none";
/// What days are where nothing is moved or deleted.
const NEVER: &str = "never";

/// The settings that `up` with the same options would use.
///
/// With a file nothing is called: the file is the whole truth of the deployment that it names.
/// Without one the recorded settings are read.
///
/// # Errors
/// Settings that cannot be meant, and an account that cannot be read.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &Options,
) -> Result<ConfigReport, Failure> {
    let recorded = match &config.file {
        Some(file) => {
            let introduction = Introduction {
                command: "config show",
                deployment: Some(config.deployment.as_str()),
                file: Some(file.path()),
                ..Introduction::default()
            };
            caller.progress.note(&introduction.to_string());
            None
        }
        None => recorded(config, caller, options).await?,
    };
    let id = recorded.as_ref().map_or_else(|| random_hex(8), |(id, _)| id.clone());
    let recorded = recorded.map(|(_, settings)| settings);
    let settings = options.resolve(config.file.as_ref(), recorded.as_ref(), &id)?;
    let below = if recorded.is_some() { SettingSource::Recorded } else { SettingSource::Default };
    Ok(ConfigReport::new(rows(config, options, &settings, below)))
}

async fn recorded(
    config: &Config,
    caller: Caller,
    options: &Options,
) -> Result<Option<(String, Settings)>, Failure> {
    let named = options.regions().into_iter().map(|(region, _)| region).collect();
    let session = Session::open(config, caller, named).await?;
    session.introduce("config show", None);
    Ok(match session.record {
        Record::Found { manifest, .. } => Some((manifest.id, manifest.settings)),
        Record::Torn { .. } | Record::None(_) => None,
    })
}

/// Where settings come from; `below` is where from when nobody said anything.
struct Origins<'a> {
    options: &'a Options,
    file: Option<&'a ConfigFile>,
    below: SettingSource,
}

impl Origins<'_> {
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
    let from = Origins { options, file: config.file.as_ref(), below };
    let name = config.deployment.to_string();
    let mut rows = vec![Setting::new("name", name, config.deployment_origin)];
    let expected = from.file.and_then(ConfigFile::expected_account);
    let origin = if expected.is_some() { SettingSource::File } else { SettingSource::Default };
    rows.push(Setting::new("expected_account", or_none(expected), origin));
    for (region, role) in settings.regions.all() {
        let origin = from.region(&region, role);
        rows.push(Setting::new(&format!("regions.{}", role.as_str()), region.to_string(), origin));
    }
    let boundary = or_none(settings.permissions_boundary.as_deref());
    let origin = from.option("permissions-boundary", "permissions_boundary");
    rows.push(Setting::new("permissions_boundary", boundary, origin));
    rows.push(Setting::new(
        "select_tags",
        pairs(&settings.select_tags),
        from.in_file("select_tags"),
    ));
    rows.push(Setting::new("tags", pairs(&settings.tags), from.in_file("tags")));
    rows.extend(alerts(&from, settings));
    rows.extend(freshness(&from, settings));
    rows.extend(keys("kms_keys", "kms-key-arn", &settings.kms_keys, &from));
    rows.extend(settings.rules.iter().flat_map(|rule| rule_rows(rule, &from)));
    rows.push(Setting::new("runtime", settings.runtime.clone(), below));
    rows
}

fn alerts(from: &Origins<'_>, settings: &Settings) -> Vec<Setting> {
    let row = |setting: &str, value: String, origin| {
        Setting::new(&format!("alerts.{setting}"), value, origin)
    };
    let mut rows: Vec<Setting> = Vec::new();
    let known = from.options.wanted_addresses(from.file);
    for address in &known {
        let origin = from.options.origin_of_subscriber(address).unwrap_or(SettingSource::File);
        rows.push(row("subscribers", address.clone(), origin));
    }
    // The record holds no address; only the topic knows it.
    match settings.subscribers.len().saturating_sub(known.len()) {
        0 if known.is_empty() => {
            rows.push(row("subscribers", NONE.to_owned(), from.in_file("alerts.subscribers")));
        }
        0 => (),
        recorded => {
            let value = format!("{recorded} whose address only the topic knows");
            rows.push(row("subscribers", value, from.below));
        }
    }
    let required = (!settings.without_alerts).to_string();
    rows.push(row("required", required, from.option("alerts", "alerts.required")));
    for (setting, value) in [
        ("log_retention_days", settings.log_retention_days),
        ("watchdog_minutes", settings.watchdog_minutes),
    ] {
        let origin = from.in_file(&format!("alerts.{setting}"));
        rows.push(row(setting, value.to_string(), origin));
    }
    rows.extend(keys("alerts.kms_keys", "topic-key-arn", &settings.topic_keys, from));
    rows
}

fn freshness(from: &Origins<'_>, settings: &Settings) -> Vec<Setting> {
    let (setting, by_type) = ("freshness.allowance_hours", "freshness.allowance_hours_by_type");
    let hours = settings.allowance_hours.to_string();
    let mut rows = vec![Setting::new(setting, hours, from.in_file(setting))];
    if settings.allowance_hours_by_type.is_empty() {
        rows.push(Setting::new(by_type, NONE.to_owned(), from.in_file(by_type)));
    }
    rows.extend(settings.allowance_hours_by_type.iter().map(|(kind, hours)| {
        Setting::new(&format!("{by_type}.{kind}"), hours.to_string(), from.in_file(by_type))
    }));
    rows
}

fn keys(
    setting: &str,
    option: &str,
    keys: &BTreeMap<Region, String>,
    from: &Origins<'_>,
) -> Vec<Setting> {
    if keys.is_empty() {
        return vec![Setting::new(setting, NONE.to_owned(), from.in_file(setting))];
    }
    let row = |(region, key): (&Region, &String)| {
        let origin = from.options.origin_of_key(option, region);
        let origin = origin.unwrap_or_else(|| from.in_file(setting));
        Setting::new(&format!("{setting}.{region}"), key.clone(), origin)
    };
    keys.iter().map(row).collect()
}

fn rule_rows(rule: &Rule, from: &Origins<'_>) -> Vec<Setting> {
    let days = |days: Option<i64>, none: &str| {
        days.map_or_else(|| none.to_owned(), |days| days.to_string())
    };
    let mut fields = vec![
        ("schedule".to_owned(), rule.schedule.clone()),
        ("timezone".to_owned(), rule.timezone.clone()),
        ("start_window_minutes".to_owned(), rule.start_window_minutes.to_string()),
        ("completion_window_minutes".to_owned(), rule.completion_window_minutes.to_string()),
        ("cold_after_days".to_owned(), days(rule.lifecycle.cold_days, NEVER)),
        ("delete_after_days".to_owned(), days(rule.lifecycle.delete_days, NEVER)),
        ("continuous".to_owned(), rule.continuous.to_string()),
        ("archive".to_owned(), rule.archive.to_string()),
        ("recovery_point_tags".to_owned(), pairs(&rule.recovery_point_tags)),
    ];
    for CopyTo { region, lifecycle } in &rule.copies {
        let field = |name: &str| format!("copies.{region}.{name}");
        fields.push((field("cold_after_days"), days(lifecycle.cold_days, NEVER)));
        fields.push((field("delete_after_days"), days(lifecycle.delete_days, NEVER)));
    }
    let row = |(field, value): (String, String)| {
        let origin = from.rule(rule, &field);
        Setting::new(&format!("rules.{}.{field}", rule.name), value, origin)
    };
    fields.into_iter().map(row).collect()
}

fn or_none(value: Option<&str>) -> String {
    value.unwrap_or(NONE).to_owned()
}

fn pairs(tags: &BTreeMap<String, String>) -> String {
    if tags.is_empty() {
        return NONE.to_owned();
    }
    tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}
