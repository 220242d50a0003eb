//! Proxies of the environment: one that does not lead on is named, and not the endpoint behind it.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;
use hyper_util::client::proxy::matcher::Matcher;

use crate::aws::environment::Values;
use crate::failure::{Failure, ProxyError, causes};

/// As the SDK reads them: upper case first.
const OF_HTTPS: &[&str] = &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const OF_HTTP: &[&str] = &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Refuses a proxy that is none: the SDK would go around it in silence.
///
/// # Errors
/// [`Failure::Usage`] with the variable.
pub(super) fn check(env: Values<'_>) -> Result<(), Failure> {
    for name in OF_HTTPS.iter().chain(OF_HTTP) {
        let Some(value) = env(name).filter(|value| !value.trim().is_empty()) else { continue };
        let anywhere = http::Uri::from_static("https://aws.amazon.com/");
        if Matcher::builder().all(value.as_str()).build().intercept(&anywhere).is_none() {
            return Err(Failure::Usage(format!(
                "{name} is {value:?}: a proxy is a URL, as http://proxy.example.com:3128"
            )));
        }
    }
    Ok(())
}

/// A client whose errors name the proxy that they come from.
#[derive(Debug)]
pub(super) struct NamesProxy(pub(super) SharedHttpClient);

impl HttpClient for NamesProxy {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct Connector(SharedHttpConnector);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let proxy = proxy_of(request.uri());
        let answer = self.0.call(request);
        let Some((variable, proxy)) = proxy else { return answer };
        HttpConnectorFuture::new(async move {
            answer.await.map_err(|error| named(error, variable, proxy))
        })
    }
}

/// The proxy on the way to a URL, with the variable that names it.
fn proxy_of(url: &str) -> Option<(&'static str, String)> {
    let url: http::Uri = url.parse().ok()?;
    let proxy = Matcher::from_env().intercept(&url)?.uri().to_string();
    let names = if url.scheme_str() == Some("https") { OF_HTTPS } else { OF_HTTP };
    let variable = names.iter().find(|name| std::env::var_os(name).is_some())?;
    Some((variable, proxy))
}

/// The same error to the SDK, which retries by its kind.
fn named(error: ConnectorError, variable: &'static str, proxy: String) -> ConnectorError {
    let connecting = causes(&error).iter().any(|cause| cause.contains("client error (Connect)"));
    if !connecting {
        return error;
    }
    let (timeout, user, io, kind) =
        (error.is_timeout(), error.is_user(), error.is_io(), error.as_other());
    let named = Box::new(ProxyError { variable, proxy, source: error.into_source() });
    match (timeout, user, io) {
        (true, _, _) => ConnectorError::timeout(named),
        (_, true, _) => ConnectorError::user(named),
        (_, _, true) => ConnectorError::io(named),
        _ => ConnectorError::other(named, kind),
    }
}
