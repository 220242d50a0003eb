//! Fetches the credentials that were chosen, and says of each failure whose profile it is and what AWS answered.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::SdkConfig;
use aws_config::credential_process::CredentialProcessProvider;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::login::LoginCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sso::credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_sts::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::types::Credentials as StsCredentials;

use crate::aws::credentials::source::{Base, Role, Source, Written};
use crate::failure::{AwsError, CallSite, ErrorKind, IdentityError, causes};
use crate::model::region::Region;

/// Credentials on the way that was chosen.
#[derive(Debug)]
pub(in crate::aws) struct Provider {
    source: Source,
    base: Option<Arc<dyn ProvideCredentials>>,
    sts: SdkConfig,
}

impl Provider {
    /// Of what was chosen. `sts` is the configuration with which roles are assumed.
    pub(in crate::aws) fn new(source: Source, sdk: &ProviderConfig, sts: SdkConfig) -> Self {
        let base: Option<Arc<dyn ProvideCredentials>> = match &source.base {
            Base::Environment(written) => Some(Arc::new(keys(written, "Environment"))),
            Base::Written(written) => Some(Arc::new(keys(written, "Profile"))),
            // The SDK's provider panics on an empty AWS_ENDPOINT_URL_STS.
            Base::WebIdentity { .. } => None,
            Base::Sso { account, role, region, start_url, session } => {
                let mut builder = credentials::Builder::new()
                    .configure(sdk)
                    .account_id(account)
                    .role_name(role)
                    .start_url(start_url)
                    .region(aws_config::Region::new(region.clone()));
                builder.set_session_name(session.clone());
                Some(Arc::new(builder.build()))
            }
            Base::Login { session_arn } => Some(Arc::new(
                LoginCredentialsProvider::builder(session_arn).configure(sdk).build(),
            )),
            Base::Process { command } => {
                Some(Arc::new(CredentialProcessProvider::new(command.clone())))
            }
            Base::Container => {
                Some(Arc::new(EcsCredentialsProvider::builder().configure(sdk).build()))
            }
            Base::Instance => {
                Some(Arc::new(ImdsCredentialsProvider::builder().configure(sdk).build()))
            }
        };
        Self { source, base, sts }
    }

    async fn credentials(&self) -> Result<Credentials, IdentityError> {
        let mut credentials = match (&self.base, &self.source.base) {
            (Some(base), _) => {
                base.provide_credentials().await.map_err(|error| self.base_failure(&error))?
            }
            (None, Base::WebIdentity { role_arn, token_file, session_name, .. }) => {
                self.web_identity(role_arn, token_file, session_name.as_deref()).await?
            }
            (None, _) => return Err(IdentityError::new("there is no way to credentials", None)),
        };
        for role in &self.source.roles {
            credentials = self.assume(role, self.sendable(credentials)?).await?;
        }
        self.sendable(credentials)
    }

    /// Refuses what no header can carry: the SDK panics on it.
    fn sendable(&self, credentials: Credentials) -> Result<Credentials, IdentityError> {
        let parts = [Some(credentials.access_key_id()), credentials.session_token()];
        if parts.iter().flatten().all(|part| part.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Ok(credentials);
        }
        let why = "the access key or the session token has a blank, a line end or another character that none has";
        let fix = "copy it anew".to_owned();
        Err(IdentityError::new(cannot(&self.source.to_string(), why), Some(fix)))
    }

