//! The integration tests: one binary, one local AWS. A folder for each command or subject.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod alarms;
mod architecture;
mod config;
mod down;
mod drift;
mod drills;
mod earlier_versions;
mod every_kind;
mod faults;
mod from_plan;
mod given;
mod life_cycle;
mod lint;
mod list;
mod plan;
mod plans;
mod program;
mod recovery;
mod repair;
mod restore_tests;
mod runbook;
mod search;
mod selections;
mod status;
mod success;
mod support;
mod tag;
mod up;
