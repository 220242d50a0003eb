//! Whose credentials are used: what AWS CLI decides from the same environment and files. Nothing is called here.
//!
//! The order is that of botocore's `create_credential_resolver`, which differs from the SDK's: a web identity
//! of the environment comes before a profile's keys, keys of the credentials file before a process, and a
//! profile that cannot be used ends the search.

use crate::aws::credentials::files::AwsFiles;
use crate::aws::credentials::own::{invalid, of_environment, of_profile};
use crate::aws::credentials::source::{Base, Role, Source};
use crate::aws::environment::Values;
use crate::failure::Failure;

/// Decides. `by_flag` is whether the profile was typed: then the environment has no say.
///
/// # Errors
/// What AWS CLI refuses too, with the profile's name.
pub(super) fn decide(
    env: Values<'_>,
    files: &AwsFiles,
    profile: &str,
    by_flag: bool,
) -> Result<Source, Failure> {
    let source = |base, base_profile: &str, roles| Source {
        profile: profile.to_owned(),
        base_profile: base_profile.to_owned(),
        base,
        roles,
    };
    if !by_flag && let Some(written) = of_environment(env)? {
        return Ok(source(Base::Environment(written), profile, Vec::new()));
    }
    files.check(profile)?;
    let mut roles = Vec::new();
    if has_role(files, profile) {
        let (base, base_profile) = chain(env, files, profile, &mut roles)?;
        roles.reverse();
        return Ok(source(base, &base_profile, roles));
    }
    let base = match of_profile(env, files, profile, !by_flag)? {
        Some(base) => base,
        None if has(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") => Base::Container,
        None if has(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI") => Base::Container,
        None => Base::Instance,
    };
    Ok(source(base, profile, roles))
}

fn has(env: Values<'_>, name: &str) -> bool {
    env(name).is_some()
}

fn has_role(files: &AwsFiles, profile: &str) -> bool {
    let has = |key| files.get(profile, key).is_some();
    has("role_arn") && !has("web_identity_token_file")
}

/// The role of a profile that has one.
fn role(files: &AwsFiles, profile: &str) -> Role {
    let get = |key| files.get(profile, key).map(str::to_owned);
    Role {
        profile: profile.to_owned(),
        arn: get("role_arn").unwrap_or_default(),
        external_id: get("external_id"),
        session_name: get("role_session_name"),
        duration_seconds: get("duration_seconds").and_then(|typed| typed.trim().parse().ok()),
        mfa: get("mfa_serial").is_some(),
    }
}

/// Follows `source_profile` to credentials that no role needs.
fn chain(
    env: Values<'_>,
    files: &AwsFiles,
    first: &str,
    roles: &mut Vec<Role>,
) -> Result<(Base, String), Failure> {
    let mut profile = first.to_owned();
    let mut visited = vec![profile.clone()];
    loop {
        let get = |key| files.get(&profile, key).map(str::to_owned);
        roles.push(role(files, &profile));
        let next = match (get("source_profile"), get("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(invalid(format!(
                    "profile `{profile}` has both source_profile and credential_source"
                )));
            }
            (None, None) => {
                return Err(invalid(format!(
                    "profile `{profile}` has role_arn, and neither source_profile nor credential_source"
                )));
            }
            (None, Some(named)) => return Ok((of_name(env, &profile, &named)?, profile)),
            (Some(next), None) => next,
        };
        if !files.has(&next) {
            files.check(&next)?;
            return Err(invalid(format!(
                "profile `{profile}` names source_profile `{next}`, which is not in the AWS configuration files"
            )));
        }
        let has_keys = ["aws_access_key_id", "aws_secret_access_key"]
            .iter()
            .any(|key| files.get(&next, key).is_some());
        if visited.contains(&next) && !(next == profile && has_keys) {
            visited.push(next);
            return Err(invalid(format!(
                "source_profile leads in a circle: {}",
                visited.join(", ")
            )));
        }
        files.check(&next)?;
        if has_keys || !has_role(files, &next) {
            let base = of_profile(env, files, &next, false)?;
            let base = base.ok_or_else(|| {
                invalid(format!(
                    "profile `{profile}` names source_profile `{next}`, which has no credentials"
                ))
            });
            return Ok((base?, next));
        }
        visited.push(next.clone());
        profile = next;
    }
}

/// What `credential_source` names.
fn of_name(env: Values<'_>, profile: &str, named: &str) -> Result<Base, Failure> {
    match named {
        "Environment" => match of_environment(env)? {
            Some(written) => Ok(Base::Environment(written)),
            None => Err(Failure::refused(
                format!(
                    "profile `{profile}` has credential_source = Environment, and no keys are there"
                ),
                "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name another profile with --profile",
            )),
        },
        "EcsContainer" => Ok(Base::Container),
        "Ec2InstanceMetadata" => Ok(Base::Instance),
        other => Err(invalid(format!(
            "credential_source of profile `{profile}` is {other:?}: it can be Environment, EcsContainer or Ec2InstanceMetadata"
        ))),
    }
}
