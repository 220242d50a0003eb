//! The clients: one loaded configuration and one HTTP client, shared by every region and service.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, ConfigLoader, SdkConfig};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_http_client::{Builder, ConnectorBuilder, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use serde::de::DeserializeOwned;

use crate::aws::credentials::{self, AwsFiles};
use crate::aws::environment;
use crate::aws::proxy::{self, NamesProxy};
use crate::aws::raw::{Creating, RawClient, RawError};
use crate::failure::Failure;
use crate::model::region::Region;

/// Without it a silent server is waited for without end: the SDK sets only a connect timeout.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
const OPERATION_TIMEOUT: Duration = Duration::from_mins(2);

/// What the person said about where AWS is and who they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connect {
    pub(crate) profile: Option<String>,
    pub(crate) endpoint_url: Option<String>,
    /// The region whose STS is asked for credentials, for who works while others may be down; else the profile's.
    pub(crate) sts_region: Option<Region>,
}

/// Clients of one region.
#[derive(Clone)]
pub(crate) struct RegionClients {
    pub(crate) backup: aws_sdk_backup::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) events: aws_sdk_eventbridge::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) tagging: aws_sdk_resourcegroupstagging::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    /// IAM is global: any region of the partition leads to it.
    pub(crate) iam: aws_sdk_iam::Client,
    /// What all of them are made from.
    config: Arc<SdkConfig>,
}

impl RegionClients {
    /// The clients of a creating call: for `Caller::create` alone.
    pub(super) fn sending_once(&self) -> SendingOnce {
        let config = self.config.to_builder().retry_config(RetryConfig::disabled());
        SendingOnce { config: config.build() }
    }
}

/// Clients of one region that send a request once, whatever becomes of it: what a creating call is
/// made with, because an SDK that sends it again where the answer was lost makes a twin.
///
/// A client is made when it is asked for, which costs no connection: it shares credentials and the
/// HTTP client with all others.
pub(crate) struct SendingOnce {
    config: SdkConfig,
}

impl SendingOnce {
    pub(crate) fn backup(&self) -> aws_sdk_backup::Client {
        aws_sdk_backup::Client::new(&self.config)
    }

    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.config)
    }

    pub(crate) fn lambda(&self) -> aws_sdk_lambda::Client {
        aws_sdk_lambda::Client::new(&self.config)
    }

    pub(crate) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(&self.config)
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.config)
    }

    /// Sends a request of a service that is called without a crate of its own.
    ///
    /// # Errors
    /// As [`RawClient::send`].
    pub(crate) fn send<'r, O>(
        &self,
        request: &'r Creating<O>,
    ) -> impl Future<Output = Result<O, SdkError<RawError, HttpResponse>>> + use<'r, O>
    where
        O: DeserializeOwned + Debug + Send + Sync + 'static,
    {
        let client = RawClient::new(self.config.clone());
        async move { client.create(request).await }
    }
}

/// Clients by region, made when they are first asked for.
#[derive(Clone)]
pub(crate) struct Clients {
    config: SdkConfig,
    /// Where the credentials are from, such as `profile dev`.
    credentials: Arc<str>,
    /// Attempts that a call may have at most, where the person has set that.
    attempts: Option<u32>,
    regions: Arc<Mutex<BTreeMap<Region, RegionClients>>>,
}

impl Clients {
    /// Clients of a configuration that nothing is known of.
    pub(super) fn of_config(config: SdkConfig) -> Self {
        Self { config, credentials: "".into(), attempts: None, regions: Arc::default() }
    }

    pub(crate) fn region(&self, region: &Region) -> RegionClients {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.entry(region.clone()).or_insert_with(|| self.make(region)).clone()
    }

    /// The region that the environment or the profile names, if any.
    pub(crate) fn home_region(&self) -> Option<Region> {
        self.config.region().and_then(|region| Region::parse_lenient(region.as_ref()).ok())
    }

    /// The endpoint that stands in for AWS's own, if any.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// Where the credentials are from, such as `profile dev`.
    pub(crate) fn credentials(&self) -> &str {
        &self.credentials
    }

