//! A request to a service, as its protocol writes it, and how its answer is read.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::aws::raw::answer;
use crate::aws::raw::error::RawError;
use crate::aws::raw::query::{self, IN_PATHS, RESERVED};
use crate::aws::raw::service::{Protocol, S3, Service};

/// What is read out of an answer before it is judged by its status.
type FromHead<O> = fn(&HttpResponse) -> Option<O>;

/// A request that may be sent twice, answered by an `O`: it reads, or comes to the same a second time.
pub(crate) struct Request<O> {
    pub(super) service: &'static Service,
    pub(super) operation: &'static str,
    pub(super) parts: Parts,
    from_head: Option<FromHead<O>>,
}

/// A request that creates something: only `Caller::create` has clients that send it.
pub(crate) struct Creating<O>(pub(super) Request<O>);

/// What goes over the wire.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parts {
    pub(super) method: &'static str,
    /// The bucket, which is a part of the path or of the host.
    pub(super) bucket: Option<String>,
    /// Path and query; of a bucket's request what comes after the bucket.
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl<O: DeserializeOwned> Request<O> {
    /// A request of a query or JSON protocol, with its parameters in the wire's own names. What is null is not sent.
    pub(crate) fn of(service: &'static Service, operation: &'static str, params: Value) -> Self {
        debug_assert!(begins(operation, &READS), "{operation} changes something");
        Self::new(service, operation, to_one_path(service, operation, params))
    }

    /// The same for a change of what is there, which comes to the same when it is sent twice.
    pub(crate) fn change(
        service: &'static Service,
        operation: &'static str,
        params: Value,
    ) -> Self {
        debug_assert!(begins(operation, &CHANGES), "{operation} may do more when it is sent twice");
        Self::new(service, operation, to_one_path(service, operation, params))
    }

    /// A read of a REST service, with the parameters of the query that are there.
    pub(crate) fn get(
        service: &'static Service,
        operation: &'static str,
        path: &str,
        query: &[(&str, Option<&str>)],
    ) -> Self {
        let query = query.iter().filter_map(|(name, value)| Some((name, (*value)?)));
        let query: Vec<String> = query.map(|(name, value)| in_query(name, value)).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let path = format!("{path}{query}");
        let parts =
            Parts { method: "GET", bucket: None, path, headers: Vec::new(), body: String::new() };
        Self::new(service, operation, parts)
    }

    /// A read of a bucket; `what` is the sub-resource, such as `versioning`.
    pub(crate) fn of_bucket(operation: &'static str, bucket: &str, what: &str) -> Self {
        Self::s3("GET", operation, bucket, format!("?{what}"))
    }

    /// `HeadBucket`, of whose answer the headers alone say something.
    pub(crate) fn head_of_bucket(bucket: &str, from_head: FromHead<O>) -> Self {
        let request = Self::s3("HEAD", "HeadBucket", bucket, String::new());
        Self { from_head: Some(from_head), ..request }
    }

    /// A change of a bucket or of an object in it, whose answer says no more than that it was done. `path` comes after the
    /// bucket. S3 wants a checksum of each body that it is sent ("Checking object integrity").
    pub(crate) fn change_of_bucket(
        method: &'static str,
        operation: &'static str,
        bucket: &str,
        path: String,
        body: String,
    ) -> Self
    where
        O: Default,
    {
        debug_assert!(begins(operation, &CHANGES), "{operation} may do more when it is sent twice");
        let mut request = Self::s3(method, operation, bucket, path);
        if !body.is_empty() {
            let checksum = BASE64_STANDARD.encode(Sha256::digest(&body));
            request.parts.headers.push(("content-type", "application/xml".to_owned()));
            request.parts.headers.push(("x-amz-checksum-sha256", checksum));
            request.parts.body = body;
        }
        let done: FromHead<O> = |response| response.status().is_success().then(O::default);
        Self { from_head: Some(done), ..request }
    }

    /// A deletion of a REST service.
    pub(crate) fn delete(service: &'static Service, operation: &'static str, path: String) -> Self {
        debug_assert!(begins(operation, &CHANGES), "{operation} may do more when it is sent twice");
        let parts = Parts {
            method: "DELETE",
            bucket: None,
            path,
            headers: Vec::new(),
            body: String::new(),
        };
        Self::new(service, operation, parts)
    }

    fn s3(method: &'static str, operation: &'static str, bucket: &str, path: String) -> Self {
        let bucket = Some(bucket.to_owned());
        let parts = Parts { method, bucket, path, headers: Vec::new(), body: String::new() };
        Self::new(&S3, operation, parts)
    }

    fn new(service: &'static Service, operation: &'static str, parts: Parts) -> Self {
        Self { service, operation, parts, from_head: None }
    }

    /// How an answer is read: the request is gone by then.
    pub(super) fn reader(&self) -> impl Fn(&HttpResponse) -> Result<O, RawError> + use<O> {
        let (service, operation, from_head) = (self.service, self.operation, self.from_head);
        move |response| match from_head.and_then(|from_head| from_head(response)) {
            Some(read) => Ok(read),
            None => answer::read(&service.protocol, operation, response),
        }
    }
}

