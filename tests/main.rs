//! The integration tests: one binary, one local AWS.

mod harness;
mod local_aws;
mod local_aws_self;
