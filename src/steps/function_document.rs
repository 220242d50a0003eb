//! A function as it is compared, and what Lambda says of its state: pure.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::{
    Architecture, Environment, FunctionConfiguration, LastUpdateStatus, LogFormat, Runtime, State,
};
use serde::Serialize;

use crate::model::names::Names;
use crate::model::region::Region;
use crate::model::settings::{Rule, Settings};
use crate::model::tags::Tags;

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Spec {
    pub(super) configuration: Configuration,
    pub(super) code_sha256: String,
    pub(super) architecture: String,
    /// Executions that are set apart for it; with 0 it never runs.
    pub(super) reserved_concurrency: Option<i32>,
    pub(super) tags: Tags,
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Configuration {
    pub(super) runtime: String,
    pub(super) handler: String,
    pub(super) role: String,
    pub(super) timeout_seconds: i32,
    pub(super) memory_mb: i32,
    pub(super) environment: BTreeMap<String, String>,
}

/// What Lambda tells of a function.
pub(super) struct Found {
    pub(super) configuration: FunctionConfiguration,
    pub(super) reserved_concurrency: Option<i32>,
    pub(super) tags: Tags,
}

pub(super) fn environment(configuration: &Configuration) -> Environment {
    let variables = configuration.environment.clone().into_iter().collect();
    Environment::builder().set_variables(Some(variables)).build()
}

/// Which vaults are given, by region, and who makes backups and copies in them for the deployment: others use them too.
pub(super) fn given_vaults(names: &Names, settings: &Settings) -> Vec<(String, String)> {
    if settings.given_vaults.is_empty() {
        return Vec::new();
    }
    let vaults = settings.given_vaults.iter().map(|(region, name)| format!("{region}={name}"));
    let makers = names.makers(settings);
    let words = |words: &mut dyn Iterator<Item = String>| words.collect::<Vec<_>>().join(" ");
    vec![
        ("GIVEN_VAULTS".to_owned(), words(&mut vaults.into_iter())),
        ("PLANS".to_owned(), words(&mut makers.plans.into_iter())),
        ("ROLES".to_owned(), words(&mut makers.roles.into_iter())),
    ]
}

/// Which rules give no end to what they make, and in which regions, as the validator reads it:
/// `weekly:us-east-1,us-west-2 monthly:eu-west-1`. AWS draws the ids of rules, so it is by their names,
/// which hold neither blanks nor colons. Nothing where every rule has an end, as is the rule.
pub(super) fn kept_for_ever(settings: &Settings) -> Option<String> {
    let of_rule = |rule: &Rule| {
        let here = rule.lifecycle.delete_days.is_none().then_some(&settings.regions.primary);
        let copies = rule.copies.iter().filter(|copy| rule.kept(copy).delete_days.is_none());
        let regions = here.into_iter().chain(copies.map(|copy| &copy.region));
        let regions: Vec<&str> = regions.map(Region::as_str).collect();
        (!regions.is_empty()).then(|| format!("{}:{}", rule.name, regions.join(",")))
    };
    let kept: Vec<String> =
        settings.all_plans().iter().flat_map(|plan| &plan.rules).filter_map(of_rule).collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}

pub(super) fn failed(configuration: &FunctionConfiguration) -> Option<String> {
    let reason = |text: Option<&str>| text.unwrap_or("AWS gave no reason").to_owned();
    if configuration.state() == Some(&State::Failed) {
        return Some(reason(configuration.state_reason()));
    }
    (configuration.last_update_status() == Some(&LastUpdateStatus::Failed))
        .then(|| reason(configuration.last_update_status_reason()))
}

/// What the function is still busy with.
pub(super) fn unsettled(configuration: &FunctionConfiguration) -> Option<String> {
    if configuration.state() == Some(&State::Pending) {
        return Some("Lambda is setting it up".to_owned());
    }
    (configuration.last_update_status() == Some(&LastUpdateStatus::InProgress))
        .then(|| "Lambda is updating it".to_owned())
}

/// What others have set on a function that mrbackup sets nothing of: said, and left alone. In a VPC it
/// reaches AWS only where the VPC lets it; a layer runs with its role; with another log group nothing
/// is in ours (Lambda API reference, `FunctionConfiguration`).
pub(super) fn additions(configuration: &FunctionConfiguration, log_group: &str) -> Vec<String> {
    let vpc = configuration.vpc_config().filter(|vpc| !vpc.subnet_ids().is_empty());
    let vpc = vpc.map(|vpc| {
        let id = vpc.vpc_id().filter(|id| !id.is_empty()).unwrap_or("of these subnets");
        format!("also in the VPC {id} ({})", vpc.subnet_ids().join(", "))
    });
    let layers = configuration.layers().iter().filter_map(|layer| layer.arn());
    let layers = layers.map(|arn| format!("also has the layer {arn}"));
    let logging = configuration.logging_config();
    let elsewhere = logging.and_then(|logging| logging.log_group()).filter(|at| *at != log_group);
    let elsewhere = elsewhere.map(|at| format!("also logs to {at}, and not to {log_group}"));
    let format = logging.and_then(|logging| logging.log_format());
    let format = format.filter(|format| **format != LogFormat::Text);
    let format = format.map(|format| format!("also logs as {}", format.as_str()));
    let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let key = given(configuration.kms_key_arn());
    let key = key.map(|key| format!("also encrypted with {key}"));
    let letters = configuration.dead_letter_config().and_then(|config| given(config.target_arn()));
    let letters = letters.map(|target| format!("also sends what fails to {target}"));
    let files = configuration.file_system_configs().iter();
    let files = files.map(|files| format!("also mounts {}", files.arn()));
    let first = vpc.into_iter().chain(layers).chain(elsewhere).chain(format);
    first.chain(key).chain(letters).chain(files).collect()
}

/// The function as it is compared; `our_tags` are those of its tags that are.
pub(super) fn spec_of_aws(found: &Found, our_tags: Tags) -> Spec {
    let configuration = &found.configuration;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let variables = configuration.environment().and_then(|e| e.variables()).cloned();
    let architecture = configuration.architectures().first().map(Architecture::as_str);
    Spec {
        configuration: Configuration {
            runtime: text(configuration.runtime().map(Runtime::as_str)),
            handler: text(configuration.handler()),
            role: text(configuration.role()),
            timeout_seconds: configuration.timeout.unwrap_or_default(),
            memory_mb: configuration.memory_size.unwrap_or_default(),
            environment: variables.unwrap_or_default().into_iter().collect(),
        },
        code_sha256: text(configuration.code_sha256()),
        architecture: text(architecture),
        reserved_concurrency: found.reserved_concurrency,
        tags: our_tags,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::context::tests::context;

    #[test]
    fn what_is_kept_for_ever_is_named_by_rule_and_region() {
        let mut settings = (*context().settings).clone();
        assert_eq!(kept_for_ever(&settings), None);
        let rule = settings.rules.iter_mut().find(|rule| !rule.copies.is_empty()).unwrap();
        let name = rule.name.clone();
        rule.lifecycle.delete_days = None;
        assert_eq!(kept_for_ever(&settings), Some(format!("{name}:us-east-1")));
        let rule = settings.rules.iter_mut().find(|rule| rule.name == name).unwrap();
        rule.copies[0].lifecycle.delete_days = None;
        let region = rule.copies[0].region.clone();
        assert_eq!(kept_for_ever(&settings), Some(format!("{name}:us-east-1,{region}")));
    }
}