impl<O: DeserializeOwned> Creating<O> {
    /// As [`Request::of`].
    pub(crate) fn of(service: &'static Service, operation: &'static str, params: Value) -> Self {
        Self(Request::new(service, operation, to_one_path(service, operation, params)))
    }

    /// A request of a REST service with a body. What is null is not sent.
    pub(crate) fn post(
        service: &'static Service,
        operation: &'static str,
        path: &str,
        body: Value,
    ) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        let body = without_nulls(body).to_string();
        let parts = Parts { method: "POST", bucket: None, path: path.to_owned(), headers, body };
        Self(Request::new(service, operation, parts))
    }
}

impl<O> fmt::Debug for Request<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service.id, self.operation)
    }
}

const READS: [&str; 3] = ["Describe", "Get", "List"];
const CHANGES: [&str; 7] = ["Delete", "Put", "Revoke", "Set", "Tag", "Terminate", "Untag"];

fn begins(operation: &str, verbs: &[&str]) -> bool {
    verbs.iter().any(|verb| operation.starts_with(verb))
}

/// An object of a bucket, as a path has it.
pub(crate) fn object_path(key: &str) -> String {
    format!("/{}", utf8_percent_encode(key, IN_PATHS))
}

/// A parameter of a request's query.
pub(crate) fn in_query(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, RESERVED))
}

fn to_one_path(service: &Service, operation: &str, params: Value) -> Parts {
    let (headers, body) = if let Protocol::Json { version, target } = service.protocol {
        let kind = format!("application/x-amz-json-{version}");
        let target = format!("{target}.{operation}");
        let headers = vec![("content-type", kind), ("x-amz-target", target)];
        (headers, without_nulls(params).to_string())
    } else {
        let kind = "application/x-www-form-urlencoded".to_owned();
        let body = query::form(operation, service.version, &params);
        (vec![("content-type", kind)], body)
    };
    Parts { method: "POST", bucket: None, path: "/".to_owned(), headers, body }
}

/// A member that is null is an error to some services, where one that is absent is not.
fn without_nulls(mut body: Value) -> Value {
    if let Value::Object(members) = &mut body {
        members.retain(|_, value| !value.is_null());
    }
    body
}

#[cfg(test)]
impl<O> Request<O> {
    /// The method, the path with the bucket, and the body.
    pub(crate) fn wire(&self) -> (&'static str, String, &str) {
        let bucket = self.parts.bucket.as_ref().map(|bucket| format!("/{bucket}"));
        let path = format!("{}{}", bucket.unwrap_or_default(), self.parts.path);
        (self.parts.method, path, &self.parts.body)
    }
}

#[cfg(test)]
impl<O: DeserializeOwned> Request<O> {
    /// What an answer of success says.
    pub(crate) fn answered(&self, body: &'static str) -> O {
        self.reader()(&HttpResponse::new(200.try_into().unwrap(), body.into())).unwrap()
    }
}

#[cfg(test)]
impl<O> Creating<O> {
    pub(crate) fn wire(&self) -> (&'static str, String, &str) {
        self.0.wire()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::raw::{DYNAMODB, EC2, EFS};

    #[test]
    fn each_protocol_has_its_own_form() {
        let ec2 = Request::<Value>::of(&EC2, "DescribeVpcs", json!({"MaxResults": 5}));
        assert_eq!(
            ec2.wire(),
            ("POST", "/".to_owned(), "Action=DescribeVpcs&Version=2016-11-15&MaxResults=5")
        );
        let kind = ("content-type", "application/x-www-form-urlencoded".to_owned());
        assert_eq!(ec2.parts.headers, [kind]);

        let token = json!({"ExclusiveStartTableName": null, "Limit": 100});
        let tables = Request::<Value>::of(&DYNAMODB, "ListTables", token);
        assert_eq!(tables.wire(), ("POST", "/".to_owned(), r#"{"Limit":100}"#));
        let kind = ("content-type", "application/x-amz-json-1.0".to_owned());
        let target = ("x-amz-target", "DynamoDB_20120810.ListTables".to_owned());
        assert_eq!(tables.parts.headers, [kind, target]);

        let query = [("FileSystemId", Some("fs/1")), ("Marker", None)];
        let mounts = Request::<Value>::get(
            &EFS,
            "DescribeMountTargets",
            "/2015-02-01/mount-targets",
            &query,
        );
        assert_eq!(
            mounts.wire(),
            ("GET", "/2015-02-01/mount-targets?FileSystemId=fs%2F1".to_owned(), "")
        );
        let bucket = Request::<Value>::of_bucket("GetBucketVersioning", "b", "versioning");
        assert_eq!(bucket.wire(), ("GET", "/b?versioning".to_owned(), ""));
    }
}
