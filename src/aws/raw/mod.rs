//! A signed caller for services whose SDK crates are too large for a few calls: over the SDK's own runtime, with its
//! credentials, HTTP client, proxy and timeouts. It tries nothing again; that is `Caller`'s.
//!
//! Requests are written in the wire's own names (botocore's `locationName`), answers are read by serde.

mod answer;
mod client;
mod endpoint;
mod error;
mod list;
mod query;
mod request;
mod service;

pub(crate) use client::RawClient;
pub(crate) use error::RawError;
pub(crate) use list::List;
pub(crate) use request::{Creating, Request, in_query, object_path};
pub(crate) use service::{DYNAMODB, EC2, EFS, RDS, SERVICE_QUOTAS, SQS};

#[cfg(test)]
mod tests;
