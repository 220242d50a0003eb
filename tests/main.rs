//! The integration tests: one binary, one local AWS.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod alarms;
mod config_file;
mod connection;
mod convergence;
mod drift;
mod email;
mod faults;
mod harness;
mod input;
mod life_cycle;
mod local_aws;
mod local_aws_self;
mod lost_record;
mod own_settings;
mod ownership;
mod plan;
mod protection;
mod readme;
mod regions;
mod same_account;
mod streams;
mod watchdog;
