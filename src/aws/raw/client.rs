//! Sends a request over the SDK's own runtime, once.

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_types::region::SigningRegion;
use aws_types::{SdkConfig, SigningName};
use serde::de::DeserializeOwned;

use crate::aws::raw::endpoint::{self, Target};
use crate::aws::raw::error::RawError;
use crate::aws::raw::request::{Creating, Parts, Request};
use crate::aws::raw::service::{Protocol, Service};

/// A client of one region for all services that are called without a crate of their own.
#[derive(Clone, Debug)]
pub(crate) struct RawClient {
    config: SdkConfig,
}

impl RawClient {
    pub(in crate::aws) fn new(config: SdkConfig) -> Self {
        Self { config }
    }

    /// Sends a request once: `Caller::call` tries it again.
    ///
    /// # Errors
    /// As those of the SDK's own clients: [`SdkError::ServiceError`] is what the service says.
    pub(crate) async fn send<O>(
        &self,
        request: &Request<O>,
    ) -> Result<O, SdkError<RawError, HttpResponse>>
    where
        O: DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let bucket = request.parts.bucket.as_deref();
        let target = endpoint::target(&self.config, request.service, bucket);
        let target = target.map_err(SdkError::construction_failure)?;
        let read = request.reader();
        let mut operation = Operation::builder()
            .service_name(request.service.id)
            .operation_name(request.operation)
            .endpoint_url(&target.url)
            .no_retry()
            .runtime_plugin(self.plugin(request.service))
            .serializer(move |parts: Parts| written(&target, parts))
            .deserializer(move |response| read(response).map_err(OrchestratorError::operation));
        if let Some(version) = self.config.behavior_version() {
            operation = operation.behavior_version(version);
        }
        if let Some(timeouts) = self.config.timeout_config() {
            operation = operation.timeout_config(timeouts.clone());
        }
        if let Some(http) = self.config.http_client() {
            operation = operation.http_client(http);
        }
        if let Some(sleep) = self.config.sleep_impl() {
            operation = operation.sleep_impl(sleep);
        }
        operation.build().invoke(request.parts.clone()).await
    }

    /// Sends a request that creates something.
    ///
    /// # Errors
    /// As [`RawClient::send`].
    pub(in crate::aws) async fn create<O>(
        &self,
        request: &Creating<O>,
    ) -> Result<O, SdkError<RawError, HttpResponse>>
    where
        O: DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        self.send(&request.0).await
    }

    /// Whose credentials sign, and for what, as the SDK's own clients have it.
    fn plugin(&self, service: &Service) -> StaticRuntimePlugin {
        let mut components = RuntimeComponentsBuilder::new("raw");
        components
            .set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![
                SCHEME_ID,
            ])))
            .push_auth_scheme(SigV4AuthScheme::new())
            .set_identity_cache(self.config.identity_cache())
            .push_interceptor(UserAgentInterceptor::new())
            .push_interceptor(InvocationIdInterceptor::new());
        if let Some(credentials) = self.config.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        let config = self.signing(service);
        StaticRuntimePlugin::new().with_config(config).with_runtime_components(components)
    }

    fn signing(&self, service: &Service) -> FrozenLayer {
        let mut layer = Layer::new("raw");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(ApiMetadata::new(service.prefix, service.version));
        if let Some(app) = self.config.app_name() {
            layer.store_put(app.clone());
        }
        let mut options = SigningOptions::default();
        if matches!(service.protocol, Protocol::RestXml) {
            // S3 signs its paths as they are, and the body's hash too (S3 API reference, "Signature Version 4").
            options.double_uri_encode = false;
            options.normalize_uri_path = false;
            options.content_sha256_header = true;
        }
        layer.store_put(SigV4OperationSigningConfig {
            region: self.config.region().cloned().map(SigningRegion::from),
            region_set: None,
            name: Some(SigningName::from_static(service.prefix)),
            signing_options: options,
        });
        layer.freeze()
    }
}

fn written(target: &Target, parts: Parts) -> Result<HttpRequest, BoxError> {
    let length = parts.body.len();
    let mut request = HttpRequest::new(SdkBody::from(parts.body));
    request.set_method(parts.method)?;
    request.set_uri(format!("{}{}", target.path, parts.path))?;
    for (name, value) in parts.headers {
        request.headers_mut().insert(name, value);
    }
    if length > 0 {
        request.headers_mut().insert("content-length", length.to_string());
    }
    Ok(request)
}
