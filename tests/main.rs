//! The integration tests: one binary, one local AWS.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod additions;
mod alarms;
mod backups;
mod config_file;
mod config_lines;
mod config_show;
mod connection;
mod convergence;
mod down_with_backups;
mod drift;
mod drill;
mod dry_run;
mod email;
mod emptying;
mod faults;
mod harness;
mod hidden_drift;
mod input;
mod killed;
mod life_cycle;
mod lost_protection;
mod lost_record;
mod mended;
mod own_settings;
mod ownership;
mod plan;
mod plan_text;
mod protection;
mod readme;
mod reasons;
mod regions;
mod same_account;
mod scale;
mod status;
mod streams;
mod watchdog;
