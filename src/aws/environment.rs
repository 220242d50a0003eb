//! What the environment and the AWS configuration files say of retries and endpoints.
//!
//! Read here before the SDK does: it panics on an empty endpoint, and on retry settings that AWS
//! CLI takes (`legacy`, empty) or that are malformed.

use aws_smithy_types::retry::{RetryConfig, RetryMode};
use aws_types::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::failure::Failure;
use crate::model::endpoint::is_endpoint;

/// Reads a value by its name; `None` where there is none.
pub(super) type Values<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A setting, and what a person would look for to change it.
struct Setting {
    value: String,
    place: String,
}

/// The environment's setting, else the profile's; an empty one counts as unset, as AWS CLI has it.
fn setting(env: Values<'_>, name: &str, profile: Values<'_>, key: &str) -> Option<Setting> {
    let filled = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    if let Some(value) = filled(env(name)) {
        return Some(Setting { value, place: name.to_owned() });
    }
    let place = format!("{key} in the AWS configuration file");
    filled(profile(key)).map(|value| Setting { value, place })
}

/// How often a call is sent at most, where the person has set that.
///
/// # Errors
/// As [`retries`].
pub(super) fn attempts(env: Values<'_>, profile: Values<'_>) -> Result<Option<u32>, Failure> {
    let set = setting(env, "AWS_MAX_ATTEMPTS", profile, "max_attempts");
    let parse = |Setting { value, place }| {
        let attempts = value.trim().parse().ok().filter(|attempts| *attempts > 0);
        attempts.ok_or_else(|| {
            Failure::Usage(format!("{place} is {value:?}: it can be a whole number from 1"))
        })
    };
    set.map(parse).transpose()
}

/// How the SDK retries what is asked for credentials, as the person has set it.
///
/// # Errors
/// [`Failure::Usage`] for a value that cannot be meant, with where it stands.
pub(super) fn retries(env: Values<'_>, profile: Values<'_>) -> Result<RetryConfig, Failure> {
    let mut retries = RetryConfig::standard();
    if let Some(attempts) = attempts(env, profile)? {
        retries = retries.with_max_attempts(attempts);
    }
    if let Some(Setting { value, place }) = setting(env, "AWS_RETRY_MODE", profile, "retry_mode") {
        let mode = match value.trim().to_ascii_lowercase().as_str() {
            // AWS CLI's word for what it did before there were modes; the nearest is standard.
            "standard" | "legacy" => RetryMode::Standard,
            "adaptive" => RetryMode::Adaptive,
            _ => {
                return Err(Failure::Usage(format!(
                    "{place} is {value:?}: it can be standard, adaptive or legacy"
                )));
            }
        };
        retries = retries.with_retry_mode(mode);
    }
    Ok(retries)
}

/// Refuses endpoints that no client can be sent to. `names` are those of all variables.
///
/// # Errors
/// [`Failure::Usage`] with the variable, or the key of the file.
pub(super) fn check_endpoints(
    env: Values<'_>,
    names: impl Iterator<Item = String>,
    profile: Values<'_>,
) -> Result<(), Failure> {
    let of_services = names.filter(|name| name.starts_with("AWS_ENDPOINT_URL_"));
    let of_services = of_services.filter_map(|place| Some(Setting { value: env(&place)?, place }));
    let of_all = setting(env, "AWS_ENDPOINT_URL", profile, "endpoint_url");
    for Setting { value, place } in of_all.into_iter().chain(of_services) {
        if !value.trim().is_empty() && !is_endpoint(&value) {
            return Err(Failure::Usage(format!(
                "{place} is {value:?}: an endpoint begins with http:// or https://, as http://localhost:4566"
            )));
        }
    }
    Ok(())
}

/// The configuration without endpoints that are empty: those count as unset.
pub(super) fn without_empty_endpoints(config: &SdkConfig) -> SdkConfig {
    let endpoint = config.endpoint_url().filter(|url| !url.trim().is_empty());
    let mut builder = config.to_builder();
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    builder.set_service_config(Some(FilledOnly(config.clone())));
    builder.build()
}

/// The settings of single services, but for those that are empty.
#[derive(Debug)]
struct FilledOnly(SdkConfig);

impl LoadServiceConfig for FilledOnly {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let value = self.0.service_config()?.load_config(key);
        value.filter(|value| !value.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<'a>(name: &'a str, value: &'a str) -> impl Fn(&str) -> Option<String> + 'a {
        move |asked| (asked == name).then(|| value.to_owned())
    }

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn retries_are_read_as_aws_cli_reads_them() {
        let mode = |value| retries(&one("AWS_RETRY_MODE", value), &none).map(|r| r.mode());
        for value in ["legacy", "standard", "Standard", "", " "] {
            assert_eq!(mode(value).unwrap(), RetryMode::Standard, "{value:?}");
        }
        assert_eq!(mode("adaptive").unwrap(), RetryMode::Adaptive);
        let attempts = |value| retries(&none, &one("max_attempts", value));
        assert_eq!(attempts("7").unwrap().max_attempts(), 7);
        assert_eq!(attempts("").unwrap().max_attempts(), 3);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place() {
        let refused = |result: Result<RetryConfig, Failure>| result.unwrap_err().to_string();
        let mode = refused(retries(&one("AWS_RETRY_MODE", "fast"), &none));
        assert!(mode.starts_with("AWS_RETRY_MODE is \"fast\": it can be standard"), "{mode}");
        for bad in ["0", "-1", "x", "99999999999999999999"] {
            let attempts = refused(retries(&none, &one("max_attempts", bad)));
            assert!(attempts.starts_with("max_attempts in the AWS configuration file is"), "{bad}");
        }
        let names = || ["AWS_ENDPOINT_URL_SNS".to_owned()].into_iter();
        let bad = check_endpoints(&one("AWS_ENDPOINT_URL_SNS", "nonsense"), names(), &none);
        assert!(bad.unwrap_err().to_string().starts_with("AWS_ENDPOINT_URL_SNS is \"nonsense\""));
        assert!(check_endpoints(&one("AWS_ENDPOINT_URL_SNS", ""), names(), &none).is_ok());
    }
}
