//! Answers in the wire form of each protocol.

use std::sync::atomic::{AtomicU64, Ordering};

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::cbor;
use super::request::Request;

const CBOR: &str = "application/cbor";

/// What goes back over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(content_type)),
            (
                "x-amzn-requestid".parse().expect("a header name"),
                HeaderValue::from_str(&request_id()).expect("hexadecimal"),
            ),
        ]);
        Self { status, headers, body: body.into() }
    }

    /// A success of a service that speaks JSON.
    pub(crate) fn json(value: &Value) -> Self {
        Self::new(200, "application/json", value.to_string())
    }

    /// The error as the service that was asked would shape it.
    pub(crate) fn error(request: &Request, status: u16, code: &str, message: &str) -> Self {
        Self::error_with(request, status, code, message, json!({}))
    }

    /// An error with further members, which only the services that speak JSON have.
    pub(crate) fn error_with(
        request: &Request,
        status: u16,
        code: &str,
        message: &str,
        mut members: Value,
    ) -> Self {
        match request.service.as_str() {
            "iam" | "rds" | "sns" | "sts" => {
                Self::new(status, "text/xml", xml_error(status, code, message))
            }
            "ec2" => Self::new(status, "text/xml", ec2_error(code, message)),
            "s3" => Self::new(status, "application/xml", s3_error(code, message)),
            "elasticfilesystem" => {
                members["ErrorCode"] = code.into();
                members["Message"] = message.into();
                let mut answer = Self { status, ..Self::json(&members) };
                answer.name_error(code);
                answer
            }
            "dynamodb" => {
                members["__type"] = format!("com.amazonaws.dynamodb.v20120810#{code}").into();
                members["message"] = message.into();
                Self::new(status, "application/x-amz-json-1.0", members.to_string())
            }
            "backup" => {
                // The code is in a header, with a suffix. What the body calls code is an internal number.
                members["Message"] = message.into();
                members["Code"] = "ERROR_9101".into();
                let mut answer = Self { status, ..Self::json(&members) };
                let origin = "http://internal.amazon.com/coral/com.amazonaws.services.cryo/";
                answer.name_error(&format!("{code}:{origin}"));
                answer
            }
            "lambda" => {
                members["Message"] = message.into();
                members["Type"] = "User".into();
                let mut answer = Self { status, ..Self::json(&members) };
                answer.name_error(code);
                answer
            }
            "monitoring" if request.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == CBOR) => {
                let body = cbor::encode(&[("__type", code), ("message", message)]);
                let mut answer = Self::new(status, CBOR, body);
                answer.headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
                answer
            }
            _ => {
                members["__type"] = code.into();
                members["message"] = message.into();
                Self::new(status, "application/x-amz-json-1.1", members.to_string())
            }
        }
    }

    fn name_error(&mut self, code: &str) {
        let value = HeaderValue::from_str(code).expect("error codes are plain text");
        self.headers.insert("x-amzn-errortype", value);
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status < 300
    }

    /// The body as JSON, null if it is neither that nor CBOR.
    pub(crate) fn value(&self) -> Value {
        if self.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == CBOR) {
            return cbor::decode(&self.body).unwrap_or_default();
        }
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The same answer with another body.
    pub(crate) fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The code of an error, whatever its shape.
    pub(crate) fn code(&self) -> String {
        let header = self.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let value = self.value();
        let text = self.text();
        let code = header
            .or_else(|| value["__type"].as_str())
            .or_else(|| element(&text, "Code"))
            .unwrap_or_default();
        code.split(':').next().unwrap_or_default().rsplit('#').next().unwrap_or_default().to_owned()
    }
}

fn escaped(message: &str) -> String {
    message.replace('&', "&amp;").replace('<', "&lt;")
}

fn ec2_error(code: &str, message: &str) -> String {
    let (id, message) = (request_id(), escaped(message));
    format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
         <RequestID>{id}</RequestID></Response>"
    )
}

fn s3_error(code: &str, message: &str) -> String {
    let (id, message) = (request_id(), escaped(message));
    format!(
        "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
    )
}

fn xml_error(status: u16, code: &str, message: &str) -> String {
    let kind = if status < 500 { "Sender" } else { "Receiver" };
    let message = escaped(message);
    let id = request_id();
    format!(
        "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>{id}</RequestId></ErrorResponse>"
    )
}

/// The text of the first element of this name.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

/// Like a UUID, never the same twice.
pub(crate) fn request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("10ca1a35-0000-4000-8000-{:012x}", COUNT.fetch_add(1, Ordering::Relaxed))
}