    async fn assume(&self, role: &Role, by: Credentials) -> Result<Credentials, IdentityError> {
        let config = self.sts.to_builder().credentials_provider(SharedCredentialsProvider::new(by));
        let request = aws_sdk_sts::Client::new(&config.build())
            .assume_role()
            .role_arn(&role.arn)
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.duration_seconds)
            .role_session_name(role.session_name.clone().unwrap_or_else(session_name));
        let answer = request.send().await.map_err(|error| {
            let error = AwsError::new(self.site("sts:AssumeRole", &role.arn), &error);
            let fix = match error.class {
                ErrorKind::Denied if role.mfa => mfa_fix(&role.profile),
                ErrorKind::Denied => format!(
                    "allow sts:AssumeRole on {} to that caller, and name it in the role's trust policy",
                    role.arn
                ),
                _ => error.advice().unwrap_or_else(|| "correct the profile".to_owned()),
            };
            IdentityError::new(cannot(&format!("profile {}", role.profile), &error.to_string()), Some(fix))
        })?;
        from_sts(answer.credentials)
    }

    async fn web_identity(
        &self,
        role: &str,
        token_file: &str,
        session: Option<&str>,
    ) -> Result<Credentials, IdentityError> {
        let of = self.source.to_string();
        let fail =
            |why: &str, fix: &str| IdentityError::new(cannot(&of, why), Some(fix.to_owned()));
        let token = tokio::task::spawn_blocking({
            let file = token_file.to_owned();
            move || std::fs::read_to_string(file)
        });
        let token = token.await.map_err(std::io::Error::other).and_then(|read| read);
        let token = token.map_err(|error| {
            fail(&format!("the token file {token_file}: {error}"), "give it a file with a token")
        })?;
        let request = aws_sdk_sts::Client::new(&self.sts)
            .assume_role_with_web_identity()
            .role_arn(role)
            .role_session_name(session.map_or_else(session_name, str::to_owned))
            .web_identity_token(token.trim_end());
        let answer = request.send().await.map_err(|error| {
            let error = AwsError::new(self.site("sts:AssumeRoleWithWebIdentity", role), &error);
            let fix = "check the role's trust policy and the token: its issuer, audience, subject and age";
            fail(&error.to_string(), fix)
        })?;
        from_sts(answer.credentials)
    }

    fn site(&self, action: &'static str, role: &str) -> CallSite {
        let region =
            self.sts.region().map(AsRef::as_ref).and_then(|name| Region::parse_lenient(name).ok());
        match region {
            Some(region) => CallSite::new(action, &region, role),
            None => CallSite::global(action, role),
        }
    }

    /// Why the SDK could not fetch the first credentials.
    fn base_failure(&self, error: &CredentialsError) -> IdentityError {
        let profile = &self.source.base_profile;
        let chain = causes(error);
        let (of, fix) = match &self.source.base {
            Base::Instance if matches!(error, CredentialsError::CredentialsNotLoaded(_)) => {
                return no_credentials();
            }
            // SSO knows who it is, and does not give them this role.
            Base::Sso { account, role, .. } if has(&chain, "ForbiddenException") => {
                let fix = format!(
                    "ask who administers IAM Identity Center for {role} in account {account}, or name another profile"
                );
                (format!("profile {profile}"), Some(fix))
            }
            Base::Sso { .. } => {
                (format!("profile {profile}"), Some(format!("aws sso login --profile {profile}")))
            }
            Base::Login { .. } => {
                (format!("profile {profile}"), Some(format!("aws login --profile {profile}")))
            }
            Base::Process { command } => {
                let program = command.split_whitespace().next().unwrap_or_default();
                let fix =
                    format!("run {program} as credential_process has it, and read its output");
                (format!("profile {profile}"), Some(fix))
            }
            other => (format!("the {}", name(other)), None),
        };
        IdentityError::new(cannot(&of, &telling(&chain)), fix)
    }
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.credentials().await.map_err(CredentialsError::provider_error)
        })
    }
}

fn has(chain: &[String], text: &str) -> bool {
    chain.iter().any(|cause| cause.contains(text))
}

fn name(base: &Base) -> &'static str {
    match base {
        Base::Container => "container",
        _ => "instance",
    }
}

fn cannot(of: &str, why: &str) -> String {
    format!("the AWS credentials of {of} cannot be used: {}", why.trim_end_matches('.'))
}

fn no_credentials() -> IdentityError {
    let what = "no AWS credentials were found: not in the environment, a profile, a web identity, \
                nor from a container or an instance";
    IdentityError::new(what, None)
}

fn mfa_fix(profile: &str) -> String {
    format!(
        "the profile asks for MFA, and mrbackup has no prompt for its code: eval \"$(aws configure export-credentials --profile {profile} --format env)\", then the same command without --profile"
    )
}

/// AWS's own words: the innermost cause, and the file that it is about.
fn telling(chain: &[String]) -> String {
    let innermost = chain.last().map(String::as_str).unwrap_or_default();
    let file = chain.iter().rev().skip(1).find(|cause| cause.contains('`'));
    let whole = match file {
        Some(file) if !innermost.contains('`') => format!("{file}: {innermost}"),
        _ => innermost.to_owned(),
    };
    whole.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn keys(written: &Written, provider: &'static str) -> Credentials {
    let Written { key, secret, token } = written.clone();
    Credentials::new(key, secret, token, None, provider)
}

fn session_name() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("mrbackup-{}", since.as_secs())
}

fn from_sts(credentials: Option<StsCredentials>) -> Result<Credentials, IdentityError> {
    let Some(credentials) = credentials else {
        return Err(IdentityError::new("STS answered without credentials", None));
    };
    let expiry = SystemTime::try_from(credentials.expiration).ok();
    let StsCredentials { access_key_id, secret_access_key, session_token, .. } = credentials;
    Ok(Credentials::new(
        access_key_id,
        secret_access_key,
        Some(session_token),
        expiry,
        "AssumeRole",
    ))
}
