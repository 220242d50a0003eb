//! Whose credentials are used, and how they are fetched: as AWS CLI does, or not at all.

mod decide;
mod files;
mod ini;
mod own;
mod provider;
mod source;
#[cfg(test)]
mod tests;

use crate::aws::environment::Values;
use crate::failure::Failure;

pub(super) use files::{AwsFiles, SELECTED};
pub(super) use provider::Provider;
use source::{Base, Source};

/// Decides whose credentials are used. `by_flag` is whether the profile was typed.
///
/// # Errors
/// Where AWS CLI would refuse, or would be somebody whom mrbackup cannot be.
pub(super) fn choose(
    env: Values<'_>,
    files: &AwsFiles,
    profile: &str,
    by_flag: bool,
) -> Result<Source, Failure> {
    let source = decide::decide(env, files, profile, by_flag)?;
    match source.base {
        Base::Container | Base::Instance if source.roles.is_empty() => no_older_files(env)?,
        // The SDK panics on these where it signs in.
        Base::Sso { .. } | Base::Login { .. } => no_empty_endpoints(env)?,
        _ => (),
    }
    Ok(source)
}

/// Files of the time before AWS CLI, which it still reads before it asks container and instance.
fn no_older_files(env: Values<'_>) -> Result<(), Failure> {
    let named = ["AWS_CREDENTIAL_FILE", "BOTO_CONFIG"].into_iter().filter_map(env);
    let usual = ["/etc/boto.cfg", "~/.boto"].map(str::to_owned);
    for file in named.chain(usual) {
        let text = std::fs::read_to_string(files::expand(&file, env)).unwrap_or_default();
        if text.contains("AWSAccessKeyId") || text.contains("aws_access_key_id") {
            return Err(Failure::refused(
                format!("{file} has keys, which AWS CLI would use and mrbackup does not read"),
                "put them into a profile (aws configure), or remove the file",
            ));
        }
    }
    Ok(())
}

fn no_empty_endpoints(env: Values<'_>) -> Result<(), Failure> {
    let names = ["", "_SSO", "_SSO_OIDC", "_SIGNIN"].map(|of| format!("AWS_ENDPOINT_URL{of}"));
    match names.iter().find(|name| env(name).is_some_and(|value| value.trim().is_empty())) {
        None => Ok(()),
        Some(name) => Err(Failure::Usage(format!(
            "{name} is empty, and no sign-in works with that: unset it"
        ))),
    }
}
