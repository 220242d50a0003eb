//! What a request means: whose it is, which operation, which input.

use std::cmp::Reverse;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderMap, USER_AGENT};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::cbor;

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The program under test.
    Program,
    /// A Lambda function that the emulator runs.
    Function,
    /// The test itself, looking or preparing: not recorded, and hit by no fault.
    Test,
}

impl Origin {
    /// Functions here are Python with boto3, the program is Rust, and the tests' helper says what it is.
    fn of(agent: &str) -> Self {
        if agent.contains("mrbackup-test/look") {
            Self::Test
        } else if agent.contains("Boto3/") {
            Self::Function
        } else {
            Self::Program
        }
    }
}

/// One request to AWS.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who sent it.
    pub origin: Origin,
    /// The 12 digits that signed it.
    pub account: String,
    /// The region that it was signed for.
    pub region: String,
    /// The name by which it is signed.
    pub service: String,
    /// As AWS names it; empty where that cannot be told.
    pub operation: String,
    /// GET, POST and so on.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// All that came.
    pub headers: HeaderMap,
    /// The bytes that came.
    pub body: Bytes,
    /// The members of the operation's input, by name. For the Query protocol flat: `Tags.member.1.Key`.
    pub input: Value,
}

impl Request {
    pub(crate) fn new(
        routes: &Routes,
        method: &str,
        target: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let header =
            |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // Credential=KEY/date/region/service/aws4_request
        let credential =
            header(AUTHORIZATION.as_str()).split_once("Credential=").unwrap_or_default().1;
        let scope: Vec<&str> =
            credential.split([',', ' ']).next().unwrap_or_default().split('/').collect();
        let scope = |index: usize| scope.get(index).copied().unwrap_or_default().to_owned();
        let service = scope(3);
        let (operation, input) =
            if let Some((_, operation)) = header("x-amz-target").rsplit_once('.') {
                (operation.to_owned(), serde_json::from_slice(&body).unwrap_or_default())
            } else if let Some((_, operation)) = target.split_once("/operation/") {
                (operation.to_owned(), cbor::decode(&body).unwrap_or_default())
            } else if routes.know(&service) {
                routes.read(&service, method, target, &body)
            } else {
                let fields = form(&String::from_utf8_lossy(&body));
                (
                    fields.get("Action").and_then(Value::as_str).unwrap_or_default().to_owned(),
                    Value::Object(fields),
                )
            };
        let origin = Origin::of(header(USER_AGENT.as_str()));
        let (account, region) = (scope(0), scope(2));
        let (method, target) = (method.to_owned(), target.to_owned());
        Self { origin, account, region, service, operation, method, target, headers, body, input }
    }

    /// The same request once more, to this endpoint.
    ///
    /// # Errors
    ///
    /// Where it was none that could be sent.
    pub(crate) fn again(&self, endpoint: &str) -> Result<hyper::Request<Full<Bytes>>, String> {
        let address = format!("{endpoint}{}", self.target);
        let mut request = hyper::Request::builder()
            .method(self.method.as_str())
            .uri(address)
            .body(Full::new(self.body.clone()))
            .map_err(|error| error.to_string())?;
        request.headers_mut().extend(self.headers.clone());
        Ok(request)
    }

    /// A text member of the input, empty when absent.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.input[member].as_str().unwrap_or_default()
    }

    /// Whether the text is anywhere in the path or the body.
    pub(crate) fn contains(&self, text: &str) -> bool {
        text.is_empty()
            || self.target.contains(text)
            || String::from_utf8_lossy(&self.body).contains(text)
    }

    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:{}:{}:{}:{resource}", self.service, self.region, self.account)
    }
}

/// The paths of the services that name their operations by method and path.
pub(crate) struct Routes(Vec<Route>);

struct Route {
    service: String,
    operation: String,
    method: String,
    segments: Vec<Segment>,
    query: Map<String, Value>,
    /// What the query must have: `versioning`.
    fixed: Map<String, Value>,
}

enum Segment {
    Literal(String),
    Label(String),
}

impl Routes {
    /// From the helper's table, which is botocore's.
    pub(crate) fn new(table: &Value) -> Self {
        let mut routes: Vec<Route> =
            table.as_array().into_iter().flatten().map(Route::new).collect();
        // `/a/b` before `/a/{label}`, and `/{label}?versioning` before `/{label}`.
        routes.sort_by_key(|route| {
            let labels = route.segments.iter();
            let labels = labels.filter(|segment| matches!(segment, Segment::Label(_))).count();
            (labels, Reverse(route.fixed.len()))
        });
        Self(routes)
    }

    fn know(&self, service: &str) -> bool {
        self.0.iter().any(|route| route.service == service)
    }

    fn read(&self, service: &str, method: &str, target: &str, body: &[u8]) -> (String, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // The Rust SDK leaves off the trailing slash that the model has.
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let asked = form(query);
        let mut routes = self.0.iter().filter(|route| {
            route.service == service
                && route.method == method
                && route.fixed.iter().all(|(key, value)| asked.get(key) == Some(value))
        });
        let Some((route, labels)) = routes.find_map(|route| Some((route, route.labels(&parts)?)))
        else {
            return (String::new(), Value::Null);
        };
        let mut input = match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        input.extend(labels);
        for (key, value) in asked {
            let member = route.query.get(&key).and_then(Value::as_str).map_or(key, str::to_owned);
            input.insert(member, value);
        }
        (route.operation.clone(), Value::Object(input))
    }
}

impl Route {
    fn new(row: &Value) -> Self {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let path = text("path");
        let segments = path.trim_matches('/').split('/').map(|part| {
            part.strip_prefix('{').and_then(|part| part.strip_suffix('}')).map_or_else(
                || Segment::Literal(part.to_owned()),
                |label| Segment::Label(row["labels"][label].as_str().unwrap_or(label).to_owned()),
            )
        });
        Self {
            service: text("service"),
            operation: text("operation"),
            method: text("method"),
            segments: segments.collect(),
            query: row["query"].as_object().cloned().unwrap_or_default(),
            fixed: form(&text("fixed")),
        }
    }

    /// The labels' values if the path is this route's.
    fn labels(&self, parts: &[&str]) -> Option<Map<String, Value>> {
        if parts.len() != self.segments.len() {
            return None;
        }
        let mut labels = Map::new();
        for (segment, part) in self.segments.iter().zip(parts) {
            match segment {
                Segment::Literal(literal) if literal == part => {}
                Segment::Literal(_) => return None,
                Segment::Label(name) => {
                    labels.insert(name.clone(), Value::String(decode(part)));
                }
            }
        }
        Some(labels)
    }
}

/// `a=1&b=2` as a flat object.
fn form(text: &str) -> Map<String, Value> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&key.replace('+', " ")), Value::String(decode(&value.replace('+', " "))))
        })
        .collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
