//! mrbackup: multi-region backups for an AWS account with one command, removed without a trace or a loss.

mod aws;
mod cli;
mod commands;
mod config;
mod config_file;
mod context;
mod engine;
mod failure;
mod holdings;
mod interrupt;
mod manifest;
mod names;
mod output;
mod protection;
mod record;
mod region;
mod report;
mod retention;
mod run;
mod schedule;
mod session;
mod settings;
mod steps;
mod talk;
mod validator;

pub use run::run;
