//! `config show`: every setting with where it came from.

use std::collections::BTreeMap;

use crate::aws::Caller;
use crate::config::{Config, Given, Origin};
use crate::failure::Failure;
use crate::manifest::random_hex;
use crate::record::Record;
use crate::report::{ConfigReport, Setting};
use crate::session::Session;
use crate::settings::{CopyTo, Lifecycle, Rule, Settings};

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
    given: &Given,
) -> Result<ConfigReport, Failure> {
    let recorded = match &config.file {
        Some(_) => None,
        None => recorded(config, caller, given).await?,
    };
    let id = recorded.as_ref().map_or_else(|| random_hex(8), |(id, _)| id.clone());
    let recorded = recorded.map(|(_, settings)| settings);
    let settings = given.settle(config.file.as_ref(), recorded.as_ref(), &id)?;
    let below = if recorded.is_some() { Origin::Recorded } else { Origin::Default };
    Ok(ConfigReport::new(rows(config, given, &settings, below)))
}

async fn recorded(
    config: &Config,
    caller: Caller,
    given: &Given,
) -> Result<Option<(String, Settings)>, Failure> {
    let hints = given.regions().into_iter().map(|(region, _)| region).collect();
    let session = Session::open(config, caller, hints).await?;
    session.introduce("config show", None);
    Ok(match session.record {
        Record::Found { manifest, .. } => Some((manifest.id, manifest.settings)),
        Record::Torn { .. } | Record::None(_) => None,
    })
}

/// One row a setting; `below` is where it comes from when nobody said anything.
fn rows(config: &Config, given: &Given, settings: &Settings, below: Origin) -> Vec<Setting> {
    let in_file = |section: &str| match &config.file {
        Some(file) if file.has(section) => Origin::File,
        _ => below,
    };
    let mut rows =
        vec![Setting::new("name", config.deployment.to_string(), config.deployment_origin)];
    for (region, role) in settings.regions.all() {
        let origin = given.origin(role.as_str()).unwrap_or_else(|| in_file("regions"));
        rows.push(Setting::new(&format!("regions.{}", role.as_str()), region.to_string(), origin));
    }
    rows.push(Setting::new("select_tags", pairs(&settings.select_tags), in_file("select_tags")));
    for rule in &settings.rules {
        rows.push(Setting::new(
            &format!("rules.{}", rule.name),
            rule_words(rule),
            in_file("rules"),
        ));
    }
    let subscribers = match settings.subscribers.len() {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    let told = given.origin("email").or(given.origin("notify"));
    let told = told.unwrap_or_else(|| in_file("alerts.subscribers"));
    rows.push(Setting::new("alerts.subscribers", subscribers, told));
    let days = settings.log_retention_days.to_string();
    let log_retention = in_file("alerts.log_retention_days");
    rows.push(Setting::new("alerts.log_retention_days", days, log_retention));
    let minutes = settings.watchdog_minutes.to_string();
    rows.push(Setting::new("alerts.watchdog_minutes", minutes, in_file("alerts.watchdog_minutes")));
    for (region, key) in &settings.topic_keys {
        let origin = given.origin("topic-key-arn").unwrap_or_else(|| in_file("alerts.kms_keys"));
        rows.push(Setting::new(&format!("alerts.kms_keys.{region}"), key.clone(), origin));
    }
    for (region, key) in &settings.kms_keys {
        let origin = given.origin("kms-key-arn").unwrap_or_else(|| in_file("kms_keys"));
        rows.push(Setting::new(&format!("kms_keys.{region}"), key.clone(), origin));
    }
    if let Some(boundary) = &settings.permissions_boundary {
        let origin = given.origin("permissions-boundary");
        let origin = origin.unwrap_or_else(|| in_file("permissions_boundary"));
        rows.push(Setting::new("permissions_boundary", boundary.clone(), origin));
    }
    if !settings.tags.is_empty() {
        rows.push(Setting::new("tags", pairs(&settings.tags), in_file("tags")));
    }
    rows.push(Setting::new("runtime", settings.runtime.clone(), below));
    rows
}

fn pairs(tags: &BTreeMap<String, String>) -> String {
    tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}

fn rule_words(rule: &Rule) -> String {
    let mut words = vec![format!(
        "{} {}, windows {} and {} min, {}",
        rule.schedule,
        rule.timezone,
        rule.start_window_minutes,
        rule.completion_window_minutes,
        lifecycle_words(rule.lifecycle)
    )];
    words.extend(rule.copies.iter().map(|CopyTo { region, lifecycle }| {
        format!("copy to {region}, {}", lifecycle_words(*lifecycle))
    }));
    words.extend(rule.continuous.then(|| "continuous".to_owned()));
    words.extend(rule.archive.then(|| "archive".to_owned()));
    words.join("; ")
}

fn lifecycle_words(lifecycle: Lifecycle) -> String {
    let cold = lifecycle.cold_days.map(|days| format!("cold after {days} d, "));
    let delete = lifecycle
        .delete_days
        .map_or_else(|| "kept for ever".to_owned(), |days| format!("deleted after {days} d"));
    format!("{}{delete}", cold.unwrap_or_default())
}
