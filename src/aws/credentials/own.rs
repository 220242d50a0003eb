//! Credentials that need no other ones first: those of the environment, and those of a single profile.

use crate::aws::credentials::files::AwsFiles;
use crate::aws::credentials::ini::Keys;
use crate::aws::credentials::source::{Base, Written};
use crate::aws::environment::Values;
use crate::failure::Failure;

const KEY: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";

pub(super) fn invalid(what: String) -> Failure {
    Failure::refused(what, "correct the profile, or name another one with --profile")
}

/// Keys that are exported.
pub(super) fn of_environment(env: Values<'_>) -> Result<Option<Written>, Failure> {
    let filled = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let Some(key) = filled("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let Some(secret) = filled("AWS_SECRET_ACCESS_KEY") else {
        return Err(Failure::refused(
            "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not",
            "export both, or neither, or name a profile with --profile",
        ));
    };
    // The older name comes first.
    let token = filled("AWS_SECURITY_TOKEN").or_else(|| filled("AWS_SESSION_TOKEN"));
    Ok(Some(Written { key, secret, token }))
}

/// A profile's own credentials, for which no other profile is needed.
pub(super) fn of_profile(
    env: Values<'_>,
    files: &AwsFiles,
    profile: &str,
    environment: bool,
) -> Result<Option<Base>, Failure> {
    if let Some(base) = web_identity(env, files, profile, environment)? {
        return Ok(Some(base));
    }
    if let Some(base) = sso(files, profile)? {
        return Ok(Some(base));
    }
    if let Some(written) = written(files.credentials.get(profile), profile)? {
        return Ok(Some(Base::Written(written)));
    }
    if let Some(arn) = files.get(profile, "login_session") {
        return Ok(Some(Base::Login { session_arn: arn.to_owned() }));
    }
    if let Some(command) = files.get(profile, "credential_process") {
        return Ok(Some(Base::Process { command: command.to_owned() }));
    }
    Ok(written(files.config.get(profile), profile)?.map(Base::Written))
}

fn web_identity(
    env: Values<'_>,
    files: &AwsFiles,
    profile: &str,
    environment: bool,
) -> Result<Option<Base>, Failure> {
    // A variable that is set and empty hides the profile's setting.
    let of_env = |name: &str| if environment { env(name) } else { None };
    let get =
        |name: &str, key: &str| of_env(name).or_else(|| files.get(profile, key).map(str::to_owned));
    let of_environment = of_env("AWS_WEB_IDENTITY_TOKEN_FILE").is_some();
    let token_file = get("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    let Some(token_file) = token_file.filter(|file| !file.is_empty()) else { return Ok(None) };
    let role_arn = get("AWS_ROLE_ARN", "role_arn").filter(|arn| !arn.is_empty()).ok_or_else(|| {
        Failure::refused(
            "a web identity token is configured, and no role",
            "set AWS_ROLE_ARN, or role_arn in the profile, or unset AWS_WEB_IDENTITY_TOKEN_FILE",
        )
    })?;
    let session_name = get("AWS_ROLE_SESSION_NAME", "role_session_name");
    Ok(Some(Base::WebIdentity { role_arn, token_file, session_name, of_environment }))
}

fn sso(files: &AwsFiles, profile: &str) -> Result<Option<Base>, Failure> {
    let of_profile = |key: &str| files.get(profile, key);
    if of_profile("sso_account_id").or(of_profile("sso_role_name")).is_none() {
        return Ok(None);
    }
    let name = of_profile("sso_session");
    let session = match name {
        None => None,
        Some(name) => {
            files.check_session(name)?;
            Some(files.sso_sessions.get(name).ok_or_else(|| {
                invalid(format!(
                    "profile `{profile}` names sso_session `{name}`, which is not in the AWS configuration file"
                ))
            })?)
        }
    };
    let get = |key: &str| {
        let of_session = session.and_then(|session| session.get(key)).map(String::as_str);
        match (of_profile(key), of_session) {
            (Some(one), Some(other)) if one != other => Err(invalid(format!(
                "{key} of profile `{profile}` is {one:?}, and {other:?} in its sso-session"
            ))),
            (one, other) => other.or(one).map(str::to_owned).ok_or_else(|| {
                invalid(format!("profile `{profile}` is for SSO, and {key} is missing"))
            }),
        }
    };
    Ok(Some(Base::Sso {
        account: get("sso_account_id")?,
        role: get("sso_role_name")?,
        region: get("sso_region")?,
        start_url: get("sso_start_url")?,
        session: name.map(str::to_owned),
    }))
}

fn written(keys: Option<&Keys>, profile: &str) -> Result<Option<Written>, Failure> {
    let get = |name: &str| keys.and_then(|keys| keys.get(name)).cloned();
    let Some(key) = get(KEY) else { return Ok(None) };
    let secret = get(SECRET).unwrap_or_default();
    for (name, value) in [(KEY, &key), (SECRET, &secret)] {
        if value.is_empty() {
            return Err(invalid(format!("{name} of profile `{profile}` is missing")));
        }
    }
    let token = get("aws_security_token").or_else(|| get("aws_session_token"));
    Ok(Some(Written { key, secret, token }))
}
