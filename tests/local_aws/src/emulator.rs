//! The emulator behind the proxy: what it is handed on, and what the proxy asks it on its own account.
//! It is several processes, and each account is in one of them.

use http_body_util::{BodyExt as _, Full};
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING,
};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::answer::Answer;
use super::request::Request;

pub(crate) struct Emulator {
    client: Client<HttpConnector, Full<Bytes>>,
    addresses: Vec<String>,
}

impl Emulator {
    pub(crate) fn new(ports: &[u16]) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            addresses: ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect(),
        }
    }

    /// Where the account is, by its digits as the helper has it (`calls.share`). Who is no account is in the emulator's
    /// own, 000000000000.
    fn address(&self, account: &str) -> &str {
        let number: usize = account.parse().unwrap_or_default();
        &self.addresses[number % self.addresses.len()]
    }

    /// Hands the request on as it came.
    pub(crate) async fn forward(&self, request: &Request) -> Answer {
        let (headers, body) = (request.headers.clone(), request.body.clone());
        self.send(request, &request.method, &request.target, headers, body).await
    }

    /// Hands it on with another body.
    pub(crate) async fn forward_body(&self, request: &Request, body: String) -> Answer {
        let mut headers = request.headers.clone();
        headers.remove(CONTENT_LENGTH);
        self.send(request, &request.method, &request.target, headers, body.into()).await
    }

    /// A GET of the same service as the same account in the same region.
    pub(crate) async fn get(&self, request: &Request, path: &str) -> Answer {
        self.send(request, "GET", path, signed(request, &request.service), Bytes::new()).await
    }

    /// The head alone, likewise.
    pub(crate) async fn head(&self, request: &Request, path: &str) -> Answer {
        self.send(request, "HEAD", path, signed(request, &request.service), Bytes::new()).await
    }

    /// A call of `EventBridge`, likewise.
    pub(crate) async fn events(&self, request: &Request, operation: &str, input: &Value) -> Answer {
        let mut headers = signed(request, "events");
        headers.insert(CONTENT_TYPE, "application/x-amz-json-1.1".parse().expect("a header value"));
        headers.insert(
            "x-amz-target",
            format!("AWSEvents.{operation}").parse().expect("a header value"),
        );
        self.send(request, "POST", "/", headers, input.to_string().into()).await
    }

    /// Brings an event to the default bus of an account's region.
    pub(crate) async fn emit(&self, account: &str, region: &str, entry: &Value) {
        let mut headers = signed_for(account, region, "events");
        headers.insert(CONTENT_TYPE, "application/x-amz-json-1.1".parse().expect("a header value"));
        headers.insert("x-amz-target", "AWSEvents.PutEvents".parse().expect("a header value"));
        let body = serde_json::json!({ "Entries": [entry] }).to_string();
        self.send_for(account, "POST", "/", headers, body.into()).await;
    }

    /// A call of IAM or SNS, likewise; `fields` need no escaping.
    pub(crate) async fn query(
        &self,
        request: &Request,
        service: &str,
        operation: &str,
        field: (&str, &str),
    ) -> Answer {
        let mut headers = signed(request, service);
        headers.insert(
            CONTENT_TYPE,
            "application/x-www-form-urlencoded".parse().expect("a header value"),
        );
        let body = format!("Action={operation}&{}={}", field.0, field.1);
        self.send(request, "POST", "/", headers, body.into()).await
    }

    /// Asks what AWS has no call for, with a JSON object of the question's members.
    pub(crate) async fn ask(&self, account: &str, question: &str, members: &Value) -> Value {
        let target = format!("{}/_local_aws/{question}", self.address(account));
        let mut request = hyper::Request::new(Full::new(Bytes::from(members.to_string())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target.parse().expect("an address");
        let Ok(response) = self.client.request(request).await else { return Value::Null };
        let body = response.into_body().collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or_default()
    }

    /// Sends this for the account of the request `of`.
    async fn send(
        &self,
        of: &Request,
        method: &str,
        target: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Answer {
        self.send_for(&of.account, method, target, headers, body).await
    }

    async fn send_for(
        &self,
        account: &str,
        method: &str,
        target: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Answer {
        let mut request = hyper::Request::new(Full::new(body));
        *request.method_mut() = method.parse().expect("a method that came in");
        *request.uri_mut() =
            format!("{}{target}", self.address(account)).parse().expect("a target that came in");
        *request.headers_mut() = headers;
        request.headers_mut().remove(CONNECTION);
        match self.client.request(request).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let body = body
                    .collect()
                    .await
                    .map(http_body_util::Collected::to_bytes)
                    .unwrap_or_default();
                let mut headers = head.headers;
                for hop in [CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH] {
                    headers.remove(hop);
                }
                Answer { status: head.status.as_u16(), headers, body }
            }
            Err(error) => {
                Answer::new(502, "text/plain", format!("the emulator does not answer: {error}"))
            }
        }
    }
}

/// The emulator takes the account and the region from the credential and checks no signature.
fn signed(request: &Request, service: &str) -> HeaderMap {
    signed_for(&request.account, &request.region, service)
}

fn signed_for(account: &str, region: &str, service: &str) -> HeaderMap {
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    HeaderMap::from_iter([(AUTHORIZATION, value.parse().expect("a header value"))])
}
