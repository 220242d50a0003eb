//! The integration tests: one binary, one local AWS.

mod connection;
mod email;
mod faults;
mod harness;
mod input;
mod life_cycle;
mod local_aws;
mod local_aws_self;
mod lost_record;
mod ownership;
mod streams;