    /// How often a call is sent at most, where `AWS_MAX_ATTEMPTS` or the profile says so.
    pub(super) fn attempts(&self) -> Option<u32> {
        self.attempts
    }

    /// The client of AWS Backup alone: a search looks into many regions in which nothing else is asked.
    pub(crate) fn backup(&self, region: &Region) -> aws_sdk_backup::Client {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let made = regions.get(region).map(|clients| clients.backup.clone());
        made.unwrap_or_else(|| aws_sdk_backup::Client::new(&self.of(region)))
    }

    /// The client that knows which regions the account has: asked in a search alone.
    pub(crate) fn account(&self, region: &Region) -> aws_sdk_account::Client {
        aws_sdk_account::Client::new(&self.of(region))
    }

    /// The client that knows who may use a key: asked about topics with a customer's key alone.
    pub(crate) fn kms(&self, region: &Region) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.of(region))
    }

    /// The client of the services that are called without a crate of their own: EC2, RDS, S3 and the like.
    pub(crate) fn raw(&self, region: &Region) -> RawClient {
        RawClient::new(self.of(region))
    }

    fn of(&self, region: &Region) -> SdkConfig {
        let region = aws_config::Region::new(region.as_str().to_owned());
        // Credentials, their cache and the HTTP client are shared by what is built from it.
        self.config.to_builder().region(region).build()
    }

    fn make(&self, region: &Region) -> RegionClients {
        let config = self.of(region);
        RegionClients {
            backup: aws_sdk_backup::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            tagging: aws_sdk_resourcegroupstagging::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            config: Arc::new(config),
        }
    }
}

/// Loads the configuration as AWS CLI users expect it.
///
/// # Errors
/// A profile that does not exist or cannot be used, and a CA bundle that cannot be read.
pub(crate) async fn connect(wanted: &Connect) -> Result<Clients, Failure> {
    let env = |name: &str| std::env::var(name).ok();
    let files = AwsFiles::read(&env)?;
    let profile = existing_profile(&files, wanted.profile.as_deref())?;
    let source = credentials::choose(&env, &files, &profile.name, wanted.profile.is_some())?;
    let http = http_client(profile.ca_bundle.as_deref())?;
    // Without a region no role can be assumed ("missing signing region"), and AWS CLI can. Which one
    // it is is no matter to STS, and it is nobody's home region for that.
    let wanted_region = wanted.sts_region.as_ref().map(|region| region.as_str().to_owned());
    let region = wanted_region.or_else(|| profile.region.clone());
    let region = region.unwrap_or_else(|| "us-east-1".to_owned());
    let region = aws_config::Region::new(region);
    let sts = loader(&files, &profile, http.clone()).region(region.clone()).no_credentials();
    let sts = environment::without_empty_endpoints(&sts.load().await);
    let sdk = ProviderConfig::default().with_http_client(http.clone()).with_region(Some(region));
    let credentials = source.to_string().into();
    let mut loader = loader(&files, &profile, http)
        .credentials_provider(credentials::Provider::new(source, &sdk, sts));
    if let Some(url) = &wanted.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = environment::without_empty_endpoints(&loader.load().await);
    // `Caller` tries again: the SDK's tokens for retries run out in a storm, and it knows no deadline.
    let once = profile.retries.with_max_attempts(1);
    let config = config.to_builder().retry_config(once).build();
    Ok(Clients { config, credentials, attempts: profile.attempts, regions: Arc::default() })
}

/// What all configurations have in common.
fn loader(files: &AwsFiles, profile: &Profile, http: SharedHttpClient) -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let files = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, files.for_sdk(&profile.name))
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .app_name(AppName::new("mrbackup").expect("a valid name"))
        .http_client(http)
        .timeout_config(timeouts)
        // By default a process, a chain of roles or a sign-in has 5 s, and AWS CLI waits.
        .identity_cache(IdentityCache::lazy().load_timeout(OPERATION_TIMEOUT).build())
        .retry_config(profile.retries.clone())
        .profile_files(files)
        .profile_name(credentials::SELECTED)
}

/// Clients that are never called: no profile is looked up and no file is read.
pub(crate) fn unconnected() -> Clients {
    Clients::of_config(SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build())
}

/// What is read of the environment and the profile beside the SDK.
struct Profile {
    /// The profile that was named, or `default`.
    name: String,
    region: Option<String>,
    ca_bundle: Option<PathBuf>,
    retries: RetryConfig,
    attempts: Option<u32>,
}

/// Looks a profile up before the first call: the SDK's own message does not say that it is missing.
fn existing_profile(files: &AwsFiles, flag: Option<&str>) -> Result<Profile, Failure> {
    // AWS CLI reads both variables, in this order; the SDK only the second.
    let named = flag.map(str::to_owned).or_else(|| non_empty("AWS_DEFAULT_PROFILE"));
    let named = named.or_else(|| non_empty("AWS_PROFILE"));
    if let Some(name) = named.as_ref().filter(|name| !files.has(name)) {
        files.check(name)?;
        return Err(unknown_profile(name, files.names()));
    }
    let name = named.unwrap_or_else(|| "default".to_owned());
    let get = |key: &str| files.get(&name, key).map(str::to_owned);
    let bundle = non_empty("AWS_CA_BUNDLE").or_else(|| get("ca_bundle"));
    let env = |name: &str| non_empty(name);
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    proxy::check(&env)?;
    environment::check_endpoints(&env, names, &get)?;
    let retries = environment::retries(&env, &get)?;
    let attempts = environment::attempts(&env, &get)?;
    let region = non_empty("AWS_REGION").or_else(|| non_empty("AWS_DEFAULT_REGION"));
    let region = region.or_else(|| get("region"));
    Ok(Profile { name, region, ca_bundle: bundle.map(PathBuf::from), retries, attempts })
}

fn unknown_profile(name: &str, mut known: Vec<&str>) -> Failure {
    known.sort_unstable();
    let near = known.iter().find(|k| strsim::jaro_winkler(k, name) > 0.8);
    let fix = match (near, known.is_empty()) {
        (Some(near), _) => format!("did you mean --profile {near}?"),
        (None, true) => {
            "the AWS configuration files hold no profile: make one with `aws configure`".to_owned()
        }
        (None, false) => format!("the profiles are: {}", known.join(", ")),
    };
    Failure::refused(format!("profile `{name}` is not in the AWS configuration files"), fix)
}

/// One HTTP client with what the SDK's own default has (proxies), and what it lacks (`AWS_CA_BUNDLE`).
fn http_client(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, Failure> {
    let mut store = tls::TrustStore::default();
    if let Some(path) = ca_bundle {
        let bundle_failure = |why: String| {
            Failure::refused(
                format!("the CA bundle {} cannot be used: {why}", path.display()),
                "set AWS_CA_BUNDLE to a readable PEM file, or unset it",
            )
        };
        let pem = std::fs::read(path).map_err(|error| bundle_failure(error.to_string()))?;
        if !pem.windows(11).any(|window| window == b"-----BEGIN ") {
            return Err(bundle_failure("it holds no PEM certificate".to_owned()));
        }
        store = store.with_pem_certificate(pem);
    }
    let context = tls::TlsContext::builder().with_trust_store(store).build().map_err(|error| {
        Failure::failed(
            format!("TLS cannot be set up: {error}"),
            "check AWS_CA_BUNDLE and the system's certificates",
        )
    })?;
    let http = Builder::new().build_with_connector_fn(move |settings, components| {
        // The SDK asks for one without components once for each client that is made, and drops it:
        // with TLS, each would read all root certificates again.
        let Some(components) = components else { return ConnectorBuilder::default().build_http() };
        let mut connector = ConnectorBuilder::default()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .tls_context(context.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.sleep_impl());
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    });
    Ok(SharedHttpClient::new(NamesProxy(http)))
}

/// An environment variable; an empty one counts as unset, as AWS's own tools have it.
fn non_empty(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
